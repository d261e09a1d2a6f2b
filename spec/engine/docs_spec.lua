--- docs/sys.md, the reference of nsengine.sys, says what the code says: all of it, and nothing else.
local support = require "support"
local sys = require "nsengine.sys"

--- The keys of a table that `keep` answers yes to, each with true.
local function set(t, keep)
  local names = {}
  for name, value in pairs(t) do
    if keep(name, value) then names[name] = true end
  end
  return names
end

--- The functions of the module and the methods of its handles, as they are titled.
local function registered()
  local names = {}
  for name, value in pairs(sys) do
    if type(value) == "function" then names["sys." .. name] = true end
  end
  local fd <close> = assert(sys.open("/"))
  local process <close> = assert(sys.clone(0, function() end))
  for name in pairs(getmetatable(fd).__index) do names["fd:" .. name] = true end
  for name in pairs(getmetatable(process).__index) do names["process:" .. name] = true end
  names["plan:spawn"] = true -- the one method of a Plan
  return names
end

local function documented()
  local names = {}
  for line in io.lines("docs/sys.md") do
    local name = line:match("^### (.+)$")
    if name then
      assert(not names[name], name .. " has two pictures")
      names[name] = true
    end
  end
  return names
end

--- Those of `names` that `others` lacks, sorted.
local function missing(names, others)
  local list = {}
  for name in pairs(names) do
    if not others[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

describe("docs/sys.md", function()
  it("is what docs/generate.lua makes of the pictures now: run ./dev docs", function()
    local dir <close> = support.tempdir()
    local result = support.run { "lua5.4", "docs/generate.lua", dir.path .. "/sys.md" }
    assert.equal("", result.stderr)
    assert.equal(0, result.code)
    local fresh = assert(sys.readfile(dir.path .. "/sys.md"))
    assert.is_true(#fresh > 10000)
    assert.equal(fresh, assert(sys.readfile("docs/sys.md")))
  end)

  it("has a picture of every function and method", function()
    assert.same({}, missing(registered(), documented()))
  end)

  it("has no picture of what does not exist", function()
    assert.same({}, missing(documented(), registered()))
  end)

  it("lists every constant, and none that is not", function()
    local listed = {}
    local text = assert(sys.readfile("docs/sys.md")):match("\n## Constants\n(.*)")
    for name in text:gmatch("`([%u%d_]+)`") do listed[name] = true end
    -- The errors and signals have one line each.
    local function is_listed(name) return not name:find("^E[%u%d]") and not name:find("^SIG%u") end
    local constants = set(sys, function(name, value) return math.type(value) == "integer" and is_listed(name) end)
    listed = set(listed, is_listed)
    assert.same({}, missing(constants, listed))
    assert.same({}, missing(listed, constants))
  end)

  it("says how each function fails, or that it cannot", function()
    local cannot = {}
    for title, picture in assert(sys.readfile("docs/sys.md")):gmatch("\n### (%S+)\n\n```\n(.-)```") do
      assert.truthy(picture:find(title, 1, true), title)
      if not picture:find("%-> nil, ") and not picture:find("only on failure: nil, ") then cannot[title] = true end
    end
    assert.same(set({
      ["sys.exit"] = 1, ["sys.getpid"] = 1, ["sys.getppid"] = 1, ["sys.gethostname"] = 1, ["sys.uname"] = 1,
      ["sys.monotonic"] = 1, ["sys.sleep"] = 1, ["sys.errname"] = 1, ["sys.umask"] = 1, ["sys.makedev"] = 1,
      ["sys.features"] = 1, ["process:pid"] = 1, ["process:alive"] = 1, ["fd:fileno"] = 1, ["fd:release"] = 1,
      ["process:usage"] = 1, ["process:trace"] = 1, ["sys.plan"] = 1, ["sys.step_list"] = 1, ["sys.located"] = 1,
    }, function() return true end), cannot)
  end)
end)
