--- How a sandbox ended: data, whatever the command did. See docs for the fields.

local M = {}

--- A finished sandbox.
---@class nsengine.Result
---@field ok boolean the command exited with status 0, within all limits
---@field reason "ok"|"exit"|"signal"|"syscall"|"cpu_time"|"wall_time"|"output" the true cause of the end
---@field code integer|nil its exit status
---@field signal integer|nil the signal that killed it
---@field wall_time number seconds from exec to the end
---@field cpu_time number|nil seconds of CPU time, of all its processes that were waited for
---@field cpu_user number|nil the part of it in user mode
---@field cpu_system number|nil the part of it in the kernel
---@field memory integer|nil the peak of the resident memory of its largest process, in bytes
---@field stdout string|nil what was captured
---@field stderr string|nil
---@field truncated boolean whether limits.output cut what it wrote
---@field enforced table<string, string> which mechanism held which limit
---@field warnings any[] what was optional and could not be done
---@field limits table<string, number> the limits of the run, in seconds and bytes
---@field command string|nil the program
---@field denied nsengine.Denial[]|nil what was denied to it, where `denied` asks for that
local Result = {}
Result.__name = "nsengine.Result"

--- A method; nil for a field that it may lack; a misspelt one raises.
function Result.__index(_, name)
  return Result[name] or require("nsengine.report").absent(name)
end

local SIGKILL, SIGXCPU, SIGSYS = 9, 24, 31

--- What ended it. `cause` is what the supervisor killed it for; a payload that ended by itself just before the
--- deadline's SIGKILL was not stopped, but one that wrote too much did write too much.
local function reason(ending, limits, kills)
  local killed = ending.how == "signal" and ending.number
  if ending.cause == "output" or (ending.cause == "wall_time" and killed == SIGKILL) then return ending.cause end
  local limit, used = limits.cpu_time, ending.usage.cpu_user and ending.usage.cpu_user + ending.usage.cpu_system or 0
  if limit and (killed == SIGXCPU or used > limit or (killed == SIGKILL and used >= limit)) then return "cpu_time" end
  if killed == SIGSYS and kills then return "syscall" end
  if killed then return "signal" end
  return ending.number == 0 and "ok" or "exit"
end

--- What was optional and could not be done, and what the engine itself could not.
local function warnings_of(description, usage)
  local warnings = description.warnings or {}
  if not usage.lost then return warnings end
  warnings = table.move(warnings, 1, #warnings, 1, {})
  warnings[#warnings + 1] = "the sandbox's init ended without telling how the command did, which was killed with it"
  return warnings
end

--- Makes a Result.
---@param ending table how, number: of process:wait; cause, wall_time, usage, truncated, stdout, stderr
---@param job table limits, argv, description
---@return nsengine.Result
function M.new(ending, job)
  local usage, description, limits = ending.usage, job.description or {}, job.limits or {}
  local why = reason(ending, limits, description.kills)
  return setmetatable({
    ok = why == "ok",
    reason = why,
    code = ending.how == "exit" and ending.number or nil,
    signal = ending.how == "signal" and ending.number or nil,
    wall_time = ending.wall_time,
    cpu_time = usage.cpu_user and usage.cpu_user + usage.cpu_system,
    cpu_user = usage.cpu_user,
    cpu_system = usage.cpu_system,
    memory = usage.memory,
    stdout = ending.stdout,
    stderr = ending.stderr,
    truncated = ending.truncated or false,
    enforced = description.enforced or {},
    warnings = warnings_of(description, usage),
    limits = limits,
    command = job.argv and job.argv[1],
    denied = ending.listener and ending.listener:denied(),
  }, Result)
end

--- One sentence: "exited with status 3 after 0.12 s".
function Result:__tostring()
  return require("nsengine.report").sentence(self)
end

--- The result itself when the command succeeded; raises an error object of kind "command" otherwise.
---@return nsengine.Result
function Result:check()
  if self.ok then return self end
  error(require("nsengine.error").new {
    kind = "command",
    message = (self.command and self.command .. ": " or "") .. tostring(self),
    result = self,
  }, 0)
end

--- What a shell would see: the command's exit status; 124 for a time limit, as timeout(1); 128 + N for signal N.
--- A command that wrote more than limits.output was killed: 137, as for every other limit but time, and also when
--- it ended by itself before the signal came.
---@return integer
function Result:status()
  if self.reason == "wall_time" or self.reason == "cpu_time" then return 124 end
  if self.reason == "output" then return 128 + SIGKILL end
  return self.code or 128 + self.signal
end

--- One line of JSON, the fields always in the same order, those that are nil left out. Strings of JSON hold text
--- and not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each byte that is not, and
--- "stdout_base64" the true bytes (so for stderr).
---@return string
function Result:json()
  return require("nsengine.report").json(self)
end

return M
