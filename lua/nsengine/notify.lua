--- System calls that a recipe's functions answer, seccomp_unotify(2): receives them, calls the function, sends its
--- answer. Runs in the supervisor's poll loop, while this program waits for the sandbox.
---
--- When a call is continued, the kernel reads the memory that its arguments point to again, and another thread of the
--- payload may have changed it by then. So a function that has read it cannot "continue" without a reason. The way to
--- allow something by its name is to do it here and to answer with the descriptor.

local proc = require "nsengine.proc"
local sys = require "nsengine.sys"

local M = {}

-- Answers ---------------------------------------------------------------------------------------------------------

--- The answer to a call: one of errno, value, fd, or continue.
local Answer = { __name = "nsengine.Answer" }
Answer.__index = Answer

local function answer(fields)
  return setmetatable(fields, Answer)
end

--- The process was killed: nothing waits for an answer any more.
local GONE = answer { gone = true }

--- The number of "EACCES"; an unknown name raises, with a suggestion.
local function errno_of(name, level)
  local ok, number = pcall(function() return sys[name] end)
  if not (ok and type(name) == "string" and name:find("^E[%u%d]") and math.type(number) == "integer") then
    local near = type(name) == "string" and require "nsengine.did_you_mean"(name, sys) or ""
    error(("'%s' is not an error of errno(3) such as \"EACCES\"%s"):format(tostring(name), near), level + 1)
  end
  return number
end

-- The argument of a function -------------------------------------------------------------------------------------

--- A system call that is waiting for its answer.
---@class nsengine.Call
---@field name string "openat"
---@field args integer[] its six arguments, as 64 bits each
---@field pid integer of the calling thread, in this program's pid namespace
---@field arch integer
---@field private looked boolean whether something was read that the process can change
local Call = {}
Call.__index = Call
Call.__name = "nsengine.Call"

function Call:__tostring()
  return ("%s of process %d"):format(self.name, self.pid)
end

--- Ends the function after a failed read of the process: the call fails as the kernel fails one with a bad pointer.
local function give_up(errno)
  error(errno == sys.ENOENT and GONE or answer { errno = errno }, 0)
end

--- Checks that the process still exists: if not, what /proc told about its pid may be about another process. Ends the
--- function then.
local function check_valid(call)
  if not sys.notify_valid(call.listener, call.id) then error(GONE, 0) end
end

local function check_index(i, level)
  if math.type(i) ~= "integer" or i < 1 or i > 6 then
    error("a call has arguments 1 to 6, got " .. tostring(i), level + 1)
  end
end

--- An argument as the kernel reads an int: the lower 32 bits, signed.
---@param i integer 1 to 6
---@return integer
function Call:int(i)
  check_index(i, 2)
  return (self.args[i] & 0xffffffff ~ 0x80000000) - 0x80000000
end

--- The string that an argument points to. A bad pointer ends the function, and the call fails with EFAULT; a string
--- longer than `max` with ENAMETOOLONG.
---@param i integer 1 to 6
---@param max integer|nil 4096
---@return string
function Call:string(i, max)
  check_index(i, 2)
  self.looked = true
  local text, _, errno = sys.notify_string(self.listener, self.id, self.pid, self.args[i], max or 4096)
  return text or give_up(errno)
end

--- `count` bytes at the address in an argument, plus `offset`; a bad pointer is EFAULT.
---@param i integer 1 to 6
---@param count integer at most 16 MiB
---@param offset integer|nil
---@return string
function Call:bytes(i, count, offset)
  check_index(i, 2)
  self.looked = true
  local data, _, errno = sys.notify_read(self.listener, self.id, self.pid, self.args[i] + (offset or 0), count)
  return data or give_up(errno)
end

--- A link below /proc/PID of the calling process.
local function read_link(call, name, errno)
  call.looked = true
  local at = proc.path(call.pid, name)
  if not at then error("/proc belongs to another pid namespace, so this process cannot be found there", 0) end
  local path = sys.readlink(at)
  check_valid(call)
  return path or give_up(errno)
end

--- The working directory of the process, as it sees it.
---@return string
function Call:cwd()
  return read_link(self, "cwd", sys.ENOENT)
end

