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
descriptor, or any other string: that text, and no path, "1.in" too. { text = "null" } is the text of a word.
A file is opened by ns.open, which raises where it is missing. io.open returns nil then, which is no field at all: the
command would read what the caller reads.]],
  example = 'stdin = ns.open "1.in"',
  check = redirect.source,
}
