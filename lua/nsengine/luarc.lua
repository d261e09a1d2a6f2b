--- The text of `nsengine --luarc`: settings that teach the Lua language server the names used in recipes.

local sys = require "nsengine.sys"

--- The types are in share/nsengine/types, beside the launcher's bin or build directory.
---@return string text
return function()
  local program = assert(sys.readlink "/proc/self/exe")
  local types = program:gsub("/[^/]*/[^/]*$", "") .. "/share/nsengine/types"
  if not sys.stat(types .. "/nsengine.lua") then
    error(("--luarc: no types in %s; they are installed with nsengine: ./dev install"):format(types), 0)
  end
  return ([[
{
  "runtime.version": "Lua 5.4",
  "workspace.library": ["%s"],
  "workspace.checkThirdParty": false
}
]]):format((types:gsub('[\\"]', "\\%0")))
end
