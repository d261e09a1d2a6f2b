--- Standard input, output and error of a sandbox: what the payload gets as 0, 1 and 2, and the pumps that move the
--- data at the other ends. Loaded when one of the three is not simply the caller's.
---
--- Nothing here changes a descriptor that somebody else has: O_NONBLOCK belongs to the open file, so where the
--- caller's own must not hold us up it is opened a second time.

local sys = require "nsengine.sys"
local loop = require "nsengine.loop"

local M = {}

local SIZE = 65536
--- What poll(2) promises a pipe takes without waiting: PIPE_BUF.
local CHUNK = 4096
--- How much is read of one stream after the payload's end. All that it wrote is in the pipe then, which holds 1 MiB
--- (root may raise fs.pipe-max-size). But it may have passed the pipe to a process that lives on and writes on.
local REST = 16 << 20

-- Pumps ---------------------------------------------------------------------------------------------------------

--- Moves bytes: from an FD or a text into an FD, a list of strings, or nothing.
---@class nsengine.Pump
---@field from userdata|nil the FD that is read; nil once it has ended
---@field to userdata|nil the FD that is written
---@field chunk integer|nil at most so much in one write, because `to` may wait
---@field parts string[]|nil what was captured
---@field counted boolean|nil whether it counts for limits.output
---@field pending string|nil what `to` did not take yet, from byte `first` on
---@field last string|nil the last byte that was read
---@field rest integer|nil set once the payload has ended: no more than this is still read
local Pump = {}
Pump.__index = Pump

function M.pump(fields)
  fields.first = 1
  return setmetatable(fields, Pump)
end

function Pump:start()
  self.on_read = function() self:take() end
  self.on_write = function() self:push() end
  return self:watch()
end

--- Waits for the one thing that comes next: room for what is pending, else something to read.
function Pump:watch()
  if self.pending then
    if self.from then loop.unwatch(self.from) end
    loop.watch(self.to, "w", self.on_write)
    return
  end
  if self.to then loop.unwatch(self.to) end
  if not self.from then
    if not self:at_end() then self:close() end
  elseif self.rest then
    if not self.draining then self:drain() end
  else
    loop.watch(self.from, "r", self.on_read)
  end
end

--- What happens at the end of the source; true when that gave more to write. terminal.lua has another.
function Pump.at_end() return false end

--- May be replaced: whether it is a good time to read.
function Pump.may_read() return true end

