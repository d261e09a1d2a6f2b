--- ns.dev_bind: a host path in which devices work.
local mounts = require "nsengine.mount"

return require "nsengine.bind"({
  name = "dev_bind",
  doc = "A file or directory of the host, writable and with devices that can be opened; ns.ro and ns.rw are nodev.",
  example = 'ns.dev_bind "/dev/kvm"',
}, mounts.NOSUID)
