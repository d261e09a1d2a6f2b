--- What hostile file trees and payloads must not achieve; each of these attacks once worked.

local support = require "support"
local sys = require "nsengine.sys"

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function() fn(uid) end)
  end
end

--- Runs a shell command in a sandbox with the system's programs and the mounts `fs`, Lua where `dir` is the path.
--- Returns all output, and the result.
local function run(uid, dir, fs, command, more)
  local result = support.recipe(([[
    local ns = require "nsengine"
    local dir = %q
    return ns.sandbox { fs = { ["/usr"] = ns.ro "/usr", ["/bin"] = ns.symlink "usr/bin",
      ["/lib"] = ns.symlink "usr/lib", ["/lib64"] = ns.symlink "usr/lib64", %s }, cmd = { "/bin/sh", "-c", %q }, %s }
  ]]):format(dir, fs, command, more or ""), { uid = uid })
  return result.stdout .. result.stderr, result
end

describe("a caller's real-time priority", function()
  it("is not passed on to the command", function()
    if support.run { "prlimit", "--rtprio=7:7", "--nice=30:30", "true" }.code ~= 0 then
      return pending "these limits cannot be raised here"
    end
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/recipe.lua", [[
      local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc },
        cmd = { "/bin/sh", "-c", "chrt -f 5 true && echo real-time; ulimit -r; ulimit -e" } }]]))
    assert.equal("0\n0\n", support.run { "prlimit", "--rtprio=7:7", "--nice=30:30", support.launcher(),
      dir.path .. "/recipe.lua" }.stdout)
  end)
end)

describe("a caller's soft limits", function()
  each_user("are not passed on to the command, but its hard limits are", function(uid)
    local function limits(set)
      local result = support.run { "sh", "-c", set .. '; exec "$0" -e "$1"', support.launcher(uid), [[
        local ns = require "nsengine"
        return ns.sandbox { fs = { ["/"] = ns.ro "/" }, stderr = "stdout",
          cmd = { "/bin/sh", "-c", "ulimit -s; ulimit -n; ulimit -m; ulimit -t; ulimit -Hs" } }]], uid = uid }
      return result.stdout .. result.stderr
    end
    local plain = limits "ulimit -S -s 8192; ulimit -S -n 1024"
    assert.equal(plain, limits "ulimit -S -s 1024; ulimit -S -n 64; ulimit -S -m 4000000; ulimit -S -t 100")
    assert.matches("^4096\n100\n4000000\n200\n4096\n$",
      limits "ulimit -s 4096; ulimit -n 100; ulimit -m 4000000; ulimit -t 200")
  end)
end)

describe("a working directory", function()
  each_user("that a descriptor of the recipe leads to must be in the sandbox's root", function(uid)
    local function try(path)
      return support.recipe(([[
        local ns, sys = require "nsengine", require "nsengine.sys"
        return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/tmp"] = ns.tmpfs }, cwd = %q,
          fds = { [3] = assert(sys.open("/tmp", sys.O_DIRECTORY)) }, cmd = { "/bin/pwd" } }]]):format(path),
        { uid = uid })
    end
    assert.equal("/tmp\n", try("/proc/self/root/tmp").stdout)
    local result = try "/proc/self/fd/3"
    assert.equal(125, result.code, result.stdout)
    assert.matches("recipe.lua:2: cwd: getcwd[^\n]*EXDEV", result.stderr)
  end)
end)

