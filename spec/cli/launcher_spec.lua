--- The launcher, from outside: its options, what a recipe gets and may do, its messages and exit statuses, and how it
--- ends by a signal.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local version = assert(sys.readfile("CMakeLists.txt")):match("project%(nsengine VERSION ([%d.]+)")

--- Runs a chunk as a recipe in its own file; "PATH" stands for its path in what is returned.
local function recipe(source, options, ...)
  local r = support.recipe(source, options, ...)
  local plain = r.path:gsub("%p", "%%%0")
  r.stderr, r.stdout = r.stderr:gsub(plain, "PATH"), r.stdout:gsub(plain, "PATH")
  return r
end

local function chunk(source, ...)
  return support.nsengine { "-e", source, ... }
end

--- What a user sees: status, output, errors.
local function seen(r) return { r.code or r.signal and -r.signal, r.stdout, r.stderr } end

local function fails(message, r)
  assert.same({ 125, "", "nsengine: " .. message .. "\n" }, seen(r))
end

local misuse_hint = "; see nsengine --help"

local help = [[
Usage: nsengine [OPTION...] RECIPE [ARG...] [-- COMMAND...]
       nsengine [OPTION...] -e CHUNK [ARG...] [-- COMMAND...]
       nsengine --learn FILE COMMAND...

Runs RECIPE, a Lua program that makes sandboxes; "-" is standard input. The
arguments are its "..." and its table "arg". If it returns a sandbox, that is
run, with COMMAND in place of its own command if one is given.

Options:
  -n, --check          load and check the recipe without running anything: it
                       stops where it would run the first command. What only
                       this host lacks is a warning (--doctor RECIPE: status 1)
      --explain[=json] print the plan of the sandbox that the recipe returns or
                       first runs: each kernel call in order, with the recipe's
                       line; run nothing
      --doctor[=json]  report what this host and user can do for a sandbox, and
                       the commands that fix what is missing; with a RECIPE,
                       which of its fields work here; run nothing
      --trace[=FILE]   print each step that was done, with its result and time
      --why[=FILE]     report what each command was denied, by which field and
                       line, and what would allow it
      --learn FILE     run COMMAND with access to all of this system, and write
                       a recipe for what it used to FILE, overwriting it
  -o, --result FILE    write the Result as JSON to FILE; "-" is standard
                       output, "fd:N" a descriptor
  -e CHUNK             run CHUNK as the recipe; the words after it are its
                       arguments
  -q, --quiet          do not print warnings, nor which limits were reached
  -v, --verbose        print a traceback with every error, and how the command
                       ended
  -h, --help [FIELD]   print this text, or help for a field
                       ("limits.wall_time"), mount or function; "fields" lists
                       them
      --luarc          print a .luarc.json with which the Lua language server
                       of editors knows recipes
      --version        print the versions of nsengine, Lua and the kernel

Exit status: that of the command or recipe; 124 if a time limit ended it, 125
if nsengine or the recipe failed, 126 if a command is not executable, 127 if it
is not found, 128+N if signal N ended it. With --doctor: 0 if a sandbox, or
that of the recipe, works here, else 1.
]]

--- Prints what a recipe was given.
local show = [[
  local words = {}
  for i = 0, #arg do words[#words + 1] = i .. "=" .. arg[i] end
  print(select("#", ...), table.concat(words, " "), ...)]]

describe("a recipe whose output nobody reads any more", function()
  it("ends by SIGPIPE, and cleans up", function()
    local r = support.run { "bash", "-c", "\"$1\" -e \"$2\" | head -n 1; echo ${PIPESTATUS[0]}", "bash",
      support.launcher(), 'local dir <close> = require "nsengine".tempdir() for _ = 1, 100000 do print(dir.path) end' }
    local path, status = r.stdout:match("^(/[^\n]+)\n(%d+)\n$")
    assert.same({ tostring(128 + sys.SIGPIPE), "" }, { status, r.stderr })
    assert.is_nil(sys.stat(path))
  end)
end)

