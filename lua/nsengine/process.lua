--- A running sandbox: starts it with its streams, ends it at its limits, and makes a Result of its end.

local sys = require "nsengine.sys"

local M = {}

--- A running sandbox. It is killed at the end of its `<close>` scope, when its handle is collected, and when this
--- program ends.
---@class nsengine.Process
---@field pid integer the sandbox's first process: its init, or the command where there is none
---@field stdin userdata|nil with "pipe": the FD that the program writes to
---@field stdout userdata|nil with "pipe": the FD that the program reads from
---@field stderr userdata|nil likewise
---@field private task table
---@field private listener nsengine.Listener|false
local Process = {}
Process.__index = Process
Process.__name = "nsengine.Process"
setmetatable(Process, { __index = function(_, name)
  local value = require("nsengine.report").not_of_process(name, Process)
  return value
end })

--- What is known of a running sandbox, apart from the Process: the poll loop holds it, but not the handle, whose
--- collection ends the sandbox. So nothing strong leads from here to the recipe's functions, which may know the handle.
local Task = {}
Task.__index = Task

--- All tasks that run. A wait for one keeps the deadlines of all.
local running = {}

-- Limits ----------------------------------------------------------------------------------------------------------

--- How long the init has to kill what is in the sandbox and to tell what it used, before it is killed itself.
local PATIENCE = 1

--- How much later than this program the init enforces the time limit. This program does so exactly, and first checks
--- what else may have held the command up; the init does when this program is busy elsewhere.
local GRACE = 1

--- The time limit that the init is told to enforce.
function M.time_of_init(wall_time)
  return wall_time and wall_time + GRACE
end

--- The next time at which something must happen, whoever waits.
local function set_deadline(task, time)
  task.deadline = time
  if task.loop then task.loop.at(task, time, function() task:expire() end) end
end

--- Ends the sandbox for a reason; the first one counts.
function Task:stop(cause)
  if self.how or self.cause then return end
  self.cause = cause
  if self.group or self.disk then require("nsengine.live").prepare_end(self) end
  self.child:finish()
  set_deadline(self, sys.monotonic() + PATIENCE)
end

--- The deadline has come: that of the payload, or that of its init; or it is time to look at what it used.
function Task:expire()
  self.deadline = nil
  if self.cause then
    self.child:finish(true)
  elseif self.group then
    local cause, again = require("nsengine.live").look(self, sys.monotonic())
    if cause then return self:stop(cause) end
    if again then set_deadline(self, again) end
  else
    self:stop "wall_time"
  end
end

--- Counts what the payload wrote, and whether it is kept in memory; returns what of it is within limits.output.
function Task:count(data, kept)
  local limit = self.limits.output or kept and self.limits.capture
  if not limit then return data end
  local room = math.max(0, limit - self.written)
  self.written = self.written + #data
  if #data <= room then return data end
  self.truncated = true
  self:stop("output")
  return data:sub(1, room)
end

-- The end ---------------------------------------------------------------------------------------------------------

--- Ends the sandbox for a mistake of this program's; who waits for it gets the error, the first one.
function Task:fail(err)
  self.failure = self.failure or err
  if not self.how then self:stop("error") end
end

--- What a wait returns at the end.
local function outcome(task)
  if task.failure then error(task.failure, 0) end
  return task.result
end

--- The listener of a sandbox whose calls functions of the recipe answer.
local function listener_of(task)
  return task.answered and task.answered.listener
end

--- No longer in the loop.
local function detach(task)
  running[task] = nil
  local listener = listener_of(task)
  if listener then listener:close() end
  if task.loop then
    task.loop.unwatch(task.child)
    if task.group and task.group.alarm then task.loop.unwatch(task.group.alarm) end
    task.loop.cancel(task)
    task.loop = nil
  end
end

