--- Namespaces: making, entering, opening and examining them.
local support = require "support"
local sys = require "nsengine.sys"

local kinds = {
  user = sys.CLONE_NEWUSER, cgroup = sys.CLONE_NEWCGROUP, ipc = sys.CLONE_NEWIPC, uts = sys.CLONE_NEWUTS,
  net = sys.CLONE_NEWNET, pid = sys.CLONE_NEWPID, time = sys.CLONE_NEWTIME, mnt = sys.CLONE_NEWNS,
}
local nobody = 2147483647 -- no process has this pid

--- Marks a test as pending on a kernel before Linux major.minor.
local function needs(major, minor)
  if support.linux() < major * 1000 + minor then pending(("needs Linux %d.%d"):format(major, minor)) end
end

--- A process in new namespaces that runs `prepare`, and then waits.
local function holder(flags, prepare)
  local r, w = sys.pipe()
  local process = assert(sys.clone(flags, function()
    r:close()
    if prepare then prepare() end
    assert(w:write("ready"))
    sys.sleep(60)
  end))
  w:close()
  assert(r:read() == "ready", "the holder failed")
  r:close()
  return process
end

--- The inode that identifies a namespace.
local function identity(source) return assert(sys.stat(source)).ino end

local function own(kind) return identity("/proc/self/ns/" .. kind) end

--- The flags that `uid` may use: an ordinary user needs a user namespace too.
local function allowed(uid, flags) return uid == 0 and flags or flags | sys.CLONE_NEWUSER end

--- A describe for each user; `as_user(fn)` in its body runs fn in a child that is that user.
local function describe_each(title, body)
  for _, uid in ipairs(support.users) do
    describe(("%s, as uid %d,"):format(title, uid), function()
      body(function(fn) return support.child({ uid = uid }, fn) end, uid)
    end)
  end
end

describe_each("sys.unshare", function(as_user, uid)
  it("leaves the namespaces that it names, and no others", function()
    local flags = sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWIPC | sys.CLONE_NEWNET | sys.CLONE_NEWNS
    local before, after = as_user(function()
      local before, after = {}, {}
      for kind in pairs(kinds) do before[kind] = own(kind) end
      assert(sys.unshare(flags))
      for kind in pairs(kinds) do after[kind] = own(kind) end
      return before, after
    end)
    for kind, flag in pairs(kinds) do
      assert.equal(flags & flag ~= 0, before[kind] ~= after[kind], kind)
    end
  end)

  it("makes the next child pid 1 of a new pid namespace", function()
    assert.same({ false, 1, 0 }, { as_user(function()
      local pid = sys.getpid()
      assert(sys.unshare(allowed(uid, sys.CLONE_NEWPID)))
      return pid ~= sys.getpid(), support.child(function() return sys.getpid(), sys.getppid() end)
    end) })
  end)

  it("gives the caller a host name that others do not see", function()
    local name = sys.gethostname()
    assert.equal("box", as_user(function()
      assert(sys.unshare(allowed(uid, sys.CLONE_NEWUTS)))
      assert(sys.sethostname("box"))
      return sys.gethostname()
    end))
    assert.equal(name, sys.gethostname())
  end)

  it("accepts CLONE_FILES and CLONE_FS, which give a process its own descriptors and directory", function()
    assert.is_true(as_user(function() return sys.unshare(sys.CLONE_FILES | sys.CLONE_FS) end))
  end)
end)

