--- Encodes what a recipe, a command and the kernel said as JSON: their texts are bytes, those of JSON are UTF-8.
--- Loaded on demand.

local M = {}

--- A byte from 128 up and the continuation bytes after it, with U+FFFD for each that is not UTF-8; nil if all are.
local function mended(bytes)
  local _, bad = utf8.len(bytes)
  return bad and bytes:sub(1, bad - 1) .. ("\u{FFFD}"):rep(#bytes - bad + 1)
end

--- The text with U+FFFD for each byte that is not UTF-8. Captured output may be large, and not text at all.
local function readable(text)
  return utf8.len(text) and text or (text:gsub("[\x80-\xff][\x80-\xbf]*", mended))
end

local Object = {}

--- A copy of a table, or an empty one, encoded as an object even without members: other empty tables are lists.
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

--- The names of the members: those in `order` first, the others alphabetically.
local function names_of(object, order)
  local names, rank = {}, {}
  for i, name in ipairs(order or {}) do rank[name] = i end
  for name in next, object do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local first, second = rank[a] or math.huge, rank[b] or math.huge
    if first == second then return a < b end
    return first < second
  end)
  return names
end

--- Appends the pieces of a value's text to `out`; they are joined once, because captured output may be large.
local function write(out, value, order)
  if type(value) ~= "table" then
    out[#out + 1] = require("cjson").encode(type(value) == "string" and readable(value) or value)
  elseif is_list(value) then
    for i, item in ipairs(value) do
      out[#out + 1] = i == 1 and "[" or ","
      write(out, item, order)
    end
    out[#out + 1] = value[1] == nil and "[]" or "]"
  else
    local names = names_of(value, order)
    for i, name in ipairs(names) do
      out[#out + 1] = i == 1 and "{" or ","
      write(out, name)
      out[#out + 1] = ":"
      write(out, value[name], order and order[name])
    end
    out[#out + 1] = names[1] and "}" or "{}"
  end
end

--- The text of a value.
---@param value any
---@param order table|nil {"first", "second", member = {...}}: the members that come first, and the order within one
---@return string
function M.encode(value, order)
  local out = {}
  write(out, value, order)
  return table.concat(out)
end

return M
