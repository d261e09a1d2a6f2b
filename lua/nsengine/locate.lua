--- The line of a field inside the call of a constructor: a small tokenizer over the recipe's source, for Lua
--- itself remembers only the line where the call begins. Run only when there is an error, or for --explain.

local M = {}

--- {pattern, kind}, tried in order at each position. Long brackets and strings are dealt with apart.
local patterns = {
  { "^%-%-[^\n]*", nil },
  { "^[%a_][%w_]*", "name" },
  { "^0[xX][%x.]*", "number" },
  { "^%.?%d[%w.]*", "number" },
  { "^[=~<>]=", "operator" },
  { "^.", "operator" },
}

--- The end of a long bracket or a quoted string that begins at `at`, and its value.
local function string_at(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    local _, stop = text:find("]" .. level .. "]", at, true)
    return stop or #text, text:sub(at + #level + 2, (stop or #text) - #level - 2)
  end
  local quote = text:match("^[\"']", at)
  if not quote then return nil end
  local stop = at + 1
  while stop <= #text and text:sub(stop, stop) ~= quote do
    stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
  end
  local chunk = load("return " .. text:sub(at, stop), "=string", "t", {})
  return stop, chunk and chunk() or text:sub(at + 1, stop - 1)
end

--- Skips a long comment at `at`; its end, or nil.
local function comment_at(text, at)
  return text:find("^%-%-%[=*%[", at) and string_at(text, at + 2) or nil
end

--- All tokens of a source: {kind, text or value, line}.
local function tokens(text)
  local list, at, line = {}, 1, 1
  local function advance(stop)
    for _ in text:sub(at, stop):gmatch("\n") do line = line + 1 end
    at = stop + 1
  end
  while at <= #text do
    local _, blank = text:find("^%s+", at)
    local stop = blank or comment_at(text, at)
    if not stop then
      local value
      stop, value = string_at(text, at)
      if stop then list[#list + 1] = { "string", value, line } end
    end
    for i = 1, stop and 0 or #patterns do
      local _, found = text:find(patterns[i][1], at)
      if found then
        stop = found
        if patterns[i][2] then list[#list + 1] = { patterns[i][2], text:sub(at, stop), line } end
        break
      end
    end
    advance(stop)
  end
  return list
end

local opening = { ["{"] = true, ["("] = true, ["["] = true, ["function"] = true, ["do"] = true, ["then"] = true,
  ["repeat"] = true }
local closing = { ["}"] = true, [")"] = true, ["]"] = true, ["end"] = true, ["until"] = true, ["elseif"] = true }

local function is(token, text)
  return token and token[1] ~= "string" and token[2] == text
end

--- The index behind the value that begins at `i`: the next comma or end of the table at its own level.
local function skip_value(list, i)
  local depth = 0
  while list[i] do
    local text = list[i][1] ~= "string" and list[i][2]
    if depth == 0 and (text == "," or text == ";" or text == "}") then return i end
    depth = depth + (opening[text] and 1 or 0) - (closing[text] and 1 or 0)
    i = i + 1
  end
  return i
end

--- The key of the entry at `i` and the index of its value; a list's entry { "/work", ... } has its first word as key.
local function entry_at(list, i)
  local a, b, c, d = list[i], list[i + 1], list[i + 2], list[i + 3]
  if a[1] == "name" and is(b, "=") then return a[2], i + 2 end
  if is(a, "[") and is(c, "]") and is(d, "=") then return b[2], i + 4 end
  if is(a, "{") and b and b[1] == "string" then return b[2], i end
  return nil, i
end

--- Looks in the table that opens at `i` for keys, one within the other. Returns the line of the deepest that was found,
--- how many were, and the index behind the table.
local function search(list, i, keys, depth)
  local line, found = nil, 0
  i = i + 1
  while list[i] and not is(list[i], "}") do
    local key, value = entry_at(list, i)
    if key == keys[depth] and found == 0 then
      line, found = list[i][3], 1
      if keys[depth + 1] and is(list[value], "{") then
        local inner, more = search(list, value, keys, depth + 1)
        if inner then line, found = inner, found + more end
      end
    end
    i = skip_value(list, value)
    if is(list[i], ",") or is(list[i], ";") then i = i + 1 end
  end
  return line, found, i + 1
end

local statements = {}
for word in ("return end local if for while function then do else elseif until repeat break goto"):gmatch("%a+") do
  statements[word] = true
end

--- Whether a token goes on with the expression that the one before belongs to, and begins no statement.
local function goes_on(before, token)
  if token[1] == "name" then
    return not statements[token[2]] and before[1] == "operator" and not before[2]:find("^[%])}]")
  end
  return not is(token, "=") and not is(token, ";")
end

--- The first table behind `line` of an expression that begins there.
local function next_table(list, line)
  for i = 2, #list do
    if list[i][3] > line and list[i - 1][3] >= line then
      if not goes_on(list[i - 1], list[i]) then return nil end
      if is(list[i], "{") then return i end
    end
  end
end

--- The tables that the call on `line` may have been given: those that begin there, or else the first one after
--- it, and those of the methods that are called on what it gives.
local function candidates(list, line)
  local starts = {}
  for i, token in ipairs(list) do
    if is(token, "{") and token[3] == line then starts[#starts + 1] = i end
  end
  if not starts[1] then starts[1] = next_table(list, line) end
  local last = starts[1]
  while last do
    local after = select(3, search(list, last, {}, 1))
    while is(list[after], ")") do after = after + 1 end
    last = nil
    if is(list[after], ":") then
      for i = after + 1, math.min(after + 3, #list) do
        if is(list[i], "{") then
          starts[#starts + 1], last = i, i
          break
        end
      end
    end
  end
  return starts
end

--- The line of a field within the call that stands on `line` of `text`; nil when it is not written there.
---@param text string
---@param line integer
---@param field string "limits.cpu_time", "fs./work", "seccomp.notify.openat"
---@return integer|nil
function M.line(text, line, field)
  local top, key = field:match("^([^.]*)%.(.*)$")
  local keys, parts = { top or field, key }, {}
  for part in field:gmatch("[^.]+") do parts[#parts + 1] = part end
  local list = tokens(text:gsub("^#[^\n]*", "", 1))
  local best, most = nil, 0
  for _, start in ipairs(candidates(list, line)) do
    local at, found = search(list, start, keys, 1)
    if found == 1 and parts[3] then at, found = search(list, start, parts, 1) end -- a dot may be part of a path
    if found > most then best, most = at, found end
  end
  return best
end

--- The source of a chunk: a file, or what nsengine.recipe keeps of the command line and of a pipe.
local function source(name)
  local recipe = package.loaded["nsengine.recipe"]
  local text = recipe and recipe.source and recipe.source(name)
  return text or require("nsengine.sys").readfile(name, 16 << 20)
end

--- "recipe.lua:7", the place of a field in the call that stands at `where`; the call's own when it is not there.
---@param where string|nil "recipe.lua:3"
---@param field string|nil
---@return string|nil
function M.place(where, field)
  local name, line = (where or ""):match("^(.*):(%d+)$")
  local text = field and name and source(name)
  local found = text and M.line(text, tonumber(line), field)
  return found and name .. ":" .. found or where
end

return M
