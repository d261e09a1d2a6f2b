--- domainname: the NIS domain name inside.
local kinds = require "nsengine.kinds"

return {
  name = "domainname",
  type = "string",
  default = "the host's",
  since = "0.2",
  doc = "The NIS domain name inside, at most 64 bytes.",
  example = 'domainname = "example"',
  check = function(value, fail)
    kinds.text(value, fail)
    if #value > 64 then fail("the kernel takes at most 64 bytes, these are " .. #value) end
    return value
  end,
  lower = function(value, b)
    if b:shares "uts" then
      b:refuse("domainname", "it is the host's own with share = { \"uts\" }: leave out one of them")
    end
    b:add("domainname", "domainname", value)
  end,
}