--- Reads once what is there.
function Pump:take()
  if not self:may_read() then return loop.unwatch(self.from) end
  local data, _, errno = self.from:read(SIZE)
  if not data and errno == sys.EAGAIN then return end
  if not data or data == "" then return self:stop_reading() end -- a terminal ends by EIO
  if self.rest then self.rest = self.rest - #data end
  self.last = data:sub(-1)
  if self.counted then data = self.task:count(data, self.parts ~= nil) end
  if self.parts then
    self.parts[#self.parts + 1] = data
  elseif self.to and data ~= "" then
    self.pending, self.first = data, 1
    if not self.chunk then return self:push() end
    return self:watch()
  end
end

--- Writes what `to` takes. A sink that is gone (EPIPE, EIO) closes the source, so that the payload learns of it as
--- it would without us: by SIGPIPE, or by SIGHUP from a terminal.
function Pump:push()
  local n, message, errno = sys.write_some(self.to, self.pending, self.first, self.chunk)
  if not n then
    self.pending = nil
    if self.task and errno ~= sys.EPIPE and errno ~= sys.EIO then
      self.task.warnings = self.task.warnings or {}
      table.insert(self.task.warnings, "its output could not be passed on: " .. message)
    end
    return self:stop_reading()
  end
  self.first = self.first + n
  if self.first > #self.pending then self.pending = nil end
  return self:watch()
end

function Pump:stop_reading()
  local from = self.from
  self.from = nil
  if from then
    loop.unwatch(from)
    from:close()
  end
  return self:watch()
end

--- The payload has ended: reads what is left, but waits for nobody who may still hold the other end.
function Pump:drain()
  self.rest, self.draining = self.rest or REST, true
  while self.from and not self.pending do
    if self.rest > 0 and #assert(sys.poll({ { self.from, "r" } }, 0)) > 0 then
      self:take()
    else
      self:stop_reading()
    end
  end
  self.draining = false
end

--- The end, whatever is pending. Twice does no harm.
function Pump:close()
  self.closed, self.pending = true, nil
  for _, name in ipairs { "from", "to" } do
    local fd = self[name]
    self[name] = nil
    if fd then
      loop.unwatch(fd)
      fd:close()
    end
  end
end

-- The caller's descriptors ----------------------------------------------------------------------------------------

--- An FD to write to what the caller has open as `fd`, which does not wait; or one that may, and how much it takes
--- at once when poll(2) says that it takes something.
---@return userdata fd
---@return integer|nil chunk
function M.outlet(fd)
  local copy = assert(sys.dup(fd))
  local stat = assert(sys.stat(copy))
  -- A pipe or a terminal opened again is another open file, where O_NONBLOCK is ours alone. /dev/ptmx opened again
  -- is another terminal. Other devices and files do not wait, and a file would be at another offset.
  local terminal = stat.type == "char device" and stat.rdev ~= sys.makedev(5, 2) and sys.isatty(copy)
  if terminal or stat.type == "fifo" then
    local flags = sys.O_WRONLY | sys.O_NONBLOCK | sys.O_NOCTTY
    local again = sys.open("/proc/self/fd/" .. copy:fileno(), flags)
    if again then
      copy:close()
      return again
    end
    return copy, CHUNK -- it belongs to another user, or there is no /proc
  end
  return copy, stat.type == "socket" and CHUNK or nil
end

M.inherited = require("nsengine.process").inherited

--- A text as a file. Not a pipe: a pipe has to be fed while the payload reads, or not, and a writer to one that
--- nobody reads is killed. The text is the payload's own copy; read-only for programs that ask.
local function memory(text)
  local fd, message, errno = sys.memfd("stdin", text, sys.MFD_NOEXEC_SEAL)
  if not fd and errno == sys.EINVAL then -- before Linux 6.3
    fd, message = sys.memfd("stdin", text)
  end
  assert(fd, message)
  local readable = sys.open("/proc/self/fd/" .. fd:fileno())
  if not readable then return fd end -- there is no /proc
  fd:close()
  return readable
end

-- The three of them -----------------------------------------------------------------------------------------------

---@class nsengine.Streams
---@field fds table<integer, any> what the payload gets
---@field pumps nsengine.Pump[]
---@field program table<string, userdata> the ends that the program gets: stdin, stdout, stderr
---@field captured table<string, string[]>
---@field terminal table|nil
local Streams = {}
Streams.__index = Streams

local function keep(set, fd)
  set.theirs[#set.theirs + 1] = fd
  return fd
end

local function open_input(set, stream)
  local kind = stream and stream.kind or "inherit"
  if kind == "inherit" then
    set.fds[0] = M.inherited(0)
  elseif kind == "null" then
    set.fds[0] = keep(set, assert(sys.open("/dev/null")))
  elseif kind == "fd" then
    set.fds[0] = stream.fd
  elseif kind == "text" then
    set.fds[0] = keep(set, memory(stream.text))
  elseif kind == "pipe" then
    local r, w = assert(sys.pipe())
    set.fds[0], set.program.stdin = keep(set, r), w
  else
    error(("stdin: '%s' is no source"):format(kind), 0)
  end
end

--- A pipe from the payload to a pump of ours.
local function add_pump(set, n, pump)
  local r, w = assert(sys.pipe())
  set.fds[n] = keep(set, w)
  pump.from, pump.task, pump.counted = r, set.task, true
  set.pumps[#set.pumps + 1] = M.pump(pump)
end

--- What the pump of an output writes to: where it goes to, as fields of a pump.
function M.sink(set, name, stream)
  local kind = stream and stream.kind or "inherit"
  if kind == "capture" then
    set.captured[name] = {}
    return { parts = set.captured[name] }
  elseif kind == "null" then
    return {}
  end
  local to, chunk = M.outlet(kind == "fd" and stream.fd or M.inherited(name == "stdout" and 1 or 2))
  return { to = to, chunk = chunk }
end

--- Whether two descriptors lead to the same file: then one pipe for both keeps the order of what is written.
local function same_file(a, b)
  local x, y = sys.stat(a), sys.stat(b)
  return x and y and x.dev == y.dev and x.ino == y.ino
end

local function open_output(set, n, name, stream)
  local kind = stream and stream.kind or "inherit"
  local limited = set.task.limits.output
  if kind == "null" then
    set.fds[n] = keep(set, assert(sys.open("/dev/null", sys.O_WRONLY)))
  elseif kind == "pipe" then
    local r, w = assert(sys.pipe())
    set.fds[n], set.program[name] = keep(set, w), r
  elseif kind == "capture" then
    add_pump(set, n, M.sink(set, name, stream))
  elseif kind ~= "inherit" and kind ~= "fd" then
    error(("%s: '%s' is no destination"):format(name, kind), 0)
  elseif not limited then
    set.fds[n] = kind == "fd" and stream.fd or M.inherited(n)
  else
    local target = kind == "fd" and stream.fd or M.inherited(n)
    if n == 2 and set.relayed and same_file(set.relayed, target) then
      set.fds[2] = set.fds[1]
    else
      set.relayed = target
      add_pump(set, n, M.sink(set, name, stream))
    end
  end
end

--- What cannot be enforced is refused: this program reads the pipe itself, whenever it likes.
local function refuse_pipes(job)
  for _, name in ipairs { "stdout", "stderr" } do
    if job[name] and job[name].kind == "pipe" then
      local errors = require "nsengine.error"
      error(errors.new { kind = "recipe", where = job.place and job.place(name) or job.where, field = name,
        message = 'limits.output cannot count a "pipe", which this program reads itself: '
          .. "write limits = { output = false }" }, 0)
    end
  end
end

--- Opens what the three streams of a job need.
---@param job table stdin, stdout, stderr: {kind =, fd =, text =}
---@param task table limits, and :count(data), which cuts what is too much
---@param with_terminal boolean|nil
---@return nsengine.Streams
function M.open(job, task, with_terminal)
  if task.limits.output then refuse_pipes(job) end
  local set = setmetatable({ fds = {}, theirs = {}, pumps = {}, program = {}, captured = {}, task = task }, Streams)
  if with_terminal then
    require("nsengine.terminal").open(set, job)
    if (not job.stderr or job.stderr.kind == "inherit") and sys.isatty(2) then
      set.fds[2] = set.fds[0]
      return set
    end
  else
    open_input(set, job.stdin)
    open_output(set, 1, "stdout", job.stdout)
  end
  if job.stderr and job.stderr.kind == "stdout" then
    set.fds[2] = set.fds[1]
    return set
  end
  open_output(set, 2, "stderr", job.stderr)
  return set
end

--- The payload has its descriptors: ours of them are closed, and the pumps run.
function Streams:start()
  self:close_theirs()
  if self.terminal then self.terminal:start() end
  for _, pump in ipairs(self.pumps) do pump:start() end
end

function Streams:close_theirs()
  for _, fd in ipairs(self.theirs) do fd:close() end
  self.theirs = {}
end

--- The payload has ended.
function Streams:finish()
  if self.terminal then self.terminal:finish() end
  for _, pump in ipairs(self.pumps) do
    if pump.input then pump:close() elseif not pump.closed then pump:drain() end
  end
end

--- Whether everything was delivered; then nothing of ours is open any more.
function Streams:is_settled()
  for _, pump in ipairs(self.pumps) do
    if not pump.closed then return false end
  end
  if self.terminal then self.terminal:close() end
  return true
end

--- What was captured of "stdout" or "stderr"; nil when nothing was to be.
function Streams:text(name)
  local parts = self.captured[name]
  return parts and table.concat(parts)
end

--- The end at once: what is not delivered is lost, and the terminal is the caller's again.
function Streams:close()
  if self.terminal then self.terminal:close() end
  self:close_theirs()
  for _, pump in ipairs(self.pumps) do pump:close() end
end

return M