--- Notes the triple of process:wait.
local function note_end(task, how, number)
  if how ~= "exit" and how ~= "signal" then error(how, 0) end
  task.how, task.number = how, number
  task.usage = task.child:usage() or {}
  -- A program that is busy notices the begin and the end late; the init enforces the time limit meanwhile.
  task.wall_time = task.usage.wall or sys.monotonic() - task.started
  if task.usage.timed_out then task.cause = task.cause or "wall_time" end
  detach(task)
  if task.group or task.disk then require("nsengine.live").conclude(task) end
  if not task.streams then return end
  task.streams:finish()
  if task.cause then
    -- A limit ends the run, even where nobody takes what was written before.
    require("nsengine.loop").at(task, sys.monotonic() + PATIENCE, function()
      if not task.streams:is_settled() then
        task.truncated = true
        task.streams:close()
      end
    end)
  end
end

--- The Result, once the payload has ended and all it wrote is delivered; else nil.
local function result_of(task)
  if task.result or not task.how then return task.result end
  local streams = task.streams
  if streams then
    if not streams:is_settled() then return end
    task.stdout, task.stderr = streams:text "stdout", streams:text "stderr"
  end
  if streams and task.cause then require("nsengine.loop").cancel(task) end
  task.listener = listener_of(task)
  task.result = require("nsengine.result").new(task, task.job)
  return task.result
end

-- Waiting ---------------------------------------------------------------------------------------------------------

--- Puts a task into the loop.
local function attach(task, loop)
  if task.loop or task.how then return end
  task.loop = loop
  loop.watch(task.child, "r", function(child)
    local _, how, number = child:wait(0)
    if how ~= "timeout" then note_end(task, how, number) end
  end)
  local listener = listener_of(task)
  if listener then listener:attach(loop) end
  if task.group and task.group.alarm then
    loop.watch(task.group.alarm, "r", function() require("nsengine.live").take_alarm(task) end)
  end
  if task.deadline then set_deadline(task, task.deadline) end
  if task.group then task.group:use_time(task.deadline) end
end

--- Waits with the kernel's own wait, when nothing else needs care: the way of a plain run.
local function wait_alone(task, deadline)
  require "nsengine.result" -- while the command runs, and not when the caller waits for us
  if task.group then task.group:use_time(task.deadline) end
  while not task.how do
    local limit = task.deadline
    local till = limit and deadline and math.min(limit, deadline) or limit or deadline
    local _, how, number = task.child:wait(till and math.max(0, till - sys.monotonic()))
    if how ~= "timeout" then
      note_end(task, how, number)
    elseif limit and sys.monotonic() >= limit then
      task:expire()
    else
      break
    end
  end
  return result_of(task)
end

--- Runs the loop until `done` gives something; nil when the time ran out.
local function wait_in_loop(done, deadline)
  local loop = require "nsengine.loop"
  for task in next, running do attach(task, loop) end
  return loop.run(done, deadline) or nil
end

--- The process that started what runs.
local home

--- The events to wait for, by descriptor, of a list as sys.poll takes it.
local function events_of(list)
  local events = {}
  for i = 1, #list do
    local fd, word = list[i][1], list[i][2] or "r"
    events[fd] = events[fd] and events[fd] ~= word and "rw" or word
  end
  return events
end

--- What a read, write or poll of the program waits with: the deadlines, streams and calls of all that run are handled,
--- or a command that waits for an answer would never print. A function that the loop calls waits by itself.
---@param list table[] as sys.poll takes it
---@param seconds number|nil
---@return boolean waited until one is ready or the time is over
local function serve(list, seconds)
  local loop = require "nsengine.loop"
  if loop.is_running() or home ~= sys.self() then return false end -- a fork of the program has nothing to mind
  local ready
  local events = events_of(list)
  local _ <close> = setmetatable({}, { __close = function()
    for fd in next, events do loop.unwatch(fd) end
  end })
  for fd, word in next, events do loop.watch(fd, word, function() ready = true end) end
  local function done()
    if ready then return true end
    for fd in next, events do -- process:close() may have closed it
      if not loop.is_watched(fd) then return true end
    end
  end
  wait_in_loop(done, seconds and sys.monotonic() + seconds)
  return true
end

--- Raises a mistake of the program's, at its line.
local function refuse(where, message)
  require("nsengine.error").recipe(where, nil, message)
end

