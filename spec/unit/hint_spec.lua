--- Hints: the remedy for messages with a usual cause, and none for all others. The host is a table, so that every
--- host can be tried.
local real = require "nsengine.sys"

--- The hint for a message, on a host with these files (sysctls) and this user.
local function hint(message, host)
  host = host or {}
  local loaded = package.loaded["nsengine.hint"]
  package.loaded["nsengine.hint"] = nil
  package.loaded["nsengine.sys"] = {
    getids = function() return { euid = host.uid or 0 } end,
    readfile = function(path)
      if host[path] then return host[path] end
      return nil, "readfile " .. path .. ": No such file or directory (ENOENT)", 2
    end,
    stat = function() return { dev = 1, ino = 2 } end,
    unshare = function() return not host.filtered or nil end,
  }
  local ok, result = pcall(function() return require "nsengine.hint"(message) end)
  package.loaded["nsengine.sys"] = real
  package.loaded["nsengine.hint"] = loaded
  return assert(ok, result) and result
end

local debian = "/proc/sys/kernel/unprivileged_userns_clone"
local ubuntu = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
local forbids = "this host forbids ordinary users to create user namespaces: "
  .. "sysctl -w kernel.unprivileged_userns_clone=1"
local apparmor = "AppArmor restricts user namespaces here: give nsengine a profile with 'userns,' (docs/hosts.md), or "
  .. "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
local ordinary = "an ordinary user needs sys.CLONE_NEWUSER with every other new namespace; see nsengine --doctor"
local root = "root lacks CAP_SYS_ADMIN here, as in most containers: add sys.CLONE_NEWUSER, or run with that capability"

describe("the hint for a refused namespace", function()
  for _, message in ipairs { "clone: Operation not permitted (EPERM)", "unshare: Operation not permitted (EPERM)" } do
    it("names what forbids it on this host: " .. message, function()
      assert.equal(ordinary, hint(message, { uid = 1000 }))
      assert.equal(root, hint(message, { uid = 0 }))
      assert.equal(forbids, hint(message, { uid = 1000, [debian] = "0\n" }))
      assert.equal(ordinary, hint(message, { uid = 1000, [debian] = "1\n" }))
      assert.equal(apparmor, hint(message, { uid = 1000, [debian] = "1\n", [ubuntu] = "1\n" }))
      assert.equal(ordinary, hint(message, { uid = 1000, [ubuntu] = "0\n" }))
      assert.equal(ordinary, hint(message, { uid = 1000, [debian] = "", [ubuntu] = "nonsense" }))
      assert.matches("^a seccomp filter forbids new namespaces",
        hint(message, { uid = 0, filtered = true, ["/proc/self/status"] = "Seccomp:\t2\n" }))
      assert.equal(root, hint(message, { uid = 0, ["/proc/self/status"] = "Seccomp:\t2\n" }))
    end)
  end

  it("knows a limit that is reached", function()
    assert.equal("the limit on namespaces is reached, or they are nested 32 deep: raise sysctl "
      .. "user.max_user_namespaces, or the one for that kind", hint "clone: No space left on device (ENOSPC)")
    assert.equal("this host allows no such namespace: user.max_net_namespaces = 0: sysctl -w "
      .. "user.max_net_namespaces=15000",
      hint("clone: No space left on device (ENOSPC)", { ["/proc/sys/user/max_net_namespaces"] = "0\n" }))
  end)
end)

describe("the hint for a table that is not closed", function()
  local before = "a comma may be missing at the end of the line before"
  local key = 'a key that is not a name is written ["key"] = ...'
  local cases = { -- {source, hint}
    { "x = {\n a = 1\n b = 2 }", before }, { "x = {\n {}\n {} }", before }, { "x = {\n 1\n '' }", before },
    { "x = {\n ['/a'] = y 'a'\n ['/b'] = y 'b' }", before .. "; " .. key }, { "x = { a.b = 1 }", key },
    { "x = { 'a' 'b' }", "a comma may be missing before 'b'" },
    { "x = { 1 ['y'] = 2 }", "a comma may be missing before [" },
    { "x = {\n 1\nlocal y = 2" }, { "x = { 1" }, { "x = { 1 )" }, { "x = y(1 2)" },
  }
  for _, case in ipairs(cases) do
    it("says what may be missing: " .. case[1]:gsub("\n", " "), function()
      assert.equal(case[2], hint((select(2, load(case[1], "=r.lua")))))
    end)
  end
end)

