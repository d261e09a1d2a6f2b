--- Written by docs/generate.lua from the profiles: change them there. What `nsengine --help judge` prints.

return {
  ["agent"] = [==[
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
]==],
  ["build"] = [==[
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
]==],
  ["desktop"] = [==[
--- A program with windows, sound and the graphics card, but without the host's files, network and X server: Wayland
--- keeps one program's windows and keys from another's, and X does not. It can do whatever PipeWire and PulseAudio let
--- their clients do, including use the microphone.
local ns = require "nsengine"
local sys = require "nsengine.sys"
local system = require "nsengine.system"

local runtime = os.getenv "XDG_RUNTIME_DIR" or ("/run/user/%d"):format(sys.getids().uid)
local display = os.getenv "WAYLAND_DISPLAY" or "wayland-0"

local fs = system.fs({
  ["/tmp"] = ns.tmpfs { size = "1G" },
  ["/home/desktop"] = ns.tmpfs { size = "1G", mode = "700" },
  ["/run/user/desktop"] = ns.tmpfs { size = "64M", mode = "700" },
}, { name = "desktop", home = "/home/desktop", user = "self" })
system.resolve(fs)

--- What of the desktop there is, by its path inside.
local sockets = {
  ["wayland-0"] = display:sub(1, 1) == "/" and display or runtime .. "/" .. display,
  ["pipewire-0"] = runtime .. "/pipewire-0",
  ["native"] = runtime .. "/pulse/native",
}
for name, source in pairs(sockets) do
  local stat = sys.stat(source)
  if stat and stat.type == "socket" then fs["/run/user/desktop/" .. name] = ns.ro(source) end
end
if sys.stat "/dev/dri" then fs["/dev/dri"] = ns.dev_bind "/dev/dri" end
for _, path in ipairs { "/etc/fonts", "/sys/dev/char", "/sys/devices/pci0000:00" } do
  if sys.stat(path) then fs[path] = ns.ro(path) end
end

return ns.sandbox {
  name = "desktop",
  user = "self",
  fs = fs,
  cwd = "/home/desktop",
  env = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/home/desktop", LANG = true, TERM = true,
    XDG_RUNTIME_DIR = "/run/user/desktop", XDG_SESSION_TYPE = "wayland", WAYLAND_DISPLAY = "wayland-0",
    PULSE_SERVER = "unix:/run/user/desktop/native" },
  landlock = { scope = true },
  optional = { "landlock" }, -- its own namespaces enforce the same, except with net = "host"
  limits = { core = 0 },
}
]==],
  ["judge"] = [==[
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
]==],
  ["strict"] = [==[
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
]==],
}
