--- Paths below /proc of processes that this program knows by their numbers.

local sys = require "nsengine.sys"

local M = {}

--- "/proc/PID/NAME"; nil where /proc is that of another pid namespace, as after `unshare -pf`, in which the number is
--- another process.
---@param pid integer
---@param name string
---@return string|nil
function M.path(pid, name)
  if sys.readlink "/proc/self" ~= tostring(sys.getpid()) then return nil end
  return ("/proc/%d/%s"):format(pid, name)
end

return M
