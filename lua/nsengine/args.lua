--- The arguments of a recipe: ns.args describes them, lua-argparse reads them and writes --help.

local errors = require "nsengine.error"
local kinds = require "nsengine.kinds"
local sys = require "nsengine.sys"

--- {type = function(text) -> value, or nil and a message}
local types = {
  string = function(text) return text end,
  number = function(text)
    local number = tonumber(text)
    if not number or number ~= number then return nil, ("'%s' is not a number"):format(text) end
    return number
  end,
  integer = function(text)
    local number = math.tointeger(tonumber(text))
    if not number then return nil, ("'%s' is not a whole number"):format(text) end
    return number
  end,
}

--- The names of all types, for messages.
local function type_names()
  local names = { "flag" }
  for name in next, types do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

--- A kind of nsengine.kinds as a type: what a limit takes, an argument takes.
local function kind_type(check)
  return function(text)
    local ok, value = pcall(check, tonumber(text) or text, function(message) error(message, 0) end)
    if not ok then return nil, value end
    return value
  end
end
types.size, types.duration = kind_type(kinds.size), kind_type(kinds.duration)

--- What is meant by a key that is not in `names`.
local function meant(key, names)
  local near = require "nsengine.did_you_mean"(key, names)
  return near ~= "" and near or "; nsengine --help ns.args lists all"
end

local known = { about = true, cmd = true }
local known_entry = { default = true, type = true, required = true, choices = true, value = true }

--- Checks the choices of an entry: the words among which argparse looks for the one that was given, which it converts
--- only then.
local function check_choices(entry, fail)
  if entry.choices == nil then return nil end
  if type(entry.choices) ~= "table" then fail("choices: expected a list, got %s", kinds.show(entry.choices)) end
  local words, among = {}, {}
  for i, choice in ipairs(entry.choices) do
    words[i] = tostring(choice)
    among[words[i]] = true
  end
  for _, default in ipairs(type(entry.default) == "table" and entry.default or { entry.default }) do
    if not among[tostring(default)] then fail("default: '%s' is none of its choices", tostring(default)) end
  end
  return words
end

--- Checks an entry of the description, and takes it apart: "-t --time", "paths*".
local function check_entry(where, i, entry)
  local function fail(format, ...)
    errors.recipe(where, nil, ("ns.args: entry %d: "):format(i) .. format:format(...))
  end
  if type(entry) ~= "table" or type(entry[1]) ~= "string" or (entry[2] ~= nil and type(entry[2]) ~= "string") then
    fail('expected { "NAME", "what it is", ... }')
  end
  for key in next, entry do
    if key ~= 1 and key ~= 2 and not known_entry[key] then
      fail("unknown field '%s'%s", tostring(key), meant(key, known_entry))
    end
  end
  if entry.type ~= nil and entry.type ~= "flag" and not types[entry.type] then
    local near = require "nsengine.did_you_mean"(entry.type, types)
    fail("unknown type '%s'%s", kinds.label(entry.type),
      near ~= "" and near or entry.type == "boolean" and ': a flag, true or false, is type = "flag"'
        or ": one of " .. type_names())
  end
  local names, suffix = entry[1]:match("^(.-)([*+?]?)$")
  local checked = { names = names, help = entry[2] or "", required = entry.required, default = entry.default,
    many = suffix == "*" or suffix == "+", type = entry.type, value = entry.value,
    choices = check_choices(entry, fail) }
  checked.option = names:find("^%-") ~= nil
  checked.key = (names:match("%-%-([%w_-]+)$") or names:match("^%-?([%w_-]+)$") or ""):gsub("-", "_")
  if checked.key == "" or checked.key == "help" or checked.key == "cmd" then
    fail("'%s' is not a name for it", names)
  end
  checked.required = checked.required or suffix == "+"
  if checked.required and checked.default ~= nil then fail("what is required has no default") end
  if type(checked.default) == "string" and types[checked.type] then
    local value, message = types[checked.type](checked.default)
    if value == nil then fail("default: %s", message) end
    checked.shown, checked.default = checked.default, value
  end
  -- An option without more keys is a flag.
  checked.flag = checked.option and (checked.type == "flag" or not (checked.type or checked.value or checked.choices
    or checked.required or checked.many or checked.default))
  return checked
end

local function check_spec(where, spec)
  if type(spec) ~= "table" then errors.recipe(where, nil, "ns.args: expected a table, got " .. kinds.show(spec)) end
  local entries, seen = {}, {}
  for key, value in next, spec do
    if math.type(key) ~= "integer" and not known[key] then
      errors.recipe(where, nil, ("ns.args: unknown field '%s'%s")
        :format(tostring(key), meant(key, known)))
    elseif known[key] and type(value) ~= "string" then
      errors.recipe(where, nil, ("ns.args: %s: expected a text for --help, got %s; write %s"):format(key,
        kinds.show(value), key == "cmd" and 'cmd = "the command to run": it is opt.cmd, from behind "--"'
          or 'about = "what the recipe does"'))
    end
  end
  for i, entry in ipairs(spec) do
    entries[i] = check_entry(where, i, entry)
    if seen[entries[i].key] then
      errors.recipe(where, nil, ("ns.args: entry %d: '%s' is there twice"):format(i, entries[i].key))
    end
    seen[entries[i].key] = true
  end
  return entries
end

--- The function that reads the text of an entry: by its type, or by that of its default.
local function converter(entry)
  local convert = types[entry.type] or (type(entry.default) == "number" and types.number) or types.string
  return function(text)
    local value, message = convert(text)
    if value == nil then
      return nil, ("%s '%s': %s"):format(entry.option and "option" or "argument", entry.names, message)
    end
    return value
  end
