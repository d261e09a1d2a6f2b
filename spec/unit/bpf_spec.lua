--- Programs of seccomp(2) as data: what they say about a call, and a variant that asks instead of refusing.

local bpf = require "nsengine.bpf"
local sys = require "nsengine.sys"

local function call(name, first, second)
  return { number = sys.seccomp_resolve(name), arch = sys.notify_arch(), ip = 0,
    args = { first or 0, second or 0, 0, 0, 0, 0 } }
end

local default = sys.seccomp_shipped "default"
if not default then return pending "no filter is shipped for this machine" end

describe("bpf.run", function()
  it("gives a call the answer that the kernel would give", function()
    assert.equal(bpf.ALLOW, bpf.run(default, call "getppid"))
    assert.equal(bpf.ERRNO | sys.EPERM, bpf.run(default, call("unshare", sys.CLONE_NEWUSER)))
    assert.equal(bpf.ERRNO | sys.ENOSYS, bpf.run(default, call "clone3"))
    assert.equal(bpf.ALLOW, bpf.run(default, call("socket", 1, 1)))
    assert.equal(bpf.ERRNO, bpf.run(default, call("socket", 38, 5)) & bpf.ACTION) -- AF_ALG
    local i386 = { number = 1, arch = 0x40000003, ip = 0, args = { 0, 0, 0, 0, 0, 0 } }
    assert.not_equal(bpf.ALLOW, bpf.run(default, i386))
  end)

  it("compares all 64 bits of an argument", function()
    local program = assert(sys.seccomp_compile { { default = bpf.ALLOW,
      { "lseek", bpf.ERRNO | 5, { 1, -1, 0x100000002 } } } })
    assert.equal(bpf.ERRNO | 5, bpf.run(program, call("lseek", 0, 0x100000002)))
    assert.equal(bpf.ALLOW, bpf.run(program, call("lseek", 0, 2)))
  end)
end)

describe("bpf.watching", function()
  it("asks about calls that are refused or named, and allows the others", function()
    local number = sys.seccomp_resolve "openat"
    local program = assert(bpf.watching({ default }, { number }))
    assert.equal(bpf.NOTIFY, bpf.run(program, call "openat"))
    assert.equal(bpf.NOTIFY, bpf.run(program, call("unshare", sys.CLONE_NEWUSER)))
    assert.equal(bpf.NOTIFY, bpf.run(program, call "clone3"))
    assert.equal(bpf.ALLOW, bpf.run(program, call "getppid"))
    assert.equal(bpf.NOTIFY, bpf.run(assert(bpf.watching({}, { number })), call "openat"))
  end)

  it("never lets through a call that the original filter stops", function()
    local program = assert(bpf.watching({ default }, {}))
    for name in pairs(sys.seccomp_names()) do
      local said, says = bpf.run(default, call(name)), bpf.run(program, call(name))
      assert.equal(said == bpf.ALLOW, says == bpf.ALLOW, name)
    end
  end)

  it("lets the command install no listener, which would be asked instead", function()
    local program = assert(bpf.watching({ default }, {}))
    assert.equal(bpf.ERRNO | sys.EBUSY, bpf.run(program, call("seccomp", 1, 8)))
    assert.equal(bpf.ERRNO | sys.EBUSY, bpf.run(program, call("seccomp", 1, 0x100000028)))
    assert.equal(bpf.ALLOW, bpf.run(program, call("seccomp", 1, 1)))
    assert.equal(bpf.ALLOW, bpf.run(program, call("close", 1, 8)))
  end)

  it("does not exceed the number of instructions that the kernel takes", function()
    assert.is_nil(bpf.watching({ default:rep(40) }, {}))
  end)
end)