describe_each("sys.setns", function(as_user, uid)
  it("enters by FD, path, Process, pidfd or pid", function()
    local names = as_user(function()
      local box <close> = holder(allowed(uid, sys.CLONE_NEWUTS), function() assert(sys.sethostname("box")) end)
      local flags = allowed(uid, sys.CLONE_NEWUTS)
      local pidfd <close> = assert(box:fd())
      local uts <close> = assert(sys.nsopen("uts", box))
      local user <close> = assert(sys.nsopen("user", box))
      local directory = "/proc/" .. box:pid() .. "/ns/"
      local ways = {
        fd = function()
          if uid ~= 0 then assert(sys.setns(user)) end
          return sys.setns(uts)
        end,
        fd_and_kind = function()
          if uid ~= 0 then assert(sys.setns(user, sys.CLONE_NEWUSER)) end
          return sys.setns(uts, sys.CLONE_NEWUTS)
        end,
        path = function()
          local path = directory .. "uts"
          if uid ~= 0 then assert(sys.setns(directory .. "user")) end
          return sys.setns(path)
        end,
        process = function() return sys.setns(box:pid(), flags) end,
        pidfd = function() return sys.setns(pidfd, flags) end,
      }
      local names = {}
      for way, enter in pairs(ways) do
        names[way] = support.child(function()
          assert(enter())
          return sys.gethostname()
        end)
      end
      -- A handle works only in the process that made it: so here, and last.
      assert(sys.setns(box, flags))
      names.handle = sys.gethostname()
      return names
    end)
    assert.same({
      fd = "box", fd_and_kind = "box", path = "box", process = "box", pidfd = "box", handle = "box",
    }, names)
  end)

  it("moves the next child, not the caller, into a pid namespace", function()
    local before, after, inside = as_user(function()
      local flags = allowed(uid, sys.CLONE_NEWPID)
      local box <close> = holder(flags)
      local before = sys.getpid()
      assert(sys.setns(box, flags))
      return before, sys.getpid(), support.child(function() return sys.getpid() end)
    end)
    assert.equal(before, after)
    assert.equal(2, inside)
  end)

  it("refuses a namespace of another kind than requested", function()
    assert.same({ nil, true, sys.EINVAL }, { as_user(function()
      local value, message, errno = sys.setns("/proc/self/ns/uts", sys.CLONE_NEWNET)
      return value, message == "setns /proc/self/ns/uts: Invalid argument (EINVAL)", errno
    end) })
  end)

  it("fails for what has ended, is missing, or is no namespace", function()
    local gone <close> = assert(sys.clone(0, function() end))
    gone:wait()
    support.fails("ESRCH", "^setns Process %(%d+, ended%): No such process", sys.setns(gone, sys.CLONE_NEWUTS))
    support.fails("ESRCH", "^setns 2147483647: No such process", sys.setns(nobody, sys.CLONE_NEWUTS))
    support.fails("ENOENT", "^setns /nope: No such file or directory", sys.setns("/nope"))
    local file <close> = assert(sys.open("/proc/self/status"))
    support.fails("EINVAL", "^setns FD %(%d+%): Invalid argument", sys.setns(file))
  end)
end)

describe_each("sys.nsopen", function(as_user)
  it("opens each kind of namespace, of this process and of others", function()
    local seen, expected = as_user(function()
      local flags = sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWPID | sys.CLONE_NEWNS
      local box <close> = holder(flags)
      local pidfd <close> = assert(box:fd())
      local seen, expected = {}, {}
      for kind in pairs(kinds) do
        local other = identity("/proc/" .. box:pid() .. "/ns/" .. kind)
        expected[kind] = { own(kind), other, other, other }
        seen[kind] = {}
        for i, process in ipairs { false, box, pidfd, box:pid() } do
          local fd <close> = assert(sys.nsopen(kind, process or nil))
          seen[kind][i] = identity(fd)
        end
      end
      return seen, expected
    end)
    assert.same(expected, seen)
    assert.truthy(seen.uts[1] ~= seen.uts[2])
  end)

  it("opens the namespaces that the next child will enter", function()
    local own_pid, for_children, own_time = as_user(function()
      assert(sys.unshare(sys.CLONE_NEWUSER | sys.CLONE_NEWPID))
      support.child(function() end) -- it exists below /proc only after its first use
      local fd <close> = assert(sys.nsopen("pid_for_children"))
      local time <close> = assert(sys.nsopen("time_for_children"))
      return own("pid"), identity(fd), identity(time) == own("time")
    end)
    assert.truthy(own_pid ~= for_children)
    assert.is_true(own_time)
  end)

  it("fails for a process that has ended", function()
    local gone <close> = assert(sys.clone(0, function() end))
    local pidfd <close> = assert(gone:fd())
    gone:wait()
    support.fails("ESRCH", "^nsopen net of Process %(%d+, ended%): ", sys.nsopen("net", gone))
    support.fails("ESRCH", "^nsopen net of FD %(%d+%): ", sys.nsopen("net", pidfd))
    support.fails("ESRCH", "^nsopen net of 2147483647: No such process", sys.nsopen("net", nobody))
  end)

  it("refuses a descriptor that is no pidfd", function()
    local file <close> = assert(sys.open("/proc/self/status"))
    support.fails("EINVAL", "^nsopen net of FD %(%d+%): Invalid argument", sys.nsopen("net", file))
  end)

  it("works in a process whose standard input is closed", function()
    assert.same({ true, true }, { as_user(function()
      local box <close> = holder(sys.CLONE_NEWUSER | sys.CLONE_NEWUTS)
      local expected = identity("/proc/" .. box:pid() .. "/ns/uts")
      assert(sys.close_range(0, 0))
      local fd <close> = assert(sys.nsopen("uts", box))
      local found = identity(fd) == expected
      fd:close()
      return found, sys.stat("/proc/self/fd/0") == nil
    end) })
  end)
end)

