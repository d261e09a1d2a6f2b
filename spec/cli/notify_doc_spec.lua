--- docs/notify.md keeps its word: its recipes are checked, run, and print what it says; see support/transcript.lua.
local support = require "support"
local transcript = require "support.transcript"

describe("docs/notify.md", function()
  local page = transcript.parse("docs/notify.md")
  teardown(support.cleanup)

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

  transcript.promise(page, it, assert)
end)
