--- denied: whether the Result tells what was denied.
local kinds = require "nsengine.kinds"

return {
  name = "denied",
  type = "boolean",
  default = "false",
  since = "0.2",
  takes_false = true,
  doc = [[
Notes what the command was denied: Result.denied is a list of the calls that failed because of the recipe, each with its
path or address, the field and its line, and what to write to allow it. Calls that name files and addresses are then
asked outside, which makes each of them some 50 us slower: for finding out what a recipe lacks, not for every day. They
are answered while the program waits for a sandbox, or reads and writes at its pipes.
nsengine --why does it for a recipe that does not say so. It takes the init.]],
  example = "denied = true",
  check = function(value, fail)
    if value == "learn" then return value end -- of nsengine.learn
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b)
    b.watched = value or nil
  end,
}
