--- The filters as programs, run by an interpreter: what each does with every system call, on both machines.
local bpf = require "support.bpf"
local engine = require "support.engine"
local filter = require "nsengine.filter"
local groups = require "nsengine.filters.groups"
local sys = require "nsengine.sys"

local machines = { "x86_64", "aarch64" }

--- The answer to a call, given by name or number.
local function ask(program, machine, name, ...)
  local nr = type(name) == "number" and name or assert(sys.seccomp_resolve(name, machine), name)
  return bpf.verdict((bpf.run(program, { nr = nr, arch = bpf.arch[machine], args = { ... } })))
end

--- {name = parsed program} of the shipped filters, for a machine.
local shipped = setmetatable({}, { __index = function(all, machine)
  all[machine] = {}
  for _, entry in ipairs(filter.shipped(machine)) do all[machine][entry.name] = bpf.parse(entry.program) end
  return all[machine]
end })

--- The compiled filter for a recipe's field, for a machine.
local function policy(value, machine, more)
  local field = require "nsengine.fields.seccomp"
  local checked = field.check(value, function(message, key) error((key or "seccomp") .. ": " .. message, 0) end)
  local all = { caps = 0 }
  for key, item in pairs(checked) do all[key] = item end
  for key, item in pairs(more or {}) do all[key] = item end
  local resolved = filter.resolve(all)
  return bpf.parse(assert(filter.program(resolved, machine or "x86_64"))), resolved
end

describe("the groups of system calls", function()
  it("contain every call of both machines exactly once", function()
    local seen = {}
    for group, names in pairs(groups) do
      for _, name in ipairs(names) do
        assert(not seen[name], name)
        assert(sys.seccomp_resolve(name) ~= nil, name)
        seen[name] = group
      end
    end
    for _, machine in ipairs(machines) do
      for name in pairs(sys.seccomp_names(machine)) do assert(seen[name], name) end
    end
  end)
end)

