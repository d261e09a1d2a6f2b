--- --doctor on made-up hosts: what it finds, and how it would fix that.
local attempt = require "nsengine.attempt"
local doctor = require "nsengine.doctor"

local good = { ok = true }

local function refused(errno, message, op)
  return { errno = errno, message = message or "refused", op = op }
end

local function copy(map, changes)
  local result = {}
  for key, value in next, map do result[key] = value end
  for key, value in next, changes or {} do result[key] = value end
  return result
end

--- Debian 12 with everything, as an ordinary user; `changes` to files, attempts, features and the rest.
local function host(changes)
  changes = changes or {}
  local files = copy({
    ["/etc/os-release"] = 'ID=debian\n',
    ["/etc/subuid"] = "me:100000:65536\n", ["/etc/subgid"] = "me:100000:65536\n",
    ["/proc/key-users"] = "    0:    9 8/8 3/1000000 27/25000000\n 1000:     2 2/2 2/200 28/20000\n",
    ["/proc/self/mountinfo"] = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
    ["/proc/self/status"] = "Name:\tnsengine\nNoNewPrivs:\t0\nSeccomp:\t0\n",
    ["/proc/self/attr/current"] = "unconfined\n",
    ["/proc/sys/kernel/core_pattern"] = "core\n",
  }, changes.files)
  local calls = {}
  for _, name in ipairs { "clone3", "close_range", "fsopen", "mount_setattr", "move_mount", "open_tree", "openat2",
    "pidfd_open", "pidfd_send_signal" } do calls[name] = true end
  local seccomp = { filter = true, kill_process = true, log = true, log_flag = true, notify = true, tsync = true,
    wait_killable = true }
  local attempts = {}
  for name in next, attempt.attempts do attempts[name] = good end
  local made = {
    uid = 1000, gid = 1000, name = "me", release = "6.1.0-13-amd64", attempts = copy(attempts, changes.attempts),
    features = copy({ calls = copy(calls, changes.calls), namespaces = { time = true }, landlock = 7,
      seccomp = copy(seccomp, changes.seccomp), errors = {}, sysctl = {}, cgroup = "v2" }, changes.features),
    read = function(path) return files[path] or nil end,
    stat = function(path)
      if changes.absent and changes.absent[path] then return nil end
      return { type = "file", uid = 0, mode = 2541, dev = 1, ino = path == "/proc/1/root/." and changes.root_ino or 2 }
    end,
    list = function() return changes.list or {} end,
    xattr = function() end,
    unshare = function() return not changes.filtered or nil end,
    module = function() return true end,
    program = function(name)
      return not (changes.programs and changes.programs[name] == false) and "/usr/bin/" .. name
    end,
  }
  made = copy(made, changes.host)
  made.range = function(path) return attempt.range(made, path) end
  return made
end

--- {name = finding} for a host, and whether it is well.
local function examine(changes)
  local findings = doctor.examine(host(changes))
  local by_name = {}
  for _, finding in ipairs(findings) do by_name[finding.name] = finding end
  return by_name, doctor.is_well(findings)
end

--- What is not ok: {name = state}.
local function troubles(changes)
  local found = {}
  for name, finding in pairs(examine(changes)) do
    if finding.state ~= "ok" then found[name] = finding.state end
  end
  return found
end

--- All that is missing when user namespaces are.
local function without_namespaces(more)
  return copy({
    ["user namespaces"] = "no", ["other namespaces"] = "no", sandbox = "no", ["ns.ro"] = "no", ["ns.proc"] = "no",
    ["ns.dev"] = "no", ["ns.sys"] = "no", ["ns.mqueue"] = "no", ["ns.overlay"] = "no", ["id ranges"] = "no",
  }, more)
end

describe("a host that can do everything", function()
  it("has nothing to fix", function()
    assert.same({}, troubles())
    local found, well = examine()
    assert.is_true(well)
    for name, finding in pairs(found) do assert.is_nil(finding.fix, name) end
  end)
end)

