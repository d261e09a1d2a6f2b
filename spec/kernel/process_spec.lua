--- Processes: a child's handle, exec, exit, wait, signals, prctl, limits, priority.
local support = require "support"
local sys = require "nsengine.sys"

local nobody = 2147483647 -- no process has this pid

local function forever() return assert(sys.clone(0, function() sys.sleep(60) end)) end

local function status(fn)
  local child <close> = assert(sys.clone(0, fn))
  return child:wait()
end

--- A field of /proc/PID/status.
local function field(name, pid)
  return assert(sys.readfile(("/proc/%s/status"):format(pid or "self"))):match(name .. ":%s*([^\n]*)")
end

teardown(support.cleanup)

describe("sys.self", function()
  it("returns another number in a clone", function()
    local own = sys.self()
    assert.equal(own, sys.self())
    assert.same({ true, "exit", 0 }, { status(function() return sys.self() == own and 1 or 0 end) })
  end)
end)

describe("a Process", function()
  it("waits, and returns exit codes and signals as os.execute does", function()
    assert.same({ true, "exit", 0 }, { status(function() end) })
    assert.same({ nil, "exit", 255 }, { status(function() return 255 end) })
    assert.same({ nil, "signal", sys.SIGTERM }, { status(function() sys.kill(sys.getpid()) end) })
    assert.same({ nil, "signal", sys.SIGKILL }, { status(function() sys.kill(sys.getpid(), sys.SIGKILL) end) })
  end)

  it("returns how it ended as often as it is asked", function()
    local child <close> = assert(sys.clone(0, function() return 3 end))
    for _ = 1, 3 do assert.same({ nil, "exit", 3 }, { child:wait() }) end
    assert.same({ nil, "exit", 3 }, { child:wait(0) })
  end)

  it("waits as long as it is told, not longer and not shorter", function()
    local child <close> = forever()
    assert.same({ nil, "timeout" }, { child:wait(0) })
    local start = sys.monotonic()
    assert.same({ nil, "timeout" }, { child:wait(0.05) })
    local elapsed = sys.monotonic() - start
    assert.truthy(elapsed >= 0.05 and elapsed < 5, elapsed)
    assert.is_true(child:alive())
    child:kill()
    assert.same({ nil, "signal", sys.SIGKILL }, { child:wait(10) })
  end)

  it("is killed with SIGKILL, or with the given signal", function()
    local child <close> = forever()
    assert.is_true(child:kill(0))
    assert.is_true(child:kill(sys.SIGUSR1))
    assert.same({ nil, "signal", sys.SIGUSR1 }, { child:wait() })
    support.fails("ESRCH", "^kill " .. child:pid() .. ": No such process", child:kill())
  end)

  it("knows its pid and whether it is alive", function()
    local r, w = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      w:write(tostring(sys.getpid()))
      sys.sleep(60)
    end))
    assert.equal(tostring(child:pid()), r:read())
    r:close()
    w:close()
    assert.is_true(child:alive())
    assert.equal(("Process (%d, running)"):format(child:pid()), tostring(child))
    child:kill()
    local pidfd <close> = assert(child:fd())
    assert.equal(1, #sys.poll({ { pidfd, "r" } }, 10))
    assert.is_false(child:alive()) -- ended, but not reaped yet
    child:wait()
    assert.is_false(child:alive())
    assert.equal(("Process (%d, ended)"):format(child:pid()), tostring(child))
  end)

  it("returns descriptors of itself, which outlive it", function()
    local child <close> = forever()
    local pidfd <close> = assert(child:fd())
    assert.truthy(sys.readlink("/proc/self/fd/" .. pidfd:fileno()):find("pidfd"))
    assert.is_true(sys.kill(pidfd, 0))
    child:kill()
    child:wait()
    support.fails("ESRCH", "^kill FD", sys.kill(pidfd, 0))
    support.fails("ESRCH", "^fd " .. child:pid() .. ": No such process", child:fd())
  end)

  it("raises for wrong arguments", function()
    local child <close> = forever()
    support.raises("bad argument #1 to 'wait' %(seconds must be 0 to 1e9", function() child:wait(-1) end)
    support.raises("bad argument #1 to 'wait' %(seconds must be", function() child:wait(0 / 0) end)
    support.raises("bad argument #1 to 'wait' %(seconds must be", function() child:wait(math.huge) end)
    support.raises("bad argument #1 to 'wait' %(number expected, got string", function() child:wait("1") end)
    support.raises("bad argument #1 to 'kill' %(65 is out of range", function() child:kill(65) end)
    support.raises("bad argument #1 to 'kill' %(%-1 is out of range", function() child:kill(-1) end)
    support.raises("bad argument #1 to 'kill' %(number expected, got string", function() child:kill("KILL") end)
    for _, name in ipairs { "wait", "kill", "pid", "fd", "alive", "release", "close" } do
      support.raises("nsengine.process expected, got ", child[name], {})
      support.raises("nsengine.process expected, got ", child[name])
    end
    assert.is_true(child:alive())
  end)
