--- stdout: where the command writes.
local redirect = require "nsengine.redirect"

return {
  name = "stdout",
  type = '"inherit"|"capture"|"null"|"pipe"|file*|integer',
  default = '"inherit"',
  since = "0.2",
  spawn = true,
  doc = [[
Where the command writes: "inherit", "capture" (into the Result), "null", "pipe" (box:spawn only: the Process has its
end), an open file or descriptor: ns.open, which raises where io.open returns nil, and with that the caller's. What a
sandbox that a recipe returns captures is written out at its end, unless
--result FILE has it.]],
  example = 'stdout = "capture"',
  check = redirect.sink,
}
