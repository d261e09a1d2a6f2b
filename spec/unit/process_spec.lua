--- What surrounds a sandbox: its streams, its limits, waiting for several. The plan here confines nothing.
local fake_plan = require "support.fake_plan"
local process = require "nsengine.process"
local support = require "support"
local sys = require "nsengine.sys"

--- A job for the shell: {"script", stdin = "kind" or {...}, limits =, ...}.
local function job(t)
  for _, name in ipairs { "stdin", "stdout", "stderr" } do
    if type(t[name]) == "string" then t[name] = { kind = t[name] } end
  end
  t.plan, t.description, t.argv = fake_plan(), {}, t.argv or { "sh", "-c", t[1] }
  t.env, t.tty = { "PATH=/usr/bin:/bin" }, false
  return t
end

local function run(t) return process.run(job(t)) end
local function spawn(t) return process.spawn(job(t)) end

describe("a stream", function()
  it("that is captured is returned as a string, output and errors apart", function()
    local r = run { "echo out; echo err >&2", stdout = "capture", stderr = "capture" }
    assert.same({ "out\n", "err\n" }, { r.stdout, r.stderr })
    assert.is_nil(run({ "true", stdout = "null" }).stdout)
  end)

  it("that is captured may be long", function()
    local r = run { "head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2", stdout = "capture", stderr = "capture" }
    assert.same({ 3000000, 2000000 }, { #r.stdout, #r.stderr })
  end)

  it("that is given as text may be read or ignored, and nobody hangs", function()
    local text = ("line\n"):rep(1000000)
    local r = run { "wc -c", stdin = { kind = "text", text = text }, stdout = "capture" }
    assert.equal(#text, tonumber(r.stdout))
    assert.equal("ok", run({ "true", stdin = { kind = "text", text = text } }).reason)
    assert.equal("abc", run({ "cat /dev/stdin", stdin = { kind = "text", text = "abc" }, stdout = "capture" }).stdout)
    assert.equal("", run({ "cat", stdin = { kind = "text", text = "" }, stdout = "capture" }).stdout)
  end)

  it("that is given as text cannot be written to", function()
    local r = run { "echo x >&0", stdin = { kind = "text", text = "abc" }, stderr = "null" }
    assert.is_false(r.ok)
  end)

  it("can be a descriptor, or null", function()
    local memory <close> = assert(sys.memfd("x"))
    assert.is_true(run({ "cat; echo x", stdin = "null", stdout = { kind = "fd", fd = memory } }).ok)
    assert.equal("x\n", assert(sys.readfile("/proc/self/fd/" .. memory:fileno())))
    local file <close> = assert(io.open("/dev/null"))
    assert.equal("", run({ "cat", stdin = { kind = "fd", fd = file }, stdout = "capture" }).stdout)
  end)

  it("can be a pipe to the program", function()
    local p <close> = spawn { "read x; echo got $x; echo e >&2", stdin = "pipe", stdout = "pipe", stderr = "pipe" }
    p.stdin:write("abc\n")
    assert.equal("got abc\n", p.stdout:read())
    assert.equal("e\n", p.stderr:read())
    assert.is_true(p:wait(10).ok)
    assert.equal("", p.stdout:read())
  end)

  it("that the caller has closed is /dev/null", function()
    assert.same({ "/dev/null", "/dev/null" }, support.child(function()
      local memory = assert(sys.memfd("x"))
      assert(memory:dup(50))
      sys.close_range(0, 2)
      process.run { plan = fake_plan(), argv = { "/bin/sh", "-c", "readlink /proc/self/fd/0 /proc/$$/fd/2 >&5" },
        env = {}, fds = { [5] = 50 } }
      local lines = {}
      for line in sys.readfile("/proc/self/fd/50"):gmatch("[^\n]+") do lines[#lines + 1] = line end
      return lines
    end))
  end)

  it("never becomes non-blocking for the payload or the caller", function()
    local script = "for n in 0 1 2; do grep flags /proc/self/fdinfo/$n; done"
    local r = run { script, stdin = { kind = "text", text = "x" }, stdout = "capture", stderr = "capture" }
    for flags in r.stdout:gmatch("flags:%s*(%d+)") do assert.equal(0, tonumber(flags, 8) & sys.O_NONBLOCK) end
    local reader, writer = assert(sys.pipe())
    run { "echo x", stdout = { kind = "fd", fd = writer }, limits = { output = 100 } }
    assert.equal("x\n", reader:read())
    local flags = sys.readfile("/proc/self/fdinfo/" .. writer:fileno()):match("flags:%s*(%d+)")
    assert.equal(0, tonumber(flags, 8) & sys.O_NONBLOCK)
    reader:close()
    writer:close()
  end)

  it("that another process keeps open does not delay the result", function()
    local r = run { "sleep 100 & echo $!", stdout = "capture" }
    local holder = assert(tonumber(r.stdout))
    assert.is_true(sys.kill(holder, sys.SIGKILL)) -- it was still there
  end)

  it("leaves no descriptor behind, not even when the start fails", function()
    run { "true", stdin = { kind = "text", text = "x" }, stdout = "capture", stderr = "capture" }
    local before = #support.descriptors()
    for _ = 1, 20 do
      local stdin = { kind = "text", text = "x" }
      run { "true", stdin = stdin, stdout = "capture", stderr = "capture", limits = { output = 9 } }
      assert.is_false((pcall(run, { argv = { "/no/such" }, stdout = "capture", stdin = stdin })))
    end
    assert.equal(before, #support.descriptors())
  end)
end)

describe("limits.wall_time", function()
  it("ends a command that takes longer, with or without streams", function()
    for _, kind in ipairs { "inherit", "capture" } do
      local shortest = support.shortest(2, function()
        local r = run { "echo x >&2; exec sleep 30", stderr = "null", stdout = kind, limits = { wall_time = 0.2 } }
        assert.equal("wall_time", r.reason)
        assert.equal(9, r.signal)
        assert.truthy(r.wall_time >= 0.2)
        assert.matches("^stopped after %d+%.%d+ s %(limit 0%.2 s%)$", tostring(r))
        return r.wall_time
      end)
      assert.truthy(shortest < 2, shortest)
    end
  end)

  it("is enforced while the program waits for another", function()
    local slow <close> = spawn { argv = { "sleep", "30" }, limits = { wall_time = 0.1 } }
    local other <close> = spawn { argv = { "sleep", "1" } }
    local whole = other:wait(10)
    assert.is_true(whole.ok)
    assert.truthy(slow:wait(0).wall_time < whole.wall_time)
  end)

  it("holds although nobody reads the output", function()
    local shortest = support.shortest(3, function()
      local r, w = assert(sys.pipe())
      local started = sys.monotonic()
      local result = run { "exec yes", stdout = { kind = "fd", fd = w },
        limits = { wall_time = 0.3, output = 1 << 30 } }
      r:close()
      w:close()
      assert.same({ "wall_time", true }, { result.reason, result.truncated })
      return sys.monotonic() - started
    end)
    assert.truthy(shortest < 3, shortest)
  end)

  it("limits the command only: its output is delivered, however long that takes", function()
    local r, w = assert(sys.pipe())
    local reader <close> = assert(sys.clone(0, function()
      local size = 0
      w:close()
      sys.sleep(0.6)
      repeat
        local text = assert(r:read())
        size = size + #text
      until text == ""
      return size == 100000
    end))
    local result = run { "head -c 100000 /dev/zero", stdout = { kind = "fd", fd = w },
      limits = { wall_time = 0.3, output = 1 << 30 } }
    r:close()
    w:close()
    assert.same({ "ok", false }, { result.reason, result.truncated })
    assert.is_true(reader:wait(10))
  end)
end)

describe("limits.output", function()
  it("stops a command that writes more, and keeps exactly that much", function()
    local r = run { "exec yes", stdout = "capture", limits = { output = 100001, wall_time = 20 } }
    assert.same({ "output", 100001, true }, { r.reason, #r.stdout, r.truncated })
  end)

  it("counts standard output and standard error together", function()
    local r = run { "head -c 70 /dev/zero; sleep 0.2; exec yes >&2", stdout = "capture", stderr = "capture",
      limits = { output = 100, wall_time = 20 } }
    assert.same({ "output", 70, 30 }, { r.reason, #r.stdout, #r.stderr })
  end)

  it("also marks a command that ended by itself", function()
    local r = run { "echo 123456", stdout = "capture", limits = { output = 3 } }
    assert.same({ "output", "123", true, 137 }, { r.reason, r.stdout, r.truncated, r:status() })
  end)

  it("is not triggered by output that fits", function()
    local r = run { "echo 12", stdout = "capture", limits = { output = 3 } }
    assert.same({ "ok", "12\n", false }, { r.reason, r.stdout, r.truncated })
  end)

  it("holds for the caller's own descriptors, in the order of writing", function()
    local r, w = assert(sys.pipe())
    local result = run { "for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done", stdout = { kind = "fd", fd = w },
      stderr = { kind = "fd", fd = w }, limits = { output = 14 } }
    w:close()
    assert.equal("o1\ne1\no2\ne2\no3", r:read() .. r:read()) -- and the end of file
    r:close()
    assert.equal("output", result.reason)
  end)

  it("ends the command by SIGPIPE when nobody reads any more, as without a limit", function()
    local r, w = assert(sys.pipe())
    local p <close> = spawn { "exec yes", stdout = { kind = "fd", fd = w }, limits = { output = 1 << 30 } }
    w:close()
    r:close()
    assert.equal(sys.SIGPIPE, p:wait(10).signal)
  end)
end)

describe("waiting", function()
  it("returns the same result each time, or says that the time ran out", function()
    local p <close> = spawn { argv = { "cat" }, stdin = "pipe" }
    assert.same({ nil, "timeout" }, { p:wait(0) })
    assert.same({ nil, "timeout" }, { p:wait "10ms" })
    p.stdin:close()
    local r = p:wait()
    assert.is_true(r.ok)
    assert.equal(r, p:wait(0))
    assert.matches("^Process %(" .. p.pid .. ", exited with status 0 after %d+%.%d%d s%)$", tostring(p))
  end)

  it("for the first of several removes it from the list", function()
    local slow <close> = spawn { argv = { "sleep", "30" } }
    local fast <close> = spawn { "exit 7", stdout = "capture" }
    local list = { slow, fast }
    local p, r = process.wait(list, 10)
    assert.equal(fast, p)
    assert.equal(7, r.code)
    assert.same({ slow }, list)
    assert.same({ nil, "timeout" }, { process.wait(list, 0.05) })
    support.raises("an empty list: nothing will ever end", process.wait, {})
    support.raises("entry 1: a Process expected, got string", process.wait, { "x" })
    support.raises("entry 1: a Process expected, got nil", process.wait, { nil, slow })
  end)

  it("works for a pool: 8 at a time run 200 commands", function()
    local pool, sum, most = {}, 0, 0
    for i = 1, 200 do
      if #pool == 8 then sum = sum + select(2, process.wait(pool)).stdout end
      pool[#pool + 1] = spawn { "echo " .. i, stdout = "capture" }
      most = math.max(most, #pool)
    end
    while #pool > 0 do sum = sum + select(2, process.wait(pool)).stdout end
    assert.same({ 20100, 8 }, { math.tointeger(sum), most })
  end)

  it("ends after kill by name or number, a gentle stop, or a forced one", function()
    local p <close> = spawn { argv = { "sleep", "30" } }
    assert.is_true(p:kill "HUP")
    assert.equal(sys.SIGHUP, p:wait(10).signal)
    support.fails("ESRCH", "^kill ", p:kill())
    local gentle <close> = spawn { argv = { "sleep", "30" } }
    assert.equal(sys.SIGTERM, gentle:stop().signal)
    local stubborn <close> = spawn { "trap '' TERM; echo; while :; do read x </dev/zero; done", stdout = "pipe" }
    stubborn.stdout:read()
    local r = stubborn:stop(0.1)
    assert.equal(sys.SIGKILL, r.signal)
    assert.equal("signal", r.reason)
    support.raises("no 'SIGFOO'", p.kill, p, "FOO")
  end)

  it("raises for wrong arguments, at the program's line", function()
    local p <close> = spawn { argv = { "sleep", "30" } }
    local line = debug.getinfo(1, "l").currentline
    for i, case in ipairs {
      { "wait", "zz", '"zz" is not a duration: ' },
      { "stop", "zz", '"zz" is not a duration: ' },
      { "wait", 1e11, "number 1.* is out of range: " },
      { "kill", "FOO", "nsengine.sys has no 'SIGFOO'" },
      { "kill", 65, "expected a whole number from 0 to 64, got number 65$" },
      { "kill", 2.5, "expected a whole number from 0 to 64, got number 2.5$" },
    } do
      local ok, err = pcall(function() p[case[1]](p, case[2]) end)
      assert.is_false(ok)
      assert.matches(("^[^:]*process_spec.lua:%d: %s"):format(line + 9, case[3]), tostring(err), "case " .. i)
    end
    assert.same({ nil, "timeout" }, { p:wait(0) }) -- what is refused does nothing
    p:close()
    for _, name in ipairs { "wait", "stop" } do
      support.raises("^[^:]*process_spec.lua:%d+: the sandbox was closed$", function() p[name](p) end)
    end
  end)

  it("can take forever", function()
    local p <close> = spawn { argv = { "sleep", "0.1" } }
    assert.is_true(p:wait(math.huge).ok)
    local captured <close> = spawn { "sleep 0.1", stdout = "capture" }
    assert.is_true(captured:wait(math.huge).ok)
  end)

  it("is unnecessary: a Process is killed when its scope ends or nobody holds it", function()
    local pids = {}
    do
      local p <close> = spawn { argv = { "sleep", "30" }, stdout = "capture" }
      pids[1] = p.pid
    end
    pids[2] = (function() return spawn({ argv = { "sleep", "30" }, stdout = "capture" }).pid end)()
    collectgarbage()
    collectgarbage()
    for _, pid in ipairs(pids) do assert.is_nil(sys.stat("/proc/" .. pid)) end
  end)
end)

describe("a Process", function()
  it("lives while it is waited for, although nothing else refers to it", function()
    local timer = {}
    require("nsengine.loop").at(timer, 0, function(now)
      collectgarbage()
      return now + 0.02
    end)
    assert.equal("1\n2\n", spawn({ "echo 1; sleep 0.2; echo 2", stdout = "capture" }):wait().stdout)
    assert.is_true(spawn({ "trap '' TERM; exec sleep 30", stdout = "capture" }):stop(0.1).signal ~= nil)
    require("nsengine.loop").cancel(timer)
  end)

  it("is collected although functions of its job refer to it", function()
    local pid
    do
      local known = {}
      local function knows() return known.process end
      local given = job { argv = { "sleep", "30" }, stdout = "capture", setup = knows, place = knows }
      given.description, given.spec = { place = knows }, { setup = knows }
      known.process = process.spawn(given)
      pid = known.process.pid
      known.process:wait(0)
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(sys.stat("/proc/" .. pid))
  end)
end)

describe("a run without limits or captures", function()
  it("loads neither the event loop nor the streams", function()
    local r = support.run { "lua5.4", "-e", [[
      package.path = "lua/?.lua;spec/?.lua;" .. package.path
      package.cpath = "]] .. support.build .. [[/lib/?.so;" .. package.cpath
      require("nsengine.process").run { plan = require "support.fake_plan"(), argv = { "true" }, env = {}, tty = false,
        limits = { wall_time = 10 } }
      local names = {}
      for name in pairs(package.loaded) do if name:find "^nsengine" then names[#names + 1] = name end end
      table.sort(names)
      io.write(table.concat(names, " "))]] }
    assert.equal("nsengine.process nsengine.result nsengine.sys", r.stdout, r.stderr)
  end)
end)
