--- The C library: plans, processes and results without Lua, in a program that embeds it.
local engine = require "support.engine"
local support = require "support"
local sys = require "nsengine.sys"

local dir

--- Compiles a program of spec/support against the library; `flags`: what it is linked with.
local function compile(name, flags)
  local command = ("unset LD_PRELOAD; exec cc -O1 -g -Wall -Werror -D_GNU_SOURCE -Iengine %s -o %s/%s -pthread 2>&1")
    :format(flags, dir.path, name)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close(), text)
end

--- The same with the sources of the supervisor: what runs between clone and exec comes from the archive.
local function compile_supervisor(name, flags)
  compile(name, flags .. " -Iengine/api -Iengine/init -Iengine/child -Iengine/plan -Iengine/kernel -Iengine/supervisor "
    .. "engine/plan/*.c engine/supervisor/*.c engine/api/*.c " .. support.build .. "/libnsengine.a")
end

--- The output of the program with hooks.
local function hooked(uid, verb)
  compile_supervisor("hooked",
    "-Dnse_prctl=hooked_prctl -Dnse_block_signals=hooked_block_signals spec/support/hooked.c")
  return support.run({ dir.path .. "/hooked", verb, uid = uid, seconds = 30 }).stdout
end

local has_cc = support.run({ "sh", "-c", "command -v cc" }).code == 0

setup(function()
  if not has_cc then return end
  dir = support.tempdir()
  assert(os.execute(("cp %s/libnsengine.so.0 %s"):format(support.build, dir.path)))
  local sanitizers = support.build:find "asan" and "-fsanitize=address,undefined " or ""
  compile("embed", ("%sspec/support/embed.c %s/libnsengine.so.0 -Wl,-rpath,'$ORIGIN'"):format(sanitizers, dir.path))
end)

teardown(function() if dir then support.remove(dir.path) end end)

local function embed(uid, ...)
  local command = { dir.path .. "/embed", ... }
  command.uid, command.seconds = uid, 300
  local r = support.run(command)
  assert.equal(0, r.code, r.stdout .. r.stderr)
  return r.stdout
end

--- A promise, tested as each user.
local function each(name, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(name, uid), function()
      if not has_cc then return pending "needs a C compiler" end
      fn(uid)
    end)
  end
end

--- The lines of a plan that a recipe with these fields has, as the library describes its own.
local function recipe_lines(uid, source)
  return support.child({ uid = uid ~= sys.getids().euid and uid or nil }, function()
    local ns = require "nsengine"
    local schema = require "nsengine.schema"
    local fields = assert(load("local ns = ...; return " .. source))(ns)
    local host = require("nsengine.host").facts()
    host.cgroups = function() return nil, "the library makes none" end
    local plan = require("nsengine.plan").build(schema.merge({}, schema.check("?", fields)), function() return "?" end,
      host)
    return table.concat(engine.lines(plan), "\n")
  end)
end

local function plain(text)
  return (text:gsub('"', ""):gsub(",(%a)", ";%1"):gsub("\n$", ""))
end

