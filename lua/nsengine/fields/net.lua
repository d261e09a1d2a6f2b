--- net: the network.
local kinds = require "nsengine.kinds"

local words = { none = true, host = true }

return {
  name = "net",
  type = '"none"|"host"',
  default = '"none"',
  since = "0.2",
  doc = [[
The network. "none": a network of its own with only a loopback interface, which is up. "host": the host's network.
The host's abstract sockets come with it. From Linux 6.12 on, landlock keeps the command from connecting to them;
before, it can reach those of X, D-Bus or containerd. landlock = { scope = {} } allows them; X11 clients may need
that.]],
  example = 'net = "host"',
  check = function(value, fail)
    if type(value) == "table" then fail('tables are not supported yet: write "none" or "host"') end
    return kinds.word(value, fail, words)
  end,
  lower = function(value, b)
    local bit = require("nsengine.plan").namespaces.net
    if value == "none" and b:shares "net" then
      b:refuse("net", "'none' contradicts share = { \"net\" }: leave out one of them")
    elseif value == "host" then
      b.flags = b.flags & ~bit
    end
    if not b:shares "net" then b:add("net", "link_up", "lo") end
  end,
}
