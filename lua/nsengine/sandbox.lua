--- Sandbox: an immutable description of one. Run, spawned, explained, and the base of others.

local errors = require "nsengine.error"
local schema = require "nsengine.schema"
local sys = require "nsengine.sys"

local DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

---@class nsengine.Sandbox
---@field private spec table the normal forms of the fields
---@field private calls {where: string, given: table}[] who said what, for messages
---@field private compiled {plan: userdata, description: table}|nil
local Sandbox = {}
Sandbox.__name = "nsengine.Sandbox"

local methods = {}

function Sandbox.__index(_, name)
  local method = methods[name]
  if method == nil then
    error(("a sandbox has no '%s'%s"):format(tostring(name), require "nsengine.did_you_mean"(name, methods)), 2)
  end
  return method
end

function Sandbox.__newindex(_, name)
  error(("a sandbox does not change: box:with { %s = ... } is another one"):format(tostring(name)), 2)
end

function Sandbox.__tostring(self)
  local name = rawget(self, "spec").name
  return name and ("sandbox '%s'"):format(name) or "sandbox"
end

--- described: where a recipe described a sandbox last. used: one was run, started or explained.
local M = { described = nil, used = false }

--- The recipe's line of a field: the last call that named it.
local function place(calls, field)
  if not field then return calls[1].where end
  local top, key = field:match("^([^.]*)%.(.*)$")
  local named
  for i = #calls, 1, -1 do
    local value = calls[i].given[top or field]
    if value ~= nil then
      named = named or calls[i]
      if not key or type(value) ~= "table" or value[key] ~= nil then
        named = calls[i]
        break
      end
    end
  end
  return named and require("nsengine.locate").place(named.where, field) or calls[1].where
end

--- A sandbox from checked parts.
local function make(spec, calls, compiled)
  return setmetatable({
    spec = spec, calls = calls, place = function(field) return place(calls, field) end,
    compiled = compiled or {},
  }, Sandbox)
end

