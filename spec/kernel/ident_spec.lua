--- Identity: user and group ids, supplementary groups, id maps.
local support = require "support"
local sys = require "nsengine.sys"

local nobody = 65534 -- stands for each id that a user namespace does not map
local gone = 2147483647 -- no process has this pid

local function words(text) return (text:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s+", " ")) end

--- One of /proc/PID/{uid_map,gid_map,setgroups}.
local function read(process, name)
  return words(assert(sys.readfile(("/proc/%d/%s"):format(process:pid(), name))))
end

--- A process in a new user namespace that waits, then runs `fn`; calling the second result lets it go on.
local function box(fn)
  local r, w = sys.pipe()
  local process = assert(sys.clone(sys.CLONE_NEWUSER, function()
    w:close()
    r:read()
    if fn then return fn() end
  end))
  r:close()
  return process, function()
    w:close()
    return process:wait(10)
  end
end

for _, uid in ipairs(support.users) do
  local function as_user(fn) return support.child({ uid = uid }, fn) end
  local own = { uid = { { 0, uid, 1 } }, gid = { { 0, uid, 1 } } }

  describe("as uid " .. uid .. ",", function()
    it("sys.getids returns all six ids and the groups", function()
      assert.same({ uid = uid, euid = uid, suid = uid, gid = uid, egid = uid, sgid = uid }, as_user(function()
        local ids = assert(sys.getids())
        assert(type(ids.groups) == "table")
        ids.groups = nil
        return ids
      end))
    end)

    it("ids that a user namespace does not map appear as 65534", function()
      local ids = as_user(function()
        assert(sys.unshare(sys.CLONE_NEWUSER))
        return sys.getids()
      end)
      for _, name in ipairs { "uid", "euid", "suid", "gid", "egid", "sgid" } do
        assert.equal(nobody, ids[name], name)
      end
    end)

    it("ids that a user namespace does not map cannot be assumed", function()
      local results = as_user(function()
        assert(sys.unshare(sys.CLONE_NEWUSER))
        assert(sys.idmap(nil, { uid = { { 7, uid, 1 } }, gid = { { 8, uid, 1 } } }))
        assert(sys.setresuid(7, 7, 7))
        assert(sys.setresgid(8, 8, 8))
        return { { sys.setresuid(0, 0, 0) }, { sys.setresgid(0, 0, 0) } }
      end)
      support.fails("EINVAL", "^setresuid: Invalid argument", table.unpack(results[1], 1, 3))
      support.fails("EINVAL", "^setresgid: Invalid argument", table.unpack(results[2], 1, 3))
    end)

    describe("sys.idmap", function()
      it("maps a child's user namespace to the caller's own ids", function()
        assert.same({ "0 U 1", "0 U 1", 0, 0 }, as_user(function()
          local process, go = box(function()
            local ids = sys.getids()
            return ids.uid == 0 and ids.egid == 0
          end)
          local _ <close> = process
          assert(sys.idmap(process, own))
          local uids = read(process, "uid_map"):gsub("^0 " .. uid, "0 U")
          local gids = read(process, "gid_map"):gsub("^0 " .. uid, "0 U")
          local ok, _, code = go()
          return { uids, gids, ok and 0 or 1, code }
        end))
      end)

      it("accepts a process as handle, pidfd or pid", function()
        local results = as_user(function()
          local results = {}
          for _, how in ipairs { "handle", "pidfd", "pid" } do
            local process <close> = box()
            local pidfd <close> = assert(process:fd())
            local argument = ({ handle = process, pidfd = pidfd, pid = process:pid() })[how]
            results[how] = assert(sys.idmap(argument, own)) and read(process, "uid_map") ~= ""
          end
          return results
        end)
        assert.same({ handle = true, pidfd = true, pid = true }, results)
      end)

      it("maps the caller itself after unshare, and outside the files that it makes are the caller's", function()
        local dir <close> = support.tempdir()
        local ids, seen = as_user(function()
          assert(sys.unshare(sys.CLONE_NEWUSER))
          assert(sys.idmap(nil, own))
          assert(sys.writefile(dir.path .. "/file", ""))
          return sys.getids(), sys.stat(dir.path .. "/file").uid
        end)
        assert.same({ 0, 0, 0, 0 }, { ids.uid, ids.suid, ids.gid, seen })
        assert.equal(uid, sys.stat(dir.path .. "/file").uid)
      end)

      it("forbids setgroups in a map that is written without privilege, and setgroups reports that", function()
        local file, results = as_user(function()
          assert(sys.unshare(sys.CLONE_NEWUSER))
          assert(sys.idmap(nil, own))
          return sys.readfile("/proc/self/setgroups"), { sys.setgroups { 0 } }
        end)
        assert.equal("deny\n", file)
        support.fails("EPERM", "^setgroups: Operation not permitted", table.unpack(results, 1, 3))
      end)

      it("allows setgroups in the child of a privileged caller", function()
        assert.equal(uid == 0 and "allow" or "deny", as_user(function()
          local process <close> = box()
          assert(sys.idmap(process, own))
          return read(process, "setgroups")
        end))
      end)

      it("forbids setgroups on request", function()
        assert.equal("deny", as_user(function()
          local process <close> = box()
          assert(sys.idmap(process, { uid = own.uid, gid = own.gid, setgroups = false }))
          return read(process, "setgroups")
        end))
      end)

      it("refuses to allow setgroups in a map that the caller may only write without it", function()
        local results = as_user(function()
          assert(sys.unshare(sys.CLONE_NEWUSER))
          return { sys.idmap(nil, { uid = own.uid, gid = own.gid, setgroups = true }) }
        end)
        support.fails("EPERM", "^idmap: gid_map: Operation not permitted", table.unpack(results, 1, 3))
      end)

      it("writes the map that is given, and leaves the other unwritten", function()
        assert.same({ "", "0 U 1" }, as_user(function()
          local process <close> = box()
          assert(sys.idmap(process, { gid = own.gid }))
          return { read(process, "uid_map"), (read(process, "gid_map"):gsub("^0 " .. uid, "0 U")) }
        end))
      end)

      it("writes each map only once", function()
        local results = as_user(function()
          local process <close> = box()
          assert(sys.idmap(process, own))
          return { sys.idmap(process, own) }
        end)
        support.fails("EPERM", "^idmap: uid_map: Operation not permitted", table.unpack(results, 1, 3))
      end)

      it("fails for a process that has ended", function()
        local ended <close> = assert(sys.clone(0, function() end))
        ended:wait()
        support.fails("ESRCH", "^idmap: No such process", sys.idmap(ended, own))
        support.fails("ESRCH", "^idmap: uid_map: No such process", sys.idmap(gone, own))
      end)

      it("refuses more ranges than the kernel accepts, and writes none", function()
        local result, written = as_user(function()
          local process <close> = box()
          local ranges = {}
          for i = 1, 341 do ranges[i] = { i, i, 1 } end
          return { sys.idmap(process, { uid = ranges }) }, read(process, "uid_map")
        end)
        support.fails("EINVAL", "^idmap: maps: Invalid argument", table.unpack(result, 1, 3))
        assert.equal("", written)
      end)
    end)
  end)
end

describe("root", function()
  if not support.root then
    it("has its own tests", function() pending("needs root") end)
    return
  end

  it("can take any ids, and keeps those that are nil", function()
    local first, second = support.child(function()
      assert(sys.setgroups { 300, 100, 200 })
      assert(sys.setresgid(11, 12, 13))
      assert(sys.setresuid(0, 0, 21))
      local first = sys.getids()
      assert(sys.setresgid(nil, 14, nil))
      assert(sys.setresuid(22, nil, 23))
      return first, sys.getids()
    end)
    assert.same({ uid = 0, euid = 0, suid = 21, gid = 11, egid = 12, sgid = 13, groups = { 100, 200, 300 } }, first)
    assert.same({ uid = 22, euid = 0, suid = 23, gid = 11, egid = 14, sgid = 13, groups = { 100, 200, 300 } }, second)
  end)

  it("can drop all groups with an empty list", function()
    assert.same({}, support.child(function()
      assert(sys.setgroups { 5 })
      assert(sys.setgroups {})
      return sys.getids().groups
    end))
  end)

  it("cannot take groups that its user namespace does not map", function()
    local results = support.child(function()
      local process, go = box(function()
        local _, _, errno = sys.setgroups { 1 }
        return errno == sys.EINVAL and sys.setgroups { 0 }
      end)
      local _ <close> = process
      assert(sys.idmap(process, { uid = { { 0, 0, 1 } }, gid = { { 0, 0, 1 } } }))
      return { go() }
    end)
    assert.same({ true, "exit", 0 }, results)
  end)

  it("can write as many ranges as the kernel accepts", function()
    local expected, map = support.child(function()
      local process <close> = box()
      local ranges, expected = {}, {}
      for i = 1, 340 do
        ranges[i] = { 2 * i, 3 * i, 1 }
        expected[i] = ("%d %d 1"):format(2 * i, 3 * i)
      end
      assert(sys.idmap(process, { uid = ranges, gid = ranges }))
      assert(read(process, "uid_map") == read(process, "gid_map"))
      return table.concat(expected, " "), read(process, "uid_map")
    end)
    assert.equal(expected, map)
  end)

  it("gets an error for ranges whose text exceeds what the kernel reads", function()
    local result = support.child(function()
      local process <close> = box()
      local ranges = {}
      for i = 1, 340 do ranges[i] = { 4000000000 + i, 4000000000 + i, 1 } end
      return { sys.idmap(process, { uid = ranges }) }
    end)
    support.fails("EOVERFLOW", "^idmap: uid_map: ", table.unpack(result, 1, 3))
  end)

  it("cannot map ranges that overlap or wrap around", function()
    local results = support.child(function()
      local process <close> = box()
      return {
        { sys.idmap(process, { uid = { { 0, 0, 10 }, { 5, 100, 10 } } }) },
        { sys.idmap(process, { uid = { { 4294967290, 0, 10 } } }) },
      }
    end)
    for _, result in ipairs(results) do
      support.fails("EINVAL", "^idmap: uid_map: Invalid argument", table.unpack(result, 1, 3))
    end
  end)

  it("sees newuidmap's own message about a second map of ranges", function()
    if not os.execute("command -v newuidmap >/dev/null") then pending("needs newuidmap") end
    local result = support.child(function()
      local process <close> = box()
      assert(sys.idmap(process, { uid = { { 0, 1000, 5 } } }))
      return { sys.idmap(process, { uid = { { 0, 1000, 5 } } }) }
    end)
    support.fails("EPERM", "^idmap: newuidmap: .*: Operation not permitted", table.unpack(result, 1, 3))
  end)

  describe("can give an ordinary user ranges, which", function()
    --- Runs as uid 1000, where /etc says that it is `tester` with these subordinate ids.
    local function as_tester(subuid, subgid, fn)
      if not os.execute("command -v newuidmap newgidmap >/dev/null") then pending("needs newuidmap, newgidmap") end
      return support.child({ flags = sys.CLONE_NEWNS }, function()
        assert(sys.mount(nil, "/", nil, sys.MS_REC | sys.MS_PRIVATE))
        assert(sys.mount("tmpfs", "/etc", "tmpfs", 0, "mode=755"))
        local passwd = "root:x:0:0::/:/bin/sh\ntester:x:1000:1000::/:/bin/sh\n"
        for name, text in pairs { passwd = passwd, group = "tester:x:1000:\n", subuid = subuid, subgid = subgid } do
          assert(sys.writefile("/etc/" .. name, text))
          assert(sys.chmod("/etc/" .. name, 420))
        end
        support.become(1000)
        return fn()
      end)
    end

    it("newuidmap and newgidmap write", function()
      local uids, gids, setgroups, ids = as_tester("tester:200000:65536\n", "tester:300000:65536\n", function()
        local process, go = box(function()
          assert(sys.setgroups { 4, 5 })
          assert(sys.setresgid(7, 7, 7))
          assert(sys.setresuid(6, 6, 6))
        end)
        local _ <close> = process
        assert(sys.idmap(process, {
          uid = { { 0, 1000, 1 }, { 1, 200000, 65536 } }, gid = { { 0, 300000, 1000 }, { 1000, 301000, 64536 } },
        }))
        local setgroups = read(process, "setgroups")
        local uids, gids = read(process, "uid_map"), read(process, "gid_map")
        return uids, gids, setgroups, { go() }
      end)
      assert.equal("0 1000 1 1 200000 65536", uids)
      assert.equal("0 300000 1000 1000 301000 64536", gids)
      assert.equal("allow", setgroups)
      assert.same({ true, "exit", 0 }, ids)
    end)

    it("leave no descriptor open", function()
      assert.is_true(as_tester("tester:200000:65536\n", "tester:200000:65536\n", function()
        local process, go = box() -- go holds the pipe on which the box waits
        local _ <close> = process
        local before = #support.descriptors()
        assert(sys.idmap(process, { uid = { { 0, 200000, 10 } }, gid = { { 0, 200000, 10 } } }))
        sys.idmap(process, { uid = { { 0, 200000, 10 } } })
        local after = #support.descriptors()
        go()
        return before == after
      end))
    end)

    it("newuidmap refuses with its own message if they are not in /etc/subuid", function()
      local result = as_tester("tester:200000:65536\n", "", function()
        local process <close> = box()
        return { sys.idmap(process, { uid = { { 0, 5000, 10 } } }) }
      end)
      support.fails("EPERM", "^idmap: newuidmap: uid range .* not allowed: Operation not permitted",
        table.unpack(result, 1, 3))
    end)

    it("newgidmap refuses if they are not in /etc/subgid", function()
      local result = as_tester("tester:200000:65536\n", "", function()
        local process <close> = box()
        return { sys.idmap(process, { uid = { { 0, 200000, 10 } }, gid = { { 0, 200000, 10 } } }) }
      end)
      support.fails("EPERM", "^idmap: newgidmap: gid range .* not allowed: Operation not permitted",
        table.unpack(result, 1, 3))
    end)
  end)
end)

describe("an ordinary user", function()
  local uid = support.users[#support.users]
  local function as_user(fn) return support.child({ uid = uid }, fn) end
  if uid == 0 then return end
  teardown(support.cleanup)

  it("cannot become another user", function()
    local results = as_user(function()
      return { { sys.setresuid(0, 0, 0) }, { sys.setresgid(0, 0, 0) }, { sys.setgroups {} } }
    end)
    support.fails("EPERM", "^setresuid: Operation not permitted", table.unpack(results[1], 1, 3))
    support.fails("EPERM", "^setresgid: Operation not permitted", table.unpack(results[2], 1, 3))
    support.fails("EPERM", "^setgroups: Operation not permitted", table.unpack(results[3], 1, 3))
  end)

  it("can set its ids to those that it has", function()
    assert.is_true(as_user(function() return sys.setresuid(uid, uid, uid) and sys.setresgid(uid, nil, uid) end))
  end)

  it("cannot map another user's processes", function()
    local result = as_user(function() return { sys.idmap(1, { uid = { { 0, uid, 1 } } }) } end)
    support.fails("EACCES", "^idmap: uid_map: Permission denied", table.unpack(result, 1, 3))
  end)

  it("cannot map a foreign id without newuidmap, and the error names the package", function()
    local r = support.recipe([[
      local sys = require "nsengine.sys"
      local r, w = sys.pipe()
      local child <close> = assert(sys.clone(sys.CLONE_NEWUSER, function() w:close() r:read() end))
      print(sys.idmap(child, { uid = { { 0, 200000, 1 } } }))
      print(sys.idmap(child, { gid = { { 0, 200000, 2 } } }))]], { uid = uid, env = { PATH = "/nonexistent" } })
    assert.equal(0, r.code, r.stderr)
    assert.equal(([[
nil	idmap: newuidmap is not installed (Debian's package uidmap): No such file or directory (ENOENT)	%d
nil	idmap: newgidmap is not installed (Debian's package uidmap): No such file or directory (ENOENT)	%d
]]):format(sys.ENOENT, sys.ENOENT), r.stdout)
  end)

  it("runs newuidmap with default signals, whatever the caller blocks and ignores", function()
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/newuidmap", [[#!/bin/sh
      sed -n '/^Sig[BI]/s/.*\t//p' /proc/self/status | tr '\n' ' ' >&2; exit 1]]))
    assert(sys.chmod(dir.path .. "/newuidmap", 493))
    local r = support.run { "/usr/bin/env", "--block-signal=USR1", "--ignore-signal=USR2", "lua5.4", "-e", ([[
      package.cpath = "%s/?.so"
      local sys = require "nsengine.sys"
      local r, w = sys.pipe()
      local child <close> = assert(sys.clone(sys.CLONE_NEWUSER, function() w:close() r:read() end))
      print(select(2, sys.idmap(child, { uid = { { 0, 200000, 1 } } }))) ]])
      :format((support.launcher(uid):gsub("nsengine$", "lib"))), uid = uid,
      env = { PATH = dir.path .. ":/usr/bin:/bin", LD_PRELOAD = os.getenv "LD_PRELOAD",
        ASAN_OPTIONS = os.getenv "ASAN_OPTIONS" } }
    assert.matches("^idmap: newuidmap: 0000000000000000 %x+0000000 : Operation not permitted", r.stdout, r.stderr)
  end)
end)

