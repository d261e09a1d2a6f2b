--- Warns of mounts whose target is missing in a host directory that the command may write to. No mount point is created
--- on the host, so the directory is mirrored: its entries are there and writable, but no new ones can be created beside
--- them, which is not what ns.rw was meant to do.

local mounts = require "nsengine.mount"
local sys = require "nsengine.sys"

local M = {}

--- The host's directories that a mount shows.
local function sources(mount)
  if mount.kind ~= "overlay" then return { mount.source } end
  return table.move(mount.lower, 1, #mount.lower, 2, { mount.upper })
end

--- The mount that a target is in: the last one before it that contains it.
local function parent_of(entries, i)
  local target = entries[i].target
  for j = i - 1, 1, -1 do
    local above = entries[j].target
    if above == "/" or target:sub(1, #above + 1) == above .. "/" then return entries[j] end
  end
end

--- Whether a path exists in one of the directories; and its longest prefix that does. A link counts as existing: where
--- it leads is decided by the sandbox's own tree.
local function is_there(path, dirs, host)
  local deepest = ""
  for _, dir in ipairs(dirs) do
    local at, whole = "", true
    for name in path:gmatch "[^/]+" do
      local found, _, errno = host.look(mounts.host_path(dir, host) .. at .. "/" .. name)
      if found and found.type == "link" then return true end
      whole = found or errno ~= sys.ENOENT -- no permission to look: not known to be missing
      if not whole then break end
      at = at .. "/" .. name
    end
    if whole then return true end
    if #at > #deepest then deepest = at end
  end
  return false, deepest
end

--- The command that creates the mount point.
local function way_out(entry, path, host)
  local mount = entry.mount
  if mount.kind == "symlink" then return "" end
  local source = mount.source and host.look(mounts.host_path(mount.source, host))
  if mount.kind == "file" or (source and source.type ~= "directory") then
    return (": create it, mkdir -p %s && touch %s"):format(path:match "^(.*)/", path)
  end
  return ": create it, mkdir -p " .. path
end

--- Warns of each such mount.
---@param entries {target: string, mount: table}[]
---@param b nsengine.Builder
function M.warn(entries, b)
  for i, entry in ipairs(entries) do
    local parent = parent_of(entries, i)
    local mount = parent and parent.mount
    if mount and (mount.kind == "rw" or (mount.kind == "overlay" and mount.upper)) then
      local above = parent.target == "/" and "" or parent.target
      local below = entry.target:sub(#above + 1)
      local there, deepest = is_there(below, sources(mount), b.host)
      if not there then
        local source, dir = sources(mount)[1], above .. deepest
        b:warn("fs." .. entry.target, ("it does not exist in %s, so nothing new can be created beside it in %s%s")
          :format(source, dir == "" and "/" or dir, way_out(entry, source:gsub("/$", "") .. below, b.host)))
      end
    end
  end
end

return M
