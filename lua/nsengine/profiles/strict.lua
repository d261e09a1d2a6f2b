--- An unknown program: it sees the system's programs, a /tmp, and nothing else of the machine. Its own processes can
--- talk to each other by pipes and unix sockets.
local ns = require "nsengine"
local system = require "nsengine.system"

local programs = system.programs()

return ns.sandbox {
  name = "strict",
  user = "nobody",
  fs = system.fs { ["/proc"] = ns.proc { subset = "pid" }, ["/tmp"] = ns.tmpfs { size = "64M" } },
  cwd = "/tmp",
  env = { PATH = "/usr/bin:/bin", HOME = "/tmp", LANG = "C.UTF-8" },
  umask = "077",
  nice = 10,
  seccomp = {
    deny = { "@ipc", "@aio", "memfd_create", "memfd_secret", "personality", "sysinfo", "setpriority" },
    args = { socket = { arg = 0, eq = 1, bits = 32 }, prlimit64 = { arg = 2, eq = 0 } }, -- AF_UNIX; only asking
  },
  landlock = { exec = programs, read = { "/etc", "/proc" }, write = { "/tmp", "/dev" }, scope = true },
  optional = { "landlock" }, -- the mounts enforce the same, except that files in /tmp can be executed
  limits = { files = 256, processes = 128, file_size = "64M", stack = "64M", core = 0, wall_time = "1min",
    output = "64M" },
}
