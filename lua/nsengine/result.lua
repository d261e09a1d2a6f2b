--- How a sandbox ended: data, whatever the command did. The fields are in docs/reference.md.

local M = {}

--- A finished sandbox.
---@class nsengine.Result
---@field ok boolean the command exited with status 0, within all limits
---@field reason "ok"|"exit"|"signal"|"syscall"|"memory"|"pids"|"cpu_time"|"wall_time"|"output"|"disk" why it ended
---@field code integer|nil the command's exit status
---@field signal integer|nil the signal that killed it
---@field wall_time number seconds from exec to the end
---@field cpu_time number|nil CPU seconds of all processes; without a control group, of those that were waited for
---@field cpu_user number|nil the part spent in user mode
---@field cpu_system number|nil the part spent in the kernel
---@field memory integer|nil peak in bytes. With a memory limit, of the whole sandbox, including files in tmpfs and what
---  the kernel kept for it; else of the resident memory of its largest process
---@field pids integer|nil peak of processes and threads, without the init; with a control group that counts them
---@field io_read integer|nil bytes read from disks; with limits.io, or where every group counts them
---@field io_written integer|nil bytes written to disks
---@field disk integer|nil with limits.disk, bytes in its tmpfs at the end
---@field csw_voluntary integer|nil context switches of processes that waited for something
---@field csw_forced integer|nil context switches of processes that were preempted
---@field stdout string|nil what was captured; nil without stdout = "capture"
---@field stderr string|nil what was captured; nil without stderr = "capture"
---@field truncated boolean whether limits.output cut off what it wrote
---@field enforced table<string, string> what enforced each limit: "cgroup2", "cgroup1", "rlimit", "tmpfs", "supervisor"
---@field warnings any[] what was optional and could not be done, and the like
---@field limits table<string, number> the limits of the run, in seconds and bytes
---@field command string|nil the first word of the command
---@field denied nsengine.Denial[]|nil what it was denied, if the field `denied` asks for that
local Result = {}
Result.__name = "nsengine.Result"

--- A method; nil for an optional field; raises for a misspelt one.
function Result.__index(_, name)
  return Result[name] or require("nsengine.report").absent(name)
end

local SIGKILL, SIGXCPU, SIGSYS = 9, 24, 31

--- What ended it. `cause` is why the supervisor killed it. A payload that ended by itself just before the deadline's
--- SIGKILL was not stopped; one that wrote too much did so, however it ended.
local function reason(ending, limits, kills)
  local killed = ending.how == "signal" and ending.number
  local figures = ending.figures or {}
  if figures.out_of_memory or ending.cause == "memory" then return "memory" end -- takes precedence over all others
  if (ending.cause == "pids" or ending.cause == "disk") and killed == SIGKILL then return ending.cause end
  if ending.cause == "output" or (ending.cause == "wall_time" and killed == SIGKILL) then return ending.cause end
  if ending.cause == "cpu_time" and killed == SIGKILL then return "cpu_time" end
  local limit, used = limits.cpu_time, figures.cpu_time
  used = used or ending.usage.cpu_user and ending.usage.cpu_user + ending.usage.cpu_system or 0
  -- A process can send itself SIGXCPU; the kernel sends it by its ticks, which are not so far off.
  if limit and (used > limit or used >= limit / 2 and killed == SIGXCPU or used >= limit and killed == SIGKILL) then
    return "cpu_time"
  end
  if killed == SIGSYS and kills then return "syscall" end
  if not killed and ending.number == 0 then return "ok" end
  if figures.disk_full then return "disk" end
  if (figures.pids_failures or 0) > 0 then return "pids" end
  return killed and "signal" or "exit"
end

--- What was optional and not available, and what the engine itself could not do.
local function warnings_of(description, ending)
  local warnings, own = description.warnings or {}, ending.warnings or {}
  local figures = ending.figures or {}
  local lost = ending.usage.lost and not figures.out_of_memory and not figures.killed_elsewhere
  warnings = table.move(warnings, 1, #warnings, 1, {})
  table.move(own, 1, #own, #warnings + 1, warnings)
  if lost then
    warnings[#warnings + 1] = "the sandbox's init ended without reporting how the command ended, and the command was "
      .. "killed with it"
  elseif figures.killed_elsewhere then
    warnings[#warnings + 1] = "the kernel killed one of its processes for lack of memory, but not because of this "
      .. "sandbox's limit"
  end
  return warnings
end

--- Makes a Result.
---@param ending table how, number: of process:wait; cause, wall_time, usage, truncated, stdout, stderr
---@param job table limits, argv, description
---@return nsengine.Result
function M.new(ending, job)
  local usage, description, limits = ending.usage, job.description or {}, job.limits or {}
  local figures = ending.figures or {}
  local counted = figures.cpu_time and figures or usage -- all processes, or only those waited for
  local why = reason(ending, limits, description.kills)
  local enforced = {} -- a copy, as of the warnings: the plan's tables belong to all its runs
  for name, mechanism in next, description.enforced or {} do enforced[name] = mechanism end
  return setmetatable({
    ok = why == "ok",
    reason = why,
    code = ending.how == "exit" and ending.number or nil,
    signal = ending.how == "signal" and ending.number or nil,
    wall_time = ending.wall_time,
    cpu_time = figures.cpu_time or usage.cpu_user and usage.cpu_user + usage.cpu_system,
    cpu_user = counted.cpu_user,
    cpu_system = counted.cpu_system,
    memory = figures.memory_peak or usage.memory,
    pids = figures.pids_peak,
    io_read = figures.io_read,
    io_written = figures.io_written,
    disk = figures.disk,
    csw_voluntary = usage.waited,
    csw_forced = usage.preempted,
    stdout = ending.stdout,
    stderr = ending.stderr,
    truncated = ending.truncated or false,
    enforced = enforced,
    warnings = warnings_of(description, ending),
    limits = limits,
    command = job.argv and job.argv[1],
    denied = ending.listener and ending.listener:denied(),
  }, Result)
end

--- One sentence: "exited with status 3 after 0.12 s".
function Result:__tostring()
  return require("nsengine.report").sentence(self)
end

--- Returns the result itself if the command succeeded, and raises an error object of kind "command" otherwise.
---@return nsengine.Result
function Result:check()
  if self.ok then return self end
  error(require("nsengine.error").new {
    kind = "command",
    message = (self.command and self.command .. ": " or "") .. tostring(self),
    result = self,
  }, 0)
end

--- The exit status as a shell would see it: the command's own; 124 for a time limit, as timeout(1); 128 + N for signal
--- N. A command that wrote more than limits.output gets 137 (SIGKILL), even if it ended by itself before the signal
--- came.
---@return integer
function Result:status()
  if self.reason == "wall_time" or self.reason == "cpu_time" then return 124 end
  if self.reason == "output" then return 128 + SIGKILL end
  return self.code or 128 + self.signal
end

--- One line of JSON. The fields are always in the same order; those that are nil are left out. JSON strings hold text,
--- not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each invalid byte, and "stdout_base64" the
--- true bytes; likewise for stderr.
---@return string
function Result:json()
  return require("nsengine.report").json(self)
end

return M