describe("a source on the host", function()
  each_user("is found on the host although its links climb to '/'", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/conf", 493))
    assert(sys.writefile(dir.path .. "/conf/name", "of the host"))
    local up = ("/.."):rep(select(2, dir.path:gsub("/", "/"))):sub(2)
    assert(sys.symlink(up .. dir.path .. "/conf", dir.path .. "/link"))
    local climbing = dir.path .. "/" .. up .. dir.path .. "/conf"
    for _, source in ipairs { dir.path .. "/link", "/.." .. dir.path .. "/conf", climbing } do
      for _, other in ipairs { "", [[ ["/other"] = ns.file "needs a scratch", ]] } do
        local out = run(uid, source, other .. [[ ["/conf"] = ns.ro(dir) ]], "cat /conf/name")
        assert.equal("of the host", out)
      end
    end
  end)

  each_user("is refused with a link on the way to it, where links are not to be followed", function(uid)
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/tree", "/tree/in", "/secret" } do assert(sys.mkdir(dir.path .. name, 493)) end
    assert(sys.writefile(dir.path .. "/tree/in/name", "of the tree"))
    assert(sys.symlink("../secret", dir.path .. "/tree/link"))
    assert(sys.symlink("tree", dir.path .. "/way"))
    for _, mount in ipairs { "ro", "rw", "dev_bind" } do
      local function seen(path)
        return run(uid, dir.path, ([[ ["/x"] = ns.%s(dir .. "%s", { follow = false }) ]]):format(mount, path),
          "cat /x/name")
      end
      assert.equal("of the tree", (seen "/tree/in"))
      for _, path in ipairs { "/tree/link", "/way/in" } do
        local out, result = seen(path)
        assert.equal(125, result.code)
        assert.truthy(out:find("fs./x: openat2(RESOLVE_NO_SYMLINKS) " .. dir.path .. path, 1, true)
          and out:find("hint: follow = false: there is a symbolic link on the path", 1, true), out)
      end
      assert.equal("of the tree", (run(uid, dir.path, ([[ ["/x"] = ns.%s(dir .. "/way/in") ]]):format(mount),
        "cat /x/name")))
    end
  end)

  each_user("is not looked up in a stranger's root, whose links lead anywhere", function(uid)
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/conf", "/tree", "/tree/tmp", "/secret", "/tree/usr", "/tree/conf" } do
      assert(sys.mkdir(dir.path .. name, 493))
    end
    assert(sys.writefile(dir.path .. "/conf/name", "of the host"))
    assert(sys.writefile(dir.path .. "/secret/name", "secret"))
    local up = ("/.."):rep(select(2, dir.path:gsub("/", "/"))):sub(2)
    assert(sys.symlink(up .. dir.path .. "/conf", dir.path .. "/link"))
    -- The link's target, looked up in the stranger's root.
    local twin = dir.path .. "/tree" .. dir.path
    assert(os.execute("mkdir -p " .. twin))
    assert(sys.symlink(dir.path .. "/secret", twin .. "/conf"))
    local out = run(uid, dir.path, [[ ["/"] = ns.ro(dir .. "/tree"), ["/conf"] = ns.rw(dir .. "/link") ]],
      "cat /conf/name")
    assert.equal("of the host", out)
  end)

  each_user("that is '/' brings all mounts of the host, but not the sandbox's own root", function(uid)
    local out = run(uid, "", [[ ["/host"] = ns.ro "/", ["/again"] = ns.ro "/..", ["/f"] = ns.file "x" ]],
      "cat /host/proc/version && cat /again/proc/version; ls -d /host/host /again/host 2>&1")
    assert.equal(2, select(2, out:gsub("Linux version", "")), out)
    assert.equal(2, select(2, out:gsub("No such file", "")), out)
  end)

  each_user("leaves no other mount of the host behind", function(uid)
    local out = run(uid, "", [[ ["/proc"] = ns.proc, ["/f"] = ns.file "x", ["/m"] = ns.mask ]],
      "cut -d' ' -f5 /proc/self/mountinfo | sort | tr '\\n' ' '")
    out = out:gsub("/proc/%S+ ", "")
    assert.equal("/ /f /proc /usr ", out)
  end)
end)

