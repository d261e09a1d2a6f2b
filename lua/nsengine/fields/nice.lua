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
  lower = function(value, b, _, host)
    if value then
      b:add("nice", "nice", value)
    elseif host.nice < 0 then -- what the caller is favoured with is not for strangers
      b:add("nice", "nice", 0)
    end
  end,
}
