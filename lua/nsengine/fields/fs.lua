--- fs: the file tree.
local fs = require "nsengine.fs"
local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

local function show(value)
  return mounts.is(value) and tostring(value) or kinds.show(value)
end

local function check_mount(value, fail, target)
  if mounts.is(value) then
    return mounts.check(value, function(message) fail(message, target) end)
  end
  local message = "expected ns.ro, ns.rw, ns.tmpfs..., got " .. kinds.show(value)
  if type(value) == "string" then
    message = ('%s; for a host path, write ns.ro "%s"'):format(message, kinds.brief(value, 60))
  elseif type(value) == "function" then
    message = message .. "; call it to make a mount"
  end
  fail(message, target)
end

--- A target. Messages name its entry by the target as written, which locates the line.
local function check_target(value, fail)
  if mounts.is(value) then
    local source = value.given[1]
    fail(('the target comes first, then the mount: ["/target"] = %s%s'):format(tostring(value),
      type(source) == "string" and (' "%s"'):format(kinds.brief(source, 60)) or ""))
  end
  return kinds.path(value, fail, type(value) == "string" and value or nil)
end

local function check_map(value, fail)
  local map = {}
  for key, mount in next, value do
    local target = check_target(key, fail)
    if map[target] ~= nil then fail(("%s appears twice"):format(target), target) end
    map[target] = mount ~= false and check_mount(mount, fail, key)
  end
  return { map = map }
end

--- Refuses keys that are not list entries: they would be silently ignored.
local function check_keys(value, fail)
  for key in next, value do
    if type(key) == "string" then
      fail(('a list has no named entries: write { "%s", MOUNT }'):format(kinds.brief(key)), kinds.brief(key))
    elseif math.type(key) ~= "integer" or key < 1 or key > #value then
      fail(("expected a list of { TARGET, MOUNT }, found [%s]"):format(kinds.label(key)))
    end
  end
end

--- What to write instead of an entry that is a path, or a mount without a target.
local function as_entry(entry)
  local mount = mounts.is(entry) and tostring(entry) or type(entry) == "string" and "ns.ro"
  local source = mounts.is(entry) and entry.given[1] or entry
  if not mount then return "" end
  local path = type(source) == "string" and kinds.brief(source, 60)
  local target = path and path:sub(1, 1) == "/" and path or "/target"
  return ('; write ["%s"] = %s%s'):format(target, mount, path and (' "%s"'):format(path) or "")
end

local function check_list(value, fail)
  check_keys(value, fail)
  local list = {}
  for i = 1, #value do
    local entry = value[i]
    if type(entry) ~= "table" or getmetatable(entry) ~= nil or #entry ~= 2 then
      fail(("entry %d: expected { TARGET, MOUNT }, got %s%s"):format(i, show(entry), as_entry(entry)),
        type(entry) == "table" and type(rawget(entry, 1)) == "string" and rawget(entry, 1) or nil)
    end
    local target = check_target(entry[1], fail)
    if target == "/" and i > 1 then fail('the root must come first in the list', target) end
    list[i] = { target = target, mount = check_mount(entry[2], fail, entry[1]) }
  end
  return { list = list }
end

--- Why nothing can be mounted below some kinds, and what to write instead.
local closed = {
  mask = { "%s is ns.mask, which cannot be entered", '["%s"] = ns.dir, an empty directory' },
  file = { "%s is ns.file, which has nothing below it", '["%s"] = ns.dir, if a directory is meant' },
}