--- {call = indices of arguments that are paths}; the argument before each is the directory's descriptor.
local paths = {
  openat = { 2 }, openat2 = { 2 }, newfstatat = { 2 }, statx = { 2 }, faccessat = { 2 }, faccessat2 = { 2 },
  fchmodat = { 2 }, fchmodat2 = { 2 }, fchownat = { 2 }, mkdirat = { 2 }, mknodat = { 2 }, unlinkat = { 2 },
  readlinkat = { 2 }, utimensat = { 2 }, futimesat = { 2 }, execveat = { 2 }, name_to_handle_at = { 2 },
  renameat = { 2, 4 }, renameat2 = { 2, 4 }, linkat = { 2, 4 }, symlinkat = { 3 }, open_tree = { 2 },
  setxattrat = { 2 }, getxattrat = { 2 }, listxattrat = { 2 }, removexattrat = { 2 },
}
M.path_arguments = paths

local function is_relative(call, i)
  for _, place in ipairs(paths[call.name] or {}) do
    if place == i then return true end
  end
  return false
end

--- The directory that a relative path in argument `i` starts from.
local function directory_of(call, i)
  local dirfd = is_relative(call, i) and call:int(i - 1) or sys.AT_FDCWD
  if dirfd == sys.AT_FDCWD then return call:cwd() end
  return read_link(call, "fd/" .. dirfd, sys.EBADF)
end

--- The path that an argument points to, made absolute from the working directory or the call's descriptor. Otherwise
--- unchanged: it may contain ".." and links.
---@param i integer|nil default: the call's first path
---@return string
function Call:path(i)
  i = i or (paths[self.name] or { 1 })[1]
  return self:absolute(self:string(i), i)
end

--- The absolute form of a path that argument `i` points to.
---@param path string
---@param i integer
---@return string
function Call:absolute(path, i)
  if path:byte() == 47 then return path end
  local directory = directory_of(self, i)
  return (directory == "/" and "" or directory) .. (path == "" and "" or "/") .. path
end

--- Makes the call fail: return call:errno "EACCES", or just "EACCES".
---@param name string
function Call.errno(_, name)
  return answer { errno = errno_of(name, 2) }
end

--- Makes the call return a number, without doing anything.
---@param number integer
function Call.value(_, number)
  if math.type(number) ~= "integer" then error("call:value takes an integer, got " .. tostring(number), 2) end
  return answer { value = number }
end

--- Makes the call return a copy of a descriptor. That of a directory also gives access to everything *above* it.
---@param file any an FD, an open file, or a number
---@param options {cloexec: boolean|nil, number: integer|nil}|nil number: of the copy
function Call.fd(_, file, options)
  options = options or {}
  return answer { fd = file, cloexec = options.cloexec, number = options.number }
end

local function check_continue(call, reason, level)
  if not call.looked or type(reason) == "string" and reason ~= "" then return end
  error("continue after reading the process: the kernel reads its memory again, and another thread may have changed "
    .. 'it; answer with call:open_below or call:fd, or write call:continue { unsafe = "why this is harmless" }',
    level + 1)
end

--- Lets the kernel do the call, as if there were no function. Decide this only by the numbers in the arguments.
---@param options {unsafe: string}|nil why this is harmless although memory was read
function Call:continue(options)
  local reason = options and options.unsafe
  check_continue(self, reason, 2)
  return answer { continue = true, unsafe = reason }
end

--- Opens the file that an open, openat, openat2 or creat asks for, below a directory that the recipe names, and answers
--- with its descriptor: see nsengine.open_below.
---@param directory any an FD, or a path
---@param options {at: string|nil, write: boolean|nil}|nil
---@return table|nil answer nil: the path is not below `at`
function Call:open_below(directory, options)
  local fields = require("nsengine.open_below")(self, directory, options or {})
  return fields and answer(fields)
end

-- Answering -------------------------------------------------------------------------------------------------------

--- ENOENT: the process no longer waits, which is no error. Any other failure is a bug, and the call would wait forever.
local function check_sent(sent, message, errno)
  if not sent and errno ~= sys.ENOENT then error(message, 0) end
end

--- Installs a descriptor in the process and answers with its number, or with the errno if that fails.
local function send_fd(call, given)
  local cloexec = given.cloexec and sys.O_CLOEXEC or 0
  local flags = given.number and sys.SECCOMP_ADDFD_FLAG_SETFD or 0
  local number, _, errno = sys.notify_addfd(call.listener, call.id, given.fd, flags | sys.SECCOMP_ADDFD_FLAG_SEND,
    given.number, cloexec)
  if number or errno == sys.ENOENT then return end
  if errno == sys.EINVAL then -- before Linux 5.14: no ADDFD_FLAG_SEND, answer separately
    number, _, errno = sys.notify_addfd(call.listener, call.id, given.fd, flags, given.number, cloexec)
  end
  check_sent(sys.notify_send(call.listener, call.id, number or 0, number and 0 or errno))
end

