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

--- Seconds from clone to the end of a command, {argument..., uid =}, whose output goes nowhere.
local function time(command)
  local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
  local start = sys.monotonic()
  local child <close> = assert(sys.clone(0, function()
    for fd = 0, 2 do null:dup(fd) end
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

--- Times each of `cases`, {name, command}, `rounds` times in turn. Returns for each {name =, median =
--- seconds, ratio = median of its quotient to the first case in the same round}.
function M.paired(cases, rounds)
  local times, ratios = {}, {}
  for i = 1, #cases do times[i], ratios[i] = {}, {} end
  for round = 0, rounds do
    for i, case in ipairs(cases) do
      local seconds = time(case[2])
      if round > 0 then -- the first warms the caches
        times[i][round] = seconds
        ratios[i][round] = seconds / times[1][round]
      end
    end
  end
  local results = {}
  for i, case in ipairs(cases) do
    results[i] = { name = case[1], median = M.median(times[i]), ratio = M.median(ratios[i]), times = times[i] }
  end
  return results
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

--- As M.paired, for cases {name, box}: box:run in this process.
function M.paired_runs(cases, rounds)
  local times, ratios, results = {}, {}, {}
  for i = 1, #cases do times[i], ratios[i] = {}, {} end
  for round = 0, rounds do
    for i, case in ipairs(cases) do
      local start = sys.monotonic()
      case[2]:run():check()
      local seconds = sys.monotonic() - start
      if round > 0 then
        times[i][round] = seconds
        ratios[i][round] = seconds / times[1][round]
      end
    end
  end
  for i, case in ipairs(cases) do
    results[i] = { name = case[1], median = M.median(times[i]), ratio = M.median(ratios[i]) }
  end
  return results
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

--- As M.paired, for cases that measure themselves; `name` says which of their figures counts.
function M.paired_figures(cases, rounds, name)
  local times, ratios, results = {}, {}, {}
  for i = 1, #cases do times[i], ratios[i] = {}, {} end
  for round = 1, rounds do
    for i, case in ipairs(cases) do
      times[i][round] = M.figures(case[2])[name] / 1e9
      ratios[i][round] = times[i][round] / times[1][round]
    end
  end
  for i, case in ipairs(cases) do
    results[i] = { name = case[1], median = M.median(times[i]), ratio = M.median(ratios[i]) }
  end
  return results
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
