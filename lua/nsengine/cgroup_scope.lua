--- Requests a group from systemd: moves this process to a scope of its own, delegated to its user. Uses D-Bus through
--- busctl(1), which is part of systemd. Does what `systemd-run --scope` does, but for a process that already runs.

local sys = require "nsengine.sys"

local M = {}

--- For how long, in seconds, systemd may take to answer, and then to move us.
local PATIENCE = 5

--- Reads until the end or the deadline.
local function drain(fd, deadline)
  local parts = {}
  while true do
    local ready = sys.poll({ { fd, "r" } }, math.max(0, deadline - sys.monotonic()))
    local data = ready and ready[1] and fd:read()
    if not data or data == "" then return table.concat(parts) end
    parts[#parts + 1] = data
  end
end

local function run(argv)
  local r, w = assert(sys.pipe())
  local null = assert(sys.open("/dev/null", sys.O_RDWR))
  local child <close> = assert(sys.clone(0, function()
    null:dup(0)
    w:dup(1)
    w:dup(2)
    return sys.exec(argv)
  end))
  w:close()
  null:close()
  local deadline = sys.monotonic() + PATIENCE
  local text = drain(r, deadline)
  r:close()
  local _, how, number = child:wait(math.max(0, deadline - sys.monotonic()))
  if how == "exit" and number == 0 then return true end
  if how == "exit" and number == 127 then return nil, "busctl is not installed" end
  return nil, how == "timeout" and "busctl did not finish in time" or (text:gsub("%s+$", ""))
end

--- The bus, as an option of busctl. A user's is named by its path, not by --user, which relies on the environment: that
--- may be another user's, or lack it, as after sudo(8), setpriv(1), or in a service.
local function address(bus)
  return bus == "user" and ("--address=unix:path=/run/user/%d/bus"):format(sys.getids().euid) or "--system"
end

--- The command for the call: StartTransientUnit(name, mode, properties, auxiliary units).
---@param bus "user"|"system"
---@param name string
---@param pid integer
---@return string[]
function M.command(bus, name, pid)
  return { "busctl", address(bus), "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))", name, "fail", "4",
    "Description", "s", "nsengine: sandboxes of process " .. pid, "PIDs", "au", "1", ("%d"):format(pid),
    "Delegate", "b", "true", "CollectMode", "s", "inactive-or-failed", "0" }
end

--- Moves this process into a scope of its own.
---@param bus "user"|"system"
---@return true|nil
---@return string|nil message
---@return string|nil hint
function M.enter(bus)
  -- A scope named by an earlier process with this pid may still have processes: the time makes the name unique.
  local name = ("nsengine-%d-%d.scope"):format(sys.getpid(), sys.monotonic() * 1000 // 1)
  local hint = ("start it as: systemd-run %s--scope -p Delegate=yes nsengine ..."):format(
    bus == "user" and "--user " or "")
  local ok, message = run(M.command(bus, name, sys.getpid()))
  if not ok then return nil, "systemd did not create a scope: " .. message, hint end
  local deadline = sys.monotonic() + PATIENCE
  repeat -- the answer is a job, which completes later
    if (sys.readfile "/proc/self/cgroup" or ""):find("/" .. name, 1, true) then return true end
    sys.sleep(0.005)
  until sys.monotonic() > deadline
  return nil, "systemd did not move this process to " .. name, hint
end

return M
