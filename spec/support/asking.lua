--- Sandboxes with functions that answer system calls, whatever compiles filters: the plan of a recipe's fields, with a
--- filter that asks about those calls.

local bpf = require "nsengine.bpf"
local plan = require "nsengine.plan"
local process = require "nsengine.process"
local schema = require "nsengine.schema"
local sys = require "nsengine.sys"

local ns = require "nsengine"

local M = {}

local LISTEN, ASKS_EXEC = 1, 2 -- engine/plan/block.h

local function place(field)
  return field and "recipe.lua:7" or "recipe.lua:1"
end

--- What nsengine.process starts: functions = {openat = function}, fields of a sandbox.
function M.job(functions, fields)
  fields = fields or {}
  fields.fs = fields.fs or { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs }
  local spec = schema.merge({}, schema.check("recipe.lua:1", fields))
  local made = plan.build(spec, place)
  local numbers, known = {}, sys.notify_calls()
  made.notify = {}
  for name, fn in pairs(functions) do
    local number = assert(known[name], name)
    numbers[#numbers + 1], made.notify[number] = number, { name = name, fn = fn }
  end
  local exec = functions.execve and ASKS_EXEC or 0
  made.steps[#made.steps + 1] = { "filter", bpf.asking(numbers), LISTEN | exec }
  made.origin[#made.steps] = { field = "seccomp.notify", where = "recipe.lua:7" }
  local compiled = sys.plan {
    flags = made.flags, init = made.init, uid_map = made.uid_map, gid_map = made.gid_map,
    setgroups = made.setgroups, inner = made.inner, steps = made.steps,
  }
  local inherit = { kind = "inherit" }
  return {
    plan = compiled, description = made, spec = spec, argv = spec.cmd, env = { "PATH=/usr/bin:/bin" },
    path = "/usr/bin:/bin", place = place, stdin = spec.stdin or inherit, stdout = spec.stdout or { kind = "capture" },
    stderr = spec.stderr or { kind = "capture" }, tty = false, fds = spec.fds or {},
    limits = { wall_time = spec.limits and spec.limits.wall_time, capture = 1 << 20 },
  }
end

--- Runs a command: M.run({openat = function}, {"cat", "/x"}, {fields...}).
function M.run(functions, cmd, fields)
  fields = fields or {}
  fields.cmd = cmd
  return process.run(M.job(functions, fields))
end

function M.spawn(functions, cmd, fields)
  fields = fields or {}
  fields.cmd = cmd
  return process.spawn(M.job(functions, fields))
end

return M