describe("a plan built in C", function()
  each("equals the recipe's, step by step", function(uid)
    local recipe = recipe_lines(uid, [[{ limits = { cpu_time = 2 }, fs = { { "/", ns.ro "/" }, { "/proc", ns.proc },
      { "/dev", ns.dev }, { "/tmp", ns.tmpfs { size = "64M" } } } }]])
    assert.equal(recipe:gsub(";\n", "\n"):gsub("; ", " "), (plain(embed(uid, "describe", "usual")):gsub(";\n", "\n")))
  end)

  each("denies by default what a recipe denies by default", function(uid)
    local recipe = recipe_lines(uid, "{}")
    assert.equal((recipe:gsub("; ", " ")), plain(embed(uid, "describe", "empty")))
  end)

  each("can express the other fields too", function(uid)
    local recipe = recipe_lines(uid, [[{ user = "root", hostname = "box", share = { "net" }, cwd = "/d", umask = "077",
      nice = 5, limits = { files = 64 }, fs = { { "/d", ns.dir "700" }, { "/d/f", ns.file("text", "600") },
      { "/var", ns.rw "/var" }, { "/bin", ns.symlink "usr/bin" }, { "/var/lib", ns.mask },
      { "/dev", ns.dev_bind "/dev" } } }]])
    assert.equal((recipe:gsub("; ", " ")), plain(embed(uid, "describe", "words")))
  end)

  each("hides the host's machine, whatever a link or a file says about it", function(uid)
    local recipe = recipe_lines(uid, [[{ fs = { { "/", ns.ro "/" }, { "/tmp", ns.tmpfs { size = "64M" } },
      { "/tmp/proc", ns.symlink "/proc" }, { "/tmp/file", ns.file "/run" } } }]])
    assert.truthy(recipe:find("\nhide [^\n]*run;sys;proc;dev;"), recipe)
    assert.equal(recipe:gsub(";\n", "\n"):gsub("; ", " "), (plain(embed(uid, "describe", "texts")):gsub(";\n", "\n")))
  end)

  each("hides nothing if the root is bound with its devices", function(uid)
    local recipe = recipe_lines(uid, [[{ fs = { { "/", ns.dev_bind "/" } } }]])
    assert.falsy(recipe:find("hide", 1, true))
    assert.equal((recipe:gsub("; ", " ")), plain(embed(uid, "describe", "devices")))
  end)

  each("reports wrong calls, and then spawns nothing", function(uid)
    assert.equal(table.concat({
      "1 1 1 1",
      '-22 nse_plan_ro: expected a source that is not empty, and an absolute target without ".."',
      "1 the plan is not frozen: Invalid argument", "1", "1", "1", "1 1",
      "1 -17 nse_plan_ro: such a step is in the plan, which can have one", "1",
      '-22 nse_plan_seccomp: expected "default", "strict" or NULL', "" }, "\n"), embed(uid, "misuse"))
  end)

  each("refuses options and results that it would have to guess at", function(uid)
    assert.equal(table.concat({ "-22",
      "-22 the size of the options is not set: Invalid argument",
      "-22 this library does not know all of the options that are set: Invalid argument",
      "-22 wall_ns is negative: Invalid argument",
      "-22 a descriptor's number is one of stdio's: Invalid argument",
      "-22 two descriptors have the same number: Invalid argument",
      "-22 there are no descriptors, but a count: Invalid argument",
      "-22 the size of the result is not set: Invalid argument", "-22 1", "" }, "\n"), embed(uid, "unclear"))
  end)
end)

describe("a plan that could not be frozen", function()
  each("reports the error each time, and takes no more memory", function(uid)
    local none = "1 nse_plan_freeze: Too many open files\n"
    assert.equal(none .. none .. "1\n1 1\n", embed(uid, "refreeze"))
  end)
end)

