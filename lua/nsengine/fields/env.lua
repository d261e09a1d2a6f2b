--- env: the environment.
local kinds = require "nsengine.kinds"

--- What to write instead of a list item such as "PATH" or "LANG=C".
local function as_variable(word)
  if type(word) ~= "string" then return "" end
  local name, text = word:match "^([%a_][%w_]*)=(.*)$"
  if name then return ('; write %s = "%s"'):format(kinds.brief(name, 60), kinds.brief(text, 60)) end
  return word:find "^[%a_][%w_]*$"
    and ("; write %s = true, which copies the caller's"):format(kinds.brief(word, 60)) or ""
end

local function check_name(name, text, fail)
  if type(name) ~= "string" then
    fail(('expected { NAME = "value", ... }, found %s without a name%s'):format(kinds.show(text), as_variable(text)))
  elseif name == "" or name:find("[=%z]") then
    fail(("'%s' is not a variable name: expected a string without '='"):format(kinds.brief(name)),
      name ~= "" and kinds.brief(name) or nil)
  end
end

return {
  name = "env",
  type = "table<string, string|boolean>|true",
  default = "{}: empty",
  since = "0.2",
  spawn = true,
  doc = [[
The environment of the command. NAME = "value" sets a variable; NAME = true copies the caller's, if it has one;
NAME = false leaves it out. `true` instead of a table copies the whole environment. Without PATH,
/usr/local/bin:/usr/bin:/bin is searched.]],
  example = 'env = { HOME = "/home", PATH = true, TERM = true }',
  --- { all = true|nil, vars = { NAME = string|true|false } }
  check = function(value, fail)
    if value == true then return { all = true, vars = {} } end
    if type(value) ~= "table" then fail("expected { NAME = \"value\", ... } or true, got " .. kinds.show(value)) end
    kinds.plain(value, fail)
    local vars = {}
    for name, text in next, value do
      check_name(name, text, fail)
      if type(text) == "number" then
        fail(("expected a string, true or false, got number %s; write \"%s\""):format(text, text), name)
      elseif type(text) ~= "boolean" then
        kinds.text(text, fail, name)
      end
      vars[name] = text
    end
    return { vars = vars }
  end,
  merge = function(old, new)
    if new.all or not old then return new end
    local vars = {}
    for name, text in next, old.vars do vars[name] = text end
    for name, text in next, new.vars do vars[name] = text end
    return { all = old.all, vars = vars }
  end,
}
