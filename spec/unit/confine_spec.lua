--- Which mechanism enforces a limit, decided from the facts of made-up hosts.
local engine = require "support.engine"
local ns = require "nsengine"

local build, only = engine.plan, engine.only

--- A host that may make groups of a version, with these controllers.
local function host(version, controllers, changes)
  local facts = changes or {}
  facts.cgroups = function(wanted)
    for name in next, wanted do
      if name ~= "usage" and not (" " .. controllers .. " "):find(" " .. name .. " ", 1, true) then
        return nil, ("there is no '%s'"):format(name), "make one"
      end
    end
    return { driver = version, guarded = true, base = "/g", hierarchies = { { base = "/g", controllers = wanted } },
      cpus = "0-1\n", mems = "0\n", wanted = wanted, scope = facts.scope }
  end
  return (facts.euid == 0 and engine.root or engine.host)(facts)
end

local all = "memory pids cpu cpuset io"

--- "memory.max 1024" for each file that is written.
local function files(plan)
  local lines = {}
  for i, setting in ipairs(plan.group.settings) do lines[i] = setting[3] .. " " .. setting[4] end
  return lines
end

describe("a control group", function()
  local limits = { memory = "1M", swap = "2M", pids = 5, cpus = 1.5, cpu_weight = 50, cpuset = { 0, 1 },
    io = { ["/disk"] = { read = "1K", write_ops = 7 } }, cpu_time = 2 }

  it("of version 2 gets every limit", function()
    local plan = build({ limits = limits }, host("cgroup2", all))
    assert.same({ "memory.max 1048576", "memory.oom.group 1", "memory.swap.max 2097152", "pids.max 6",
      "cpu.max 150000 100000", "cpu.weight 50", "cpuset.cpus 0,1", "io.max 8:0 rbps=1024 wiops=7" }, files(plan))
    assert.same({ memory = "cgroup2", swap = "cgroup2", pids = "cgroup2", cpus = "cgroup2", cpu_weight = "cgroup2",
      cpuset = "cgroup2", io = "cgroup2", cpu_time = "cgroup2" }, plan.enforced)
  end)

  it("of version 1 gets the same limits under its own names", function()
    local plan = build({ limits = limits }, host("cgroup1", all))
    assert.same({ "memory.limit_in_bytes 1048576", "memory.memsw.limit_in_bytes 3145728", "pids.max 6",
      "cpu.cfs_quota_us 150000", "cpu.shares 512", "cpuset.mems 0", "cpuset.cpus 0,1",
      "blkio.throttle.read_bps_device 8:0 1024", "blkio.throttle.write_iops_device 8:0 7" }, files(plan))
    assert.equal("cgroup1", plan.enforced.memory)
  end)

  it("allows no swap unless limits.swap does", function()
    assert.same({ "memory.max 1024", "memory.oom.group 1", "memory.swap.max 0" },
      files(build({ limits = { memory = 1024 } }, host("cgroup2", all))))
    assert.same({ "memory.limit_in_bytes 8192", "memory.memsw.limit_in_bytes 12288" }, -- a page: see the driver
      files(build({ limits = { memory = 8192 } }, host("cgroup1", all))))
  end)

  it("has room for the init beside the command's processes", function()
    assert.same({ "pids.max 5" }, files(build({ limits = { pids = 5 }, init = false }, host("cgroup2", all))))
    assert.equal("recipe.lua:11: limits.pids: without an init, the set-up briefly needs a second process: "
      .. "pids = 2, or init = true", (engine.message(build, { limits = { pids = 1 }, init = false },
        host("cgroup2", all, { euid = 0 }))))
    assert.same({ "pids.max 1" }, files(build({ limits = { pids = 1 }, init = false }, host("cgroup2", all))))
  end)

  it("is backed by an RLIMIT_CPU that strikes later", function()
    assert.same({ "rlimit 0 3 3" }, only(build({ limits = { cpu_time = 1.5 } }, host("cgroup2", all)), "rlimit"))
  end)

  it("cannot be changed by the payload: where its user owns the group, only a subgroup is visible", function()
    assert.is_true(build({ limits = { pids = 5 } }, host("cgroup1", all)).group.walled)
    assert.is_false(build({ limits = { pids = 5 } }, host("cgroup1", all, { euid = 0 })).group.walled)
    assert.is_true(build({ limits = { pids = 5 }, user = "self" }, host("cgroup1", all, { euid = 0 })).group.walled)
  end)

  it("with little memory is entered by a process that does not share the caller's", function()
    assert.is_true(build({ limits = { memory = "1M" } }, host("cgroup2", all)).group.apart)
    assert.is_false(build({ limits = { memory = "64M" } }, host("cgroup2", all)).group.apart)
  end)

  it("is not made if no limit needs one", function()
    assert.is_nil(build({ limits = { wall_time = 1, files = 5, output = 10 } }, host("cgroup2", all)).group)
  end)

  it("is not requested from systemd for cpu_time alone, which an rlimit can hold", function()
    local asked = { scope = "user" }
    local plan = build({ limits = { cpu_time = 1 } }, host("cgroup2", all, asked))
    assert.is_nil(plan.group)
    assert.equal("rlimit", plan.enforced.cpu_time)
    plan = build({ limits = { cpu_time = 1, pids = 5 } }, host("cgroup2", all, asked))
    assert.equal("cgroup2", plan.enforced.cpu_time)
  end)

  it("is requested from systemd only for limits that it can hold", function()
    local plan = build({ limits = { memory = "64M", cpu_time = 1, io = { ["/disk"] = { read = 1 } } },
      optional = { "limits.io" } }, host("cgroup2", "memory pids cpu", { scope = "user" }))
    assert.same({ memory = "cgroup2", cpu_time = "cgroup2" }, plan.enforced)
    assert.matches("limits.io: skipped: no control group can enforce it: there is no 'io'", plan.warnings[1], 1, true)
    assert.matches("limits.io: no control group can enforce it", (engine.message(build,
      { limits = { memory = "64M", io = { ["/disk"] = { read = 1 } } } },
      host("cgroup2", "memory pids cpu", { scope = "user" }))))
  end)
end)

