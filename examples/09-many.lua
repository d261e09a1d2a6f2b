#!/usr/bin/env nsengine
-- Many commands, a few at a time: each in its own sandbox, all from one description.
--   nsengine 09-many.lua                     1,000 commands, 8 at a time
--   nsengine 09-many.lua --count 50 --jobs 2
local ns = require "nsengine"
local sys = require "nsengine.sys"

local opt = ns.args({
  about = "Runs commands in a pool of sandboxes.",
  { "-c --count", "how many", default = 1000, type = "integer" },
  { "-j --jobs", "how many at a time", default = 8, type = "integer" },
}, ...)

-- Planned and compiled once, by the first that is started.
local box = ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc },
  env = { PATH = "/usr/bin:/bin" },
  stdin = "null", stdout = "capture",
  limits = { wall_time = "1min" },
}

local live = sys.isatty(1)
local started, ended, failed, total = 0, 0, 0, 0
local begin = sys.monotonic()

local running = {}
while ended < opt.count do
  while started < opt.count and #running < opt.jobs do
    started = started + 1
    running[#running + 1] = box:spawn { "sh", "-c", ("echo $((%d * %d))"):format(started, started) }
  end
  -- Whichever ends first; it is taken off the list.
  local _, r = ns.wait(running)
  ended = ended + 1
  if r.ok then total = total + tonumber(r.stdout) else failed = failed + 1 end
  if live then io.write(("\r%d of %d, %d failed"):format(ended, opt.count, failed)):flush() end
end

if live then io.write("\n") end
local seconds = sys.monotonic() - begin
print(("%d commands, %d failed, %d in all, %.1f s, %.0f a second"):format(
  ended, failed, total, seconds, ended / seconds))
return failed == 0
