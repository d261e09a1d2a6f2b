--- Control groups for specs: each user gets a subtree, as an administrator or systemd delegates it, below the groups of
--- this process. Root too, because others run sandboxes in the machine's groups. Removed on `<close>`.

local cgroup = require "nsengine.cgroup"
local support = require "support"
local sys = require "nsengine.sys"

local M = {}

local wanted = { memory = true, pids = true, cpu = true, cpuset = true, usage = true }

local function own(uid, ...)
  if uid == sys.getids().euid then return end
  for _, path in ipairs { ... } do assert(sys.chown(path, uid, uid)) end
end

--- A directory in one hierarchy of version 1; a new cpuset has nothing in it.
local function make_v1(base, name)
  local path = base .. "/" .. name
  assert(sys.mkdir(path, 493))
  for _, file in ipairs { "cpuset.mems", "cpuset.cpus" } do
    local text = sys.readfile(base .. "/" .. file)
    if text then assert(sys.writefile(path .. "/" .. file, text, sys.O_WRONLY)) end
  end
  return path
end

--- Makes a user's directory there; returns it, and how to enter it.
local function delegate_v1(base, name, uid)
  local path = make_v1(base, name)
  own(uid, path, path .. "/tasks", path .. "/cgroup.procs")
  return path, path .. "/cgroup.procs", { path }
end

--- A subtree of version 2: its root passes the controllers on, and the user's program starts in the leaf.
local function delegate_v2(base, name, uid)
  local path, leaf = base .. "/" .. name, base .. "/" .. name .. "/run"
  assert(sys.mkdir(path, 493))
  assert(sys.mkdir(leaf, 493))
  assert(sys.writefile(path .. "/cgroup.subtree_control", "+memory +pids +cpu +cpuset", sys.O_WRONLY))
  own(uid, path, path .. "/cgroup.procs", path .. "/cgroup.subtree_control", leaf, leaf .. "/cgroup.procs")
  return path, leaf .. "/cgroup.procs", { leaf, path }
end

local function remove(paths)
  for _, path in ipairs(paths) do
    for _ = 1, 500 do
      local ok, _, errno = sys.rmdir(path)
      if ok or errno == sys.ENOENT then break end
      sys.sleep(0.01)
    end
  end
end

local count = 0

--- What a user's program does first to get groups: {prepare = function, driver =, roots = {path, ...}}; or nil and the
--- reason.
function M.delegated(uid)
  local found, why = cgroup.find(wanted)
  if not found then return nil, "needs control groups: " .. why end
  if found.moves or found.enable or found.scope then return nil, "needs a cgroup tree that is prepared" end
  local set = { driver = found.driver, roots = {}, prepare = function() end }
  count = count + 1
  local name = ("nse-spec-%d-%d"):format(sys.getpid(), count)
  local delegate = found.driver == "cgroup2" and delegate_v2 or delegate_v1
  local bases, doors, made = {}, {}, {}
  for _, hierarchy in ipairs(found.hierarchies) do bases[#bases + 1] = hierarchy.base end
  if found.freezer then bases[#bases + 1] = found.freezer end
  for _, base in ipairs(bases) do
    local root, door, paths = delegate(base, name, uid)
    set.roots[#set.roots + 1], doors[#doors + 1] = root, door
    table.move(paths, 1, #paths, #made + 1, made)
  end
  set.prepare = function()
    for _, door in ipairs(doors) do assert(sys.writefile(door, "0", sys.O_WRONLY)) end
  end
  return setmetatable(set, { __close = function() remove(made) end })
end

--- Root's groups in each hierarchy of version 1, in which a user's program is and which it may not use: {prepare =
--- function}; or nil and the reason.
function M.closed()
  local found = cgroup.find(wanted)
  if not support.root or not found or found.driver ~= "cgroup1" then return nil, "needs cgroup v1, as root" end
  count = count + 1
  local name, made = ("nse-spec-%d-%d"):format(sys.getpid(), count), {}
  for _, hierarchy in ipairs(found.hierarchies) do
    local path = make_v1(hierarchy.base, name)
    table.insert(made, 1, path)
    table.insert(made, 1, path .. "/nsengine") -- made there by its owner
  end
  return setmetatable({ prepare = function()
    for i = 2, #made, 2 do assert(sys.writefile(made[i] .. "/cgroup.procs", "0", sys.O_WRONLY)) end
  end }, { __close = function() remove(made) end })
end

--- The sandboxes' groups that still exist.
function M.left(set)
  local names = {}
  for _, root in ipairs(set.roots) do
    for _, name in ipairs(sys.list(root) or {}) do
      if name:find "^nsengine%-%d" then names[#names + 1] = root .. "/" .. name end
    end
  end
  return names
end

--- Runs a recipe's text in the groups that M.delegated returned.
function M.run(set, uid, source, options)
  local command = { "-e", source, uid = uid ~= sys.getids().euid and uid or nil, prepare = set.prepare }
  for key, value in pairs(options or {}) do command[key] = value end
  return support.nsengine(command)
end

return M
