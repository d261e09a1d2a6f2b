--- seccomp(2) programs as data: merges several into one that asks the supervisor, and computes what a program would
--- have said about a call. It does not compile policies: its programs come from a plan's steps.

local sys = require "nsengine.sys"

local M = {}

--- Actions, seccomp(2). A program returns one of these with 16 bits of data.
M.ALLOW, M.ERRNO, M.NOTIFY, M.LOG = 0x7fff0000, 0x00050000, 0x7fc00000, 0x7ffc0000
M.ACTION = 0xffff0000

local INSTRUCTION = "=I2BBI4" -- struct sock_filter: code, jt, jf, k
local SIZE = 8
local LONGEST = 4096 -- BPF_MAXINSNS

--- BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JA, BPF_RET|BPF_K
local LOAD, EQUAL, JUMP, RETURN = 0x20, 0x15, 0x05, 0x06
local AND = 0x45 -- BPF_JMP|BPF_JSET|BPF_K
local NUMBER, ARCH, FLAGS = 0, 4, 24 -- struct seccomp_data; the lower half of the second argument

local function emit(list, code, k, yes, no)
  list[#list + 1] = INSTRUCTION:pack(code, yes or 0, no or 0, k)
end

--- A program that asks about the calls with one of the numbers, of this machine's ABI, and allows the rest.
---@param numbers integer[]
---@return string program
function M.asking(numbers)
  local list = {}
  emit(list, LOAD, ARCH)
  emit(list, EQUAL, sys.notify_arch(), 1, 0)
  emit(list, RETURN, M.ALLOW)
  emit(list, LOAD, NUMBER)
  for _, number in ipairs(numbers) do
    emit(list, EQUAL, number, 0, 1)
    emit(list, RETURN, M.NOTIFY)
  end
  emit(list, RETURN, M.ALLOW)
  return table.concat(list)
end

--- The actions that a watching program replaces by a question: SECCOMP_RET_ERRNO, _KILL_PROCESS, _KILL_THREAD.
local asked = { [M.ERRNO] = true, [0x80000000] = true, [0] = true }

--- A program with another one after it: what it allows goes on to that; about what it would refuse it asks.
local function passing(program)
  local parts, count = {}, #program // SIZE
  for i = 1, count do
    local code, yes, no, k = INSTRUCTION:unpack(program, (i - 1) * SIZE + 1)
    if code == RETURN and k == M.ALLOW then
      code, k = JUMP, count - i
    elseif code == RETURN and asked[k & M.ACTION] then
      k = M.NOTIFY
    end
    parts[i] = INSTRUCTION:pack(code, yes, no, k)
  end
  return table.concat(parts)
end

--- Refuses a listener of the command's own, as the kernel does while ours is open: once ours is closed, because the
--- launcher was killed, it would be asked instead of us. Everything else goes on to the program after it.
local function alone()
  local list = {}
  emit(list, LOAD, ARCH)
  emit(list, EQUAL, sys.notify_arch(), 0, 5)
  emit(list, LOAD, NUMBER)
  emit(list, EQUAL, sys.seccomp_resolve "seccomp", 0, 3)
  emit(list, LOAD, FLAGS)
  emit(list, AND, 8, 0, 1) -- SECCOMP_FILTER_FLAG_NEW_LISTENER
  emit(list, RETURN, M.ERRNO | sys.EBUSY)
  return table.concat(list)
end

--- Merges programs into one that asks about what any of them refuses, kills for or asks about, and about the calls of
--- `numbers`.
---@param programs string[]
---@param numbers integer[]
---@return string|nil program nil: longer than the kernel allows
function M.watching(programs, numbers)
  local parts = { alone() }
  for i, program in ipairs(programs) do parts[i + 1] = passing(program) end
  parts[#parts + 1] = M.asking(numbers)
  local program = table.concat(parts)
  return #program <= LONGEST * SIZE and program or nil
end

local function data_of(call)
  return ("=i4I4i8i8i8i8i8i8i8"):pack(call.number, call.arch, call.ip, table.unpack(call.args, 1, 6))
end

local alu = {
  [0x00] = function(a, b) return a + b end, [0x10] = function(a, b) return a - b end,
  [0x20] = function(a, b) return a * b end, [0x30] = function(a, b) return b == 0 and 0 or a // b end,
  [0x40] = function(a, b) return a | b end, [0x50] = function(a, b) return a & b end,
  [0x60] = function(a, b) return a << b end, [0x70] = function(a, b) return a >> b end,
  [0x80] = function(a) return -a end, [0xa0] = function(a, b) return a ~ b end,
}

local compare = {
  [0x10] = function(a, b) return a == b end, [0x20] = function(a, b) return a > b end,
  [0x30] = function(a, b) return a >= b end, [0x40] = function(a, b) return a & b ~= 0 end,
}

--- What a program returns for a call: an action with its data.
---@param program string
---@param call {number: integer, arch: integer, ip: integer, args: integer[]}
---@return integer
function M.run(program, call)
  local data, memory, a, x, at = data_of(call), {}, 0, 0, 0
  while true do
    local code, yes, no, k = INSTRUCTION:unpack(program, at * SIZE + 1)
    local class, operand = code & 7, code & 8 == 0 and k or x
    at = at + 1
    if class == 6 then
      return code & 0x18 == 0x10 and a or k
    elseif class == 0 then
      local mode = code & 0xe0
      a = mode == 0x20 and ("=I4"):unpack(data, k + 1) or mode == 0x60 and (memory[k] or 0)
        or mode == 0x80 and #data or k
    elseif class == 1 then
      local mode = code & 0xe0
      x = mode == 0x60 and (memory[k] or 0) or mode == 0x80 and #data or k
    elseif class == 2 then
      memory[k] = a
    elseif class == 3 then
      memory[k] = x
    elseif class == 4 then
      a = alu[code & 0xf0](a, operand) & 0xffffffff
    elseif code & 0xf0 == 0 then
      at = at + k
    elseif class == 5 then
      at = at + (compare[code & 0xf0](a, operand) and yes or no)
    elseif code & 0xf8 == 0 then
      x = a
    else
      a = x
    end
  end
end

return M