describe("a hint", function()
  local cases = {
    ["mount proc on /proc: Operation not permitted (EPERM)"] = "it needs a new pid (sys.CLONE_NEWPID) and mount "
      .. "namespace, and a new procfs requires an existing one with nothing mounted over it (containers mount over "
      .. "theirs): docker run --security-opt systempaths=unconfined ...; Kubernetes: procMount: Unmasked",
    ["mount tmpfs on /tmp: Operation not permitted (EPERM)"] = "mounting needs CAP_SYS_ADMIN in a mount namespace "
      .. "of your own: sys.CLONE_NEWNS with sys.CLONE_NEWUSER, or root",
    ["mount x on /tmp: No such device (ENODEV)"] = "this kernel has no such file system, or its module is not "
      .. "loaded: see /proc/filesystems",
    ["sethostname box: Operation not permitted (EPERM)"] = "without sys.CLONE_NEWUTS the host name is the host's own",
    ["setresuid 5 5 5: Invalid argument (EINVAL)"] = "the user namespace does not map that id: see sys.idmap",
    ["exec ./x: Permission denied (EACCES)"] = "the file is not executable, or its file system is mounted noexec",
    ["exec ./x: Exec format error (ENOEXEC)"] = "neither a program nor a script: does its first line start with #! ?",
    ["idmap: newuidmap: no range"] =
      "give the user a range in /etc/subuid: usermod "
      .. "--add-subuids 100000-165535 --add-subgids 100000-165535 NAME",
    ["newuidmap: uid range [1-9) not allowed: Operation not permitted (EPERM)"] =
      "give the user a range in /etc/subuid: usermod "
      .. "--add-subuids 100000-165535 --add-subgids 100000-165535 NAME",
    ["idmap: newgidmap: no range"] =
      "give the user a range in /etc/subgid: usermod "
      .. "--add-subuids 100000-165535 --add-subgids 100000-165535 NAME",
    ["idmap: Operation not permitted (EPERM)"] = "without CAP_SETUID a process can map only its own id, and only once",
  }

  for message, text in pairs(cases) do
    it("is given for: " .. message, function()
      assert.equal(text, hint(message))
    end)

    it("is given with a place before and a traceback after it: " .. message, function()
      assert.equal(text, hint("recipe.lua:12: " .. message))
      assert.equal(text, hint(message .. "\nstack traceback:\n\t[C]: in ?"))
    end)
  end

  it("proposes a range that nobody has", function()
    assert.matches("usermod %-%-add%-subuids 231072%-296607 %-%-add%-subgids 231072%-296607 NAME$",
      hint("idmap: newuidmap: no range", { ["/etc/subuid"] = "a:100000:65536\n", ["/etc/subgid"] = "b:165536:65536" }))
  end)

  it("is not given for anything else", function()
    for _, message in ipairs {
      "", "x", "recipe.lua:1: undefined global 'prnt'", "stat /clone: Operation not permitted (EPERM)",
      "open /nope: No such file or directory (ENOENT)", "exec nope: No such file or directory (ENOENT)",
      "mount proc on /nope: No such file or directory (ENOENT)", "the clone: Operation not permitted (EPERM)",
      "remount x on y: Operation not permitted (EPERM)",
    } do
      assert.is_nil(hint(message), message)
    end
  end)

  it("is not triggered by a path that looks like an error", function()
    assert.is_nil(hint "mount x on /EPERM: No such file or directory (ENOENT)")
    assert.is_nil(hint "exec ./EACCES: No such file or directory (ENOENT)")
  end)

  it("is the error object's own hint, where there is an object", function()
    local errors = require "nsengine.error"
    local give = require "nsengine.hint"
    local object = errors.new { kind = "setup", message = "clone: Operation not permitted (EPERM)", hint = "so" }
    assert.equal("so", give(tostring(object), object))
    object.hint = nil
    assert.is_nil(give(tostring(object), object))
    assert.truthy(give(tostring(object), {}))
    assert.truthy(give(tostring(object), setmetatable({}, { __metatable = "hidden" })))
  end)

  it("knows what a table of fields was meant to be", function()
    assert.equal("ns.sandbox { ... } makes a sandbox of a table of fields",
      hint "returned table: 0x5581 (a table); expected nothing")
    assert.equal("a Process that runs: return process:wait()",
      hint "returned Process (7, running) (a table); expected a sandbox")
    assert.is_nil(hint "returned text (a string); expected nothing")
  end)

  it("is a single line", function()
    for message in pairs(cases) do assert.falsy(hint(message):find("\n")) end
  end)
end)
