--- --check, --explain and --doctor RECIPE: a recipe is run up to the point where it would start the first command. What
--- starts something, or changes this process, stops the recipe there instead.

local cli = require "nsengine.cli"

local M = {}

--- What is raised where the recipe stops; `<close>` variables see it, and nobody else should.
local stopped = setmetatable({}, { __tostring = function() return "the recipe stops here: it is only checked" end })

--- The calls of nsengine.sys before which a recipe stops. What only looks, or makes a file, is done.
local acts = {
  "clone", "exec", "unshare", "setns", "kill", "mount", "umount", "move_mount", "mount_setattr", "pivot_root", "chroot",
  "sethostname", "setdomainname", "idmap", "setresuid", "setresgid", "setgroups", "link_add", "link_set", "sleep",
  "waitpid", "capset", "set_no_new_privs", "setrlimit", "setpriority", "setsid", "fsmount", "securebits",
}

--- Whether the recipe came to such a point, and whether a sandbox of it was seen.
local has_stopped, has_seen = false, false

local function stop()
  has_stopped = true
  error(stopped, 0)
end

--- nsengine.sys without its acts.
local function tame(sys)
  local stops = {}
  for _, name in ipairs(acts) do stops[name] = stop end
  return setmetatable({}, {
    __index = function(_, name) return stops[name] or sys[name] end,
    __newindex = function(_, name, value) sys[name] = value end, -- raises
    __pairs = function() return pairs(sys) end,
  })
end

--- What a recipe comes to: the sandbox that it returned, and what it would have run. The first is shown to `see`.
local function prepare(see)
  local sys = require "nsengine.sys"
  local function show(box)
    package.loaded["nsengine.sys"] = sys -- who looks may act
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

--- To be checked a sandbox has to be planned.
local function plan(box)
  box:explain()
end

--- Runs a recipe without what it would start.
---@param how {verb: string, see: fun(box: nsengine.Sandbox), status: integer|nil}|nil who looks at the sandbox and
---  what it is called; status: the exit status, set by then; nil: --check
---@param ... any for cli.run
---@return integer status
function M.run(how, ...)
  prepare(how and how.see or plan)
  local values = table.pack(pcall(cli.run, ...))
  local ok, err = values[1], values[2]
  local kind = type(err) == "table" and err.kind
  -- A recipe that caught the stop went on without what it wanted to run: from then on only a wrong field is a mistake.
  if not ok and err ~= stopped and (not has_stopped or kind == "recipe") then
    -- What this host cannot do, another can: the recipe itself is right.
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
