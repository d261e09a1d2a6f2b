--- optional: fields that may be skipped if this host lacks them.
local kinds = require "nsengine.kinds"

--- A field, or a key of one. Checked, because a misspelt word would make nothing optional.
local function check_word(word, fail)
  local schema = require "nsengine.schema"
  local name, key = word:match("^([^.]*)%.?(.*)$")
  if schema.known()[name] then
    local keys = key ~= "" and schema.field(name).keys
    if not keys or keys[key] then return end
    local near = require "nsengine.suggest"(key, keys)
    fail(("unknown field '%s'%s"):format(kinds.brief(word),
      near and (" (did you mean '%s.%s'?)"):format(name, near) or ("; nsengine --help %s lists all"):format(name)))
  end
  for _, field in ipairs { "limits", "landlock", "user" } do
    if schema.field(field).keys[word] then fail(("unknown field '%s'; write '%s.%s'"):format(word, field, word)) end
  end
  local near = require "nsengine.did_you_mean"(name, schema.known())
  fail(("unknown field '%s'%s"):format(kinds.brief(word), near ~= "" and near or "; nsengine --help fields lists all"))
end

return {
  name = "optional",
  type = "string[]",
  default = "{}: what cannot be had is an error",
  since = "0.2",
  doc = [[
Fields to leave out, with a warning in the Result, where this host cannot do what they ask; otherwise that is an
error. They are written as in messages: "landlock", "limits.memory", "fs./data". The sandbox is weaker without them,
so nothing is optional unless it is listed here.]],
  example = 'optional = { "landlock", "limits.memory" }',
  check = function(value, fail)
    local list = kinds.strings(value, fail, "fields")
    for _, word in ipairs(list) do check_word(word, fail) end
    return list
  end,
}
