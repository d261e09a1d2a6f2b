--- What a hostile command gets out of a sandbox that a careless caller started: spec/support/dirty.c runs
--- spec/kernel/probe.c in any sandbox that a command line makes.

local support = require "support"
local tools = require "support.tools"

local M = {}

--- Runs the probe: `command` is the sandbox's command line, to which the probe's is added. Returns the checks in their
--- order, {{name =, allowed =, detail =}, ...}, or nil and the error.
---@param uid integer
---@param command string[]
---@param probe string|nil the probe's path inside, where that is another
---@param spared boolean|nil the caller does not ignore SIGCHLD, which some sandboxes cannot bear
function M.run(uid, command, probe, spared)
  local found = tools.get()
  local dir <close> = support.tempdir()
  local line = { found.dirty, dir.path, tostring(uid) }
  if spared then table.insert(line, 2, "-c") end
  table.move(command, 1, #command, #line + 1, line)
  line[#line + 1] = probe or found.escapes
  local result = support.run(line)
  local checks = {}
  for name, verdict, detail in result.stdout:gmatch("([%w_]+) (%l+) ([^\r\n]*)") do
    if verdict == "allowed" or verdict == "denied" then
      checks[#checks + 1] = { name = name, allowed = verdict == "allowed", detail = detail }
    end
  end
  if not result.stdout:find("end of the probe", 1, true) then
    return nil, ("%s %s: %s"):format(result.code or "signal", result.signal or "", result.stderr)
  end
  return checks
end

--- The names of all checks, in their order.
function M.names()
  local names = {}
  for name in support.run { tools.get().escapes, "list" }.stdout:gmatch("%S+") do names[#names + 1] = name end
  return names
end

return M