--- The sandbox that a patch makes of another one. What is planned already serves it too, unless the patch says
--- otherwise.
local function patched(box, where, given)
  local patch = schema.check(where, given, box.spec)
  local calls = table.move(box.calls, 1, #box.calls, 1, {})
  calls[#calls + 1] = { where = where, given = given }
  return make(schema.merge(box.spec, patch), calls, schema.spawn_only(patch) and box.compiled or nil)
end

--- Checks how a method was called: what comes after its one table would be ignored.
local function check_call(where, self, method, extra)
  if getmetatable(self) ~= Sandbox then
    errors.recipe(where, nil, ("write box:%s{...}, with a colon"):format(method))
  elseif extra ~= nil then
    errors.recipe(where, nil, ("box:%s takes one table: the command is its list, the options stand in it by name")
      :format(method))
  end
end

--- The plan of a sandbox, before it is compiled.
local function describe(box, hurried)
  return require("nsengine.plan").build(box.spec, box.place, nil, hurried)
end

--- The compiled plan and its description, made once.
local function compile(box)
  local compiled = box.compiled
  if not compiled.plan then
    local made = describe(box, true)
    compiled.description = made
    local ok, plan = pcall(sys.plan, {
      flags = made.flags, init = made.init, uid_map = made.uid_map, gid_map = made.gid_map,
      setgroups = made.setgroups, inner = made.inner, steps = made.steps,
    })
    if not ok then errors.recipe(box.place(), nil, plan) end
    compiled.plan = plan
  end
  return compiled.plan, compiled.description
end

--- The variables of the command, {"NAME=value", ...}, and the PATH that it is looked for in.
local function environment(env)
  local vars = {}
  env = env or { vars = {} }
  local callers = (env.all or next(env.vars)) and require("nsengine.host").facts()
  if env.all then
    for name, text in next, callers.environ do vars[name] = text end
  end
  for name, text in next, env.vars do
    if text == true then text = callers.environ[name] end
    vars[name] = text or nil
  end
  local list = {}
  for name, text in next, vars do list[#list + 1] = name .. "=" .. text end
  table.sort(list)
  return list, vars.PATH or DEFAULT_PATH
end

--- How much is captured where limits.output says nothing: a stranger's output does not fill this program's memory.
local CAPTURE = 64 << 20

local INHERIT = { kind = "inherit" }

--- What nsengine.process needs to start a command.
local function job(box, where, argv)
  local spec, limits = box.spec, { capture = CAPTURE }
  for name, value in next, spec.limits or {} do limits[name] = value end
  local plan, description = compile(box)
  local env, path = environment(spec.env)
  return {
    plan = plan, description = description, spec = spec, argv = argv, env = env, path = path, setup = spec.setup,
    where = where, place = box.place,
    stdin = spec.stdin or INHERIT, stdout = spec.stdout or INHERIT, stderr = spec.stderr or INHERIT,
    tty = spec.tty, fds = spec.fds or {},
    limits = limits,
  }
end

--- Whether a failed field may be left out: its name, as `optional` has it.
local function optional_name(spec, field)
  for _, word in ipairs(field and spec.optional or {}) do
    if word == field or field:sub(1, #word + 1) == word .. "." then return word end
  end
end

--- The sandbox without the field that this host could not do.
local function without(box, field, err)
  local top, key = field:match("^([^.]*)%.(.*)$")
  local patch = { [field] = false }
  if top and not schema.field(top).merge then
    patch = { [top] = false }
  elseif top then
    patch = { [top] = top == "fs" and { map = { [key] = false } } or { [key] = false } }
  end
  local spec = schema.merge(box.spec, patch)
  spec.skipped = table.move(spec.skipped or {}, 1, #(spec.skipped or {}), 1, {})
  spec.skipped[#spec.skipped + 1] = ("%s (skipped: listed in 'optional')"):format(tostring(err))
  return make(spec, box.calls)
end

--- Starts the command of a box; nsengine.rehearsal puts itself in this place.
function M.start(box, where, argv)
  return require("nsengine.process").spawn(job(box, where, argv))
end

local function start_job(box, where, argv)
  return M.start(box, where, argv)
end

--- What of a box is another one's business than the host's: nothing of the recipe's own runs or is opened.
local TRIAL = { stdin = { kind = "null" }, stdout = { kind = "null" }, stderr = { kind = "null" }, tty = false,
  cmd = { "/" } }

--- A tree without the writable layers of overlays: laying them clears their work directory, which a running sandbox may
--- be using.
local function unlayered(fs)
  local entries = {}
  for i, entry in ipairs(require("nsengine.fs").entries(fs)) do
    local mount = entry.mount
    if mount.upper then
      mount = #mount.lower > 1 and { kind = "overlay", lower = mount.lower } or { kind = "ro", source = mount.lower[1] }
    end
    entries[i] = { target = entry.target, mount = mount }
  end
  return { list = entries }
end

--- Builds a sandbox up to its command, which is a directory and cannot be executed, and takes it down again.
---@param box nsengine.Sandbox
---@param left table<string, boolean>|nil the fields that are left out
---@return nsengine.Error|nil err what was refused; nil: all was done
---@return table<string, string> enforced by what each limit is
---@return string[] warnings of the plan
function M.try(box, left)
  local trial = make(box.spec, box.calls)
  for field in next, left or {} do trial = without(trial, field, "left out") end
  local spec = schema.merge(trial.spec, {})
  for name, value in next, TRIAL do spec[name] = value end
  spec.setup, spec.fds, spec.env, spec.optional, spec.skipped = nil, nil, nil, nil, box.spec.skipped
  spec.fs = spec.fs and unlayered(spec.fs)
  trial = make(spec, box.calls)
  local ok, err = pcall(function()
    local process <close> = require("nsengine.process").spawn(job(trial, "?", spec.cmd))
    return process
  end)
  local made = trial.compiled.description or {}
  if ok or (errors.is(err) and err.kind == "exec") then err = nil end
  if err and not errors.is(err) then error(err, 0) end
  return err, made.enforced or {}, made.warnings or {}
end

--- Whether it is this host that could not do it, and not a link that leads elsewhere: somebody may have laid that for
--- the field to be left out.
local function is_lack(err)
  return errors.is(err) and (err.kind == "setup" or err.kind == "host") and err.errno ~= sys.ELOOP
end

--- Spawns; a failed field that is optional is left out, once each.
local function spawn(box, where, argv, tried)
  if not box.spec.optional then return start_job(box, where, argv) end
  local ok, err = pcall(start_job, box, where, argv)
  if ok then return err end
  local field = is_lack(err) and err.field
  tried = tried or {}
  if not field or tried[field] or not optional_name(box.spec, field) then error(err, 0) end
  tried[field] = true
  return spawn(without(box, field, err), where, argv, tried)
end

--- The array part of what run and spawn are given, and the rest.
local function split(where, given)
  if type(given) ~= "table" then
    errors.recipe(where, nil, 'expected { "command", ... }, got ' .. require("nsengine.kinds").show(given))
  end
  local argv, options = {}, {}
  for key, value in next, given do
    if math.type(key) == "integer" then argv[key] = value else options[key] = value end
  end
  return argv, options
end

--- run passes the other end of a pipe to no one: the command would wait for it for ever.
local function refuse_pipes(box)
  for _, name in ipairs { "stdin", "stdout", "stderr" } do
    if box.spec[name] and box.spec[name].kind == "pipe" then
      error(errors.new { kind = "recipe", where = box.place(name), field = name,
        message = '"pipe" is for box:spawn, which gives you its other end; box:run waits for the end' }, 0)
    end
  end
end

--- Starts what run and spawn were given.
local function start(where, self, given, check)
  local argv, options = split(where, given == nil and {} or given)
  if next(argv) ~= nil then
    if options.cmd then errors.recipe(where, "cmd", "the command is given twice: in the list, and as cmd") end
    options.cmd = argv
  end
  local box = next(options) ~= nil and patched(self, where, options) or self
  argv = box.spec.cmd
  if not argv then
    local cli = package.loaded["nsengine.cli"]
    local asked = given == nil and where ~= "?" and cli and cli.used and not cli.command -- by ns.args, for opt.cmd
    errors.recipe(where, nil, 'no command: box:run { "program", "argument" }, or cmd = { ... } in the sandbox'
      .. (asked and ("; or nsengine %s -- COMMAND"):format(cli.recipe) or ""))
  end
  if check then check(box) end
  M.used = true
  return spawn(box, where, argv)
end

--- Makes a sandbox from its fields: ns.sandbox { ... }.
M.sandbox = sys.located(function(where, given, extra)
  if extra ~= nil then errors.recipe(where, nil, "ns.sandbox takes one table; another is added by box:with") end
  M.described = where
  return make(schema.merge({}, schema.check(where, given)), { { where = where, given = given } })
end)

--- Derives another sandbox: maps merge by key, lists replace, false removes.
methods.with = sys.located(function(where, self, given, extra)
  check_call(where, self, "with", extra)
  M.described = where
  return patched(self, where, given)
end)

--- Starts the command and returns a Process while it runs.
methods.spawn = sys.located(function(where, self, given, extra)
  check_call(where, self, "spawn", extra)
  return start(where, self, given)
end)

--- Runs the command to its end and returns a Result.
methods.run = sys.located(function(where, self, given, extra)
  check_call(where, self, "run", extra)
  local process <close> = start(where, self, given, refuse_pipes)
  return process:wait()
end)

--- Starts a command where no recipe says so; who calls this knows the place.
function M.begin(box, given)
  return start("?", box, given)
end

--- Runs a sandbox that a recipe returned; nsengine.cli knows the place.
function M.launch(box, argv)
  local process <close> = start("?", box, argv, refuse_pipes)
  return process:wait()
end

--- Describes what would be done, in order: as text, or as JSON.
methods.explain = sys.located(function(where, self, kind)
  check_call(where, self, "explain")
  M.used = true
  if kind ~= nil and kind ~= "text" and kind ~= "json" then
    errors.recipe(where, nil, 'explain: expected "text" or "json", got ' .. require("nsengine.kinds").show(kind))
  end
  return require("nsengine.explain")[kind or "text"](describe(self), self.spec)
end)

return M
