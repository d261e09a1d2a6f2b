--- sys.plan: what a compiled plan promises, seen from inside and outside of the sandboxes that it spawns.

local sys = require "nsengine.sys"
local support = require "support"

local RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
local all = sys.CLONE_NEWUSER | sys.CLONE_NEWNS | sys.CLONE_NEWPID | sys.CLONE_NEWNET | sys.CLONE_NEWIPC
  | sys.CLONE_NEWUTS | sys.CLONE_NEWCGROUP

local function options(...)
  local parts = {}
  for i, option in ipairs { ... } do parts[i] = option .. "\0" end
  return table.concat(parts)
end

--- The steps of an ordinary sandbox; `extra` adds others, by their phase.
local function steps(extra)
  extra = extra or {}
  local list = {}
  local function add(more, ...)
    for _, step in ipairs(more or {}) do list[#list + 1] = step end
    for _, step in ipairs { ... } do list[#list + 1] = step end
  end
  add(extra.names, { "keyring" }, { "private" }, { "scratch" })
  add(extra.root or { { "root_bind", "/", RDONLY | NOSUID, 1 } },
    { "filesystem", "proc", "/proc", "", NOSUID | NODEV | NOEXEC })
  add(extra.mounts, { "pivot" }, { "link_up", "lo" })
  add(extra.setup)
  add(extra.drop, { "capabilities", 0, 0xef, 0 }, { "no_new_privs", 1 }, { "stdio" }, { "session" })
  add(extra.payload or { { "chdir", "/" } }, { "scrub", 0 })
  add(extra.limits, { "umask", 18 })
  return list
end

local function description(extra)
  local ids = sys.getids()
  local spec = {
    flags = all, init = not extra or extra.init ~= false,
    uid_map = { { ids.euid, ids.euid, 1 } }, gid_map = { { ids.egid, ids.egid, 1 } },
    steps = steps(extra),
  }
  for key, value in pairs(extra and extra.header or {}) do spec[key] = value end
  return spec
end

local function plan(extra) return assert(sys.plan(description(extra))) end

--- Runs a command in a sandbox with `extra`; returns its output, and how it ended.
local function run(extra, command, spawn)
  local reader, writer = assert(sys.pipe())
  local _reader <close> = reader
  local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
  local how = { argv = command, env = { "PATH=/usr/bin:/bin" }, path = "/usr/bin:/bin",
    fds = { [0] = null, writer, writer } }
  for key, value in pairs(spawn or {}) do how[key] = value end
  local compiled = type(extra) == "userdata" and extra or plan(extra)
  local process, message, errno, details = compiled:spawn(how)
  writer:close()
  if not process then return nil, message, errno, details end
  local _process <close> = process
  local parts = {}
  repeat
    parts[#parts + 1] = assert(reader:read())
  until parts[#parts] == ""
  local _, kind, number = process:wait(30)
  return { out = table.concat(parts), kind = kind, number = number, process = process }
end

local function sh(extra, script, spawn) return run(extra, { "sh", "-c", script }, spawn) end

--- A spec for root and for an ordinary user. If it returns a string, that is what this machine lacks.
local function each_user(name, fn)
  for _, uid in ipairs(support.users) do
    it(("%s (uid %d)"):format(name, uid), function()
      local lacks = support.child({ uid = uid }, fn)
      if lacks then return pending(lacks) end
    end)
  end
end

describe("a spawn", function()
  each_user("cannot pass on a descriptor that is not open, for its number may be one of the engine's", function()
    local compiled = plan()
    for _, init in ipairs { true, false } do
      for number = 40, 60 do
        assert.is_nil(sys.isatty(number)) -- not open
        local result, message, errno, details = run(init and compiled or { init = false }, { "true" },
          { fds = { [0] = 2, 2, 2, number } })
        assert.same({ nil, ("spawn: descriptor %d: Bad file descriptor (EBADF)"):format(number), sys.EBADF, "prepare" },
          { result, message, errno, details and details.stage })
      end
    end
  end)
end)

describe("a plan", function()
  it("is refused if its steps are out of order, even within a phase", function()
    local spec = description()
    table.insert(spec.steps, 1, { "pivot" })
    support.raises("step 2 %(keyring%): its place is before 'pivot'", sys.plan, spec)
    local drop = { { "ids", 1, 1 }, { "userns" }, { "capabilities", 0, 0xef, 0 }, { "no_new_privs", 1 } }
    for i = 2, #drop do
      spec = description()
      for at = #spec.steps, 1, -1 do
        if spec.steps[at][1] == "capabilities" or spec.steps[at][1] == "no_new_privs" then
          table.remove(spec.steps, at)
        elseif spec.steps[at][1] == "stdio" then
          for n = #drop, 1, -1 do table.insert(spec.steps, at, drop[n]) end
          table.insert(spec.steps, at, drop[i])
          table.remove(spec.steps, at + i)
        end
      end
      support.raises(("%%(%s%%): its place is before '%s'"):format(drop[1][1], drop[i][1]), sys.plan, spec)
    end
    spec = description { limits = { { "rlimit", 7, 64, 64 } } }
    table.insert(spec.steps, #spec.steps, { "scrub", 0 }) -- it would undo the limit
    support.raises("%(scrub%): its place is before 'rlimit'", sys.plan, spec)
  end)

  it("is refused if a step that makes sense once is there twice", function()
    local second = {
      private = {}, scratch = {}, root_bind = { "/", 0, 1 }, pivot = {}, stdio = {},
      capabilities = { 0, 0, 0 }, no_new_privs = { 0 },
    }
    for name, values in pairs(second) do
      local spec = description()
      for at = #spec.steps, 1, -1 do
        if spec.steps[at][1] == name then table.insert(spec.steps, at + 1, { name, table.unpack(values) }) end
      end
      support.raises("%(" .. name .. "%): only one can be in a plan", sys.plan, spec)
    end
    for _, case in ipairs { { "setup", "setup" }, { "drop", "setgroups", "" }, { "drop", "ids", 1, 1 },
      { "drop", "userns" }, { "payload", "landlock", 4, 1, 0 }, { "payload", "landlock_restrict", 0 } } do
      local step = { table.unpack(case, 2) }
      support.raises("%(" .. case[2] .. "%): only one can be in a plan", plan, { [case[1]] = { step, step } })
    end
    support.raises("%(hold%): only one", plan, { setup = { { "hold" }, { "hold" } } })
    support.raises("%(root_bind%): only one", plan, { root = { { "root_tmpfs", "", 0 }, { "root_bind", "/", 0, 1 } } })
  end)

  it("can have mounts and landlock rules in any order", function()
    plan { mounts = { { "mask", "/a" }, { "bind", "/", "/b", 1, 1 }, { "mask", "/c" } },
      payload = { { "chdir", "/" }, { "landlock", 4, 1, 0 }, { "landlock_port", 80, 1 },
        { "landlock_path", "/usr", 4, 4, 0 }, { "landlock_restrict", 0 } } }
  end)

  it("is refused without the steps that every sandbox needs", function()
    for _, name in ipairs { "capabilities", "no_new_privs", "stdio", "scrub", "private", "scratch", "pivot" } do
      local spec = description()
      for i = #spec.steps, 1, -1 do
        if spec.steps[i][1] == name then table.remove(spec.steps, i) end
      end
      support.raises("the step '" .. name .. "' is missing", sys.plan, spec)
    end
  end)

  it("is refused with the step and the value that it does not understand", function()
    local function with(step)
      local spec = description()
      spec.steps[1] = step
      return spec
    end
    support.raises("step 1: unknown step 'hostnam'", sys.plan, with { "hostnam", "x" })
    support.raises("step 1 %(hostname%): value 1: string expected", sys.plan, with { "hostname", 7 })
    support.raises("step 1 %(hostname%): value 1: string expected", sys.plan, with { "hostname", "a\0b" })
    support.raises("step 1 %(oom_score%): value 1: integer expected", sys.plan, with { "oom_score", "x" })
    support.raises("step 1 %(keyring%): 0 values expected", sys.plan, with { "keyring", 1 })
    support.raises("step 1: .* expected", sys.plan, with { 5 })
    support.raises("field 'uid_map': range 1", sys.plan, { uid_map = { { 0, -1, 1 } }, steps = {} })
    support.raises("field 'flags'", sys.plan, { flags = 1, steps = {} })
  end)

  it("can have the steps of sys.step_list, which names their calls", function()
    local found
    for _, info in ipairs(sys.step_list()) do
      if info.name == "hostname" then found = info end
    end
    assert.same({ name = "hostname", phase = "names", shape = "s", calls = "sethostname" }, found)
  end)

  each_user("can be spawned any number of times, and leaves nothing behind", function()
    local compiled = plan()
    run(compiled, { "true" })
    local before = #support.descriptors()
    for i = 1, 30 do
      local result = assert(sh(compiled, "exit " .. i))
      assert(result.kind == "exit" and result.number == i)
    end
    assert(#support.descriptors() == before, "a descriptor was left")
    assert(sys.waitpid(-1) == nil, "a process was left")
  end)
end)

describe("the payload of a plan", function()
  each_user("has no capability in any set, and cannot gain one", function()
    local out = assert(sh(nil, "grep -E '^(Cap|NoNew)' /proc/self/status")).out
    for set in ("Inh Prm Eff Bnd Amb"):gmatch("%a+") do assert(out:find("Cap" .. set .. ":%s+0+\n"), out) end
    assert(out:find("NoNewPrivs:%s+1"), out)
  end)

  each_user("is a child of an init that is pid 1, or pid 1 itself", function()
    assert(sh(nil, "echo $$ $PPID").out == "2 1\n")
    assert(sh({ init = false }, "echo $$ $PPID").out == "1 0\n")
  end)

  it("has default signal actions and an empty mask, whatever the caller ignores", function()
    local ignoring = "trap '' INT TERM CHLD PIPE HUP; exec \"$0\" -e \"$1\""
    local result = support.run { "sh", "-c", ignoring, support.launcher(), [[
      local sys = require "nsengine.sys"
      local ids = sys.getids()
      local plan = sys.plan { flags = sys.CLONE_NEWUSER | sys.CLONE_NEWPID, init = true,
        uid_map = { { 0, ids.euid, 1 } }, gid_map = { { 0, ids.egid, 1 } },
        steps = { { "capabilities", 0, 0xef, 0 }, { "no_new_privs", 1 }, { "stdio" }, { "session" }, { "scrub", 0 } } }
      local p <close> = assert(plan:spawn { argv = { "/bin/grep", "^Sig[BI]", "/proc/self/status" }, env = {},
        fds = { [0] = 0, 1, 2 } })
      return p:wait() ]] }
    assert.equal("", result.stderr)
    assert.equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", result.stdout)
  end)

  each_user("has only the descriptors that it was given", function()
    local secret <close> = assert(sys.open("/etc/passwd"))
    -- below the highest that it is given, right above that, and far above
    for _, number in ipairs { 20, 39, 41, 44, 45, 46, 300 } do assert(secret:dup(number)) end
    local extra <close> = assert(sys.open("/etc/hostname"))
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    for _, init in ipairs { true, false } do
      local reader, writer = assert(sys.pipe())
      local process <close> = assert(plan({ init = init }):spawn {
        argv = { "/bin/sh", "-c", "ls /proc/self/fd; readlink /proc/self/fd/40" }, env = { "PATH=/usr/bin:/bin" },
        fds = { [0] = null, writer, writer, [40] = extra },
      })
      writer:close()
      local text = ""
      repeat
        local data = assert(reader:read())
        text = text .. data
      until data == ""
      reader:close()
      process:wait()
      -- 3 is the directory that ls reads
      assert(text == "0\n1\n2\n3\n40\n/etc/hostname\n", text)
    end
  end)

  each_user("holds nothing else of its caller's open, and neither does its init", function()
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    for _, init in ipairs { true, false } do
      local reader, writer = assert(sys.pipe())
      local numbers = { 20, 39, 41, 44, 45, 46, 300 }
      for _, number in ipairs(numbers) do assert(writer:dup(number)) end
      local process <close> = assert(plan({ init = init }):spawn {
        argv = { "/bin/sleep", "1000" }, env = {}, fds = { [0] = null, null, null, [40] = null },
      })
      writer:close()
      for _, number in ipairs(numbers) do assert(sys.close_range(number, number)) end
      assert(#sys.poll({ { reader, "r" } }, 10) == 1, "a pipe of the caller's stays open")
      assert(reader:read() == "" and process:alive())
      reader:close()
    end
  end)

  each_user("cannot leave its root by '..'", function()
    local ids = sys.getids()
    for _, root in ipairs { "/" } do
      local extra = {
        root = { { "root_bind", root, RDONLY, 1 } },
        mounts = { { "dev", "/dev", ids.euid, ids.egid, 1 << 20 },
          { "file", "/made/by/us", "text", 420, ids.euid, ids.egid }, { "bind", "/", "/host", RDONLY, 1 } },
      }
      local result = assert(run(extra, { "/bin/sh", "-c", "stat -c %d:%i / /.. /../.. /made/..; cat /made/by/us" },
        { path = "/bin" }))
      local ids_seen = {}
      for id in result.out:gmatch("%d+:%d+") do ids_seen[id] = true end
      assert(result.out:find("text$"), result.out)
      assert(next(ids_seen, next(ids_seen)) == nil, "more than one root: " .. result.out)
    end
  end)

  each_user("has mount points that do not exist on the host", function()
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/below", 493))
    assert(sys.writefile(dir.path .. "/file", "outside"))
    assert(sys.symlink("file", dir.path .. "/link"))
    local result = assert(sh({ mounts = { { "bind", "/usr", dir.path .. "/below/a/b/usr", RDONLY, 1 } } },
      ("cd %s; ls below/a/b/usr/bin/env; cat link; ls; touch new below/new below/a/new 2>/dev/null; ls below/a; exit 0")
      :format(dir.path)))
    assert(result.out == "below/a/b/usr/bin/env\noutsidebelow\nfile\nlink\nb\n", result.out)
    assert(#sys.list(dir.path .. "/below") == 0, "made on the host")
    assert(#sys.list(dir.path) == 3)
  end)

  each_user("cannot write through a read-only bind, or to a mount below it", function()
    local dir <close> = support.tempdir()
    local out = assert(sh(nil, ("touch %s/x /tmp/x /dev/shm/x 2>&1"):format(dir.path))).out
    local _, refused = out:gsub("Read%-only file system", "")
    assert(refused == 3, out)
  end)

  each_user("cannot read a masked file or directory, and a missing one needs no mask", function()
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/d", 511))
    assert(sys.writefile(dir.path .. "/d/secret", "s"))
    assert(sys.writefile(dir.path .. "/f", "secret"))
    local result = assert(sh({
      root = { { "root_bind", "/", 0, 1 } },
      mounts = { { "mask", dir.path .. "/d" }, { "mask", dir.path .. "/f" }, { "mask", dir.path .. "/missing" } },
    }, ("cd %s; cat f d/secret; ls d; echo over > f; ls"):format(dir.path)))
    assert(not result.out:find("secret\n"), result.out)
    assert(result.out:find("d\nf\n$"), result.out)
    assert(sys.readfile(dir.path .. "/f") == "secret")
  end)

  each_user("has the clock offsets of its time namespace", function()
    local result, message, errno = sh({ names = { { "timens", 0, 86400 * 10 ^ 9 // 1 | 0 } } },
      "cut -d. -f1 /proc/uptime")
    if not result and errno == sys.EPERM then return "the clocks of a time namespace may not be set here" end
    local outside = tonumber(sys.readfile("/proc/uptime"):match("%d+"))
    assert(result, message)
    assert(math.abs(tonumber(result.out) - outside - 86400) < 5, result.out)
  end)
end)

describe("the terminal of a sandbox", function()
  it("is its /dev/console, which no other terminal of the same name and number is", function()
    local before, after = support.apart(function()
      local ids = sys.getids()
      local function console(slave)
        local reader, writer = assert(sys.pipe())
        local _ <close> = assert(plan({ mounts = { { "dev", "/dev", ids.euid, ids.egid, 1 << 20 } } }):spawn {
          argv = { "/bin/sh", "-c", "test -e /dev/console && echo yes || echo no" }, env = {}, terminal = true,
          fds = { [0] = slave, writer, writer } })
        writer:close()
        return reader:read()
      end
      local master <close>, slave = assert(sys.openpty())
      local name = assert(sys.readlink("/proc/self/fd/" .. slave:fileno()))
      local before = console(slave)
      assert(sys.mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"))
      local others = {}
      repeat others[#others + 1] = { assert(sys.openpty()) } until sys.stat(name)
      assert(sys.stat(name).rdev == sys.stat(slave).rdev and master)
      return before, console(slave)
    end)
    assert.same({ "yes\n", "no\n" }, { before, after })
  end)
end)

describe("the init of a sandbox", function()
  each_user("passes on the payload's exit status and signal", function()
    local result = assert(sh(nil, "exit 37"))
    assert(result.kind == "exit" and result.number == 37)
    result = assert(sh(nil, "kill -SEGV $$"))
    assert(result.kind == "signal" and result.number == sys.SIGSEGV)
  end)

  each_user("reaps orphans, and ends with the payload even if they live", function()
    local result = assert(sh(nil, [[
      orphan=$( (sleep 0.01 >/dev/null & echo $!) ); (sleep 100 &); n=0
      while [ -e /proc/$orphan ] && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.05; done
      cat /proc/$orphan/stat 2>/dev/null; echo "waited for $orphan"]]))
    assert(result.out:find("^waited for %d+\n$"), result.out)
  end)

  each_user("passes signals on to the payload, also the one by which it is told to end", function()
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    for _, signal in ipairs { sys.SIGTERM, sys.SIGHUP, 34, 64 } do
      local reader, writer = assert(sys.pipe())
      local process <close> = assert(plan():spawn {
        argv = { "/bin/sh", "-c", ("trap 'exit 9' %d; echo up; while :; do sleep 0.01; done"):format(signal) },
        env = { "PATH=/usr/bin:/bin" }, fds = { [0] = null, writer, null },
      })
      writer:close()
      assert(reader:read() == "up\n")
      reader:close()
      assert(process:kill(signal))
      local _, kind, number = process:wait(10)
      assert(kind == "exit" and number == 9, ("%d: %s %s"):format(signal, kind, number))
    end
  end)

  each_user("keeps nothing open that the payload has closed", function()
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    local reader, writer = assert(sys.pipe())
    local process <close> = assert(plan():spawn {
      argv = { "/bin/sh", "-c", "exec >/dev/null 2>&1 7>&-; exec sleep 1000" }, env = { "PATH=/usr/bin:/bin" },
      fds = { [0] = null, writer, writer, [7] = writer },
    })
    writer:close()
    assert(#sys.poll({ { reader, "r" } }, 10) == 1, "a pipe of the payload's stays open")
    assert(reader:read() == "" and process:alive())
    reader:close()
  end)

  each_user("is a program that nothing can change, for the next sandbox neither", function()
    local function image()
      for _, name in ipairs(sys.list "/proc/self/fd") do
        local path = "/proc/self/fd/" .. name
        if (sys.readlink(path) or ""):find("memfd:nsengine-init", 1, true) then return path end
      end
    end
    assert(sh(nil, "true"))
    local path = assert(image(), "its file is not found")
    for _, flags in ipairs { 0, sys.O_TRUNC, sys.O_APPEND } do
      local ok, _, errno = sys.writefile(path, "changed", sys.O_WRONLY | flags)
      assert(not ok and errno == sys.EPERM, flags)
    end
    assert(sh(nil, "exit 5").number == 5)
  end)

  each_user("shows its own name, and not the payload's words", function()
    -- It hides them once the command runs.
    local result = assert(run(nil, { "sh", "-c", [[n=0
      words() { cat /proc/1/comm; tr -d '\0' < /proc/1/cmdline; }
      while words | grep -q 'memfd\|secret' && [ $n -lt 500 ]; do n=$((n + 1)); sleep 0.01; done
      words]], "a", "secret" }))
    assert(result.out == "nsengine-init\nnsengine-init", result.out)
  end)

  each_user("is not stopped in place of the payload, and can be ended if somebody stops it", function()
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    local how = { argv = { "/bin/sleep", "100" }, env = {}, fds = { [0] = null, null, null } }
    local process <close> = assert(plan():spawn(how))
    local _, _, errno = process:kill(sys.SIGSTOP)
    assert(errno == sys.EINVAL)
    assert(sys.kill(process:pid(), sys.SIGSTOP))
    assert(process:finish())
    local _, kind, number = process:wait(10)
    assert(kind == "signal" and number == sys.SIGKILL, kind)
    how.fds = { [0] = null, null, null }
    local alone <close> = assert(plan({ init = false }):spawn(how))
    assert(alone:kill(sys.SIGSTOP)) -- the command itself
  end)

  each_user("kills everything on finish(), and reports what was used", function()
    local null <close> = assert(sys.open("/dev/null", sys.O_RDWR))
    local process <close> = assert(plan():spawn { argv = { "/bin/sleep", "100" }, env = {},
      fds = { [0] = null, null, null } })
    assert(process:finish())
    local _, kind, number = process:wait(10)
    assert(kind == "signal" and number == sys.SIGKILL)
    local usage = process:usage()
    assert(math.type(usage.memory) == "integer")
    assert(usage.cpu_user >= 0 and usage.cpu_system >= 0)
  end)

  each_user("cannot be read, stopped or killed by the payload", function()
    local out = assert(sh(nil, [[cat /proc/1/environ /proc/1/maps 2>&1; ls -l /proc/1/exe 2>&1
      kill -STOP 1; kill -KILL 1; echo alive]])).out
    local _, denied = out:gsub("Permission denied", "")
    assert(denied == 3 and out:find("alive\n$"), out)
  end)

  it("reports the command's own peak of memory, not the caller's", function()
    local ballast = ("x"):rep(200 << 20)
    local peak = assert(sh(nil, "head -c 30m /dev/zero | tail -c 30m | wc -c")).process:usage().memory
    assert.is_true(peak > 25 << 20 and peak < 90 << 20, tostring(peak))
    assert.equal(200 << 20, #ballast)
  end)

  it("reports that peak also for a user whose ids a helper maps", function()
    local ballast = ("x"):rep(200 << 20)
    local peak = require("nsengine").sandbox { fs = { ["/"] = require("nsengine").ro "/" } }:run { "/bin/true" }.memory
    assert.is_true(peak < 50 << 20, tostring(peak))
    assert.equal(200 << 20, #ballast)
  end)
end)

describe("a spawn that fails", function()
  each_user("does so if its filter is no whole number of instructions", function()
    local allow = string.pack("=I2BBI4", 6, 0, 0, 0x7fff0000)
    local function filtered(program)
      local spec = description()
      table.insert(spec.steps, { "filter", program, 0 })
      return sh(assert(sys.plan(spec)), "exit 3")
    end
    assert(filtered(allow).number == 3)
    for cut = 1, 7 do
      local _, _, errno, details = filtered(allow .. allow:sub(1, cut))
      assert(errno == sys.EINVAL and details.call == "seccomp", cut)
    end
  end)

  each_user("names the step and the call, and leaves nothing behind", function()
    local before = #support.descriptors()
    local _, message, errno, details = sh({ mounts = { { "bind", "/nonexistent/source", "/mnt", 0, 1 } } }, "true")
    assert(message == "spawn: bind: open_tree: No such file or directory (ENOENT)", message)
    assert(errno == sys.ENOENT and details.stage == "step" and details.call == "open_tree")
    assert(details.step == 6)
    assert(#support.descriptors() == before, "a descriptor was left")
    assert(sys.waitpid(-1) == nil, "a process was left")
  end)

  each_user("says that the command was not found, or may not be executed", function()
    local _, message, errno, details = run(nil, { "no-such-command" })
    assert(errno == sys.ENOENT and details.stage == "exec" and details.call == "execve", message)
    _, message, errno, details = run(nil, { "/etc/passwd" })
    assert(errno == sys.EACCES and details.stage == "exec", message)
  end)

  each_user("does not run the command if its working directory is missing", function()
    local _, message, errno, details = sh({ payload = { { "chdir", "/nonexistent" } } }, "echo ran")
    assert(errno == sys.ENOENT and details.stage == "step" and details.call == "chdir", message)
  end)
end)

describe("the setup function of a plan", function()
  local function with_setup(fn) return { setup = { { "setup" } } }, { setup = fn } end

  each_user("runs inside, after the mounts and before privileges are dropped", function()
    local extra, spawn = with_setup(function()
      assert(sys.sethostname("from-setup"))
      assert(sys.mount("scratch", "/mnt", "tmpfs"))
      assert(sys.writefile("/mnt/made", "by lua"))
    end)
    local result = assert(sh(extra, "hostname; cat /mnt/made", spawn))
    assert(result.out == "from-setup\nby lua", result.out)
    assert(sys.gethostname() ~= "from-setup")
  end)

  each_user("prevents the sandbox by an error, which is returned with its traceback", function()
    local extra, spawn = with_setup(function() error("no cheese", 0) end)
    local result, _, errno, details = sh(extra, "echo ran", spawn)
    assert(result == nil and errno == sys.ECANCELED and details.stage == "step")
    assert(details.setup_error:find("^no cheese\nstack traceback:"), details.setup_error)
  end)
end)

describe("a plan's id maps", function()
  it("let root's payload be nobody outside and root inside", function()
    if not support.root then return pending("takes root") end
    local full = { { 0, 0, 4294967295 } }
    local extra = {
      header = { uid_map = full, gid_map = full, setgroups = "allow",
        inner = { uid_map = { { 0, 65534, 1 } }, gid_map = { { 0, 65534, 1 } } } },
      mounts = { { "filesystem", "tmpfs", "/tmp", options("mode=700", "uid=65534", "gid=65534"), NOSUID } },
      drop = { { "setgroups", "" }, { "ids", 65534, 65534 }, { "userns" } },
    }
    local result = assert(sh(extra, [[id -u; id -G; cat /proc/self/uid_map; touch /tmp/x && stat -c %u /tmp/x
      cat /etc/shadow 2>/dev/null || echo closed]]))
    assert.equal("0\n0\n         0      65534          1\n0\nclosed\n", result.out)
  end)

  each_user("make a payload without a map nobody", function()
    local result = assert(sh({ header = { inner = {} }, drop = { { "userns" } } }, "id -u; id -g"))
    assert(result.out == "65534\n65534\n", result.out)
  end)
end)

describe("a sandbox in a container", function()
  it("can be made although a filter hides clone3", function()
    for _, user in ipairs { "root", "nobody" } do
      local result = support.run { "strace", "-f", "-o", "/dev/null", "-e", "inject=clone3:error=ENOSYS",
        support.launcher(), "-e", ([[
          local ns = require "nsengine"
          return ns.sandbox { user = %q, fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc },
            cmd = { "/bin/sh", "-c", "echo $$; grep ^CapEff /proc/self/status" } }]]):format(user) }
      assert.equal("", result.stderr)
      assert.truthy(result.stdout:find("^%d+\nCapEff:%s+0+\n$"), result.stdout)
    end
  end)

  it("reports a command that cannot be executed, whatever its filter forbids", function()
    for _, init in ipairs { true, false } do
      local result = support.run { "strace", "-f", "-o", "/dev/null", "-e", "inject=clone3:error=ENOSYS",
        support.launcher(), "-e", ([[
          local ns = require "nsengine"
          return ns.sandbox { init = %s, fs = { ["/"] = ns.ro "/" }, seccomp = { deny = { "write" } },
            cmd = { "/nothere" } }]]):format(init) }
      assert.equal(127, result.code)
      assert.matches("execve /nothere: No such file or directory (ENOENT)", result.stderr, 1, true)
    end
  end)
end)