describe("the command line", function()
  for _, uid in ipairs(support.users) do
    it("prints help and versions, as uid " .. uid, function()
      assert.same({ 0, help, "" }, seen(support.nsengine { "--help", uid = uid }))
      assert.same({ 0, help, "" }, seen(support.nsengine { "-h", uid = uid }))
      assert.same({ 0, help, "" }, seen(support.nsengine { "-v", "--help", uid = uid }))
      assert.same({ 0, ("nsengine %s (Lua 5.4, Linux %s)\n"):format(version, sys.uname().release), "" },
        seen(support.nsengine { "--version", uid = uid }))
    end)
  end

  it("has help that fits in 80 columns", function()
    for line in help:gmatch("[^\n]*") do assert.truthy(#line <= 80, line) end
  end)

  it("requires a recipe", function()
    local message = "no recipe: write 'nsengine RECIPE', or see nsengine --help"
    fails(message, support.nsengine {})
    fails(message, support.nsengine { "--" })
    assert.equal("nsengine: " .. message, support.nsengine({ "-v" }).stderr:match("^[^\n]*"))
  end)

  it("refuses unknown options, and suggests what was meant", function()
    fails("unknown option '--verison' (did you mean '--version'?)" .. misuse_hint, support.nsengine { "--verison" })
    fails("unknown option '--verbos' (did you mean '--verbose'?)" .. misuse_hint,
      support.nsengine { "--verbos", "x.lua" })
    fails("unknown option '--frobnicate'" .. misuse_hint, support.nsengine { "--frobnicate" })
    fails("unknown option '--chck' (did you mean '--check'?)" .. misuse_hint, support.nsengine { "--chck", "x.lua" })
    fails("option '--check' takes no argument" .. misuse_hint, support.nsengine { "--check=x", "x.lua" })
    fails("option '--result' needs an argument: FILE" .. misuse_hint, support.nsengine { "--result" })
    fails("option '-o' needs an argument: FILE" .. misuse_hint, support.nsengine { "-o" })
    fails("option '--result=' needs an argument: FILE" .. misuse_hint, support.nsengine { "--result=", "x.lua" })
    fails("option '--trace=' needs an argument: FILE" .. misuse_hint, support.nsengine { "--trace=", "x.lua" })
    fails("option '--explain': unknown format 'yaml': write json, or nothing for text" .. misuse_hint,
      support.nsengine { "--explain=yaml", "x.lua" })
    fails("option '-e' needs an argument: CHUNK" .. misuse_hint, support.nsengine { "-e" })
    fails("option '-e' needs an argument: CHUNK" .. misuse_hint, support.nsengine { "-v", "-e" })
  end)

  it("passes everything after the recipe to it, options too", function()
    assert.same({ 0, "4\t0=PATH 1=a 2=-v 3=--help 4=\ta\t-v\t--help\t\n", "" },
      seen(recipe(show, nil, "a", "-v", "--help", "")))
    assert.same({ 0, "0\t0=PATH\n", "" }, seen(recipe(show)))
  end)

  it("keeps the command behind -- for the sandbox", function()
    local unused = "nsengine: warning: PATH: takes no command: what follows '--' is ignored\n"
    assert.same({ 0, "1\t0=PATH 1=a\ta\n", unused }, seen(recipe(show, nil, "a", "--", "x", "-y")))
    fails("no command after '--': write one, or leave out '--'", recipe(show, nil, "a", "--"))
    local box = 'local ns = require "nsengine" return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "false" } }'
    assert.same({ 1, "", "" }, seen(recipe(box)))
    assert.same({ 0, "a -- b\n", "" }, seen(recipe(box, nil, "--", "echo", "a", "--", "b")))
    assert.same({ 3, "", "" }, seen(chunk(box, "--", "sh", "-c", "exit 3")))
    assert.same({ 4, "", "" }, seen(support.nsengine { "-", "--", "sh", "-c", "exit 4", stdin = box }))
  end)

  it("warns about arguments that the recipe ignores, before the sandbox runs", function()
    local box = 'local ns = require "nsengine" -- a sandbox...\n'
      .. 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "sh", "-c", "echo ran >&2" } }'
    local function warned(text, ran)
      return { 0, "", ("nsengine: warning: PATH: arguments not used: %s\n%s"):format(text, ran or "ran\n") }
    end
    assert.same(warned "id -un; a command goes after '--': nsengine PATH -- id -un",
      seen(recipe(box, nil, "id", "-un")))
    assert.same(warned "--check; options go before the recipe: nsengine --check PATH",
      seen(recipe(box, nil, "--check")))
    assert.same(warned("-q -o 'a b' ls; options go before the recipe, a command after '--': "
      .. "nsengine -q -o 'a b' PATH -- ls"), seen(recipe(box, nil, "-q", "-o", "a b", "ls")))
    assert.same(warned "a", seen(recipe(box, nil, "a", "--", "sh", "-c", "echo ran >&2")))
    assert.same(warned("a", ""), seen(recipe("return 0", nil, "a"))) -- no sandbox that could use a command
    assert.same({ 0, "", "ran\n" }, seen(support.nsengine { "-q", "-e", box, "a" }))
    for _, source in ipairs { "local a = ...", "return #arg - 1", "return #_G.arg - 1", "arg = {}",
      'require "nsengine.sys".clone(0, function() return #arg - 1 end):wait()',
      'local ns = require "nsengine" ns.args({ { "a", "what" } }, ...)' } do
      assert.same({ 0, "", "" }, seen(recipe(source, nil, "a")), source)
    end
    -- A module beside the recipe may look at them.
    local dir <close> = support.tempdir()
    sys.writefile(dir.path .. "/words.lua", "return arg[1]")
    sys.writefile(dir.path .. "/main.lua", 'print((require "words"))')
    assert.same({ 0, "a\n", "" }, seen(support.nsengine { dir.path .. "/main.lua", "a" }))
  end)

  it("runs a chunk, with its arguments", function()
    assert.same({ 0, "3\t0=-e 1=a 2=-e 3=-n\ta\t-e\t-n\n", "" }, seen(chunk(show, "a", "-e", "-n")))
    assert.same({ 0, "0\t0=-e\n", "" }, seen(chunk(show)))
    assert.same({ 3, "", "" }, seen(support.nsengine { "-v", "-e", "return 3" }))
    assert.same({ 0, "", "" }, seen(chunk(""))) -- an empty program does nothing
  end)

  it("reads a recipe from standard input", function()
    assert.same({ 0, "2\t0=- 1=a 2=b\ta\tb\n", "" }, seen(support.nsengine { "-", "a", "b", stdin = show }))
    assert.same({ 4, "", "" }, seen(support.nsengine { "-v", "-", stdin = "return 4" }))
    assert.same({ 0, "", "" }, seen(support.nsengine { "-", stdin = "" }))
    fails("stdin:2: unexpected symbol near '='", support.nsengine { "-", stdin = "local x\n= = 1" })
  end)

  it("takes the word after -- as the recipe", function()
    local dir <close> = support.tempdir()
    sys.writefile(dir.path .. "/-e", "return 9")
    sys.writefile(dir.path .. "/--help", "return #arg")
    assert.same({ 9, "", "" }, seen(support.nsengine { "--", "-e", cwd = dir.path }))
    assert.same({ 2, "", "" }, seen(support.nsengine { "-v", "--", "--help", "-v", "x", cwd = dir.path }))
    fails("--nope: No such file or directory (ENOENT)", support.nsengine { "--", "--nope", cwd = dir.path })
  end)

  it("prints a traceback only on request", function()
    local source = "local function f() error 'broken' end\nf()"
    fails("PATH:1: broken", recipe(source))
    for _, option in ipairs { "-v", "--verbose" } do
      local r = support.nsengine { option, "-e", source }
      assert.equal(125, r.code)
      assert.truthy(r.stderr:find("^nsengine: %-e:1: broken\nstack traceback:\n.*%-e:2: in main chunk\n"), r.stderr)
    end
    -- A missing command needs but one line.
    assert.same({ 127, "", "nsengine: -e:1: exec /no/such: No such file or directory (ENOENT)\n" },
      seen(support.nsengine { "-v", "-e", 'assert(require "nsengine.sys".exec { "/no/such" })' }))
  end)

  it("may start with a byte order mark, which is not a line", function()
    assert.same({ 125, "", "nsengine: -e:2: here\n" }, seen(chunk "\xEF\xBB\xBF#!/usr/bin/env x\nerror('here')"))
  end)

  it("is not a script for something else", function()
    assert.matches("^nsengine: %-e: a script for /bin/sh: a recipe is Lua source text; a command goes after '%-%-'",
      chunk("#!/bin/sh\n# hello\nls\n").stderr)
  end)

  for _, uid in ipairs(support.users) do
    it("works as a shebang line, as uid " .. uid, function()
      local dir <close> = support.tempdir()
      local path = dir.path .. "/tool"
      sys.writefile(path, "#!" .. support.launcher(uid) .. "\nprint(...)\nerror('here')\n")
      sys.chmod(path, 493)
      assert.same({ 125, "a\t-v\n", ("nsengine: %s:3: here\n"):format(path) },
        seen(support.run { path, "a", "-v", uid = uid }))
    end)
  end
