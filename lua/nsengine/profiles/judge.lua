--- A program that only computes: it reads its standard input, writes its standard output, and is killed for anything
--- else. r.reason is the verdict: "ok", "exit", "signal", "cpu_time", "wall_time", "output", "syscall".
local ns = require "nsengine"
local system = require "nsengine.system"

return ns.sandbox {
  name = "judge",
  user = "nobody",
  fs = system.fs { ["/proc"] = ns.proc { subset = "pid" }, ["/tmp"] = ns.tmpfs { size = "1M" } },
  cwd = "/tmp",
  env = { PATH = "/usr/bin:/bin", LANG = "C.UTF-8" },
  stdin = "null",
  stdout = "capture",
  stderr = "capture",
  tty = false,
  seccomp = "strict",
  limits = { cpu_time = "2s", wall_time = "10s", output = "64M", files = 64, file_size = 0, stack = "256M",
    address_space = "4G", core = 0 },
}
