--- What the launcher reports about how a run ended: messages, exit statuses and the JSON of --result. Loaded only when
--- there is something to report.

local cli = require "nsengine.cli"
local sys = require "nsengine.sys"

local M = {}

local FAILED = 125 -- the exit status if nsengine or the recipe failed

local function say(format, ...)
  io.stderr:write("nsengine: ", format:format(...), "\n")
end

--- Prints a warning, unless -q.
function M.warn(message)
  if not cli.quiet then say("warning: %s", message) end
end

--- Warns about a command that the recipe did not use.
function M.unused()
  M.warn(cli.recipe .. ": takes no command: what follows '--' is ignored")
end

--- A word, quoted for a shell.
local function quoted(word)
  return word:find "^[%w_@%%+=:,./-]+$" and word or "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Warns about arguments of a recipe that looks at none.
---@param words string[]
---@param runs boolean a sandbox is about to run, and they may have been meant as its command
function M.dropped(words, runs)
  local list = {}
  for i, word in ipairs(words) do list[i] = quoted(word) end
  local ok, given, first = pcall(require("nsengine.options").parse, words)
  first = ok and not given["-e"] and math.min(first, #list + 1) or 1
  local message = ("%s: arguments not used: %s"):format(cli.recipe, table.concat(list, " "))
  local option, command = first > 1, runs and first <= #list and not cli.command
  if option or command then
    message = ("%s; %s: nsengine %s%s%s"):format(message,
      option and command and "options go before the recipe, a command after '--'"
        or option and "options go before the recipe" or "a command goes after '--'",
      option and table.concat(list, " ", 1, first - 1) .. " " or "", cli.recipe == "-e" and "-e CHUNK" or cli.recipe,
      command and " -- " .. table.concat(list, " ", first) or "")
  end
  M.warn(message)
end

--- Raises an error if the recipe returned nothing and did nothing with the sandbox that it described at `where`: an
--- exit status of 0 would tell the caller, such as CI, that the command had succeeded.
function M.idle(where)
  local message = require("nsengine.forgotten").message(where)
  if message then require("nsengine.error").recipe(where, nil, message) end
end

local function megabytes(result)
  return result.memory and (", %.1f MB"):format(result.memory / 1e6) or ""
end

local ended_by_us = { output = true, syscall = true }

--- Reports what the exit status does not show: warnings, and the limit or filter that ended the command.
function M.tell(result)
  for _, warning in ipairs(result.warnings) do M.warn(tostring(warning)) end
  if cli.verbose then
    say("%s: %s; %.2f s of CPU time%s", cli.recipe, tostring(result), result.cpu_time or 0, megabytes(result))
  elseif (result.limits[result.reason] or ended_by_us[result.reason]) and not cli.quiet then
    say("%s: %s", cli.recipe, tostring(result))
  end
  if cli.report then cli.report(result) end
end

--- The exit status for a command that succeeded, but whose output was lost on the way; nil if it was not.
function M.lost(result)
  for _, warning in ipairs(result.warnings) do
    if tostring(warning):find(require("nsengine.streams").LOST, 1, true) == 1 then
      if cli.quiet then say("%s", warning) end
      return FAILED
    end
  end
end

--- Writes what a returned sandbox captured: the recipe is over and cannot. With --result, the Result has it.
function M.pass_on(result)
  if cli.report then return end
  io.stdout:write(result.stdout or "")
  io.stderr:write(result.stderr or "")
end

--- Raises the error that kept a returned sandbox from running, with its place in the recipe.
function M.failed(box, err)
  if type(err) == "table" and err.where == "?" then
    if err.message:find("^no command:") then
      err.where, err.field = box.place("cmd"), "cmd"
      err.message = ("no command: cmd = { ... } in the sandbox, or nsengine %s -- COMMAND"):format(cli.recipe)
    else
      err.where = not cli.command and box.place("cmd") or cli.recipe
    end
  end
  error(err, 0)
end

-- Exit statuses -------------------------------------------------------------------------------------------------

--- The exit status for a Result, or for an error object that ended the recipe; nil for other values.
---@return integer|nil
function M.status(value)
  local meta = type(value) == "table" and getmetatable(value)
  local name = type(meta) == "table" and meta.__name
  if name == "nsengine.Result" then return value:status() end
  if name ~= "nsengine.Error" then return nil end
  if value.kind == "exec" then return value.errno == sys.ENOENT and 127 or 126 end
  return value.result and value.result:status() or FAILED
end

--- The exit status for what a recipe returned; must agree with the launcher (engine/bind/status.c).
local function status_of(first, how, number)
  if first == nil and how == "exit" then return number end
  if first == nil and how == "signal" then return 128 + number end
  if first == nil and how then return how == "timeout" and 124 or FAILED end
  if type(first) == "boolean" then return first and 0 or 1 end
  return math.type(first) == "integer" and first or first == nil and 0 or FAILED
end

-- The Result as a file ------------------------------------------------------------------------------------------

--- Opens a file for writing: a path, "-" for standard output, "fd:N" for an open descriptor. Truncated, unless `keep`.
function M.sink(name, option, keep)
  if name == "-" then return io.stdout end
  local number = math.tointeger(name:match("^fd:(%d+)$"))
  local fd, message
  if number then
    fd, message = sys.dup(number)
  else
    fd, message = sys.open(name, sys.O_WRONLY | sys.O_CREAT | (keep and 0 or sys.O_TRUNC), 438) -- 0666
  end
  if not fd then error(("option '%s': %s"):format(option, message), 0) end
  return fd
end

--- What an option logs: to standard error, or a file as above. A file that could not be written to ends the run with
--- an error, once it is over.
---@param name string|true
---@param option string
function M.log(name, option)
  local sink, failure = name == true and io.stderr or M.sink(name, option), nil
  return setmetatable({
    write = function(_, text)
      local ok, message = sink:write(text)
      if not ok and name ~= true then failure = failure or message end
    end,
  }, {
    __close = function(_, err)
      if failure and err == nil then error(("option '%s': %s"):format(option, failure), 0) end
    end,
  })
end

--- The members, in order.
local fields = {
  "ok", "reason", "code", "signal", "status", "message", "kind", "where", "field", "op", "errno", "hint",
}

--- For a recipe that failed: an object with reason "error", and what the error object knows.
local function error_json(err)
  local known = type(err) == "table" and err or {}
  local ok, text = pcall(tostring, err)
  return require("nsengine.json").encode({
    ok = false, reason = "error", status = M.status(err) or FAILED,
    message = known.message or ok and text or "an error that cannot be printed", kind = known.kind or "recipe",
    where = known.where, field = known.field, op = known.op, errno = known.errno, hint = known.hint,
  }, fields)
end

--- For a recipe that returned an exit status instead of a Result.
local function status_json(status)
  local signal = status > 128 and status < 193 and status - 128 or nil
  local reason = status == 0 and "ok" or status == 124 and "wall_time" or signal and "signal" or "exit"
  return require("nsengine.json").encode({
    ok = status == 0, reason = reason, code = not signal and status or nil, signal = signal, status = status,
  }, fields)
end

--- A to-be-closed value that writes the Result when the run is over, however it ends.
---@param name string FILE, "-" or "fd:N"
function M.reporter(name)
  if not pcall(require, "cjson") then
    error("option '--result' needs the Lua module cjson: apt install lua-cjson", 0)
  end
  local sink = M.sink(name, "--result")
  local text
  cli.report = function(result) text = result:json() end
  return setmetatable({
    --- Notes what the recipe returned.
    note = function(...) text = text or status_json(status_of(...)) end,
  }, {
    __close = function(_, err)
      local ok, message = sink:write((text or error_json(err == nil and "the recipe called os.exit" or err)) .. "\n")
      if not ok then error("option '--result': " .. message, 0) end
      if sink ~= io.stdout then sink:close() end
    end,
  })
end

return M
