--- name: what the sandbox is called.
local kinds = require "nsengine.kinds"

return {
  name = "name",
  type = "string",
  default = "none",
  since = "0.2",
  doc = [[
The name of the sandbox in messages, and its host name if hostname is not given: at most 63 letters, digits, '.', '_'
and '-'.]],
  example = 'name = "build"',
  check = function(value, fail)
    kinds.text(value, fail)
    if not value:find("^%w[%w._-]*$") or #value > 63 then
      fail(('"%s" is not a name: at most 63 letters, digits, ".", "_" and "-", the first a letter or digit')
        :format(kinds.brief(value)))
    end
    return value
  end,
}
