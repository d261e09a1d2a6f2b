--- init: whether a small init is pid 1.
local kinds = require "nsengine.kinds"

return {
  name = "init",
  type = "boolean",
  default = "true",
  since = "0.2",
  takes_false = true,
  doc = [[
Whether pid 1 is a small init that reaps orphans and hands the signals of process:kill and process:stop on to the
command, its child. A signal that ends the launcher is none of these: it ends the sandbox at once, by SIGKILL. With
false the command is pid 1 itself: signals that it does not handle are ignored, abort() is no SIGABRT, and orphans are
its own. And a hostile one may then outlive a launcher that is killed by SIGKILL: it can give up the signal that would
tell it, where an init cannot.
Where the pid namespace is shared the init is no pid 1: it kills what the command leaves behind, and nobody but it does.
With landlock's scope "signal" (ABI 6) that is done at once and the command cannot prevent it. Without, the init looks
for them in /proc, which has to be inside: ns.ro "/proc"; one that forks on and on may escape it, and the command may
kill it.]],
  example = "init = false",
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b)
    b.init = value
  end,
}
