--- What a recipe returns decides the exit status; --result writes it down; -q prints less, -v more.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local has_cjson, cjson = pcall(require, "cjson")

local head = 'local ns = require "nsengine"\nlocal box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }\n'

local function run(source, options)
  local command = { table.unpack(options or {}) }
  command[#command + 1] = "-e"
  command[#command + 1] = head .. source
  for _, word in ipairs(options and options.words or {}) do command[#command + 1] = word end
  command.uid = options and options.uid
  local r = support.nsengine(command)
  return { r.code or -r.signal, r.stdout, r.stderr }
end

describe("the value that a recipe returns", function()
  for _, uid in ipairs(support.users) do
    it("is run if it is a sandbox, as uid " .. uid, function()
      assert.same({ 0, "hello\n", "" }, run('return box:with { cmd = { "echo", "hello" } }', { uid = uid }))
      assert.same({ 7, "", "" }, run('return box:with { cmd = { "sh", "-c", "exit 7" } }', { uid = uid }))
      assert.same({ 137, "", "" }, run('return box:with { cmd = { "sh", "-c", "kill -9 $$" } }', { uid = uid }))
      assert.same({ 134, "", "" }, run('return box:with { cmd = { "sh", "-c", "kill -ABRT $$" } }', { uid = uid }))
      assert.same({ 3, "", "" }, run("return box", { uid = uid, words = { "--", "sh", "-c", "exit 3" } }))
    end)
  end

  it("has its captured output printed if it is a sandbox, unless --result gets it", function()
    local source = 'return box:with { stdout = "capture", stderr = "capture", '
      .. 'cmd = { "sh", "-c", "echo out; echo err >&2; exit 3" } }'
    assert.same({ 3, "out\n", "err\n" }, run(source))
    assert.same({ 3, "", "" }, run(source, { "-o", "/dev/null" }))
  end)

  it("sets the exit status if it is a Result", function()
    assert.same({ 0, "", "" }, run 'return box:run { "true" }')
    assert.same({ 5, "", "" }, run 'return box:run { "sh", "-c", "exit 5" }')
    assert.same({ 143, "", "" }, run 'return box:run { "sh", "-c", "kill $$" }')
    assert.same({ 5, "", "" }, run('return require "nsengine.sys".clone(0, function()\n'
      .. '  return box:run { "sh", "-c", "exit 5" } end):wait()'))
  end)

  it("does not matter if check() raised: the status is the command's", function()
    assert.same({ 1, "", "nsengine: false: exited with status 1 after 0.00 s\n" },
      (function()
        local r = run 'box:run({ "false" }):check()'
        r[3] = r[3]:gsub("%d%.%d%d s", "0.00 s")
        return r
      end)())
  end)

  it("gives status 159 and a message after a forbidden system call", function()
    local r = run 'return box:with { seccomp = "strict", cmd = { "sh", "-c", "ls | cat" } }'
    assert.equal(159, r[1])
    assert.matches("^nsengine: %-e: killed after 0%.%d+ s for a system call that the sandbox forbids\n$", r[3])
  end)

  it("gives status 124 and a message after a time limit", function()
    local r = run 'return box:with { limits = { wall_time = 0.1 }, cmd = { "sleep", "9" } }'
    assert.equal(124, r[1])
    assert.matches("^nsengine: %-e: stopped after 0%.%d+ s %(limit 0%.1 s%)\n$", r[3])
    r = run 'return box:run { "yes", stdout = "capture", limits = { output = 1000 } }'
    assert.equal(137, r[1])
    assert.matches("^nsengine: %-e: stopped after 1000 bytes of output", r[3])
  end)

  it("gives status 127 for a missing command, and 126 for one that cannot run", function()
    local missing = "command not found: no-such (looked in /usr/local/bin:/usr/bin:/bin, inside the sandbox)\n"
    assert.same({ 127, "", "nsengine: -e: " .. missing }, run("return box", { words = { "--", "no-such" } }))
    assert.same({ 127, "", "nsengine: -e:3: " .. missing }, run 'return box:with { cmd = { "no-such" } }')
    assert.same({ 127, "", "nsengine: -e:3: " .. missing }, run 'return box:run { "no-such" }')
    local r = run("return box", { words = { "--", "/etc/passwd" } })
    assert.equal(126, r[1])
    assert.matches("\n  hint: the file is not executable", r[3])
  end)

  it("needs a command if it is a sandbox", function()
    assert.same({ 125, "",
      "nsengine: -e:2: cmd: no command: cmd = { ... } in the sandbox, or nsengine -e -- COMMAND\n" }, run "return box")
  end)

  it("is explained if it is a mistake", function()
    local r = run 'return { hostname = "x" }'
    assert.equal(125, r[1])
    assert.matches("^nsengine: %-e: returned table: [%w]+ %(a table%); expected [^\n]*\n"
      .. "  hint: ns.sandbox { ... } makes a sandbox of a table of fields\n$", r[3])
  end)

  it("can have any of the other forms", function()
    for text, status in pairs { ["return"] = 0, ["return true"] = 0, ["return false"] = 1, ["return 9"] = 9,
      ["return nil, 'exit', 4"] = 4, ["return nil, 'signal', 9"] = 137 } do
      assert.same({ status, "", "" }, run("local _ = box " .. text))
    end
    assert.same({ 137, "", "" }, run "return nil, 'signal', 9") -- no forgotten `return`, though the sandbox is not used
  end)
end)

describe("-q and -v", function()
  it("silence warnings and limits, or tell how each command ended", function()
    local source = 'ns.warn "careful" return box:with { limits = { wall_time = 0.1 }, cmd = { "sleep", "9" } }'
    assert.matches("^nsengine: warning: %-e:3: careful\nnsengine: %-e: stopped", run(source)[3])
    assert.same({ 124, "", "" }, run(source, { "-q" }))
    assert.matches("^nsengine: %-e: exited with status 0 after 0%.%d+ s; 0%.%d+ s of CPU time, %d+%.%d MB\n$",
      run('return box:run { "true" }', { "-v" })[3])
  end)

  it("differ in errors: -v adds a traceback, to error objects too", function()
    local r = run('local function f() return box:run { "true", cwd = 7 } end\nf()', { "--verbose" })
    assert.equal(125, r[1])
    assert.matches("^nsengine: %-e:3: cwd: [^\n]*\nstack traceback:\n.*%-e:4: in main chunk\n", r[3])
    r = run('return box:run { "true" }, error("x")', { "-v" })
    assert.matches("^nsengine: %-e:3: x\nstack traceback:\n", r[3])
  end)
end)

describe("--result", function()
  local function result(source, options)
    local r = run(source, { "-o", "-", table.unpack(options or {}), words = options and options.words })
    return cjson.decode(r[2]), r
  end

  it("writes the Result as JSON", function()
    if not has_cjson then return pending "needs lua-cjson" end
    local json, r = result 'return box:run { "sh", "-c", "echo x; exit 3", stdout = "capture" }'
    assert.equal(3, r[1])
    assert.equal(1, select(2, r[2]:gsub("\n", "")))
    assert.same({ false, "exit", 3, 3, "x\n" }, { json.ok, json.reason, json.code, json.status, json.stdout })
    assert.truthy(json.wall_time > 0 and json.cpu_time >= 0)
    json = result('return box', { words = { "--", "true" } })
    assert.same({ true, "ok", 0 }, { json.ok, json.reason, json.status })
    json = result 'return box:run { "sh", "-c", "kill -9 $$" }'
    assert.same({ "signal", 9, 137 }, { json.reason, json.signal, json.status })
    json = result('return box:with { limits = { wall_time = 0.1 }, cmd = { "sleep", "9" } }')
    assert.same({ "wall_time", 124 }, { json.reason, json.status })
  end)

  it("writes to a file or to a descriptor", function()
    if not has_cjson then return pending "needs lua-cjson" end
    local dir <close> = support.tempdir()
    local path = dir.path .. "/r.json"
    for _, option in ipairs { "-o", "--result" } do
      assert.same({ 0, "", "" }, run('return box:run { "true" }', { option, path }))
      assert.is_true(cjson.decode(sys.readfile(path)).ok)
    end
    assert.same({ 0, "", "" }, run('return box:run { "true" }', { "--result=" .. path }))
    local r = support.run { "sh", "-c", support.launcher() .. " -o fd:7 -e 'return 4' 7>" .. path }
    assert.same({ 4, "", "" }, { r.code, r.stdout, r.stderr })
    assert.same({ ok = false, reason = "exit", code = 4, status = 4 }, cjson.decode(sys.readfile(path)))
  end)

  it("writes the failure, so that programs need not parse messages", function()
    if not has_cjson then return pending "needs lua-cjson" end
    local json, r = result 'return ns.sandbox {\n  fs = { ["/x"] = ns.ro "/no/such" }, cmd = { "x" } }'
    assert.equal(125, r[1])
    assert.same({ ok = false, reason = "error", status = 125, kind = "host", where = "-e:4", field = "fs./x",
      message = "no such file or directory: /no/such", errno = 2, op = json.op }, json)
    json = result('return box', { words = { "--", "no-such" } })
    assert.same({ "error", "exec", 127 }, { json.reason, json.kind, json.status })
    json = result "error 'broken'"
    assert.same({ "error", "recipe", 125, "-e:3: broken" }, { json.reason, json.kind, json.status, json.message })
    json = result "os.exit(4, true)"
    assert.equal("error", json.reason)
    json, r = result 'return ns.sandbox { fs = { ["/x"] = ns.ro "/nope\\xff" }, cmd = { "x" } }'
    assert.truthy(utf8.len(r[2]))
    assert.equal("no such file or directory: /nope\u{FFFD}", json.message)
  end)

  it("is refused before anything runs if it cannot be written", function()
    if not has_cjson then return pending "needs lua-cjson" end
    assert.same({ 125, "", "nsengine: option '--result': open /no/such/x: No such file or directory (ENOENT)\n" },
      run('print "ran"', { "-o", "/no/such/x" }))
    assert.same({ 125, "", "nsengine: option '--result': dup 99: Bad file descriptor (EBADF)\n" },
      run('print "ran"', { "-o", "fd:99" }))
  end)
end)
