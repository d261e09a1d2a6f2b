--- stdin: where the command's input comes from.
local redirect = require "nsengine.redirect"

return {
  name = "stdin",
  type = '"inherit"|"null"|"pipe"|string|table|file*|integer',
  default = '"inherit"',
  since = "0.2",
  spawn = true,
  doc = [[
Where the command reads from: "inherit", "null", "pipe" (box:spawn only: the Process has the other end), or an open
file or descriptor. Any other string is the text to read and not a path, even "1.in". { text = "null" } is the text of
such a word.
Open files with ns.open, which raises an error on failure: io.open returns nil then, which leaves the field unset, and
the command would read what the caller reads.]],
  example = 'stdin = ns.open "1.in"',
  check = redirect.source,
}