describe("a mount of each kind", function()
  local promised = {
    ["/"] = "ro nosuid nodev", ["/usr"] = "ro nosuid nodev", ["/ro"] = "ro nosuid nodev",
    ["/ro/hidden"] = "ro nosuid nodev noexec", ["/rw"] = "rw nosuid nodev", ["/rw/mirror"] = "ro nosuid nodev",
    ["/dev_bind"] = "rw nosuid", ["/tmp"] = "rw nosuid nodev", ["/proc"] = "rw nosuid nodev noexec",
    ["/proc/sys"] = "ro nosuid nodev noexec", ["/proc/cmdline"] = "ro nosuid nodev noexec",
    ["/sys"] = "ro nosuid nodev noexec", ["/mqueue"] = "rw nosuid nodev noexec", ["/dev"] = "rw nosuid noexec",
    ["/dev/null"] = "rw nosuid noexec", ["/dev/pts"] = "rw nosuid noexec mode=620 max=256",
    ["/pts"] = "rw nosuid noexec mode=620 max=256",
    ["/file"] = "rw nosuid nodev", ["/changes"] = "rw nosuid nodev", ["/layers"] = "ro nosuid nodev",
  }

  each_user("has the flags that are promised for it", function(uid)
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/tree", "/tree/hidden", "/tree/mirror", "/upper", "/work" } do
      assert(sys.mkdir(dir.path .. name, 511))
      assert(sys.chmod(dir.path .. name, 511))
    end
    local out, result = run(uid, dir.path, [[
      ["/ro"] = ns.ro(dir .. "/tree"), ["/ro/hidden"] = ns.mask,
      ["/rw"] = ns.rw(dir .. "/tree"), ["/rw/mirror/made"] = ns.dir(), ["/dev_bind"] = ns.dev_bind(dir .. "/tree"),
      ["/tmp"] = ns.tmpfs, ["/proc"] = ns.proc, ["/sys"] = ns.sys, ["/mqueue"] = ns.mqueue, ["/dev"] = ns.dev,
      ["/pts"] = ns.devpts, ["/file"] = ns.file "x", ["/layers"] = ns.overlay { lower = { dir .. "/tree", "/usr" } },
      ["/changes"] = ns.overlay { lower = dir .. "/tree", upper = dir .. "/upper", work = dir .. "/work" } ]],
      "cat /proc/self/mountinfo")
    assert.equal(0, result.code, out)
    local seen = {}
    for target, rest in out:gmatch("%d+ %d+ %d+:%d+ %S+ (%S+) ([^\n]*)") do
      local flags = (rest:gsub(" .* ", ",") .. ","):gsub("^", ",")
      for flag in (promised[target] or "nosuid"):gmatch "%S+" do
        assert(flags:find("," .. flag .. ",", 1, true), ("%s is not %s: %s"):format(target, flag, rest))
      end
      seen[target] = true
    end
    for target in pairs(promised) do assert(seen[target], target .. " is missing: " .. out) end
  end)
end)

describe("a mask", function()
  each_user("cannot be listed, entered or read, whatever else is hidden", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/dir", 493))
    assert(sys.writefile(dir.path .. "/file", "secret"))
    local out = support.recipe(([[
      local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["%s/dir"] = ns.mask, ["%s/file"] = ns.mask },
        stderr = "stdout", cmd = { "/bin/sh", "-c", "cd $0; ls dir; ls dir/x; cat file; ls -A /run", %q } }]])
      :format(dir.path, dir.path, dir.path), { uid = uid }).stdout
    assert.equal(3, select(2, out:gsub(": Permission denied\n", "")), out)
    assert.equal(3, select(2, out:gsub("\n", "")), out)
  end)
end)

