--- ns.rw: a host path that can be written to.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "rw",
  doc = "A file or directory of the host, writable; what is written there stays.",
  example = 'ns.rw "."',
}, mounts.NOSUID | mounts.NODEV)
