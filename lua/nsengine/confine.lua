--- Decides what enforces the limits that setrlimit(2) does not have: a control group, a true substitute, or nothing,
--- which is an error. Turns the limits of a spec into the description of a group. Pure: the host is a table of facts.

local M = {}

--- The controller that enforces a limit; "usage", the accounting of CPU time, is not a controller in cgroup v2.
M.controllers = {
  memory = "memory", swap = "memory", pids = "pids", cpus = "cpu", cpu_weight = "cpu", cpuset = "cpuset", io = "io",
  cpu_time = "usage",
}
local controllers = M.controllers

--- Whether a limit needs a group.
function M.takes_group(key)
  return controllers[key] ~= nil
end

local NPROC, CPU = 6, 0 -- RLIMIT_*

--- The host uid of the payload; nil if unknown.
local function outer_uid(b)
  local identity = b.identity
  if identity.shared then return identity.uid end
  return require("nsengine.identity").outside(identity.uid_map or {}, identity.uid)
end

-- Without a group -------------------------------------------------------------------------------------------------

--- RLIMIT_CPU counts the clock ticks at which a process runs, which can be a third more than its time if processes take
--- turns. So it is set a quarter higher, in whole seconds, and the Result goes by the measured time.
local function rlimit_cpu(value)
  return math.ceil(value * 1.25 + 0.5)
end

--- One second between SIGXCPU and SIGKILL.
local function cpu_by_rlimit(value, b)
  local seconds = rlimit_cpu(value)
  b:add("limits.cpu_time", "rlimit", CPU, seconds, seconds + 1)
  b.enforced.cpu_time = "rlimit"
  return true
end

--- RLIMIT_NPROC counts the user's processes in its user namespace (Linux 5.14): those of the sandbox, if it has one of
--- its own. It does not apply to the host's root.
local function pids_by_rlimit(value, b)
  local uid = outer_uid(b)
  if b:shares "user" or uid == nil or uid == 0 then return false end
  b:add("limits.pids", "rlimit", NPROC, value + (b.init and 1 or 0), value + (b.init and 1 or 0))
  b.enforced.pids = "rlimit"
  return true
end

local fallbacks = { cpu_time = cpu_by_rlimit, pids = pids_by_rlimit }

local instead = {
  memory = "; limits.address_space limits each process separately",
  swap = "", cpus = "", cpu_weight = "; nice is similar", cpuset = "", io = "", pids = "; limits.processes is similar",
}

--- Handles a limit that no group can enforce here.
local function do_without(key, value, b, why, hint)
  local fallback = fallbacks[key]
  if fallback and fallback(value, b) then return end
  local message = ("no control group can enforce it: %s%s"):format(why, instead[key] or "")
  if not b:is_optional("limits." .. key) then b:unable("limits." .. key, message, hint) end
  b:warn("limits." .. key, "skipped: " .. message .. " (listed in 'optional')")
end

-- With one --------------------------------------------------------------------------------------------------------

local function wanted_by(keys)
  local wanted = { usage = true } -- every group reports the time for the Result
  for _, key in ipairs(keys) do wanted[controllers[key]] = true end
  return wanted
end

--- A scope from systemd is not worth it only to count CPU time better.
local function is_worth_it(found, keys)
  return found and not (found.scope and #keys == 1 and keys[1] == "cpu_time")
end

--- Where a group can enforce as many of the limits as possible, and which ones those are.
local function choose(keys, limits, b)
  local found, why, hint = b.host.cgroups(wanted_by(keys))
  if is_worth_it(found, keys) then return found, keys end
  if found then why = "systemd would have to be asked for one" end
  local held = {}
  for _, key in ipairs(keys) do
    local alone, reason, way = b.host.cgroups { [controllers[key]] = true }
    if alone and #keys > 1 then
      held[#held + 1] = key
    else
      do_without(key, limits[key], b, reason or why, hint or way)
    end
  end
  if #held < #keys and held[1] then return choose(held, limits, b) end
  for _, key in ipairs(held) do do_without(key, limits[key], b, why, hint) end -- no single group for all
end

--- Checks that the processors of cpuset exist: cgroup v2 accepts any list, and if none of them exists, uses all.
---@param unable fun(field: string, message: string) raises
---@return integer|nil count how many there are
function M.check_cpuset(limits, found, unable)
  if not (limits.cpuset and found.cpus) then return nil end
  local place = require "nsengine.cgroup_place"
  local wanted, count = place.processors(limits.cpuset)
  local lacking = place.lacking(wanted, (place.processors(found.cpus)))
  if lacking then
    unable("limits.cpuset", ("processor %d is not available: this process may use %s"):format(lacking,
      (found.cpus:gsub("%s+$", ""))))
  end
  return count
end

--- The devices of `io`: {{id = "8:0", read =, ...}, ...}, ordered by path.
function M.devices(io, host, unable)
  local list, paths = {}, {}
  for path in next, io do paths[#paths + 1] = path end
  table.sort(paths)
  for i, path in ipairs(paths) do
    local full = require("nsengine.mount").host_path(path, host)
    local id, message = host.device(full)
    if not id then unable("limits.io", ("%s: %s"):format(path, message)) end
    list[i] = { id = id }
    for word, value in next, io[path] do list[i][word] = value end
  end
  return list
end

--- How many processes in a group are the engine's own.
local function count_own(limits, b)
  local identity = b.identity
  if limits.pids == 1 and not b.init and identity.inner and identity.inner.uid_map then
    b:refuse("limits.pids", "without an init, the set-up briefly needs a second process: pids = 2, or init = true")
  end
  return b.init and 1 or 0
end

--- Whether the set-up could use up the group's memory: the kernel charges it for mounts and the like, up to a few
--- thousand bytes per step.
local function may_run_out(memory, b)
  local steps = 0
  for _, bucket in next, b.buckets do steps = steps + #bucket end
  return memory ~= nil and memory < (16 << 20) + 8192 * steps
end

--- Lowers the limits of a spec that need a group.
---@param limits table
---@param b nsengine.Builder with all other fields lowered
function M.lower(limits, b)
  local keys = {}
  for key in next, limits do
    if controllers[key] then keys[#keys + 1] = key end
  end
  table.sort(keys)
  local found, held = choose(keys, limits, b)
  if not found then return end
  local values = { tasks = count_own(limits, b) }
  for _, key in ipairs(held) do
    values[key] = limits[key]
    b.enforced[key] = found.driver
  end
  if values.swap and not values.memory and found.driver == "cgroup1" then
    b:unable("limits.swap", "cgroup v1 counts memory and swap together: set limits.memory too")
  end
  local function unable(field, message) b:unable(field, message) end
  if values.io then values.io = M.devices(values.io, b.host, unable) end
  if values.cpu_time then -- for each process, in case this program is delayed
    local seconds = rlimit_cpu(values.cpu_time)
    b:add("limits.cpu_time", "rlimit", CPU, seconds, seconds)
  end
  local uid = outer_uid(b)
  b.group = {
    place = found, limits = values, settings = require("nsengine.cgroup").settings(found, values),
    processors = M.check_cpuset(values, found, unable), walled = uid == nil or uid == b.host.euid,
    apart = may_run_out(values.memory, b), field = "limits." .. held[1],
  }
end

return M
