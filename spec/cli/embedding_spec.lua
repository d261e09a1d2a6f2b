--- The engine in other programs: the examples of docs/embedding.md, against an installed tree, as a user has it.
local support = require "support"
local sys = require "nsengine.sys"
local transcript = require "support.transcript"

local tree

local function shell(command, uid)
  local r = support.run { "sh", "-c", "unset LD_PRELOAD; " .. command, uid = uid, seconds = 120 }
  return r.stdout .. r.stderr, r.code
end

local function has(program) return select(2, shell("command -v " .. program)) == 0 end

local missing = not has "cc" and "needs a C compiler" or not has "pkg-config" and "needs pkg-config"
  or support.build:find "asan" and "is tried with the plain build" or nil

--- Runs a command that has to succeed, and returns what it printed.
local function must(command, uid)
  local text, code = shell(command, uid)
  assert(code == 0, text)
  return text
end

setup(function()
  if missing then return end
  tree = support.tempdir()
  must(("cmake --install %s --prefix %s/usr && cp -r examples %s && chmod -R a+rX %s")
    :format(support.build, tree.path, tree.path, tree.path))
end)

teardown(function() if tree then support.remove(tree.path) end end)

--- Runs cc with the flags that pkg-config prints.
local function compile(source, package, more)
  must(("cd %s && export PKG_CONFIG_PATH=usr/lib/pkgconfig && cc -Wall -Wextra -Werror examples/embed/%s.c "
    .. "$(pkg-config --cflags --libs %s) -Wl,-rpath,%s/usr/lib %s -o %s"):format(tree.path, source, package, tree.path,
    more or "", source))
end

local function each(name, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(name, uid), function()
      if missing then return pending(missing) end
      return fn(uid)
    end)
  end
end

describe("an installed nsengine", function()
  each("runs a command from fifteen lines of C", function(uid)
    compile("run", "nsengine")
    local text, code = shell(tree.path .. "/run sh -c 'touch /etc/x; ls /tmp; exit 3'", uid)
    assert.truthy(text:find("Read-only file system", 1, true), text)
    assert.equal(3, code)
  end)

  each("is found by CMake", function(uid)
    if uid ~= sys.getids().euid then return end -- one build is enough for all
    local text = must(([[cd %s && mkdir -p project && cp examples/embed/run.c project
cat >project/CMakeLists.txt <<'X'
cmake_minimum_required(VERSION 3.25)
project(project C)
find_package(nsengine 0.2 REQUIRED)
add_executable(shared run.c)
target_link_libraries(shared nsengine::nsengine)
add_executable(static run.c)
target_link_libraries(static nsengine::nsengine-static)
X
cmake -S project -B project/build -DCMAKE_PREFIX_PATH=%s/usr && cmake --build project/build &&
project/build/shared id -u && project/build/static id -u]]):format(tree.path, tree.path))
    assert.truthy(text:find("(%d+)\n%1\n$"), text)
  end)

  each("serves jobs from C", function(uid)
    if not has "python3" then return pending "needs python3" end
    compile("jobs", "nsengine")
    local text = must(([[cd $(mktemp -d) && %s/jobs sock & server=$!
cd $(mktemp -d); n=0; path=$(readlink /proc/$server/cwd)
while [ ! -S "$path/sock" ] && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); path=$(readlink /proc/$server/cwd); done
python3 - "$path/sock" <<'X'
import socket, sys
def ask(line):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(line)
    return s
slow = ask(b"sleep 0.3; echo slow\n")
for line in (b"echo hi; exit 3\n", b"kill -9 $$\n", b"touch /etc/x\n", b"x" * 1023):
    s = ask(line)
    print(s.makefile().read(), end="")
print(slow.makefile().read(), end="")
X
kill $server]]):format(tree.path), uid)
    assert.truthy(text:find('^hi\n{"code":3,"signal":0,"wall_time":0.%d+,"cpu_time":0.%d+,"memory":%d+}\n'), text)
    assert.truthy(text:find('\n{"code":0,"signal":9,', 1, true), text)
    assert.truthy(text:find('Read-only file system\n{"code":1,', 1, true), text)
    assert.truthy(text:find('{"error":"a line of at most 1023 bytes is expected"}\n', 1, true), text)
    assert.truthy(text:find('slow\n{"code":0,"signal":0,', 1, true), text)
  end)

  each("can be called from Python", function(uid)
    if not has "python3" then return pending "needs python3" end
    local text = must(("cd %s && python3 examples/embed/run.py usr/lib/libnsengine.so.0 -- sh -c 'echo in; exit 4'")
      :format(tree.path), uid)
    assert.truthy(text:find("^in\nstatus 4, signal 0, %d+ kB, "), text)
    assert.same({ "usage: run.py [LIBRARY] -- COMMAND...\n", 1 },
      { shell(("cd %s && python3 examples/embed/run.py true"):format(tree.path), uid) })
  end)

  local environment = "export LUA_PATH='usr/share/lua/5.4/?.lua;usr/share/lua/5.4/?/init.lua;;' "
    .. "LUA_CPATH='usr/lib/lua/5.4/?.so;;'; "

  each("loads as a module of a stock interpreter", function(uid)
    local command = ("cd %s && %slua5.4 examples/lua/run.lua sh -c 'exit 3'"):format(tree.path, environment)
    local text, code = shell(command, uid)
    assert.truthy(text:find("^exited with status 3 after "), text)
    assert.equal(3, code)
  end)

  each("can be driven by libuv's loop", function(uid)
    if select(2, shell "lua5.4 -e 'require \"luv\"'") ~= 0 then return pending "needs lua-luv" end
    local text = must(("cd %s && %slua5.4 examples/lua/luv.lua"):format(tree.path, environment), uid)
    local lines = {}
    for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
    table.sort(lines)
    assert.same({ "1\tok", "2\texit", "3\tsignal", "4\twall_time" }, lines)
  end)
