--- The arguments of a recipe, as its user sees them.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

if not pcall(require, "argparse") then
  return pending "ns.args needs lua-argparse"
end

local source = [[
local ns = require "nsengine"
local opt = ns.args({
  about = "Greets somebody.",
  cmd = "what to run",
  { "name", "whom", required = true },
  { "-n --count", "how often", default = 1, type = "integer" },
  { "--loud", "louder" },
}, ...)
print(opt.name, opt.count, opt.loud, opt.cmd and table.concat(opt.cmd, "|"))
]]

local usage = "Usage: nsengine recipe.lua [-h] [-n <integer>] [--loud] <name> [-- COMMAND...]\n"

local function run(...)
  local dir <close> = support.tempdir()
  assert(sys.writefile(dir.path .. "/recipe.lua", source))
  local r = support.nsengine { "recipe.lua", cwd = dir.path, ... }
  return { r.code, r.stdout, (r.stderr:gsub("%s+", " ")) }
end

local function refused(message)
  return { 125, "", ("nsengine: recipe.lua: %s %s"):format(message, usage:gsub("\n", " ")) }
end

describe("the arguments of a recipe", function()
  it("are parsed as the recipe describes them", function()
    assert.same({ 0, "you\t1\tfalse\tnil\n", "" }, run("you"))
    assert.same({ 0, "you\t3\ttrue\tls|-l\n", "" }, run("--loud", "you", "-n", "3", "--", "ls", "-l"))
  end)

  it("have their own --help", function()
    local r = run("--help")
    assert.same({ 0, "" }, { r[1], r[3] })
    assert.equal(1, r[2]:find("Usage: nsengine recipe.lua [-h] [-n <integer>] [--loud] <name>", 1, true))
    assert.matches("\nGreets somebody.\n", r[2])
    assert.matches("\n +name +whom\n", r[2])
    assert.matches("how often %(default: 1%)\n", r[2])
    assert.matches("\n   %-%- COMMAND%.%.%. +what to run\n$", r[2])
  end)

  it("show in --help which words an option takes, and whether it may be repeated", function()
    local dir <close> = support.tempdir()
    assert(sys.writefile(dir.path .. "/recipe.lua", [[
      local opt = require "nsengine".args({ { "--mode", "how", choices = { "fast", "slow" }, default = "fast" },
        { "--level", "of it", choices = { 1, 2 }, value = "N" }, { "--with*", "more" }, { "--file+", "files" } }, ...)
      print(#opt.with, #opt.file)]]))
    local function text(...)
      local r = support.nsengine { "recipe.lua", cwd = dir.path, ... }
      return (r.stdout .. r.stderr):gsub("%s+", " ")
    end
    for _, part in ipairs { "--mode {fast,slow} how (default: fast)", "--level N of it (one of 1, 2)",
      "--with <text> more (may be repeated)", "--file <text> files (may be repeated)" } do
      assert.truthy(text("--help"):find(part, 1, true), text "--help")
    end
    assert.equal("0 2 ", text("--file", "a", "--file", "b"))
    assert.matches("missing option '%-%-file'", text())
  end)

  it("are refused with the mistake and the usage", function()
    assert.same(refused "missing argument 'name'", run())
    assert.same(refused "unknown option '--luod' (did you mean '--loud'?)", run("you", "--luod"))
    assert.same(refused "option '-n --count': 'x' is not a whole number", run("you", "-n", "x"))
    assert.same(refused "too many arguments", run("you", "too"))
  end)

  it("work alike under a stock interpreter", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/recipe.lua"
    assert(sys.writefile(path, source))
    local lib = sys.getcwd() .. "/" .. support.build .. "/lib/?.so;;"
    local lua = sys.getcwd() .. "/lua/?.lua;" .. sys.getcwd() .. "/lua/?/init.lua;;"
    local function stock(...)
      return support.run { "env", "LUA_PATH=" .. lua, "LUA_CPATH=" .. lib, "lua5.4", path, ... }
    end
    local r = stock("--loud", "you", "--", "ls", "-l")
    assert.same({ 0, "you\t1\ttrue\tls|-l\n", "" }, { r.code, r.stdout, r.stderr })
    r = stock("--help")
    assert.equal(0, r.code)
    assert.matches("^Usage: ", r.stdout)
    r = stock()
    assert.equal(125, r.code)
    assert.matches("missing argument 'name'", r.stderr)
  end)

  it("raise an error that names lua-argparse where that is missing", function()
    local r = support.nsengine { "-e", 'package.preload.argparse = function() error "none" end '
      .. 'require "nsengine".args({})' }
    assert.same({ 125, "nsengine: -e:1: ns.args needs the Lua module argparse: apt install lua-argparse\n" },
      { r.code, r.stderr })
  end)
end)
