--- Each system call of launcher, child and init fails in turn: no payload is ever confined less than it should be, and
--- there is no crash, no hang, and nothing left behind.
--- NSENGINE_FAULTS=each makes each call fail once with each of several errors; the suite tests only some.
local faults = require "support.faults"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local extent = os.getenv("NSENGINE_FAULTS")
local all = extent == "all"
local many = (all or extent == "each") and math.maxinteger or 40

teardown(function()
  tools.cleanup()
  support.cleanup()
end)

--- A launch as one of the users: recorded once, then disturbed again and again.
local function prepare(uid, kind)
  local dir = support.tempdir()
  local recipe = faults.write(dir.path .. "/recipe.lua", uid, kind)
  local command = { support.launcher(uid), recipe }
  local launch = { dir = dir, uid = uid, command = command }
  local record = faults.run(dir.path, uid, command, "record")
  launch.calls = faults.faultable(record.calls)
  launch.baseline = record.stdout
  launch.record = record
  local empty = faults.run(dir.path, uid, { command[1], "-e", "" }, "record")
  launch.prologue = faults.prologue(launch.calls, faults.faultable(empty.calls))
  return launch
end

--- Disturbs a launch in each of the ways; returns what went wrong.
local function attack(launch, modes)
  local wrong = {}
  for _, mode in ipairs(modes) do
    local outcome = faults.run(launch.dir.path, launch.uid, launch.command, mode.words)
    local fault = faults.judge(outcome, launch.baseline, mode)
    if fault then
      wrong[#wrong + 1] = ("%s (%s): %s\n      %s"):format(mode.words, outcome.hit or mode.name, fault,
        outcome.stderr:gsub("\n", "\n      "))
    end
  end
  return wrong
end

