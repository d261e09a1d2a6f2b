--- Finds a sandbox that a recipe described but did nothing with, because a `return` is missing. Loaded only if a recipe
--- described one, returned nothing, and neither ran nor explained any.

local locate = require "nsengine.locate"

local M = {}

--- The functions and methods that make a sandbox.
local makers = { sandbox = true, with = true, profile = true }

local opening = { [")"] = "(", ["}"] = "{", ["]"] = "[" }

--- {word: whether a statement follows it, rather than an expression}
local words = { ["and"] = false, ["or"] = false, ["not"] = false, ["return"] = false, ["until"] = false, ["in"] = false,
  ["do"] = true, ["then"] = true, ["else"] = true, ["repeat"] = true, ["end"] = true }

local function is(token, text)
  return token and token[1] ~= "string" and token[2] == text
end

--- The index of the opening bracket for the closing one at `i`.
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

--- Whether a token ends a value, which a call, an index or a method may follow.
local function ends_value(token)
  if token[1] == "name" then return words[token[2]] == nil end
  return token[1] == "string" or opening[token[2]] ~= nil
end

--- The index where the expression whose last name is at `i` starts, such as `ns.profile "x":with`.
local function begin_of(list, i)
  while list[i] do
    local token, before = list[i], list[i - 1]
    if token[1] == "name" then
      if not (is(before, ".") or is(before, ":")) then return i end
      i = i - 2
    elseif token[1] == "string" then
      i = i - 1 -- the argument of a call, f "x"
    else
      i = open_of(list, i) - 1
      if token[2] == ")" and not (list[i] and ends_value(list[i])) then return i + 1 end
    end
  end
  return 1
end

--- Whether the expression that starts at `first` is a statement, whose value is discarded.
local function is_statement(list, first)
  local before = list[first - 1]
  return not before or is(before, ";") or ends_value(before) or before[1] == "number"
    or before[1] == "name" and words[before[2]]
end

--- A statement that would use the sandbox made on `line`; nil if the text already uses it.
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

--- The message about the sandbox described last, at `where`; nil if the text uses it: a loop over no files runs
--- none.
---@param where string "recipe.lua:2"
---@return string|nil
function M.message(where)
  local name, line = where:match "^(.*):(%d+)$"
  local text = name and locate.source(name)
  local fix = text and wanted(text:gsub("^#[^\n]*", "", 1), tonumber(line))
  return fix and ("this sandbox was described but never run: write '%s'"):format(fix)
end

return M
