--- Where control groups may be created: this process's own groups and the cgroupfs mounts, as both drivers read them.
--- Changes nothing; specs use hosts that do not exist.

local sys = require "nsengine.sys"

local M = {}

--- The leaf into which a process moves to create groups beside it.
M.SUPERVISOR = "nsengine-supervisor"

--- How a host is examined.
---@class nsengine.Look
---@field read fun(path: string): string|nil
---@field stat fun(path: string): table|nil
---@field writable fun(path: string): boolean
---@field xattr fun(path: string, name: string): string|nil
---@field euid integer
---@field pid integer
---@field parent integer|nil another process that may be in the same group: the one that this one works for

local function writable(path, euid)
  local stat = sys.stat(path)
  if not stat then return false end
  -- Not access(2), which checks the real uid; and a directory cannot be opened for writing. Root may be that of a user
  -- namespace, to whom the host's files do not belong.
  if stat.type == "directory" and euid ~= 0 then return stat.uid == euid and stat.mode & 128 ~= 0 end
  if stat.type == "directory" then path = path .. "/cgroup.procs" end
  local fd = sys.open(path, sys.O_WRONLY)
  if fd then fd:close() end
  return fd ~= nil
end

--- This host.
---@return nsengine.Look
function M.look()
  local euid = sys.getids().euid
  return {
    read = function(path) return (sys.readfile(path, 16 << 20)) end,
    stat = function(path) return (sys.stat(path)) end,
    xattr = function(path, name) return (sys.getxattr(path, name)) end,
    writable = function(path) return writable(path, euid) end, euid = euid, pid = sys.getpid(),
  }
end

--- The user's name for a shell command, else the uid.
---@param look nsengine.Look
---@return string
function M.user(look)
  local name = ("\n" .. (look.read "/etc/passwd" or "")):match("\n([^:\n]+):[^:\n]*:" .. look.euid .. ":")
  return name or ("%d"):format(look.euid)
end

--- Parses /proc/self/cgroup: {memory = "/a", ...} for v1; "" is the v2 path.
---@param text string
---@return table<string, string>
function M.own(text)
  local own = {}
  for id, names, path in text:gmatch "(%d+):([^:\n]*):([^\n]*)" do
    if id == "0" and names == "" then
      own[""] = path
    else
      for name in names:gmatch "[^,]+" do own[name] = path end
    end
  end
  return own
end

--- Decodes the escapes of mountinfo, such as \040.
local function unescape(text)
  return (text:gsub("\\(%d%d%d)", function(digits) return string.char(tonumber(digits, 8)) end))
end

--- The mounts of cgroupfs in /proc/self/mountinfo: {{type = "cgroup2"|"cgroup", root =, target =, options = {word =
--- true}}, ...}.
---@param text string
---@return table[]
function M.mounts(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    local root, target, rest = line:match "^%d+ %d+ %S+ (%S+) (%S+) (.*)$"
    local kind, options = (rest or ""):match " %- (cgroup2?) %S+ (%S+)"
    if kind then
      local words = {}
      for word in options:gmatch "[^,]+" do words[word] = true end
      list[#list + 1] = { type = kind, root = unescape(root), target = unescape(target), options = words }
    end
  end
  return list
end

--- The directory of a group below a mount; nil if the mount does not show it.
---@param mount table
---@param path string
---@return string|nil
function M.directory(mount, path)
  if mount.root ~= "/" then
    if path ~= mount.root and path:sub(1, #mount.root + 1) ~= mount.root .. "/" then return nil end
    path = path:sub(#mount.root + 1)
  end
  if path:find("/..", 1, true) then return nil end -- outside this process's cgroup namespace
  return (mount.target .. path):gsub("/+$", "")
end

--- The words of a text, as a set.
function M.words(text)
  local set = {}
  for word in (text or ""):gmatch "%S+" do set[word] = true end
  return set
end

--- The alphabetically first word of `wanted` that is not in `set`.
function M.lacking(wanted, set)
  local names = {}
  for name in next, wanted do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if not set[name] then return name end
  end
end

--- Parses a list of processors, "0-2,5": {[0] = true, ...}, and their number.
function M.processors(text)
  local set, count = {}, 0
  for first, last in (text or ""):gmatch "(%d+)%-?(%d*)" do
    for n = tonumber(first), tonumber(last) or tonumber(first) do
      if not set[n] then count = count + 1 end
      set[n] = true
    end
  end
  return set, count
end

return M
