--- The cost of a sandbox: read-only host root, /proc, /dev, seven namespaces; against the floor and bubblewrap, as they
--- are and confined as nsengine's sandboxes are; from the command line and from a running process, by Lua and by the C
--- library. Quote the ratios.
---   build/nsengine bench/sandbox.lua [ROUNDS]
--- Root measures as uid 1000, as others would use it; BENCH_UID names another.

local measure = require "measure"
local sys = require "nsengine.sys"

local rounds = tonumber(... or 100)
local build = sys.getcwd() .. "/" .. (os.getenv("NSENGINE_BUILD") or "build")
local here = sys.getcwd() .. "/bench/recipes/"
local launcher, floor = build .. "/nsengine", build .. "/bench/floor_sandbox"
local uid = sys.getids().euid == 0 and tonumber(os.getenv("BENCH_UID") or 1000) or nil
local command = "/bin/true"
local bwrap = { "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev" }

--- What nsengine's sandbox has in addition: what it hides of the machine, a session of its own, no capability in the
--- bounding set, the filter from descriptor 10, and an end with its launcher.
local function confined_bwrap()
  local arguments = table.move(bwrap, 1, #bwrap, 1, {})
  local function add(...) table.move({ ... }, 1, select("#", ...), #arguments + 1, arguments) end
  add("--tmpfs", "/run", "--tmpfs", "/sys")
  for _, path in ipairs { "/etc/machine-id", "/var/lib/dbus/machine-id", "/proc/kallsyms", "/proc/keys",
    "/proc/cmdline", "/proc/config.gz", "/proc/interrupts", "/proc/locks", "/proc/sys/kernel/random/boot_id" } do
    if sys.stat(path) then add("--ro-bind", "/dev/null", path) end
  end
  add("--new-session", "--cap-drop", "ALL", "--die-with-parent", "--seccomp", "10")
  return arguments
end

--- A command of a case: the arguments of all lists in turn, as the user that is measured.
local function as_user(...)
  local joined = { uid = uid }
  for _, list in ipairs { ... } do table.move(list, 1, #list, #joined + 1, joined) end
  return joined
end

local function installed(name)
  for dir in os.getenv("PATH"):gmatch("[^:]+") do
    if sys.stat(dir .. "/" .. name) then return true end
  end
end

--- A file that the measured user may read.
local function temporary(text)
  local path = os.tmpname()
  assert(sys.writefile(path, text))
  assert(sys.chmod(path, 420))
  return setmetatable({ path = path }, { __close = function() os.remove(path) end })
end

--- `count` directories to bind, that the measured user may read.
local function sources(count)
  local dir = os.tmpname()
  assert(os.remove(dir))
  assert(sys.mkdir(dir, 493))
  for i = 1, count do assert(sys.mkdir(dir .. "/" .. i, 493)) end
  return setmetatable({ path = dir }, { __close = function()
    for i = 1, count do sys.rmdir(dir .. "/" .. i) end
    sys.rmdir(dir)
  end })
end

local function launches()
  local cases = {
    { "floor (no libc, no init)", as_user { floor, command } },
    { "floor -c (confined likewise)", as_user { floor, "-c", command } },
    { "the same with libc and Lua started", as_user { build .. "/bench/floor_lua", "-c", command } },
    { "nsengine, init = false", as_user { launcher, here .. "sandbox-noinit.lua", "--", command } },
    { "nsengine", as_user { launcher, here .. "sandbox.lua", "--", command } },
  }
  local filter <close> = temporary(sys.seccomp_shipped "default")
  if installed "bwrap" then
    local confined = as_user(confined_bwrap(), { command })
    confined.files = { [10] = filter.path }
    table.insert(cases, { "bubblewrap", as_user(bwrap, { command }) })
    table.insert(cases, { "bubblewrap (confined likewise)", confined })
  end
  local results = measure.paired(cases, rounds)
  measure.report(("One sandbox from the command line; %d rounds, medians"):format(rounds), results)
  local function compare(name, base)
    local ratios = measure.against(results, base)
    print(("  nsengine / %s: %.2f without init, %.2f with"):format(name, ratios[4], ratios[5]))
  end
  compare("floor -c", 2)
  compare("floor -c with libc and Lua", 3)
  if results[6] then
    compare("bubblewrap", 6)
    compare("bubblewrap, confined likewise", 7)
  end
end

--- What of a launch is the start of a program, and what is Lua's.
local function starts()
  local recipe <close> = temporary "return 0"
  measure.report("The parts of a launch that come before the sandbox", measure.paired({
    { "floor, a whole sandbox", as_user { floor, command } },
    { "an empty program, same libraries", as_user { build .. "/bench/empty" } },
    { "nsengine, a recipe of one line", as_user { launcher, recipe.path } },
    { "nsengine --check of the sandbox", as_user { launcher, "--check", here .. "sandbox.lua" } },
  }, rounds))
end

local function spawns()
  local function loop(megabytes, init)
    return as_user { launcher, here .. "loop.lua", "100", tostring(megabytes), init, command }
  end
  local function library(profile, init)
    return as_user { build .. "/bench/library", profile, init, "100", command }
  end
  local cases = {
    { "floor", as_user { floor, "-n", "100", command } },
    { "floor -c (confined likewise)", as_user { floor, "-c", "-n", "100", command } },
    { "libnsengine, no init, no filter", library("none", "noinit") },
    { "libnsengine, no init", library("default", "noinit") },
    { "libnsengine", library("default", "init") },
    { "box:spawn, init = false", loop(1, "noinit") },
    { "box:spawn", loop(1, "init") },
  }
  local some = math.max(3, rounds // 5)
  local function report(title, figure)
    local results = measure.paired_figures(cases, some, figure)
    measure.report(title, results)
    local confined = measure.against(results, 2)
    print(("  / floor -c: %.2f by the library, %.2f by Lua; with an init %.2f and %.2f"):format(
      confined[4], confined[6], confined[5], confined[7]))
  end
  report("Spawn from a running process: until the program is executed", "spawn_ns")
  report("The same, until it has ended", "run_ns")
  measure.report("Spawn from a process of 10 MB, and of 1 GB", measure.paired_figures({
    { "10 MB", loop(10, "noinit") }, { "1 GB", loop(1024, "noinit") },
  }, math.max(3, rounds // 10), "spawn_ns"))
end

local function binds(count)
  local dir <close> = sources(count)
  local cases = {
    { "floor", as_user { floor, "-b", dir.path, tostring(count), command } },
    { "nsengine, init = false", as_user { launcher, here .. "binds.lua", dir.path, tostring(count), "--", command } },
  }
  if installed "bwrap" then
    local arguments = as_user(bwrap)
    for i = 1, count do
      local path = dir.path .. "/" .. i
      table.move({ "--ro-bind", path, path }, 1, 3, #arguments + 1, arguments)
    end
    table.insert(arguments, command)
    table.insert(cases, { "bubblewrap", arguments })
  end
  measure.report(count .. " binds", measure.paired(cases, math.max(3, rounds // 10)))
end

launches()
starts()
spawns()
binds(100)
binds(500)
