--- Recipes embedded in a program: called by engine/recipe/engine.c. An engine has one recipe, and numbered runs.

local cli = require "nsengine.cli"
local recipe = require "nsengine.recipe"
local sys = require "nsengine.sys"

local M = {}

local box
local runs, count = {}, 0

--- Replaces functions that end or replace the program, which an embedded recipe must not do.
local function refuse(name)
  return function()
    error(name .. ": an embedded recipe cannot end the program; return the sandbox instead", 2)
  end
end

--- Prepares the Lua state. log(text) receives warnings; nil: they are dropped.
function M.begin(log)
  os.exit = refuse "os.exit" -- luacheck: ignore 122
  rawset(sys, "exec", refuse "sys.exec")
  cli.log = log or function() end
end

--- Loads a recipe and runs it; it must return a sandbox.
---@param path string
---@param source string|nil
---@param arguments string[]
function M.load(path, source, arguments)
  box, cli.recipe = nil, path
  arguments[0] = path
  local chunk, message = recipe.load(path, source, arguments)
  if not chunk then error(message, 0) end
  local value = chunk(table.unpack(arguments))
  local meta = type(value) == "table" and getmetatable(value)
  if not meta or meta.__name ~= "nsengine.Sandbox" then
    error(("%s: returned %s; an embedded recipe must return ns.sandbox { ... }"):format(path,
      type(meta) == "table" and meta.__name or type(value)), 0)
  end
  box = value
end

local function loaded()
  return box or error("no recipe is loaded", 0)
end

---@param kind "text"|"json"
function M.explain(kind)
  return loaded():explain(kind)
end

--- Raises why a command could not be started, with a position in the recipe: the call itself is in C.
local function failed(err, given)
  if type(err) == "table" and err.where == "?" then
    if err.message:find "^no command:" then
      err.where, err.field = box.place "cmd", "cmd"
      err.message = "no command: argv is NULL, and the recipe has no cmd = { ... }"
    elseif err.kind == "exec" then
      err.where = given[1] and cli.recipe or box.place "cmd"
    else
      err.where = nil
    end
  end
  error(err, 0)
end

--- Starts a command: returns the number of the run, and a descriptor that becomes readable when it ends.
---@param argv string[]|nil
---@param stdin integer|nil
---@param stdout integer|nil
---@param stderr integer|nil
function M.spawn(argv, stdin, stdout, stderr)
  local given = argv or {}
  given.stdin, given.stdout, given.stderr = stdin, stdout, stderr
  local ok, process = pcall(require("nsengine.sandbox").begin, loaded(), given)
  if not ok then failed(process, given) end
  count = count + 1
  local pidfd = assert(process:pidfd())
  runs[count] = { process = process, pidfd = pidfd }
  return count, pidfd:fileno()
end

--- The values of struct nse_result once it has ended; nil before.
---@param number integer
---@param seconds number|nil
function M.wait(number, seconds)
  local run = runs[number]
  local result = run.result or run.process:wait(seconds)
  if not result then return nil end
  if not run.result then
    run.result = result
    for _, warning in ipairs(result.warnings) do cli.log(tostring(warning)) end
  end
  return result.code or 0, result.signal or 0, result.wall_time, result.cpu_user or 0, result.cpu_system or 0,
    result.memory or -1, result.reason == "wall_time", run.process.task.usage.lost
end

function M.kill(number, signal)
  return runs[number].process:kill(signal)
end

function M.json(number)
  return (runs[number].result or error("it has not ended", 0)):json()
end

function M.close(number)
  local run = runs[number]
  runs[number] = nil
  if not run then return end
  run.process:close()
  run.pidfd:close()
end

return M
