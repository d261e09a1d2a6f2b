--- --doctor for real: on this host, on hosts that forbid something, and for a recipe.
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

teardown(function()
  support.cleanup()
  tools.cleanup()
end)

local has_cjson, cjson = pcall(require, "cjson")

--- {name = {state, words, fix}} for each printed finding.
local function parse(text)
  local found, last = {}, nil
  for line in text:gmatch("[^\n]+") do
    local state, rest = line:match("^(%l+) +(.*)$")
    if line:find("^        fix: ") then
      found[last][3] = line:sub(14)
    elseif state then
      local name, words = rest:match("^(.-)  +(.*)$")
      found[name], last = { state, words }, name
    else
      error("no such line: " .. line)
    end
  end
  return found
end

--- Runs a shell line in which $N is the launcher, as a user.
local function shell(line, uid, options)
  local command = { "sh", "-c", "N=$0; " .. line, support.launcher(uid), uid = uid }
  for key, value in pairs(options or {}) do command[key] = value end
  local r = support.run(command)
  return r, r.stdout:find("^%l+  ") and parse(r.stdout) or {}
end

--- Whether a shell line works here at all: a fixture that this machine cannot have is no failure of ours.
local function can(line, uid)
  return support.run({ "sh", "-c", line, uid = uid }).code == 0
end

