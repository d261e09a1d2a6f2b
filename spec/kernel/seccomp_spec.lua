--- The filter of system calls, from inside real sandboxes: what it denies, what it kills for, and what works.
local support = require "support"
local tools = require "support.tools"
local sys = require "nsengine.sys"

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function()
      local _, reason = tools.get()
      if reason then return pending(reason) end
      return fn(uid)
    end)
  end
end

--- Runs the program of calls, or another command, in a sandbox with these fields.
local function run(uid, fields, ...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = ("%q"):format(word) end
  return support.recipe(([[
    local ns = require "nsengine"
    return ns.sandbox {
      fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/mnt"] = ns.ro %q, ["/tmp"] = ns.tmpfs },
      env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/tmp" },
      cwd = "/tmp", cmd = { %s }, %s }
  ]]):format(tools.get().path, table.concat(words, ", "), fields), { uid = uid, seconds = 120 })
end

--- {name = result} from the output of the program of calls.
local function results(result)
  local found = {}
  for name, text in result.stdout:gmatch("([%w_]+) ([^\n]+)\n") do found[name] = text end
  assert(found.ptrace, result.stdout .. result.stderr)
  return found
end

--- The result of each call under "default".
local wanted = {
  socket_unix = "ok", socket_udp = "ok", socket_route = "ok", socket_tcp = "ok", personality_ask = "ok",
  tcgets = "ENOTTY", mknod_fifo = "EBADF", pdeathsig = "ok",
  sendmsg = "EBADF", clone3 = "ENOSYS", unknown = "ENOSYS",
}
for _, name in ipairs { "socket_raw", "socket_packet", "socket_old_packet", "socket_alg", "socket_vsock",
  "socket_netfilter", "socket_high_bits" } do
  wanted[name] = "EAFNOSUPPORT"
end
for _, name in ipairs { "tcp_ulp", "fastopen_to", "fastopen_msg", "fastopen_many", "tiocsti", "tiocsti_high_bits",
  "tioclinux", "tiocsetd", "setns", "io_uring_setup", "userfaultfd", "bpf", "perf_event_open", "keyctl", "add_key",
  "request_key", "process_vm_readv", "kcmp", "pidfd_getfd", "mount", "umount2", "fsopen", "open_tree", "move_mount",
  "mount_setattr", "pivot_root", "chroot", "name_to_handle_at", "open_by_handle_at", "quotactl", "move_pages",
  "clock_settime", "settimeofday", "syslog", "kexec_load", "init_module", "reboot", "swapon", "acct", "mknod_char",
  "personality_aslr", "personality_high_bits", "personality_linux32", "ptrace" } do
  wanted[name] = "EPERM"
end
for _, kind in ipairs { "user", "mount", "net", "pid", "ipc", "uts", "cgroup" } do
  wanted["unshare_" .. kind], wanted["clone_" .. kind] = "EPERM", "EPERM"
end
wanted.unshare_time = "EPERM"
if sys.uname().machine == "x86_64" then
  wanted.modify_ldt, wanted.iopl, wanted.ustat, wanted.x32 = "EPERM", "EPERM", "ENOSYS", "ENOSYS"
end

describe("the filter of a sandbox", function()
  each_user("denies the dangerous calls, and no others", function(uid)
    local found = results(run(uid, "", "/mnt/calls"))
    assert.truthy(found.i386 == nil or found.i386 == "ENOSYS" or found.i386 == "signal 11", found.i386)
    found.i386 = nil
    assert.same(wanted, found)
  end)

  each_user("is what denies them: without it the kernel allows most", function(uid)
    local found = results(run(uid, 'user = "self", seccomp = false', "/mnt/calls"))
    for _, name in ipairs { "unshare_user", "keyctl", "process_vm_readv", "pidfd_getfd",
      "personality_aslr", "personality_linux32", "ptrace" } do
      assert.truthy(found[name] == "ok" or found[name] == "ENOKEY", name .. " " .. found[name])
    end
    for _, name in ipairs { "tiocsti", "tiocsti_high_bits", "tioclinux", "tiocsetd" } do
      assert.equal("ENOTTY", found[name], name)
    end
    for _, name in ipairs { "clone3", "tcp_ulp", "name_to_handle_at", "mknod_char" } do
      assert.not_equal(wanted[name], found[name], name)
    end
  end)

  each_user("is on by default", function(uid)
    for _, fields in ipairs { "", 'user = "self"', 'user = "root"', 'share = { "net" }', "caps = {}", "tty = false" } do
      local out = run(uid, fields, "grep", "-E", "^(Seccomp|NoNewPrivs):", "/proc/self/status").stdout
      assert.truthy(out:find("Seccomp:\t2\n", 1, true), fields .. out)
      assert.truthy(out:find("NoNewPrivs:\t1\n", 1, true), fields .. out)
    end
    assert.truthy(run(uid, "seccomp = false", "grep", "^Seccomp:", "/proc/self/status").stdout:find("\t0\n", 1, true))
  end)

  each_user("keeps a command without an init from changing its parent-death signal", function(uid)
    local found = results(run(uid, "init = false", "/mnt/calls"))
    assert.equal("EPERM", found.pdeathsig)
    assert.equal("EPERM", found.unshare_user)
  end)

  each_user("does not affect threads, processes and sockets", function(uid)
    local works = "thread ok\nspawn ok\nvfork ok\nsocketpair ok\n"
    assert.equal(works, run(uid, "", "/mnt/calls", "works").stdout)
    assert.equal(works, run(uid, "init = false", "/mnt/calls", "works").stdout)
  end)

  each_user("allows what a kept capability is for", function(uid)
    local found = results(run(uid, 'user = "root", caps = { "net_raw", "sys_chroot" }', "/mnt/calls"))
    assert.equal("ok", found.socket_raw)
    assert.equal("ok", found.socket_packet)
    assert.equal("EFAULT", found.chroot)
    assert.equal("EAFNOSUPPORT", found.socket_alg)
    assert.equal("EPERM", found.unshare_user)
  end)
end)

--- Programs that people run in sandboxes: what each prints, and {program, arguments...}.
local programs = {
  { "hello\n", "bash", "-c", "cat <(echo hello) | (read x; echo $x)" },
  { "3 ok\n", "python3", "-c", "import threading,subprocess,tempfile,socket,json,asyncio,multiprocessing as m\n"
    .. "l=[]\nt=threading.Thread(target=l.append,args=(3,));t.start();t.join()\n"
    .. "socket.socketpair();asyncio.run(asyncio.sleep(0))\n"
    .. "f=tempfile.NamedTemporaryFile();f.write(b'x')\n"
    .. "print(l[0],subprocess.check_output(['echo','ok']).decode(),end='')" },
  { "45\n", "perl", "-e", 'my $p = open(my $f, "-|", "echo 45"); print <$f>' },
  { "built\n", "make", "-s", "-f", "/dev/stdin" },
  { "4\n", "sh", "-c", "printf 'int puts(const char*);int main(void){puts(\"4\");return 0;}' > a.c && gcc -o a a.c "
    .. "&& ./a" },
  { "1\n", "sh", "-c", "git init -q r && cd r && echo a > a && git add a && "
    .. "git -c user.name=a -c user.email=a@b commit -q -m m && git log --oneline | wc -l" },
  { "7 ok\n", "node", "-e", "const {execSync}=require('child_process');const {Worker}=require('worker_threads');"
    .. "new Worker('require(\"worker_threads\").parentPort.postMessage(7)',{eval:true}).on('message',m=>"
    .. "console.log(m,execSync('echo ok').toString().trim()))" },
}

describe("under the filter", function()
  for _, uid in ipairs(support.users) do
    for _, case in ipairs(programs) do
      local needed = case[2] ~= "sh" and case[2] or case[4]:find("gcc", 1, true) and "gcc" or "git"
      it(("%s runs, as uid %d"):format(needed, uid), function()
        local path = ("/usr/bin/" .. needed)
        if not sys.stat(path) and not sys.stat("/bin/" .. needed) then return pending(needed .. " is not installed") end
        local words = table.move(case, 2, #case, 1, {})
        if needed == "make" then
          words = { "sh", "-c", "printf 'all:\\n\\t@echo built\\n' > Makefile; make -s" }
        end
        local result = run(uid, "", table.unpack(words))
        assert.equal(case[1], result.stdout, result.stderr)
        assert.equal(0, result.code)
      end)
    end
  end
end)

describe("the filter 'strict'", function()
  --- The reason, and the output.
  local function verdict(uid, ...)
    local words = { ... }
    for i, word in ipairs(words) do words[i] = ("%q"):format(word) end
    local result = support.recipe(([[
      local ns = require "nsengine"
      local r = ns.sandbox {
        fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/mnt"] = ns.ro %q, ["/tmp"] = ns.tmpfs },
        seccomp = "strict", stdout = "capture", stderr = "capture", cmd = { %s } }:run()
      io.write(r.reason, " ", r.stdout)
    ]]):format(tools.get().path, table.concat(words, ", ")), { uid = uid })
    return result.stdout .. result.stderr
  end

  each_user("lets a program compute", function(uid)
    assert.equal("ok 5\n", verdict(uid, "lua5.4", "-e", "print(2 + 3)"))
    assert.truthy(verdict(uid, "/bin/cat", "/proc/self/status"):find("^ok .*\nSeccomp:\t2\n"))
    assert.equal("ok ", verdict(uid, "true"))
    if sys.stat "/usr/bin/python3" then
      assert.equal("ok 45\n", verdict(uid, "/usr/bin/python3", "-c", "print(sum(range(10)))"))
    end
  end)

  each_user("kills for everything else, and the Result says so", function(uid)
    for _, name in ipairs { "socket", "fork", "create", "prlimit" } do
      assert.equal("syscall ", verdict(uid, "/mnt/calls", name), name)
    end
    assert.equal("syscall ", verdict(uid, "/bin/sh", "-c", "/bin/true; echo survived"))
    if sys.uname().machine == "x86_64" then
      assert.equal("syscall ", verdict(uid, "/mnt/calls", "x32"))
      assert.truthy(("syscall signal"):find(verdict(uid, "/mnt/calls", "i386"):match("^%w+"), 1, true))
    end
  end)

  each_user("allows one exec, the engine's", function(uid)
    assert.truthy(verdict(uid, "/bin/sh", "-c", "exec /bin/echo survived"):find("^exit "))
    local result = run(uid, 'seccomp = "strict"', "/no/such/program")
    assert.equal(127, result.code)
    assert.truthy(result.stderr:find("execve /no/such/program: No such file or directory (ENOENT)", 1, true))
  end)
end)

--- A 32-bit ARM program, which most 64-bit processors run too: it asks for its pid (call 20) and exits with 7, by
--- numbers that mean other calls there. If it is refused, it runs into an undefined instruction.
local function arm_program()
  local code = ("<I4I4I4I4I4I4I4I4"):pack(
    0xe3a07014, -- mov r7, #20
    0xef000000, -- svc 0
    0xe3500000, -- cmp r0, #0
    0xaa000000, -- bge over the next
    0xe7f000f0, -- udf
    0xe3a07001, -- mov r7, #1
    0xe3a00007, -- mov r0, #7
    0xef000000) -- svc 0
  local base, size = 0x10000, 52 + 32 + #code
  return "\x7fELF\1\1\1" .. ("\0"):rep(9)
    .. ("<I2I2I4I4I4I4I4I2I2I2I2I2I2"):pack(2, 40, 1, base + 84, 52, 0, 0x5000000, 52, 32, 1, 0, 0, 0)
    .. ("<I4I4I4I4I4I4I4I4"):pack(1, 0, base, base, size, size, 5, 0x1000) .. code
end

describe("the filter on aarch64", function()
  each_user("refuses all calls of 32-bit programs", function(uid)
    if sys.uname().machine ~= "aarch64" then return pending "another machine" end
    local path = tools.get().path .. "/arm"
    assert(sys.writefile(path, arm_program()))
    assert(sys.chmod(path, 493))
    if run(uid, "seccomp = false", "/mnt/arm").code ~= 7 then return pending "runs no 32-bit programs" end
    assert.equal(128 + sys.SIGILL, run(uid, "", "/mnt/arm").code)
    local strict = run(uid, 'seccomp = "strict"', "/mnt/arm")
    assert.equal(128 + sys.SIGSYS, strict.code, strict.stderr)
    local policy = run(uid, 'seccomp = { deny = { "mkdir" } }', "/mnt/arm")
    assert.equal(128 + sys.SIGILL, policy.code, policy.stderr)
  end)
end)

describe("a policy of a recipe", function()
  each_user("denies the calls that it names, with its error", function(uid)
    local result = run(uid, 'seccomp = { deny = { "mkdir", "mkdirat" }, errno = "EROFS" }', "mkdir", "/tmp/x")
    assert.truthy(result.stderr:find("Read-only file system", 1, true), result.stderr)
    local found = results(run(uid, 'seccomp = { allow = { "personality", "@debug" } }', "/mnt/calls"))
    assert.same({ "ok", "ok" }, { found.personality_aslr, found.ptrace })
  end)

  each_user("can forbid exec, although the engine starts the command by exec", function(uid)
    local result = run(uid, 'seccomp = { deny = { "execve", "execveat" } }', "sh", "-c", "echo here; exec true")
    assert.equal("here\n", result.stdout)
    assert.not_equal(0, result.code)
    -- a directory with the command's name is skipped, as without the filter
    result = run(uid, [[fs = { ["/"] = ns.ro "/", ["/d/echo"] = ns.dir "755" }, env = { PATH = "/d:/usr/bin" },
      seccomp = { deny = { "execve", "execveat" } }]], "echo", "found")
    assert.equal("found\n", result.stdout, result.stderr)
  end)

  each_user("cannot be answered by the command itself", function(uid)
    for fields, answer in pairs {
      [ [[seccomp = "default"]] ] = "listener ok\nexecve ok\n",
      [ [[seccomp = { deny = { "execve" } }]] ] = "listener EBUSY\nexecve ENOSYS\n",
      [ [[seccomp = { profile = "strict", allow = { "seccomp", "ioctl", "clone", "clone3", "execve" } }]] ]
        = "listener ok\nexecve ok\n",
      [ [[seccomp = { deny = { "execve" }, allow = { "seccomp" } }]] ] = "listener EBUSY\nexecve ENOSYS\n",
      [ [[seccomp = { deny = { "execve" } }, denied = true]] ] = "listener EBUSY\nexecve ENOSYS\n",
    } do
      assert.equal(answer, run(uid, fields, "/mnt/calls", "listens").stdout, fields)
    end
  end)

  each_user("in box:with continues the original sandbox's", function(uid)
    local function with(base, fields)
      local result = support.recipe(([[
        local ns = require "nsengine"
        local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/mnt"] = ns.ro %q, ["/dev"] = ns.dev },
          seccomp = %s }
        return box:with { seccomp = %s, cmd = { "/mnt/calls" } }
      ]]):format(tools.get().path, base, fields), { uid = uid })
      return result.stdout ~= "" and results(result) or result
    end
    assert.equal(128 + sys.SIGSYS, with('"strict"', '{ allow = { "clone" } }').code)
    assert.equal(128 + sys.SIGSYS, with('{ profile = "strict" }', '{ errno = "EACCES" }').code)
    assert.equal("ok", with('"strict"', '{ profile = "default", allow = { "ptrace" } }').ptrace)
    local found = with('{ deny = { "clone3", "personality" }, allow = { "ptrace" }, errno = "EACCES" }',
      '{ deny = { "socket" }, allow = { "@system" } }')
    assert.same({ "EACCES", "EACCES", "EACCES", "ok" },
      { found.clone3, found.personality_ask, found.socket_unix, found.ptrace })
    assert.equal("ok", with('{ deny = { "personality" } }', '{ allow = { "personality" } }').personality_ask)
  end)

  each_user("that only logs denies nothing", function(uid)
    local found = results(run(uid, "seccomp = { log = true }", "/mnt/calls"))
    assert.equal("ENOTTY", found.tiocsti)
    assert.equal("ok", found.personality_aslr)
    assert.equal("ENOSYS", found.x32 or "ENOSYS")
  end)
end)
