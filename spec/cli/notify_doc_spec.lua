--- docs/notify.md keeps its word: its recipes pass --check, run, and print what it says; see support/transcript.lua.
local support = require "support"
local transcript = require "support.transcript"

describe("docs/notify.md", function()
  local page = transcript.parse("docs/notify.md")
  teardown(support.cleanup)

  transcript.promise_prints(page, _ENV)

  transcript.promise(page, it, assert)
end)
