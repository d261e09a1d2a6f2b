--- Descriptors: the FD handle, and the calls that open, pass, copy, poll and close descriptors.
local support = require "support"
local sys = require "nsengine.sys"

--- Whether a descriptor of this process is close-on-exec, as the kernel shows it.
local function is_cloexec(fd)
  local number = math.type(fd) == "integer" and fd or fd:fileno()
  local flags = assert(sys.readfile("/proc/self/fdinfo/" .. number)):match("flags:%s*(%d+)")
  return tonumber(flags, 8) & sys.O_CLOEXEC ~= 0
end

--- The lowest descriptor that is certainly not open.
local function unused()
  local fd = assert(sys.open("/dev/null"))
  local number = fd:fileno()
  fd:close()
  return number
end

describe("reading and writing an FD", function()
  it("returns what is available in one call, and the empty string at the end", function()
    local r, w <close> = sys.pipe()
    assert.is_true(w:write("hello"))
    assert.equal("he", r:read(2))
    assert.equal("llo", r:read())
    w:close()
    assert.equal("", r:read())
  end)

  it("works for all byte values", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local text = table.concat(bytes)
    local r, w <close> = sys.pipe()
    assert.is_true(w:write(text))
    assert.equal(text, r:read())
    assert.is_true(w:write(""))
  end)

  it("continues until a text larger than the pipe is written", function()
    local size = 1 << 20
    local r, w <close> = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      r:close()
      return w:write(("x"):rep(size))
    end))
    w:close()
    local got = 0
    repeat
      local data = assert(r:read())
      got = got + #data
    until data == ""
    assert.equal(size, got)
    assert.is_true((child:wait()))
  end)

  it("returns how much was written before a failure", function()
    local _r, w <close> = sys.pipe(sys.O_NONBLOCK)
    local value, message, errno, written = w:write(("x"):rep(1 << 20))
    support.fails("EAGAIN", "^write: Resource temporarily unavailable %(EAGAIN%)$", value, message, errno)
    assert.truthy(written >= 4096 and written < 1 << 20)
    local full <close> = assert(sys.open("/dev/full", sys.O_WRONLY))
    assert.same({ nil, "write: No space left on device (ENOSPC)", sys.ENOSPC, 0 }, { full:write("x") })
  end)

  it("reports why a read failed", function()
    local dir <close> = assert(sys.open("/"))
    assert.same({ nil, "read: Is a directory (EISDIR)", sys.EISDIR }, { dir:read() })
    local _r, w <close> = sys.pipe()
    assert.same({ nil, "read: Bad file descriptor (EBADF)", sys.EBADF }, { w:read() })
  end)

  it("refuses impossible sizes and texts", function()
    local r, w <close> = sys.pipe()
    support.raises(": bad argument #1 to 'read' %(0 is out of range: 1 to 1073741824%)$",
      function() r:read(0) end)
    support.raises("%-1 is out of range", function() r:read(-1) end)
    support.raises("1099511627776 is out of range", function() r:read(1 << 40) end)
    support.raises("number expected, got string", function() r:read("5") end)
    support.raises("no integer representation", function() r:read(1.5) end)
    support.raises(": bad argument #1 to 'write' %(string expected, got table%)$", function() w:write({}) end)
    support.raises("string expected, got no value", function() w:write() end)
  end)
end)

