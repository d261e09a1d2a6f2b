--- optional: what may be left out where it cannot be had.
local kinds = require "nsengine.kinds"

--- The words that may stand before a dot.
local function check_word(word, fail)
  local schema = require "nsengine.schema"
  local name = word:match("^[^.]*")
  if schema.known()[name] then return end
  local near = require "nsengine.suggest"(name, schema.known())
  fail(("unknown field '%s'%s"):format(word, near and (" (did you mean '%s'?)"):format(near) or ""))
end

return {
  name = "optional",
  type = "string[]",
  default = "{}: what cannot be had is an error",
  since = "0.2",
  doc = [[
Fields that may be left out where this host, or this version of nsengine, cannot do what they ask: a warning in the
Result instead of an error. Written as messages name them: "landlock", "limits.memory", "fs./data". The sandbox is
weaker without what is left out: nothing is optional unless it stands here.]],
  example = 'optional = { "landlock", "limits.memory" }',
  check = function(value, fail)
    local list = kinds.strings(value, fail, "fields")
    for _, word in ipairs(list) do check_word(word, fail) end
    return list
  end,
}
