--- sys.clone: a function runs in a child, once, and nothing of the parent happens twice.
local support = require "support"
local sys = require "nsengine.sys"

describe("sys.clone", function()
  local function status(fn)
    local child <close> = assert(sys.clone(0, fn))
    return child:wait()
  end

  it("makes the function's result the exit status", function()
    assert.same({ true, "exit", 0 }, { status(function() end) })
    assert.same({ true, "exit", 0 }, { status(function() return true end) })
    assert.same({ nil, "exit", 1 }, { status(function() return false end) })
    assert.same({ nil, "exit", 7 }, { status(function() return 7 end) })
    assert.same({ nil, "exit", 9 }, { status(function() return nil, "exit", 9 end) })
    assert.same({ nil, "exit", 137 }, { status(function() return nil, "signal", 9 end) })
  end)

  it("passes arguments, and copies of upvalues", function()
    local count = 1
    local child <close> = assert(sys.clone(0, function(a, b)
      count = count + a + b
      return count
    end, 2, 3))
    assert.same({ nil, "exit", 6 }, { child:wait() })
    assert.equal(1, count)
  end)

  it("prints an error once, with its traceback, and exits with 125", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      local child = sys.clone(0, function() error("broken") end)
      return child:wait()]]
    assert.equal(125, r.code)
    local _, times = r.stderr:gsub("broken", "")
    assert.equal(1, times)
    assert.truthy(r.stderr:find("nsengine: clone: .*recipe.lua:2: broken\nstack traceback:"))
  end)

  it("writes buffered output once", function()
    local r = support.recipe [[
      local sys = require "nsengine.sys"
      io.stdout:setvbuf("full")
      io.write("before ")
      local child = sys.clone(0, function() io.write("child ") end)
      child:wait()
      io.write("after")]]
    assert.equal("before child after", r.stdout)
  end)

  it("closes no variable of the parent in the child", function()
    local closed = {}
    do
      local _guard <close> = setmetatable({}, { __close = function() closed[#closed + 1] = sys.getpid() end })
      status(function() error("leaves the scope") end)
    end
    assert.same({ sys.getpid() }, closed)
  end)

  it("runs no finalizer of the parent in the child", function()
    local r, w = sys.pipe()
    setmetatable({}, { __gc = function() w:write(tostring(sys.getpid()) .. "\n") end })
    status(function()
      local garbage = {}
      for i = 1, 100000 do garbage[i % 10] = { i } end
    end)
    collectgarbage()
    assert.equal(sys.getpid() .. "\n", r:read())
  end)

  it("refuses flags that make no sense for a Lua function, and says which do", function()
    support.raises("unknown flags %(256%): CLONE_NEW%*", sys.clone, 256, print) -- CLONE_VM
    support.raises("number expected, got nil", sys.clone, nil, print)
    support.raises("function expected, got no value", sys.clone, 0)
    support.raises("unknown field 'cgruop'", sys.clone, { cgruop = 3 }, print)
  end)
end)
