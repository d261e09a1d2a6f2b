--- --trace: each step as it was done, with its result and time.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local source = 'local ns = require "nsengine"\nreturn ns.sandbox {\n  hostname = "box",\n'
  .. '  fs = { ["/"] = ns.ro "/", ["/tmp"] = ns.tmpfs() },\n  cmd = { "echo", "hello" },\n}'

describe("--trace", function()
  for _, uid in ipairs(support.users) do
    it("prints the steps to standard error, as uid " .. uid, function()
      local r = support.nsengine { "--trace", "-e", source, uid = uid }
      assert.same({ 0, "hello\n" }, { r.code, r.stdout })
      assert.matches("^ +clone3 CLONE_NEWUSER|", r.stderr)
      assert.matches('\n *%d+%.%d us  hostname     sethostname%("box"%) = 0  # %-e:3: hostname\n', r.stderr)
      assert.matches("\n *%d+%.%d us  pivot        chroot, pivot_root%(., .%), .-%) = 0  # %-e:4: fs\n", r.stderr)
      assert.matches("\n *%d+%.%d us  umask [^\n]*\n *%d+%.%d us  filter [^\n]*\n +execve \"echo\", \"hello\"\n$",
        r.stderr)
    end)
  end

  it("writes them to a file on request", function()
    local dir <close> = support.tempdir()
    local r = support.nsengine { "--trace=" .. dir.path .. "/trace", "-e", source }
    assert.same({ 0, "hello\n", "" }, { r.code, r.stdout, r.stderr })
    assert.matches("hostname", sys.readfile(dir.path .. "/trace"))
    r = support.nsengine { "--trace=" .. dir.path .. "/no/such", "-e", source }
    assert.same({ 125, "", ("nsengine: option '--trace': open %s/no/such: No such file or directory (ENOENT)\n")
      :format(dir.path) }, { r.code, r.stdout, r.stderr })
  end)

  it("ends with the step that failed", function()
    local r = support.nsengine { "--trace", "-e", 'local ns = require "nsengine"\nreturn ns.sandbox {\n'
      .. '  fs = { ["/"] = ns.ro "/" }, cwd = "/no/such", cmd = { "true" } }' }
    assert.equal(125, r.code)
    assert.matches('\n +%-  chdir        chdir[^\n]*%("/no/such"%) = %-1 ENOENT %(chdir%)  # %-e:3: cwd\nnsengine: ',
      r.stderr)
  end)

  it("shows the command that could not be executed", function()
    local r = support.nsengine { "--trace", "-e", source, "--", "/no/such" }
    assert.equal(127, r.code)
    assert.matches("\n +%-  execve = %-1 ENOENT\nnsengine: ", r.stderr)
  end)

  it("shows every sandbox that the recipe starts", function()
    local r = support.nsengine { "--trace", "-e", [[
      local ns = require "nsengine"
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }
      box:run { "true" }
      box:run { "false" }]] }
    local count = select(2, r.stderr:gsub("clone3", ""))
    assert.same({ 0, 2 }, { r.code, count })
  end)
end)
