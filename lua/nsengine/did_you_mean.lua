--- The end of a message about an unknown name: " (did you mean 'x'?)", "; write x" where it is said otherwise here, or
--- nothing when none is near.

---@param word any what was written
---@param names table<string, any> what there is
---@param instead table<string, string>|nil what to write for words that are known to be meant otherwise
---@return string
return function(word, names, instead)
  if instead and instead[word] then return "; write " .. instead[word] end
  local near = require "nsengine.suggest"(tostring(word), names)
  return near and (" (did you mean '%s'?)"):format(near) or ""
end
