--- denied: whether the Result lists what was denied.
local kinds = require "nsengine.kinds"

return {
  name = "denied",
  type = "boolean",
  default = "false",
  since = "0.2",
  takes_false = true,
  doc = [[
Records what the command was denied. Result.denied lists the calls that failed because of the recipe, each with its
path or address, the field and its line, and what to write to allow it. Calls that name files or addresses are then
checked outside the sandbox, which slows each by some 50 us: use it to find out what a recipe lacks, not every day.
They are answered while the program waits for a sandbox, or reads, writes or polls its pipes. It needs the init.
nsengine --why does the same for a recipe that does not ask for it.]],
  example = "denied = true",
  check = function(value, fail)
    if value == "learn" then return value end -- set by nsengine.learn
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b)
    b.watched = value or nil
  end,
}
