--- Limits hold for programs that want too much of everything, and the Result says which one ended the sandbox. In
--- control groups of this machine, version 1 or 2, as root and as an ordinary user with delegated groups.
--- NSENGINE_LIMITS=2000 runs that many sandboxes in the last promise; the suite runs fewer.
local cgroups = require "support.cgroups"
local cjson = require "cjson"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local kit, without_compiler = tools.get()

local head = ([[
  local ns, sys, greedy = require "nsengine", require "nsengine.sys", %q
  local box = ns.sandbox { fs = { ["/bin/greedy"] = ns.ro(greedy), ["/tmp"] = ns.tmpfs, ["/proc"] = ns.proc },
    stdin = "null", stderr = "null" }
  local function say(...) io.stdout:write(table.concat({ ... }, " "), "\n") io.stdout:flush() end
  local function run(limits, ...)
    return box:run { "/bin/greedy", limits = limits, stdout = "capture", ... }
  end
  local function words(...)
    local command = { "/bin/greedy" }
    for i, word in ipairs { ... } do command[i + 1] = tostring(word) end
    return command
  end
]]):format(kit and kit.greedy or "")

teardown(function()
  tools.cleanup()
  support.cleanup()
end)

--- How many waits of a supervisor, of its children and of what it starts may each be late, for one verdict.
local LATENESS <const> = 10

--- Whether this kernel is slow, and its clock counts in ticks.
local function is_slow()
  return (sys.readfile("/proc/cpuinfo") or ""):find("User Mode Linux", 1, true) ~= nil
end

