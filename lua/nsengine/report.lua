--- A Result as a sentence and as JSON, and the errors for fields that it never has. Loaded on demand.

local sys = require "nsengine.sys"

local M = {}

-- The sentence --------------------------------------------------------------------------------------------------

--- "SIGSEGV", or "signal 35" without a name.
local function signal_name(number)
  for name, value in pairs(sys) do
    -- Aliases: SIGIOT is SIGABRT, SIGPOLL is SIGIO, SIGCLD is SIGCHLD.
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
    return ("stopped after %d bytes of output (the limit) and %.2f s"):format(self.limits.output or self.limits.capture,
      self.wall_time)
  end,
  syscall = function(self)
    return ("killed after %.2f s for a system call that the sandbox forbids"):format(self.wall_time)
  end,
  cpu_time = function(self)
    local how = self.signal and "stopped" or ending(self)
    return ("%s after %.2f s of CPU time (limit %g s)"):format(how, self.cpu_time or 0, self.limits.cpu_time)
  end,
}

--- The sentence for a limit that is not one of time.
local function limit_text(name, unit)
  return function(self)
    local limit = self.limits[name]
    return ("%s after %.2f s: it reached its limit of %s"):format(ending(self), self.wall_time,
      limit and ("%d %s"):format(limit, unit) or name)
  end
end

sentences.memory = limit_text("memory", "bytes of memory")
sentences.pids = limit_text("pids", "processes")
sentences.disk = limit_text("disk", "bytes in its file systems")

--- See tostring(result).
---@param self nsengine.Result
---@return string
function M.sentence(self)
  local sentence = sentences[self.reason]
  return sentence and sentence(self) or ("%s after %.2f s"):format(ending(self), self.wall_time)
end

-- Missing fields ------------------------------------------------------------------------------------------------

--- All fields and methods of a Result.
local known = {
  ok = true, reason = true, code = true, signal = true, wall_time = true, cpu_time = true, cpu_user = true,
  cpu_system = true, memory = true, pids = true, io_read = true, io_written = true, disk = true, csw_voluntary = true,
  csw_forced = true, stdout = true, stderr = true, truncated = true, enforced = true, warnings = true,
  limits = true, command = true, denied = true, check = true, status = true, json = true,
}

--- nil for an optional field of a Result; raises for a name that no Result has.
function M.absent(name)
  if known[name] then return nil end
  local is = require("nsengine.instead").result[name]
  if is then error(("a result has no '%s' (use '%s')"):format(name, is), 3) end
  error(("a result has no '%s'%s"):format(tostring(name), require "nsengine.did_you_mean"(name, known)), 3)
end

--- The same for a Process, with its `methods`: it is easily taken for its Result. Lua itself looks up metamethods.
function M.not_of_process(name, methods)
  if name == "stdin" or name == "stdout" or name == "stderr" or tostring(name):find "^__" then return nil end
  if known[name] or name == "result" or require("nsengine.instead").result[name] then
    error(("a process has no '%s': process:wait() returns its result, ns.wait the process and its result")
      :format(name), 3)
  end
  error(("a process has no '%s'%s"):format(tostring(name), require "nsengine.did_you_mean"(name, methods)), 3)
end

-- JSON ----------------------------------------------------------------------------------------------------------

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- The two characters for each value of 12 bits.
local function letter_pairs()
  local list = {}
  for high = 1, 64 do
    for low = 1, 64 do list[#list + 1] = alphabet:sub(high, high) .. alphabet:sub(low, low) end
  end
  return list
end

--- How many bytes are encoded at once: one table for everything captured would be many times as large.
local BLOCK <const> = 3 << 10

--- RFC 4648.
local function base64(text)
  local pair, blocks = letter_pairs(), {}
  local whole = #text - #text % 3
  for from = 1, whole, BLOCK do
    local parts, n = {}, 0
    for i = from, math.min(from + BLOCK, whole) - 1, 3 do
      local a, b, c = text:byte(i, i + 2)
      parts[n + 1], parts[n + 2] = pair[(a << 4 | b >> 4) + 1], pair[((b & 15) << 8 | c) + 1]
      n = n + 2
    end
    blocks[#blocks + 1] = table.concat(parts)
  end
  local a, b = text:byte(whole + 1, #text)
  if b then
    blocks[#blocks + 1] = pair[(a << 4 | b >> 4) + 1] .. pair[((b & 15) << 8) + 1]:sub(1, 1) .. "="
  elseif a then
    blocks[#blocks + 1] = pair[(a << 4) + 1] .. "=="
  end
  return table.concat(blocks)
end

--- The members, in order.
local fields = {
  "ok", "reason", "code", "signal", "signal_name", "status", "message", "wall_time", "cpu_time", "cpu_user",
  "cpu_system", "memory", "pids", "io_read", "io_written", "disk", "csw_voluntary", "csw_forced",
  "stdout", "stdout_base64", "stderr", "stderr_base64", "truncated", "enforced", "warnings",
  "denied",
  -- those of a denial
  denied = { "call", "path", "address", "errno", "why", "directory", "field", "where", "add", "count" },
}

--- The list of what was denied.
local function denials(list)
  local copies = {}
  for i, denial in ipairs(list) do
    copies[i] = {}
    for _, name in ipairs(fields.denied) do copies[i][name] = denial[name] or nil end
  end
  return copies
end

--- See result:json.
---@param self nsengine.Result
---@return string
function M.json(self)
  local json = require "nsengine.json"
  local values = { status = self:status(), message = tostring(self), warnings = {}, enforced = json.object() }
  if self.signal then values.signal_name = signal_name(self.signal) end
  for _, name in ipairs { "stdout", "stderr" } do
    local text = self[name]
    if text and not utf8.len(text) then values[name .. "_base64"] = base64(text) end
  end
  for i, warning in ipairs(self.warnings) do values.warnings[i] = tostring(warning) end
  for name, mechanism in pairs(self.enforced) do values.enforced[name] = tostring(mechanism) end
  values.denied = self.denied and denials(self.denied)
  for _, name in ipairs(fields) do
    if values[name] == nil then values[name] = rawget(self, name) end
  end
  return json.encode(values, fields)
end

return M
