--- cwd: the working directory.
local kinds = require "nsengine.kinds"

return {
  name = "cwd",
  type = "string",
  default = '"/"',
  since = "0.2",
  doc = "The working directory of the command, a path inside the sandbox; not the caller's, which may not be there.",
  example = 'cwd = "/work"',
  check = function(value, fail)
    return kinds.path(value, fail)
  end,
  lower = function(value, b)
    b:add("cwd", "chdir", value)
  end,
}