describe("a program that embeds the library", function()
  each("runs a command, and learns how it ended and what it used", function(uid)
    assert.equal("code 3 signal 0 lost 0 cpu 1 memory 1 wall 1\n", embed(uid, "run", "sh", "-c", "exit 3"))
    assert.equal("code 0 signal 15 lost 0 cpu 1 memory 1 wall 1\n", embed(uid, "run", "sh", "-c", "kill $$"))
  end)

  each("passes nothing of its own to a sandbox", function(uid)
    local out = embed(uid, "run", "sh", "-c",
      "env | grep -v ^PWD; ls /proc/self/fd | wc -w; grep Cap /proc/self/status")
    assert.truthy(out:find("^4\nCapInh:%s*0+\nCapPrm:%s*0+\nCapEff:%s*0+\nCapBnd:%s*0+\nCapAmb:%s*0+\n"), out)
  end)

  each("learns which mount failed, and why", function(uid)
    local r = support.run { dir.path .. "/embed", "missing", uid = uid }
    assert.equal(1, r.code)
    assert.truthy(r.stdout:find('stage 3, errno 2, step %d+, call open_tree: bind "/nonesuch" "/mnt" 7 1: open_tree: '
      .. "No such file or directory %(ENOENT%)"), r.stdout)
  end)

  each("learns that the command does not exist", function(uid)
    local r = support.run { dir.path .. "/embed", "run", "nonesuch", uid = uid }
    assert.truthy(r.stdout:find("stage 4, errno 2, step -1, call execve: nonesuch: execve: No such file", 1, true),
      r.stdout)
    assert.truthy(r.stdout:find("hint: the command is looked for inside", 1, true), r.stdout)
  end)

  each("waits in its own loop, stops a command, and reads what it used", function(uid)
    assert.equal("0 0 1\n1 0\n1\n1\nsignal 9 memory 1\n1 1\n", embed(uid, "loop"))
  end)

  each("passes descriptors, an environment and a PATH", function(uid)
    assert.equal("extra\nb\nin\n5\n", embed(uid, "options"))
  end)

  --- NSENGINE_THREADS=1000 tests it in full.
  local runs = os.getenv "NSENGINE_THREADS" or "25"

  each("cannot pass a descriptor that is not open", function(uid)
    for _, number in ipairs { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20 } do
      local r = support.run { dir.path .. "/embed", "closed", tostring(number), uid = uid }
      assert.same({ 0, ("9 descriptor %d: Bad file descriptor (EBADF)\n"):format(number) },
        { r.code, r.stdout .. r.stderr })
    end
  end)

  each("gives no descriptor of its own in place of a closed standard input", function(uid)
    assert.equal("-9 descriptor 0: Bad file descriptor (EBADF)\n", embed(uid, "without-input"))
  end)

  each("can bind a path relative to the working directory that it had when it named the path", function(uid)
    assert.equal(support.run({ "ls", "/usr" }).stdout, embed(uid, "relative"))
  end)

  each("keeps its sandbox if a fork of it gives up the handle", function(uid)
    assert.equal("0 0\n", embed(uid, "forked"))
  end)

  each("has time limits enforced while it does something else", function(uid)
    assert.equal("1 timed out 1 signal 9 in time 1\n0 22 wall_ns needs an init: Invalid argument\n", embed(uid, "late"))
  end)

  each("may share the network with a command that can win privileges", function(uid)
    assert.equal("0 \n", embed(uid, "privileged"))
  end)

  each("can spawn from threads that end at once", function(uid)
    assert.equal("wrong 0\n", embed(uid, "brief"))
  end)

  each("keeps its sandboxes when its main thread ends before the others", function(uid)
    assert.equal("1 code 0 signal 0\n", embed(uid, "headless"))
  end)

  each("takes its sandboxes with it when it ends, even if a fork of it lives on", function(uid)
    local r = support.run { dir.path .. "/embed", "survived", uid = uid }
    local pid, deadline = assert(math.tointeger(tonumber(r.stdout))), sys.monotonic() + 5
    while sys.kill(pid, 0) and not sys.readfile(("/proc/%d/stat"):format(pid)):find("%) Z") do
      assert(sys.monotonic() < deadline, "it is still there")
      sys.sleep(0.01)
    end
  end)

  each("can spawn from eight threads at once, and leaves nothing behind", function(uid)
    assert.equal("wrong 0 descriptors 0 children 0 dumpable 1\n", embed(uid, "threads", "8", runs, "0"))
  end)

  each("can spawn with a large heap", function(uid)
    local heap = os.getenv "NSENGINE_THREADS" and "4096" or "256"
    assert.equal("wrong 0 descriptors 0 children 0 dumpable 1\n", embed(uid, "threads", "8", runs, heap))
  end)

  each("stays dumpable when one spawn begins and ends while another ends", function(uid)
    if support.build:find "asan" then return pending "no child shares this program's memory under the sanitizers" end
    assert.equal("hooked 1 dumpable 1\ndumpable 1\n", hooked(uid, "dumpable"))
  end)

  each("can fork while it spawns", function(uid)
    if support.build:find "asan" then return pending "is tried with the plain build" end
    assert.equal("stopped 1 forked 1\n", hooked(uid, "fork"))
  end)

  each("has no data race that ThreadSanitizer sees", function(uid)
    if support.build:find "asan" then return pending "is tried with the plain build: one sanitizer at a time" end
    if os.getenv "NSENGINE_VM" then return pending "is tried outside of guests: it takes long, and no kernel's part" end
    -- What runs between clone and exec comes from the archive, uninstrumented: it is no thread of this program.
    compile_supervisor("race", "-fsanitize=thread spec/support/embed.c")
    local r = support.run { dir.path .. "/race", "threads", "8", runs, "0", uid = uid, seconds = 300 }
    assert.same({ 0, "wrong 0 descriptors 0 children 0 dumpable 1\n" }, { r.code, r.stdout }, r.stderr)
    assert.falsy(r.stderr:find("WARNING: ThreadSanitizer", 1, true), r.stderr)
  end)
end)

describe("libnsengine.so.0", function()
  it("exports what nsengine.h declares, and nothing else", function()
    local declared, shown = {}, {}
    for name in assert(sys.readfile "engine/nsengine.h"):gmatch("\nNSE_API[^;]-(nse_[%w_]+)%(") do
      declared[#declared + 1] = name
    end
    local r = support.run { "nm", "-D", "--defined-only", support.build .. "/libnsengine.so.0" }
    for kind, name in r.stdout:gmatch("%x+ (%u) (nse_[%w_]+)@@NSENGINE_0") do
      shown[#shown + 1] = name
      assert.equal("T", kind)
    end
    table.sort(declared)
    table.sort(shown)
    assert.truthy(#declared > 25)
    assert.same(declared, shown)
  end)

  it("does not need Lua", function()
    local r = support.run { "readelf", "-Wd", support.build .. "/libnsengine.so.0" }
    assert.falsy(r.stdout:find("lua", 1, true))
  end)
end)