end

--- What --help says of an entry: its text, and what is known besides.
local function described(entry)
  local notes, default = {}, entry.shown or entry.default
  if entry.choices and entry.value then notes[1] = "one of " .. table.concat(entry.choices, ", ") end
  if entry.option and entry.many then notes[#notes + 1] = "may be repeated" end
  if type(default) == "string" or type(default) == "number" then
    notes[#notes + 1] = ("default: %s"):format(tostring(default))
  end
  return notes[1] and ("%s (%s)"):format(entry.help, table.concat(notes, "; ")) or entry.help
end

local function add_positional(parser, entry)
  local element = parser:argument(entry.key):description(described(entry)):convert(converter(entry))
  if entry.choices then element:choices(entry.choices) end
  if entry.many then
    element:args(entry.required and "+" or "*")
  elseif not entry.required then
    element:args "?"
  end
end

local function add_option(parser, entry)
  if entry.flag then
    parser:flag(entry.names):target(entry.key):description(entry.help)
    return
  end
  local element = parser:option(entry.names):target(entry.key):description(described(entry)):args(1)
    :convert(converter(entry))
  if entry.choices then element:choices(entry.choices) end -- without `value`, argparse shows them in its place
  if entry.value or not entry.choices then
    element:argname(entry.value or ("<%s>"):format(entry.type or "text"))
  end
  if entry.many then element:count(entry.required and "+" or "*") elseif entry.required then element:count(1) end
end

local function new_parser(where, spec, entries, name)
  local ok, argparse = pcall(require, "argparse")
  if not ok then
    errors.recipe(where, nil, "ns.args needs the Lua module argparse: apt install lua-argparse")
  end
  local parser = argparse(name, spec.about):add_help(false)
  parser:flag "-h --help":description("print this text"):action(function()
    local text = parser:get_help()
    io.write(text, spec.cmd and ("\n\nCommand:\n   -- COMMAND...         %s"):format(spec.cmd) or "", "\n")
    os.exit(0, true)
  end)
  for _, entry in ipairs(entries) do
    if entry.option then add_option(parser, entry) else add_positional(parser, entry) end
  end
  local usage = parser:get_usage()
  if spec.cmd then parser:usage(usage .. " [-- COMMAND...]") end
  return parser
end

--- The arguments, and the command behind "--": of the launcher, or under a stock interpreter among the words.
local function words_and_command(...)
  local cli, words = package.loaded["nsengine.cli"], { ... }
  if cli then
    cli.used = true
    return words, cli.command
  end
  for i, word in ipairs(words) do
    if word == "--" then
      return table.move(words, 1, i - 1, 1, {}), words[i + 1] and table.move(words, i + 1, #words, 1, {}) or nil
    end
  end
  return words, nil
end

--- How the recipe is called in usage texts.
local function program(where)
  local cli = package.loaded["nsengine.cli"]
  return cli and "nsengine " .. cli.recipe or where:match("^(.*):%d+$") or "recipe"
end

--- What was given, by key: a table in which a misspelt key is an error.
local function options(where, entries, given, command)
  local names = { cmd = true }
  local opt = { cmd = command }
  for _, entry in ipairs(entries) do
    local value = given[entry.key]
    if value == nil then value = entry.default end
    if value == nil and entry.flag then value = false end
    if value == nil and entry.many then value = {} end
    names[entry.key], opt[entry.key] = true, value
  end
  return setmetatable(opt, {
    __index = function(_, key)
      if names[key] then return nil end
      error(("ns.args at %s describes no '%s'%s")
        :format(where, tostring(key), require "nsengine.did_you_mean"(key, names)), 2)
    end,
  })
end

--- Parses the arguments of a recipe into a table. It answers --help and reports mistakes by itself.
---
---     local opt = ns.args({
---       about = "Judges a program.",           -- for --help
---       cmd = "what judges it",                -- for --help: what the command after "--" is
---       { "source", "the program", required = true },
---       { "tests*", "directories of tests" },  -- a list; "tests+": at least one
---       { "-t --time", "CPU seconds", type = "duration", default = 2 },
---       { "-v --verbose", "say more" },        -- without more keys, an option is a flag: true or false
---     }, ...)
---     print(opt.source, #opt.tests, opt.time, opt.verbose)
---
--- An entry is its name, which is its key in the table ("-t --time" is opt.time, "--dry-run" opt.dry_run), and what it
--- is. A name with "-" is an option; others are positional, in their order. What is not `required` may be missing: it
--- is then its `default`, else nil, false for a flag or {} for a list. A name that ends in "*" is a list of any length,
--- in "+" of at least one: such an option may be repeated; "?" changes nothing. `type` is "string", "flag", "number",
--- "integer", "size" ("64M", in bytes) or "duration" ("2s", in seconds); `choices` lists the words that are allowed;
--- `value` names an option's argument in --help.
---@param spec table about =, cmd =, and a list of {name, help, required =, default =, type =, choices =, value =}
---@param ... string the recipe's own arguments: its "..."
---@return table opt also opt.cmd, the command after "--"
local args = sys.located(function(where, spec, ...)
  local entries = check_spec(where, spec)
  local words, command = words_and_command(...)
  local name = program(where)
  local parser = new_parser(where, spec, entries, name)
  local ok, given = parser:pparse(words)
  if not ok then
    given = given:gsub("\nDid you mean (.*)%?$", " (did you mean %1?)")
    io.stderr:write(("nsengine: %s: %s\n%s\n"):format(name:gsub("^nsengine ", ""), given, parser:get_usage()))
    os.exit(125, true)
  end
  return options(where, entries, given, command)
end)

return { args = args }
