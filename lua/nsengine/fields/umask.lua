--- umask: the permission bits that new files do not get.
local kinds = require "nsengine.kinds"

return {
  name = "umask",
  type = "string",
  default = '"022"',
  since = "0.2",
  doc = "The permission bits that files made by the command do not get, umask(2): octal digits.",
  example = 'umask = "077"',
  check = function(value, fail)
    local bits = kinds.mode(value, fail, nil, "022")
    if bits > 511 then fail(('"%s": at most "777"'):format(value)) end
    return bits
  end,
  lower = function(value, b)
    b:add("umask", "umask", value)
  end,
}
