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
