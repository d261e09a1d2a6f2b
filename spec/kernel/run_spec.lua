--- A command in a real sandbox: its streams, its limits, its end.
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

teardown(tools.cleanup)

local head = [[
  local ns, sys = require "nsengine", require "nsengine.sys"
  local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev },
    env = { PATH = "/usr/bin:/bin" } }
]]

local function recipe(uid, source, options)
  local command = { "-e", head .. source, uid = uid }
  for k, v in pairs(options or {}) do command[k] = v end
  local r = support.nsengine(command)
  assert.equal("", r.stderr)
  return r.stdout, r
end

for _, uid in ipairs(support.users) do
  describe("a command in a sandbox, as uid " .. uid .. ",", function()
    it("uses the caller's streams", function()
      assert.equal("out: in\n", (recipe(uid, [[ box:run { "sh", "-c", "read x; echo out: $x" } ]], { stdin = "in\n" })))
    end)

    it("writes after the program's own output, and reads on where the program stopped", function()
      assert.equal("before\ninside\nafter\n", (recipe(uid, [[
        io.stdout:setvbuf "full"
        print "before"
        box:run { "echo", "inside" }
        print "after" ]])))
      assert.equal("first|head\nsecond\ntail\n", (recipe(uid, [[
        local source, sink = io.tmpfile(), io.tmpfile()
        source:write "first\nsecond\n"
        source:seek "set"
        io.write(source:read(), "|")
        sink:write "head\n"
        box:run { "cat", stdin = source, stdout = sink }
        sink:write "tail\n"
        sink:seek "set"
        io.write(sink:read "a") ]])))
    end)

    it("can be fed from a string and captured", function()
      assert.equal("HELLO", (recipe(uid, [[
        io.write(box:run({ "tr", "a-z", "A-Z", stdin = "hello", stdout = "capture" }).stdout) ]])))
    end)

    it("has its use measured, even if a limit ended it", function()
      assert.equal("wall_time true true\ncpu_time true true\nok true true\n", (recipe(uid, [[
        for _, options in ipairs { { wall_time = 0.3 }, { cpu_time = 1 }, {} } do
          -- a kernel that counts in ticks misses a command that takes less than one
          local work = next(options) and "while :; do :; done" or "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"
          local r = box:run { "sh", "-c", work, limits = options }
          print(("%s %s %s"):format(r.reason, r.cpu_time > 0, (r.memory or 0) > 0))
        end ]])))
    end)

    it("is ended with everything that it started if it writes too much", function()
      assert.equal("output 1000 true\n", (recipe(uid, [[
        local r = box:run { "sh", "-c", "yes & yes & wait", stdout = "capture", limits = { output = 1000 } }
        print(("%s %d %s"):format(r.reason, #r.stdout, r.truncated)) ]])))
    end)

    it("does not delay its result by processes that it left in the background", function()
      assert.equal("x\ntrue\n", (recipe(uid, [[
        for _, init in ipairs { true, false } do
          local started = sys.monotonic()
          local r = box:with { init = init }:run { "sh", "-c", "echo x; sleep 20 & exit 0", stdout = "capture" }
          if init then io.write(r.stdout) elseif sys.monotonic() - started < 5 then print(r.ok) end
        end ]])))
    end)

    it("can write its errors to where its output goes", function()
      local script = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done'
      local order = "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n"
      assert.equal(order, (recipe(uid, ([[
        local r = box:run { "sh", "-c", %q, stdout = "capture", stderr = "stdout" }
        io.write(r.stdout, r.stderr or "") ]]):format(script))))
      assert.equal(order, (recipe(uid, ([[ box:run { "sh", "-c", %q, stderr = "stdout" } ]]):format(script))))
      assert.equal(order, (recipe(uid, ([[
        local p <close> = box:spawn { "sh", "-c", %q, stdout = "pipe", stderr = "stdout" }
        repeat
          local text = p.stdout:read()
          io.write(text)
        until text == "" ]]):format(script))))
      assert.equal("output 10\n", (recipe(uid, [[
        local r = box:run { "sh", "-c", "yes >&2", stdout = "capture", stderr = "stdout", limits = { output = 10 } }
        print(r.reason .. " " .. #r.stdout) ]])))
    end)

    it("can run in a pool", function()
      assert.equal("5050\n", (recipe(uid, [[
        local pool, sum = {}, 0
        local function collect() sum = sum + select(2, ns.wait(pool)).stdout end
        for i = 1, 100 do
          if #pool == 8 then collect() end
          pool[#pool + 1] = box:spawn { "echo", tostring(i), stdout = "capture" }
        end
        while #pool > 0 do collect() end
        print(math.tointeger(sum)) ]])))
    end)

    it("gets signals, and its init stays idle, whatever numbers its descriptors have", function()
      assert.equal(("3 true\n"):rep(5), (recipe(uid, [[
        local function ticks(pid) -- user and system time, proc_pid_stat(5)
          local words = {}
          for word in sys.readfile(("/proc/%d/stat"):format(pid)):match("^.*%) (.*)$"):gmatch "%S+" do
            words[#words + 1] = word
          end
          return words[12] + words[13]
        end
        for _, number in ipairs { 3, 4, 9, 300, 503 } do
          local p <close> = box:spawn { "sh", "-c", "trap 'exit 3' TERM; echo; while :; do sleep 0.01; done",
            fds = { [number] = io.tmpfile() }, stdout = "pipe" }
          p.stdout:read()
          sys.sleep(0.2)
          local rests = ticks(p.pid) < 5
          p:kill "TERM"
          print(p:wait(10).code .. " " .. tostring(rests))
        end ]])))
    end)

    it("is ended at its time limit while the program does something else", function()
      assert.equal("wall_time true\nwall_time true\nok true\n", (recipe(uid, [[
        local function busy(seconds, limit, later)
          local p <close> = box:spawn { "sleep", seconds, limits = { wall_time = limit } }
          if later then p:limit { wall_time = later } end
          sys.sleep(2)
          local r = p:wait()
          print(r.reason .. " " .. tostring(r.wall_time < 1.8))
        end
        busy("60", 0.3)
        busy("60", 60, 0.3)
        busy("0.1", 0.3) ]])))
    end)

    it("is ended at its time limit then, too, if it floods its init with signals or orphans", function()
      if not tools.get() then return pending "needs a C compiler" end
      assert.equal("wall_time true\nwall_time true\n", (recipe(uid, ([[
        for _, words in ipairs { { "signals" }, { "orphans", "4" } } do
          local p <close> = box:spawn { "/bin/greedy", words[1], words[2], stdout = "null",
            fs = { ["/bin/greedy"] = ns.ro %q }, limits = { wall_time = 0.2 } }
          local pidfd <close> = assert(p:pidfd())
          local ended = #sys.poll({ { pidfd, "r" } }, 20) > 0
          print(p:wait().reason .. " " .. tostring(ended))
        end ]]):format(tools.get().greedy))))
    end)

    it("does not hold up the program by taking back what it has written", function()
      if not tools.get() then return pending "needs a C compiler" end
      assert.equal("wall_time true\nwall_time true\n", (recipe(uid, ([[
        local slow <close> = box:spawn { "sh", "-c", "while :; do umask 022; done",
          seccomp = { notify = { umask = function(call)
            sys.sleep(0.15) -- after the poll, and before the output is read
            return call:continue()
          end } } }
        slow:wait(0.01)
        for _, stdout in ipairs { "capture", "pipe" } do
          local p <close> = box:spawn { "/bin/greedy", "take-back", stdout = stdout, user = "self",
            fs = { ["/bin/greedy"] = ns.ro %q }, limits = { wall_time = 2 } }
          if p.stdout then
            while p.stdout:read(1) ~= "" do end
          end
          local r = p:wait()
          print(r.reason, r.wall_time < 2.7) -- its init ends it later than the program
        end ]]):format(tools.get().greedy)):gsub("\t", " ")))
    end)

    it("cannot slow down its init", function()
      local words = {}
      for _, command in ipairs { "renice -n 19 -p 1", "renice -n 19 -g 1", "renice -n 19 -u $(id -u)",
        "chrt -i -p 0 1", "chrt -o -p 0 1", "chrt -p 1", "sleep 9 & taskset -p 1 $! && renice -n 19 -p $!",
        "nice -n 5 chrt -i 0 true" } do
        words[#words + 1] = ("(%s) >/dev/null 2>&1 && echo yes || echo no"):format(command)
      end
      assert.equal(("no "):rep(5) .. ("yes "):rep(3) .. "\n", (recipe(uid, ([[
        local r = box:run { "/bin/sh", "-c", %q, stdout = "capture", user = "root" }
        print((r.stdout:gsub("\n", " "))) ]]):format(table.concat(words, "; ")))))
    end)

    it("is started by the root of a user namespace, to whom the host's control groups do not belong", function()
      local r = support.run { "unshare", "-Ur", support.launcher(uid), "-e", head .. [[
        print(box:run({ "true", limits = { cpu_time = 60 } }).reason) ]], uid = uid }
      assert.same({ "ok\n", "" }, { r.stdout, r.stderr })
    end)

    it("gets /dev/null where the program has closed its standard streams, whatever it opens next", function()
      local seen = (recipe(uid, [[
        local out = sys.dup(1)
        local look = { "readlink", "/proc/self/fd/0", "/proc/self/fd/2", stdout = "capture" }
        assert(sys.close_range(0, 0))
        assert(sys.close_range(2, 2))
        local other <close> = box:spawn { "sleep", "9", stdout = "capture", stdin = "pipe" }
        local said = {}
        for i = 1, 3 do
          said[i] = box:run(look).stdout
          collectgarbage()
        end
        out:write(table.concat(said)) ]]))
      assert.equal(("/dev/null\n"):rep(6), seen)
    end)

    it("may be closed by a function that answers its calls while the program reads from it", function()
      assert.matches("^false [^\n]*closed descriptor[^\n]*\nclosed\n$", (recipe(uid, [[
        local p
        p = box:with { seccomp = { notify = { mkdir = function() p:close() return "EACCES" end } } }
          :spawn { "sh", "-c", "sleep 0.1; mkdir x; exec sleep 60", stdout = "pipe", stderr = "null" }
        print(table.concat({ tostring(select(1, pcall(p.stdout.read, p.stdout))),
          select(2, pcall(p.stdout.read, p.stdout)) }, " "))
        local q = box:spawn { "cat", stdin = "pipe" }
        q.stdin:close()
        q.stdin = nil
        q:close()
        print "closed" ]])))
    end)

    it("leaves no pipe open once its Process is closed", function()
      assert.equal("true false false\n", (recipe(uid, [[
        local p = box:spawn { "cat", stdin = "pipe", stdout = "pipe" }
        local to, from = p.stdin:fileno(), p.stdout:fileno()
        io.write(tostring(sys.isatty(to) ~= nil), " ")
        p:close()
        print(sys.isatty(to) ~= nil, sys.isatty(from) ~= nil) ]]):gsub("\t", " ")))
    end)

    it("is stopped by cpu_time when it has used that much, and not by a signal that it sends itself", function()
      assert.equal("cpu_time\ncpu_time\ncpu_time\ncpu_time\nsignal\n", (recipe(uid, [[
        local pool = {}
        for i = 1, 4 do pool[i] = box:spawn { "sh", "-c", "while :; do :; done", limits = { cpu_time = 1 } } end
        while pool[1] do
          local _, r = ns.wait(pool)
          print(r.cpu_time >= 1 and r.reason or "too early")
        end
        print(box:run({ "sh", "-c", "kill -XCPU $$", limits = { cpu_time = 1 } }).reason) ]])))
    end)

    it("that has ended accepts no new time limit, whether the program noticed the end or not", function()
      local ended = "nil\tlimit: it has ended (ESRCH)\t" .. sys.ESRCH .. "\n"
      assert.equal(ended .. ended .. "0\n" .. ended, (recipe(uid, [[
        local alone <close> = box:spawn { "true", init = false }
        sys.poll({ { alone:pidfd(), "r" } }, 10)
        print(alone:limit { wall_time = 5 })
        local p <close> = box:spawn { "true" }
        sys.poll({ { p:pidfd(), "r" } }, 10)
        print(p:limit { wall_time = 5 })
        print(p:wait().code)
        print(p:limit { wall_time = 5 }) ]])))
    end)

    it("whose init somebody stopped reports that it accepts no new time limit", function()
      assert.equal("true nil\tEAGAIN\t9\n", (recipe(uid, [[
        local p <close> = box:spawn { "sleep", "60", limits = { wall_time = 60 } }
        io.write(tostring(p:limit { wall_time = 70 }), " ")
        assert(sys.kill(p.pid, sys.SIGSTOP))
        local ok, message
        for _ = 1, 100000 do
          ok, message = p:limit { wall_time = 80 }
          if not ok then break end
        end
        p:kill()
        print(ok, message:match "%((%u+)%)", p:wait().signal) ]])))
    end)

    it("is supervised while the program uses its pipes", function()
      assert.equal("box\n\nwall_time\n1000000\n1000000\n", (recipe(uid, [[
        local asks = box:with { denied = true, hostname = "box", limits = { wall_time = 10 } }
        local p <close> = asks:spawn { "cat", "/proc/sys/kernel/hostname", stdout = "pipe" }
        io.write(p.stdout:read())
        local late <close> = box:spawn { "sleep", "100", stdout = "pipe", init = false, limits = { wall_time = 0.3 } }
        print(late.stdout:read())
        print(late:wait().reason)
        local size = 1000000
        local full <close> = asks:spawn { "sh", "-c", "cat /proc/version >/dev/null; wc -c", stdin = "pipe",
          stdout = "pipe" }
        assert(full.stdin:write(("x"):rep(size)))
        full.stdin:close()
        io.write(full.stdout:read())
        print(size) ]])))
    end)

    it("is supervised while the program polls its pipes among other descriptors", function()
      assert.equal("box\n1\th\nwall_time\n0\ntrue\n", (recipe(uid, [[
        local sys = require "nsengine.sys"
        local other, writer = sys.pipe() -- nothing is ever written to it
        local asks = box:with { denied = true, hostname = "box", limits = { wall_time = 20 } }
        local p <close> = asks:spawn { "cat", "/proc/sys/kernel/hostname", stdin = "pipe", stdout = "pipe" }
        assert(sys.poll({ { other, "r" }, { p.stdout }, { p.stdout, "r" } }, 10)[1])
        io.write(p.stdout:read())
        local late <close> = box:spawn { "sleep", "100", stdout = "pipe", init = false, limits = { wall_time = 0.3 } }
        local ready = sys.poll { { other, "r" }, { late.stdout, "r" } }
        print(#ready, ready[1][2])
        print(late:wait().reason)
        local idle <close> = box:spawn { "sleep", "100", stdout = "pipe" }
        local start = sys.monotonic()
        print(#sys.poll({ { idle.stdout, "r" } }, 0.2))
        print(sys.monotonic() - start >= 0.2) ]])))
    end)

    it("can start while a debugger has a hook, and during signals that the program handles", function()
      local tool = tools.get()
      if not tool then return pending "needs a C compiler" end
      assert.equal("0\n", (recipe(uid, ([[
        package.cpath = "%s/?.so;" .. package.cpath
        debug.sethook(function() end, "l")
        require "alarm"()
        local failures = 0
        for _ = 1, 30 do
          if not pcall(box.run, box, { "true" }) then failures = failures + 1 end
        end
        print(failures) ]]):format(tool.path))))
    end)

    it("is refused without harm to the program where a limit on file sizes applies to files in memory", function()
      for _, case in ipairs { { "1", "" }, { "32", 'stdin = ("x"):rep(100000)' } } do
        local r = support.run { "sh", "-c", "ulimit -f $1; exec \"$2\" -e \"$3\"", "sh", case[1],
          support.launcher(uid), head .. ("return box:with { cmd = { 'cat' }, %s }"):format(case[2]), uid = uid }
        assert.equal(125, r.code)
        assert.matches("memfd_create.*EFBIG", r.stderr)
      end
    end)

    it("has a Result even if the file systems for limits.disk could not be opened", function()
      local r = support.run { "sh", "-c", "ulimit -n 32; exec \"$1\" -e \"$2\"", "sh", support.launcher(uid), head .. [[
        local fs = { ["/t"] = ns.tmpfs() }
        for i = 1, 40 do fs["/t/" .. i] = ns.tmpfs() end
        local r = box:run { "true", fs = fs, limits = { disk = "64M" } }
        print(r.reason, r.disk, r.warnings[1]) ]], uid = uid }
      assert.equal("ok\tnil\tlimits.disk: cannot tell whether it was full: its file system could not be opened\n",
        r.stdout, r.stderr)
    end)

    it("does not inherit its caller's I/O priority", function()
      local source = head .. 'return box:with { cmd = { "ionice" } }'
      local plain = support.run { "ionice", "-c", "0", support.launcher(uid), "-e", source, uid = uid }
      local favoured = support.run { "ionice", "-c", "2", "-n", "0", support.launcher(uid), "-e", source, uid = uid }
      assert.same({ plain.stdout, "" }, { favoured.stdout, favoured.stderr })
    end)

    it("has 256 pseudo-terminals, and cannot use up all of the machine's", function()
      assert.matches("max=256", (recipe(uid, [[ box:run { "grep", " /dev/pts ", "/proc/self/mounts" } ]])))
    end)

    it("is supervised by the program that started it, and not by a fork of the program", function()
      assert.equal("hello\ntrue 10\n", (recipe(uid, [[
        local p <close> = box:spawn { "sh", "-c", "sleep 0.2; echo hello", stdout = "pipe" }
        local captured <close> = box:spawn { "sh", "-c", "for i in 0 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.05; done",
          stdout = "capture" }
        local fork <close> = sys.clone(0, function()
          io.write(p.stdout:read())
          return io.flush() ~= nil
        end)
        local ok = fork:wait(10)
        local _, lines = captured:wait().stdout:gsub("\n", "")
        print(ok, lines) ]])):gsub("\t", " "))
    end)

    it("leaves no process behind if it is killed twice and closed, even if its init is not pid 1", function()
      assert.equal("nobody\n", (recipe(uid, [[
        assert(sys.set_subreaper(true)) -- whoever is left becomes its child
        for i = 1, 10 do
          local p <close> = box:with { share = { "pid" }, fs = { ["/proc"] = ns.ro "/proc" } }:spawn { "sh", "-c",
            "sleep 1000 & sleep 1000 & sleep 1000 & wait" }
          p:wait(0.02)
          p:kill()
          if i > 5 then p:kill() end
        end
        local pid, what
        repeat
          pid, what = sys.waitpid(-1, sys.WNOHANG)
        until not pid
        print(what == "timeout" and "somebody" or "nobody") ]])))
    end)

    it("cannot keep its init from ending it, even if that is not pid 1", function()
      if sys.landlock_abi() < 6 then return pending "needs landlock's ABI 6" end
      assert.equal("wall_time true\n", (recipe(uid, [[
        local r = box:with { share = { "pid" }, fs = { ["/proc"] = ns.ro "/proc" } }:run { "perl", "-e",
          '$p = getppid; fork; fork; kill 19, $p while 1', limits = { wall_time = 0.5 } }
        print(r.reason .. " " .. tostring(r.wall_time < 1)) ]])))
    end)

    it("ends gently by stop, or by force", function()
      assert.equal("15\n9\n", (recipe(uid, [[
        for _, script in ipairs { "echo; exec sleep 100", "trap '' TERM; echo; while :; do sleep 0.1; done" } do
          local p <close> = box:spawn { "sh", "-c", script, stdout = "pipe" }
          p.stdout:read()
          print(p:stop(0.3).signal)
        end ]])))
    end)

  it("has at most 64 MiB captured without limits.output", function()
    local ns = require "nsengine"
    local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev } }
    local r = box:run { "/usr/bin/head", "-c", "80000000", "/dev/zero", stdout = "capture" }
    assert.same({ "output", true, 64 << 20 }, { r.reason, r.truncated, #r.stdout })
    assert.matches("^stopped after 67108864 bytes of output", tostring(r))
  end)

  it("is reported as not run if the setup function ended the process", function()
    local ns = require "nsengine"
    local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, setup = function() os.exit(3) end }
    local ok, err = pcall(function() return box:run { "/bin/true" } end)
    assert.is_false(ok)
    assert.equal("setup", err.field)
    assert.matches("the function ended the process", tostring(err))
  end)

  it("starts although its setup function gets signals that the program handles", function()
    local result = support.nsengine { "-e", [[
      local ns, sys = require "nsengine", require "nsengine.sys"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "/bin/echo", "ran" }, setup = function()
        for _, signal in ipairs { sys.SIGINT, sys.SIGTERM, sys.SIGHUP } do assert(sys.kill(sys.getpid(), signal)) end
        for _ = 1, 1e5 do sys.getpid() end -- a handler of the launcher's would end this
      end } ]], uid = uid }
    assert.same({ "ran\n", "" }, { result.stdout, result.stderr })
  end)

  it("is not run after os.exit in setup, which ends its own process alone, even if both are pid 1", function()
    if not support.root then return pending "needs root" end
    local r = support.run { "unshare", "--pid", "--fork", "--mount-proc", support.launcher(0), "-e", [[
      local ns = require "nsengine"
      local dir <close> = ns.tempdir()
      local closing <close> = setmetatable({}, { __close = function() print "closed" end })
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, setup = function() os.exit(3) end }
      print(select(2, pcall(box.run, box, { "/bin/true" })))
      print(require("nsengine.sys").stat(dir.path) ~= nil) ]] }
    assert.matches("^%-e:4: setup: the function ended the process[^\n]*\ntrue\nclosed\n$", r.stdout)
  end)

  it("does not wait for processes that setup left behind", function()
    for _, left in ipairs { "sleep 1000", "true" } do
      assert.equal("ran\n", (recipe(uid, ([[
        box:with { setup = function()
          os.execute "%s </dev/null >/dev/null 2>&1 &"
          sys.sleep(0.1) -- "true" has ended by then
        end }:run { "echo", "ran" } ]]):format(left), { seconds = 20 })), left)
    end
  end)
end)
end