end)

describe("the exit status", function()
  local statuses = {
    { "", 0 }, { "return", 0 }, { "return nil", 0 }, { "return true", 0 }, { "return false", 1 },
    { "return 0", 0 }, { "return 7", 7 }, { "return 255", 255 },
    { "return true, 'exit', 0", 0 }, { "return nil, 'exit', 9", 9 }, { "return nil, 'exit', 255", 255 },
    { "return nil, 'signal', 9", 137 }, { "return nil, 'signal', 15", 143 }, { "os.exit(6)", 6 },
    { "setmetatable({}, { __gc = function() os.exit(7) end })", 7 },
    { "os.exit(true, true)", 0 }, { "require 'nsengine.sys'.exit(8)", 8 }, { "return os.execute 'exit 5'", 5 },
  }
  for _, case in ipairs(statuses) do
    it(("of %q is %d"):format(case[1], case[2]), function()
      assert.same({ case[2], "", "" }, seen(chunk(case[1])))
    end)
  end

  it("of os.exit comes after cleanup of what the recipe began, but not what its parent began", function()
    assert.same({ 3, "closed\nclosed\n", "" }, seen(chunk [[
      local sys = require "nsengine.sys"
      local function closing() return setmetatable({}, { __close = function() print "closed" end }) end
      local first <close> = closing()
      local second <close> = closing()
      local child <close> = assert(sys.clone(0, function() os.exit(5) end))
      assert(select(3, child:wait()) == 5)
      os.exit(3) ]]))
    assert.same({ 3, "", "" }, seen(chunk [[
      local unseen <close> = setmetatable({}, { __close = function() print "closed" end })
      os.exit(3, false) ]]))
  end)

  local function wait(what)
    return ([[local sys = require "nsengine.sys"
      local child <close> = assert(sys.clone(0, function() %s end))
      return child:wait(...)]]):format(what)
  end

  it("is that of the child that was waited for", function()
    assert.same({ 12, "", "" }, seen(chunk(wait "return 12")))
    assert.same({ 137, "", "" }, seen(chunk(wait "sys.kill(sys.getpid(), sys.SIGKILL)")))
    assert.same({ 134, "", "" }, seen(chunk(wait "sys.setrlimit(4, 0) sys.kill(sys.getpid(), sys.SIGABRT)")))
    assert.same({ 3, "", "" }, seen(chunk(wait 'return sys.exec { "sh", "-c", "exit 3" }')))
  end)

  it("is 124 after a time limit", function()
    local r = recipe([[local sys = require "nsengine.sys"
      local child <close> = assert(sys.clone(0, function() sys.sleep(60) end))
      return child:wait(0.01)]])
    assert.same({ 124, "", "nsengine: PATH: the time ran out\n" }, seen(r))
  end)

  it("is 127 for a missing command, and 126 for one that cannot run", function()
    local dir <close> = support.tempdir()
    sys.writefile(dir.path .. "/plain", "x")
    sys.writefile(dir.path .. "/binary", "\127ELFnonsense")
    sys.chmod(dir.path .. "/plain", 420)
    sys.chmod(dir.path .. "/binary", 493)
    local source = 'return require "nsengine.sys".exec { ... }'
    local nothing = "No such file or directory (ENOENT)\n"
    assert.same({ 127, "", "nsengine: -e: exec /no/such: " .. nothing }, seen(chunk(source, "/no/such")))
    assert.same({ 127, "", "nsengine: -e: exec no-such-command: " .. nothing },
      seen(support.nsengine { "-e", source, "no-such-command", env = { PATH = "/usr/bin:/bin" } }))
    assert.same({ 126, "", ("nsengine: -e: exec %s/plain: Permission denied (EACCES)\n"):format(dir.path)
      .. "  hint: the file is not executable, or its file system is mounted noexec\n" },
      seen(chunk(source, dir.path .. "/plain")))
    assert.same({ 126, "", ("nsengine: -e: exec %s/binary: Exec format error (ENOEXEC)\n"):format(dir.path)
      .. "  hint: neither a program nor a script: does its first line start with #! ?\n" },
      seen(chunk(source, dir.path .. "/binary")))
    -- The same in a child, where assert() raises it and the parent passes it on.
    assert.same({ 127, "", "nsengine: clone: -e:2: exec /no/such: " .. nothing },
      seen(chunk(wait 'assert(sys.exec { "/no/such" })')))
    -- But a failure before another error does not set that error's status.
    assert.same({ 125, "", "nsengine: other\n" },
      seen(chunk 'require "nsengine.sys".exec { "/no/such" } error("other", 0)'))
  end)

  it("is 125, with one line, for a result that makes no sense", function()
    local expected = "; expected a sandbox, a Result, nothing, a boolean, 0 to 255, or what process:wait returns"
    for source, text in pairs {
      ["return 256"] = "256 (a number)", ["return -1"] = "-1 (a number)", ["return 3.0"] = "3.0 (a number)",
      ["return 'hello'"] = "hello (a string)",
      ["return setmetatable({}, { __tostring = function() return 'me' end })"] = "me (a table)",
      ["return setmetatable({}, { __tostring = error })"] = "a table that cannot be printed (a table)",
      ["return setmetatable({}, { __name = 'Thing', __tostring = function() return {} end })"]
        = "a table that cannot be printed (a table)",
    } do
      fails("PATH: returned " .. text .. expected, recipe(source))
    end
    assert.truthy(chunk("return print").stderr:find("^nsengine: %-e: returned function: [%w: ]+ %(a function%); exp"))
    fails("-e:1: a\\0b", chunk "error 'a\\0b'")
    fails("-e: exit", chunk "return nil, 'exit'")
    fails("-e: exit", chunk "return nil, 'exit', 256")
    fails("-e: signal", chunk "return nil, 'signal', 0")
    fails("-e: message", chunk "return nil, 'message'")
  end)

  it("is 125, with the message, for an error value of any type", function()
    fails("-e:1: text", chunk "error 'text'")
    fails("text", chunk "error('text', 0)")
    fails("-e:1: (error object is a nil value)", chunk "error()")
    fails("-e:1: (error object is a table value)", chunk "error { code = 5 }")
    fails("7", chunk "error(7)")
    fails("an object", chunk "error(setmetatable({}, { __tostring = function() return 'an object' end }))")
    fails("a table that cannot be printed", chunk "error(setmetatable({}, { __tostring = error }))")
    assert.equal(125, support.nsengine { "-v", "-e", "error(setmetatable({}, { __tostring = error }))" }.code)
  end)
end)