describe_each("the owner of a namespace", function(as_user, uid)
  it("is a user namespace, with a parent and a creator", function()
    local r = as_user(function()
      local box <close> = holder(sys.CLONE_NEWUSER | sys.CLONE_NEWUTS)
      local uts <close> = assert(sys.nsopen("uts", box))
      local user <close> = assert(sys.nsopen("user", box))
      local owner <close> = assert(sys.ns_get_userns(uts))
      local parent <close> = assert(sys.ns_get_parent(owner))
      return {
        owner = identity(owner) == identity(user),
        parent = identity(parent) == own("user"),
        creator = sys.ns_get_owner_uid(user),
      }
    end)
    assert.same({ owner = true, parent = true, creator = uid }, r)
  end)

  it("is hidden if it lies outside the caller's user namespace", function()
    local values = as_user(function()
      assert(sys.unshare(sys.CLONE_NEWUSER))
      local uts <close> = assert(sys.nsopen("uts"))
      local user <close> = assert(sys.nsopen("user"))
      local pid <close> = assert(sys.nsopen("pid"))
      return {
        { select(2, sys.ns_get_userns(uts)) }, { select(2, sys.ns_get_parent(user)) },
        { select(2, sys.ns_get_parent(pid)) },
      }
    end)
    assert.same({
      { "ns_get_userns: Operation not permitted (EPERM)", sys.EPERM },
      { "ns_get_parent: Operation not permitted (EPERM)", sys.EPERM },
      { "ns_get_parent: Operation not permitted (EPERM)", sys.EPERM },
    }, values)
  end)

  it("is a pid namespace's parent, too", function()
    assert.is_true(as_user(function()
      local box <close> = holder(allowed(uid, sys.CLONE_NEWPID))
      local pid <close> = assert(sys.nsopen("pid", box))
      local parent <close> = assert(sys.ns_get_parent(pid))
      return identity(parent) == own("pid")
    end))
  end)
end)

describe_each("sys.ns_get_nstype", function()
  it("returns the kind of a namespace", function()
    for kind, flag in pairs(kinds) do
      local fd <close> = assert(sys.nsopen(kind))
      assert.equal(flag, sys.ns_get_nstype(fd))
    end
  end)
end)

describe_each("the translation of pids", function(as_user, uid)
  it("works between pid namespaces, in both directions", function()
    needs(6, 11)
    local r = as_user(function()
      local box <close> = holder(allowed(uid, sys.CLONE_NEWPID))
      local ns <close> = assert(sys.nsopen("pid", box))
      return {
        from = sys.ns_get_pid_from_pidns(ns, 1) == box:pid(),
        from_group = sys.ns_get_tgid_from_pidns(ns, 1) == box:pid(),
        into = sys.ns_get_pid_in_pidns(ns, box:pid()),
        into_group = sys.ns_get_tgid_in_pidns(ns, box:pid()),
        absent = { sys.ns_get_pid_from_pidns(ns, 2) },
        outside = { sys.ns_get_tgid_in_pidns(ns, sys.getpid()) },
      }
    end)
    assert.same({
      from = true, from_group = true, into = 1, into_group = 1,
      absent = { nil, "ns_get_pid_from_pidns 2: No such process (ESRCH)", sys.ESRCH },
      outside = r.outside,
    }, r)
    support.fails("ESRCH", "^ns_get_tgid_in_pidns %d+: No such process", table.unpack(r.outside, 1, 3))
  end)

  it("refuses namespaces of other kinds", function()
    local uts <close> = assert(sys.nsopen("uts"))
    for _, name in ipairs { "ns_get_pid_from_pidns", "ns_get_tgid_from_pidns", "ns_get_pid_in_pidns",
                            "ns_get_tgid_in_pidns" } do
      local value, message, errno = sys[name](uts, 1)
      assert.is_nil(value)
      assert.truthy(errno == sys.EINVAL or errno == sys.ENOTTY, message)
      assert.truthy(message:find("^" .. name .. " 1: "))
    end
  end)
end)

