--- stderr: where the command's error output goes.
local redirect = require "nsengine.redirect"

return {
  name = "stderr",
  type = '"inherit"|"stdout"|"capture"|"null"|"pipe"|file*|integer',
  default = '"inherit"',
  since = "0.2",
  spawn = true,
  doc = [[
Where the command writes its messages: "inherit", "stdout" (where its output goes, in the order in which it writes
both), "capture" (into the Result), "null", "pipe" (the Process has the other end), or an open file or descriptor
(ns.open). Otherwise it is like stdout.]],
  example = 'stdout = "capture", stderr = "stdout"',
  check = redirect.message_sink,
}
