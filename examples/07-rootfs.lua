#!/usr/bin/env nsengine
-- A whole other system, with DIR as its root directory. To try it, make one from busybox alone:
--   mkdir -p root/bin && cp "$(command -v busybox)" root/bin/     (Debian: the package busybox-static)
--   for tool in sh ls cat id ps hostname; do ln -s busybox root/bin/$tool; done
--   nsengine 07-rootfs.lua root                    a shell in it
--   nsengine 07-rootfs.lua root -- ps              that command instead
--   nsengine 07-rootfs.lua --help                  its other options
local ns = require "nsengine"

-- The arguments of a recipe: --help and the messages about mistakes are made from these lines.
local opt = ns.args({
  about = "Runs a command in the system that lies in a directory.",
  cmd = "the command; a shell by default",
  { "dir", "its root directory", required = true },
  { "--hostname", "its host name", default = "rootfs" },
  { "--memory", "the size of its /tmp", default = "64M", type = "size" },
}, ...)

return ns.sandbox {
  hostname = opt.hostname,
  user = "root",                 -- as such systems expect; outside it is an ordinary user
  fs = {
    -- Read-only, so that it serves many. What is not in DIR, a missing /proc for example, is made above it
    -- and never in it; and no symbolic link in it leads outside.
    ["/"]     = ns.ro(opt.dir),
    ["/proc"] = ns.proc,
    ["/dev"]  = ns.dev,
    ["/tmp"]  = ns.tmpfs { size = opt.memory },
  },
  env = { PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TERM = true, HOME = "/tmp" },
  cmd = opt.cmd or { "/bin/sh" },
}
