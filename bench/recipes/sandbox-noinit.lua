--- The same as sandbox.lua, and the command is pid 1.
local ns = require "nsengine"
return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev }, init = false }
