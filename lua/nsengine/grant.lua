--- What to mount so that a path can be read or written: the entry of fs that a denial suggests.

local operands = require "nsengine.operands"
local sys = require "nsengine.sys"

local M = {}

--- The entry of fs that covers a path, the last if several do.
function M.covering(spec, path)
  local best
  for _, entry in ipairs(spec.fs and require("nsengine.fs").entries(spec.fs) or {}) do
    if entry.mount and operands.is_below(path, entry.target) and (not best or #entry.target >= #best.target) then
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
function M.writable(entry, path, wish)
  local top = path:match "^/[^/]*"
  if whole[top] or top == "/dev" then
    if entry and operands.is_below(entry.target, top) then return nil end
    return M.own(path) or M.line("/dev", "ns.dev")
  end
  local inner = wish == "alter" and path or operands.parent(path)
  for directory in next, in_memory do
    if operands.is_below(path, directory) then return M.line(directory, "ns.tmpfs") end
  end
  local outer = M.outside(entry, inner)
  local stat = sys.stat(outer)
  if not entry or not stat then return M.line(inner, "ns.tmpfs") end
  if not may_write(stat) then return nil end -- no mount changes its permissions
  return M.line(inner, ("ns.rw %q"):format(outer))
end

--- The line that shows a host path.
function M.shown_by(path, wish)
  local device = path:match("^/dev/([^/]+)")
  return M.own(path)
    or M.line(path, ("ns.%s %q"):format(device and "dev_bind" or wish == "connect" and "rw" or "ro", path))
end

return M
