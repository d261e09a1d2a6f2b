--- Network links, in network namespaces that the specs make.
local support = require "support"
local sys = require "nsengine.sys"

local tunnels = { ipip = true, sit = true, gre = true, gretap = true, erspan = true, ip6tnl = true, ip6gre = true,
                  vti = true, vti6 = true }

--- Runs fn as `uid`, in a new network namespace that it may change.
local function inside(uid, fn)
  return support.child({ uid = uid }, function()
    assert(sys.unshare((uid == 0 and 0 or sys.CLONE_NEWUSER) | sys.CLONE_NEWNET))
    return fn()
  end)
end

--- The result of connecting to 127.0.0.1, where nothing listens on port 9.
local function connect()
  local r, w = sys.pipe()
  local _child <close> = assert(sys.clone(0, function()
    w:dup(2)
    return sys.exec({ "/bin/bash", "-c", ": < /dev/tcp/127.0.0.1/9" }, { LC_ALL = "C" })
  end))
  w:close()
  local text = ""
  repeat
    local more = r:read()
    text = text .. more
  until more == ""
  return text
end

for _, uid in ipairs(support.users) do
  describe("a new network namespace, as uid " .. uid .. ",", function()
    it("has only lo, which is down", function()
      local links = inside(uid, sys.links)
      local lo = table.remove(links, 1)
      assert.same({ name = "lo", index = 1, up = false, flags = sys.IFF_LOOPBACK, mtu = 65536, kind = "",
                    address = "00:00:00:00:00:00" }, lo)
      -- A kernel with tunnels built in adds the fallback link of each, down: net.core.fb_tunnels_only_for_init_net.
      for _, link in ipairs(links) do
        assert.truthy(tunnels[link.kind], link.name)
        assert.is_false(link.up, link.name)
      end
    end)

    it("can use 127.0.0.1 after lo is up", function()
      local down, set, up, links, again = inside(uid, function()
        local before = connect()
        local value = sys.link_set("lo", { up = true })
        local between, all = connect(), sys.links()
        assert(sys.link_set("lo", { up = false }))
        return before, value, between, all, sys.links()
      end)
      assert.truthy(down:find("Network is unreachable", 1, true), down)
      assert.is_true(set)
      assert.truthy(up:find("Connection refused", 1, true), up)
      assert.is_true(links[1].up)
      assert.truthy(links[1].flags & sys.IFF_UP ~= 0 and links[1].flags & sys.IFF_LOOPBACK ~= 0)
      assert.is_false(again[1].up)
    end)

    it("accepts another MTU, alone or with other changes", function()
      local one, two, up = inside(uid, function()
        assert(sys.link_set("lo", { mtu = 1500 }))
        local first = sys.links()[1].mtu
        assert(sys.link_set("lo", { mtu = 9000, up = true }))
        return first, sys.links()[1].mtu, sys.links()[1].up
      end)
      assert.equal(1500, one)
      assert.equal(9000, two)
      assert.is_true(up)
    end)

    it("does not change if nothing is requested", function()
      local before, after = inside(uid, function()
        local was = sys.links()
        assert(sys.link_set("lo", {}))
        return was, sys.links()
      end)
      assert.same(before, after)
    end)

    it("has an error with the name for a link that does not exist", function()
      assert.same({ nil, "link_set nope0: No such device (ENODEV)", sys.ENODEV }, inside(uid, function()
        return { sys.link_set("nope0", { up = true }) }
      end))
    end)
  end)
end

describe("sys.links", function()
  it("returns a link's kind and address", function()
    if not support.root then return pending("needs root, to make a link with ip(8)") end
    local kind, links = inside(0, function()
      for _, try in ipairs { "dummy", "bridge", "veth" } do
        local ip <close> = assert(sys.clone(0, function()
          assert(sys.open("/dev/null", sys.O_WRONLY)):dup(2)
          return sys.exec({ "ip", "link", "add", "d0", "address", "02:00:00:00:ab:cd", "type", try },
            { PATH = "/usr/sbin:/sbin" })
        end))
        if ip:wait() then return try, sys.links() end
      end
    end)
    if not kind then return pending("needs ip(8) and a kernel with dummy, bridge or veth links") end
    local link
    for _, each in ipairs(links) do link = each.name == "d0" and each or link end
    assert.same({ kind, "02:00:00:00:ab:cd", false }, { link.kind, link.address, link.up })
  end)

  it("leaves no descriptor open", function()
    local before = #support.descriptors()
    for _ = 1, 5 do
      sys.links()
      sys.link_set("nope0", {})
    end
    assert.equal(before, #support.descriptors())
  end)
end)

describe("sys.link_set", function()
  it("fails for a user without privilege", function()
    for _, uid in ipairs(support.users) do
      if uid ~= 0 then
        assert.same({ nil, "link_set lo: Operation not permitted (EPERM)", sys.EPERM },
          support.child({ uid = uid }, function() return { sys.link_set("lo", { up = true }) } end))
      end
    end
  end)

  it("raises for wrong arguments", function()
    support.misuse(1, "link_set", "string expected, got no value%)$")
    support.misuse(1, "link_set", "1 to 15 bytes expected%)$", "", {})
    support.misuse(1, "link_set", "1 to 15 bytes expected%)$", ("x"):rep(16), {})
    support.misuse(1, "link_set", "string with an embedded NUL after 2 bytes%)$", "lo\0", {})
    support.misuse(2, "link_set", "table expected, got no value%)$", "lo")
    support.misuse(2, "link_set", "unknown field 'upp'%)$", "lo", { upp = true })
    support.misuse(2, "link_set", "field 'up': boolean expected, got number%)$", "lo", { up = 1 })
    support.misuse(2, "link_set", "field 'mtu': integer expected, got string%)$", "lo", { mtu = "1500" })
    support.misuse(2, "link_set", "field 'mtu': integer expected, got number%)$", "lo", { mtu = 1.5 })
    support.misuse(2, "link_set", "field 'mtu': 0 is out of range: 1 to 2147483647%)$", "lo", { mtu = 0 })
    support.misuse(2, "link_set", "field 'mtu': %-1 is out of range", "lo", { mtu = -1 })
    support.misuse(2, "link_set", "field 'mtu': 4294967296 is out of range", "lo", { mtu = 1 << 32 })
  end)
end)
