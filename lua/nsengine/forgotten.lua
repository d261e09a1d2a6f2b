--- A sandbox that a recipe described and did nothing with, for want of a `return`. Loaded only where a recipe described
--- one, returned nothing, and neither ran nor explained any.

local locate = require "nsengine.locate"

local M = {}

--- The words that make a sandbox.
local makers = { sandbox = true, with = true, profile = true }

local opening = { [")"] = "(", ["}"] = "{", ["]"] = "[" }

--- {word: whether a statement begins behind it; otherwise an expression does}
local words = { ["and"] = false, ["or"] = false, ["not"] = false, ["return"] = false, ["until"] = false, ["in"] = false,
  ["do"] = true, ["then"] = true, ["else"] = true, ["repeat"] = true, ["end"] = true }

local function is(token, text)
  return token and token[1] ~= "string" and token[2] == text
end

--- The index of the bracket that the one at `i` closes.
local function open_of(list, i)
  local close, depth = list[i][2], 0
  while list[i] do
    if is(list[i], close) then depth = depth + 1 end
    if is(list[i], opening[close]) then depth = depth - 1 end
    if depth == 0 then break end
    i = i - 1
  end
  return i
end

--- Whether a token ends something that a call, an index or a method may follow.
local function ends_value(token)
  if token[1] == "name" then return words[token[2]] == nil end
  return token[1] == "string" or opening[token[2]] ~= nil
end

--- The index where an expression begins, such as `ns.profile "x":with`, whose last name stands at `i`.
local function begin_of(list, i)
  while list[i] do
    local token, before = list[i], list[i - 1]
    if token[1] == "name" then
      if not (is(before, ".") or is(before, ":")) then return i end
      i = i - 2
    elseif token[1] == "string" then
      i = i - 1 -- of a call, f "x"
    else
      i = open_of(list, i) - 1
      if token[2] == ")" and not (list[i] and ends_value(list[i])) then return i + 1 end
    end
  end
  return 1
end

--- Whether the expression that begins at `first` is a statement, so that its value is nobody's.
local function is_statement(list, first)
  local before = list[first - 1]
  return not before or is(before, ";") or ends_value(before) or before[1] == "number"
    or before[1] == "name" and words[before[2]]
end

--- What would make use of the sandbox that is made on `line`; nil where the text does something with it.
local function wanted(text, line)
  local list = locate.tokens(text)
  local i = 1
  while list[i] and not (list[i][3] == line and list[i][1] == "name" and makers[list[i][2]]) do i = i + 1 end
  if not list[i] then return nil end
  local first = begin_of(list, i)
  if is_statement(list, first) then
    local call = {}
    for k = first, i do call[#call + 1] = list[k][1] ~= "string" and list[k][2] or ("%q"):format(list[k][2]) end
    return ("return %s%s"):format(table.concat(call), list[i][2] == "profile" and ' "..."' or " { ... }")
  end
  local name = is(list[first - 1], "=") and is(list[first - 3], "local") and list[first - 2][2]
  for k = i, name and #list or 0 do
    if is(list[k], name) then return nil end
  end
  return name and "return " .. name
end

--- What is said of the sandbox that was described last, at `where`; nil where it was not forgotten: a loop over no
--- files runs none.
---@param where string "recipe.lua:2"
---@return string|nil
function M.message(where)
  local name, line = where:match "^(.*):(%d+)$"
  local text = name and locate.source(name)
  local fix = text and wanted(text:gsub("^#[^\n]*", "", 1), tonumber(line))
  return fix and ("this sandbox was described and never run: write '%s'"):format(fix)
end

return M