describe("each ability", function()
  it("has a unique name and an explanation", function()
    local seen = {}
    for _, entry in ipairs(require "nsengine.abilities") do
      assert.is_nil(seen[entry.name], entry.name)
      seen[entry.name] = true
      assert.is_true(#entry.doc > 20, entry.name)
      if entry.needs then assert.is_true(seen[entry.needs], entry.name .. " needs what comes before it") end
    end
  end)
end)

describe("the reason why user namespaces are refused", function()
  --- {reason, changes, words, fix}
  local cases = {
    { "Ubuntu 23.10, by AppArmor",
      { attempts = { user = refused("EACCES", "unshare: Permission denied") },
        files = { ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n" } },
      "AppArmor restricts user namespaces here", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" },
    { "an older Debian, by sysctl",
      { attempts = { user = refused("EPERM", "unshare: Operation not permitted (EPERM)") },
        files = { ["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n" } },
      "forbids ordinary users to create user namespaces", "sysctl -w kernel.unprivileged_userns_clone=1" },
    { "RHEL, by a limit of 0",
      { attempts = { user = refused("ENOSPC", "unshare: No space left on device (ENOSPC)") },
        files = { ["/proc/sys/user/max_user_namespaces"] = "0\n" } },
      "user.max_user_namespaces = 0", "sysctl -w user.max_user_namespaces=15000" },
    { "a limit that is reached", { attempts = { user = refused("ENOSPC") } }, "limit on namespaces is reached",
      "user.max_user_namespaces" },
    { "Docker, by its filter",
      { attempts = { user = refused("EPERM") }, filtered = true, host = { uid = 0 },
        files = { ["/proc/self/status"] = "NoNewPrivs:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\n",
          ["/proc/self/attr/current"] = "docker-default (enforce)\n" } },
      "a seccomp filter forbids new namespaces", "docker run --security-opt seccomp=unconfined" },
    { "an AppArmor profile",
      { attempts = { user = refused("EACCES") }, files = { ["/proc/self/attr/current"] = "lxc-x (enforce)\n" } },
      "AppArmor's profile 'lxc-x'", "apparmor=unconfined" },
    { "SELinux", { attempts = { user = refused("EACCES") }, files = { ["/sys/fs/selinux/enforce"] = "1",
      ["/proc/self/attr/current"] = "guest_u:guest_r:guest_t:s0\0" } },
      "SELinux denies it to guest_u:guest_r:guest_t:s0", "audit2allow" },
    { "a chroot", { attempts = { user = refused("EPERM") },
      files = { ["/proc/self/mountinfo"] = "40 22 0:5 / /proc rw - proc proc rw\n" } }, "this is a chroot",
      "pivot_root" },
    { "a chroot on a mount point", { attempts = { user = refused("EPERM") }, root_ino = 77 }, "this is a chroot",
      "pivot_root" },
    { "a chroot without /proc", { attempts = { user = refused("EPERM") }, files = { ["/proc/self/mountinfo"] = false },
      absent = { ["/proc/1/root/."] = true }, host = { uid = 0, is_chroot = function() return true end } },
      "this is a chroot", "pivot_root" },
    { "a kernel that has none", { attempts = { user = refused("EINVAL") }, absent = { ["/proc/self/ns/user"] = true } },
      "built without user namespaces", "CONFIG_USER_NS" },
    { "a filter that knows no such call", { attempts = { user = refused("ENOSYS") } }, "hidden by a filter", "clone3" },
    { "too many processes", { attempts = { user = refused("EAGAIN") } }, "no more processes", "ulimit -u" },
  }
  for _, case in ipairs(cases) do
    it("is named: " .. case[1], function()
      local found, well = examine(case[2])
      assert.is_false(well)
      local finding = found["user namespaces"]
      assert.equal("no", finding.state)
      assert.truthy(finding.words:find(case[3], 1, true), finding.words)
      assert.truthy(finding.fix:find(case[4], 1, true), finding.fix)
      assert.same(without_namespaces(), copy(without_namespaces(), troubles(case[2])))
    end)
  end

  it("is not guessed when nothing is known", function()
    local found = examine { attempts = { user = refused("EPERM", "unshare: Operation not permitted (EPERM)") } }
    assert.equal("unshare(CLONE_NEWUSER): unshare: Operation not permitted (EPERM)", found["user namespaces"].words)
    assert.is_nil(found["user namespaces"].fix)
  end)

  it("is worded as in the hint of the failed call", function()
    local obstacle = require "nsengine.obstacle"
    local changes = cases[3][2]
    local finding = examine(changes)["user namespaces"]
    local hint = obstacle.line("ENOSPC", host(changes))
    assert.truthy(finding.words:find(hint:match("^(.*): sysctl"), 1, true))
    assert.equal(finding.fix, hint:match(": (sysctl.*)$"))
  end)
end)

describe("a host that lacks something", function()
  it("Ubuntu 24.04: the namespace is made, and everything in it refused", function()
    local changes = {
      attempts = { sandbox = refused("EPERM", "sethostname sandbox: Operation not permitted", "sethostname") },
      files = { ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n" },
    }
    local found, well = examine(changes)
    assert.is_false(well)
    assert.equal("ns.sandbox {}: sethostname sandbox: Operation not permitted (EPERM); AppArmor restricts user "
      .. "namespaces here", found.sandbox.words)
    assert.matches("docs/hosts.md", found.sandbox.fix, 1, true)
    -- A profile that allows them is reported differently.
    changes.files["/proc/self/attr/current"] = "nsengine (unconfined)\n"
    assert.is_nil(examine(changes).sandbox.words:find("restricts", 1, true))
    changes.files["/proc/self/attr/current"] = "unprivileged_userns (enforce)\n"
    assert.truthy(examine(changes).sandbox.words:find("restricts", 1, true))
  end)

  it("Docker with its filter off: /proc and /sys are masked", function()
    local found, well = examine { attempts = { proc = refused("EPERM", "fsmount: Operation not permitted (EPERM)"),
      sys = refused("EPERM") } }
    assert.is_true(well)
    assert.equal("no", found["ns.proc"].state)
    assert.matches("systempaths=unconfined", found["ns.proc"].fix, 1, true)
    assert.equal("no", found["ns.sys"].state)
  end)

  it("RHEL 7: the kernel is old", function()
    local found, well = examine { host = { release = "3.10.0-1160.el7.x86_64" },
      calls = { clone3 = false, openat2 = false, mount_setattr = false }, seccomp = { notify = false },
      features = { landlock = 0, errors = { landlock = "ENOSYS" }, namespaces = {} },
      attempts = { time = refused("EINVAL"),
        sandbox = refused("ENOSYS", "openat2: Function not implemented (ENOSYS)") },
    }
    assert.is_false(well)
    assert.equal("no", found.kernel.state)
    assert.equal("missing: mount_setattr, openat2", found.calls.words)
    assert.equal("no", found.landlock.state)
    assert.equal("warn", found.seccomp.state)
    assert.equal("filters without: notify", found.seccomp.words)
    assert.matches('^only with share = { "time" }', found["other namespaces"].words)
    assert.matches("CONFIG_TIME_NS", found["other namespaces"].fix, 1, true)
  end)

  it("an old container: the newer calls are hidden", function()
    local found = examine { calls = { openat2 = false } }
    assert.equal("missing: openat2; a filter hides them, as in an old container", found.calls.words)
    assert.equal("warn", examine { calls = { clone3 = false } }.calls.state)
    assert.equal("no", examine { calls = { pidfd_open = false } }.calls.state)
  end)

  it("WSL2: commands can start Windows programs, and there are no control groups", function()
    local found, well = examine { host = { release = "5.15.153.1-microsoft-standard-WSL2" }, list = { "WSLInterop" },
      files = { ["/proc/sys/fs/binfmt_misc/WSLInterop"] =
        "enabled\ninterpreter /init\nflags: PF\noffset 0\nmagic 4d5a\n" },
      features = { cgroup = "hybrid", landlock = 0, errors = { landlock = "EOPNOTSUPP" } },
      attempts = { cgroup = refused("EACCES", "mkdir /sys/fs/cgroup/memory/x: Permission denied (EACCES)") } }
    assert.is_true(well)
    assert.equal("warn", found.binfmt.state)
    assert.matches("wsl.conf", found.binfmt.fix, 1, true)
    assert.equal("warn", found.kernel.state)
    assert.equal("no", found.landlock.state)
    assert.matches("^kernel parameter lsm=landlock,", found.landlock.fix)
    assert.equal("kernel parameter systemd.unified_cgroup_hierarchy=1", found.cgroup.fix)
  end)

  it("landlock, for each ABI", function()
    assert.equal("ABI 3 lacks: TCP ports (Linux 6.7), ioctl of devices (Linux 6.10), scopes: abstract sockets and "
      .. "signals (Linux 6.12), choice of what is logged (Linux 6.15)",
      examine { features = { landlock = 3 } }.landlock.words)
    assert.equal("ok", examine { features = { landlock = 10 } }.landlock.state)
    assert.equal("kernel parameter lsm=landlock,lockdown,yama (GRUB_CMDLINE_LINUX in /etc/default/grub; update-grub)",
      examine { features = { landlock = 0, errors = { landlock = "EOPNOTSUPP" } },
        files = { ["/sys/kernel/security/lsm"] = "lockdown,yama\n" } }.landlock.fix)
  end)

  it("control groups that are not delegated, or only in part", function()
    local denied = refused("EACCES", "mkdir x: Permission denied (EACCES)")
    assert.equal("systemd-run --user --scope -p Delegate=yes nsengine ...",
      examine { attempts = { cgroup = denied } }.cgroup.fix)
    assert.equal("apt install dbus-user-session; or systemd-run --user --scope -p Delegate=yes nsengine ...",
      examine { attempts = { cgroup = denied }, absent = { ["/run/user/1000/bus"] = true } }.cgroup.fix)
    denied.hint = "as root: mkdir x" -- what the error of a limit says
    for _, cgroup in ipairs { "v2", "hybrid" } do
      assert.equal("as root: mkdir x", examine { attempts = { cgroup = denied }, features = { cgroup = cgroup } }
        .cgroup.fix)
    end
    denied.hint = nil
    assert.matches("^loginctl enable%-linger me; ",
      examine { attempts = { cgroup = denied }, absent = { ["/run/user/1000/systemd"] = true } }.cgroup.fix)
    local some = { memory = true, pids = true, message = "systemd does not delegate the controller 'cpu' to users",
      hint = "as root: printf Delegate=cpu" }
    assert.equal("v2; memory, pids, but not cpu", examine { attempts = { cgroup = some } }.cgroup.words)
    assert.equal("as root: printf Delegate=cpu", examine { attempts = { cgroup = some } }.cgroup.fix)
    assert.equal("v2; memory, pids and cpu can be limited, in a scope requested from systemd",
      examine { attempts = { cgroup = { ok = true, scope = "user" } } }.cgroup.words)
    -- Root under systemd, and in a container.
    local root = { host = { uid = 0 }, attempts = { cgroup = { message = "it is not", hint = "start it as" } } }
    assert.equal("start it as", examine(root).cgroup.fix)
    root.absent = { ["/run/systemd/system"] = true }
    assert.matches("docker run --privileged", examine(root).cgroup.fix, 1, true)
  end)

  it("ids: no range, no helper, an unprivileged helper, no_new_privs", function()
    local function ids(changes)
      local finding = examine(changes)["id ranges"]
      assert.equal("warn", finding.state)
      return finding.words, finding.fix
    end
    assert.equal("usermod --add-subuids 165536-231071 --add-subgids 165536-231071 me",
      select(2, ids { files = { ["/etc/subuid"] = "you:1:2\nme.too:100000:65536\n" } }))
    assert.equal("usermod --add-subuids 100000-165535 --add-subgids 100000-165535 me",
      select(2, ids { files = { ["/etc/subuid"] = "you:1:2\n", ["/etc/subgid"] = "you:165536:65536\n" } }))
    assert.same({ "uid 1000 has no range in /etc/subuid and /etc/subgid: uid_map can only name the user's own id",
      "the line 1000:165536:65536 in /etc/subuid and /etc/subgid, and an account with this uid, which newuidmap "
        .. "wants" },
      { ids { host = { name = false } } })
    assert.equal("apt install uidmap", select(2, ids { programs = { newuidmap = false } }))
    assert.equal("dnf install shadow-utils", select(2, ids { programs = { newgidmap = false },
      files = { ["/etc/os-release"] = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n' } }))
    assert.equal("chmod u+s /usr/bin/newuidmap", select(2, ids { host = { stat = function()
      return { uid = 0, mode = 493, type = "file", ino = 2, dev = 1 }
    end } }))
    assert.matches("no_new_privs", (ids { attempts = { ids = refused("EPERM") },
      files = { ["/proc/self/status"] = "Name:\tx\nNoNewPrivs:\t1\nSeccomp:\t0\n" } }))
    local root = { uid = 0, name = "root" }
    assert.matches("runs as uid 65534", (ids { host = root }))
    local both = "me:100000:65536\nroot:120000:65536\n"
    assert.same({ "root's range, from 120000 on, is me's too: a command of root's and one of me's may be the same user",
      "usermod --del-subuids 120000-185535 --del-subgids 120000-185535 --add-subuids 185536-251071 "
        .. "--add-subgids 185536-251071 root" },
      { ids { host = root, files = { ["/etc/subuid"] = both, ["/etc/subgid"] = both } } })
  end)

  it("details: memfd, procfs, keyrings, terminals, Lua modules, core dumps, overlay", function()
    assert.same({ memfd = "no" }, troubles { features = { sysctl = { ["vm.memfd_noexec"] = 2 } } })
    assert.same({ procfs = "no" }, troubles { absent = { ["/proc/self/ns"] = true } })
    assert.same({ keyring = "warn" }, troubles { files = { ["/proc/key-users"] = " 1000: 199 199/199 199/200 1/2\n" } })
    assert.same({ terminal = "warn" }, troubles { attempts = { pty = refused "ENOENT" } })
    assert.same({ ["lua cjson"] = "warn", ["lua argparse"] = "warn" },
      troubles { host = { module = function() return false end } })
    local piped = { ["/proc/sys/kernel/core_pattern"] = "|/usr/lib/systemd/systemd-coredump %P\n" }
    assert.matches("starts /usr/lib/systemd/systemd%-coredump;", examine { files = piped }["core dumps"].words)
    assert.same({ ["ns.overlay"] = "no" }, troubles { attempts = { overlay = refused "ENODEV" } })
    assert.equal("modprobe overlay", examine { attempts = { overlay = refused "ENODEV" } }["ns.overlay"].fix)
  end)
end)

describe("what is printed", function()
  it("is a line each, and what fixes it below; a stranger's control characters are shown as numbers", function()
    assert.equal("ok    a   fine\nno    bb  bad\\027[2J\n        fix: do\n", doctor.text {
      { name = "a", state = "ok", words = "fine" }, { name = "bb", state = "no", words = "bad\27[2J", fix = "do" } })
  end)
end)

describe("a range of subordinate ids", function()
  it("is found by the user's name or number, whatever characters the name has", function()
    local function range(text, name)
      return attempt.range({ uid = 7, name = name, read = function() return text end }, "x")
    end
    assert.same({ first = 5, count = 6 }, range("a.b:1:2\na-b:5:6\n", "a-b"))
    assert.same({ first = 1, count = 2 }, range("7:1:2\n", nil))
    assert.is_nil(range("77:1:2\n", nil))
    assert.is_nil(range("me:1:0\n", "me"))
    assert.is_nil(range(nil, "me"))
  end)
end)
