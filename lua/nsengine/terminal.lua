--- A pseudo-terminal for a sandbox, and the caller's terminal around it: raw while the command runs, so that each key
--- reaches the line discipline inside (^C goes to the foreground group there), and restored afterwards. The payload
--- never holds the caller's terminal, so it can neither type into it (TIOCSTI) nor change its modes.

local sys = require "nsengine.sys"
local loop = require "nsengine.loop"
local streams = require "nsengine.streams"

local M = {}

--- How often the size of the caller's terminal is checked, in seconds. SIGWINCH would report a change at once; but a
--- signal handler is the program's own business, and signalfd(2) needs the signal blocked in all its threads. One ioctl
--- is cheaper still.
local TICK = 0.25

---@class nsengine.Terminal
---@field caller userdata|nil the caller's terminal
---@field modes string|nil its original modes
---@field raw boolean|nil whether it has to be restored
---@field master userdata
---@field slave userdata|nil kept open, so that the terminal survives if the payload closes it for a while
local Terminal = {}
Terminal.__index = Terminal
Terminal.__gc = function(self) self:close() end

--- Makes the caller's terminal raw, unless this process is in the background, where changing the modes would stop it
--- (SIGTTOU). Repeated, because a shell that stopped and resumed us may have set its own modes.
function Terminal:enter()
  if sys.tty_foreground(self.caller) == false then return end -- nil: not our controlling terminal, so no SIGTTOU
  if not self.raw then
    self.modes = sys.tty_modes(self.caller)
    self.raw = self.modes ~= nil -- set before it is raw: an interrupt may come in between
  end
  if self.raw then sys.tty_raw(self.caller) end
end

--- Restores the caller's terminal. Not in the background: its modes are the foreground job's then.
function Terminal:restore()
  if self.raw and sys.tty_foreground(self.caller) ~= false then sys.tty_restore(self.caller, self.modes) end
  self.raw = false
end

--- Hangs up the terminal inside, as the caller's did: SIGHUP to the session there.
function Terminal:hang_up()
  if self.output then self.output:close() end
  if self.input then self.input:close() end
  if self.master then self.master:close() end
  self.master = nil
end

function Terminal:resize()
  if not self.master then return end
  local rows, columns = sys.winsize(self.caller)
  if rows and rows > 0 and columns > 0 and (rows ~= self.rows or columns ~= self.columns) then
    self.rows, self.columns = rows, columns
    sys.winsize(self.master, rows, columns)
  end
end

function Terminal:start()
  if not self.caller then return end
  self:enter()
  loop.at(self, sys.monotonic(), function(now)
    self:resize()
    self:enter()
    if self.input and self.input.from and not self.input.pending then self.input:watch() end
    return now + TICK
  end)
end

--- The payload has ended: closes the last slave, so that reads from the master end after its last byte.
function Terminal:finish()
  if self.slave then self.slave:close() end
  self.slave = nil
end

--- Also called on errors and by the garbage collector: the caller always gets the terminal back. Calling it twice is
--- harmless.
function Terminal:close()
  if self.closed then return end
  if self.caller then
    loop.cancel(self)
    self:restore()
    self.caller:close()
  end
  self:finish()
  if self.master then self.master:close() end
  self.closed = true
end

--- VEOF: on a terminal a character ends the input; if the line is not empty, the first one only flushes it.
local END_OF_FILE = "\4"

--- The pump that writes what is typed, or comes from a stream, to the master.
local function input_pump(terminal, stream)
  local kind = stream and stream.kind or "inherit"
  local pump = streams.pump { input = true, to = assert(sys.dup(terminal.master)) }
  if kind == "text" then
    pump.pending, pump.last = stream.text ~= "" and stream.text or nil, stream.text:sub(-1)
  elseif kind ~= "null" then
    pump.from = assert(sys.dup(kind == "fd" and stream.fd or 0))
  end
  if terminal.caller then
    function pump.may_read() return sys.tty_foreground(terminal.caller) ~= false end
    function pump.at_end() return terminal:hang_up() end
    return pump
  end
  function pump:at_end()
    if not self.ended then
      local line_is_empty = (self.last or "\n") == "\n"
      self.ended, self.first, self.pending = true, 1, END_OF_FILE:rep(line_is_empty and 1 or 2)
      self:watch()
    end
    return true -- the master stays open: the output comes from it
  end
  return pump
end

--- Raises an error about the field `tty`, at its line.
local function fail(kind, job, message, errno)
  error(require("nsengine.error").new { kind = kind, where = job.place and job.place "tty" or job.where, field = "tty",
    message = message, errno = errno }, 0)
end

local function open_pair(job, rows, columns)
  local master, slave, errno = sys.openpty(rows, columns)
  if not master then fail("host", job, slave, errno) end
  assert(sys.nonblock(master, true)) -- the master only: the slave has an open file description of its own
  return master, slave
end

--- Makes a terminal the descriptors 0 and 1 of a set, and adds its pumps.
---@param set nsengine.Streams
---@param job table
function M.open(set, job)
  local kind = job.stdin and job.stdin.kind or "inherit"
  local caller = kind == "inherit" and sys.isatty(0) and assert(sys.dup(0)) or nil
  local rows, columns = sys.winsize(caller or 1)
  if not rows or rows == 0 or columns == 0 then rows, columns = nil, nil end
  local terminal = setmetatable({ caller = caller, rows = rows, columns = columns }, Terminal)
  set.terminal = terminal
  terminal.master, terminal.slave = open_pair(job, rows, columns)
  if caller then
    local modes = sys.tty_modes(caller) -- the caller's erase character, UTF-8, flow control ...
    if modes then sys.tty_restore(terminal.slave, modes) end
  end
  local uid = job.description and job.description.host_uid
  if uid then assert(sys.chown(terminal.slave, uid)) end
  set.fds[0], set.fds[1] = terminal.slave, terminal.slave
  local to_program = job.stdout ~= nil and job.stdout.kind == "pipe"
  if to_program ~= (kind == "pipe") then
    fail("recipe", job,
      'stdin and stdout are one terminal: set both to "pipe", or neither')
  elseif to_program then
    assert(sys.nonblock(terminal.master, false))
    set.program.stdin, set.program.stdout = assert(sys.dup(terminal.master)), terminal.master
    terminal.master = nil
    return
  end
  local output = streams.sink(set, "stdout", job.stdout)
  output.from, output.task, output.counted = assert(sys.dup(terminal.master)), set.task, true
  function output.at_end() return terminal:hang_up() end -- the payload has ended, or its output has no reader
  terminal.output, terminal.input = streams.pump(output), input_pump(terminal, job.stdin)
  set.pumps[1], set.pumps[2] = terminal.output, terminal.input
end

return M
