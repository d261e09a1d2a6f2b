--- A running sandbox with a control group or a limited disk: checked, changed, frozen, and measured at its end. Loaded
--- only for these, and when usage or changes are requested.

local sys = require "nsengine.sys"

local M = {}

-- From start to end -----------------------------------------------------------------------------------------------

--- The command has started.
---@param task table of nsengine.process
---@param group nsengine.Group|nil
---@param disk userdata[]|nil FDs of its tmpfs
function M.begin(task, group, disk)
  task.warnings, task.disk = {}, disk
  if group then
    task.group, group.kept = group, true
    local first = group:begin(task.started)
    task.deadline = first and task.deadline and math.min(first, task.deadline) or first or task.deadline
  end
end

--- Checks the time limits: returns a cause to stop it, or when to check again.
---@param now number
---@return string|nil cause
---@return number|nil again
function M.look(task, now)
  local wall = task.limits.wall_time and task.started + task.limits.wall_time
  if wall and now >= wall then return "wall_time" end
  local over, again = task.group:check_cpu(now)
  if over then return "cpu_time" end
  return nil, wall and again and math.min(wall, again) or again or wall
end

--- It is about to be killed. If another limit kept it from making progress, that is the cause, not the time limit.
function M.prepare_end(task)
  if task.cause == "wall_time" or task.cause == "cpu_time" then
    if task.disk and select(2, require("nsengine.disk").measure(task.disk)) then
      task.cause = "disk"
    elseif task.group and task.group:is_crowded() then
      task.cause = "pids"
    end
  end
  if task.group then task.group:release() end
end

--- cgroup v1 reports that the memory is used up.
function M.take_alarm(task)
  if task.group:take_alarm() then task:stop "memory" end
end

--- It has ended: reads the final figures, and removes its group.
function M.conclude(task)
  local figures = task.group and task.group:conclude(task.usage.own, task.warnings, true) or {}
  if task.disk then
    local used, full, message = require("nsengine.disk").measure(task.disk)
    if message then
      task.warnings[#task.warnings + 1] = "limits.disk: cannot tell whether it was full: " .. message
    end
    figures.disk, figures.disk_full = used, full
  end
  M.drop(task)
  -- Ended by its init, so no check could find the cause while it ran: find it in the final figures.
  if task.usage.timed_out and task.cause == "wall_time" then
    task.cause = figures.disk_full and "disk" or (figures.pids_failures or 0) > 1 and "pids" or task.cause
  end
  task.figures = figures
end

--- Releases its group and descriptors. Calling it twice is harmless.
function M.drop(task)
  if task.group then
    task.group:remove()
    for _, warning in ipairs(task.group.warnings) do task.warnings[#task.warnings + 1] = warning end
    task.group.warnings = {}
  end
  for _, fd in ipairs(task.disk or {}) do fd:close() end
end

-- While it runs ---------------------------------------------------------------------------------------------------

--- See Process:usage.
function M.usage(task)
  local usage = { wall_time = task.wall_time or sys.monotonic() - task.started }
  if not task.group or task.how then return usage end
  local figures = task.group:conclude() -- the set-up's time as measured at the start
  for _, name in ipairs { "cpu_time", "cpu_user", "cpu_system", "memory", "memory_peak", "io_read", "io_written" } do
    usage[name] = figures[name]
  end
  usage.pids = figures.pids and math.max(0, figures.pids - task.group.limits.tasks)
  return usage
end

local function fail(where, field, message)
  require("nsengine.error").recipe(where, field, message)
end

--- Refuses limits that cannot be changed from outside the command.
local function refuse_fixed(where, changes)
  local confine = require "nsengine.confine"
  for key in next, changes do
    if key ~= "wall_time" and key ~= "output" and not confine.takes_group(key) then
      fail(where, "limits." .. key, "cannot be changed while the command runs: set it when you start it")
    end
  end
end

--- Merges changes into the limits of a group.
local function merged(group, changes, where)
  local limits, changed = {}, {}
  for key, value in next, group.limits do limits[key] = value end
  for key, value in next, changes do
    if key ~= "wall_time" and key ~= "output" then
      if not group:holds(key) then
        fail(where, "limits." .. key, "its control group lacks that controller: set such a limit when you start it")
      end
      limits[key], changed[key] = value, true
    end
  end
  return limits, changed
end

--- Checks which limits are to change, and that this sandbox can change them; returns them, and whether its group
--- enforces some of them.
local function check_limits(task, given, where)
  local field = require("nsengine.schema").field "limits"
  local changes = field.check(given, function(message, key)
    fail(where, key and "limits." .. key or "limits", message)
  end)
  for key, value in next, changes do
    if value == false then
      fail(where, "limits." .. key, "cannot be removed while the command runs: set another value")
    end
  end
  refuse_fixed(where, changes)
  local takes
  for key in next, changes do takes = require("nsengine.confine").takes_group(key) and key or takes end
  if takes and not task.group then
    fail(where, "limits." .. takes, "this sandbox has no control group: set such a limit when you start it")
  end
  if changes.cpu_time and changes.cpu_time > (task.limits.cpu_time or math.huge) then
    fail(where, "limits.cpu_time", "can only be lowered: each process also has the initial limit as its own")
  end
  if changes.output and not task.streams then
    fail(where, "limits.output", "its output is not counted: set such a limit when you start it")
  end
  return changes, takes ~= nil
end

--- Changes the limits that a group enforces.
local function change_group(group, changes, where)
  local confine = require "nsengine.confine"
  local limits, changed = merged(group, changes, where)
  local function unable(name, message) fail(where, name, message) end
  if changed.io then limits.io = confine.devices(changes.io, require("nsengine.host").facts(), unable) end
  confine.check_cpuset(limits, group.place, unable)
  local ok, err = pcall(group.change, group, limits, changed)
  if ok then return end
  if type(err) ~= "table" then error(err, 0) end
  error(require("nsengine.error").new { kind = "host", where = where, field = err.field, errno = err.errno,
    message = err.message }, 0)
end

--- The init enforces the time limit too: returns true, or nil, message, errno. It may already have ended.
local function tell_init(task, wall_time)
  local ok, message, errno = task.child:allow(require("nsengine.process").time_of_init(wall_time))
  if errno == sys.EPIPE or errno == sys.ESRCH then return nil, "limit: it has ended (ESRCH)", sys.ESRCH end
  return ok, message, errno
end

--- See Process:limit.
function M.limit(task, given, where, set_deadline)
  local changes, takes = check_limits(task, given, where)
  if task.how or task.closed or not task.child:alive() then return nil, "limit: it has ended (ESRCH)", sys.ESRCH end
  local group = task.group
  if takes then change_group(group, changes, where) end
  for key, value in next, changes do
    if key ~= "wall_time" then task.limits[key] = value end
  end
  if changes.wall_time then
    local ok, message, errno = tell_init(task, changes.wall_time)
    if not ok then return nil, message, errno end
    task.limits.wall_time = changes.wall_time
  end
  if group then
    local cause, again = M.look(task, sys.monotonic())
    if cause then task:stop(cause) elseif again then set_deadline(task, again) end
  elseif changes.wall_time then
    set_deadline(task, task.started + changes.wall_time)
  end
  return true
end

--- See Process:pause.
function M.freeze(task, on)
  if task.how or task.closed then return nil, "freeze: it has ended (ESRCH)", sys.ESRCH end
  if not task.group then
    return nil, "freeze: this sandbox has no control group: start it with a limit that needs one, such as memory "
      .. "(ENOTSUP)", sys.ENOTSUP
  end
  return task.group:freeze(on)
end

return M
