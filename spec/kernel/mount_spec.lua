--- Mounts: mount(2), the mount API of Linux 5.2, changes of the root, the mount table.
local support = require "support"
local sys = require "nsengine.sys"

local gone = 2147483647 -- no process has this pid

--- Marks a test as pending on a kernel before Linux major.minor.
local function needs(major, minor)
  if support.linux() < major * 1000 + minor then pending(("needs Linux %d.%d"):format(major, minor)) end
end

--- Runs fn(directory) as `uid` in a child with its own mounts, and a tmpfs of its own at the directory.
local function with_mounts(uid, fn)
  local dir <close> = support.tempdir()
  return support.child({ uid = uid }, function()
    assert(sys.unshare(uid == 0 and sys.CLONE_NEWNS or sys.CLONE_NEWNS | sys.CLONE_NEWUSER))
    if uid ~= 0 then assert(sys.idmap(nil, { uid = { { 0, uid, 1 } }, gid = { { 0, uid, 1 } } })) end
    assert(sys.mount(nil, "/", nil, sys.MS_REC | sys.MS_PRIVATE))
    assert(sys.mount("tmpfs", dir.path, "tmpfs"))
    return fn(dir.path)
  end)
end

local function make(path)
  assert(sys.mkdir(path))
  return path
end

--- The topmost entry of the mount table for a target.
local function find(target, list)
  local found
  for _, mount in ipairs(list or assert(sys.mounts())) do
    if mount.target == target then found = mount end
  end
  return found
end

--- The name of the errno of an attempt to write below a path, or "ok".
local function writing(path)
  local ok, _, errno = sys.writefile(path .. "/probe", "x")
  return ok and "ok" or (sys.errname(errno))
end

--- A describe for each user; `mounted(fn)` in its body is a function that runs fn as with_mounts does.
local function describe_each(title, body)
  for _, uid in ipairs(support.users) do
    describe(("%s, as uid %d,"):format(title, uid), function()
      body(function(fn) return function() return with_mounts(uid, fn) end end, uid)
    end)
  end
end

describe_each("sys.mount", function(mounted, uid)
  it("makes a mount that nobody outside sees", function()
    local path = with_mounts(uid, function(dir)
      assert(find(dir).fstype == "tmpfs")
      return dir
    end)
    assert.is_nil(find(path))
  end)

  it("accepts flags and the options of the file system", function()
    local mount, write = mounted(function(dir)
      local place = make(dir .. "/m")
      assert(sys.mount("box", place, "tmpfs", sys.MS_RDONLY | sys.MS_NOSUID | sys.MS_NOEXEC, "size=64k,mode=711"))
      return find(place), writing(place)
    end)()
    assert.equal("box", mount.source)
    assert.equal("tmpfs", mount.fstype)
    assert.is_true(mount.readonly)
    assert.equal(sys.MOUNT_ATTR_NOSUID | sys.MOUNT_ATTR_NOEXEC, mount.attr & ~sys.MOUNT_ATTR_RDONLY)
    assert.truthy(mount.options:find("size=64k", 1, true))
    assert.truthy(mount.options:find("mode=711", 1, true))
    assert.equal("EROFS", write)
  end)

  it("binds, remounts and moves directories and files", function()
    assert.same({ "text", "text", "EROFS", "ok", "EROFS", "ENOENT" }, mounted(function(dir)
      local a, b, c = make(dir .. "/a"), make(dir .. "/b"), make(dir .. "/c")
      assert(sys.writefile(a .. "/file", "text"))
      assert(sys.writefile(dir .. "/file", ""))
      assert(sys.mount(a .. "/file", dir .. "/file", nil, sys.MS_BIND))
      assert(sys.mount(a, b, nil, sys.MS_BIND))
      local results = { sys.readfile(dir .. "/file"), sys.readfile(b .. "/file") }
      assert(sys.mount(nil, b, nil, sys.MS_BIND | sys.MS_REMOUNT | sys.MS_RDONLY))
      results[3], results[4] = writing(b), writing(a)
      assert(sys.mount(b, c, nil, sys.MS_MOVE))
      results[5] = writing(c)
      results[6] = sys.errname((select(3, sys.stat(b .. "/file"))))
      return results
    end)())
  end)

  it("names the source, the target and the reason when it fails", function()
    local results = mounted(function(dir)
      return {
        { sys.mount("x", dir .. "/nope", "tmpfs") }, { sys.mount("x", dir, "nosuchfs") },
        { sys.mount(nil, dir, "tmpfs", 0, "size=lots") }, { sys.mount(dir .. "/nope", dir, nil, sys.MS_BIND) },
      }
    end)()
    support.fails("ENOENT", "^mount x on /.*/nope: No such file or directory", table.unpack(results[1], 1, 3))
    support.fails("ENODEV", "^mount x on /%S+: No such device", table.unpack(results[2], 1, 3))
    support.fails("EINVAL", "^mount none on /%S+: Invalid argument", table.unpack(results[3], 1, 3))
    support.fails("ENOENT", "^mount /.*/nope on /%S+: No such file", table.unpack(results[4], 1, 3))
  end)
end)