describe("the shipped filters", function()
  it("are up to date: compiling them now gives the same", function()
    for _, entry in ipairs(filter.shipped()) do
      local program, flags = sys.seccomp_shipped(entry.name)
      assert(program == entry.program, entry.name .. ": build again")
      assert.equal(entry.flags, flags)
    end
    assert.is_nil(sys.seccomp_shipped "none")
  end)

  it("name only calls that exist", function()
    for _, name in ipairs { "default", "strict" } do
      local profile = filter.profile(name)
      local function check(call) assert(sys.seccomp_resolve(call) ~= nil, call) end
      filter.each(profile.allow, check)
      filter.each(profile.deny, check)
      for _, list in pairs(profile.caps) do
        filter.each(list, check)
        for call in pairs(list.args or {}) do assert(profile.args[call], call) end
      end
      for _, set in ipairs { profile.answer, profile.args, profile.alone, profile.below, profile.refuse } do
        for call in pairs(set) do check(call) end
      end
    end
  end)

  it("refuse calls that they do not know, and every foreign ABI", function()
    for _, machine in ipairs(machines) do
      local known = {}
      for _, nr in pairs(sys.seccomp_names(machine)) do known[nr] = true end
      for name, wanted in pairs { default = sys.ENOSYS, ["default-alone"] = sys.ENOSYS, strict = "kill" } do
        local program = shipped[machine][name]
        for nr = 0, 1100 do
          if not known[nr] then assert.equal(wanted, ask(program, machine, nr), nr) end
          for _, arch in pairs(bpf.arch) do
            if arch ~= bpf.arch[machine] then
              assert.equal(wanted, bpf.verdict((bpf.run(program, { nr = nr, arch = arch }))))
            end
          end
          assert.equal(wanted, ask(program, machine, nr | bpf.X32), nr)
        end
        for _, nr in ipairs { 0xffffffff, 0x80000000, 0x7fffffff } do
          assert.equal(wanted, ask(program, machine, nr))
        end
      end
    end
  end)

  it("decide in few comparisons, for they search by number", function()
    for _, machine in ipairs(machines) do
      for _, program in pairs(shipped[machine]) do
        for name, nr in pairs(sys.seccomp_names(machine)) do
          local _, steps = bpf.run(program, { nr = nr, arch = bpf.arch[machine] })
          assert(steps <= 54, name .. " " .. steps)
        end
        local _, steps = bpf.run(program, { nr = sys.seccomp_resolve("getppid", machine), arch = bpf.arch[machine] })
        assert(steps <= 20, steps)
      end
    end
  end)

  it("are short, for each launch installs one", function()
    for _, machine in ipairs(machines) do
      for name, program in pairs(shipped[machine]) do
        -- Where the caller's processes are visible, more calls have conditions.
        assert(#program <= (name:find "shared" and 328 or 308), name .. " " .. #program)
      end
    end
  end)
end)

local arguments = { {}, { -1, -1, -1, -1, -1, -1 }, { 1, 2, 3, 4, 5, 6 }, { 0, 0x5412, 0x21b6 }, { 0x10000011, 0, 1 } }

--- Calls of a machine that libseccomp cannot name here: newer ones, and those that this machine lacks.
local function unknown_here(machine)
  local unknown, native = {}, sys.uname().machine
  if machine == native then return unknown end
  for name, nr in pairs(sys.seccomp_names(machine)) do
    unknown[nr] = nr >= 424 or not sys.seccomp_resolve(name) or name:find("probe$") ~= nil
  end
  return unknown
end

--- Checks that every number of every ABI, x32 and nonsense too, gets the answer of libseccomp's linear list.
local function same_as_list(stages, machine)
  stages.arch = machine
  local program = bpf.parse(assert(sys.seccomp_compile(stages)))
  stages.linear = true
  local list, unknown = bpf.parse(assert(sys.seccomp_compile(stages))), unknown_here(machine)
  local function compare(nr, arch, args)
    local call = { nr = nr, arch = arch, args = args }
    local got, wanted = bpf.run(program, call), bpf.run(list, call)
    assert(got == wanted, ("%s, %#x(%s): %#x, not %#x"):format(machine, nr, table.concat(args, ", "), got, wanted))
  end
  for nr = 0, 1100 do
    for _, args in ipairs(unknown[nr] and {} or arguments) do compare(nr, bpf.arch[machine], args) end
    compare(nr | bpf.X32, bpf.arch[machine], {})
    for _, arch in pairs(bpf.arch) do
      if arch ~= bpf.arch[machine] then compare(nr, arch, {}) end
    end
  end
  for _, nr in ipairs { 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff } do
    compare(nr, bpf.arch[machine], {})
  end
  return program
end

describe("the search by number", function()
  local every_second, numbers = {}, {}
  for name, nr in pairs(sys.seccomp_names "x86_64") do numbers[#numbers + 1] = { name, nr } end
  table.sort(numbers, function(a, b) return a[2] < b[2] end)
  for i = 1, #numbers, 2 do every_second[numbers[i][1]] = true end

  for _, machine in ipairs(machines) do
    for name, p in pairs {
      default = { profile = "default" }, alone = { profile = "default", alone = true }, strict = { profile = "strict" },
      ["all capabilities"] = { profile = "default", caps = -1 }, log = { profile = "strict", log = true },
      ["every second call"] = { profile = "none", allow = every_second, default = filter.action "log" },
    } do
      it(("answers as libseccomp's list does: %s, on %s"):format(name, machine), function()
        same_as_list(filter.stages(filter.resolve(p)), machine)
      end)

      it(("answers as the policy says: %s, on %s"):format(name, machine), function()
        local resolved = filter.resolve(p)
        local program, wanted = bpf.parse(assert(filter.program(resolved, machine))), {}
        for call, action in pairs(resolved.calls) do
          local nr = sys.seccomp_resolve(call, machine)
          if nr then wanted[nr] = action end
        end
        for nr = 0, 1100 do
          local action = wanted[nr] or resolved.default
          if type(action) == "number" then
            assert.equal(action, (bpf.run(program, { nr = nr, arch = bpf.arch[machine] })), nr)
          end
        end
      end)
    end

    it("works beyond the reach of a single jump, on " .. machine, function()
      local stage = { default = bpf.KILL }
      for i, pair in ipairs(numbers) do stage[i] = { pair[1], bpf.ERRNO | i } end
      local program = same_as_list({ stage, foreign = bpf.ERRNO }, machine)
      for _, pair in ipairs(numbers) do
        local _, steps = bpf.run(program, { nr = pair[2], arch = bpf.arch[machine] })
        assert(steps <= 28, steps)
      end
    end)
  end

  it("works for jumps of every length around the longest possible", function()
    for count = 240, 280 do
      for shared = 3, 4 do -- a program of odd and one of even length
        local stage = { default = bpf.KILL }
        for i = 1, count do stage[i] = { numbers[i][1], bpf.ERRNO | (i > 3 and i == shared and 1 or i) } end
        local program = bpf.parse(assert(sys.seccomp_compile { stage, arch = "x86_64", foreign = bpf.ERRNO }))
        for i = 1, count do
          assert.equal(stage[i][2], (bpf.run(program, { nr = numbers[i][2], arch = bpf.arch.x86_64 })))
        end
      end
    end
  end)

  it("shrinks to one answer where all are the same", function()
    local program = same_as_list({ { default = bpf.ALLOW }, foreign = bpf.ALLOW }, "x86_64")
    assert(#program <= 6, #program)
  end)

  it("compiles conditions on calls that only the other machine has", function()
    -- x86_64 has no fcntl64, aarch64 no open.
    for machine, call in pairs { x86 = "fcntl64", x86_64 = "open" } do
      local nr, arch = sys.seccomp_resolve(call, machine), bpf.arch[machine == "x86" and "i386" or machine]
      local stage = { default = bpf.ERRNO, { call, bpf.ALLOW, { 1, 0xffffffff, 3 } } }
      local program = bpf.parse(assert(sys.seccomp_compile { stage, arch = machine, foreign = bpf.KILL }))
      assert.same({ bpf.ALLOW, bpf.ERRNO }, {
        (bpf.run(program, { nr = nr, arch = arch, args = { 0, 3, 0, 0, 0, 0 } })),
        (bpf.run(program, { nr = nr, arch = arch, args = { 0, 4, 0, 0, 0, 0 } })),
      })
    end
  end)

  it("refuses two answers for one call", function()
    assert.has_error(function()
      sys.seccomp_compile { { default = bpf.KILL, { "read", bpf.ALLOW }, { "read", bpf.LOG } } }
    end)
  end)
end)

local EPERM, ENOSYS, NO_FAMILY = sys.EPERM, sys.ENOSYS, sys.EAFNOSUPPORT

--- {call, wanted, arguments...}
local cases = {
  { "read", "allow" }, { "openat", "allow" }, { "execve", "allow" }, { "futex", "allow" }, { "mmap", "allow" },
  { "io_uring_setup", EPERM }, { "io_uring_enter", EPERM }, { "io_uring_register", EPERM }, { "userfaultfd", EPERM },
  { "bpf", EPERM }, { "perf_event_open", EPERM }, { "keyctl", EPERM }, { "add_key", EPERM }, { "request_key", EPERM },
  { "ptrace", EPERM }, { "process_vm_readv", EPERM }, { "process_vm_writev", EPERM }, { "kcmp", EPERM },
  { "pidfd_getfd", EPERM }, { "kexec_load", EPERM }, { "kexec_file_load", EPERM }, { "init_module", EPERM },
  { "finit_module", EPERM }, { "delete_module", EPERM }, { "mount", EPERM }, { "umount2", EPERM },
  { "fsopen", EPERM }, { "fsmount", EPERM }, { "fsconfig", EPERM }, { "fspick", EPERM }, { "move_mount", EPERM },
  { "open_tree", EPERM }, { "open_tree_attr", EPERM }, { "mount_setattr", EPERM }, { "pivot_root", EPERM },
  { "chroot", EPERM }, { "setns", EPERM }, { "statmount", EPERM }, { "listmount", EPERM }, { "listns", EPERM },
  { "quotactl", EPERM }, { "quotactl_fd", EPERM }, { "move_pages", EPERM }, { "migrate_pages", EPERM },
  { "open_by_handle_at", EPERM }, { "name_to_handle_at", EPERM }, { "swapon", EPERM }, { "swapoff", EPERM },
  { "reboot", EPERM }, { "settimeofday", EPERM }, { "clock_settime", EPERM }, { "clock_adjtime", EPERM },
  { "adjtimex", EPERM }, { "syslog", EPERM }, { "acct", EPERM }, { "lookup_dcookie", EPERM },
  { "fanotify_init", EPERM }, { "sethostname", EPERM }, { "setdomainname", EPERM }, { "vhangup", EPERM },
  { "clone3", ENOSYS }, { "remap_file_pages", ENOSYS }, { "lsm_set_self_attr", ENOSYS },
  { "clone", "allow", 0x3d0f00 }, { "clone", "allow", 17 }, { "clone", "allow", 0x4111 }, -- thread, fork, vfork
  { "unshare", "allow", 0x200 }, { "unshare", EPERM, 0x80 },
  { "ioctl", "allow", 0, 0x5401 }, { "ioctl", EPERM, 0, 0x5412 }, { "ioctl", EPERM, 0, 0x541c },
  { "ioctl", EPERM, 0, 0x5423 }, { "ioctl", EPERM, 0, 0x5412 | 1 << 32 }, { "ioctl", EPERM, 0, 0x541c | -1 << 32 },
  { "personality", "allow", 0 }, { "personality", "allow", 0xffffffff }, { "personality", "allow", -1 },
  { "personality", EPERM, 8 }, { "personality", EPERM, 0x40000 }, { "personality", EPERM, 0x100000000 | 0x40000 },
  { "socket", "allow", 1, 1, 0 }, { "socket", "allow", 1, 2 | 0x80000, 0 }, { "socket", "allow", 1, 5, 0 },
  { "socket", "allow", 2, 1, 0 }, { "socket", "allow", 10, 1 | 0x800, 6 }, { "socket", "allow", 2, 2, 17 },
  { "socket", "allow", 2, 2, 1 }, { "socket", "allow", 10, 2, 58 }, { "socket", "allow", 16, 3, 0 },
  { "socket", NO_FAMILY, 2, 3, 1 }, { "socket", NO_FAMILY, 10, 3, 255 }, -- raw
  { "socket", NO_FAMILY, 2, 10, 0 }, { "socket", NO_FAMILY, 17, 3, 0 }, -- packet
  { "socket", NO_FAMILY, 38, 5, 0 }, { "socket", NO_FAMILY, 40, 1, 0 }, -- alg, vsock
  { "socket", NO_FAMILY, 16, 3, 12 }, { "socket", NO_FAMILY, 16, 2, 4 }, -- netfilter
  { "socket", NO_FAMILY, 2, 1, 132 }, { "socket", NO_FAMILY, 1 << 32 | 38, 5, 0 }, -- sctp, alg
  { "socketpair", "allow", 1, 1, 0 }, { "socketpair", NO_FAMILY, 2, 1, 0 },
  { "setsockopt", "allow", 3, 6, 1 }, { "setsockopt", EPERM, 3, 6, 31 }, { "setsockopt", EPERM, 3, 6 | 5 << 32, 31 },
  { "setsockopt", "allow", 3, 1, 31 },
  { "mknodat", "allow", 0, 0, 0x1000 }, { "mknodat", "allow", 0, 0, 0x81a4 }, { "mknodat", EPERM, 0, 0, 0x21b6 },
  { "mknodat", EPERM, 0, 0, 0x61b6 }, { "prctl", "allow", 1 },
}
for bit = 17, 30 do -- each CLONE_NEW* alone and with others
  if 0x7e020000 >> bit & 1 == 1 then
    cases[#cases + 1] = { "clone", EPERM, 1 << bit | 17 }
    cases[#cases + 1] = { "clone", EPERM, 1 << bit | 0x3d0f00 }
    cases[#cases + 1] = { "unshare", EPERM, 1 << bit }
  end
end

describe("the filter 'default'", function()
  for _, machine in ipairs(machines) do
    it("allows and denies as listed, on " .. machine, function()
      for _, case in ipairs(cases) do
        local name, wanted = case[1], case[2]
        if sys.seccomp_resolve(name, machine) then
          local text = name .. " " .. table.concat(case, " ", 3)
          assert.equal(wanted, ask(shipped[machine].default, machine, name, table.unpack(case, 3)), text)
        end
      end
    end)

    it("keeps the parent-death signal from being changed where there is no init, on " .. machine, function()
      local alone = shipped[machine]["default-alone"]
      assert.equal(EPERM, ask(alone, machine, "prctl", 1))
      assert.equal(EPERM, ask(alone, machine, "prctl", 1 | 7 << 32))
      assert.equal("allow", ask(alone, machine, "prctl", 15))
    end)
  end

  it("covers the calls that only x86_64 has", function()
    local program = shipped.x86_64.default
    for _, name in ipairs { "modify_ldt", "iopl", "ioperm" } do assert.equal(EPERM, ask(program, "x86_64", name)) end
    for _, name in ipairs { "_sysctl", "uselib", "ustat", "create_module", "sysfs" } do
      assert.equal(ENOSYS, ask(program, "x86_64", name))
    end
    assert.equal(EPERM, ask(program, "x86_64", "mknod", 0, 0x21b6))
    assert.equal("allow", ask(program, "x86_64", "mknod", 0, 0x11b6))
  end)

  it("allows what a kept capability is for, and no more", function()
    local function with(cap) return policy({}, "x86_64", { caps = 1 << cap }) end
    local admin = with(21)
    for _, name in ipairs { "mount", "setns", "bpf", "clone3" } do
      assert.equal("allow", ask(admin, "x86_64", name), name)
    end
    assert.equal("allow", ask(admin, "x86_64", "clone", 0x10000000))
    for _, name in ipairs { "io_uring_setup", "keyctl", "userfaultfd", "settimeofday" } do
      assert.equal(EPERM, ask(admin, "x86_64", name), name)
    end
    assert.equal("allow", ask(with(18), "x86_64", "chroot"))
    assert.equal(EPERM, ask(with(18), "x86_64", "mount"))
    assert.equal("allow", ask(with(13), "x86_64", "socket", 2, 3, 1))
    assert.equal("allow", ask(with(13), "x86_64", "socket", 17, 3, 0))
    assert.equal(NO_FAMILY, ask(with(13), "x86_64", "socket", 38, 5, 0))
    assert.equal("allow", ask(with(12), "x86_64", "socket", 16, 3, 12))
    assert.equal(NO_FAMILY, ask(with(12), "x86_64", "socket", 38, 5, 0))
    assert.equal("allow", ask(with(25), "x86_64", "clock_settime"))
    assert.equal(EPERM, ask(with(10), "x86_64", "mount"))
  end)
end)

describe("the filter 'strict'", function()
  for _, machine in ipairs(machines) do
    it("lets a program compute, and kills for everything else, on " .. machine, function()
      local program = shipped[machine].strict
      for _, name in ipairs { "read", "write", "brk", "mmap", "exit_group", "clock_gettime", "getrandom" } do
        assert.equal("allow", ask(program, machine, name), name)
      end
      for _, name in ipairs { "clone", "clone3", "execveat", "connect", "bind", "sendto", "unlinkat", "mkdirat", "kill",
        "ptrace", "mount", "io_uring_setup", "chdir", "fchmodat", "ftruncate", "setsid", "memfd_create" } do
        assert.equal("kill", ask(program, machine, name), name)
      end
      assert.equal("notify", ask(program, machine, "execve")) -- the engine's own, answered once
      assert.equal("allow", ask(program, machine, "openat", 0, 0, 0x80000))
      for _, flags in ipairs { 1, 2, 0x40, 0x200, 0x410000 } do
        assert.equal("kill", ask(program, machine, "openat", 0, 0, flags), flags)
      end
      assert.equal("allow", ask(program, machine, "prlimit64", 0, 3, 0))
      assert.equal("kill", ask(program, machine, "prlimit64", 0, 3, 1 << 40))
      assert.equal(sys.EACCES, ask(program, machine, "socket", 1, 1, 0))
      assert.equal("kill", ask(program, machine, "socket", 2, 1, 0))
      assert.equal("kill", ask(program, machine, "fcntl", 0, 4))
    end)
  end
end)

describe("a recipe's policy", function()
  it("changes its profile", function()
    local program = policy { allow = { "@debug", "personality" }, deny = { "@network", "execveat" }, errno = "EACCES" }
    assert.equal("allow", ask(program, "x86_64", "ptrace"))
    assert.equal("allow", ask(program, "x86_64", "personality", 8))
    assert.equal(sys.EACCES, ask(program, "x86_64", "socket", 1, 1, 0))
    assert.equal(sys.EACCES, ask(program, "x86_64", "execveat"))
    assert.equal(EPERM, ask(program, "x86_64", "mount"))
    assert.equal("allow", ask(program, "x86_64", "read"))
  end)

  it("applies a rule for a call before the rule for its group", function()
    local program = policy { deny = { "@network" }, allow = { "socketpair" }, args = { socket = { arg = 0, eq = 1 } } }
    assert.equal("allow", ask(program, "x86_64", "socketpair", 2))
    assert.equal("allow", ask(program, "x86_64", "socket", 1, 1))
    assert.equal(NO_FAMILY, ask(program, "x86_64", "socket", 2, 1))
    assert.equal(EPERM, ask(program, "x86_64", "connect"))
  end)

  it("adds conditions to the profile's, and replaces them for a call that it allows", function()
    local request = { arg = 1, ne = 0x5401, bits = 32 }
    local program = policy { args = { ioctl = request } }
    assert.equal(EPERM, ask(program, "x86_64", "ioctl", 0, 0x5401))
    assert.equal(EPERM, ask(program, "x86_64", "ioctl", 0, 0x5412))
    assert.equal("allow", ask(program, "x86_64", "ioctl", 0, 0x5413))
    program = policy { allow = { "ioctl" }, args = { ioctl = request } }
    assert.equal("allow", ask(program, "x86_64", "ioctl", 0, 0x5412))
    assert.equal(EPERM, ask(program, "x86_64", "ioctl", 0, 0x5401))
  end)

  it("with profile 'none' allows only what it names", function()
    local program, resolved = policy { profile = "none", allow = { "read" }, default = "kill" }
    assert.equal("allow", ask(program, "x86_64", "read"))
    assert.equal("kill", ask(program, "x86_64", "write"))
    assert.equal("notify", ask(program, "x86_64", "execve"))
    assert.same({ filter.ASKS_EXEC, true }, { resolved.flags, resolved.kills })
  end)

  it("with log = true denies nothing but foreign ABIs", function()
    local program, resolved = policy { profile = "strict", log = true }
    assert.equal("log", ask(program, "x86_64", "mount"))
    assert.equal("log", ask(program, "x86_64", "execve"))
    assert.equal("log", ask(program, "x86_64", "openat", 0, 0, 1))
    assert.equal("log", ask(program, "x86_64", "socket", 1))
    assert.equal("allow", ask(program, "x86_64", "read"))
    assert.equal("kill", ask(program, "x86_64", 1 | bpf.X32))
    assert.equal(0, resolved.flags)
  end)

  it("asks about calls that a function answers", function()
    local program, resolved = policy { notify = { mkdir = print, execve = print } }
    assert.equal("notify", ask(program, "x86_64", "mkdir"))
    assert.equal("notify", ask(program, "x86_64", "execve"))
    assert.equal(filter.LISTEN | filter.ASKS_EXEC, resolved.flags)
    assert.equal("allow", ask(program, "x86_64", "rmdir"))
  end)
end)

describe("a plan", function()
  it("uses the shipped filter that fits", function()
    assert.same({ "filter default 0" }, engine.only(engine.plan {}, "filter"))
    assert.same({ "filter default-alone 0" }, engine.only(engine.plan { init = false }, "filter"))
    assert.same({ "filter default 0" }, engine.only(engine.plan { seccomp = "default" }, "filter"))
    assert.same({ "filter default 0" }, engine.only(engine.plan { caps = {} }, "filter"))
    assert.same({ "filter strict 2" }, engine.only(engine.plan { seccomp = "strict" }, "filter"))
    assert.same({}, engine.only(engine.plan { seccomp = false }, "filter"))
    assert.is_true(engine.plan({ seccomp = "strict" }).kills)
    assert.falsy(engine.plan({}).kills)
  end)

  it("compiles a filter where the command keeps capabilities", function()
    assert.not_same({ "filter default 0" }, engine.only(engine.plan { caps = { "sys_admin" } }, "filter"))
  end)

  it("gives the supervisor its functions, by call number", function()
    local plan = engine.plan { seccomp = { notify = { mkdir = print } } }
    assert.same({ [sys.seccomp_resolve "mkdir"] = { name = "mkdir", fn = print } }, plan.notify)
  end)

  it("is refused if the filter needs an init and there is none", function()
    assert.equal("recipe.lua:7: seccomp: notify needs the init: leave out init = false",
      engine.message(engine.plan, { init = false, seccomp = { notify = { mkdir = print } } }))
    assert.equal('recipe.lua:7: seccomp: it forbids execve, which starts the command: leave out init = false, '
      .. 'or name "execve" in allow', engine.message(engine.plan, { init = false, seccomp = "strict" }))
  end)
end)

describe("a wrong policy", function()
  local function arg(given) return { args = { read = given } } end
  local wide = {}
  for i = 1, 300 do wide[i] = i * 2 end
  local cycle = {}
  cycle[1] = cycle
  for name, case in pairs {
    ["a misspelt profile"] = { "strcit", "unknown value 'strcit' (did you mean 'strict'?)" },
    ["true"] = { true, "expected 'default' or 'strict', got boolean true" },
    ["a misspelt key"] = { { alow = {} }, "alow: unknown field (did you mean 'allow'?)" },
    ["a misspelt call"] = { { allow = { "opneat" } }, "allow: unknown system call 'opneat' (did you mean 'openat'?)" },
    ["a misspelt group"] = { { deny = { "@netwrok" } }, "deny: unknown group '@netwrok' (did you mean '@network'?)" },
    ["an open default"] = { { default = "allow" }, "default: it would let through calls that nobody thought of: "
      .. "name the calls in allow; seccomp = false means no filter" },
    ["an unknown action"] = { { default = "EWHAT" },
      'default: expected "kill", "log" or the name of an error, such as "ENOSYS", got string "EWHAT"' },
    ["an unknown error"] = { { errno = 1 }, 'errno: expected the name of an error, such as "EPERM", got number 1' },
    ["a call in allow and deny"] = { { allow = { "read" }, deny = { "read" } },
      "deny: 'read' is in allow and in deny: leave out one of them" },
    ["groups in allow and deny"] = { { allow = { "@key" }, deny = { "@key" } },
      "deny: '", "' is in a group of allow and in one of deny: name it in one of them" },
    ["a call that is answered and denied"] = { { notify = { mkdir = print }, deny = { "mkdir" } },
      "notify: 'mkdir' is in deny and in notify: leave out one of them" },
    ["a log that denies"] = { { log = true, errno = "EPERM" },
      "log: with log = true nothing is denied: leave out errno" },
    ["nothing"] = { { profile = "none" }, "seccomp: profile = \"none\" lets nothing through" },
    ["an argument that there is not"] = { arg { arg = 6, eq = 1 },
      "args.read: expected a whole number from 0 to 5, got number 6" },
    ["no comparison"] = { arg { arg = 0 }, "args.read: a comparison needs one of eq, ne, lt, le, gt, ge" },
    ["two comparisons"] = { arg { arg = 0, ge = 1, le = 2, bits = 32 },
      "args.read: a comparison cannot have both le and ge: write two in a list" },
    ["a misspelt comparison"] = { arg { arg = 0, eq = 1, msk = 3 }, "unknown word 'msk' in a comparison" },
    ["a width that is not said"] = { arg { arg = 0, ne = 1 },
      "args.read: ne: write bits = 32 for an int (the kernel reads no more) or 64 for" },
    ["a sign"] = { arg { arg = 0, eq = -1 }, "eq = -1: write bits = 32 for an int" },
    ["an order of signed numbers"] = { arg { arg = 0, lt = -1, bits = 32 }, "comparisons are unsigned" },
    ["more than 32 bits"] = { arg { arg = 0, eq = 1 << 32, bits = 32 }, "eq = 4294967296 has more than 32 bits" },
    ["a mask without the value"] = { arg { arg = 0, mask = 1, eq = 2 }, "eq = 0x2 has bits outside mask = 0x1" },
    ["a mask and a width"] = { arg { arg = 0, mask = 1, eq = 1, bits = 32 },
      "mask takes eq or ne, and no bits" },
    ["a mask of nothing"] = { arg { arg = 0, mask = 0, eq = 0 }, "mask: expected the bits to compare" },
    ["what cannot be"] = { arg { { arg = 0, eq = 1 }, { arg = 0, eq = 2 } },
      "args.read: no argument can match: leave it out, or name the call in deny" },
    ["what always is"] = { arg { arg = 0, ge = 0, bits = 64 },
      "args.read: every argument matches: leave it out, or name the call in allow" },
    ["what the profile rules out"] = { { args = { socket = { arg = 0, eq = 38 } } },
      "args.socket: the profile 'default' lets none of these through; name the call in allow too" },
    ["too many cases"] = { arg { arg = 0, eq = wide }, "args.read: too many cases" },
    ["a condition in itself"] = { arg(cycle), "args.read: conditions are nested more than 8 levels deep" },
    ["an empty condition"] = { arg {}, "args.read: the condition has no comparison" },
    ["a number"] = { arg(3), "args.read: expected a comparison such as { arg = 0, eq = 1 }, got number 3" },
    ["any with more"] = { arg { any = { { arg = 0, eq = 1 } }, 3 }, "any = { ... } must stand alone, found '1'" },
    ["the arguments of execve"] = { { args = { execve = { arg = 0, eq = 0 } } },
      "args.execve: its arguments are addresses" },
    ["an answer that is none"] = { { notify = { mkdir = 1 } }, "notify.mkdir: expected a function, got number 1" },
  } do
    it("is refused: " .. name, function()
      local text = engine.message(engine.plan, { seccomp = case[1] })
      for i = 2, #case do assert(text:find(case[i], 1, true), text .. "\n" .. case[i]) end
      assert.equal("recipe.lua:1: seccomp", text:match("^recipe.lua:1: seccomp"))
    end)
  end
end)
