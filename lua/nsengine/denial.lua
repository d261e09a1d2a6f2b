--- Finds the field of the recipe that denied a call, and the line that would allow it.

local errors = require "nsengine.error"
local grant = require "nsengine.grant"
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

--- Calls that need a capability over the sandbox's own namespaces; granting it also makes the filter allow them. Calls
--- that need one over the host's namespaces are not for a sandbox.
local by_capability = { chroot = "sys_chroot", sethostname = "sys_admin", setdomainname = "sys_admin",
  setns = "sys_admin", unshare = "sys_admin", clone = "sys_admin" }
for _, name in ipairs(require("nsengine.filters.groups")["@mount"]) do
  by_capability[name] = by_capability[name] or "sys_admin"
end

--- Calls that need a capability over the host's own namespaces, which only a shared user namespace gives.
local by_host = { mknod = "mknod", mknodat = "mknod", settimeofday = "sys_time", clock_settime = "sys_time",
  stime = "sys_time", reboot = "sys_boot", acct = "sys_pacct", swapon = "sys_admin", swapoff = "sys_admin",
  iopl = "sys_rawio", ioperm = "sys_rawio" }
for _, name in ipairs(require("nsengine.filters.groups")["@module"]) do by_host[name] = "sys_module" end

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
  return by_capability[call] or by_host[call]
end

--- The user that may do it: the owner of the file, or of the directory to create it in. nil where that is
--- root: a command that becomes the host's root is not what a denial should suggest.
local function owner_of(spec, denial)
  local path = denial.directory or denial.path
  local stat = path and sys.stat(grant.outside(grant.covering(spec, path), path))
  if path and not stat then
    path = operands.parent(path)
    stat = sys.stat(grant.outside(grant.covering(spec, path), path))
  end
  if not stat or stat.uid == 0 or stat.gid == 0 then return nil end
  return ("user = { uid_map = { { %d, %d, 1 } }, gid_map = { { %d, %d, 1 } } }"):format(stat.uid, stat.uid, stat.gid,
    stat.gid)
end

local may_be_hidden = { permission = true, absent = true, readonly = true, masked = true }

--- The entry of fs that hides what a call asked for: who may pass a mask nevertheless finds nothing behind it.
local function hidden_by(spec, denial)
  if not may_be_hidden[denial.why] or not denial.path then return nil end
  local entry = grant.covering(spec, denial.path)
  if entry and entry.mount.kind == "mask" then return entry end
  entry = denial.at and grant.covering(spec, denial.at)
  return entry and entry.mount.kind == "mask" and entry or nil
end

local wanted = { exec = "exec", read = "read", look = "read", search = "read" }

local fixes = {
  absent = function(denial, spec)
    local path = denial.at or denial.path -- nothing can be mounted on a link
    local entry = grant.covering(spec, path)
    return entry and "fs." .. entry.target or "fs", grant.shown_by(entry, path, denial.wish, spec)
  end,
  readonly = function(denial, spec)
    local entry = grant.covering(spec, denial.path)
    local kind = entry and entry.mount.kind
    if kind == "rw" or kind == "overlay" then return "fs." .. entry.target, nil end -- no line here would change it
    return entry and "fs." .. entry.target or "fs", grant.writable(entry, denial.path, denial.wish, spec)
  end,
  masked = function(denial, spec)
    return "fs." .. hidden_by(spec, denial).target, nil
  end,
  noexec = function(denial, spec)
    local entry = grant.covering(spec, denial.path)
    return entry and "fs." .. entry.target or "fs", nil
  end,
  nodev = function(denial, spec)
    local entry = grant.covering(spec, denial.path)
    return entry and "fs." .. entry.target or "fs", grant.own(denial.path)
      or grant.line(denial.path, ("ns.dev_bind %q"):format(grant.outside(entry, denial.path)))
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
  seccomp = function(denial, spec, flags)
    if denial.call:find(" ", 1, true) then return "seccomp", nil end -- a call of another ABI, or without a name
    local said = spec.seccomp or {}
    if said.deny and said.deny[denial.call] then return "seccomp.deny", nil end
    local by_default = (said.profile or "default") == "default"
    if by_host[denial.call] and by_default and flags & sys.CLONE_NEWUSER ~= 0 then return "seccomp", nil end
    if denial.takes and not spec.caps and by_default then
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
  local hidden = hidden_by(spec, denial)
  if hidden then
    denial.why = "masked"
  elseif denial.why == "permission" then
    denial.directory = denial.at
  end
  local field, add = fixes[denial.why](denial, spec, description.flags)
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

--- The reason for a denial, in words.
local function reason(self)
  if self.why == "seccomp" and by_host[self.call] and not self.add then
    return ("refused by the filter, and takes the host's own CAP_%s"):format(by_host[self.call]:upper())
  end
  if self.directory then
    return ("the permissions of %s exclude the command's user"):format(errors.shown(self.directory))
  end
  return reasons[self.why]
end

M.class = {
  __name = "nsengine.Denial",
  --- "openat /etc/hosts: ENOENT, on the host, but not in the sandbox (recipe.lua:4: fs), 2 times"
  __tostring = function(self)
    local operand = self.path or self.address
    operand = operand and " " .. errors.shown(operand) or ""
    local where = self.where and self.where ~= "?" and self.where .. ": " or ""
    return ("%s%s: %s, %s (%s%s)%s"):format(self.call, operand, self.errno,
      reason(self), where, self.field, self.count > 1 and (", %d times"):format(self.count) or "")
  end,
}
M.class.__index = M.class

return M