describe("the procfs of a sandbox", function()
  it("is made read-only where it was mounted, wherever a link on the way leads by then", function()
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/one", "/two", "/tree", "/tree/x", "/tree/y", "/tree/y/sys", "/tree/d", "/tree/usr" } do
      assert(sys.mkdir(dir.path .. name, 493))
    end
    assert(sys.symlink("/x", dir.path .. "/one/proc"))
    assert(sys.symlink("/y", dir.path .. "/two/proc"))
    -- The second bind stands in for a rename between the two steps.
    local out = run(sys.getids().euid, dir.path, "", "true") and support.recipe(([[
      local sys = require "nsengine.sys"
      local null = sys.open("/dev/null", sys.O_RDWR)
      local ids = sys.getids()
      local plan = sys.plan { init = true,
        flags = sys.CLONE_NEWUSER | sys.CLONE_NEWNS | sys.CLONE_NEWPID,
        uid_map = { { 0, ids.euid, 1 } }, gid_map = { { 0, ids.egid, 1 } },
        steps = { { "private" }, { "scratch" }, { "root_bind", %q, 0, 1 }, { "bind", "/usr", "/usr", 1, 1 },
          { "symlink", "usr/bin", "/bin" }, { "symlink", "usr/lib", "/lib" }, { "symlink", "usr/lib64", "/lib64" },
          { "bind", %q, "/d", 0, 1 }, { "filesystem", "proc", "/d/proc", "", 14 },
          { "bind", %q, "/d", 0, 1 }, { "readonly", "/d/proc/sys" },
          { "pivot" }, { "capabilities", 0, 0xef, 0 }, { "no_new_privs", 1 }, { "stdio" }, { "session" },
          { "chdir", "/" }, { "scrub", 0 } } }
      local process = assert(plan:spawn { argv = { "/bin/sh", "-c", "cut -d' ' -f5,6 /x/self/mountinfo" }, env = {},
        fds = { [0] = null, 1, 2 } })
      return process:wait()
    ]]):format(dir.path .. "/tree", dir.path .. "/one", dir.path .. "/two")).stdout
    assert(out:find("\n/x/sys ro,"), out)
  end)
end)

describe("a file of the recipe", function()
  each_user("belongs to the command's user, whoever that is", function(uid)
    for _, more in ipairs { "", 'user = "root"', 'user = "self"', 'user = "nobody"',
      uid == 0 and 'user = { uid = 7, gid = 8 }' or 'user = { uid = 7 }', 'user = "root", caps = { "net_admin" }' } do
      local out = run(uid, "", [[ ["/f"] = ns.file("read ", "600") ]],
        "test -O /f && cat /f && echo written > /f && cat /f", more)
      assert.equal("read written\n", out, more)
    end
  end)

  each_user("cannot be used to fill the memory", function(uid)
    local _, result = run(uid, "", [[ ["/f"] = ns.file("hello\n", "666"), ["/g"] = ns.file(("x"):rep(200000)) ]],
      "yes | head -c 20000000 >> /f; wc -c < /f; wc -c < /g", 'user = "self"')
    local out = result.stdout
    local size, other = out:match("(%d+)\n(%d+)\n$")
    assert(tonumber(size) >= 6 and tonumber(size) < 2 << 20, out)
    assert.equal("200000", other)
  end)

  each_user("has room, whatever the size of others", function(uid)
    local out = run(uid, "", [[ ["/a"] = ns.file(("x"):rep(65535)), ["/b"] = ns.file(("x"):rep(65535)),
      ["/c"] = ns.file "x", ["/d"] = ns.file(("x"):rep(65537)), ["/e"] = ns.file(("x"):rep(131071)) ]],
      "cat /a /b /c /d /e | wc -c")
    assert.equal("327679\n", out)
  end)
end)

describe("a caller that ignores SIGCHLD", function()
  each_user("can still wait for its sandboxes, and learns how they ended", function(uid)
    local recipe = 'return require("nsengine").sandbox { fs = { ["/"] = require("nsengine").ro "/" }, '
      .. 'cmd = { "/bin/sh", "-c", "exit 3" } }'
    local result = support.run { "/usr/bin/env", "--ignore-signal=CHLD", support.launcher(uid), "-e", recipe, uid = uid,
      seconds = 10 }
    assert.equal(3, result.code, result.stderr)
  end)

  each_user("learns how they ended in a stock Lua, too", function(uid)
    local lua, lib = support.example("../lua", uid), support.launcher(uid):gsub("nsengine$", "lib")
    local result = support.run { "env", "--ignore-signal=CHLD", "lua5.4", "-e", ([[
      package.path, package.cpath = "%s/?.lua;%s/?/init.lua", "%s/?.so"
      local ns = require "nsengine"
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, user = { groups = "keep" } }
      print(box:run({ "/bin/sh", "-c", "exit 3" }).code, box:run({ "/bin/sh", "-c", "kill -9 $$" }).signal) ]])
      :format(lua, lua, lib), uid = uid, seconds = 10 }
    assert.equal("3\t9\n", result.stdout, result.stderr)
  end)
