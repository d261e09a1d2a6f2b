--- The tutorial's promises, seen from outside: a process in new namespaces is nobody (or root by a map), has no
--- network, has its own host name, is alone, and leaves no trace.
local support = require "support"
local sys = require "nsengine.sys"

local all_kinds = { "user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time" }

-- What a sandbox prints about its network devices.
local links = [[
  for _, link in ipairs(assert(require("nsengine.sys").links())) do print(link.name, link.up) end]]

local function run_example(name, uid, ...)
  return support.nsengine { support.example(name, uid), uid = uid, ... }
end

--- Runs an example that must succeed, and returns its output.
local function output(name, uid, ...)
  local result = run_example(name, uid, ...)
  assert.equal("", result.stderr)
  assert.equal(0, result.code)
  return result.stdout
end

--- What a mistake could change for everybody.
local function host()
  local state = { hostname = sys.gethostname(), mounts = {}, links = {} }
  for i, mount in ipairs(assert(sys.mounts())) do state.mounts[i] = mount.source .. " on " .. mount.target end
  for i, link in ipairs(assert(sys.links())) do state.links[i] = link.name .. " " .. tostring(link.up) end
  return state
end

--- The processes in a namespace, "pid:[4026532327]".
local function members(kind, name)
  local pids = {}
  for _, pid in ipairs(assert(sys.list("/proc"))) do
    if tonumber(pid) and sys.readlink(("/proc/%s/ns/%s"):format(pid, kind)) == name then pids[#pids + 1] = pid end
  end
  return pids
end

--- A process of `uid` in new namespaces that waits until it is killed.
local function resident(uid)
  local reader <close>, writer = sys.pipe()
  local process = assert(sys.clone(0, function()
    support.become(uid)
    assert(sys.unshare(sys.CLONE_NEWUSER | sys.CLONE_NEWUTS | sys.CLONE_NEWNET | sys.CLONE_NEWIPC | sys.CLONE_NEWNS))
    assert(sys.sethostname("resident"))
    assert(writer:write("ready"))
    sys.poll({})
  end))
  writer:close()
  assert(reader:read() == "ready", "the resident failed")
  return process
end

local function namespace_of(pid, kind) return assert(sys.readlink(("/proc/%s/ns/%s"):format(pid, kind))) end

describe("the tutorial", function()
  teardown(support.cleanup)

  for _, uid in ipairs(support.users) do
    describe("as uid " .. uid .. ", examples/01-tutorial.lua:", function()
      local function inside(script) return output("01-tutorial.lua", uid, "sh", "-c", script) end

      it("a payload without a map is nobody", function()
        assert.equal("65534\n65534\n", inside "id -u; id -g")
        assert.equal("0000000000000000\n", inside "sed -n 's/^CapEff:.//p' /proc/self/status")
      end)

      it("a payload with a map is root inside", function()
        local r = support.recipe([[
          local sys = require "nsengine.sys"
          local me = sys.getids()
          local child <close> = assert(sys.clone(sys.CLONE_NEWUSER, function()
            assert(sys.idmap(nil, { uid = { { 0, me.euid, 1 } }, gid = { { 0, me.egid, 1 } } }))
            assert(sys.exec { "sh", "-c", "id -u; id -g; grep -c '^CapEff:.*0000000000$' /proc/self/status" })
          end))
          return child:wait()]], { uid = uid })
        assert.equal("", r.stderr)
        assert.equal("0\n0\n0\n", r.stdout)
      end)

      it("a payload has no network device except lo, which is down", function()
        assert.equal("lo\tfalse\n", output("01-tutorial.lua", uid, support.launcher(uid), "-e", links))
      end)

      it("a payload's host name is changed only for the payload", function()
        local before = sys.gethostname()
        assert.not_equal("zxytest", before)
        assert.equal("zxytest\n", inside "hostname")
        assert.equal(before, sys.gethostname())
      end)

      it("a payload sees itself as pid 1, and no other processes", function()
        local list = inside "ps -e -o pid= -o comm=; true"
        assert.truthy(list:find("^ +1 sh\n +2 ps\n$"), list)
      end)

      it("a payload that has ended leaves the host unchanged", function()
        local before = host()
        -- The background process holds the standard output: run() returns when that process has ended too.
        local own = inside "sleep 1000 & readlink /proc/self/ns/pid"
        assert.truthy(own:find("^pid:%[%d+%]\n$"), own)
        assert.not_equal(namespace_of("self", "pid"), own:sub(1, -2))
        assert.same({}, members("pid", own:sub(1, -2)))
        assert.same(before, host())
      end)

      it("the payload's exit status is the launcher's", function()
        assert.equal(7, run_example("01-tutorial.lua", uid, "sh", "-c", "exit 7").code)
        local missing = run_example("01-tutorial.lua", uid, "/nonexistent")
        assert.equal(127, missing.code)
        assert.truthy(missing.stderr:find("exec /nonexistent: No such file or directory (ENOENT)", 1, true))
      end)

      it("the payload is a shell if no command is given", function()
        local result = support.nsengine { support.example("01-tutorial.lua", uid), uid = uid, stdin = "echo $$\n" }
        assert.equal("1\n", result.stdout)
      end)
    end)

    describe("as uid " .. uid .. ", examples/02-unshare.lua:", function()
      local function inside(script) return output("02-unshare.lua", uid, "sh", "-c", script) end

      it("the payload is root, alone, on a host of its own without a network", function()
        assert.equal("0\n0\nunshared\n", inside "id -u; id -g; hostname")
        assert.truthy(inside("ps -e -o pid= -o comm=; true"):find("^ +1 sh\n +%d ps\n$"))
        assert.equal("lo\tfalse\n", output("02-unshare.lua", uid, support.launcher(uid), "-e", links))
      end)

      it("the payload can make mounts that nobody outside sees", function()
        local before = host()
        assert.equal("3\n", inside "mount -t tmpfs box /mnt && touch /mnt/1 /mnt/2 /mnt/3 && ls /mnt | wc -l")
        assert.same(before, host())
      end)

      it("the payload has a new namespace of each kind that it should leave, and of no other", function()
        local here, there = {}, {}
        for _, kind in ipairs(all_kinds) do here[kind] = namespace_of("self", kind) end
        for name in inside("readlink /proc/self/ns/*"):gmatch("[^\n]+") do there[name:match("^%a+")] = name end
        for _, kind in ipairs(all_kinds) do
          assert.equal(kind == "cgroup" or kind == "time", here[kind] == there[kind], kind)
        end
      end)

      it("the payload's exit status is the launcher's", function()
        assert.equal(7, run_example("02-unshare.lua", uid, "sh", "-c", "exit 7").code)
        assert.equal(127, run_example("02-unshare.lua", uid, "/nonexistent").code)
      end)
    end)

    describe("as uid " .. uid .. ", examples/03-join.lua:", function()
      it("the command runs in all namespaces of the process that it joins", function()
        local target <close> = resident(uid)
        local own = output("03-join.lua", uid, tostring(target:pid()), "sh", "-c",
          "hostname; for kind in user mnt pid net uts ipc cgroup time; do readlink /proc/self/ns/$kind; done")
        local expected = { "resident" }
        for _, kind in ipairs(all_kinds) do expected[#expected + 1] = namespace_of(target:pid(), kind) end
        assert.equal(table.concat(expected, "\n") .. "\n", own)
        assert.not_equal(namespace_of("self", "uts"), namespace_of(target:pid(), "uts"))
      end)

      it("the command can join a process in the caller's own namespaces, too", function()
        local target <close> = assert(sys.clone(0, function()
          support.become(uid)
          return sys.exec { "sleep", "1000" }
        end))
        -- Before exec it is a fork of root's process, closed to others.
        local deadline = sys.monotonic() + 10
        while sys.readfile(("/proc/%d/comm"):format(target:pid())) ~= "sleep\n" do
          assert(sys.monotonic() < deadline)
          sys.sleep(0.002)
        end
        assert.equal("here\n", output("03-join.lua", uid, tostring(target:pid()), "echo", "here"))
      end)

      it("the command joins a new process without arguments, in its pid namespace", function()
        local name, first = output("03-join.lua", uid):match("^(%w+)\n[^\n]+\n +(1 [^\n]+)\n")
        assert.equal("joined", name)
        assert.truthy(first:find("nsengine$"), first)
      end)

      it("the process that it started ends with it", function()
        local reader <close>, writer = sys.pipe() -- every process that it makes holds the other end
        writer:cloexec(false)
        assert.truthy(output("03-join.lua", uid):find("^joined\n"))
        writer:close()
        assert.same({ { reader, "h" } }, assert(sys.poll({ { reader, "r" } }, 5)))
      end)

      it("a pid that is gone and a word that is no number give different errors", function()
        local gone = run_example("03-join.lua", uid, "2147483647")
        assert.equal(125, gone.code)
        assert.truthy(gone.stderr:find("No such process (ESRCH)", 1, true), gone.stderr)
        local word = run_example("03-join.lua", uid, "init")
        assert.equal(125, word.code)
        assert.truthy(word.stderr:find("usage: 03-join.lua PID", 1, true), word.stderr)
      end)

      if uid ~= 0 then
        it("another user's process cannot be joined", function()
          local stranger <close> = support.root and resident(0) or nil
          local result = run_example("03-join.lua", uid, tostring(stranger and stranger:pid() or 1), "true")
          assert.equal(125, result.code)
          assert.truthy(result.stderr:find("EACCES") or result.stderr:find("EPERM"), result.stderr)
        end)
      end
    end)

    describe("as uid " .. uid .. ", examples/04-namespaces.lua:", function()
      local function line_of(text, name)
        for line in text:gmatch("[^\n]+") do
          if line:find(name, 1, true) then return line end
        end
        error(name .. " is not in:\n" .. text)
      end

      it("each namespace is listed below its owner, with its first process", function()
        local target <close> = resident(uid)
        local text = output("04-namespaces.lua", uid)
        local user, uts = namespace_of(target:pid(), "user"), namespace_of(target:pid(), "uts")
        assert.truthy(line_of(text, user):find((" 1 +%d +%d  "):format(target:pid(), uid)), text)
        assert.truthy(line_of(text, uts):find((" 1 +%d  "):format(target:pid())), text)
        -- Deeper than its owner, with nothing but the owner's other namespaces in between.
        local _, from = text:find(user, 1, true)
        local to = assert(text:find(uts, from, true), text)
        assert.falsy(text:sub(from, to):find("user:", 1, true), text)
        local function depth(name) return utf8.len(line_of(text, name):match("^(.-)%a")) end
        assert.equal(depth(user) + 2, depth(uts))
        assert.equal(depth(namespace_of("self", "user")) + 2, depth(user))
      end)

      it("each pid namespace is listed with its parent", function()
        local text = support.recipe([[
          local sys = require "nsengine.sys"
          local box <close> = assert(sys.clone(sys.CLONE_NEWUSER | sys.CLONE_NEWPID, function() sys.poll({}) end))
          local list <close> = assert(sys.clone(0, function() assert(sys.exec(arg)) end))
          list:wait()
          print("new " .. sys.readlink(("/proc/%d/ns/pid"):format(box:pid())))]], { uid = uid },
          support.launcher(uid), support.example("04-namespaces.lua", uid)).stdout
        local parent, child = namespace_of("self", "pid"):match("%d+"), text:match("\nnew (pid:%[%d+%])\n$")
        assert.truthy(line_of(text, child):find(" " .. parent .. " ", 1, true), text)
        assert.falsy(line_of(text, "pid:[" .. parent .. "]"):find(" " .. parent .. " ", 1, true), text)
      end)

      it("all namespaces of the caller are listed, and the number of hidden processes", function()
        local text = output("04-namespaces.lua", uid)
        for _, kind in ipairs(all_kinds) do line_of(text, namespace_of("self", kind)) end
        local hidden, of = text:match("\n(%d+) of (%d+) processes did not let us look into them\n$")
        if uid ~= 0 then
          -- This suite belongs to another user, or init does.
          assert.truthy(tonumber(hidden) >= 1 and tonumber(hidden) < tonumber(of), text)
        end
      end)
    end)
  end
end)
