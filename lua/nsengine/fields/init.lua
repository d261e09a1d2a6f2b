--- init: whether a small init is pid 1.
local kinds = require "nsengine.kinds"

return {
  name = "init",
  type = "boolean",
  default = "true; false where the pid namespace is shared",
  since = "0.2",
  takes_false = true,
  doc = [[
Whether pid 1 is a small init that reaps orphans and forwards signals, and the command its child. With false the
command is pid 1 itself: signals that it does not handle are ignored, abort() is no SIGABRT, and orphans are its own.
And a hostile one may then outlive a launcher that is killed by SIGKILL: it can give up the signal that would tell it,
where an init cannot.]],
  example = "init = false",
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b)
    if b:shares "pid" then
      if value then b:refuse("init", "an init is pid 1 of a new pid namespace: share = { \"pid\" } has none") end
      value = false
    end
    b.init = value
  end,
}
