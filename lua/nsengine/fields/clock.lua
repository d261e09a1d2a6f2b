--- clock: offsets of the clocks inside.
local kinds = require "nsengine.kinds"

local function offset(value, fail, key)
  return kinds.duration(value, fail, key, true)
end

local keys = {
  monotonic = { check = offset, type = "number|string", default = "0",
    doc = "Offset of CLOCK_MONOTONIC inside.", example = 'clock = { monotonic = "1h" }' },
  boottime = { check = offset, type = "number|string", default = "0",
    doc = "Offset of CLOCK_BOOTTIME, and so of uptime(1), inside.", example = 'clock = { boottime = "30d" }' },
}

local function nanoseconds(seconds)
  return math.floor((seconds or 0) * 1000000000 + 0.5)
end

return {
  name = "clock",
  type = "table",
  default = "the clocks of the host",
  since = "0.2",
  doc = "Offsets of the clocks that count from boot. They may be negative, but no clock may fall below 0.",
  example = 'clock = { monotonic = "1h", boottime = "1h" }',
  keys = keys,
  merge = kinds.merge,
  check = function(value, fail)
    if type(value) == "table" and rawget(value, "realtime") ~= nil then
      fail("the whole machine has one time of day: only monotonic and boottime have offsets", "realtime")
    end
    return kinds.record(value, fail, keys, "clock")
  end,
  lower = function(value, b, spec, host)
    if b:shares "time" then
      b:refuse("clock", "share = { \"time\" } keeps the host's clocks: leave out one of them")
    end
    if spec.init == false and host.linux < 6003 then
      b:unable("clock", "with init = false this needs Linux 6.3, where execve(2) enters a new time namespace; "
        .. "leave out init = false")
    end
    if value.monotonic or value.boottime then
      -- The step creates the namespace, because its clocks must be set before a process enters it.
      b.flags = b.flags & ~require("nsengine.plan").namespaces.time
      b:add("clock", "timens", nanoseconds(value.monotonic), nanoseconds(value.boottime))
    end
  end,
}