--- The time at which a wait of `seconds` (a number, or "2s") ends; nil for one that does not.
local function deadline_of(where, seconds)
  if seconds == nil or seconds == math.huge then return nil end
  return sys.monotonic() + require("nsengine.kinds").duration(seconds, function(message) refuse(where, message) end)
end

--- The Result of a task, if there is one. It will have none any more when it was closed, also while we wait: by a
--- function that answers its system calls.
local function result_to_come(where, task)
  local result = result_of(task)
  if not result and task.closed then refuse(where, "the sandbox was closed") end
  return result
end

--- Waits until a deadline. It holds the Process, which its caller may not.
local function wait(where, process, deadline)
  local task = process.task
  if result_to_come(where, task) then return outcome(task) end
  local others = next(running)
  others = others and (others ~= task or next(running, task))
  local ended
  if task.streams or task.answered or others or (task.group and task.group.alarm) then
    ended = wait_in_loop(function() return result_to_come(where, task) end, deadline)
  else
    ended = wait_alone(task, deadline)
  end
  if ended then return outcome(task) end
  return nil, "timeout"
end

--- Waits until the sandbox ends, or the time is over.
---@param seconds number|string|nil 0.5, "500ms"; nil and math.huge wait without limit
---@return nsengine.Result|nil result
---@return "timeout"|nil timeout it is still running
Process.wait = sys.located(function(where, self, seconds)
  return wait(where, self, deadline_of(where, seconds))
end)

--- Waits until the first of several processes ends, and removes it from the list:
---
---     while #list > 0 do local process, result = ns.wait(list) ... end
---
---@param list nsengine.Process[]
---@param seconds number|string|nil
---@return nsengine.Process|nil process
---@return nsengine.Result|"timeout" result
M.wait = sys.located(function(where, list, seconds)
  local function first()
    for i = 1, #list do
      if result_to_come(where, list[i].task) then return i end
    end
  end
  if type(list) ~= "table" or getmetatable(list) == Process then
    refuse(where, ("bad argument #1 to 'wait' (a list of Processes expected, got %s)"):format(
      type(list) == "table" and "one Process; write process:wait()" or type(list)))
  end
  for i = 1, #list do -- and no ipairs, which takes a hole for the end
    local process = list[i]
    if getmetatable(process) ~= Process then
      refuse(where, ("bad argument #1 to 'wait' (entry %d: a Process expected, got %s)"):format(i, type(process)))
    elseif process.task.closed and not process.task.result then
      refuse(where, ("bad argument #1 to 'wait' (entry %d: a closed Process)"):format(i))
    end
  end
  if #list == 0 then refuse(where, "bad argument #1 to 'wait' (an empty list: nothing will ever end)") end
  local deadline = deadline_of(where, seconds)
  local i = first() or wait_in_loop(first, deadline)
  if not i then return nil, "timeout" end
  local process = table.remove(list, i)
  return process, outcome(process.task)
end)

-- Signals ---------------------------------------------------------------------------------------------------------

--- A signal's number: 15, "TERM" and "SIGTERM" are the same.
local function signal_number(where, signal)
  local function fail(message) refuse(where, message) end
  if type(signal) ~= "string" then return require("nsengine.kinds").integer(signal, fail, 0, 64) end
  local ok, number = pcall(function() return sys["SIG" .. signal:upper():gsub("^SIG", "")] end)
  if not ok then fail(number:gsub("^.-:%d+: ", "")) end -- an unknown name, with a suggestion, behind our own place
  return number
end

local function kill(task, number)
  local ok, message, errno = task.child:kill(number)
  if number == sys.SIGKILL and task.group then task.group:release() end -- what is paused does not die
  return ok, message, errno
end

--- Sends a signal to the command; SIGKILL ends the whole sandbox. SIGSTOP is refused where there is an init, which it
--- would stop instead of the command: use process:pause().
---
--- Only the command itself gets it, not its children: a shell may handle a signal only when the program that it runs
--- has ended. Let the shell `exec` that program, or use SIGKILL. With tty = true and stdin = "pipe", writing "\3" to
--- the process's stdin is Ctrl-C, which the terminal sends to the program in the foreground and the shell alike.
---@param signal string|integer|nil "TERM", "SIGTERM" or 15; SIGKILL by default
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; EINVAL: SIGSTOP where there is an init
Process.kill = sys.located(function(where, self, signal)
  return kill(self.task, signal and signal_number(where, signal) or sys.SIGKILL)
end)

