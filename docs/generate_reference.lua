--- Writes docs/reference.md, the reference of the module nsengine, out of what the code says about itself: the
--- descriptions of fields and mounts, the annotations above methods and functions, and the text of --help. Run by
--- docs/generate.lua.

local root = ... -- the folder of the tree, with a slash at its end
package.path = root .. "lua/?.lua;" .. root .. "lua/?/init.lua;" .. package.path

-- Descriptions need no kernel: the references can be written before anything is built.
package.preload["nsengine.sys"] = function() return {} end

local mounts = require "nsengine.mount"
local schema = require "nsengine.schema"

local head = [[
# nsengine

<!-- Written by docs/generate.lua from the code: the fields in lua/nsengine/fields, the mounts in lua/nsengine/mounts,
     the comments above methods and functions, and the text of --help. Change them there. -->

The vocabulary of sandboxes, for recipes and for any Lua 5.4 program. The [tutorial](tutorial.md) shows it at work;
`nsengine --help FIELD` prints the same text; [errors.md](errors.md) lists the messages; [sys.md](sys.md) is the
layer below.

```lua
local ns = require "nsengine"

return ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  cmd = { "/bin/sh" },
}
```

## Conventions

- **A Sandbox** is an immutable description, **a Process** a running one, **a Result** a finished one.
- **Deny by default**: what is not named is not inside, and what cannot be enforced is an error.
- **Misuse raises** an error object at once, with the line of the field: [Errors](#errors). A command that fails is
  data.
- **Sizes** are bytes, or strings: "64M", "1.5G"; K, M, G and T, in small letters too, are powers of 1024, and "64MB"
  and "64MiB" are the same as "64M".
- **Durations** are seconds, or strings: "500ms", "2s", "10min", "1h", "7d"; "10m" is ten minutes as well.
- **Modes** are octal digits in a string: "755".
- **Paths inside** are absolute. **Host paths** are relative to the working directory; `ns.here "x"` is beside the
  recipe.
- Functions are described with their types as the LuaLS language server reads them.
]]

local function read(name)
  local file <close> = assert(io.open(root .. "lua/nsengine/" .. name .. ".lua"))
  return file:read("a")
end

-- Markdown --------------------------------------------------------------------------------------------------------

--- A text in which nothing but its code means something to Markdown.
local function markup(text)
  local parts = {}
  for plain, code in (text .. "``"):gmatch("(.-)(`.-`)") do
    plain = plain:gsub("[*<]", { ["*"] = "\\*", ["<"] = "&lt;" })
    parts[#parts + 1] = plain .. code
  end
  return (table.concat(parts):gsub("``$", ""))
end

--- The text of a comment: its lines that are indented are code already.
local function paragraphs(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = line:find "^    " and line or markup(line) end
  return table.concat(list, "\n")
end

--- A default or an example in one line.
local function code(text)
  return "`" .. text:gsub("\n%s*", " ") .. "`"
end

--- Type, default and version of a description, in a line.
local function facts(described)
  local parts = { code(described.type or "table") }
  if described.default then parts[#parts + 1] = "default: " .. markup(described.default) end
  if described.since then parts[#parts + 1] = "since " .. described.since end
  return table.concat(parts, "; ")
end

local function sorted_keys(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Fields and mounts -----------------------------------------------------------------------------------------------

local function render_keys(name, keys, out)
  out("\n")
  for _, word in ipairs(sorted_keys(keys)) do
    local key = keys[word]
    out("- **%s** (%s): %s\n  %s\n", name .. "." .. word, facts(key), markup(key.doc), code(key.example))
  end
end

local function render_field(name, out)
  local field = schema.field(name)
  assert(field.name == name and field.type and field.default and field.since and field.doc and field.example,
    "fields/" .. name .. ".lua: its description is not complete")
  out("\n### %s\n\n%s\n\n%s\n\n```lua\n%s\n```\n", name, facts(field), markup(field.doc), field.example)
  if field.keys then render_keys(name, field.keys, out) end
end

local function render_fields(out)
  out("\n## Fields of a sandbox\n\nWhat `ns.sandbox`, `box:with`, `box:run` and `box:spawn` take. ")
  out("A field that is left out, or `false`, has its default.\n")
  for _, name in ipairs(schema.fields) do render_field(name, out) end
end

--- The mounts in reading order.
local kinds = { "ro", "rw", "dev_bind", "tmpfs", "proc", "dev", "sys", "mqueue", "devpts", "overlay", "file", "dir",
  "symlink", "mask" }

local function render_mounts(out)
  local left = {}
  for kind in next, mounts.kinds do left[kind] = true end
  out("\n## Mounts\n\nThe values of [fs](#fs), by the paths where they are mounted. ")
  out("A kind that needs no argument is written without one: `ns.proc`.\n")
  for _, kind in ipairs(kinds) do
    local described = mounts.description(kind)
    out("\n### ns.%s\n\n%s\n\n%s\n\n```lua\n%s\n```\n", kind, facts(described), markup(described.doc),
      described.example)
    left[kind] = nil
  end
  assert(not next(left), "a mount without a place in the reference: ns." .. tostring(next(left)))
end

-- Annotations -----------------------------------------------------------------------------------------------------

--- The type at the begin of a text, which may hold blanks in brackets and quotes; and what follows.
local function split_type(text)
  local depth, quoted = 0, false
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == '"' then
      quoted = not quoted
    elseif not quoted and c:find("[<({%[]") then
      depth = depth + 1
    elseif not quoted and c:find("[>)}%]]") then
      depth = depth - 1
    elseif not quoted and depth == 0 and c == " " then
      return text:sub(1, i - 1), text:sub(i):match("^%s*(.*)$")
    end
  end
  return text, ""
end

--- The lines of a comment as a text in which a tag is one line: those that go on with it are indented below it.
local function joined(lines)
  local parts, tagged = {}, false
  for _, line in ipairs(lines) do
    local more = tagged and line:match "^%-%-%-  +(.*)$"
    if more then
      parts[#parts] = parts[#parts] .. " " .. more
    else
      parts[#parts + 1] = line
      tagged = line:find "^%-%-%-@" ~= nil
    end
  end
  return table.concat(parts, "\n")
end

--- The comment that stands above the first line that begins with `definition`: {text = lines, params =, returns =}.
local function annotation(name, definition)
  local found, comment = nil, {}
  for line in read(name):gmatch("([^\n]*)\n") do
    if line:sub(1, #definition) == definition then
      found = comment
      break
    end
    if line:find("^%-%-%-") then comment[#comment + 1] = line else comment = {} end
  end
  assert(found and found[1], ("%s.lua: no comment above '%s'"):format(name, definition))
  local about = { text = {}, params = {}, returns = {} }
  for line in joined(found):gmatch "[^\n]+" do
    local tag, rest = line:match("^%-%-%-@(%l+) (.*)$")
    if tag == "param" then
      local param, typed = rest:match("^(%S+) (.*)$")
      about.params[#about.params + 1] = { param, split_type(typed) }
    elseif tag == "return" then
      local typed, named = split_type(rest)
      local value, text = named:match("^(%S*)%s*(.*)$")
      about.returns[#about.returns + 1] = { value, typed, text }
    elseif not tag then
      about.text[#about.text + 1] = line:match("^%-%-%- ?(.*)$")
    end
  end
  return about
end

--- Parameters or returned values, {name, type, text} each, a line each.
local function render_parts(list, mark, out)
  for _, part in ipairs(list) do
    local name = part[1] ~= "" and code(part[1]) .. " " or ""
    out("- %s%s%s%s\n", mark, name, code(part[2]), part[3] ~= "" and ": " .. markup(part[3]) or "")
  end
end

--- One function: {title, signature, file, definition, more}.
local function render_function(entry, out)
  local about = annotation(entry[3], entry[4])
  while about.text[#about.text] == "" do table.remove(about.text) end
  out("\n### %s\n\n```\n%s\n```\n\n%s\n", entry[1], entry[2], paragraphs(about.text))
  if about.params[1] or about.returns[1] then out("\n") end
  render_parts(about.params, "", out)
  render_parts(about.returns, "returns ", out)
  if entry[5] then out("\n%s\n", entry[5]) end
end

--- The public fields of a class, in their order: {name, type, text} each.
local function class_fields(name, class)
  local block = assert(read(name):match("%-%-%-@class " .. class:gsub("%p", "%%%0") .. "\n(.-)\nlocal "), class)
  local lines, fields = {}, {}
  for line in block:gmatch("[^\n]+") do lines[#lines + 1] = line end
  for line in joined(lines):gmatch("[^\n]+") do
    local field, rest = line:match("^%-%-%-@field (%l[%w_]*) (.*)$")
    if field and field ~= "private" then fields[#fields + 1] = { field, split_type(rest) } end
  end
  return fields
end

local function render_class(name, class, out)
  for _, field in ipairs(class_fields(name, class)) do
    out("- **%s** %s%s\n", field[1], code(field[2]), field[3] ~= "" and ": " .. markup(field[3]) or "")
  end
end

-- The chapters ----------------------------------------------------------------------------------------------------

--- Fields that hold for one spawn and change nothing of the plan.
local function spawn_fields()
  local names = {}
  for _, name in ipairs(schema.fields) do
    if schema.field(name).spawn then names[#names + 1] = ("[%s](#%s)"):format(name, name) end
  end
  return table.concat(names, ", ")
end

local run_text = [[
The table's list part is the command, its named part holds fields for this run:
`box:run { "sort", "-n", stdin = text }`. Without a list, the command is the field `cmd`. The first run compiles the
sandbox's plan, and all later ones use it; %s do not change it, other fields need another one.

A list in a variable is given as `cmd = words`. In `{ table.unpack(words), stdin = text }` Lua keeps only the first
word, because something follows.]]

local function sandbox_functions()
  return {
    { "ns.sandbox", "ns.sandbox { FIELD = value, ... }\n  -> Sandbox", "sandbox", "M.sandbox = ",
      "All fields are checked at once; the first mistake is raised, with the field's line. Nothing is started yet." },
    { "box:with", "box:with { FIELD = value, ... }\n  -> Sandbox", "sandbox", "methods.with = " },
    { "box:run", 'box:run { "program", "argument", ..., FIELD = value, ... }\n  -> Result', "sandbox", "methods.run = ",
      run_text:format(spawn_fields()) },
    { "box:spawn", 'box:spawn { "program", "argument", ..., FIELD = value, ... }\n  -> Process', "sandbox",
      "methods.spawn = ", "Takes the same as `box:run`. It returns once the program has been executed." },
    { "box:explain", 'box:explain(kind = "text")\n  -> string', "sandbox", "methods.explain = ",
      '"json" needs the Lua module cjson. `nsengine --explain` prints it.' },
  }
end

local process_functions = {
  { "process:wait", "process:wait(seconds = nil)", "process", "Process.wait = ",
    "It returns after all that the command wrote was delivered. Waiting for one process enforces the limits of all." },
  { "process:kill", 'process:kill(signal = "KILL")', "process", "Process.kill = " },
  { "process:stop", "process:stop(seconds = 10)", "process", "Process.stop = " },
  { "process:pidfd", "process:pidfd()\n  -> FD\n  -> nil, message, errno", "process", "function Process:pidfd(" },
  { "process:usage", "process:usage()", "process", "function Process:usage(" },
  { "process:limit", "process:limit { LIMIT = value, ... }", "process", "Process.limit = " },
  { "process:pause", "process:pause()", "process", "function Process:pause(" },
  { "process:resume", "process:resume()", "process", "function Process:resume(" },
  { "process:trace", "process:trace()", "process", "function Process:trace(" },
  { "process:close", "process:close()", "process", "function Process:close(" },
}

local result_functions = {
  { "result:check", "result:check()", "result", "function Result:check(" },
  { "result:status", "result:status()", "result", "function Result:status(" },
  { "result:json", "result:json()", "result", "function Result:json(" },
}

local function profiles_text()
  local profiles, lines = require "nsengine.profiles", {}
  for i, name in ipairs(sorted_keys(profiles)) do lines[i] = ("- **%s**: %s"):format(name, profiles[name]) end
  return table.concat(lines, "\n")
end

local tools = {
  { "ns.wait", "ns.wait(list, seconds = nil)", "process", "M.wait = " },
  { "ns.args", "ns.args(spec, ...)", "args", "local args = " },
  { "ns.profile", "ns.profile(name)", "profile", "M.profile = ", profiles_text() },
  { "ns.here", "ns.here(path = nil)", "files", "M.here = " },
  { "ns.cwd", "ns.cwd()", "files", "M.cwd = " },
  { "ns.tempdir", "ns.tempdir(parent = nil)", "files", "M.tempdir = ",
    "`dir.path`, and `tostring(dir)`, is its absolute path; `dir:close()` removes it at once." },
  { "ns.glob", "ns.glob(pattern)", "files", "M.glob = " },
  { "ns.read", "ns.read(path)", "files", "M.read = " },
  { "ns.open", 'ns.open(path, mode = "r")', "files", "M.open = " },
  { "ns.basename", "ns.basename(path)", "files", "M.basename = " },
  { "ns.warn", "ns.warn(text)", "files", "M.warn = " },
}

local function render_functions(list, out)
  for _, entry in ipairs(list) do render_function(entry, out) end
end

local process_text = [[

## Process

A running sandbox. It is killed at the end of its `<close>` scope, when its handle is collected, and when the program
ends.

]]

local result_text = [[

## Result

How a sandbox ended. It is data, whatever the command did; `tostring(result)` is one sentence.

]]

local error_text = [[

## Errors

Mistakes in a recipe, and sandboxes that could not be built, are raised as error objects; `tostring` gives
"recipe.lua:7: fs./work: ...". kind: "recipe", the recipe is wrong; "host", this host cannot; "setup", a step failed
inside; "exec", the command cannot be executed; "command", `result:check()` of one that failed; "notify", a function of
`seccomp.notify` failed.

]]

--- The text of --help: what options.lua prints.
local function help()
  local parts, write = {}, io.write
  io.write = function(...) -- luacheck: ignore 122
    parts[#parts + 1] = table.concat { ... }
  end
  require("nsengine.options").run({ "--help" }, "")
  io.write = write -- luacheck: ignore 122
  return table.concat(parts)
end

local command_line_text = [[

## The command line

```
%s```

What a recipe returns decides what happens: a Sandbox is run; a Result, an integer, a boolean, or what
`process:wait()` of nsengine.sys returns is the exit status; nothing is 0.

SIGTERM, SIGINT, SIGHUP, SIGQUIT or SIGPIPE ends the recipe and its sandboxes, the commands by SIGKILL. In the recipe it
is an error, "interrupted by SIGTERM": a `<close>` variable can still call `process:stop()`, which ends a command
gently, and read what it wrote; a `pcall` catches it, so one around every command has to look at the message. A second
signal ends everything at once, and leaves what `ns.tempdir` made.

`--result`, `--explain=json` and `--doctor=json` need the Lua module cjson. NSENGINE_LUADIR=DIRECTORY loads the Lua
modules from a directory instead of the program, for those who develop them.
]]

local function render_contents(out)
  local function links(names, prefix)
    local list = {}
    for i, name in ipairs(names) do
      local title = type(name) == "table" and name[1] or prefix .. name
      list[i] = ("[%s](#%s)"):format(title, (title:gsub("[.:]", "")))
    end
    return table.concat(list, ", ")
  end
  out("\n## Contents\n\n- **[Fields](#fields-of-a-sandbox)**: %s\n", links(schema.fields, ""))
  out("- **[Mounts](#mounts)**: %s\n", links(kinds, "ns."))
  out("- **[Sandbox](#sandbox)**: %s\n", links(sandbox_functions(), ""))
  out("- **[Process](#process)**: %s\n", links(process_functions, ""))
  out("- **[Result](#result)**: %s\n", links(result_functions, ""))
  out("- **[Tools](#tools)**: %s\n", links(tools, ""))
  out("- **[Errors](#errors)**, **[The command line](#the-command-line)**\n")
end

--- Writes the page to an open file.
local function write(file)
  local function out(text, ...)
    if select("#", ...) > 0 then text = text:format(...) end
    assert(file:write(text))
  end
  out("%s", head)
  render_contents(out)
  render_fields(out)
  render_mounts(out)
  out("\n## Sandbox\n")
  render_functions(sandbox_functions(), out)
  out(process_text)
  render_class("process", "nsengine.Process", out)
  render_functions(process_functions, out)
  out(result_text)
  render_class("result", "nsengine.Result", out)
  render_functions(result_functions, out)
  out("\n## Tools\n\nWhat recipes need around sandboxes.\n")
  render_functions(tools, out)
  out(error_text)
  render_class("error", "nsengine.Error", out)
  out(command_line_text, help())
end

--- What the other generators need: the lists of this page, and how comments are read.
return write, {
  kinds = kinds, sorted_keys = sorted_keys, annotation = annotation, class_fields = class_fields,
  sandbox = sandbox_functions(), process = process_functions, result = result_functions, tools = tools,
}
