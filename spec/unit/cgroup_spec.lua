--- Where control groups may be made, on made-up hosts.
local cgroup = require "nsengine.cgroup"
local place = require "nsengine.cgroup_place"

local wanted = { memory = true, pids = true, usage = true }

--- A host: files = {path = text}; given = {path = true} are the paths that may be written to.
local function look(t)
  return {
    read = function(path) return t.files[path] end,
    stat = function(path) return (t.files[path] or (t.there or {})[path]) and { uid = (t.owner or {})[path] or 0 } end,
    writable = function(path) return t.euid == 0 or (t.given or {})[path:gsub("/cgroup%.procs$", "")] or false end,
    xattr = function(path) return (t.delegated or {})[path] end,
    euid = t.euid or 1000, pid = 7,
  }
end

local mount = "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

--- A host with version 2 only; its groups are {path = {controllers, passed on, processes}}.
local function unified(own, groups, t)
  t.files = { ["/proc/self/cgroup"] = "0::" .. own .. "\n", ["/proc/self/mountinfo"] = mount }
  for path, group in pairs(groups) do
    local dir = "/sys/fs/cgroup" .. (path == "/" and "" or path)
    t.files[dir .. "/cgroup.controllers"] = group[1]
    t.files[dir .. "/cgroup.subtree_control"] = group[2]
    t.files[dir .. "/cgroup.procs"] = group[3] or ""
    if path ~= "/" then t.files[dir .. "/cgroup.type"] = "domain\n" end
  end
  return look(t)
end

local all = "cpuset cpu io memory pids\n"

