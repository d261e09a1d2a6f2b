--- Finds the line of a field in the call that it was given to.
local locate = require "nsengine.locate"

local recipe = [=[
#!/usr/bin/env nsengine
local ns = require "nsengine"
-- ns.sandbox { hostname = "comment" }
local box = ns.sandbox {
  name = "first", -- fs = { }
  fs = {
    ["/usr"] = ns.ro "/usr",
    ["/work"] = "./src", --[[ ["/tmp"] =
    ]] ["/tmp"] = ns.tmpfs {
      size = "1G", mode = "1777",
    },
    [ '/a\47b' ] = ns.dir,
  },
  env = { LANG = [[
hostname = "in a text"
]] },
  limits = { cpu_time = 2,
    memroy = "1G" },
  setup = function(ctx)
    local t = { net = "not this one" }
    if t then return end
  end,
  net = "nonne",
}
local list = ns.sandbox { fs = {
  { "/", ns.ro "/" },
  { "/tmp", ns.tmpfs },
} }
local more = box
  :with { net = "host", limits = {
    files = 5 } }
  :with {
    hostname = "x" }
return more:run { "ls", "hostname",
  stdin = "", cwd = "/" }
]=]

describe("the line of a field", function()
  local function line(at, field) return locate.line(recipe, at, field) end

  it("is the line of its key", function()
    assert.equal(5, line(4, "name"))
    assert.equal(6, line(4, "fs"))
    assert.equal(17, line(4, "limits"))
    assert.equal(23, line(4, "net"))
    assert.equal(19, line(4, "setup"))
  end)

  it("is that of the inner key, for a key within a field", function()
    assert.equal(7, line(4, "fs./usr"))
    assert.equal(8, line(4, "fs./work"))
    assert.equal(17, line(4, "limits.cpu_time"))
    assert.equal(18, line(4, "limits.memroy"))
    assert.equal(14, line(4, "env.LANG"))
  end)

  it("is not confused by comments, strings, functions and escapes", function()
    assert.equal(9, line(4, "fs./tmp"))
    assert.equal(12, line(4, "fs./a/b"))
    assert.is_nil(line(4, "size"))
    assert.is_nil(line(4, "t"))
    assert.is_nil(line(4, "mode"))
  end)

  it("is not taken from the next call's table if this call was given a variable", function()
    assert.is_nil(locate.line('local a = box:with(patch)\nlocal b = box:with {\n  cwd = "/" }', 1, "cwd"))
    assert.is_nil(locate.line('box\n  :with(patch)\nns.sandbox { cwd = "/" }', 1, "cwd"))
    assert.is_nil(locate.line('a = box:run(t)\nb = { cwd = "/" }', 1, "cwd"))
    assert.equal(4, locate.line('return box\n  :with(\n  { -- all\n  cwd = "/" })', 1, "cwd"))
    assert.equal(3, locate.line('check(box, "x",\n  {\n  cwd = "/" })', 1, "cwd"))
  end)

  it("is that of its entry in a list", function()
    assert.equal(26, line(25, "fs./"))
    assert.equal(27, line(25, "fs./tmp"))
  end)

  it("is found in a chain of calls, all of which Lua places at the first line", function()
    assert.equal(30, line(29, "net"))
    assert.equal(31, line(29, "limits.files"))
    assert.equal(33, line(29, "hostname"))
  end)

  it("is found among the options of a command", function()
    assert.equal(35, line(34, "stdin"))
    assert.equal(35, line(34, "cwd"))
  end)

  it("is the outer field's if the inner key is not written there", function()
    assert.equal(17, line(4, "limits.pids"))
    assert.is_nil(line(4, "hostname"))
    assert.is_nil(line(4, "tty"))
    assert.is_nil(line(99, "net"))
  end)

  it("never fails, whatever the source is", function()
    for _, text in ipairs {
      "", "{", "}", "ns.sandbox {", "ns.sandbox { fs = {", "'", "[[", "--[[", "{ [", "{ a =", "\0\1\2",
    } do
      for i = 0, 3 do locate.line(text, i, "fs./work") end
    end
    for i = 1, #recipe, 7 do locate.line(recipe:sub(1, i), 4, "limits.files") end
  end)
end)

describe("a place", function()
  it("is the call's own where the source cannot be read", function()
    assert.equal("/nowhere/x.lua:7", locate.place("/nowhere/x.lua:7", "fs"))
    assert.equal("odd", locate.place("odd", "fs"))
    assert.is_nil(locate.place(nil, "fs"))
    assert.equal("x.lua:7", locate.place("x.lua:7", nil))
  end)

  --- Calls fn(set), where set(text) is the source that nsengine.recipe keeps for "-e".
  local function with_source(fn)
    local before, text = package.loaded["nsengine.recipe"], nil
    package.loaded["nsengine.recipe"] = { source = function(name) return name == "-e" and text or nil end }
    local ok, message = pcall(fn, function(new) text = new end)
    package.loaded["nsengine.recipe"] = before
    assert(ok, message)
  end

  it("is found in the kept source of a chunk that is no file", function()
    with_source(function(set)
      set "f {\n a = 1 }"
      assert.equal("-e:2", locate.place("-e:1", "a"))
      set "f {\n\n a = 1 }"
      assert.equal("-e:3", locate.place("-e:1", "a"))
    end)
  end)

  it("is found quickly for each of a thousand entries", function()
    local lines = { "f { fs = {" }
    for i = 1, 1000 do lines[i + 1] = ('["/d%d"] = ns.tmpfs { size = "1M" },'):format(i) end
    with_source(function(set)
      set(table.concat(lines, "\n") .. "\n} }")
      local before = os.clock()
      for i = 1, 1000 do assert.equal("-e:" .. i + 1, locate.place("-e:1", "fs./d" .. i)) end
      assert.truthy(os.clock() - before < 2, os.clock() - before)
    end)
  end)
end)