end)

describe("a Process that nobody needs any more", function()
  it("is killed and reaped at the end of its scope: by return, error or close", function()
    local seen = {}
    local function keep(child)
      seen[#seen + 1] = assert(child:fd())
      return child
    end
    do local _child <close> = keep(forever()) end
    pcall(function()
      local _child <close> = keep(forever())
      error("leaves")
    end)
    keep(forever()):close()
    assert.equal(3, #seen)
    for _, pidfd in ipairs(seen) do
      support.fails("ESRCH", "^kill FD", sys.kill(pidfd, 0))
      pidfd:close()
    end
  end)

  it("is killed and reaped when it is collected", function()
    local child = forever()
    local pidfd <close> = assert(child:fd())
    child = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    support.fails("ESRCH", "^kill FD", sys.kill(pidfd, 0))
  end)

  it("is killed and reaped at the end of a recipe that does nothing with it", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      print(assert(sys.clone(0, function() sys.sleep(60) end)):pid())]]
    assert.equal(0, r.code, r.stderr)
    support.fails("ESRCH", "^kill", sys.kill(tonumber(r.stdout), 0))
  end)

  it("can be closed twice", function()
    local child = forever()
    assert.is_true(child:close())
    assert.is_true(child:close())
    assert.same({ nil, "signal", sys.SIGKILL }, { child:wait() })
  end)

  it("returns how it ended after it was closed, too", function()
    local child = assert(sys.clone(0, function() return 4 end))
    child:wait()
    child:close()
    assert.same({ nil, "exit", 4 }, { child:wait() })
  end)
end)

describe("a released Process", function()
  it("lives on, and can be waited for by its pid", function()
    local child = forever()
    local pid = assert(child:release())
    assert.equal(child:pid(), pid)
    assert.equal(("Process (%d, released)"):format(pid), tostring(child))
    assert.is_true(child:close())
    child = nil -- luacheck: ignore
    collectgarbage()
    assert.is_true(sys.kill(pid, 0))
    assert.is_true(sys.kill(pid, sys.SIGKILL))
    assert.same({ pid, "signal", sys.SIGKILL }, { sys.waitpid(pid) })
  end)

  it("refuses every call", function()
    local child = assert(sys.clone(0, function() end))
    local pid = assert(child:release())
    support.fails("ESRCH", "^wait " .. pid .. ": No such process", child:wait())
    support.fails("ESRCH", "^kill " .. pid .. ": No such process", child:kill())
    support.fails("ESRCH", "^fd " .. pid .. ": No such process", child:fd())
    support.fails("ESRCH", "^release " .. pid .. ": No such process", child:release())
    assert.is_false(child:alive())
    assert.same({ pid, "exit", 0 }, { sys.waitpid(pid) })
  end)

  it("cannot be one that had ended before", function()
    local child <close> = assert(sys.clone(0, function() end))
    child:wait()
    support.fails("ESRCH", "^release %d+: No such process", child:release())
  end)
end)

