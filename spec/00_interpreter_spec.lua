--- The suite runs under the Lua that users run: 5.4. Debian's busted may pick another; .busted pins it.
describe("the suite", function()
  it("runs under Lua 5.4", function()
    assert.equal("Lua 5.4", _VERSION)
  end)

  it("tests the module of this source tree, not an installed one", function()
    assert.truthy(package.searchpath("nsengine.sys", package.cpath):find("build", 1, true))
  end)
end)