describe_each("sys.umount", function(mounted)
  it("uncovers what was below the mount", function()
    assert.same({ "above", "below" }, mounted(function(dir)
      assert(sys.writefile(dir .. "/file", "below"))
      assert(sys.mount("tmpfs", dir, "tmpfs"))
      assert(sys.writefile(dir .. "/file", "above"))
      local above = sys.readfile(dir .. "/file")
      assert(sys.umount(dir))
      return { above, sys.readfile(dir .. "/file") }
    end)())
  end)

  it("refuses a mount that is in use, unless it is detached", function()
    local busy, detached, left = mounted(function(dir)
      local place = make(dir .. "/m")
      assert(sys.mount("tmpfs", place, "tmpfs"))
      local file <close> = assert(sys.open(place .. "/file", sys.O_RDWR | sys.O_CREAT, 384))
      local busy = { sys.umount(place) }
      local detached = sys.umount(place, sys.MNT_DETACH)
      return busy, detached, find(place) == nil and file:write("still open")
    end)()
    support.fails("EBUSY", "^umount /%S+: Device or resource busy", table.unpack(busy, 1, 3))
    assert.same({ true, true }, { detached, left })
  end)

  it("refuses what is no mount, and does not follow a link with UMOUNT_NOFOLLOW", function()
    local results = mounted(function(dir)
      local plain, place = make(dir .. "/plain"), make(dir .. "/m")
      assert(sys.mount("tmpfs", place, "tmpfs"))
      assert(sys.symlink("m", dir .. "/link"))
      return {
        { sys.umount(plain) }, { sys.umount(dir .. "/link", sys.UMOUNT_NOFOLLOW) }, { sys.umount(dir .. "/nope") },
        { sys.umount(dir .. "/link") },
      }
    end)()
    support.fails("EINVAL", "^umount /.*/plain: Invalid argument", table.unpack(results[1], 1, 3))
    support.fails("EINVAL", "^umount /.*/link: Invalid argument", table.unpack(results[2], 1, 3))
    support.fails("ENOENT", "^umount /.*/nope: No such file", table.unpack(results[3], 1, 3))
    assert.same({ true }, results[4])
  end)
end)

describe_each("sys.pivot_root", function(mounted)
  it("changes the root, and the old root can be detached", function()
    assert.same({ { "only" }, "/", true }, mounted(function(dir)
      assert(sys.writefile(dir .. "/only", ""))
      assert(sys.chdir(dir))
      assert(sys.pivot_root(".", "."))
      assert(sys.umount(".", sys.MNT_DETACH))
      assert(sys.chdir("/"))
      return { sys.list("/"), sys.getcwd(), sys.stat("/proc") == nil }
    end)())
  end)

  it("refuses a new root that is no mount", function()
    local result = mounted(function(dir)
      make(dir .. "/new")
      make(dir .. "/new/old")
      return { sys.pivot_root(dir .. "/new", dir .. "/new/old") }
    end)()
    support.fails("EINVAL", "^pivot_root /.*/new /.*/new/old: Invalid argument", table.unpack(result, 1, 3))
  end)
end)

describe_each("sys.chroot", function(mounted)
  it("changes the root, and paths outside have no name", function()
    local names, inside, outside = mounted(function(dir)
      assert(sys.writefile(dir .. "/only", ""))
      assert(sys.chroot(dir))
      local outside = { sys.getcwd() }
      assert(sys.chdir("/"))
      return sys.list("/"), sys.getcwd(), outside
    end)()
    assert.same({ "only" }, names)
    assert.equal("/", inside)
    support.fails("ENOENT", "^getcwd: No such file", table.unpack(outside, 1, 3))
  end)

  it("names the path and the reason when it fails", function()
    local results = mounted(function(dir)
      assert(sys.writefile(dir .. "/file", ""))
      return { { sys.chroot(dir .. "/nope") }, { sys.chroot(dir .. "/file") } }
    end)()
    support.fails("ENOENT", "^chroot /.*/nope: No such file", table.unpack(results[1], 1, 3))
    support.fails("ENOTDIR", "^chroot /.*/file: Not a directory", table.unpack(results[2], 1, 3))
  end)
end)

