--- Files by name, and whole contents: what a set-up does to files, tried on real ones.
local support = require "support"
local sys = require "nsengine.sys"

local dir, dirfd, before
before_each(function()
  if not before then
    collectgarbage() -- what other specs left to the collector
    collectgarbage()
    before = #support.descriptors()
  end
  dir = support.tempdir().path
  dirfd = assert(sys.open(dir, sys.O_PATH | sys.O_DIRECTORY))
end)
after_each(function()
  dirfd:close()
  support.remove(dir)
  assert.is_nil(sys.lstat(dir))
end)

local function at(name) return dir .. "/" .. name end

local function write(name, text)
  assert(sys.writefile(at(name), text or ""))
  return at(name)
end

--- A failed call's three results, with `dir` cut out of the message.
local function failure(value, message, errno)
  return { value, message and message:gsub(dir:gsub("%p", "%%%0"), "DIR"), errno }
end

describe("sys.mkdir and sys.rmdir", function()
  it("make and remove directories, also relative to a directory", function()
    assert.is_true(sys.mkdir(at "a"))
    assert.equal("directory", sys.stat(at "a").type)
    assert.is_true(sys.mkdir("b", 448, dirfd))
    assert.equal(448, sys.stat(at "b").mode) -- 0700
    assert.is_true(sys.rmdir("a", dirfd))
    assert.is_nil(sys.stat(at "a"))
    assert.is_true(sys.rmdir(at "b"))
  end)

  it("apply the umask to the mode", function()
    assert.equal(488, support.child(function()
      sys.umask(23) -- 027
      sys.mkdir(at "a")
      return sys.stat(at "a").mode & 511
    end))
  end)

  it("name the path and the reason when they fail", function()
    sys.mkdir(at "full")
    write "full/file"
    assert.same({ nil, "mkdir DIR/full: File exists (EEXIST)", sys.EEXIST }, failure(sys.mkdir(at "full")))
    assert.same({ nil, "rmdir DIR/full: Directory not empty (ENOTEMPTY)", sys.ENOTEMPTY },
      failure(sys.rmdir(at "full")))
    assert.same({ nil, "mkdir x: Not a directory (ENOTDIR)", sys.ENOTDIR },
      failure(sys.mkdir("x", 511, assert(sys.open "/dev/null"))))
    support.misuse(1, "mkdir", "string expected, got no value%)$")
    support.misuse(1, "mkdir", "string with an embedded NUL after 1 bytes%)$", "a\0b")
    support.misuse(2, "mkdir", "%-1 is out of range: 0 to 4095%)$", "a", -1)
    support.misuse(2, "mkdir", "4096 is out of range: 0 to 4095%)$", "a", 4096)
    support.misuse(3, "mkdir", "descriptor %(FD, file or integer%) expected, got string%)$", "a", 0, "b")
    support.misuse(3, "mkdir", "2147483648 is out of range: 0 to 2147483647%)$", "a", 0, 1 << 31)
    support.misuse(1, "rmdir", "string expected, got number%)$", 1)
  end)
end)

