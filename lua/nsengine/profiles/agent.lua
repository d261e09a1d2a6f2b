--- A coding agent, and all that it starts, in the project of the working directory. It sees no home, no keys and no
--- other project. What git and editors would later run by themselves it can read but not write: a hook left there
--- would run outside. Review what it may write before running it outside, with git too: the command can make a
--- repository within the project, or files that were not there, such as .git/commondir and .envrc, and their
--- configuration names programs: docs/security.md. The network is off; :with { net = "host" } is for agents that call
--- a model.
--- Started by root, the command's user is the owner of the project; if that is root, it is the host's root, without
--- capabilities. It makes no set-user-ID files, which would run as the project's owner outside.
local ns = require "nsengine"
local system = require "nsengine.system"

local project, user, home, fs = system.workplace "agent"
system.protect(fs, project)

local SUID_SGID <const>, CREATES <const> = 0xc00, 0x400040 -- S_ISUID | S_ISGID; O_CREAT | __O_TMPFILE
local function mode(arg) return { arg = arg, mask = SUID_SGID, eq = 0 } end
local function new(flags, arg) return { any = { { arg = flags, mask = CREATES, eq = 0 }, mode(arg) } } end

return ns.sandbox {
  name = "agent",
  user = user,
  fs = fs,
  cwd = project,
  env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = home, LANG = "C.UTF-8", TERM = true },
  landlock = { scope = true },
  optional = { "landlock" }, -- its own namespaces enforce the same, except with net = "host"
  limits = { core = 0, processes = 4096 },
  seccomp = {
    args = {
      chmod = mode(1), fchmod = mode(1), fchmodat = mode(2), fchmodat2 = mode(2), creat = mode(1), mknod = mode(1),
      mknodat = mode(2), open = new(1, 2), openat = new(2, 3),
    },
    deny = { "openat2" }, -- its mode is in memory, where no filter sees it; programs fall back to openat
  },
}