--- Refuses mounts below what is no directory, or cannot be entered.
local function check_closed(entries, b)
  local kinds_at
  for _, entry in ipairs(entries) do
    local target = entry.target
    for above, kind in next, kinds_at or {} do
      if target == above or above:sub(1, #target + 1) == target .. "/" then
        kinds_at[above] = nil -- possible in a list: the later mount covers it
      elseif target:sub(1, #above + 1) == above .. "/" then
        b:refuse("fs." .. target, closed[kind][1]:format(above), closed[kind][2]:format(above))
      end
    end
    if closed[entry.mount.kind] then
      kinds_at = kinds_at or {}
      kinds_at[target] = entry.mount.kind
    end
  end
end

local function lower_root(entry, b)
  local described = entry and mounts.description(entry.mount.kind)
  if not entry then
    b:add("fs", "root_tmpfs", mounts.options("mode", "755"), mounts.NOSUID | mounts.NODEV)
  elseif described.root then
    described.root(entry.mount, b, "fs./")
  else
    b:refuse("fs./", ("ns.%s cannot be the root: use ns.ro, ns.rw, ns.dev_bind, ns.tmpfs or ns.overlay")
      :format(entry.mount.kind))
  end
end

--- Whether an entry is a host directory that the command may write to, and others follow, perhaps below it.
local function shows_writable(entries)
  for i, entry in ipairs(entries) do
    if entries[i + 1] and (entry.mount.kind == "rw" or (entry.mount.kind == "overlay" and entry.mount.upper)) then
      return true
    end
  end
end

--- The parts of the host's root that are the running machine rather than files: sockets of services, the kernel,
--- processes, devices, and the machine id.
local machine = { "run", "sys", "proc", "dev", "etc/machine-id", "var/lib/dbus/machine-id" }

--- Whether a host path is "/": as written, such as "//", "/usr/..", or "." in that directory; or by where it leads,
--- since an untrusted user may have made it a link.
local function is_host_root(path, host)
  path = mounts.host_path(path, host)
  local depth = 0
  for name in path:gmatch "[^/]+" do
    if name == ".." then depth = math.max(depth - 1, 0) elseif name ~= "." then depth = depth + 1 end
  end
  if depth == 0 then return true end
  local there, root = host.reach(path), host.reach "/"
  return type(there) == "table" and there.ino == root.ino and there.dev == root.dev
end

--- Whether a root mount shows the host's root: as a bind mount, or as a layer of an overlay.
local function shows_host_root(mount, host)
  for _, path in ipairs(mount.lower or { mount.source }) do
    if is_host_root(path, host) then return true end
  end
  return false
end

--- With the host's network, keeps the target of /etc/resolv.conf, which may be in /run.
local function keep_resolver(b)
  local path = b:shares "net" and b.host.resolver
  if path then b:add("fs./", "bind", path, path, mounts.RDONLY | mounts.NOSUID | mounts.NODEV, 0) end
end

--- The host's "/" as root shows its files only: hides the rest, unless the recipe names it.
local function hide_machine(root, entries, b)
  local mount = root.mount
  if mount.kind == "dev_bind" or not shows_host_root(mount, b.host) then return end
  local named, hidden = {}, {}
  for _, entry in ipairs(entries) do named[entry.target] = true end
  for _, name in ipairs(machine) do
    if not named["/" .. name] then hidden[#hidden + 1] = name .. "\0" end
  end
  if hidden[1] then b:add("fs./", "hide", "", table.concat(hidden)) end
  if not named["/run"] then keep_resolver(b) end
end

local function lower(value, b, spec)
  if b:shares "mount" then
    if value then
      b:refuse("fs", 'share = { "mount" } or "all" keeps the host\'s file tree: leave out one of them')
    end
    return
  end
  local entries = value and fs.entries(value) or {}
  check_closed(entries, b)
  if spec.limits and spec.limits.disk then
    b:attempt("limits.disk", function()
      b.tmpfs_size = require("nsengine.disk").share(spec.limits.disk, entries, b)
    end)
  end
  b:add("fs", "private")
  b:add("fs", "scratch")
  local root = entries[1] and entries[1].target == "/" and entries[1] or nil
  local rooted = root and b:attempt("fs./", lower_root, root, b)
  if rooted then hide_machine(root, entries, b) else lower_root(nil, b) end
  for i = root and 2 or 1, #entries do
    local entry = entries[i]
    local field = "fs." .. entry.target
    b:attempt(field, mounts.description(entry.mount.kind).lower, entry.mount, entry.target, b, field, spec)
  end
  if shows_writable(entries) then require("nsengine.mirrored").warn(entries, b) end
  if not rooted then b:add("fs", "readonly", "/") end
  b:add("fs", "pivot")
end

return {
  name = "fs",
  type = "table<string, nsengine.Mount>|table[]",
  default = "{}: an empty root that cannot be written to",
  since = "0.2",
  doc = [[
The file tree: a table from paths inside to mounts. Parents are mounted before what is below them; a list
{ { TARGET, MOUNT }, ... } is mounted in its own order. Missing mount points are made in the sandbox's own root, never
on the host. Without ["/"] the root is an empty tmpfs, read-only once everything is mounted.
Host paths are relative to the working directory; "~/" is the home directory. All mounts are nosuid, and nodev except
ns.dev_bind, ns.dev and ns.devpts.
The host's "/" as ["/"], with ns.ro or ns.rw, brings its files but not its running machine: /run, /sys, /proc and /dev
are empty until the recipe names them, as in ["/run"] = ns.ro "/run"; so are /etc/machine-id and D-Bus's copy of it.
ns.dev_bind "/" brings everything. Sockets in other directories work even in a read-only mount: whoever may write to a
socket can connect to it.]],
  example = 'fs = { ["/usr"] = ns.ro "/usr", ["/bin"] = ns.symlink "usr/bin", ["/tmp"] = ns.tmpfs { size = "1G" } }',
  merge = fs.merge,
  check = function(value, fail)
    if type(value) ~= "table" or mounts.is(value) then
      fail("expected { [TARGET] = MOUNT, ... }, got " .. show(value))
    end
    kinds.plain(value, fail)
    return #value > 0 and check_list(value, fail) or check_map(value, fail)
  end,
  lower = lower,
}
