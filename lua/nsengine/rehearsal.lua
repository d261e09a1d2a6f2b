--- --check, --explain and --doctor RECIPE: runs a recipe up to the point where it would start its first command. Any
--- call that would start something, or change this process, stops the recipe instead.

local cli = require "nsengine.cli"

local M = {}

--- Raised where the recipe stops; only `<close>` variables should ever see it.
local stopped = setmetatable({}, { __tostring = function() return "the recipe stops here: it is only checked" end })

--- The calls of nsengine.sys at which a recipe stops. Calls that only look, or create a file, are made.
local acts = {
  "clone", "exec", "unshare", "setns", "kill", "mount", "umount", "move_mount", "mount_setattr", "pivot_root", "chroot",
  "sethostname", "setdomainname", "idmap", "setresuid", "setresgid", "setgroups", "link_add", "link_set", "sleep",
  "waitpid", "capset", "set_no_new_privs", "setrlimit", "setpriority", "setsid", "fsmount", "securebits",
}

--- Whether the recipe reached such a call, and whether one of its sandboxes was seen.
local has_stopped, has_seen = false, false

local function stop()
  has_stopped = true
  error(stopped, 0)
end

--- nsengine.sys, with `stop` in place of these calls.
local function tame(sys)
  local stops = {}
  for _, name in ipairs(acts) do stops[name] = stop end
  return setmetatable({}, {
    __index = function(_, name) return stops[name] or sys[name] end,
    __newindex = function(_, name, value) sys[name] = value end, -- raises
    __pairs = function() return pairs(sys) end,
  })
end

--- Shows `see` the first sandbox that the recipe returns or would run.
local function prepare(see)
  local sys = require "nsengine.sys"
  local function show(box)
    package.loaded["nsengine.sys"] = sys -- `see` may make such calls
    if not has_seen then see(box) end
    has_seen = true
    stop()
  end
  cli.start = function(box, command)
    show(command and box:with { cmd = command } or box)
  end
  require "nsengine.sandbox".start = show
  package.loaded["nsengine.sys"] = tame(sys)
  os.execute, io.popen = stop, stop -- luacheck: ignore 122
end

--- --check: planning a sandbox checks it.
local function plan(box)
  box:explain()
end

--- Runs a recipe without starting anything.
---@param how {verb: string, see: fun(box: nsengine.Sandbox), status: integer|nil}|nil see: examines the sandbox; verb:
---  what that is called; status: the exit status, set by `see`; nil: --check
---@param ... any for cli.run
---@return integer status
function M.run(how, ...)
  prepare(how and how.see or plan)
  local values = table.pack(pcall(cli.run, ...))
  local ok, err = values[1], values[2]
  local kind = type(err) == "table" and err.kind
  -- A recipe that caught the stop has gone on without its command: from then on only errors about fields are its own.
  if not ok and err ~= stopped and (not has_stopped or kind == "recipe") then
    -- The recipe itself is right: another host may be able to do what this one cannot.
    if how or kind ~= "host" then error(err, 0) end
    require("nsengine.outcome").warn(tostring(err))
    return 0
  elseif how and not has_seen then
    error(("%s: describes no sandbox: there is nothing to %s"):format(cli.recipe, how.verb), 0)
  elseif has_stopped then
    return how and how.status or 0
  end
  return table.unpack(values, 2, values.n)
end

return M
