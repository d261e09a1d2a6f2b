--- Kernels that this machine does not run: the promises of spec/vm/specs, kept in guests that have all of cgroup2
--- (spec/vm/boot), as root and as an ordinary user with a delegated subtree. Prints their counts.
local support = require "support"
local sys = require "nsengine.sys"

--- Why the suite of a guest cannot be part of this one.
local function obstacle()
  if os.getenv "NSENGINE_VM" then return "this is a guest already" end
  if support.build ~= "build" then return "guests run the plain build" end
end

local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

--- The specs for a guest. An emulated one is ten times slower, and its clock too coarse for limits: it runs those
--- that depend on the kernel.
local function specs(kernel)
  if kernel:find "baseline$" then return { "spec/kernel/features_spec.lua" } end
  local list = {}
  for line in io.lines "spec/vm/specs" do
    if not line:find "^#" then list[#list + 1] = line end
  end
  return list
end

--- A command in a guest, in bounded time.
local function boot(kernel, uid, seconds, ...)
  local command = { "spec/vm/boot", "-k", kernel, "-u", ("%d"):format(uid), "-t", ("%d"):format(seconds), ... }
  command.seconds = seconds + 30
  return support.run(command)
end

--- The release of a guest's kernel; nil, and what it died of, where it does not come up.
local function release_of(kernel)
  local r = boot(kernel, 0, 60, "uname", "-r")
  if r.code == 0 then return r.stdout:match "%S+" end
  return nil, r.stderr
end

--- What exists of the guest of the spec/vm/boot with that pid: its processes, and the directory that it shares.
local function guest_of(boot_pid)
  local shared, found = ("/tmp/nsengine-vm.%d."):format(boot_pid), {}
  for _, pid in ipairs(assert(sys.list "/proc")) do
    local file = pid:find "^%d+$" and io.open("/proc/" .. pid .. "/cmdline")
    local line = file and file:read "a"
    if file then file:close() end
    if line and line:find(shared, 1, true) then found[#found + 1] = (line:gsub("%z", " ")) end
  end
  for _, name in ipairs(assert(sys.list "/tmp")) do
    local path = "/tmp/" .. name
    if path:sub(1, #shared) == shared then found[#found + 1] = path end
  end
  return found
end

--- What is left of it after it had time to go.
local function left_of(boot_pid)
  local found
  support.eventually(function()
    found = guest_of(boot_pid)
    return #found == 0
  end)
  return found
end

--- spec/vm/boot, from a shell that prints its pid and then becomes it.
local function saying(...)
  return { "sh", "-c", 'echo $$; exec "$0" "$@"', "spec/vm/boot", ... }
end

describe("a private kernel", function()
  local kernels = obstacle() and {} or lines(support.run({ "spec/vm/boot", "-l" }).stdout)

  if #kernels == 0 then
    it("keeps the promises about resources", function()
      pending(obstacle() or "no kernel: ./dev vm-kernel gets one")
    end)
  end

  for _, kernel in ipairs(kernels) do
    describe(kernel, function()
      local release, why

      setup(function() release, why = release_of(kernel) end)

      it("boots, and passes on output and exit status", function()
        if not release then return pending("does not run here: " .. why) end
        local r = boot(kernel, 1000, 60, "sh", "-c", "id -u; cat /proc/self/cgroup; pwd; echo \"$1\" >&2; exit 7", "sh",
          "it's \"$quoted\"")
        assert.same({ 7, ("1000\n0::/vm/init\n%s\n"):format(sys.getcwd()), "it's \"$quoted\"\n" },
          { r.code, r.stdout, r.stderr })
      end)

      it("is stopped when its time is up, and leaves nothing behind", function()
        if not release then return pending "does not run here" end
        local r = support.run(saying("-k", kernel, "-t", "10", "sleep", "100"))
        local pid = r.stdout:match "^(%d+)\n$"
        assert.same({ 124, true }, { r.code, pid ~= nil }, r.stdout)
        assert.matches("stopped after 10 s", r.stderr)
        assert.same({}, left_of(pid))
      end)

      it("ends with all of its guest when it is told to", function()
        if not release then return pending "does not run here" end
        local r, w = assert(sys.pipe())
        local process <close> = assert(sys.clone(0, function()
          w:dup(1)
          return sys.exec { "spec/vm/boot", "-k", kernel, "-t", "90", "sh", "-c", "echo up; exec sleep 90" }
        end))
        w:close()
        assert.same({ 1, "up\n" }, { #sys.poll({ { r, "r" } }, 60), r:read() })
        assert.truthy(#guest_of(process:pid()) > 1) -- processes too
        assert(process:kill(sys.SIGTERM))
        assert.same({ nil, "exit", 143 }, { process:wait(30) })
        assert.same({}, left_of(process:pid()))
        r:close()
      end)

      for _, uid in ipairs { 0, 1000 } do
        it("keeps the promises about resources, as uid " .. uid, function()
          if not release then return pending "does not run here" end
          local r = boot(kernel, uid, 400, "busted", "--cpath=build/lib/?.so", "-o", "plainTerminal",
            table.unpack(specs(kernel)))
          local passed, failed, errors, skipped =
            r.stdout:match "(%d+) successe?s? / (%d+) failures? / (%d+) errors? / (%d+) pending"
          assert(passed, r.stdout .. r.stderr)
          io.write(("\nvm: Linux %s as uid %d: %s passed, %d failed, %s skipped\n"):format(
            release, uid, passed, failed + errors, skipped))
          assert(r.code == 0 and tonumber(passed) > 0, r.stdout .. r.stderr)
        end)
      end
    end)
  end
end)
