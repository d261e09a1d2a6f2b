--- Removes the groups of killed supervisors: their sandboxes die by themselves, and the next run removes the empty
--- groups. Loaded while a command runs.

local bases = require "nsengine.cgroup_base"
local sys = require "nsengine.sys"

--- Whether the supervisor that made a group is gone. The start time detects a reused pid.
local function is_orphan(pid, start)
  local alive, _, errno = sys.kill(tonumber(pid), 0)
  if not alive then return errno == sys.ESRCH end
  local now = bases.started(pid)
  return now ~= nil and start ~= "0" and now ~= start
end

--- Removes a group whose supervisor is gone. Its processes die with the supervisor, but not while frozen (v1).
local function remove_orphan(base, name)
  local dir = sys.open(name, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = base })
  if not dir then return end
  if not sys.cgroup_kill(dir) then sys.cgroup_write(dir, "freezer.state", "THAWED") end
  dir:close()
  local ok, _, errno = bases.remove_tree(base, name)
  if not ok and errno == sys.EBUSY then bases.leave(base, name) end
end

--- Removes what killed supervisors left in a base. Pids of other pid namespaces mean nothing here: those groups stay.
---@param base userdata the directory
---@param path string its path
---@param everyone string the name prefix of all groups made in this pid namespace
---@param till number when to stop, a time of sys.monotonic
---@return boolean done
return function(base, path, everyone, till)
  for _, name in ipairs(sys.list(path) or {}) do
    if name:sub(1, #everyone) == everyone then
      local pid, start = name:sub(#everyone + 1):match "^([1-9]%d?%d?%d?%d?%d?%d?)%-(%d+)%-%d+$"
      if pid and is_orphan(pid, start) then
        if sys.monotonic() > till then return false end
        remove_orphan(base, name)
      end
    end
  end
  return true
end
