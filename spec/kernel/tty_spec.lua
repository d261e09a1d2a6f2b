--- Terminals: pseudo-terminals, window sizes, the controlling terminal.
local support = require "support"
local sys = require "nsengine.sys"

for _, uid in ipairs(support.users) do
  describe("a pseudo-terminal, as uid " .. uid, function()
    it("connects its two ends", function()
      local typed, printed = support.child({ uid = uid }, function()
        local master, slave = assert(sys.openpty())
        master:write("typed\n")
        local line = slave:read()
        assert(master:read() == "typed\r\n") -- the echo
        slave:write("printed\n")
        return line, master:read()
      end)
      assert.equal("typed\n", typed)
      assert.equal("printed\r\n", printed)
    end)

    it("has the size that was asked, 24 by 80 otherwise", function()
      assert.same({ 24, 80, 50, 132, true, 1, 65535 }, support.child({ uid = uid }, function()
        local _, first = assert(sys.openpty())
        local master, second = assert(sys.openpty(50, 132))
        local sizes = table.pack(sys.winsize(first))
        table.move({ sys.winsize(second) }, 1, 2, 3, sizes)
        sizes[5] = sys.winsize(master, 1, 65535)
        table.move({ sys.winsize(second) }, 1, 2, 6, sizes)
        sizes.n = nil
        return sizes
      end))
    end)

    it("becomes the controlling terminal of a session", function()
      local before, value, after = support.child({ uid = uid }, function()
        local _, slave = assert(sys.openpty())
        assert(sys.setsid())
        local message = select(2, sys.open("/dev/tty", sys.O_RDWR))
        return message, sys.setctty(slave), sys.stat(assert(sys.open("/dev/tty", sys.O_RDWR))).type
      end)
      assert.equal("open /dev/tty: No such device or address (ENXIO)", before)
      assert.is_true(value)
      assert.equal("char device", after)
    end)

    it("tells its programs of a new size", function()
      local r, w = sys.pipe()
      local master, slave = assert(sys.openpty(24, 80))
      local child <close> = assert(sys.clone(0, function()
        support.become(uid)
        assert(sys.setsid())
        assert(sys.setctty(slave))
        slave:dup(0)
        w:dup(1)
        return sys.exec({ "/bin/bash", "-c",
          "trap 'echo resized; exit 5' WINCH; echo ready; while :; do read -r _; done" }, {})
      end))
      w:close()
      assert.equal("ready\n", r:read())
      assert.is_true(sys.winsize(master, 30, 90))
      master:write("\n") -- bash acts on a signal when its read returns
      assert.same({ nil, "exit", 5 }, { child:wait(10) })
      assert.equal("resized\n", r:read())
    end)
  end)
end

describe("sys.openpty", function()
  it("makes descriptors that do not leak into a program", function()
    local master, slave = assert(sys.openpty())
    for _, fd in ipairs { master, slave } do
      local flags = sys.readfile("/proc/self/fdinfo/" .. fd:fileno()):match("flags:%s*(%d+)")
      assert.truthy(tonumber(flags, 8) & sys.O_CLOEXEC ~= 0)
      fd:close()
    end
  end)

  it("does not make itself the controlling terminal", function()
    assert.equal("open /dev/tty: No such device or address (ENXIO)", support.child(function()
      assert(sys.setsid())
      assert(sys.openpty())
      return (select(2, sys.open("/dev/tty", sys.O_RDWR)))
    end))
  end)

  it("gives an error, and no descriptor, where the limit is reached", function()
    for room = 0, 1 do
      local before, message, errno, after = support.child(function()
        local fds = support.descriptors()
        table.sort(fds)
        local count, top = #support.descriptors(), fds[#fds]
        -- Fill the gaps, so that exactly `room` numbers are free below the limit.
        while true do
          local fd = assert(sys.open("/dev/null")):release()
          count = count + 1
          if fd > top then break end
        end
        assert(sys.setrlimit(sys.RLIMIT_NOFILE, top + 2 + room, 1000))
        local _, text, number = sys.openpty()
        assert(sys.setrlimit(sys.RLIMIT_NOFILE, 1000))
        return count, text, number, #support.descriptors()
      end)
      assert.equal("openpty: Too many open files (EMFILE)", message)
      assert.equal(sys.EMFILE, errno)
      assert.equal(before, after)
    end
  end)

  it("raises on misuse", function()
    support.misuse(1, "openpty", "0 is out of range: 1 to 65535%)$", 0)
    support.misuse(2, "openpty", "65536 is out of range: 1 to 65535%)$", 1, 65536)
    support.misuse(1, "openpty", "number expected, got string%)$", "24")
  end)
end)

describe("sys.setctty and sys.winsize", function()
  it("refuse what is no terminal", function()
    local r <close> = sys.pipe()
    assert.same({ nil, "winsize: Inappropriate ioctl for device (ENOTTY)", sys.ENOTTY }, { sys.winsize(r) })
    assert.same({ nil, "winsize: Inappropriate ioctl for device (ENOTTY)", sys.ENOTTY }, { sys.winsize(r, 1, 1) })
    assert.same({ nil, "setctty: Inappropriate ioctl for device (ENOTTY)", sys.ENOTTY }, { sys.setctty(r) })
  end)

  it("refuse a terminal to a process that leads no session", function()
    assert.same({ nil, "setctty: Operation not permitted (EPERM)", sys.EPERM }, support.child(function()
      local _, slave = assert(sys.openpty())
      return { sys.setctty(slave) }
    end))
  end)

  it("raise on misuse", function()
    support.misuse(1, "setctty", "descriptor %(FD, file or integer%) expected, got no value%)$")
    support.misuse(1, "setctty", "%-1 is out of range", -1)
    support.misuse(1, "winsize", "descriptor %(FD, file or integer%) expected, got string%)$", "tty")
    support.misuse(2, "winsize", "0 is out of range: 1 to 65535%)$", 0, 0, 1)
    support.misuse(3, "winsize", "number expected, got no value%)$", 0, 1)
  end)
end)

describe("sys.isatty", function()
  it("knows a terminal from the rest", function()
    local master, slave <close> = assert(sys.openpty())
    local r <close> = sys.pipe()
    local path <close> = assert(sys.open("/", sys.O_PATH))
    assert.is_true(sys.isatty(slave))
    assert.is_true(sys.isatty(master))
    assert.is_false(sys.isatty(r))
    local null <close> = assert(sys.open("/dev/null"))
    assert.is_false(sys.isatty(null))
    -- An O_PATH descriptor answers EBADF to every ioctl, as a closed one does.
    support.fails("EBADF", "^isatty: Bad file descriptor %(EBADF%)$", sys.isatty(path))
    support.fails("EBADF", "^isatty: Bad file descriptor %(EBADF%)$", sys.isatty(2147483647))
    support.misuse(1, "isatty", "descriptor %(FD, file or integer%) expected, got nil%)$", nil)
    support.misuse(1, "isatty", "4294967296 is out of range", 1 << 32)
  end)
end)
