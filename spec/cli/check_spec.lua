--- --check loads and validates a recipe, and runs nothing.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local ns = 'local ns = require "nsengine"\n'

local function check(source, ...)
  local r = support.nsengine { "--check", "-e", ns .. source, ... }
  return { r.code, r.stdout, r.stderr }
end

local fine = { 0, "", "" }

describe("--check", function()
  it("accepts a correct recipe", function()
    assert.same(fine, check 'return ns.sandbox { hostname = "x", cmd = { "/no/such/command" } }')
    assert.same(fine, check 'return ns.sandbox { fs = { ["/"] = ns.ro "/" } }') -- the command comes behind --
    assert.same(fine, check "return 0")
    assert.same(fine, check "")
    assert.same({ 0, "", "" }, check('return ns.sandbox { cmd = { "x" } }', "--", "y"))
  end)

  it("reports a mistake with its line", function()
    assert.same({ 125, "", "nsengine: -e:3: hostnme: unknown field (did you mean 'hostname'?)\n" },
      check 'return ns.sandbox {\n  hostnme = "x",\n}')
    assert.same({ 125, "", "nsengine: -e:2: undefined global 'pritn' (did you mean 'print'?)\n" }, check "pritn(1)")
    assert.equal(125, check("return return")[1])
    assert.equal(125, check("return 'text'")[1])
    -- fields that contradict each other
    assert.equal(125, check('return ns.sandbox { net = "none", share = { "net" }, cmd = { "x" } }')[1])
  end)

  it("warns about what this host cannot do, and accepts the recipe", function()
    assert.same({ 0, "", "nsengine: warning: -e:3: fs./x: no such file or directory: ./no-such\n" },
      check 'return ns.sandbox {\n  fs = { ["/x"] = ns.ro "./no-such" }, cmd = { "x" },\n}')
  end)

  it("stops where the recipe would run something", function()
    local dir <close> = support.tempdir()
    local made = dir.path .. "/made"
    for _, source in ipairs {
      'ns.sandbox { fs = { ["/"] = ns.rw "/" } }:run { "touch", ... }',
      'ns.sandbox { fs = { ["/"] = ns.rw "/" } }:spawn { "touch", ... }',
      'os.execute("touch " .. ...)',
      'io.popen("touch " .. ...):close()',
      'local name = ... require "nsengine.sys".clone(0, function() require "nsengine.sys".exec { "touch", name } end)',
      'require "nsengine.sys".exec { "touch", ... }',
    } do
      assert.same(fine, check(source .. " print 'not reached' error 'not reached'", made))
      assert.is_nil(sys.stat(made), source)
    end
  end)

  it("undoes what the recipe began before that", function()
    local r = support.nsengine { "-n", "-e", ns .. [[
      local dir <close> = ns.tempdir()
      print(dir.path)
      return ns.sandbox { fs = { ["/x"] = ns.rw(dir.path) } }:run { "true" }]] }
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.is_nil(sys.stat(r.stdout:match("[^\n]+")))
  end)

  it("finds a sandbox that is described and then forgotten", function()
    local forgotten = "nsengine: -e:%d: this sandbox was described but never run: write '%s'\n"
    for _, case in ipairs {
      { 'ns.sandbox {\n  cmd = { "x" } }', 2, "return ns.sandbox { ... }" },
      { 'if not ... then ns.sandbox {} end', 2, "return ns.sandbox { ... }" },
      { 'local n = #{ 1 } ns.sandbox {}', 2, "return ns.sandbox { ... }" },
      { 'ns.sandbox {}:with { net = "none" }', 2, "return ns.sandbox { ... }" },
      { 'ns.profile "strict"', 2, 'return ns.profile "..."' },
      { 'local base = ns.sandbox {}\nlocal box = base:with {\n  cmd = { "x" } }', 3, "return box" },
      { 'local base = ns.sandbox {}\nbase:with { cmd = { "x" } }', 3, "return base:with { ... }" },
    } do
      assert.same({ 125, "", forgotten:format(case[2], case[3]) }, check(case[1]), case[1])
    end
    for _, source in ipairs {
      'local box = ns.sandbox {} for _, file in ipairs { ... } do box:run { file } end', -- no files
      'local box = ns.sandbox {} if ... then return box end',
      'local function make() return ns.sandbox {} end make()',
      'local all = { ns.sandbox {}, (ns.sandbox {}) }',
      'ns.sandbox {}:explain()',
      'ns.sandbox {} return 0',
      'ns.sandbox {}:run { "x" } ns.sandbox {}',
    } do
      assert.same(fine, check(source), source)
    end
  end)

  it("continues after a pcall to the end of the recipe", function()
    assert.same({ 0, "false\tthe recipe stops here: it is only checked\n", "" },
      check 'print(pcall(function() ns.sandbox {}:run { "true" } end)) return 5')
  end)

  it("accepts a recipe that reports the stop as a failed command", function()
    local source = 'local ok, err = pcall(function() return ns.sandbox { cmd = { "x" } }:run() end)\n'
    assert.same(fine, check(source .. 'if not ok then error("no: " .. tostring(err)) end'))
    assert.same({ 125, "", "nsengine: -e:3: nam: unknown field (did you mean 'name'?)\n" },
      check(source .. 'ns.sandbox { nam = "x" }'))
  end)

  it("needs no privilege, and leaves the caller's namespaces alone", function()
    for _, uid in ipairs(support.users) do
      local r = support.nsengine { "-n", "-e", 'require "nsengine.sys".unshare(1 << 17)', uid = uid }
      assert.same(fine, { r.code, r.stdout, r.stderr })
    end
  end)
end)
