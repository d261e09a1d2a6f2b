--- The profiles: each runs what it is for, and prevents what it should prevent.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function()
      local dir <close> = support.tempdir()
      assert(sys.chown(dir.path, uid, uid))
      fn(uid, dir.path)
    end)
  end
end

--- Runs a recipe in a directory; returns its output and the result.
local function run(uid, dir, source, env)
  local result = support.recipe('local ns = require "nsengine"\n' .. source, { uid = uid, cwd = dir, env = env })
  return result.stdout, result
end

--- Runs a shell command as a user in a directory, outside of any sandbox.
local function outside(uid, dir, command)
  local result = support.run { "sh", "-ec", command, uid = uid, cwd = dir }
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

local function has(...)
  for _, name in ipairs { ... } do
    if not os.execute(("command -v %s >/dev/null 2>&1"):format(name)) then return pending("needs " .. name) end
  end
  return true
end

--- Runs a shell command in a profile.
local function inside(name, uid, dir, command, more)
  return run(uid, dir, ([[return ns.profile %q:with { cmd = { "/bin/sh", "-c", %q }, %s }]]):format(name, command,
    more or ""))
end

describe("ns.profile 'strict'", function()
  each_user("runs a shell", function(uid, dir)
    local out = inside("strict", uid, dir, "echo $((6 * 7)) > x; cat x; pwd; id -u; umask")
    assert.equal("42\n/tmp\n65534\n0077\n", out)
  end)

  each_user("runs compilers and interpreters", function(uid, dir)
    if not has("gcc", "python3") then return end
    local out, result = inside("strict", uid, dir, [[echo 'int main(void) { return 0; }' > a.c; gcc -c a.c && ls a.o
      python3 -c 'import threading; t = threading.Thread(target = print, args = [1]); t.start(); t.join()']])
    assert.equal("a.o\n1\n", out, result.stderr)
  end)

  each_user("shows nothing of the machine but its programs", function(uid, dir)
    local out, result = inside("strict", uid, dir, [[
      for path in /proc/sys /proc/meminfo /proc/cpuinfo /proc/version /proc/mounts /proc/net /sys /home /root /var \
        /run /etc/shadow /etc/hostname /boot; do
        [ -e $path ] && echo $path
      done
      cat /etc/passwd | wc -l; hostname; env | sort | tr '\n' ' '; ls /proc/self/fd | wc -l; nice]])
    assert.equal("", result.stderr)
    local env = "HOME=/tmp LANG=C.UTF-8 PATH=/usr/bin:/bin PWD=/tmp "
    assert.equal("2\nstrict\n" .. env .. "4\n10\n", out)
  end)

  each_user("has no network, no sockets except unix ones, and no System V IPC", function(uid, dir)
    local out = inside("strict", uid, dir, [[perl -MSocket -e '
      for ([PF_INET, SOCK_STREAM], [PF_INET, SOCK_DGRAM], [PF_INET6, SOCK_STREAM], [16, SOCK_RAW],
        [PF_UNIX, SOCK_STREAM]) {
        print socket(my $s, $_->[0], $_->[1], 0) ? "yes " : "no ";
      }
      print shmget(1, 4096, 01600) ? "yes" : "no"']])
    assert.equal("no no no no yes no", out)
  end)

  each_user("does not execute files that were written inside", function(uid, dir)
    if sys.landlock_abi() == 0 then return pending "needs landlock" end
    local out = inside("strict", uid, dir, "cp /bin/true x && chmod 755 x && (./x || echo $?) 2>/dev/null")
    assert.equal("126\n", out)
  end)

  each_user("enforces its limits", function(uid, dir)
    assert.equal("256 0\n", (inside("strict", uid, dir, "echo $(ulimit -n) $(ulimit -c)")))
    local _, result = inside("strict", uid, dir, "head -c 100000000 /dev/zero > x")
    assert.not_equal(0, result.code)
    _, result = inside("strict", uid, dir, "yes", "limits = { output = 10000 }, stdout = 'capture'")
    assert.equal(137, result.code)
  end)
end)

describe("ns.profile 'judge'", function()
  --- The Result's reason and output for a program in C.
  local function judged(uid, dir, text, options)
    assert(sys.writefile(dir .. "/a.c", text))
    outside(uid, dir, "cc -O1 -o main a.c")
    return (run(uid, dir, ([[
      local judge = ns.profile "judge":with { fs = { ["/box"] = ns.ro "." } }
      local r = judge:run { "/box/main", %s }
      print(r.reason, r.stdout)
    ]]):format(options or "")))
  end

  each_user("runs a program that computes", function(uid, dir)
    if not has "cc" then return end
    local out = judged(uid, dir, [[#include <stdio.h>
      int main(void) { int a, b; scanf("%d %d", &a, &b); printf("%d", a * b); return 0; }]], "stdin = '6 7'")
    assert.equal("ok\t42\n", out)
  end)

  each_user("runs Python", function(uid, dir)
    if not has "python3" then return end
    assert.equal("ok\t42\n\n", (run(uid, dir, [[local r = ns.profile "judge":run {
      "/usr/bin/python3", "-c", "import sys, math, json; print(int(sys.stdin.read()) * 7)", stdin = "6" }
      print(r.reason, r.stdout)]])))
  end)

  each_user("reports why it ended a program", function(uid, dir)
    if not has "cc" then return end
    for text, reason in pairs {
      ["#include <unistd.h>\nint main(void) { return fork() < 0; }"] = "syscall",
      ["#include <sys/socket.h>\nint main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }"] = "syscall",
      ["#include <stdio.h>\nint main(void) { return !fopen(\"/tmp/x\", \"w\"); }"] = "syscall",
      ["int main(void) { volatile int i = 0; for (;;) i++; }"] = "cpu_time",
      ["#include <stdio.h>\nint main(void) { for (;;) puts(\"0123456789\"); }"] = "output",
      ["int main(void) { return 3; }"] = "exit",
      ["int main(void) { return *(volatile int *)0; }"] = "signal",
    } do
      local out = judged(uid, dir, text, "limits = { cpu_time = 1, output = '1M' }")
      assert.equal(reason, out:match("^%S+"), text)
    end
  end)
end)

describe("ns.profile 'build'", function()
  each_user("builds the project in the working directory, and changes nothing else", function(uid, dir)
    if not has("make", "gcc") then return end
    local project = dir .. "/project"
    outside(uid, dir, [[mkdir project && cd project && echo secret > ../secret
      printf 'int main(void) { return 42; }\n' > main.c
      printf 'main: main.o\n\tcc -o $@ $^\nmain.o: main.c\n\tcc -c $<\n' > Makefile]])
    local out, result = inside("build", uid, project,
      "make -s && ./main; echo $?; cat ../secret; touch /usr/x ../x; echo ~; wc -l < /proc/net/route")
    assert.equal("42\n/home/build\n1\n", out, result.stderr)
    assert.truthy(result.stderr:find("../secret: No such file", 1, true), result.stderr)
    assert.equal(uid, sys.stat(project .. "/main").uid)
    assert.is_nil(sys.stat(dir .. "/x"))
  end)

  it("runs as the project's owner if root starts it", function()
    if not support.root then return pending "needs root" end
    local dir <close> = support.tempdir()
    assert(sys.chown(dir.path, 1000, 1000))
    local out, result = inside("build", 0, dir.path, "touch x; id -u; chown 0 x 2>/dev/null || echo no")
    assert.equal("1000\nno\n", out, result.stderr)
    assert.equal(1000, sys.stat(dir.path .. "/x").uid)
  end)

  each_user("is refused if it would open a home directory for writing", function(uid, dir)
    local link <close> = support.tempdir()
    assert(sys.symlink(dir, link.path .. "/home"))
    assert(sys.chmod(link.path, 493))
    for _, home in ipairs { dir, dir .. "/me", link.path .. "/home", dir .. "/" } do
      local _, result = run(uid, dir, "\nreturn ns.profile 'build'", { HOME = home, PATH = "/usr/bin:/bin" })
      assert.equal(125, result.code)
      assert.equal(("nsengine: %s:3: %s would be writable, but contains your home: "
        .. "change to a project directory\n"):format(result.path, dir), result.stderr)
    end
  end)

  each_user("is refused in a directory of the system's or of everybody's", function(uid, dir)
    for _, place in ipairs { "/etc", "/usr/lib", "/tmp", "/var", "/run" } do
      local _, result = run(uid, place, "\nreturn ns.profile 'agent'", { HOME = dir, PATH = "/usr/bin:/bin" })
      assert.equal(("nsengine: %s:3: %s would be writable, but is not a project's: change to a project directory\n")
        :format(result.path, place), result.stderr)
    end
  end)
end)

describe("ns.profile 'agent'", function()
  --- A repository with a hook, which `git commit` runs.
  local function repository(uid, dir)
    outside(uid, dir, [[mkdir project .ssh && echo key > .ssh/id && cd project && git init -q . && echo 1 > file
      git config user.name me && git config user.email me@localhost
      printf '#!/bin/sh\n' > .git/hooks/pre-commit && chmod 755 .git/hooks/pre-commit
      echo 'echo outside' > .envrc; mkdir .vscode; git add . && git commit -qm one]])
    return dir .. "/project"
  end

  each_user("can work on the project, with git and Python", function(uid, dir)
    if not has("git", "python3") then return end
    local project = repository(uid, dir)
    local out, result = inside("agent", uid, project, [[
      python3 -c 'open("file", "w").write("2")' && git add file && git commit -qm two && git log --oneline | wc -l
      git checkout -q -b topic && git branch --show-current && git stash list && git gc -q && git status --short]])
    assert.equal("2\ntopic\n", out, result.stderr)
    assert.equal("2", sys.readfile(project .. "/file"))
    assert.equal(uid, sys.stat(project .. "/file").uid)
    assert.equal("two\n", outside(uid, project, "git log -1 --format=%s"))
  end)

  each_user("makes no set-user-id or set-group-id file", function(uid, dir)
    if not has "python3" then return end
    sys.writefile(dir .. "/try.py", [[
import os, sys
os.umask(0)
def tried(fn):
    try:
        fn()
        print("made")
    except OSError as e:
        print(e.errno)
os.close(os.open("x", os.O_CREAT | os.O_WRONLY, 0o755))
for bit in 0o4000, 0o2000:
    tried(lambda: os.chmod("x", bit | 0o755))
    tried(lambda: os.fchmod(os.open("x", os.O_RDONLY), bit | 0o755))
    tried(lambda: os.open("y%o" % bit, os.O_CREAT | os.O_WRONLY, bit | 0o755))
    tried(lambda: os.open(".", os.O_TMPFILE | os.O_WRONLY, bit | 0o755))
    tried(lambda: os.mknod("z%o" % bit, bit | 0o100755))
tried(lambda: os.chmod("x", 0o1777))
]])
    sys.chmod(dir .. "/try.py", 420)
    local out, result = inside("agent", uid, dir, "python3 try.py")
    assert.equal(("1\n"):rep(10) .. "made\n", out, result.stderr)
    assert.equal("", outside(uid, dir, "find . -perm /6000"))
  end)

  each_user("leaves nothing that would run outside", function(uid, dir)
    if not has "git" then return end
    local project = repository(uid, dir)
    local tries = { "echo x > .git/hooks/pre-commit", "echo x > .git/hooks/post-checkout", "mv .git/hooks .git/h",
      "rm -rf .git/hooks", "mv .git g", "git config core.fsmonitor /x", "echo x >> .git/config", "rm -f .git/config",
      "mv .git/config .git/c", "ln -f file .git/config", "echo x > .envrc", "rm -f .envrc", "mv .envrc e",
      "echo x > .vscode/tasks.json", "mv .vscode v", "chmod 700 .git/hooks", "mount -o remount,rw .git/hooks",
      "umount .git/hooks" }
    local script = {}
    for i, try in ipairs(tries) do script[i] = ("(%s) > /dev/null 2>&1 && echo '%s'"):format(try, try) end
    local before = outside(uid, project, "find .git .envrc .vscode -type f | sort | xargs cksum")
    local out, result = inside("agent", uid, project, table.concat(script, "\n") .. "\necho done")
    assert.equal("done\n", out, result.stderr)
    assert.equal(before, outside(uid, project, "find .git .envrc .vscode -type f | sort | xargs cksum"))
  end)

  each_user("has a name for its user, and resolves host names if it is given the network", function(uid, dir)
    if not has "git" then return end
    local project = repository(uid, dir)
    local out, result = inside("agent", uid, project,
      "id -un; cat /etc/resolv.conf", 'net = "host"')
    assert.equal((uid == 0 and "root\n" or "agent\n") .. sys.readfile "/etc/resolv.conf", out, result.stderr)
  end)

  each_user("sees no keys, no home, no network", function(uid, dir)
    if not has "git" then return end
    local project = repository(uid, dir)
    local out, result = inside("agent", uid, project,
      ("cat %s/.ssh/id ~/.ssh/id ~root/.bashrc /etc/shadow 2>/dev/null; wc -l < /proc/net/route"):format(dir))
    assert.equal("1\n", out, result.stderr)
  end)

  each_user("closes a repository's directory of hooks, even if there was none before", function(uid, dir)
    if not has "git" then return end
    local project = repository(uid, dir)
    outside(uid, project, "rm -r .git/hooks")
    local out, result = inside("agent", uid, project, "echo x > .git/hooks/post-checkout || echo no")
    assert.equal("no\n", out, result.stderr)
  end)

  each_user("is refused if an earlier run may have redirected git's configuration", function(uid, dir)
    if not has "git" then return end
    local project = repository(uid, dir)
    outside(uid, project, "echo ../evil > .git/commondir")
    local _, result = inside("agent", uid, project, "true")
    assert.equal(125, result.code)
    assert.truthy(result.stderr:find(".git/commondir points git elsewhere", 1, true), result.stderr)
  end)

  each_user("is refused if an earlier run may have left a link in place of a directory", function(uid, dir)
    if not has "git" then return end
    for path, make in pairs {
      [".vscode"] = "rm -r .vscode && ln -s ../.ssh .vscode", [".git"] = "mv .git g && ln -s g .git",
      [".git/hooks"] = "mv .git/hooks .git/h && ln -s h .git/hooks",
    } do
      local project = repository(uid, dir)
      outside(uid, project, make)
      local _, result = inside("agent", uid, project, "ls -a .vscode")
      assert.equal(125, result.code)
      assert.truthy(result.stderr:find(("%s/%s is a symbolic link, which an earlier command may have made: "
        .. "it is not followed"):format(project, path), 1, true), result.stderr)
      outside(uid, dir, "rm -rf project .ssh")
    end
  end)
end)

describe("ns.profile 'desktop'", function()
  each_user("can use the desktop's sockets, but not its files", function(uid, dir)
    outside(uid, dir, "mkdir run && echo x > run/secret")
    local server <close> = assert(sys.clone(0, function()
      support.become(uid)
      return sys.exec { "perl", "-MSocket", "-e", [[
        socket($s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un("$ARGV[0]")) or die; listen($s, 5) or die;
        while (accept($c, $s)) { syswrite($c, "hello from outside\n"); close $c }]], dir .. "/run/wayland-7" }
    end))
    local deadline = sys.monotonic() + 5
    while not sys.stat(dir .. "/run/wayland-7") and sys.monotonic() < deadline do sys.sleep(0.01) end
    local script = [[perl -MSocket -e 'socket($s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_un("$ENV{XDG_RUNTIME_DIR}/$ENV{WAYLAND_DISPLAY}")) or die "$!"; print <$s>'
      ls $XDG_RUNTIME_DIR; echo ${DISPLAY-none}; touch ~/x && ls ~]]
    local source = ([[return ns.profile "desktop":with { cmd = { "sh", "-c", %q } }]]):format(script)
    local out, result = run(uid, dir, source,
      { XDG_RUNTIME_DIR = dir .. "/run", WAYLAND_DISPLAY = "wayland-7", DISPLAY = ":0", PATH = "/usr/bin:/bin" })
    assert.equal("hello from outside\nwayland-0\nnone\nx\n", out, result.stderr)
    server:kill()
  end)
end)

describe("ns.profile", function()
  it("refuses other names, and suggests one", function()
    for given, text in pairs {
      ['"stritc"'] = "ns.profile: no profile 'stritc' (did you mean 'strict'?)",
      ['"zzz"'] = "ns.profile: no profile 'zzz'; nsengine --help profile lists them",
      ["3"] = "ns.profile: expected a name, got number 3; nsengine --help profile lists them",
    } do
      local _, result = run(sys.getids().euid, "/", "return ns.profile(" .. given .. ")")
      assert.equal(("nsengine: %s:2: %s\n"):format(result.path, text), result.stderr)
    end
  end)

  it("has a recipe for each name that the help lists", function()
    local names = {}
    for _, name in ipairs(assert(sys.list "lua/nsengine/profiles")) do names[name:match("^(.*)%.lua$")] = true end
    local help = support.nsengine({ "--help", "profile" }).stdout:gsub("\n +", " ")
    for name, text in pairs(require "nsengine.profiles") do
      assert.is_true(names[name], name)
      assert.truthy(help:find(text, 1, true), name)
      names[name] = nil
    end
    assert.same({}, names)
  end)

  each_user("passes --check and --explain with each name", function(uid, dir)
    for name in pairs(require "nsengine.profiles") do
      local source = ([[local ns = require "nsengine" return ns.profile %q:with { cmd = { "true" } }]]):format(name)
      for _, option in ipairs { "--check", "--explain" } do
        assert.equal(0, support.nsengine({ option, "-e", source, uid = uid, cwd = dir }).code, name .. option)
      end
    end
  end)
end)
