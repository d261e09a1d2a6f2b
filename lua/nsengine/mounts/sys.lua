--- ns.sys: sysfs of the sandbox's network, read-only.
local mounts = require "nsengine.mount"

return {
  name = "sys",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = "sysfs(5), read-only, with the network devices of the sandbox's own network.",
  example = "ns.sys",
  check = function() return {} end,
  lower = function(_, target, b, field)
    if b:shares "net" then
      b:refuse(field, 'ns.sys shows the sandbox\'s own network: with the host\'s, write ns.ro "/sys"')
    end
    b:add(field, "filesystem", "sysfs", target, "", mounts.RDONLY | mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
  end,
}
