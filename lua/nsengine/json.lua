--- JSON out of what a recipe, a command and the kernel said. Their texts are bytes; those of JSON are UTF-8.
--- Loaded when somebody asks for it.

local M = {}

--- The text with each byte that is not UTF-8 as U+FFFD.
local function readable(text)
  local parts, from = {}, 1
  while from <= #text do
    local _, bad = utf8.len(text, from)
    if not bad then break end
    parts[#parts + 1] = text:sub(from, bad - 1) .. "\u{FFFD}"
    from = bad + 1
  end
  return table.concat(parts) .. text:sub(from)
end

local Object = {}

--- A copy of a table, or an empty one, that is an object even without members: other empty tables are lists.
---@param members table|nil
---@return table
function M.object(members)
  local object = setmetatable({}, Object)
  for name, value in next, members or {} do object[name] = value end
  return object
end

local function is_list(value)
  return value[1] ~= nil or (next(value) == nil and getmetatable(value) ~= Object)
end

--- The names of the members: those of `order` first, the others in alphabetical order.
local function names_of(object, order)
  local names, rank = {}, {}
  for i, name in ipairs(order) do rank[name] = i end
  for name in next, object do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local first, second = rank[a] or math.huge, rank[b] or math.huge
    if first == second then return a < b end
    return first < second
  end)
  return names
end

--- The text of a value.
---@param value any
---@param order table|nil {"first", "second", member = {...}}: the members that come first, and the order within one
---@return string
function M.encode(value, order)
  local encode = require("cjson").encode
  if type(value) == "string" then return encode(readable(value)) end
  if type(value) ~= "table" then return encode(value) end
  local parts = {}
  if is_list(value) then
    for i, item in ipairs(value) do parts[i] = M.encode(item, order) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  order = order or {}
  for i, name in ipairs(names_of(value, order)) do
    parts[i] = M.encode(name) .. ":" .. M.encode(value[name], order[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return M
