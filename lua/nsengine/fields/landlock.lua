--- landlock: what the command may reach, enforced by the kernel's landlock on top of the mounts, or alone.
local kinds = require "nsengine.kinds"
local rights = require "nsengine.rights"

-- What a recipe says ----------------------------------------------------------------------------------------------

local function paths(value, fail, key)
  local list = {}
  for i, path in ipairs(kinds.strings(value, fail, "paths", key)) do list[i] = kinds.path(path, fail, key) end
  return list
end

--- Sorts one entry of connect or bind, such as 443, "53/udp", "/run/bus" or "udp", into `ports`.
local function add_entry(ports, entry, fail, key, open)
  local udp = type(entry) == "string" and entry:match("^(%d+)/udp$")
  if math.type(entry) == "integer" or udp then
    local number = kinds.integer(udp and tonumber(udp) or entry, fail, 0, 65535, key)
    table.insert(udp and ports.udp or ports.tcp, number)
  elseif type(entry) == "string" and open[entry] then
    ports.open[entry] = true
  elseif type(entry) == "string" and entry:sub(1, 1) == "/" and open.unix then
    table.insert(ports.unix, kinds.path(entry, fail, key))
  else
    fail(('expected ports such as 443 or "53/udp", %s"tcp" or "udp" for all, got %s'):format(
      open.unix and 'socket paths, or "unix", ' or "or ", kinds.show(entry)), key)
  end
end

--- {tcp = {port, ...}, udp = {port, ...}, unix = {path, ...}, open = {tcp = true, ...}}
local function ports_of(open)
  return function(value, fail, key)
    local ports = { tcp = {}, udp = {}, unix = {}, open = {} }
    for _, entry in ipairs(kinds.list(value, fail, "ports", key)) do add_entry(ports, entry, fail, key, open) end
    return ports
  end
end

local scopes = { abstract_unix_socket = "ABSTRACT_UNIX_SOCKET", signal = "SIGNAL" }

local function scope(value, fail, key)
  if value == true then return { abstract_unix_socket = true, signal = true } end
  local set = {}
  for _, word in ipairs(kinds.strings(value, fail, "words, or true", key)) do
    set[kinds.word(word, fail, scopes, key)] = true
  end
  return set
end

local keys = {
  read = { check = paths, type = "string[]", doc = [[
Paths inside that may be read and listed, with all that is below them. A path that leads through a symbolic link is
refused.]],
    example = 'landlock = { read = { "/etc" }, exec = { "/usr" } }' },
  write = { check = paths, type = "string[]", doc = [[
Paths that may be read and changed: files may be written, truncated (ABI 3), created, removed, moved to another
directory (ABI 2; always denied before) and used as devices (ABI 5).]],
    example = 'landlock = { exec = { "/usr" }, write = { "/tmp" } }' },
  exec = { check = paths, type = "string[]", doc = [[
Paths that may be read and executed. The loader of a program and the interpreter of a script are executed too. This is
no list of what may run: a loader or an interpreter runs whatever it may read, and a memory file (memfd_create(2)) can
always be executed.]],
    example = 'landlock = { exec = { "/usr" } }' },
  connect = { check = ports_of { tcp = true, udp = true, unix = true }, type = "(integer|string)[]", doc = [[
Where the command may connect to: TCP ports, 443 (ABI 4); UDP ports, "53/udp" (ABI 10); unix sockets, by path or by a
directory above (ABI 9). "tcp", "udp" and "unix" leave that kind unrestricted: { 443, "udp" } on the host's network,
with a kernel that cannot restrict UDP. Addresses are not looked at. Protocols other than TCP and UDP, and TCP Fast
Open, are not restricted; seccomp = "default" refuses them, except ping.]],
    example = 'landlock = { connect = { 443, "53/udp" } }' },
  bind = { check = ports_of { tcp = true, udp = true }, type = "(integer|string)[]", doc = [[
Ports that the command may bind: 8080 for TCP (ABI 4), "53/udp" for UDP (ABI 10); 0 is one that the kernel chooses.
"tcp" and "udp" leave that kind unrestricted.]],
    example = 'landlock = { bind = { 8080 } }' },
  scope = { check = scope, type = '("abstract_unix_socket"|"signal")[]|true', doc = [[
What may not leave the sandbox: connections to abstract unix sockets, and signals (ABI 6); true is both. Namespaces of
its own have the same effect.]],
    example = "landlock = { scope = true }" },
  log = { check = kinds.boolean, type = "boolean", default = "false", doc = [[
Whether the kernel writes what it denied the command to its audit log (ABI 7).]],
    example = "landlock = { log = true }" },
}

