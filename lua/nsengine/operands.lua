--- What system calls do with files and addresses: which arguments are paths, and what the call wants of each. Data for
--- nsengine.watch.

local sys = require "nsengine.sys"

local M = {}

local NOFOLLOW = sys.AT_SYMLINK_NOFOLLOW

--- What an open wants, by its flags.
local function open_wish(flags)
  local nofollow = flags & sys.O_NOFOLLOW ~= 0
  if flags & sys.O_PATH ~= 0 then return "look", nofollow end
  if flags & sys.O_CREAT ~= 0 then return "create", nofollow or flags & sys.O_EXCL ~= 0, flags end
  if flags & sys.O_ACCMODE ~= sys.O_RDONLY or flags & sys.O_TRUNC ~= 0 then return "write", nofollow end
  return "read", nofollow
end

local function open_at(place)
  return function(call) return open_wish(call.args[place] & 0xffffffff) end
end

local function always(wish, nofollow)
  return function() return wish, nofollow end
end

--- Follows links unless a flag says not to.
local function flagged(wish, place)
  return function(call) return wish, call.args[place] & NOFOLLOW ~= 0 end
end

--- access(2): bits 4 read, 2 write, 1 execute.
local function access(place)
  return function(call)
    local bits = call.args[place] & 7
    return bits & 2 ~= 0 and "write" or bits & 1 ~= 0 and "search" or bits & 4 ~= 0 and "read" or "look"
  end
end

--- {call = {argument with a path, what is wanted of it, ...}}. wanted(call) -> wish, nofollow, flags of an open
M.paths = {
  open = { 1, open_at(2) }, openat = { 2, open_at(3) },
  creat = { 1, function() return open_wish(sys.O_CREAT | sys.O_WRONLY | sys.O_TRUNC) end },
  openat2 = { 2, function(call) return open_wish(string.unpack("=I8", call:bytes(3, 8)) & 0xffffffff) end },
  execve = { 1, always "exec" }, execveat = { 2, always "exec" },
  stat = { 1, always "look" }, lstat = { 1, always("look", true) }, newfstatat = { 2, flagged("look", 4) },
  statx = { 2, flagged("look", 3) },
  access = { 1, access(2) }, faccessat = { 2, access(3) }, faccessat2 = { 2, access(3) },
  readlink = { 1, always("look", true) }, readlinkat = { 2, always("look", true) }, chdir = { 1, always "search" },
  mkdir = { 1, always("make", true) }, mkdirat = { 2, always("make", true) },
  mknod = { 1, always("make", true) }, mknodat = { 2, always("make", true) },
  symlink = { 2, always("make", true) }, symlinkat = { 3, always("make", true) },
  link = { 1, always("look", true), 2, always("make", true) },
  linkat = { 2, function(call) return "look", call.args[5] & sys.AT_SYMLINK_FOLLOW == 0 end, 4, always("make", true) },
  unlink = { 1, always("remove", true) }, rmdir = { 1, always("remove", true) },
  unlinkat = { 2, always("remove", true) },
  rename = { 1, always("remove", true), 2, always("replace", true) },
  renameat = { 2, always("remove", true), 4, always("replace", true) },
  renameat2 = { 2, always("remove", true), 4, always("replace", true) },
  chmod = { 1, always "alter" }, fchmodat = { 2, always "alter" }, chown = { 1, always "alter" },
  lchown = { 1, always("alter", true) }, fchownat = { 2, flagged("alter", 5) },
  utimensat = { 2, flagged("alter", 4) }, truncate = { 1, always "write" },
}

M.sockets = { connect = true, bind = true }

--- The numbers of all these calls on this machine, and their names.
---@return integer[] numbers
---@return table<integer, string> names
function M.watched()
  local numbers, names = {}, {}
  for name, number in next, sys.notify_calls() do
    if M.paths[name] or M.sockets[name] then
      numbers[#numbers + 1], names[number] = number, name
    end
  end
  table.sort(numbers)
  return numbers, names
end

--- "/a/./b//../c" -> "/a/c": normalises the text, without looking at links.
function M.normal(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

--- Whether `path` is `directory` or below it.
function M.is_below(path, directory)
  return directory == "/" or path == directory or path:sub(1, #directory + 1) == directory .. "/"
end

function M.parent(path)
  local parent = path:match("^(.*)/[^/]*$")
  return parent == "" and "/" or parent
end

local AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10

local function v6_text(bytes)
  local words = {}
  for i = 1, 16, 2 do words[#words + 1] = ("%x"):format((">I2"):unpack(bytes, i)) end
  return table.concat(words, ":")
end

--- The address of a connect or bind: {family =, path =, abstract =, address =, port =, loopback =}; nil for other
--- families.
function M.address(call)
  local size = call:int(3)
  if size < 2 or size > 128 then return nil end
  local data = call:bytes(2, size)
  local family = ("=I2"):unpack(data)
  if family == AF_UNIX then
    local path = data:sub(3):match("^([^%z]+)")
    return { family = "unix", path = path, abstract = not path and size > 3 and data:sub(4) or nil }
  elseif family == AF_INET and size >= 8 then
    local port, a, b, c, d = (">I2BBBB"):unpack(data, 3)
    return { family = "inet", port = port, address = ("%d.%d.%d.%d"):format(a, b, c, d), loopback = a == 127 or a == 0 }
  elseif family == AF_INET6 and size >= 24 then
    local address = data:sub(9, 24)
    return { family = "inet6", port = (">I2"):unpack(data, 3), address = "[" .. v6_text(address) .. "]",
      loopback = address == ("\0"):rep(15) .. "\1" or address == ("\0"):rep(16) }
  end
end

return M
