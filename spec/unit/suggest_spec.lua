--- Suggests the known name that a mistaken one most likely meant.
local suggest = require "nsengine.suggest"

local function names(...)
  local set = {}
  for _, name in ipairs { ... } do set[name] = true end
  return set
end

describe("a suggestion", function()
  local known = names("mount", "umount", "unshare", "clone", "CLONE_NEWUTS", "CLONE_NEWUSER", "SIGTERM", "memory")

  it("corrects a missing, a surplus, a wrong and two swapped letters", function()
    assert.equal("mount", suggest("mont", known))
    assert.equal("mount", suggest("mountt", known))
    assert.equal("mount", suggest("mounr", known))
    assert.equal("unshare", suggest("unsahre", known))
    assert.equal("memory", suggest("memroy", known))
    assert.equal("CLONE_NEWUTS", suggest("CLONE_NEWUTSS", known))
  end)

  it("ignores case", function()
    assert.equal("SIGTERM", suggest("sigterm", known))
    assert.equal("clone", suggest("CLONE", known))
  end)

  it("is the nearest name", function()
    assert.equal("umount", suggest("umont", known))
    assert.equal("CLONE_NEWUSER", suggest("CLONE_NEWUSR", known))
  end)

  it("is not made unless a name is near: a third of the word may differ, and always one letter", function()
    assert.is_nil(suggest("", known))
    assert.is_nil(suggest("xyz", known))
    assert.is_nil(suggest("frobnicate", known))
    assert.equal("abcdef", suggest("abcdxy", names "abcdef"))
    assert.is_nil(suggest("abcxyz", names "abcdef"))
    assert.equal("ab", suggest("ax", names "ab"))
    assert.is_nil(suggest("xx", names "ab"))
    assert.is_nil(suggest("mount", {}))
  end)

  it("is the same every time: the first in the alphabet wins a tie", function()
    for _ = 1, 20 do
      local set = {}
      for _, name in ipairs { "bat", "cat", "hat", "rat", "mat" } do set[name] = true end
      assert.equal("bat", suggest("zat", set))
    end
  end)

  it("looks at string keys only, and calls no metamethod", function()
    local set = setmetatable({ [1] = true, [true] = true, mount = true }, {
      __index = function() error("asked") end,
      __pairs = function() error("asked") end,
    })
    assert.equal("mount", suggest("mont", set))
    assert.is_nil(suggest("1", { [1] = true }))
  end)
end)
