--- A program may run sandboxes all day, and nothing of them stays. NSENGINE_RUNS=10000 and NSENGINE_ALIVE=1000 make
--- it a long day.
local support = require "support"
local sys = require "nsengine.sys"

local runs = tonumber(os.getenv("NSENGINE_RUNS") or 300)
local alive = tonumber(os.getenv("NSENGINE_ALIVE") or 100)
--- The address sanitizer keeps freed memory for a while, to see who uses it.
local kept = os.getenv("LD_PRELOAD") and 256 << 10 or 0

teardown(support.cleanup)

--- What a run may leave in the process that made it, as text, to be compared. Runs in the recipe.
local prelude = [[
local ns = require "nsengine"
local sys = require "nsengine.sys"

local function resident()
  return tonumber(sys.readfile("/proc/self/status"):match("VmRSS:%s*(%d+)"))
end

--- Descriptors by where they lead, children (zombies too), and namespaces that a descriptor of ours keeps.
local function state()
  collectgarbage()
  collectgarbage()
  local lines = {}
  for _, name in ipairs(sys.list("/proc/self/fd")) do
    local target = sys.readlink("/proc/self/fd/" .. name)
    if target then lines[#lines + 1] = name .. " " .. target:gsub("%d+", "N") end
  end
  table.sort(lines)
  for _, name in ipairs(sys.list("/proc")) do
    local stat = tonumber(name) and sys.readfile("/proc/" .. name .. "/stat")
    local parent = stat and tonumber(stat:match("^.*%) %a (%d+)"))
    if parent == sys.getpid() then lines[#lines + 1] = "child " .. stat end
  end
  lines[#lines + 1] = sys.readfile("/proc/self/mountinfo")
  lines[#lines + 1] = "cwd " .. sys.getcwd()
  return table.concat(lines, "\n")
end

local box = ns.sandbox {
  fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs { size = "1M" } },
}
]]

--- Where temporary files are.
local places = { "/tmp", "/var/tmp", "/dev/shm", "/run" }

--- Empties them for this process and its children, except for the trees that `uid` runs the launcher from.
local function empty_places(uid)
  local cwd, trees = sys.getcwd(), {}
  for _, path in ipairs { cwd, (support.launcher(uid):match "^(.*)/") } do
    trees[path] = assert(sys.open(path, sys.O_PATH | sys.O_DIRECTORY))
  end
  for _, dir in ipairs(places) do
    if sys.stat(dir) then assert(sys.mount("tmpfs", dir, "tmpfs", 0, "mode=1777")) end
  end
  for path, fd in pairs(trees) do
    for finish in path:gmatch "()/" do sys.mkdir(path:sub(1, finish - 1), 493) end
    sys.mkdir(path, 493)
    assert(sys.mount("/proc/self/fd/" .. fd:fileno(), path, nil, sys.MS_BIND | sys.MS_REC))
    fd:close()
  end
  assert(sys.chdir(cwd))
end

--- The names of all temporary files.
local function temporary()
  local names = {}
  for _, dir in ipairs(places) do
    for _, name in ipairs(sys.list(dir) or {}) do names[#names + 1] = dir .. "/" .. name end
  end
  table.sort(names)
  return names
end

local function run(source, uid, ...)
  local words = { ... }
  support.launcher(uid) -- made now, not while files are compared
  local r, before, after = support.apart(function()
    empty_places(uid)
    local function state() return { files = temporary(), mounts = sys.readfile "/proc/self/mountinfo" } end
    local before = state()
    local r = support.recipe(prelude .. source, { uid = uid, seconds = 600 }, table.unpack(words))
    return r, before, state()
  end)
  assert.equal("", r.stderr)
  assert.equal(0, r.code)
  assert.same(before, after)
  return r.stdout
end

for _, uid in ipairs(support.users) do
  describe(("one process, as uid %d,"):format(uid), function()
    it(("is unchanged after %d sandboxes in a row"):format(runs), function()
      local said = run([[
        local count, kept = tonumber((...)), tonumber((select(2, ...)))
        local function once(i)
          if i % 3 == 0 then
            local r = box:run { "/bin/echo", tostring(i), stdout = "capture" }
            assert(r.stdout == i .. "\n" and r.ok, tostring(r))
          elseif i % 3 == 1 then
            assert(box:run { "/bin/false" }.code == 1)
          else
            local p = box:spawn { "/bin/sleep", "1000" }
            p:kill()
            assert(not p:wait().ok)
          end
        end
        for i = 1, 30 do once(i) end -- what is loaded and compiled once
        local before, memory = state(), resident()
        for i = 1, count do once(i) end
        local after, grown = state(), resident() - memory
        if before ~= after then print(before, "AFTERWARDS", after) end
        if grown > 512 + kept then print(("grown by %d kB"):format(grown)) end
        print "done"]], uid, tostring(runs), tostring(kept))
      assert.equal("done\n", said)
    end)

    it(("is unchanged after %d sandboxes alive at once"):format(alive), function()
      local said = run([[
        local count, kept = tonumber((...)), tonumber((select(2, ...)))
        local function all(n)
          local running = {}
          for i = 1, n do running[i] = box:spawn { "/bin/cat", stdin = "pipe", stdout = "null" } end
          for i = 1, n do assert(running[i].pid, i) end
          for i = 1, n do running[i].stdin:close() end
          for i, process in ipairs(running) do
            local r = process:wait(60)
            assert(r and r.ok, i .. ": " .. tostring(r))
          end
        end
        all(5)
        local before = state()
        all(count)
        all(count) -- the allocator's reserves settle
        state()
        local memory = resident()
        for _ = 1, 2 do all(count) end
        local after, grown = state(), resident() - memory
        if before ~= after then print(before, "AFTERWARDS", after) end
        if grown > 1024 + kept then print(("grown by %d kB"):format(grown)) end
        print "done"]], uid, tostring(alive), tostring(kept))
      assert.equal("done\n", said)
    end)

    it("keeps nothing of sandboxes that it waited for together", function()
      local said = run([[
        local function round()
          local running = {}
          for i = 1, 10 do running[i] = box:spawn { "/bin/sh", "-c", "exit " .. i } end
          while #running > 0 do
            local ended = assert(ns.wait(running, 30))
            assert(ended, "none has ended")
            for i = #running, 1, -1 do
              if running[i]:wait(0) then table.remove(running, i) end
            end
          end
        end
        round()
        local before = state()
        for _ = 1, 5 do round() end
        local after = state()
        if before ~= after then print(before, "AFTERWARDS", after) end
        print "done"]], uid)
      assert.equal("done\n", said)
    end)

    it("keeps nothing of dropped handles and failed starts", function()
      local said = run([[
        local function round()
          for _ = 1, 5 do box:spawn { "/bin/sleep", "1000" } end -- collected
          do local _p <close> = box:spawn { "/bin/sleep", "1000" } end
          assert(not pcall(box.run, box, { "/no/such/program" }))
          local bad = box:with { cwd = "/no/such/directory" }
          assert(not pcall(bad.run, bad, { "/bin/true" }))
          assert(not pcall(function()
            local _p <close> = box:spawn { "/bin/sleep", "1000", stdout = "pipe" }
            error "an error of the recipe"
          end))
        end
        round()
        local before = state()
        for _ = 1, 10 do round() end
        local after = state()
        if before ~= after then print(before, "AFTERWARDS", after) end
        print "done"]], uid)
      assert.equal("done\n", said)
    end)
  end)
end
