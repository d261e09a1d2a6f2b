--- ns.devpts: pseudo-terminals of the sandbox's own; ns.dev has them already.
local mounts = require "nsengine.mount"

return {
  name = "devpts",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = "Pseudo-terminals of the sandbox's own, pts(4), at most 256; for a /dev that is not ns.dev.",
  example = 'fs = { ["/dev/pts"] = ns.devpts, ["/dev/ptmx"] = ns.symlink "pts/ptmx" }',
  check = function() return {} end,
  lower = function(_, target, b, field)
    -- Not nodev: a terminal is a device.
    b:add(field, "filesystem", "devpts", target, mounts.options("ptmxmode", "0666", "mode", "0620", "max", "256"),
      mounts.NOSUID | mounts.NOEXEC)
  end,
}
