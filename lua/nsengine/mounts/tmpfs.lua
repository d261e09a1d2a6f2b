--- ns.tmpfs: an empty directory in memory.
local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

local function inodes(value, fail, key)
  return kinds.integer(value, fail, 2, 1 << 40, key)
end

local keys = {
  size = { check = kinds.size, type = "integer|string" },
  mode = { check = kinds.mode, type = "string" },
  inodes = { check = inodes, type = "integer" },
}

--- Where programs expect mode 1777.
local open_to_all = { ["/tmp"] = true, ["/var/tmp"] = true, ["/dev/shm"] = true }

local function data(mount, target, b)
  local size = mount.size or b.tmpfs_size or 64 << 20
  local who, mode = b.identity, mount.mode or (open_to_all[target] and 1023 or 493)
  return mounts.options("size", ("%d"):format(size), "mode", ("%o"):format(mode),
    "nr_inodes", ("%d"):format(mount.inodes or math.max(1024, size // 4096)),
    "uid", who.uid ~= who.set_up_uid and ("%d"):format(who.uid) or "",
    "gid", who.gid ~= who.set_up_gid and ("%d"):format(who.gid) or "")
end

return {
  name = "tmpfs",
  type = "nsengine.Mount | fun(options: {size: integer|string?, mode: string?, inodes: integer?}): nsengine.Mount",
  since = "0.2",
  doc = [[
An empty directory in memory that belongs to the command's user. size is 64M by default, or its share of limits.disk;
inodes: one for each 4096 bytes, at least 1024; mode: "755", or "1777" on /tmp, /var/tmp and /dev/shm. (The kernel's
own default, half of the memory for each, would let a command use it all.)]],
  example = 'ns.tmpfs { size = "1G" }',
  check = function(given, fail)
    if given == nil then return {} end
    local function named(message, key) fail((key and key .. ": " or "") .. message) end
    if type(given) == "string" or math.type(given) == "integer" then
      fail(("expected a table, got %s; write ns.tmpfs { size = %s }"):format(kinds.show(given),
        type(given) == "string" and ('"%s"'):format(kinds.brief(given, 60)) or given))
    end
    local record = kinds.record(given, named, keys, "ns.tmpfs")
    for key, item in next, record do record[key] = item or nil end
    if record.size == 0 then fail("size: 0 would mean no limit") end
    return record
  end,
  lower = function(mount, target, b, field)
    b:add(field, "filesystem", "tmpfs", target, data(mount, target, b), mounts.NOSUID | mounts.NODEV)
  end,
  root = function(mount, b, field)
    b:add(field, "root_tmpfs", data(mount, "/", b), mounts.NOSUID | mounts.NODEV)
  end,
}
