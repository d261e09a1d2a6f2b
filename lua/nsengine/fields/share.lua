--- share: the namespaces shared with the caller.
local kinds = require "nsengine.kinds"
local plan = require "nsengine.plan"

return {
  name = "share",
  type = '("ipc"|"uts"|"net"|"pid"|"user"|"mount"|"cgroup"|"time")[]|"all"',
  default = "{}: all eight namespaces are new",
  since = "0.2",
  doc = [[
The namespaces that the sandbox shares with its caller; all others are new. What is shared leaks: "pid" lets the
command see the caller's processes, and signal them where landlock does not scope signals (before Linux 6.12, or
landlock = false); "net" is the host's network (as net = "host"); "mount" is the host's file tree (without fs). An
ordinary user can share "user" only together with all the others.
"all" makes no namespace, for hosts and containers that forbid user namespaces. Only landlock restricts what the
command reaches then, and must be given. Still enforced are no_new_privs, seccomp, capabilities, limits, the
environment, descriptors, and a session and keyring of its own. Not restricted is what landlock has no rule for:
seeing processes; stat, and chmod and chown of one's own files; System V IPC and POSIX message queues.
limits.processes then counts everything that the user runs.]],
  example = 'share = { "ipc" }',
  check = function(value, fail)
    if value == "all" then
      local all = {}
      for word in next, plan.namespaces do all[#all + 1] = word end
      table.sort(all)
      return all
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
