#!/usr/bin/env nsengine
-- An online judge: compiles untrusted C or C++, runs it on every test in a directory, and reports the verdicts.
--   nsengine 11-judge.lua solution.c tests          tests/N.in is the input, tests/N.out the answer
--   nsengine 11-judge.lua --help                    limits, and how many tests run at a time
local ns = require "nsengine"
local sys = require "nsengine.sys"

local opt = ns.args({
  about = "Compiles a program, runs it on tests/N.in and compares with tests/N.out.",
  { "source", "the program, in C or C++", required = true },
  { "tests", "the directory of the tests", required = true },
  { "-t --time", "processor time for a test", default = "1s", type = "duration" },
  { "-m --memory", "memory for a test", default = "256M", type = "size" },
  { "-j --jobs", "tests at a time", default = #sys.getaffinity(), type = "integer" },
}, ...)

-- What compiler and program see: the system's programs and libraries, and nothing of yours.
local base = ns.sandbox {
  fs = {
    ["/usr"] = ns.ro "/usr", ["/bin"] = ns.symlink "usr/bin",
    ["/lib"] = ns.symlink "usr/lib", ["/lib64"] = ns.symlink "usr/lib64",
    ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs { size = "64M" },
  },
  env = { PATH = "/usr/bin:/bin" },
  cwd = "/box",
  -- Without a control group these cannot be enforced; a line at the end says so then. What is left is address_space,
  -- for each process by itself: one that wants more gets no memory, and most often crashes.
  optional = { "limits.memory", "limits.pids" },
}

-- A compiler runs a stranger's program too: #include "/dev/zero" is one.
local work <close> = ns.tempdir()
local suffix = opt.source:match "%.%w+$" or ".c"
local built = base:with {
  fs = { ["/box"] = ns.rw(work.path), ["/main" .. suffix] = ns.ro(opt.source) },
  limits = { wall_time = "1min", memory = "1G", address_space = "2G", pids = 64, output = "64K", file_size = "64M" },
}:run { suffix == ".c" and "gcc" or "g++", "-O2", "-o", "main", "/main" .. suffix, "-lm",
  stderr = "capture" }
if not built.ok then
  print(("CE  %s\n%s"):format(built, built.stderr))
  return false
end

-- The program computes and does nothing else: "strict" lets it make no process, no socket, no file. The processor
-- time counts; the wall clock ends those that sleep.
local box = base:with {
  fs = { ["/box"] = ns.ro(work.path) },
  limits = { cpu_time = opt.time, wall_time = 3 * opt.time + 1, output = "16M",
    memory = opt.memory, address_space = 2 * opt.memory + (64 << 20) },
  seccomp = "strict",
  stdout = "capture", stderr = "null",
}

local verdicts = { memory = "MLE", cpu_time = "TLE", wall_time = "TLE", output = "OLE" } -- all else: RE

local function words(text) return (text:gsub("%s+", " "):gsub(" $", "")) end

local function verdict(r, input)
  if not r.ok then return verdicts[r.reason] or "RE" end
  return words(r.stdout) == words(ns.read((input:gsub("in$", "out")))) and "OK" or "WA"
end

local inputs = ns.glob(opt.tests .. "/*.in")
assert(#inputs > 0, opt.tests .. " has no N.in")
table.sort(inputs, function(a, b) return #a < #b or #a == #b and a < b end) -- 2 before 10

local running, input_of, results, started = {}, {}, {}, 0
while started < #inputs or #running > 0 do
  if started < #inputs and #running < opt.jobs then
    started = started + 1
    running[#running + 1] = box:spawn { "./main", stdin = ns.open(inputs[started]) }
    input_of[running[#running]] = inputs[started]
  else
    local process, r = ns.wait(running) -- whichever ends first; it is taken off the list
    results[input_of[process]] = r
  end
end

local passed = 0
print(("%-12s %-4s %9s %10s"):format("TEST", "", "CPU", "MEMORY"))
for _, input in ipairs(inputs) do
  local r = results[input]
  local word = verdict(r, input)
  if word == "OK" then passed = passed + 1 end
  print(("%-12s %-4s %7.2f s %8.1f M%s"):format(ns.basename(input):gsub("%.in$", ""), word, r.cpu_time or 0,
    (r.memory or 0) / 2^20, r.ok and "" or "  " .. tostring(r)))
end
print(("%d of %d"):format(passed, #inputs))
for _, warning in ipairs(results[inputs[1]].warnings) do io.stderr:write("warning: ", warning, "\n") end
return passed == #inputs
