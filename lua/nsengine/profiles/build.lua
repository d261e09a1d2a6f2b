--- A build of the project in the working directory: it writes there and in a /tmp and a home of its own, and reads the
--- system's programs. The network is off: fetch before, or :with { net = "host" }.
local ns = require "nsengine"
local system = require "nsengine.system"

local project = system.project()

return ns.sandbox {
  name = "build",
  user = system.owner(project),
  fs = system.fs {
    ["/tmp"] = ns.tmpfs { size = "4G" },
    ["/home/build"] = ns.tmpfs { size = "1G", mode = "700" },
    [project] = ns.rw(project),
  },
  cwd = project,
  env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/home/build", LANG = "C.UTF-8", TERM = true,
    SOURCE_DATE_EPOCH = true, MAKEFLAGS = true, CC = true, CFLAGS = true, CXX = true, CXXFLAGS = true },
  limits = { core = 0 },
}