describe("a recipe", function()
  it("cannot use undefined globals, and gets a suggestion", function()
    fails("PATH:2: undefined global 'prnt' (did you mean 'print'?)", recipe "\nprnt(1)")
    fails("PATH:1: undefined global 'something_else'", recipe "local x = something_else")
    fails("PATH:1: assignment to global 'x'; write 'local x = ...'", recipe "x = 1")
    fails("PATH:1: assignment to global 'f'; write 'local f = ...'", recipe "function f() end")
    fails("PATH:1: assignment to global 'print'; write 'local print = ...'", recipe "print = nil")
    fails("PATH:1: assignment to global 'y'; write 'local y = ...'", recipe "_G.y = 1")
    fails("PATH:1: undefined global 'pritn' (did you mean 'print'?)", recipe "return _G.pritn")
    fails("-e:1: undefined global 'prnt' (did you mean 'print'?)", chunk "prnt(1)")
  end)

  it("has Lua's own globals, and arg", function()
    assert.same({ 0, "", "" }, seen(recipe [[
      for _, name in ipairs { "print", "string", "table", "io", "os", "math", "utf8", "coroutine", "require" } do
        assert(_G[name], name)
      end
      assert(_G._G == _G and type(arg) == "table")
      arg.mine = 1]]))
  end)

  it("must be text, because a precompiled chunk could break the interpreter", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/binary.lua"
    local text = ": a binary chunk: a recipe must be Lua source text, because precompiled code is not checked"
    sys.writefile(path, string.dump(function() return 1 end))
    sys.writefile(dir.path .. "/main.lua", 'require "binary"')
    fails(path .. text, support.nsengine { path })
    fails("-" .. text, support.nsengine { "-", stdin = "\27Lua" })
    fails("-e" .. text, chunk "\27Lua")
    fails(path .. text, support.nsengine { dir.path .. "/main.lua" })
  end)

  it("finds modules beside itself, files and directories, under the same rules", function()
    local dir <close> = support.tempdir()
    sys.mkdirs(dir.path .. "/a/b")
    sys.writefile(dir.path .. "/one.lua", "return { name = ..., path = select(2, ...) }")
    sys.writefile(dir.path .. "/a/two.lua", "return 'two'")
    sys.writefile(dir.path .. "/a/b/init.lua", "return 'three'")
    sys.writefile(dir.path .. "/sloppy.lua", "\nx = 1")
    sys.writefile(dir.path .. "/wrong.lua", "return return")
    local path = dir.path .. "/main.lua"
    sys.writefile(path, [[
      local one = require "one"
      print(one.name, one.path, require "a.two", require "a.b", require "one" == one)]])
    local expected = { 0, ("one\t%s/one.lua\ttwo\tthree\ttrue\n"):format(dir.path), "" }
    assert.same(expected, seen(support.nsengine { path }))
    assert.same(expected, seen(support.nsengine { path, cwd = "/" }))
    assert.same(expected, seen(support.nsengine { "main.lua", cwd = dir.path }))
    expected[2] = expected[2]:gsub("/one.lua", "/a/..%0")
    assert.same(expected, seen(support.nsengine { "../main.lua", cwd = dir.path .. "/a" }))
    sys.writefile(path, 'require "sloppy"')
    fails(dir.path .. "/sloppy.lua:2: assignment to global 'x'; write 'local x = ...'", support.nsengine { path })
    sys.writefile(path, 'require "wrong"')
    fails(dir.path .. "/wrong.lua:1: unexpected symbol near 'return'", support.nsengine { path })
  end)

  it("finds those before all others, even after a change of directory", function()
    local dir <close> = support.tempdir()
    sys.mkdirs(dir.path .. "/elsewhere")
    sys.writefile(dir.path .. "/main.lua", [[
      local sys = require "nsengine.sys"
      assert(sys.chdir "elsewhere")
      package.path = sys.getcwd() .. "/?.lua"
      print(require "mine")]])
    sys.writefile(dir.path .. "/mine.lua", "return 'beside'")
    sys.writefile(dir.path .. "/elsewhere/mine.lua", "return 'elsewhere'")
    assert.same({ 0, "beside\t" .. dir.path .. "/mine.lua\n", "" },
      seen(support.nsengine { "main.lua", cwd = dir.path }))
  end)

  it("never loads a module from the working directory", function()
    local dir <close> = support.tempdir()
    sys.mkdirs(dir.path .. "/nsengine")
    for _, name in ipairs { "stranger", "nsengine/recipe", "nsengine/suggest", "nsengine/hint", "nsengine/cli" } do
      sys.writefile(dir.path .. "/" .. name .. ".lua", "print 'the stranger was here'")
    end
    local source = [[
      local ok, message = pcall(require, "stranger")
      print(ok, (message:match("^[^\n]*")), message:find("./stranger", 1, true), package.path:find("%f[^;\0]%./"),
        package.cpath:find("%f[^;\0]%./"), message:find("no file ''", 1, true))]]
    local expected = { 0, "false\tmodule 'stranger' not found:\tnil\tnil\tnil\tnil\n", "" }
    assert.same(expected, seen(support.nsengine { "-e", source, cwd = dir.path }))
    assert.same(expected, seen(support.nsengine { "-", stdin = source, cwd = dir.path }))
    local other <close> = support.tempdir()
    sys.writefile(other.path .. "/main.lua", source)
    assert.same(expected, seen(support.nsengine { other.path .. "/main.lua", cwd = dir.path }))
    assert.equal(125, support.nsengine({ "-e", "prnt(1)", cwd = dir.path }).code)
  end)

  it("is not affected by LUA_INIT, LUA_PATH and LUA_CPATH", function()
    local dir <close> = support.tempdir()
    sys.writefile(dir.path .. "/stranger.lua", "return 'found'")
    local env = { PATH = os.getenv("PATH") }
    for _, suffix in ipairs { "", "_5_4" } do
      env["LUA_INIT" .. suffix] = "print 'the stranger was here' os.exit(99)"
      env["LUA_PATH" .. suffix] = dir.path .. "/?.lua;;"
      env["LUA_CPATH" .. suffix] = dir.path .. "/?.so;;"
    end
    local r = support.nsengine { "-e", 'print((pcall(require, "stranger")), package.path, package.cpath)', env = env }
    assert.same(seen(chunk 'print((pcall(require, "stranger")), package.path, package.cpath)'), seen(r))
    assert.truthy(r.stdout:find("^false\t"), r.stdout)
    assert.falsy(r.stdout:find(dir.path, 1, true))
  end)

  it("runs with the Lua sources in NSENGINE_LUADIR instead of those built in", function()
    local dir <close> = support.tempdir()
    assert(os.execute("cp -r lua/nsengine " .. dir.path))
    sys.writefile(dir.path .. "/nsengine/hint.lua", "return function() return 'from elsewhere' end")
    local env = { PATH = os.getenv("PATH"), NSENGINE_LUADIR = dir.path }
    assert.same({ 125, "", "nsengine: -e:1: x\n  hint: from elsewhere\n" },
      seen(support.nsengine { "-e", "error 'x'", env = env }))
    env.NSENGINE_LUADIR = ""
    assert.same({ 125, "", "nsengine: -e:1: x\n" }, seen(support.nsengine { "-e", "error 'x'", env = env }))
    env.NSENGINE_LUADIR = "/nope"
    local r = support.nsengine { "-e", "error 'x'", env = env }
    assert.equal(125, r.code)
    assert.truthy(r.stderr:find("^nsengine: module 'nsengine.cli' not found:\n"), r.stderr)
  end)

  it("may be a pipe, and may have up to 64 MiB", function()
    local r = support.run { "/bin/bash", "-c", support.launcher() .. " <(echo 'print(...) return 6') a" }
    assert.same({ 6, "a\n", "" }, seen(r))
    assert.same({ 7, "", "" }, seen(recipe("--" .. ("x"):rep(200000) .. "\nreturn 7")))
    fails("/dev/zero: File too large (EFBIG)", support.nsengine { "/dev/zero" })
  end)
end)