--- What --doctor must not change: namespaces, descriptors, mounts, files, cgroups.
local function state()
  local parts = {}
  for _, name in ipairs { "user", "mnt", "net", "pid_for_children" } do
    parts[#parts + 1] = sys.readlink("/proc/self/ns/" .. name)
  end
  parts[#parts + 1] = sys.readfile "/proc/self/mountinfo"
  local find = support.run { "find", "/sys/fs/cgroup", "-name", "nsengine.doctor*" }
  parts[#parts + 1] = find.stdout
  return table.concat(parts, "\n")
end

describe("--doctor", function()
  for _, uid in ipairs(support.users) do
    it("agrees with what sandboxes can do on this host, as uid " .. uid, function()
      local before = state()
      local r, found = shell("exec $N --doctor", uid)
      assert.equal("", r.stderr)
      assert.equal(before, state())
      for _, entry in ipairs(require "nsengine.abilities") do assert.truthy(found[entry.name], entry.name) end
      -- Compared with what happens.
      local function works(recipe)
        local source = ('local ns = require "nsengine" return ns.sandbox { %s }'):format(recipe)
        return support.recipe(source, { uid = uid }).code == 0
      end
      local base = 'cmd = { "true" }, fs = { ["/"] = ns.ro "/", %s }'
      local sandbox = works(base:format "")
      assert.equal(sandbox, r.code == 0)
      assert.equal(sandbox, found.sandbox[1] == "ok")
      for _, case in ipairs { { "proc", "/proc" }, { "dev", "/dev" }, { "sys", "/sys" }, { "mqueue", "/mnt" } } do
        assert.equal(works(base:format(('["%s"] = ns.%s'):format(case[2], case[1]))),
          found["ns." .. case[1]][1] == "ok", case[1])
      end
      assert.equal(sys.features().landlock, tonumber(found.landlock[2]:match("^ABI (%d+)")) or 0)
    end)
  end

  for _, uid in ipairs(support.users) do
    it("gives the remedy for cgroups that a limit's error gives, with the user's name, as uid " .. uid, function()
      local _, found = shell("exec $N --doctor", uid)
      local r = support.recipe([[local ns = require "nsengine"
        return ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { memory = "64M", cpus = 1, pids = 9 },
          cmd = { "true" } }]], { uid = uid })
      local hint = r.stderr:match "\n  hint: ([^\n]*)"
      if not r.stderr:find "no control group can enforce it" then return pending "there is a group" end
      assert.equal(hint, found.cgroup[3])
      local name = assert(sys.readfile "/etc/passwd"):match("([^:\n]+):[^:\n]*:" .. uid .. ":") or tostring(uid)
      assert.truthy(hint:find("chown -R " .. name .. " ", 1, true) or hint:find "systemd", hint)
    end)
  end

  it("takes little time", function()
    local before = sys.monotonic()
    shell("exec $N --doctor")
    assert.is_true(sys.monotonic() - before < 10)
  end)

  it("prints JSON for programs", function()
    if not has_cjson then return pending "needs the Lua module cjson" end
    local r = support.nsengine { "--doctor=json" }
    local object = cjson.decode(r.stdout)
    assert.equal(r.code == 0, object.ok)
    assert.equal(sys.uname().release, object.kernel)
    assert.equal(#require "nsengine.abilities", #object.findings)
    for _, finding in ipairs(object.findings) do
      assert.truthy(({ ok = true, warn = true, no = true })[finding.state])
      assert.is_string(finding.words)
    end
  end)

  it("names the limit that forbids namespaces", function()
    local uid = support.users[#support.users]
    local others = "other namespaces"
    for _, case in ipairs { { "user", "user namespaces" }, { "uts", others }, { "mnt", others } } do
      local limit = ("/proc/sys/user/max_%s_namespaces"):format(case[1])
      if not can("unshare -r sh -c 'echo 0 > " .. limit .. "'", uid) then return pending "needs unshare(1)" end
      local r, found = shell(("exec unshare -r sh -c 'echo 0 > %s; exec '$N' --doctor'"):format(limit), uid)
      assert.equal(1, r.code)
      assert.equal("no", found[case[2]][1])
      assert.matches(("user.max_%s_namespaces = 0"):format(case[1]), found[case[2]][2], 1, true)
      assert.equal(("sysctl -w user.max_%s_namespaces=15000"):format(case[1]), found[case[2]][3])
      assert.equal("no", found.sandbox[1])
    end
  end)

  it("prints a sysctl command that removes the limit", function()
    local uid = support.users[#support.users]
    local close = "exec unshare -r sh -c 'echo 0 > /proc/sys/user/max_net_namespaces && "
    if not can(close .. "sysctl -w user.max_net_namespaces=1'", uid) then
      return pending "needs unshare(1) and sysctl(8)"
    end
    local r = shell(close .. "{ '$N' --doctor > /dev/null; echo $?; } && "
      .. "eval \"$('$N' --doctor | sed -n \"s/^        fix: \\(sysctl.*\\)/\\1/p\" | head -n 1)\" > /dev/null; "
      .. "'$N' --doctor > /dev/null; echo $?'", uid)
    assert.equal("1\n0\n", r.stdout)
  end)

  --- The sanitizers themselves fail without /proc.
  local needs_proc = os.getenv "LD_PRELOAD" and "needs a build without sanitizers, which want /proc"

  it("works without /proc", function()
    if needs_proc then return pending(needs_proc) end
    if not support.root then return pending "needs root" end
    local r, found = shell "exec unshare -m sh -c 'umount -l /proc; exec '$N' --doctor'"
    assert.equal("", r.stderr)
    assert.equal(1, r.code)
    assert.same({ "no", "/proc is not mounted: id maps are written there", "mount -t proc proc /proc" }, found.procfs)
    assert.equal("no", found.sandbox[1])
  end)

  for _, with_proc in ipairs { true, false } do
    it("recognizes a chroot " .. (with_proc and "with" or "without") .. " /proc", function()
      if not support.root then return pending "needs root" end
      if needs_proc and not with_proc then return pending(needs_proc) end
      local r, found = shell(("exec unshare -m sh -c 'mount --bind / /mnt && %s exec chroot /mnt '$N' --doctor'")
        :format(with_proc and "mount -t proc proc /mnt/proc &&" or ""))
      assert.equal("", r.stderr)
      assert.equal(1, r.code)
      assert.equal("no", found["user namespaces"][1])
      assert.matches("; this is a chroot,", found["user namespaces"][2], 1, true)
    end)
  end

  it("recognizes filters that forbid namespaces or hide calls", function()
    local programs, why = tools.get()
    if not programs then return pending(why) end
    local filter = programs.filter
    for _, uid in ipairs(support.users) do
      local r, found = shell(("exec %s EPERM unshare clone-newuser -- $N --doctor"):format(filter), uid)
      assert.equal("", r.stderr)
      assert.equal(1, r.code)
      assert.matches("a seccomp filter forbids new namespaces", found["user namespaces"][2], 1, true)
      assert.matches("seccomp=unconfined", found["user namespaces"][3], 1, true)
      r, found = shell(("exec %s ENOSYS clone3 -- $N --doctor"):format(filter), uid)
      assert.equal(0, r.code)
      assert.equal("warn", found.calls[1])
      assert.matches("^clone3 is hidden", found.calls[2])
      r, found = shell(("exec %s ENOSYS openat2 -- $N --doctor"):format(filter), uid)
      assert.equal(1, r.code)
      assert.equal("no", found.calls[1])
      assert.matches("^missing: openat2", found.calls[2])
    end
  end)

  it("reports that a limit on processes stops it, and ends", function()
    if not support.root then return pending "needs root" end
    local r = shell("exec prlimit --nproc=1:1 $N --doctor", 1000)
    assert.equal(1, r.code)
    assert.equal("", r.stderr)
  end)
end)

describe("--doctor RECIPE", function()
  local function verdict(source, uid, format)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/r.lua", 'local ns, word = require "nsengine", ...\n' .. source))
    local r = support.run { support.launcher(uid), format or "--doctor", "r.lua", "word", uid = uid, cwd = dir.path }
    local left = table.concat(sys.list(dir.path), " ")
    return r, left
  end

  local source = [[
return ns.sandbox {
  hostname = "box",
  optional = { "fs./b" },
  fs = {
    ["/"] = ns.ro "/",
    ["/proc"] = ns.proc,
    ["/a"] = ns.ro "./missing",
    ["/b"] = ns.ro "./missing-too",
  },
  nice = -5,
  limits = { wall_time = 5, files = 50 },
  cwd = "/tmp",
  setup = function() io.open("made", "w") end,
  cmd = { "touch", "made" },
}]]

  for _, uid in ipairs(support.users) do
    it("says for each field whether this host can provide it, and runs nothing, as uid " .. uid, function()
      local r, left = verdict(source, uid)
      assert.equal("", r.stderr)
      assert.equal(1, r.code)
      assert.equal("r.lua", left)
      local found = parse(r.stdout)
      assert.same({ "no", "r.lua:8: fs./a: no such file or directory: ./missing" }, found["fs./a"])
      assert.same({ "warn", "skipped: r.lua:9: fs./b: no such file or directory: ./missing-too" }, found["fs./b"])
      assert.equal("no", found.nice[1])
      assert.matches("^r.lua:11: nice: ", found.nice[2])
      assert.same({ "ok", "by rlimit" }, found["limits.files"])
      assert.same({ "ok", "by supervisor" }, found["limits.wall_time"])
      for _, name in ipairs { "hostname", "fs./", "fs./proc", "cwd" } do assert.equal("ok", found[name][1], name) end
    end)
  end

  it("succeeds for a recipe that can run", function()
    for _, tail in ipairs { "", ":run { 'true' }" } do
      local r = verdict('return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "false" } }' .. tail)
      assert.same({ 0, "ok    fs./  works here\n", "" }, { r.code, r.stdout, r.stderr })
    end
    local r = verdict "return ns.sandbox {}"
    assert.same({ 0, "ok    sandbox  can be built here\n" }, { r.code, r.stdout })
  end)

  it("says so where no sandbox can be made", function()
    local uid = support.users[#support.users]
    if not can("unshare -r sh -c 'echo 0 > /proc/sys/user/max_user_namespaces'", uid) then
      return pending "needs unshare(1)"
    end
    local r, found = shell("exec unshare -r sh -c 'echo 0 > /proc/sys/user/max_user_namespaces; exec '$N' --doctor -e "
      .. "\"return require [[nsengine]].sandbox { nice = 3 }\"'", uid)
    assert.equal(1, r.code)
    assert.same({ "warn", "not tried: the sandbox cannot be built" }, found.nice)
    assert.equal("no", found.sandbox[1])
    assert.matches("user.max_user_namespaces=15000", found.sandbox[3], 1, true)
  end)

  it("does not touch the layers of an overlay, which may be in use", function()
    local r, left = verdict([[
      return ns.sandbox { fs = { ["/x"] = ns.overlay { lower = "low", upper = "up", work = "work" } } }]])
    assert.same({ 1, "r.lua" }, { r.code, left }) -- lower is missing
    local dir <close> = support.tempdir()
    for _, name in ipairs { "low", "up", "work" } do assert(sys.mkdir(dir.path .. "/" .. name)) end
    r = support.run { support.launcher(), cwd = dir.path, "--doctor", "-e", [[local ns = require "nsengine"
      return ns.sandbox { fs = { ["/x"] = ns.overlay { lower = "low", upper = "up", work = "work" } } }]] }
    assert.equal(0, r.code)
    assert.same({}, sys.list(dir.path .. "/work"))
  end)

  it("reports mistakes as --check does", function()
    local r = verdict 'return ns.sandbox { hostnme = "x" }'
    assert.same({ 125, "", "nsengine: r.lua:2: hostnme: unknown field (did you mean 'hostname'?)\n" },
      { r.code, r.stdout, r.stderr })
    r = verdict "return 0"
    assert.same({ 125, "nsengine: r.lua: describes no sandbox: there is nothing to examine\n" }, { r.code, r.stderr })
    r = verdict("return 0", nil, "--doctor=yaml")
    assert.same({ 125, "nsengine: option '--doctor': unknown format 'yaml': write json, or nothing for text; "
      .. "see nsengine --help\n" }, { r.code, r.stderr })
  end)

  it("prints JSON for programs", function()
    if not has_cjson then return pending "needs the Lua module cjson" end
    local object = cjson.decode(verdict(source, nil, "--doctor=json").stdout)
    assert.is_false(object.ok)
    assert.equal("r.lua", object.recipe)
    assert.equal("hostname", object.findings[1].name)
  end)
end)
