--- ns.overlay: host directories stacked by overlayfs.
local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

local function lower_dirs(value, fail)
  local list = type(value) == "string" and { value } or kinds.strings(value, fail, "host paths", "lower")
  for _, path in ipairs(list) do kinds.source(path, fail, "lower") end
  if not list[1] then fail("a host path is missing", "lower") end
  return list
end

local function one_dir(value, fail, key)
  return kinds.source(value, fail, key)
end

local keys = {
  lower = { check = lower_dirs, type = "string|string[]" },
  upper = { check = one_dir, type = "string" },
  work = { check = one_dir, type = "string" },
}

--- Suggests a name for `work` beside `upper`.
local function beside(upper)
  local path = upper:match "^(.-)/*$"
  local above = path:match "^(.*)/%.%.?$" or (path == "." or path == "..") and path
  return above and (path .. "/../work"):gsub("^%./", "") or path .. ".work"
end

--- Escapes for lowerdir, which overlayfs splits at ":", with "\" as the escape character.
local function escape(path)
  return (path:gsub("[\\:]", "\\%0"))
end

--- In upperdir and workdir only "\" has to be escaped.
local function host_dir(b, field, path)
  return (mounts.source(b, field, path):gsub("\\", "\\\\"))
end

local function data(mount, b, field)
  local dirs = {}
  for i, path in ipairs(mount.lower) do dirs[i] = escape(mounts.source(b, field, path)) end
  local options = mounts.options("lowerdir", table.concat(dirs, ":"))
  if mount.upper then
    options = options .. mounts.options("upperdir", host_dir(b, field, mount.upper),
      "workdir", host_dir(b, field, mount.work))
  end
  -- In a user namespace trusted.* attributes cannot be set: userxattr uses user.* (Linux 5.11).
  return b.identity.shared and options or options .. mounts.options("userxattr", false)
end

local function attr(mount)
  return mounts.NOSUID | mounts.NODEV | (mount.upper and 0 or mounts.RDONLY)
end

return {
  name = "overlay",
  type = "fun(options: {lower: string|string[], upper: string?, work: string?}): nsengine.Mount",
  since = "0.2",
  doc = [[
Directories of the host laid over each other, the first of `lower` on top. Changes go to `upper`; `work` is an empty
directory on the same file system, which overlayfs needs. Both must exist and belong to the caller, and serve one
sandbox at a time: two on the same upper are undefined ("upperdir is in-use" in dmesg). Without `upper` the mount is
read-only. In `upper` a new file is a file, a changed one is a full copy, and a removed one is a character device 0/0.
Owners and modes apply as outside: what belongs to root there, only root can change; started by root, ids other than 0
take a map (docs/recipes.md). For an ordinary user, only the top of an overlay of a root's directory is writable.
A lower directory with mounts below it, such as "/", is refused in a user namespace: lay one overlay over each
directory that is to be changed, as docs/recipes.md does.]],
  example = 'ns.overlay { lower = "/opt", upper = "./changes", work = "./changes.work" }',
  check = function(given, fail)
    if given == nil then fail('lower is missing: ns.overlay { lower = "/opt", upper = "./upper", work = "./work" }') end
    local function named(message, key) fail((key and key .. ": " or "") .. message) end
    local record = kinds.record(given, named, keys, "ns.overlay")
    for key, item in next, record do record[key] = item or nil end
    if not record.lower then fail("lower is missing: the directories to show") end
    if record.upper and not record.work then
      fail(("upper needs work, an empty directory on the same file system: work = \"%s\""):format(beside(record.upper)))
    elseif record.work and not record.upper then
      fail("work is only used with upper")
    elseif not record.upper and #record.lower == 1 then
      fail(('one lower without upper is just ns.ro "%s"'):format(kinds.brief(record.lower[1])))
    end
    return record
  end,
  lower = function(mount, target, b, field)
    b:add(field, "filesystem", "overlay", target, data(mount, b, field), attr(mount))
  end,
  root = function(mount, b, field)
    b:add(field, "root_overlay", data(mount, b, field), attr(mount))
  end,
}
