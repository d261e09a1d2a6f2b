--- The command line of the launcher. The common one, `nsengine RECIPE ARG...`, is dealt with here; all
--- that begins with an option is the matter of nsengine.options, loaded only then: every line that is
--- compiled costs each launch a microsecond.

--- verbose and recipe are read by the launcher when something failed.
local M = { verbose = false, recipe = "nsengine" }

--- Runs a recipe; the values are its own. `chunk` is its source, or nil for a file.
local function run(path, chunk, words, first)
  M.recipe = path
  local arguments = table.move(words, first, #words, 1, { [0] = path })
  local recipe, message = require("nsengine.recipe").load(path, chunk, arguments)
  if not recipe then error(message, 0) end
  return recipe(table.unpack(arguments))
end

--- Runs what the command line says.
---@param version string
---@param ... string the command line without its first word
function M.main(version, ...)
  local words = { ... }
  local path = words[1]
  if path and (path == "-" or path:byte() ~= 45) then return run(path, nil, words, 2) end
  local options = require "nsengine.options"
  local given, first = options.parse(words)
  M.verbose = given["--verbose"] or false
  if given["--help"] or given["--version"] then
    return options.tell(given, version)
  elseif given["-e"] then
    return run("-e", given["-e"], words, first)
  elseif not words[first] then
    error("no recipe: write 'nsengine RECIPE', or see nsengine --help", 0)
  end
  return run(words[first], nil, words, first + 1)
end

return M
