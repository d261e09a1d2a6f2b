--- nice: the nice value of the command.
local kinds = require "nsengine.kinds"

return {
  name = "nice",
  type = "integer",
  default = "the caller's, but not below 0",
  since = "0.2",
  doc = [[
The nice value of the command, nice(2), up to 19, the most yielding. It can be below the caller's only as far as
RLIMIT_NICE allows, because it is set after all privileges are dropped.]],
  example = "nice = 10",
  check = function(value, fail)
    return kinds.integer(value, fail, -20, 19)
  end,
  lower = function(value, b)
    b:add("nice", "nice", value)
  end,
}