-- What this kernel does --------------------------------------------------------------------------------------------

--- A ruleset under construction: the rights that it handles, which are denied unless a rule allows them, and its rules.
local Ruleset = {}
Ruleset.__index = Ruleset

--- This kernel lacks a part of `word`: an error, or a warning if `word` is optional.
local function lack(self, word, abi, what)
  local b, field = self.b, "landlock." .. word
  local has = self.abi > 0 and ("this kernel has %d"):format(self.abi)
    or "this kernel has no landlock, or it is not enabled"
  local text = ("needs ABI %d (Linux %s), %s"):format(abi, rights.linux[abi], has)
  local hint
  if what then
    text, hint = ("%s %s"):format(what.name, text), what.hint
  elseif self.abi == 0 then
    hint = "add landlock to lsm= on the kernel's command line; /sys/kernel/security/lsm shows what is on"
  end
  if not b:is_optional(field) then b:unable(field, text, hint) end
  b:warn(field, ("%s: not enforced (listed in 'optional')"):format(text))
end

--- Handles a right, if this kernel can. demanded: false if something else enforces the same.
function Ruleset:hold(kind, name, word, demanded, what)
  local abi = rights.abi(kind, name)
  if self.abi >= abi then
    self.held[kind] = self.held[kind] | rights.bits(kind, { name })
  elseif demanded and not self.lacking[word .. abi] then
    self.lacking[word .. abi] = true
    lack(self, word, abi, what)
  end
end

--- The subset of some bits that is handled.
function Ruleset:of(kind, bits)
  return bits & self.held[kind]
end

local READ <const> = rights.bits("fs", { "READ_FILE", "READ_DIR" })
local EXEC <const> = READ | rights.bits("fs", { "EXECUTE" })
local CHANGES <const> = { "WRITE_FILE", "REMOVE_DIR", "REMOVE_FILE", "MAKE_CHAR", "MAKE_DIR", "MAKE_REG", "MAKE_SOCK",
  "MAKE_FIFO", "MAKE_BLOCK", "MAKE_SYM", "REFER", "TRUNCATE", "IOCTL_DEV" }
local WRITE <const> = READ | rights.bits("fs", CHANGES)
--- The rights that a rule for a file, not a directory, may have.
local OF_FILE <const> = rights.bits("fs",
  { "EXECUTE", "WRITE_FILE", "READ_FILE", "TRUNCATE", "IOCTL_DEV", "RESOLVE_UNIX" })

--- Allows rights below paths.
function Ruleset:allow_paths(word, list, bits)
  bits = self:of("fs", bits)
  if bits == 0 then return end
  local field = "landlock." .. word
  for _, path in ipairs(list or {}) do
    table.insert(self.rules,
      { field, "landlock_path", path, bits, bits & OF_FILE, self.b:is_optional(field) and 1 or 0 })
  end
end

function Ruleset:allow_ports(word, list, name)
  local bits = self:of("net", rights.bits("net", { name }))
  if bits == 0 then return end
  for _, port in ipairs(list) do table.insert(self.rules, { "landlock." .. word, "landlock_port", port, bits }) end
end

-- Files, ports, scopes ---------------------------------------------------------------------------------------------

