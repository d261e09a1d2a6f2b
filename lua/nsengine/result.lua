--- How a sandbox ended: data, whatever the command did. See docs for the fields.

local M = {}

--- A finished sandbox.
---@class nsengine.Result
---@field ok boolean the command exited with status 0, within all limits
---@field reason "ok"|"exit"|"signal"|"cpu_time"|"wall_time"|"output" the true cause of the end
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
local Result = {}
Result.__index = Result
Result.__name = "nsengine.Result"

local SIGKILL, SIGXCPU = 9, 24

--- What ended it. `cause` is what the supervisor killed it for; a payload that ended by itself just before the
--- deadline's SIGKILL was not stopped, but one that wrote too much did write too much.
local function reason(ending, limits)
  local killed = ending.how == "signal" and ending.number
  if ending.cause == "output" or (ending.cause == "wall_time" and killed == SIGKILL) then return ending.cause end
  local limit, used = limits.cpu_time, ending.usage.cpu_user and ending.usage.cpu_user + ending.usage.cpu_system or 0
  if limit and (killed == SIGXCPU or used > limit or (killed == SIGKILL and used >= limit)) then return "cpu_time" end
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
  local why = reason(ending, limits)
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
  }, Result)
end

--- "SIGSEGV"; "signal 35" where it has no name.
local function signal_name(number)
  local sys = require "nsengine.sys"
  for name, value in pairs(sys) do
    -- SIGIOT and SIGPOLL are other names of SIGABRT and SIGIO.
    if value == number and name:find("^SIG%u") and name ~= "SIGIOT" and name ~= "SIGPOLL" and name ~= "SIGCLD" then
      return name
    end
  end
  return "signal " .. number
end

--- How the command itself ended, without the time.
local function ending(self)
  return self.code and "exited with status " .. self.code or "killed by " .. signal_name(self.signal)
end

local sentences = {
  wall_time = function(self)
    return ("stopped after %.2f s (limit %g s)"):format(self.wall_time, self.limits.wall_time)
  end,
  output = function(self)
    return ("stopped after %d bytes of output (the limit) and %.2f s"):format(self.limits.output, self.wall_time)
  end,
  cpu_time = function(self)
    local how = self.signal and "stopped" or ending(self)
    return ("%s after %.2f s of CPU time (limit %g s)"):format(how, self.cpu_time or 0, self.limits.cpu_time)
  end,
}

--- One sentence: "exited with status 3 after 0.12 s".
function Result:__tostring()
  local sentence = sentences[self.reason]
  return sentence and sentence(self) or ("%s after %.2f s"):format(ending(self), self.wall_time)
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

-- JSON ----------------------------------------------------------------------------------------------------------

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- RFC 4648.
local function base64(text)
  local parts = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    local quad = {}
    for k = 1, 4 do
      local at = (bits >> (24 - 6 * k) & 63) + 1
      quad[k] = alphabet:sub(at, at)
    end
    if not b then quad[3] = "=" end
    if not c then quad[4] = "=" end
    parts[#parts + 1] = table.concat(quad)
  end
  return table.concat(parts)
end

--- The text with each byte that is not UTF-8 as U+FFFD.
local function readable(text)
  local parts, from = {}, 1
  while from <= #text do
    local _, bad = utf8.len(text, from)
    if not bad then break end
    parts[#parts + 1] = text:sub(from, bad - 1) .. "\u{FFFD}"
    from = bad + 1
  end
  return table.concat(parts) .. text:sub(from)
end

local fields = {
  "ok", "reason", "code", "signal", "signal_name", "status", "message", "wall_time", "cpu_time", "cpu_user",
  "cpu_system", "memory", "stdout", "stdout_base64", "stderr", "stderr_base64", "truncated", "enforced", "warnings",
}

--- One line of JSON, the fields always in the same order, those that are nil left out. Strings of JSON hold text
--- and not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each byte that is not, and
--- "stdout_base64" the true bytes (so for stderr).
---@return string
function Result:json()
  local encode = require("cjson").encode
  local values = { status = self:status(), message = tostring(self), warnings = {}, enforced = {} }
  if self.signal then values.signal_name = signal_name(self.signal) end
  for _, name in ipairs { "stdout", "stderr" } do
    local text = self[name]
    if text and not utf8.len(text) then
      values[name], values[name .. "_base64"] = readable(text), base64(text)
    end
  end
  for i, warning in ipairs(self.warnings) do values.warnings[i] = encode(tostring(warning)) end
  for name, mechanism in pairs(self.enforced) do
    table.insert(values.enforced, encode(name) .. ":" .. encode(tostring(mechanism)))
  end
  table.sort(values.enforced)
  local members = {}
  for _, name in ipairs(fields) do
    local value = values[name]
    if value == nil then value = self[name] end
    if name == "warnings" then
      value = "[" .. table.concat(value, ",") .. "]"
    elseif name == "enforced" then
      value = "{" .. table.concat(value, ",") .. "}"
    elseif value ~= nil then
      value = encode(value)
    end
    if value ~= nil then members[#members + 1] = encode(name) .. ":" .. value end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

return M