local function none(wrong)
  assert(#wrong == 0, ("%d wrong:\n  %s"):format(#wrong, table.concat(wrong, "\n  ")))
end

local function unable()
  if os.getenv("LD_PRELOAD") then return "the sanitizer's runtime makes calls of its own" end
  local _, reason = tools.get()
  return reason
end

for _, uid in ipairs(support.users) do
  for _, kind in ipairs { true, false, "asked", "alone" } do
    local init, alone = kind == true, kind == "alone"
    local title = init and "" or alone and " without a namespace" or kind and " that answers calls" or " without init"

    describe(("a sandbox%s, as uid %d,"):format(title, uid), function()
      local launch, reason

      setup(function()
        reason = unable() or (alone and sys.landlock_abi() < 6 and "needs landlock's ABI 6" or nil)
        if not reason then launch = prepare(uid, kind) end
      end)

      teardown(function()
        if launch then support.remove(launch.dir.path) end
      end)

      it("is confined when nothing fails", function()
        if reason then return pending(reason) end
        local record = launch.record
        assert.equal("", record.stderr)
        assert.equal(0, record.code)
        assert.is_true(record.payload)
        assert.same({}, record.left)
        local said = launch.baseline
        for _, set in ipairs { "Inh", "Prm", "Eff", "Amb", not alone and "Bnd" or nil } do
          assert.truthy(said:find("\nCap" .. set .. ":\t0000000000000000\n"), set)
        end
        assert.truthy(said:find("\nNoNewPrivs:\t1\n"))
        assert.truthy(said:find("\nSeccomp:\t2\n"))
        assert.truthy(said:find("^descriptors 0 1 2\n"))
        for _, name in ipairs { "user", "mnt", "pid", "net", "uts", "ipc", "cgroup" } do
          assert.equal(not alone, said:find("\nnamespace " .. name .. " own\n") ~= nil, name)
        end
        assert.truthy(said:find(" session own group own\n"))
        assert.truthy(said:find("\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"))
        assert.truthy(said:find("\ncore_pattern closed\n"))
        assert.truthy(said:find("\ncwd /tmp\n"))
        assert.truthy(said:find("\nlo up\n"))
        assert.truthy(said:find("\nkeyring own\n") or said:find("\nkeyring Required key not available\n"))
        assert.falsy(said:find("WRITTEN"))
        assert.falsy(said:find("\nmount [^\n]* shared:") or said:find("\nmount [^\n]* master:"))
        for line in said:gmatch("\n(mount [^\n]*)") do assert.truthy(alone or line:find("nosuid"), line) end
        if uid == 0 then assert.falsy(said:find("\nUid:\t0\t")) end
      end)

      it("fails closed if any system call fails", function()
        if reason then return pending(reason) end
        local modes = {}
        for _, call in ipairs(faults.sample(launch.calls, many)) do
          for _, errno in ipairs(all and { "EPERM", "ENOSYS", "ENOMEM", "EINTR", "EINVAL" } or { "EPERM" }) do
            modes[#modes + 1] = {
              words = ("fail %d %d %d"):format(call.process, call.number, sys[errno]), name = call.name .. " " .. errno,
              quiet = call.process == 0 and call.number <= launch.prologue,
            }
          end
        end
        none(attack(launch, modes))
      end)

      if init or extent then -- without an init it is the same
        it("fails closed on a kernel that lacks or forbids a call", function()
          if reason then return pending(reason) end
          local seen, modes = {}, {}
          for _, call in ipairs(launch.calls) do
            -- A kernel without keys would have none for the payload either; the injector leaves the payload alone, and
            -- with the host's ids that sees the caller's keys.
            local told = not (alone and call.name == "keyctl")
            if told and not seen[call.name] and (call.process > 0 or call.number > launch.prologue) then
              seen[call.name] = true
              for _, errno in ipairs(all and { "ENOSYS", "EPERM" } or { "ENOSYS" }) do
                local words = ("always %s %d"):format(call.name, sys[errno])
                modes[#modes + 1] = { words = words, name = errno, quiet = true }
              end
            end
          end
          none(attack(launch, modes))
        end)
      end

      it("ends if one of its processes is killed, at any moment", function()
        if reason then return pending(reason) end
        local modes, runs = {}, faults.payload_runs(launch.calls)
        for _, call in ipairs(faults.sample(launch.calls, many // 2)) do
          if call.process > 0 then
            modes[#modes + 1] = {
              words = ("die %d %d"):format(call.process, call.number), name = call.name,
              runs = call.process == 1 and call.number > runs,
            }
          end
        end
        none(attack(launch, modes))
      end)

      it("does not outlive a launcher that is killed at any system call", function()
        if reason then return pending(reason) end
        local modes = {}
        local function kill(calls, most)
          for _, call in ipairs(faults.sample(calls, most)) do
            local words = ("kill %d %d"):format(call.process, call.number)
            modes[#modes + 1] = { words = words, name = call.name, quiet = true,
              orphan = kind == false and call.process > 0 }
          end
        end
        kill(launch.calls, many)
        if kind == false then -- only the first process itself notices it
          local inside = {}
          for _, call in ipairs(launch.calls) do inside[#inside + 1] = call.process == 1 and call or nil end
          kill(inside, math.max(many, 60)) -- each kind of call at least
        end
        none(attack(launch, modes))
      end)
    end)
  end
end

describe("the mapper, which runs on the stack of the sandbox's first process,", function()
  it("ends before that process goes on, even if there is no second user namespace", function()
    if sys.getids().euid ~= 0 then return pending "needs root: others write their maps themselves" end
    local dir <close> = support.tempdir()
    local log = dir.path .. "/log"
    local r = support.run { "strace", "-f", "-o", log, "-e", "trace=unshare", "-e",
      "inject=unshare:error=ENOSPC", support.launcher(), "-e", [[
        local ns = require "nsengine"
        return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" } }]], seconds = 20 }
    if r.stderr:find("strace", 1, true) then return pending "needs strace(1)" end
    assert.matches("^nsengine: %-e:2: user: unshare%(CLONE_NEWUSER%): No space left on device", r.stderr)
    local first, next_line = sys.readfile(log):match "(%d+) [^\n]*%(INJECTED%)\n([^\n]*)"
    assert.matches("^%d+ +%+%+%+ exited with 125 %+%+%+$", next_line)
    assert.not_equal(first, next_line:match "^%d+")
  end)
end)
