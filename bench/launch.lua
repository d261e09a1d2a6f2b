--- The cost of a launch: the tutorial's sandbox against the floor and against others that make the
--- same namespaces. `./dev bench [ROUNDS]`; quote the ratios, for times are of one machine.

local measure = require "measure"
local sys = require "nsengine.sys"

local rounds = tonumber(... or 200)
local build = os.getenv("NSENGINE_BUILD") or "build"
local launcher, bench = build .. "/nsengine", build .. "/bench/"

local function installed(name)
  for dir in os.getenv("PATH"):gmatch("[^:]+") do
    if sys.stat(dir .. "/" .. name) then return true end
  end
end

local cases = {
  { "floor (static C)", { bench .. "floor", "/bin/true" } },
  { "nsengine 01-tutorial.lua", { launcher, "examples/01-tutorial.lua", "/bin/true" } },
}
if installed "unshare" then
  table.insert(cases, { "unshare (util-linux)", { "unshare", "-UuipmnC", "--fork", "--mount-proc", "/bin/true" } })
end
if installed "bwrap" then
  table.insert(cases, { "bwrap (bubblewrap)", { "bwrap", "--unshare-all", "--bind", "/", "/", "--proc", "/proc",
    "/bin/true" } })
end
measure.report(("Six namespaces, host name, proc, /bin/true; %d rounds, medians"):format(rounds),
  measure.paired(cases, rounds))

measure.report("The launcher alone", measure.paired({
  { "empty C program, same libraries", { bench .. "empty" } },
  { "nsengine -e ''", { launcher, "-e", "" } },
  { "nsengine -e 'require nsengine.sys'", { launcher, "-e", "require 'nsengine.sys'" } },
}, rounds))

print(("Peak memory of the supervisor: %d kB"):format(
  measure.peak_memory { launcher, "examples/01-tutorial.lua", "/bin/sh", "-c", "echo; sleep 1" }))
