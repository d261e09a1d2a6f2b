#!/usr/bin/env nsengine
-- The sandbox of 01-tutorial.lua, described instead of called step by step.
--   nsengine 05-shell.lua                    a shell: try id, hostname, /sbin/ifconfig, ps -ef, touch /etc/x
--   nsengine 05-shell.lua -- COMMAND...      that command instead
--   nsengine --explain 05-shell.lua          what will be done, in order, and the line that asked for it
local ns = require "nsengine"

-- A sandbox shares nothing: what is not named here is not inside. All eight namespaces are new, there is
-- no network but a loopback, no environment, no capability that reaches outside.
return ns.sandbox {
  hostname = "zxytest",
  user = "nobody",               -- an id that means nothing outside; try "root"
  fs = {
    ["/"]     = ns.ro "/",       -- the host's files, to look at: mounts below it too
    ["/proc"] = ns.proc,         -- of the new pid namespace
    ["/dev"]  = ns.dev,          -- null, zero, random, tty and their kin
    ["/tmp"]  = ns.tmpfs { size = "64M" },
  },
  env = { PATH = true, TERM = true, HOME = "/tmp" }, -- true: as it is outside
  cmd = { "/bin/sh" },
}
