--- What an error says: the field, its line, the failed call, the remedy.
local engine = require "support.engine"
local support = require "support"
local sys = require "nsengine.sys"

local errors = require "nsengine.error"
local ns = require "nsengine"

local plan = engine.plan { hostname = "box", fs = { ["/work"] = ns.ro "/src", ["/tmp"] = ns.tmpfs } }

local function step(name)
  for i, entry in ipairs(plan.steps) do
    if entry[1] == name then return i end
  end
end

local function failure(message, errno, detail, job)
  return errors.from_spawn(plan, message, errno, detail, job)
end

describe("an error object", function()
  it("prints as one sentence: place, field, message", function()
    local err = errors.new { kind = "setup", where = "recipe.lua:7", field = "fs./work", errno = 2,
      message = "open_tree ./src: No such file or directory (ENOENT)" }
    assert.equal("recipe.lua:7: fs./work: open_tree ./src: No such file or directory (ENOENT)", tostring(err))
    assert.equal("x", tostring(errors.new { kind = "host", message = "x" }))
    assert.is_true(errors.is(err))
    assert.is_false(errors.is {})
    assert.is_false(errors.is "x")
  end)
end)

describe("a step that failed", function()
  it("names the field that asked for it", function()
    local err = failure("spawn: hostname: sethostname: Operation not permitted (EPERM)", sys.EPERM,
      { stage = "step", step = step "hostname", call = "sethostname" })
    assert.equal("recipe.lua:8: hostname: sethostname box: Operation not permitted (EPERM)", tostring(err))
    assert.equal("setup", err.kind)
    assert.equal("sethostname", err.op)
    assert.equal(sys.EPERM, err.errno)
    assert.equal('with share = { "uts" } the host name is the host\'s own', err.hint)
  end)

  it("reports a source that has vanished as one that was never there", function()
    local err = failure("open_tree /src: No such file or directory (ENOENT)", sys.ENOENT,
      { stage = "step", step = step "bind", call = "open_tree" })
    assert.equal("recipe.lua:8: fs./work: no such file or directory: /src", tostring(err))
  end)

  it("that belongs to no field is reported as the host's refusal", function()
    local err = failure("spawn: clone3: Operation not permitted (EPERM)", sys.EPERM,
      { stage = "clone", call = "clone3" })
    assert.equal("host", err.kind)
    assert.equal("recipe.lua:1: clone: Operation not permitted (EPERM)", tostring(err))
    assert.is_string(err.hint)
    err = failure("spawn: idmap: newuidmap: no range", nil, { stage = "maps" })
    assert.equal("recipe.lua:4: user: idmap: newuidmap: no range", tostring(err))
    assert.matches("usermod", err.hint)
  end)

  it("that was raised by setup is reported as the recipe's own error, with its traceback", function()
    local with_setup = engine.plan { setup = function() end }
    local at
    for i, entry in ipairs(with_setup.steps) do at = entry[1] == "setup" and i or at end
    local err = errors.from_spawn(with_setup, "spawn: setup: setup: Operation canceled (ECANCELED)", sys.ECANCELED,
      { stage = "step", step = at, call = "setup", setup_error = "recipe.lua:12: oh\nstack traceback:\n\t[C]: in ?" })
    assert.equal("recipe.lua:5: setup: recipe.lua:12: oh", tostring(err))
    assert.equal("stack traceback:\n\t[C]: in ?", err.traceback)
  end)
end)

