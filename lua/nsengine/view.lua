--- A sandbox's file tree as its payload sees it, viewed from outside, to predict what the kernel will answer about a
--- path. For diagnosis: the supervisor looks with its own rights, through /proc/PID/root.

local grant = require "nsengine.grant"
local operands = require "nsengine.operands"
local proc = require "nsengine.proc"
local sys = require "nsengine.sys"

local M = {}

---@class nsengine.View
---@field root userdata|nil
---@field privileged boolean whether this program is root, whom no directory keeps out
local View = {}
View.__index = View

local O_PATH = sys.O_PATH | sys.O_CLOEXEC
local RESOLVE = sys.RESOLVE_IN_ROOT | sys.RESOLVE_NO_MAGICLINKS

local function read(pid, name)
  local path = proc.path(pid, name)
  return path and sys.readfile(path) or ""
end

--- {id = {ro =, noexec =, nodev =}} for the mounts that a process sees.
local function mounts_of(pid)
  local mounts = {}
  for line in read(pid, "mountinfo"):gmatch("[^\n]+") do
    local id, options, super = line:match("^(%d+) %S+ %S+ %S+ %S+ (%S+).- %- %S+ %S+ (%S+)")
    if id then
      options, super = "," .. options .. ",", "," .. super .. ","
      mounts[tonumber(id)] = { ro = (options .. super):find(",ro,", 1, true) ~= nil,
        noexec = options:find(",noexec,", 1, true) ~= nil, nodev = options:find(",nodev,", 1, true) ~= nil }
    end
  end
  return mounts
end

--- The credentials of a process: {uid =, gid =, groups = {[gid] = true}, caps = effective set}
local function credentials_of(pid)
  local status = read(pid, "status")
  local who = { groups = {} }
  who.uid = tonumber(status:match("\nUid:%s+%d+%s+%d+%s+%d+%s+(%d+)"))
  who.gid = tonumber(status:match("\nGid:%s+%d+%s+%d+%s+%d+%s+(%d+)"))
  for gid in (status:match("\nGroups:([^\n]*)") or ""):gmatch("%d+") do who.groups[tonumber(gid)] = true end
  who.caps = tonumber(status:match("\nCapEff:%s*(%x+)") or "0", 16)
  return who
end

