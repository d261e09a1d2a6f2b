#!/usr/bin/env nsengine
-- Runs a command that can read all files of this machine but write only here and in its own /tmp; the network
-- is off. An untrusted build cannot touch your dotfiles.
--   nsengine 06-run.lua -- make
local ns = require "nsengine"

local here = ns.cwd()

return ns.sandbox {
  name = "run",
  user = "self",                 -- files that it makes are yours
  fs = {
    ["/"]     = ns.ro "/",
    ["/proc"] = ns.proc,
    ["/dev"]  = ns.dev,
    ["/tmp"]  = ns.tmpfs { size = "1G" },
    [here]    = ns.rw(here),     -- a more specific path lies over a less specific one
  },
  cwd = here,
  env = true,                    -- all of it: see what `nsengine 06-run.lua -- env` knows about you
  limits = { processes = 1000, core = 0 },
}
