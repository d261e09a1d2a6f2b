#!/usr/bin/env nsengine
-- A command's output as a value, its limits, and how it ended: a Result is plain data, whatever happened.
--   nsengine 08-capture.lua
local ns = require "nsengine"

local base = ns.sandbox {
  fs  = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  env = { PATH = "/usr/bin:/bin" },
}

-- Another sandbox, like the first except for what is given here: tables merge, `false` removes.
local strict = base:with { limits = { wall_time = "500ms", output = "4K", files = 32 }, stderr = "null" }

-- The list part of the table is the command; the named part applies to this run.
local sum = strict:run { "sort", "-n", stdin = "30\n4\n100\n", stdout = "capture" }
print("sorted:", (sum.stdout:gsub("\n", " ")))

for _, command in ipairs {
  { "true" },
  { "sh", "-c", "exit 3" },
  { "sh", "-c", "kill -SEGV $$" },
  { "sleep", "60" },
  { "yes" },
} do
  command.stdout = "capture"
  local r = strict:run(command)
  print(("%-6s %-10s %s"):format(command[1], r.reason, tostring(r):gsub("%d+%.%d+ s", "... s")))
end

-- What must not fail is checked: check() raises an error if it did.
base:run({ "test", "-d", "/usr" }):check()

-- What a recipe returns is its exit status: this one's is the command's.
return base:run { "sh", "-c", "echo done" }