describe("the Process of another process", function()
  --- The results of a handle that belongs to another process.
  local function inert(victim)
    return {
      alive = victim:alive(), close = victim:close(), text = tostring(victim):match("%((.*)%)"),
      kill = { victim:kill() }, wait = { victim:wait() }, fd = { victim:fd() }, release = { victim:release() },
      sys_kill = { sys.kill(victim) }, nsopen = { sys.nsopen("uts", victim) },
    }
  end

  local function assert_inert(victim_pid, answers)
    assert.is_false(answers.alive)
    assert.is_true(answers.close)
    assert.equal(victim_pid .. ", of another process", answers.text)
    for _, name in ipairs { "kill", "wait", "fd", "release", "sys_kill", "nsopen" } do
      support.fails("ECHILD", "No child processes", table.unpack(answers[name], 1, 3))
    end
  end

  it("cannot be used", function()
    local victim <close> = forever()
    local answers = support.child(function()
      local answers = inert(victim)
      getmetatable(victim).__gc(victim)
      return answers
    end)
    assert_inert(victim:pid(), answers)
    assert.is_true(victim:alive())
  end)

  it("cannot be used even by a process with its parent's pid", function()
    for _, uid in ipairs(support.users) do
      local pid, inner, answers, alive = support.child({ uid = uid }, function()
        return support.child({ flags = sys.CLONE_NEWUSER | sys.CLONE_NEWPID }, function()
          local victim <close> = forever()
          assert(sys.getpid() == 1)
          local inner, answers = support.child({ flags = sys.CLONE_NEWPID }, function()
            return sys.getpid(), inert(victim)
          end)
          return victim:pid(), inner, answers, victim:alive()
        end)
      end)
      assert.equal(1, inner)
      assert_inert(pid, answers)
      assert.is_true(alive)
    end
  end)
end)

