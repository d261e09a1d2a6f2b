--- A coding agent, and all that it starts, in the project of the working directory. It sees no home, no keys and no
--- other project. What git and editors would later run by themselves it can read but not write: a hook left there
--- would run outside. Review what it may write before running it outside, with git too: the command can make a
--- repository within the project, or files that were not there, such as .git/commondir and .envrc, and their
--- configuration names programs: docs/security.md. The network is off; :with { net = "host" } is for agents that call
--- a model.
--- Started by root, the command's user is the owner of the project; if that is root, it is the host's root, without
--- capabilities: a set-user-id file that it makes there works outside, for everyone who can reach it.
local ns = require "nsengine"
local system = require "nsengine.system"

local project, user, home, fs = system.workplace "agent"
system.protect(fs, project)

return ns.sandbox {
  name = "agent",
  user = user,
  fs = fs,
  cwd = project,
  env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = home, LANG = "C.UTF-8", TERM = true },
  landlock = { scope = true },
  optional = { "landlock" }, -- its own namespaces enforce the same, except with net = "host"
  limits = { core = 0, processes = 4096 },
}
