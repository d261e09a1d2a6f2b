#!/usr/bin/env lua5.4
-- The engine in a stock interpreter: lua5.4 run.lua COMMAND...
-- Where the modules are not installed they are found by
--   LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;" LUA_CPATH="$PWD/build/lib/?.so;;"
local ns = require "nsengine"

local box = ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  limits = { wall_time = "10s" },
  cmd = { "id" },
}
local result = box:run(arg[1] and { table.unpack(arg) } or {})
print(result)
os.exit(result:status(), true)
