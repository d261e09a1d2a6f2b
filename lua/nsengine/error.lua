--- Error objects: what went wrong, the field of the recipe that asked for it, its line, and the way out.

---@class nsengine.Error
---@field kind "recipe"|"host"|"setup"|"exec"|"command"|"notify"
---@field where string|nil     "recipe.lua:7"
---@field field string|nil     "fs./work"
---@field op string|nil        the kernel call that failed
---@field errno integer|nil
---@field message string
---@field traceback string|nil of a failed setup function
---@field hint string|nil      what to do about it; printed on its own line
local Error = {}
Error.__index = Error
Error.__name = "nsengine.Error"

function Error:__tostring()
  local where = self.where ~= "?" and self.where -- "?": called from C, as by pcall(box.run, box, { ... })
  return (where and where .. ": " or "") .. (self.field and self.field .. ": " or "") .. self.message
end

local M = {}

--- Makes an error object of its fields. Whoever prints it as a C string would stop at a NUL.
function M.new(fields)
  for _, name in ipairs { "message", "field", "hint" } do
    if fields[name] then fields[name] = fields[name]:gsub("%z", "\\0") end
  end
  return setmetatable(fields, Error)
end

function M.is(value)
  return getmetatable(value) == Error
end

--- A text for a terminal, with names that a hostile command may have chosen: control characters as in a Lua string.
function M.shown(text)
  return (text:gsub("\\\n", "\\n"):gsub("%c", function(c) return ("\\%d"):format(c:byte()) end))
end

--- Raises an error about a recipe. `where` is the line of the call; the line of the field is looked up.
function M.recipe(where, field, message, hint)
  error(M.new {
    kind = "recipe", where = require("nsengine.locate").place(where, field), field = field,
    message = message, hint = hint,
  }, 0)
end

--- The error object for a plan that could not be spawned, from the values that plan:spawn returned after nil.
---@param description table what nsengine.plan made
---@param message string "open_tree ./src: No such file or directory (ENOENT)"
---@param errno integer|nil
---@param detail table {step =, call =, stage =, setup_error =}
---@param job table|nil {argv =, path =, spec =}: for errors of exec
---@return nsengine.Error
function M.from_spawn(description, message, errno, detail, job)
  return require("nsengine.failure").explain(description, message, errno, detail or {}, job)
end

return M
