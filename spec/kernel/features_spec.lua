--- What sys.features says about this host must be what happens on this host.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

describe("sys.features", function()
  local features = sys.features()

  it("returns the same table each time", function()
    assert.equal(features, sys.features())
    assert.equal(sys.uname().release, features.kernel)
  end)

  it("derives the system calls of this kernel from its version", function()
    local since = {
      pidfd_send_signal = 5001, open_tree = 5002, move_mount = 5002, fsopen = 5002, clone3 = 5003, pidfd_open = 5003,
      openat2 = 5006, pidfd_getfd = 5006, close_range = 5009, mount_setattr = 5012, listmount = 6008, statmount = 6008,
      open_tree_attr = 6015, listns = 6019,
    }
    -- A distribution may backport a call to an older kernel, and a container's seccomp filter may hide one.
    local filtered = not sys.readfile("/proc/self/status"):find("\nSeccomp:%s*0\n")
    local used = {
      openat2 = function() return sys.open("/", 0, 0, { resolve = sys.RESOLVE_BENEATH }) end,
      close_range = function() return sys.close_range(4294967295) end,
      pidfd_open = function() return sys.pidfd_open(sys.getpid()) end,
    }
    local count = 0
    for name, has in pairs(features.calls) do
      count = count + 1
      assert.equal("boolean", type(has))
      if since[name] and not has then assert.truthy(filtered or support.linux() < since[name], name) end
    end
    assert.equal(15, count)
    for name in pairs(since) do assert.equal("boolean", type(features.calls[name]), name) end
    for name, use in pairs(used) do
      local _, _, errno = use()
      assert.equal(features.calls[name], errno ~= sys.ENOSYS, name)
    end
  end)

  it("lists the kinds of namespaces", function()
    local names = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" }
    for _, name in ipairs(names) do
      assert.equal(sys.stat("/proc/self/ns/" .. name) ~= nil, features.namespaces[name], name)
    end
    local count = 0
    for _ in pairs(features.namespaces) do count = count + 1 end
    assert.equal(#names, count)
  end)

  it("reports landlock, cgroups and sysctls", function()
    assert.equal("integer", math.type(features.landlock))
    assert.truthy(features.landlock == 0 or features.landlock > 0 and features.calls.landlock_create_ruleset)
    assert.truthy(({ v2 = true, hybrid = true, v1 = true, none = true })[features.cgroup])
    assert.equal(features.cgroup == "v2", sys.stat("/sys/fs/cgroup/cgroup.controllers") ~= nil)
    assert.equal(tonumber(sys.readfile("/proc/sys/user/max_user_namespaces")),
      features.sysctl["user.max_user_namespaces"])
    for name, value in pairs(features.sysctl) do
      assert.equal(tonumber(sys.readfile("/proc/sys/" .. name:gsub("%.", "/"))), value)
    end
  end)

  it("reports what an ordinary user may really do", function()
    local uid = support.root and 65534 or sys.getids().euid
    local function allowed(flags, also)
      local errno = support.child({ uid = uid }, function()
        local value, _, number = sys.unshare(sys.CLONE_NEWUSER | flags)
        if value and also then value, _, number = also() end
        return value and 0 or number
      end)
      return errno == 0, errno
    end
    local function check(name, ok, errno)
      assert.equal(ok, features.unprivileged[name], name)
      assert.equal(not ok and sys.errname(errno) or nil, features.errors[name], name)
    end
    check("user", allowed(0))
    check("network", allowed(sys.CLONE_NEWNET))
    check("mount", allowed(sys.CLONE_NEWNS, function() return sys.mount("tmpfs", "/tmp", "tmpfs") end))
    check("proc", allowed(sys.CLONE_NEWNS | sys.CLONE_NEWPID, function()
      local child <close> = assert(sys.clone(0, function()
        local _, _, errno = sys.mount("proc", "/proc", "proc")
        return errno or 0
      end))
      local _, _, errno = child:wait()
      return errno == 0, nil, errno
    end))
    assert.equal("boolean", type(features.unprivileged.overlay))
  end)

  it("leaves nothing behind, and changes nothing in this process", function()
    -- In a fresh Lua state, because each state probes once.
    local r = support.nsengine { "-e", [[
      local sys = require "nsengine.sys"
      local function state()
        local links = {}
        for _, ns in ipairs { "user", "mnt", "net", "pid_for_children" } do
          links[#links + 1] = sys.readlink("/proc/self/ns/" .. ns)
        end
        local ids = sys.getids()
        links[#links + 1] = #sys.list("/proc/self/fd") .. " " .. ids.euid .. " " .. ids.egid
        return table.concat(links, " ")
      end
      local before = state()
      sys.features()
      print(before == state(), (select(2, sys.waitpid())))]] }
    assert.equal("true\twaitpid -1: No child processes (ECHILD)\n", r.stdout)
    assert.equal(0, r.code)
  end)

  if support.root then
    it("reports the same to an ordinary user as to root", function()
      local mine = support.nsengine { uid = 1000, "-e", [[
        local features = require "nsengine.sys".features()
        for _, name in ipairs { "user", "mount", "network", "proc", "overlay" } do
          io.write(name, "=", tostring(features.unprivileged[name]), " ", features.errors[name] or "-", "\n")
        end]] }
      local lines = {}
      for _, name in ipairs { "user", "mount", "network", "proc", "overlay" } do
        lines[#lines + 1] = ("%s=%s %s\n"):format(name, features.unprivileged[name], features.errors[name] or "-")
      end
      assert.equal(table.concat(lines), mine.stdout)
    end)
  end
end)
