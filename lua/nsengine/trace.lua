--- --trace: each step of every sandbox started, with its result and time.

local sys = require "nsengine.sys"

local M = {}

--- The kernel calls of a step with its arguments, as --explain has them.
local function call(step)
  return require("nsengine.explain").call_text(step.calls or step.step, table.concat(step.args, ", "))
end

--- "  12.3 us  hostname     sethostname("box") = 0   # recipe.lua:7: hostname"
local function line(step, seconds, result)
  return ("%9s  %-12s %s = %s  # %s: %s\n"):format(seconds and ("%.1f us"):format(seconds * 1e6) or "-", step.step,
    call(step), result, step.where or "?", step.field)
end

--- The lines for one start. detail: what plan:spawn returned about a failure, or nil.
local function lines(job, done, errno, detail)
  local explained = require("nsengine.explain").table(job.description, job.spec)
  local text = { ("%9s  clone3 %s\n"):format("", table.concat(explained.header.flags, "|")) }
  for _, entry in ipairs(done) do
    text[#text + 1] = line(explained.steps[entry.step], entry.seconds, 0)
  end
  local name = errno and sys.errname(errno) or "?"
  if detail and detail.step then
    text[#text + 1] = line(explained.steps[detail.step], nil, ("-1 %s (%s)"):format(name, detail.call or "?"))
  elseif detail then
    text[#text + 1] = ("%9s  %s = -1 %s\n"):format("-", detail.call or detail.stage, name)
  end
  local argv = {}
  for i, word in ipairs(job.argv) do argv[i] = ("%q"):format(word) end
  if not detail then text[#text + 1] = ("%9s  execve %s\n"):format("", table.concat(argv, ", ")) end
  return table.concat(text)
end

--- Wraps a plan so that it writes what its spawns did.
local function traced(plan, job, sink)
  return {
    spawn = function(_, how)
      how.trace = true
      local child, message, errno, detail = plan:spawn(how)
      local done = child and child:trace() or detail and detail.trace or {}
      sink:write(lines(job, done, errno, not child and (detail or {}) or nil))
      return child, message, errno, detail
    end,
  }
end

--- Traces all sandboxes started from now on.
---@param name string|true a file, "-", "fd:N"; true: standard error
---@return table log to close at the end
function M.start(name)
  local sink = require("nsengine.outcome").log(name, "--trace")
  local process = require "nsengine.process"
  local spawn = process.spawn
  process.spawn = function(job)
    job.plan = traced(job.plan, job, sink)
    return spawn(job)
  end
  return sink
end

return M
