--- init: whether a small init is pid 1.
local kinds = require "nsengine.kinds"

return {
  name = "init",
  type = "boolean",
  default = "true",
  since = "0.2",
  takes_false = true,
  doc = [[
Whether pid 1 is a small init. It reaps orphans and forwards the signals of process:kill and process:stop to the
command, its child. A signal that ends the launcher is not forwarded: it ends the sandbox at once, with SIGKILL. With
false the command itself is pid 1: signals that it does not handle are ignored, abort() does not end it with SIGABRT,
and it has to reap orphans. A hostile command may then outlive a launcher that is killed by SIGKILL: it can clear the
parent-death signal that would kill it (prctl(2)), but not that of an init.
Where the pid namespace is shared, the init is not pid 1: it kills what the command leaves behind, and nothing else
does. With landlock's scope "signal" (ABI 6) that happens at once, and the command cannot prevent it. Without it, the
init looks for those processes in /proc, which must be inside: ns.ro "/proc"; a command that keeps forking may escape,
and the command may kill the init.]],
  example = "init = false",
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b)
    b.init = value
  end,
}