--- Ends the sandbox gently: sends SIGTERM to the command, and SIGKILL if it still runs after `seconds`.
---@param seconds number|string|nil 10 by default
---@return nsengine.Result
Process.stop = sys.located(function(where, self, seconds)
  local task, deadline = self.task, deadline_of(where, seconds or 10)
  if not task.how and not task.closed then kill(task, sys.SIGTERM) end
  local result = wait(where, self, deadline)
  if not result then
    kill(task, sys.SIGKILL)
    result = wait(where, self)
  end
  return result
end)

--- Returns a descriptor, pidfd_open(2), that becomes readable when the sandbox has ended: for another event loop. The
--- caller closes it. That loop must call process:wait(0) then, and from time to time before: that enforces time limits
--- and collects captured output.
---@return userdata|nil fd
---@return string|nil message
---@return integer|nil errno ESRCH: it has been waited for
function Process:pidfd()
  return self.task.child:fd()
end

-- While it runs ---------------------------------------------------------------------------------------------------

--- Tells what the sandbox uses now. Figures that nothing here counts are nil: those of the whole sandbox need a
--- control group, which the limits on memory, pids and processors make.
---@return table usage seconds: wall_time, cpu_time, cpu_user, cpu_system; bytes: memory, memory_peak, io_read,
---  io_written; and pids
function Process:usage()
  return require("nsengine.live").usage(self.task)
end

--- Changes limits of the running sandbox: process:limit { memory = "512M", wall_time = "1min" }. wall_time counts from
--- the start. Limits that need a control group can change only if it has one; those of setrlimit(2) cannot. What cannot
--- be changed is an error.
---@param limits table as in limits = { ... }
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; EAGAIN: its init is stopped
Process.limit = sys.located(function(where, self, limits)
  return require("nsengine.live").limit(self.task, limits, where, set_deadline)
end)

--- Suspends all processes of the sandbox; its wall_time goes on. It needs a control group.
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; ENOTSUP: it has no control group
function Process:pause()
  return require("nsengine.live").freeze(self.task, true)
end

--- Resumes a paused sandbox.
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; ENOTSUP: it has no control group
function Process:resume()
  return require("nsengine.live").freeze(self.task, false)
end

--- Returns the steps that were recorded, if the run asked for a trace.
function Process:trace()
  return self.task.child:trace()
end

-- The handle ------------------------------------------------------------------------------------------------------

--- Ends a Process that is no longer referenced. Its pipes may still be.
function Process:__gc()
  local task = self.task
  if task.closed then return end
  local _ <close> = setmetatable({}, { __close = function() task.child:close() end })
  task.closed = true
  detach(task)
  if self.listener then self.listener:close() end -- when we are collected, nothing weak leads to it any more
  if task.streams then
    if task.cause then require("nsengine.loop").cancel(task) end
    task.streams:close()
  end
  if task.group or task.disk then
    if task.group and not task.how then task.group:release() end
    task.child:close() -- before its group can be removed
    require("nsengine.live").drop(task)
  end
end

--- Kills the sandbox if it still runs, and releases what it had: descriptors, also the program's ends of its pipes, and
--- the caller's terminal.
function Process:close()
  self:__gc()
  for _, fd in next, self.task.streams and self.task.streams.program or {} do
    require("nsengine.loop").unwatch(fd)
    fd:close()
  end
end

Process.__close = Process.close

function Process:__tostring()
  local task = self.task
  local state = result_of(task) or task.closed and "closed" or task.how and "ended" or "running"
  return ("Process (%d, %s)"):format(self.pid, tostring(state))
end

-- Starting --------------------------------------------------------------------------------------------------------

local function is_inherited(stream)
  return not stream or stream.kind == "inherit"
end

