--- Notes what was denied to a sandbox: calls that its filters refuse, and calls that name files and addresses, are
--- passed to the supervisor, noted, and answered as they would have been. For diagnosis only: a payload that races can
--- make a note wrong, but gains nothing. Loaded for denied = true, --why and --learn.

local bpf = require "nsengine.bpf"
local operands = require "nsengine.operands"
local sys = require "nsengine.sys"

local M = {}

local LISTEN, ASKS_EXEC = 1, 2 -- engine/plan/block.h

local KILL_PROCESS <const>, KILL_THREAD <const> = 0x80000000, 0

--- Why a watched call may continue after its memory was read: what it names was only noted, and the kernel decides.
local NOTED = { unsafe = "only recorded: the kernel and the mounts decide, as they would without us" }

-- The plan --------------------------------------------------------------------------------------------------------

--- Takes the filters out of a plan; their programs, in order.
local function take_filters(steps)
  local programs = {}
  while steps[#steps] and steps[#steps][1] == "filter" do
    table.insert(programs, 1, steps[#steps][2])
    steps[#steps] = nil
  end
  return programs
end

--- Replaces the filters of a described plan by one that asks the supervisor, so that denials are noted.
---@param b table the builder, for b:refuse
---@param description table what nsengine.plan makes
---@param spec table
function M.install(b, description, spec)
  if not description.init then b:refuse("denied", "asking about calls needs the init: leave out init = false") end
  local numbers = operands.watched()
  local programs = take_filters(description.steps)
  local program = bpf.watching(programs, numbers)
  if not program then b:refuse("denied", "with what asks about calls, the filter is too long for the kernel") end
  description.steps[#description.steps + 1] = { "filter", program, LISTEN | ASKS_EXEC }
  if not programs[1] then
    description.origin[#description.steps] = { field = "denied", where = description.place("denied") }
  end
  description.watch = { programs = programs, own = description.notify or {}, spec = spec,
    learn = spec.denied == "learn" }
  description.notify = description.notify or {}
end

-- Names -----------------------------------------------------------------------------------------------------------

local names

--- The name of a system call on this machine.
local function name_of(number)
  if not names then
    names = select(2, operands.watched())
    local ok, all = pcall(function() return sys.seccomp_names() end)
    for name, n in next, ok and all or {} do names[n] = name end
  end
  return names[number] or ("syscall %d"):format(number)
end

local MOST <const> = 1000 -- denials that are reported

-- Observing -------------------------------------------------------------------------------------------------------

--- What one run was seen to do.
---@class nsengine.Observer
---@field notes nsengine.Denial[] what was denied, each once
---@field uses table[] what was used, for --learn: {path =, wish =}, {address =, ...}
---@field bound table<string, boolean> the abstract sockets that it bound
---@field found table<string, boolean> the names of programs that it found
---@field probes table<string, string> path = the name of a program that was searched for there
local Observer = {}
Observer.__index = Observer

function M.observer(description)
  return setmetatable({
    watch = description.watch, description = description, notes = {}, by_key = {}, uses = {}, bound = {},
    found = {}, probes = {},
  }, Observer)
end

function Observer:close()
  if self.view then self.view:close() end
end

--- Notes a denial, or counts a known one. The limit keeps a command that invents names from filling our memory.
---@param denial table {call =, path = or address =, errno = name, why =}
function Observer:note(denial)
  local operand = denial.path or denial.address or denial.call
  local key = table.concat({ operand, denial.errno, denial.why, denial.takes }, "\0")
  local known = self.by_key[key]
  if known then
    known.count = known.count + 1
    return
  elseif #self.notes == MOST then
    return
  end
  denial.count = 1
  require("nsengine.denial").complete(denial, self.description)
  self.by_key[key], self.notes[#self.notes + 1] = denial, denial
end

--- Notes what was used, each once, for --learn.
function Observer:use(key, use)
  if self.by_key[key] then return end
  self.by_key[key], self.uses[#self.uses + 1] = use, use
end

--- The action of the recipe's filters for a call: that of the first one that does not allow it.
function Observer:action(call)
  for _, program in ipairs(self.watch.programs) do
    local action = bpf.run(program, call)
    if action ~= bpf.ALLOW and action ~= bpf.LOG then return action & bpf.ACTION, action & 0xffff end
  end
  return bpf.ALLOW, 0
end

--- glibc tries clone3 before clone, and falls back on ENOSYS: not worth a note.
local expected = { clone3 = true }

--- A call that the recipe's filter refuses. For --learn it is made and noted, unless programs can do without it.
function Observer:refused(call, errno)
  local name = sys.errname(errno)
  if not expected[call.name] then
    local takes = require("nsengine.denial").capability(call.name, call.args[1])
    self:note { call = call.name, errno = name, why = "seccomp", takes = takes }
  end
  if self.watch.learn and not expected[call.name] and not call.foreign then
    self:use(call.name, { call = call.name })
    return call:continue(NOTED)
  end
  return call:errno(name)
end

--- A call that the filter kills for: sends the same signal, and refuses the call, in case the signal is caught.
function Observer:killed(call)
  self:note { call = call.name, errno = "SIGSYS", why = "seccomp" }
  sys.kill(call.pid, sys.SIGSYS)
  return call:errno("ENOSYS")
end

local function view_of(self, call)
  self.view = self.view or require("nsengine.view").open(call.pid, self.description)
  return self.view
end

--- The paths that a call names: {{path =, wish =, nofollow =, flags =}, ...}
local function path_operands(call)
  local list, described = {}, operands.paths[call.name]
  for i = 1, #described, 2 do
    local place = described[i]
    local text = call.args[place] ~= 0 and call:string(place) or "" -- empty: the descriptor itself is meant
    if text ~= "" then
      local wish, nofollow, flags = described[i + 1](call)
      list[#list + 1] = { path = operands.normal(call:absolute(text, place)), wish = wish, nofollow = nofollow,
        flags = flags or 0, slash = text:find("/$") ~= nil }
    end
  end
  return list
end

--- Whether the mode of a host's file forbids it outside the sandbox, too.
function Observer:is_forbidden_outside(why, path)
  return why == "permission" and self.view:is_callers() and require("nsengine.grant").is_hosts(self.watch.spec, path)
end

--- The directories in which programs are searched.
local function search_path(spec)
  local env = spec.env or { vars = {} }
  local text = env.vars.PATH
  if text == true or text == nil and env.all then text = os.getenv "PATH" end
  local set = {}
  for directory in (text or "/usr/local/bin:/usr/bin:/bin"):gmatch "[^:]+" do set[operands.normal(directory)] = true end
  return set
end

local searches = { look = true, search = true, read = true, exec = true }

--- Notes that a program may have been searched for at a path, in vain. True if it is not there outside either.
function Observer:probe(operand, why)
  if not searches[operand.wish] then return false end
  self.places = self.places or search_path(self.watch.spec)
  local directory, name = operands.parent(operand.path), operand.path:match "[^/]*$"
  if not self.places[directory] then return false end
  self.probes[operand.path] = name
  return why == "permission" and require("nsengine.grant").is_nowhere(self.watch.spec, operand.path)
end

--- Notes that a program was found.
function Observer:find(operand)
  if self.places and searches[operand.wish] and self.places[operands.parent(operand.path)] then
    self.found[operand.path:match "[^/]*$"] = true
  end
end

--- What was denied, without the places in which a program was searched that was found in another.
function Observer:denied()
  local list = {}
  for _, denial in ipairs(self.notes) do
    if not self.found[self.probes[denial.path]] then list[#list + 1] = denial end
  end
  return list
end

--- Predicts what the kernel will answer about the paths of a call, and notes it.
function Observer:see_paths(call)
  local list = path_operands(call)
  for _, operand in ipairs(list) do
    local errno, why, path, at = view_of(self, call):foresee(operand)
    if self:is_forbidden_outside(why, path) or why and self:probe(operand, why) then
      return
    elseif why then
      self:note { call = call.name, path = path or operand.path, at = at, errno = errno, why = why,
        wish = operand.wish }
      return
    elseif not errno then
      self:find(operand)
      if self.watch.learn then
        self:use(("%s\0%s\0%s"):format(operand.path, operand.wish, operand.nofollow), operand)
      end
    end
  end
end

--- An abstract socket is the command's own, or the host's, which landlock keeps it from.
function Observer:see_abstract(call, name)
  if call.name == "bind" then
    self.bound[name] = true
  elseif view_of(self, call):hides_abstract(name, self.bound) then
    self:note { call = call.name, address = "@" .. name, errno = "EPERM", why = "scope" }
  end
end

function Observer:see_address(call)
  local address = operands.address(call)
  if not address then return end
  address.call = call.name
  if address.abstract then return self:see_abstract(call, address.abstract) end
  local errno, why, path, at = view_of(self, call):foresee_address(call, address)
  if self:is_forbidden_outside(why, path) then
    return
  elseif why then
    self:note { call = call.name, path = path or address.path, at = at, errno = errno, why = why,
      wish = call.name == "bind" and "make" or "connect", port = address.port,
      address = address.address and ("%s:%d"):format(address.address, address.port) }
  elseif self.watch.learn then
    self:use(("%s\0%s\0%s"):format(call.name, address.path or address.address, address.port), address)
  end
end

--- Looks at a call that the kernel will carry out. What cannot be seen is not noted.
function Observer:see(call)
  if operands.sockets[call.name] then self:see_address(call) else self:see_paths(call) end
  return call:continue(NOTED)
end

--- The function that answers a call: {name =, fn =}.
function Observer:handler(call)
  local action, data = self:action(call)
  local own = self.watch.own[call.number]
  local name = call.foreign and ("call %d of another ABI"):format(call.number) or name_of(call.number)
  if action == bpf.ERRNO then
    return { name = name, fn = function() return self:refused(call, data) end }
  elseif action == KILL_PROCESS or action == KILL_THREAD then
    return { name = name, fn = function() return self:killed(call) end }
  elseif action == bpf.NOTIFY then
    return own
  elseif action ~= bpf.ALLOW then
    return nil -- TRACE without a tracer: ENOSYS
  end
  return { name = name, fn = function() return self:see(call) end }
end

return M
