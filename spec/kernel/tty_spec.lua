--- Terminals: pseudo-terminals, window sizes, the controlling terminal.
local support = require "support"
local sys = require "nsengine.sys"

--- A terminal's output up to the end of the line: the kernel may deliver it in pieces.
local function read_line(master)
  local text = ""
  while not text:find("\n$") do text = text .. assert(master:read()) end
  return text
end

for _, uid in ipairs(support.users) do
  describe("a pseudo-terminal, as uid " .. uid .. ",", function()
    it("connects its two ends", function()
      local typed, printed = support.child({ uid = uid }, function()
        local master, slave = assert(sys.openpty())
        master:write("typed\n")
        local line = slave:read()
        assert(read_line(master) == "typed\r\n") -- the echo
        slave:write("printed\n")
        return line, read_line(master)
      end)
      assert.equal("typed\n", typed)
      assert.equal("printed\r\n", printed)
    end)

    it("has the given size, or 24 by 80", function()
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

    it("can become the controlling terminal of a session", function()
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

    it("signals a new size to its programs", function()
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
      master:write("\n") -- bash handles a signal when its read returns
      assert.same({ nil, "exit", 5 }, { child:wait(10) })
      assert.equal("resized\n", r:read())
    end)
  end)
end

describe("sys.openpty", function()
  it("makes descriptors that a program does not inherit", function()
    local master, slave = assert(sys.openpty())
    for _, fd in ipairs { master, slave } do
      local flags = sys.readfile("/proc/self/fdinfo/" .. fd:fileno()):match("flags:%s*(%d+)")
      assert.truthy(tonumber(flags, 8) & sys.O_CLOEXEC ~= 0)
      fd:close()
    end
  end)

  it("does not make the terminal the controlling one", function()
    assert.equal("open /dev/tty: No such device or address (ENXIO)", support.child(function()
      assert(sys.setsid())
      assert(sys.openpty())
      return (select(2, sys.open("/dev/tty", sys.O_RDWR)))
    end))
  end)

  it("returns an error, and no descriptor, at the limit of open files", function()
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

  it("raises for wrong arguments", function()
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

  it("refuse a process that leads no session", function()
    assert.same({ nil, "setctty: Operation not permitted (EPERM)", sys.EPERM }, support.child(function()
      local _, slave = assert(sys.openpty())
      return { sys.setctty(slave) }
    end))
  end)

  it("raise for wrong arguments", function()
    support.misuse(1, "setctty", "descriptor %(FD, file or integer%) expected, got no value%)$")
    support.misuse(1, "setctty", "%-1 is out of range", -1)
    support.misuse(1, "winsize", "descriptor %(FD, file or integer%) expected, got string%)$", "tty")
    support.misuse(2, "winsize", "0 is out of range: 1 to 65535%)$", 0, 0, 1)
    support.misuse(3, "winsize", "number expected, got no value%)$", 0, 1)
  end)
end)

describe("sys.isatty", function()
  it("distinguishes a terminal from everything else", function()
    local master, slave <close> = assert(sys.openpty())
    local r <close> = sys.pipe()
    local path <close> = assert(sys.open("/", sys.O_PATH))
    assert.is_true(sys.isatty(slave))
    assert.is_true(sys.isatty(master))
    assert.is_false(sys.isatty(r))
    local null <close> = assert(sys.open("/dev/null"))
    assert.is_false(sys.isatty(null))
    -- For an O_PATH descriptor every ioctl fails with EBADF, as for a closed one.
    support.fails("EBADF", "^isatty: Bad file descriptor %(EBADF%)$", sys.isatty(path))
    support.fails("EBADF", "^isatty: Bad file descriptor %(EBADF%)$", sys.isatty(2147483647))
    support.misuse(1, "isatty", "descriptor %(FD, file or integer%) expected, got nil%)$", nil)
    support.misuse(1, "isatty", "4294967296 is out of range", 1 << 32)
  end)
end)

describe("sys.tty_raw", function()
  it("passes every byte on at once, and tty_restore restores the modes", function()
    local master, slave = assert(sys.openpty())
    local before = assert(sys.tty_modes(slave))
    assert.equal(before, sys.tty_raw(slave))
    assert.not_equal(before, sys.tty_modes(slave))
    master:write("a\3\r")
    assert.equal("a\3\r", slave:read()) -- no line, no signal, CR stays
    slave:write("b\n")
    assert.equal("b\n", read_line(master)) -- no echo before it, LF stays
    assert.is_true(sys.tty_restore(slave, before))
    assert.equal(before, sys.tty_modes(slave))
    slave:write("c\n")
    assert.equal("c\r\n", read_line(master))
  end)

  it("sets the same modes as cfmakeraw(3)", function()
    local _master, slave = assert(sys.openpty())
    assert(sys.tty_raw(slave))
    local r = support.run { "sh", "-c", "stty -a <" .. "/proc/" .. sys.getpid() .. "/fd/" .. slave:fileno() }
    for _, word in ipairs { "-icanon", "-isig", "-iexten", "-echo", "-opost", "-icrnl", "-ixon", "-istrip", "-brkint",
      "-inlcr", "-igncr", "-parmrk", "-ignbrk", "-echonl", "-parenb", "cs8", "min = 1", "time = 0" } do
      assert.truthy((" " .. r.stdout:gsub("\n", " ")):find(" " .. word, 1, true), word .. " in " .. r.stdout)
    end
  end)

  it("returns modes that work for another terminal, too", function()
    local _m1, one = assert(sys.openpty())
    local _m2, other = assert(sys.openpty())
    assert(sys.tty_raw(one))
    assert.is_true(sys.tty_restore(other, assert(sys.tty_modes(one))))
    assert.equal(sys.tty_modes(one), sys.tty_modes(other))
  end)

  it("refuses what is no terminal, and raises for wrong arguments, as do its relatives", function()
    local r <close> = sys.pipe()
    support.fails("ENOTTY", "^tty_raw: ", sys.tty_raw(r))
    support.fails("ENOTTY", "^tty_modes: ", sys.tty_modes(r))
    support.fails("ENOTTY", "^tty_restore: ", sys.tty_restore(r, ("x"):rep(44)))
    support.fails("ENOTTY", "^tty_foreground: ", sys.tty_foreground(r))
    support.misuse(2, "tty_restore", "no modes of sys.tty_raw or sys.tty_modes%)$", r, "x")
    support.misuse(1, "tty_raw", "descriptor", "tty")
  end)
end)

describe("sys.tty_foreground", function()
  it("tells whether the caller's group owns the keyboard", function()
    assert.same({ true, false, "ENOTTY" }, support.child(function()
      local _, slave = assert(sys.openpty())
      local errno = select(3, sys.tty_foreground(slave))
      assert(sys.setsid())
      assert(sys.setctty(slave))
      local front = sys.tty_foreground(slave)
      local background = support.child(function()
        assert(sys.setpgid())
        return sys.tty_foreground(slave)
      end)
      return { front, background, (sys.errname(errno)) }
    end))
  end)
end)

describe("sys.nonblock and sys.dup", function()
  it("make a read fail instead of waiting, for everybody who shares the open file", function()
    local r <close> = sys.pipe()
    local copy <close> = assert(sys.dup(r))
    assert.is_true(sys.nonblock(copy, true))
    assert.equal(sys.EAGAIN, (select(3, r:read())))
    assert.is_true(sys.nonblock(r, false))
    local flags = sys.readfile("/proc/self/fdinfo/" .. copy:fileno()):match("flags:%s*(%d+)")
    assert.equal(0, tonumber(flags, 8) & sys.O_NONBLOCK)
  end)

  it("make a new FD from an integer", function()
    local fd <close> = assert(sys.dup(0))
    assert.truthy(fd:fileno() >= 3)
    support.fails("EBADF", "^dup ", sys.dup(2147483647))
    support.fails("EBADF", "^nonblock 2147483647", sys.nonblock(2147483647, true))
    support.misuse(2, "nonblock", "boolean expected", 0, 1)
  end)
end)
