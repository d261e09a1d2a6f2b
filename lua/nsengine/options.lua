--- The options of the launcher, in one list for the parser and --help, and what they run.

local cli = require "nsengine.cli"

local M = {}

--- {short, long, argument, text}. "[X]": optional, and given after "=".
local options = {
  { "-n", "--check", nil, "load and check the recipe without running anything: it stops where it would run the first "
    .. "command. What only this host lacks is a warning (--doctor RECIPE: status 1)" },
  { nil, "--explain", "[json]", "print the plan of the sandbox that the recipe returns or first runs: each kernel call "
    .. "in order, with the recipe's line; run nothing" },
  { nil, "--doctor", "[json]", "report what this host and user can do for a sandbox, and the commands that fix what is "
    .. "missing; with a RECIPE, which of its fields work here; run nothing" },
  { nil, "--trace", "[FILE]", "print each step that was done, with its result and time" },
  { nil, "--why", "[FILE]", "report what each command was denied, by which field and line, and what would allow it" },
  { nil, "--learn", "FILE", "run COMMAND with access to all of this system, and write a recipe for what it used to "
    .. "FILE, overwriting it" },
  { "-o", "--result", "FILE", 'write the Result as JSON to FILE; "-" is standard output, "fd:N" a descriptor' },
  { "-e", nil, "CHUNK", "run CHUNK as the recipe; the words after it are its arguments" },
  { "-q", "--quiet", nil, "do not print warnings, nor which limits were reached" },
  { "-v", "--verbose", nil, "print a traceback with every error, and how the command ended" },
  { "-h", "--help", "[FIELD]", 'print this text, or help for a field ("limits.wall_time"), mount or function; "fields" '
    .. "lists them" },
  { nil, "--luarc", nil, "print a .luarc.json with which the Lua language server of editors knows recipes" },
  { nil, "--version", nil, "print the versions of nsengine, Lua and the kernel" },
}

--- The list, for shell completion and the man page.
M.list = options

local head = [[
Usage: nsengine [OPTION...] RECIPE [ARG...] [-- COMMAND...]
       nsengine [OPTION...] -e CHUNK [ARG...] [-- COMMAND...]
       nsengine --learn FILE COMMAND...

Runs RECIPE, a Lua program that makes sandboxes; "-" is standard input. The
arguments are its "..." and its table "arg". If it returns a sandbox, that is
run, with COMMAND in place of its own command if one is given.

Options:
]]

local tail = [[

Exit status: that of the command or recipe; 124 if a time limit ended it, 125
if nsengine or the recipe failed, 126 if a command is not executable, 127 if it
is not found, 128+N if signal N ended it. With --doctor: 0 if a sandbox, or
that of the recipe, works here, else 1.
]]

local COLUMN, WIDTH = 23, 79

--- Wraps a text into lines that start at COLUMN.
local function wrap(text)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line + 1 + #word > WIDTH - COLUMN and line ~= "" then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. (" "):rep(COLUMN))
end

--- "-o, --result FILE", "--explain[=json]", "-h, --help [FIELD]"
local function names_of(option)
  local short, long, argument = table.unpack(option, 1, 3)
  local names = (short or "   ") .. (long and (short and ", " or " ") .. long or "")
  if not argument then return names end
  if argument:find("^%[") and long ~= "--help" then return names .. argument:gsub("^%[", "[=") end
  return names .. " " .. argument
end