describe("a Process whose end is not known", function()
  it("fails with ECHILD or ESRCH if sys.waitpid has reaped it", function()
    local child = assert(sys.clone(0, function() return 5 end))
    assert.same({ child:pid(), "exit", 5 }, { sys.waitpid(child:pid()) })
    assert.is_false(child:alive())
    support.fails("ECHILD", "^wait " .. child:pid() .. ": No child processes", child:wait())
    support.fails("ESRCH", "^kill " .. child:pid() .. ": No such process", child:kill())
    local before = #support.descriptors()
    support.fails("ESRCH", "^close process %d+: No such process", child:close())
    assert.truthy(#support.descriptors() < before) -- the pidfd is closed all the same
    assert.is_true(child:close())
  end)

  it("fails with ECHILD where SIGCHLD is ignored, except in the launcher", function()
    local source = [[
      local sys = require "nsengine.sys"
      local child <close> = assert(sys.clone(0, function() return 3 end))
      print(select(2, child:wait()))]]
    local r = support.run { "env", "--ignore-signal=CHLD", "lua5.4", "-e",
      ("package.cpath = %q"):format(sys.getcwd() .. "/" .. support.build .. "/lib/?.so") .. source }
    assert.truthy(r.stdout:find("^wait %d+: No child processes %(ECHILD%)\t" .. sys.ECHILD), r.stdout .. r.stderr)
    -- The launcher is no library: it restores the default action.
    assert.equal("exit\t3\n", support.run { "env", "--ignore-signal=CHLD", support.launcher(), "-e", source }.stdout)
  end)
end)

describe("sys.exec", function()
  --- Runs fn in a child; returns its output, and how it ended.
  local function printed(fn)
    local r <close>, w = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      w:dup(1)
      w:dup(2)
      return fn()
    end))
    w:close()
    local text = {}
    repeat
      text[#text + 1] = assert(r:read())
    until text[#text] == ""
    return table.concat(text), child:wait()
  end

  it("becomes the program, with the arguments unchanged", function()
    local text, ok = printed(function() return sys.exec { "printf", "[%s]", "a b", "", "c'\n" } end)
    assert.equal("[a b][][c'\n]", text)
    assert.is_true(ok)
  end)

  it("keeps the environment, or uses exactly the one that is given", function()
    assert.truthy(printed(function() return sys.exec { "env" } end):find("PATH=", 1, true))
    assert.equal("A=b=c\n", printed(function() return sys.exec({ "/usr/bin/env" }, { A = "b=c" }) end))
    assert.equal("", printed(function() return sys.exec({ "/usr/bin/env" }, {}) end))
  end)

  it("passes on no FDs", function()
    local _low <close> = sys.open("/dev/null") -- gets the number that ls opens the directory as
    local r <close>, w = sys.pipe()
    assert(w:cloexec(false))
    local text = "\n" .. printed(function() return sys.exec { "ls", "/proc/self/fd" } end)
    assert.is_nil(text:find(("\n%d\n"):format(r:fileno()), 1, true))
    assert.truthy(text:find(("\n%d\n"):format(w:fileno()), 1, true))
    w:close()
  end)

  it("flushes earlier output", function()
    assert.equal("before after\n", printed(function()
      io.stdout:setvbuf("full")
      io.write("before ")
      return sys.exec { "echo", "after" }
    end))
  end)

  it("finds a program in the caller's PATH", function()
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/a") and sys.mkdir(dir.path .. "/b"))
    local function tool(place, text, mode)
      assert(sys.writefile(dir.path .. place .. "/tool", text))
      assert(sys.chmod(dir.path .. place .. "/tool", mode))
    end
    --- sys.exec{"tool"} where PATH is a and b.
    local function search()
      return support.run {
        support.launcher(), "-e", 'print(require "nsengine.sys".exec { "tool" })',
        env = { PATH = ("%s/a:%s/b"):format(dir.path, dir.path) },
      }
    end
    tool("/b", "#!/bin/sh\necho b", 493)
    assert.equal("b\n", search().stdout)
    tool("/a", "#!/bin/sh\necho a", 420) -- not executable: the next is tried
    assert.equal("b\n", search().stdout)
    tool("/b", "#!/bin/sh\necho b", 420) -- and remembered
    assert.equal(("nil\texec tool: Permission denied (EACCES)\t%d\n"):format(sys.EACCES), search().stdout)
    tool("/a", "#!/bin/sh\necho a", 493)
    assert.equal("a\n", search().stdout)
  end)

  it('reports "not found" if the user may not search a directory of PATH', function()
    if not support.root then return pending("needs root") end
    local dir <close> = support.tempdir()
    assert(sys.chmod(dir.path, 448))
    local result = support.run {
      "/usr/bin/env", "PATH=" .. dir.path, support.launcher(1000), "-e",
      "return require('nsengine.sys').exec { 'no-such-program' }", uid = 1000,
    }
    assert.equal(127, result.code, result.stderr)
  end)

  it("returns an error when it fails, and the caller goes on", function()
    support.fails("ENOENT", "^exec /nope: No such file or directory", sys.exec { "/nope" })
    support.fails("ENOENT", "^exec no%-such%-program: No such file", sys.exec { "no-such-program" })
    support.fails("EACCES", "^exec /etc: Permission denied", sys.exec { "/etc" })
    support.fails("ENOENT", "^exec : No such file", sys.exec { "" })
    support.fails("E2BIG", "^exec true: Argument list too long", sys.exec { "true", ("x"):rep(1 << 18) })
    support.fails("ENOENT", "^exec a%?b: No such file", sys.exec { "a\nb" })
  end)

  it("ends a child with 127 for a missing program and 126 for one that cannot run, in whatever way it ends", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/text"
    assert(sys.writefile(path, "no program"))
    local function both(program, code, text)
      for _, fn in ipairs {
        function() return sys.exec { program } end,
        function() package.loaded._G.assert(sys.exec { program }) end, -- not busted's own
        function() error((select(2, sys.exec { program }))) end,
      } do
        local said, ok, how, number = printed(fn)
        assert.same({ nil, "exit", code }, { ok, how, number })
        assert.truthy(said:find(text, 1, true), said)
        assert.is_nil(said:find("traceback", 1, true))
      end
    end
    both(dir.path .. "/missing", 127, "missing: No such file or directory (ENOENT)")
    both(path, 126, "text: Permission denied (EACCES)")
    assert(sys.chmod(path, 493))
    both(path, 126, "text: Exec format error (ENOEXEC)")
  end)

  it("does not change the status of other failures", function()
    assert.same({ nil, "exit", 125 }, { select(2, printed(function()
      sys.exec { "/nope" }
      error("something else")
    end)) })
    assert.same({ true, "exit", 0 }, { status(function() sys.exec { "/nope" } end) })
  end)

  it("raises for wrong arguments", function()
    support.misuse(1, "exec", "table expected, got string", "ls")
    support.misuse(1, "exec", "the list is empty", {})
    support.misuse(1, "exec", "entry 2: string expected, got number", { "ls", 1 })
    support.misuse(1, "exec", "entry 1: string with an embedded NUL", { "/bin/true\0" })
    support.misuse(2, "exec", "table expected, got string", { "/nope" }, "A=b")
    support.misuse(2, "exec", "environment: NAME = \"value\" expected, got number = string", { "/nope" }, { "A=b" })
    support.misuse(2, "exec", "environment: NAME = \"value\" expected, got string = number", { "/nope" }, { A = 1 })
    support.misuse(2, "exec", "environment: bad name 'A=b'", { "/nope" }, { ["A=b"] = "c" })
    support.misuse(2, "exec", "environment: bad name ''", { "/nope" }, { [""] = "c" })
    support.misuse(2, "exec", "environment: string with an embedded NUL", { "/nope" }, { A = "b\0" })
    support.misuse(2, "exec", "environment: string with an embedded NUL", { "/nope" }, { ["A\0"] = "b" })
  end)
end)

describe("sys.exit", function()
  it("ends the process with the given code", function()
    assert.same({ true, "exit", 0 }, { status(function() sys.exit() end) })
    assert.same({ nil, "exit", 42 }, { status(function() sys.exit(42) end) })
  end)

  it("flushes output, and closes no variables", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      local guard <close> = setmetatable({}, { __close = function() print("closed") end })
      io.stdout:setvbuf("full")
      io.write("written")
      sys.exit(3)]]
    assert.same({ "written", 3 }, { r.stdout, r.code })
  end)

  it("raises for wrong arguments", function()
    for _, code in ipairs { -1, 256 } do support.misuse(1, "exit", "%-?%d+ is out of range: 0 to 255", code) end
    support.misuse(1, "exit", "number expected, got boolean", true)
  end)
