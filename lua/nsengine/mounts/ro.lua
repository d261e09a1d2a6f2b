--- ns.ro: a path of the host, read-only with all that is mounted below it.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "ro",
  type = "fun(path: string): nsengine.Mount",
  doc = "A file or directory of the host that cannot be written to, nor can what is mounted below it.",
  example = 'ns.ro "/usr"',
}, mounts.RDONLY | mounts.NOSUID | mounts.NODEV)
