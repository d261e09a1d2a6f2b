--- domainname: the NIS domain name inside.
local hostname = require "nsengine.fields.hostname"

return {
  name = "domainname",
  type = "string",
  default = "the host's",
  since = "0.2",
  doc = "The NIS domain name inside, at most 64 bytes.",
  example = 'domainname = "example"',
  check = hostname.check,
  lower = function(value, b)
    if b:shares "uts" then
      b:refuse("domainname", "share = { \"uts\" } keeps the host's: leave out one of them")
    end
    b:add("domainname", "domainname", value)
  end,
}
