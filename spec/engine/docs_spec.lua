--- The references, docs/sys.md for nsengine.sys and docs/reference.md for nsengine, describe all that the code has, and
--- nothing else.
local support = require "support"
local sys = require "nsengine.sys"

--- The keys of a table that `keep` accepts, each with true.
local function set(t, keep)
  local names = {}
  for name, value in pairs(t) do
    if keep(name, value) then names[name] = true end
  end
  return names
end

--- The functions of the module and the methods of its handles, as titles.
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

--- The titles of a page's entries.
local function documented(page)
  local names = {}
  for line in io.lines(page or "docs/sys.md") do
    local name = line:match("^### (.+)$")
    if name then
      assert(not names[name], name .. " is there twice")
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

--- The files below a directory.
local function files_below(dir)
  local names = {}
  for name in support.run({ "sh", "-c", "find . -type f", cwd = dir }).stdout:gmatch("%./([^\n]+)") do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

describe("a generated file", function()
  it("is up to date with docs/generate.lua: run ./dev docs", function()
    local dir <close> = support.tempdir()
    local result = support.run { "lua5.4", "docs/generate.lua", dir.path }
    assert.equal("", result.stderr)
    assert.equal(0, result.code)
    local written = files_below(dir.path)
    for _, name in ipairs(written) do
      local fresh = assert(sys.readfile(dir.path .. "/" .. name))
      assert.is_true(#fresh > 1000, name)
      assert(fresh == sys.readfile(name), name .. " is stale: run ./dev docs")
    end
    -- And no file is left that is not written any more.
    local there = { "docs/hosts.md", "docs/reference.md", "docs/sys.md", "lua/nsengine/function_help.lua",
      "lua/nsengine/profile_help.lua" }
    for _, folder in ipairs { "docs/pictures", "share" } do
      for _, name in ipairs(files_below(folder)) do there[#there + 1] = folder .. "/" .. name end
    end
    table.sort(there)
    assert.same(written, there)
  end)
end)

describe("docs/sys.md", function()

  it("describes every function and method", function()
    assert.same({}, missing(registered(), documented()))
  end)

  it("describes nothing that does not exist", function()
    assert.same({}, missing(documented(), registered()))
  end)

  it("lists every constant, and nothing else", function()
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

  it("says how each function fails, or that it cannot fail", function()
    local cannot = {}
    for title, picture in assert(sys.readfile("docs/sys.md")):gmatch("\n### (%S+)\n\n```\n(.-)```") do
      assert.truthy(picture:find(title, 1, true), title)
      if not picture:find("%-> nil, ") and not picture:find("only on failure: nil, ") then cannot[title] = true end
    end
    assert.same(set({
      ["sys.exit"] = 1, ["sys.getpid"] = 1, ["sys.getppid"] = 1, ["sys.self"] = 1, ["sys.gethostname"] = 1,
      ["sys.uname"] = 1,
      ["sys.monotonic"] = 1, ["sys.sleep"] = 1, ["sys.errname"] = 1, ["sys.umask"] = 1, ["sys.makedev"] = 1,
      ["sys.features"] = 1, ["process:pid"] = 1, ["process:alive"] = 1, ["fd:fileno"] = 1,
      ["fd:meanwhile"] = 1, ["fd:release"] = 1,
      ["process:usage"] = 1, ["process:trace"] = 1, ["process:listener"] = 1, ["sys.plan"] = 1,
      ["sys.step_list"] = 1, ["sys.located"] = 1, ["sys.capabilities"] = 1, ["sys.seccomp_resolve"] = 1,
      ["sys.seccomp_names"] = 1, ["sys.seccomp_shipped"] = 1, ["sys.landlock_abi"] = 1,
      ["sys.notify_calls"] = 1, ["sys.notify_arch"] = 1,
    }, function() return true end), cannot)
  end)
end)

describe("docs/reference.md", function()
  --- The methods of an object's class, as titles.
  local function methods(names, title, class)
    for name, value in pairs(class) do
      if type(value) == "function" and not name:find("^__") then names[title .. name] = true end
    end
  end

  local function vocabulary()
    local ns = require "nsengine"
    local names = {}
    for _, field in ipairs(require("nsengine.schema").fields) do names[field] = true end
    for kind in pairs(require("nsengine.mount").kinds) do names["ns." .. kind] = true end
    local words = assert(sys.readfile("lua/nsengine/init.lua")):match("local modules = {(.-)\n}")
    for word in words:gmatch("(%l+) = \"") do names["ns." .. word] = true end
    for name in assert(sys.readfile("lua/nsengine/sandbox.lua")):gmatch("\nmethods%.(%l+) = ") do
      names["box:" .. name] = true
    end
    local box = ns.sandbox { fs = { ["/"] = ns.ro "/" }, stdin = "null" }
    local process <close> = box:spawn { "/bin/true" }
    methods(names, "process:", getmetatable(process))
    methods(names, "result:", getmetatable(process:wait()))
    return names
  end

  it("describes every field, mount, method and tool, and nothing else", function()
    local names, titles = vocabulary(), documented("docs/reference.md")
    assert.same({}, missing(names, titles))
    assert.same({}, missing(titles, names))
  end)

  it("describes every field of a Result", function()
    local ns = require "nsengine"
    local result = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run { "/bin/true", stdout = "capture" }
    local chapter = assert(sys.readfile("docs/reference.md")):match("\n## Result\n(.-)\n## ")
    for name in pairs(result) do
      assert.truthy(chapter:find(("- **%s** "):format(name), 1, true), name)
    end
  end)

  it("contains the whole description of a class's fields, over several lines too", function()
    local pages = {}
    for i, path in ipairs { "docs/reference.md", "share/nsengine/types/nsengine.lua" } do
      pages[i] = assert(sys.readfile(path, 1 << 20)):gsub("\\([*<])", "%1")
    end
    for _, name in ipairs { "process", "result", "error" } do
      local text = assert(sys.readfile("lua/nsengine/" .. name .. ".lua"))
      local block, count = text:match "%-%-%-@class [^\n]*\n(.-)\nlocal ", 0
      for line in block:gmatch "[^\n]+" do
        local more = line:match "^%-%-%- +(.*)$"
        for _, page in ipairs(pages) do assert.truthy(not more or page:find(more, 1, true), more) end
        count = count + 1
      end
      assert.is_true(count > 1, name)
    end
  end)

  it("shows mounts that work", function()
    local made = 0
    for _, uid in ipairs(support.users) do
      local dir <close> = support.tempdir()
      for _, name in ipairs { "changes", "changes.work" } do
        assert(sys.mkdir(dir.path .. "/" .. name))
        assert(sys.chown(dir.path .. "/" .. name, uid, uid))
      end
      for _, kind in ipairs { "ro", "rw", "tmpfs", "proc", "dev", "mqueue", "overlay", "file", "dir", "symlink" } do
        local example = require("nsengine.mount").description(kind).example
        local r = support.nsengine { "-e", ([[local ns = require "nsengine"
          return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/x/%s"] = %s } }:run { "true" }]]):format(kind, example),
          uid = uid, cwd = dir.path }
        assert.same({ example, "", 0 }, { example, r.stderr, r.code })
        made = made + 1
      end
    end
    assert.equal(10 * #support.users, made)
  end)

  it("links only to what it contains", function()
    local text = assert(sys.readfile("docs/reference.md"))
    local anchors = {}
    for title in text:gmatch("\n##+ ([^\n]+)") do
      anchors[title:lower():gsub("[.:]", ""):gsub(" ", "-")] = true
    end
    for anchor in text:gmatch("%]%(#([^)]+)%)") do assert.is_true(anchors[anchor], anchor) end
  end)

  it("shows examples that a recipe may contain", function()
    for example in assert(sys.readfile("docs/reference.md")):gmatch("\n```lua\n(.-)\n```") do
      local chunk = example:find("^local ") and example or example:find("^ns%.") and "local _ = " .. example
        or "local _ = { " .. example .. " }"
      assert(load(chunk))
    end
  end)
end)

describe("the documentation", function()
  local with_recipes = { "README.md", "docs/tutorial.md", "docs/recipes.md", "docs/notify.md", "docs/embedding.md" }

  it("gives each recipe a unique name, so that all can be saved in one directory", function()
    local pages = {}
    for _, path in ipairs(with_recipes) do
      for name in pairs(require("support.transcript").parse(path).files) do
        assert.is_nil(pages[name], ("%s is in %s and %s"):format(name, tostring(pages[name]), path))
        pages[name] = path
      end
    end
  end)

  it("opens files so that a missing one is an error, and not a field that is nil", function()
    for _, page in ipairs { "docs/reference.md", table.unpack(with_recipes) } do
      for block in assert(sys.readfile(page, 1 << 20)):gmatch "\n```lua\n(.-)\n```" do
        assert.falsy(block:find("io.open", 1, true), page)
      end
    end
  end)
end)

describe("docs/security.md", function()
  local page = assert(sys.readfile("docs/security.md", 1 << 20))

  it("names only specs and checks that exist", function()
    local probe = assert(sys.readfile("spec/kernel/probe.c", 1 << 20))
    local count = 0
    for row in page:match("\n## The catalogue\n(.-)\n## "):gmatch("\n|[^\n]*|([^\n|]*)|") do
      for name in row:gmatch("`([^`]+)`") do
        count = count + 1
        if name:find("_spec$") then
          assert.truthy(sys.stat("spec/kernel/" .. name .. ".lua"), name)
        else
          assert.truthy(probe:find(('{"%s",'):format(name), 1, true), name)
        end
      end
    end
    assert(count > 100, count)
  end)

  it("compares other sandboxes by as many checks as there are", function()
    local table_of = page:match("<!%-%- bench/escapes.lua %-%->\n(.-)<!%-%- end %-%->")
    assert.matches("^Of %d+ checks allowed, on Linux [%d.]+", table_of)
    assert.matches("\n| nsengine, the plain sandbox | [%d.]+ | %d+ | %d+ |\n", table_of)
  end)
end)

describe("docs/architecture.md", function()
  it("puts each Lua module into a group, and names no others", function()
    local page = assert(sys.readfile("docs/architecture.md", 1 << 20))
    local named, there = {}, {}
    for row in page:match("\n`lua/nsengine` is Lua alone.-\n\n(|.-)\n\n"):gmatch("\n(|[^|]*|)") do
      for name in row:gmatch("`([^`]+)`") do named[name] = true end
    end
    for _, name in ipairs(assert(sys.list("lua/nsengine"))) do
      there[name:match("^(.*)%.lua$") or name .. "/*"] = true
    end
    assert.same(there, named)
  end)
end)
