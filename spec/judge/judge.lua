--- Judges programs, four at a time: judge.lua DIRECTORY NAME[:strict]... A line for each: NAME VERDICT REASON NUMBER
--- SECONDS, where NUMBER is the signal or the exit status. The first line says what enforces memory and pids here.
local ns = require "nsengine"

local slow = os.getenv "NSENGINE_VM" -- a guest's processor time measures nothing

local box = ns.sandbox {
  fs = { ["/box"] = ns.ro(arg[1]), ["/tmp"] = ns.tmpfs(), ["/dev"] = ns.dev },
  cwd = "/box",
  stdin = "20 22\n", stdout = "capture", stderr = "capture",
  limits = {
    cpu_time = slow and 2 or 0.5, wall_time = slow and 15 or 5, memory = "64M", pids = 8, output = "64K", disk = "8M",
  },
  optional = { "limits.memory", "limits.pids" },
}
local strict = box:with { seccomp = "strict" }

local verdicts = {
  ok = "OK", cpu_time = "TLE", wall_time = "TLE", memory = "MLE", output = "OLE", syscall = "RF",
  exit = "RE", signal = "RE", pids = "RE", disk = "RE",
}

local function verdict(r)
  if r.ok and r.stdout ~= "42\n" then return "WA" end
  return verdicts[r.reason]
end

local enforced = box:run({ "/box/sum" }).enforced
print("enforced", enforced.memory or "-", enforced.pids or "-")

local running, names = {}, {}
local function finish()
  local process, r = ns.wait(running)
  print(names[process], verdict(r), r.reason, r.signal or r.code, ("%.2f"):format(r.wall_time))
  for _, warning in ipairs(r.warnings) do print("warning", names[process], tostring(warning)) end
end

for i = 2, #arg do
  if #running == 4 then finish() end
  local name, mode = arg[i]:match "^([^:]+):?(.*)$"
  local process = (mode == "strict" and strict or box):spawn { "/box/" .. name }
  running[#running + 1], names[process] = process, name
end
while #running > 0 do finish() end
