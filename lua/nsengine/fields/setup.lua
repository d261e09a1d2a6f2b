--- setup: a function that runs inside before privileges are dropped.
local kinds = require "nsengine.kinds"

return {
  name = "setup",
  type = "function",
  default = "none",
  since = "0.2",
  doc = [[
A function that runs inside, once everything is mounted and before any privilege is dropped; it may use all of
nsengine.sys. An error, or nil and a message, aborts the start. The caller is forked for it, which takes time if it is
large.]],
  example = 'setup = function() assert(sys.link_set("lo", { mtu = 1400 })) end',
  check = function(value, fail)
    if type(value) ~= "function" then fail("expected a function, got " .. kinds.show(value)) end
    return function()
      local done, message = value()
      if done == nil and message ~= nil then error(message, 0) end -- the convention of nsengine.sys
    end
  end,
  lower = function(_, b)
    b:add("setup", "setup")
  end,
}