local function send(call, given)
  local _ <close> = given.owned and given.fd or nil
  if given.gone then return end
  if given.fd then return send_fd(call, given) end
  local flags = given.continue and sys.SECCOMP_USER_NOTIF_FLAG_CONTINUE or 0
  check_sent(sys.notify_send(call.listener, call.id, given.value or 0, given.errno or 0, flags))
end

--- Turns what a function returned into an answer: a string is an errno name, nil and false are EPERM.
local function answer_of(call, returned)
  if getmetatable(returned) == Answer then
    if returned.continue then check_continue(call, returned.unsafe, 2) end
    return returned
  elseif returned == nil or returned == false then
    return answer { errno = sys.EPERM }
  elseif type(returned) == "string" then
    return answer { errno = errno_of(returned, 2) }
  end
  error(("the function returned %s: it must return the name of an error, or call:value, call:fd, call:continue...")
    :format(require("nsengine.kinds").show(returned)), 2)
end

--- A raised answer, after a bad pointer, is an answer; anything else is an error, with its traceback.
local function with_traceback(err)
  if getmetatable(err) == Answer then return err end
  return { err, debug.traceback(nil, 2) }
end

local function ask(call, handler)
  return answer_of(call, handler(call))
end

--- The error of a function, as an error object with the field's position, unless it already is one.
local function failure_of(self, call, failure)
  local errors, field = require "nsengine.error", "seccomp.notify." .. call.name
  if errors.is(failure[1]) then return failure[1] end
  return errors.new { kind = "notify", where = self.place(field), field = field, message = tostring(failure[1]),
    traceback = (failure[2]:gsub("^\n*", "")) }
end

-- The listener ----------------------------------------------------------------------------------------------------

---@class nsengine.Listener
---@field fd userdata
---@field handlers table<integer, {name: string, fn: function}>
local Listener = {}
Listener.__index = Listener

--- A function failed: ends the sandbox, and whoever waits for it gets the error. The call is not answered, so that its
--- process does nothing more.
function Listener:fail(call, failure)
  self.task:fail(failure_of(self, call, failure))
end

--- Answers a call by a function. The sandbox may end meanwhile, if the function waits for another sandbox.
function Listener:answer(call, handler)
  local ok, given = xpcall(ask, with_traceback, call, handler)
  if not self.fd then return end
  if ok or getmetatable(given) == Answer then
    ok, given = xpcall(send, with_traceback, call, given)
    if ok then return end
  end
  return self:fail(call, given)
end

--- Receives one call and answers it.
function Listener:serve()
  local call, message, errno = sys.notify_receive(self.fd)
  if not call then
    if errno == sys.EAGAIN or errno == sys.ENOENT then return end -- a nested wait answered it; the process was killed
    error(message, 0)
  end
  call.listener = self.fd
  setmetatable(call, Call)
  local entry
  if self.observer then
    entry = self.observer:handler(call)
  else
    entry = not call.foreign and self.handlers[call.number]
  end
  if not entry then -- a call of a foreign ABI, or one without a function
    sys.notify_send(self.fd, call.id, 0, sys.ENOSYS)
    return
  end
  call.name = entry.name
  return self:answer(call, entry.fn)
end

--- Adds it to the poll loop by a weak reference: the Process holds it, and the functions may refer to that.
function Listener:attach(loop)
  self.loop = loop
  local weak = setmetatable({ listener = self }, { __mode = "v" })
  loop.watch(self.fd, "r", function(fd, words)
    local listener = weak.listener
    -- Without "r" it has hung up: no process with the filter is left.
    if listener and words:find("r", 1, true) then listener:serve() else loop.unwatch(fd) end
  end)
end

--- What was denied; nil if not requested.
function Listener:denied()
  return self.observer and self.observer:denied()
end

--- Closes the listener: pending calls fail with ENOSYS.
function Listener:close()
  local fd = self.fd
  if not fd then return end
  self.fd = nil
  if self.loop then self.loop.unwatch(fd) end
  fd:close()
  if self.observer then self.observer:close() end
end

--- Takes over the listener of a sandbox's filter.
---@param child userdata a Process of nsengine.sys
---@param task table whose task:fail(err) reports errors
---@param job table description: {notify = {[number] = {name =, fn =}}, place =}
---@return nsengine.Listener
function M.listen(child, task, job)
  local fd = child:listener() or error("the plan has functions to answer calls, but no filter that asks them", 0)
  assert(sys.notify_start(fd))
  local description = job.description
  return setmetatable({ fd = fd, task = task, handlers = description.notify, place = description.place,
    observer = description.watch and require("nsengine.watch").observer(description) }, Listener)
end

return M
