--- What a recipe denied: told in the Result, with the field, its line, and what would allow it; and that this is true.

local ns = require "nsengine"
local support = require "support"
local sys = require "nsengine.sys"

if support.linux() < 5005 then return pending "needs seccomp_unotify(2), Linux 5.5" end

--- The system's programs, and nothing of /etc.
local head = [[
  local ns = require "nsengine"
  local box = ns.sandbox { env = { PATH = "/usr/bin:/bin" }, denied = true, stdout = "null", stderr = "null",
    fs = { ["/usr"] = ns.ro "/usr", ["/bin"] = ns.symlink "usr/bin", ["/lib"] = ns.symlink "usr/lib",
      ["/lib64"] = ns.symlink "usr/lib64",
      ["/proc"] = ns.proc } }
  local function show(r)
    for _, d in ipairs(r.denied) do
      if d.path ~= "/etc/ld.so.cache" and d.path ~= "/etc/locale.alias" then
        print(d.call, d.path or d.address or "-", d.errno, d.why, d.field, d.add or "-", d.count)
      end
    end
  end
]]

local function recipe(uid, source)
  local r = support.nsengine { "-e", head .. source, uid = uid }
  assert.equal("", r.stderr)
  return (r.stdout:gsub("\t", " "))
end

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function() fn(uid) end)
  end
end

