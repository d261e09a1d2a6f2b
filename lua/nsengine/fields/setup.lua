--- setup: a function that runs inside before privileges are given up.
local kinds = require "nsengine.kinds"

return {
  name = "setup",
  type = "function",
  default = "none",
  since = "0.2",
  doc = [[
A function that runs inside, when all is mounted and nothing is given up yet, with all of nsengine.sys. An error, or nil
and a message, ends the start. The command's process is copied for it, which takes time in a large caller.]],
  example = 'setup = function() assert(sys.link_set("lo", { mtu = 1400 })) end',
  check = function(value, fail)
    if type(value) ~= "function" then fail("expected a function, got " .. kinds.show(value)) end
    return function()
      local done, message = value()
      if done == nil and message ~= nil then error(message, 0) end -- as nsengine.sys says that it failed
    end
  end,
  lower = function(_, b)
    b:add("setup", "setup")
  end,
}
