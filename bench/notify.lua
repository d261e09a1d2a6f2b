--- A system call that is answered from outside: by a function of Lua, and by ten lines of C. Run from the tree:
--- LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua" LUA_CPATH="build/lib/?.so" lua5.4 bench/notify.lua [N]

local asking = require "support.asking"
local sys = require "nsengine.sys"

local count, rounds = math.tointeger(arg and tonumber(arg[1])) or 20000, 5

local function build()
  local program = "build/bench/notify"
  assert(os.execute("mkdir -p build/bench && cc -O2 -Wall -D_GNU_SOURCE -static -o " .. program .. " bench/notify.c"))
  return sys.getcwd() .. "/" .. program
end

local function best(measure)
  local time
  for _ = 1, rounds do time = math.min(time or math.huge, measure()) end
  return time
end

local program = build()

local function in_c()
  local pipe = assert(io.popen(("%s handler %d"):format(program, count)))
  local time = pipe:read "n"
  pipe:close()
  return (assert(time, "the handler in C failed"))
end

local function in_lua()
  local r = asking.run({ getppid = function(call) return call:value(4242) end },
    { program, "payload", tostring(count) }, { fs = { ["/"] = require("nsengine").ro "/" } })
  return (assert(tonumber(r.stdout), r.stderr))
end

local c, lua = best(in_c), best(in_lua)
print(("a call answered by C: %.1f us; by Lua: %.1f us; %.2f times"):format(c / 1000, lua / 1000, lua / c))
