#!/usr/bin/env lua5.4
-- The engine in a stock interpreter: lua5.4 run.lua COMMAND...
-- LUA_PATH and LUA_CPATH lead to the modules where they are not installed.
local ns = require "nsengine"

local box = ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  limits = { wall_time = "10s" },
  cmd = { "id" },
}
local result = box:run(arg[1] and { table.unpack(arg) } or {})
print(result)
os.exit(result:status(), true)