describe_each("sys.open_tree and sys.move_mount", function(mounted)
  it("copy a tree, with all mounts below, to another place", function()
    assert.same({ "deep", "deep", true }, mounted(function(dir)
      local from, to = make(dir .. "/from"), make(dir .. "/to")
      assert(sys.mount("tmpfs", from, "tmpfs"))
      assert(sys.mount("tmpfs", make(from .. "/sub"), "tmpfs"))
      assert(sys.writefile(from .. "/sub/file", "deep"))
      local tree <close> = assert(sys.open_tree(from, sys.OPEN_TREE_CLONE | sys.AT_RECURSIVE))
      -- The copy does not need the original.
      assert(sys.umount(from .. "/sub") and sys.umount(from))
      local detached = sys.readfile(("/proc/self/fd/%d/sub/file"):format(tree:fileno()))
      assert(sys.move_mount(tree, to))
      return { detached, sys.readfile(to .. "/sub/file"), find(to .. "/sub") ~= nil }
    end)())
  end)

  it("copy a single mount, and accept directories as descriptors", function()
    assert.same({ true, true }, mounted(function(dir)
      local from, to = make(dir .. "/from"), make(dir .. "/to")
      assert(sys.mount("tmpfs", from, "tmpfs"))
      assert(sys.mount("tmpfs", make(from .. "/sub"), "tmpfs"))
      local base <close> = assert(sys.open(dir, sys.O_PATH))
      local target <close> = assert(sys.open(to, sys.O_PATH))
      local tree <close> = assert(sys.open_tree("from", sys.OPEN_TREE_CLONE, base))
      assert(sys.move_mount(tree, target))
      return { find(to) ~= nil, find(to .. "/sub") == nil }
    end)())
  end)

  it("act on the mount itself if no copy is requested", function()
    assert.is_true(mounted(function(dir)
      local place, other = make(dir .. "/m"), make(dir .. "/other")
      assert(sys.mount("tmpfs", place, "tmpfs"))
      local tree <close> = assert(sys.open_tree(place))
      assert(sys.move_mount(tree, other))
      return find(place) == nil and find(other) ~= nil
    end)())
  end)

  it("move a mount from path to path", function()
    assert.is_true(mounted(function(dir)
      local place, other = make(dir .. "/m"), make(dir .. "/other")
      assert(sys.mount("tmpfs", place, "tmpfs"))
      assert(sys.move_mount(place, other))
      return find(place) == nil and find(other) ~= nil
    end)())
  end)

  it("can put a mount beneath another", function()
    needs(6, 5)
    assert.same({ "top", "beneath" }, mounted(function(dir)
      local place, other = make(dir .. "/m"), make(dir .. "/other")
      assert(sys.mount("tmpfs", place, "tmpfs"))
      assert(sys.writefile(place .. "/file", "top"))
      assert(sys.mount("tmpfs", other, "tmpfs"))
      assert(sys.writefile(other .. "/file", "beneath"))
      assert(sys.move_mount(other, place, sys.MOVE_MOUNT_BENEATH))
      local top = sys.readfile(place .. "/file")
      assert(sys.umount(place))
      return { top, sys.readfile(place .. "/file") }
    end)())
  end)

  it("can copy a tree with other attributes in one call", function()
    needs(6, 15)
    assert.same({ "EROFS", "EROFS", "ok" }, mounted(function(dir)
      local from, to = make(dir .. "/from"), make(dir .. "/to")
      assert(sys.mount("tmpfs", from, "tmpfs"))
      assert(sys.mount("tmpfs", make(from .. "/sub"), "tmpfs"))
      local tree <close> = assert(sys.open_tree(from, sys.OPEN_TREE_CLONE, nil,
        { set = sys.MOUNT_ATTR_RDONLY, recursive = true }))
      assert(sys.move_mount(tree, to))
      return { writing(to), writing(to .. "/sub"), writing(from) }
    end)())
  end)

  it("name the path and the reason when they fail", function()
    local results = mounted(function(dir)
      local tree <close> = assert(sys.open_tree(dir, sys.OPEN_TREE_CLONE))
      local file <close> = assert(sys.open(dir))
      return {
        { sys.open_tree(dir .. "/nope") }, { sys.move_mount(tree, dir .. "/nope") },
        { sys.move_mount(file, dir) }, { sys.move_mount(dir .. "/nope", file) }, { sys.open_tree(dir, 1 << 30) },
        { sys.open_tree(999) },
      }
    end)()
    support.fails("ENOENT", "^open_tree /.*/nope: No such file", table.unpack(results[1], 1, 3))
    support.fails("ENOENT", "^move_mount on /.*/nope: No such file", table.unpack(results[2], 1, 3))
    support.fails("ELOOP", "^move_mount on /%S+: ", table.unpack(results[3], 1, 3))
    support.fails("ENOENT", "^move_mount on a descriptor: No such file", table.unpack(results[4], 1, 3))
    support.fails("EINVAL", "^open_tree /%S+: Invalid argument %(EINVAL%)$", table.unpack(results[5], 1, 3))
    support.fails("EBADF", "^open_tree a descriptor: Bad file descriptor", table.unpack(results[6], 1, 3))
  end)

  it("can make a mount namespace from a tree", function()
    needs(7, 0)
    assert.same({ sys.CLONE_NEWNS, "box" }, mounted(function(dir)
      assert(sys.writefile(dir .. "/file", "box"))
      local namespace <close> = assert(sys.open_tree(dir, sys.OPEN_TREE_NAMESPACE))
      local kind = sys.ns_get_nstype(namespace)
      assert(sys.setns(namespace, sys.CLONE_NEWNS))
      return { kind, sys.readfile("/file") }
    end)())
  end)

  if support.linux() < 7000 then
    it("name the kernel version that can make a mount namespace from a tree", function()
      local result = mounted(function(dir) return { sys.open_tree(dir, sys.OPEN_TREE_NAMESPACE) } end)()
      support.fails("EINVAL", "^open_tree /%S+: Invalid argument %(EINVAL%); needs Linux 7.0, this kernel is %d",
        table.unpack(result, 1, 3))
    end)
  end
end)

