--- docs/recipes.md keeps its word: its recipes run, and print what it says; see support/transcript.lua.
local support = require "support"
local transcript = require "support.transcript"

describe("docs/recipes.md", function()
  local page = transcript.parse("docs/recipes.md")
  teardown(support.cleanup)

  it("has recipes", function()
    local count = 0
    for _ in pairs(page.files) do count = count + 1 end
    assert.is_true(count >= 9)
    assert.is_true(#page.commands >= count)
  end)

  transcript.promise_prints(page, _ENV)

  transcript.promise_runs(page, it, assert)
end)
