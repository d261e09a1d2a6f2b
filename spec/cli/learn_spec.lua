--- --why and --learn: what a recipe lacks, and a recipe made from a command.

local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

if support.linux() < 5005 then return pending "needs seccomp_unotify(2), Linux 5.5" end

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function() fn(uid) end)
  end
end

local environment = { PATH = "/usr/bin:/bin", HOME = "/nonexistent", LANG = "C" }

--- Runs the launcher in a directory that the user may write to.
local function launch(uid, dir, ...)
  return support.nsengine { uid = uid, cwd = dir, env = environment, ... }
end

describe("--why", function()
  local source = [[
local ns = require "nsengine"
return ns.sandbox {
  fs = {
    ["/"] = ns.ro "/",
  },
  cmd = { "/bin/sh", "-c", "echo > /tmp/x; echo > /tmp/x; exit 3" },
}]]

  each_user("says what was denied, by which line, and what would allow it, and keeps the exit status", function(uid)
    local r = support.recipe(source, { uid = uid })
    assert.equal(3, r.code)
    assert.is_nil(r.stderr:find "denied")
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/r.lua", source))
    r = launch(uid, dir.path, "--why", "r.lua")
    assert.equal(3, r.code)
    assert.truthy(r.stderr:find("nsengine: denied: openat /tmp/x: EROFS, read-only in the sandbox (r.lua:4: fs./), "
      .. '2 times\n  to allow it: fs = { ["/tmp"] = ns.tmpfs }\n', 1, true), r.stderr)
    r = launch(uid, dir.path, "--why=" .. dir.path .. "/log", "r.lua")
    assert.is_nil(r.stderr:find "denied")
    assert.truthy(assert(sys.readfile(dir.path .. "/log")):find "^nsengine: denied: openat /tmp/x")
  end)

  each_user("prints names as they are, except for characters that a terminal would obey", function(uid)
    local r = launch(uid, "/", "--why", "-e", [[local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, stderr = "null",
        cmd = { "/bin/sh", "-c", "echo > '/etc/\27[2Jx\ny'" } }]])
    assert.truthy(r.stderr:find("openat /etc/\\27[2Jx\\10y: EROFS", 1, true), r.stderr)
    assert.is_nil(r.stderr:find "\27")
  end)

  each_user("says so if nothing was denied, and what it does not watch", function(uid)
    local r = launch(uid, "/", "--why", "-e", [[local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "/bin/true" } }]])
    assert.equal("nsengine: no file, call or address was denied; limits and ids are not watched\n", r.stderr)
  end)

  each_user("adds the denials to the JSON of --result", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/r.lua", source))
    local r = launch(uid, dir.path, "--why=/dev/null", "--result", "-", "r.lua")
    local result = require("cjson").decode(r.stdout)
    assert.same({ { call = "openat", path = "/tmp/x", errno = "EROFS", why = "readonly", field = "fs./",
      where = "r.lua:4", add = 'fs = { ["/tmp"] = ns.tmpfs }', count = 2 } }, result.denied)
  end)
end)

--- Learns a command in a directory, and runs the recipe; returns what both printed.
local function learn(uid, dir, ...)
  local r = launch(uid, dir, "--learn", "learned.lua", ...)
  assert.equal("", r.stderr)
  assert.equal(0, r.code)
  local text = assert(sys.readfile(dir .. "/learned.lua"))
  local again = launch(uid, dir, "learned.lua")
  assert.equal("", again.stderr, text)
  assert.equal(0, again.code, text)
  assert.equal(r.stdout, again.stdout)
  return text, r.stdout
end

