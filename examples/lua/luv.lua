#!/usr/bin/env lua5.4
-- Sandboxes in libuv's event loop: lua5.4 luv.lua; Debian's lua-luv.
-- A pidfd is readable once its process has ended, so the loop polls it as any other descriptor.
local ns = require "nsengine"
local uv = require "luv"

local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { wall_time = "1s" }, stdout = "null" }

--- Calls done(result) when the command has ended, from the loop.
local function spawn(command, done)
  local process = box:spawn(command)
  local pidfd = assert(process:pidfd())
  local poll, tick = uv.new_poll(pidfd:fileno()), uv.new_timer()
  local function look()
    local result = process:wait(0)
    if not result then return end
    poll:close()
    tick:close()
    pidfd:close()
    done(result)
  end
  poll:start("r", look)
  tick:start(100, 100, look) -- waiting enforces the time limits
end

local commands = { { "true" }, { "sh", "-c", "exit 3" }, { "sh", "-c", "kill $$" }, { "sleep", "60" } }
for i, command in ipairs(commands) do
  spawn(command, function(result) print(i, result.reason) end)
end
uv.run()