describe("a place for control groups in version 2", function()
  it("is the nearest group above that is the caller's and passes the controllers on", function()
    local found = assert(cgroup.find(wanted, unified("/a/b/run", { ["/"] = { all, all }, ["/a"] = { all, all },
      ["/a/b"] = { all, "memory pids\n" }, ["/a/b/run"] = { "memory pids\n", "" } },
      { given = { ["/sys/fs/cgroup/a/b"] = true, ["/sys/fs/cgroup/a/b/run"] = true } })))
    assert.same({ "/sys/fs/cgroup/a/b", "cgroup2", true, nil },
      { found.base, found.driver, found.guarded, found.moves })
    -- Not b, whose children have no memory controller.
    found = cgroup.find(wanted, unified("/a/b/run", { ["/"] = { all, all }, ["/a"] = { all, all },
      ["/a/b"] = { all, "pids\n" }, ["/a/b/run"] = { "pids\n", "" } },
      { given = { ["/sys/fs/cgroup/a"] = true, ["/sys/fs/cgroup/a/b"] = true } }))
    assert.equal("/sys/fs/cgroup/a", found.base)
  end)

  it("is the caller's own group if it is alone there, and the caller then moves one level down", function()
    local groups = { ["/"] = { all, all }, ["/a"] = { all, "", "7\n" } }
    local given = { given = { ["/sys/fs/cgroup/a"] = true } }
    local found = cgroup.find(wanted, unified("/a", groups, given))
    assert.same({ "/sys/fs/cgroup/a", true, { "memory", "pids" } }, { found.base, found.moves, found.enable })
    groups["/a"][3] = "7\n8\n"
    local none, why, hint = cgroup.find(wanted, unified("/a", groups, given))
    assert.is_nil(none)
    assert.equal("other processes share this process's control group /sys/fs/cgroup/a, so it cannot have child groups "
      .. "with limits", why)
    assert.matches("mkdir /sys/fs/cgroup/a/run", hint)
  end)

  it("is used without a move if no controller has to be passed on, or in the root group", function()
    local found = cgroup.find({ usage = true }, unified("/a", { ["/"] = { all, all }, ["/a"] = { all, "", "7\n8\n" } },
      { given = { ["/sys/fs/cgroup/a"] = true } }))
    assert.same({ "/sys/fs/cgroup/a", false }, { found.base, found.moves })
    found = cgroup.find(wanted, unified("/", { ["/"] = { all, "", "1\n7\n" } }, { euid = 0 }))
    assert.same({ "/sys/fs/cgroup", false, { "memory", "pids" } }, { found.base, found.moves, found.enable })
  end)

  it("is requested from systemd, not taken, unless systemd delegated it", function()
    local groups = { ["/"] = { all, all }, ["/s"] = { all, all }, ["/s/scope"] = { all, "", "7\n" } }
    local systemd = { ["/run/systemd/system"] = true }
    local none, _, hint = cgroup.find(wanted, unified("/s/scope", groups, { euid = 0, there = systemd }))
    assert.is_nil(none)
    assert.matches("systemd%-run %-%-scope %-p Delegate=yes nsengine", hint)
    systemd["/run/dbus/system_bus_socket"] = true
    assert.equal("system", cgroup.find(wanted, unified("/s/scope", groups, { euid = 0, there = systemd })).scope)
    systemd["/run/user/1000/bus"] = true
    assert.equal("user", cgroup.find(wanted, unified("/s/scope", groups, { there = systemd })).scope)
    local delegated = { ["/sys/fs/cgroup/s/scope"] = "1" }
    local found = cgroup.find(wanted, unified("/s/scope", groups, { euid = 0, there = systemd, delegated = delegated }))
    assert.same({ "/sys/fs/cgroup/s/scope", true, nil }, { found.base, found.moves, found.scope })
  end)

  describe("that the user's systemd manages", function()
    local manager = "/user.slice/user-1000.slice/user@1000.service"
    local app, has = manager .. "/app.slice", "cpu memory pids\n"

    --- All below user@1000.service belongs to the user; app.slice passes on what some unit in it needs. `own` has our
    --- process; `more` are other groups.
    local function of_user(own, t, more)
      local groups = { ["/"] = { all, all }, ["/user.slice/user-1000.slice"] = { all, all }, [manager] = { has, has },
        [app] = { has, has }, [own] = { has, "", "7\n" } }
      for path, group in next, more or {} do groups[path] = group end
      t.there = t.there or { ["/run/user/1000/bus"] = true }
      t.there["/run/systemd/system"] = true
      t.owner, t.given = {}, {}
      for path in next, groups do
        local dir = "/sys/fs/cgroup" .. path
        t.there[dir] = true
        if path:find("user@", 1, true) then t.owner[dir], t.given[dir] = 1000, true end
      end
      return unified(own, groups, t)
    end

    it("is not taken in units that are not delegated, whose controllers systemd takes back", function()
      for _, unit in ipairs { "/shell.scope", "/some.service" } do
        local found = cgroup.find(wanted, of_user(app .. unit, {}))
        assert.same({ "user", "/sys/fs/cgroup" .. app .. unit }, { found.scope, found.base })
      end
    end)

    it("is the scope that was requested, once the process is in it", function()
      local scope = app .. "/nsengine-7-1234.scope"
      local found = cgroup.find(wanted, of_user(scope, {}))
      assert.same({ "/sys/fs/cgroup" .. scope, true, nil }, { found.base, found.moves, found.scope })
      -- The next limit needs another controller: the leaf's parent passes it on, without a move.
      found = cgroup.find(wanted, of_user(scope .. "/nsengine-supervisor", {}, { [scope] = { has, "memory\n" } }))
      assert.same({ "/sys/fs/cgroup" .. scope, false, { "pids" } }, { found.base, found.moves, found.enable })
    end)

    it("is the unit itself where no bus can be asked, for the unit may have been started delegated", function()
      local unit = app .. "/run-r1.scope"
      local found = cgroup.find(wanted, of_user(unit, { there = {} }))
      assert.same({ "/sys/fs/cgroup" .. unit, true, nil }, { found.base, found.moves, found.scope })
    end)

    it("is not used for root's limits, because its user could move processes out of them", function()
      local system = { ["/run/dbus/system_bus_socket"] = true }
      local found = cgroup.find(wanted, of_user(app .. "/nsengine-7-1.scope", { euid = 0, there = system }))
      assert.equal("system", found.scope)
    end)

    it("is not requested for a controller that systemd does not delegate", function()
      local none, why, hint = cgroup.find({ memory = true, io = true, usage = true }, of_user(app .. "/a.scope", {}))
      assert.is_nil(none)
      assert.equal("systemd does not delegate the controller 'io' to users", why)
      assert.matches("Delegate=cpu cpuset io memory pids", hint, 1, true)
    end)
  end)

  it("comes with a command that works: systemd-run needs a running manager, but no bus", function()
    local groups = { ["/"] = { all, all }, ["/s"] = { all, "", "7\n" } }
    local function hint(t) return (select(3, cgroup.find(wanted, unified("/s", groups, t)))) end
    local there = { ["/run/systemd/system"] = true }
    assert.equal("start it as: systemd-run --scope -p Delegate=yes nsengine ...", hint { euid = 0, there = there })
    assert.equal("as root: loginctl enable-linger 1000; then start it as: systemd-run --user --scope -p Delegate=yes "
      .. "nsengine ...", hint { there = there })
    there["/run/user/1000/systemd"] = true
    assert.equal("start it as: systemd-run --user --scope -p Delegate=yes nsengine ...", hint { there = there })
  end)

  it("is refused where no group is the caller's, and the message says how to get one", function()
    local none, why, hint = cgroup.find(wanted, unified("/a", { ["/"] = { all, all }, ["/a"] = { all, "" } }, {}))
    assert.is_nil(none)
    assert.equal("this process's control group /sys/fs/cgroup/a is not delegated to it", why)
    local give = "echo '+memory +pids' >cgroup.subtree_control; mkdir -p nsengine/run; echo '+memory +pids' "
      .. ">nsengine/cgroup.subtree_control; chown -R %s nsengine; echo PID >nsengine/run/cgroup.procs, where PID is "
      .. "the shell that starts it: echo $$"
    assert.equal("as root: cd /sys/fs/cgroup; " .. give:format "1000", hint)
    -- In a container the processes in the root group are in the way.
    local host = unified("/a", { ["/"] = { all, all }, ["/a"] = { all, "" } }, {})
    local stat, read = host.stat, host.read
    host.stat = function(path) return path == "/sys/fs/cgroup/cgroup.type" and { uid = 0 } or stat(path) end
    host.read = function(path) return path == "/etc/passwd" and "root:x:0:\nme:x:1000:1000\n" or read(path) end
    hint = select(3, cgroup.find(wanted, host))
    assert.equal("as root: cd /sys/fs/cgroup; mkdir rest; for p in $(cat cgroup.procs); do echo $p >rest/cgroup.procs; "
      .. "done; " .. give:format "me", hint)
    hint = select(3, cgroup.find(wanted, unified("/a", { ["/"] = { all, all }, ["/a"] = { all, "" } },
      { there = { ["/run/systemd/system"] = true } })))
    assert.equal("as root: loginctl enable-linger 1000; then start it as: systemd-run --user --scope -p Delegate=yes "
      .. "nsengine ...", hint)
  end)
end)

