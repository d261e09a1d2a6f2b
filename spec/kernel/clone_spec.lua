--- sys.clone runs a function in a child, once; nothing of the parent happens twice.
local support = require "support"
local sys = require "nsengine.sys"

local kinds = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" }
local every_kind = sys.CLONE_NEWCGROUP | sys.CLONE_NEWIPC | sys.CLONE_NEWNS | sys.CLONE_NEWNET | sys.CLONE_NEWPID
                 | sys.CLONE_NEWTIME | sys.CLONE_NEWUSER | sys.CLONE_NEWUTS

--- Marks a test as pending on a kernel before Linux major.minor.
local function needs(major, minor)
  if support.linux() < major * 1000 + minor then pending(("needs Linux %d.%d"):format(major, minor)) end
end

--- The inode of each namespace of this process.
local function namespaces()
  local result = {}
  for _, kind in ipairs(kinds) do
    local fd <close> = assert(sys.nsopen(kind))
    result[kind] = sys.stat(fd).ino
  end
  return result
end

local function status(fn)
  local child <close> = assert(sys.clone(0, fn))
  return child:wait()
end

--- Keeps a child that is expected to fail from printing into the suite's report.
local function quiet()
  local null <close> = assert(sys.open("/dev/null", sys.O_WRONLY))
  null:dup(2)
end

describe("sys.clone", function()
  it("makes the function's result the child's exit status", function()
    assert.same({ true, "exit", 0 }, { status(function() end) })
    assert.same({ true, "exit", 0 }, { status(function() return true end) })
    assert.same({ nil, "exit", 1 }, { status(function() return false end) })
    assert.same({ nil, "exit", 7 }, { status(function() return 7 end) })
    assert.same({ nil, "exit", 9 }, { status(function() return nil, "exit", 9 end) })
    assert.same({ nil, "exit", 137 }, { status(function() return nil, "signal", 9 end) })
  end)

  it("passes arguments, and copies of upvalues", function()
    local count = 1
    local child <close> = assert(sys.clone(0, function(a, b)
      count = count + a + b
      return count
    end, 2, 3))
    assert.same({ nil, "exit", 6 }, { child:wait() })
    assert.equal(1, count)
  end)

  it("prints an error once, with its traceback, and exits with 125", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      local child = sys.clone(0, function() error("broken") end)
      return child:wait()]]
    assert.equal(125, r.code)
    local _, times = r.stderr:gsub("broken", "")
    assert.equal(1, times)
    assert.truthy(r.stderr:find("nsengine: clone: .*recipe.lua:2: broken\nstack traceback:"))
  end)

  it("writes the parent's buffered output once", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      io.stdout:setvbuf("full")
      io.write("before ")
      local child = sys.clone(0, function() io.write("child ") end)
      child:wait()
      io.write("after")]]
    assert.equal("before child after", r.stdout)
  end)

  it("closes no variables of the parent in the child", function()
    local r <close>, w = sys.pipe()
    do
      local _guard <close> = setmetatable({}, { __close = function() w:write(sys.getpid() .. "\n") end })
      status(function()
        quiet()
        error("leaves the scope")
      end)
      status(function() end)
    end
    w:close()
    assert.equal(sys.getpid() .. "\n", r:read())
  end)

  it("runs no finalizers of the parent in the child", function()
    local r, w = sys.pipe()
    setmetatable({}, { __gc = function() w:write(tostring(sys.getpid()) .. "\n") end })
    status(function()
      local garbage = {}
      for i = 1, 100000 do garbage[i % 10] = { i } end
      return garbage and 0
    end)
    collectgarbage()
    assert.equal(sys.getpid() .. "\n", r:read())
  end)

  it("works in a coroutine, and ends the child there", function()
    local results = coroutine.wrap(function()
      local child <close> = assert(sys.clone(0, function()
        quiet()
        coroutine.yield(1) -- an error: nobody resumes it
      end))
      return { child:wait() }
    end)()
    assert.same({ nil, "exit", 125 }, results)
  end)

  it("passes more arguments than fit in a new Lua stack", function()
    local child <close> = assert(sys.clone(0, function(...) return select("#", ...) end,
      table.unpack({}, 1, 200)))
    assert.same({ nil, "exit", 200 }, { child:wait() })
  end)

  it("fails with 125 if the child's output cannot be written", function()
    local _, how, code = status(function()
      local full <close> = assert(sys.open("/dev/full", sys.O_WRONLY))
      full:dup(1)
      io.stdout:setvbuf("full")
      io.write("lost")
    end)
    assert.same({ "exit", 125 }, { how, code })
  end)

  it("fails with 125 if the function's result is no exit status", function()
    for _, value in ipairs { 256, -1, 1.5, "text", {} } do
      assert.same({ nil, "exit", 125 }, { status(function()
        quiet()
        return value
      end) })
    end
  end)
end)

