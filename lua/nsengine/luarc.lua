--- The text of `nsengine --luarc`: settings for the Lua language server, which then knows the words of recipes.

local sys = require "nsengine.sys"

--- The types lie in share/nsengine/types, beside the bin or build directory that the launcher is in.
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
