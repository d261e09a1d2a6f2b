--- System calls that functions of the recipe answer: what a payload gets, and what it can never get.

local asking = require "support.asking"
local ns = require "nsengine"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

-- Loaded now, for children that are ordinary users: the tree may be closed to them.
for _, name in ipairs { "notify", "open_below", "loop", "streams", "result", "redirect", "report", "error", "kinds" } do
  require("nsengine." .. name)
end

if support.linux() < 5005 then
  return pending "needs seccomp_unotify(2), Linux 5.5"
end

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function()
      support.child({ uid = uid }, function()
        asking.run({ uname = function() end }, { "true" }) -- what the engine keeps open, it opens once
        fn(uid)
      end)
    end)
  end
end

--- A directory with a file, "open\n", beside a secret; everybody may write to the directory.
local function trees()
  local dir = support.tempdir()
  for _, name in ipairs { "/in", "/in/sub" } do
    assert(sys.mkdir(dir.path .. name, 511))
    assert(sys.chmod(dir.path .. name, 511))
  end
  for name, text in pairs { ["/in/a"] = "open\n", ["/in/sub/b"] = "open\n", ["/secret"] = "secret\n" } do
    assert(sys.writefile(dir.path .. name, text))
    assert(sys.chmod(dir.path .. name, 420))
  end
  return dir
end

local caller, why = tools.get()

--- Runs the caller in a sandbox that sees it, and the mounts `fs`.
local function call(functions, words, fs, more)
  fs = fs or {}
  fs["/caller"] = ns.ro(caller.caller)
  more = more or {}
  more.fs = fs
  return asking.run(functions, { "/caller", table.unpack(words) }, more)
end

if not caller then return pending(why) end

local function allowed(call_)
  return call_:continue { unsafe = "a test" }
end