end)

describe("docs/embedding.md", function()
  local page = transcript.parse "docs/embedding.md"
  local install, home, printed = page.commands[1], nil, nil

  setup(function()
    if missing then return end
    home = support.tempdir().path
    printed = must(("exec 2>&1; HOME=%s; %s"):format(home, install.command))
    must("chmod -R a+rX " .. home)
  end)
  teardown(function() if home then support.remove(home) end end)

  it("sets the environment for a private prefix as ./dev install prints it", function()
    if missing then return pending(missing) end
    assert.equal("./dev install ~/.local", install.command)
    assert.equal(table.concat(install.output, "\n") .. "\n", (printed:gsub(home:gsub("%p", "%%%0"), "/home/you")))
  end)

  for _, uid in ipairs(support.users) do
    describe("as uid " .. uid .. ",", function()
      local dir
      setup(function() dir = transcript.directory(page, uid) end)
      teardown(function() support.remove(dir) end)

      for i = 2, #page.commands do
        local entry = page.commands[i]
        it(("prints what the page shows at line %d: %s"):format(entry.line, entry.command), function()
          if missing then return pending(missing) end
          if entry.command:find "serve" and not pcall(require, "cjson") then return pending "needs lua-cjson" end
          transcript.expect(entry, transcript.run(printed:match "\n(.*)$" .. "\n" .. entry.command, dir, uid))
        end)
      end

      it("links programs so that they find the library without the environment", function()
        if missing then return pending(missing) end
        local flags = assert(assert(sys.readfile "docs/embedding.md"):match "`(%-Wl,%-rpath,[^`]*)`")
        must(("cd %s && export PKG_CONFIG_PATH=%s/.local/lib/pkgconfig && cc run.c %s $(pkg-config --cflags --libs "
          .. "nsengine) -o alone && ./alone true"):format(dir, home, flags), uid)
      end)

      it("installs a Lua module that lua5.4 finds", function()
        if missing then return pending(missing) end
        local line = assert(assert(sys.readfile "README.md"):match "\n%$ (lua5.4 %-e [^\n]*)")
        assert.matches("^exited with status 0 after ", must(printed:match "\n(.*)$" .. "\n" .. line, uid))
      end)
    end)
  end
end)
