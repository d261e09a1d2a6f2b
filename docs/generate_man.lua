--- Writes the man pages, share/man/*.scd, for scdoc(1): nsengine(1) out of the options, nsengine-recipe(5) out of the
--- fields and mounts, nsengine-sys(3) out of the pictures above the bindings, nsengine.h(3) out of the headers. Run by
--- docs/generate.lua.

local root, words, calls = ...
local mounts = require "nsengine.mount"
local schema = require "nsengine.schema"

-- scdoc -----------------------------------------------------------------------------------------------------------

local function escape(text)
  return (text:gsub("[\\*_]", "\\%0"))
end

--- Prose in which `code` is bold. No line begins with a blank or with what means something there.
local function prose(text)
  local parts = {}
  for plain, code in (text .. "``"):gmatch("(.-)(`.-`)") do
    parts[#parts + 1] = escape(plain)
    if #code > 2 then parts[#parts + 1] = "*" .. escape(code:sub(2, -2)) .. "*" end
  end
  text = table.concat(parts):gsub("\n[ \t]+", "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  text = ("\n" .. text):gsub("\n([-#|;%[%]`])", "\n\\%1"):gsub("\n+\\%- ", "\n\n\\- ") -- a paragraph for each of a list
  return (text:sub(2))
end

--- A block that stays as it is. Nothing in it may close it.
local function literal(text)
  return "```\n" .. text:gsub("\n+$", "") .. "\n```\n"
end

local function page(title, write)
  return function(file)
    local function out(text, ...)
      if select("#", ...) > 0 then text = text:format(...) end
      assert(file:write(text))
    end
    out('%s "nsengine" "nsengine"\n\n; Written by docs/generate_man.lua.\n\n', title)
    write(out)
  end
end

local function see_also(out, ...)
  local list = {}
  for _, name in ipairs { ... } do list[#list + 1] = name:gsub("^[^(]+", "*%0*") end
  out("\n# SEE ALSO\n\n%s\n", table.concat(list, ", "))
end

-- nsengine(1) -----------------------------------------------------------------------------------------------------

local launcher_head = [[
# NAME

nsengine - run commands in sandboxes described in Lua

# SYNOPSIS

*nsengine* [_OPTION_...] _RECIPE_ [_ARG_...] [-- _COMMAND_...]

*nsengine* [_OPTION_...] -e _CHUNK_ [_ARG_...] [-- _COMMAND_...]

*nsengine* --learn _FILE_ _COMMAND_...

# DESCRIPTION

Runs _RECIPE_, a Lua 5.4 program that makes sandboxes; "-" is standard input. The arguments are its "..." and its table
"arg". If it returns a sandbox, that is run, with _COMMAND_ in place of its own command if one is given. The fields of a
sandbox are described in *nsengine-recipe*(5).

Nothing is shared with the host but what the recipe names, and what cannot be enforced is an error. Root is not needed
where the host lets ordinary users make user namespaces; *nsengine --doctor* tells whether this one does.

Recipes are trusted code, as Makefiles are; what they run need not be.

# OPTIONS

]]

local launcher_tail = [[
# EXIT STATUS

That of the command, or what the recipe returns: a Result, an integer or what a wait returns; nothing is 0.

*124*
	A time limit ended it.

*125*
	nsengine or the recipe failed.

*126*, *127*
	The command is not executable, or not found.

*128*+_N_
	Signal _N_ ended it.

With *--doctor*: 0 if a sandbox, or that of the recipe, works here, else 1.

# ENVIRONMENT

*NSENGINE_LUADIR*
	A directory from which the Lua modules are loaded instead of the program, for those who develop them.

*LUA_PATH*, *LUA_CPATH*
	Where other modules that a recipe requires are searched for.

# EXAMPLE

]]

local example = [[
#!/usr/bin/env nsengine
local ns = require "nsengine"

return ns.sandbox {
  fs  = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  env = { PATH = true, TERM = true },
  cmd = { "/bin/sh" },
}
]]

local function write_launcher(out)
  out(launcher_head)
  for _, option in ipairs(require("nsengine.options").list) do
    local short, long, argument, text = table.unpack(option, 1, 4)
    local names = {}
    if short then names[1] = "*" .. short .. "*" end
    if long then names[#names + 1] = "*" .. long .. "*" end
    local shown = table.concat(names, ", ")
    if argument and argument:find("^%[") and long ~= "--help" then
      shown = shown .. "[=_" .. argument:sub(2, -2) .. "_]"
    elseif argument then
      shown = shown .. " " .. argument:gsub("[%w]+", "_%0_")
    end
    out("%s\n\t%s\n\n", shown, prose(text:sub(1, 1):upper() .. text:sub(2) .. "."))
  end
  out(launcher_tail)
  out("%s", literal(example))
  see_also(out, "nsengine-recipe(5)", "nsengine-sys(3)", "nsengine.h(3)", "namespaces(7)")
end

-- nsengine-recipe(5) ----------------------------------------------------------------------------------------------

local recipe_head = [[
# NAME

nsengine-recipe - Lua programs that describe sandboxes

# DESCRIPTION

A recipe is a Lua 5.4 program that *nsengine*(1) runs. It may use all of Lua; a name that it does not define is an
error. If it returns a sandbox, that is run:

]]

local recipe_conventions = [[

What is not named is not inside, and what cannot be enforced is an error, unless the field *optional* names it.

*Sizes* are bytes, or strings: "64M", "1.5G"; K, M, G and T are powers of 1024, and "64MB" and "64MiB" are the same as
"64M". *Durations* are seconds, or strings: "500ms", "2s", "10min" or "10m", "1h", "7d". *Modes* are octal digits in a
string: "755". *Paths inside* are absolute; *host paths* are relative to the working directory, and *ns.here "x"* is
beside the recipe.

A sandbox is a value: *box:with* { _FIELD_ = value } makes another one; *box:run* { "program", "argument",
_FIELD_ = value } waits for a command and returns a Result; *box:spawn* returns a Process. The full reference is in
/usr/share/doc/nsengine/reference.md.

# FIELDS

Each may be *false*, its default, or left out.

]]

--- Type, default and version of a description.
local function facts(described)
  local parts = { prose("`" .. (described.type or "table") .. "`") }
  if described.default then parts[#parts + 1] = "default: " .. prose((described.default:gsub("\n%s*", " "))) end
  if described.since then parts[#parts + 1] = "since " .. described.since end
  return table.concat(parts, "; ")
end

local function render(title, described, out)
  out("## %s\n\n%s\n\n%s\n\n%s\n", escape(title), facts(described), prose(described.doc), literal(described.example))
end

local function write_recipe(out)
  out(recipe_head)
  out("%s", literal(example))
  out(recipe_conventions)
  for _, name in ipairs(schema.fields) do
    local field = schema.field(name)
    render(name, field, out)
    for _, word in ipairs(words.sorted_keys(field.keys or {})) do
      local key = field.keys[word]
      if not key.later then
        out("*%s*: %s++\n%s++\nExample: %s\n\n", escape(name .. "." .. word), facts(key), prose(key.doc),
          prose("`" .. key.example:gsub("\n%s*", " ") .. "`"))
      end
    end
  end
  out("# MOUNTS\n\nThe values of *fs*, by the paths where they are mounted.\n\n")
  for _, kind in ipairs(words.kinds) do render("ns." .. kind, mounts.description(kind), out) end
  see_also(out, "nsengine(1)", "nsengine-sys(3)")
end

-- nsengine-sys(3) -------------------------------------------------------------------------------------------------

local sys_head = [[
# NAME

nsengine-sys - namespaces, mounts, processes and other system calls for Lua

# SYNOPSIS

local sys = require "nsengine.sys"

# DESCRIPTION

Names, flags and numbers are the kernel's own, so its manual pages tell the full story; this page shows how each call
looks in Lua. "flags = 0" is an optional argument and its default; "path|fd" takes one or the other.

Success is *true* or the value asked for. A failure is three values: nil, a message with the operation, its operands,
the reason and its symbol, and the error number. Misuse raises an error at once.

]]

local function write_sys(out)
  out(sys_head)
  for _, chapter in ipairs(calls.chapters) do
    out("# %s\n\n%s\n\n", chapter[1]:upper(), prose(chapter[2]))
    for _, picture in ipairs(chapter.pictures) do
      local module = calls.module(picture)
      out("## %s\n\n", escape(module .. picture.name))
      out("%s\n", literal(module .. table.concat(picture.call, "\n") .. "\n" .. table.concat(picture.results, "\n")))
      if #picture.text > 0 then out("%s\n\n", prose(table.concat(picture.text, "\n"))) end
    end
  end
  see_also(out, "nsengine(1)", "nsengine-recipe(5)", "nsengine.h(3)", "namespaces(7)", "syscalls(2)")
end

-- nsengine.h(3) ---------------------------------------------------------------------------------------------------

local function header(name)
  local file <close> = assert(io.open(root .. "engine/" .. name))
  return file:read("a")
end

--- The lines of a comment without its marks.
local function uncommented(text)
  return (text:gsub("^/%*%s?", ""):gsub("%s*%*/$", ""):gsub("\n %*[ ]?", "\n"))
