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

local function positive_size(value, fail, key)
  local bytes = kinds.size(value, fail, key)
  if bytes == 0 then fail("a limit is more than 0", key) end
  return bytes
end

local function processors(value, fail, key)
  if (math.type(value) == nil) or value ~= value or value < 0.01 or value > 65536 then
    fail(("expected a number of processors from 0.01, got %s"):format(kinds.show(value)), key)
  end
  return value
end

--- More processors than any kernel is built for.
local MOST_PROCESSORS <const> = 65536

--- Whether a text is "0-2,5" and names no more processors than there can be: who reads it makes an entry for each.
local function is_processor_list(text)
  local total = 0
  for item in (text .. ","):gmatch "([^,]*)," do
    local first, last = item:match "^(%d+)%-(%d+)$"
    first = tonumber(first or item:match "^%d+$")
    last = tonumber(last) or first
    if not first or first > last or last >= MOST_PROCESSORS then return false end
    total = total + last - first + 1
    if total > MOST_PROCESSORS then return false end
  end
  return true
end

--- "0-2,5", 3 or { 0, 1 }: in the kernel's form.
local function processor_list(value, fail, key)
  if math.type(value) == "integer" then value = { value } end
  if type(value) == "table" then
    local words = {}
    for i, number in ipairs(kinds.list(value, fail, "processors", key)) do
      words[i] = ("%d"):format(kinds.integer(number, fail, 0, MOST_PROCESSORS - 1, key))
    end
    value = table.concat(words, ",")
  end
  if type(value) ~= "string" or not is_processor_list(value) then
    fail(('%s is not a list of processors: "0-2,5" or { 0, 1 }'):format(kinds.show(value)), key)
  end
  return value
end

local function count_or_size(value, fail, key)
  return kinds.size(value, fail, key)
end

local rates = { read = { check = positive_size }, write = { check = positive_size },
  read_ops = { check = count_or_size }, write_ops = { check = count_or_size } }

--- { ["/data"] = { read = "10M" } }.
local function rates_of_disks(value, fail, key)
  if type(value) ~= "table" then fail(("expected a table, got %s"):format(kinds.show(value)), key) end
  local map = {}
  for path, given in next, value do
    local function named(message) fail(message, key) end
    if type(path) ~= "string" then named 'what is limited is named by a path: { ["/data"] = { read = "10M" } }' end
    map[kinds.source(path, named)] = kinds.record(given, named, rates)
  end
  if next(map) == nil then fail('what is limited is named by a path: { ["/data"] = { read = "10M" } }', key) end
  return map
end

local FSIZE, STACK, NPROC, NOFILE, AS = 1, 3, 6, 7, 9 -- RLIMIT_*