end)

describe("sys.waitpid", function()
  it("reaps any child, or the given one", function()
    local ends, left = support.child(function()
      local first = assert(sys.clone(0, function() return 3 end)):release()
      local second = assert(sys.clone(0, function() sys.sleep(60) end)):release()
      local pid, how, number = sys.waitpid()
      local ends = { { pid == first, how, number } }
      ends[2] = { sys.waitpid(second, sys.WNOHANG) }
      ends[3] = { sys.waitpid(-1, sys.WNOHANG) }
      sys.kill(second)
      pid, how, number = sys.waitpid(second)
      ends[4] = { pid == second, how, number }
      return ends, { sys.waitpid() }
    end)
    assert.same({
      { true, "exit", 3 }, { nil, "timeout" }, { nil, "timeout" }, { true, "signal", sys.SIGTERM },
    }, ends)
    support.fails("ECHILD", "^waitpid %-1: No child processes", table.unpack(left, 1, 3))
  end)

  it("fails for what is no child", function()
    support.fails("ECHILD", "^waitpid 1: No child processes", sys.waitpid(1))
    support.fails("EINVAL", "^waitpid 0: Invalid argument", sys.waitpid(0))
    support.fails("EINVAL", "^waitpid 1: Invalid argument", sys.waitpid(1, 1 << 20))
  end)

  it("raises for wrong arguments", function()
    support.misuse(1, "waitpid", "%-2 is out of range", -2)
    support.misuse(1, "waitpid", "number expected, got string", "1")
    support.misuse(2, "waitpid", "%-1 is out of range", 1, -1)
    local child <close> = assert(sys.clone(0, function() end))
    support.misuse(1, "waitpid", "number expected, got nsengine.process", child)
  end)
end)