describe("the list of what was denied", function()
  each_user("has files of the host that are not in the sandbox, but not those that exist nowhere", function(uid)
    assert.equal('openat /etc/passwd ENOENT absent fs fs = { ["/etc/passwd"] = ns.ro "/etc/passwd" } 2\n',
      recipe(uid, [[ show(box:run { "cat", "/etc/passwd", "/etc/none", "/etc/passwd" }) ]]))
  end)

  each_user("suggests the target of a symbolic link, because nothing can be mounted on a link", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.symlink("gone/../file", dir.path .. "/link"))
    assert(sys.symlink("/etc/passwd", dir.path .. "/passwd"))
    assert(sys.symlink("nowhere", dir.path .. "/file"))
    assert.equal('openat /s/passwd ENOENT absent fs fs = { ["/etc/passwd"] = ns.ro "/etc/passwd" } 1\ntrue\n',
      recipe(uid, ([[ box = box:with { fs = { ["/s"] = ns.ro %q } }
        show(box:run { "cat", "/s/passwd", "/s/link" })
        print(box:with { fs = { ["/etc/passwd"] = ns.ro "/etc/passwd" } }:run({ "cat", "/s/passwd" }).ok) ]])
        :format(dir.path)))
  end)

  each_user("suggests the kernel's file systems as a whole", function(uid)
    assert.equal(table.concat {
      'openat /proc/self ENOENT absent fs fs = { ["/proc"] = ns.proc } 1\n',
      'openat /dev/null ENOENT absent fs fs = { ["/dev"] = ns.dev } 1\n',
      'openat /sys/kernel ENOENT absent fs fs = { ["/sys"] = ns.sys } 1\n' },
      recipe(uid, [[ show(box:with { fs = { ["/proc"] = false } }:run { "cat", "/proc/self/status", "/dev/null",
        "/sys/kernel", "/dev/none" }) ]]))
    assert.equal("", recipe(uid, [[ show(box:run { "cat", "/proc/self/status", "/proc/none" }) ]]))
  end)

  it("does not replace the error about a missing command", function()
    local ok, err = pcall(function()
      return ns.sandbox { denied = true, fs = { ["/"] = ns.ro "/" } }:run { "nonesuch" }
    end)
    assert.is_false(ok)
    assert.same({ "exec", sys.ENOENT }, { err.kind, err.errno })
    assert.matches("^command not found: nonesuch ", err.message)
  end)

  each_user("has changes to what is read-only, with the mount that covers it", function(uid)
    -- No mount lets the command's user write to root's files.
    assert.equal(table.concat {
      "openat /usr/x EROFS readonly fs./usr - 1\n",
      'mkdir /tmp EROFS readonly fs fs = { ["/tmp"] = ns.tmpfs } 1\n' },
      (recipe(uid, [[ show(box:run { "sh", "-c", "echo > /usr/x; mkdir /tmp" }) ]]):gsub("mkdirat", "mkdir")))
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/own", 493))
    local owner = uid == 0 and 1234 or uid -- root's command is not root
    assert(sys.chown(dir.path .. "/own", owner, owner))
    assert.equal(('openat /own/x EROFS readonly fs./own fs = { ["/own"] = ns.rw "%s/own" } 1\n'):format(dir.path),
      recipe(uid, ([[ show(box:with { fs = { ["/own"] = ns.ro "%s/own" } }:run { "sh", "-c", "echo > /own/x" })
      ]]):format(dir.path)))
  end)

  each_user("never suggests the host's own /dev, /proc or /sys", function(uid)
    local out = recipe(uid, [[ local host = ns.sandbox { fs = { ["/"] = ns.ro "/" }, denied = true, stderr = "null" }
      show(host:run { "sh", "-c", "echo > /dev/null; mkdir /dev/x; mkdir /sys/x; mkdir /run/x" })
      show(host:with { fs = { ["/proc"] = ns.proc } }:run { "sh", "-c", "echo 1 > /proc/sys/vm/drop_caches" }) ]])
    assert.equal(table.concat {
      'openat /dev/null EROFS readonly fs./ fs = { ["/dev"] = ns.dev } 1\n',
      'mkdir /dev/x EROFS readonly fs./ fs = { ["/dev"] = ns.dev } 1\n',
      'mkdir /sys/x EROFS readonly fs./ fs = { ["/sys"] = ns.sys } 1\n',
      'mkdir /run/x EROFS readonly fs./ fs = { ["/run"] = ns.tmpfs } 1\n',
      'openat /proc/sys/vm/drop_caches EROFS readonly fs./proc - 1\n' },
      (out:gsub("openat /proc/[fm]%S+ ENOENT[^\n]*\n", ""):gsub("mkdirat", "mkdir")))
  end)

  each_user("has files whose mode excludes the command's user, but not whoever started it", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/closed", 493))
    assert(sys.writefile(dir.path .. "/closed/f", "x"))
    assert(sys.writefile(dir.path .. "/secret", "x"))
    assert(sys.chmod(dir.path .. "/secret", 0))
    assert(sys.chmod(dir.path .. "/closed", 0))
    local out = recipe(uid, ([[
      show(box:with { fs = { ["/s"] = ns.ro %q } }:run { "cat", "/s/secret", "/s/closed/f" }) ]]):format(dir.path))
    assert.equal(uid == 0 and "openat /s/secret EACCES permission user - 1\n"
      .. "openat /s/closed/f EACCES permission user - 1\n" or "", out)
    assert(sys.chmod(dir.path .. "/closed", 493))
    assert.equal("openat /own EACCES permission user - 1\n", recipe(uid, [[
      show(box:with { fs = { ["/own"] = ns.dir "0" } }:run { "ls", "/own" }) ]]))
  end)

  it("has files in a directory that the command's user may not enter, whoever starts it", function()
    if not support.root then return pending "needs root, whom no directory keeps out" end
    local dir <close> = support.tempdir()
    for name, uid in pairs { roots = 0, theirs = 1234 } do
      local path = dir.path .. "/" .. name
      assert(sys.mkdir(path, 448))
      assert(sys.writefile(path .. "/f", "#!/bin/sh\necho entered\n"))
      assert(sys.chmod(path .. "/f", 493))
      assert(sys.chown(path, uid, uid))
    end
    assert(sys.symlink("roots/f", dir.path .. "/link"))
    local out = recipe(0, ([[ box = box:with { fs = { ["/s"] = ns.ro %q } }
      show(box:run { "sh", "-c", "cat /s/roots/f; cat /s/link; cd /s/roots/none; exec /s/roots/f" })
      local r = box:run { "/bin/sh", "-c", "/s/theirs/f" }
      show(r)
      print(tostring(r.denied[#r.denied]):match "%%S+ %%S+ %%S+ exclude")
      box = box:with(load("local ns = ... return {" .. r.denied[#r.denied].add .. "}")(ns))
      io.write(box:run { "sh", "-c", "/s/theirs/f", stdout = "capture" }.stdout) ]]):format(dir.path))
    assert.equal(table.concat {
      "openat /s/roots/f EACCES permission user - 2\n", "openat /s/link EACCES permission user - 1\n",
      "chdir /s/roots/none EACCES permission user - 1\n",
      "execve /s/theirs/f EACCES permission user ",
      "user = { uid_map = { { 1234, 1234, 1 } }, gid_map = { { 1234, 1234, 1 } } } 1\n",
      "permissions of /s/theirs exclude\n", "entered\n" }, out)
  end)

  each_user("has files behind a mask, but suggests nothing where the recipe already says so", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/w", 493))
    if uid ~= 0 then assert(sys.chown(dir.path .. "/w", uid, uid)) end
    assert.equal("openat /etc/passwd EACCES masked fs./etc/passwd - 1\n", recipe(uid, [[
      show(box:with { fs = { ["/etc"] = ns.ro "/etc", ["/etc/passwd"] = ns.mask } }:run { "cat", "/etc/passwd" }) ]]))
    assert(sys.mkdir(dir.path .. "/m", 493))
    assert(sys.writefile(dir.path .. "/m/f", ""))
    -- With or without the capability to pass it.
    for _, caps in ipairs { "", '"dac_override"' } do
      local out = recipe(uid, ([[ box = box:with { caps = { %s }, fs = { [%q] = ns.ro %q, [%q] = ns.mask } }
        show(box:run { "/bin/sh", "-c", "cat %s/m/f; echo > %s/m/x" }) ]]):format(caps, dir.path, dir.path,
        dir.path .. "/m", dir.path, dir.path))
      assert.equal("openat D/m/f masked fs.D/m - 1\nopenat D/m/x masked fs.D/m - 1\n",
        (out:gsub("E%u+ ", ""):gsub(dir.path, "D")))
    end
    assert.equal("openat /w/new EROFS readonly fs./w - 1\n", recipe(uid, ([[
      show(box:with { fs = { ["/w"] = ns.rw %q, ["/w/gone"] = ns.tmpfs() } }:run { "touch", "/w/new" }) ]])
      :format(dir.path .. "/w")))
  end)

  each_user("leaves out where on PATH a program was searched that was found elsewhere, or is nowhere", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/m", 493))
    for _, name in ipairs { "true", "only" } do
      assert(sys.writefile(dir.path .. "/m/" .. name, "#!/bin/sh\n"))
      assert(sys.chmod(dir.path .. "/m/" .. name, 493))
    end
    assert.equal("D/m/only masked\n", (recipe(uid, ([[
      box = box:with { fs = { [%q] = ns.ro %q, [%q] = ns.mask }, env = { PATH = "%s/m:/usr/bin:/bin" } }
      for _, command in ipairs { "env true; true; cat /usr/none; nonesuch", "only" } do
        for _, d in ipairs(box:run({ "/bin/sh", "-c", command }).denied) do
          if not d.path:find "^/etc/" then print(d.path, d.why) end
        end
      end ]]):format(dir.path, dir.path, dir.path .. "/m", dir.path)):gsub(dir.path, "D")))
  end)

  each_user("has devices on mounts without devices", function(uid)
    assert.equal('openat /dev/zero EACCES nodev fs./dev fs = { ["/dev"] = ns.dev } 1\n', recipe(uid, [[
      show(box:with { fs = { ["/dev"] = ns.ro "/dev" } }:run { "head", "-c1", "/dev/zero" }) ]]))
  end)

  each_user("has the way to the network, and to ports", function(uid)
    local out = recipe(uid, [[ show(box:with { fs = { ["/dev"] = ns.dev } }:run { "bash", "-c",
      "echo > /dev/tcp/192.0.2.1/80; echo > /dev/tcp/127.0.0.1/9" }) ]])
    assert.truthy(out:find('connect 192.0.2.1:80 ENETUNREACH network net net = "host" 1\n', 1, true), out)
    assert.is_nil(out:find "127.0.0.1")
  end)

  each_user("has system calls that the filter refuses, or kills for", function(uid)
    assert.equal('unshare - EPERM seccomp seccomp seccomp = { allow = { "unshare" } } 1\n',
      recipe(uid, [[ show(box:run { "unshare", "-U", "true" }) ]]))
    -- Each by its own remedy: namespaces other than a user's take a capability.
    assert.equal('unshare - EPERM seccomp caps caps = { "sys_admin" } 1\n'
      .. 'unshare - EPERM seccomp seccomp seccomp = { allow = { "unshare" } } 1\n',
      recipe(uid, [[ show(box:run { "sh", "-c", "unshare -m true; unshare -U true" }) ]]))
    assert.equal("", recipe(uid, [[
      show(box:with { caps = { "sys_admin" } }:run { "unshare", "-m", "true" }:check()) ]]))
    assert.equal('syscall\nunshare - SIGSYS seccomp seccomp '
      .. 'seccomp = { profile = "strict", allow = { "unshare" } } 1\n', recipe(uid, [[
        local r = box:with { seccomp = "strict" }:run { "unshare", "-U", "true" }
        print(r.reason)
        show(r) ]]))
  end)

  each_user("suggests additions that make the command succeed", function(uid)
    local out = recipe(uid, [==[
      local command = { "sh", "-c", "cat /etc/passwd && echo x > /tmp/x && unshare -U true" }
      local r = box:run(command)
      print(r.ok)
      for _ = 1, 12 do
        if r.ok then break end
        for _, d in ipairs(r.denied) do
          if d.add then box = box:with(load("local ns = ... return {" .. d.add .. "}")(ns)) end
        end
        r = box:run(command)
      end
      print(r.ok) ]==])
    assert.equal("false\ntrue\n", out)
  end)

  each_user("suggests the narrowest mount that lets a file be created or changed, and no file of others", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/f", ""))
    assert(sys.chmod(dir.path .. "/f", 438))
    local source = ([==[
      local dir = %q
      local host = ns.sandbox { fs = { ["/"] = ns.ro "/" }, denied = true, stderr = "null" }
      for _, case in ipairs { { box, "echo > /tmp/x" }, { box, "mkdir /run/x" }, { box, "ln -s a /root/x" },
        { box, "echo > " .. dir .. "/new" }, { host, "echo > /run/x" }, { host, "echo > " .. dir .. "/newer" },
        { host, "echo >> " .. dir .. "/f" }, { host, "rm " .. dir .. "/f" } } do
        local r = case[1]:run { "/bin/sh", "-c", case[2] }
        local add = r.denied[#r.denied].add
        print(add, case[1]:with(load("local ns = ... return {" .. add .. "}")(ns)):run({ "/bin/sh", "-c", case[2] }).ok)
      end ]==]):format(dir.path)
    local rw = ('fs = { ["%s"] = ns.rw "%s" } true\n'):format(dir.path, dir.path)
    assert.equal(table.concat { 'fs = { ["/tmp"] = ns.tmpfs } true\n', 'fs = { ["/run"] = ns.tmpfs } true\n',
      'fs = { ["/root"] = ns.tmpfs } true\n', rw, 'fs = { ["/run"] = ns.tmpfs } true\n', rw,
      (rw:gsub('"%]', '/f"]'):gsub('" }', '/f" }')), rw }, recipe(uid, source))
  end)

  each_user("neither compares another root with the host, nor suggests the host's files for it", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/etc", 511))
    assert(sys.chmod(dir.path .. "/etc", 511))
    assert.equal(('openat /etc/x EROFS readonly fs./ fs = { ["/etc"] = ns.rw "%s/etc" } 1\n'):format(dir.path),
      recipe(uid, ([[ show(box:with { fs = { ["/"] = ns.ro %q } }:run { "sh", "-c",
        "cat /etc/passwd; cat /home; echo > /etc/x" }) ]]):format(dir.path)))
  end)

  each_user("says where a call takes more than a sandbox can be given", function(uid)
    local out = recipe(uid, [[
      local r = box:run { "date", "-s", "10:00" }
      show(r)
      print((tostring(r.denied[#r.denied]):gsub(" %(.*", "")))
      show(box:with { fs = { ["/tmp"] = ns.tmpfs } }:run { "mknod", "/tmp/x", "c", "1", "3" }) ]])
    assert.equal("clock_settime - EPERM seccomp seccomp - 1\n"
      .. "clock_settime: EPERM, refused by the filter, and takes the host's own CAP_SYS_TIME\n"
      .. "mknod - EPERM seccomp seccomp - 1\n", (out:gsub("openat [^\n]*\n", ""):gsub("mknodat", "mknod")))
  end)

  each_user("is neither returned nor collected unless the recipe asks for it", function(uid)
    assert.equal("nil\n", recipe(uid, [[ print(box:with { denied = false }:run { "true" }.denied) ]]))
    assert.is_nil(recipe(uid, [[ io.write(box:with { denied = false, cmd = { "true" } }:explain()) ]])
      :find("NEW_LISTENER", 1, true))
  end)

  each_user("does not change the answers of the recipe's functions", function(uid)
    assert.equal("4242\nnil\n", recipe(uid, [[
      local r = box:with { seccomp = { notify = { getppid = function(call) return call:value(4242) end } } }
        :run { "sh", "-c", "echo $PPID", stdout = "capture" }
      io.write(r.stdout)
      print(r.denied[1] and r.denied[1].why == "seccomp" or nil) ]]))
  end)

  it("has the line of the field, in a program too", function()
    local box = ns.sandbox {
      denied = true, stdout = "null", stderr = "null",
      fs = {
        ["/"] = ns.ro "/",
      },
    }
    local r = box:run { "/bin/sh", "-c", "echo > /etc/x" }
    local line = debug.getinfo(1, "l").currentline - 4
    assert.equal(("spec/kernel/denied_spec.lua:%d"):format(line), r.denied[1].where)
    assert.equal(("openat /etc/x: EROFS, read-only in the sandbox (spec/kernel/denied_spec.lua:%d: fs./)"):format(line),
      tostring(r.denied[1]))
  end)

  it("needs the init", function()
    local ok, err = pcall(function()
      return ns.sandbox { denied = true, init = false, fs = { ["/"] = ns.ro "/" } }:run { "/bin/true" }
    end)
    assert.is_false(ok)
    assert.equal("denied", err.field)
  end)
end)
