--- sandbox-noinit.lua with read-only binds of DIR/1 to DIR/COUNT: binds.lua DIR COUNT -- COMMAND
local ns = require "nsengine"
local dir, count = ...
local fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev }
for i = 1, tonumber(count) do
  local path = dir .. "/" .. i
  fs[path] = ns.ro(path)
end
return ns.sandbox { fs = fs, init = false }
