--- hostname: what gethostname(2) returns inside.
local kinds = require "nsengine.kinds"

return {
  name = "hostname",
  type = "string",
  default = 'the name of the sandbox, else "sandbox"',
  since = "0.2",
  doc = "The host name inside, at most 64 bytes. The host's own name is not visible.",
  example = 'hostname = "box"',
  check = function(value, fail)
    kinds.text(value, fail)
    if #value > 64 then fail("the kernel allows at most 64 bytes, got " .. #value) end
    return value
  end,
  lower = function(value, b)
    if b:shares "uts" then
      b:refuse("hostname", "share = { \"uts\" } keeps the host's: leave out one of them")
    end
    b:add("hostname", "hostname", value)
  end,
}
