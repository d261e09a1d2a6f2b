--- Capabilities: what a process may do, by name, compared with what the kernel reports.
local support = require "support"
local sys = require "nsengine.sys"

--- The mask of a label in /proc/PID/status.
local function mask(label, pid)
  local status = assert(sys.readfile(("/proc/%s/status"):format(pid or "self")))
  return tonumber(status:match(label .. ":%s*(%x+)"), 16)
end

--- As <linux/capability.h> numbers them.
local numbers = { CAP_CHOWN = 0, CAP_DAC_OVERRIDE = 1, CAP_KILL = 5, CAP_SETPCAP = 8, CAP_NET_BIND_SERVICE = 10,
                  CAP_NET_RAW = 13, CAP_SYS_ADMIN = 21, CAP_MKNOD = 27, CAP_SYSLOG = 34, CAP_BPF = 39 }

local function contains(list, name)
  for _, other in ipairs(list) do
    if other == name then return true end
  end
  return false
end

--- The mask for these names must be the kernel's.
local function same_set(names, bits)
  local count = 0
  for i = 0, 63 do count = count + (bits >> i & 1) end
  assert.equal(count, #names)
  for name, number in pairs(numbers) do assert.equal(bits >> number & 1 == 1, contains(names, name), name) end
end

local function ids(uid) return { uid = uid } end

describe("sys.capabilities", function()
  it("numbers all capabilities of this kernel as <linux/capability.h> does", function()
    local all, last = sys.capabilities(), tonumber(sys.readfile "/proc/sys/kernel/cap_last_cap")
    local count = 0
    for _ in pairs(all) do count = count + 1 end
    assert.equal(last + 1, count)
    for name, number in pairs(numbers) do assert.equal(number, all[name], name) end
  end)
end)

describe("sys.capget", function()
  for _, uid in ipairs(support.users) do
    it("returns the five sets of the calling process, as uid " .. uid, function()
      local caps, masks = support.child(ids(uid), function()
        return sys.capget(), { effective = mask "CapEff", permitted = mask "CapPrm", inheritable = mask "CapInh",
                               bounding = mask "CapBnd", ambient = mask "CapAmb" }
      end)
      for field, bits in pairs(masks) do same_set(caps[field], bits) end
      local count = 0
      for _ in pairs(caps) do count = count + 1 end
      assert.equal(5, count)
    end)
  end

  it("returns those of another process: by Process, pidfd or pid", function()
    local ready_r, ready_w = sys.pipe()
    local stop_r, stop_w = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      stop_w:close()
      assert(sys.capset { bounding = support.root and { "CAP_CHOWN", "CAP_KILL" } or nil,
                          effective = {}, permitted = {}, inheritable = {} })
      ready_w:write("x")
      stop_r:read()
    end))
    ready_w:close()
    assert.equal("x", ready_r:read())
    local bounding = support.root and { "CAP_CHOWN", "CAP_KILL" } or sys.capget().bounding
    local expected = { effective = {}, permitted = {}, inheritable = {}, bounding = bounding, ambient = {} }
    assert.same(expected, sys.capget(child))
    assert.same(expected, sys.capget(child:fd()))
    assert.same(expected, sys.capget(child:pid()))
    stop_w:close()
  end)

  it("fails for a process that has ended", function()
    local child = assert(sys.clone(0, function() end))
    local pid, pidfd = child:pid(), child:fd()
    child:wait()
    assert.same({ nil, ("capget %d: No such process (ESRCH)"):format(pid), sys.ESRCH }, { sys.capget(pid) })
    support.fails("ESRCH", "^capget 0: No such process", sys.capget(pidfd))
    support.fails("ESRCH", "^capget 0: No such process", sys.capget(child))
  end)

  it("raises for wrong arguments", function()
    support.misuse(1, "capget", "process %(Process, pidfd or pid%) expected, got string%)$", "self")
    support.misuse(1, "capget", "%-1 is out of range: 1 to 2147483647%)$", -1)
    support.misuse(1, "capget", "0 is out of range", 0)
    local r = sys.pipe()
    support.fails("EINVAL", "^capget 0: Invalid argument", sys.capget(r)) -- no pidfd
    r:close()
    support.misuse(1, "capget", "closed descriptor%)$", r)
  end)
end)