describe_each("sys.mount_setattr", function(mounted)
  --- A mount with another one below it.
  local function nested(dir)
    assert(sys.mount("tmpfs", make(dir .. "/top"), "tmpfs"))
    assert(sys.mount("tmpfs", make(dir .. "/top/sub"), "tmpfs"))
    return dir .. "/top"
  end

  it("makes a mount read-only or writable again, alone or with all mounts below", function()
    assert.same({ "EROFS", "ok", "EROFS", "EROFS", "ok", "EROFS" }, mounted(function(dir)
      local top = nested(dir)
      local results = {}
      for _, attr in ipairs {
        { set = sys.MOUNT_ATTR_RDONLY }, { set = sys.MOUNT_ATTR_RDONLY, recursive = true },
        { clear = sys.MOUNT_ATTR_RDONLY },
      } do
        assert(sys.mount_setattr(top, attr))
        results[#results + 1] = writing(top)
        results[#results + 1] = writing(top .. "/sub")
      end
      return results
    end)())
  end)

  it("accepts a descriptor, and sets several attributes at once", function()
    local bits = sys.MOUNT_ATTR_NOSUID | sys.MOUNT_ATTR_NODEV | sys.MOUNT_ATTR_NOEXEC | sys.MOUNT_ATTR_NOSYMFOLLOW
    assert.equal(bits, mounted(function(dir)
      local top = nested(dir)
      local tree <close> = assert(sys.open_tree(top))
      assert(sys.mount_setattr(tree, { set = bits }))
      return find(top).attr & bits
    end)())
  end)

  it("changes propagation", function()
    assert.same({ sys.MS_SHARED, sys.MS_PRIVATE, sys.MS_UNBINDABLE }, mounted(function(dir)
      local top = nested(dir)
      local results = {}
      for i, propagation in ipairs { sys.MS_SHARED, sys.MS_PRIVATE, sys.MS_UNBINDABLE } do
        assert(sys.mount_setattr(top, { propagation = propagation, recursive = true }))
        results[i] = find(top .. "/sub").propagation
      end
      return results
    end)())
  end)

  it("names the path and the reason when it fails", function()
    local results = mounted(function(dir)
      local plain = make(dir .. "/plain")
      local file <close> = assert(sys.open(plain))
      local uts <close> = assert(sys.nsopen("uts"))
      return {
        { sys.mount_setattr(plain, { set = sys.MOUNT_ATTR_RDONLY }) },
        { sys.mount_setattr(file, { set = sys.MOUNT_ATTR_RDONLY }) },
        { sys.mount_setattr(dir .. "/nope", { set = sys.MOUNT_ATTR_RDONLY }) },
        { sys.mount_setattr(dir, { set = 1 << 31 }) },
        { sys.mount_setattr(dir, { userns = uts }) },
      }
    end)()
    support.fails("EINVAL", "^mount_setattr /.*/plain: Invalid argument", table.unpack(results[1], 1, 3))
    support.fails("EINVAL", "^mount_setattr a descriptor: Invalid argument", table.unpack(results[2], 1, 3))
    support.fails("ENOENT", "^mount_setattr /.*/nope: No such file", table.unpack(results[3], 1, 3))
    support.fails("EINVAL", "^mount_setattr /%S+: Invalid argument", table.unpack(results[4], 1, 3))
    support.fails("EINVAL", "^mount_setattr /%S+: Invalid argument", table.unpack(results[5], 1, 3))
  end)
end)

describe_each("sys.fsopen, sys.fsconfig and sys.fsmount", function(mounted)
  it("make a file system step by step", function()
    local mount = mounted(function(dir)
      local place = make(dir .. "/m")
      local context <close> = assert(sys.fsopen("tmpfs"))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "source", "box"))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "size", "64k"))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_FLAG, "ro"))
      assert(sys.fsconfig(context, sys.FSCONFIG_CMD_CREATE))
      local detached <close> = assert(sys.fsmount(context, sys.MOUNT_ATTR_NODEV))
      assert(sys.move_mount(detached, place))
      return find(place)
    end)()
    assert.same({ "box", "tmpfs", true }, { mount.source, mount.fstype, mount.readonly })
    assert.equal(sys.MOUNT_ATTR_NODEV, mount.attr & sys.MOUNT_ATTR_NODEV)
    assert.truthy(mount.options:find("size=64k", 1, true))
  end)

  it("can require a new file system that no other mount shares", function()
    needs(6, 6)
    assert.is_true(mounted(function()
      local context <close> = assert(sys.fsopen("tmpfs"))
      return sys.fsconfig(context, sys.FSCONFIG_CMD_CREATE_EXCL)
    end)())
  end)

  it("report the kernel's own explanation when they fail", function()
    local results = mounted(function()
      local context <close> = assert(sys.fsopen("tmpfs"))
      return {
        { sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "size", "lots") },
        { sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "colour", "red") },
        { sys.fsmount(context) }, { sys.fsconfig(context, sys.FSCONFIG_SET_STRING) },
      }
    end)()
    support.fails("EINVAL",
      "^fsconfig size: Invalid argument %(EINVAL%); the kernel says: tmpfs: Bad value for 'size'$",
      table.unpack(results[1], 1, 3))
    support.fails("EINVAL", "^fsconfig colour: .*; the kernel says: tmpfs: Unknown parameter 'colour'$",
      table.unpack(results[2], 1, 3))
    support.fails("EINVAL", "^fsmount of the context: Invalid argument %(EINVAL%)$", table.unpack(results[3], 1, 3))
    support.fails("EINVAL", "^fsconfig without a key: Invalid argument", table.unpack(results[4], 1, 3))
  end)

  it("report no explanation where there is no /proc to read it", function()
    local result = mounted(function(dir)
      assert(sys.chroot(dir))
      local context <close> = assert(sys.fsopen("tmpfs"))
      return { sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "size", "lots") }
    end)()
    support.fails("EINVAL", "^fsconfig size: Invalid argument %(EINVAL%)$", table.unpack(result, 1, 3))
  end)

  it("do not read from a descriptor that is no context", function()
    local result, mount, left = mounted(function()
      local r, w = sys.pipe()
      assert(w:write("e precious"))
      return { sys.fsconfig(r, sys.FSCONFIG_SET_STRING, "size", "1m") }, { sys.fsmount(r) }, r:read()
    end)()
    support.fails("EINVAL", "^fsconfig size: Invalid argument %(EINVAL%)$", table.unpack(result, 1, 3))
    support.fails("EINVAL", "^fsmount of the context: Invalid argument", table.unpack(mount, 1, 3))
    assert.equal("e precious", left)
  end)

  it("pass binary values, paths and descriptors to the file system", function()
    local results = mounted(function(dir)
      local context <close> = assert(sys.fsopen("tmpfs"))
      local file <close> = assert(sys.open(dir))
      return {
        { sys.fsconfig(context, sys.FSCONFIG_SET_BINARY, "size", "1\0m") },
        { sys.fsconfig(context, sys.FSCONFIG_SET_PATH, "size", "/") },
        { sys.fsconfig(context, sys.FSCONFIG_SET_FD, "size", nil, file) },
      }
    end)()
    for _, result in ipairs(results) do
      -- tmpfs complains about the value, so the call was well-formed.
      support.fails("EINVAL", "the kernel says: tmpfs: Bad value for 'size'", table.unpack(result, 1, 3))
    end
  end)

  it("refuse a file system that does not exist", function()
    support.fails("ENODEV", "^fsopen nosuchfs: No such device", table.unpack(mounted(function()
      return { sys.fsopen("nosuchfs") }
    end)(), 1, 3))
  end)

  it("can make a mount namespace from a new file system", function()
    needs(7, 1)
    assert.same({ sys.CLONE_NEWNS, {} }, mounted(function()
      local context <close> = assert(sys.fsopen("tmpfs"))
      assert(sys.fsconfig(context, sys.FSCONFIG_CMD_CREATE))
      local namespace <close> = assert(sys.fsmount(context, 0, sys.FSMOUNT_NAMESPACE))
      local kind = sys.ns_get_nstype(namespace)
      assert(sys.setns(namespace, sys.CLONE_NEWNS))
      return { kind, sys.list("/") }
    end)())
  end)

  if support.linux() < 7001 then
    it("name the kernel version that can make a mount namespace from a new file system", function()
      local result = mounted(function()
        local context <close> = assert(sys.fsopen("tmpfs"))
        assert(sys.fsconfig(context, sys.FSCONFIG_CMD_CREATE))
        return { sys.fsmount(context, 0, sys.FSMOUNT_NAMESPACE) }
      end)()
      support.fails("EINVAL", "^fsmount of the context: .*; needs Linux 7.1, this kernel is %d",
        table.unpack(result, 1, 3))
    end)
  end
