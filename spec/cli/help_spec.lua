--- --help FIELD: what a word of a recipe means.
local support = require "support"

teardown(support.cleanup)

local function help(name)
  local r = support.nsengine { "--help", name }
  return r.code, r.stdout, r.stderr
end

describe("--help FIELD", function()
  it("explains every field, without a line that is too long for a terminal", function()
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

  it("has a paragraph for each profile", function()
    local code, text = help "ns.profile"
    assert.equal(0, code)
    assert.equal(text, select(2, help "profile"))
    for name in pairs(require "nsengine.profiles") do assert.truthy(text:find("\n  " .. name .. " ", 1, true), name) end
    for line in text:gmatch("[^\n]+") do assert.truthy(#line <= 100, line) end
  end)

  it("lists all", function()
    local _, text = help "fields"
    assert.matches("hostname", text)
    assert.matches("setup", text)
    assert.matches("\nMounts, for its fs: ns.dev, .*ns.tmpfs\nSandboxes to begin with: ns.profile\n$", text)
  end)

  it("suggests what was meant", function()
    assert.same({ 125, "",
      "nsengine: no field 'hostnme' (did you mean 'hostname'?); nsengine --help fields lists all\n" },
      { help "hostnme" })
    assert.same({ 125, "", "nsengine: no field 'zzz'; nsengine --help fields lists all\n" }, { help "zzz" })
    assert.same({ 125, "",
      "nsengine: no field 'limits.wal_time' (did you mean 'limits.wall_time'?); nsengine --help fields lists all\n" },
      { help "limits.wal_time" })
  end)

  it("belongs to the recipe behind its name", function()
    local r = support.nsengine { "examples/07-rootfs.lua", "--help" }
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.matches("^Usage: nsengine examples/07%-rootfs.lua ", r.stdout)
    assert.matches("\nRuns a command in the system that lies in a directory.\n", r.stdout)
    assert.matches("\n   %-%- COMMAND%.%.%. +the command; a shell by default\n$", r.stdout)
  end)
end)
