--- The facts about this host that a plan depends on, each looked up on first use. Specs use a plain table instead.

local sys = require "nsengine.sys"

local M = {}

--- The extents of an id map: {{inside, outside, count}, ...}.
local function extents(path)
  local list = {}
  for inside, outside, count in (sys.readfile(path) or ""):gmatch("(%d+)%s+(%d+)%s+(%d+)") do
    list[#list + 1] = { tonumber(inside), tonumber(outside), tonumber(count) }
  end
  return list[1] and list or { { 0, 0, 4294967295 } }
end

--- The first subordinate id of root, or nil.
local function subordinate(path)
  local text = "\n" .. (sys.readfile(path, 1 << 20) or "")
  return tonumber(text:match("\nroot:(%d+):") or text:match("\n0:(%d+):"))
end

--- The environment this process was started with, {NAME = value}.
local function environ()
  local map = {}
  for name, value in (sys.readfile("/proc/self/environ") or ""):gmatch("([^=%z]+)=([^%z]*)") do
    if map[name] == nil then map[name] = value end
  end
  return map
end

--- The kernel throttles whole disks; a partition's disk is its parent directory in sysfs.
local function device(path)
  local stat, message = sys.stat(path)
  if not stat then return nil, (message:gsub("^stat [^:]*: ", "")) end
  local number = stat.type == "block device" and stat.rdev or stat.dev
  -- as makedev(3) packs them
  local id = ("%d:%d"):format(number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00)
  local node = "/sys/dev/block/" .. id
  if not sys.stat(node) then return nil, "it is not on a disk" end
  if sys.stat(node .. "/partition") then
    id = (sys.readfile(node .. "/../dev") or ""):match "%d+:%d+"
  end
  return id, "the disk of its partition cannot be found"
end

local facts = {
  ids = function() return sys.getids() end,
  euid = function(host) return host.ids.euid end,
  egid = function(host) return host.ids.egid end,
  groups = function(host) return host.ids.groups end,
  uid_map = function() return extents "/proc/self/uid_map" end,
  gid_map = function() return extents "/proc/self/gid_map" end,
  subuid = function() return subordinate "/etc/subuid" or false end,
  subgid = function() return subordinate "/etc/subgid" or false end,
  linux = function() -- 6012 for Linux 6.12
    local major, minor = sys.uname().release:match("^(%d+)%.(%d+)")
    return tonumber(major) * 1000 + tonumber(minor)
  end,
  landlock_abi = function() return sys.landlock_abi() end, -- 0: none
  oom_score = function() return tonumber(sys.readfile "/proc/self/oom_score_adj" or "") or 0 end,
  nice = function() return sys.getpriority() or 0 end,
  --- The target of /etc/resolv.conf, if that is a file in /run.
  resolver = function()
    local link = sys.readlink "/etc/resolv.conf"
    local path = link and link:match "^%.?%.?/?(run/.+)$"
    return path and sys.stat("/" .. path) and "/" .. path or false
  end,
  cwd = function() return sys.getcwd() or false end,
  home = function() return os.getenv "HOME" or false end,
  environ = environ,
  --- Only ENOENT and ENOTDIR mean absent: any other failure to look must not remove a protection.
  exists = function()
    return function(path)
      local stat, _, errno = sys.lstat(path)
      return stat ~= nil or (errno ~= sys.ENOENT and errno ~= sys.ENOTDIR)
    end
  end,
  --- Where control groups can be created, or nil, why, hint: see nsengine.cgroup.
  cgroups = function() return function(wanted) return require("nsengine.cgroup").find_once(wanted) end end,
  --- The whole disk that a path is on, "8:0"; or nil, message.
  device = function() return device end,
  --- lstat; or nil, message, errno
  look = function() return function(path) return sys.lstat(path) end end,
  --- stat; or nil, message, errno
  reach = function() return function(path) return sys.stat(path) end end,
}

local lazy = {
  __index = function(host, name)
    local fact = facts[name]
    if not fact then error("no such fact of the host: " .. tostring(name), 2) end
    local value = fact(host)
    rawset(host, name, value)
    return value
  end,
}

--- The facts as they are now.
---@return table
function M.facts()
  return setmetatable({}, lazy)
end

return M
