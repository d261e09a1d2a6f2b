--- The types of field values: each function turns a recipe's value into its normal form, or fails with what to write
--- instead. `fail(message, key)` raises an error that names the field.

local M = {}

--- A text for a message: if it is long, only its beginning.
function M.brief(text, most)
  most = most or 200
  return #text > most and text:sub(1, most - 3) .. "..." or text
end

--- A table key for a message. No tostring(): the value may define its own.
function M.label(key)
  if type(key) == "string" then return M.brief(key) end
  return type(key) == "number" and tostring(key) or "a " .. type(key)
end

--- How a wrong value is shown in a message.
function M.show(value)
  if type(value) == "string" then
    return ('string "%s"'):format(M.brief(value, 60))
  elseif type(value) == "number" or type(value) == "boolean" then
    return type(value) .. " " .. tostring(value)
  end
  return type(value)
end

--- A wrong value, quoted for its message.
local function quoted(value)
  return type(value) == "string" and ('"%s"'):format(M.brief(value)) or M.show(value)
end

--- A table without a metatable: what that adds would be silently ignored, or run.
function M.plain(value, fail, key)
  if getmetatable(value) ~= nil then fail("expected a plain table, got one with a metatable", key) end
  return value
end

--- A string without NUL, where the kernel would end it.
function M.text(value, fail, key)
  if type(value) ~= "string" then fail("expected a string, got " .. M.show(value), key) end
  if value:find("\0", 1, true) then fail("it must not contain a NUL byte", key) end
  return value
end

