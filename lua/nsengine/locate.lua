--- The line of a field inside the call of a constructor, by a small tokenizer over the recipe's source: Lua itself
--- remembers only the line where the call starts. Used only for errors and for --explain.

local M = {}

--- {pattern, kind}, tried in order at each position. Long brackets and strings are handled separately.
local patterns = {
  { "^%-%-[^\n]*", nil },
  { "^[%a_][%w_]*", "name" },
  { "^0[xX][%x.]*", "number" },
  { "^%.?%d[%w.]*", "number" },
  { "^[=~<>]=", "operator" },
  { "^.", "operator" },
}

--- The end of a long bracket or quoted string that starts at `at`, and its value.
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

--- The end of a long comment at `at`, or nil.
local function comment_at(text, at)
  return text:find("^%-%-%[=*%[", at) and string_at(text, at + 2) or nil
end

--- All tokens of a source: {kind, text or value, line}; and caches of what is found among them: `tables` by index, and
--- `calls`, the tables of a call, by line.
---@param text string
---@return table
function M.tokens(text)
  text = text:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "", 1)
  local list, at, line = { tables = {}, calls = {} }, 1, 1
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

--- The index after the value that starts at `i`: the next comma, or the end of the table, on the same level.
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

--- The table that opens at `i`: {first = {key = {line =, value = index of its value}}, behind = index after it}.
--- Cached, because every step of a plan may ask for its line.
local function table_at(list, i)
  local known = list.tables[i]
  if known then return known end
  local first, at = {}, i + 1
  while list[at] and not is(list[at], "}") do
    local key, value = entry_at(list, at)
    if key and not first[key] then first[key] = { line = list[at][3], value = value } end
    at = skip_value(list, value)
    if is(list[at], ",") or is(list[at], ";") then at = at + 1 end
  end
  known = { first = first, behind = at + 1 }
  list.tables[i] = known
  return known
end

--- Looks in the table that opens at `i` for nested keys. Returns the line of the deepest key found, and how many were
--- found.
local function search(list, i, keys)
  local line, found = nil, 0
  for depth, key in ipairs(keys) do
    local entry = is(list[i], "{") and table_at(list, i).first[key]
    if not entry then break end
    line, found, i = entry.line, depth, entry.value
  end
  return line, found
end

local statements = {}
for word in ("return end local if for while function then do else elseif until repeat break goto"):gmatch("%a+") do
  statements[word] = true
end

--- Whether a token continues the expression of the one before, rather than starting a statement.
local function goes_on(before, token)
  if token[1] == "name" then
    return not statements[token[2]] and before[1] == "operator" and not before[2]:find("^[%])}]")
  end
  return not is(token, "=") and not is(token, ";")
end

--- The first table after `line`, in the expression that starts there.
local function next_table(list, line)
  for i = 2, #list do
    if list[i][3] > line and list[i - 1][3] >= line then
      if not goes_on(list[i - 1], list[i]) then return nil end
      if is(list[i], "{") then return i end
    end
  end
end

--- The tables that may be arguments of the call on `line`: those that start there, or else the first one after it, and
--- those of methods called on its result.
local function candidates(list, line)
  if list.calls[line] then return list.calls[line] end
  local starts = {}
  list.calls[line] = starts
  for i, token in ipairs(list) do
    if is(token, "{") and token[3] == line then starts[#starts + 1] = i end
  end
  if not starts[1] then starts[1] = next_table(list, line) end
  local last = starts[1]
  while last do
    local after = table_at(list, last).behind
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

--- See M.line.
local function line_of(list, line, field)
  local top, key = field:match("^([^.]*)%.(.*)$")
  local keys, parts = { top or field, key }, {}
  for part in field:gmatch("[^.]+") do parts[#parts + 1] = part end
  local best, most = nil, 0
  for _, start in ipairs(candidates(list, line)) do
    local at, found = search(list, start, keys)
    if found == 1 and parts[3] then at, found = search(list, start, parts) end -- a dot may be part of a path
    if found > most then best, most = at, found end
  end
  return best
end

--- The line of a field within the call on `line` of `text`; nil if it is not written there.
---@param text string
---@param line integer
---@param field string "limits.cpu_time", "fs./work", "seccomp.notify.openat"
---@return integer|nil
function M.line(text, line, field)
  return line_of(M.tokens(text), line, field)
end

--- The source of a chunk: a file, or the text that nsengine.recipe keeps from the command line or a pipe.
---@param name string
---@return string|nil
function M.source(name)
  local recipe = package.loaded["nsengine.recipe"]
  local text = recipe and recipe.source and recipe.source(name)
  return text or require("nsengine.sys").readfile(name, 16 << 20)
end

--- {name of a chunk = {text =, list =}}: its tokens, as it was when last read.
local read = {}

--- The tokens of a chunk; nil if it cannot be read.
local function tokens_of(name)
  local text = M.source(name)
  if not text then return nil end
  local last = read[name]
  if not last or last.text ~= text then
    last = { text = text, list = M.tokens(text) }
    read[name] = last
  end
  return last.list
end

--- "recipe.lua:7", the place of a field in the call at `where`; that of the call if the field is not written there.
---@param where string|nil "recipe.lua:3"
---@param field string|nil
---@return string|nil
function M.place(where, field)
  local name, line = (where or ""):match("^(.*):(%d+)$")
  local list = field and name and tokens_of(name)
  local found = list and line_of(list, tonumber(line), field)
  return found and name .. ":" .. found or where
end

return M