describe("a command that cannot be executed", function()
  local function exec(argv, errno, fields)
    return failure("exec " .. argv[1], errno, { stage = "exec", call = "execve" }, {
      argv = argv, path = "/usr/bin:/bin",
      where = "recipe.lua:9", spec = require("nsengine.schema").check("recipe.lua:1", fields or {}) })
  end

  it("is reported as not found, with the directories that were searched", function()
    local err = exec({ "nosuch" }, sys.ENOENT, { fs = { ["/"] = ns.ro "/" } })
    assert.equal("recipe.lua:9: command not found: nosuch (looked in /usr/bin:/bin, inside the sandbox)", tostring(err))
    assert.equal("exec", err.kind)
    assert.is_nil(err.hint)
  end)

  it("is explained by an empty sandbox, where that is the cause", function()
    assert.matches("the sandbox is empty", exec({ "ls" }, sys.ENOENT).hint)
  end)

  it("is explained by a missing loader or interpreter", function()
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/script", "#!/opt/lang/bin/run -x\n"))
    local loader = "\127ELF\2\1\1" .. ("\0"):rep(25) .. string.pack("<I8", 64) .. ("\0"):rep(14)
      .. string.pack("<I2I2", 56, 1) .. ("\0"):rep(6) .. string.pack("<I4I4I8", 3, 4, 120) .. ("\0"):rep(40)
      .. "/lib64/ld.so\0"
    assert(sys.writefile(dir.path .. "/program", loader))
    local fields = { fs = { ["/usr/bin"] = ns.ro(dir.path) } }
    assert.equal("program is in the sandbox, but not /lib64/ld.so, which executes it; it is not on this host either",
      exec({ "program" }, sys.ENOENT, fields).hint)
    assert.equal("/usr/bin/script is in the sandbox, but not /opt/lang/bin/run, which executes it; "
      .. "it is not on this host either",
      exec({ "/usr/bin/script" }, sys.ENOENT, fields).hint)
    assert(sys.writefile(dir.path .. "/script", ("#!%s/run -x\n"):format(dir.path)))
    assert(sys.writefile(dir.path .. "/run", ""))
    assert.equal(('/usr/bin/script is in the sandbox, but not %s/run, which executes it: fs["%s"] = ns.ro "%s"')
      :format(dir.path, dir.path, dir.path), exec({ "/usr/bin/script" }, sys.ENOENT, fields).hint)
    assert.equal("/usr/bin/other is neither in the sandbox nor on this host",
      exec({ "/usr/bin/other" }, sys.ENOENT, fields).hint)
    assert.is_nil(exec({ "./other" }, sys.ENOENT, fields).hint)
    assert.equal("/no/such is neither in the sandbox nor on this host",
      exec({ "/no/such" }, sys.ENOENT, { share = "all" }).hint)
    fields.setup = print
    assert.is_nil(exec({ "/usr/bin/other" }, sys.ENOENT, fields).hint)
  end)

  it("is explained without control characters, which are in files that a hostile command made", function()
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/script", "#!/run\27[31m\r\7 -x\n"))
    assert(sys.symlink("/no\nnsengine: \27]0;x\7", dir.path .. "/link"))
    local fields = { fs = { ["/usr/bin"] = ns.ro(dir.path) } }
    assert.equal("script is in the sandbox, but not /run\\27[31m\\13\\7, which executes it; "
      .. "it is not on this host either",
      exec({ "script" }, sys.ENOENT, fields).hint)
    assert.equal("/usr/bin/link leads to /no\\10nsengine: \\27]0;x\\7, "
      .. "which is neither in the sandbox nor on this host",
      exec({ "/usr/bin/link" }, sys.ENOENT, fields).hint)
  end)

  it("is explained by the first line of a script that the recipe wrote", function()
    local fields = { fs = { ["/s"] = ns.file "#!/opt/py/bin/python3\n", ["/t"] = ns.file "#! /bin/sh\r\necho\r\n" } }
    assert.equal("/s is in the sandbox, but not /opt/py/bin/python3, which executes it; it is not on this host either",
      exec({ "/s" }, sys.ENOENT, fields).hint)
    assert.equal('the first line of /t ends in a carriage return, which the kernel takes for part of "/bin/sh": end '
      .. "lines with \\n alone; sed -i 's/\\r$//' FILE", exec({ "/t" }, sys.ENOENT, fields).hint)
  end)

  it("is explained by a file that is on the host but not in the sandbox, with the mount to add", function()
    local dir <close> = support.tempdir()
    assert(sys.mkdirs(dir.path .. "/host/bin"))
    assert(sys.writefile(dir.path .. "/host/bin/run", "#!/bin/sh\n"))
    assert(sys.mkdir(dir.path .. "/venv", 493))
    assert(sys.symlink(dir.path .. "/host/bin/run", dir.path .. "/venv/python"))
    assert(sys.symlink("/no/such", dir.path .. "/venv/dangling"))
    local bin = ("%s/host/bin"):format(dir.path)
    local fields = { fs = { ["/venv"] = ns.ro(dir.path .. "/venv"), ["/usr/lib"] = ns.tmpfs } }
    local add = ('fs["%s"] = ns.ro "%s"'):format(bin, bin)
    assert.equal(("%s/run is on the host, but not in the sandbox: %s"):format(bin, add),
      exec({ bin .. "/run" }, sys.ENOENT, fields).hint)
    assert.equal(("/venv/python leads to %s/run, which is on the host, but not in the sandbox: %s"):format(bin, add),
      exec({ "/venv/python" }, sys.ENOENT, fields).hint)
    assert.equal("/venv/dangling leads to /no/such, which is neither in the sandbox nor on this host",
      exec({ "/venv/dangling" }, sys.ENOENT, fields).hint)
    assert.equal("/venv/nosuch is neither in the sandbox nor on this host",
      exec({ "/venv/nosuch" }, sys.ENOENT, fields).hint)
    -- Found along PATH, and relative to the working directory.
    assert.equal('/usr/bin/env is on the host, but not in the sandbox: fs["/usr/bin/env"] = ns.ro "/usr/bin/env"',
      exec({ "env" }, sys.ENOENT, { fs = { ["/usr/bin"] = ns.tmpfs } }).hint)
    fields.cwd = "/venv"
    assert.matches("^%./python leads to ", exec({ "./python" }, sys.ENOENT, fields).hint)
    -- A link of the host that leads to what is inside is suggested as a link.
    if sys.readlink "/bin" == "usr/bin" then
      assert.equal('/bin/sh is on the host, but not in the sandbox: fs["/bin"] = ns.symlink "usr/bin"',
        exec({ "/bin/sh" }, sys.ENOENT, { fs = { ["/usr"] = ns.ro "/usr" } }).hint)
    end
    -- Links of fs that lead round in circles get no hint.
    assert.is_nil(exec({ "/a/x" }, sys.ENOENT, { fs = { ["/a"] = ns.symlink "b", ["/b"] = ns.symlink "a" } }).hint)
  end)

  it("is explained by noexec, landlock or a missing #! line", function()
    assert.matches("noexec$", exec({ "/x" }, sys.EACCES).hint)
    assert.matches("landlock%.exec", exec({ "/x" }, sys.EACCES, { landlock = { read = { "/" } } }).hint)
    assert.matches("#!", exec({ "/x" }, sys.ENOEXEC).hint)
  end)
end)
