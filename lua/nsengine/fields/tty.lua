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
Whether the command gets a pseudo-terminal of its own, with job control. The caller's terminal never becomes its
controlling terminal; it is raw meanwhile, and restored at the end. Only a launcher that is killed by SIGKILL leaves
it raw: `reset` repairs it. Ctrl-Z does not suspend a command that is no shell, because nothing in its session could
resume it; where it matters, make the command a shell, which has job control. With false, descriptors are passed on as
they are, in a new session.]],
  example = "tty = false",
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
}
