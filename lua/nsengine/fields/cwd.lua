--- cwd: the working directory.
local kinds = require "nsengine.kinds"

return {
  name = "cwd",
  type = "string",
  default = '"/"',
  since = "0.2",
  doc = "The working directory of the command, a path inside the sandbox. The caller's is not inherited.",
  example = 'cwd = "/work"',
  check = function(value, fail)
    return kinds.path(value, fail)
  end,
  lower = function(value, b)
    b:add("cwd", "chdir", value)
  end,
}