describe("a child of sys.clone", function()
  for _, uid in ipairs(support.users) do
    it("is in new namespaces of all kinds, or of those that are named, as uid " .. uid, function()
      local own, all, named = support.child({ uid = uid }, function()
        return namespaces(), support.child({ flags = every_kind }, namespaces),
          support.child({ flags = sys.CLONE_NEWUSER | sys.CLONE_NEWUTS }, namespaces)
      end)
      for _, kind in ipairs(kinds) do
        assert.truthy(own[kind] ~= all[kind], kind)
        assert.equal(kind == "user" or kind == "uts", own[kind] ~= named[kind], kind)
      end
    end)

    it("has the descriptors of its parent and no others, as uid " .. uid, function()
      local before, inside = support.child({ uid = uid }, function()
        local before = support.descriptors()
        return before, support.child(function() return support.descriptors() end)
      end)
      -- support.child has a pipe of its own; the child keeps the writing end.
      assert.equal(#before + 1, #inside)
    end)
  end

  it("leaves nothing behind, in a thousand clones and in clones that fail", function()
    local file <close> = assert(sys.open("/"))
    collectgarbage() -- what other tests left may go now, not in between
    local before = {}
    for _, number in ipairs(support.descriptors()) do before[number] = true end
    for _ = 1, 1000 do
      local child <close> = assert(sys.clone(0, function() end))
      assert(child:wait())
    end
    for _ = 1, 100 do support.fails("EBADF", "^clone: ", sys.clone({ cgroup = file }, print)) end
    for _, number in ipairs(support.descriptors()) do assert.truthy(before[number], number) end
    support.fails("ECHILD", "^waitpid", support.child(function() return sys.waitpid(-1, sys.WNOHANG) end))
  end)
end)

describe("the signals of a clone", function()
  --- What /proc/self/status says about signals: in the parent before, in the child, in the parent after.
  local function signals(option)
    local r = support.run { "env", option, support.launcher(), "-e", [[
      local sys = require "nsengine.sys"
      local function show()
        local text = sys.readfile("/proc/self/status")
        print(text:match("SigBlk:%s*(%x+)"), text:match("SigIgn:%s*(%x+)"), text:match("SigCgt:%s*(%x+)"))
      end
      show()
      local child <close> = assert(sys.clone(0, show))
      child:wait()
      show()]] }
    assert.equal(0, r.code, r.stderr)
    local before, inside, after = r.stdout:match("^(.-)\n(.-)\n(.-)\n$")
    assert.equal(before, after)
    local function masks(line)
      local blocked, ignored, caught = line:match("(%x+)%s(%x+)%s(%x+)")
      return { blocked = tonumber(blocked, 16), ignored = tonumber(ignored, 16), caught = tonumber(caught, 16) }
    end
    return masks(before), masks(inside)
  end

  it("are blocked as before, in the parent and in the child", function()
    local before, inside = signals("--block-signal=USR1")
    assert.equal(1 << (sys.SIGUSR1 - 1), before.blocked)
    assert.equal(before.blocked, inside.blocked)
  end)

  it("have default handlers in the child, but stay ignored if the parent ignores them", function()
    local before, inside = signals("--ignore-signal=USR2")
    assert.truthy(before.caught ~= 0)
    assert.equal(0, inside.caught)
    assert.truthy(before.ignored & 1 << (sys.SIGUSR2 - 1) ~= 0)
    assert.equal(before.ignored, inside.ignored)
  end)
end)

describe("what sys.clone refuses", function()
  it("is reported with nil, a message and the errno", function()
    local uid = support.users[#support.users]
    if uid == 0 then pending("needs an ordinary user") end
    support.fails("EPERM", "^clone: Operation not permitted", support.child({ uid = uid }, function()
      return sys.clone(sys.CLONE_NEWUTS, print)
    end))
    support.fails("EAGAIN", "^clone: Resource temporarily unavailable", support.child({ uid = uid }, function()
      assert(sys.setrlimit(sys.RLIMIT_NPROC, 0))
      return sys.clone(0, print)
    end))
  end)

  it("includes a clone of a process with threads, until the threads have ended", function()
    if not os.execute("command -v cc >/dev/null") then pending("needs a C compiler") end
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/threads.c", [[
      #include <pthread.h>
      #include <unistd.h>
      static pthread_t threads[2];
      static int ends[2];
      static void *wait_for_end(void *unused) { char c; return read(ends[0], &c, 1) < 0 ? unused : 0; }
      int start(void *L)
      {
          int i, rc = pipe(ends);
          for (i = 0; i < 2 && rc == 0; i++) rc = pthread_create(&threads[i], 0, wait_for_end, L);
          return 0;
      }
      int stop(void *L)
      {
          (void)L;
          close(ends[1]);
          pthread_join(threads[0], 0);
          pthread_join(threads[1], 0);
          close(ends[0]);
          return 0;
      }]]))
    local library = dir.path .. "/threads.so"
    local cc = support.run { "cc", "-shared", "-fPIC", "-pthread", "-o", library, dir.path .. "/threads.c" }
    assert.equal(0, cc.code, cc.stderr)
    local refused, leaked, again = support.child(function()
      local start = assert(package.loadlib(library, "start"))
      local stop = assert(package.loadlib(library, "stop"))
      start()
      local before = #support.descriptors()
      local refused = { sys.clone(0, function() end) }
      local leaked = #support.descriptors() - before
      stop()
      -- pthread_join returns a moment before the kernel has forgotten the thread.
      local deadline = sys.monotonic() + 10
      while #sys.list("/proc/self/task") > 1 and sys.monotonic() < deadline do sys.sleep(0.001) end
      return refused, leaked, support.child(function() return "again" end)
    end)
    support.fails("EAGAIN", "^clone: this process has 3 threads, .*; clone before they start: ",
      table.unpack(refused, 1, 3))
    assert.equal(0, leaked)
    assert.equal("again", again)
  end)

  it("includes flags that make no sense for a Lua function; the error lists those that do", function()
    support.misuse(1, "clone", "unknown flags %(256%): CLONE_NEW%*", 256, print) -- CLONE_VM
    support.misuse(1, "clone", "unknown flags", sys.SIGCHLD, print)
    support.misuse(1, "clone", "unknown flags", sys.CLONE_INTO_CGROUP, print) -- given by {cgroup =} instead
    support.misuse(1, "clone", "field 'flags': %-1 is out of range", { flags = -1 }, print)
    support.misuse(1, "clone", "%-1 is out of range", -1, print)
    support.misuse(1, "clone", "number expected, got nil", nil, print)
    support.misuse(1, "clone", "number expected, got string", "0", print)
    support.misuse(2, "clone", "function expected, got no value", 0)
    support.misuse(2, "clone", "function expected, got table", 0, setmetatable({}, { __call = print }))
    support.misuse(1, "clone", "unknown field 'cgruop'", { cgruop = 3 }, print)
    support.misuse(1, "clone", "field 'cgroup': .*descriptor", { cgroup = "/sys/fs/cgroup" }, print)
    local closed = assert(sys.open("/"))
    closed:close()
    support.misuse(1, "clone", "field 'cgroup': closed descriptor", { cgroup = closed }, print)
  end)
