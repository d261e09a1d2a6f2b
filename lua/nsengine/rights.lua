--- The rights of landlock(7) by name: the bit of each, and the ABI that introduced it. Not from <linux/landlock.h>:
--- Debian 12's knows two of the ten ABIs.

local M = {}

--- {kind = {NAME = {bit, ABI}}}: LANDLOCK_ACCESS_FS_NAME, LANDLOCK_ACCESS_NET_NAME, LANDLOCK_SCOPE_NAME.
M.kinds = {
  fs = {
    EXECUTE = { 0, 1 }, WRITE_FILE = { 1, 1 }, READ_FILE = { 2, 1 }, READ_DIR = { 3, 1 }, REMOVE_DIR = { 4, 1 },
    REMOVE_FILE = { 5, 1 }, MAKE_CHAR = { 6, 1 }, MAKE_DIR = { 7, 1 }, MAKE_REG = { 8, 1 }, MAKE_SOCK = { 9, 1 },
    MAKE_FIFO = { 10, 1 }, MAKE_BLOCK = { 11, 1 }, MAKE_SYM = { 12, 1 }, REFER = { 13, 2 }, TRUNCATE = { 14, 3 },
    IOCTL_DEV = { 15, 5 }, RESOLVE_UNIX = { 16, 9 },
  },
  net = { BIND_TCP = { 0, 4 }, CONNECT_TCP = { 1, 4 }, BIND_UDP = { 2, 10 }, CONNECT_SEND_UDP = { 3, 10 } },
  scope = { ABSTRACT_UNIX_SOCKET = { 0, 6 }, SIGNAL = { 1, 6 } },
}

--- The Linux version that introduced each ABI.
M.linux = { "5.13", "5.19", "6.2", "6.7", "6.10", "6.12", "6.15", "7.0", "7.1", "7.2" }

--- The ABI that introduced a right.
function M.abi(kind, name)
  return M.kinds[kind][name][2]
end

--- The bits of some rights.
---@param kind "fs"|"net"|"scope"
---@param names string[]
---@return integer
function M.bits(kind, names)
  local bits = 0
  for _, name in ipairs(names) do bits = bits | 1 << M.kinds[kind][name][1] end
  return bits
end

--- The names of some bits, for people: "EXECUTE|READ_FILE".
function M.text(kind, bits)
  local names = {}
  for name, right in next, M.kinds[kind] do
    if bits >> right[1] & 1 == 1 then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return M.kinds[kind][a][1] < M.kinds[kind][b][1] end)
  return names[1] and table.concat(names, "|") or "0"
end

return M
