--- limits: what the command may use.
local kinds = require "nsengine.kinds"

local function count(value, fail, key)
  return kinds.integer(value, fail, 0, 1 << 31, key)
end

local function positive_duration(value, fail, key)
  local seconds = kinds.duration(value, fail, key)
  if seconds <= 0 then fail("a limit is more than 0", key) end
  return seconds
end

local CPU, FSIZE, STACK, NPROC, NOFILE, AS = 0, 1, 3, 6, 7, 9 -- RLIMIT_*

--- resource: enforced by setrlimit(2); by: by whom else.
local keys = {
  cpu_time = { check = positive_duration, resource = CPU, by = "rlimit", type = "number|string",
    doc = "CPU seconds of one process; at the limit SIGXCPU, a second later SIGKILL. Whole seconds, rounded up.",
    example = 'limits = { cpu_time = "2s" }' },
  wall_time = { check = positive_duration, by = "supervisor", type = "number|string",
    doc = "How long the command may run; then the whole sandbox is killed.",
    example = 'limits = { wall_time = "1min" }' },
  output = { check = kinds.size, by = "supervisor", default = "64M of what is captured; else none",
    type = "integer|string",
    doc = [[
How many bytes the command may write to standard output and error together, wherever they go but "null"; then the whole
sandbox is killed. With "pipe", which the program reads itself, it is refused.]],
    example = 'limits = { output = "64M" }' },
  files = { check = count, resource = NOFILE, by = "rlimit", type = "integer",
    doc = "Open descriptors of one process.", example = "limits = { files = 64 }" },
  file_size = { check = kinds.size, resource = FSIZE, by = "rlimit", type = "integer|string",
    doc = "How large a file may grow; SIGXFSZ beyond.", example = 'limits = { file_size = "16M" }' },
  stack = { check = kinds.size, resource = STACK, by = "rlimit", type = "integer|string",
    doc = "The stack of one process.", example = 'limits = { stack = "64M" }' },
  core = { check = kinds.size, by = "rlimit", default = "0: no core files", type = "integer|string",
    doc = "How large a core file may be.", example = 'limits = { core = "100M" }' },
  processes = { check = count, resource = NPROC, by = "rlimit", type = "integer",
    doc = "Processes and threads of the sandbox's user, in its user namespace; the init is one of them.",
    example = "limits = { processes = 32 }" },
  address_space = { check = kinds.size, resource = AS, by = "rlimit", type = "integer|string",
    doc = "The address space of one process: more than what it has in memory.",
    example = 'limits = { address_space = "4G" }' },
  memory = { later = true }, swap = { later = true }, pids = { later = true }, cpus = { later = true },
  cpu_weight = { later = true }, cpuset = { later = true }, io = { later = true }, disk = { later = true },
}

--- RLIMIT_CPU counts whole seconds: never less than asked for. One second between SIGXCPU and SIGKILL.
local function soft_and_hard(key, value)
  if key ~= "cpu_time" then return value, value end
  return math.ceil(value), math.ceil(value) + 1
end

--- A core file's size: 0 keeps no program of core_pattern from being started (core(5)); 1 does, and makes no file.
local function lower_core(value, b)
  b:add("limits.core", "scrub", math.max(value or 0, 1))
end

return {
  name = "limits",
  type = "table",
  default = "none but core = 0",
  since = "0.2",
  doc = [[
What the command may use. Sizes are bytes or "64M"; durations seconds, or "500ms", "2s", "10min". The Result says
which was reached, and what enforced each.]],
  example = 'limits = { cpu_time = 2, wall_time = "10s", file_size = "16M" }',
  keys = keys,
  merge = kinds.merge,
  check = function(value, fail, skip)
    return kinds.record(value, fail, keys, skip)
  end,
  lower = function(value, b)
    local words = {}
    for key in next, value do words[#words + 1] = key end
    table.sort(words)
    for _, key in ipairs(words) do
      local described = keys[key]
      b.enforced[key] = described.by
      if described.resource then
        b:add("limits." .. key, "rlimit", described.resource, soft_and_hard(key, value[key]))
      end
    end
    lower_core(value.core, b)
  end,
}