describe("--learn", function()
  each_user("writes a recipe that can repeat a shell's commands", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/in", "3\n1\n2\n"))
    local text, out = learn(uid, dir.path, "sh", "-c", "sort < in > out; cat out; head -n1 /etc/passwd | cut -d: -f1")
    assert.equal("1\n2\n3\nroot\n", out)
    assert.truthy(text:find(('["%s"] = ns.rw "%s"'):format(dir.path, dir.path), 1, true), text)
    assert.truthy(text:find('["/etc/passwd"] = ns.ro "/etc/passwd"', 1, true), text)
    assert.truthy(text:find('["/usr"] = ns.ro "/usr"', 1, true), text)
    assert.is_nil(text:find('["/"]', 1, true), text)
    assert.is_nil(text:find('net = ', 1, true), text)
    assert.is_nil(text:find('seccomp', 1, true), text)
  end)

  if os.execute "command -v gcc >/dev/null" then
    each_user("writes a recipe that can repeat a compilation, with temporary files in memory", function(uid)
      local dir <close> = support.tempdir()
      assert(sys.writefile(dir.path .. "/a.c", "#include <stdio.h>\nint main(void) { return puts(\"x\") < 0; }\n"))
      local text = learn(uid, dir.path, "gcc", "-o", "a", "a.c")
      assert.truthy(text:find('["/tmp"] = ns.tmpfs', 1, true), text)
      assert.equal("x\n", support.run { dir.path .. "/a" }.stdout)
    end)
  end

  if os.execute "test -x /usr/bin/python3" then
    each_user("writes a recipe that can repeat a script and its interpreter", function(uid)
      local dir <close> = support.tempdir()
      assert(sys.writefile(dir.path .. "/script", "#!/usr/bin/python3\nimport json, tempfile\n"
        .. "with tempfile.TemporaryFile() as f: f.write(b'x')\nprint(json.dumps([1]))\n"))
      assert(sys.chmod(dir.path .. "/script", 493))
      assert.equal("[1]\n", select(2, learn(uid, dir.path, "./script")))
    end)
  end

  each_user("mounts nothing that the command created itself", function(uid)
    local dir <close> = support.tempdir()
    local new <close> = support.tempdir()
    support.remove(new.path)
    local script = "echo x > NEW; cat NEW; mkdir NEW.d; echo y > NEW.d/f; cat NEW.d/f; rm -r NEW.d"
    local text, out = learn(uid, dir.path, "sh", "-c", (script:gsub("NEW", new.path)))
    assert.equal("x\ny\n", out)
    assert.truthy(text:find('["/tmp"] = ns.tmpfs', 1, true), text)
    assert.is_nil(text:find('["' .. new.path, 1, true), text)
  end)

  each_user("starts where the command was started", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/sub", 511))
    assert(sys.chmod(dir.path .. "/sub", 511))
    assert(sys.writefile(dir.path .. "/script", "#!/bin/sh\necho beside\n"))
    assert(sys.chmod(dir.path .. "/script", 493))
    assert.equal("beside\n", select(2, learn(uid, dir.path .. "/sub", "../script")))
    assert.equal(dir.path .. "/sub\n", select(2, learn(uid, dir.path .. "/sub", "sh", "-c", "cd .; /bin/pwd")))
  end)

  each_user("shows directories that were listed, or says that it does not", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/listed", 511))
    assert(sys.writefile(dir.path .. "/listed/name", ""))
    assert.equal("name\n", select(2, learn(uid, dir.path, "ls", "listed")))
    local text = learn(uid, dir.path, "ls", "/etc")
    assert.truthy(text:find('["/etc"] = ns.ro "/etc", -- all of it, because it was listed\n', 1, true), text)
    launch(uid, dir.path, "--learn", "learned.lua", "ls", "/", "/home")
    text = assert(sys.readfile(dir.path .. "/learned.lua"))
    assert.truthy(text:find('    -- "/": it was listed, and shows only what is mounted here; ', 1, true), text)
    assert.truthy(text:find('    ["/home"] = ns.dir, -- it was listed, and shows only', 1, true), text)
    assert.equal(0, launch(uid, dir.path, "learned.lua").code, text)
  end)

  each_user("is root's only where the command wrote to files of the host, or read root's", function(uid)
    local dir <close> = support.tempdir()
    assert.is_nil(learn(uid, dir.path, "cat", "/etc/passwd"):find "user =")
    assert.equal(uid == 0, learn(uid, dir.path, "sh", "-c", "echo > out"):find 'user = "self"' ~= nil)
    if uid == 0 then
      assert(sys.writefile(dir.path .. "/secret", "x"))
      assert(sys.chmod(dir.path .. "/secret", 384))
      assert.truthy(learn(uid, dir.path, "cat", "secret"):find 'user = "self"')
    end
  end)

  each_user("names the variables that the recipe does not pass on", function(uid)
    local dir <close> = support.tempdir()
    support.nsengine { uid = uid, cwd = dir.path, env = { PATH = "/usr/bin:/bin", TOKEN = "secret", OTHER = "" },
      "--learn", "learned.lua", "true" }
    local text = assert(sys.readfile(dir.path .. "/learned.lua"))
    assert.truthy(text:find("  -- not passed on: OTHER TOKEN\n  env = { PATH = true },\n", 1, true), text)
    assert.is_nil(text:find("secret", 1, true))
  end)

  each_user("leaves no file if the command could not run", function(uid)
    local dir <close> = support.tempdir()
    local r = launch(uid, dir.path, "--learn", "learned.lua", "/no/such/command")
    assert.matches("/no/such/command", r.stderr, 1, true)
    assert.equal(127, r.code)
    assert.is_nil(sys.stat(dir.path .. "/learned.lua"))
  end)

  each_user("makes the file at the end, because the command may never end", function(uid)
    local dir <close> = support.tempdir()
    local r = launch(uid, dir.path, "--learn", "learned.lua", "test", "!", "-e", "learned.lua")
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.truthy(sys.stat(dir.path .. "/learned.lua"))
  end)

  each_user("names the calls that the default filter refuses", function(uid)
    local dir <close> = support.tempdir()
    local text = learn(uid, dir.path, "unshare", "-U", "true")
    assert.truthy(text:find('seccomp = { allow = { "unshare" } },', 1, true), text)
  end)

  each_user("names the network, and the ports", function(uid)
    local dir <close> = support.tempdir()
    launch(uid, dir.path, "--learn", "learned.lua", "bash", "-c", "echo > /dev/tcp/127.0.0.1/9")
    local text = assert(sys.readfile(dir.path .. "/learned.lua"))
    assert.truthy(text:find('  -- connected to 127.0.0.1:9\n  net = "host",\n', 1, true), text)
  end)

  it("exits with the command's status, and warns that the recipe may be incomplete", function()
    local dir <close> = support.tempdir()
    local r = launch(support.users[1], dir.path, "--learn", "learned.lua", "sh", "-c", "exit 3")
    assert.equal(3, r.code)
    assert.truthy(r.stderr:find("what it did not get to is missing from learned.lua", 1, true), r.stderr)
  end)

  it("writes a Result on request", function()
    local dir <close> = support.tempdir()
    local r = launch(nil, dir.path, "--learn", "learned.lua", "--result", "-", "true")
    assert.truthy(r.stdout:find('^{"ok":true,'), r.stdout .. r.stderr)
  end)

  each_user("does not touch an existing file if the command does not exist", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/kept.lua", "kept"))
    assert(sys.chmod(dir.path .. "/kept.lua", 438))
    local r = launch(uid, dir.path, "--learn", "kept.lua", "nonesuch")
    assert.equal(127, r.code)
    assert.equal("nsengine: command not found: nonesuch (looked in /usr/bin:/bin, inside the sandbox)\n", r.stderr)
    assert.equal("kept", sys.readfile(dir.path .. "/kept.lua"))
  end)

  it("says which directory becomes writable, for which new file, and what would be narrower", function()
    local text = require "nsengine.learned"({ { path = "/etc/passwd", wish = "make" },
      { path = "/usr/share/doc", wish = "make" }, { path = "/usr/lib/none\nos.exit()", wish = "make" } }, { "x" }, "/")
    assert.truthy(load(text))
    assert.truthy(text:find('["/etc"] = ns.rw "/etc", -- all of it, because "passwd" was created in it; narrower, '
      .. 'now that it exists: ["/etc/passwd"] = ns.rw "/etc/passwd"\n', 1, true), text)
    assert.truthy(text:find('["/usr/share"] = ns.rw "/usr/share", -- all of it, because "doc" was created', 1, true),
      text)
    assert.truthy(text:find('["/usr/lib"] = ns.rw "/usr/lib",\n', 1, true), text)
  end)

  it("overwrites an existing file, as --help says", function()
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/r.lua", "kept"))
    assert.equal(0, launch(nil, dir.path, "--learn", "r.lua", "true").code)
    assert.matches("ns.sandbox", sys.readfile(dir.path .. "/r.lua"))
    assert.matches("overwriting it", (support.nsengine { "--help" }.stdout:gsub("%s+", " ")))
  end)

  it("requires a command", function()
    local r = launch(nil, "/", "--learn", "/dev/null")
    assert.equal(125, r.code)
    assert.equal("nsengine: option '--learn' needs a command: nsengine --learn FILE COMMAND...\n", r.stderr)
  end)
end)