end)

describe("sys.clone with a cgroup", function()
  --- A cgroup of the test's own in the cgroup2 hierarchy; removed on `<close>`.
  local function own_cgroup()
    for _, mount in ipairs(assert(sys.mounts())) do
      if mount.fstype == "cgroup2" then
        local name = "nsengine_spec_" .. sys.getpid()
        local path = mount.target .. "/" .. name
        if sys.mkdir(path) then
          return setmetatable({ name = name, path = path }, { __close = function() assert(sys.rmdir(path)) end })
        end
      end
    end
    pending("needs a cgroup2 directory to write to")
  end

  it("starts the child there", function()
    local cgroup <close> = own_cgroup()
    local directory <close> = assert(sys.open(cgroup.path, sys.O_DIRECTORY))
    local r <close>, w = sys.pipe()
    local child <close> = assert(sys.clone({ cgroup = directory, flags = sys.CLONE_NEWUTS | sys.CLONE_NEWUSER },
      function(where)
        w:write(sys.readfile("/proc/self/cgroup"))
        return where == "argument" and sys.sethostname("box")
      end, "argument"))
    w:close()
    assert.same({ true, "exit", 0 }, { child:wait() })
    assert.truthy(r:read():find("0::/[^\n]*" .. cgroup.name .. "\n"))
    assert.is_nil(sys.readfile("/proc/self/cgroup"):find(cgroup.name, 1, true))
  end)

  it("fails where the caller may not write, and for what is no cgroup", function()
    local cgroup <close> = own_cgroup()
    local uid = support.users[#support.users]
    if uid == 0 then pending("needs an ordinary user") end
    local directory <close> = assert(sys.open(cgroup.path, sys.O_DIRECTORY))
    support.fails("EACCES", "^clone: Permission denied", support.child({ uid = uid }, function()
      return sys.clone({ cgroup = directory }, print)
    end))
    local root <close> = assert(sys.open("/"))
    support.fails("EBADF", "^clone: Bad file descriptor", sys.clone({ cgroup = root }, print))
  end)
end)

describe("sys.clone with CLONE_NNP", function()
  it("sets no_new_privs in the child alone", function()
    needs(7, 1)
    local function show() return sys.readfile("/proc/self/status"):match("NoNewPrivs:%s*(%d)") end
    for _, uid in ipairs(support.users) do
      assert.same({ "1", "0" }, { support.child({ uid = uid }, function()
        return support.child({ flags = sys.CLONE_NNP }, show), show()
      end) })
    end
  end)
end)
