--- --explain compared with the truth: each kernel call that it names is made, in its order, between clone3 and the
--- payload's execve.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

local has_cjson, cjson = pcall(require, "cjson")
local has_strace = os.execute "command -v strace >/dev/null 2>&1"

--- All steps that there are, on a host where each of them can be done.
local everything = [[
local ns = require "nsengine"
return ns.sandbox {
  hostname = "box",
  domainname = "example",
  user = "root",
  clock = { monotonic = "1h" },
  fs = {
    ["/"] = ns.ro "/",
    ["/proc"] = ns.proc,
    ["/dev"] = ns.dev,
    ["/tmp"] = ns.tmpfs(),
    ["/tmp/link"] = ns.symlink "x",
    ["/tmp/dir"] = ns.dir(),
    ["/tmp/dir/file"] = ns.file "text",
    ["/mnt"] = ns.rw "/usr",
    ["/etc/hostname"] = ns.mask,
  },
  limits = { files = 50, stack = "8M" },
  nice = 5,
  umask = "077",
  cwd = "/tmp",
  cmd = { "/bin/true" },
}
]]

--- "open_tree, prctl(PR_SET_X), write uid_map" -> {{name = "open_tree", constants = {}}, ...}
local function calls_of(text)
  local rest = text:gsub("%b()", function(args) return (args:gsub(",", ";")) end)
  local list = {}
  for call in (rest .. ","):gmatch("%s*(.-),") do
    local constants = {}
    for constant in (call:match("%b()") or ""):gmatch("%u[%u_]+") do constants[#constants + 1] = constant end
    list[#list + 1] = { name = call:match("^[%w_]+"), constants = constants }
  end
  return list
end

--- What the sandbox's processes called, in order, up to the payload's execve.
local function made(trace, command)
  local lines, began = {}, false
  for line in trace:gmatch("[^\n]+") do
    local pid, call = line:match("^(%d+)%s+(%l[%w_]*%(.*)$") -- not "resumed", a signal or an exit
    if pid and not began then
      began = call:find("^clone3.*CLONE_NEWNS") and pid or false
    elseif pid and pid ~= began then
      lines[#lines + 1] = call
      if call:find("^execve%(\"" .. command) then return lines end
    end
  end
  error("the payload was never executed:\n" .. trace:sub(-2000))
end

--- Whether `line` shows that call.
local function is_call(line, call)
  if not line:find("^" .. call.name .. "%(") then return false end
  for _, constant in ipairs(call.constants) do
    if not line:find(constant, 1, true) then return false end
  end
  return true
end

--- Checks that every call of the plan is in the trace, in order.
local function compare(steps, lines)
  local at = 0
  for _, step in ipairs(steps) do
    for _, call in ipairs(calls_of(step.calls)) do
      local found = at + 1
      while lines[found] and not is_call(lines[found], call) do found = found + 1 end
      assert(lines[found], ("step %s (%s): no %s after %s"):format(step.step, step.calls, call.name,
        lines[at] or "clone3"))
      at = found
    end
  end
end

describe("--explain", function()
  for _, uid in ipairs(support.users) do
    for name, source in pairs { ["all steps"] = everything, ["05-shell.lua"] = sys.readfile "examples/05-shell.lua",
      ["06-run.lua"] = sys.readfile "examples/06-run.lua" } do
      it(("names the calls that strace sees: %s, as uid %d"):format(name, uid), function()
        if not has_strace then return pending "needs strace" end
        if not has_cjson then return pending "needs lua-cjson" end
        local dir <close> = support.tempdir()
        local path, trace = dir.path .. "/recipe.lua", dir.path .. "/trace"
        assert(sys.writefile(path, source))
        local explained = support.nsengine { "--explain=json", path, "--", "/bin/true", uid = uid, cwd = dir.path }
        assert.same({ 0, "" }, { explained.code, explained.stderr })
        local r = support.run { "strace", "-f", "-o", trace, "-s", "32", support.launcher(uid), path, "--", "/bin/true",
          uid = uid, cwd = dir.path }
        assert.same({ 0, "" }, { r.code, r.stderr })
        compare(cjson.decode(explained.stdout).steps, made(sys.readfile(trace), "/bin/true"))
      end)
    end
  end

  it("names the line of each field", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/r.lua"
    sys.writefile(path, 'return require "nsengine".sandbox {\n  hostname = "x",\n  limits = {\n    files = 5,\n  },\n'
      .. '  cmd = { "true" },\n}')
    local text = support.nsengine({ "--explain", path }).stdout
    assert.matches("\nhostname +sethostname%(\"x\"%) +# " .. path:gsub("%p", "%%%0") .. ":2: hostname\n", text)
    assert.matches("\nrlimit .* # " .. path:gsub("%p", "%%%0") .. ":4: limits.files\n", text)
    assert.matches('\nexecve "true"\n$', text)
    text = support.nsengine({ "--explain", path, "--", "a", "b c" }).stdout
    assert.matches('\nexecve "a", "b c"\n$', text)
  end)

  it("explains the first sandbox that would run, and runs nothing", function()
    local dir <close> = support.tempdir()
    local source = [[
      local ns = require "nsengine"
      local box = ns.sandbox { hostname = "first", fs = { ["/"] = ns.ro "/" } }
      local r = box:run { "touch", ... }
      print "not reached"
      box:with { hostname = "second" }:run { "touch", ... }
      return r]]
    local r = support.nsengine { "--explain", "-e", source, dir.path .. "/made" }
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.matches('sethostname%("first"%)', r.stdout)
    assert.matches('\nexecve "touch", "' .. dir.path:gsub("%p", "%%%0") .. '/made"\n$', r.stdout)
    assert.falsy(r.stdout:find("second", 1, true) or r.stdout:find("not reached", 1, true))
    assert.is_nil(sys.stat(dir.path .. "/made"))
  end)

  it("needs no command for a sandbox that gets one later", function()
    local r = support.nsengine { "--explain", "examples/06-run.lua" }
    assert.same({ 0, "" }, { r.code, r.stderr })
    assert.matches("\nexecve the command given to run\n$", r.stdout)
  end)

  it("says so if there is nothing to explain", function()
    for _, words in ipairs { { "-e", "return 3" }, { "examples/01-tutorial.lua" } } do
      local r = support.nsengine { "--explain", table.unpack(words) }
      assert.same({ 125, "", ("nsengine: %s: describes no sandbox: there is nothing to explain\n"):format(
        words[1]) }, { r.code, r.stdout, r.stderr })
    end
  end)

  it("reports what this host cannot do", function()
    local r = support.nsengine { "--explain", "-e",
      'local ns = require "nsengine"\nreturn ns.sandbox { fs = { ["/x"] = ns.ro "/no/such" } }' }
    assert.same({ 125, "", "nsengine: -e:2: fs./x: no such file or directory: /no/such\n" },
      { r.code, r.stdout, r.stderr })
  end)
end)