end)

describe("a caller's umask", function()
  each_user("changes no mode that the recipe names, or leaves to nsengine", function(uid)
    local result = support.run { "sh", "-c", 'umask 077; exec "$0" -e "$1"', support.launcher(uid), [[
      local ns = require "nsengine"
      return ns.sandbox { fs = { ["/usr"] = ns.ro "/usr", ["/bin"] = ns.symlink "usr/bin",
          ["/lib"] = ns.symlink "usr/lib", ["/lib64"] = ns.symlink "usr/lib64", ["/dev"] = ns.dev,
          ["/made/dir"] = ns.dir "775", ["/on/the/way"] = ns.file("x", "666") },
        cmd = { "/bin/stat", "-c", "%a %n", "/", "/made", "/made/dir", "/on/the", "/on/the/way", "/dev/pts",
          "/dev/shm" } }]], uid = uid }
    assert.equal("755 /\n755 /made\n775 /made/dir\n755 /on/the\n666 /on/the/way\n755 /dev/pts\n1777 /dev/shm\n",
      result.stdout, result.stderr)
  end)
end)

describe("a missing mount point in a directory of the host", function()
  each_user("closes that to other new names, and is refused if there are too many to close", function(uid)
    local dir <close> = support.tempdir()
    for i = 1, 70 do
      assert(sys.mkdir(dir.path .. "/" .. i, 511))
      assert(sys.chmod(dir.path .. "/" .. i, 511))
    end
    local function try(count)
      return support.recipe(([[
        local ns = require "nsengine"
        local fs = { ["/usr"] = ns.ro "/usr", ["/lib"] = ns.symlink "usr/lib", ["/lib64"] = ns.symlink "usr/lib64",
          ["/tree"] = ns.rw %q }
        for i = 1, %d do fs[("/tree/%%d/made"):format(i)] = ns.dir() end
        return ns.sandbox { fs = fs, cmd = { "/usr/bin/touch", "/tree/%d/x" } } ]]):format(dir.path, count, count),
        { uid = uid })
    end
    assert.matches("touch: cannot touch '/tree/2/x': Read%-only file system\n", try(2).stderr)
    local many = try(70)
    assert.equal(125, many.code)
    assert.matches("fs%./tree/%d+/made: move_mount[^\n]*: Too many links %(EMLINK%)", many.stderr)
    assert.is_nil(sys.stat(dir.path .. "/70/x"))
  end)
end)

describe("a name in a tree of the host", function()
  local function refused(uid, dir, fs, message)
    local out, result = run(uid, dir, fs, "echo ran")
    assert.equal(125, result.code, fs .. out)
    assert(out:find(message, 1, true), out)
  end

  each_user("is refused if it is not what the recipe says", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/file", "x"))
    assert(sys.symlink("elsewhere", dir.path .. "/link"))
    for _, kind in ipairs { "ro", "rw" } do
      local tree = ('["/tree"] = ns.%s(dir), '):format(kind)
      refused(uid, dir.path, tree .. [[ ["/tree/file"] = ns.dir() ]], "fs./tree/file: mkdirat /tree/file: Not a dir")
      refused(uid, dir.path, tree .. [[ ["/tree/link"] = ns.symlink "there" ]], "fs./tree/link: symlinkat")
      refused(uid, dir.path, tree .. [[ ["/tree/link"] = ns.symlink "elsewhere/" ]], "fs./tree/link: symlinkat")
    end
    assert.equal("elsewhere\n", (run(uid, dir.path, [[ ["/tree"] = ns.ro(dir),
      ["/tree/link"] = ns.symlink "elsewhere" ]], "readlink /tree/link")))
  end)

  each_user("is not mounted on or hidden if it leads back to the root", function(uid)
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/usr", "/empty" } do assert(sys.mkdir(dir.path .. name, 493)) end
    assert(sys.symlink("/empty/..", dir.path .. "/link"))
    for _, mount in ipairs { "ns.tmpfs()", "ns.mask", "ns.ro(dir)", "ns.proc" } do
      refused(uid, dir.path, ([[ ["/"] = ns.ro(dir), ["/link"] = %s ]]):format(mount), "(EBUSY)")
    end
  end)
end)

