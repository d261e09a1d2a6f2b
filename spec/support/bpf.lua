--- Runs a filter of system calls as the kernel would, for any machine: struct seccomp_data in, SECCOMP_RET_* out.
--- Supports the instructions that libseccomp writes; others are errors.

local M = {}

M.arch = { x86_64 = 0xc000003e, aarch64 = 0xc00000b7, i386 = 0x40000003 }
M.X32 = 0x40000000
M.ALLOW, M.LOG, M.NOTIFY, M.ERRNO, M.KILL = 0x7fff0000, 0x7ffc0000, 0x7fc00000, 0x00050000, 0x80000000

--- {{code, jt, jf, k}, ...}
function M.parse(program)
  assert(#program % 8 == 0)
  local list = {}
  for at = 1, #program, 8 do list[#list + 1] = { string.unpack("=I2BBI4", program, at) } end
  return list
end

--- The 32-bit word at an offset of struct seccomp_data.
local function word(call, offset)
  if offset == 0 then return call.nr & 0xffffffff end
  if offset == 4 then return call.arch end
  assert(offset >= 16 and offset < 64 and offset % 4 == 0, "a load at " .. offset)
  local value = call.args and call.args[(offset - 16) // 8 + 1] or 0
  return offset % 8 == 0 and value & 0xffffffff or value >> 32 & 0xffffffff
end

local tests = {
  [0x15] = function(a, k) return a == k end, [0x25] = function(a, k) return a > k end,
  [0x35] = function(a, k) return a >= k end, [0x45] = function(a, k) return a & k ~= 0 end,
}

--- The answer to a call {nr =, arch =, args = {...}}, and the number of instructions before it.
---@param program table what parse returns
function M.run(program, call)
  local a, memory, at, steps = 0, {}, 1, 0
  while true do
    local one = assert(program[at], "ran out of the program")
    local code, k = one[1], one[4]
    steps, at = steps + 1, at + 1
    if code == 0x20 then a = word(call, k)                          -- ld [k]
    elseif code == 0x06 then return k, steps                        -- ret
    elseif code == 0x05 then at = at + k                            -- ja
    elseif tests[code] then at = at + (tests[code](a, k) and one[2] or one[3])
    elseif code == 0x54 then a = a & k
    elseif code == 0x02 then memory[k] = a                          -- st
    elseif code == 0x60 then a = assert(memory[k])                  -- ld M[k]
    else error(("instruction 0x%x"):format(code)) end
  end
end

--- The answer as text: "allow", "log", "notify", "kill", or an error's number.
function M.verdict(action)
  local names = { [M.ALLOW] = "allow", [M.LOG] = "log", [M.NOTIFY] = "notify", [M.KILL] = "kill" }
  if names[action] then return names[action] end
  assert(action & 0xffff0000 == M.ERRNO, ("action 0x%x"):format(action))
  return action & 0xffff
end

return M
