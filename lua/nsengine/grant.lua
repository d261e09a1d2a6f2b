--- What to mount so that a path can be read or written: the entry of fs that a denial suggests.

local operands = require "nsengine.operands"
local sys = require "nsengine.sys"

local M = {}

--- The entry of fs that covers a path, the last if several do; with `behind`, that below a mask.
function M.covering(spec, path, behind)
  local best
  for _, entry in ipairs(spec.fs and require("nsengine.fs").entries(spec.fs) or {}) do
    if entry.mount and operands.is_below(path, entry.target) and (not best or #entry.target >= #best.target)
      and not (behind and entry.mount.kind == "mask") then
      best = entry
    end
  end
  return best
end

function M.line(target, mount)
  return ("fs = { [%q] = %s }"):format(target, mount)
end

--- The host path of a path in the sandbox, through a bind; otherwise the same path.
function M.outside(entry, path)
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
function M.own(path)
  for directory, mount in next, whole do
    if operands.is_below(path, directory) then return M.line(directory, mount) end
  end
  if path == "/dev" or in_dev[path:match "^/dev/([^/]+)"] then return M.line("/dev", "ns.dev") end
end

--- Whether the mode of a host's file lets the command's user write to it. Started by root, that is somebody else,
--- whom `user` can make the owner, if that is not root.
local function may_write(stat, spec)
  local ids = sys.getids()
  if stat.mode & 2 ~= 0 then return true end
  if ids.euid == 0 then return spec.user ~= nil or stat.uid ~= 0 and stat.gid ~= 0 end
  if stat.uid == ids.euid then return stat.mode & 128 ~= 0 end -- 0200
  for _, gid in ipairs { ids.egid, table.unpack(ids.groups) } do
    if stat.gid == gid then return stat.mode & 16 ~= 0 end
  end
  return false
end

--- The line that makes a host's file writable; nil if no mount does.
local function host_line(target, outer, spec)
  local stat = target ~= "/" and sys.stat(outer)
  return stat and may_write(stat, spec) and M.line(target, ("ns.rw %q"):format(outer)) or nil
end

--- A directory whose files are nobody's business who only creates one of their own: /run, and homes.
local function is_private(directory)
  return operands.is_below(directory, "/run") or directory == "/root" or directory == "/home"
    or directory == os.getenv "HOME" or directory:find "^/home/[^/]+$" ~= nil
end

--- The line for a directory in which something new can be created: in memory, if it is for that, private, or has
--- nothing of the host's.
local function for_new(entry, directory, spec)
  if in_memory[directory] or is_private(directory) then return M.line(directory, "ns.tmpfs") end
  local outer = M.outside(entry, directory)
  local stat = sys.stat(outer)
  if not stat or entry and not entry.mount.source and entry.mount.kind ~= "overlay" then
    return M.line(directory, "ns.tmpfs")
  end
  return host_line(directory, outer, spec)
end

local creates = { create = true, make = true, replace = true }

--- The line for a path that is read-only; nil if no line changes that, or a kernel file system is already there.
function M.writable(entry, path, wish, spec)
  local top, parent = path:match "^/[^/]*", operands.parent(path)
  if whole[top] or top == "/dev" then
    if entry and operands.is_below(entry.target, top) then return nil end
    return M.own(path) or M.line("/dev", "ns.dev")
  end
  if wish == "make" and in_memory[path] then return M.line(path, "ns.tmpfs") end
  local outer = M.outside(entry, path)
  local stat = entry and sys.lstat(outer)
  if creates[wish] and (not stat or in_memory[parent]) then
    if not entry then return M.line(parent, "ns.tmpfs") end
    return for_new(entry, parent, spec)
  end
  local changes = wish == "remove" or wish == "replace" or stat and stat.type == "link" -- no mount is put on a link
  if changes or not stat then path, outer = parent, M.outside(entry, parent) end
  return host_line(path, outer, spec)
end

--- The line for a path that is not in the sandbox. To create something, the path is its directory.
function M.shown_by(entry, path, wish, spec)
  local line, device = M.own(path), path:match("^/dev/([^/]+)")
  if line or device then return line or M.line(path, ("ns.dev_bind %q"):format(path)) end
  if creates[wish] then return for_new(nil, path, spec) end
  if wish == "remove" then
    local parent = operands.parent(path)
    if in_memory[parent] or is_private(parent) or entry and entry.target == parent then return nil end
    return host_line(parent, parent, spec)
  elseif wish == "write" or wish == "alter" then
    return host_line(path, path, spec)
  end
  return M.line(path, ("ns.%s %q"):format(wish == "connect" and "rw" or "ro", path))
end

--- Whether there is nothing at a path outside the sandbox; false if that cannot be seen.
function M.is_nowhere(spec, path)
  local _, _, errno = sys.lstat(M.outside(M.covering(spec, path, true), path))
  return errno == sys.ENOENT or errno == sys.ENOTDIR
end

--- Whether a path is in a tree of the host's.
function M.is_hosts(spec, path)
  local entry = M.covering(spec, path)
  return entry ~= nil and (entry.mount.source ~= nil or entry.mount.kind == "overlay")
end

--- Whether what is missing at a path cannot be the host's, because the recipe has another tree there.
function M.is_foreign(spec, path)
  local entry = M.covering(spec, path)
  if not entry or M.own(path) then return false end
  if entry.mount.kind ~= "overlay" then return entry.mount.source ~= nil and M.outside(entry, path) ~= path end
  for _, lower in ipairs(entry.mount.lower) do
    if lower == entry.target then return false end
  end
  return true
end

return M
