--- Helpers of recipes for files.
local support = require "support"
local sys = require "nsengine.sys"

local ns = require "nsengine"

local function write(path, text)
  assert(sys.writefile(path, text or ""))
end

--- A directory with these files.
local function tree(...)
  local dir = support.tempdir()
  for _, name in ipairs { ... } do
    assert(sys.mkdirs(dir.path .. "/" .. (name:match("^(.*)/") or "")))
    write(dir.path .. "/" .. name, name)
  end
  return dir
end

describe("ns.glob", function()
  local dir
  setup(function() dir = tree("a1.in", "a2.in", "a10.in", ".hidden.in", "b/x.in", "c/x.in", "c/[x]", "c/-", "d") end)
  teardown(function() support.remove(dir.path) end)

  local function glob(pattern)
    local found = ns.glob(dir.path .. "/" .. pattern)
    for i, path in ipairs(found) do found[i] = path:sub(#dir.path + 2) end
    return table.concat(found, " ")
  end

  it("returns what matches, sorted", function()
    assert.equal("a1.in a10.in a2.in", glob "*.in")
    assert.equal("a1.in a2.in", glob "a?.in")
    assert.equal("a1.in", glob "a[!2-9].in")
    assert.equal("a2.in", glob "a[^1].in")
    assert.equal("a1.in a2.in", glob "a[12].in")
    assert.equal("b/x.in c/x.in", glob "*/x.in")
    assert.equal("b/x.in c/x.in", glob "[a-z]/*.in")
    assert.equal("c/- c/[x]", glob "c/[[-]*")
    assert.equal("c/[x]", glob "c/\\[x]")
    assert.equal("b c", glob "[bc]/")
  end)

  it("matches names with a leading dot only if the pattern has the dot", function()
    assert.equal(".hidden.in", glob ".*.in")
    assert.equal("", glob "?hidden.in")
  end)

  it("treats characters of Lua patterns and of the shell as themselves", function()
    assert.equal("", glob "a%d.in")
    assert.equal("", glob "a.*in")
    assert.equal("", glob "{a1,a2}.in")
    assert.equal("", glob "$(echo d)")
    assert.equal("", glob "c/[")
  end)

  it("returns an empty list if nothing matches", function()
    assert.same({}, ns.glob "/no/such/*")
    assert.same({}, ns.glob(dir.path .. "/d/*")) -- not a directory
    assert.same({ dir.path .. "/d" }, ns.glob(dir.path .. "/d"))
    assert.same({ "/" }, ns.glob "/")
  end)

  it("is relative to the working directory", function()
    assert.same({ "spec/unit/files_spec.lua" }, ns.glob "spec/unit/fi*s_spec.lua")
  end)
end)

describe("ns.tempdir", function()
  it("makes a private directory that lasts until the end of its scope", function()
    local path
    do
      local dir <close> = ns.tempdir()
      path = dir.path
      local stat = sys.stat(path)
      assert.same({ "directory", 448 }, { stat.type, stat.mode })
      assert.matches("^/", path)
      assert.equal(path, tostring(dir))
      write(path .. "/file")
    end
    assert.is_nil(sys.lstat(path))
  end)

  it("is removed with all that commands made in it, and nothing outside", function()
    local outside <close> = tree("kept/file")
    local path
    do
      local dir <close> = ns.tempdir(outside.path)
      path = dir.path
      assert.matches("^" .. outside.path:gsub("%p", "%%%0") .. "/nsengine%-%x+$", path)
      sys.mkdirs(path .. "/a/b/c")
      write(path .. "/a/b/c/file")
      sys.symlink(outside.path .. "/kept", path .. "/link")
      sys.symlink(outside.path .. "/kept", path .. "/a/b/link")
      sys.symlink("nowhere", path .. "/dangling")
      sys.mknod(path .. "/fifo", sys.S_IFIFO)
      sys.chmod(path .. "/a/b", 0)
      sys.chmod(path .. "/a", 320) -- 0500: nothing in it may be removed
    end
    assert.is_nil(sys.lstat(path))
    assert.equal("kept/file", sys.readfile(outside.path .. "/kept/file"))
  end)

  it("is removed however deep it is, with few descriptors", function()
    for _, uid in ipairs(support.users) do
      local parent <close> = support.tempdir()
      sys.chmod(parent.path, 511) -- 0777
      local r = support.run { "sh", "-c", 'ulimit -n 64; exec "$0" "$@"', support.launcher(uid), "-e", [[
        local ns, sys = require "nsengine", require "nsengine.sys"
        local dir <close> = ns.tempdir(...)
        sys.chdir(dir.path)
        -- Names that the removal may want to use itself.
        sys.writefile("nsengine-1", "")
        sys.mkdirs "nsengine-2/full"
        sys.mkdir "nsengine-3"
        for _, first in ipairs { "a", "nsengine-4", "nsengine-5" } do
          assert(sys.mkdir(first) and sys.chdir(first))
          for i = 1, 300 do
            assert(sys.mkdir "d" and sys.mkdir "e" and sys.symlink("..", "up"))
            if i % 7 == 0 then assert(sys.chmod(".", 320)) end -- 0500: nothing in it may be moved or removed
            assert(sys.chdir "d")
          end
          sys.chdir(dir.path)
        end
        sys.chdir "/"]], parent.path, uid = uid }
      assert.same({ 0, "", "" }, { r.code, r.stdout, r.stderr })
      assert.same({}, sys.list(parent.path))
    end
  end)

  it("belongs to the user that root's sandboxes run as", function()
    for _, uid in ipairs(support.users) do
      local r = support.nsengine { "-e", [[
        local ns = require "nsengine"
        local dir <close> = ns.tempdir()
        return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/mnt"] = ns.rw(dir.path) } }
          :run { "sh", "-c", "echo text > /mnt/file; cat /mnt/file; mkdir -m 0 /mnt/closed" }]], uid = uid }
      assert.same({ 0, "text\n", "" }, { r.code, r.stdout, r.stderr })
    end
  end)

  it("is removed after an error or a signal, too", function()
    local parent <close> = support.tempdir()
    local source = 'local dir <close> = require "nsengine".tempdir(...) '
    assert.equal(125, support.nsengine({ "-e", source .. "error 'x'", parent.path }).code)
    local r = support.nsengine { "-e", source .. 'local sys = require "nsengine.sys" '
      .. "sys.kill(sys.getpid(), sys.SIGTERM) sys.sleep(60)", parent.path }
    assert.equal(15, r.signal)
    assert.same({}, sys.list(parent.path))
  end)

  it("names the path that could not be made", function()
    support.raises("files_spec.lua:%d+: /no/such/nsengine%-%x+: No such file or directory %(ENOENT%)$", function()
      ns.tempdir "/no/such"
    end)
  end)
end)

describe("ns.here", function()
  it("is the recipe's directory, wherever the recipe is started from", function()
    local dir <close> = tree("sub/recipe.lua", "sub/mod.lua")
    write(dir.path .. "/sub/recipe.lua", [[
      local ns = require "nsengine"
      require "nsengine.sys".chdir "/"
      print(ns.here "data", ns.here "./x/y", ns.here "/abs", ns.here(), ns.cwd())]])
    local expected = ("%s/sub/data\t%s/sub/x/y\t/abs\t%s/sub\t/\n"):format(dir.path, dir.path, dir.path)
    assert.equal(expected, support.nsengine({ "sub/recipe.lua", cwd = dir.path }).stdout)
    assert.equal(expected, support.nsengine({ dir.path .. "/sub/recipe.lua" }).stdout)
  end)

  it("is beside the recipe that a link leads to, and so is what it requires", function()
    local dir <close> = tree("sub/recipe.lua", "sub/mod.lua", "sub/data", "bin/other")
    write(dir.path .. "/sub/recipe.lua", [[
      require "mod"
      print(require "nsengine".read(require "nsengine".here "data"))]])
    write(dir.path .. "/sub/mod.lua", "return true")
    write(dir.path .. "/sub/data", "found")
    assert(sys.symlink("../sub/recipe.lua", dir.path .. "/bin/relative"))
    assert(sys.symlink(dir.path .. "/bin/relative", dir.path .. "/absolute"))
    for _, path in ipairs { "bin/relative", "./absolute", dir.path .. "/bin/relative" } do
      local r = support.nsengine { path, cwd = dir.path }
      assert.same({ "found\n", "" }, { r.stdout, r.stderr })
    end
  end)

  it("is the file's directory under a stock interpreter", function()
    assert.equal(sys.getcwd() .. "/spec/unit/x", ns.here "x")
  end)

  it("raises for a recipe that is no file", function()
    local r = support.nsengine { "-e", 'require "nsengine".here "x"' }
    assert.same({ 125, "nsengine: -e:1: ns.here: this recipe is no file, nothing is beside it; see ns.cwd()\n" },
      { r.code, r.stderr })
  end)
end)

describe("ns.read and ns.open", function()
  it("return contents and descriptors", function()
    local dir <close> = tree("file")
    local path = dir.path .. "/file"
    assert.equal("file", ns.read(path))
    assert.equal("file", ns.open(path):read())
    ns.open(path, "a"):write("+")
    assert.equal("file+", ns.read(path))
    ns.open(path, "w"):write("new")
    assert.equal("new", ns.read(path))
    assert.equal("new", ns.open(path, "r+"):read())
    assert.equal("", ns.read("/proc/self/environ"):match("^$") or "") -- sizes in /proc are 0
  end)

  it("raise an error with the recipe's line when they fail", function()
    local where = "files_spec.lua:%d+: "
    support.raises(where .. "/no/such: No such file or directory %(ENOENT%)$", function() ns.read "/no/such" end)
    support.raises(where .. "/no/such: No such file or directory %(ENOENT%)$", function() ns.open "/no/such" end)
    support.raises(where .. "ns.open: unknown mode 'q'", function() ns.open("/dev/null", "q") end)
    support.raises(where .. "ns.read: expected a path, got number 1$", function() ns.read(1) end)
    support.raises(where .. "ns.read: expected a path, got an empty one$", function() ns.read "" end)
    support.raises(where .. "ns.glob: expected a path, got table$", function() ns.glob {} end)
  end)
end)

describe("ns.basename", function()
  it("returns the last name of a path", function()
    assert.same({ "b", "b", "a", "/", "/", ".." },
      { ns.basename "/a/b", ns.basename "/a/b//", ns.basename "a", ns.basename "/", ns.basename "//",
        ns.basename "x/.." })
  end)
end)

describe("ns.warn", function()
  it("writes to standard error, with the recipe's line", function()
    local r = support.nsengine { "-e", 'local ns = require "nsengine"\nns.warn "careful"\nns.warn(7)' }
    assert.same({ 0, "", "nsengine: warning: -e:2: careful\nnsengine: warning: -e:3: 7\n" },
      { r.code, r.stdout, r.stderr })
  end)
end)