--- What landlock steps allow: {handled =, handled_ports =, scoped =, rules = {{path, bits}}, ports = {[port] = bits}}
local function landlock_of(steps)
  local found
  for _, step in ipairs(steps) do
    if step[1] == "landlock" then
      found = { handled = step[2], handled_ports = step[3], scoped = step[4], rules = {}, ports = {} }
    elseif found and step[1] == "landlock_path" then
      found.rules[#found.rules + 1] = { operands.normal(step[2]), step[3] | step[4] }
    elseif found and step[1] == "landlock_port" then
      found.ports[step[2]] = (found.ports[step[2]] or 0) | step[3]
    end
  end
  return found
end

--- The view of a process's tree; if that cannot be opened, it predicts nothing.
---@param pid integer
---@param description table of the plan
function M.open(pid, description)
  local root = proc.path(pid, "root")
  return setmetatable({
    root = root and sys.open(root, O_PATH | sys.O_DIRECTORY) or nil, mounts = mounts_of(pid),
    who = credentials_of(pid), landlock = landlock_of(description.steps), flags = description.flags,
    spec = description.watch.spec, privileged = sys.getids().euid == 0,
  }, View)
end

function View:close()
  if self.root then self.root:close() end
  self.root = nil
end

--- Whether the process is the user who started it: root's commands are somebody else.
function View:is_callers()
  return not self.privileged and self.who.uid == sys.getids().euid
end

-- Files -----------------------------------------------------------------------------------------------------------

--- What is at a path, for the supervisor.
local function look(self, path, nofollow)
  local flags = O_PATH | (nofollow and sys.O_NOFOLLOW or 0)
  local fd <close>, _, errno = sys.open(path, flags, 0, { dirfd = self.root, resolve = RESOLVE })
  if not fd then return nil, errno end
  local found = sys.stat(fd)
  local mount = self.mounts[found.mnt_id] or {}
  found.ro, found.noexec, found.nodev = mount.ro, mount.noexec, mount.nodev and found.type:find(" device$") ~= nil
  found.path = sys.readlink("/proc/self/fd/" .. fd:fileno()) or path
  return found
end

local CAP_DAC_OVERRIDE <const>, CAP_DAC_READ_SEARCH <const> = 1 << 1, 1 << 2

--- The directory on the way to a path that the process may not search.
local function closed(self, path)
  if self.who.caps & CAP_DAC_READ_SEARCH ~= 0 then return nil end
  local directory = "/"
  for name in path:gmatch "[^/]+" do
    local found = look(self, directory)
    if not found then return nil end
    if found.type == "directory" and not self:permits(found, 1) then return directory end
    directory = (directory == "/" and "/" or directory .. "/") .. name
  end
end

--- What is at a path: {type =, mode =, uid =, gid =, ro =, noexec =, nodev =, path = where links led}; or nil, errno,
--- and the directory that may not be searched.
function View:find(path, nofollow)
  local barrier = self.privileged and closed(self, path)
  if barrier then return nil, sys.EACCES, barrier end
  local found, errno = look(self, path, nofollow)
  if not found then return nil, errno, errno == sys.EACCES and closed(self, path) or nil end
  barrier = self.privileged and found.path ~= path and closed(self, found.path)
  if barrier then return nil, sys.EACCES, barrier end
  return found
end

--- Whether the mode of a file grants a process these bits: 4 read, 2 write, 1 execute or search.
function View:permits(found, bits)
  local who = self.who
  if not who.uid or who.caps & CAP_DAC_OVERRIDE ~= 0 then return true end
  local shift = found.uid == who.uid and 6 or (found.gid == who.gid or who.groups[found.gid]) and 3 or 0
  return found.mode >> shift & bits == bits
end

--- Landlock's rights: LANDLOCK_ACCESS_FS_*
local EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
local REMOVE_FILE, MAKE_REG = 1 << 5, 1 << 8

--- Whether landlock denies a right to a path.
function View:is_locked(path, right)
  local landlock = self.landlock
  if not landlock or landlock.handled & right == 0 then return false end
  for _, rule in ipairs(landlock.rules) do
    if rule[2] & right ~= 0 and operands.is_below(path, rule[1]) then return false end
  end
  return true
end

--- Where a missing path leads: a link on the way may point to something that was not mounted.
local function led_to(view, path, links)
  if path == "/" then return path end
  local parent, name = operands.parent(path), path:match("[^/]*$")
  local directory <close> = sys.open(parent, O_PATH | sys.O_DIRECTORY, 0, { dirfd = view.root, resolve = RESOLVE })
  if not directory then return operands.normal(led_to(view, parent, links) .. "/" .. name) end
  local link = links > 0 and sys.readlink(name, directory)
  if not link then return path end
  local base = link:byte() == 47 and "" or (sys.readlink("/proc/self/fd/" .. directory:fileno()) or parent) .. "/"
  return led_to(view, operands.normal(base .. link), links - 1)
end

--- For a missing path: "absent" if it exists on the host, so was not mounted; last, where it would have to be mounted.
--- A process in /proc does not count: a procfs has other processes than the host's. Nor does a path of a tree that is
--- not the host's.
local function absent(view, path)
  local at = led_to(view, path, 40)
  if not sys.lstat(at) or path:find("^/proc/") and view:find("/proc/self", true)
    or grant.is_foreign(view.spec, at) then
    return "ENOENT"
  end
  return "ENOENT", "absent", path, at
end

--- The answer to creating, removing or replacing an entry of a directory.
function View:foresee_change(path, right)
  local directory, errno, barrier = self:find(operands.parent(path))
  if not directory then
    if errno == sys.EACCES then return "EACCES", "permission", path, barrier end
    if errno ~= sys.ENOENT then return sys.errname(errno) end
    return absent(self, operands.parent(path))
  end
  if directory.ro then return "EROFS", "readonly", path end
  if not self:permits(directory, 3) then return "EACCES", "permission", path, operands.parent(path) end
  if self:is_locked(directory.path, right) then return "EACCES", "landlock", path end
end

local wishes = {
  look = function() end, -- search permission on the directories is enough
  search = function(view, found)
    if not view:permits(found, 1) then return "EACCES", "permission" end
  end,
  read = function(view, found)
    if found.nodev then return "EACCES", "nodev" end
    if not view:permits(found, 4) then return "EACCES", "permission" end
    if view:is_locked(found.path, found.type == "directory" and READ_DIR or READ_FILE) then
      return "EACCES", "landlock"
    end
  end,
  write = function(view, found)
    if found.nodev then return "EACCES", "nodev" end
    if found.ro and (found.type == "file" or found.type == "directory") then return "EROFS", "readonly" end
    if not view:permits(found, 2) then return "EACCES", "permission" end
    if found.type == "file" and view:is_locked(found.path, WRITE_FILE) then return "EACCES", "landlock" end
  end,
  exec = function(view, found)
    if found.noexec then return "EACCES", "noexec" end
    if found.type ~= "file" then return "EACCES" end
    if not view:permits(found, 1) then return "EACCES", "permission" end
    if view:is_locked(found.path, EXECUTE) then return "EACCES", "landlock" end
  end,
  alter = function(_, found)
    if found.ro then return "EROFS", "readonly" end
  end,
}

local function foresee_made(view, path)
  return view:foresee_change(path, MAKE_REG)
end

--- What the kernel will answer: nil for success, or the error's name; if the recipe is the reason, also why, the path
--- concerned, and where the reason is: where links lead from there, or the directory that is closed.
---@param operand table {path =, wish =, nofollow =, flags =}
function View:foresee(operand)
  local path, wish = operand.path, operand.wish
  if not self.root or path:find("^/dev/fd/") then return nil end
  if path:find("^/proc/self/") or path:find("^/proc/thread%-self/") then -- here this is the supervisor's own
    if self:find("/proc/self", true) then return nil end
    return absent(self, "/proc/self")
  end
  local found, errno, barrier = self:find(path, operand.nofollow)
  if found then operand.found = found end
  if wish == "remove" and found or wish == "replace" then return self:foresee_change(path, REMOVE_FILE) end
  if found then
    if wish == "make" or wish == "create" and operand.flags & sys.O_EXCL ~= 0 then return "EEXIST" end
    if wish == "create" then
      wish = operand.flags & sys.O_ACCMODE == sys.O_RDONLY and "read" or "write"
    end
    local name, why = wishes[wish](self, found)
    return name, why, why and path
  end
  if errno == sys.EACCES then return "EACCES", "permission", path, barrier end
  if errno ~= sys.ENOENT then return errno ~= sys.ELOOP and sys.errname(errno) or nil end
  if wish == "make" or wish == "create" then
    operand.made = true
    return foresee_made(self, path)
  end
  return absent(self, path)
end

-- Addresses -------------------------------------------------------------------------------------------------------

local CAP_NET_BIND_SERVICE = 1 << 10
local BIND_TCP, CONNECT_TCP = 1, 2 -- LANDLOCK_ACCESS_NET_*
local SCOPE_ABSTRACT = 1 -- LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET

--- Whether the network is the sandbox's own.
function View:is_alone()
  return self.flags & sys.CLONE_NEWNET ~= 0
end

local function lowest_port()
  return tonumber(sys.readfile "/proc/sys/net/ipv4/ip_unprivileged_port_start" or "") or 1024
end

--- Whether landlock keeps the command from an abstract socket, given those that it bound itself.
function View:hides_abstract(name, bound)
  if not self.landlock or self.landlock.scoped & SCOPE_ABSTRACT == 0 or bound[name] then return false end
  local sockets = (sys.readfile "/proc/net/unix" or "") .. "\n"
  return sockets:find(" @" .. name:gsub("%z", "@") .. "\n", 1, true) ~= nil
end

--- The same for the address of a connect or bind.
function View:foresee_address(call, address)
  if address.family == "unix" then
    if not address.path then return nil end
    local path = operands.normal(call:absolute(address.path, 2))
    address.path = path
    if call.name == "bind" then return foresee_made(self, path) end
    return self:foresee { path = path, wish = "write", flags = 0 }
  end
  local landlock, right = self.landlock, call.name == "bind" and BIND_TCP or CONNECT_TCP
  if landlock and landlock.handled_ports & right ~= 0 and (landlock.ports[address.port] or 0) & right == 0 then
    return "EACCES", "landlock"
  end
  if call.name == "connect" then
    if self:is_alone() and not address.loopback then return "ENETUNREACH", "network" end
    return nil
  end
  local lowest = self:is_alone() and 1024 or lowest_port()
  if address.port > 0 and address.port < lowest and self.who.caps & CAP_NET_BIND_SERVICE == 0 then
    return "EACCES", "port"
  end
  if self:is_alone() and not address.loopback then return "EADDRNOTAVAIL", "network" end
end

return M
