--- What landlock enforces, tested from inside: in addition to mounts, and alone, without any namespace.
local support = require "support"
local sys = require "nsengine.sys"

local ABI = sys.landlock_abi()

--- What this kernel cannot restrict without namespaces.
local function open_words()
  local words = {}
  if ABI < 10 then words[#words + 1] = '"udp"' end
  if ABI < 9 then words[#words + 1] = '"unix"' end
  return table.concat(words, ", ")
end

--- The beginning of a sandbox in which landlock is tested.
local modes = {
  ["on top of the mounts"] = [[
    fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev, ["/proc"] = ns.proc, [dir] = ns.rw(dir) },]],
  ["alone"] = [[share = "all",]],
}

local needs = ABI < 6 and "needs landlock's ABI 6 (Linux 6.12), this kernel has " .. ABI

local function try(promise, names, fn)
  for _, mode in ipairs(names) do
    for _, uid in ipairs(support.users) do
      it(("%s, %s, as uid %d"):format(promise, mode, uid), function()
        if needs then return pending(needs) end
        local dir <close> = support.tempdir()
        fn(dir.path, uid, mode)
      end)
    end
  end
end

local function both(promise, fn) try(promise, { "on top of the mounts", "alone" }, fn) end

--- Runs a shell `command` with `rules`, Lua where `dir` is the test's directory. The system's programs can be run.
--- `fields`: what else the sandbox has. Returns all output, and the result.
local function run(dir, uid, mode, rules, command, fields, options)
  local connect = rules:find("connect", 1, true) and "" or (", connect = { %s }"):format(open_words())
  local given = { uid = uid }
  for key, value in pairs(options or {}) do given[key] = value end
  local result = support.recipe(([[
    local ns = require "nsengine"
    local dir = %q
    return ns.sandbox { %s landlock = { exec = { "/usr", "/dev/null" }, %s %s },
      cmd = { "/bin/sh", "-c", %q }, cwd = dir, %s }
  ]]):format(dir, modes[mode], rules, connect, command, fields or ""), given)
  return result.stdout .. result.stderr, result
end

--- A tree: r to read, w to write, x for nobody, each with a file and a directory.
local function plant(dir)
  for _, name in ipairs { "r", "w", "x" } do
    assert(sys.mkdir(dir .. "/" .. name, 511))
    assert(sys.mkdir(dir .. "/" .. name .. "/d", 511))
    assert(sys.writefile(dir .. "/" .. name .. "/f", name))
    for _, path in ipairs { "", "/d" } do assert(sys.chmod(dir .. "/" .. name .. path, 511)) end
    assert(sys.chmod(dir .. "/" .. name .. "/f", 438))
  end
end

--- A script that tells for each of its lines whether it worked: "yes no yes".
local function answers(...)
  local lines = {}
  for i, line in ipairs { ... } do
    lines[i] = ("if out=$( (%s) 2>&1 ); then printf 'yes '; else printf 'no '; fi"):format(line)
  end
  return table.concat(lines, "\n")
end

local function perl(text) return ("perl -e '%s'"):format(text) end

local RULES <const> = [[read = { dir .. "/r" }, write = { dir .. "/w" }]]

describe("landlock", function()
  both("lets the command read what it names, and nothing else", function(dir, uid, mode)
    plant(dir)
    assert.equal("yes yes yes yes no no no ", (run(dir, uid, mode, RULES, answers("cat r/f", "ls r/d", "cat w/f",
      "ls w", "cat x/f", "ls x", "cat /etc/passwd"))))
  end)

  both("lets the command change what it names, and nothing else", function(dir, uid, mode)
    plant(dir)
    assert.equal("yes yes yes yes yes yes ", (run(dir, uid, mode, RULES, answers("echo 1 > w/f", "echo 1 > w/new",
      "mkdir w/e", "ln -s f w/l", "rm w/new", "rmdir w/e"))))
    assert.equal("no no no no no no no ", (run(dir, uid, mode, RULES, answers("echo 1 >> r/f", "echo 1 > r/new",
      "mkdir r/e", "ln -s f r/l", "rm r/f", "rmdir r/d", "mkfifo r/p"))))
    assert.equal("r", sys.readfile(dir .. "/r/f"))
  end)

  both("lets the command truncate only what it may write", function(dir, uid, mode)
    plant(dir)
    local function cut(name) return perl(('truncate("%s", 0) or exit 1'):format(name)) end
    assert.equal("yes no no ", (run(dir, uid, mode, RULES, answers(cut "w/f", cut "r/f", cut "x/f"))))
    assert.equal("r", sys.readfile(dir .. "/r/f"))
  end)

  both("lets the command execute only what exec names, not what it may read or write", function(dir, uid, mode)
    plant(dir)
    assert(os.execute(("cp /bin/true %s/r/t && cp /bin/true %s/w/t && chmod 755 %s/r/t %s/w/t"):format(dir, dir, dir,
      dir)))
    assert.equal("yes no no no ", (run(dir, uid, mode, RULES, answers("/bin/true", "r/t", "w/t",
      "cp w/t w/u && chmod 755 w/u && w/u"))))
    assert.equal("yes ", (run(dir, uid, mode, [[read = { dir .. "/r" }, exec = { "/usr", dir .. "/w" }]],
      answers "w/t")))
  end)

  both("lets the command rename and link within what it may write, but not across its edge", function(dir, uid, mode)
    plant(dir)
    assert(sys.mkdir(dir .. "/w/e", 511))
    assert(sys.chmod(dir .. "/w/e", 511))
    local function move(from, to) return perl(('rename("%s", "%s") or exit 1'):format(from, to)) end
    assert.equal("no no no no no no yes yes ", (run(dir, uid, mode, RULES, answers(move("w/f", "x/g"),
      move("x/f", "w/g"), move("r/f", "w/g"), move("w/f", "r/g"), "ln x/f w/g", "ln w/f x/g",
      move("w/f", "w/e/f"), "ln w/e/f w/g"))))
  end)

  both("cannot be bypassed by links and '..'", function(dir, uid, mode)
    plant(dir)
    assert.equal("yes yes no no no no no no ", (run(dir, uid, mode,
      [[read = { dir .. "/r", "/proc" }, write = { dir .. "/w" }]], answers(
      "ln -s ../r/f w/l && cat w/l", "cat w/../r/f", "cat w/../x/f", "ln -s ../x/f w/k && cat w/k", "echo 1 > w/k",
      "cat r/../x/f", ("cat /proc/self/root%s/x/f"):format(dir), "cat /proc/self/cwd/x/f"))))
  end)

  both("refuses an entry that is reached through a symbolic link", function(dir, uid, mode)
    plant(dir)
    assert(sys.symlink("x", dir .. "/link"))
    for _, case in ipairs { { "/link" }, { "/link/f" }, { "/link", 'optional = { "landlock" }' } } do
      local path = case[1]
      local out, result = run(dir, uid, mode, ([[write = { dir .. %q }]]):format(path), "true", case[2])
      assert.equal(125, result.code)
      assert.equal(("nsengine: %s:3: landlock.write: openat2 %s%s: Too many levels of symbolic links (ELOOP)\n"
        .. "  hint: there is a symbolic link on the path, and whoever can change it could point it elsewhere: "
        .. "write the path that it leads to\n"):format(result.path, dir, path), out)
    end
  end)

  both("names the missing entry, unless its word is optional", function(dir, uid, mode)
    local out, result = run(dir, uid, mode, [[read = { dir .. "/gone" }]], "true")
    assert.equal(125, result.code)
    local text = "nsengine: %s:3: landlock.read: openat2 %s/gone: No such file or directory (ENOENT)\n"
      .. "  hint: landlock's paths are paths inside the sandbox: does fs provide this one?\n"
    assert.equal(text:format(result.path, dir), out)
    out = run(dir, uid, mode, [[read = { dir .. "/gone" }]], "echo runs", [[optional = { "landlock.read" }]])
    assert.equal("runs\n", out)
  end)

  both("denies ioctl(2) on devices that the command may not write to", function(dir, uid, mode)
    -- RNDGETENTCNT
    local function entropy(name)
      return perl(('open(F, "<", "/dev/%s") or exit 2; $n = pack("i", 0); ioctl(F, 0x80045200, $n) or exit 1')
        :format(name))
    end
    local rules = [[read = { "/dev/random" }, write = { "/dev/urandom" }]]
    assert.equal("no yes ", (run(dir, uid, mode, rules, answers(entropy "random", entropy "urandom"))))
  end)

  both("lets the command use the ports that it names, and no others", function(dir, uid, mode)
    local port = 20000 + sys.getpid() % 20000
    local script = ([[perl -e '
      use Socket;
      sub at { sockaddr_in($_[0], INADDR_LOOPBACK) }
      sub tcp { socket(my $s, PF_INET, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); $s }
      $a = tcp; print bind($a, at(%d)) && listen($a, 5) ? "yes " : "no ";
      $b = tcp; print bind($b, at(%d)) ? "yes " : $!{EACCES} ? "no " : "$! ";
      $c = tcp; print connect($c, at(%d)) ? "yes " : "no ";
      $d = tcp; print connect($d, at(%d)) ? "yes " : $!{EACCES} ? "no " : "$! ";
      $e = tcp; print defined(send($e, "x", 0x20000000, at(%d))) ? "yes " : "no "; # MSG_FASTOPEN
    ']]):format(port, port + 1, port, port + 1, port)
    local function rules(connect, bind)
      return ("connect = { %s %s }, bind = { %s }"):format(connect, open_words(), bind)
    end
    assert.equal("yes no yes no no ", (run(dir, uid, mode, rules(port .. ",", port), script)))
    assert.equal("no no no no no ", (run(dir, uid, mode, rules("", ""), script)))
    assert.matches("^yes yes yes Connection refused", (run(dir, uid, mode, rules('"tcp",', '"tcp"'), script)))
  end)

  both("does not affect descriptors that were open before", function(dir, uid, mode)
    plant(dir)
    local out = run(dir, uid, mode, RULES, "cat; echo; " .. answers "cat x/f", [[stdin = io.open(dir .. "/x/f")]])
    assert.equal("x\nno ", out)
  end)

  both("is reported in the Result", function(dir, uid, mode)
    plant(dir)
    local _, result = run(dir, uid, mode, [[read = { dir .. "/r" }]], "true", nil, nil)
    assert.equal(0, result.code)
    local text = support.recipe(([[
      local ns = require "nsengine"
      local dir = %q
      local r = ns.sandbox { %s landlock = { exec = { "/usr" }, connect = { %s } }, cmd = { "/bin/true" } }:run()
      print(r.enforced.landlock)
    ]]):format(dir, modes[mode], open_words()), { uid = uid }).stdout
    assert.matches("^ABI %d+: files, ", text)
    assert.truthy(text:find(", tcp", 1, true))
  end)
end)

--- Runs `fn(pid)` beside a process of the sandbox's host user.
local function beside(uid, argv, fn)
  local r, w = sys.pipe()
  local _process <close> = assert(sys.clone(0, function()
    support.become(uid)
    w:dup(1)
    return sys.exec(argv)
  end))
  w:close()
  assert.equal("ready\n", r:read())
  fn(_process:pid())
  r:close()
end

describe("landlock's scope", function()
  --- As root the command is the host's root too: only landlock separates them.
  local function self(uid) return uid == 0 and [[user = "self",]] or "" end

  local SLEEP <const> = { "/bin/sh", "-c", "echo ready; exec sleep 60" }

  local function kill_script(pid)
    return answers("kill -0 $$", "kill -0 " .. pid, "kill -TERM " .. pid)
  end

  for mode, fields in pairs { ["a shared pid namespace"] =
    [[share = { "pid" }, fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev },]],
    ["alone"] = [[share = "all",]] } do
    for _, uid in ipairs(support.users) do
      it(("stops signals to processes outside: %s, as uid %d"):format(mode, uid), function()
        if needs then return pending(needs) end
        modes.this = fields
        beside(uid, SLEEP, function(pid)
          local out = run("/usr", uid, "this", [[scope = { "signal" }]], kill_script(pid), self(uid))
          assert.equal("yes no no ", out)
          -- What ends or hampers a process without a signal: RLIMIT_CPU 0 means SIGKILL.
          out = run("/usr", uid, "this", "scope = true", answers("prlimit --cpu=0 --pid " .. pid,
            "renice 19 -p " .. pid, "ionice -c 3 -p " .. pid, "taskset -p 1 " .. pid, "chrt -i -p 0 " .. pid,
            "ulimit -n 60; nice -n 5 prlimit --pid " .. pid), self(uid))
          assert.equal("no no no no no yes ", out)
          if uid ~= 0 or mode ~= "alone" then
            -- Without it the command could signal that process.
            out = run("/usr", uid, "this", [[scope = {}]], answers("kill -0 " .. pid), self(uid))
            assert.equal("yes ", out)
          end
        end)
      end)
    end
  end

  for mode, fields in pairs { ["the host's network"] = [[net = "host", fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev },]],
    ["alone"] = [[share = "all",]] } do
    for _, uid in ipairs(support.users) do
      it(("stops connections to abstract sockets outside: %s, as uid %d"):format(mode, uid), function()
        if needs then return pending(needs) end
        modes.this = fields
        local name = "nsengine-spec-" .. sys.getpid()
        local address = ([[pack_sockaddr_un("\0%s")]]):format(name)
        beside(uid, { "perl", "-MSocket", "-e", ([[$| = 1; socket($s, PF_UNIX, SOCK_STREAM, 0); bind($s, %s) or die;
          listen($s, 5) or die; print "ready\n"; sleep 60]]):format(address) }, function()
          local script = ([[perl -MSocket -e 'socket($s, PF_UNIX, SOCK_STREAM, 0);
            print connect($s, %s) ? "yes" : $!{EPERM} ? "no" : "$!"']]):format(address)
          local rest = [[connect = { "udp", "unix" }]]
          assert.equal("no", (run("/usr", uid, "this", rest .. [[, scope = { "abstract_unix_socket" }]], script)))
          assert.equal("yes", (run("/usr", uid, "this", rest .. [[, scope = {}]], script)))
          assert.equal("no", (run("/usr", uid, "this", rest, script))) -- by default
          if mode == "alone" then return end
          local why = support.recipe(([[
            local ns = require "nsengine"
            local r = ns.sandbox { net = "host", denied = true,
              fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev } }
              :run { "/bin/sh", "-c", %q, stdout = "null" }
            for _, d in ipairs(r.denied) do print(d.call, d.address, d.why, d.add) end]]):format(script), { uid = uid })
          assert.equal(("connect\t@%s\tscope\tlandlock = { scope = {} }\n"):format(name), why.stdout, why.stderr)
        end)
      end)
    end
  end
end)

it("with the host's network, a command with sys_admin can still mount", function()
  local r = support.recipe [[
    local ns = require "nsengine"
    return ns.sandbox { net = "host", user = "root", caps = { "sys_admin" }, fs = { ["/"] = ns.ro "/" },
      seccomp = { profile = "default", allow = { "@mount" } },
      cmd = { "/bin/sh", "-c", "mount -t tmpfs none /mnt && echo mounted" } }]]
  assert.equal("mounted\n", r.stdout, r.stderr)
end)

--- How many processes have `mark` among their arguments.
local function count(mark)
  local found = 0
  for _, pid in ipairs(sys.list "/proc") do
    local line = pid:find("^%d+$") and sys.readfile(("/proc/%s/cmdline"):format(pid))
    if line and line:find(mark, 1, true) then found = found + 1 end
  end
  return found
end

local function soon(promise)
  local deadline = sys.monotonic() + 5
  while not promise() and sys.monotonic() < deadline do sys.sleep(0.02) end
  return promise()
end

describe("a sandbox that shares the pid namespace", function()
  local kinds = {
    { "alone", [[share = "all",
      landlock = { exec = { "/usr" }, write = { "/dev/null" }, connect = { "udp", "unix" } },]] },
    { "with mounts", [[share = { "pid" },
      fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev, ["/proc"] = ns.ro "/proc" },]] },
    { "without landlock", [[share = { "pid" }, landlock = false,
      fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev, ["/proc"] = ns.ro "/proc" },]] },
  }
  local serial = 0

  --- A number of seconds that no other process sleeps.
  local function mark()
    serial = serial + 1
    return ("77%d.%d"):format(sys.getpid(), serial)
  end

  local function recipe(fields, command)
    return ([[local ns = require "nsengine"
      return ns.sandbox { %s cmd = { "/bin/sh", "-c", %q }, stdin = "null" }]]):format(fields, command)
  end

  for _, kind in ipairs(kinds) do
    for _, uid in ipairs(support.users) do
      local name = ("%s, as uid %d"):format(kind[1], uid)

      it("leaves no process behind: " .. name, function()
        if needs then return pending(needs) end
        local time = mark()
        local result = support.recipe(recipe(kind[2], ([[
          (setsid sleep %s > /dev/null 2>&1 &)
          (trap "" TERM HUP; sh -c "sleep %s; :" > /dev/null 2>&1 &)
          exit 7]]):format(time, time)), { uid = uid })
        assert.equal(7, result.code, result.stderr)
        assert.equal(0, count(time))
      end)

      it("ends at its time limit, and with its launcher: " .. name, function()
        if needs then return pending(needs) end
        local time = mark()
        local script = ("setsid sleep %s & sleep %s"):format(time, time)
        local result = support.recipe(recipe(kind[2] .. "limits = { wall_time = 0.3 },", script), { uid = uid })
        assert.equal(124, result.code, result.stderr)
        assert.equal(0, count(time))
        local dir <close> = support.tempdir()
        assert(sys.writefile(dir.path .. "/r.lua", recipe(kind[2], script)))
        do
          local launcher <close> = assert(sys.clone(0, function()
            support.become(uid)
            return sys.exec { support.launcher(uid), dir.path .. "/r.lua" }
          end))
          assert.is_true(soon(function() return count(time) >= 3 end))
          launcher:kill()
        end
        assert.is_true(soon(function() return count(time) == 0 end))
      end)

      it("does not end other processes of its user: " .. name, function()
        if needs then return pending(needs) end
        beside(uid, { "/bin/sh", "-c", "echo ready; exec sleep 60" }, function(pid)
          local fields = kind[2] .. (uid == 0 and [[user = "self",]] or "")
          assert.equal(0, support.recipe(recipe(fields, "sleep 0 & exit 0"), { uid = uid }).code)
          assert.matches("State:%s+S", sys.readfile(("/proc/%d/status"):format(pid)))
        end)
      end)
    end
  end

  for _, uid in ipairs(support.users) do
    it(("ends a process that forks on and on: alone, as uid %d"):format(uid), function()
      if needs then return pending(needs) end
      -- The process gives up after ten seconds.
      local time = mark()
      local result = support.recipe(recipe(kinds[1][2], ([[
        perl -e '$0 = "%s"; for (1..3) { last unless fork }
          while (time - $^T < 10) { my $p = fork; exit if $p; select(undef, undef, undef, 0) }' > /dev/null 2>&1 &
        sleep 0.1; exit 0]]):format(time)), { uid = uid })
      assert.equal(0, result.code, result.stderr)
      assert.equal(0, count(time))
    end)

    it(("cannot kill its init: alone, as uid %d"):format(uid), function()
      if needs then return pending(needs) end
      local result = support.recipe(recipe(kinds[1][2], "kill -KILL $PPID 2> /dev/null; echo $?; exit 3"),
        { uid = uid })
      assert.same({ "1\n", 3 }, { result.stdout, result.code })
    end)
  end
end)

describe("an init that is not pid 1 and has no /proc", function()
  for _, uid in ipairs(support.users) do
    it("ends with the command, and does not wait for processes that it cannot find, as uid " .. uid, function()
      local result = support.recipe([[local ns = require "nsengine"
        return ns.sandbox { share = { "pid" }, fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev },
          cmd = { "/bin/sh", "-c", "sleep 2 > /dev/null 2>&1 & exit 3" }, stdin = "null" }]],
        { uid = uid, seconds = 10 })
      assert.equal(3, result.code, result.stderr)
    end)

    it("does so without landlock, and ends the command at its time limit, as uid " .. uid, function()
      local result = support.recipe([[local ns = require "nsengine"
        local box = ns.sandbox { share = { "pid" }, landlock = false, stdin = "null",
          fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev } }
        local r = box:run { "/bin/sh", "-c", "sleep 8 > /dev/null 2>&1 & exit 3" }
        print(r.code, r.wall_time < 6)
        r = box:run { "/bin/sleep", "8", limits = { wall_time = 0.3 } }
        print(r.reason, r.wall_time < 6, r.memory ~= nil) ]], { uid = uid, seconds = 20 }) -- told by the init
      assert.equal("3\ttrue\nwall_time\ttrue\ttrue\n", result.stdout, result.stderr)
    end)
  end
end)

