--- share: the namespaces that stay the caller's.
local kinds = require "nsengine.kinds"
local plan = require "nsengine.plan"

return {
  name = "share",
  type = '("ipc"|"uts"|"net"|"pid"|"user"|"mount"|"cgroup"|"time")[]',
  default = "{}: all eight namespaces are new",
  since = "0.2",
  doc = [[
The namespaces that the sandbox shares with its caller; all others are new. What is shared leaks: "pid" lets it see
and signal the caller's processes, and leave some of its own behind, "net" is the host's network (as net = "host"),
"mount" the host's file tree (no fs then). Only root can share "user".]],
  example = 'share = { "ipc" }',
  check = function(value, fail)
    if value == "all" or (type(value) == "table" and rawget(value, 1) == "all") then
      fail("'all' is not in this version: list the namespaces that are shared")
    end
    local list = kinds.strings(value, fail, "namespaces")
    for _, word in ipairs(list) do kinds.word(word, fail, plan.namespaces) end
    return list
  end,
  lower = function(value, b)
    local flags = b:all_namespaces()
    for _, word in ipairs(value) do flags = flags & ~plan.namespaces[word] end
    b.flags = flags
  end,
}
