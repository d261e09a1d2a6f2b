--- The arguments of recipes.
local support = require "support"

teardown(support.cleanup)

if not pcall(require, "argparse") then
  return pending "ns.args needs lua-argparse"
end

local ns = require "nsengine"

local spec = {
  about = "Judges a submission.",
  { "source", "the submission", required = true },
  { "tests*", "directories of tests" },
  { "-t --time", "CPU seconds", default = 2 },
  { "--memory", "its memory", default = "256M", type = "size" },
  { "--dry-run", "do nothing" },
  { "-D --define*", "a macro", value = "NAME" },
  { "--mode", "how", choices = { "fast", "slow" } },
}

local function plain(opt)
  local copy = {}
  for key, value in pairs(opt) do copy[key] = value end
  return copy
end

describe("ns.args", function()
  it("fills in the defaults of what is not given", function()
    assert.same({ source = "a.c", tests = {}, time = 2, memory = 256 << 20, dry_run = false, define = {} },
      plain(ns.args(spec, "a.c")))
  end)

  it("reads options, flags and lists", function()
    assert.same({ source = "a.c", tests = { "t1", "t2" }, time = 1.5, memory = 1 << 30, dry_run = true,
      define = { "A", "B" }, mode = "fast" },
      plain(ns.args(spec, "a.c", "-t", "1.5", "--memory=1G", "t1", "--dry-run", "-D", "A", "t2", "--define", "B",
        "--mode", "fast")))
    assert.equal("-x", ns.args({ { "--word", "", type = "string" } }, "--word=-x").word)
    assert.equal(0.5, ns.args({ { "--for", "", type = "duration" } }, "--for", "500ms")["for"])
    assert.equal(7, ns.args({ { "n", "", type = "integer" } }, "7").n)
    assert.equal(2, ns.args({ { "n", "", type = "integer", choices = { 1, 2 }, default = 1 } }, "2").n)
    assert.equal(64 << 20, ns.args({ { "--m", "", type = "size", choices = { "1M", "64M" } } }, "--m", "64M").m)
    assert.is_nil(ns.args({ { "n", "" } }).n)
    assert.equal("y", ns.args({ { "x" }, { "--flag" } }, "y").x)
  end)

  it("keeps everything after -- as the command, unread", function()
    local opt = ns.args(spec, "a.c", "--", "ls", "-l", "--", "x")
    assert.same({ "ls", "-l", "--", "x" }, opt.cmd)
    assert.is_nil(ns.args(spec, "a.c").cmd)
    assert.is_nil(ns.args(spec, "a.c", "--").cmd)
  end)

  it("raises when a recipe reads an argument that it did not describe", function()
    support.raises("args_spec.lua:%d+: ns.args at spec/unit/args_spec.lua:%d+ describes no 'tme' "
      .. "%(did you mean 'time'%?%)$", function()
      local opt = ns.args(spec, "a.c")
      return opt.tme
    end)
  end)

  it("refuses a wrong description, and names its line", function()
    local where = "spec/unit/args_spec.lua:%d+: ns.args: "
    support.raises(where .. "expected a table, got string \"x\"$", function() ns.args("x") end)
    support.raises(where .. "unknown field 'abuot' %(did you mean 'about'%?%)$", function() ns.args { abuot = "x" } end)
    support.raises(where .. "about: expected a text for %-%-help, got number 1; "
      .. "write about = \"what the recipe does\"$", function() ns.args { about = 1 } end)
    support.raises(where .. "entry 1: expected { \"NAME\", \"what it is\", ... }$", function() ns.args { "name" } end)
    support.raises(where .. "entry 2: unknown field 'requird' %(did you mean 'required'%?%)$", function()
      ns.args { { "a", "" }, { "b", "", requird = true } }
    end)
    support.raises(where .. "cmd: expected a text for %-%-help, got boolean true; write "
      .. "cmd = \"the command to run\": it is opt%.cmd, from behind \"%-%-\"$", function() ns.args { cmd = true } end)
    support.raises(where .. "entry 1: unknown type 'boolean': a flag, true or false, is type = \"flag\"$",
      function() ns.args { { "a", "", type = "boolean" } } end)
    support.raises(where .. "entry 1: unknown type 'float': one of duration, flag, integer, number, size, string$",
      function() ns.args { { "a", "", type = "float" } } end)
    support.raises(where .. "entry 1: unknown type 'numbr' %(did you mean 'number'%?%)$", function()
      ns.args { { "a", "", type = "numbr" } }
    end)
    support.raises(where .. "entry 2: 'a' is there twice$", function() ns.args { { "a", "" }, { "--a", "" } } end)
    support.raises(where .. "entry 1: what is required has no default$", function()
      ns.args { { "a", "", required = true, default = 1 } }
    end)
    support.raises(where .. "entry 1: '%-%-help' is not a name for it$", function() ns.args { { "--help", "" } } end)
    support.raises(where .. "entry 1: default: '3' is none of its choices$", function()
      ns.args { { "n", "", type = "integer", choices = { 1, 2 }, default = 3 } }
    end)
    support.raises(where .. "entry 1: choices: expected a list, got number 1$", function()
      ns.args { { "n", "", choices = 1 } }
    end)
    support.raises(where .. "entry 1: default: \"x\" is not a size", function()
      ns.args { { "--a", "", type = "size", default = "x" } }
    end)
  end)
end)