describe("a copy of an FD", function()
  it("gets a number above standard I/O, and is close-on-exec", function()
    local r, w <close> = sys.pipe()
    local copy <close> = assert(w:dup())
    assert.truthy(copy:fileno() >= 3 and copy:fileno() ~= w:fileno())
    assert.is_true(is_cloexec(copy))
    w:close()
    copy:write("through the copy")
    assert.equal("through the copy", r:read())
  end)

  it("can get a given number, and is then open across exec", function()
    local cloexec, same, text, number = support.child(function()
      local r, w = sys.pipe()
      local got = w:dup(77)
      local kept = is_cloexec(77)
      sys.writefile("/proc/self/fd/77", "by number", sys.O_WRONLY)
      return kept, w:dup(w:fileno()) == w:fileno() and not is_cloexec(w), r:read(), got
    end)
    assert.is_false(cloexec)
    assert.is_true(same)
    assert.equal("by number", text)
    assert.equal(77, number)
  end)

  it("that cannot be made is reported with both numbers", function()
    local limit, message, errno = support.child(function()
      collectgarbage() -- descriptors that other specs left to the collector
      assert(sys.setrlimit(sys.RLIMIT_NOFILE, 20))
      local r = sys.pipe()
      return r:fileno(), select(2, r:dup(20))
    end)
    assert.equal(sys.EBADF, errno)
    assert.equal(("dup %d to 20: Bad file descriptor (EBADF)"):format(limit), message)
    support.raises(": bad argument #1 to 'dup' %(%-1 is out of range: 0 to 2147483647%)$", function()
      local r <close> = sys.pipe()
      r:dup(-1)
    end)
  end)

  it("is not made beyond the limit of open files, and no other descriptor is", function()
    local messages = support.child(function()
      local all = {}
      local r = sys.pipe()
      assert(sys.setrlimit(sys.RLIMIT_NOFILE, #support.descriptors() - 1))
      while true do
        local copy, message = r:dup()
        if not copy then all.dup = message:gsub("%d+", "N", 1) break end
        all[#all + 1] = copy
      end
      all.pipe = select(2, sys.pipe())
      all.socketpair = select(2, sys.socketpair())
      all.open = select(2, sys.open("/dev/null"))
      all.memfd = select(2, sys.memfd("x"))
      for i = #all, 1, -1 do all[i] = nil end
      return all
    end)
    local text = ": Too many open files (EMFILE)"
    assert.same({ dup = "dup N" .. text, pipe = "pipe" .. text, socketpair = "socketpair" .. text,
                  open = "open /dev/null" .. text, memfd = "memfd_create x" .. text }, messages)
  end)
end)

describe("an FD", function()
  it("stays open across exec only on request", function()
    local r <close> = sys.pipe()
    assert.is_true(is_cloexec(r))
    assert.is_true(r:cloexec(false))
    assert.is_false(is_cloexec(r))
    assert.is_true(r:cloexec(true))
    assert.is_true(is_cloexec(r))
    support.raises("boolean expected, got nil", function() r:cloexec(nil) end)
    support.raises("boolean expected, got number", function() r:cloexec(1) end)
  end)

  it("returns its number, which does not change", function()
    local r <close> = sys.pipe()
    assert.equal("integer", math.type(r:fileno()))
    assert.equal(r:fileno(), r:fileno())
    assert.equal(("FD (%d)"):format(r:fileno()), tostring(r))
  end)

  it("can be released: the number stays open, the FD is closed", function()
    local r = sys.pipe()
    local number = r:release()
    assert.equal("FD (closed)", tostring(r))
    assert.truthy(sys.stat(number))
    assert.is_true(r:close())
    assert.truthy(sys.stat(number))
    assert.is_true(sys.close_range(number, number))
    assert.is_nil(sys.stat(number))
  end)

  it("is closed once: by close, at the end of its scope, or when collected", function()
    local number
    do
      local r <close> = sys.pipe()
      number = r:fileno()
    end
    assert.is_nil(sys.stat(number))
    local r = sys.pipe()
    number = r:fileno()
    assert.is_true(r:close())
    assert.is_nil(sys.stat(number))
    local other <close> = assert(sys.open("/dev/null")) -- gets the same number
    assert.is_true(r:close())
    assert.truthy(other:read())
    local lost = sys.pipe():fileno()
    collectgarbage()
    collectgarbage()
    assert.is_nil(sys.stat(lost))
  end)

  it("raises on every use after it was closed", function()
    local r, w = sys.pipe()
    r:close()
    w:close()
    assert.equal("FD (closed)", tostring(r))
    for _, method in ipairs { "read", "write", "dup", "cloexec", "fileno", "release", "file" } do
      support.raises("calling '" .. method .. "' on bad self %(closed descriptor%)$", function()
        if method == "read" then r:read() end
        if method == "write" then w:write("x") end
        if method == "dup" then r:dup() end
        if method == "cloexec" then r:cloexec(true) end
        if method == "fileno" then r:fileno() end
        if method == "release" then r:release() end
        if method == "file" then r:file() end
      end)
    end
  end)

  it("raises if its methods are called on something else", function()
    local r <close> = sys.pipe()
    support.raises("nsengine.fd expected, got FILE%*", r.read, io.stdout)
    support.raises("nsengine.fd expected, got no value", r.close)
    assert.is_nil(r.raed)
  end)
end)

describe("a Lua file made from an FD", function()
  it("takes over the descriptor, with the modes of io.open", function()
    local fd = assert(sys.memfd("text", "one\ntwo\n"))
    local number = fd:fileno()
    local file = assert(fd:file())
    assert.equal("FD (closed)", tostring(fd))
    assert.same({ "one", "two" }, { file:read("l", "l") })
    assert.is_true(is_cloexec(number))
    assert.is_true(file:close())
    assert.is_nil(sys.stat(number))
    local r <close>, w = sys.pipe()
    do
      local stream <close> = assert(w:file("wb"))
      stream:write("buffered")
    end
    assert.equal("buffered", r:read())
    assert.equal("", r:read())
    for _, mode in ipairs { "r+", "w+", "a+", "r+b", "a" } do
      local both <close> = assert(sys.memfd("x"))
      assert.equal("file", io.type(both:file(mode)))
    end
  end)

  it("is refused in a mode that io.open or the descriptor does not support", function()
    local null <close> = assert(sys.open("/dev/null"))
    for _, mode in ipairs { "", "x", "rb+", "r++", "rw", "+" } do
      assert.is_false((pcall(io.open, "/dev/null", mode)))
      support.raises(": bad argument #1 to 'file' %(invalid mode%)$", function() null:file(mode) end)
    end
    support.raises("embedded NUL after 1 bytes", function() null:file("r\0") end)
    local value, message, errno = null:file("w")
    support.fails("EINVAL", "^fdopen %d+: Invalid argument %(EINVAL%)$", value, message, errno)
    assert.truthy(null:read()) -- still the FD's
  end)
end)

describe("sys.open", function()
  local dir
  before_each(function() dir = support.tempdir() end)
  after_each(function() support.remove(dir.path) end)

  it("opens, creates and truncates, with the given mode", function()
    local mode = support.child(function()
      sys.umask(0)
      local fd <close> = assert(sys.open(dir.path .. "/f", sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 416))
      fd:write("content")
      return sys.stat(fd).mode
    end)
    assert.equal(416, mode) -- 0640
    do
      local fd <close> = assert(sys.open(dir.path .. "/f"))
      assert.equal("content", fd:read())
      assert.is_true(is_cloexec(fd))
    end
    assert(sys.open(dir.path .. "/f", sys.O_WRONLY | sys.O_TRUNC)):close()
    assert.equal("", sys.readfile(dir.path .. "/f"))
  end)

  it("opens paths below a directory, given as FD, file or number", function()
    sys.writefile(dir.path .. "/f", "below")
    local dirfd <close> = assert(sys.open(dir.path, sys.O_PATH | sys.O_DIRECTORY))
    for _, how in ipairs { { dirfd = dirfd }, { dirfd = dirfd:fileno() } } do
      local fd <close> = assert(sys.open("f", sys.O_RDONLY, 0, how))
      assert.equal("below", fd:read())
    end
    local file <close> = assert(io.open(dir.path))
    local fd <close> = assert(sys.open("f", sys.O_RDONLY, 0, { dirfd = file }))
    assert.equal("below", fd:read())
  end)

  it("stays below a directory with RESOLVE_BENEATH, even through links", function()
    local dirfd <close> = assert(sys.open(dir.path, sys.O_PATH))
    local how = { dirfd = dirfd, resolve = sys.RESOLVE_BENEATH }
    sys.writefile(dir.path .. "/f", "inside")
    sys.symlink("f", dir.path .. "/good")
    sys.symlink("/etc/passwd", dir.path .. "/absolute")
    sys.symlink("../../etc/passwd", dir.path .. "/climbs")
    local fd <close> = assert(sys.open("good", 0, 0, how))
    assert.equal("inside", fd:read())
    assert.is_true(is_cloexec(fd))
    for _, path in ipairs { "absolute", "climbs", "..", "/etc/passwd" } do
      assert.same({ nil, "open " .. path .. ": Invalid cross-device link (EXDEV)", sys.EXDEV },
        { sys.open(path, 0, 0, how) })
    end
  end)

  it("takes a directory as the root with RESOLVE_IN_ROOT, and follows no link with RESOLVE_NO_SYMLINKS", function()
    local dirfd <close> = assert(sys.open(dir.path, sys.O_PATH))
    sys.mkdir(dir.path .. "/etc")
    sys.writefile(dir.path .. "/etc/passwd", "its own")
    sys.symlink("/etc/passwd", dir.path .. "/link")
    local fd <close> = assert(sys.open("link", 0, 0, { dirfd = dirfd, resolve = sys.RESOLVE_IN_ROOT }))
    assert.equal("its own", fd:read())
    assert.same({ nil, "open link: Too many levels of symbolic links (ELOOP)", sys.ELOOP },
      { sys.open("link", 0, 0, { dirfd = dirfd, resolve = sys.RESOLVE_NO_SYMLINKS }) })
  end)

  it("names the path that it could not open", function()
    local path = dir.path .. "/no\n\27[31m"
    assert.same({ nil, ("open %s/no??[31m: No such file or directory (ENOENT)"):format(dir.path), sys.ENOENT },
      { sys.open(path) })
    support.fails("EINVAL", "^open /: Invalid argument", sys.open("/", 0, 0, { resolve = 1 << 20 }))
    support.fails("EBADF", "^open x: ", sys.open("x", 0, 0, { dirfd = unused() }))
  end)

  it("raises for wrong arguments, and names the argument or field", function()
    local closed = sys.pipe()
    closed:close()
    local function field(text) return "field '" .. text end
    support.misuse(1, "open", "string expected, got no value%)$")
    support.misuse(1, "open", "string expected, got number%)$", 7)
    support.misuse(1, "open", "string with an embedded NUL after 2 bytes%)$", "/e\0tc")
    support.misuse(2, "open", "%-1 is out of range: 0 to 4294967295%)$", "/", -1)
    support.misuse(2, "open", "number expected, got string%)$", "/", "r")
    support.misuse(3, "open", "4096 is out of range: 0 to 4095%)$", "/", 0, 4096)
    support.misuse(4, "open", "table expected, got number%)$", "/", 0, 0, 3)
    support.misuse(4, "open", "unknown field 'resolv'%)$", "/", 0, 0, { resolv = 1 })
    support.misuse(4, "open", "unexpected number key in the table%)$", "/", 0, 0, { 1 })
    support.misuse(4, "open", field "dirfd': closed descriptor%)$", "/", 0, 0, { dirfd = closed })
    support.misuse(4, "open", field "dirfd': %-1 is out of range: 0 to 2147483647%)$", "/", 0, 0, { dirfd = -1 })
    support.misuse(4, "open", field "dirfd': %-4294967296 is out of range", "/", 0, 0, { dirfd = -(1 << 32) })
    support.misuse(4, "open", field "dirfd': descriptor %(FD, file or integer%) expected, got string%)$",
      "/", 0, 0, { dirfd = "x" })
    support.misuse(4, "open", field "resolve': integer expected, got string%)$", "/", 0, 0, { resolve = "8" })
    support.misuse(4, "open", field "resolve': %-1 is out of range: 0 to 4294967295%)$",
      "/", 0, 0, { resolve = -1 })
  end)
end)

describe("sys.pipe, sys.socketpair and sys.memfd", function()
  it("make descriptors that a program does not inherit", function()
    local a, b <close> = sys.pipe()
    local c, d <close> = sys.socketpair()
    local e <close> = assert(sys.memfd("x"))
    for _, fd in ipairs { a, b, c, d, e } do assert.is_true(is_cloexec(fd)) end
  end)

  it("respect their flags", function()
    local r <close> = sys.pipe(sys.O_NONBLOCK)
    support.fails("EAGAIN", "^read: ", r:read())
    local s <close> = sys.socketpair(sys.SOCK_DGRAM | sys.SOCK_NONBLOCK)
    support.fails("EAGAIN", "^read: ", s:read())
    support.fails("EINVAL", "^pipe: Invalid argument %(EINVAL%)$", sys.pipe(1))
    support.fails("ESOCKTNOSUPPORT", "^socketpair: Socket type not supported", sys.socketpair(9))
    support.fails("EINVAL", "^memfd_create x: Invalid argument %(EINVAL%)$", sys.memfd("x", "", 1 << 20))
    support.fails("EINVAL", "^memfd_create n+: ", sys.memfd(("n"):rep(250)))
    support.misuse(1, "pipe", "%-1 is out of range", -1)
    support.misuse(1, "socketpair", "number expected, got string", "stream")
    support.misuse(1, "memfd", "string expected, got no value")
    support.misuse(1, "memfd", "string with an embedded NUL after 1 bytes", "a\0b")
    support.misuse(2, "memfd", "string expected, got table", "a", {})
  end)

  it("connect both ways, and preserve message boundaries on request", function()
    local a, b <close> = sys.socketpair()
    a:write("there")
    b:write("back")
    assert.equal("there", b:read())
    assert.equal("back", a:read())
    local c, d <close> = sys.socketpair(sys.SOCK_SEQPACKET)
    c:write("one")
    c:write("two")
    assert.equal("one", d:read())
    assert.equal("two", d:read())
  end)

  it("hold a content with any bytes, read from the beginning", function()
    local fd <close> = assert(sys.memfd("x", "a\0b"))
    assert.equal("a\0b", fd:read())
    assert.equal(3, sys.stat(fd).size)
    local empty <close> = assert(sys.memfd("x"))
    assert.equal("", empty:read())
  end)
end)

describe("sys.sendfd and sys.recvfd", function()
  it("pass an open file to another process", function()
    local here, there <close> = sys.socketpair()
    local child <close> = assert(sys.clone(0, function()
      return sys.sendfd(there, assert(sys.memfd("x", "from the child")), "a message\0with NUL")
    end))
    local fd <close>, message = assert(sys.recvfd(here))
    assert.equal("a message\0with NUL", message)
    assert.equal("from the child", fd:read())
    assert.is_true(is_cloexec(fd))
    assert.is_true((child:wait()))
  end)

  it("need no message, and accept Lua files and numbers", function()
    local a, b <close> = sys.socketpair()
    local file <close> = io.tmpfile()
    assert.is_true(sys.sendfd(a:fileno(), file))
    local fd <close>, message = assert(sys.recvfd(b))
    assert.equal("\0", message)
    assert.equal(sys.stat(file).ino, sys.stat(fd).ino)
  end)

  it("distinguish a message without a descriptor from the end", function()
    local a, b <close> = sys.socketpair()
    a:write("only text")
    assert.same({ nil, "only text" }, { sys.recvfd(b) })
    a:close()
    assert.same({ nil, "" }, { sys.recvfd(b) })
  end)

  it("refuse a message with two descriptors, and keep neither", function()
    -- Two messages of a stream are never merged if each has a descriptor: python3 sends both in one.
    if not sys.stat("/usr/bin/python3") then return pending("needs python3") end
    local a, b <close> = sys.socketpair()
    local child <close> = assert(sys.clone(0, function()
      a:dup(9)
      return sys.exec { "/usr/bin/python3", "-c",
        "import socket\nsocket.send_fds(socket.socket(fileno=9), [b'two'], [0, 1])" }
    end))
    assert.is_true((child:wait()))
    local before = #support.descriptors()
    assert.same({ nil, "recvfd: Message too long (EMSGSIZE)", sys.EMSGSIZE }, { sys.recvfd(b) })
    assert.equal(before, #support.descriptors())
  end)

  it("refuse a truncated message, and keep no descriptor from it", function()
    local a, b <close> = sys.socketpair(sys.SOCK_SEQPACKET)
    a:write(("x"):rep(4096))
    assert.same({ nil, ("x"):rep(4096) }, { sys.recvfd(b) })
    a:write(("x"):rep(4097))
    assert.same({ nil, "recvfd: Message too long (EMSGSIZE)", sys.EMSGSIZE }, { sys.recvfd(b) })
  end)

  it("report a descriptor for which there was no room", function()
    local a, b <close> = sys.socketpair()
    assert.is_true(sys.sendfd(a, a, "x"))
    local message, errno = support.child(function()
      local fds = support.descriptors()
      assert(sys.setrlimit(sys.RLIMIT_NOFILE, 3))
      assert(#fds > 3)
      return select(2, sys.recvfd(b))
    end)
    assert.equal("recvfd: Message too long (EMSGSIZE)", message)
    assert.equal(sys.EMSGSIZE, errno)
  end)

  it("report failures, and raise for wrong arguments", function()
    local r, w <close> = sys.pipe()
    assert.same({ nil, "sendfd: Socket operation on non-socket (ENOTSOCK)", sys.ENOTSOCK }, { sys.sendfd(w, r) })
    assert.same({ nil, "recvfd: Socket operation on non-socket (ENOTSOCK)", sys.ENOTSOCK }, { sys.recvfd(r) })
    local a, b <close> = sys.socketpair()
    support.fails("EBADF", "^sendfd: ", sys.sendfd(a, unused()))
    b:close()
    assert.same({ nil, "sendfd: Broken pipe (EPIPE)", sys.EPIPE }, { sys.sendfd(a, r) }) -- and no SIGPIPE
    support.misuse(1, "sendfd", "closed descriptor%)$", b, r)
    support.misuse(2, "sendfd", "descriptor %(FD, file or integer%) expected, got no value%)$", a)
    support.misuse(2, "sendfd", "%-1 is out of range: 0 to 2147483647%)$", a, -1)
    support.misuse(3, "sendfd", "message must have 1 to 4096 bytes%)$", a, r, "")
    support.misuse(3, "sendfd", "message must have 1 to 4096 bytes%)$", a, r, ("x"):rep(4097))
    support.misuse(1, "recvfd", "descriptor %(FD, file or integer%) expected, got string%)$", "x")
  end)
end)

describe("sys.poll", function()
  it("returns those that are ready, in order, as they were given", function()
    local a, b <close> = sys.socketpair()
    local r, w <close> = sys.pipe()
    a:write("x")
    local ready = assert(sys.poll({ { r, "r" }, { b, "rw" }, { a, "w" }, { w:fileno(), "w" } }))
    assert.same({ { b, "rw" }, { a, "w" }, { w:fileno(), "w" } }, ready)
    assert.equal(b, ready[1][1])
  end)

  it("waits for input by default", function()
    local r, w <close> = sys.pipe()
    assert.same({}, sys.poll({ { r } }, 0))
    w:write("x")
    assert.same({ { r, "r" } }, sys.poll({ { r } }))
  end)

  it("distinguishes an end from an error", function()
    local r, w <close> = sys.pipe()
    w:close()
    assert.same({ { r, "h" } }, sys.poll({ { r, "r" } }))
    local r2, w2 <close> = sys.pipe()
    r2:close()
    assert.same({ { w2, "we" } }, sys.poll({ { w2, "w" } }))
    local number = unused()
    assert.same({ { number, "e" } }, sys.poll({ { number } }))
  end)

  it("accepts a Lua file", function()
    local r, w <close> = sys.pipe()
    local file <close> = assert(r:file())
    w:write("x")
    assert.same({ { file, "r" } }, sys.poll({ { file } }))
  end)

  it("returns an empty list after the timeout, and not before", function()
    local r, _w <close> = sys.pipe()
    local began = sys.monotonic()
    assert.same({}, sys.poll({ { r } }, 0.05))
    local took = sys.monotonic() - began
    assert.truthy(took >= 0.05, took)
    assert.same({}, sys.poll({}, 0))
  end)

  it("reports a Process as ready from its end on", function()
    local r, w <close> = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      w:close()
      r:read()
    end))
    r:close()
    assert.same({}, sys.poll({ { child } }, 0))
    w:close()
    assert.same({ { child, "r" } }, sys.poll({ { child, "r" } }))
    child:wait()
    assert.same({ { child, "r" } }, sys.poll({ { child, "r" } }))
  end)

  it("raises for wrong arguments, and names the entry", function()
    local r <close> = sys.pipe()
    local closed = sys.pipe()
    closed:close()
    local file = assert(io.open("/dev/null"))
    file:close()
    local child = assert(sys.clone(0, function() end))
    local pid = child:release()
    support.misuse(1, "poll", "table expected, got no value%)$")
    support.misuse(1, "poll", 'entry 1: {descriptor, "r"|"w"|"rw"} expected%)$', { r })
    support.misuse(1, "poll", 'entry 2: events are "r", "w" or "rw"%)$', { { r }, { r, "x" } })
    support.misuse(1, "poll", 'entry 1: events are "r", "w" or "rw"%)$', { { r, "" } })
    support.misuse(1, "poll", 'entry 1: events are "r", "w" or "rw"%)$', { { r, 5 } })
    support.misuse(1, "poll", "entry 2: closed descriptor%)$", { { r }, { closed } })
    support.misuse(1, "poll", "entry 1: closed file%)$", { { file } })
    support.misuse(1, "poll", "entry 1: released Process%)$", { { child } })
    support.misuse(1, "poll", "entry 1: descriptor %(FD, file or integer%) expected, got string%)$", { { "x" } })
    support.misuse(1, "poll", "entry 1: descriptor %(FD, file or integer%) expected, got nil%)$", { {} })
    support.misuse(1, "poll", "entry 1: %-1 is out of range: 0 to 2147483647%)$", { { -1 } })
    support.misuse(2, "poll", "seconds must be 0 to 1e9%)$", { { r } }, -1)
    support.misuse(2, "poll", "seconds must be 0 to 1e9%)$", { { r } }, 0 / 0)
    support.misuse(2, "poll", "seconds must be 0 to 1e9%)$", { { r } }, math.huge)
    support.misuse(2, "poll", "number expected, got string%)$", { { r } }, "1")
    assert.same(pid, (sys.waitpid(pid)))
  end)
end)

describe("sys.close_range", function()
  it("closes all descriptors in a range, and no others", function()
    local open = support.child(function()
      local null = assert(sys.open("/dev/null"))
      for n = 500, 505 do null:dup(n) end
      assert(sys.close_range(501, 503))
      assert(sys.close_range(505))
      local left = {}
      for n = 500, 505 do left[#left + 1] = sys.stat(n) ~= nil end
      return left
    end)
    assert.same({ true, false, false, false, true, false }, open)
  end)

  it("only marks them close-on-exec with CLOSE_RANGE_CLOEXEC", function()
    local before, after = support.child(function()
      assert(sys.open("/dev/null")):dup(500)
      local was = is_cloexec(500)
      assert(sys.close_range(500, 500, sys.CLOSE_RANGE_CLOEXEC))
      return was, is_cloexec(500)
    end)
    assert.is_false(before)
    assert.is_true(after)
  end)

  it("reports failures, and raises for wrong arguments", function()
    assert.same({ nil, "close_range 9-3: Invalid argument (EINVAL)", sys.EINVAL }, { sys.close_range(9, 3) })
    support.misuse(1, "close_range", "number expected, got no value")
    support.misuse(1, "close_range", "%-1 is out of range: 0 to 4294967295", -1)
    support.misuse(2, "close_range", "4294967296 is out of range", 3, 1 << 32)
  end)
end)

describe("the suite's own process", function()
  it("has the same descriptors after all these tests", function()
    collectgarbage()
    collectgarbage()
    local before = #support.descriptors()
    for _ = 1, 20 do
      local a, b = sys.socketpair()
      sys.sendfd(a, b)
      sys.recvfd(b)
      sys.open("/nope")
      sys.open("/dev/null", 0, 0, { resolve = sys.RESOLVE_BENEATH })
      sys.memfd("x", "y")
      pcall(sys.poll, { { a }, {} })
    end
    collectgarbage()
    collectgarbage()
    assert.equal(before, #support.descriptors())
  end)
end)

describe("sys.write_some", function()
  it("writes as much as there is room for, and returns how much", function()
    local r, w = assert(sys.pipe(sys.O_NONBLOCK))
    local text = ("x"):rep(1 << 20)
    local n = assert(sys.write_some(w, text))
    assert.truthy(n > 0 and n < #text)
    assert.equal(0, sys.write_some(w, text))
    assert.equal(n, #assert(r:read(1 << 20)))
    assert.equal(3, sys.write_some(w, "abcdef", 2, 3))
    assert.equal("bcd", r:read())
    assert.equal(0, sys.write_some(w, "abc", 4))
  end)

  it("returns EPIPE for a pipe without readers, and the program gets no SIGPIPE", function()
    assert.same({ nil, "write: Broken pipe (EPIPE)", sys.EPIPE, true }, support.child(function()
      local r, w = assert(sys.pipe())
      r:close()
      local result = table.pack(sys.write_some(w, "x"))
      result[4], result.n = sys.getpid() > 0, nil -- still alive
      return result
    end))
    -- a SIGPIPE that the program raises itself still kills it
    local child <close> = assert(sys.clone(0, function()
      local r, w = assert(sys.pipe())
      r:close()
      sys.write_some(w, "x")
      sys.kill(sys.getpid(), sys.SIGPIPE)
    end))
    assert.same({ nil, "signal", sys.SIGPIPE }, { child:wait(10) })
  end)

  it("raises for wrong arguments", function()
    support.misuse(2, "write_some", "string expected", 1)
    support.misuse(3, "write_some", "5 is out of range: 1 to 4", 1, "abc", 5)
  end)
end)
