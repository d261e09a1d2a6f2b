--- ns.dev_bind: a path of the host, with the devices in it.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "dev_bind",
  doc = "A file or directory of the host where devices work: all other mounts are without.",
  example = 'ns.dev_bind "/dev/kvm"',
}, mounts.NOSUID)
