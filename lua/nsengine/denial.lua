--- Finds the field of the recipe that denied a call, and the line that would allow it.

local operands = require "nsengine.operands"
local sys = require "nsengine.sys"

local M = {}

--- A denied call; like calls are counted in one.
---@class nsengine.Denial
---@field call string "openat", the first of them
---@field path string|nil what it named, as the sandbox sees it
---@field address string|nil "192.0.2.1:443"
---@field errno string "ENOENT": how it failed
---@field why "absent"|"readonly"|"noexec"|"nodev"|"permission"|"masked"|"landlock"|"scope"|"network"|"port"|"seccomp"
---@field field string|nil of the recipe
---@field where string|nil its line
---@field directory string|nil for "permission": the directory that is closed to the command's user
---@field add string|nil a field, as given to box:with; nil if no single field would allow it
---@field count integer

--- The entry of fs that covers a path, the last if several do.
local function covering(spec, path)
  local best
  for _, entry in ipairs(spec.fs and require("nsengine.fs").entries(spec.fs) or {}) do
    if entry.mount and operands.is_below(path, entry.target) and (not best or #entry.target >= #best.target) then
      best = entry
    end
  end
  return best
end

local function fs_line(target, mount)
  return ("fs = { [%q] = %s }"):format(target, mount)
end

--- The host path of a path in the sandbox, through a bind; otherwise the same path.
local function outside(entry, path)
  local source = entry and entry.mount.source
  if not source then return path end
  local rest = path:sub(#entry.target + (entry.target == "/" and 0 or 1))
  return source == "/" and (rest == "" and "/" or rest) or source .. (rest == "/" and "" or rest)
end

local in_memory = { ["/tmp"] = true, ["/var/tmp"] = true, ["/dev/shm"] = true, ["/run"] = true }

--- Kernel file systems, which are mounted whole, not as single files.
local whole = { ["/proc"] = "ns.proc", ["/sys"] = "ns.sys" }

local in_dev = {}
for name in ("null zero full random urandom tty pts shm fd stdin stdout stderr ptmx"):gmatch "%a+" do
  in_dev[name] = true
end

--- For a path in /dev, /proc or /sys that a sandbox has its own version of: the line that mounts it.
local function own(path)
  for directory, mount in next, whole do
    if operands.is_below(path, directory) then return fs_line(directory, mount) end
  end
  if path == "/dev" or in_dev[path:match "^/dev/([^/]+)"] then return fs_line("/dev", "ns.dev") end
end

--- Whether the mode of a host directory lets this user create something in it. Under root, sandboxes run as another
--- user, whose rights "permission" covers.
local function may_write(stat)
  local ids = sys.getids()
  if ids.euid == 0 then return true end
  if stat.uid == ids.euid then return stat.mode & 128 ~= 0 end -- 0200
  for _, gid in ipairs { ids.egid, table.unpack(ids.groups) } do
    if stat.gid == gid then return stat.mode & 16 ~= 0 end
  end
  return stat.mode & 2 ~= 0
end

--- The line for something writable: a host directory, if there is one; nil if a kernel file system is already there.
local function writable(entry, path, wish)
  local top = path:match "^/[^/]*"
  if whole[top] or top == "/dev" then
    if entry and operands.is_below(entry.target, top) then return nil end
    return own(path) or fs_line("/dev", "ns.dev")
  end
  local inner = wish == "alter" and path or operands.parent(path)
  for directory in next, in_memory do
    if operands.is_below(path, directory) then return fs_line(directory, "ns.tmpfs") end
  end
  local outer = outside(entry, inner)
  local stat = sys.stat(outer)
  if not entry or not stat then return fs_line(inner, "ns.tmpfs") end
  if not may_write(stat) then return nil end -- no mount changes its permissions
  return fs_line(inner, ("ns.rw %q"):format(outer))
end

--- The line that shows a host path.
local function shown_by(path, wish)
  local device = path:match("^/dev/([^/]+)")
  return own(path)
    or fs_line(path, ("ns.%s %q"):format(device and "dev_bind" or wish == "connect" and "rw" or "ro", path))
end

--- Calls that need a capability over the sandbox's own namespaces; granting it also makes the filter allow them. Calls
--- that need one over the host's namespaces are not for a sandbox.
local by_capability = { chroot = "sys_chroot", sethostname = "sys_admin", setdomainname = "sys_admin",
  setns = "sys_admin", unshare = "sys_admin", clone = "sys_admin" }
for _, name in ipairs(require("nsengine.filters.groups")["@mount"]) do
  by_capability[name] = by_capability[name] or "sys_admin"
end

local NEWUSER <const> = 0x10000000 -- the one namespace that needs none
local AF_INET <const>, AF_INET6 <const>, AF_PACKET <const> = 2, 10, 17

--- The capability that a call needs, given its first argument; nil: none.
---@param call string
---@param argument integer
---@return string|nil
function M.capability(call, argument)
  if call == "socket" then
    return (argument == AF_PACKET or argument == AF_INET or argument == AF_INET6) and "net_raw" or nil
  elseif (call == "unshare" or call == "clone") and argument & NEWUSER ~= 0 then
    return nil
  end
  return by_capability[call]
end

--- The user that may do it: the owner of the file, or of the directory to create it in. nil where that is
--- root: a command that becomes the host's root is not what a denial should suggest.
local function owner_of(spec, denial)
  local path = denial.directory or denial.path
  local stat = path and sys.stat(outside(covering(spec, path), path))
  if path and not stat then
    path = operands.parent(path)
    stat = sys.stat(outside(covering(spec, path), path))
  end
  if not stat or stat.uid == 0 or stat.gid == 0 then return nil end
  return ("user = { uid_map = { { %d, %d, 1 } }, gid_map = { { %d, %d, 1 } } }"):format(stat.uid, stat.uid, stat.gid,
    stat.gid)
end

local wanted = { exec = "exec", read = "read", look = "read", search = "read" }

local fixes = {
  absent = function(denial, spec)
    local path = denial.at or denial.path -- nothing can be mounted on a link
    local entry = covering(spec, path)
    return entry and "fs." .. entry.target or "fs", shown_by(path, denial.wish)
  end,
  readonly = function(denial, spec)
    local entry = covering(spec, denial.path)
    local kind = entry and entry.mount.kind
    if kind == "rw" or kind == "overlay" then return "fs." .. entry.target, nil end -- no line here would change it
    return entry and "fs." .. entry.target or "fs", writable(entry, denial.path, denial.wish)
  end,
  masked = function(denial, spec)
    return "fs." .. covering(spec, denial.path).target, nil
  end,
  noexec = function(denial, spec)
    local entry = covering(spec, denial.path)
    return entry and "fs." .. entry.target or "fs", nil
  end,
  nodev = function(denial, spec)
    local entry = covering(spec, denial.path)
    return entry and "fs." .. entry.target or "fs", own(denial.path)
      or fs_line(denial.path, ("ns.dev_bind %q"):format(outside(entry, denial.path)))
  end,
  permission = function(denial, spec)
    return "user", spec.user == nil and sys.getids().euid == 0 and owner_of(spec, denial) or nil
  end,
  landlock = function(denial)
    if denial.port then return "landlock", ("landlock = { %s = { %d } }"):format(denial.call, denial.port) end
    local key = wanted[denial.wish] or "write"
    return "landlock." .. key, ("landlock = { %s = { %q } }"):format(key,
      key == "write" and operands.parent(denial.path) or denial.path)
  end,
  scope = function() return "landlock", "landlock = { scope = {} }" end,
  network = function() return "net", 'net = "host"' end,
  port = function() return "caps", 'caps = { "net_bind_service" }' end,
  seccomp = function(denial, spec)
    if denial.call:find(" ", 1, true) then return "seccomp", nil end -- a call of another ABI, or without a name
    local said = spec.seccomp or {}
    if said.deny and said.deny[denial.call] then return "seccomp.deny", nil end
    if denial.takes and not spec.caps and (said.profile or "default") == "default" then
      return "caps", ("caps = { %q }"):format(denial.takes)
    end
    local profile = said.profile and said.profile ~= "default" and ("profile = %q, "):format(said.profile) or ""
    return "seccomp", ("seccomp = { %sallow = { %q } }"):format(profile, denial.call)
  end,
}

--- Fills in field, where and add.
---@param denial table {call =, path =, errno =, why =}
---@param description table of the plan
function M.complete(denial, description)
  local spec = description.watch.spec
  if denial.why == "permission" and denial.path then
    local entry = covering(spec, denial.path)
    if entry and entry.mount.kind == "mask" then denial.why = "masked" else denial.directory = denial.at end
  end
  local field, add = fixes[denial.why](denial, spec)
  denial.field, denial.add = field, add
  denial.where = description.place(field)
  denial.wish, denial.port, denial.at, denial.takes = nil, nil, nil, nil
  return setmetatable(denial, M.class)
end

local reasons = {
  absent = "on the host, but not in the sandbox", readonly = "read-only in the sandbox",
  noexec = "mounted noexec",
  nodev = "mounted nodev",
  permission = "its permissions exclude the command's user", masked = "hidden by ns.mask",
  landlock = "no landlock rule allows it", scope = "landlock keeps it from sockets of the host",
  network = "the sandbox has its own network", port = "a port below 1024 needs a capability",
  seccomp = "refused by the filter",
}

--- Escapes a name for a terminal: a hostile command chose it.
local function shown(text)
  return (text:gsub("%c", function(c) return ("\\%d"):format(c:byte()) end))
end

--- The reason for a denial, in words.
local function reason(self)
  if self.directory then return ("the permissions of %s exclude the command's user"):format(shown(self.directory)) end
  return reasons[self.why]
end

M.class = {
  __name = "nsengine.Denial",
  --- "openat /etc/hosts: ENOENT, on the host, but not in the sandbox (recipe.lua:4: fs), 2 times"
  __tostring = function(self)
    local operand = self.path or self.address
    local where = self.where and self.where ~= "?" and self.where .. ": " or ""
    return ("%s%s: %s, %s (%s%s)%s"):format(self.call, operand and " " .. shown(operand) or "", self.errno,
      reason(self), where, self.field, self.count > 1 and (", %d times"):format(self.count) or "")
  end,
}
M.class.__index = M.class

return M
