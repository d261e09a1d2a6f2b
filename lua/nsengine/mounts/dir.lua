--- ns.dir: an empty directory.
local kinds = require "nsengine.kinds"

return {
  name = "dir",
  type = "nsengine.Mount | fun(mode: string): nsengine.Mount",
  since = "0.2",
  doc = 'An empty directory. mode is "755" by default. For one that can be written to use ns.tmpfs.',
  example = 'ns.dir "700"',
  check = function(mode, fail)
    return { mode = mode == nil and 493 or kinds.mode(mode, fail) }
  end,
  lower = function(mount, target, b, field)
    b:add(field, "directory", target, mount.mode)
  end,
}