describe("the /dev of a sandbox", function()
  each_user("has room for a limited number of files", function(uid)
    local out = run(uid, "", [[ ["/dev"] = ns.dev ]],
      "cd /dev/shm; i=0; while [ $i -lt 20 ]; do i=$((i+1)); seq -f $i.%g 1000 | xargs touch 2>/dev/null; done; "
      .. "ls | wc -l", 'user = "self"')
    assert(tonumber(out) > 1000 and tonumber(out) < 17000, out)
  end)
end)

describe("the /dev of a host", function()
  for _, uid in ipairs(support.users) do
    it("is not trusted: a device must be what its name says, as uid " .. uid, function()
      local dir <close> = support.tempdir()
      assert(sys.writefile(dir.path .. "/file", ""))
      for _, instead in ipairs { dir.path .. "/file", "/dev/null", "/dev/tty" } do
        local result = support.apart(function()
          assert(sys.mount(instead, "/dev/full", nil, sys.MS_BIND))
          return support.recipe([[
            local ns = require "nsengine"
            return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev }, cmd = { "/bin/true" } }]],
            { uid = support.root and uid or nil })
        end)
        assert.equal(125, result.code, instead)
        assert.matches("recipe.lua:2: fs%./dev: [^\n]*No such device %(ENODEV%)", result.stderr)
      end
    end)
  end
end)

describe("arguments that are too long for the kernel", function()
  each_user("are reported as such", function(uid)
    local r = support.recipe([[
      local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "/bin/echo", ("x"):rep(200000) } }]], { uid = uid })
    assert.equal(126, r.code)
    assert.matches("execve /bin/echo: Argument list too long %(E2BIG%)", r.stderr)
    assert.matches("\n  hint: argument 1 has 200000 bytes, one may have 131071: pass it in a file, or as stdin\n$",
      r.stderr)
    r = support.recipe([[
      local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, env = { A = ("x"):rep(131070) }, cmd = { "/bin/echo" } }]],
      { uid = uid })
    assert.matches("\n  hint: the variable A has 131072 bytes, one may have 131071", r.stderr)
    r = support.recipe([[
      local ns = require "nsengine"
      local words = { "/bin/echo" }
      for i = 2, 200 do words[i] = ("x"):rep(60000) end
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = words }]], { uid = uid })
    assert.matches("\n  hint: the arguments have 11940%d%d%d bytes, the environment 0: together they may have",
      r.stderr)
  end)
end)

describe("an overlay", function()
  each_user("writes to the given upper directory, whatever characters its name has", function(uid)
    local dir <close> = support.tempdir()
    for _, name in ipairs { "/low", "/a\\b", "/ab", "/work" } do
      assert(sys.mkdir(dir.path .. name, 511))
      assert(sys.chmod(dir.path .. name, 511))
    end
    local r = support.recipe(([[
      local ns = require "nsengine"
      return ns.sandbox { user = "self", fs = { ["/"] = ns.ro "/", ["/tmp"] = ns.tmpfs(),
        ["/tmp/o"] = ns.overlay { lower = %q, upper = %q, work = %q } },
        cmd = { "/bin/sh", "-c", "echo x > /tmp/o/made" } }]])
      :format(dir.path .. "/low", dir.path .. "/a\\b", dir.path .. "/work"), { uid = uid })
    assert.equal("", r.stderr)
    assert.same({ "made" }, sys.list(dir.path .. "/a\\b"))
    assert.same({}, sys.list(dir.path .. "/ab"))
  end)
end)
