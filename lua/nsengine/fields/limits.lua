--- limits: what the command may use.
local kinds = require "nsengine.kinds"

local function count(value, fail, key)
  return kinds.integer(value, fail, 0, 1 << 31, key)
end

local function positive_duration(value, fail, key)
  local seconds = kinds.duration(value, fail, key)
  if seconds <= 0 then fail("a limit must be more than 0", key) end
  return seconds
end

local function positive_size(value, fail, key)
  local bytes = kinds.size(value, fail, key)
  if bytes == 0 then fail("a limit must be more than 0", key) end
  return bytes
end

local function processors(value, fail, key)
  if (math.type(value) == nil) or value ~= value or value < 0.01 or value > 65536 then
    fail(("expected a number of processors, at least 0.01, got %s"):format(kinds.show(value)), key)
  end
  return value
end

--- More processors than any kernel supports.
local MOST_PROCESSORS <const> = 65536

--- Whether a text is like "0-2,5", with no more processors than there can be: its readers make an entry for each.
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

--- "0-2,5", 3 or { 0, 1 }, in the kernel's format.
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
    fail(('%s is not a list of processors such as "0-2,5" or { 0, 1 }'):format(kinds.show(value)), key)
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
    local function named(message, word) fail((word and word .. ": " or "") .. message, key) end
    if type(path) ~= "string" or type(given) ~= "table" then
      named 'name the disk by a path on it: { ["/data"] = { read = "10M" } }'
    end
    map[kinds.source(path, named)] = kinds.record(given, named, rates, "limits.io")
  end
  if next(map) == nil then fail('name the disk by a path on it: { ["/data"] = { read = "10M" } }', key) end
  return map
end

local FSIZE, STACK, NPROC, NOFILE, AS = 1, 3, 6, 7, 9 -- RLIMIT_*

