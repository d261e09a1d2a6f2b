--- A group from systemd, for who has none: this process is moved to a scope of its own, delegated to its user. Asked
--- over D-Bus with busctl(1), which is part of systemd. What `systemd-run --scope` does, but for the process that runs
--- already.

local sys = require "nsengine.sys"

local M = {}

--- How long systemd may take to move us.
local PATIENCE = 5

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
  local parts = {}
  while true do
    local data = r:read()
    if not data or data == "" then break end
    parts[#parts + 1] = data
  end
  r:close()
  local _, how, number = child:wait(PATIENCE)
  if how == "exit" and number == 0 then return true end
  if how == "exit" and number == 127 then return nil, "busctl is not there" end
  return nil, how == "timeout" and "busctl does not end" or (table.concat(parts):gsub("%s+$", ""))
end

--- The words of the call: StartTransientUnit(name, mode, properties, auxiliary units).
---@param bus "user"|"system"
---@param name string
---@param pid integer
---@return string[]
function M.command(bus, name, pid)
  return { "busctl", "--" .. bus, "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
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
  local name = ("nsengine-%d.scope"):format(sys.getpid())
  local hint = ("start it as: systemd-run %s--scope -p Delegate=yes nsengine ..."):format(
    bus == "user" and "--user " or "")
  local ok, message = run(M.command(bus, name, sys.getpid()))
  if not ok then return nil, "systemd gives no scope: " .. message, hint end
  local deadline = sys.monotonic() + PATIENCE
  repeat -- the answer is a job, which ends somewhat later
    if (sys.readfile "/proc/self/cgroup" or ""):find("/" .. name, 1, true) then return true end
    sys.sleep(0.005)
  until sys.monotonic() > deadline
  return nil, "systemd did not move this process to " .. name, hint
end

return M
