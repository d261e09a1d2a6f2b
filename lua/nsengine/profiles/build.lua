--- A build of the project in the working directory: it writes there and in a /tmp and a home of its own, and reads the
--- system's programs. The network is off: fetch first, or use :with { net = "host" }.
--- Started by root, the command's user is the owner of the project; if that is root, it is the host's root, without
--- capabilities: a set-user-id file that it makes there works outside, for everyone who can reach it.
local ns = require "nsengine"
local system = require "nsengine.system"

local project, user, home, fs = system.workplace "build"

return ns.sandbox {
  name = "build",
  user = user,
  fs = fs,
  cwd = project,
  env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = home, LANG = "C.UTF-8", TERM = true,
    SOURCE_DATE_EPOCH = true, MAKEFLAGS = true, CC = true, CFLAGS = true, CXX = true, CXXFLAGS = true },
  limits = { core = 0 },
}