local function help()
  local lines = {}
  for _, option in ipairs(options) do
    lines[#lines + 1] = ("  %-20s %s\n"):format(names_of(option), wrap(option[4]))
  end
  return head .. table.concat(lines) .. tail
end

local by_name = {}
for _, option in ipairs(options) do
  if option[1] then by_name[option[1]] = option end
  if option[2] then by_name[option[2]] = option end
end

local function refuse(format, ...)
  error(format:format(...) .. "; see nsengine --help", 0)
end

--- "-nq" is not "-n -q".
local function refuse_combined(name)
  local apart = {}
  for letter in name:match "^%-(%a%a+)$" and name:gmatch "%a" or function() end do
    if not by_name["-" .. letter] then return end
    apart[#apart + 1] = "-" .. letter
  end
  if apart[1] then refuse("unknown option '%s': write %s", name, table.concat(apart, " ")) end
end

local function unknown(name)
  refuse_combined(name)
  refuse("unknown option '%s'%s", name, require "nsengine.did_you_mean"(name, by_name))
end

--- The argument of an option, and the index of the word after it. `joined` is what followed "=".
local function argument_of(option, word, joined, words, i)
  local argument = option[3]
  if not argument then
    if joined then refuse("option '%s' takes no argument", word) end
    return true, i
  end
  local may_miss = argument:find("^%[")
  if joined then
    if joined == "" then refuse("option '%s=' needs an argument: %s", word, (argument:gsub("[%[%]]", ""))) end
    return joined, i
  elseif option[2] == "--help" then
    return words[i] or true, i + 1
  elseif may_miss then
    return true, i
  elseif not words[i] then
    refuse("option '%s' needs an argument: %s", word, argument)
  end
  return words[i], i + 1
end

--- Splits a command line: the options given, by their long names, and the index of the first word that is not one.
--- -e ends the options, so that any arguments may follow its chunk.
---@param words string[]
---@return table<string, string|true> given
---@return integer first
function M.parse(words)
  local given, i = {}, 1
  while i <= #words and words[i]:find("^%-.") do
    local word, joined = words[i]:match("^(%-%-[^=]+)=(.*)$")
    word = word or words[i]
    i = i + 1
    if word == "--" then break end
    local option = by_name[word] or unknown(word)
    given[option[2] or option[1]], i = argument_of(option, word, joined, words, i)
    if word == "-e" then break end
  end
  for _, name in ipairs(given["--learn"] and { "--check", "--explain", "--doctor", "-e" } or {}) do
    if given[name] then refuse("option '--learn' runs a command, not a recipe: leave out '%s'", name) end
  end
  for _, name in ipairs { "--explain", "--doctor" } do
    local format = given[name] or true
    if format ~= true and format ~= "json" then
      refuse("option '%s': unknown format '%s': write json, or nothing for text", name, format)
    end
  end
  return given, i
end

--- Prints the answer to --help, --luarc or --version; the exit status.
local function tell(given, version, key)
  local field = given["--help"]
  if field and field ~= true and key then field = field .. "." .. key end -- "limits memory"
  if field == true then
    io.write(help())
  elseif given["--luarc"] then
    io.write(require "nsengine.luarc"())
  elseif field then
    local text, message = require "nsengine.field_help"(field == "fields" and "" or field)
    if not text then error(message .. "; nsengine --help fields lists all", 0) end
    io.write(text)
  else
    local linux = require("nsengine.sys").uname().release
    io.write(("nsengine %s (%s, Linux %s)\n"):format(version, _VERSION, linux))
  end
  return 0
end

--- What examines the sandbox of a recipe that is not run; nil for --check.
local function viewer(given)
  local explain = given["--explain"]
  if given["--doctor"] then return require("nsengine.doctor").viewer(given["--doctor"]) end
  return explain and {
    verb = "explain", see = function(box) io.write(box:explain(explain == "json" and "json" or "text")) end,
  }
end

--- Runs the recipe, or the command to learn from, with --trace, --why and --result in place.
local function run(given, ...)
  local go = given["--learn"] and require("nsengine.learn").run or cli.run
  local _trace <close> = given["--trace"] and require("nsengine.trace").start(given["--trace"])
  local _why <close> = given["--why"] and require("nsengine.why").start(given["--why"])
  local report <close> = given["--result"] and require("nsengine.outcome").reporter(given["--result"])
  local values = table.pack(go(...))
  if report then report.note(table.unpack(values, 1, values.n)) end
  return table.unpack(values, 1, values.n)
end

--- Runs a command line that starts with an option.
---@param words string[]
---@param version string
function M.run(words, version)
  local given, first = M.parse(words)
  cli.verbose, cli.quiet = given["--verbose"] or false, given["--quiet"] or false
  if given["--help"] or given["--luarc"] or given["--version"] then
    return tell(given, version, words[first])
  end
  if given["--learn"] then return run(given, given["--learn"], words, first) end
  local path, chunk = words[first], given["-e"]
  if path and words[first - 1] == "--" and path:find "^[^-]" and not require("nsengine.sys").stat(path) then
    error(("no recipe before '--', and '%s' is not one: write nsengine RECIPE -- COMMAND..."):format(path), 0)
  end
  if chunk then
    path, first = "-e", first - 1
  elseif not path and given["--doctor"] then
    return require("nsengine.doctor").run(given["--doctor"])
  elseif not path then
    error("no recipe: write 'nsengine RECIPE', or see nsengine --help", 0)
  end
  if given["--check"] or given["--explain"] or given["--doctor"] then
    return require("nsengine.rehearsal").run(viewer(given), path, chunk, words, first + 1)
  end
  return run(given, path, chunk, words, first + 1)
end

return M