--- Reading, writing and executing go together: if one is named, those not named are denied.
local function lower_files(set, value, b)
  if not (value.read or value.write or value.exec or set.alone) then return false end
  set:hold("fs", "READ_FILE", value.read and "read" or value.write and "write" or "exec", true)
  set:hold("fs", "READ_DIR")
  set:hold("fs", "EXECUTE")
  for _, name in ipairs(CHANGES) do set:hold("fs", name) end
  set:hold("fs", "TRUNCATE", "write", true, { name = "truncating" })
  -- Required only for the host's mounts: the sandbox's own are nodev.
  set:hold("fs", "IOCTL_DEV", "write", b:shares "mount", { name = "ioctl(2) of a device" })
  set:allow_paths("read", value.read, READ)
  set:allow_paths("write", value.write, WRITE)
  set:allow_paths("exec", value.exec, EXEC)
  return true
end

--- Even without rights on files, landlock denies one thing (REFER): renaming between directories.
local function allow_renaming(set)
  if set.held.fs | set.held.net | set.held.scope == 0 or set.abi < rights.abi("fs", "REFER") then return end
  set:hold("fs", "REFER")
  table.insert(set.rules, { "landlock", "landlock_path", "/", rights.bits("fs", { "REFER" }), 0, 0 })
end

local NOTHING <const> = { tcp = {}, udp = {}, unix = {}, open = {} }

local function lower_connect(set, connect, b)
  local open = connect.open
  if not open.tcp then set:hold("net", "CONNECT_TCP", "connect", true) end
  if not open.udp then
    set:hold("net", "CONNECT_SEND_UDP", "connect", b:shares "net" or connect.udp[1] ~= nil,
      { name = "UDP", hint = 'connect = { "udp" } leaves UDP unrestricted' })
  end
  if not open.unix then
    set:hold("fs", "RESOLVE_UNIX", "connect", b:shares "mount",
      { name = "a socket in the file tree", hint = 'connect = { "unix" } leaves such sockets unrestricted' })
  end
  set:allow_ports("connect", connect.tcp, "CONNECT_TCP")
  set:allow_ports("connect", connect.udp, "CONNECT_SEND_UDP")
  set:allow_paths("connect", connect.unix, rights.bits("fs", { "RESOLVE_UNIX" }))
end

local function lower_bind(set, bind, connect)
  if not bind.open.tcp then set:hold("net", "BIND_TCP", "bind", true) end
  if not bind.open.udp then set:hold("net", "BIND_UDP", "bind", bind.udp[1] ~= nil, { name = "UDP" }) end
  set:allow_ports("bind", bind.tcp, "BIND_TCP")
  set:allow_ports("bind", bind.udp, "BIND_UDP")
  -- Sending from an unbound socket binds it to an ephemeral port, which counts as binding port 0.
  if connect.open.udp or connect.udp[1] then set:allow_ports("connect", { 0 }, "BIND_UDP") end
end

--- Connecting and binding go together too.
local function lower_ports(set, value, b)
  if not (value.connect or value.bind or set.alone) then return end
  local connect, bind = value.connect or NOTHING, value.bind or NOTHING
  lower_connect(set, connect, b)
  lower_bind(set, bind, connect)
end

--- Closes what sharing a namespace would open besides: signals to the host's processes, of which an init that is not
--- pid 1 is one, and the host's abstract sockets, which belong to the network namespace (CVE-2020-15257).
local function shared_scope(b, host)
  if host.landlock_abi < 6 then return {} end
  return { signal = b:shares "pid", abstract_unix_socket = b:shares "net" }
end

local function lower_scope(set, value, b, host)
  local wanted = value.scope or (set.alone and scope(true)) or shared_scope(b, host)
  if wanted.abstract_unix_socket then
    set:hold("scope", "ABSTRACT_UNIX_SOCKET", "scope", b:shares "net")
  end
  if wanted.signal then set:hold("scope", "SIGNAL", "scope", b:shares "pid") end
end

local LOG_NEW_EXEC_ON <const> = 2

