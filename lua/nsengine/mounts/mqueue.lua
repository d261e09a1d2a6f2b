--- ns.mqueue: the POSIX message queues of the sandbox.
local mounts = require "nsengine.mount"

return {
  name = "mqueue",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = "The POSIX message queues of the sandbox, mq_overview(7).",
  example = "ns.mqueue",
  check = function() return {} end,
  lower = function(_, target, b, field)
    if b:shares "ipc" then
      b:refuse(field, 'ns.mqueue shows the sandbox\'s own ipc namespace: with share = { "ipc" } write '
        .. 'ns.rw "/dev/mqueue"')
    end
    b:add(field, "filesystem", "mqueue", target, "", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
  end,
}
