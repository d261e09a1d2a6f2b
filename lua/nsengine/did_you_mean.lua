--- The end of a message about an unknown name: " (did you mean 'x'?)"; "; write x" for a name that is known from
--- elsewhere; or nothing if no name is near.

---@param word any what was written
---@param names table<string, any> the known names
---@param instead table<string, string>|nil what to write for names known from elsewhere
---@return string
return function(word, names, instead)
  if instead and instead[word] then return "; write " .. instead[word] end
  local near = require "nsengine.suggest"(tostring(word), names)
  return near and (" (did you mean '%s'?)"):format(near) or ""
end
