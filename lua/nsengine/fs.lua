--- The file tree of a sandbox in its normal form, {map = {target = mount}} or, if the recipe gives the order,
--- {list = {{target =, mount =}, ...}}: merging, and the order of mounting.

local M = {}

--- The targets of a map, by depth: "/" is 0, "/a" 1.
local function by_depth(map)
  local levels, deepest = {}, 0
  for target, mount in next, map do
    if mount then
      local depth = target == "/" and 0 or select(2, target:gsub("/", "/"))
      levels[depth] = levels[depth] or {}
      levels[depth][#levels[depth] + 1] = target
      deepest = math.max(deepest, depth)
    end
  end
  return levels, deepest
end

--- The mounts in order: parents before their children; a list keeps its own order.
---@return {target: string, mount: table}[]
function M.entries(fs)
  if fs.list then return fs.list end
  local entries = {}
  local levels, deepest = by_depth(fs.map)
  for depth = 0, deepest do
    local targets = levels[depth] or {}
    table.sort(targets)
    for _, target in ipairs(targets) do entries[#entries + 1] = { target = target, mount = fs.map[target] } end
  end
  return entries
end

--- Merges a map into a list: an entry with the same target is replaced in place, others are appended, except the root,
--- which goes first, because it would cover everything mounted before it.
local function over_list(list, map)
  local result, seen = {}, {}
  for _, entry in ipairs(list) do
    local mount = map[entry.target]
    seen[entry.target] = true
    if mount == nil then
      result[#result + 1] = entry
    elseif mount then
      result[#result + 1] = { target = entry.target, mount = mount }
    end
  end
  for _, entry in ipairs(M.entries { map = map }) do
    if not seen[entry.target] then table.insert(result, entry.target == "/" and 1 or #result + 1, entry) end
  end
  return { list = result }
end

--- A new tree: maps merge by target, a list replaces, `false` removes.
function M.merge(old, new)
  if new.list then return new end
  if old and old.list then return over_list(old.list, new.map) end
  return { map = require("nsengine.kinds").merge(old and old.map, new.map) }
end

return M
