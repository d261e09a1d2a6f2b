--- The options of the launcher: one list for the parser and for --help.

local M = {}

--- {short, long, argument, text}
local options = {
  { "-e", nil, "CHUNK", "run CHUNK as the recipe; what follows are its arguments" },
  { "-v", "--verbose", nil, "print a traceback with every error" },
  { "-h", "--help", nil, "print this text" },
  { nil, "--version", nil, "print the versions of nsengine, Lua and the kernel" },
}

local head = [[
Usage: nsengine [OPTION...] RECIPE [ARG...]
       nsengine [OPTION...] -e CHUNK [ARG...]

Runs RECIPE, a program in Lua that makes sandboxes; "-" is standard input. The
arguments are its "..." and its table "arg".

Options:
]]

local tail = [[

Exit status: the recipe's own; 124 a time limit ended it; 125 nsengine or the
recipe failed; 126, 127 a command is not executable, not found; 128+N ended by
signal N.
]]

local function help()
  local lines = {}
  for _, option in ipairs(options) do
    local short, long, argument, text = table.unpack(option, 1, 4)
    local names = (short or "   ") .. (long and (short and ", " or " ") .. long or "")
    lines[#lines + 1] = ("  %-20s %s\n"):format(argument and names .. " " .. argument or names, text)
  end
  return head .. table.concat(lines) .. tail
end

local by_name = {}
for _, option in ipairs(options) do
  if option[1] then by_name[option[1]] = option end
  if option[2] then by_name[option[2]] = option end
end

local function unknown(name)
  local near = require "nsengine.suggest"(name, by_name)
  error(("unknown option '%s'%s; see nsengine --help"):format(
    name, near and (" (did you mean '%s'?)"):format(near) or ""), 0)
end

--- Splits a command line: the options given, by their long names, and the index of the first word that
--- is none. An option with an argument is the last.
---@param words string[]
---@return table<string, string|true> given
---@return integer first
function M.parse(words)
  local given, i = {}, 1
  while i <= #words and words[i]:find("^%-.") do
    local word = words[i]
    i = i + 1
    if word == "--" then break end
    local option = by_name[word] or unknown(word)
    local argument = option[3]
    if argument and not words[i] then
      error(("option '%s' needs its %s; see nsengine --help"):format(word, argument), 0)
    end
    given[option[2] or option[1]] = argument and words[i] or true
    if argument then return given, i + 1 end
  end
  return given, i
end

--- Prints the answer to --help or --version; the exit status.
function M.tell(given, version)
  if given["--help"] then
    io.write(help())
  else
    local linux = require("nsengine.sys").uname().release
    io.write(("nsengine %s (%s, Linux %s)\n"):format(version, _VERSION, linux))
  end
  return 0
end

return M
