--- The values of stdin, stdout and stderr, in their normal form {kind = "inherit"|"capture"|"null"|"pipe"|"fd"|"text",
--- fd =, text =}.

local kinds = require "nsengine.kinds"

local M = {}

local sources = { inherit = true, null = true, pipe = true }
local sinks = { inherit = true, capture = true, null = true, pipe = true }

local function descriptor(value, fail)
  if io.type(value) == "closed file" then fail("the file is closed") end
  return kinds.is_descriptor(value) and { kind = "fd", fd = value } or nil
end

--- What can be read: a word, a descriptor, or text.
function M.source(value, fail)
  if type(value) == "table" and type(value.text) == "string" then return { kind = "text", text = value.text } end
  if type(value) ~= "string" then
    return descriptor(value, fail)
      or fail('expected "inherit", "null", "pipe", an open file, a descriptor or a text, got ' .. kinds.show(value))
  elseif sources[value] then
    return { kind = value }
  end
  local near = value:find("^%a+$") and require "nsengine.suggest"(value, sources)
  if near then
    fail(("unknown value '%s' (did you mean '%s'?); a text that is like a word is written { text = \"%s\" }")
      :format(value, near, value))
  end
  return { kind = "text", text = value }
end

--- What can be written to: a word or a descriptor.
function M.sink(value, fail)
  if type(value) == "string" then
    if not sinks[value] and value:find("[/.]") then
      fail(("unknown value '%s'; a file is written io.open(\"%s\", \"w\")"):format(value, value))
    end
    return { kind = kinds.word(value, fail, sinks) }
  end
  return descriptor(value, fail)
    or fail('expected "inherit", "capture", "null", "pipe", an open file or a descriptor, got ' .. kinds.show(value))
end

return M
