--- tty: whether the command has a terminal of its own.
local kinds = require "nsengine.kinds"

return {
  name = "tty",
  type = "boolean",
  default = "automatic: where standard input and output are terminals",
  since = "0.2",
  spawn = true,
  takes_false = true,
  doc = [[
Whether the command gets a pseudo-terminal of its own, with job control. The caller's terminal itself is never its
controlling one; it is raw meanwhile, and given back at the end. Only a launcher that SIGKILL ends leaves it raw:
`reset` mends it. With false descriptors are passed on as they are, in a new session.]],
  example = "tty = false",
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
}