describe("a place for control groups in version 1", function()
  local mountinfo = mount:gsub("nsdelegate", "x") .. "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    .. "33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    .. "34 31 0:31 /c /sys/fs/cgroup/my\\040pids rw - cgroup cgroup rw,pids\n"
  local own = "4:memory:/m\n3:cpu,cpuacct:/\n2:pids:/c/d\n0::/\n"

  local function hybrid(given, euid)
    return look { euid = euid, given = given, files = { ["/proc/self/cgroup"] = own,
      ["/proc/self/mountinfo"] = mountinfo, ["/sys/fs/cgroup/cgroup.controllers"] = "hugetlb\n" } }
  end

  it("is the caller's own group in each hierarchy, where version 2 lacks the controllers", function()
    local found = assert(cgroup.find({ memory = true, cpu = true, usage = true, pids = true }, hybrid(nil, 0)))
    local bases = {}
    for i, hierarchy in ipairs(found.hierarchies) do bases[i] = hierarchy.base end
    assert.same({ "cgroup1", false, { "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory/m", "/sys/fs/cgroup/my pids/d" } },
      { found.driver, found.guarded, bases })
    assert.same({ cpu = true, usage = true }, found.hierarchies[1].controllers)
  end)

  it("is refused where a hierarchy is missing or not the caller's", function()
    local _, why = cgroup.find({ cpuset = true, usage = true }, hybrid(nil, 0))
    assert.equal("cgroup v2 has no controller 'cpuset' here, and this host has no cgroup controller 'cpuset'", why)
    local hint
    _, why, hint = cgroup.find({ memory = true, usage = true }, hybrid {})
    assert.equal("this process's control group /sys/fs/cgroup/memory/m is not delegated to it", why)
    assert.equal("as root: for d in /sys/fs/cgroup/memory/m /sys/fs/cgroup/cpu; do mkdir $d/nsengine; chown -R 1000 "
      .. "$d/nsengine; done; then start it as: sh -c 'for d in /sys/fs/cgroup/memory/m /sys/fs/cgroup/cpu; do echo $$ "
      .. ">$d/nsengine/cgroup.procs; done; exec nsengine ...'", hint)
    hint = select(3, cgroup.find({ memory = true, usage = true }, hybrid { ["/sys/fs/cgroup/cpu"] = true }))
    assert.equal("as root: mkdir /sys/fs/cgroup/memory/m/nsengine; chown -R 1000 /sys/fs/cgroup/memory/m/nsengine; "
      .. "then start it as: sh -c 'echo $$ >/sys/fs/cgroup/memory/m/nsengine/cgroup.procs; exec nsengine ...'", hint)
    assert.truthy(cgroup.find({ memory = true, usage = true }, hybrid { ["/sys/fs/cgroup/memory/m"] = true }))
    own = "5:cpuset:/s\n" .. own
    mountinfo = mountinfo .. "40 30 0:40 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    hint = select(3, cgroup.find({ cpuset = true, usage = true }, hybrid { ["/sys/fs/cgroup/cpu"] = true }))
    assert.matches("^as root: mkdir /sys/fs/cgroup/cpuset/s/nsengine; chown [^;]*; for f in cpus mems; do "
      .. "cat /sys/fs/cgroup/cpuset/s/cpuset.$f >/sys/fs/cgroup/cpuset/s/nsengine/cpuset.$f; done; then start", hint)
  end)
end)