describe_each("sys.pidfd_get_namespace", function(as_user)
  it("opens each kind of namespace without /proc", function()
    needs(6, 11)
    local seen, expected = as_user(function()
      local box <close> = holder(sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWNS)
      local pidfd <close> = assert(box:fd())
      local seen, expected = {}, {}
      for kind in pairs(kinds) do
        local a <close> = assert(sys.pidfd_get_namespace(box, kind))
        local b <close> = assert(sys.pidfd_get_namespace(pidfd, kind))
        local other = identity("/proc/" .. box:pid() .. "/ns/" .. kind)
        seen[kind], expected[kind] = { identity(a), identity(b) }, { other, other }
      end
      return seen, expected
    end)
    assert.same(expected, seen)
  end)

  it("fails for a process that has ended", function()
    needs(6, 11)
    local gone <close> = assert(sys.clone(0, function() end))
    local pidfd <close> = assert(gone:fd())
    gone:wait()
    support.fails("ESRCH", "^pidfd_get_namespace net: No such process", sys.pidfd_get_namespace(pidfd, "net"))
    support.fails("ESRCH", "^pidfd_get_namespace net: No such process", sys.pidfd_get_namespace(gone, "net"))
  end)
end)

describe_each("sys.pidfd_get_info", function(as_user, uid)
  it("returns the ids of a process", function()
    needs(6, 13)
    local info, pid, parent = as_user(function()
      local box <close> = holder(0)
      return sys.pidfd_get_info(box), box:pid(), sys.getpid()
    end)
    assert.equal(pid, info.pid)
    assert.equal(parent, info.ppid)
    for _, name in ipairs { "uid", "euid", "suid", "gid", "egid", "sgid" } do
      assert.equal(uid, info[name], name)
    end
    assert.equal("integer", math.type(info.cgroupid))
    assert.is_nil(info.exit_code)
  end)

  it("returns how a process ended, after it was reaped", function()
    needs(6, 15)
    local child <close> = assert(sys.clone(0, function() return 3 end))
    local pidfd <close> = assert(child:fd())
    child:wait()
    assert.equal(3 << 8, assert(sys.pidfd_get_info(pidfd)).exit_code)
  end)

  it("fails for what is no pidfd, and for a handle that was waited for", function()
    local child <close> = assert(sys.clone(0, function() end))
    child:wait()
    support.fails("ESRCH", "^pidfd_get_info: No such process", sys.pidfd_get_info(child))
    local file <close> = assert(sys.open("/proc/self/status"))
    support.fails("ENOTTY", "^pidfd_get_info: ", sys.pidfd_get_info(file))
  end)
end)

describe_each("a mount namespace", function(as_user, uid)
  it("has an id and a number of mounts", function()
    needs(6, 12)
    local r = as_user(function()
      local box <close> = holder(allowed(uid, sys.CLONE_NEWNS))
      local a <close> = assert(sys.nsopen("mnt"))
      local b <close> = assert(sys.nsopen("mnt", box))
      local info, other = assert(sys.ns_mnt_get_info(a)), assert(sys.ns_mnt_get_info(b))
      return {
        same = info.mnt_ns_id == sys.ns_get_mntns_id(a),
        differs = info.mnt_ns_id ~= other.mnt_ns_id,
        copied = other.nr_mounts >= #sys.mounts(),
      }
    end)
    assert.same({ same = true, differs = true, copied = true }, r)
  end)
end)