end)

describe_each("sys.fspick", function(mounted)
  it("changes the options of a mounted file system", function()
    local before, after, write = mounted(function(dir)
      local place = make(dir .. "/m")
      assert(sys.mount("tmpfs", place, "tmpfs", 0, "size=64k"))
      local before = find(place).options
      local context <close> = assert(sys.fspick(place))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "size", "128k"))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_FLAG, "ro"))
      assert(sys.fsconfig(context, sys.FSCONFIG_CMD_RECONFIGURE))
      return before, find(place).options, writing(place)
    end)()
    assert.truthy(before:find("size=64k", 1, true))
    assert.truthy(after:find("size=128k", 1, true))
    assert.equal("EROFS", write)
  end)

  it("fails for a missing path, and for a change that the file system refuses", function()
    local nope, size = mounted(function(dir)
      local place = make(dir .. "/m")
      assert(sys.mount("tmpfs", place, "tmpfs", 0, "size=1m"))
      assert(sys.writefile(place .. "/file", ("x"):rep(500000)))
      local context <close> = assert(sys.fspick(place))
      assert(sys.fsconfig(context, sys.FSCONFIG_SET_STRING, "size", "64k"))
      return { sys.fspick(dir .. "/nope") }, { sys.fsconfig(context, sys.FSCONFIG_CMD_RECONFIGURE) }
    end)()
    support.fails("ENOENT", "^fspick /.*/nope: No such file", table.unpack(nope, 1, 3))
    support.fails("EINVAL",
      "^fsconfig reconfigure: .* %(EINVAL%); the kernel says: tmpfs: Too small a size for current use$",
      table.unpack(size, 1, 3))
  end)
end)