describe("without a control group", function()
  it("enforces limits by rlimit where that is reliable, and refuses the others", function()
    local plan = build { limits = { pids = 5, cpu_time = 1.5 } }
    assert.same({ pids = "rlimit", cpu_time = "rlimit" }, plan.enforced)
    assert.same({ "rlimit 0 3 4", "rlimit 6 6 6" }, only(plan, "rlimit"))
    assert.is_nil(plan.group)
    for _, limits in ipairs { { memory = 1 }, { swap = 1 }, { cpus = 1 }, { cpu_weight = 1 }, { cpuset = 0 },
      { io = { ["/disk"] = { read = 1 } } } } do
      local text, err = engine.message(build, { limits = limits })
      assert.matches("^recipe.lua:%d+: limits." .. next(limits) .. ": no control group can enforce it: there is none",
        text)
      assert.same({ "host", "make one" }, { err.kind, err.hint })
    end
  end)

  it("refuses limits.pids where RLIMIT_NPROC would not hold", function()
    -- RLIMIT_NPROC does not bind the host's root, and without a new namespace counts all processes of the user.
    for _, fields in ipairs { { user = "self" }, { share = { "user" }, user = { uid = 5, gid = 5 } } } do
      fields.limits = { pids = 5 }
      assert.matches("limits.pids: no control group can enforce it", (engine.message(build, fields, engine.root())))
    end
  end)

  it("skips an optional limit with a warning, and enforces the rest", function()
    local plan = build({ limits = { memory = "1G", pids = 5 }, optional = { "limits.memory" } },
      host("cgroup2", "pids"))
    assert.same({ "pids.max 6" }, files(plan))
    assert.same({ pids = "cgroup2" }, plan.enforced)
    assert.same({ "recipe.lua:13: limits.memory: skipped: no control group can enforce it: there is no 'memory'; "
      .. "limits.address_space limits each process separately (listed in 'optional')" }, plan.warnings)
    assert.matches("limits.memory: no control group can enforce it", (engine.message(build,
      { limits = { memory = "1G", pids = 5 } }, host("cgroup2", "pids"))))
  end)
end)

describe("a limit that this host cannot enforce", function()
  it("is refused: missing processors, paths on no disk, swap without memory", function()
    local function complaint(limits, version)
      return (engine.message(build, { limits = limits }, host(version or "cgroup2", all)))
    end
    assert.equal("recipe.lua:13: limits.cpuset: processor 7 is not available: this process may use 0-1",
      complaint { cpuset = "0,7" })
    assert.equal("recipe.lua:9: limits.io: /tmp: it is not on a disk", complaint { io = { ["/tmp"] = { read = 1 } } })
    assert.equal("recipe.lua:11: limits.swap: cgroup v1 counts memory and swap together: set limits.memory too",
      complaint({ swap = 1 }, "cgroup1"))
  end)
end)

describe("limits.disk", function()
  it("is shared out among the tmpfs that have no size", function()
    local fs = { ["/tmp"] = ns.tmpfs, ["/a"] = ns.tmpfs { size = "4M" }, ["/dev"] = ns.dev }
    local plan = build { fs = fs, limits = { disk = "10M" } }
    local sizes = {}
    for _, line in ipairs(only(plan, "filesystem", "dev")) do
      sizes[#sizes + 1] = line:match " (/%S+)" .. " " .. (line:match "size=(%d+)" or line:match "(%d+)$")
    end
    assert.same({ "/a 4194304", "/dev 3145728", "/tmp 3145728" }, sizes)
    assert.equal("tmpfs", plan.enforced.disk)
  end)

  it("is refused where it cannot hold", function()
    for _, mount in ipairs { ns.rw "/x", ns.overlay { lower = "/", upper = "/u", work = "/w" } } do
      assert.matches("limits.disk: fs./x is a host directory, whose size cannot be limited here$",
        (engine.message(build, { fs = { ["/x"] = mount }, limits = { disk = "1G" } })))
    end
    assert.matches("limits.disk: too small for the tmpfs in fs: 2097152 bytes in all, plus 1 without a size$",
      (engine.message(build, { fs = { ["/x"] = ns.tmpfs { size = "2M" }, ["/y"] = ns.tmpfs },
        limits = { disk = "2M" } })))
    local plan = build { fs = { ["/x"] = ns.rw "/x" }, limits = { disk = "1G" }, optional = { "limits.disk" } }
    assert.is_nil(plan.enforced.disk)
    assert.equal(1, #plan.warnings)
  end)
end)
