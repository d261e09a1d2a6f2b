--- The suite runs where its users run: Lua 5.4. Debian's busted may pick another; .busted pins it.
describe("the suite", function()
  it("runs under Lua 5.4", function()
    assert.equal("Lua 5.4", _VERSION)
  end)

  it("tests the module of this tree", function()
    assert.truthy(package.searchpath("nsengine.sys", package.cpath):find("build", 1, true))
  end)
end)