describe("share = 'all'", function()
  local rules = [[share = "all", landlock = { exec = { "/usr" }, read = { "/proc" }, write = { "/dev/null" },
    connect = { "udp", "unix" } },]]

  local function inside(uid, fields, command, options)
    local given = { uid = uid }
    for key, value in pairs(options or {}) do given[key] = value end
    local r = support.recipe(([[local ns = require "nsengine"
      return ns.sandbox { %s %s cmd = { "/bin/sh", "-c", %q } }]]):format(rules, fields, command), given)
    return r.stdout .. r.stderr, r
  end

  for _, uid in ipairs(support.users) do
    it("supports every field that needs no namespace, as uid " .. uid, function()
      if needs then return pending(needs) end
      local out = inside(uid, [[limits = { files = 33, cpu_time = 9 }, env = { A = "1" }, umask = "077", ]], [[
        grep -E 'NoNewPrivs|CapEff|CapPrm|CapInh|CapAmb|^Uid|^Gid' /proc/self/status
        ulimit -n; ulimit -t; umask; env | sort; ls /proc/self/fd | tr '\n' ' '; ps -o sid= -p $$ | tr -d ' '; echo $$
      ]], { cwd = "/" })
      local text = out:gsub("%s+", " ")
      for _, set in ipairs { "Inh", "Prm", "Eff", "Amb" } do
        assert.truthy(text:find("Cap" .. set .. ": 0000000000000000", 1, true), out)
      end
      assert.truthy(text:find("NoNewPrivs: 1", 1, true), out)
      assert.truthy(text:find(" 33 12 0077 A=1", 1, true), out) -- RLIMIT_CPU is a quarter above the limit
      assert.truthy(text:find(" 0 1 2 3 ", 1, true), out) -- 3 is from ls
      assert.falsy(text:find("Uid: 0", 1, true), out)
      local session, own = text:match("(%d+) (%d+) $")
      assert.equal(own, session)
    end)

    it("keeps the command out of other processes, as uid " .. uid, function()
      if needs then return pending(needs) end
      beside(uid, { "/usr/bin/env", "SECRET=1", "/bin/sh", "-c", "echo ready; exec sleep 60" }, function(pid)
        local out = inside(uid, uid == 0 and [[user = "self", ]] or "", answers("cat /proc/self/environ",
          ("cat /proc/%d/environ"):format(pid), ("cat /proc/%d/mem"):format(pid),
          ("readlink /proc/%d/fd/0"):format(pid)))
        assert.equal("yes no no no ", out)
      end)
    end)

    it("works where user namespaces are forbidden, and a plain sandbox's error says so, as uid " .. uid, function()
      if needs then return pending(needs) end
      local function forbidden(source)
        local dir <close> = support.tempdir()
        assert(sys.writefile(dir.path .. "/r.lua", 'local ns = require "nsengine"\n' .. source))
        local r = support.run { "unshare", "-r", "sh", "-c",
          ("echo 0 > /proc/sys/user/max_user_namespaces && exec %s %s/r.lua"):format(support.launcher(uid), dir.path),
          uid = uid }
        if r.stderr:find("unshare", 1, true) or r.stderr:find("cannot create", 1, true) then return end
        return r
      end
      local plain = forbidden [[return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" } }]]
      if not plain then return pending "needs unshare(1)" end
      assert.equal(125, plain.code)
      assert.matches('clone: No space left on device %(ENOSPC%)\n  hint: .*; or without namespaces: share = "all", '
        .. "with landlock\n$", plain.stderr)
      local alone = forbidden(([[return ns.sandbox { %s cmd = { "/bin/sh", "-c",
        "echo runs; cat /etc/passwd 2> /dev/null || echo held" } }]]):format(rules))
      assert.same({ 0, "runs\nheld\n", "" }, { alone.code, alone.stdout, alone.stderr })
    end)
  end

  it("works in a container that hides the kernel's keys", function()
    if needs then return pending(needs) end
    -- load nr; keyctl? EPERM : allow
    local keyctl = ({ x86_64 = 250, aarch64 = 219, riscv64 = 219 })[sys.uname().machine]
    if not keyctl then return pending "needs the number of keyctl(2)" end
    local program = string.pack("=I2BBI4I2BBI4I2BBI4I2BBI4", 0x20, 0, 0, 0, 0x15, 0, 1, keyctl, 0x06, 0, 0, 0x00050001,
      0x06, 0, 0, 0x7fff0000)
    local launcher, dir <close> = support.launcher(1000), support.tempdir()
    assert(sys.writefile(dir.path .. "/r.lua",
      ([[local ns = require "nsengine" return ns.sandbox { %s cmd = { "/bin/echo", "runs" } }]]):format(rules)))
    local r = support.recipe(([[
      local sys = require "nsengine.sys"
      local plan = sys.plan { init = false, flags = 0, steps = { { "capabilities", 0, 0xef, 1 }, { "no_new_privs", 1 },
        { "stdio" }, { "chdir", "/" }, { "scrub", 0 }, { "filter", %q, 0 } } }
      local p = assert(plan:spawn { argv = { %q, %q }, env = {}, fds = { [0] = 0, 1, 2 } })
      return p:wait()
    ]]):format(program, launcher, dir.path .. "/r.lua"), { uid = support.users[#support.users] })
    assert.same({ 0, "runs\n", "" }, { r.code, r.stdout, r.stderr })
  end)
end)
