--- no_new_privs: whether execve(2) may grant privileges that the caller does not have.
local kinds = require "nsengine.kinds"

local SYS_ADMIN <const> = 1 << 21

--- seccomp(2) and landlock_restrict_self(2) require no_new_privs or CAP_SYS_ADMIN.
local function check_filters(b, spec)
  if spec.caps and spec.caps.set & SYS_ADMIN ~= 0 then return end
  for _, field in ipairs { "seccomp", "landlock" } do
    if spec[field] ~= false and (field == "seccomp" or spec[field] ~= nil or b:needs_scope()) then
      b:refuse("no_new_privs", ("without it the kernel requires sys_admin for %s: "
        .. "leave no_new_privs out, or write %s = false too"):format(field, field))
    end
  end
end

return {
  name = "no_new_privs",
  type = "boolean",
  default = "true",
  since = "0.2",
  doc = [[
Makes set-user-id bits and file capabilities ineffective for the command and its children, prctl(2). false requires a
sandbox without seccomp and landlock, or caps = { "sys_admin" }; mounts are nosuid in any case.]],
  example = "no_new_privs = true",
  takes_false = true,
  check = function(value, fail)
    return kinds.boolean(value, fail)
  end,
  lower = function(value, b, spec)
    if value == false then check_filters(b, spec) end
    b:add("no_new_privs", "no_new_privs", value == false and 0 or 1)
  end,
}
