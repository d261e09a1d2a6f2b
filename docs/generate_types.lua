--- Writes the types for editors, share/nsengine/types/*.lua, in the annotations of the Lua language server (LuaLS):
--- nsengine.lua out of the descriptions of fields and mounts and the comments above functions; sys.lua out of the
--- pictures above the bindings. Run by docs/generate.lua.

local words, calls = select(2, ...)
local mounts = require "nsengine.mount"
local schema = require "nsengine.schema"

local head = [[
---@meta %s
-- Written by docs/generate.lua: types for editors, never run. `nsengine --luarc` points to them.
]]

local function printer(file)
  return function(text, ...)
    if select("#", ...) > 0 then text = text:format(...) end
    assert(file:write((text:gsub(" +\n", "\n"))))
  end
end

--- A text as one line, as stands behind a @field.
local function line(text)
  return (text:gsub("%s*\n%s*", " "):gsub("%s+$", ""))
end

--- A text as comment lines.
local function comment(text, out)
  for part in (text:gsub("\n+$", "") .. "\n"):gmatch("(.-)\n") do out("---%s\n", part == "" and "" or " " .. part) end
end

-- nsengine --------------------------------------------------------------------------------------------------------

--- A field of a class from a description; `false` is always taken, for the default.
local function field(name, described, type_name, out)
  local default = described.default and (" Default: %s."):format(described.default) or ""
  out("---@field %s? %s %s%s\n", name, type_name or described.type, line(described.doc), line(default))
end

--- The class of the keys of a field; its name.
local function keys_class(name, keys, out)
  local class = "nsengine.Spec." .. name
  out("\n---@class %s\n", class)
  for _, key in ipairs(words.sorted_keys(keys)) do
    if not keys[key].later then field(key, keys[key], nil, out) end
  end
  return class
end

--- The type of a field, in which "table" is its class where it has keys.
local function type_with(class, type_name)
  return class and (type_name:gsub("%f[%w]table%f[^%w]", class)) or type_name
end

local function write_spec(out)
  local classes = {}
  for _, name in ipairs(schema.fields) do
    local keys = schema.field(name).keys
    classes[name] = keys and keys_class(name, keys, out)
  end
  out("\n--- The fields of a sandbox. `false` is a field's default.\n---@class nsengine.Spec\n")
  for _, name in ipairs(schema.fields) do
    local described = schema.field(name)
    field(name, described, "(" .. type_with(classes[name], described.type) .. ")|false", out)
  end
  out("\n--- A command, its list part, and fields for this run.\n---@class nsengine.Command: nsengine.Spec\n")
  out("---@field [integer] string\n")
end

--- Of the functions that take what a constructor is given, which checks that itself.
local given = {
  ["box:with"] = { "spec", "nsengine.Spec", "nsengine.Sandbox" },
  ["box:run"] = { "command?", "nsengine.Command", "nsengine.Result" },
  ["box:spawn"] = { "command?", "nsengine.Command", "nsengine.Process" },
  ["box:explain"] = { "kind?", '"text"|"json"', "string" },
}

--- A function with its comment.
local function write_function(entry, name, out)
  local about = words.annotation(entry[3], entry[4])
  comment(table.concat(about.text, "\n"), out)
  local parameters, takes = {}, given[entry[1]]
  if takes then
    about.params, about.returns = { { takes[1], takes[2], "" } }, { { "", takes[3], "" } }
  end
  for _, param in ipairs(about.params) do
    out("---@param %s %s %s\n", table.unpack(param, 1, 3))
    parameters[#parameters + 1] = (param[1]:gsub("%?$", ""))
  end
  for _, value in ipairs(about.returns) do out("---@return %s %s %s\n", value[2], value[1], value[3]) end
  out("function %s(%s) end\n", name, table.concat(parameters, ", "))
end

--- A class with its public fields as they stand in the code, and its methods.
local function write_class(name, class, methods, out)
  out("\n---@class %s\n", class)
  for _, field_of in ipairs(words.class_fields(name, class)) do out("---@field %s %s %s\n", table.unpack(field_of)) end
  local variable = class:match("[^.]*$")
  out("local %s = {}\n", variable)
  for _, entry in ipairs(methods) do
    out("\n")
    write_function(entry, variable .. ":" .. entry[1]:match("[^:]*$"), out)
  end
end

local function write_mounts(out)
  out("\n---@class nsengine.Mount\nlocal Mount = {}\n")
  for _, kind in ipairs(words.kinds) do
    local described = mounts.description(kind)
    out("\n")
    comment(described.doc .. "\nExample: " .. described.example, out)
    -- A constructor may be called without an argument where the mount alone is one too.
    local typed = described.type == "nsengine.Mount" and "nsengine.Mount | fun(): nsengine.Mount" or described.type
    out("---@type %s\nns.%s = nil\n", typed, kind)
  end
end

local function write_types(file)
  local out = printer(file)
  out(head, "nsengine")
  write_spec(out)
  write_class("sandbox", "nsengine.Sandbox", { table.unpack(words.sandbox, 2) }, out)
  write_class("process", "nsengine.Process", words.process, out)
  write_class("result", "nsengine.Result", words.result, out)
  write_class("error", "nsengine.Error", {}, out)
  out("\n---@class nsengine\nlocal ns = {}\n\n")
  comment(table.concat(words.annotation("sandbox", "M.sandbox = ").text, "\n"), out)
  out("---@param spec nsengine.Spec\n---@return nsengine.Sandbox\nfunction ns.sandbox(spec) end\n")
  for _, entry in ipairs(words.tools) do
    out("\n")
    write_function(entry, entry[1], out)
  end
  write_mounts(out)
  out("\nreturn ns\n")
end

-- nsengine.sys ----------------------------------------------------------------------------------------------------

--- The arguments of a picture, by the commas that are in no bracket.
local function arguments(text)
  local list, depth, from = {}, 0, 1
  for i = 1, #text do
    local c = text:sub(i, i)
    if c:find("[{(]") then depth = depth + 1 elseif c:find("[})]") then depth = depth - 1 end
    if c == "," and depth == 0 then
      list[#list + 1] = text:sub(from, i - 1)
      from = i + 1
    end
  end
  list[#list + 1] = text:sub(from)
  for i, argument in ipairs(list) do list[i] = argument:match("^%s*(.-)%s*$") end
  return list[1] == "" and {} or list
end

--- What the words of the pictures are.
local types = {
  path = "string", target = "string", source = "string", name = "string", string = "string", text = "string",
  data = "string", fstype = "string", flags = "integer", mode = "integer", mask = "integer", signal = "integer",
  pid = "integer", number = "integer", size = "integer", uid = "integer", gid = "integer", offset = "integer",
  fd = "nsengine.sys.FD|file*|integer", fn = "function", boolean = "boolean", seconds = "number",
  process = "nsengine.sys.Process|nsengine.sys.FD|integer", integer = "integer", resource = "integer",
  pidfd = "nsengine.sys.FD|nsengine.sys.Process|integer",
}
local results = {
  FD = "nsengine.sys.FD", Process = "nsengine.sys.Process", Plan = "nsengine.sys.Plan", ["true"] = "true",
  integer = "integer", string = "string", boolean = "boolean", number = "integer", pid = "integer",
  seconds = "number",
}

--- Name, type and whether it may be left out, of "flags = 0", "path|fd", "data|nil", "{...}".
local function argument(text, index)
  local optional = text:find("=", 1, true) and not text:find("^[%[{]") or text:find("|nil", 1, true)
  if text == "..." then return "...", "any", false end
  text = text:gsub("%s*=[^{}]*$", ""):gsub("|nil", "")
  local parts, name = {}, nil
  for part in (text:gsub("%b{}", "{}")):gmatch("[^|]+") do
    part = part:match("^%s*(.-)%s*$")
    parts[#parts + 1] = part == "{}" and "table" or types[part] or "any"
    if part:find("^%l[%w_]*$") then name = name or part end
  end
  local keywords = { ["function"] = true, ["nil"] = true, ["true"] = true }
  name = name and not keywords[name] and name or "argument" .. index
  return name, table.concat(parts, "|"), optional and true or false
end

--- The type of what the first line of results shows.
local function result(picture)
  local shown = picture.results[1]:match("^%s*%->%s*(.-)%s%s") or picture.results[1]:match("^%s*%->%s*(.-)%s*$")
  local first = shown:match("^[%w]+")
  if shown:find("^{") then return "table" end
  return results[first] or "any"
end

local handles = { fd = "FD", process = "Process", plan = "Plan" }

local function write_call(picture, out)
  out("\n---```\n")
  for _, part in ipairs { picture.call, picture.results } do
    for _, text in ipairs(part) do out("---%s\n", text) end
  end
  out("---```\n")
  if #picture.text > 0 then comment(table.concat(picture.text, "\n"), out) end
  local text = table.concat(picture.call, " ")
  local inside = text:match("^[%w_:]+(%b())") or text:match("^[%w_:]+(%b{})")
  inside = text:find("^[%w_:]+{") and { "{}" } or arguments(inside:sub(2, -2))
  local names = {}
  for i, word in ipairs(inside) do
    local name, typed, optional = argument(word, i)
    names[i] = name
    out("---@param %s%s %s\n", name, optional and "?" or "", typed)
  end
  local returned = result(picture)
  local fails = table.concat(picture.results, "\n"):find("%-> nil, ")
  out("---@return %s%s\n", returned, fails and returned ~= "any" and "?" or "")
  if fails then out("---@return any message\n---@return integer? errno\n") end
  local handle, method = picture.name:match("^(%l+):(.*)$")
  out("function %s(%s) end\n", handle and handles[handle] .. ":" .. method or "sys." .. picture.name,
    table.concat(names, ", "))
end

local function write_sys(file)
  local out = printer(file)
  out(head, "nsengine.sys")
  for _, class in ipairs { "FD", "Process", "Plan" } do
    out("\n---@class nsengine.sys.%s\nlocal %s = {}\n", class, class)
  end
  out("\n---@class nsengine.sys\n")
  for text in calls.read("constants"):match("constants%[%] = {\n(.-)\n};"):gmatch("[^\n]+") do
    local name = text:match("K%((.-)%)") or text:match('"(.-)"')
    if name then out("---@field %s integer\n", name) end
  end
  out("---@field [string] integer every error, as EPERM, and every signal, as SIGHUP\n")
  out("local sys = {}\n")
  for _, chapter in ipairs(calls.chapters) do
    for _, picture in ipairs(chapter.pictures) do write_call(picture, out) end
  end
  out("\nreturn sys\n")
end

return { ["share/nsengine/types/nsengine.lua"] = write_types, ["share/nsengine/types/nsengine/sys.lua"] = write_sys }
