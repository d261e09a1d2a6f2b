--- ns.ro: a host path, read-only with everything mounted below it.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "ro",
  doc = [[
A file or directory of the host, read-only with all that is mounted below it. follow = false refuses a path that
contains a symbolic link: for a tree that strangers write to. ns.ro "/" brings only files: /dev, /proc, /sys and /run
are empty and /tmp is read-only, unless ns.dev, ns.proc, ns.tmpfs() and the like are mounted there.]],
  example = 'ns.ro "/usr"',
}, mounts.RDONLY | mounts.NOSUID | mounts.NODEV)
