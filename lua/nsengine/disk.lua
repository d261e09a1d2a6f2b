--- limits.disk: limits what all tmpfs of a sandbox (including that of ns.dev) hold together, and tells whether one was
--- full at the end.

local sys = require "nsengine.sys"

local M = {}

--- Whether the command can write through a mount to the host, where nothing limits it.
local function writes_to_host(mount)
  return mount.kind == "rw" or mount.kind == "dev_bind" or (mount.kind == "overlay" and mount.upper)
end

--- Divides `limit` among the tmpfs of a spec. Pure.
---@param limit integer bytes
---@param entries {target: string, mount: table}[]
---@param b nsengine.Builder
---@return integer|nil share size of each tmpfs that sets none
function M.share(limit, entries, b)
  local targets, left, open = {}, limit, 0
  for _, entry in ipairs(entries) do
    local mount = entry.mount
    if writes_to_host(mount) then
      b:unable("limits.disk", ("fs.%s is a host directory, whose size cannot be limited here"):format(
        entry.target), "limit that file system by its size or a quota, and leave limits.disk out")
    elseif mount.kind == "tmpfs" or mount.kind == "dev" then
      targets[#targets + 1] = entry.target
      left = left - (mount.size or 0)
      if not mount.size then open = open + 1 end
    end
  end
  if left < 4096 * open then
    b:refuse("limits.disk", ("too small for the tmpfs in fs: %d bytes in all, plus %d without a size"):format(
      limit - left, open))
  end
  if targets[1] then b:add("limits.disk", "hold") end -- wait until they are open outside: see nsengine.live
  b.disk = { limit = limit, targets = targets }
  b.enforced.disk = "tmpfs"
  return open > 0 and left // open // 4096 * 4096 or nil
end

--- The bytes that the tmpfs hold, and whether one of them is full.
---@param fds userdata[]
---@return integer|nil used
---@return boolean full
---@return string|nil message why `used` is unknown
function M.measure(fds)
  local used, full = 0, false
  for _, fd in ipairs(fds) do
    local ok, space, message = pcall(sys.statfs, fd) -- raises if it could not be opened
    if not ok then return nil, full, "its file system could not be opened" end
    if not space then return nil, full, message end
    used = used + (space.blocks - space.free) * space.block_size
    full = full or space.free == 0 or space.free_inodes == 0
  end
  return used, full
end

return M
