--- docs/tutorial.md keeps its word: its recipes run, and print what it says; see support/transcript.lua.
local support = require "support"
local sys = require "nsengine.sys"
local transcript = require "support.transcript"

local lines, matches = transcript.lines, transcript.matches

describe("the comparison of transcripts", function()
  it("is exact, except for the dots", function()
    assert.is_true(matches({ "a", "b [...] %d", "..." }, { "a", "b [12] %d" }))
    assert.is_true(matches({ "...", "end" }, { "1", "2", "end" }))
    assert.is_true(matches(lines "a\n\nb\n", lines "a \n\nb\n\n"))
    assert.is_true(matches(lines "", lines ""))
    assert.is_false(matches({ "a" }, { "b" }))
    assert.is_false(matches({ "a" }, { "a", "b" }))
    assert.is_false(matches({ "a", "b" }, { "a" }))
    assert.is_false(matches({ "a...c" }, { "abd" }))
    assert.is_false(matches({ "...", "end" }, { "end", "1" }))
    assert.is_false(matches({ "a.c" }, { "abc" }))
  end)
end)

describe("docs/tutorial.md", function()
  local page = transcript.parse("docs/tutorial.md")
  teardown(support.cleanup)

  it("shows the files in examples/ unchanged", function()
    local count = 0
    for name, text in pairs(page.files) do
      if name:find("/") then
        assert.equal(assert(sys.readfile(name)), text)
        count = count + 1
      end
    end
    assert.equal(1, count)
  end)

  transcript.promise(page, it, assert)

  transcript.promise_prints(page, _ENV)
end)