describe("the parser of cgroup files", function()
  it("reads the groups of a process, and lists of processors", function()
    assert.same({ [""] = "/x:y", cpu = "/", cpuacct = "/", ["name=systemd"] = "/s" },
      place.own "3:cpu,cpuacct:/\n2:name=systemd:/s\n0::/x:y\n")
    local set, count = place.processors "0-2,5\n"
    assert.same({ { [0] = true, true, true, [5] = true }, 4 }, { set, count })
  end)

  it("reads the figures of a group in either version", function()
    local function figures(version, files)
      local values = {}
      for _, figure in ipairs(require("nsengine.cgroup_v" .. version).figures) do
        if files[figure[3]] then values[figure[1]] = figure[4](files[figure[3]]) end
      end
      return values
    end
    assert.same({ memory_peak = 4096, oom = 3, oom_kills = 2, pids_failures = 9, cpu_time = 1.5, cpu_user = 1.0,
      io_read = 30, io_written = 7 }, figures(2, {
      ["memory.peak"] = "4096\n", ["memory.events"] = "low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 1\n",
      ["pids.events"] = "max 9\n", ["cpu.stat"] = "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n",
      ["io.stat"] = "8:0 rbytes=10 wbytes=3 rios=1 wios=1\n8:16 rbytes=20 wbytes=4 rios=1 wios=1\n" }))
    assert.same({ memory_peak = 4096, oom = 3, oom_kills = 2, pids_failures = 9, cpu_time = 1.5, io_read = 10,
      io_written = 5 }, figures(1, {
      ["memory.max_usage_in_bytes"] = "4096\n", ["memory.failcnt"] = "3\n", ["pids.events"] = "max 9\n",
      ["memory.oom_control"] = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", ["cpuacct.usage"] = "1500000000\n",
      ["blkio.throttle.io_service_bytes_recursive"] = "8:0 Read 10\n8:0 Write 5\n8:0 Total 15\nTotal 15\n" }))
  end)
end)

describe("systemd", function()
  it("is asked for a delegated scope around this process", function()
    local words = table.concat(require("nsengine.cgroup_scope").command("user", "nsengine-7.scope", 7), " ")
    local uid = require("nsengine.sys").getids().euid
    -- Not --user, which takes the bus's address from the environment.
    assert.equal(("busctl --address=unix:path=/run/user/%d/bus"):format(uid)
      .. " --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 "
      .. "org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv)) nsengine-7.scope fail 4 "
      .. "Description s nsengine: sandboxes of process 7 PIDs au 1 7 Delegate b true "
      .. "CollectMode s inactive-or-failed 0",
      words)
    assert.equal("--system", require("nsengine.cgroup_scope").command("system", "nsengine-7.scope", 7)[2])
  end)
end)

describe("a group that a killed supervisor left", function()
  it("is removed, and one whose name only looks like that stays", function()
    local support, sys = require "support", require "nsengine.sys"
    local dir <close> = support.tempdir()
    local names = { "mine-0-1-1", "mine-4194303-1-2", "mine-99999999999999999999-1-3", "mine-x-1-4",
      "yours-4194303-1-5" }
    for _, name in ipairs(names) do assert(sys.mkdir(dir.path .. "/" .. name, 448)) end
    local base <close> = assert(sys.open(dir.path, sys.O_RDONLY | sys.O_DIRECTORY))
    assert.is_true(require "nsengine.cgroup_sweep"(base, dir.path, "mine-", sys.monotonic() + 10))
    table.remove(names, 2)
    local left = sys.list(dir.path)
    table.sort(left)
    assert.same(names, left)
  end)
end)
