--- What this host really allows: each attempt runs in a child, whose end removes all that it created, with a time limit
--- of seconds. Loaded only by --doctor.

local sys = require "nsengine.sys"

local M = {}

--- How many seconds one attempt, and all of them together, may take.
M.EACH, M.ALL = 5, 30

-- A child and its answer ----------------------------------------------------------------------------------------

--- A plain value as Lua source: strings, numbers, booleans and tables of them.
local function quote(value)
  if type(value) ~= "table" then return ("%q"):format(value) end
  local parts = {}
  for key, item in next, value do parts[#parts + 1] = ("[%s]=%s"):format(quote(key), quote(item)) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Reads up to end of file; nil if that does not come before the deadline.
local function drain(fd, deadline)
  local parts = {}
  while true do
    local left = deadline - sys.monotonic()
    local ready = left > 0 and sys.poll({ { fd, "r" } }, left)
    if not ready or not ready[1] then return nil end
    local data = fd:read()
    if not data or data == "" then return table.concat(parts) end
    parts[#parts + 1] = data
  end
end

--- Runs a function in a child and returns the table that it returns, or nil and the reason. Everything that the child
--- started ends with it, at the latest when its time is up.
---@param fn fun(): table
---@param seconds number
---@return table|nil
---@return string|nil message
---@return integer|nil errno
function M.child(fn, seconds)
  local r, w, errno = sys.pipe()
  if not r then return nil, w, errno end
  local _r <close> = r
  local _w <close> = w
  local process, message
  process, message, errno = sys.clone(0, function()
    local ok, value = xpcall(fn, debug.traceback)
    w:write("return " .. quote(ok and value or { failed = tostring(value) }))
    return 0
  end)
  if not process then return nil, message, errno end
  local _process <close> = process
  w:close()
  local text = drain(r, sys.monotonic() + seconds)
  if not text then return nil, ("no answer within %g seconds"):format(seconds) end
  local chunk = load(text, "=attempt", "t", {})
  local value = chunk and chunk()
  if type(value) ~= "table" then return nil, "the child ended without an answer" end
  if value.failed then return nil, value.failed end
  return value
end

-- Attempts: each runs in a child, and returns {ok = true, ...} or what was refused ------------------------------

local function refused(message, errno, op)
  return { message = message, errno = errno and sys.errname(errno), op = op }
end

--- The outcome of a call of nsengine.sys, from what it returned.
local function answer(value, message, errno)
  if value == nil then return refused(message, errno) end
  return { ok = true }
end

--- An attempt that builds a sandbox with these fields, up to its command.
local function sandbox(fields)
  return function()
    local sandboxes = require "nsengine.sandbox"
    local err = sandboxes.try(sandboxes.sandbox(fields()))
    if not err then return { ok = true } end
    return { message = err.message, errno = err.errno and sys.errname(err.errno), op = err.op, hint = err.hint,
      kind = err.kind }
  end
end

local function mount(kind, target)
  return sandbox(function() return { fs = { [target] = require("nsengine")[kind] } } end)
end

--- An attempt to create a namespace in a new user namespace.
local function namespace(bit)
  return function() return answer(sys.unshare(sys.CLONE_NEWUSER | sys[bit])) end
end

--- Creates a cgroup and removes it again.
local function make_cgroup(dir)
  local path = ("%s/nsengine.doctor.%d"):format(dir, sys.getpid())
  local made, message, errno = sys.mkdir(path)
  if not made then return nil, message, errno end
  return sys.rmdir(path)
end

local CONTROLLERS = { "memory", "pids", "cpu" }

--- Whether cgroups with these controllers can be created where a sandbox has its own: {ok =, scope = whose systemd}.
local function groups(wanted)
  local cgroups, look = require "nsengine.cgroup", require("nsengine.cgroup_place").look()
  look.parent = sys.getppid() -- in the same group, and without this child it would be alone there
  local found, why, hint = cgroups.find(wanted, look)
  local scope = found and found.scope
  if scope then found, why, hint = cgroups.find_in_scope(found, look) end
  if not found then return { message = why, hint = hint } end
  for _, hierarchy in ipairs(found.hierarchies) do
    local ok, message, errno = make_cgroup(hierarchy.base)
    if not ok then return refused(message, errno) end
  end
  return { ok = true, scope = scope }
end

--- Which controllers this process may have cgroups with: {ok = all together, memory = true, pids = true, ...}.
local function cgroup()
  local all = { usage = true }
  for _, name in ipairs(CONTROLLERS) do all[name] = true end
  local result = groups(all)
  for _, name in ipairs(CONTROLLERS) do
    result[name] = result.ok or groups({ usage = true, [name] = true }).ok or false
  end
  if not result.ok then -- the hint that a recipe's limit would give
    local _, _, hint = require("nsengine.cgroup").find { memory = true, pids = true, cpu = true, usage = true }
    result.hint = hint
  end
  return result
end

--- Whether the root directory differs from the mount namespace's: setns(2) to one's own namespace leads to its root.
--- Needs root; fails for anyone else.
local function chroot()
  local before, self = sys.stat "/", sys.pidfd_open(sys.getpid())
  if not self then return {} end
  local entered, message, errno = sys.setns(self, sys.CLONE_NEWNS)
  if not entered then return refused(message, errno) end
  local after = sys.stat "/"
  -- A bind mount of the root directory has the same inode, on another mount.
  return { ok = true, is_chroot = before and after and (before.ino ~= after.ino or before.dev ~= after.dev
    or before.mnt_id ~= after.mnt_id) or false }
end

--- Maps the ids of `host.range`, in addition to the caller's own.
local function ids(host)
  local uids, gids = host.range "/etc/subuid", host.range "/etc/subgid"
  return sandbox(function()
    return { user = { uid = 0, gid = 0,
      uid_map = { { 0, host.uid, 1 }, { 1, uids.first, uids.count } },
      gid_map = { { 0, host.gid, 1 }, { 1, gids.first, gids.count } } } }
  end)()
end

M.attempts = {
  user = namespace "CLONE_NEWUSER",
  cgroup_namespace = namespace "CLONE_NEWCGROUP", ipc = namespace "CLONE_NEWIPC", mnt = namespace "CLONE_NEWNS",
  net = namespace "CLONE_NEWNET", pid = namespace "CLONE_NEWPID", time = namespace "CLONE_NEWTIME",
  uts = namespace "CLONE_NEWUTS",
  sandbox = sandbox(function() return {} end),
  bind = sandbox(function() return { fs = { ["/"] = require("nsengine").ro "/" } } end),
  proc = mount("proc", "/proc"), dev = mount("dev", "/dev"), sys = mount("sys", "/sys"),
  mqueue = mount("mqueue", "/mqueue"), overlay = function()
    local features = sys.features()
    return { ok = features.unprivileged.overlay or nil, errno = features.errors.overlay,
      message = "an overlay on a tmpfs" }
  end,
  pty = function() return answer(sys.openpty()) end,
  cgroup = cgroup, chroot = chroot, ids = ids,
}

-- Facts about this host -----------------------------------------------------------------------------------------

--- A table that makes each attempt when it is first read.
local function lazy_attempts(host)
  local deadline = sys.monotonic() + M.ALL
  return setmetatable({}, { __index = function(made, name)
    local fn = M.attempts[name] or error("no such attempt: " .. tostring(name), 2)
    local seconds = math.min(M.EACH, deadline - sys.monotonic())
    local result = { message = "not tried: the others took too long" }
    if seconds > 0 then
      local value, message, errno = M.child(function() return fn(host) end, seconds)
      result = value or refused(message, errno)
    end
    rawset(made, name, result)
    return result
  end })
end

--- The first executable of that name in PATH and the system's directories, which PATH may lack.
local function program(name)
  for dir in ((os.getenv "PATH" or "") .. ":/usr/bin:/usr/sbin:/bin:/sbin"):gmatch("[^:]+") do
    local stat = sys.stat(dir .. "/" .. name)
    if stat and stat.type == "file" and stat.mode & 73 ~= 0 then return dir .. "/" .. name end -- 0111
  end
end

--- The user's name in /etc/passwd.
local function user_name(host)
  return ("\n" .. (host.read "/etc/passwd" or "")):match("\n([^:\n]+):[^:\n]*:" .. host.uid .. ":")
end

--- The caller's first range in a file of subordinate ids: {first =, count =}, or nil.
function M.range(host, path)
  local text = "\n" .. (host.read(path) or "")
  for _, name in ipairs { host.name or false, tostring(host.uid) } do
    if name then
      local first, count = text:match("\n" .. name:gsub("%p", "%%%0") .. ":(%d+):(%d+)")
      if first and tonumber(count) > 0 then return { first = tonumber(first), count = tonumber(count) } end
    end
  end
end

--- This host, for the list of nsengine.abilities; specs pass a table instead.
function M.host()
  local ids_now = sys.getids()
  local host = {
    pid = sys.getpid(), uid = ids_now.euid, gid = ids_now.egid, release = sys.uname().release,
    features = sys.features(),
    read = function(path) return (sys.readfile(path, 1 << 20)) end,
    stat = function(path) return (sys.stat(path)) end,
    list = function(path) return sys.list(path) or {} end,
    xattr = function(path, name) return (sys.getxattr(path, name)) end,
    unshare = function() return (sys.unshare(0)) end,
    module = function(name) return (pcall(require, name)) end,
    program = program,
  }
  host.name = user_name(host)
  host.range = function(path) return M.range(host, path) end
  host.attempts = lazy_attempts(host)
  host.is_chroot = function() return host.uid == 0 and host.attempts.chroot.is_chroot or false end
  return host
end

return M
