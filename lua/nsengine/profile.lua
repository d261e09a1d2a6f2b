--- ns.profile: sandboxes that come with the engine, each written as a recipe is: profiles/<name>.lua.

local errors = require "nsengine.error"
local profiles = require "nsengine.profiles"
local sys = require "nsengine.sys"

local M = {}

--- Returns the sandbox of a profile; :with { ... } adapts it.
---
---     local judge = ns.profile "judge":with { limits = { cpu_time = 1 } }
---     local r = judge:run { "python3", "-c", "print(6 * 7)" }
---     print(r.reason, r.stdout)
---
--- nsengine --help profile lists them. Each is a recipe of some 20 lines, lua/nsengine/profiles/NAME.lua, that is run
--- at each call, because it looks at the working directory and at what this host has. What it cannot look at safely is
--- an error.
---@param name "strict"|"judge"|"build"|"agent"|"desktop"
---@return nsengine.Sandbox
M.profile = sys.located(function(where, name)
  if type(name) ~= "string" or not profiles[name] then
    local near = type(name) == "string" and require "nsengine.suggest"(name, profiles)
    errors.recipe(where, nil, ("ns.profile: %s%s"):format(
      type(name) == "string" and ("no profile '%s'"):format(name)
        or "expected a name, got " .. require("nsengine.kinds").show(name),
      near and (" (did you mean '%s'?)"):format(near) or "; nsengine --help profile lists them"))
  end
  local module = "nsengine.profiles." .. name
  package.loaded[module] = nil
  local ok, box = pcall(require, module)
  if ok then
    require("nsengine.sandbox").described = where
    return box
  end
  if errors.is(box) then box.where = box.where or where end
  error(box, 0)
end)

return M