describe("sys.capset", function()
  --- In a child with all capabilities: as root, or as root of a user namespace.
  local function privileged(fn)
    return support.child({ flags = support.root and 0 or sys.CLONE_NEWUSER }, fn)
  end

  it("sets what is given and keeps the rest", function()
    local before, after, bits = privileged(function()
      local was = sys.capget()
      assert(sys.capset { effective = { "CAP_CHOWN", "CAP_KILL" } })
      return was, sys.capget(), mask "CapEff"
    end)
    assert.equal(1 << 0 | 1 << 5, bits)
    assert.same({ "CAP_CHOWN", "CAP_KILL" }, after.effective)
    for _, field in ipairs { "permitted", "inheritable", "bounding", "ambient" } do
      assert.same(before[field], after[field])
    end
  end)

  it("takes effect: the kernel refuses what was dropped", function()
    local before, message, errno = support.child({ flags = sys.CLONE_NEWUTS | sys.CLONE_NEWUSER }, function()
      local first = sys.sethostname("a")
      assert(sys.capset { effective = {} })
      return first, select(2, sys.sethostname("b"))
    end)
    assert.is_true(before)
    assert.equal("sethostname b: Operation not permitted (EPERM)", message)
    assert.equal(sys.EPERM, errno)
  end)

  it("cannot restore what is not permitted", function()
    local value, message, errno = privileged(function()
      assert(sys.capset { effective = {}, permitted = { "CAP_KILL" } })
      return sys.capset { effective = { "CAP_KILL", "CAP_CHOWN" } }
    end)
    support.fails("EPERM", "^capset: Operation not permitted %(EPERM%)$", value, message, errno)
    for _, uid in ipairs(support.users) do
      if uid ~= 0 then
        assert.same({ nil, "capset: Operation not permitted (EPERM)", sys.EPERM }, support.child(ids(uid), function()
          return { sys.capset { permitted = { "CAP_CHOWN" } } }
        end))
      end
    end
  end)

  it("drops from the bounding set for good, across exec", function()
    local bits = privileged(function()
      assert(sys.capset { bounding = { "CAP_CHOWN" } })
      return mask "CapBnd"
    end)
    assert.equal(1, bits)
    if support.root then
      local inside = support.child(function()
        local r, w = sys.pipe()
        local _child <close> = assert(sys.clone(0, function()
          w:dup(1)
          assert(sys.capset { bounding = { "CAP_CHOWN" } })
          return sys.exec { "/bin/grep", "CapEff", "/proc/self/status" }
        end))
        w:close()
        return r:read()
      end)
      assert.equal("CapEff:\t0000000000000001\n", inside)
    end
  end)

  it("refuses to drop from the bounding set without CAP_SETPCAP", function()
    assert.same({ nil, "capset bounding: Operation not permitted (EPERM)", sys.EPERM }, privileged(function()
      assert(sys.capset { effective = {} })
      return { sys.capset { bounding = {} } }
    end))
  end)

  it("raises ambient capabilities, which ordinary programs keep across exec", function()
    local caps = privileged(function()
      local names = { "CAP_NET_RAW" }
      assert(sys.capset { permitted = { "CAP_NET_RAW", "CAP_CHOWN" }, inheritable = names, ambient = names,
                          effective = names })
      local was = sys.capget()
      assert(sys.capset { ambient = {} })
      return { was, sys.capget() }
    end)
    assert.same({ "CAP_NET_RAW" }, caps[1].ambient)
    assert.same({}, caps[2].ambient)
    assert.same({ "CAP_NET_RAW" }, caps[2].inheritable)
  end)

  it("refuses an ambient capability that is not inheritable", function()
    assert.same({ nil, "capset ambient: Operation not permitted (EPERM)", sys.EPERM }, privileged(function()
      return { sys.capset { inheritable = {}, ambient = { "CAP_CHOWN" } } }
    end))
  end)

  it("changes nothing if nothing is given", function()
    local before, after = privileged(function()
      local was = sys.capget()
      assert(sys.capset {})
      return was, sys.capget()
    end)
    assert.same(before, after)
  end)

  it("raises for wrong arguments, and changes nothing", function()
    local message = ' %("CAP_%.%.%." expected%)%)$'
    local before = sys.capget()
    support.misuse(1, "capset", "table expected, got no value%)$")
    support.misuse(1, "capset", "unknown field 'effectiv'%)$", { effectiv = {} })
    support.misuse(1, "capset", "unexpected number key in the table%)$", { "CAP_CHOWN" })
    support.misuse(1, "capset", "field 'effective': list of names expected, got string%)$",
      { effective = "CAP_CHOWN" })
    support.misuse(1, "capset", "field 'ambient': list of names expected, got a table with other keys%)$",
      { ambient = { CAP_CHOWN = true } })
    support.misuse(1, "capset", "field 'ambient': list of names expected, got a table with other keys%)$",
      { ambient = { "CAP_CHOWN", [3] = "CAP_KILL" } })
    for _, name in ipairs { "CAP_CHOWNX", "CAP_CHOW", "chown", "cap_chown", "3", "", "CAP_CHOWN,CAP_KILL",
                            "CAP_CHOWN=e", "all", "63", "64", "-1", "99999999999" } do
      support.misuse(1, "capset", "field 'permitted': entry 2: unknown capability " ..
        name:gsub("%p", "%%%0") .. message, { permitted = { "CAP_CHOWN", name } })
    end
    support.misuse(1, "capset", "field 'bounding': entry 1: unknown capability 7" .. message, { bounding = { 7 } })
    support.misuse(1, "capset", "field 'bounding': entry 1: unknown capability true" .. message,
      { bounding = { true } })
    support.raises("unknown capability CAP_CHOWN", sys.capset, { bounding = { "CAP_CHOWN\0" } })
    assert.same(before, sys.capget())
  end)
end)

describe("sys.securebits", function()
  it("returns and sets the bits", function()
    assert.equal(0, sys.securebits())
    local value, bits = support.child({ flags = support.root and 0 or sys.CLONE_NEWUSER }, function()
      return sys.securebits(sys.SECBIT_NOROOT | sys.SECBIT_KEEP_CAPS_LOCKED), sys.securebits()
    end)
    assert.is_true(value)
    assert.equal(sys.SECBIT_NOROOT | sys.SECBIT_KEEP_CAPS_LOCKED, bits)
  end)

  it("fails without the privilege, and raises for wrong arguments", function()
    for _, uid in ipairs(support.users) do
      if uid ~= 0 then
        assert.same({ nil, "securebits: Operation not permitted (EPERM)", sys.EPERM },
          support.child(ids(uid), function() return { sys.securebits(sys.SECBIT_NOROOT) } end))
      end
    end
    support.misuse(1, "securebits", "number expected, got string%)$", "noroot")
    support.misuse(1, "securebits", "%-1 is out of range: 0 to 4294967295%)$", -1)
  end)
end)
