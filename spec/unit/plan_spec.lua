--- From the fields of a recipe to the steps that the kernel will take, on made-up hosts.
local engine = require "support.engine"

local ns = require "nsengine"
local build, lines, only = engine.plan, engine.lines, engine.only
local message = engine.message

local ALL = 0x7e020080

describe("the plan of an empty sandbox", function()
  it("shares nothing, and has every step of confinement", function()
    local plan = build {}
    assert.equal(ALL, plan.flags)
    assert.is_true(plan.init)
    assert.same({
      "hostname sandbox", "keyring", "private", "scratch", "root_tmpfs mode=755; 6", "readonly /", "pivot",
      "link_up lo",
      "capabilities 0 239 0", "no_new_privs 1", "stdio", "session", "chdir /", "scrub 1", "umask 18",
      "filter default 0",
    }, lines(plan))
  end)

  it("records which field asked for each step", function()
    local plan = build { hostname = "x", fs = { ["/usr"] = ns.ro "/usr" } }
    local by_step = {}
    for i, step in ipairs(plan.steps) do by_step[step[1]] = plan.origin[i] end
    assert.equal("hostname", by_step.hostname.field)
    assert.equal("fs./usr", by_step.bind.field)
    assert.equal("recipe.lua:" .. #"fs./usr", by_step.bind.where)
  end)
end)

describe("the steps of a plan", function()
  it("are those of the engine, in its order", function()
    local plan = require "nsengine.plan"
    local place, phases, seen = {}, {}, {}
    for i, step in ipairs(require("nsengine.sys").step_list()) do place[step.name], phases[i] = i, step.phase end
    local last, count = 0, 0
    for _, names in ipairs(plan.order) do
      for _, name in ipairs(names) do
        assert.is_truthy(place[name], name)
        assert.is_true(place[name] > last or phases[place[name]] == "mounts", name)
        last, count, seen[name] = math.max(last, place[name]), count + 1, true
      end
    end
    for name in next, place do assert.is_true(seen[name], name) end
    assert.equal(#phases, count)
  end)

  it("have the same order, whatever the order of the fields", function()
    local values = { nice = 5, hostname = "a", umask = "077", cwd = "/x", limits = { files = 5, core = "1M" } }
    for _, order in ipairs { "nice hostname umask cwd limits", "limits cwd umask hostname nice" } do
      local fields = {}
      for name in order:gmatch "%a+" do fields[name] = values[name] end
      assert.same({ "chdir /x", "scrub 1048576", "rlimit 7 5 5", "nice 5", "umask 63" },
        only(build(fields), "chdir", "scrub", "rlimit", "nice", "umask"))
    end
  end)
end)

describe("the user of a sandbox that an ordinary user starts", function()
  local function ids(user, host) return build({ user = user }, host) end

  it("is the caller by default", function()
    for _, plan in ipairs { ids(), ids "self" } do
      assert.same({ { 1000, 1000, 1 } }, plan.uid_map)
      assert.same({ { 1000, 1000, 1 } }, plan.gid_map)
      assert.equal("deny", plan.setgroups)
      assert.is_nil(plan.inner)
      assert.same({}, only(plan, "ids", "userns", "setgroups"))
    end
  end)

  it("can be root inside only", function()
    local plan = ids "root"
    assert.same({ { 0, 1000, 1 } }, plan.uid_map)
    assert.same({}, only(plan, "ids", "userns", "setgroups"))
  end)

  it("can be nobody, by a second namespace without a map", function()
    local plan = ids "nobody"
    assert.same({ { 0, 1000, 1 } }, plan.uid_map)
    assert.same({}, plan.inner)
    assert.same({ "userns" }, only(plan, "ids", "userns", "setgroups"))
  end)

  it("can be any single id", function()
    local plan = ids { uid = 5, gid = 6 }
    assert.same({ { 5, 1000, 1 } }, plan.uid_map)
    assert.same({ { 6, 1000, 1 } }, plan.gid_map)
    assert.equal("deny", plan.setgroups)
    assert.same({}, only(plan, "ids", "userns", "setgroups"))
  end)

  it("can be one of many ids, and then has no groups but those that are named", function()
    local map = { { 0, 1000, 1 }, { 1, 100000, 65535 } }
    local plan = ids { uid = 33, gid = 34, uid_map = map, gid_map = map }
    assert.same(map, plan.uid_map)
    assert.equal("allow", plan.setgroups)
    assert.same({ "setgroups ", "ids 33 34" }, only(plan, "ids", "userns", "setgroups"))
    plan = ids { uid = 33, gid = 34, uid_map = map, gid_map = map, groups = { 40 } }
    local packed
    for _, step in ipairs(plan.steps) do packed = step[1] == "setgroups" and step[2] or packed end
    assert.equal(string.pack("=I4", 40), packed)
    plan = ids { uid_map = map, gid_map = map, groups = "keep" }
    assert.same({}, only(plan, "ids", "userns", "setgroups"))
  end)

  it("owns the files that the sandbox makes", function()
    local map = { { 0, 1000, 1 }, { 1, 100000, 65535 } }
    local plan = build { user = { uid = 33, gid = 34, uid_map = map, gid_map = map },
      fs = { ["/tmp"] = ns.tmpfs, ["/dev"] = ns.dev } }
    assert.same({ "filesystem tmpfs /tmp size=67108864;mode=1777;nr_inodes=16384;uid=33;gid=34; 6",
      "dev /dev 33 34 67108864" },
      { only(plan, "filesystem")[1], only(plan, "dev")[1] })
  end)

  it("is refused if the map does not fit", function()
    assert.equal("recipe.lua:12: user.uid_map: it must map your own id, 1000, too, because the set-up runs as you: "
      .. "add { INSIDE, 1000, 1 }", (message(ids, { uid_map = { { 0, 100000, 65536 } } })))
    assert.equal("recipe.lua:8: user.uid: user.uid_map does not map it",
      (message(ids, { uid = 9, uid_map = { { 0, 1000, 1 } } })))
    assert.matches("user.groups: an ordinary user can set groups only if gid_map maps more than the own id",
      (message(ids, { groups = { 5 } })))
  end)

  it("keeps the caller's groups with a warning, unless the recipe accepts them", function()
    local host = engine.host { groups = { 1000, 27, 100 } }
    assert.same({ "recipe.lua:4: user: supplementary groups kept: 27, 100; an ordinary user cannot drop them "
      .. '(user = { groups = "keep" } accepts it)' }, ids(nil, host).warnings)
    assert.same({}, ids({ groups = "keep" }, host).warnings)
    assert.same({}, ids(nil, engine.host()).warnings)
  end)
end)

describe("the user of a sandbox that root starts", function()
  local everyone = { { 0, 0, 4294967295 } }
  local function ids(user, host) return build({ user = user }, host or engine.root()) end

  it("is not the host's root", function()
    for _, plan in ipairs { ids(), ids "nobody" } do
      assert.same(everyone, plan.uid_map)
      assert.equal("allow", plan.setgroups)
      assert.same({ "setgroups ", "ids 65534 65534", "userns" }, only(plan, "setgroups", "ids", "userns"))
      assert.same({ uid_map = { { 65534, 65534, 1 } }, gid_map = { { 65534, 65534, 1 } } }, plan.inner)
    end
    local plan = ids("root", engine.root { subuid = 100000, subgid = 200000 })
    assert.same({ "setgroups ", "ids 100000 200000", "userns" }, only(plan, "setgroups", "ids", "userns"))
    assert.same({ uid_map = { { 0, 100000, 1 } }, gid_map = { { 0, 200000, 1 } } }, plan.inner)
  end)

  it("is the host's root if the recipe asks for it", function()
    local plan = ids "self"
    assert.same({ "setgroups ", "userns" }, only(plan, "setgroups", "ids", "userns"))
    assert.same({ uid_map = { { 0, 0, 1 } }, gid_map = { { 0, 0, 1 } } }, plan.inner)
  end)

  it("can be another user of the host, under any id", function()
    local plan = ids { uid = 0, gid = 0, uid_map = { { 0, 1000, 1 }, { 1, 5000, 10 } }, gid_map = { { 0, 1001, 1 } } }
    assert.same({ "setgroups ", "ids 1000 1001", "userns" }, only(plan, "setgroups", "ids", "userns"))
    assert.same({ { 0, 1000, 1 }, { 1, 5000, 10 } }, plan.inner.uid_map)
    plan = ids { uid = 7, gid = 8 }
    assert.same({ uid_map = { { 7, 65534, 1 } }, gid_map = { { 8, 65534, 1 } } }, plan.inner)
  end)

  it("has the groups that the recipe asks for, translated to the host's ids", function()
    local plan = ids { gid_map = { { 0, 1000, 50 } }, groups = { 5, 6 } }
    assert.same({ "setgroups " .. string.pack("=I4I4", 1005, 1006):gsub("%z", ";") }, only(plan, "setgroups"))
    assert.same({}, only(ids { groups = "keep" }, "setgroups"))
    assert.equal("recipe.lua:11: user.groups: user.gid_map does not map 5",
      (message(ids, { gid_map = { { 0, 1000, 1 } }, groups = { 5 } })))
  end)

  it("with capabilities is set up in the only namespace there is, whose ids its groups have", function()
    local plan = build({ caps = { "chown" }, user = { uid = 7, gid = 8, groups = { 9 },
      uid_map = { { 7, 1000, 1 } }, gid_map = { { 8, 1000, 2 } } } }, engine.root())
    assert.same({ { 8, 1000, 2 } }, plan.gid_map)
    assert.is_nil(plan.inner)
    assert.same({ "become 7 8", "setgroups " .. string.pack("=I4", 9):gsub("%z", ";") },
      only(plan, "become", "setgroups", "ids", "userns"))
    plan = build({ caps = { "chown" }, user = { groups = "keep" } }, engine.root())
    assert.same({}, only(plan, "setgroups"))
  end)

  it("stays within the ids of a container", function()
    local plan = ids(nil, engine.root { uid_map = { { 0, 100000, 65536 } }, gid_map = { { 0, 100000, 65536 } },
      subuid = 200000 })
    assert.same({ { 0, 0, 65536 } }, plan.uid_map)
    assert.same({ "ids 65534 65534" }, only(plan, "ids"))
  end)

  it("is the caller if there is no other id, as in a sandbox", function()
    local alone = { { 0, 1000, 1 } }
    local plan = ids(nil, engine.root { uid_map = alone, gid_map = alone })
    assert.same({ { 0, 0, 1 } }, plan.uid_map)
    assert.equal("deny", plan.setgroups)
    assert.same({}, only(plan, "setgroups", "ids", "userns"))
  end)

  it("owns the files that the sandbox makes", function()
    local plan = build({ fs = { ["/tmp"] = ns.tmpfs { size = "1M" }, ["/dev"] = ns.dev } }, engine.root())
    assert.same({
      "dev /dev 65534 65534 67108864",
      "filesystem tmpfs /tmp size=1048576;mode=1777;nr_inodes=1024;uid=65534;gid=65534; 6",
    }, only(plan, "dev", "filesystem"))
  end)
end)

describe("share", function()
  it("leaves a namespace as the caller's", function()
    for word, bit in pairs(require("nsengine.plan").namespaces) do
      local host = word == "user" and engine.root() or engine.host()
      assert.equal(ALL & ~bit, build({ share = { word } }, host).flags, word)
    end
    assert.equal(ALL & ~0x40000000, build({ net = "host" }).flags)
  end)

  it("omits the steps that a shared namespace makes impossible", function()
    assert.same({}, only(build { share = { "net" } }, "link_up"))
    assert.same({}, only(build { net = "host" }, "link_up"))
    assert.same({}, only(build { share = { "uts" } }, "hostname"))
    assert.same({}, only(build { share = { "mount" } }, "private", "root_tmpfs", "pivot", "readonly"))
    assert.is_true(build({ share = { "pid" } }).init)
  end)

  it("of the user namespace is for root alone", function()
    assert.matches("share: an ordinary user needs a new user namespace", (message(build, { share = { "user" } })))
    local plan = build({ share = { "user" } }, engine.root())
    assert.is_nil(plan.uid_map)
    assert.same({ "setgroups ", "ids 65534 65534" }, only(plan, "setgroups", "ids", "userns"))
    plan = build({ share = { "user" }, user = "self" }, engine.root())
    assert.same({ "setgroups " }, only(plan, "setgroups", "ids", "userns"))
    plan = build({ share = { "user" }, user = { uid = 33, gid = 34 } }, engine.root())
    assert.same({ "ids 33 34" }, only(plan, "ids"))
    plan = build({ share = { "user" }, user = { uid = 33, gid = 34, groups = "keep" } }, engine.root())
    assert.same({ "ids 33 34" }, only(plan, "setgroups", "ids"))
    assert.matches("user: a shared user namespace has no map of its own",
      (message(build, { share = { "user" }, user = "root" }, engine.root())))
  end)

  it("refuses fields that contradict it", function()
    for field, fields in pairs {
      hostname = { share = { "uts" }, hostname = "x" }, domainname = { share = { "uts" }, domainname = "x" },
      net = { share = { "net" }, net = "none" }, clock = { share = { "time" }, clock = { boottime = 1 } },
      fs = { share = { "mount" }, fs = { ["/"] = ns.ro "/" } },
      ["fs./proc"] = { share = { "pid" }, fs = { ["/proc"] = ns.proc } },
      ["fs./sys"] = { net = "host", fs = { ["/sys"] = ns.sys } },
      ["fs./mq"] = { share = { "ipc" }, fs = { ["/mq"] = ns.mqueue } },
    } do
      local _, err = message(build, fields)
      assert.equal("recipe", err.kind)
      assert.equal(field, err.field)
    end
  end)
end)

describe("fs", function()
  local function tree(fs, host) return only(build({ fs = fs }, host), "private", "scratch", "root_tmpfs", "root_bind",
    "root_overlay", "bind", "filesystem", "dev", "directory", "file", "symlink", "mask", "hide",
      "readonly", "pivot") end

  local everything = "hide  run;sys;proc;dev;etc/machine-id;var/lib/dbus/machine-id;"

  it("is mounted parents first", function()
    assert.same({ "private", "scratch", "root_bind / 7 1", everything, "bind /usr /a 7 1", "bind /usr /b 7 1",
      "bind /usr /a/b 7 1",
      "bind /usr /a/b/c 7 1", "pivot" }, tree {
      ["/a/b/c"] = ns.ro "/usr", ["/b"] = ns.ro "/usr", ["/a/b"] = ns.ro "/usr", ["/"] = ns.ro "/",
      ["/a"] = ns.ro "/usr",
    })
  end)

  it("is mounted in the order of a list, if it is one", function()
    assert.same({ "private", "scratch", "root_bind / 7 1", everything, "bind /usr /b 7 1", "directory /a 493",
      "directory /b 448", "pivot" },
      tree { { "/", ns.ro "/" }, { "/b", ns.ro "/usr" }, { "/a", ns.dir }, { "/b", ns.dir "700" } })
  end)

  it("gives each kind of mount its flags", function()
    assert.same({
      "private", "scratch", "root_tmpfs mode=755; 6", "bind /dev/kvm /a-dev 2 1", "file /b-file text 384 1000 1000",
      "directory /c-dir 493", "symlink usr/bin /d-link", "mask /e-mask", "filesystem mqueue /f-mqueue  14",
      "filesystem devpts /g-pts ptmxmode=0666;mode=0620;max=256; 10",
      "filesystem overlay /h-over lowerdir=/home/me/project/x\\:y:/z;userxattr; 7",
      "filesystem overlay /i-over lowerdir=/;upperdir=/u;workdir=/w;userxattr; 6", "filesystem sysfs /j-sys  15",
      "bind /home/me/project/src /k-rw 6 1", "filesystem proc /proc  14", "readonly /proc/sys",
      "hide /proc kallsyms;keys;cmdline;config.gz;interrupts;locks;sys/kernel/random/boot_id;",
      "readonly /", "pivot",
    }, tree {
      ["/a-dev"] = ns.dev_bind "/dev/kvm", ["/b-file"] = ns.file("text", "600"), ["/c-dir"] = ns.dir,
      ["/d-link"] = ns.symlink "usr/bin", ["/e-mask"] = ns.mask, ["/f-mqueue"] = ns.mqueue, ["/g-pts"] = ns.devpts,
      ["/h-over"] = ns.overlay { lower = { "x:y", "/z" } },
      ["/i-over"] = ns.overlay { lower = "/", upper = "/u", work = "/w" },
      ["/j-sys"] = ns.sys, ["/k-rw"] = ns.rw "./src", ["/proc"] = ns.proc,
    })
  end)

  it("takes any root: bind, tmpfs, overlay", function()
    assert.same({ "private", "scratch", "root_bind /home/me/root 6 1", "pivot" }, tree { ["/"] = ns.rw "~/root" })
    assert.same({ "private", "scratch", "root_tmpfs size=1024;mode=755;nr_inodes=1024; 6", "pivot" },
      tree { ["/"] = ns.tmpfs { size = 1024 } })
    assert.same({ "private", "scratch", "root_overlay lowerdir=/;upperdir=/u;workdir=/w;userxattr; 6", everything,
      "pivot" },
      tree { ["/"] = ns.overlay { lower = "/", upper = "/u", work = "/w" } })
    assert.equal("recipe.lua:4: fs./: ns.proc cannot be the root: use ns.ro, ns.rw, ns.dev_bind, "
      .. "ns.tmpfs or ns.overlay",
      (message(build, { fs = { ["/"] = ns.proc } })))
  end)

  it("hides what the host's root could read in /proc, where the payload is the host's root", function()
    local function hidden(user, host)
      return only(build({ user = user, fs = { ["/proc"] = ns.proc } }, host), "hide")[1]
    end
    for _, name in ipairs { "kcore", "kmsg", "sysrq%-trigger", "timer_list", "bus", "fs", "irq" } do
      assert.matches(";" .. name .. ";", hidden("self", engine.root()))
      assert.is_nil(hidden("nobody", engine.root()):find(";" .. name .. ";"))
    end
  end)

  it("hides it where the payload could become the host's root, and nowhere else", function()
    local function hides(fields)
      fields.fs = { ["/proc"] = ns.proc }
      return only(build(fields, engine.root()), "hide")[1]:find("kcore", 1, true) ~= nil
    end
    local groups = { { 1000, 100000, 1 } }
    assert.is_false(hides {})
    assert.is_false(hides { user = "root" })
    assert.is_false(hides { share = { "user" } })
    assert.is_false(hides { user = { uid_map = { { 1000, 100000, 1 } }, gid_map = groups } })
    assert.is_true(hides { user = "self" })
    assert.is_true(hides { user = "self", caps = { "chown" } })
    assert.is_true(hides { share = { "user" }, user = "self" })
    local user = { uid = 1000, uid_map = { { 1000, 100000, 1 }, { 5, 0, 1 } }, gid_map = groups }
    assert.is_true(hides { user = user })
    assert.is_true(hides { user = user, caps = { "chown" } })
  end)

  it("can limit /proc to processes, and hide processes of others", function()
    assert.same({ "filesystem proc /proc subset=pid; 14", "readonly /" },
      only(build { fs = { ["/proc"] = ns.proc { subset = "pid" } } }, "filesystem", "readonly", "hide"))
    assert.same({ "filesystem proc /proc hidepid=ptraceable; 14" },
      only(build { fs = { ["/proc"] = ns.proc { hidepid = "ptraceable" } } }, "filesystem"))
  end)

  it("shows the files of the host's root, but nothing of the running machine unless it is named", function()
    local function hidden(fs) return only(build { fs = fs }, "hide")[1] end
    assert.equal(everything, hidden { ["/"] = ns.rw "/" })
    assert.equal("hide  proc;dev;var/lib/dbus/machine-id;", hidden { ["/"] = ns.ro "/", ["/run"] = ns.ro "/run",
      ["/sys"] = ns.sys, ["/etc/machine-id"] = ns.ro "/etc/machine-id" })
    for _, path in ipairs { "//", "/.", "/../", "/usr/..", "/usr/./../." } do
      assert.equal(everything, hidden { ["/"] = ns.ro(path) }, path)
    end
    assert.is_nil(hidden { ["/"] = ns.ro "." })
    assert.equal(everything, only(build({ fs = { ["/"] = ns.ro "." } }, engine.host { cwd = "/" }), "hide")[1])
    assert.equal(everything, hidden { ["/"] = ns.overlay { lower = { "/srv", "/" }, upper = "/u", work = "/w" } })
    assert.is_nil(hidden { ["/"] = ns.overlay { lower = "/srv", upper = "/u", work = "/w" } })
    assert.is_nil(hidden { ["/"] = ns.dev_bind "/" })
    assert.is_nil(hidden { ["/"] = ns.ro "/srv" })
    assert.is_nil(hidden { ["/host"] = ns.ro "/" })
  end)

  it("keeps the file in /run that names the host's name server if the network is the host's", function()
    local host = engine.host { resolver = "/run/systemd/resolve/stub-resolv.conf" }
    local fs = { ["/"] = ns.ro "/" }
    assert.same({ "bind " .. host.resolver .. " " .. host.resolver .. " 7 0" },
      only(build({ fs = fs, net = "host" }, host), "bind"))
    assert.same({}, only(build({ fs = fs }, host), "bind"))
  end)

  it("resolves host paths from the working directory and the home directory", function()
    assert.same({ "bind /home/me/project /a 7 1", "bind /home/me/project/x/../y /b 7 1", "bind /home/me /c 7 1",
      "bind /home/me/.vimrc /d 7 1", "bind /etc /e 7 1" }, only(build { fs = {
      ["/a"] = ns.ro ".", ["/b"] = ns.ro "./x/../y", ["/c"] = ns.ro "~", ["/d"] = ns.ro "~/.vimrc",
      ["/e"] = ns.ro "/etc",
    } }, "bind"))
  end)

  it("is read-only if an optional root is missing, as if none had been given", function()
    local host = engine.host { missing = { ["/nowhere"] = true } }
    local plan = build({ fs = { ["/"] = ns.ro "/nowhere" }, optional = { "fs./" } }, host)
    assert.same({ "root_tmpfs mode=755; 6", "readonly /" }, only(plan, "root_tmpfs", "readonly"))
    assert.equal(1, #plan.warnings)
  end)

  it("reports a missing source as it was written", function()
    local host = engine.host { missing = { ["/home/me/project/src"] = true } }
    local text, err = message(build, { fs = { ["/work"] = ns.rw "./src" } }, host)
    assert.equal("recipe.lua:8: fs./work: no such file or directory: ./src", text)
    assert.equal("host", err.kind)
  end)

  it("skips a missing source that is optional, with a warning", function()
    local host = engine.host { missing = { ["/nope"] = true } }
    local plan = build({ fs = { ["/a"] = ns.ro "/nope", ["/b"] = ns.ro "/usr" }, optional = { "fs./a" } }, host)
    assert.same({ "bind /usr /b 7 1" }, only(plan, "bind"))
    assert.same({ "recipe.lua:5: fs./a: skipped: no such file or directory: /nope (listed in 'optional')" },
      plan.warnings)
    assert.has_error(function()
      build({ fs = { ["/a"] = ns.ro "/nope", ["/b"] = ns.ro "/nope" }, optional = { "fs./a" } }, host)
    end)
  end)
end)

describe("limits", function()
  it("say who enforces them", function()
    local plan = build { limits = { cpu_time = 1.5, wall_time = "1min", output = "1M", files = 64, file_size = "1K",
      stack = "8M", core = 0, processes = 5, address_space = "1G" } }
    assert.same({ "scrub 1", "rlimit 9 1073741824 1073741824", "rlimit 1 1024 1024", "rlimit 7 64 64",
      "rlimit 6 5 5", "rlimit 3 8388608 8388608", "rlimit 0 3 4" }, only(plan, "scrub", "rlimit"))
    assert.same({ cpu_time = "rlimit", wall_time = "supervisor", output = "supervisor", files = "rlimit",
      file_size = "rlimit", stack = "rlimit", core = "rlimit", processes = "rlimit", address_space = "rlimit" },
      plan.enforced)
  end)

  it("keep core dumps from the host's handler", function()
    assert.same({ "scrub 1" }, only(build {}, "scrub"))
  end)
end)

describe("what the command would inherit", function()
  it("is reset: a raised priority, protection from the OOM killer", function()
    local plan = build({}, engine.root { nice = -5, oom_score = -1000 })
    assert.same({ "oom_score 0", "nice 0" }, only(plan, "oom_score", "nice"))
    assert.same({ "nice 3" }, only(build({ nice = 3 }, engine.root { nice = -5 }), "nice"))
    assert.same({}, only(build({}, engine.host { nice = 5 }), "nice"))
  end)
end)

describe("clock", function()
  it("is converted to nanoseconds", function()
    assert.same({ "timens 3600000000000 -500000000" },
      only(build { clock = { monotonic = "1h", boottime = "-500ms" } }, "timens"))
  end)

  it("is refused without an init on kernels that would not shift it for the command itself", function()
    local spec = { clock = { boottime = "1h" }, init = false }
    assert.truthy((message(build, spec, engine.host { linux = 6001 })):find("clock: with init = false", 1, true))
    assert.same({ "timens 0 3600000000000" }, only(build(spec), "timens"))
  end)
end)