describe_each("sys.mounts", function(mounted)
  --- This process's table from statmount and from mountinfo.
  local function both() return assert(sys.mounts()), assert(sys.mounts(sys.getpid())) end

  --- Makes one mount of each kind that the two sources could report differently.
  local function odd_mounts(dir)
    local function tmpfs(name, flags, data)
      local path = make(dir .. "/" .. name)
      assert(sys.mount("tmpfs", path, "tmpfs", flags, data))
      return path
    end
    tmpfs("plain")
    tmpfs("relatime", sys.MS_RELATIME)
    tmpfs("noatime", sys.MS_NOATIME)
    tmpfs("strictatime", sys.MS_STRICTATIME)
    tmpfs("nodiratime", sys.MS_NODIRATIME | sys.MS_NOSYMFOLLOW)
    tmpfs("flags", sys.MS_RDONLY | sys.MS_NOSUID | sys.MS_NODEV | sys.MS_NOEXEC, "size=1m,mode=700")
    tmpfs("sync", sys.MS_SYNCHRONOUS | sys.MS_DIRSYNC | sys.MS_LAZYTIME)
    assert(sys.mount(nil, tmpfs("unbindable"), nil, sys.MS_UNBINDABLE))
    local shared = tmpfs("shared")
    assert(sys.mount(nil, shared, nil, sys.MS_SHARED))
    local slave = make(dir .. "/slave")
    assert(sys.mount(shared, slave, nil, sys.MS_BIND))
    assert(sys.mount(nil, slave, nil, sys.MS_SLAVE))
    local both_ways = make(dir .. "/slave and shared")
    assert(sys.mount(slave, both_ways, nil, sys.MS_BIND))
    assert(sys.mount(nil, both_ways, nil, sys.MS_SHARED))
    local readonly = make(dir .. "/bind")
    assert(sys.mount(make(shared .. "/sub"), readonly, nil, sys.MS_BIND))
    assert(sys.mount(nil, readonly, nil, sys.MS_BIND | sys.MS_REMOUNT | sys.MS_RDONLY))
    local dead = make(dir .. "/dead")
    assert(sys.mount(make(shared .. "/removed"), dead, nil, sys.MS_BIND))
    assert(sys.rmdir(shared .. "/removed"))
    local text = dir .. "/file"
    assert(sys.writefile(text, ""))
    assert(sys.mount(text, text, nil, sys.MS_BIND))
    assert(sys.mount("source with space\n#", tmpfs "again", "tmpfs"))
    assert(sys.mount("", make(dir .. "/no source"), "tmpfs"))
    assert(sys.mount("none", make(dir .. "/ramfs"), "ramfs"))
    local moved = tmpfs("moved") -- below a mount that is younger
    local young = tmpfs("young")
    assert(sys.mount(moved, make(young .. "/moved"), nil, sys.MS_MOVE))
  end

  local odd_names = {
    "with space", "with\ttab", "with\nnewline", "back\\slash", "\\040", "a - b", "#hash", "\xff\xfe", "ünï",
    "a,b=c", '"quoted"', "trailing ", "(deleted)", ("long"):rep(50),
  }

  it("returns the same from statmount as from mountinfo", function()
    needs(6, 13)
    local count, fast, slow = mounted(function(dir)
      odd_mounts(dir)
      for _, name in ipairs(odd_names) do assert(sys.mount(name, make(dir .. "/" .. name), "tmpfs")) end
      -- A file system whose options contain a path with a comma and spaces.
      local lower = make(dir .. "/lower, and more"):gsub(",", "\\,")
      local ok, message, errno = sys.mount("overlay", make(dir .. "/overlay"), "overlay", sys.MS_RDONLY,
        ("lowerdir=%s:%s"):format(dir .. "/shared", lower))
      assert(ok or errno == sys.ENODEV, message)
      local fast, slow = both()
      return #fast, fast, slow
    end)()
    assert.truthy(count > 30)
    for i, mount in ipairs(slow) do assert.same(mount, fast[i]) end
    assert.equal(#slow, #fast)
  end)

  it("needs no /proc if the kernel has statmount", function()
    needs(6, 13)
    assert.same({ ["/"] = "tmpfs", ["/plain"] = "box", ["/no source"] = "", proc = false }, mounted(function(dir)
      assert(sys.mount("box", make(dir .. "/plain"), "tmpfs"))
      assert(sys.mount("", make(dir .. "/no source"), "tmpfs"))
      assert(sys.chdir(dir))
      assert(sys.pivot_root(".", "."))
      assert(sys.umount(".", sys.MNT_DETACH))
      local sources = { proc = sys.stat("/proc") ~= nil }
      for _, mount in ipairs(assert(sys.mounts())) do sources[mount.target] = mount.source end
      return sources
    end)())
  end)

  it("returns mount points and sources unescaped, whatever characters they have", function()
    local seen, own = mounted(function(dir)
      for _, name in ipairs(odd_names) do assert(sys.mount(name, make(dir .. "/" .. name), "tmpfs")) end
      local seen = {}
      for i, list in ipairs { both() } do
        seen[i] = {}
        for j, name in ipairs(odd_names) do
          local mount = find(dir .. "/" .. name, list)
          seen[i][j] = mount and mount.source
        end
      end
      return seen, #seen
    end)()
    assert.equal(2, own)
    assert.same({ odd_names, odd_names }, seen)
  end)

  it("returns attributes and propagation as the kernel's numbers", function()
    for which = 1, 2 do -- statmount, mountinfo
      local found = mounted(function(dir)
        odd_mounts(dir)
        local list = select(which, both())
        local found = {}
        for _, mount in ipairs(list) do
          local name = mount.target:sub(#dir + 2)
          if mount.target:sub(1, #dir) == dir then found[name] = mount end
        end
        return found
      end)()
      local atime = sys.MOUNT_ATTR__ATIME
      assert.equal(sys.MOUNT_ATTR_RELATIME, found.plain.attr & atime)
      assert.equal(sys.MOUNT_ATTR_NOATIME, found.noatime.attr & atime)
      assert.equal(sys.MOUNT_ATTR_STRICTATIME, found.strictatime.attr & atime)
      assert.equal(sys.MOUNT_ATTR_NODIRATIME | sys.MOUNT_ATTR_NOSYMFOLLOW, found.nodiratime.attr & ~atime)
      assert.equal(sys.MS_PRIVATE, found.plain.propagation)
      assert.equal(sys.MS_UNBINDABLE, found.unbindable.propagation)
      assert.equal(sys.MS_SHARED, found.shared.propagation)
      assert.equal(sys.MS_SLAVE, found.slave.propagation)
      assert.equal(sys.MS_SLAVE | sys.MS_SHARED, found["slave and shared"].propagation)
      assert.truthy(found.sync.options:find("^sync,dirsync,lazytime"))
      assert.is_true(found.bind.readonly)
      assert.is_false(found.shared.readonly)
      assert.equal("/sub", found.bind.root)
      assert.equal("/removed//deleted", found.dead.root)
      assert.equal("", found["no source"].source)
      assert.equal(found.young.id, found["young/moved"].parent)
    end
  end)

  it("returns paths as seen from the caller's root, and no mounts outside of it", function()
    local targets, slow = mounted(function(dir)
      local root, sub = make(dir .. "/tree"), make(dir .. "/tree/sub")
      assert(sys.mount("tmpfs", sub, "tmpfs"))
      local proc = make(root .. "/proc")
      assert(sys.mount("/proc", proc, nil, sys.MS_BIND | sys.MS_REC))
      assert(sys.chroot(root))
      local targets, slow = {}, {}
      local fast, info = both()
      for i, mount in ipairs(fast) do targets[i] = mount.target end
      for i, mount in ipairs(info) do slow[i] = mount.target end
      return targets, slow
    end)()
    assert.equal("/sub", targets[1])
    assert.equal("/proc", targets[2])
    assert.same(slow, targets)
  end)

  it("returns the mounts of another process: by handle, pidfd or pid", function()
    local results, own = mounted(function(dir)
      local r, w = sys.pipe()
      local place = make(dir .. "/m")
      local box <close> = assert(sys.clone(sys.CLONE_NEWNS, function()
        assert(sys.mount("tmpfs", place, "tmpfs"))
        w:write("ready")
        sys.sleep(60)
      end))
      r:read()
      local pidfd <close> = assert(box:fd())
      local results = {}
      for i, process in ipairs { box, pidfd, box:pid() } do
        results[i] = find(place, assert(sys.mounts(process))) ~= nil
      end
      return results, find(place) == nil
    end)()
    assert.same({ true, true, true }, results)
    assert.is_true(own)
  end)

  it("leaks no descriptor", function()
    local before, after = mounted(function()
      local before = support.descriptors()
      for _ = 1, 10 do both() end
      sys.mounts(gone)
      return before, support.descriptors()
    end)()
    assert.same(before, after)
  end)

  it("returns hundreds of mounts, and options of many kilobytes", function()
    local fast, slow = mounted(function(dir)
      local place = make(dir .. "/m")
      for i = 1, 300 do
        assert(sys.mount(("source %d "):format(i) .. ("x"):rep(4000), make(place .. "/" .. i), "tmpfs"))
      end
      local fast, slow = both()
      assert(#fast == #slow)
      return { find(place .. "/300", fast), n = #fast > 300 }, { find(place .. "/300", slow), n = #slow > 300 }
    end)()
    assert.is_true(fast.n)
    assert.equal(4011, #fast[1].source)
    assert.same(slow, fast)
  end)
end)

describe("an ordinary user", function()
  local uid = support.users[#support.users]
  if uid == 0 then return end

  it("cannot mount anything without a user namespace", function()
    local results = support.child({ uid = uid }, function()
      return {
        { sys.mount("tmpfs", "/tmp", "tmpfs") }, { sys.umount("/proc") }, { sys.chroot("/tmp") },
        { sys.pivot_root(".", ".") }, { sys.open_tree("/", sys.OPEN_TREE_CLONE) }, { sys.fsopen("tmpfs") },
        { sys.fspick("/proc") }, { sys.move_mount("/proc", "/tmp") },
        { sys.mount_setattr("/proc", { set = sys.MOUNT_ATTR_RDONLY }) },
      }
    end)
    for i, text in ipairs {
      "mount tmpfs on /tmp", "umount /proc", "chroot /tmp", "pivot_root . .", "open_tree /", "fsopen tmpfs",
      "fspick /proc", "move_mount on /tmp", "mount_setattr /proc",
    } do
      assert.same({ nil, text .. ": Operation not permitted (EPERM)", sys.EPERM }, results[i])
    end
  end)

  it("cannot map the ids of a host's file system", function()
    local result = with_mounts(uid, function()
      local tree <close> = assert(sys.open_tree("/", sys.OPEN_TREE_CLONE | sys.AT_RECURSIVE))
      local box <close> = assert(sys.clone(sys.CLONE_NEWUSER, function() sys.sleep(60) end))
      assert(sys.idmap(box, { uid = { { 0, 0, 1 } } }))
      local userns <close> = assert(sys.nsopen("user", box))
      return { sys.mount_setattr(tree, { userns = userns }) }
    end)
    -- EINVAL: the root's file system cannot be mapped by anybody.
    support.fails(result[3] == sys.EINVAL and "EINVAL" or "EPERM", "^mount_setattr a descriptor: ",
      table.unpack(result, 1, 3))
  end)
end)

describe("an idmapped mount", function()
  it("shows files with other owners, and translates the owners of new files", function()
    if not support.root then pending("needs root") end
    needs(6, 3) -- tmpfs
    local r = with_mounts(0, function(dir)
      local from, to = make(dir .. "/from"), make(dir .. "/to")
      assert(sys.mount("tmpfs", from, "tmpfs"))
      assert(sys.writefile(from .. "/file", ""))
      assert(sys.chown(from .. "/file", 7, 8))
      local box <close> = assert(sys.clone(sys.CLONE_NEWUSER, function() sys.sleep(60) end))
      local ranges = { { 0, 100000, 1000 } }
      assert(sys.idmap(box, { uid = ranges, gid = ranges }))
      local userns <close> = assert(sys.nsopen("user", box))
      local tree <close> = assert(sys.open_tree(from, sys.OPEN_TREE_CLONE))
      assert(sys.mount_setattr(tree, { userns = userns }))
      assert(sys.move_mount(tree, to))
      assert(sys.chmod(to, 511))
      local seen = assert(sys.stat(to .. "/file"))
      -- 100009 outside writes as 9.
      support.child(function()
        assert(sys.setgroups {})
        assert(sys.setresgid(100010, 100010, 100010))
        assert(sys.setresuid(100009, 100009, 100009))
        assert(sys.writefile(to .. "/new", ""))
      end)
      local new = assert(sys.stat(from .. "/new"))
      local fast, slow = find(to), find(to, assert(sys.mounts(sys.getpid())))
      return {
        seen = { seen.uid, seen.gid }, new = { new.uid, new.gid },
        attr = { fast.attr & sys.MOUNT_ATTR_IDMAP ~= 0, slow.attr & sys.MOUNT_ATTR_IDMAP ~= 0 },
      }
    end)
    assert.same({ seen = { 100007, 100008 }, new = { 9, 10 }, attr = { true, true } }, r)
  end)
end)

describe("the calls for mounts", function()
  it("fail for a process that has ended", function()
    local ended <close> = assert(sys.clone(0, function() end))
    ended:wait()
    support.fails("ESRCH", "^mounts of 2147483647: No such process", sys.mounts(gone))
    support.fails("ESRCH", "^mounts of Process %(%d+, ended%): No such process", sys.mounts(ended))
    local file <close> = assert(sys.open("/"))
    support.fails("EINVAL", "^mounts of FD %(%d+%): Invalid argument", sys.mounts(file))
  end)

  it("raise for wrong arguments", function()
    -- All fail before they reach the kernel; the child is for the case that one does not.
    assert.is_true(with_mounts(support.users[1], function()
      local misuse = support.misuse
      misuse(1, "mount", "string expected, got number", 1, "/nope")
      misuse(2, "mount", "string expected, got nil", "tmpfs", nil)
      misuse(2, "mount", "string with an embedded NUL", "tmpfs", "/nope\0")
      misuse(3, "mount", "string expected, got boolean", "tmpfs", "/nope", true)
      misuse(4, "mount", "number expected, got string", "tmpfs", "/nope", "tmpfs", "ro")
      misuse(4, "mount", "%-1 is out of range", "tmpfs", "/nope", "tmpfs", -1)
      misuse(4, "mount", "4294967296 is out of range", "tmpfs", "/nope", "tmpfs", 1 << 32)
      misuse(5, "mount", "string with an embedded NUL", "tmpfs", "/nope", "tmpfs", 0, "size=1\0")
      misuse(5, "mount", "string expected, got table", "tmpfs", "/nope", "tmpfs", 0, {})
      misuse(1, "umount", "string expected, got no value")
      misuse(2, "umount", "%-1 is out of range", "/nope", -1)
      misuse(1, "pivot_root", "string expected, got no value")
      misuse(2, "pivot_root", "string with an embedded NUL", "/nope", "/nope\0")
      misuse(1, "chroot", "string expected, got no value")
      misuse(1, "chroot", "string with an embedded NUL", "/nope\0")
      misuse(1, "open_tree", "descriptor .*expected, got no value")
      misuse(1, "open_tree", "%-1 is out of range", -1)
      misuse(1, "open_tree", "string with an embedded NUL", "/nope\0")
      misuse(2, "open_tree", "number expected, got string", "/nope", "clone")
      misuse(3, "open_tree", "descriptor .*expected, got string", "nope", 0, "/")
      misuse(4, "open_tree", "unknown field 'readonly'", "/nope", 0, nil, { readonly = true })
      misuse(4, "open_tree", "table expected, got number", "/nope", 0, nil, 1)
      misuse(1, "move_mount", "descriptor .*expected, got nil", nil, "/nope")
      misuse(2, "move_mount", "descriptor .*expected, got no value", "/nope")
      misuse(3, "move_mount", "%-1 is out of range", "/nope", "/nope", -1)
      misuse(1, "mount_setattr", "descriptor .*expected, got no value")
      misuse(2, "mount_setattr", "table expected, got no value", "/nope")
      misuse(2, "mount_setattr", "unknown field 'flags'", "/nope", { flags = 1 })
      misuse(2, "mount_setattr", "field 'set': integer expected, got string", "/nope", { set = "ro" })
      misuse(2, "mount_setattr", "field 'clear': %-1 is out of range", "/nope", { clear = -1 })
      misuse(2, "mount_setattr", "field 'userns': .*got string", "/nope", { userns = "/proc/self/ns/user" })
      misuse(3, "mount_setattr", "number expected, got boolean", "/nope", {}, true)
      misuse(1, "fsopen", "string expected, got no value")
      misuse(1, "fsopen", "string with an embedded NUL", "tmpfs\0")
      misuse(1, "fspick", "string expected, got number", 3)
      misuse(2, "fspick", "%-1 is out of range", "/nope", -1)
      misuse(1, "fsconfig", "descriptor .*expected, got string", "tmpfs", 0)
      misuse(2, "fsconfig", "number expected, got no value", 0)
      misuse(2, "fsconfig", "256 is out of range", 0, 256)
      misuse(3, "fsconfig", "string with an embedded NUL", 0, sys.FSCONFIG_SET_FLAG, "ro\0")
      misuse(4, "fsconfig", "string with an embedded NUL", 0, sys.FSCONFIG_SET_STRING, "size", "1\0")
      misuse(4, "fsconfig", "string expected, got no value", 0, sys.FSCONFIG_SET_BINARY, "size")
      misuse(4, "fsconfig", "more than 1 MiB", 0, sys.FSCONFIG_SET_BINARY, "size", ("x"):rep((1 << 20) + 1))
      misuse(5, "fsconfig", "descriptor .*expected, got string", 0, sys.FSCONFIG_SET_FD, "fd", nil, "/")
      misuse(1, "fsmount", "descriptor .*expected, got no value")
      misuse(2, "fsmount", "number expected, got string", 0, "ro")
      misuse(3, "fsmount", "%-1 is out of range", 0, 0, -1)
      misuse(1, "mounts", "process .*expected, got string", "self")
      misuse(1, "mounts", "0 is out of range", 0)
      local closed = assert(sys.open("/"))
      closed:close()
      for _, name in ipairs { "open_tree", "move_mount", "mount_setattr", "fsconfig", "fsmount", "mounts" } do
        misuse(1, name, "closed descriptor", closed, "/nope")
      end
      misuse(2, "move_mount", "closed descriptor", "/nope", closed)
      misuse(2, "mount_setattr", "field 'userns': closed descriptor", "/nope", { userns = closed })
      return true
    end))
  end)
end)
