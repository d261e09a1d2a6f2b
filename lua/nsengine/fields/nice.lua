--- nice: how willingly the command waits for others.
local kinds = require "nsengine.kinds"

return {
  name = "nice",
  type = "integer",
  default = "the caller's, but not below 0",
  since = "0.2",
  doc = [[
The nice value of the command, 19 is the most patient. Only ever above the caller's, or as low as its RLIMIT_NICE
allows: the command is set up to it when all privileges are gone.]],
  example = "nice = 10",
  check = function(value, fail)
    return kinds.integer(value, fail, -20, 19)
  end,
  lower = function(value, b)
    b:add("nice", "nice", value)
  end,
}
