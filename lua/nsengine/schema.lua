--- The fields of a recipe: checks what a constructor was given, and merges it with what it inherits. A field's own
--- file, fields/<name>.lua, is loaded only when the field is used.

local errors = require "nsengine.error"

local M = {}

--- All fields, in the order in which they are lowered and documented: those that others depend on come first.
M.fields = {
  "optional", "share", "user", "name", "hostname", "domainname", "clock", "net", "fs", "limits", "nice", "umask",
  "init", "cwd", "env", "cmd", "tty", "stdin", "stdout", "stderr", "fds", "setup", "caps", "no_new_privs",
  "landlock", "seccomp", "denied",
}

local known

--- {name = true} of all fields.
function M.known()
  if not known then
    known = {}
    for _, name in ipairs(M.fields) do known[name] = true end
  end
  return known
end

local descriptions = {}

--- The description of a field.
function M.field(name)
  local described = descriptions[name] or require("nsengine.fields." .. name)
  descriptions[name] = described
  return described
end

--- A function that raises about a field, or about a key in it.
local function failer(where, name)
  return function(message, key, hint)
    local field = key and name .. "." .. require("nsengine.kinds").brief(key, 4096) or name
    errors.recipe(where, field, message, hint)
  end
end

local function unknown(where, name)
  if type(name) ~= "string" then
    errors.recipe(where, ("[%s]"):format(require("nsengine.kinds").label(name)),
      'a sandbox takes named fields only; for a command, write cmd = { "/bin/sh" }')
  end
  for _, field in ipairs { "limits", "user" } do
    if M.field(field).keys[name] then
      errors.recipe(where, name, ("unknown field; it belongs in %s: write %s = { %s = ... }"):format(field, field,
        name))
    end
  end
  local others = require "nsengine.instead"
  local limit = others.limits[name]
  if limit then
    errors.recipe(where, name, ("unknown field; write limits = { %s = ... }"):format(limit:match "^[%w_]+"))
  end
  local instead = others.fields[name]
  if instead then errors.recipe(where, name, "unknown field; write " .. instead) end
  local near = require "nsengine.suggest"(name, M.known())
  errors.recipe(where, require("nsengine.kinds").brief(name), near
    and ("unknown field (did you mean '%s'?)"):format(near) or "unknown field; nsengine --help fields lists all")
end

--- Checks a table of fields: returns a new table of their normal forms, `false` for those to remove.
---@param where string the position of the call
---@param given table
---@param base table|nil the spec it will be merged into
---@return table patch
function M.check(where, given, base)
  local meta = getmetatable(given)
  if type(given) ~= "table" or meta ~= nil then
    local class = type(given) == "table" and (type(meta) == "table" and meta.__name or "one with a metatable")
    errors.recipe(where, nil, "expected a table of fields, got " .. (class or require("nsengine.kinds").show(given)))
  end
  local patch = {}
  for _, name in ipairs(require("nsengine.kinds").ordered(given)) do
    local value = given[name]
    if not M.known()[name] then
      unknown(where, name)
    else
      local field = M.field(name)
      if value == false and not field.takes_false then
        patch[name] = false
      else
        patch[name] = field.check(value, failer(where, name), base and base[name])
      end
    end
  end
  return patch
end

--- A new spec: maps merge by key, other values replace, `false` removes.
function M.merge(base, patch)
  local spec = {}
  for name, value in next, base do spec[name] = value end
  for name, value in next, patch do
    local field = M.field(name)
    if value == false and not field.takes_false then
      spec[name] = nil
    elseif field.merge then
      spec[name] = field.merge(base[name], value)
    else
      spec[name] = value
    end
  end
  return spec
end

--- Whether a patch leaves the plan as it is: all its fields concern a single spawn.
function M.spawn_only(patch)
  for name in next, patch do
    if not M.field(name).spawn then return false end
  end
  return true
end

return M
