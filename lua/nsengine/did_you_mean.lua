--- The end of a message about an unknown name: " (did you mean 'x'?)", or nothing when none is near.

---@param word any what was written
---@param names table<string, any> what there is
---@return string
return function(word, names)
  local near = require "nsengine.suggest"(tostring(word), names)
  return near and (" (did you mean '%s'?)"):format(near) or ""
end
