--- --help FIELD: what a word in a recipe means.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local function help(name)
  local r = support.nsengine { "--help", name }
  return r.code, r.stdout, r.stderr
end

describe("--help FIELD", function()
  it("explains every field, in lines that fit in a terminal", function()
    local schema = require "nsengine.schema"
    for _, name in ipairs(schema.fields) do
      local code, text, message = help(name)
      assert.same({ 0, "" }, { code, message })
      assert.matches("^" .. name .. " %(.-\n\n  %u", text)
      for line in text:gmatch("[^\n]+") do assert.truthy(#line <= 130, line) end
    end
  end)

  it("explains keys and mounts", function()
    assert.matches("^limits.wall_time ", select(2, help "limits.wall_time"))
    assert.matches("^ns.tmpfs ", select(2, help "ns.tmpfs"))
    assert.matches("^limits .*\n    wall_time ", select(2, help "limits"))
  end)

  it("explains functions and classes, by whatever name a reader may try", function()
    assert.matches('^ns.args%(spec, %.%.%.%)\n.*"duration"', select(2, help "ns.args"))
    assert.matches("^box:run {.*The table's list part is the command", select(2, help "box:run"))
    assert.matches("^Result: .*\n  stdout: string|nil, .*Methods: result:check, ", select(2, help "Result"))
    assert.matches("^Process: .*\n  pid: integer, ", select(2, help "Process"))
    for short, name in pairs { wait = "ns.wait", ["box.run"] = "box:run", result = "Result", tmpfs = "ns.tmpfs",
      kill = "process:kill", check = "result:check" } do
      assert.same({ help(name) }, { help(short) }, short)
    end
    for name in pairs(require "nsengine.function_help") do
      local code, text = help(name)
      assert.equal(0, code, name)
      for line in text:gmatch "[^\n]+" do assert.truthy(#line <= 130, line) end
    end
  end)

  it("has a paragraph about each profile", function()
    local code, text = help "ns.profile"
    assert.equal(0, code)
    assert.equal(text, select(2, help "profile"))
    for name in pairs(require "nsengine.profiles") do assert.truthy(text:find("\n  " .. name .. " ", 1, true), name) end
    for line in text:gmatch("[^\n]+") do assert.truthy(#line <= 100, line) end
  end)

  it("finds a key by its last part, or lists the fields that have it", function()
    assert.same({ help "limits.memory" }, { help "memory" })
    assert.same({ help "landlock.write" }, { help "write" })
    assert.same({ 0, "log: landlock.log, seccomp.log; nsengine --help landlock.log\n", "" }, { help "log" })
  end)

  it("prints the source of each profile, with its limits", function()
    for name, about in pairs(require "nsengine.profiles") do
      local code, text = help(name)
      assert.equal(0, code)
      assert.equal(text, ('ns.profile %q\n\n  %s\n\n%s'):format(name, text:match "\n\n  (.-)\n\n",
        sys.readfile(("lua/nsengine/profiles/%s.lua"):format(name))))
      assert.equal(about, (text:match("\n\n  (.-)\n\n"):gsub("\n  ", " ")))
    end
    assert.matches("\n  limits = { cpu_time = \"2s\",", select(2, help "judge"))
  end)

  it("lists everything", function()
    local _, text = help "fields"
    assert.matches("hostname", text)
    assert.matches("setup", text)
    assert.matches("\nMounts, for its fs: ns.dev, .*ns.tmpfs\nReady%-made sandboxes: ns.profile\n"
      .. "Functions: Process, Result, box:explain, .*ns.args.*\n$", text)
  end)

  it("suggests what was meant", function()
    assert.same({ 125, "",
      "nsengine: no field 'hostnme' (did you mean 'hostname'?); nsengine --help fields lists all\n" },
      { help "hostnme" })
    assert.same({ 125, "",
      "nsengine: no field 'ns.wiat' (did you mean 'ns.wait'?); nsengine --help fields lists all\n" },
      { help "ns.wiat" })
    assert.same({ 125, "", "nsengine: no field 'zzz'; nsengine --help fields lists all\n" }, { help "zzz" })
    assert.same({ 125, "",
      "nsengine: no field 'limits.wal_time' (did you mean 'limits.wall_time'?); nsengine --help fields lists all\n" },
      { help "limits.wal_time" })
  end)

  it("belongs to the recipe if it follows the recipe's name", function()
    local r = support.nsengine { "examples/07-rootfs.lua", "--help" }
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.matches("^Usage: nsengine examples/07%-rootfs.lua ", r.stdout)
    assert.matches("\nRuns a command in the system that lies in a directory.\n", r.stdout)
    assert.matches("\n   %-%- COMMAND%.%.%. +the command; a shell by default\n$", r.stdout)
  end)
end)
