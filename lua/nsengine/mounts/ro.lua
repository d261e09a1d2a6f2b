--- ns.ro: a path of the host, read-only with all that is mounted below it.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "ro",
  doc = [[
A file or directory of the host that cannot be written to, nor can what is mounted below it. follow = false refuses a
path with a symbolic link in it: for a tree that strangers write to. Of "/" come the files: /dev, /proc, /sys and /run
are empty and /tmp is read-only, unless ns.dev, ns.proc, ns.tmpfs() and their kin stand beside it.]],
  example = 'ns.ro "/usr"',
}, mounts.RDONLY | mounts.NOSUID | mounts.NODEV)
