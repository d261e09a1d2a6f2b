--- --check and --explain: a recipe is run up to the point where it would start the first command. What starts
--- something, or changes this process, stops the recipe there instead.

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

--- Whether the recipe came to such a point, and whether its plan was printed.
local has_stopped, has_explained = false, false

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

--- What a recipe comes to: the sandbox that it returned, and what it would have run.
local function prepare(format)
  local kind = format == "json" and "json" or "text"
  cli.start = function(box, command)
    if command then box = box:with { cmd = command } end
    local text = box:explain(kind) -- also to be checked it has to be planned
    if format then io.write(text) end
    has_explained = true
    stop()
  end
  require "nsengine.process".spawn = function(job)
    if format and not has_stopped then
      io.write(require("nsengine.explain")[kind](job.description, job.spec))
      has_explained = true
    end
    stop()
  end
  package.loaded["nsengine.sys"] = tame(require "nsengine.sys")
  os.execute, io.popen = stop, stop -- luacheck: ignore 122
end

--- Runs a recipe without what it would start.
---@param format true|"json"|nil --explain: text or JSON
---@param ... any for cli.run
---@return integer status
function M.run(format, ...)
  prepare(format)
  local values = table.pack(pcall(cli.run, ...))
  local ok, err = values[1], values[2]
  local kind = type(err) == "table" and err.kind
  -- A recipe that caught the stop went on without what it wanted to run: from then on only a wrong field is a mistake.
  if not ok and err ~= stopped and (not has_stopped or kind == "recipe") then
    -- What this host cannot do, another can: the recipe itself is right.
    if format or kind ~= "host" then error(err, 0) end
    require("nsengine.outcome").warn(tostring(err))
    return 0
  elseif format and not has_explained then
    error(cli.recipe .. ": describes no sandbox: there is nothing to explain", 0)
  elseif has_stopped then
    return 0
  end
  return table.unpack(values, 2, values.n)
end

return M
