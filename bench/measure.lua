--- Paired timing: the commands take turns, so that what else the machine does falls on all of them
--- alike; medians of times and of ratios within a round.

local sys = require "nsengine.sys"

local M = {}

--- Becomes an ordinary user, where a case is to be measured as one.
function M.become(uid)
  if not uid or uid == sys.getids().euid then return end
  assert(sys.setgroups {})
  assert(sys.setresgid(uid, uid, uid))
  assert(sys.setresuid(uid, uid, uid))
  assert(sys.set_dumpable(true)) -- or /proc/self stays root's
end

--- Seconds from clone to the end of a command, {argument..., uid =, files = {[number] = path to read}}, whose output
--- goes nowhere.
local function time(command)
  local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
  local start = sys.monotonic()
  local child <close> = assert(sys.clone(0, function()
    for fd = 0, 2 do null:dup(fd) end
    for number, path in pairs(command.files or {}) do assert(sys.open(path)):dup(number) end
    M.become(command.uid)
    return sys.exec(command)
  end))
  local ok, how, number = child:wait()
  local seconds = sys.monotonic() - start
  if not ok then error(("%s: %s %s"):format(table.concat(command, " "), how, number), 0) end
  return seconds
end

function M.median(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  return #sorted % 2 == 1 and sorted[middle + 1] or (sorted[middle] + sorted[middle + 1]) / 2
end

--- Measures each of `cases` in turn, so many rounds after `warm` that do not count; `seconds` measures one. For each
--- {name =, median = seconds, ratio = median of its quotient to the first case in the same round, times =}.
local function in_turns(cases, rounds, warm, seconds)
  local times, ratios, results = {}, {}, {}
  for i = 1, #cases do times[i], ratios[i] = {}, {} end
  for round = 1 - warm, rounds do
    for i, case in ipairs(cases) do
      local figure = seconds(case[2])
      if round > 0 then
        times[i][round] = figure
        ratios[i][round] = figure / times[1][round]
      end
    end
  end
  for i, case in ipairs(cases) do
    results[i] = { name = case[1], median = M.median(times[i]), ratio = M.median(ratios[i]), times = times[i] }
  end
  return results
end

--- Times commands: cases are {name, command}. The first round warms the caches.
function M.paired(cases, rounds)
  return in_turns(cases, rounds, 1, time)
end

--- Times box:run in this process: cases are {name, box}.
function M.paired_runs(cases, rounds)
  return in_turns(cases, rounds, 1, function(box)
    local start = sys.monotonic()
    box:run():check()
    return sys.monotonic() - start
  end)
end

--- The median quotient of each case of M.paired to case number `base`, round by round.
function M.against(results, base)
  local quotients = {}
  for i, result in ipairs(results) do
    local of_rounds = {}
    for round, seconds in ipairs(result.times) do of_rounds[round] = seconds / results[base].times[round] end
    quotients[i] = M.median(of_rounds)
  end
  return quotients
end

--- What a command that measures itself says: "spawn_ns N run_ns N" becomes {spawn_ns = N, run_ns = N}.
function M.figures(command)
  local r, w = sys.pipe()
  local child <close> = assert(sys.clone(0, function()
    w:dup(1)
    M.become(command.uid)
    return sys.exec(command)
  end))
  w:close()
  local parts = {}
  repeat
    parts[#parts + 1] = assert(r:read())
  until parts[#parts] == ""
  local ok, how, number = child:wait()
  if not ok then error(("%s: %s %s"):format(table.concat(command, " "), how, number), 0) end
  local values = {}
  for name, value in table.concat(parts):gmatch("(%S+) (%d+)") do values[name] = tonumber(value) end
  return values
end

--- As M.paired, for commands that measure themselves; `name` says which of their figures counts.
function M.paired_figures(cases, rounds, name)
  return in_turns(cases, rounds, 0, function(command) return M.figures(command)[name] / 1e9 end)
end

--- Prints a table of results against the first.
function M.report(title, results)
  print(title)
  for _, r in ipairs(results) do
    print(("  %-34s %7.2f ms  %5.2f x"):format(r.name, r.median * 1000, r.ratio))
  end
end

--- The peak resident memory of a command that waits, in kB: VmHWM of /proc/PID/status.
function M.peak_memory(command)
  local r, w = sys.pipe()
  local child <close> = assert(sys.clone(0, function()
    w:dup(1)
    return sys.exec(command)
  end))
  w:close()
  r:read(1) -- the command says that it is up
  local status = assert(sys.readfile(("/proc/%d/status"):format(child:pid())))
  return tonumber(status:match("VmHWM:%s*(%d+)"))
end

return M
