--- The module as a file: what it shows to a program that loads it, and what it needs.
local support = require "support"

local path = support.build .. "/lib/nsengine/sys.so"

local function readelf(option)
  local r = support.run { "readelf", "-W", option, path }
  assert.equal(0, r.code, r.stderr)
  return r.stdout
end

local has_readelf = support.run({ "sh", "-c", "command -v readelf" }).code == 0

describe("nsengine/sys.so", function()
  it("exports one symbol, the one that require looks for", function()
    if not has_readelf then return pending("needs readelf") end
    local shown = {}
    for bind, visibility, section, name in readelf("--dyn-syms")
      :gmatch("%x+ +%d+ +%u+ +(%u+) +(%u+) +(%S+) +(%S+)") do
      if section ~= "UND" and section ~= "ABS" then
        shown[#shown + 1] = name
        assert.same({ "GLOBAL", "DEFAULT" }, { bind, visibility })
      end
    end
    assert.same({ "luaopen_nsengine_sys" }, shown)
  end)

  it("uses the Lua of the program that loads it, not a liblua of its own", function()
    if not has_readelf then return pending("needs readelf") end
    local needed = {}
    for name in readelf("-d"):gmatch("%(NEEDED%)%s+Shared library: %[([^%]]+)%]") do needed[#needed + 1] = name end
    assert.truthy(#needed >= 1)
    for _, name in ipairs(needed) do assert.falsy(name:find("lua"), name) end
    assert.truthy(readelf("--dyn-syms"):find("UND lua_newuserdatauv"))
  end)

  it("has no executable stack and no writable code, and binds its symbols at once", function()
    if not has_readelf then return pending("needs readelf") end
    local segments = readelf("-l")
    assert.truthy(segments:find("GNU_STACK +%S+ %S+ %S+ %S+ %S+ RW "), segments)
    assert.truthy(segments:find("GNU_RELRO"))
    assert.falsy(segments:find("LOAD +%S+ %S+ %S+ %S+ %S+ RWE"))
    local dynamic = readelf("-d")
    assert.truthy(dynamic:find("BIND_NOW") or dynamic:find("Flags: NOW"))
    assert.falsy(dynamic:find("RPATH") or dynamic:find("RUNPATH"))
    assert.falsy(dynamic:find("TEXTREL"))
  end)
end)
