--- The field landlock, for each ABI: what it holds, and what it says about what a kernel lacks.
local engine = require "support.engine"
local rights = require "nsengine.rights"

local ns = require "nsengine"

local function host(abi, changes)
  local facts = engine.host(changes)
  facts.landlock_abi = abi
  return facts
end

--- The landlock steps of a plan, with rights by name.
local function steps(fields, abi, changes)
  local lines = {}
  for _, step in ipairs(engine.plan(fields, host(abi, changes)).steps) do
    if step[1] == "landlock" then
      lines[#lines + 1] = ("handled %s %s %s"):format(rights.text("fs", step[2]), rights.text("net", step[3]),
        rights.text("scope", step[4]))
    elseif step[1] == "landlock_path" then
      lines[#lines + 1] = ("%s %s / %s%s"):format(step[2], rights.text("fs", step[3]), rights.text("fs", step[4]),
        step[5] == 1 and " optional" or "")
    elseif step[1] == "landlock_port" then
      lines[#lines + 1] = ("%d %s"):format(step[2], rights.text("net", step[3]))
    elseif step[1] == "landlock_restrict" then
      lines[#lines + 1] = "restrict " .. step[2]
    end
  end
  return lines
end

local function complaint(fields, abi, changes)
  local text, err = engine.message(engine.plan, fields, host(abi, changes))
  return text:gsub("^recipe.lua:%d+: ", ""):gsub("\n  hint:.*", ""), err
end

local V1 = "EXECUTE|WRITE_FILE|READ_FILE|READ_DIR|REMOVE_DIR|REMOVE_FILE|MAKE_CHAR|MAKE_DIR|MAKE_REG|MAKE_SOCK|"
  .. "MAKE_FIFO|MAKE_BLOCK|MAKE_SYM"
local WRITE = "WRITE_FILE|READ_FILE|READ_DIR|REMOVE_DIR|REMOVE_FILE|MAKE_CHAR|MAKE_DIR|MAKE_REG|MAKE_SOCK|MAKE_FIFO|"
  .. "MAKE_BLOCK|MAKE_SYM"

describe("the landlock rights", function()
  it("agree with <linux/landlock.h>, as far as this machine's header goes", function()
    local file = io.open "/usr/include/linux/landlock.h"
    if not file then return pending "needs the kernel's headers" end
    local text, count = file:read "a", 0
    file:close()
    for kind, prefix in pairs { fs = "ACCESS_FS_", net = "ACCESS_NET_", scope = "SCOPE_" } do
      for name, bit in text:gmatch("#define LANDLOCK_" .. prefix .. "([%u_]+)%s+%(1ULL << (%d+)%)") do
        assert.equal(tonumber(bit), rights.kinds[kind][name][1], name)
        count = count + 1
      end
    end
    assert.is_true(count >= 13)
  end)

  it("are all that the ABI has, and no others", function()
    local fs = { { "REFER", 2 }, { "TRUNCATE", 3 }, { "IOCTL_DEV", 5 } }
    for abi = 1, 10 do
      local held = V1
      for _, right in ipairs(fs) do held = held .. (abi >= right[2] and "|" .. right[1] or "") end
      local optional = { "landlock" }
      assert.equal(("handled %s 0 0"):format(held), steps({ landlock = { write = { "/w" } }, optional = optional },
        abi)[1])
    end
  end)
end)

describe("landlock = { read, write, exec }", function()
  it("denies all three as soon as one of them is named", function()
    assert.same({
      "handled " .. V1 .. "|REFER|TRUNCATE|IOCTL_DEV 0 0",
      "/r READ_FILE|READ_DIR / READ_FILE",
      "/w " .. WRITE .. "|REFER|TRUNCATE|IOCTL_DEV / WRITE_FILE|READ_FILE|TRUNCATE|IOCTL_DEV",
      "/usr EXECUTE|READ_FILE|READ_DIR / EXECUTE|READ_FILE",
      "restrict 0",
    }, steps({ landlock = { read = { "/r" }, write = { "/w/" }, exec = { "/usr" } } }, 6))
    assert.same({ "handled " .. V1 .. "|REFER|TRUNCATE|IOCTL_DEV 0 0", "restrict 0" },
      steps({ landlock = { read = {} } }, 6))
  end)

  it("skips a missing path only if its word is optional", function()
    local fields = { landlock = { read = { "/r" }, write = { "/w" } }, optional = { "landlock.read" } }
    assert.equal("/r READ_FILE|READ_DIR / READ_FILE optional", steps(fields, 6)[2])
    assert.falsy(steps(fields, 6)[3]:find("optional", 1, true))
  end)

  it("is refused if the kernel lacks a part of it", function()
    assert.equal("landlock.read: needs ABI 1 (Linux 5.13), this kernel has no landlock, or it is not enabled",
      complaint({ landlock = { read = { "/" } } }, 0))
    assert.equal("landlock.write: truncating needs ABI 3 (Linux 6.2), this kernel has 2",
      complaint({ landlock = { exec = { "/usr" } } }, 2))
    assert.equal("landlock.write: ioctl(2) of a device needs ABI 5 (Linux 6.10), this kernel has 4",
      complaint({ landlock = { exec = { "/usr" } }, share = { "mount" } }, 4))
    -- No device can be opened: the mounts are nodev.
    assert.equal("handled " .. V1 .. "|REFER|TRUNCATE 0 0", steps({ landlock = { exec = { "/usr" } } }, 4)[1])
  end)

  it("warns about that if it is optional, and holds the rest", function()
    local plan = engine.plan({ landlock = { exec = { "/usr" } }, optional = { "landlock" } }, host(2))
    assert.same({ "recipe.lua:14: landlock.write: truncating needs ABI 3 (Linux 6.2), this kernel has 2: not enforced "
      .. "(listed in 'optional')" }, plan.warnings)
    assert.equal("ABI 2: files", plan.enforced.landlock)
    plan = engine.plan({ landlock = { exec = { "/usr" } }, optional = { "landlock" } }, host(0))
    assert.same({}, engine.only(plan, "landlock", "landlock_path", "landlock_restrict"))
    assert.is_nil(plan.enforced.landlock)
    assert.equal(2, #plan.warnings)
  end)
end)

describe("landlock = { connect, bind }", function()
  it("denies both as soon as one is named, and does not restrict renaming", function()
    local fields = { landlock = { connect = { 443 } } }
    assert.same({ "handled REFER BIND_TCP|CONNECT_TCP 0", "443 CONNECT_TCP", "/ REFER / 0", "restrict 0" },
      steps(fields, 7))
    assert.same({ "handled REFER BIND_TCP|CONNECT_TCP 0", "/ REFER / 0", "restrict 0" },
      steps({ landlock = { connect = {} } }, 4))
  end)

  it("covers UDP and sockets in the file system where the kernel can", function()
    assert.same({
      "handled REFER|RESOLVE_UNIX BIND_TCP|CONNECT_TCP|BIND_UDP|CONNECT_SEND_UDP 0",
      "443 CONNECT_TCP", "53 CONNECT_SEND_UDP", "/run/bus RESOLVE_UNIX / RESOLVE_UNIX", "8080 BIND_TCP",
      "5353 BIND_UDP", "0 BIND_UDP", "/ REFER / 0", "restrict 0",
    }, steps({ landlock = { connect = { 443, "53/udp", "/run/bus" }, bind = { 8080, "5353/udp" } } }, 10))
    assert.same({ "handled REFER BIND_TCP|BIND_UDP 0", "0 BIND_UDP", "/ REFER / 0", "restrict 0" },
      steps({ landlock = { connect = { "tcp", "udp", "unix" } } }, 10))
    assert.same({ "handled REFER|RESOLVE_UNIX CONNECT_TCP|CONNECT_SEND_UDP 0", "/ REFER / 0", "restrict 0" },
      steps({ landlock = { bind = { "tcp", "udp" } } }, 10))
  end)

  it("is refused if the kernel lacks it", function()
    for abi = 1, 3 do
      assert.equal(("landlock.connect: needs ABI 4 (Linux 6.7), this kernel has %d"):format(abi),
        complaint({ landlock = { connect = { 443 } } }, abi))
    end
    assert.equal("landlock.connect: UDP needs ABI 10 (Linux 7.2), this kernel has 9",
      complaint({ landlock = { connect = { "53/udp" } } }, 9))
    assert.equal("landlock.connect: UDP needs ABI 10 (Linux 7.2), this kernel has 7",
      complaint({ landlock = { connect = { 443 } }, share = { "net" } }, 7))
    assert.equal("landlock.connect: a socket in the file tree needs ABI 9 (Linux 7.1), this kernel has 8",
      complaint({ landlock = { connect = { 443, "udp" } }, share = { "net", "mount" } }, 8))
    assert.equal("landlock.bind: UDP needs ABI 10 (Linux 7.2), this kernel has 9",
      complaint({ landlock = { bind = { "53/udp" } } }, 9))
  end)
end)

describe("landlock = { scope }", function()
  it("takes one scope, or all", function()
    assert.same({ "handled REFER 0 ABSTRACT_UNIX_SOCKET|SIGNAL", "/ REFER / 0", "restrict 0" },
      steps({ landlock = { scope = true } }, 6))
    assert.same({ "handled REFER 0 SIGNAL", "/ REFER / 0", "restrict 0" },
      steps({ landlock = { scope = { "signal" } } }, 6))
  end)

  it("is refused if neither the kernel nor a namespace can hold it", function()
    assert.same({}, steps({ landlock = { scope = true } }, 5))
    assert.equal("landlock.scope: needs ABI 6 (Linux 6.12), this kernel has 5",
      complaint({ landlock = { scope = true }, share = { "pid" } }, 5))
    assert.same({}, steps({ landlock = { scope = { "abstract_unix_socket" } }, share = { "pid" } }, 5))
    assert.equal("landlock.scope: needs ABI 6 (Linux 6.12), this kernel has 3",
      complaint({ landlock = { scope = { "abstract_unix_socket" } }, net = "host" }, 3))
  end)
end)

describe("landlock = { log }", function()
  it("writes denials to the kernel's log", function()
    assert.same({ "handled REFER 0 SIGNAL", "/ REFER / 0", "restrict 2" },
      steps({ landlock = { scope = { "signal" }, log = true } }, 7))
    assert.equal("landlock.log: needs ABI 7 (Linux 6.15), this kernel has 6",
      complaint({ landlock = { scope = { "signal" }, log = true } }, 6))
  end)
end)

describe("share = 'all'", function()
  local open = { "udp", "unix" }

  it("makes no namespace, changes no ids, and confines by landlock alone", function()
    local plan = engine.plan({ share = "all", landlock = { exec = { "/usr" }, connect = open } }, host(7))
    assert.equal(0, plan.flags)
    assert.is_true(plan.init)
    assert.same({}, engine.only(plan, "ids", "userns", "private", "scratch", "pivot", "hostname", "link_up"))
    assert.same({ "capabilities 0 239 1" }, engine.only(plan, "capabilities"))
    assert.equal("ABI 7: files, tcp, abstract_unix_socket, signal", plan.enforced.landlock)
    assert.same({
      "handled " .. V1 .. "|REFER|TRUNCATE|IOCTL_DEV BIND_TCP|CONNECT_TCP ABSTRACT_UNIX_SOCKET|SIGNAL",
      "/usr EXECUTE|READ_FILE|READ_DIR / EXECUTE|READ_FILE", "restrict 0",
    }, steps({ share = "all", landlock = { exec = { "/usr" }, connect = open } }, 7))
  end)

  it("makes root's command another user", function()
    local facts = engine.root { landlock_abi = 10 }
    local function ids(fields, root) return engine.only(engine.plan(fields, root or facts), "setgroups", "ids") end
    local box = { share = "all", landlock = { exec = { "/usr" } } }
    assert.same({ "setgroups ", "ids 65534 65534" }, ids(box))
    box.user = "self"
    assert.same({ "setgroups " }, ids(box))
    box.user = nil
    local lonely = engine.root { landlock_abi = 10, uid_map = { { 0, 1000, 1 } }, gid_map = { { 0, 1000, 1 } } }
    assert.same({}, ids(box, lonely))
  end)

  it("is refused without landlock, unless the recipe says landlock = false", function()
    assert.equal('share: with "all", only landlock separates the command from the host: name what it may reach, '
      .. 'landlock = { exec = { "/usr" } }', complaint({ share = "all" }, 7))
    local list = { "ipc", "uts", "net", "pid", "user", "mount", "cgroup", "time" }
    assert.matches("^share: with \"all\"", (complaint({ share = list }, 7)))
    assert.equal(0, engine.plan({ share = "all", landlock = false }, host(0)).flags)
    assert.equal('share: with "all", only landlock separates the command from the host, and this kernel has none',
      (complaint({ share = "all", landlock = { exec = { "/usr" } }, optional = { "landlock" } }, 0)))
  end)

  it("is refused if the kernel's landlock lacks a part that confines the command", function()
    local box = { share = "all", landlock = { exec = { "/usr" } } }
    assert.equal("landlock.connect: UDP needs ABI 10 (Linux 7.2), this kernel has 9", (complaint(box, 9)))
    assert.equal("landlock.connect: needs ABI 4 (Linux 6.7), this kernel has 3", (complaint({ share = "all",
      landlock = { exec = { "/usr" }, connect = open }, optional = { "landlock.write" } }, 3)))
    assert.equal("landlock.scope: needs ABI 6 (Linux 6.12), this kernel has 5", (complaint({ share = "all",
      landlock = { exec = { "/usr" }, connect = open } }, 5)))
  end)

  it("refuses another user or a file tree for an ordinary user", function()
    local function of(fields)
      fields.share, fields.landlock = "all", { exec = { "/usr" }, connect = open }
      return (complaint(fields, 7))
    end
    assert.equal("user: an ordinary user can become another only in a new user namespace, but all are shared",
      of { user = "nobody" })
    assert.equal("user: an ordinary user can become another only in a new user namespace, but all are shared",
      of { user = { uid = 5 } })
    assert.matches("^user: a shared user namespace has no map of its own", of { user = "root" })
    assert.matches('^fs: share = { "mount" } or "all" keeps the host\'s file tree', of { fs = { ["/"] = ns.ro "/" } })
    assert.matches("^net: 'none' contradicts", of { net = "none" })
  end)
end)

describe("a wrong value of landlock", function()
  for value, text in pairs {
    [{}] = "landlock: an empty table restricts nothing: name what may be reached, or write false",
    [{ raed = {} }] = "landlock.raed: unknown field (did you mean 'read'?)",
    [{ read = "/usr" }] = 'landlock.read: expected a list of paths, got string "/usr"; write { "/usr" }',
    [{ read = { "usr" } }] = 'landlock.read: "usr" is a path inside the sandbox: it must start with /',
    [{ write = { "/a/../b" } }] =
      'landlock.write: "/a/../b": ".." is not allowed in a path inside the sandbox; write the full path',
    [{ connect = 443 }] = "landlock.connect: expected a list of ports, got number 443",
    [{ connect = { "443" } }] = 'landlock.connect: expected ports such as 443 or "53/udp", socket paths, or "unix", '
      .. '"tcp" or "udp" for all, got string "443"',
    [{ bind = { "/run/x" } }] = 'landlock.bind: expected ports such as 443 or "53/udp", or "tcp" or "udp" for all, '
      .. 'got string "/run/x"',
    [{ bind = { 65536 } }] = "landlock.bind: expected a whole number from 0 to 65535, got number 65536",
    [{ scope = { "signals" } }] = "landlock.scope: unknown value 'signals' (did you mean 'signal'?)",
    [{ log = 1 }] = "landlock.log: expected true or false, got number 1",
  } do
    it("is refused: " .. text, function()
      assert.equal(text, (complaint({ landlock = value }, 10)))
    end)
  end
end)

describe("landlock in box:with", function()
  it("is merged word by word", function()
    local schema = require "nsengine.schema"
    local base = schema.merge({}, schema.check("r:1", { landlock = { read = { "/a" }, scope = true } }))
    local more = schema.merge(base, schema.check("r:2", { landlock = { read = { "/b" }, scope = false } }))
    assert.same({ read = { "/b" } }, more.landlock)
    assert.is_false(schema.merge(base, schema.check("r:2", { landlock = false })).landlock)
  end)
end)
