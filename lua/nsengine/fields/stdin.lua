--- stdin: where the command reads.
local redirect = require "nsengine.redirect"

return {
  name = "stdin",
  type = '"inherit"|"null"|"pipe"|string|table|file*|integer',
  default = '"inherit"',
  since = "0.2",
  spawn = true,
  doc = [[
Where the command reads: "inherit", "null", "pipe" (box:spawn only: the Process has its end), an open file or
descriptor,
or any other string: that text. { text = "null" } is the text of a word.]],
  example = 'stdin = io.open "1.in"',
  check = redirect.source,
}
