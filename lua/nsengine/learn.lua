--- --learn: runs a command with access to the whole system, and writes a recipe with what it used.

local sys = require "nsengine.sys"

local M = {}

--- The sandbox to learn in: the host's files, network and environment, and this user. Calls that the default filter
--- would refuse are made, and noted. It confines nothing: the command is trusted as without a sandbox.
local function open_box(argv)
  local ns = require "nsengine"
  return ns.sandbox {
    fs = { ["/"] = ns.rw "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev },
    net = "host", user = "self", env = true, cwd = assert(sys.getcwd()), cmd = argv, denied = "learn", landlock = false,
  }
end

--- Runs the command; its Result, and what it was seen to use.
local function run(argv)
  local results, uses = require "nsengine.result", {}
  local new = results.new
  results.new = function(ending, job)
    uses = ending.listener.observer.uses
    return new(ending, job)
  end
  local result = require("nsengine.sandbox").launch(open_box(argv))
  results.new = new
  return result, uses
end

--- Finds a command as execvp(3) does.
local function which(name)
  if name:find("/", 1, true) then return name end
  for directory in ((os.getenv "PATH" or "/usr/bin:/bin") .. ":"):gmatch("([^:]*):") do
    local path = directory .. "/" .. name
    if sys.stat(path) then return path end
  end
  return name
end

--- Runs the command on the command line; returns its exit status.
---@param name string the file to write, "-", "fd:N"
---@param words string[]
---@param first integer
function M.run(name, words, first)
  local argv = table.move(words, first, #words, 1, {})
  if not argv[1] then error("option '--learn' needs a command: nsengine --learn FILE COMMAND...", 0) end
  local outcome = require "nsengine.outcome"
  local fresh = not sys.stat(name)
  outcome.sink(name, "--learn", true) -- fail now: the command may take hours
  if fresh then os.remove(name) end -- and may never finish
  local result, uses = run(argv)
  local sink = outcome.sink(name, "--learn")
  local cwd = assert(sys.getcwd())
  local program = which(argv[1])
  table.insert(uses, 1, { path = program:sub(1, 1) == "/" and program or cwd .. "/" .. program, wish = "exec" })
  local ok, message = sink:write(require("nsengine.learned")(uses, argv, cwd))
  if not ok then error("option '--learn': " .. tostring(message), 0) end
  local cli = require "nsengine.cli"
  if not result.ok then
    outcome.warn(("the command %s: what it did not get to is missing from %s"):format(tostring(result), name))
  end
  cli.recipe = argv[1]
  if cli.verbose or cli.report then outcome.tell(result) end
  return result:status()
end

return M
