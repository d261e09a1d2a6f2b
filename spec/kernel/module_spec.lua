--- The module itself: its constants are the kernel's, its names are checked, and it cannot be changed.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

--- The value of each name for the C compiler, after `includes`; nil for those that the headers lack.
local function from_headers(includes, names)
  local dir <close> = support.tempdir()
  local lines = { "#define _GNU_SOURCE" }
  for _, header in ipairs(includes) do lines[#lines + 1] = ("#include <%s>"):format(header) end
  lines[#lines + 1] = "#include <stdio.h>\nint main(void) {"
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("#ifdef %s\nprintf(\"%s %%lld\\n\", (long long)(%s));\n#endif"):format(name, name, name)
  end
  lines[#lines + 1] = "return 0; }\n"
  assert(sys.writefile(dir.path .. "/c.c", table.concat(lines, "\n")))
  local cc = support.run { "cc", "-w", "-o", dir.path .. "/c", dir.path .. "/c.c" }
  assert.equal(0, cc.code, cc.stderr)
  local values = {}
  for name, value in support.run { dir.path .. "/c" }.stdout:gmatch("(%S+) (%S+)\n") do
    values[name] = math.tointeger(value)
  end
  return values
end

local function has_compiler() return support.run({ "sh", "-c", "command -v cc" }).code == 0 end

--- Every constant of the module: {name = number}.
local function constants()
  local all = {}
  for name, value in pairs(sys) do
    if type(value) == "number" then all[name] = value end
  end
  return all
end

describe("the constants of nsengine.sys", function()
  it("equal those in the system's headers", function()
    if not has_compiler() then return pending("needs a C compiler") end
    local names = {}
    for name in pairs(constants()) do names[#names + 1] = name end
    assert.truthy(#names > 350, #names)
    -- In glibc 2.36 <linux/mount.h> and <sys/mount.h> exclude each other: two programs.
    local kernel = from_headers({ "errno.h", "fcntl.h", "linux/mount.h", "linux/sched.h", "linux/openat2.h",
      "linux/close_range.h", "linux/memfd.h", "linux/securebits.h", "linux/xattr.h", "linux/fs.h", "signal.h",
      "sys/stat.h", "net/if.h", "sys/resource.h", "sys/socket.h", "sys/wait.h" }, names)
    local libc = from_headers({ "sys/mount.h", "sched.h", "sys/mman.h", "sys/xattr.h", "fcntl.h", "stdio.h" }, names)
    local count = 0
    for name, value in pairs(constants()) do
      for _, headers in ipairs { kernel, libc } do
        -- RLIM_INFINITY, 2^64-1, is -1 in Lua, and so it is as a long long.
        if headers[name] then
          count = count + 1
          assert.equal(headers[name], value, name)
        end
      end
    end
    assert.truthy(count > 350, count)
    for _, group in ipairs { "CLONE_NEW", "MS_", "MOUNT_ATTR_", "RESOLVE_", "SIG", "E", "O_", "S_I", "RLIMIT_" } do
      local found
      for name in pairs(kernel) do found = found or name:find("^" .. group) end
      assert.truthy(found, group)
    end
  end)

  it("equal those that the man pages print", function()
    local known = {
      CLONE_NEWNS = 0x00020000, CLONE_NEWCGROUP = 0x02000000, CLONE_NEWUTS = 0x04000000, CLONE_NEWIPC = 0x08000000,
      CLONE_NEWUSER = 0x10000000, CLONE_NEWPID = 0x20000000, CLONE_NEWNET = 0x40000000, CLONE_NEWTIME = 0x80,
      CLONE_INTO_CGROUP = 1 << 33, CLONE_NNP = 1 << 35, CLONE_EMPTY_MNTNS = 1 << 37,
      MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_REMOUNT = 32, MS_BIND = 4096, MS_MOVE = 8192,
      MS_REC = 16384, MS_PRIVATE = 1 << 18, MS_SLAVE = 1 << 19, MS_SHARED = 1 << 20, MS_UNBINDABLE = 1 << 17,
      MNT_FORCE = 1, MNT_DETACH = 2, MNT_EXPIRE = 4, UMOUNT_NOFOLLOW = 8,
      SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGTERM = 15, SIGCHLD = 17, SIGSTOP = 19, SIGIO = 29,
      SIGSYS = 31,
      EPERM = 1, ENOENT = 2, EINTR = 4, EAGAIN = 11, EWOULDBLOCK = 11, EACCES = 13, EINVAL = 22, ENOSYS = 38,
      EOPNOTSUPP = 95, ENOTSUP = 95, EHWPOISON = 133,
      RLIM_INFINITY = -1, AT_FDCWD = -100, MOVE_MOUNT_BENEATH = 0x200, MFD_NOEXEC_SEAL = 8,
    }
    for name, value in pairs(known) do assert.equal(value, sys[name], name) end
  end)

  it("include every error and every signal of the kernel, except real-time signals", function()
    for errno = 1, 133 do
      local name = sys.errname(errno)
      if name then assert.equal(errno, sys[name], name) end
    end
    if not has_compiler() then return pending("needs a C compiler") end
    local r = support.run { "sh", "-c", "echo '#include <errno.h>\n#include <signal.h>' | cc -E -dM -" }
    local count = 0
    for name in r.stdout:gmatch("#define (E%u[%u%d]+) ") do
      count = count + 1
      assert.equal("integer", math.type(sys[name]), name)
    end
    for name in r.stdout:gmatch("#define (SIG%u+) ") do
      if not name:find("^SIGRT") and name ~= "SIGSTKSZ" then
        count = count + 1
        assert.equal("integer", math.type(sys[name]), name)
      end
    end
    assert.truthy(count > 160, count)
  end)
end)

describe("nsengine.sys", function()
  it("raises for an unknown name, and suggests the one that was meant", function()
    local function get(name) return function() return sys[name] end end
    support.raises("nsengine.sys has no 'CLONE_NEWUTSS' %(did you mean 'CLONE_NEWUTS'%?%)$", get "CLONE_NEWUTSS")
    support.raises("nsengine.sys has no 'mont' %(did you mean 'mount'%?%)$", get "mont")
    support.raises("nsengine.sys has no 'unsahre' %(did you mean 'unshare'%?%)$", get "unsahre")
    support.raises("nsengine.sys has no 'sigterm' %(did you mean 'SIGTERM'%?%)$", get "sigterm")
    support.raises("nsengine.sys has no 'EPREM' %(did you mean 'EPERM'%?%)$", get "EPREM")
    support.raises("nsengine.sys has no 'something_else'$", get "something_else")
    support.raises("nsengine.sys has no ''$", get "")
    support.raises("nsengine.sys has no 'CLONE_NEWUTS'", get "CLONE_NEWUTS\0") -- the kernel's names have no NUL
  end)

  it("reports the line of the mistake", function()
    local r = support.recipe('local sys = require "nsengine.sys"\nprint(sys.CLONE_NEWUTSS)')
    assert.equal(("nsengine: %s:2: nsengine.sys has no 'CLONE_NEWUTSS' (did you mean 'CLONE_NEWUTS'?)\n")
      :format(r.path), r.stderr)
    assert.equal(125, r.code)
  end)

  it("refuses keys that are no names", function()
    support.raises("nsengine.sys is indexed by names, not by a number$", function() return sys[1] end)
    support.raises("nsengine.sys is indexed by names, not by a nil$", function() return sys[nil] end)
    support.raises("nsengine.sys is indexed by names, not by a table$", function() return sys[{}] end)
  end)

  it("cannot be changed: no new names, no other functions or constants", function()
    local getpid = sys.getpid
    support.raises("nsengine.sys cannot be changed: 'mine'$", function() sys.mine = 1 end)
    support.raises("nsengine.sys cannot be changed: 'getpid'$", function() sys.getpid = print end)
    support.raises("nsengine.sys cannot be changed: 'getpid'$", function() sys.getpid = nil end)
    assert.equal(1, sys.EPERM) -- after its first use, too
    support.raises("nsengine.sys cannot be changed: 'EPERM'$", function() sys.EPERM = 2 end)
    support.raises("nsengine.sys cannot be changed: '1'$", function() sys[1] = 2 end)
    support.raises("protected metatable", setmetatable, sys, {})
    assert.equal(getpid, sys.getpid)
    assert.equal(1, sys.EPERM)
    local _, state = pairs(sys)
    support.raises("cannot be changed", function() state.getpid = nil end)
  end)

  it("lists every name once, with pairs", function()
    local count, seen = 0, {}
    for name, value in pairs(sys) do
      assert.is_nil(seen[name])
      seen[name] = true
      count = count + 1
      assert.equal("string", type(name))
      assert.truthy(type(value) == "function" or math.type(value) == "integer", name)
      assert.equal(value, sys[name])
    end
    for _, name in ipairs { "clone", "mount", "exec", "CLONE_NEWUSER", "SIGKILL", "SIGIO", "ENOENT", "MS_BIND" } do
      assert.is_true(seen[name], name)
    end
    assert.truthy(count > 450, count)
    local again = 0
    for _ in pairs(sys) do again = again + 1 end
    assert.equal(count, again)
  end)

  it("has its functions' full names in messages and tracebacks", function()
    local ok, message = pcall(sys.mkdir, 1)
    assert.is_false(ok)
    assert.equal("bad argument #1 to 'nsengine.sys.mkdir' (string expected, got number)", message)
    local r = support.nsengine { "-v", "-e", 'local sys = require "nsengine.sys"\nlocal x = sys.mkdir(1)\nreturn x' }
    assert.truthy(r.stderr:find("in function 'nsengine.sys.mkdir'", 1, true), r.stderr)
  end)
end)

describe("each descriptor that the module makes", function()
  it("is closed by exec", function()
    local r = support.nsengine { "-e", [[
      local sys = require "nsengine.sys"
      sys.close_range(3) -- descriptors inherited from the suite's caller
      local made = { sys.open("/"), sys.open("/", 0, 0, {resolve = sys.RESOLVE_BENEATH}) or sys.open("/"),
                     sys.memfd("x", "y") }
      local function keep(...) for _, fd in ipairs { ... } do made[#made + 1] = fd end return ... end
      keep(sys.pipe())
      local a, b = keep(sys.socketpair())
      keep(sys.openpty())
      keep(made[1]:dup())
      sys.sendfd(a, b)
      keep((sys.recvfd(b)))
      local child = sys.clone(0, function() sys.sleep(10) end)
      keep(child:fd(), sys.pidfd_open(sys.getpid()))
      sys.links()
      sys.features()
      io.open("/dev/null"):close()
      io.write(#made, "\n")
      child:close()
      return sys.exec { "/bin/ls", "/proc/self/fd" }]] }
    -- 0, 1, 2, and the directory that ls reads.
    assert.equal("13\n0\n1\n2\n3\n", r.stdout)
    assert.equal(0, r.code, r.stderr)
  end)
end)

describe("a stock lua5.4", function()
  local function lua(chunk, uid)
    local dir <close> = support.tempdir() -- the working directory, because package.path has "./?.lua"
    local path = support.launcher(uid):gsub("/nsengine$", "/lib")
    return support.run { "lua5.4", "-e", chunk, uid = uid, cwd = dir.path,
                         env = { LUA_CPATH = path .. "/?.so", PATH = os.getenv("PATH"),
                                 LD_PRELOAD = os.getenv("LD_PRELOAD"), ASAN_OPTIONS = os.getenv("ASAN_OPTIONS") } }
  end

  for _, uid in ipairs(support.users) do
    it("runs the module without any of nsengine's Lua files, as uid " .. uid, function()
      local r = lua([[
        local sys = require "nsengine.sys"
        assert(not package.searchpath("nsengine.hint", package.path))
        local flags = sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWNET | sys.CLONE_NEWPID | sys.CLONE_NEWNS
        local child <close> = assert(sys.clone(flags, function()
          assert(sys.sethostname("stock"))
          assert(sys.mount("proc", "/proc", "proc"))
          io.write(sys.gethostname(), " ", sys.getpid(), " ", #sys.links(), "\n")
        end))
        print(child:wait())]], uid)
      assert.equal("", r.stderr)
      assert.truthy(r.stdout:find("^stock 1 %d+\ntrue\texit\t0\n$"), r.stdout)
    end)
  end

  it("prints the same messages, without suggestions and hints", function()
    local r = lua [[
      local sys = require "nsengine.sys"
      print((select(2, pcall(function() return sys.CLONE_NEWUTSS end))))
      print(sys.open("/nope"))
      local count = 0
      for _ in pairs(sys) do count = count + 1 end
      print(count > 450)
      print(sys.clone(0, function() return sys.exec { "/nope" } end):wait())
      print(sys.clone(0, function() error("broken", 0) end):wait())]]
    assert.equal("(command line):2: nsengine.sys has no 'CLONE_NEWUTSS'\n"
      .. "nil\topen /nope: No such file or directory (ENOENT)\t2\ntrue\nnil\texit\t127\nnil\texit\t125\n", r.stdout)
    assert.truthy(r.stderr:find("^nsengine: clone: exec /nope: No such file or directory %(ENOENT%)\n"
      .. "nsengine: clone: broken\nstack traceback:\n"), r.stderr)
    assert.falsy(r.stderr:find("hint", 1, true))
  end)
end)
