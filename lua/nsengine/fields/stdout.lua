--- stdout: where the command's output goes.
local redirect = require "nsengine.redirect"

return {
  name = "stdout",
  type = '"inherit"|"capture"|"null"|"pipe"|file*|integer',
  default = '"inherit"',
  since = "0.2",
  spawn = true,
  doc = [[
Where the command writes to: "inherit", "capture" (into the Result), "null", "pipe" (box:spawn only: the Process has
the other end), or an open file or descriptor. Open files with ns.open, which raises an error on failure: io.open
returns nil then, which means the caller's output. If a recipe returns the sandbox, what it captures is written out at
its end, unless --result FILE has it.]],
  example = 'stdout = "capture"',
  check = redirect.sink,
}