describe_each("sys.ns_get_id", function(as_user)
  it("returns a different id for each namespace", function()
    needs(6, 18)
    local ids = as_user(function()
      local box <close> = holder(sys.CLONE_NEWUSER | sys.CLONE_NEWUTS)
      local ids = {}
      for _, process in ipairs { sys.getpid(), box:pid() } do
        for kind in pairs(kinds) do
          local fd <close> = assert(sys.nsopen(kind, process))
          local id, ino = assert(sys.ns_get_id(fd)), identity(fd)
          assert(ids[id] == nil or ids[id] == ino, "two namespaces share an id")
          ids[id] = ino
        end
      end
      return ids
    end)
    local count = 0
    for id in pairs(ids) do
      count = count + 1
      assert.equal("integer", math.type(id))
    end
    assert.equal(10, count) -- eight, and the two new ones
  end)
end)

describe_each("sys.listns", function(as_user)
  it("lists the caller's namespaces, by kind and by owner", function()
    needs(6, 19)
    local r = as_user(function()
      local flags = sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWIPC
      local box <close> = holder(flags)
      assert(sys.setns(box, flags))
      local function id(kind)
        local fd <close> = assert(sys.nsopen(kind))
        return assert(sys.ns_get_id(fd))
      end
      local function has(list, wanted)
        for _, entry in ipairs(list) do if entry == wanted then return true end end
        return false
      end
      local uts, ipc, net = id("uts"), id("ipc"), id("net")
      local all, owned = assert(sys.listns()), assert(sys.listns(0, id("user")))
      local only_uts = assert(sys.listns(sys.CLONE_NEWUTS, sys.LISTNS_CURRENT_USER))
      return {
        all = has(all, uts) and has(all, ipc) and has(all, net),
        owned = has(owned, uts) and has(owned, ipc) and not has(owned, net),
        only_uts = has(only_uts, uts) and #only_uts == 1,
      }
    end)
    assert.same({ all = true, owned = true, only_uts = true }, r)
  end)

  it("refuses unknown kinds and owners", function()
    needs(6, 19)
    support.fails("EOPNOTSUPP", "^listns: Operation not supported", sys.listns(1))
    support.fails("EINVAL", "^listns: Invalid argument", sys.listns(0, 1 << 60))
  end)
end)

describe_each("sys.timens_offsets", function(as_user, uid)
  --- Shifts the clocks of a new time namespace; returns what its first child reads.
  local function shifted(offsets)
    return as_user(function()
      assert(sys.unshare(allowed(uid, sys.CLONE_NEWTIME)))
      assert(sys.timens_offsets(offsets))
      local lines = assert(sys.readfile("/proc/self/timens_offsets"))
      local before = sys.monotonic()
      local inside, uptime = support.child(function()
        return sys.monotonic(), tonumber(sys.readfile("/proc/uptime"):match("^[%d.]+"))
      end)
      return inside - before, uptime - before, lines
    end)
  end

  it("shifts the monotonic clock of the next child", function()
    local shift = shifted { monotonic = 86400 }
    assert.truthy(shift >= 86400 and shift < 86460, shift)
  end)

  it("shifts the boot clock separately", function()
    local monotonic, boot, lines = shifted { boottime = 1e6 }
    assert.truthy(monotonic >= 0 and monotonic < 60, monotonic)
    assert.truthy(boot > 999000, boot)
    assert.truthy(lines:find("boottime +1000000 +0\n"))
  end)

  it("accepts fractions and negative seconds", function()
    local _, _, lines = shifted { monotonic = 2.3, boottime = -0.25 }
    assert.truthy(lines:find("monotonic +2 +300000000\n"), lines)
    assert.truthy(lines:find("boottime +%-1 +750000000\n"), lines)
    -- So close to zero that adding a second gives one second.
    _, _, lines = shifted { monotonic = -1e-17 }
    assert.truthy(lines:find("monotonic +0 +0\n"), lines)
  end)

  it("fails after the namespace has a member", function()
    -- The kernel freezes the offsets when it maps the clock's data into the first member.
    if not sys.readfile("/proc/self/maps"):find("[vvar", 1, true) then pending("needs a vDSO") end
    support.fails("EACCES", "^timens_offsets: Permission denied", as_user(function()
      assert(sys.unshare(allowed(uid, sys.CLONE_NEWTIME)))
      support.child(function() end)
      return sys.timens_offsets { monotonic = 1 }
    end))
  end)

  it("refuses a time before the machine started", function()
    support.fails("ERANGE", "^timens_offsets: ", as_user(function()
      assert(sys.unshare(allowed(uid, sys.CLONE_NEWTIME)))
      return sys.timens_offsets { monotonic = -9e8 }
    end))
  end)
end)