--- resource: enforced by setrlimit(2); by: the enforcer in the Result; held: by the field fs; else: nsengine.confine.
local keys = {
  memory = { check = positive_size, type = "integer|string",
    doc = [[
Memory of all processes together: their own, files in tmpfs, and what the kernel keeps for them. A process that wants
more is killed, and the whole sandbox with it. Nothing is swapped out unless `swap` allows it.]],
    example = 'limits = { memory = "256M" }' },
  swap = { check = kinds.size, default = "0 with memory; else none", type = "integer|string",
    doc = "How much may be swapped out, in addition to `memory`.",
    example = 'limits = { memory = "1G", swap = "1G" }' },
  pids = { check = function(value, fail, key) return kinds.integer(value, fail, 1, 1 << 22, key) end, type = "integer",
    doc = [[
Processes and threads at a time, not counting the init. One more fails with EAGAIN, and the command goes on as it
likes. The reason is "pids" if it then failed, or if a time limit ended it while it was still at this limit. Without a
control group (`enforced` says "rlimit") it is enforced like `processes`, with one more for the init: also with
EAGAIN, but nothing records that the limit was reached, so the reason is whatever the command made of it, such as
"exit". The host's root, and share = { "user" }, are refused then.]],
    example = "limits = { pids = 64 }" },
  cpus = { check = processors, type = "number",
    doc = "CPU time in each 100 ms, in processors: 1.5 is 150 ms. What wants more waits.",
    example = "limits = { cpus = 1.5 }" },
  cpu_weight = { check = function(value, fail, key) return kinds.integer(value, fail, 1, 10000, key) end,
    default = "100", type = "integer",
    doc = "Share of the processors when others want them too, 1 to 10000.", example = "limits = { cpu_weight = 50 }" },
  cpuset = { check = processor_list, type = "string|integer|integer[]",
    doc = 'The processors to run on: "0-2,5", 3 or { 0, 1 }.', example = 'limits = { cpuset = "0-1" }' },
  io = { check = rates_of_disks, type = "table",
    doc = [[
How much the sandbox may read from and write to a disk in a second: bytes (read, write) and operations (read_ops,
write_ops). A disk is named by a path on it, or by its device. A path that is on no disk (tmpfs, overlay) is refused.]],
    example = 'limits = { io = { ["/data"] = { read = "10M", write_ops = 100 } } }' },
  disk = { check = positive_size, held = true, type = "integer|string",
    doc = [[
What all ns.tmpfs in `fs` may hold together: those without a size share equally what the others leave. Refused if the
command may write to directories of the host, whose growth nothing here can limit.]],
    example = 'limits = { disk = "1G" }' },
  cpu_time = { check = positive_duration, type = "number|string",
    doc = [[
CPU seconds of all processes together; at the limit the whole sandbox is killed. Without a control group (`enforced`
says "rlimit") it applies to each process, by RLIMIT_CPU, whose clock ticks can be a third off on a busy machine. It is
set a quarter and half a second higher, rounded up to whole seconds: SIGXCPU then, and SIGKILL a second later. The
Result's reason goes by the measured time.]],
    example = 'limits = { cpu_time = "2s" }' },
  wall_time = { check = positive_duration, by = "supervisor", type = "number|string",
    doc = [[
How long the command may run; then the whole sandbox is killed. The init enforces it too, a second later, so it holds
whatever the program does meanwhile; with init = false it holds only while the program waits for a sandbox, or reads
or polls what one prints. What the command wrote before its end is delivered, however long that takes.]],
    example = 'limits = { wall_time = "1min" }' },
  output = { check = kinds.size, by = "supervisor", default = "64M of what is captured; else none",
    type = "integer|string",
    doc = [[
Bytes that may be written to standard output and error together; they count wherever they go, except to "null". Beyond
that the whole sandbox is killed. Refused with "pipe", which the program reads itself.]],
    example = 'limits = { output = "64M" }' },
  files = { check = count, resource = NOFILE, by = "rlimit", type = "integer",
    doc = "Open descriptors of one process.", example = "limits = { files = 64 }" },
  file_size = { check = kinds.size, resource = FSIZE, by = "rlimit", type = "integer|string",
    doc = "Largest size that a file may grow to; SIGXFSZ beyond it.", example = 'limits = { file_size = "16M" }' },
  stack = { check = kinds.size, resource = STACK, by = "rlimit", type = "integer|string",
    doc = "Size of the stack of one process.", example = 'limits = { stack = "64M" }' },
  core = { check = kinds.size, by = "rlimit", default = "0: no core files", type = "integer|string",
    doc = "Largest size of a core file.", example = 'limits = { core = "100M" }' },
  processes = { check = count, resource = NPROC, by = "rlimit", type = "integer",
    doc = [[
Processes and threads of the sandbox's user, in its user namespace, including the init. One more fails with EAGAIN;
the reason is whatever the command makes of that. Where there is a control group, `pids` counts better.]],
    example = "limits = { processes = 32 }" },
  address_space = { check = kinds.size, resource = AS, by = "rlimit", type = "integer|string",
    doc = [[
Address space of one process, which is more than it has in memory. More fails with ENOMEM, and what the command makes
of that is the reason: "exit" or "signal", never "memory".]],
    example = 'limits = { address_space = "4G" }' },
}

--- The size of core files: 0 does not stop a core_pattern program from being started (core(5)); 1 does, and no file is
--- made either.
local function lower_core(value, b)
  b:add("limits.core", "scrub", math.max(value or 0, 1))
end

return {
  name = "limits",
  type = "table",
  default = "none but core = 0",
  since = "0.2",
  doc = [[
What the command may use. Sizes are bytes, or "64K", "64M", "1.5G", "1T", powers of 1024; "64MB" and "64MiB" mean
"64M". Durations are seconds, or "500ms", "2s", "10min" ("10m" too), "1h", "7d". If a limit on all processes or on
time ended the sandbox, the Result's `reason` names it. A limit on a single process acts as it does in the kernel:
with a signal (SIGXFSZ for file_size) or an error. The Result's `enforced` tells what enforced each limit.

- On all processes together, by a control group; `nsengine --doctor` tells whether there is one: memory, swap, pids,
  cpus, cpu_weight, cpuset, io, cpu_time. Of these, pids and cpu_time work without one too, but less well.
- On each process, by setrlimit(2), on every host: address_space, files, file_size, stack, core; on its user:
  processes.
- On the sandbox, by its supervisor, the program that started it, on every host: wall_time, output; and disk, by the
  sizes of its tmpfs.]],
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
