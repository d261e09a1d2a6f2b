#!/usr/bin/env nsengine
-- Combines both layers: a description, and a function that uses the kernel's calls inside. It runs after everything
-- is mounted and before any privilege is dropped; its errors are reported with their own line.
--   nsengine 10-setup.lua                    shows what it made
--   nsengine 10-setup.lua -- COMMAND...      that command instead
local ns = require "nsengine"
local sys = require "nsengine.sys"

local function setup()
  -- The loopback is up already; the kernel's calls can change the rest of it.
  assert(sys.link_set("lo", { mtu = 1400 }))

  -- A file tree that fs cannot describe: the same directory twice, once closed to changes.
  assert(sys.mkdirs "/tmp/public")
  assert(sys.writefile("/tmp/public/notice", "made by setup\n"))
  assert(sys.mount("/tmp/public", "/mnt", nil, sys.MS_BIND))
  assert(sys.mount(nil, "/mnt", nil, sys.MS_BIND | sys.MS_REMOUNT | sys.MS_RDONLY))
end

return ns.sandbox {
  user = "root",
  fs = {
    ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/sys"] = ns.sys, ["/tmp"] = ns.tmpfs(), ["/mnt"] = ns.tmpfs(),
  },
  setup = setup,
  cmd = { "sh", "-c", "cat /sys/class/net/lo/mtu /mnt/notice; touch /mnt/x" },
}
