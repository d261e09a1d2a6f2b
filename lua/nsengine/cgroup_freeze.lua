--- Freezes and thaws a sandbox by its control group. Loaded when a sandbox is paused.

local bases = require "nsengine.cgroup_base"
local sys = require "nsengine.sys"

--- cgroup v1 has a separate hierarchy for freezing, where a group is created only when a sandbox is paused. Then its
--- processes are moved there until no new ones appear: those in it are frozen, and cannot fork.
local function gather(group)
  local base = group.place.freezer and bases.open_base(group.place.freezer)
  if not base then return nil, "this host has no cgroup controller 'freezer'", sys.ENOTSUP end
  local part = group.parts[1]
  local freezer = { base = base, name = part.name, controllers = { freezer = true } }
  local dir, message, errno = sys.cgroup_make(base, part.name)
  if not dir then return nil, message, errno end
  group.parts[#group.parts + 1] = freezer
  dir:close()
  return freezer
end

--- Opens the directory of a part again: when Lua exits, it closes what was opened last first, and a frozen sandbox can
--- only be ended while it can still be thawed.
local function open(part)
  return sys.open(part.name, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = part.base })
end

--- Moves the processes of the directory `from` to that of `to`.
local function move_all(from, to)
  local moved = {}
  for _ = 1, 100 do
    local new = false
    for pid in (sys.cgroup_read(from, "cgroup.procs") or ""):gmatch "%d+" do
      if not moved[pid] then
        local ok, message, errno = sys.cgroup_write(to, "cgroup.procs", pid)
        if not ok and errno ~= sys.ESRCH then return nil, message, errno end
        moved[pid], new = true, true
      end
    end
    if not new then return true end
  end
  return nil, "processes appear faster than they can be stopped", sys.EAGAIN
end

--- Freezes the whole sandbox, or thaws it.
---@param group nsengine.Group
---@param on boolean
---@return true|nil
---@return string|nil message
---@return integer|nil errno
return function(group, on)
  local file, elder = group.driver.freezer, group.driver.name == "cgroup1"
  local part, message, errno = group.parts[1], nil, nil
  if elder then
    part = group:part "freezer"
    if not part then part, message, errno = gather(group) end
    if not part then return nil, message, errno end
  end
  local dir <close>, why, number = open(part)
  if not dir then return nil, why, number end
  local ok
  ok, message, errno = sys.cgroup_write(dir, file.file, on and file.on or file.off)
  if ok and on and elder then ok, message, errno = move_all(group.parts[1].leaf, dir) end
  if not ok then return nil, message, errno end
  group.frozen = on
  for _ = 1, on and 1000 or 0 do
    if file.is_frozen(sys.cgroup_read(dir, file.state) or "") then return true end
    -- v1 retries processes that did not freeze when the state is written again.
    if elder then sys.cgroup_write(dir, file.file, file.on) end
    sys.sleep(0.001)
  end
  if on then return nil, "not every process stopped within a second", sys.EBUSY end
  return true
end
