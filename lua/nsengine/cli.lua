--- The command line of the launcher. The common form, `nsengine RECIPE ARG... [-- COMMAND...]`, is handled here.
--- Anything that starts with an option goes to nsengine.options, which is loaded only then: each loaded module makes
--- every launch slower.

--- verbose and recipe: read by the launcher, which prints errors. words: the recipe's arguments, if any.
--- command: the words after "--"; used: something took them. log: receives warnings instead of standard error.
--- report: receives the Result. start: called with a returned sandbox instead of running it.
local M = { verbose = false, quiet = false, recipe = "nsengine" }

--- Removes "--" and what follows it from the words.
local function split(words, first)
  for i = first, #words do
    if words[i] == "--" then
      if not words[i + 1] then error("no command after '--': write one, or leave out '--'", 0) end
      M.command = table.move(words, i + 1, #words, 1, {})
      for k = #words, i, -1 do words[k] = nil end
      return
    end
  end
end

local function class(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__name
end

--- Turns what a recipe returned into values that the launcher knows: a sandbox is run, a Result is its exit status.
local function finish(value, ...)
  local kind = class(value)
  if M.words and not require("nsengine.recipe").takes_arguments(M.recipe == "-" and "stdin" or M.recipe) then
    require("nsengine.outcome").dropped(M.words, kind == "nsengine.Sandbox")
  end
  if kind == "nsengine.Sandbox" then
    M.used = true
    local ok, result = pcall(M.start or require("nsengine.sandbox").launch, value, M.command)
    if not ok then return require("nsengine.outcome").failed(value, result) end
    if result.stdout or result.stderr then require("nsengine.outcome").pass_on(result) end
    value, kind = result, "nsengine.Result"
  end
  if M.command and not M.used then require("nsengine.outcome").unused() end
  if kind ~= "nsengine.Result" then
    local sandbox = value == nil and select("#", ...) == 0 and package.loaded["nsengine.sandbox"]
    if sandbox and sandbox.described and not sandbox.used then require("nsengine.outcome").idle(sandbox.described) end
    return value, ...
  end
  if M.verbose or M.report or value.reason ~= "ok" or value.warnings[1] then
    require("nsengine.outcome").tell(value)
  end
  return value.ok and value.warnings[1] and require("nsengine.outcome").lost(value) or value:status()
end

--- Runs a recipe and returns an exit status in one of the forms that the launcher knows. `chunk` is the recipe's
--- source, or nil for a file; its arguments are the words from `first` on.
function M.run(path, chunk, words, first)
  split(words, first)
  M.recipe = path
  local arguments = table.move(words, first, #words, 1, { [0] = path })
  local recipe, message = require("nsengine.recipe").load(path, chunk, arguments)
  if not recipe then error(message, 0) end
  M.words = arguments[1] and arguments
  return finish(recipe(table.unpack(arguments)))
end

--- Runs the command line.
---@param version string
---@param ... string the command line without its first word
function M.main(version, ...)
  local words = { ... }
  local path = words[1]
  if path and (path == "-" or path:byte() ~= 45) then return M.run(path, nil, words, 2) end
  return require("nsengine.options").run(words, version)
end

return M
