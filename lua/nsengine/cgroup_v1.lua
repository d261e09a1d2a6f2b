--- cgroup v1, also in the hybrid layout: a hierarchy for each controller. Where groups may be created, which file
--- enforces which limit, and what the files report.

local place = require "nsengine.cgroup_place"

local M = { name = "cgroup1" }

--- Controllers by their v2 names.
local names = { memory = "memory", pids = "pids", cpu = "cpu", cpuset = "cpuset", io = "blkio", usage = "cpuacct",
  freezer = "freezer" }

-- Where -----------------------------------------------------------------------------------------------------------

--- The directory of this process in the hierarchy of a controller; or nil, why it cannot be used, and the directory if
--- it exists but is not delegated.
local function own_directory(controller, own, mounts, look)
  for _, mount in ipairs(mounts) do
    local dir = mount.type == "cgroup" and mount.options[controller] and own[controller]
      and place.directory(mount, own[controller])
    if dir then
      if look.writable(dir) then return dir end
      return nil, ("this process's control group %s is not delegated to it"):format(dir), dir
    end
  end
  return nil, ("this host has no cgroup controller '%s'"):format(controller)
end

--- Adds a controller to the list of hierarchies; cpu and cpuacct often share one.
local function add(hierarchies, base, name)
  for _, hierarchy in ipairs(hierarchies) do
    if hierarchy.base == base then
      hierarchy.controllers[name] = true
      return
    end
  end
  hierarchies[#hierarchies + 1] = { base = base, controllers = { [name] = true } }
end

--- The commands that give a user a group in each hierarchy, and start a program in them. `cpuset` is the directory of
--- that hierarchy: a new cpuset is empty and cannot be entered until it is filled.
local function give(dirs, cpuset, look)
  local user, one = place.user(look), dirs[1]
  local function each(format)
    if not dirs[2] then return (format:gsub("%$d", (one:gsub("%%", "%%%%")))) end
    return ("for d in %s; do %s; done"):format(table.concat(dirs, " "), format)
  end
  local fill = cpuset and ("; for f in cpus mems; do cat %s/cpuset.$f >%s/nsengine/cpuset.$f; done")
    :format(cpuset, cpuset) or ""
  return ("as root: %s%s; then start it as: sh -c '%s; exec nsengine ...'"):format(
    each(("mkdir $d/nsengine; chown -R %s $d/nsengine"):format(user)), fill,
    each "echo $$ >$d/nsengine/cgroup.procs")
end

--- See cgroup_v2. usage is optional, unless it is all that is wanted.
---@param wanted table<string, true>
---@param look nsengine.Look
---@return table|nil place
---@return string|nil why
---@return string|nil hint
function M.find(wanted, look)
  local own = place.own(look.read "/proc/self/cgroup" or "")
  local mounts = place.mounts(look.read "/proc/self/mountinfo" or "")
  local found = { driver = M.name, guarded = false, hierarchies = {}, wanted = wanted }
  local list = {}
  for name in next, wanted do list[#list + 1] = name end
  table.sort(list)
  local closed, closed_why, cpuset, seen = {}, nil, nil, {}
  for _, name in ipairs(list) do
    local dir, why, other = own_directory(names[name], own, mounts, look)
    local is_needed = not dir and (name ~= "usage" or #list == 1)
    if is_needed and not other then return nil, why end
    if is_needed then closed_why = closed_why or why end
    if name == "cpuset" then cpuset = other end
    if other and not seen[other] then
      seen[other] = true
      closed[#closed + 1] = other
    end
    if dir then add(found.hierarchies, dir, name) end
    if dir and name == "cpuset" then
      found.cpus = look.read(dir .. "/cpuset.effective_cpus") or look.read(dir .. "/cpuset.cpus")
      found.mems = look.read(dir .. "/cpuset.effective_mems") or look.read(dir .. "/cpuset.mems")
    end
  end
  if closed_why then return nil, closed_why, give(closed, cpuset, look) end
  found.freezer = own_directory(names.freezer, own, mounts, look)
  return found
end

-- Limits ----------------------------------------------------------------------------------------------------------

local PERIOD = 100000 -- microseconds: the default of a new group
local PAGE = 4096

--- See cgroup_v2. `mems`: the memory nodes, without which no process can enter a cpuset.
---@param limits table
---@param mems string|nil
---@return table[]
function M.settings(limits, mems)
  local list = {}
  local function set(...) list[#list + 1] = { ... } end
  if limits.memory then
    set("memory", "memory", "memory.limit_in_bytes", ("%d"):format(limits.memory))
    -- Memory plus swap, never below the limit of memory alone, so written after it. And at least a page above, because
    -- this limit's failures are not counted (Linux 6.13), and it would otherwise be hit first.
    set("swap", "memory", "memory.memsw.limit_in_bytes",
      ("%d"):format(limits.memory + math.max(limits.swap or 0, PAGE)))
  end
  if limits.pids then set("pids", "pids", "pids.max", ("%d"):format(limits.pids + (limits.tasks or 0))) end
  if limits.cpus then
    set("cpus", "cpu", "cpu.cfs_quota_us", ("%d"):format(limits.cpus * PERIOD // 1))
  end
  if limits.cpu_weight then -- 100 in v2 is 1024 here; the minimum is 2
    set("cpu_weight", "cpu", "cpu.shares", ("%d"):format(math.max(2, limits.cpu_weight * 1024 // 100)))
  end
  if limits.cpuset then
    set("cpuset", "cpuset", "cpuset.mems", (mems or "0"):gsub("%s+$", ""))
    set("cpuset", "cpuset", "cpuset.cpus", limits.cpuset)
  end
  for _, device in ipairs(limits.io or {}) do
    for _, pair in ipairs { { "read_bps", "read" }, { "write_bps", "write" }, { "read_iops", "read_ops" },
      { "write_iops", "write_ops" } } do
      if device[pair[2]] then
        set("io", "io", ("blkio.throttle.%s_device"):format(pair[1]), ("%s %d"):format(device.id, device[pair[2]]))
      end
    end
  end
  return list
end

M.unthrottle = { "cpu", "cpu.cfs_quota_us", "-1" }

-- Figures ---------------------------------------------------------------------------------------------------------

local function field(text, word)
  return tonumber(("\n" .. text):match("\n" .. word .. " (%d+)"))
end

local function seconds(text) return tonumber(text) / 1e9 end

function M.cpu(read)
  local text, message = read("usage", "cpuacct.usage")
  return text and seconds(text), message
end

local function sum_of(word)
  return function(text)
    local sum = 0
    for bytes in text:gmatch(word .. " (%d+)") do sum = sum + tonumber(bytes) end
    return sum
  end
end

--- See cgroup_v2. leaf: events are counted only in the group that the process is in, not in its parents.
M.figures = {
  { "memory", "memory", "memory.usage_in_bytes", tonumber },
  { "memory_peak", "memory", "memory.max_usage_in_bytes", tonumber },
  { "oom", "memory", "memory.failcnt", tonumber },
  { "oom_kills", "memory", "memory.oom_control", function(text) return field(text, "oom_kill") end, leaf = true },
  { "pids", "pids", "pids.current", tonumber },
  { "pids_peak", "pids", "pids.peak", tonumber, may_lack = true }, -- Linux 6.1
  { "pids_failures", "pids", "pids.events", function(text) return field(text, "max") end, leaf = true },
  { "cpu_time", "usage", "cpuacct.usage", seconds },
  { "cpu_user", "usage", "cpuacct.usage_user", seconds },
  { "io_read", "io", "blkio.throttle.io_service_bytes_recursive", sum_of "Read" },
  { "io_written", "io", "blkio.throttle.io_service_bytes_recursive", sum_of "Write" },
}

-- Stopping --------------------------------------------------------------------------------------------------------

M.freezer = {
  file = "freezer.state", on = "FROZEN", off = "THAWED",
  state = "freezer.state", is_frozen = function(text) return text:find "^FROZEN" ~= nil end,
}

return M
