--- No sandbox outlives its launcher, however and whenever that is killed; faults_spec.lua kills it at each system
--- call in turn. NSENGINE_KILLS=500 makes more of the random kills.
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local kills = tonumber(os.getenv("NSENGINE_KILLS") or 60)

teardown(function()
  tools.cleanup()
  support.cleanup()
end)

local recipe = [[
local ns = require "nsengine"
return ns.sandbox {
  %s
  cmd = { "/bin/sh", "-c", %q },
}
]]

local TREE <const> = 'fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev },'

--- {description, fields}
local kinds = {
  { "", "init = true, " .. TREE },
  { " without init", "init = false, " .. TREE },
  { " without a namespace", 'share = "all", '
    .. 'landlock = { exec = { "/usr" }, write = { "/dev/null" }, connect = { "udp", "unix" } },', landlock = 6 },
}

--- The children of this process, to which orphans come (it is their subreaper): "pid command line".
local function children()
  local found = {}
  for _, name in ipairs(sys.list("/proc")) do
    local stat = tonumber(name) and sys.readfile(("/proc/%s/stat"):format(name))
    -- a zombie is gone, and only waits to be reaped
    if stat and tonumber(stat:match("^.*%) %a (%d+)")) == sys.getpid() and not stat:find("^.*%) Z") then
      local command = sys.readfile(("/proc/%s/cmdline"):format(name)) or ""
      found[#found + 1] = name .. " " .. command:gsub("%z", " ")
    end
  end
  return found
end

--- Reaps children until none is left. Returns true, or nil and those alive after `seconds`, which are killed.
local function all_gone(seconds)
  local deadline = sys.monotonic() + seconds
  while true do
    local pid, what = sys.waitpid(-1, sys.WNOHANG)
    if not pid and what ~= "timeout" then return true end -- ECHILD
    if not pid then
      if sys.monotonic() > deadline then break end
      sys.sleep(0.0005)
    end
  end
  local left = children()
  for _, line in ipairs(left) do sys.kill(tonumber(line:match("%d+")), sys.SIGKILL) end
  while sys.waitpid() do end -- luacheck: ignore
  return nil, table.concat(left, "; ")
end

--- Starts the launcher; its output goes to `output`, a descriptor, or is discarded.
local function start(command, output)
  local pid = assert(sys.clone(0, function()
    local null = assert(sys.open("/dev/null", sys.O_RDWR))
    null:dup(0)
    output = output or null
    output:dup(1)
    if not os.getenv("NSENGINE_SPEC_VERBOSE") then null:dup(2) end
    return sys.exec(command)
  end)):release()
  return pid
end

--- Seconds from the start of the launcher until its payload runs.
local function time_to_payload(command)
  local r, w = sys.pipe()
  local began = sys.monotonic()
  local pid = start(command, w)
  w:close()
  local said = r:read(1)
  local took = sys.monotonic() - began
  sys.kill(pid, sys.SIGKILL)
  assert(said == "x", "the payload has not started")
  assert(all_gone(10))
  return took
end

--- How a child ended, "signal" and its number; or "still running" after `seconds`, when it is killed.
local function ending(pid, seconds)
  local deadline = sys.monotonic() + seconds
  while true do
    local reaped, how, number = sys.waitpid(pid, sys.WNOHANG)
    if reaped then return how, number end
    if sys.monotonic() > deadline then break end
    sys.sleep(0.001)
  end
  sys.kill(pid, sys.SIGKILL)
  return "still running"
end

--- Runs `fn(command)` as a user, in a process to which orphans come.
local function as(uid, fields, payload, fn)
  local dir <close> = support.tempdir()
  local path = dir.path .. "/recipe.lua"
  assert(sys.writefile(path, recipe:format(fields, payload)))
  assert(sys.chmod(path, 420))
  local command = { support.launcher(uid), path }
  return support.child({ uid = uid }, function()
    assert(sys.set_subreaper(true))
    return fn(command)
  end)
end

for _, uid in ipairs(support.users) do
  for _, kind in ipairs(kinds) do
    local title, fields = ("a sandbox%s, as uid %d,"):format(kind[1], uid), kind[2]
    local lacks = (kind.landlock or 0) > sys.landlock_abi() and "needs landlock's ABI " .. kind.landlock

    describe(title, function()
      it("is gone after its launcher was killed during the start", function()
        if lacks then return pending(lacks) end
        local left, shortest = as(uid, fields, "echo x; sleep 1000 & sleep 1000", function(command)
          local took = math.huge
          for _ = 1, 3 do took = math.min(took, time_to_payload(command)) end
          local left = {}
          for i = 1, kills do
            local pid = start(command)
            -- Evenly over the whole start and a little longer, each at a random moment of its slice.
            sys.sleep((i - 1 + math.random()) / kills * took * 1.5)
            sys.kill(pid, sys.SIGKILL)
            local ok, who = all_gone(10)
            if not ok then left[#left + 1] = who end
          end
          return left, took
        end)
        assert(#left == 0, ("%d of %d, started within %.1f ms: %s"):format(#left, kills, shortest * 1000, left[1]))
      end)

      for _, signal in ipairs { "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT" } do
        it("is gone after " .. signal .. " to its launcher, which ends by it", function()
          if lacks then return pending(lacks) end
          local how, number, gone, who = as(uid, fields, "echo x; exec sleep 1000", function(command)
            assert(sys.setrlimit(sys.RLIMIT_CORE, 0))
            local r, w = sys.pipe()
            local pid = start(command, w)
            w:close()
            assert(r:read(1) == "x", "the payload has not started")
            sys.kill(pid, sys[signal])
            local how, number = ending(pid, 10)
            return how, number, all_gone(10)
          end)
          assert.equal("signal", how)
          assert.equal(sys[signal], number)
          assert(gone, who)
        end)
      end
    end)
  end
end

--- {description, fields, words}: what keeps an init from noticing that its launcher is gone.
local evasions = {
  { "floods its init with signals", "", { "signals" } },
  { "leaves orphans to its init without end", "", { "orphans", "8" } },
  { "became a user whom its init may not kill", [[caps = { "setuid" }, user = { uid = 0, gid = 0,
    uid_map = { { 0, 100000, 100 } }, gid_map = { { 0, 100000, 100 } } },]], { "another", "5" }, root = true },
}

for _, uid in ipairs(support.users) do
  for _, evasion in ipairs(evasions) do
    if uid == 0 or not evasion.root then
      it(("a sandbox whose command %s is gone after its launcher was killed, as uid %d"):format(evasion[1], uid),
        function()
          if not tools.get() then return pending "needs a C compiler" end
          local fields = ('%s fs = { ["/bin/greedy"] = ns.ro %q },'):format(evasion[2], tools.get().greedy)
          local gone, who = as(uid, fields, "", function(command)
            local r, w = sys.pipe()
            local pid = start({ command[1], command[2], "--", "/bin/greedy", table.unpack(evasion[3]) }, w)
            w:close()
            assert(r:read(1) == "x", "the payload has not started")
            sys.kill(pid, sys.SIGKILL)
            return all_gone(10)
          end)
          assert(gone, who)
        end)
    end
  end
end

-- An old container's filter: then the end of the control pipe alone tells the init.
for _, uid in ipairs(support.users) do
  for kind, fields in pairs { [""] = TREE,
    [" that is not pid 1"] = 'share = { "pid" }, fs = { ["/"] = ns.ro "/" },' } do
    it(("a sandbox with an init%s runs and ends with its launcher without pidfd_open, as uid %d"):format(kind, uid),
      function()
        if not tools.get() then return pending "needs a C compiler" end
        as(uid, fields, "echo x; sleep 1000 & sleep 1000", function(command)
          for _, errno in ipairs { "ENOSYS", "EPERM", "EACCES" } do
            time_to_payload { tools.get().filter, errno, "pidfd_open", "--", table.unpack(command) }
          end
        end)
      end)
  end
end

--- Runs `fn(waits)` while nobody can open the program at `path`; waits() returns once somebody tries.
local function with_lease(path, fn)
  local hold, stop = sys.pipe()
  local r, w = sys.pipe()
  local holder <close> = assert(sys.clone(0, function()
    hold:dup(0)
    w:dup(1)
    return sys.exec { tools.get().lease, path }
  end))
  w:close()
  assert(r:read(1) == "x", "no lease")
  local pattern = ("LEASE%%s+BREAKING.-:%d "):format(sys.stat(path).ino)
  local results = table.pack(fn(function()
    local deadline = sys.monotonic() + 10
    while not sys.readfile("/proc/locks"):gsub("\n", "\n\n"):find(pattern) do
      assert(sys.monotonic() < deadline, "nobody opens it")
      sys.sleep(0.001)
    end
  end))
  stop:close()
  holder:wait()
  return table.unpack(results, 1, results.n)
end

for _, uid in ipairs(support.users) do
  for _, kind in ipairs {
    { "", "init = true," .. TREE },
    { " without init", "init = false," .. TREE },
    { " with an init that is not pid 1", 'init = true, share = { "pid" }, fs = { ["/"] = ns.ro "/" },' },
  } do
    it(("a sandbox%s, as uid %d, is gone after its launcher ended during a hanging execve"):format(kind[1], uid),
      function()
        if not tools.get() then return pending "needs a C compiler" end
        local dir <close> = support.tempdir()
        local program = dir.path .. "/program"
        assert(os.execute(("cp /bin/true %s && chmod 755 %s"):format(program, program)))
        local how, number, gone, who = with_lease(program, function(waits)
          return as(uid, kind[2], "", function(command)
            local pid = start { command[1], command[2], "--", program }
            waits()
            sys.kill(pid, sys.SIGTERM)
            local how, number = ending(pid, 10)
            return how, number, all_gone(10)
          end)
        end)
        assert.equal("signal", how)
        assert.equal(sys.SIGTERM, number)
        assert(gone, who)
      end)
  end
end

it("a sandbox whose init is not pid 1 is abandoned if its command's file cannot be opened in time", function()
  if not tools.get() then return pending "needs a C compiler" end
  local dir <close> = support.tempdir()
  local program = dir.path .. "/program"
  assert(os.execute(("cp /bin/true %s && chmod 755 %s"):format(program, program)))
  local r = with_lease(program, function()
    local source = ('return ns.sandbox { share = { "pid" }, fs = { ["/"] = ns.ro "/" }, cmd = { %q } }'):format(program)
    return support.nsengine { "-e", 'local ns = require "nsengine" ' .. source }
  end)
  assert.equal(126, r.code)
  assert.equal(("nsengine: -e:1: execve %s: Connection timed out (ETIMEDOUT)\n  hint: its file system, or the holder "
    .. "of a lease on it, does not respond; in a pid namespace of its own, without share = { \"pid\" }, the start "
    .. "waits for it\n"):format(program), r.stderr)
  local gone, who = all_gone(10)
  assert(gone, who)
end)

describe("a waiting launcher", function()
  --- Runs a launcher under strace until its child ends after some seconds.
  local function waiting(seconds, log, injection)
    return support.run { "strace", "-e", "trace=rt_sigprocmask,ppoll", "-o", log, "-e", injection,
      support.launcher(), "-e", ([[
        local sys = require "nsengine.sys"
        local child <close> = sys.clone(0, function() sys.sleep(%g) end)
        child:wait()]]):format(seconds), seconds = 20 }
  end

  it("misses no signal that comes between Lua's check and the kernel's wait", function()
    local dir <close> = support.tempdir()
    local log = dir.path .. "/log"
    local before
    for _, seconds in ipairs { 0.2, 1, 5, 15 } do -- on a busy machine the child may have ended before the wait
      waiting(seconds, log, "trace=rt_sigprocmask,ppoll")
      before = sys.readfile(log):match("^(.-)\nppoll%(")
      if before then break end
    end
    local _, calls = ("\n" .. before):gsub("\nrt_sigprocmask", "")
    -- The last of them is the wait's own, right before it.
    local r = waiting(1000, log, ("inject=rt_sigprocmask:signal=SIGHUP:when=%d"):format(calls))
    assert.equal(sys.SIGHUP, r.signal, r.stderr)
  end)
end)

describe("many sandboxes", function()
  it("are gone after their launcher was killed", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/recipe.lua"
    assert(sys.writefile(path, [[
      local ns = require "nsengine"
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc } }
      local running = {}
      for i = 1, 20 do running[i] = box:spawn { "/bin/sleep", "1000" } end
      io.write("x") io.flush()
      ns.wait(running)]]))
    local gone, who = support.child(function()
      assert(sys.set_subreaper(true))
      local r, w = sys.pipe()
      local pid = start({ support.launcher(), path }, w)
      w:close()
      assert(r:read(1) == "x", "they have not started")
      sys.kill(pid, sys.SIGKILL)
      return all_gone(10)
    end)
    assert(gone, who)
  end)

  it("are gone even if a copy of their launcher, which has their pipes, lives on", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/recipe.lua"
    assert(sys.writefile(path, [[
      local ns, sys = require "nsengine", require "nsengine.sys"
      local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc } }
      local p = box:spawn { "/bin/sleep", "1000" }
      sys.clone(0, function() sys.sleep(1000) end):release()
      io.write("x") io.flush()
      p:wait()]]))
    local names = support.child(function()
      assert(sys.set_subreaper(true))
      local r, w = sys.pipe()
      local pid = start({ support.launcher(), path }, w)
      w:close()
      assert(r:read(1) == "x", "it has not started")
      sys.kill(pid, sys.SIGKILL)
      assert(sys.waitpid(pid) == pid) -- it leaves its children to this process
      local names
      support.eventually(function()
        names = table.concat(children(), "\n")
        return not names:find("init", 1, true)
      end)
      for _, line in ipairs(children()) do sys.kill(tonumber(line:match("%d+")), sys.SIGKILL) end
      return names
    end)
    assert.is_nil(names:find("init", 1, true), names)
    assert.truthy(names:find("recipe.lua", 1, true), names) -- the copy lives
  end)
end)
