--- The cost of limits: a sandbox with them against the same without, from a running process, whose control groups are
--- made while the one before computes, and from the command line. As root, or with a delegated subtree. Quote the
--- ratios.
---   build/nsengine bench/limits.lua [ROUNDS]

local measure = require "measure"
local ns = require "nsengine"
local sys = require "nsengine.sys"

local rounds = tonumber(... or 100)
local launcher = sys.getcwd() .. "/" .. (os.getenv("NSENGINE_BUILD") or "build") .. "/nsengine"

--- As Lua text, for recipes on the command line too.
local cases = {
  { "without limits", "{}" },
  { "of each process, and time", '{ wall_time = 10, files = 100, stack = "8M", file_size = "1G" }' },
  { "memory and pids", '{ memory = "256M", pids = 64 }' },
  { "all but io", '{ memory = "256M", swap = 0, pids = 64, cpus = 1.5, cpu_weight = 50, cpuset = "0", cpu_time = 2, '
    .. 'wall_time = 10, output = "64M", disk = "1G" }' },
}
local recipe = [[local ns = require "nsengine"
  return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev }, cmd = { "/bin/true" },
    limits = %s }]]

local boxes, commands = {}, {}
for i, case in ipairs(cases) do
  local text = recipe:format(case[2])
  boxes[i] = { case[1], assert(load(text))() }
  commands[i] = { case[1], { launcher, "-e", text } }
end
local ok, err = pcall(boxes[#boxes][2].run, boxes[#boxes][2])
if not ok then return ns.warn(("no limits to measure: %s"):format(tostring(err))) end
measure.report(("Limits, in a running process; %d rounds; at most 1.25 x"):format(rounds),
  measure.paired_runs(boxes, rounds))
measure.report("The same from the command line", measure.paired(commands, rounds))