describe("sys.kill", function()
  it("signals a Process, a pidfd or a pid, with SIGTERM by default", function()
    for _, how in ipairs { "handle", "pidfd", "pid" } do
      local child <close> = forever()
      local pidfd <close> = assert(sys.pidfd_open(child:pid()))
      local target = ({ handle = child, pidfd = pidfd, pid = child:pid() })[how]
      assert.is_true(sys.kill(target, 0))
      assert.is_true(child:alive())
      assert.is_true(sys.kill(target))
      assert.same({ nil, "signal", sys.SIGTERM }, { child:wait() })
      support.fails("ESRCH", "^kill .*: No such process", sys.kill(target, 0))
    end
  end)

  it("fails for another user's process", function()
    local uid = support.users[#support.users]
    if uid == 0 then pending("needs an ordinary user") end
    support.fails("EPERM", "^kill 1: Operation not permitted", support.child({ uid = uid }, function()
      return sys.kill(1, 0)
    end))
  end)

  it("raises for wrong arguments, and never means a group or everybody", function()
    -- In a pid namespace: if one is accepted by mistake, nobody else gets the signal.
    assert.is_true(support.child({ flags = sys.CLONE_NEWUSER | sys.CLONE_NEWPID }, function()
      for _, pid in ipairs { 0, -1, -2, 1 << 31 } do support.misuse(1, "kill", "%-?%d+ is out of range", pid, 0) end
      return true
    end))
    support.misuse(1, "kill", "process %(Process, pidfd or pid%) expected, got string", "1", 0)
    support.misuse(2, "kill", "65 is out of range", nobody, 65)
    support.misuse(2, "kill", "number expected, got string", nobody, "TERM")
    local child <close> = forever()
    local pidfd = assert(child:fd())
    pidfd:close()
    support.misuse(1, "kill", "closed descriptor", pidfd)
  end)
end)

describe("sys.pidfd_open", function()
  it("opens a process as a descriptor that no program inherits", function()
    local child <close> = forever()
    local pidfd <close> = assert(sys.pidfd_open(child:pid()))
    child:kill()
    assert.equal(1, #sys.poll({ { pidfd, "r" } }, 10))
  end)

  it("fails for what does not exist", function()
    support.fails("ESRCH", "^pidfd_open 2147483647: No such process", sys.pidfd_open(nobody))
    support.misuse(1, "pidfd_open", "0 is out of range", 0)
    support.misuse(1, "pidfd_open", "number expected, got no value")
  end)
end)

describe("sessions and groups:", function()
  it("sys.setsid makes the caller a session leader, once", function()
    local own, session, tty, again = support.child(function()
      local session = assert(sys.setsid())
      return sys.getpid(), session, tonumber(field("NSsid")), { sys.setsid() }
    end)
    assert.equal(own, session)
    assert.equal(own, tty)
    support.fails("EPERM", "^setsid: Operation not permitted", table.unpack(again, 1, 3))
  end)

  it("sys.setpgid moves processes between groups", function()
    local mine, own, other = support.child(function()
      assert(sys.setpgid())
      local child <close> = forever()
      assert(sys.setpgid(child:pid(), child:pid()))
      local apart = tonumber(field("NSpgid", child:pid())) == child:pid()
      assert(sys.setpgid(child:pid(), sys.getpid()))
      return tonumber(field("NSpgid")) == sys.getpid(), apart, tonumber(field("NSpgid", child:pid())) == sys.getpid()
    end)
    assert.same({ true, true, true }, { mine, own, other })
    support.fails("ESRCH", "^setpgid 2147483647 0: No such process", sys.setpgid(nobody))
    support.misuse(1, "setpgid", "%-1 is out of range", -1)
    support.misuse(2, "setpgid", "number expected, got string", 0, "1")
  end)

  it("sys.getpid and sys.getppid return pids of the caller's pid namespace", function()
    assert.same({ 1, 0 }, { support.child({ flags = sys.CLONE_NEWUSER | sys.CLONE_NEWPID }, function()
      return sys.getpid(), sys.getppid()
    end) })
    assert.equal(sys.getpid(), support.child(function() return sys.getppid() end))
  end)
end)

for _, uid in ipairs(support.users) do
  local function as_user(fn) return support.child({ uid = uid }, fn) end

  describe("as uid " .. uid .. ",", function()
    it("sys.set_pdeathsig ends a process with its parent, and sys.set_subreaper adopts orphans", function()
      local result = as_user(function()
        assert(sys.set_subreaper(true))
        local r, w = sys.pipe()
        local middle <close> = assert(sys.clone(0, function()
          local orphan = assert(sys.clone(0, function()
            assert(sys.set_pdeathsig(sys.SIGUSR1))
            w:write(tostring(sys.getpid()))
            sys.sleep(60)
          end))
          assert(r:read() ~= "")
          w:write(tostring(orphan:release()))
        end))
        middle:wait()
        local orphan = tonumber(r:read())
        local pidfd <close> = assert(sys.pidfd_open(orphan))
        if #sys.poll({ { pidfd, "r" } }, 10) == 0 then sys.kill(pidfd, sys.SIGKILL) end
        local pid, how, signal = sys.waitpid(orphan)
        return { pid == orphan, how, signal }
      end)
      assert.same({ true, "signal", sys.SIGUSR1 }, result)
    end)

    it("orphans go elsewhere without sys.set_subreaper", function()
      assert.is_true(as_user(function()
        assert(sys.set_subreaper(true))
        assert(sys.set_subreaper(false))
        local r, w = sys.pipe()
        local keep_r, keep_w = sys.pipe() -- its end ends the orphan
        local middle <close> = assert(sys.clone(0, function()
          keep_w:close()
          assert(sys.clone(0, function()
            w:write("up")
            keep_r:read()
          end)):release()
          r:read()
        end))
        middle:wait()
        local none = select(3, sys.waitpid(-1, sys.WNOHANG)) == sys.ECHILD
        keep_w:close()
        return none
      end))
    end)

    it("sys.set_no_new_privs shows in /proc, and cannot be undone", function()
      assert.same({ "0", "1" }, as_user(function()
        local before = field("NoNewPrivs")
        assert(sys.set_no_new_privs())
        return { before, field("NoNewPrivs") }
      end))
    end)

    it("sys.set_dumpable decides whether the user's other processes may read a process", function()
      local results = as_user(function()
        local results = {}
        for _, dumpable in ipairs { true, false } do
          local r, w = sys.pipe()
          local child <close> = assert(sys.clone(0, function()
            assert(sys.set_dumpable(dumpable))
            w:write("ready")
            sys.sleep(60)
          end))
          r:read()
          results[#results + 1] = sys.readfile(("/proc/%d/environ"):format(child:pid())) ~= nil
        end
        return results
      end)
      assert.same({ true, uid == 0 }, results) -- root may read all
    end)

    it("sys.set_name shows in /proc, cut at 15 bytes", function()
      assert.same({ "box one\n", "a very long nam\n" }, as_user(function()
        assert(sys.set_name("box one"))
        local short = sys.readfile("/proc/self/comm")
        assert(sys.set_name("a very long name indeed"))
        return { short, sys.readfile("/proc/self/comm") }
      end))
    end)

    it("limits can be set and read, soft and hard, for this process and others", function()
      local r = as_user(function()
        assert(sys.setrlimit(sys.RLIMIT_CORE, 0))
        assert(sys.setrlimit(sys.RLIMIT_NOFILE, 100, 200))
        local child <close> = forever()
        local pidfd <close> = assert(child:fd())
        assert(sys.setrlimit(sys.RLIMIT_NOFILE, 50, 60, child))
        assert(sys.setrlimit(sys.RLIMIT_FSIZE, 4096, sys.RLIM_INFINITY, pidfd))
        return {
          core = { sys.getrlimit(sys.RLIMIT_CORE) },
          own = { sys.getrlimit(sys.RLIMIT_NOFILE) },
          handle = { sys.getrlimit(sys.RLIMIT_NOFILE, child) },
          pid = { sys.getrlimit(sys.RLIMIT_NOFILE, child:pid()) },
          pidfd = { sys.getrlimit(sys.RLIMIT_FSIZE, pidfd) },
          proc = sys.readfile("/proc/self/limits"):match("Max open files%s+(%d+%s+%d+)"),
          enforced = (function()
            local files = {}
            while true do
              local fd, _, errno = sys.open("/")
              if not fd then return errno == sys.EMFILE and #files < 100 end
              files[#files + 1] = fd
            end
          end)(),
        }
      end)
      assert.truthy(r.proc:find("^100%s+200$"))
      r.proc = nil
      assert.same({
        core = { 0, 0 }, own = { 100, 200 }, handle = { 50, 60 }, pid = { 50, 60 },
        pidfd = { 4096, sys.RLIM_INFINITY }, enforced = true,
      }, r)
    end)

    it("priorities can be set and read, for this process and others", function()
      assert.same({ 3, 7, 7, 3 }, as_user(function()
        assert(sys.setpriority(3))
        local child <close> = forever()
        local pidfd <close> = assert(child:fd())
        assert(sys.getpriority(pidfd) == 3) -- inherited
        assert(sys.setpriority(7, child))
        return { sys.getpriority(), sys.getpriority(child), sys.getpriority(child:pid()), (sys.getpriority(nil)) }
      end))
    end)

    it("processors can be set and read, for this process and others", function()
      local own, child = as_user(function()
        local all = assert(sys.getaffinity())
        local child <close> = forever()
        local last = all[#all]
        assert(sys.setaffinity({ last }, child))
        assert(#sys.getaffinity() == #all)
        assert(sys.setaffinity { all[1], 8191 }) -- those that do not exist are ignored
        return { sys.getaffinity(), field("Cpus_allowed_list"), { all[1] } },
          { sys.getaffinity(child), field("Cpus_allowed_list", child:pid()), { last } }
      end)
      for _, seen in ipairs { own, child } do
        assert.same(seen[3], seen[1])
        assert.equal(tostring(seen[3][1]), seen[2])
      end
    end)
  end)
end

describe("limits, priorities and processors", function()
  it("fail with nil, a message and the errno", function()
    support.fails("EINVAL", "^getrlimit 99: Invalid argument", sys.getrlimit(99))
    support.fails("EINVAL", "^setrlimit 99: Invalid argument", sys.setrlimit(99, 0))
    support.fails("EINVAL", "^setrlimit %d+: Invalid argument", sys.setrlimit(sys.RLIMIT_CORE, 2, 1))
    support.fails("ESRCH", "^getrlimit %d+: No such process", sys.getrlimit(sys.RLIMIT_CORE, nobody))
    support.fails("ESRCH", "^setrlimit %d+: No such process", sys.setrlimit(sys.RLIMIT_CORE, 0, 0, nobody))
    support.fails("ESRCH", "^getpriority: No such process", sys.getpriority(nobody))
    support.fails("ESRCH", "^setpriority 5: No such process", sys.setpriority(5, nobody))
    support.fails("ESRCH", "^getaffinity: No such process", sys.getaffinity(nobody))
    support.fails("ESRCH", "^setaffinity: No such process", sys.setaffinity({ 0 }, nobody))
    support.fails("EINVAL", "^setaffinity: Invalid argument", support.child(function()
      return sys.setaffinity { 8191 }
    end))
    support.fails("EINVAL", "^setaffinity: Invalid argument", support.child(function() return sys.setaffinity {} end))
    local ended <close> = assert(sys.clone(0, function() end))
    local pidfd <close> = assert(ended:fd())
    ended:wait()
    for _, gone in ipairs { ended, pidfd } do
      support.fails("ESRCH", "^getpriority: No such process", sys.getpriority(gone))
      support.fails("ESRCH", "^getrlimit %d+: No such process", sys.getrlimit(sys.RLIMIT_CORE, gone))
    end
    local file <close> = assert(sys.open("/"))
    support.fails("EINVAL", "^getaffinity: Invalid argument", sys.getaffinity(file))
  end)

  it("cannot be raised by an ordinary user", function()
    local uid = support.users[#support.users]
    if uid == 0 then pending("needs an ordinary user") end
    local limit, nice = support.child({ uid = uid }, function()
      assert(sys.setrlimit(sys.RLIMIT_NOFILE, 100))
      return { sys.setrlimit(sys.RLIMIT_NOFILE, 100, 101) }, { sys.setpriority(-5) }
    end)
    support.fails("EPERM", "^setrlimit %d+: Operation not permitted", table.unpack(limit, 1, 3))
    support.fails("EACCES", "^setpriority %-5: Permission denied", table.unpack(nice, 1, 3))
  end)

  it("raise for wrong arguments, as the prctl switches do", function()
    support.misuse(1, "getrlimit", "number expected, got string", "RLIMIT_CORE")
    support.misuse(1, "getrlimit", "%-1 is out of range", -1)
    support.misuse(2, "getrlimit", "process .* expected, got string", 0, "self")
    support.misuse(2, "setrlimit", "number expected, got no value", 0)
    support.misuse(2, "setrlimit", "%-2 is out of range", 0, -2)
    support.misuse(3, "setrlimit", "number has no integer representation", 0, 0, 1.5)
    support.misuse(1, "setpriority", "20 is out of range: %-20 to 19", 20)
    support.misuse(1, "setpriority", "number expected, got nil", nil)
    support.misuse(1, "getpriority", "0 is out of range", 0)
    support.misuse(1, "setaffinity", "table expected, got number", 0)
    support.misuse(1, "setaffinity", "entry 2: processor 0 to 8191 expected", { 0, 8192 })
    support.misuse(1, "setaffinity", "entry 1: processor", { "0" })
    support.misuse(1, "set_pdeathsig", "65 is out of range", 65)
    support.misuse(1, "set_pdeathsig", "number expected, got no value")
    support.misuse(1, "set_name", "string expected, got number", 1)
    support.misuse(1, "set_name", "string with an embedded NUL", "a\0b")
    for _, name in ipairs { "set_dumpable", "set_subreaper" } do
      support.misuse(1, name, "boolean expected, got number", 1)
      support.misuse(1, name, "boolean expected, got no value")
    end
  end)
end)
