--- What killed supervisors left: the sandbox of one dies by itself, and its group, empty by then, is taken away by who
--- comes next. Loaded while a command runs.

local bases = require "nsengine.cgroup_base"
local sys = require "nsengine.sys"

--- Whether who made a group is gone. A pid that another process has by now is told apart by its start.
local function is_orphan(pid, start)
  local alive, _, errno = sys.kill(tonumber(pid), 0)
  if not alive then return errno == sys.ESRCH end
  local now = bases.started(pid)
  return now ~= nil and start ~= "0" and now ~= start
end

--- Removes a group whose supervisor is gone. Its processes die with that, but not while they are paused.
local function remove_orphan(base, name)
  local dir = sys.open(name, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = base })
  if not dir then return end
  if not sys.cgroup_kill(dir) then sys.cgroup_write(dir, "freezer.state", "THAWED") end
  dir:close()
  local ok, _, errno = bases.remove_tree(base, name)
  if not ok and errno == sys.EBUSY then bases.leave(base, name) end
end

--- Takes away what killed supervisors left in a group. Names of other pid namespaces say nothing here: they stay.
---@param base userdata the group's directory
---@param path string the same
---@param everyone string the prefix of all groups that this pid namespace made
---@param till number when to stop
---@return boolean done
return function(base, path, everyone, till)
  for _, name in ipairs(sys.list(path) or {}) do
    if name:sub(1, #everyone) == everyone then
      local pid, start = name:sub(#everyone + 1):match "^(%d+)%-(%d+)%-%d+$"
      if pid and is_orphan(pid, start) then
        if sys.monotonic() > till then return false end
        remove_orphan(base, name)
      end
    end
  end
  return true
end