describe("an engine error", function()
  local ordinary = support.users[#support.users]

  it("comes with a hint if one is known", function()
    local sethostname = "sethostname x: Operation not permitted (EPERM)\n"
      .. "  hint: without sys.CLONE_NEWUTS the host name is the host's own\n"
    local source = 'local sys = require "nsengine.sys"\n'
    local function run(text) return seen(support.nsengine { "-e", source .. text, uid = ordinary }) end
    if ordinary == 0 then return pending("needs an ordinary user") end
    assert.same({ 125, "", "nsengine: -e: " .. sethostname }, run 'return sys.sethostname("x")')
    assert.same({ 125, "", "nsengine: -e:2: " .. sethostname }, run 'assert(sys.sethostname("x"))')
    local r = run 'return sys.clone(0, function() return sys.sethostname("x") end):wait()'
    assert.same({ 125, "", "nsengine: clone: " .. sethostname }, r)
    r = run 'return sys.clone(sys.CLONE_NEWUTS, function() end)'
    assert.truthy(r[3]:find("^nsengine: %-e: clone: Operation not permitted %(EPERM%)\n  hint: [^\n]+\n$"), r[3])
  end)

  it("is one line that names the place, for every kind of bad input", function()
    local sys_line = 'local sys = require "nsengine.sys"\n'
    local cases = {
      ['local x = sys.mount("pr\\0oc", "/nope", "proc") return x']
        = "bad argument #1 to 'mount' (string with an embedded NUL after 2 bytes)",
      ['local x = sys.pipe(-1)'] = "bad argument #1 to 'pipe' (-1 is out of range: 0 to 4294967295)",
      ['local x = sys.pipe():read(1 << 50)']
        = "bad argument #1 to 'read' (1125899906842624 is out of range: 1 to 1073741824)",
      ['local r = sys.pipe() r:close() local x = sys.stat(r)'] = "bad argument #1 to 'stat' (closed descriptor)",
      ['local r = sys.pipe() r:close() r:write("x")'] = "calling 'write' on bad self (closed descriptor)",
      ['local x = sys.sethostname(1)'] = "bad argument #1 to 'sethostname' (string expected, got number)",
      ['local x = sys.open("/", sys.O_RDNLY)'] = "nsengine.sys has no 'O_RDNLY' (did you mean 'O_RDONLY'?)",
      ['sys.clone = nil'] = "nsengine.sys cannot be changed: 'clone'",
      ['local x = 1 + nil'] = "attempt to perform arithmetic on a nil value",
    }
    for source, message in pairs(cases) do fails("PATH:2: " .. message, recipe(sys_line .. source)) end
    -- Where Lua knows no line, called from C, the function's full name remains.
    fails("bad argument #1 to 'nsengine.sys.sethostname' (string expected, got number)",
      chunk 'error(select(2, pcall(require "nsengine.sys".sethostname, 1)), 0)')
  end)

  it("names the unreadable recipe as it was written", function()
    local dir <close> = support.tempdir()
    sys.mkdir(dir.path .. "/directory")
    sys.writefile(dir.path .. "/file", "return return")
    fails("/no/such.lua: No such file or directory (ENOENT)", support.nsengine { "/no/such.lua" })
    fails("such.lua: No such file or directory (ENOENT)", support.nsengine { "such.lua", cwd = dir.path })
    fails("file/x: Not a directory (ENOTDIR)", support.nsengine { "file/x", cwd = dir.path })
    fails("directory: Is a directory (EISDIR); a recipe is a file of Lua source",
      support.nsengine { "directory", cwd = dir.path })
    fails("file:1: unexpected symbol near 'return'", support.nsengine { "file", cwd = dir.path })
    fails(": No such file or directory (ENOENT)", support.nsengine { "" })
    fails("a?b: No such file or directory (ENOENT)", support.nsengine { "a\nb" }) -- one line, whatever the name
    if ordinary ~= 0 then
      sys.chmod(dir.path .. "/file", 0)
      local r = support.nsengine { dir.path .. "/file", uid = ordinary }
      if support.root then fails(dir.path .. "/file: Permission denied (EACCES)", r) end
    end
  end)

  it("names standard input if that is unreadable", function()
    local launcher = support.launcher()
    fails("stdin: Is a directory (EISDIR)", support.run { "sh", "-c", launcher .. " - < /" })
    -- A closed one is /dev/null, for the launcher as for what it runs.
    assert.same({ 0, "", "" }, seen(support.run { "sh", "-c", launcher .. " - <&-" }))
  end)

  it("is printed when the output could not be written", function()
    local function run(words)
      return support.run { "sh", "-c", support.launcher() .. " " .. words .. " > /dev/full" }
    end
    local full = "standard output: No space left on device"
    local lost = "standard output: not all of it could be written"
    fails(full, run "-e 'io.write \"x\"'")
    fails(lost, run "-e 'print \"x\"'") -- print() has tried before
    fails(lost, run "-e 'io.write((\"x\"):rep(1000000))'")
    fails(full, run "--help")
    fails(full, run "--version")
    assert.same({ 9, "", "nsengine: " .. full .. "\n" }, seen(run "-e 'io.write \"x\" return 9'"))
    assert.same({ 3, "", "" }, seen(run "-e 'return 3'"))
  end)

  it("is printed when the file of an option, or what the command wrote, could not be written", function()
    local limited = [[-e 'local ns = require "nsengine" return ns.sandbox { fs = { ["/"] = ns.ro "/" }, ]]
      .. [[limits = { output = 9 }, cmd = { "/bin/echo", "x" } }']]
    local function run(words, sink)
      return support.run { "sh", "-c", ("%s %s %s > %s"):format(support.launcher(), words, limited, sink) }
    end
    for _, option in ipairs { "--trace", "--why", "--result" } do
      if option ~= "--why" or support.linux() >= 5005 then
        fails(("option '%s': write: No space left on device (ENOSPC)"):format(option),
          run(option .. "=/dev/full", "/dev/null"))
      end
    end
    local lost = "its output could not be passed on: write: No space left on device (ENOSPC)"
    fails("warning: " .. lost, run("", "/dev/full"))
    fails(lost, run("-q", "/dev/full"))
    assert.same({ 0, "", "" }, seen(run("", "/dev/null")))
  end)

  it("leaves no process behind, whatever it was", function()
    for _, ending in ipairs { "error 'x'", "return {}", "prnt()", "return 0", "os.exit(1, true)" } do
      local r = chunk([[
        local sys = require "nsengine.sys"
        local r, w = sys.pipe()
        local child = sys.clone(0, function() w:write(tostring(sys.getpid())) sys.sleep(60) end)
        io.write(r:read())
        io.stdout:flush()
        ]] .. ending)
      assert.equal("No such process", (select(2, sys.kill(math.tointeger(r.stdout), 0))):match(": (.*) %("))
    end
  end)

  it("tells that nsengine refuses to run set-user-id", function()
    if not support.root then return pending("needs root, to make such a file") end
    if os.getenv("LD_PRELOAD") then return pending("needs a build without sanitizers, which fail first") end
    local dir <close> = support.tempdir()
    local path = dir.path .. "/nsengine"
    assert(os.execute(("cp %s %s"):format(support.launcher(), path)))
    assert(sys.chown(path, 1001, 1001)) -- an unused id
    assert(sys.chmod(path, 2541)) -- 04755
    local command = { path, "-e", "return 0", uid = 1000 }
    local r = support.run(command)
    if r.code == 0 then return pending("needs a /tmp that is not mounted nosuid") end
    fails("refuses to run set-user-id or with file capabilities", r)
  end)
end)

describe("a signal to the launcher", function()
  local signals = { "SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM" }

  --- Starts a recipe; returns its process, and its output, line by line.
  local function start(source, options)
    options = options or {}
    local launcher = support.launcher(options.uid) -- here, because the child is that user
    local r, w = sys.pipe()
    local process = assert(sys.clone(0, function()
      if options.uid then support.become(options.uid) end
      assert(sys.setrlimit(sys.RLIMIT_CORE, 0)) -- SIGQUIT
      w:dup(1)
      w:dup(2)
      local words = { launcher, "-e", 'local sys = require "nsengine.sys"\n' .. source }
      if options.ignore then
        words = { "/bin/sh", "-c", ('trap "" %s; exec "$@"'):format(options.ignore), "sh", table.unpack(words) }
      end
      return sys.exec(words)
    end))
    w:close()
    return process, assert(r:file())
  end

  --- Returns when a process sleeps in the kernel: no event reports that.
  local function asleep(process)
    local deadline = sys.monotonic() + 10
    while not sys.readfile(("/proc/%d/stat"):format(process:pid())):find("^%d+ %b() S ") do
      assert(sys.monotonic() < deadline, "never slept")
      sys.sleep(0.001)
    end
  end

  --- Waits in a child that would go on sleeping; prints the child's pid, and that it has unwound.
  local waits = [[
    local _guard <close> = setmetatable({}, { __close = function() print "unwound" end })
    local r, w = sys.pipe()
    local child <close> = assert(sys.clone(0, function()
      w:write(tostring(sys.getpid()))
      sys.sleep(60)
    end))
    print(r:read())
    io.stdout:flush()
    %s]]

  local function interrupt(signal, wait, options)
    local process <close>, output = start(waits:format(wait), options)
    local line = output:read()
    local pid = assert(math.tointeger(line), line)
    assert.is_true(sys.kill(pid, 0))
    asleep(process)
    process:kill(sys[signal])
    assert.same({ nil, "signal", sys[signal] }, { process:wait(10) })
    support.fails("ESRCH", "^kill ", sys.kill(pid, 0))
    return output:read("a")
  end

  for _, signal in ipairs(signals) do
    it("ends the child, and then the launcher by the same signal: " .. signal, function()
      assert.equal("unwound\n", interrupt(signal, "return child:wait()"))
    end)
  end

  for _, uid in ipairs(support.users) do
    for _, signal in ipairs(signals) do
      it(("ends the sandbox, with all processes in it: %s, as uid %d"):format(signal, uid), function()
        local process <close>, output = start([[
          local ns = require "nsengine"
          return ns.sandbox {
            fs = { ["/"] = ns.ro "/", ["/dev"] = ns.dev },
            cmd = { "sh", "-c", "trap '' HUP INT QUIT TERM; sleep 60 & echo ready; wait; sleep 60" },
          }]], { uid = uid })
        assert.equal("ready", output:read())
        process:kill(sys[signal])
        assert.same({ nil, "signal", sys[signal] }, { process:wait(10) })
        assert.equal("", output:read("a")) -- the end: nobody has the pipe any more
      end)
    end
  end

  for name, wait in pairs {
    ["sleep"] = "sys.sleep(60)", ["poll"] = "sys.poll({ { child } })", ["waitpid"] = "sys.waitpid()",
    ["a wait with a limit"] = "return child:wait(60)",
    -- The other end of the pipe stays open in a variable that is used afterwards.
    ["read"] = "local a, b = sys.pipe() a:read() b:close()",
    ["write"] = "local a, b = sys.pipe() b:write(('x'):rep(1 << 20)) a:close()",
    ["recvfd"] = "local a, b = sys.socketpair() sys.recvfd(a) b:close()",
    ["readfile"] = "local a, b = sys.pipe() sys.readfile('/proc/self/fd/' .. a:fileno()) b:close()",
    ["writefile"] = "local a, b = sys.pipe() "
      .. "sys.writefile('/proc/self/fd/' .. b:fileno(), ('x'):rep(1 << 20), sys.O_WRONLY) a:close()",
    ["a coroutine"] = "coroutine.wrap(function() child:wait() end)()",
    ["a coroutine in a coroutine"] =
      "coroutine.wrap(function() coroutine.wrap(function() child:wait() end)() end)()",
  } do
    it("interrupts " .. name, function()
      assert.equal("unwound\n", interrupt("SIGTERM", wait))
    end)
  end

  for _, uid in ipairs(support.users) do
    it("interrupts the launcher of each user, as uid " .. uid, function()
      assert.equal("unwound\n", interrupt("SIGINT", "return child:wait()", { uid = uid }))
    end)
  end

  it("interrupts a loop in Lua alone", function()
    local process <close>, output = start [[
      local _guard <close> = setmetatable({}, { __close = function() print "unwound" end })
      print "ready"
      io.stdout:flush()
      while true do end]]
    assert.equal("ready", output:read())
    process:kill(sys.SIGTERM)
    assert.same({ nil, "signal", sys.SIGTERM }, { process:wait(10) })
    assert.equal("unwound\n", output:read("a"))
  end)

  it("can be caught by the recipe, which ends by it all the same", function()
    assert.equal("false\tinterrupted by SIGTERM\nunwound\n",
      interrupt("SIGTERM", "print(pcall(child.wait, child))"))
  end)

  it("ends the launcher at once when it comes a second time", function()
    local process <close>, output = start [[
      local _guard <close> = setmetatable({}, { __close = function()
        print "closing"
        io.stdout:flush()
        sys.sleep(60)
      end })
      print "ready"
      io.stdout:flush()
      while true do end]]
    assert.equal("ready", output:read())
    process:kill(sys.SIGINT)
    assert.equal("closing", output:read())
    process:kill(sys.SIGINT)
    assert.same({ nil, "signal", sys.SIGINT }, { process:wait(10) })
    assert.is_nil(output:read())
  end)

  for _, signal in ipairs { "SIGINT", "SIGHUP", "SIGQUIT" } do
    it("stays ignored if it was ignored at the start: " .. signal, function()
      local process <close>, output = start([[
        local status = sys.readfile("/proc/self/status")
        print(status:match("SigIgn:%s*(%x+)"), status:match("SigCgt:%s*(%x+)"))
        io.stdout:flush()
        while true do end]], { ignore = signal:sub(4) })
      local ignored, caught = output:read():match("(%x+)\t(%x+)")
      local bit = 1 << (sys[signal] - 1)
      assert.equal(bit, tonumber(ignored, 16) & bit)
      assert.equal(0, tonumber(caught, 16) & bit)
      process:kill(sys[signal])
      process:kill(sys.SIGTERM) -- delivered after the other
      assert.same({ nil, "signal", sys.SIGTERM }, { process:wait(10) })
      assert.equal("", output:read("a"))
    end)
  end
end)
