--- The control group of a sandbox: created before it, entered by its first process before anything else, read and
--- removed at its end.

local bases = require "nsengine.cgroup_base"
local cgroup = require "nsengine.cgroup"
local place = require "nsengine.cgroup_place"
local sys = require "nsengine.sys"

local M = {}

---@class nsengine.Group
---@field driver table
---@field parts table[] {base =, name =, dir =, leaf =, controllers =}, one per hierarchy
---@field limits table the limits that it enforces
---@field cgroup userdata|nil for plan:spawn
---@field joins userdata[]|nil for plan:spawn
---@field apart boolean for plan:spawn
---@field alarm userdata|nil cgroup v1: an eventfd for out of memory
---@field warnings string[]
---@field private described table the description it was made from
local Group = {}
Group.__index = Group

--- The part with a controller.
function Group:part(controller)
  for _, part in ipairs(self.parts) do
    if part.controllers[controller] then return part end
  end
end

--- Whether the group has the controller of a limit.
function Group:holds(key)
  return self:part(require("nsengine.confine").controllers[key]) ~= nil
end

--- Reads a file; nil, message.
function Group:read(controller, file, of_leaf)
  local part = self:part(controller)
  if not part then return nil end
  return sys.cgroup_read(of_leaf and part.leaf or part.dir, file)
end

--- Whether memory can be swapped out here at all.
local function has_swap()
  return ((sys.readfile "/proc/swaps" or ""):match "\n(%S)") ~= nil
end

