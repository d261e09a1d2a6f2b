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

  for _, uid in ipairs(support.users) do
    describe("as uid " .. uid, function()
      local dir
      setup(function() dir = transcript.directory(page, uid) end)
      teardown(function() support.remove(dir) end)

      for _, entry in ipairs(page.commands) do
        it(("prints what line %d says: %s"):format(entry.line, entry.command), function()
          transcript.expect(entry, transcript.run(entry.command, dir, uid))
        end)
      end
    end)
  end

  transcript.promise_runs(page, it, assert)
end)