--- resource: enforced by setrlimit(2); by: by whom else; held: by the field fs; none of them: see nsengine.confine.
local keys = {
  memory = { check = positive_size, type = "integer|string",
    doc = [[
Memory of all processes together: their own, the files in tmpfs, what the kernel keeps for them. Who wants more is
killed, and all others of the sandbox with it. Nothing is swapped out unless `swap` says so.]],
    example = 'limits = { memory = "256M" }' },
  swap = { check = kinds.size, default = "0 with memory; else none", type = "integer|string",
    doc = "How much of it may be swapped out, besides `memory`.", example = 'limits = { memory = "1G", swap = "1G" }' },
  pids = { check = function(value, fail, key) return kinds.integer(value, fail, 1, 1 << 22, key) end, type = "integer",
    doc = [[
Processes and threads at a time, the init left out. One more fails with EAGAIN: the command goes on as it likes. The
reason of its end is "pids" where it then failed, or was stopped while it still stood at the limit. Without a control
group (`enforced` says "rlimit") it is held as `processes` is, one more for the init: EAGAIN too, but nothing tells that
it was reached, and the reason is what the command made of it, as "exit". Root of the host, and share = { "user" }, are
refused then.]],
    example = "limits = { pids = 64 }" },
  cpus = { check = processors, type = "number",
    doc = "How many processors' time in each 100 ms; what wants more waits.", example = "limits = { cpus = 1.5 }" },
  cpu_weight = { check = function(value, fail, key) return kinds.integer(value, fail, 1, 10000, key) end,
    default = "100", type = "integer",
    doc = "The share of the processors where others want them too.", example = "limits = { cpu_weight = 50 }" },
  cpuset = { check = processor_list, type = "string|integer|integer[]",
    doc = "The processors that it may run on.", example = 'limits = { cpuset = "0-1" }' },
  io = { check = rates_of_disks, type = "table",
    doc = [[
How much a disk reads and writes for it a second: bytes (read, write) and operations (read_ops, write_ops). A disk is
named by a path on it, or by its device. What lies on no disk (tmpfs, overlay) is refused.]],
    example = 'limits = { io = { ["/data"] = { read = "10M", write_ops = 100 } } }' },
  disk = { check = positive_size, held = true, type = "integer|string",
    doc = [[
What all ns.tmpfs of `fs` hold together: what those with a size leave is shared equally by the others. Refused beside
directories of the host that the command may write to, whose growth nothing here can hold.]],
    example = 'limits = { disk = "1G" }' },
  cpu_time = { check = positive_duration, type = "number|string",
    doc = [[
CPU seconds of all processes together; at the limit the whole sandbox is killed. Without a control group (`enforced`
says "rlimit") each process is limited by itself, by RLIMIT_CPU, which counts in clock ticks and can be a third off on a
busy machine. It is therefore set to a quarter more, rounded to whole seconds: a command that exceeds its limit is
stopped up to a second later (SIGXCPU, then SIGKILL). The reason of the Result goes by the measured time.]],
    example = 'limits = { cpu_time = "2s" }' },
  wall_time = { check = positive_duration, by = "supervisor", type = "number|string",
    doc = [[
How long the command may run; then the whole sandbox is killed. The init holds it too, a second later, so that it is
held whatever the program does meanwhile; with init = false it is held while somebody waits for a sandbox, or reads what
one prints. What the command wrote before its end is delivered, however long that takes.]],
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
    doc = [[
Processes and threads of the sandbox's user, in its user namespace; the init is one of them. One more fails with EAGAIN;
the reason of the end is what the command makes of that. `pids` counts better, where there is a control group.]],
    example = "limits = { processes = 32 }" },
  address_space = { check = kinds.size, resource = AS, by = "rlimit", type = "integer|string",
    doc = [[
The address space of one process: more than what it has in memory. More fails with ENOMEM, and what the command makes of
that is the reason of its end: "exit" or "signal", never "memory".]],
    example = 'limits = { address_space = "4G" }' },
}

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
What the command may use. Sizes are bytes, or "64K", "64M", "1.5G", "1T", powers of 1024: "64MB" and "64MiB" are the
same as "64M". Durations are seconds, or "500ms", "2s", "10min" ("10m" too), "1h", "7d". The Result says in `reason`
which ended it, of those of all processes and of time; one of a single process ends that as the kernel has it: by a
signal, SIGXFSZ for file_size, or an error. `enforced` says by what each is held.

- Of all processes together, by a control group; `nsengine --doctor` tells whether there is one: memory, swap, pids,
  cpus, cpu_weight, cpuset, io, cpu_time. Of these, pids and cpu_time are held without one too, less well.
- Of each process, by setrlimit(2), on every host: address_space, files, file_size, stack, core; processes, of its user.
- Of the sandbox, by its supervisor, on every host: wall_time, output; and disk, by the sizes of its tmpfs.]],
  example = 'limits = { cpu_time = 2, wall_time = "10s", file_size = "16M" }',
  keys = keys,
  merge = kinds.merge,
  check = function(value, fail)
    return kinds.record(value, fail, keys, "limits")
  end,
  lower = function(value, b)
    local words = {}
    for key in next, value do words[#words + 1] = key end
    table.sort(words)
    for _, key in ipairs(words) do
      local described = keys[key]
      b.enforced[key] = b.enforced[key] or described.by
      if described.resource then
        b:add("limits." .. key, "rlimit", described.resource, value[key], value[key])
      elseif not (described.by or described.held) then
        b.confined = value
      end
    end
    lower_core(value.core, b)
  end,
}