--- Whether it gets a terminal of its own: when asked for, else when the caller's input and output are terminals.
local function wants_terminal(job)
  if job.tty ~= nil then return job.tty end
  return is_inherited(job.stdin) and is_inherited(job.stdout) and sys.isatty(0) and sys.isatty(1)
end

--- Opens /dev/null where the program has its standard streams closed: the next file that it opens, such as a pipe of
--- another sandbox, would have that number, and become a standard stream of the command.
local function open_standard()
  for n = 0, 2 do
    if sys.isatty(n) == nil then
      local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
      if null:fileno() == n then null:release() else null:dup(n) end
    end
  end
end

local function is_given(stream)
  return stream and stream.kind == "fd"
end

--- What this program wrote comes before what the command writes, and where it stopped reading a file the command goes
--- on: what Lua's files hold back is told to the kernel, as io.popen does.
local function hand_over(job)
  if io.type(io.stdout) == "file" then io.stdout:flush() end
  if is_given(job.stdin) or is_given(job.stdout) or is_given(job.stderr) or next(job.fds or {}) then
    require("nsengine.redirect").hand_over(job)
  end
end

--- nil when the three streams are the caller's own and nothing has to be counted.
local function open_streams(job, task)
  local terminal = wants_terminal(job)
  if not terminal and not job.limits.output and is_inherited(job.stdin) and is_inherited(job.stdout)
    and is_inherited(job.stderr) then
    return nil
  end
  return require("nsengine.streams").open(job, task, terminal)
end

--- Starts a sandbox.
---@param job table plan, description, argv, env, path, setup, where, place, stdin, stdout, stderr, tty, fds, limits,
---  trace
---@return nsengine.Process
function M.spawn(job)
  job.limits = job.limits or {}
  local task = setmetatable({ limits = job.limits, written = 0 }, Task)
  open_standard()
  hand_over(job)
  local streams = open_streams(job, task)
  -- Until there is a Process to own them.
  local _undo <close> = setmetatable({}, { __close = function()
    if streams and not running[task] then streams:close() end
  end})
  local described = job.description or {}
  task.job = { argv = job.argv, limits = job.limits, description = { -- what a Result tells
    enforced = described.enforced, warnings = described.warnings, kills = described.kills } }
  local group <close> = described.group and require("nsengine.cgroup_group").make(described.group, described.place)
    or nil
  local fds = streams and streams.fds or { [0] = 0, 1, 2 }
  for n, fd in pairs(job.fds or {}) do fds[n] = fd end
  local child, second, errno, detail = job.plan:spawn {
    argv = job.argv, env = job.env, path = job.path, fds = fds, setup = job.setup, trace = job.trace,
    terminal = streams ~= nil and streams.terminal ~= nil,
    cgroup = group and group.cgroup, joins = group and group.joins, apart = group and group.apart,
    watch = described.disk and described.disk.targets,
    wall_time = M.time_of_init(job.limits.wall_time),
  }
  if not child then error(require("nsengine.error").from_spawn(job.description, second, errno, detail, job), 0) end
  local disk = described.disk and second -- FDs of what it watches; a message where there is no child
  task.child, task.streams, task.started = child, streams, sys.monotonic()
  local listener
  if described.notify then
    local ok, made = pcall(require("nsengine.notify").listen, child, task, job)
    if not ok then child:close() error(made, 0) end
    listener, task.answered = made, setmetatable({ listener = made }, { __mode = "v" })
  end
  task.deadline = job.limits.wall_time and task.started + job.limits.wall_time
  if group or disk then require("nsengine.live").begin(task, group, disk) end
  local process = setmetatable({ pid = child:pid(), task = task, listener = listener or false }, Process)
  running[task] = true
  if streams then
    home = sys.self()
    for name, fd in pairs(streams.program) do
      process[name] = fd
      fd:meanwhile(serve)
    end
    streams:start()
  end
  return process
end

--- Starts a sandbox and waits for its end; ends it when the wait is interrupted.
---@param job table as for spawn
---@return nsengine.Result
function M.run(job)
  local process <close> = M.spawn(job)
  return (process:wait())
end

return M