describe("the functions for identity", function()
  it("raise for wrong arguments", function()
    for _, name in ipairs { "setresuid", "setresgid" } do
      support.misuse(1, name, "%-1 is out of range: 0 to 4294967294", -1)
      support.misuse(2, name, "4294967295 is out of range", nil, 4294967295)
      support.misuse(3, name, "number expected, got string", nil, nil, "0")
      support.misuse(1, name, "number has no integer representation", 0.5)
    end
    support.misuse(1, "setgroups", "table expected, got no value")
    support.misuse(1, "setgroups", "entry 2: group id 0 to 4294967294 expected", { 0, "1" })
    support.misuse(1, "setgroups", "entry 1: group id", { -1 })
    support.misuse(1, "setgroups", "entry 1: group id", { 4294967295 })
    local many = {}
    for i = 1, 65537 do many[i] = i end
    support.misuse(1, "setgroups", "too many groups", many)
    support.misuse(1, "idmap", "process %(Process, pidfd or pid%) expected, got string", "self", {})
    support.misuse(1, "idmap", "0 is out of range", 0, {})
    support.misuse(2, "idmap", "table expected, got no value", nil)
    support.misuse(2, "idmap", "unknown field 'uids'", nil, { uids = {} })
    support.misuse(2, "idmap", "field 'uid': list of {inside, outside, count} expected, got number", nil, { uid = 0 })
    support.misuse(2, "idmap", "field 'gid': range 1: {inside, outside, count} expected, got number", nil,
      { gid = { 0, 1000, 1 } })
    for _, range in ipairs { { -1, 0, 1 }, { 0, 4294967295, 1 }, { 0, 0, 0 }, { 0, 0 }, { "0", 0, 1 } } do
      support.misuse(2, "idmap", "field 'uid': range 1: {inside, outside, count} of ids expected", nil,
        { uid = { range } })
    end
    support.misuse(2, "idmap", "field 'setgroups': boolean expected, got string", nil, { setgroups = "deny" })
    local pidfd = assert(sys.pidfd_open(sys.getpid()))
    pidfd:close()
    support.misuse(1, "idmap", "closed descriptor", pidfd, {})
  end)
end)
