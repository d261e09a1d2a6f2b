#!/usr/bin/env nsengine
-- A profile is a sandbox to start from. This one is for an agent: it works on the project in the working directory,
-- and sees no home, no keys and no network. It cannot change what git and editors would run later.
--   cd PROJECT && nsengine 14-profile.lua                    a shell as the agent has it
--   cd PROJECT && nsengine 14-profile.lua -- COMMAND...      the agent
-- nsengine --help profile lists them all; nsengine --explain shows each step of one.
local ns = require "nsengine"

local agent = ns.profile "agent"

-- Changes are made as to any sandbox. Its caches are in memory, and disappear with it.
return agent:with {
  fs = { ["/home/agent/.cache"] = ns.tmpfs { size = "2G" } },
  env = { EDITOR = "true", GIT_TERMINAL_PROMPT = "0" },
  limits = { wall_time = "8h" },
  cmd = { "/bin/sh" },
}