--- One of `words`, {word = true}. `other`: what else the field takes, for the message.
function M.word(value, fail, words, key, other)
  if type(value) == "string" and words[value] then return value end
  local names = {}
  for word in next, words do names[#names + 1] = ("'%s'"):format(word) end
  table.sort(names)
  if type(value) ~= "string" then
    fail(("expected %s, got %s"):format(table.concat(names, " or "), M.show(value)), key)
  end
  local near, instead = require "nsengine.suggest"(value, words), require("nsengine.instead").values[value]
  if instead and words[instead[1]] then
    fail(("unknown value '%s' (%s)"):format(value, instead[2]), key)
  end
  fail(near and ("unknown value '%s' (did you mean '%s'?)"):format(value, near)
    or ("unknown value '%s': expected one of %s%s"):format(M.brief(value), table.concat(names, ", "),
      other and ", or " .. other or ""), key)
end

function M.boolean(value, fail, key)
  if type(value) ~= "boolean" then fail("expected true or false, got " .. M.show(value), key) end
  return value
end

--- A whole number: floats are not silently rounded, strings are not converted.
function M.integer(value, fail, low, high, key)
  if math.type(value) ~= "integer" or value < low or value > high then
    fail(("expected a whole number from %d to %d, got %s"):format(low, high, M.show(value)), key)
  end
  return value
end

--- A user or group id. Not 2^32-1: as -1 it means "unchanged" to the kernel.
function M.id(value, fail, key)
  if math.type(value) ~= "integer" or value < 0 or value > 4294967294 then
    fail(("%s is not an id: expected a whole number from 0 to 4294967294"):format(
      type(value) == "number" and tostring(value) or quoted(value)), key)
  end
  return value
end

local factors = { [""] = 1, K = 1 << 10, M = 1 << 20, G = 1 << 30, T = 1 << 40 }

--- Bytes: a number of them, or "64M", "1.5 GB", "512KiB"; K, M, G, T are powers of 1024, with B and iB too.
function M.size(value, fail, key)
  if math.type(value) == "integer" and value >= 0 then return value end
  if type(value) == "string" then
    local number, unit, binary = value:upper():match("^(%d+%.?%d*) ?([KMGT]?)(I?)B?$")
    local amount = (binary == "" or unit ~= "") and tonumber(number)
    local about = amount and (amount + 0.0) * factors[unit] -- a float: no silent overflow
    if about and about < 2 ^ 63 then
      return math.type(amount) == "integer" and amount * factors[unit] or math.floor(about)
    end
  end
  fail(('%s is not a size: expected bytes or a string such as "64K", "256M", "1.5GB", "1TiB", powers of 1024'):format(
    quoted(value)), key)
end

local seconds = { ms = 0.001, s = 1, min = 60, m = 60, h = 3600, d = 86400 }

--- Seconds: a number, or "500ms", "2s", "1.5min", "1h", "7d". `signed`: a leading minus is allowed.
function M.duration(value, fail, key, signed)
  local result
  if type(value) == "number" then
    result = value == value and value or nil
  elseif type(value) == "string" then
    local sign, number, unit = value:match("^(%-?)(%d+%.?%d*) ?(%a+)$")
    result = seconds[unit] and tonumber(number) * seconds[unit] * (sign == "-" and -1 or 1)
  end
  local low = signed and -1e9 or 0
  if result and result >= low and result <= 1e9 then return result end
  local shown = type(value) == "string" and ('"%s"'):format(M.brief(value)) or M.show(value)
  if result then
    fail(("%s is out of range: expected %d to 1000000000 seconds"):format(shown, math.tointeger(low)), key)
  end
  if type(value) == "string" and seconds[value:match "^%-?%d+%.?%d* ?(%a+) ?%d"] then
    fail(('%s is not a duration: units do not combine, write "90min" or 90 * 60'):format(shown), key)
  end
  fail(('%s is not a duration: expected seconds or a string such as "500ms", "2s", "10min", "1h", "7d"'):format(
    shown), key)
end

--- Permission bits, a string of octal digits: Lua has no octal numbers, and 755 is not 0755.
function M.mode(value, fail, key, example)
  if type(value) == "string" and value:find("^[0-7][0-7]?[0-7]?[0-7]?$") then return tonumber(value, 8) end
  fail(('%s is not a mode: expected a string of octal digits, such as "%s"'):format(quoted(value),
    example or "755"), key)
end

--- An absolute path inside the sandbox, without ".."; ".", "//" and a trailing slash are removed.
function M.path(value, fail, key)
  M.text(value, fail, key)
  if value:sub(1, 1) ~= "/" then
    fail(('"%s" is a path inside the sandbox: it must start with /'):format(M.brief(value)), key)
  end
  if value:find("..", 1, true) and (value .. "/"):find("/../", 1, true) then
    fail(('"%s": ".." is not allowed in a path inside the sandbox; write the full path'):format(M.brief(value)), key)
  end
  if not (value:find("//", 1, true) or value:find("/.", 1, true) or value:find("/$")) then return value end
  local names = {}
  for name in value:gmatch "[^/]+" do
    if name ~= "." then names[#names + 1] = name end
  end
  return "/" .. table.concat(names, "/")
end

--- A host path: relative to the working directory, or "~/" for the home directory. Kept as written.
function M.source(value, fail, key)
  M.text(value, fail, key)
  if value == "" then fail('a host path is empty; "." is the working directory', key) end
  return value
end

--- A list without other keys, which would be silently ignored; `what` names its items.
function M.list(value, fail, what, key)
  if type(value) ~= "table" then
    local instead = type(value) == "string" and ('; write { "%s" }'):format(M.brief(value, 60)) or ""
    fail(("expected a list of %s, got %s%s"):format(what, M.show(value), instead), key)
  end
  M.plain(value, fail, key)
  for name in next, value do
    if math.type(name) ~= "integer" or name < 1 or name > #value then
      fail(("expected a list of %s, found '%s'"):format(what, M.label(name)), key)
    end
  end
  return value
end

--- A list of strings, without holes.
function M.strings(value, fail, what, key)
  local list = {}
  for i = 1, #M.list(value, fail, what, key) do
    local text = value[i]
    if type(text) ~= "string" then
      local instead = type(text) == "number" and ('; write "%s"'):format(text) or ""
      fail(("expected a list of %s, got %s at index %d%s"):format(what, M.show(text), i, instead), key)
    end
    list[i] = M.text(text, fail, key)
  end
  return list
end

--- What to write instead of a word not in `keys`; nsengine.instead[field] has other programs' names for them.
local function no_key(word, keys, field)
  local others = type(word) == "string" and field and require("nsengine.instead")[field]
  if others and others[word] then return "; write " .. others[word] end
  local near = type(word) == "string" and require "nsengine.suggest"(word, keys)
  if near then return (" (did you mean '%s'?)"):format(near) end
  return field and ("; nsengine --help %s lists all"):format(field) or ""
end

--- A table with known keys: `keys` is {word = {check = function(value, fail, word)}}. `false` is kept, for merging.
--- `field` is given if it has a --help page.
function M.record(value, fail, keys, field)
  if type(value) ~= "table" then fail("expected a table, got " .. M.show(value)) end
  M.plain(value, fail)
  local record = {}
  for _, word in ipairs(M.ordered(value)) do
    local key, item = keys[word], value[word]
    if not key then
      fail("unknown field" .. no_key(word, keys, field), M.label(word))
    elseif item == false then
      record[word] = false
    else
      record[word] = key.check(item, fail, word)
    end
  end
  return record
end

--- A descriptor: an FD, a file of Lua's io library, or a number.
function M.is_descriptor(value)
  if math.type(value) == "integer" then return value >= 0 and value < 1 << 31 end
  if io.type(value) == "file" then return true end
  local meta = type(value) == "userdata" and getmetatable(value)
  return type(meta) == "table" and meta.__name == "nsengine.fd"
end

--- Orders keys of any type. No metamethod is called: a key may be anything.
local function before(a, b)
  if type(a) ~= type(b) then return type(a) < type(b) end
  if type(a) == "string" or type(a) == "number" then return a < b end
  return type(a) == "boolean" and b and not a or ("%p"):format(a) < ("%p"):format(b)
end

--- The keys of a table in an order of their own, so that of several mistakes the same one is reported each time.
function M.ordered(map)
  local keys = {}
  for key in next, map do keys[#keys + 1] = key end
  table.sort(keys, before)
  return keys
end

--- The keys of a set, sorted.
function M.sorted(set)
  local list = {}
  for word in next, set do list[#list + 1] = word end
  table.sort(list)
  return list
end

--- Merges two maps by key; `false` removes.
function M.merge(old, new)
  local map = {}
  for key, value in next, old or {} do map[key] = value end
  for key, value in next, new do map[key] = value or nil end
  return map
end

return M