describe("a system call that a function answers", function()
  each_user("returns a value, fails with an error, or is executed by the kernel", function()
    local r = asking.run({
      getppid = function(c) return c:value(4242) end,
      uname = function() return "EACCES" end,
      sethostname = function(c) return c:continue() end,
    }, { "sh", "-c", "echo $PPID; uname" })
    assert.equal("4242\n", r.stdout)
    assert.truthy(r.stderr:find("Permission denied", 1, true))
  end)

  each_user("may be write, even if the command cannot be executed", function()
    local ok, err = pcall(asking.run, { write = function(c) return c:continue() end }, { "/no/such" })
    assert.same({ false, "exec" }, { ok, err.kind })
    assert.equal("", asking.run({ write = function() return "EIO" end }, { "sh", "-c", "echo x || true" }).stdout)
  end)

  each_user("is refused if the function returns nothing", function()
    for _, nothing in ipairs { function() end, function() return false end } do
      local r = asking.run({ uname = nothing }, { "uname" })
      assert.truthy(r.stderr:find("Operation not permitted", 1, true), r.stderr)
    end
  end)

  each_user("is passed to the function with its arguments", function()
    local seen
    local r = asking.run({ openat = function(c)
      if c:string(2) == "/etc/passwd" then seen = { c.name, c:int(1), #c.args, c.pid, c:path(), c:bytes(2, 4) } end
      return allowed(c)
    end }, { "cat", "/etc/passwd" })
    assert.is_true(r.ok)
    assert.truthy(seen[4] > 1)
    seen[4] = nil
    assert.same({ "openat", sys.AT_FDCWD, 6, nil, "/etc/passwd", "/etc" }, seen)
  end)

  each_user("is passed with an absolute path", function()
    local paths = {}
    asking.run({ openat = function(c)
      paths[c:path()] = true
      return allowed(c)
    end }, { "sh", "-c", "cd /etc && cat passwd; cd /proc/self && cat < status" })
    assert.is_true(paths["/etc/passwd"])
    local found
    for path in next, paths do found = found or path:find "^/proc/%d+/status$" end
    assert.truthy(found)
  end)

  each_user("can return a descriptor, close-on-exec if requested", function()
    local dir <close> = trees()
    local function open(c)
      return c:open_below(dir.path .. "/in", { at = "/x" }) or allowed(c)
    end
    local r = call({ open = open, openat = open }, { "flags", "/x/a" })
    assert.equal("1 0 1\n", r.stdout)
  end)

  each_user("may be execve, except for the engine's own", function()
    local names = {}
    local r = asking.run({ execve = function(c)
      names[#names + 1] = c:string(1)
      return c.args[1] and c:string(1):find("id$") and "EACCES" or allowed(c)
    end }, { "sh", "-c", "/usr/bin/true; /usr/bin/id; echo $?" })
    assert.equal("126\n", r.stdout)
    assert.same({ "/usr/bin/true", "/usr/bin/id" }, names)
  end)

  each_user("may come from many processes and threads at once", function()
    assert.equal("0 bad\n", call({ getppid = function(c) return c:value(4242) end }, { "many", "20" }).stdout)
  end)

  each_user("leaves nothing behind if its process is killed meanwhile", function()
    local before, count = #support.descriptors(), 0
    local r = call({ getppid = function(c)
      count = count + 1
      if count % 5 == 0 then sys.sleep(0.002) end
      return c:value(4242)
    end }, { "killed", "40" })
    assert.equal("4242\n", r.stdout)
    assert.equal(before, #support.descriptors())
  end)

  each_user("ends with its sandbox, by a time limit or with the handle", function()
    local before = #support.descriptors()
    local r = asking.run({ getppid = function(c) return c:value(4242) end },
      { "sh", "-c", "while :; do /caller many 20; done" },
      { fs = { ["/caller"] = ns.ro(caller.caller) }, limits = { wall_time = 0.2 } })
    assert.equal("wall_time", r.reason)
    local p = asking.spawn({ getppid = function(c) return c:value(1) end },
      { "sh", "-c", "while :; do sh -c 'echo $PPID'; done" }, { stdout = "null" })
    assert.same({ nil, "timeout" }, { p:wait(0.1) })
    p:close()
    assert.equal(before, #support.descriptors())
  end)

  each_user("is answered while the program waits for another sandbox", function()
    local one = asking.spawn({ uname = function() return "EACCES" end }, { "sh", "-c", "uname; echo one" })
    local two = asking.spawn({ getppid = function(c) return c:value(77) end }, { "sh", "-c", "echo $PPID" })
    local list, texts = { one, two }, {}
    while #list > 0 do
      local _, r = ns.wait(list, 20)
      texts[#texts + 1] = r.stdout
    end
    table.sort(texts)
    assert.same({ "77\n", "one\n" }, texts)
  end)

  each_user("is asked about once, even if a signal comes before it is answered", function()
    local asked = 0
    local function refuse(c)
      asked = asked + 1
      if asked == 1 then
        assert(sys.kill(c.pid, sys.SIGUSR1))
        sys.sleep(0.05) -- for a call that does not wait for the answer
      end
      return "EROFS"
    end
    local r = asking.run({ mkdir = refuse, mkdirat = refuse },
      { "perl", "-e", [[$SIG{USR1} = sub { $n++ }; mkdir "/tmp/x"; print $!, " ", $n]] })
    assert.same({ "Read-only file system 1", 1 }, { r.stdout, asked })
  end)

  each_user("may be answered with the output of another sandbox", function()
    local r = asking.run({ getppid = function(c)
      local inner = asking.run({ uname = function() return "EACCES" end }, { "sh", "-c", "echo 5" })
      return c:value(tonumber(inner.stdout))
    end }, { "sh", "-c", "echo $PPID" })
    assert.equal("5\n", r.stdout)
  end)
end)

describe("a command that ends at once", function()
  each_user("works like any other", function()
    for _ = 1, 50 do
      assert.equal("5\n", asking.run({ uname = function() end }, { "sh", "-c", "kill -9 -1; echo 5" }).stdout)
    end
  end)
end)

describe("a function that answers calls", function()
  each_user("ends the sandbox if it fails, and the error is raised where the sandbox is waited for", function()
    local before = #support.descriptors()
    local ok, err = pcall(asking.run, { uname = function() error "no such luck" end },
      { "sh", "-c", "uname; sleep 20; echo not reached" })
    assert.is_false(ok)
    assert.equal("notify", err.kind)
    assert.equal("seccomp.notify.uname", err.field)
    assert.truthy(err.where:find "asking.lua:%d+$", err.where)
    assert.truthy(err.message:find "notify_spec.lua:%d+: no such luck")
    assert.truthy(err.traceback:find("stack traceback", 1, true))
    assert.equal(before, #support.descriptors())
  end)

  each_user("fails if it returns no answer, or an unknown error name", function()
    for _, case in ipairs {
      { function() return 3 end, "the function returned number 3" },
      { function() return "EACCESS" end, "'EACCESS' is not an error of errno%(3%) such as \"EACCES\"" },
      { function(c) return c:value("x") end, "call:value takes an integer" },
      { function(c) return c:fd("x") end, "" },
    } do
      local _, err = pcall(asking.run, { uname = case[1] }, { "uname" })
      assert.truthy(tostring(err):find(case[2]), tostring(err))
    end
  end)

  each_user("fails if it lets the kernel read again what it has read, without giving a reason", function()
    local _, err = pcall(asking.run, { openat = function(c)
      c:string(2)
      return c:continue()
    end }, { "cat", "/etc/passwd" })
    assert.truthy(tostring(err):find("another thread may have changed it", 1, true), tostring(err))
    local answer
    _, err = pcall(asking.run, { openat = function(c)
      answer = c:continue()
      c:string(2)
      return answer
    end }, { "cat", "/etc/passwd" })
    assert.truthy(tostring(err):find("another thread may have changed it", 1, true), tostring(err))
  end)
end)

describe("a function that closes its own sandbox", function()
  each_user("ends the wait for that sandbox", function()
    for _, wait in ipairs { function(p) return p:wait(20) end, function(p) return ns.wait({ p }, 20) end } do
      local process
      process = asking.spawn({ uname = function() process:close() end }, { "sh", "-c", "uname; sleep 30" })
      support.raises("notify_spec.lua:%d+: the sandbox was closed$", wait, process)
    end
  end)
end)

describe("a function that knows its own Process", function()
  each_user("does not keep that Process from being collected", function()
    local before, pids = #support.descriptors(), {}
    for i, denied in ipairs { false, true } do
      local known = {}
      known.process = asking.spawn({ uname = function() return known.process and "EPERM" end }, { "sleep", "30" },
        { denied = denied, setup = function() return known.process end })
      pids[i] = known.process.pid
      known.process:wait(0.1)
    end
    collectgarbage()
    collectgarbage()
    for _, pid in ipairs(pids) do assert.is_nil(sys.stat("/proc/" .. pid)) end
    assert.equal(before, #support.descriptors())
  end)
end)

--- The caller may write below /in, and opens anything there through open_below alone.
local function attack(dir, words, options)
  local function below(c)
    return c:open_below(dir.path .. "/in", options or { at = "/in" })
  end
  return call({ open = below, openat = below }, words, { ["/in"] = ns.rw(dir.path .. "/in") })
end

describe("call:open_below", function()
  each_user("opens files below the directory, and nothing else", function()
    local dir <close> = trees()
    assert(sys.symlink("../secret", dir.path .. "/in/up"))
    assert(sys.symlink(dir.path .. "/secret", dir.path .. "/in/absolute"))
    assert(sys.symlink("sub/b", dir.path .. "/in/beside"))
    assert(sys.symlink("/proc/self/root/etc/passwd", dir.path .. "/in/magic"))
    for path, expected in pairs {
      ["/in/a"] = "o", ["/in//sub/../a"] = "o", ["/in/beside"] = "o", ["/in/sub/b"] = "o",
      ["/in/../secret"] = "d", ["/in/up"] = "d", ["/in/absolute"] = "d", ["/in/magic"] = "d", ["/etc/passwd"] = "d",
      ["/in/sub/../../secret"] = "d", ["/inside"] = "d", ["/../in/a"] = "d", [dir.path .. "/secret"] = "d",
      ["/in/" .. ("../"):rep(300) .. "etc/passwd"] = "d", ["/in/" .. ("x"):rep(300)] = "d", ["/in"] = "d",
    } do
      assert.equal(expected .. "\n", attack(dir, { "look", path }).stdout, path)
    end
  end)

  each_user("is safe from memory that changes after it was read", function()
    local dir <close> = trees()
    local r = attack(dir, { "flip", "/in/a", "/in/../secret", "0.5" })
    assert.equal("opened 1 denied 1 leaked 0\n", r.stdout)
  end)

  each_user("is safe from links that come and go", function()
    local dir <close> = trees()
    assert(sys.symlink("../secret", dir.path .. "/in/b"))
    assert(sys.symlink("..", dir.path .. "/in/d"))
    assert(sys.writefile(dir.path .. "/in/sub/secret", "open\n"))
    assert(sys.chmod(dir.path .. "/in/sub/secret", 420))
    assert.equal("opened 1 denied 1 leaked 0\n", attack(dir, { "exchange", "/in/a", "/in/b", "0.5" }).stdout)
  end)

  each_user("writes and creates files only where it is allowed to", function()
    local dir <close> = trees()
    local create = tostring(sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL)
    assert.equal("EROFS\n", attack(dir, { "open", "/in/new", create }).stdout)
    assert.equal("EROFS\n", attack(dir, { "open", "/in/a", tostring(sys.O_RDWR) }).stdout)
    local options = { at = "/in", write = true }
    assert.equal("ok\n", attack(dir, { "open", "/in/new", create }, options).stdout)
    assert.equal("EEXIST\n", attack(dir, { "open", "/in/new", create }, options).stdout)
    assert.equal("EACCES\n", attack(dir, { "open", "/in/../new", create }, options).stdout)
    assert.is_nil(sys.lstat(dir.path .. "/new"))
    assert.equal("file", sys.lstat(dir.path .. "/in/new").type)
    assert.equal("ok\n", attack(dir, { "open", "/in/a", tostring(sys.O_WRONLY | sys.O_TRUNC) }, options).stdout)
    assert.equal("", assert(sys.readfile(dir.path .. "/in/a")))
  end)

  each_user("does not wait for whoever holds a lease on the file", function()
    local dir <close> = trees()
    local own = dir.path .. "/in/own"
    assert(sys.writefile(own, "open\n"))
    local hold, stop = sys.pipe()
    local r, w = sys.pipe()
    local holder <close> = assert(sys.clone(0, function()
      hold:dup(0)
      w:dup(1)
      return sys.exec { caller.lease, own }
    end))
    w:close()
    assert(r:read(1) == "x", "no lease")
    local began = sys.monotonic()
    assert.equal("EAGAIN\n", attack(dir, { "open", "/in/own", "0" }).stdout)
    assert.truthy(sys.monotonic() - began < 10)
    stop:close()
    holder:wait()
    assert.equal("ok\n", attack(dir, { "open", "/in/own", "0" }).stdout)
  end)

  each_user("does not wait for fifos, and opens no directories", function()
    local dir <close> = trees()
    assert(os.execute("mkfifo -m 666 " .. dir.path .. "/in/fifo"))
    assert.equal("EACCES\n", attack(dir, { "open", "/in/fifo", "0" }).stdout)
    assert.equal("EISDIR\n", attack(dir, { "open", "/in/sub", "0" }).stdout)
    assert.equal("EISDIR\n", attack(dir, { "open", "/in/sub", tostring(sys.O_DIRECTORY) }).stdout)
    assert.equal("EINVAL\n", attack(dir, { "open", "/in/a", tostring(sys.O_PATH) }).stdout)
  end)
end)

describe("an invalid pointer", function()
  each_user("fails the call as in the kernel, whatever the function does", function()
    local r = call({ openat = function(c)
      c:string(2)
      return "EACCES"
    end }, { "bad" })
    assert.equal("null EFAULT\none EFAULT\nkernel EFAULT\nlast EFAULT\nunterminated EFAULT\nterminated EACCES\n"
      .. "huge ENAMETOOLONG\n", r.stdout)
  end)
end)

describe("--explain", function()
  it("shows which calls are answered, and by which line", function()
    local text = asking.box({ uname = function() end, getppid = function() end }, { cmd = { "true" } }):explain()
    local order = text:match("SECCOMP_FILTER_FLAG_NEW_LISTENER.-\n(answer .-)execve")
    local one, two = order:gsub(" +", " "):match("^(.-)\n(.-)\n$")
    assert.truthy(one:find "^answer getppid by the recipe's function # [^ ]+:%d+: seccomp%.notify%.getppid$", one)
    assert.truthy(two:find "^answer uname by the recipe's function # [^ ]+:%d+: seccomp%.notify%.uname$", two)
  end)
end)

describe("a call answered by Lua", function()
  it("takes at most ten times as long as one answered in C", function()
    if os.getenv "NSENGINE_VM" then return pending "time in a guest says nothing about speed" end
    local ratio = support.run { "lua5.4", "bench/notify.lua", "3000", env = {
      LUA_PATH = "lua/?.lua;lua/?/init.lua;spec/?.lua;spec/?/init.lua", PATH = os.getenv "PATH",
      LUA_CPATH = sys.getcwd() .. "/" .. support.build .. "/lib/?.so", LD_PRELOAD = os.getenv "LD_PRELOAD",
      ASAN_OPTIONS = os.getenv "ASAN_OPTIONS" } }
    local lua, times = ratio.stdout:match("by Lua: ([%d.]+) us; ([%d.]+) times")
    assert.truthy(lua, ratio.stdout .. ratio.stderr)
    assert.truthy(tonumber(times) <= (os.getenv "LD_PRELOAD" and 60 or 10), ratio.stdout)
  end)
end)

describe("a limit on processes, where the filter has a listener,", function()
  each_user("counts the command's processes and not the engine's", function()
    local function said(limits, script, functions)
      local r = ns.sandbox { fs = { ["/"] = ns.ro "/" }, env = { PATH = "/usr/bin:/bin" }, limits = limits,
        stdout = "capture", stderr = "capture", seccomp = { notify = functions } }:run { "/bin/sh", "-c", script }
      return r.stdout .. r.stderr .. tostring(r.code)
    end
    local answered = { uname = function() end }
    for _, case in ipairs {
      { { files = 3 }, "exit 0" }, { { files = 4 }, "ulimit -n" }, { { files = 7 }, "ulimit -n" },
      { { processes = 1 }, "ulimit -u" }, { { processes = 2 }, "ulimit -u; true | true" },
      { { files = 5, processes = 2 }, "ulimit -n; true & wait" },
    } do
      assert.equal(said(case[1], case[2]), said(case[1], case[2], answered), case[2])
    end
    assert.equal("5\n0", said({ files = 5 }, "ulimit -n", answered))
    -- The engine's helper is not counted: the command has its three at once.
    for _ = 1, 20 do assert.equal("0", said({ processes = 3 }, "/bin/true; exit 0", answered)) end
  end)

  it("works with a filter that forbids execve, too", function()
    local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { files = 5, processes = 2 }, stdout = "capture",
      stderr = "capture", seccomp = { deny = { "execve", "execveat" } } }
    local r = box:run { "/bin/sh", "-c", "ulimit -n; exec /bin/echo ran" }
    assert.equal("5\n", r.stdout)
    assert.equal(126, r.code, r.stderr)
  end)
end)
