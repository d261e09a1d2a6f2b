#!/usr/bin/env nsengine
-- Enters the namespaces of a running process, as nsenter(1) does.
--   nsengine 03-join.lua PID [COMMAND...]    a shell, or that command, beside process PID
--   nsengine 03-join.lua                     starts a process in new namespaces, and joins it
-- In a sandbox the command is NOT confined like what runs there: it has no filter, no landlock, no limits, and all
-- capabilities in the user namespace that it enters. Use it to inspect what you trust, not to run what you do not.
local sys = require "nsengine.sys"

local flags = {
  user = sys.CLONE_NEWUSER, mnt = sys.CLONE_NEWNS, pid = sys.CLONE_NEWPID, net = sys.CLONE_NEWNET,
  uts = sys.CLONE_NEWUTS, ipc = sys.CLONE_NEWIPC, cgroup = sys.CLONE_NEWCGROUP, time = sys.CLONE_NEWTIME,
}

-- A process to join. It says through a pipe when it is ready: no guess, no sleep.
local function start()
  local reader <close>, writer = assert(sys.pipe())
  local process = assert(sys.clone(flags.user | flags.mnt | flags.pid | flags.uts, function()
    assert(sys.sethostname("joined"))
    assert(sys.mount("proc", "/proc", "proc"))
    writer:close()
    sys.poll({})   -- waits for nothing, for ever: `demo <close>` below ends it
  end))
  writer:close()   -- the child holds the only other: when it closes that, the pipe is at its end
  reader:read()
  return process
end

local demo <close> = #arg == 0 and start() or nil
local pid = demo and demo:pid() or assert(tonumber(arg[1]), "usage: 03-join.lua PID [COMMAND...]")
local command = demo and { "sh", "-c", "hostname; ps -e" } or #arg > 1 and { table.unpack(arg, 2) } or { "/bin/sh" }

-- A pidfd is the process itself, where a number may be another's tomorrow. Only what differs is
-- entered: the kernel refuses the user namespace in which one is already.
local target <close> = assert(sys.pidfd_open(pid))
local wanted = 0
for kind, flag in pairs(flags) do
  local theirs <close> = assert(sys.nsopen(kind, target))
  local ours <close> = assert(sys.nsopen(kind))
  if sys.stat(theirs).ino ~= sys.stat(ours).ino then wanted = wanted | flag end
end
if wanted ~= 0 then assert(sys.setns(target, wanted)) end -- all of them at once, or none

-- A process cannot enter a pid namespace itself; only its next child is in it.
local child <close> = assert(sys.clone(0, function() assert(sys.exec(command)) end))
return child:wait()
