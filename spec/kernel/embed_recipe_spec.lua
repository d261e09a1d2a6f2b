--- The C library for recipes: an engine in a program that embeds it.
local support = require "support"
local sys = require "nsengine.sys"

local dir
local has_cc = support.run({ "sh", "-c", "command -v cc" }).code == 0
local has_json = pcall(require, "cjson")

setup(function()
  if not has_cc then return end
  dir = support.tempdir()
  local sanitizers = support.build:find "asan" and "-fsanitize=address,undefined " or ""
  local pipe = assert(io.popen(("unset LD_PRELOAD; exec 2>&1; cp %s/libnsengine-recipe.so.0 %s && "
    .. "cc -O1 -g -Wall -Werror -Iengine %sspec/support/recipes.c "
    .. "%s/libnsengine-recipe.so.0 -Wl,-rpath,'$ORIGIN' -pthread -o %s/recipes")
    :format(support.build, dir.path, sanitizers, dir.path, dir.path)))
  local text = pipe:read "a"
  assert(pipe:close(), text)
end)

teardown(function() if dir then support.remove(dir.path) end end)

--- The output and status of the program for a recipe and a verb.
local function program(uid, recipe, ...)
  local command = { dir.path .. "/recipes", recipe, ... }
  command.uid = uid
  local r = support.run(command)
  return r.stdout .. r.stderr, r.code
end

local function each(name, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(name, uid), function()
      if not has_cc then return pending "needs a C compiler" end
      fn(uid)
    end)
  end
end

local plain = 'local ns = require "nsengine"\n'
  .. 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "sh", "-c", "exit 4" } }'

describe("a recipe in a C program", function()
  each("runs with its own command, or with another", function(uid)
    assert.equal("code 4 signal 0 wall 1 memory 1\n", (program(uid, plain, "run")))
    assert.equal("code 0 signal 9 wall 1 memory 1\n", (program(uid, plain, "run", "sh", "-c", "kill -9 $$")))
  end)

  each("gets arguments, and may come from a file", function(uid)
    local recipe = 'local ns = require "nsengine"\nlocal a, b = ...\nreturn ns.sandbox { fs = { ["/"] = ns.ro "/" },\n'
      .. 'cmd = { "test", a .. b .. arg[1], "=", "onetwoone" } }'
    assert.equal("code 0 signal 0 wall 1 memory 1\n", (program(uid, recipe, "run")))
    local path = dir.path .. "/plain.lua"
    local file <close> = assert(io.open(path, "w"))
    file:write(plain)
    file:flush()
    assert.equal("code 4 signal 0 wall 1 memory 1\n", (program(uid, path, "run")))
  end)

  each("keeps its limits, and reports all of its Result", function(uid)
    if not has_json then return pending "needs lua-cjson" end
    local out = program(uid, plain, "json", "sh", "-c", "exit 2")
    assert.truthy(out:find('"reason":"exit","code":2', 1, true), out)
    local limited = plain:gsub("cmd", "limits = { wall_time = 0.2 }, cmd")
    out = program(uid, limited, "json", "sleep", "9")
    assert.truthy(out:find('"reason":"wall_time"', 1, true), out)
    assert.equal("code 0 signal 9 wall 1 memory 1\ntimed out\n", (program(uid, limited, "run", "sleep", "9")))
    local stopped = plain:gsub("cmd", "limits = { output = 1 }, cmd")
    assert.equal("xcode 0 signal 9 wall 1 memory 1\n", (program(uid, stopped, "run", "sh", "-c", "echo xx; sleep 9")))
  end)

  each("refuses options and a result that do not tell their size", function(uid)
    assert.equal("-22 the size of the result is not set\n0 the size of the options is not set\n",
      (program(uid, plain, "unsized", "true")))
  end)

  each("can be driven by another event loop", function(uid)
    assert.equal("0\n0\n0\n1\n1\nsignal 15\n1\n1\n", (program(uid, plain, "loop", "sleep", "9")))
  end)

  each("can be explained", function(uid)
    local out = program(uid, plain, "explain")
    assert.truthy(out:find("^clone3 CLONE_NEWUSER") and out:find("# text.lua:2: fs./", 1, true), out)
  end)

  each("reports mistakes with line, field and remedy", function(uid)
    local out, code = program(uid, 'local ns = require "nsengine"\nreturn ns.sandbox {\n  hostnme = "x" }', "run")
    assert.equal("load: stage 5 errno 125 where text.lua:3 field hostnme: text.lua:3: hostnme: unknown field "
      .. "(did you mean 'hostname'?)\nhint: \n", out)
    assert.equal(1, code)
    assert.truthy(program(uid, "return {", "run"):find("load: stage 5 errno 125 where  field : text.lua:1:", 1, true))
    assert.truthy(program(uid, "return 3", "run"):find("text.lua: returned number; an embedded recipe must", 1, true))
    assert.truthy(program(uid, "os.exit(3)", "run"):find("os.exit: an embedded recipe cannot end the program", 1, true))
    out = program(uid, plain, "run", "nonesuch")
    assert.truthy(out:find("spawn: stage 4 errno 2 where text.lua field : text.lua: command not found: nonesuch (", 1,
      true), out)
    -- The command's line is the recipe's.
    out = program(uid, 'local ns = require "nsengine"\nreturn ns.sandbox { fs = { ["/"] = ns.ro "/" },\n'
      .. '  cmd = { "nonesuch" } }', "run")
    assert.truthy(out:find("where text.lua:3 field : text.lua:3: command not found: nonesuch (", 1, true), out)
    assert.equal("spawn: stage 5 errno 125 where text.lua:2 field cmd: text.lua:2: cmd: no command: argv is NULL, and "
      .. "the recipe has no cmd = { ... }\nhint: \n",
      (program(uid, 'local ns = require "nsengine"\nreturn ns.sandbox {}', "run")))
  end)

  each("sends warnings to the program's own function", function(uid)
    assert.truthy(program(uid, 'local ns = require "nsengine"\nns.warn "careful"\n' .. plain, "run")
      :find("log: .*careful"))
  end)

  each("is forgotten, with the modules beside it, when another one is loaded", function(uid)
    local recipes <close> = support.tempdir()
    for name, code in pairs { a = 3, b = 4 } do
      assert(sys.mkdir(recipes.path .. "/" .. name, 493))
      assert(sys.writefile(("%s/%s/util.lua"):format(recipes.path, name), ("return %d"):format(code)))
      assert(sys.writefile(("%s/%s/box.lua"):format(recipes.path, name), 'local ns = require "nsengine"\n'
        .. 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "sh", "-c", "exit " .. require "util" } }'))
    end
    local out = program(uid, recipes.path .. "/a/box.lua", "again", recipes.path .. "/b/box.lua")
    assert.matches("^code 3 .*\ncode 4 ", out)
  end)

  each("has a separate state in each thread", function(uid)
    assert.equal("wrong 0 0\n", (program(uid, plain, "threads")))
  end)
end)
