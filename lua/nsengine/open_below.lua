--- Opens a file for the payload, below a directory that the recipe names: the safe way to allow files by name. The name
--- is read once, never again by the kernel, and RESOLVE_BENEATH confines any links and ".." on the way.

local sys = require "nsengine.sys"

--- Flags that the payload may choose; O_LARGEFILE is added by libc on 32-bit machines.
local O_LARGEFILE = 32768
local kept = sys.O_ACCMODE | sys.O_APPEND | sys.O_NONBLOCK | sys.O_DSYNC | sys.O_SYNC | sys.O_NOATIME
local known = kept | sys.O_CREAT | sys.O_EXCL | sys.O_TRUNC | sys.O_NOFOLLOW | sys.O_CLOEXEC | sys.O_NOCTTY
  | sys.O_DIRECTORY | O_LARGEFILE
local RESOLVE = sys.RESOLVE_BENEATH | sys.RESOLVE_NO_MAGICLINKS

--- {call = function(call): flags, mode}
local wishes = {
  open = function(call) return call.args[2], call.args[3] end,
  openat = function(call) return call.args[3], call.args[4] end,
  creat = function(call) return sys.O_CREAT | sys.O_WRONLY | sys.O_TRUNC, call.args[2] end,
  openat2 = function(call)
    local flags, mode = string.unpack("=I8I8", call:bytes(3, 24))
    return flags, mode -- its `resolve` is ignored: ours applies, see the manual
  end,
}

--- The part of `path` below `at`; nil if it is not below.
local function below(path, at)
  at = at:gsub("/+$", "")
  if path == at or path == at .. "/" then return "." end
  local rest = path:sub(1, #at + 1) == at .. "/" and path:sub(#at + 1):gsub("^/+", "")
  return rest and (rest == "" and "." or rest) or nil
end

--- To the payload, leaving the directory looks like a file that it may not open.
local function refused(errno)
  return { errno = (errno == sys.EXDEV or errno == sys.EAGAIN) and sys.EACCES or errno }
end

--- Finds the file with O_PATH, to check it before opening: opening a fifo blocks, opening a device may have effects,
--- and a directory's descriptor leads out by "..".
local function find(directory, name, flags)
  local look = sys.O_PATH | sys.O_CLOEXEC | (flags & sys.O_NOFOLLOW)
  local found, _, errno
  for _ = 1, 16 do -- EAGAIN: something was renamed meanwhile
    found, _, errno = sys.open(name, look, 0, { dirfd = directory, resolve = RESOLVE })
    if found or errno ~= sys.EAGAIN then break end
  end
  return found, errno
end

--- Opens what was found; the link in /proc/self/fd is the file itself, whatever its name refers to by now. O_NONBLOCK:
--- whoever holds a lease on it, such as the payload, would keep us waiting until `fs.lease-break-time`.
local function reopen(found, flags)
  local kind = assert(sys.stat(found)).type
  if kind == "link" then return { errno = sys.ELOOP } end
  if kind ~= "file" then return { errno = kind == "directory" and sys.EISDIR or sys.EACCES } end
  if flags & sys.O_DIRECTORY ~= 0 then return { errno = sys.ENOTDIR } end
  local fd, _, errno = sys.open("/proc/self/fd/" .. found:fileno(),
    flags & (kept | sys.O_TRUNC) | sys.O_NONBLOCK | sys.O_NOCTTY | sys.O_CLOEXEC)
  if not fd then return errno == sys.EAGAIN and { errno = errno } or refused(errno) end
  if flags & sys.O_NONBLOCK == 0 then assert(sys.nonblock(fd, false)) end
  return { fd = fd }
end

local function open(directory, name, flags, mode)
  for _ = 1, 16 do
    local found <close>, errno = find(directory, name, flags)
    if found and flags & sys.O_CREAT ~= 0 and flags & sys.O_EXCL ~= 0 then return { errno = sys.EEXIST } end
    if found then return reopen(found, flags) end
    if errno ~= sys.ENOENT or flags & sys.O_CREAT == 0 then return refused(errno) end
    -- O_EXCL: it is a new, regular file.
    local fd
    fd, _, errno = sys.open(name, flags & kept | sys.O_CREAT | sys.O_EXCL | sys.O_NOCTTY | sys.O_CLOEXEC, mode & 511,
      { dirfd = directory, resolve = RESOLVE })
    if fd then return { fd = fd } end
    if errno ~= sys.EEXIST or flags & sys.O_EXCL ~= 0 then return refused(errno) end
  end
  return { errno = sys.EEXIST } -- it appeared and disappeared each time
end

local function changes(flags)
  return flags & sys.O_ACCMODE ~= sys.O_RDONLY or flags & (sys.O_CREAT | sys.O_TRUNC) ~= 0
end

--- Returns the fields of an answer; nil if the path is not below options.at.
return function(call, directory, options)
  local wish = wishes[call.name]
  if not wish then error("call:open_below answers open, openat, openat2 and creat, not " .. call.name, 3) end
  local name = below(call:path(), options.at or "/")
  if not name then return nil end
  local flags, mode = wish(call)
  flags = flags & 0xffffffff
  if flags & ~known ~= 0 then return { errno = sys.EINVAL } end
  if changes(flags) and not options.write then return { errno = sys.EROFS } end
  local opened <close> = type(directory) == "string"
    and assert(sys.open(directory, sys.O_PATH | sys.O_DIRECTORY | sys.O_CLOEXEC)) or nil
  local fields = open(opened or directory, name, flags, mode)
  fields.cloexec, fields.owned = flags & sys.O_CLOEXEC ~= 0, fields.fd ~= nil
  return fields
end