describe_each("an empty mount namespace", function(as_user, uid)
  it("can be made by unshare and by clone", function()
    needs(7, 1)
    local unshared, cloned = as_user(function()
      local user = allowed(uid, 0)
      local unshared = support.child(function()
        if user ~= 0 then assert(sys.unshare(user)) end
        assert(sys.unshare(sys.UNSHARE_EMPTY_MNTNS))
        return { root = #assert(sys.list("/")), proc = sys.stat("/proc") ~= nil }
      end)
      local cloned = support.child({ flags = user | sys.CLONE_EMPTY_MNTNS }, function()
        return { root = #assert(sys.list("/")), proc = sys.stat("/proc") ~= nil }
      end)
      return unshared, cloned
    end)
    assert.same({ root = 0, proc = false }, unshared)
    assert.same({ root = 0, proc = false }, cloned)
  end)

  if support.linux() < 7001 then
    it("is refused with the kernel version that has it", function()
      support.fails("EINVAL", "^unshare: Invalid argument %(EINVAL%); needs Linux 7.1, this kernel is %d",
        as_user(function() return sys.unshare(sys.CLONE_NEWUSER | sys.UNSHARE_EMPTY_MNTNS) end))
      support.fails("EINVAL", "^clone: Invalid argument %(EINVAL%); needs Linux 7.1, this kernel is %d",
        sys.clone(sys.CLONE_EMPTY_MNTNS, print))
    end)
  end
end)

describe("the calls for namespaces", function()
  it("return no parent and no creator for kinds that have none", function()
    local uts <close> = assert(sys.nsopen("uts"))
    support.fails("EINVAL", "^ns_get_parent: Invalid argument", sys.ns_get_parent(uts))
    support.fails("EINVAL", "^ns_get_owner_uid: Invalid argument", sys.ns_get_owner_uid(uts))
  end)

  it("refuse other descriptors", function()
    local file <close> = assert(sys.open("/proc/self/status"))
    for _, name in ipairs { "ns_get_userns", "ns_get_parent", "ns_get_nstype", "ns_get_owner_uid", "ns_get_id",
                            "ns_get_mntns_id", "ns_mnt_get_info", "ns_mnt_get_next", "ns_mnt_get_prev" } do
      support.fails("ENOTTY", "^" .. name .. ": ", sys[name](file))
    end
  end)

  it("walk from one mount namespace to another, there and back", function()
    if not support.root then pending("needs root") end
    needs(6, 12)
    local first <close> = holder(sys.CLONE_NEWNS)
    local second <close> = holder(sys.CLONE_NEWNS)
    local a <close> = assert(sys.nsopen("mnt", first))
    local b <close> = assert(sys.nsopen("mnt", second))
    local start, goal = assert(sys.ns_get_mntns_id(a)), assert(sys.ns_get_mntns_id(b))
    assert.truthy(start ~= goal)
    --- Whether the steps from `from` reach `last`.
    local function walk(step, from, last)
      local fd, info = step(from)
      assert(fd, info)
      assert.equal(info.mnt_ns_id, sys.ns_get_mntns_id(fd))
      assert.equal(sys.CLONE_NEWNS, sys.ns_get_nstype(fd))
      local found = info.mnt_ns_id == last or walk(step, fd, last)
      fd:close()
      return found
    end
    local low, high = math.min(start, goal), math.max(start, goal)
    assert.is_true(walk(sys.ns_mnt_get_next, start == low and a or b, high))
    assert.is_true(walk(sys.ns_mnt_get_prev, start == low and b or a, low))
  end)

  it("find the end of the mount namespaces", function()
    if not support.root then pending("needs root") end
    needs(6, 12)
    local fd, message, errno = assert(sys.nsopen("mnt"))
    local steps = 0
    while fd and steps < 10000 do
      local following
      following, message, errno = sys.ns_mnt_get_next(fd)
      fd:close()
      fd, steps = following, steps + 1
    end
    support.fails("ENOENT", "^ns_mnt_get_next: No such file or directory", fd, message, errno)
  end)

  it("raise for wrong arguments", function()
    support.misuse(1, "unshare", "number expected")
    support.misuse(1, "unshare", "number expected, got string", "1")
    support.misuse(1, "unshare", "%-1 is out of range", -1)
    support.misuse(1, "unshare", "%d+ is out of range", 1 << 40)
    support.misuse(1, "unshare", "number has no integer", 1.5)
    support.misuse(1, "setns", "process", {})
    support.misuse(1, "setns", "string with an embedded NUL", "/proc\0")
    support.misuse(1, "setns", "%-1 is out of range", -1)
    support.misuse(2, "setns", "number expected", 1, "uts")
    support.misuse(1, "nsopen", "string expected")
    support.misuse(1, "nsopen", "unknown namespace 'mount' %(cgroup, ipc, mnt", "mount")
    support.misuse(1, "nsopen", "string with an embedded NUL", "uts\0")
    support.misuse(2, "nsopen", "process %(Process, pidfd or pid%) expected, got string", "uts", "1")
    support.misuse(2, "nsopen", "0 is out of range", "uts", 0)
    support.misuse(1, "pidfd_get_namespace", "pidfd or Process expected", 1, "uts")
    support.misuse(2, "pidfd_get_namespace", "unknown namespace", 1, "x")
    support.misuse(1, "pidfd_get_info", "pidfd or Process expected", 1)
    support.misuse(1, "pidfd_get_info", "process")
    support.misuse(1, "listns", "number expected", "user")
    support.misuse(1, "listns", "%-1 is out of range", -1)
    support.misuse(2, "listns", "number expected, got string", 0, "1")
    support.misuse(2, "listns", "%-2 is out of range", 0, -2)
    support.misuse(1, "timens_offsets", "table expected")
    support.raises("unknown field 'real'", sys.timens_offsets, { real = 1 })
    support.raises("field 'monotonic': seconds between", sys.timens_offsets, { monotonic = "1" })
    support.raises("field 'monotonic': seconds between", sys.timens_offsets, { monotonic = 0 / 0 })
    support.raises("field 'boottime': seconds between", sys.timens_offsets, { boottime = 1e10 })
    local fd = assert(sys.nsopen("uts"))
    fd:close()
    for _, name in ipairs { "ns_get_userns", "ns_get_parent", "ns_get_nstype", "ns_get_owner_uid", "ns_get_id",
                            "ns_get_mntns_id", "ns_mnt_get_info", "ns_mnt_get_next", "ns_mnt_get_prev" } do
      support.misuse(1, name, "closed descriptor", fd)
      support.misuse(1, name, "descriptor .* expected, got string", "uts")
      support.misuse(1, name, "%-1 is out of range", -1)
    end
    for _, name in ipairs { "ns_get_pid_from_pidns", "ns_get_tgid_from_pidns", "ns_get_pid_in_pidns",
                            "ns_get_tgid_in_pidns" } do
      support.misuse(2, name, "0 is out of range", 0, 0)
      support.misuse(2, name, "%d+ is out of range", 0, 1 << 31)
      support.misuse(2, name, "number expected", 0)
    end
    support.raises("closed descriptor", sys.setns, fd)
    support.raises("closed descriptor", sys.nsopen, "uts", fd)
    support.raises("closed descriptor", sys.pidfd_get_info, fd)
    support.raises("closed descriptor", sys.pidfd_get_namespace, fd, "uts")
  end)

  if support.linux() < 6019 then
    it("name the kernel version that can list namespaces", function()
      support.fails("ENOSYS", "^listns: Function not implemented %(ENOSYS%); needs Linux 6.19, this kernel is %d",
        sys.listns())
    end)
  end
end)
