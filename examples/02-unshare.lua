#!/usr/bin/env nsengine
-- Leaves the caller's namespaces one by one, as unshare(1) does, with no new process until the last step.
--   nsengine 02-unshare.lua                  a shell: try id, hostname, ls /mnt, ps -ef
--   nsengine 02-unshare.lua COMMAND...       that command instead
local sys = require "nsengine.sys"

local command = #arg > 0 and { table.unpack(arg) } or { "/bin/sh" }
local outside = sys.getids() -- before: these numbers are not known inside

-- The user namespace comes first. In it this process has every capability, and so may make all the
-- others, root or not. Anybody may map their own id: here it becomes root.
assert(sys.unshare(sys.CLONE_NEWUSER))
assert(sys.idmap(nil, { uid = { { 0, outside.euid, 1 } }, gid = { { 0, outside.egid, 1 } } }))

-- A host name of its own, no System V queue or semaphore of others, and no network but a dead lo.
assert(sys.unshare(sys.CLONE_NEWUTS))
assert(sys.sethostname("unshared"))
assert(sys.unshare(sys.CLONE_NEWIPC))
assert(sys.unshare(sys.CLONE_NEWNET))

-- A copy of the mount table: nothing that is mounted from here on is seen outside.
assert(sys.unshare(sys.CLONE_NEWNS))
assert(sys.mount("scratch", "/mnt", "tmpfs"))

-- A process cannot change its own number: the new pid namespace starts with the next child, which is
-- pid 1 there and mounts its /proc.
assert(sys.unshare(sys.CLONE_NEWPID))
local child <close> = assert(sys.clone(0, function()
  assert(sys.mount("proc", "/proc", "proc"))
  assert(sys.exec(command)) -- still root, and capable: the id is mapped
end))
return child:wait()
