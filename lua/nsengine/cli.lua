--- The command line of the launcher.

local suggest = require "nsengine.suggest"

--- verbose and recipe are read by the launcher when something failed.
local M = { verbose = false, recipe = "nsengine" }

--- The options, for the parser and for --help: {short, long, argument, text}.
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
    local names = table.concat({ option[1] or "   ", option[2] }, option[1] and option[2] and ", " or " ")
    lines[#lines + 1] = ("  %-20s %s\n"):format(option[3] and names .. " " .. option[3] or names, option[4])
  end
  return head .. table.concat(lines) .. tail
end

local by_name = {}
for _, option in ipairs(options) do
  if option[1] then by_name[option[1]] = option end
  if option[2] then by_name[option[2]] = option end
end

local function unknown(name)
  local near = suggest(name, by_name)
  error(("unknown option '%s'%s; see nsengine --help"):format(
    name, near and (" (did you mean '%s'?)"):format(near) or ""), 0)
end

--- Splits the command line: the options given, and the index of the first word that is none.
local function parse(words)
  local given, i = {}, 1
  while i <= #words and words[i]:find("^%-.") do
    local word = words[i]
    i = i + 1
    if word == "--" then break end
    local option = by_name[word] or unknown(word)
    local key = option[2] or option[1]
    given[key] = true
    if option[3] then
      given[key] = words[i] or error(("option '%s' needs its %s; see nsengine --help"):format(word, option[3]), 0)
      return given, i + 1
    end
  end
  return given, i
end

--- Runs what the command line says; the values are those of the recipe.
---@param version string
---@param ... string the command line without its first word
function M.main(version, ...)
  local words = { ... }
  local given, first = parse(words)
  M.verbose = given["--verbose"] or false
  if given["--help"] then
    io.write(help())
    return 0
  elseif given["--version"] then
    local linux = require("nsengine.sys").uname().release
    io.write(("nsengine %s (%s, Linux %s)\n"):format(version, _VERSION, linux))
    return 0
  end
  local chunk = given["-e"]
  local path = chunk and "-e" or words[first]
  if not path then error("no recipe: write 'nsengine RECIPE', or see nsengine --help", 0) end
  M.recipe = path
  local arguments = table.move(words, chunk and first or first + 1, #words, 1, { [0] = path })
  local recipe, message = require("nsengine.recipe").load(path, chunk, arguments)
  if not recipe then error(message, 0) end
  return recipe(table.unpack(arguments))
end

return M
