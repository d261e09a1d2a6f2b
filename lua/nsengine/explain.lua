--- A plan for people: each step in order, as the system calls it makes, with the field and line that asked for it.

local M = {}

--- {name = {phase =, calls =, shape =}} of all steps.
local function step_list()
  local by_name = {}
  for _, step in ipairs(require("nsengine.sys").step_list()) do by_name[step.name] = step end
  return by_name
end

local attributes = { { 1, "RDONLY" }, { 2, "NOSUID" }, { 4, "NODEV" }, { 8, "NOEXEC" } }

local function attr_text(bits)
  local names = {}
  for _, entry in ipairs(attributes) do
    if bits & entry[1] ~= 0 then names[#names + 1] = entry[2] end
  end
  return names[1] and table.concat(names, "|") or "0"
end

--- Bytes on one line: mount data as in /etc/fstab, long texts cut off.
local function text_of(value)
  local text = value:gsub("%z$", ""):gsub("%z", ",")
  if #text > 200 then text = ("%s..., %d bytes"):format(text:sub(1, 60), #value) end
  return ("%q"):format(text):gsub("\\\n", "\\n")
end

local resources = { [0] = "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS",
  "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS" }

local function groups_text(packed)
  local list = {}
  for at = 1, #packed, 4 do list[#list + 1] = tostring(string.unpack("=I4", packed, at)) end
  return "{" .. table.concat(list, ", ") .. "}"
end

--- Capabilities by name, from the bits of a set.
local function caps_text(set)
  local names = {}
  for name, number in pairs(require("nsengine.sys").capabilities()) do
    if set >> number & 1 == 1 then names[#names + 1] = name end
  end
  table.sort(names)
  return "{" .. table.concat(names, ", ") .. "}"
end

local function hex(bits)
  return ("0x%x"):format(bits)
end

--- Text that appears only if the value is not the usual one.
local function unless(usual, text)
  return function(n) return n ~= usual and text or "" end
end

--- The flags of a bind mount: engine/child/mounts.c.
local function bind_text(how)
  return (how & 1 ~= 0 and "recursive" or "alone") .. (how & 2 ~= 0 and ", no links" or "")
end

--- A filter: 8 bytes for each instruction, struct sock_filter.
local function program_text(program)
  return ("%d instructions"):format(#program // 8)
end

local function listener_text(flags)
  return flags & 1 ~= 0 and "SECCOMP_FILTER_FLAG_NEW_LISTENER" or ""
end

--- Landlock rights by name.
local function rights_text(kind)
  return function(bits) return require("nsengine.rights").text(kind, bits) end
end

--- {step = {index of the argument = function that formats it}}
local writers = {
  capabilities = { caps_text, hex, unless(0, "the bounding set stays") },
  no_new_privs = { unless(1, "left out") },
  landlock = { rights_text "fs", rights_text "net", rights_text "scope" },
  landlock_path = { nil, rights_text "fs", function() return "" end, unless(0, "if it exists") },
  landlock_port = { nil, rights_text "net" },
  landlock_restrict = { unless(0, "LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON") },
  filter = { program_text, listener_text },
  root_tmpfs = { [2] = attr_text }, root_overlay = { [2] = attr_text },
  root_bind = { [2] = attr_text, [3] = bind_text },
  bind = { [3] = attr_text, [4] = bind_text },
  filesystem = { [4] = attr_text },
  directory = { [2] = function(mode) return ("0%o"):format(mode) end },
  file = { [3] = function(mode) return ("0%o"):format(mode) end },
  umask = { function(mode) return ("0%03o"):format(mode) end },
  rlimit = { function(resource) return resources[resource] or tostring(resource) end },
  setgroups = { groups_text },
}

--- The arguments of a step, each as text; empty texts are left out.
local function arguments(step)
  local list, writer = {}, writers[step[1]] or {}
  for i = 2, #step do
    local write, value = writer[i - 1], step[i]
    local text = write and write(value) or (type(value) == "string" and text_of(value)) or tostring(value)
    if not (write and text == "") then list[#list + 1] = text end
  end
  return list
end

local namespaces = { "CLONE_NEWUSER", "CLONE_NEWNS", "CLONE_NEWPID", "CLONE_NEWNET", "CLONE_NEWIPC", "CLONE_NEWUTS",
  "CLONE_NEWCGROUP", "CLONE_NEWTIME" }

local function flag_names(flags)
  local sys, names = require "nsengine.sys", {}
  for _, name in ipairs(namespaces) do
    if flags & sys[name] ~= 0 then names[#names + 1] = name end
  end
  return names
end

local NEWPID <const> = 0x20000000

local function map_text(map)
  local ranges = {}
  for i, range in ipairs(map) do ranges[i] = ("%d %d %d"):format(range[1], range[2], range[3]) end
  return table.concat(ranges, ", ")
end

--- The names of the calls that the recipe's functions answer; nil if there are none.
local function answered(plan)
  if not plan.notify then return nil end
  local names = {}
  for _, entry in next, plan.notify do names[#names + 1] = entry.name end
  table.sort(names)
  return names
end

--- The plan as a table: what explain=json prints.
---@param plan table from nsengine.plan
---@param spec table|nil the spec, for the command
function M.table(plan, spec)
  local described = step_list()
  local steps = {}
  for i, step in ipairs(plan.steps) do
    local about, origin = described[step[1]] or {}, plan.origin[i]
    local calls = about.calls
    steps[i] = {
      step = step[1], phase = about.phase, calls = type(calls) == "table" and table.concat(calls, ", ") or calls,
      args = arguments(step), field = origin.field, where = origin.where or nil,
    }
  end
  return {
    header = { flags = flag_names(plan.flags), uid_map = plan.uid_map, gid_map = plan.gid_map,
      setgroups = plan.setgroups, inner = plan.inner, init = plan.init, cmd = spec and spec.cmd },
    steps = steps, answers = answered(plan), warnings = plan.warnings,
  }
end

local function header_lines(header, lines)
  lines[#lines + 1] = "clone3 " .. (header.flags[1] and table.concat(header.flags, "|") or "0")
  if header.setgroups then lines[#lines + 1] = "write  setgroups " .. header.setgroups end
  if header.uid_map then lines[#lines + 1] = "write  uid_map " .. map_text(header.uid_map) end
  if header.gid_map then lines[#lines + 1] = "write  gid_map " .. map_text(header.gid_map) end
end

--- The arguments of the step userns: the maps of the second user namespace.
local function inner_text(inner)
  if not (inner and inner.uid_map) then return "no map" end
  return ("uid_map %s; gid_map %s"):format(map_text(inner.uid_map), map_text(inner.gid_map))
end

--- "sethostname("box")"; if `calls` already has arguments, the step's own follow them.
function M.call_text(calls, args)
  if not calls:find("%)$") then return ("%s(%s)"):format(calls, args) end
  return args == "" and calls or calls .. ": " .. args
end

--- One line for each step.
---@return string
function M.text(plan, spec)
  local explained, lines = M.table(plan, spec), {}
  header_lines(explained.header, lines)
  local phase, started
  for _, step in ipairs(explained.steps) do
    if step.phase ~= phase then
      phase = step.phase
      if plan.init and not started and (phase == "payload" or phase == "limits") then
        started = true
        lines[#lines + 1] = ("execve the init%s; it starts what follows"):format(
          plan.flags & NEWPID ~= 0 and ", pid 1" or "")
      end
      lines[#lines + 1] = ("-- %s"):format(phase)
    end
    local args = step.step == "userns" and inner_text(plan.inner) or table.concat(step.args, ", ")
    lines[#lines + 1] = ("%-12s %-60s # %s: %s"):format(step.step, M.call_text(step.calls or "?", args),
      step.where or "?", step.field)
  end
  for _, name in ipairs(explained.answers or {}) do
    local field = "seccomp.notify." .. name
    lines[#lines + 1] = ("%-12s %-60s # %s: %s"):format("answer", name .. " by the recipe's function",
      plan.place(field) or "?", field)
  end
  local words = {}
  for i, word in ipairs(spec and spec.cmd or {}) do words[i] = ("%q"):format(word) end
  lines[#lines + 1] = "execve " .. (words[1] and table.concat(words, ", ") or "the command given to run")
  for _, warning in ipairs(explained.warnings) do lines[#lines + 1] = "warning: " .. warning end
  return table.concat(lines, "\n") .. "\n"
end

--- The same as JSON.
---@return string
function M.json(plan, spec)
  if not pcall(require, "cjson") then error("explain=json needs the Lua module cjson: apt install lua-cjson", 0) end
  local json, explained = require "nsengine.json", M.table(plan, spec)
  local header = explained.header
  header.inner = header.inner and json.object(header.inner) -- without maps if no id is mapped
  return json.encode(explained) .. "\n"
end

return M
