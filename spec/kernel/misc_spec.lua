--- Host names, clocks, control groups, names of errors.
local support = require "support"
local sys = require "nsengine.sys"

--- As `uid`, in a UTS namespace that the function may change.
local function inside(uid, fn)
  return support.child({ uid = uid }, function()
    assert(sys.unshare((uid == 0 and 0 or sys.CLONE_NEWUSER) | sys.CLONE_NEWUTS))
    return fn()
  end)
end

for _, uid in ipairs(support.users) do
  describe("host names, as uid " .. uid .. ",", function()
    it("can be set inside without changing those outside", function()
      local outside = sys.uname()
      local value, host, domain, uname, kernel = inside(uid, function()
        local done = sys.sethostname("box") and sys.setdomainname("domain.example")
        return done, sys.gethostname(), sys.readfile("/proc/sys/kernel/domainname"), sys.uname(),
          sys.readfile("/proc/sys/kernel/hostname")
      end)
      assert.is_true(value)
      assert.equal("box", host)
      assert.equal("domain.example\n", domain)
      assert.equal("box\n", kernel)
      assert.equal("box", uname.nodename)
      assert.equal("domain.example", uname.domainname)
      assert.same(outside, sys.uname())
    end)

    it("are limited to 64 bytes", function()
      local long = ("h"):rep(64)
      local results = inside(uid, function()
        assert(sys.sethostname(long))
        local first = sys.gethostname()
        assert(sys.sethostname(""))
        return { first, sys.gethostname(), { sys.sethostname(long .. "h") }, { sys.setdomainname(long .. "h") } }
      end)
      assert.equal(long, results[1])
      assert.equal("", results[2])
      assert.same({ nil, ("sethostname %sh: Invalid argument (EINVAL)"):format(long), sys.EINVAL }, results[3])
      assert.same({ nil, ("setdomainname %sh: Invalid argument (EINVAL)"):format(long), sys.EINVAL }, results[4])
    end)
  end)
end

describe("sys.sethostname and sys.setdomainname", function()
  it("fail for a user without privilege", function()
    for _, uid in ipairs(support.users) do
      if uid ~= 0 then
        local host, domain = support.child({ uid = uid }, function()
          return { sys.sethostname("box") }, { sys.setdomainname("box") }
        end)
        assert.same({ nil, "sethostname box: Operation not permitted (EPERM)", sys.EPERM }, host)
        assert.same({ nil, "setdomainname box: Operation not permitted (EPERM)", sys.EPERM }, domain)
      end
    end
  end)

  it("raise for wrong arguments, before anything happens", function()
    for _, name in ipairs { "sethostname", "setdomainname" } do
      support.misuse(1, name, "string expected, got no value%)$")
      support.misuse(1, name, "string expected, got number%)$", 1)
      support.misuse(1, name, "string with an embedded NUL after 3 bytes%)$", "box\0")
    end
  end)
end)

describe("sys.uname", function()
  it("returns what uname(1) prints", function()
    local r = support.run { "/bin/uname", "-snrvm" }
    local u = sys.uname()
    assert.equal(table.concat({ u.sysname, u.nodename, u.release, u.version, u.machine }, " ") .. "\n", r.stdout)
    assert.equal(u.nodename, sys.gethostname())
  end)
end)

describe("sys.monotonic and sys.sleep", function()
  it("wait as long as requested, and not much longer", function()
    local began = sys.monotonic()
    assert.is_true(sys.sleep(0.03))
    local took = sys.monotonic() - began
    assert.truthy(took >= 0.03 and took < 5, took)
    assert.is_true(sys.sleep(0))
    assert.equal("float", math.type(began))
  end)

  it("agree with /proc/uptime, which counts suspended time too", function()
    local uptime = tonumber(sys.readfile("/proc/uptime"):match("^%S+"))
    assert.truthy(sys.monotonic() <= uptime + 1)
  end)

  it("raise for wrong arguments", function()
    support.misuse(1, "sleep", "number expected, got no value%)$")
    support.misuse(1, "sleep", "number expected, got nil%)$", nil)
    support.misuse(1, "sleep", "number expected, got string%)$", "1")
    support.misuse(1, "sleep", "seconds must be 0 to 1e9%)$", -1)
    support.misuse(1, "sleep", "seconds must be 0 to 1e9%)$", 0 / 0)
    support.misuse(1, "sleep", "seconds must be 0 to 1e9%)$", 1e10)
  end)
end)

describe("sys.cgroup_open", function()
  it("opens nothing but control groups", function()
    for _, path in ipairs { "/", "/proc", "/tmp" } do
      support.fails("ENOTTY", "^cgroup_open " .. path .. ": ", sys.cgroup_open(path))
    end
    support.fails("ENOTDIR", "^cgroup_open /etc/passwd: ", sys.cgroup_open "/etc/passwd")
  end)
end)

describe("sys.errname", function()
  it("returns an error's name and meaning", function()
    assert.same({ "EPERM", "Operation not permitted" }, { sys.errname(1) })
    assert.same({ "EHWPOISON", "Memory page has hardware error" }, { sys.errname(133) })
    assert.same({ "ENOENT", "No such file or directory" }, { sys.errname(sys.ENOENT) })
  end)

  it("returns nothing for a number that is no error", function()
    assert.same({ n = 1 }, table.pack(sys.errname(0)))
    assert.same({ n = 1 }, table.pack(sys.errname(4095)))
    support.misuse(1, "errname", "%-1 is out of range: 0 to 4095%)$", -1)
    support.misuse(1, "errname", "4096 is out of range: 0 to 4095%)$", 4096)
    support.misuse(1, "errname", "number expected, got string%)$", "1")
  end)
end)
