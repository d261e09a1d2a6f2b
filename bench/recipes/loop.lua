--- Spawns one compiled sandbox many times from one process, and prints medians as floor_sandbox -n does:
---   loop.lua COUNT MEGABYTES init|noinit COMMAND
local ns = require "nsengine"
local sys = require "nsengine.sys"

local count, megabytes, init, command = ...
local ballast = ("x"):rep(tonumber(megabytes) << 20) -- resident: each page has been written

local box = ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev },
  init = init == "init",
}

local function median(values)
  table.sort(values)
  return math.floor(values[#values // 2 + 1] * 1e9)
end

local spawned, ran = {}, {}
for i = 0, tonumber(count) do
  local start = sys.monotonic()
  local process = box:spawn { command }
  local seconds = sys.monotonic() - start
  process:wait():check()
  if i > 0 then -- the first compiles it
    spawned[i] = seconds
    ran[i] = sys.monotonic() - start
  end
end
print(("spawn_ns %d run_ns %d ballast %d"):format(median(spawned), median(ran), #ballast))