local function apply(group, setting)
  local key, controller, file, text = table.unpack(setting)
  local part = group:part(controller)
  local ok, message, errno = sys.cgroup_write(part.dir, file, text)
  -- In cgroup v1 no process can enter a cpuset without processors; in v2 children inherit them.
  if ok and controller == "cpuset" and part.leaf ~= part.dir and group.driver.name == "cgroup1" then
    ok, message, errno = sys.cgroup_write(part.leaf, file, text)
  end
  if ok then return end
  -- A kernel without swap accounting has no such file. Without swap space, that is no problem.
  if key == "swap" and (errno == sys.ENOENT or errno == sys.EOPNOTSUPP) then
    if not has_swap() then return end
    if group.limits.swap == nil then
      group.warnings[#group.warnings + 1] = "limits.memory: this kernel cannot limit swap"
      return
    end
  end
  error({ field = "limits." .. key, message = message:gsub("^cgroup_write ", "write "), errno = errno }, 0)
end

--- Creates the directories in one hierarchy.
local function make_part(group, hierarchy, name, walled)
  local base = bases.open_base(hierarchy.base)
  local part = { base = base, name = name, controllers = hierarchy.controllers }
  group.parts[#group.parts + 1] = part -- before it exists: an interrupt may come in between
  part.dir = bases.check(sys.cgroup_make(base, name))
  part.leaf = part.dir
  if walled then part.leaf = bases.check(sys.cgroup_make(part.dir, bases.LEAF)) end
end

--- cgroup v1 reports by an eventfd that the limit was reached; v2 kills the whole group by itself.
local function set_alarm(group)
  local part = group:part "memory"
  if group.driver.name ~= "cgroup1" or not part or not group.limits.memory then return end
  local alarm, message = sys.eventfd()
  local watched = alarm and sys.open("memory.oom_control", sys.O_RDONLY, 0, { dirfd = part.dir })
  local ok = watched
  if watched then
    ok, message = sys.cgroup_write(part.dir, "cgroup.event_control", ("%d %d"):format(alarm:fileno(), watched:fileno()))
    watched:close()
  end
  if ok then
    group.alarm = alarm
  else
    group.warnings[#group.warnings + 1] = "limits.memory: no notification when it is reached: " .. tostring(message)
  end
end

--- How the first process enters: by clone3(2) in v2, by the `tasks` files in v1.
local function set_entry(group)
  if group.driver.name == "cgroup2" then
    group.cgroup = group.parts[1].leaf
    return
  end
  group.joins = {}
  for i, part in ipairs(group.parts) do
    group.joins[i] = bases.check(sys.open("tasks", sys.O_WRONLY, 0, { dirfd = part.leaf }))
  end
end

local function build(group, described)
  local found = cgroup.ready(described.place)
  if found.freezer then bases.open_base(found.freezer) end -- its leftovers are swept first: frozen processes do not die
  local name = bases.new_name()
  for _, hierarchy in ipairs(found.hierarchies) do
    make_part(group, hierarchy, name, described.walled and not found.guarded)
  end
  for _, setting in ipairs(described.settings) do apply(group, setting) end
  set_alarm(group)
  set_entry(group)
end

--- A new group; or nil and the reason: {message =, errno =, field =, hint =}.
local function make(described)
  local group = setmetatable({
    driver = cgroup.driver_of(described.place), place = described.place, parts = {}, limits = described.limits,
    warnings = {}, apart = described.apart, own = 0, processors = described.processors, described = described,
    owner = sys.self(),
  }, Group)
  local ok, err = pcall(build, group, described)
  if ok then return group end
  group:remove()
  if type(err) ~= "table" or not err.message then error(err, 0) end -- an interrupt
  return nil, err
end

--- How many spare groups there are, and how many there may be.
local spares, SPARES = 0, 16

--- Holds a spare group for the next run of its plan: removed when the plan is collected, and when the program ends.
local Spare = { __gc = function(spare)
  if spare.group then
    spares = spares - 1
    spare.group:remove()
  end
end }

--- Takes the spare group of this plan, if there is one.
local function take_spare(described)
  local spare = described.spare
  described.spare = nil
  if not spare or spare.group.owner ~= sys.self() then return nil end
  local group = spare.group
  spare.group, spares = nil, spares - 1
  return group
end

--- Makes the group that a plan describes.
---@param described table {place =, settings =, limits =, walled =, apart =, field =}: see fields/limits.lua
---@param where fun(field: string): string|nil the line in the recipe
---@return nsengine.Group
function M.make(described, where)
  bases.try_again()
  local group, err = take_spare(described), nil
  if not group then group, err = make(described) end
  if group then return group end
  local field = err.field or described.field
  error(require("nsengine.error").new { kind = "host", where = where(field), field = field, errno = err.errno,
    message = "its control group: " .. err.message, hint = err.hint }, 0)
end

--- Removes it, unless a running sandbox owns it by then.
Group.__close = function(group)
  if not group.kept then group:remove() end
end

--- If a deadline is nearer than this, there is no time for anything else.
local NEAR = 0.02

--- Uses the time while the command computes: removes what killed supervisors left, and for a plan that runs repeatedly
--- creates the group of its next run.
---@param deadline number|nil when the command must be checked
function Group:use_time(deadline)
  if self.timed or (deadline and deadline - sys.monotonic() < NEAR) then return end
  self.timed = true
  bases.sweep()
  local described = self.described
  described.runs = (described.runs or 0) + 1
  if described.runs == 1 or described.spare or spares == SPARES then return end
  local group = make(described) -- a failure here will be reported when the group is needed
  if not group then return end
  described.spare, spares = setmetatable({ group = group }, Spare), spares + 1
end

-- Watching --------------------------------------------------------------------------------------------------------

local processors

--- How many processors a sandbox can use at once, looked up only once.
local function count_processors()
  processors = processors or math.max(1, select(2, place.processors(sys.readfile "/sys/devices/system/cpu/possible")))
  return processors
end

--- At most this much of the time used before the command started is attributed to our set-up.
local SET_UP = 0.01

--- The command has started: the time used until now was the set-up's. Returns when to check it first.
---@param now number
---@return number|nil time
function Group:begin(now)
  for _, fd in ipairs(self.joins or {}) do fd:close() end
  self.joins = nil
  if not self.limits.cpu_time then return end
  self.processors = self.processors or count_processors()
  self.own = math.min(self.driver.cpu(function(...) return self:read(...) end) or 0, SET_UP)
  return now + self.limits.cpu_time / self.processors
end

--- Whether the CPU time is used up, else when to check again: not before all processors together could have used what
--- is left.
---@param now number
---@return boolean|nil over
---@return number|nil time
function Group:check_cpu(now)
  local limit = self.limits.cpu_time
  if not limit then return nil end
  local used, message = self.driver.cpu(function(...) return self:read(...) end)
  if not used then
    if not self.blind then
      self.warnings[#self.warnings + 1] = "limits.cpu_time: enforced for each process only: " .. tostring(message)
    end
    self.blind = true
    return nil
  end
  local left = limit - (used - self.own)
  if left <= 0 then return true end
  return nil, now + math.max(left / self.processors, 0.001)
end

--- cgroup v1 reports before it kills. Returns whether the limit is this group's own, not that of a parent.
function Group:take_alarm()
  self.alarm:read(8)
  return (self:measure({ oom = true }).oom or 0) > 0
end

--- Whether the pids limit is holding it up: it is reached, and more than one fork has failed.
function Group:is_crowded()
  local limit = self.limits.pids
  if not limit then return false end
  local figures = self:measure { pids = true, pids_failures = true }
  return (figures.pids_failures or 0) > 1 and (figures.pids or 0) >= limit + (self.limits.tasks or 0)
end

-- Figures ---------------------------------------------------------------------------------------------------------

--- Reads the group's figures: all, or those named in `only`. `missing` gets a message for each that could not be
--- read.
---@param only table<string, boolean>|nil
---@param missing string[]|nil
---@return table<string, number>
function Group:measure(only, missing)
  local figures, texts = {}, {}
  for _, figure in ipairs(self.driver.figures) do
    local name, controller, file, parse = table.unpack(figure)
    if (not only or only[name]) and self:part(controller) then
      local text, message = texts[file], nil
      if not text then
        text, message = self:read(controller, file, figure.leaf)
        texts[file] = text
      end
      local ok, value = pcall(parse, text or "")
      figures[name] = text and ok and value or nil
      if figures[name] == nil and missing and not figure.may_lack then
        missing[#missing + 1] = ("%s: not available: %s"):format(name, message or file .. " has no such value")
      end
    end
  end
  return figures
end

--- All figures except current usage.
local at_the_end = setmetatable({ memory = false, pids = false }, { __index = function() return true end })

--- The figures for a Result, without our own share: the init among the processes, the set-up in the time.
---@param own number|nil seconds used by the init and the set-up; nil: unknown
---@param missing string[]|nil gets a message for each that could not be read
---@param at_end boolean|nil whether it has ended
---@return table figures
function Group:conclude(own, missing, at_end)
  local figures = self:measure(at_end and at_the_end or nil, missing)
  own = own or self.own
  if figures.cpu_time then
    local system = math.max(0, figures.cpu_time - (figures.cpu_user or 0) - own)
    figures.cpu_time = math.max(0, figures.cpu_time - own)
    figures.cpu_system = figures.cpu_user and math.min(system, figures.cpu_time)
    figures.cpu_user = figures.cpu_user and figures.cpu_time - figures.cpu_system
  end
  if figures.pids_peak then figures.pids_peak = math.max(1, figures.pids_peak - (self.limits.tasks or 0)) end
  figures.out_of_memory = (figures.oom or 0) > 0 and (figures.oom_kills or 0) > 0
  figures.killed_elsewhere = not figures.out_of_memory and (figures.oom_kills or 0) > 0
  return figures
end

-- Changing --------------------------------------------------------------------------------------------------------

--- Writes new limits, in the driver's order. If one is below current usage, the kernel reclaims by force (v2) or
--- refuses (v1).
---@param limits table all limits from now on
---@param changed table<string, true> which of them to write
function Group:change(limits, changed)
  local settings = self.driver.settings(limits, self.place.mems)
  -- memory+swap must never be below memory, so the order depends on which way both change.
  if self.driver.name == "cgroup1" and changed.memory and (limits.memory or 0) > (self.limits.memory or 0) then
    table.sort(settings, function(a, b) return a[1] == "swap" and b[1] ~= "swap" end)
  elseif self.driver.name == "cgroup1" and changed.memory then
    changed.swap = true
  end
  for _, setting in ipairs(settings) do
    if changed[setting[1]] or (setting[1] == "swap" and changed.memory) then apply(self, setting) end
  end
  self.limits = limits
end

--- Freezes the whole sandbox, or thaws it.
---@param on boolean
---@return true|nil
---@return string|nil message
---@return integer|nil errno
function Group:freeze(on)
  return require "nsengine.cgroup_freeze"(self, on)
end

-- The end ---------------------------------------------------------------------------------------------------------

--- Called before it is killed: frozen processes cannot die (v1), throttled ones die late.
function Group:release()
  if self.frozen then self:freeze(false) end
  if not self.limits.cpus then return end
  local part = self:part(self.driver.unthrottle[1])
  if part then sys.cgroup_write(part.dir, self.driver.unthrottle[2], self.driver.unthrottle[3]) end
end

--- Kills what is still in it. With a pid namespace of its own, nothing is, once the init has ended.
local function kill_rest(part)
  local ok, _, errno = sys.cgroup_kill(part.dir)
  if ok or errno ~= sys.ENOENT then return end
  for pid in (sys.cgroup_read(part.leaf, "cgroup.procs") or ""):gmatch "%d+" do
    sys.kill(tonumber(pid), sys.SIGKILL)
  end
end

local function remove_part(part)
  for attempt = 1, 50 do
    if part.leaf and part.leaf ~= part.dir then sys.cgroup_remove(part.dir, bases.LEAF) end
    local ok, _, errno = sys.cgroup_remove(part.base, part.name)
    if ok or errno == sys.ENOENT then return true end
    if part.dir then kill_rest(part) end
    if attempt > 1 then sys.sleep(0.002) end -- killed processes take a moment to disappear
  end
end

--- Removes it. Calling it twice is harmless.
function Group:remove()
  if self.removed or self.owner ~= sys.self() then return end
  self.removed = true
  if self.frozen then self:freeze(false) end
  for _, fd in ipairs(self.joins or {}) do fd:close() end
  if self.alarm then self.alarm:close() end
  for _, part in ipairs(self.parts) do
    if not remove_part(part) then
      bases.leave(part.base, part.name)
      self.warnings[#self.warnings + 1] = ("its control group %s could not be removed: it is busy"):format(part.name)
    end
    if part.leaf and part.leaf ~= part.dir then part.leaf:close() end
    if part.dir then part.dir:close() end
  end
  bases.try_again() -- for leftovers that were still busy when swept
end

return M
