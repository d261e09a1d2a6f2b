--- --why: what each command was denied, which field of the recipe denied it, and what to write to allow it.

local M = {}

--- The lines of one Result.
local function lines(result)
  local text = {}
  for _, denial in ipairs(result.denied or {}) do
    text[#text + 1] = ("nsengine: denied: %s\n"):format(tostring(denial))
    if denial.add then text[#text + 1] = ("  to allow it: %s\n"):format(require("nsengine.error").shown(denial.add)) end
  end
  if not text[1] then
    text[1] = "nsengine: no file, call or address was denied; limits and ids are not watched\n"
  end
  return table.concat(text)
end

--- From now on, every sandbox planned notes what it denies, and every Result is reported.
---@param name string|true a file, "-", "fd:N"; true: standard error
---@return table log to close at the end
function M.start(name)
  local sink = require("nsengine.outcome").log(name, "--why")
  local plan, results = require "nsengine.plan", require "nsengine.result"
  local build, new = plan.build, results.new
  plan.build = function(spec, ...)
    return build(setmetatable({ denied = spec.denied or true }, { __index = spec }), ...)
  end
  results.new = function(...)
    local result = new(...)
    sink:write(lines(result))
    return result
  end
  return sink
end

return M
