--- What the filter of system calls costs: a sandbox with it against the same without, and a loop of getppid under no
--- filter, under one that lets all through, under the shipped one, and under the same policy as libseccomp writes it
--- without a search tree. Quote the ratios.
---   build/nsengine bench/seccomp.lua [ROUNDS [CALLS]]

local filter = require "nsengine.filter"
local measure = require "measure"
local ns = require "nsengine"
local sys = require "nsengine.sys"

local rounds, calls = ...
rounds, calls = tonumber(rounds or 100), calls or "10000000"
local build = sys.getcwd() .. "/" .. (os.getenv("NSENGINE_BUILD") or "build")

--- Medians of the time of box:run, and of its quotient to the first, taken in turns.
local function sandboxes()
  local base = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev }, cmd = { "/bin/true" } }
  local cases = { { "seccomp = false", base:with { seccomp = false } }, { 'seccomp = "default"', base },
    { 'seccomp = "strict"', base:with { seccomp = "strict" } } }
  measure.report(("A sandbox with its filter, run from a running process; %d rounds; default at most 1.08 x")
    :format(rounds), measure.paired_runs(cases, rounds))
end

--- {name = program}
local function programs()
  local stages = filter.stages(filter.resolve { profile = "default" })
  stages.linear = true
  return {
    { "no filter", "" },
    { "one that lets all through", string.pack("=I2BBI4", 6, 0, 0, 0x7fff0000) },
    { "default", (sys.seccomp_shipped "default") },
    { "default, as a list", assert(sys.seccomp_compile(stages)) },
  }
end

local function loops()
  local cases, files = {}, {}
  for i, entry in ipairs(programs()) do
    files[i] = os.tmpname()
    assert(sys.writefile(files[i], entry[2]))
    local name = ("%s, %d instructions"):format(entry[1], #entry[2] // 8)
    cases[i] = { name, { build .. "/bench/filtered", files[i], calls } }
  end
  local per_call, install = {}, {}
  for i = 1, #cases do per_call[i], install[i] = {}, {} end
  for round = 1, 5 do
    for i, case in ipairs(cases) do
      local figures = measure.figures(case[2])
      per_call[i][round], install[i][round] = figures.call_ps / 1000, figures.install_ns / 1000
    end
  end
  for _, file in ipairs(files) do sys.unlink(file) end
  print(("getppid, %s times; medians of 5"):format(calls))
  local first = measure.median(per_call[1])
  for i, case in ipairs(cases) do
    print(("  %-44s %6.1f ns a call, %+5.1f over none; %6.1f us to install"):format(case[1],
      measure.median(per_call[i]), measure.median(per_call[i]) - first, measure.median(install[i])))
  end
end

sandboxes()
loops()