local function restrict_flags(set, value)
  if not value.log then return 0 end
  if set.abi < 7 then
    lack(set, "log", 7)
    return 0
  end
  return LOG_NEW_EXEC_ON
end

--- For the Result: "ABI 7: files, connect, bind, scope".
local function summary(set, with_files)
  local words = {}
  local function add(word, is_held) if is_held then words[#words + 1] = word end end
  add("files", with_files and set.held.fs ~= 0)
  add("sockets", set:of("fs", rights.bits("fs", { "RESOLVE_UNIX" })) ~= 0)
  add("tcp", set:of("net", rights.bits("net", { "BIND_TCP", "CONNECT_TCP" })) ~= 0)
  add("udp", set:of("net", rights.bits("net", { "BIND_UDP", "CONNECT_SEND_UDP" })) ~= 0)
  add("abstract_unix_socket", set:of("scope", 1) ~= 0)
  add("signal", set:of("scope", 2) ~= 0)
  return ("ABI %d: %s"):format(set.abi, table.concat(words, ", "))
end

local function lower(value, b, _, host)
  if not value then return end
  local set = setmetatable({
    b = b, abi = math.min(host.landlock_abi, #rights.linux), held = { fs = 0, net = 0, scope = 0 }, rules = {},
    lacking = {}, alone = b:is_alone(),
  }, Ruleset)
  local with_files = lower_files(set, value, b)
  lower_ports(set, value, b)
  lower_scope(set, value, b, host)
  local flags = restrict_flags(set, value)
  -- A domain that handles a right of files also denies mounting: not for the host's abstract sockets alone.
  local is_implied = next(value) == nil and not b:shares "pid"
  if not with_files and not is_implied then allow_renaming(set) end
  if set.held.fs | set.held.net | set.held.scope == 0 then
    if set.alone then -- optional parts may be skipped, but not the only confinement
      b:refuse("share", 'with "all", only landlock separates the command from the host, and this kernel has none',
        "landlock = false shares everything without it")
    end
    return
  end
  b:add("landlock", "landlock", set.held.fs, set.held.net, set.held.scope)
  for _, rule in ipairs(set.rules) do b:add(table.unpack(rule)) end
  b:add("landlock", "landlock_restrict", flags)
  b.enforced.landlock = summary(set, with_files)
end

return {
  name = "landlock",
  type = "table|false",
  default = "none: mounts and namespaces confine the command",
  since = "0.2",
  takes_false = true,
  doc = [[
What the command and its children may reach. landlock(7) enforces it, on top of everything else, or alone with
share = "all". A rule allows; what no rule allows is denied.

- read, write and exec belong together: once one is given, nothing else can be read, written or executed.
- connect and bind belong together in the same way.
- What is not given at all is not restricted, except with share = "all", where everything is. Where the pid namespace is
  shared, no process outside can be signalled, and where the network is, no abstract socket outside can be connected to
  (ABI 6), unless scope = {} or landlock = false.
- Descriptors that the command is given are not restricted, nor are chdir, stat, chmod, chown and the like.

Each part needs a landlock ABI: 1 is Linux 5.13, 2 5.19, 3 6.2, 4 6.7, 5 6.10, 6 6.12, 7 6.15, 9 7.1, 10 7.2. A kernel
that lacks it is an error, unless optional names the word: what the kernel has is enforced then. It is no error where
the mounts, or a network of its own, enforce the same: ioctl, sockets, UDP. A missing path is an error, unless
optional names its word.]],
  example = 'landlock = { exec = { "/usr" }, write = { "/tmp" }, connect = { 443 }, scope = true }',
  keys = keys,
  merge = function(old, new) return new and kinds.merge(old or nil, new) end,
  check = function(value, fail)
    if value == false then return false end
    local record = kinds.record(value, fail, keys, "landlock")
    if next(record) == nil then fail("an empty table restricts nothing: name what may be reached, or write false") end
    return record
  end,
  lower = lower,
}