describe("sys.mkdirs", function()
  it("makes a directory with its parents, and accepts existing ones", function()
    assert.is_true(sys.mkdirs(at "a/b//c/", 493))
    assert.equal("directory", sys.stat(at "a/b/c").type)
    assert.is_true(sys.mkdirs(at "a/b/c/d"))
    assert.is_true(sys.mkdirs(at "a/b/c/d"))
    assert.is_true(sys.mkdirs("/"))
    sys.symlink("a", at "link")
    assert.is_true(sys.mkdirs(at "link/x"))
    assert.truthy(sys.stat(at "a/x"))
  end)

  it("is relative to the working directory", function()
    assert.is_true(support.child(function()
      assert(sys.chdir(dir))
      return sys.mkdirs("r/s") and sys.stat(at "r/s").type == "directory"
    end))
  end)

  it("names what stands in the way", function()
    write "file"
    assert.same({ nil, "mkdirs DIR/file/x: Not a directory (ENOTDIR)", sys.ENOTDIR },
      failure(sys.mkdirs(at "file/x")))
    sys.symlink("nowhere", at "dangling")
    assert.same({ nil, "mkdirs DIR/dangling: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.mkdirs(at "dangling")))
    assert.same({ nil, "mkdirs : No such file or directory (ENOENT)", sys.ENOENT }, { sys.mkdirs "" })
    support.misuse(1, "mkdirs", "string expected, got nil%)$", nil)
    support.misuse(2, "mkdirs", "number expected, got string%)$", "a", "755")
  end)
end)

describe("sys.unlink, sys.rename and sys.link", function()
  it("act on names, also relative to directories", function()
    write("a", "A")
    assert.is_true(sys.rename(at "a", at "b"))
    assert.is_true(sys.rename("b", "c", 0, dirfd, dirfd))
    assert.is_true(sys.link("c", "d", dirfd, dirfd))
    assert.is_true(sys.link(at "c", at "e"))
    assert.equal(3, sys.stat(at "c").nlink)
    assert.equal(sys.stat(at "c").ino, sys.stat(at "d").ino)
    assert.is_true(sys.unlink(at "c"))
    assert.is_true(sys.unlink("d", dirfd))
    assert.equal("A", sys.readfile(at "e"))
    assert.same({ "e" }, sys.list(dir))
  end)

  it("can exchange two names, or refuse to replace one", function()
    write("a", "A")
    write("b", "B")
    assert.is_true(sys.rename(at "a", at "b", sys.RENAME_EXCHANGE))
    assert.equal("B", sys.readfile(at "a"))
    assert.same({ nil, "rename DIR/a to DIR/b: File exists (EEXIST)", sys.EEXIST },
      failure(sys.rename(at "a", at "b", sys.RENAME_NOREPLACE)))
    assert.is_true(sys.rename(at "a", at "b"))
    assert.equal("B", sys.readfile(at "b"))
  end)

  it("act on a symbolic link itself", function()
    sys.symlink("target", at "a")
    assert.is_true(sys.link(at "a", at "b"))
    assert.equal("target", sys.readlink(at "b"))
  end)

  it("name the paths and the reason when they fail", function()
    write "a"
    sys.mkdir(at "dir")
    assert.same({ nil, "unlink DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.unlink(at "x")))
    assert.same({ nil, "unlink DIR/dir: Is a directory (EISDIR)", sys.EISDIR }, failure(sys.unlink(at "dir")))
    assert.same({ nil, "rename DIR/x to DIR/y: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.rename(at "x", at "y")))
    assert.same({ nil, "link DIR/a to DIR/a: File exists (EEXIST)", sys.EEXIST },
      failure(sys.link(at "a", at "a")))
    support.misuse(1, "unlink", "string expected, got no value%)$")
    support.misuse(2, "unlink", "%-1 is out of range", "a", -1)
    support.misuse(2, "rename", "string expected, got no value%)$", "a")
    support.misuse(2, "rename", "string with an embedded NUL after 0 bytes%)$", "a", "\0")
    support.misuse(3, "rename", "4294967296 is out of range: 0 to 4294967295%)$", "a", "b", 1 << 32)
    support.misuse(5, "rename", "descriptor .* expected, got table%)$", "a", "b", 0, nil, {})
    support.misuse(2, "link", "string expected, got boolean%)$", "a", true)
  end)
end)

describe("sys.symlink and sys.readlink", function()
  it("make a link and read it, also relative to a directory", function()
    assert.is_true(sys.symlink("usr/bin", at "bin"))
    assert.is_true(sys.symlink("x", "y", dirfd))
    assert.equal("usr/bin", sys.readlink(at "bin"))
    assert.equal("x", sys.readlink("y", dirfd))
    assert.equal("link", sys.lstat(at "y").type)
    local long = ("n"):rep(4000)
    assert.is_true(sys.symlink(long, at "long"))
    assert.equal(long, sys.readlink(at "long"))
  end)

  it("name the path and the reason when they fail", function()
    write "a"
    assert.same({ nil, "symlink DIR/a to usr: File exists (EEXIST)", sys.EEXIST },
      failure(sys.symlink("usr", at "a")))
    assert.same({ nil, "readlink DIR/a: Invalid argument (EINVAL)", sys.EINVAL }, failure(sys.readlink(at "a")))
    support.misuse(1, "symlink", "string expected, got nil%)$", nil, "b")
    support.misuse(2, "symlink", "string with an embedded NUL after 1 bytes%)$", "a", "b\0")
    support.misuse(1, "readlink", "string expected, got table%)$", {})
  end)
end)

describe("sys.chmod", function()
  it("sets the mode of a path, of a path relative to a directory, or of a descriptor", function()
    write "a"
    assert.is_true(sys.chmod(at "a", 384))
    assert.equal(384, sys.stat(at "a").mode)
    assert.is_true(sys.chmod("a", 292, dirfd))
    assert.equal(292, sys.stat(at "a").mode)
    local fd <close> = assert(sys.open(at "a"))
    assert.is_true(sys.chmod(fd, 2541)) -- 04755
    assert.equal(2541, sys.stat(at "a").mode)
  end)

  it("names the path and the reason when it fails", function()
    assert.same({ nil, "chmod DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.chmod(at "x", 0)))
    assert.same({ nil, ("chmod descriptor %d: Bad file descriptor (EBADF)"):format(dirfd:fileno()), sys.EBADF },
      { sys.chmod(dirfd, 0) }) -- opened with O_PATH
    support.misuse(1, "chmod", "descriptor %(FD, file or integer%) expected, got nil%)$", nil, 0)
    support.misuse(2, "chmod", "number expected, got no value%)$", "a")
    support.misuse(2, "chmod", "4096 is out of range: 0 to 4095%)$", "a", 4096)
  end)

  if support.root then
    it("fails for a user who does not own the file", function()
      write "a"
      assert.same({ nil, "chmod DIR/a: Operation not permitted (EPERM)", sys.EPERM },
        support.child({ uid = 1000 }, function() return failure(sys.chmod(at "a", 511)) end))
    end)
  end
end)

describe("sys.chown", function()
  local function owner(path)
    local stat = assert(sys.lstat(path))
    return { stat.uid, stat.gid }
  end

  if support.root then
    it("changes the owner of a path, a link itself, a path relative to a directory, or a descriptor", function()
      write "a"
      sys.symlink("a", at "link")
      assert.is_true(sys.chown(at "link", 1000, 1001))
      assert.same({ 1000, 1001 }, owner(at "a"))
      assert.same({ 0, 0 }, owner(at "link"))
      assert.is_true(sys.chown(at "link", 1002, 1003, sys.AT_SYMLINK_NOFOLLOW))
      assert.same({ 1002, 1003 }, owner(at "link"))
      assert.is_true(sys.chown("a", 5, 6, 0, dirfd))
      assert.same({ 5, 6 }, owner(at "a"))
      local fd <close> = assert(sys.open(at "a", sys.O_PATH))
      assert.is_true(sys.chown(fd, 7, 8))
      assert.same({ 7, 8 }, owner(at "a"))
    end)

    it("keeps the id that is nil", function()
      write "a"
      sys.chown(at "a", 10, 11)
      assert.is_true(sys.chown(at "a", 12))
      assert.same({ 12, 11 }, owner(at "a"))
      assert.is_true(sys.chown(at "a", nil, 13))
      assert.same({ 12, 13 }, owner(at "a"))
      assert.is_true(sys.chown(at "a", 4294967294, nil))
      assert.same({ 4294967294, 13 }, owner(at "a"))
    end)

    it("fails for a user without privilege", function()
      write "a"
      assert.same({ nil, "chown DIR/a: Operation not permitted (EPERM)", sys.EPERM },
        support.child({ uid = 1000 }, function() return failure(sys.chown(at "a", 1000)) end))
    end)
  end

  it("names the path and the reason when it fails", function()
    assert.same({ nil, "chown DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.chown(at "x", nil, nil)))
    assert.same({ nil, "chown DIR: Invalid argument (EINVAL)", sys.EINVAL },
      failure(sys.chown(dir, nil, nil, 1)))
    support.misuse(2, "chown", "%-1 is out of range: 0 to 4294967294%)$", "a", -1)
    support.misuse(3, "chown", "4294967295 is out of range: 0 to 4294967294%)$", "a", 0, 4294967295)
    support.misuse(2, "chown", "number expected, got string%)$", "a", "root")
    support.misuse(4, "chown", "%-1 is out of range: 0 to 2147483647%)$", "a", 0, 0, -1)
  end)
end)

describe("sys.mknod and sys.makedev", function()
  it("make files and fifos without privilege", function()
    for _, uid in ipairs(support.users) do
      local types = support.child({ uid = uid }, function()
        sys.umask(0)
        assert(sys.mknod(at("fifo" .. uid), sys.S_IFIFO, 384))
        assert(sys.mknod("file" .. uid, sys.S_IFREG, nil, nil, assert(sys.open(dir))))
        assert(sys.mknod(at("socket" .. uid), sys.S_IFSOCK))
        return { sys.stat(at("fifo" .. uid)).type, sys.stat(at("fifo" .. uid)).mode,
                 sys.stat(at("file" .. uid)).type, sys.stat(at("file" .. uid)).mode,
                 sys.stat(at("socket" .. uid)).type }
      end)
      assert.same({ "fifo", 384, "file", 438, "socket" }, types)
    end
  end)

  if support.root then
    it("make devices for root only", function()
      assert.is_true(sys.mknod(at "null", sys.S_IFCHR, 438, sys.makedev(1, 3)))
      assert.equal(sys.stat("/dev/null").rdev, sys.stat(at "null").rdev)
      assert.equal("char device", sys.stat(at "null").type)
      assert.is_true(sys.mknod(at "loop", sys.S_IFBLK, 0, sys.makedev(7, 0)))
      assert.equal("block device", sys.stat(at "loop").type)
      assert.same({ nil, "mknod DIR/no: Operation not permitted (EPERM)", sys.EPERM },
        support.child({ uid = 1000 }, function()
          return failure(sys.mknod(at "no", sys.S_IFCHR, 438, sys.makedev(1, 3)))
        end))
    end)
  end

  it("number devices as the kernel does", function()
    assert.equal(sys.stat("/dev/null").rdev, sys.makedev(1, 3))
    assert.equal(sys.stat("/dev/zero").rdev, sys.makedev(1, 5))
    assert.equal(0xfff << 8 | 0xff | 0xfff00 << 12, sys.makedev(4095, 1048575))
  end)

  it("name the path and the reason when they fail", function()
    support.misuse(2, "mknod", "number expected, got no value%)$", "a")
    support.misuse(2, "mknod", "S_IF%* expected%)$", "a", 1)
    support.misuse(2, "mknod", "65536 is out of range: 0 to 61440%)$", "a", 65536)
    support.misuse(4, "mknod", "%-1 is out of range", "a", sys.S_IFCHR, 0, -1)
    support.misuse(1, "makedev", "4096 is out of range: 0 to 4095%)$", 4096, 0)
    support.misuse(2, "makedev", "1048576 is out of range: 0 to 1048575%)$", 0, 1048576)
  end)
end)

describe("sys.chdir and sys.getcwd", function()
  it("accept a path or a descriptor", function()
    local a, b = support.child(function()
      assert(sys.chdir(dir))
      local first = sys.getcwd()
      assert(sys.chdir("/"))
      assert(sys.chdir(dirfd))
      return first, sys.getcwd()
    end)
    assert.equal(dir, a)
    assert.equal(dir, b)
  end)

  it("report a working directory that was removed", function()
    sys.mkdir(at "gone")
    assert.same({ nil, "getcwd: No such file or directory (ENOENT)", sys.ENOENT }, support.child(function()
      assert(sys.chdir(at "gone"))
      assert(sys.rmdir(at "gone"))
      return { sys.getcwd() }
    end))
  end)

  it("name the path and the reason when they fail", function()
    assert.same({ nil, "chdir DIR/x: No such file or directory (ENOENT)", sys.ENOENT }, failure(sys.chdir(at "x")))
    local null <close> = assert(sys.open "/dev/null")
    assert.same({ nil, ("chdir descriptor %d: Not a directory (ENOTDIR)"):format(null:fileno()), sys.ENOTDIR },
      { sys.chdir(null) })
    support.misuse(1, "chdir", "descriptor %(FD, file or integer%) expected, got no value%)$")
    support.misuse(1, "chdir", "string with an embedded NUL", "/\0")
  end)
end)

describe("sys.umask", function()
  it("sets the mask and returns the previous one", function()
    local first, second = support.child(function()
      sys.umask(63)
      return sys.umask(18), sys.umask(0)
    end)
    assert.equal(63, first)
    assert.equal(18, second)
    support.misuse(1, "umask", "number expected, got no value%)$")
    support.misuse(1, "umask", "512 is out of range: 0 to 511%)$", 512)
    support.misuse(1, "umask", "%-1 is out of range", -1)
  end)
end)

describe("sys.stat and sys.lstat", function()
  it("describe a path, a path relative to a directory, or a descriptor", function()
    write("a", ("x"):rep(5000))
    sys.chmod(at "a", 416)
    local stat = assert(sys.stat(at "a"))
    assert.equal("file", stat.type)
    assert.equal(416, stat.mode)
    assert.equal(5000, stat.size)
    assert.equal(1, stat.nlink)
    assert.same({ sys.getids().euid, sys.getids().egid }, { stat.uid, stat.gid })
    assert.truthy(stat.blocks >= 8)
    assert.truthy(math.abs(stat.mtime - os.time()) < 60)
    assert.equal("float", math.type(stat.mtime))
    assert.equal(sys.stat(dir).dev, stat.dev)
    assert.equal(stat.ino, sys.stat("a", dirfd).ino)
    local fd <close> = assert(sys.open(at "a", sys.O_PATH))
    assert.same(stat, sys.stat(fd))
    local file <close> = assert(io.open(at "a"))
    assert.equal(stat.ino, sys.stat(file).ino)
  end)

  it("distinguish all types of files", function()
    local a <close> = sys.socketpair()
    local r <close> = sys.pipe()
    sys.symlink("/", at "link")
    assert.equal("directory", sys.stat("/").type)
    assert.equal("directory", sys.stat(at "link").type)
    assert.equal("link", sys.lstat(at "link").type)
    assert.equal("link", sys.lstat("link", dirfd).type)
    assert.equal("char device", sys.stat("/dev/null").type)
    assert.equal("socket", sys.stat(a).type)
    assert.equal("fifo", sys.stat(r).type)
  end)

  it("include the mount's id", function()
    local text = assert(sys.readfile("/proc/self/fdinfo/" .. dirfd:fileno()))
    assert.equal(math.tointeger(text:match("mnt_id:%s*(%d+)")), sys.stat(dir).mnt_id)
  end)

  it("name the path and the reason when they fail", function()
    assert.same({ nil, "stat DIR/x: No such file or directory (ENOENT)", sys.ENOENT }, failure(sys.stat(at "x")))
    assert.same({ nil, "lstat DIR/x: No such file or directory (ENOENT)", sys.ENOENT }, failure(sys.lstat(at "x")))
    assert.same({ nil, "stat : No such file or directory (ENOENT)", sys.ENOENT }, { sys.stat("") })
    assert.same({ nil, "stat descriptor 2147483647: Bad file descriptor (EBADF)", sys.EBADF },
      { sys.stat(2147483647) })
    support.misuse(1, "stat", "descriptor %(FD, file or integer%) expected, got no value%)$")
    support.misuse(1, "stat", "%-1 is out of range: 0 to 2147483647%)$", -1)
    support.misuse(1, "lstat", "string with an embedded NUL after 3 bytes%)$", "/et\0c")
    support.misuse(2, "stat", "descriptor .* expected, got string%)$", "a", "b")
    local closed = assert(sys.open("/"))
    closed:close()
    support.misuse(1, "stat", "closed descriptor%)$", closed)
  end)
end)

describe("extended attributes", function()
  -- An ordinary user's attributes need support by the file system: tmpfs has it since Linux 6.6.
  local function has_xattrs()
    local value, _, errno = sys.setxattr(write "probe", "user.probe", "")
    sys.unlink(at "probe")
    return value or errno ~= sys.EOPNOTSUPP
  end

  it("can be set, read, listed and removed, by path or descriptor", function()
    if not has_xattrs() then return pending("needs a file system with user.* attributes below /tmp") end
    write "a"
    local fd <close> = assert(sys.open(at "a"))
    for _, node in ipairs { at "a", fd } do
      assert.same({}, sys.listxattr(node))
      assert.is_true(sys.setxattr(node, "user.one", "1\0bytes"))
      assert.is_true(sys.setxattr(node, "user.empty", ""))
      assert.equal("1\0bytes", sys.getxattr(node, "user.one"))
      assert.equal("", sys.getxattr(node, "user.empty"))
      local names = sys.listxattr(node)
      table.sort(names)
      assert.same({ "user.empty", "user.one" }, names)
      assert.is_true(sys.removexattr(node, "user.one"))
      assert.is_true(sys.removexattr(node, "user.empty"))
    end
  end)

  it("are created or replaced as requested", function()
    if not has_xattrs() then return pending("needs a file system with user.* attributes below /tmp") end
    write "a"
    assert.same({ nil, "setxattr user.x of DIR/a: No data available (ENODATA)", sys.ENODATA },
      failure(sys.setxattr(at "a", "user.x", "", sys.XATTR_REPLACE)))
    assert.is_true(sys.setxattr(at "a", "user.x", "1", sys.XATTR_CREATE))
    assert.same({ nil, "setxattr user.x of DIR/a: File exists (EEXIST)", sys.EEXIST },
      failure(sys.setxattr(at "a", "user.x", "2", sys.XATTR_CREATE)))
    assert.is_true(sys.setxattr(at "a", "user.x", "3", sys.XATTR_REPLACE))
    assert.equal("3", sys.getxattr(at "a", "user.x"))
  end)

  if support.root then
    it("belong to a link itself with AT_SYMLINK_NOFOLLOW", function()
      write "a"
      sys.symlink("a", at "link")
      local nofollow = sys.AT_SYMLINK_NOFOLLOW
      assert(sys.setxattr(at "link", "trusted.x", "link", 0, nofollow))
      assert.equal("link", sys.getxattr(at "link", "trusted.x", nofollow))
      assert.same({ "trusted.x" }, sys.listxattr(at "link", nofollow))
      assert.same({}, sys.listxattr(at "link"))
      assert.same({ nil, "getxattr trusted.x of DIR/link: No data available (ENODATA)", sys.ENODATA },
        failure(sys.getxattr(at "link", "trusted.x")))
      assert.is_true(sys.removexattr(at "link", "trusted.x", nofollow))
      assert.same({}, sys.listxattr(at "link", nofollow))
    end)
  end

  it("come with the path and the reason when a call fails", function()
    assert.same({ nil, "getxattr user.x of DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.getxattr(at "x", "user.x")))
    assert.same({ nil, "listxattr DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.listxattr(at "x")))
    assert.same({ nil, "removexattr user.x of DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.removexattr(at "x", "user.x")))
    assert.same({ nil, "listxattr descriptor 2147483647: Bad file descriptor (EBADF)", sys.EBADF },
      { sys.listxattr(2147483647) })
    write "a"
    assert.same({ nil, "setxattr nonsense of DIR/a: Operation not supported (EOPNOTSUPP)", sys.EOPNOTSUPP },
      failure(sys.setxattr(at "a", "nonsense", "")))
    support.misuse(1, "getxattr", "descriptor .* expected, got no value%)$")
    support.misuse(2, "getxattr", "string expected, got no value%)$", "a")
    support.misuse(2, "getxattr", "string with an embedded NUL after 6 bytes%)$", "a", "user.x\0y")
    support.misuse(3, "setxattr", "string expected, got no value%)$", "a", "user.x")
    support.misuse(4, "setxattr", "%-1 is out of range", "a", "user.x", "", -1)
    support.misuse(2, "listxattr", "number expected, got string%)$", "a", "b")
    support.misuse(2, "removexattr", "string expected, got nil%)$", "a", nil)
  end)
end)

describe("sys.list", function()
  it("lists a directory with hidden files, without . and ..", function()
    assert.same({}, sys.list(dir))
    local names = {}
    for i = 1, 500 do
      names[i] = (".%03d"):format(i) .. ("n"):rep(100)
      write(names[i])
    end
    local got = sys.list(dir)
    table.sort(got)
    assert.same(names, got)
  end)

  it("accepts a descriptor, which stays open", function()
    write "a"
    local fd <close> = assert(sys.open(dir))
    assert.same({ "a" }, sys.list(fd))
    assert.same({}, sys.list(fd)) -- now at the end of the directory
  end)

  it("names the path and the reason when it fails", function()
    write "a"
    assert.same({ nil, "list DIR/x: No such file or directory (ENOENT)", sys.ENOENT }, failure(sys.list(at "x")))
    assert.same({ nil, "list DIR/a: Not a directory (ENOTDIR)", sys.ENOTDIR }, failure(sys.list(at "a")))
    assert.same({ nil, "list descriptor 2147483647: Bad file descriptor (EBADF)", sys.EBADF },
      { sys.list(2147483647) })
    support.misuse(1, "list", "descriptor %(FD, file or integer%) expected, got nil%)$", nil)
    support.misuse(1, "list", "string with an embedded NUL", "/\0")
  end)
end)

describe("sys.readfile", function()
  it("reads a whole file, also in /proc", function()
    local text = ("line\0\n"):rep(20000)
    write("a", text)
    assert.equal(text, sys.readfile(at "a"))
    assert.equal(sys.gethostname() .. "\n", sys.readfile("/proc/sys/kernel/hostname"))
    assert.equal("", sys.readfile("/dev/null"))
  end)

  it("reads no more than the given maximum", function()
    write("a", "12345")
    assert.equal("12345", sys.readfile(at "a", 5))
    assert.same({ nil, "readfile DIR/a: File too large (EFBIG)", sys.EFBIG }, failure(sys.readfile(at "a", 4)))
    support.fails("EFBIG", "^readfile /dev/zero: ", sys.readfile("/dev/zero", 100000))
  end)

  it("names the path and the reason when it fails", function()
    assert.same({ nil, "readfile DIR/x: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.readfile(at "x")))
    assert.same({ nil, "readfile DIR: Is a directory (EISDIR)", sys.EISDIR }, failure(sys.readfile(dir)))
    support.misuse(1, "readfile", "string expected, got no value%)$")
    support.misuse(1, "readfile", "string with an embedded NUL after 1 bytes%)$", "a\0")
    support.misuse(2, "readfile", "%-1 is out of range: 0 to 1099511627776%)$", "a", -1)
    support.misuse(2, "readfile", "number expected, got string%)$", "a", "5")
  end)
end)

describe("sys.writefile", function()
  it("writes a whole file, with the given flags and mode", function()
    assert.is_true(sys.writefile(at "a", "one\0two"))
    assert.equal("one\0two", sys.readfile(at "a"))
    assert.is_true(sys.writefile(at "a", ""))
    assert.equal("", sys.readfile(at "a"))
    assert.is_true(sys.writefile(at "a", "x", sys.O_WRONLY | sys.O_APPEND))
    assert.is_true(sys.writefile(at "a", "y", sys.O_WRONLY | sys.O_APPEND))
    assert.equal("xy", sys.readfile(at "a"))
    assert.is_true(sys.writefile(at "b", "", sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 384))
    assert.equal(384, sys.stat(at "b").mode)
    local big = ("x"):rep(1 << 20)
    assert.is_true(sys.writefile(at "a", big))
    assert.equal(big, sys.readfile(at "a"))
  end)

  it("makes a single write(2), as the files in /proc require", function()
    local score = support.child(function()
      assert(sys.writefile("/proc/self/oom_score_adj", "500", sys.O_WRONLY))
      return sys.readfile("/proc/self/oom_score_adj")
    end)
    assert.equal("500\n", score)
  end)

  it("names the path and the reason when it fails", function()
    assert.same({ nil, "writefile DIR/x/y: No such file or directory (ENOENT)", sys.ENOENT },
      failure(sys.writefile(at "x/y", "")))
    assert.same({ nil, "writefile DIR: Is a directory (EISDIR)", sys.EISDIR }, failure(sys.writefile(dir, "")))
    support.fails("ENOSPC", "^writefile /dev/full: No space left on device %(ENOSPC%)$",
      sys.writefile("/dev/full", "x", sys.O_WRONLY))
    support.fails("EINVAL", "^writefile /proc/self/oom_score_adj: Invalid argument",
      sys.writefile("/proc/self/oom_score_adj", "nonsense", sys.O_WRONLY))
    support.misuse(1, "writefile", "string expected, got no value%)$")
    support.misuse(2, "writefile", "string expected, got no value%)$", "a")
    support.misuse(2, "writefile", "string expected, got table%)$", "a", {})
    support.misuse(3, "writefile", "%-1 is out of range: 0 to 2147483647%)$", "a", "", -1)
    support.misuse(4, "writefile", "4096 is out of range: 0 to 4095%)$", "a", "", 0, 4096)
  end)
end)

describe("the calls for files", function()
  it("leave no descriptor open", function()
    collectgarbage()
    collectgarbage()
    assert.equal(before + 1, #support.descriptors()) -- dirfd
  end)
end)
