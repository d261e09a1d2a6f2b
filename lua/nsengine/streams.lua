--- Standard input, output and error of a sandbox: what the payload gets as 0, 1 and 2, and the pumps that move the
--- data at the other ends. Loaded when one of the three is not simply the caller's.
---
--- Nothing here changes a descriptor that others share: O_NONBLOCK belongs to the open file description, so a file of
--- the caller that must not block us is opened a second time.

local sys = require "nsengine.sys"
local loop = require "nsengine.loop"

local M = {}

local SIZE = 65536
--- What a pipe takes without blocking once poll(2) reports it writable: PIPE_BUF.
local CHUNK = 4096
--- How much is read from one stream after the payload has ended. All that it wrote is in the pipe by then, which holds
--- 1 MiB (root may raise fs.pipe-max-size). But a process that inherited the pipe may live on and keep writing.
local REST = 16 << 20

--- The warning about output that did not arrive, before the reason.
M.LOST = "its output could not be passed on: "

-- Pumps ---------------------------------------------------------------------------------------------------------

--- Moves bytes: from an FD or a text into an FD, a list of strings, or nothing.
---@class nsengine.Pump
---@field from userdata|nil the FD that is read; nil once it has ended
---@field to userdata|nil the FD that is written
---@field chunk integer|nil at most this much in one write, because `to` may block
---@field parts string[]|nil what was captured
---@field counted boolean|nil whether the data counts towards limits.output
---@field pending string|nil what is still to be written to `to`, from byte `first` on
---@field last string|nil the last byte that was read
---@field rest integer|nil set once the payload has ended: at most this much is still read
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

--- Waits for what comes next: room for the pending data, else data to read.
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

--- Called at the end of the source; true if that produced more to write. terminal.lua replaces it.
function Pump.at_end() return false end

--- Whether the source may be read now. terminal.lua replaces it.
function Pump.may_read() return true end

--- Reads once.
function Pump:take()
  if not self:may_read() then return loop.unwatch(self.from) end
  local data, _, errno = self.from:read(SIZE)
  if not data and errno == sys.EAGAIN then return end
  if not data or data == "" then return self:stop_reading() end -- a terminal signals its end by EIO
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

--- Writes as much as `to` takes. If the sink is gone (EPIPE, EIO), the source is closed, so that the payload learns of
--- it as it would without us: by SIGPIPE, or by SIGHUP from a terminal.
function Pump:push()
  local n, message, errno = sys.write_some(self.to, self.pending, self.first, self.chunk)
  if not n then
    self.pending = nil
    if self.task and errno ~= sys.EPIPE and errno ~= sys.EIO then
      self.task.warnings = self.task.warnings or {}
      table.insert(self.task.warnings, M.LOST .. message)
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

--- The payload has ended: reads what is left, without waiting for processes that still hold the other end.
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

--- Closes both ends, dropping pending data. Calling it twice is harmless.
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

--- A non-blocking FD for what the caller has open as `fd`; or one that may block, and how much it takes at once when
--- poll(2) reports it writable.
---@return userdata fd
---@return integer|nil chunk
function M.outlet(fd)
  local copy = assert(sys.dup(fd))
  local stat = assert(sys.stat(copy))
  -- A pipe or terminal that is reopened has an open file description of its own, so O_NONBLOCK affects only us. But
  -- reopening /dev/ptmx gives another terminal. Other devices and files do not block, and a reopened file would have
  -- another offset.
  local terminal = stat.type == "char device" and stat.rdev ~= sys.makedev(5, 2) and sys.isatty(copy)
  if terminal or stat.type == "fifo" then
    local flags = sys.O_WRONLY | sys.O_NONBLOCK | sys.O_NOCTTY
    local again = sys.open("/proc/self/fd/" .. copy:fileno(), flags)
    if again then
      copy:close()
      return again
    end
    return copy, CHUNK -- another user's, or there is no /proc
  end
  return copy, stat.type == "socket" and CHUNK or nil
end

--- A text as a file. Not a pipe: that would have to be fed while the payload reads, and if it does not, a write gets
--- SIGPIPE. The text is the payload's own copy; opened read-only, for programs that check.
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
---@field program table<string, userdata> the ends that the calling program gets: stdin, stdout, stderr
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
    set.fds[0] = 0
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

--- Adds a pipe from the payload to a pump. Our end must not wait: a payload that may open its end again for reading
--- takes data back between our poll and our read. Its own end has an open file description of its own, which waits.
local function add_pump(set, n, pump)
  local r, w = assert(sys.pipe())
  assert(sys.nonblock(r, true))
  set.fds[n] = keep(set, w)
  pump.from, pump.task, pump.counted = r, set.task, true
  set.pumps[#set.pumps + 1] = M.pump(pump)
end

--- Where the pump of an output writes, as fields of a pump.
function M.sink(set, name, stream)
  local kind = stream and stream.kind or "inherit"
  if kind == "capture" then
    set.captured[name] = {}
    return { parts = set.captured[name] }
  elseif kind == "null" then
    return {}
  end
  local to, chunk = M.outlet(kind == "fd" and stream.fd or (name == "stdout" and 1 or 2))
  return { to = to, chunk = chunk }
end

--- Whether two descriptors refer to the same file: then a single pipe for both keeps the order of the output.
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
    set.fds[n] = kind == "fd" and stream.fd or n
  else
    local target = kind == "fd" and stream.fd or n
    if n == 2 and set.relayed and same_file(set.relayed, target) then
      set.fds[2] = set.fds[1]
    else
      set.relayed = target
      add_pump(set, n, M.sink(set, name, stream))
    end
  end
end

--- Refuses a limit that cannot be enforced: the calling program reads the pipe itself, whenever it likes.
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
---@param task table limits, and :count(data), which cuts off what exceeds limits.output
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

--- The payload has its descriptors: closes our copies, and starts the pumps.
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

--- Whether everything was delivered; then all our descriptors are closed.
function Streams:is_settled()
  for _, pump in ipairs(self.pumps) do
    if not pump.closed then return false end
  end
  if self.terminal then self.terminal:close() end
  return true
end

--- What was captured from "stdout" or "stderr"; nil if that was not requested.
function Streams:text(name)
  local parts = self.captured[name]
  return parts and table.concat(parts)
end

--- Ends at once: undelivered data is lost, and the caller's terminal is restored.
function Streams:close()
  if self.terminal then self.terminal:close() end
  self:close_theirs()
  for _, pump in ipairs(self.pumps) do pump:close() end
end

return M
