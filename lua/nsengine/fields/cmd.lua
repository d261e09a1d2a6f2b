--- cmd: what is run.
local kinds = require "nsengine.kinds"

return {
  name = "cmd",
  type = "string[]",
  default = "none: what run or spawn is given, or the words after -- on the command line",
  since = "0.2",
  spawn = true,
  doc = [[
The command and its arguments. A name without a slash is searched for in PATH, inside the sandbox. No shell interprets
it.]],
  example = 'cmd = { "/bin/sh", "-c", "echo $HOME" }',
  check = function(value, fail)
    if type(value) == "string" then
      fail(('expected a list of words, got string "%s"; write cmd = { "%s" }')
        :format(kinds.brief(value), kinds.brief((value:gsub("%s+", '", "')))))
    end
    if type(value) == "table" and rawget(value, 0) ~= nil then -- `arg`
      fail("expected a list of words, found '0'; for the words of arg, write { table.unpack(arg) }")
    end
    local list = kinds.strings(value, fail, "words")
    if not list[1] then fail("a command needs at least one word") end
    if list[1] == "" then fail("the first word, the program's name, is empty") end
    return list
  end,
}