for _, uid in ipairs(support.users) do
  describe("the limits, as uid " .. uid .. ":", function()
    local set, why

    setup(function() if kit then set, why = cgroups.delegated(uid) else why = without_compiler end end)
    teardown(function()
      if not set then return end
      local _ <close> = set
      assert.same({}, cgroups.left(set))
    end)

    --- A promise that runs a recipe, and checks the lines that it prints.
    local function promise(name, source, check)
      it(name, function()
        if not set then return pending(why) end
        local r = cgroups.run(set, uid, head .. source, { seconds = 600 })
        assert.equal("", r.stderr)
        check(r.stdout, r)
        assert.same({}, cgroups.left(set))
      end)
    end

    --- One run of greedy: `limits` and arguments as Lua text; the Result, as in its JSON. The check returns by how many
    --- seconds it was later than an idle machine may be. A busy machine is late at times: the run is then repeated, and
    --- a program that waits beside the same command measures how late the machine is.
    local function verdict(name, limits, greedy, check, extra)
      it(name, function()
        if not set then return pending(why) end
        local source, late, own, text = head .. ([[
          local command = words(%s)
          command.limits, command.stdout = { %s }, "capture"
          %s ]]):format(greedy, limits, extra or ""), nil, nil, nil
        local function run(last)
          local r = cgroups.run(set, uid, source .. last, { seconds = 600 })
          assert.equal("", r.stderr)
          assert.same({}, cgroups.left(set))
          return r.stdout
        end
        for _ = 1, 4 do
          text = run "say(box:run(command):json())"
          local result = cjson.decode(text)
          assert.same({}, result.warnings, text)
          late = check(result, text) or 0
          if late <= 0 then return end
          own = tonumber(run [[
            local p <close> = box:spawn(command)
            local most = 0
            for _ = 1, 50 do
              local before = sys.monotonic()
              p:wait(0.002)
              most = math.max(most, sys.monotonic() - before - 0.002)
            end
            say(most) ]])
          if late <= LATENESS * own then return end
        end
        error(("%.3f s late, where a wait is late by %.3f s: %s"):format(late, own, text))
      end)
    end

    local function is(reason, least, most)
      return function(result, text)
        assert.equal(reason, result.reason, text)
        assert.truthy(result.wall_time >= (least or 0), text)
        return result.wall_time - (most or 5) * (is_slow() and 10 or 1)
      end
    end

    local version = function() return set.driver end

    -- memory -----------------------------------------------------------------------------------------------------

    verdict("memory ends a command that exceeds it", 'memory = "32M"', '"memory", 1 << 30', function(result, text)
      assert.equal(version(), result.enforced.memory)
      assert.truthy(result.memory <= 32 << 20 and result.memory >= (32 << 20) * 0.99, text)
      return is "memory"(result, text)
    end)

    verdict("memory spares smaller commands, and reports their peak", 'memory = "32M"', '"memory", 24 << 20', function(
      result, text)
      assert.truthy(result.memory >= 24 << 20 and result.memory < 26 << 20, text)
      return is "ok"(result, text)
    end)

    verdict("memory counts all processes, and ends them all", 'memory = "32M", wall_time = 60',
      '"memory-of-child", 1 << 30', is("memory", 0, 10))

    verdict("memory counts files in tmpfs", 'memory = "16M"', '"fill", "/tmp/x"', is "memory")

    verdict("memory ends a sandbox without an init, too", 'memory = "32M"', '"memory", 1 << 30', is "memory",
      "command.init = false")

    promise("memory too small for the set-up raises an error, and the program goes on", [[
      local ok, err = pcall(run, { memory = 65536 }, "exit", "0")
      say(tostring(ok), err.field, tostring(err))
      say(run({ memory = "8M" }, "exit", "3").reason) ]], function(text)
      -- In version 1 the group itself may already be too large for it.
      assert.truthy(text:find
        "^false limits.memory %-e:%d+: limits.memory: 65536 bytes are too few to build the sandbox: "
        or text:find "^false limits.memory %-e:%d+: limits.memory: its control group: write [^\n]* %(EBUSY%)", text)
      assert.matches("\nexit\n$", text)
    end)

    -- pids -------------------------------------------------------------------------------------------------------

    for _, kind in ipairs { "processes", "threads" } do
      for _, init in ipairs { "true", "false" } do
        promise(("pids is exact, for %s and init = %s"):format(kind, init), ([[
          for _, n in ipairs { 2, 3, 10 } do
            local r = box:run { "/bin/greedy", "%s", "20", limits = { pids = n }, stdout = "capture", init = %s }
            io.write(r.stdout:gsub("\n", " "), r.reason, " ", r.pids, "\n")
          end ]]):format(kind, init), function(text)
          assert.equal("1 EAGAIN ok 2\n2 EAGAIN ok 3\n9 EAGAIN ok 10\n", text)
        end)
      end
    end

    promise("pids never counts the processes that set the sandbox up", [[
      local one = box:with { init = false, limits = { pids = 2 }, cmd = { "/bin/greedy", "processes", "1" } }
      local failed = 0
      for _ = 1, 200 do if one:run { stdout = "capture" }.stdout ~= "1 all\n" then failed = failed + 1 end end
      say(failed) ]], function(text)
      assert.equal("0\n", text)
    end)

    verdict("pids contains a fork bomb until time is up", "pids = 20, wall_time = 0.5", '"bomb"', is("pids", 0.5, 3))
    verdict("pids contains a bomb that sleeps", "pids = 20, wall_time = 0.5", '"bomb-that-sleeps"', is("pids", 0.5, 2))
    verdict("pids contains a fork bomb with little processor time", "pids = 20, cpus = 0.2, wall_time = 3", '"bomb"',
      is("pids", 3, 6))

    -- time -------------------------------------------------------------------------------------------------------

    local function within(limit, result, text)
      if is_slow() then return 0 end -- the clock of such a kernel counts in ticks
      -- The group's clock and getrusage(2)'s differ: on 6.1 by some ms.
      assert.truthy(result.cpu_time >= limit - 0.02, text) -- no load makes it too soon
      return result.cpu_time - limit - 0.02
    end

    for n, what in pairs { [1] = "one process", [3] = "several together" } do
      verdict("cpu_time counts " .. what, "cpu_time = 0.4", ('"spin", %d'):format(n), function(result, text)
        assert.equal(124, result.status)
        return math.max(is "cpu_time"(result, text), within(0.4, result, text))
      end)
    end

    verdict("cpu_time counts processes that ended", "cpu_time = 0.4, wall_time = 30", '"relay"', function(result, text)
      return math.max(is("cpu_time", 0, 30)(result, text), within(0.4, result, text))
    end)

    verdict("cpu_time counts a daemon that left its parent", "cpu_time = 0.3, wall_time = 30", '"daemon"',
      is("cpu_time", 0, 10))

    verdict("wall_time ends a command that ignores all signals", "wall_time = 0.3, pids = 5", '"stubborn"',
      is("wall_time", 0.3, 1))
    verdict("wall_time ends a stopped command", "wall_time = 0.3, pids = 5", '"stopped"', is("wall_time", 0.3, 1))
    verdict("wall_time ends a command that gets hardly any processor time", "wall_time = 0.3, cpus = 0.01", '"spin", 4',
      is("wall_time", 0.3, 1.5))

    promise("cpus slows a command down", [[
      local r = run({ cpus = 0.25, wall_time = 1 }, "spin", "2")
      say(r.reason, ("%.3f"):format(r.cpu_time / r.wall_time)) ]], function(text)
      local reason, share = text:match "^(%S+) (%S+)\n$"
      assert.equal("wall_time", reason)
      assert.truthy(tonumber(share) <= (is_slow() and 0.6 or 0.4), text)
    end)

    promise("cpuset selects the processors", [[
      say(box:with { fs = { ["/"] = ns.ro "/" } }:run { "grep", "Cpus_allowed_list", "/proc/self/status",
        limits = { cpuset = 0 }, stdout = "capture" }.stdout) ]], function(text)
      assert.matches("^Cpus_allowed_list:%s*0\n", text)
    end)

    -- the others -------------------------------------------------------------------------------------------------

    verdict("output ends a flood", 'output = "1M", pids = 4', '"flood"', is "output")
    verdict("disk ends a command that fills it", 'disk = "1M"', '"fill", "/tmp/x"', function(result, text)
      assert.truthy(result.disk <= 1 << 20 and result.disk >= 1020 << 10, text)
      return is "disk"(result, text)
    end)
    verdict("disk is the reason even if the command goes on", 'disk = "1M", wall_time = 0.5', '"fill-on", "/tmp/x"',
      is("disk", 0.5, 2))

    local all = 'memory = "64M", pids = 8, cpus = 1, cpu_time = 5, wall_time = 9, output = "1M", disk = "8M"'

    verdict("a command within all limits is ok, and measured", all, '"memory", 1 << 20', function(result, text)
      local late = is "ok"(result, text)
      for _, name in ipairs { "memory", "pids", "cpu_time", "cpu_user", "cpu_system", "csw_voluntary", "csw_forced",
        "disk" } do
        assert.truthy(result[name] and result[name] >= 0, name .. ": " .. text)
      end
      assert.same({ memory = version(), pids = version(), cpus = version(), cpu_time = version(), disk = "tmpfs",
        wall_time = "supervisor", output = "supervisor" }, result.enforced)
      return late
    end)
    verdict("a crash is not reported as a limit", all, '"crash"', is "signal")
    verdict("a failure is not reported as a limit", all, '"exit", 3', is "exit")

    promise("a command sees no control group but its own", [[
      io.write(box:with { fs = { ["/"] = ns.ro "/" } }:run { "cat", "/proc/self/cgroup", limits = { pids = 9,
        memory = "64M", cpus = 1 }, stdout = "capture" }.stdout) ]], function(text)
      local own = require("nsengine.cgroup_place").own(text)
      for _, name in ipairs(version() == "cgroup2" and { "" } or { "pids", "memory", "cpu" }) do
        assert.equal("/", own[name], text)
      end
    end)

    -- while it runs ----------------------------------------------------------------------------------------------

    promise("a running sandbox reports what it uses, and uses nothing while it is paused", [[
      local p <close> = box:spawn { "/bin/greedy", "spin", "2", limits = { cpu_time = 60, pids = 9, memory = "64M" } }
      local function grows(to)
        local deadline = sys.monotonic() + 10
        repeat sys.sleep(0.01) until p:usage().cpu_time > to or sys.monotonic() > deadline
      end
      grows(0.05)
      local u = p:usage()
      say(tostring(u.cpu_time > 0.05), u.pids, tostring(u.memory > 0), tostring(u.memory_peak >= u.memory))
      assert(p:pause())
      local before = p:usage().cpu_time
      sys.sleep(0.3)
      local paused = p:usage().cpu_time
      say(tostring(paused - before < 0.02))
      assert(p:resume())
      grows(paused + 0.02)
      say(tostring(p:usage().cpu_time > paused + 0.02))
      assert(p:pause())
      p:close() ]], function(text)
      assert.equal("true 2 true true\ntrue\ntrue\n", text)
    end)

    promise("a paused sandbox ends at its wall_time", [[
      local p <close> = box:spawn { "/bin/greedy", "spin", "2", limits = { wall_time = 0.4, pids = 9 } }
      assert(p:pause())
      local r = p:wait(30)
      say(r and r.reason or "still there") ]], function(text) assert.equal("wall_time\n", text) end)

    promise("limits can be changed while a sandbox runs", [[
      local p <close> = box:spawn { "/bin/greedy", "spin", "1", limits = { cpu_time = 60, wall_time = 60, cpus = 1 } }
      p:limit { cpus = 0.5 }
      p:limit { cpu_time = 0.2 }
      say(p:wait(30).reason)
      local q <close> = box:spawn { "/bin/greedy", "stubborn", limits = { pids = 5, memory = "32M" } }
      q:limit { pids = 7, memory = "64M", swap = 0 }
      q:limit { memory = "16M" }
      q:limit { wall_time = 0.3 }
      say(q:wait(30).reason) ]], function(text)
      assert.equal("cpu_time\nwall_time\n", text)
    end)

    -- what is left -----------------------------------------------------------------------------------------------

    --- The next run removes groups for some ms; what a busy machine does not do in them is left to later runs.
    local function swept(source, said)
      for _ = 1, 5 do
        local r = cgroups.run(set, uid, head .. source)
        assert.equal(said, r.stdout, r.stderr)
        if #cgroups.left(set) == 0 then return end
      end
      assert.same({}, cgroups.left(set))
    end

    it("a killed supervisor leaves nothing running, and the next run removes its groups", function()
      if not set then return pending(why) end
      local r = cgroups.run(set, uid, head .. [[
        local again = box:with { limits = { memory = "32M", pids = 4 } }
        for _ = 1, 2 do again:run(words("exit", "0")) end -- a group waits for the next run
        local p = box:spawn { "/bin/greedy", "stubborn", limits = { memory = "32M", pids = 4 } }
        say(p.pid)
        sys.kill(sys.getpid(), sys.SIGKILL) ]])
      assert.equal(sys.SIGKILL, r.signal)
      local pid = r.stdout:match "%d+"
      assert(support.eventually(function() return not sys.stat("/proc/" .. pid) end))
      assert.truthy(#cgroups.left(set) > 0)
      swept([[ say(run({ memory = "32M", pids = 4 }, "exit", "0").reason) ]], "ok\n")
    end)

    it("a killed supervisor leaves nothing paused: the next run resumes and ends it", function()
      if not set then return pending(why) end
      local r = cgroups.run(set, uid, head .. [[
        local p = box:spawn { "/bin/greedy", "stubborn", limits = { memory = "32M", pids = 4 }, stdout = "null" }
        assert(p:pause())
        sys.kill(sys.getpid(), sys.SIGKILL) ]])
      assert.equal(sys.SIGKILL, r.signal)
      assert.truthy(#cgroups.left(set) > 0)
      swept([[
        say(box:run { "/bin/greedy", "stubborn", limits = { memory = "32M", pids = 4, wall_time = 0.5 } }.reason) ]],
        "wall_time\n")
    end)

    promise("a plan that runs repeatedly gets a fresh group each time, and leaves none", [[
      local again = box:with { limits = { memory = "32M", pids = 4 } }
      local peaks = {}
      for i, bytes in ipairs { "20000000", "20000000", "20000000", "1000000" } do
        local r = again:run(words("memory", bytes))
        peaks[i] = r.memory > 20e6
        say(r.reason, #r.warnings)
      end
      for i = 1, 4 do say(tostring(peaks[i])) end -- a new group each time
      local plan = again.compiled.description.group
      say(plan.runs, tostring(plan.spare ~= nil))
      os.exit(0) ]], function(text)
      assert.equal(("ok 0\n"):rep(4) .. "true\ntrue\ntrue\nfalse\n4 true\n", text)
    end)

    for _, way in ipairs { "os.exit(0)", "coroutine.wrap(function() os.exit(0) end)()", "return 0" } do
      for _, paused in ipairs { "", "assert(p:pause())" } do
        promise(("%s leaves nothing of a sandbox that is %s"):format(way, paused == "" and "running" or "paused"), ([[
          local p = box:spawn { "/bin/greedy", "stubborn", limits = { memory = "32M", pids = 4 } }
          %s
          %s ]]):format(paused, way), function(text, r) assert.same({ "", 0 }, { text, r.code }) end)
      end
    end

    it("a signal while the next run's group is being made ends the program", function()
      if not set then return pending(why) end
      local r = cgroups.run(set, uid, head .. [[
        local again = box:with { limits = { memory = "32M", pids = 4 } }
        again:run(words("exit", "0"))
        local p = again:spawn(words("stubborn"))
        local group = getmetatable(p.task.group)
        local part = group.part
        function group.part(...)
          group.part = part
          sys.kill(sys.getpid(), sys.SIGTERM)
          return part(...)
        end
        p:wait() ]])
      assert.same({ sys.SIGTERM, "" }, { r.signal, r.stdout .. r.stderr })
      assert.same({}, cgroups.left(set))
    end)

    local total = tonumber(os.getenv "NSENGINE_LIMITS") or is_slow() and 32 or 64

    promise(("%d sandboxes, 16 at a time, all end with the right reason"):format(total), ([==[
      local kinds = {
        { "ok", { "memory", "1000000" } }, { "exit", { "exit", "3" } }, { "signal", { "crash" } },
        { "memory", { "memory", "1000000000" } }, { "cpu_time", { "spin", "2" }, { cpu_time = 0.05, wall_time = 60 } },
        { "wall_time", { "stubborn" }, { wall_time = 0.2 } },
        -- kernel memory of failed forks is freed late
        { "pids", { "bomb" }, { wall_time = 0.5, cpu_time = 60, memory = "256M" } },
        { "output", { "flood" } }, { "disk", { "fill", "/tmp/x" } }, { "ok", { "processes", "20" } },
      }
      local pool, wanted, count, wrong = {}, {}, %d, 0
      local function collect()
        local process, r = ns.wait(pool)
        if r.reason ~= wanted[process] or r.warnings[1] then
          wrong = wrong + 1
          say("wanted", wanted[process], r:json())
        end
        wanted[process] = nil
      end
      for i = 1, count do
        local kind = kinds[i %% #kinds + 1]
        local limits = { memory = "16M", pids = 8, cpu_time = 5, wall_time = 120, output = "100K", disk = "1M" }
        for key, value in pairs(kind[3] or {}) do limits[key] = value end
        if #pool == 16 then collect() end
        local command = words(table.unpack(kind[2]))
        command.limits, command.stdout = limits, "capture"
        pool[#pool + 1] = box:spawn(command)
        wanted[pool[#pool]] = kind[1]
      end
      while #pool > 0 do collect() end
      say(count, wrong) ]==]):format(total), function(text) assert.equal(total .. " 0\n", text) end)
  end)
end

--- A directory on a disk that can be slowed down: a guest's, or this machine's.
local function on_a_disk()
  for _, path in ipairs { "/scratch", "/var/tmp" } do
    if require("nsengine.host").facts().device(path) then
      local dir = ("%s/nse-io-%d"):format(path, sys.getpid())
      assert(sys.mkdir(dir, 511))
      assert(sys.chmod(dir, 511))
      return setmetatable({ path = dir }, { __close = function()
        sys.unlink(dir .. "/file")
        sys.rmdir(dir)
      end })
    end
  end
end

describe("limits.io", function()
  it("slows down reads and writes of a disk, and the Result counts them", function()
    if not support.root then return pending "needs root, whose groups have the controller" end
    local dir <close> = on_a_disk()
    if not dir then return pending "needs a disk" end
    local recipe = ([[
      local ns = require "nsengine"
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev, ["/data"] = ns.rw %q }, stderr = "null" }
      local function dd(most, io, from, to, flag)
        local r, tries = nil, 0
        repeat -- others may use the disk: it has to be slow every time to fail
          r, tries = box:run { limits = { io = { [%q] = io } },
            "dd", "if=" .. from, "of=" .. to, "bs=64k", "count=16", flag }, tries + 1
        until tries == 4 or r.wall_time < most
        print(("%%s %%.2f %%s %%s"):format(r.reason, r.wall_time, r.io_read, r.io_written))
        return r.wall_time
      end
      dd(10, { write = "1M" }, "/dev/zero", "/data/file", "oflag=direct")
      local slow = dd(10, { read = "1M" }, "/data/file", "/dev/null", "iflag=direct")
      dd(slow / 2, { write = "1G", read = "1G" }, "/data/file", "/dev/null", "iflag=direct") ]]):format(dir.path,
      dir.path)
    local r = support.nsengine { "-e", recipe, seconds = 300 }
    if r.stderr:find("no control group can enforce it", 1, true) then return pending "no group holds limits.io here" end
    assert.equal("", r.stderr)
    local found = {}
    for reason, seconds, read, written in r.stdout:gmatch "(%S+) (%S+) (%S+) (%S+)\n" do
      found[#found + 1] = { reason, tonumber(seconds), tonumber(read), tonumber(written) }
    end
    assert.same({ "ok", "ok", "ok" }, { found[1][1], found[2][1], found[3][1] }, r.stdout)
    -- A mebibyte at a mebibyte a second; the kernel lets a tenth of a second go ahead.
    for i = 1, 2 do assert.truthy(found[i][2] > 0.8 and found[i][2] < 10, r.stdout) end
    assert.truthy(found[3][2] < found[2][2] / 2, r.stdout)
    assert.truthy(found[1][4] >= 1 << 20 and found[2][3] >= 1 << 20, r.stdout)
  end)
end)

describe("a sandbox without limits on resources", function()
  it("loads no code for control groups", function()
    local r = support.nsengine { "-e", [[
      local ns = require "nsengine"
      ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { wall_time = 5, files = 64 } }:run { "true" }
      for name in pairs(package.loaded) do
        if name:find "cgroup" or name:find "confine" or name:find "live" or name:find "disk" then print(name) end
      end ]] }
    assert.same({ 0, "", "" }, { r.code, r.stdout, r.stderr })
  end)
end)

describe("where clone3(2) is hidden, as in a container with an old filter,", function()
  it("a sandbox's first process still enters its group", function()
    if not kit then return pending(without_compiler) end
    local uid = support.users[#support.users]
    local set <close>, why = cgroups.delegated(uid)
    if not set then return pending(why) end
    local command = { "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3", "-e",
      "inject=clone3:error=ENOSYS", support.launcher(uid), "-e", head .. [[
        say(run({ memory = "32M", pids = 3, cpu_time = 5 }, "processes", "20").stdout) ]],
      uid = uid ~= sys.getids().euid and uid or nil, prepare = set.prepare }
    local r = support.run(command)
    if r.stderr:find("strace", 1, true) then return pending "needs strace(1)" end
    assert.same({ "2 EAGAIN\n\n", "" }, { r.stdout, r.stderr })
    assert.same({}, cgroups.left(set))
  end)
end)

describe("the hint for a limit that no group can hold", function()
  it("lists all commands that version 1 needs, for a cpuset too", function()
    local groups <close>, why = cgroups.closed()
    if not groups then return pending(why) end
    local recipe = [[local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "/bin/echo", "held" },
        limits = { memory = "64M", pids = 5, cpus = 1, cpuset = "0" } }]]
    local r = support.nsengine { "-e", recipe, uid = 1000, prepare = groups.prepare }
    assert.equal(125, r.code)
    local give, enter = r.stderr:match "\n  hint: as root: (.-); then start it as: sh %-c '(.-) exec nsengine %.%.%.'"
    assert.truthy(give, r.stderr)
    assert.equal(0, support.run({ "sh", "-ec", give }).code)
    r = support.run { "sh", "-c", enter .. ' exec "$0" "$@"', support.launcher(1000), "-e", recipe, uid = 1000,
      prepare = groups.prepare }
    assert.same({ "held\n", "", 0 }, { r.stdout, r.stderr, r.code })
  end)

  --- Runs the commands as printed: only in a guest, because they change the machine's groups.
  it("lists all commands that are needed, as --doctor does", function()
    if not os.getenv "NSENGINE_VM" or not support.root then return pending "needs a private kernel, as root" end
    local as_user = "setpriv --reuid 1000 --regid 1000 --clear-groups "
    local r = support.run { "sh", "-c", ([[
      echo $$ >/sys/fs/cgroup/cgroup.procs || exit
      cat >/tmp/limited.lua
      out=$(%s $0 /tmp/limited.lua 2>&1) && exit 9
      hint=$(echo "$out" | sed -n 's/^  hint: as root: \(.*\), where PID is the shell.*/\1/p')
      %s $0 --doctor | grep -qF "fix: as root: $hint" && echo agreed
      %s sh -c "read go; exec $0 /tmp/limited.lua" </tmp/go & user=$!
      (eval "$(echo "$hint" | sed "s/PID/$user/")"; echo >/tmp/go)
      wait $user]]):gsub("%%s", as_user):gsub("^%s*", "mkfifo /tmp/go\n"), support.launcher(1000),
      stdin = [[local ns = require "nsengine"
        return ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { memory = "64M", pids = 5, cpus = 1 },
          cmd = { "/bin/echo", "held" } }]] }
    assert.same({ "agreed\nheld\n", "", 0 }, { r.stdout, r.stderr, r.code })
  end)
end)
