--- cgroup v2: where groups may be created, which file enforces which limit, and what the files report.

local place = require "nsengine.cgroup_place"

local M = { name = "cgroup2" }

-- Where -----------------------------------------------------------------------------------------------------------

local function systemd_bus(look)
  if not look.stat "/run/systemd/system" then return nil end
  if look.euid == 0 then return look.stat "/run/dbus/system_bus_socket" and "system" end
  return look.stat(("/run/user/%d/bus"):format(look.euid)) and "user"
end

--- Whether a group below a user's systemd, user@UID.service, was delegated by it. It does not mark the units that it
--- delegates (systemd 252, 257), so only scopes requested by nsengine count. The user owns everything there, but in
--- slices and units that are not delegated, systemd may withdraw controllers at any time, and with them the limits.
local function is_given_by_user(dir, manager, look)
  local stat, units = look.stat(dir), dir:sub(#manager + 1) .. "/"
  if not stat or stat.uid ~= look.euid then return false end
  if units:find "/nsengine%-[^/]*%.scope/" then return true end
  -- Without a bus to request a scope, this may be one made by `systemd-run --user --scope -p Delegate=yes`.
  return not systemd_bus(look) and (units:find "%.scope/" or units:find "%.service/") ~= nil
end

--- Whether this process may create groups in a directory. systemd owns the tree except for what it delegated; where it
--- does not run, root may create groups anywhere, and others in the directories that they own.
local function is_given(dir, look)
  if not (look.writable(dir) and look.writable(dir .. "/cgroup.procs")) then return false end
  if not look.stat "/run/systemd/system" then return true end
  local manager = (dir .. "/"):match "^(.*/user@%d+%.service)/"
  if manager then return is_given_by_user(dir, manager, look) end
  if look.euid ~= 0 then return true end
  local stat = look.stat(dir)
  return look.xattr(dir, "trusted.delegate") == "1" or look.xattr(dir, "user.delegate") == "1"
    or (stat ~= nil and stat.uid ~= 0)
end

--- The nearest ancestor of `own` with the controllers enabled for its children. `own` cannot have that while it has
--- processes: cgroups(7), "no internal processes".
local function above(mount, own, wanted, look)
  local dir = own
  while #dir > #mount.target do
    dir = dir:match "^(.*)/[^/]+$"
    local enabled = place.words(look.read(dir .. "/cgroup.subtree_control"))
    if not place.lacking(wanted, enabled) and is_given(dir, look) then return dir end
  end
end

--- Whether this process is the only one in a group.
local function is_alone(dir, look)
  for pid in (look.read(dir .. "/cgroup.procs") or ""):gmatch "%d+" do
    if tonumber(pid) ~= look.pid and tonumber(pid) ~= look.parent then return false end
  end
  return true
end

--- The process's own group, if that was delegated to it. The process moves to a leaf, unless no controller has to be
--- enabled, or the group is the root, which may have both processes and children with controllers. If it is already in
--- that leaf, it only enables the missing controllers.
local function own_group(own, wanted, look)
  local left = own:match("^(.+)/" .. place.SUPERVISOR:gsub("%-", "%%-") .. "$")
  own = left or own
  if place.lacking(wanted, place.words(look.read(own .. "/cgroup.controllers"))) then return nil end
  local enabled, enable = place.words(look.read(own .. "/cgroup.subtree_control")), {}
  for name in next, wanted do
    if not enabled[name] then enable[#enable + 1] = name end
  end
  table.sort(enable)
  if not is_given(own, look) then return nil, "not given" end
  local moves = not left and enable[1] ~= nil and look.stat(own .. "/cgroup.type") ~= nil
  if moves and not is_alone(own, look) then return nil, "not alone" end
  return { base = own, enable = enable, moves = moves }
end

--- The controllers of a group created there: those without a limit still count usage.
local function handed_on(found, wanted, look)
  local set = place.words(look.read(found.base .. "/cgroup.subtree_control"))
  for name in next, wanted do set[name] = true end
  set.usage = true
  return set
end

--- A controller that a user's systemd lacks, and so cannot delegate: it has those of Delegate= in user@.service.
local function lacks_user(needed, mount, look)
  local has = look.read(("%s/user.slice/user-%d.slice/user@%d.service/cgroup.controllers"):format(mount.target,
    look.euid, look.euid))
  return has and place.lacking(needed, place.words(has))
end

--- How to make it delegate all of them.
M.delegate_more = "as root: mkdir -p /etc/systemd/system/user@.service.d; "
  .. "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf; "
  .. "systemctl daemon-reload; and as the user: systemctl --user daemon-reexec"

--- How to give a user a subtree. Only root can move a process into it, because the common ancestor of both groups is
--- root's. Only the root of the tree may have processes as well as child groups with controllers: if `mount` shows
--- another group, its processes are moved to a sibling, `rest`.
local function give(mount, needed, look)
  local words, names = {}, {}
  for name in next, needed do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do words[i] = "+" .. name end
  local controllers = ("echo '%s' >"):format(table.concat(words, " "))
  local aside = look.stat(mount.target .. "/cgroup.type")
    and "mkdir rest; for p in $(cat cgroup.procs); do echo $p >rest/cgroup.procs; done; " or ""
  return ("as root: cd %s; %s%scgroup.subtree_control; mkdir -p nsengine/run; %snsengine/cgroup.subtree_control; "
    .. "chown -R %s nsengine; echo PID >nsengine/run/cgroup.procs, where PID is the shell that starts it: echo $$")
    :format(mount.target, aside, controllers, controllers, place.user(look))
end

local function explain(why, own, mount, needed, look)
  local wrapper = ("systemd-run %s--scope -p Delegate=yes nsengine ..."):format(look.euid ~= 0 and "--user " or "")
  if why == "not alone" then
    return ("other processes share this process's control group %s, so it cannot have child groups with limits")
      :format(own), look.stat "/run/systemd/system" and "start it in a group of its own: " .. wrapper
      or ("start it in a child group of its own: mkdir %s/run; echo $$ > %s/run/cgroup.procs"):format(own, own)
  end
  local message = ("this process's control group %s is not delegated to it"):format(own)
  if look.stat "/run/systemd/system" then
    -- systemd-run does not need a bus.
    local runs = look.euid == 0 or look.stat(("/run/user/%d/systemd"):format(look.euid))
    local first = runs and "" or ("as root: loginctl enable-linger %s; then "):format(place.user(look))
    return message, first .. "start it as: " .. wrapper
  end
  return message, give(mount, needed, look)
end

--- Looks for a group whose children may have the controllers of `wanted`: {memory =, pids =, cpu =, cpuset =, io =,
--- usage = true}. Every group has usage, the accounting of CPU time.
---@param wanted table<string, true>
---@param look nsengine.Look
---@return table|nil place
---@return string|nil why
---@return string|nil hint
---@return boolean|nil lacks whether this host does not have such a controller in v2 at all
function M.find(wanted, look)
  local own_path, mount = place.own(look.read "/proc/self/cgroup" or "")[""], nil
  for _, candidate in ipairs(place.mounts(look.read "/proc/self/mountinfo" or "")) do
    if candidate.type == "cgroup2" then mount = candidate end
  end
  local own = mount and own_path and place.directory(mount, own_path)
  if not own then return nil, "no cgroup v2 mount shows this process's group", nil, true end
  local needed = {}
  for name in next, wanted do needed[name] = name ~= "usage" and true or nil end
  local missing = place.lacking(needed, place.words(look.read(mount.target .. "/cgroup.controllers")))
  if missing then return nil, ("cgroup v2 has no controller '%s' here"):format(missing), nil, true end
  local found, why
  local dir = above(mount, own, needed, look)
  if dir then
    found = { base = dir }
  else
    found, why = own_group(own, needed, look)
  end
  missing = not found and look.euid ~= 0 and lacks_user(needed, mount, look)
  if missing then
    return nil, ("systemd does not delegate the controller '%s' to users"):format(missing), M.delegate_more
  end
  local bus = not found and systemd_bus(look)
  if bus then found = { scope = bus, base = own } end
  if not found then return nil, explain(why, own, mount, needed, look) end
  found.driver, found.guarded, found.wanted = M.name, mount.options.nsdelegate or false, wanted
  found.hierarchies = { { base = found.base, controllers = handed_on(found, wanted, look) } }
  found.cpus = look.read(found.base .. "/cpuset.cpus.effective")
  return found
end

-- Limits ----------------------------------------------------------------------------------------------------------

local PERIOD = 100000 -- microseconds, cpu.max

--- {limit, controller, file, text} for each file to write, in order. `limits`: those that the group enforces, and
--- `tasks`, our own processes, which are added to pids.
---@param limits table
---@return table[]
function M.settings(limits)
  local list = {}
  local function set(...) list[#list + 1] = { ... } end
  if limits.memory then
    set("memory", "memory", "memory.max", ("%d"):format(limits.memory))
    set("memory", "memory", "memory.oom.group", "1") -- all or nothing: no part of the sandbox survives
  end
  if limits.memory or limits.swap then
    set("swap", "memory", "memory.swap.max", ("%d"):format(limits.swap or 0))
  end
  if limits.pids then set("pids", "pids", "pids.max", ("%d"):format(limits.pids + (limits.tasks or 0))) end
  if limits.cpus then set("cpus", "cpu", "cpu.max", ("%d %d"):format(limits.cpus * PERIOD // 1, PERIOD)) end
  if limits.cpu_weight then set("cpu_weight", "cpu", "cpu.weight", ("%d"):format(limits.cpu_weight)) end
  if limits.cpuset then set("cpuset", "cpuset", "cpuset.cpus", limits.cpuset) end
  for _, device in ipairs(limits.io or {}) do
    local words = { device.id }
    for _, pair in ipairs { { "rbps", "read" }, { "wbps", "write" }, { "riops", "read_ops" },
      { "wiops", "write_ops" } } do
      if device[pair[2]] then words[#words + 1] = ("%s=%d"):format(pair[1], device[pair[2]]) end
    end
    set("io", "io", "io.max", table.concat(words, " "))
  end
  return list
end

--- Removes the limit on CPU time, so that dying processes are not throttled.
M.unthrottle = { "cpu", "cpu.max", "max" }

-- Figures ---------------------------------------------------------------------------------------------------------

--- The number after a word: "oom_kill 2".
local function field(text, word)
  return tonumber(("\n" .. text):match("\n" .. word .. " (%d+)"))
end

--- The CPU time used, in seconds; or nil, message.
function M.cpu(read)
  local text, message = read("usage", "cpu.stat")
  return text and field(text, "usage_usec") / 1e6, message
end

--- {name, controller, file, function(text)} of all figures.
M.figures = {
  { "memory", "memory", "memory.current", tonumber },
  { "memory_peak", "memory", "memory.peak", tonumber }, -- Linux 5.19
  { "oom", "memory", "memory.events", function(text) return field(text, "oom") end },
  { "oom_kills", "memory", "memory.events", function(text) return field(text, "oom_kill") end },
  { "pids", "pids", "pids.current", tonumber },
  { "pids_peak", "pids", "pids.peak", tonumber }, -- Linux 6.1
  { "pids_failures", "pids", "pids.events", function(text) return field(text, "max") end },
  { "cpu_time", "usage", "cpu.stat", function(text) return field(text, "usage_usec") / 1e6 end },
  { "cpu_user", "usage", "cpu.stat", function(text) return field(text, "user_usec") / 1e6 end },
  { "io_read", "io", "io.stat", function(text)
    local sum = 0
    for bytes in text:gmatch "rbytes=(%d+)" do sum = sum + tonumber(bytes) end
    return sum
  end },
  { "io_written", "io", "io.stat", function(text)
    local sum = 0
    for bytes in text:gmatch "wbytes=(%d+)" do sum = sum + tonumber(bytes) end
    return sum
  end },
}

-- Stopping --------------------------------------------------------------------------------------------------------

--- The file that freezes, what to write there, and how the state file, which changes later, shows it.
M.freezer = {
  file = "cgroup.freeze", on = "1", off = "0",
  state = "cgroup.events", is_frozen = function(text) return field(text, "frozen") == 1 end,
}

return M