end

--- Prose with what is indented in it as it stands.
local function paragraphs(text, out)
  for paragraph in (text .. "\n\n"):gmatch("(.-)\n\n+") do
    if paragraph:find("^%s%s+") then
      out("%s\n", literal(paragraph))
    elseif paragraph ~= "" then
      out("%s\n\n", prose(paragraph))
    end
  end
end

--- A header's declarations, each below its comment, in the header's chapters.
local function declarations(text, out)
  text = text:match("#define NSE_API[^\n]*\n(.*)") or text:match('extern "C" {\n#endif\n(.*)')
  text = text:gsub("#ifdef __cplusplus.*$", ""):gsub("NSE_API ", "")
  local code = {}
  local function flush()
    local block = table.concat(code, "\n"):gsub("^\n+", ""):gsub("\n+$", "")
    if block ~= "" then out("%s\n", literal(block)) end
    code = {}
  end
  local position = 1
  while position <= #text do
    local comment, after = text:match("^(/%*.-%*/)\n?()", position)
    if comment then
      flush()
      local chapter = comment:match("^/%* %-%-%- (.-) %-+ %*/$")
      if chapter then out("# %s\n\n", chapter:upper()) else paragraphs(uncommented(comment), out) end
      position = after
    else
      local line
      line, position = text:match("^([^\n]*)\n?()", position)
      code[#code + 1] = line
    end
  end
  flush()
end

local function write_header(out)
  out("# NAME\n\nnsengine.h, nsengine-recipe.h - sandboxes from C\n\n")
  out("# SYNOPSIS\n\n\\#include <nsengine.h>++\n\\#include <nsengine-recipe.h>\n\n")
  out("cc ... $(pkg-config --cflags --libs nsengine)++\ncc ... $(pkg-config --cflags --libs nsengine-recipe)\n\n")
  out("# DESCRIPTION\n\n")
  for i, name in ipairs { "nsengine.h", "nsengine-recipe.h" } do
    local text = header(name)
    if i == 2 then out("# RECIPES\n\n") end
    paragraphs((uncommented(text:match("^/%*.-%*/")):gsub("^nsengine: %l", function(word)
      return word:sub(-1):upper()
    end)), out)
    declarations(text, out)
  end
  see_also(out, "nsengine(1)", "nsengine-recipe(5)", "nsengine-sys(3)")
end

return {
  ["share/man/nsengine.1.scd"] = page("nsengine(1)", write_launcher),
  ["share/man/nsengine-recipe.5.scd"] = page("nsengine-recipe(5)", write_recipe),
  ["share/man/nsengine-sys.3.scd"] = page("nsengine-sys(3)", write_sys),
  ["share/man/nsengine.h.3.scd"] = page("nsengine.h(3)", write_header),
}
