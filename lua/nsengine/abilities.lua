--- What a host can do for a sandbox, in one list, for --doctor and docs/hosts.md. Data and pure functions: specs pass
--- invented hosts.
---
--- An entry: name; doc, what it means for a recipe; needs, an entry without which this one is not tried;
--- probe(host), which returns "ok", "warn" or "no", the words, and the fix. With "no", a recipe cannot have what doc
--- says; a "warn" is worth knowing.

local kinds = require "nsengine.kinds"
local obstacle = require "nsengine.obstacle"

local function ok(format, ...) return "ok", format:format(...) end

--- Why an attempt was refused: "mount: Operation not permitted (EPERM)".
local function reason(attempt)
  local message = attempt.message or "refused"
  if not attempt.errno or message:find(attempt.errno, 1, true) then return message end
  return ("%s (%s)"):format(message, attempt.errno)
end

--- "no" for a refused attempt, with the obstacle if it is known. in_it: the namespaces were created, unless it was the
--- clone that failed.
local function refused(host, attempt, what, in_it)
  local found = obstacle.find(attempt.errno, host, in_it and not (attempt.op or ""):find "^clone")
  local words = ("%s: %s"):format(what, reason(attempt))
  if found then return "no", ("%s; %s"):format(words, found.words), found.fix end
  return "no", words, attempt.hint
end

local function version(host)
  local major, minor = host.release:match("^(%d+)%.(%d+)")
  return tonumber(major or 0) * 1000 + tonumber(minor or 0)
end

--- The command that installs a package: it depends on ID or ID_LIKE in os-release(5).
local function install(host, debian, fedora, arch)
  local text = "\n" .. (host.read "/etc/os-release" or host.read "/usr/lib/os-release" or "")
  local like = (text:match('\nID="?([^"\n]*)') or "") .. " " .. (text:match('\nID_LIKE="?([^"\n]*)') or "")
  if like:find("fedora") or like:find("rhel") then return "dnf install " .. fedora end
  if like:find("arch") then return "pacman -S " .. arch end
  return "apt install " .. debian
end

--- The user, as named in a command.
local function user(host)
  return host.name or tostring(host.uid)
end

local list = {}

-- The kernel ----------------------------------------------------------------------------------------------------

list[#list + 1] = {
  name = "kernel",
  doc = "Sandboxes need Linux 5.12, the calls of nsengine.sys 5.4; tested from 6.1 on.",
  probe = function(host)
    local linux = version(host)
    if linux < 5012 then
      return "no", ("Linux %s: sandboxes need 5.12 or later"):format(host.release), "boot a newer kernel"
    elseif linux < 6001 then
      return "warn", ("Linux %s: tested from 6.1 on"):format(host.release), "boot a newer kernel"
    end
    return ok("Linux %s", host.release)
  end,
}

--- Calls that every sandbox needs. close_range: Linux 5.9, mount_setattr: 5.12, the others earlier.
local required = { "close_range", "fsopen", "mount_setattr", "move_mount", "open_tree", "openat2" }

list[#list + 1] = {
  name = "calls",
  doc = "Every sandbox is built with openat2, close_range and the newer mount calls. Without clone3, starting one "
    .. "copies the caller's memory; without pidfds, a handle cannot be sure of its process.",
  probe = function(host)
    local calls, absent = host.features.calls, {}
    for _, name in ipairs(required) do
      if not calls[name] then absent[#absent + 1] = name end
    end
    if absent[1] then
      local why = version(host) >= 5012 and "; a filter hides them, as in an old container" or ""
      return "no", "missing: " .. table.concat(absent, ", ") .. why,
        why ~= "" and "docker run --security-opt seccomp=unconfined ..., or a newer runc and libseccomp there"
        or "boot a newer kernel"
    elseif not calls.pidfd_open or not calls.pidfd_send_signal then
      return "no", "pidfd_open and pidfd_send_signal are missing", "boot a newer kernel"
    elseif not calls.clone3 then
      return "warn", "clone3 is hidden: starting a sandbox copies the caller's memory, which takes time if it is large",
        "docker run --security-opt seccomp=unconfined ..., or a filter that allows clone3"
    end
    return ok("clone3, pidfd_open, openat2, close_range, and the mount calls of 5.12")
  end,
}

list[#list + 1] = {
  name = "procfs",
  doc = "Id maps are written below /proc, which has to be a procfs of this pid namespace.",
  probe = function(host)
    if not host.stat "/proc/self/ns" then
      return "no", "/proc is not mounted: id maps are written there", "mount -t proc proc /proc"
    end
    local pid = tonumber((host.read "/proc/self/stat" or ""):match "^%d+")
    if pid and pid ~= host.pid then
      return "warn", "/proc belongs to another pid namespace: its process numbers mean other processes here, so root's "
        .. "sandboxes, maps of more ids, call:cwd() and --why do not work",
        "mount -t proc proc /proc"
    end
    return ok("/proc is mounted")
  end,
}

list[#list + 1] = {
  name = "memfd",
  doc = "The init is executed from a file in memory; where that is forbidden, a recipe needs init = false.",
  probe = function(host)
    if host.features.sysctl["vm.memfd_noexec"] == 2 then
      return "no", "vm.memfd_noexec = 2 forbids executing the init: only init = false works",
        "sysctl -w vm.memfd_noexec=1"
    end
    return ok("a file in memory can be executed, as the init is")
  end,
}

-- Namespaces ----------------------------------------------------------------------------------------------------

list[#list + 1] = {
  name = "user namespaces",
  doc = "All other namespaces are created in one, also by root. Without them the only sandbox is one without "
    .. "namespaces: share = \"all\", confined by landlock.",
  probe = function(host)
    local attempt = host.attempts.user
    if attempt.ok then return ok("can be created by uid %d", host.uid) end
    return refused(host, attempt, "unshare(CLONE_NEWUSER)")
  end,
}

--- {attempt, its name in `share`}
local others = {
  { "mnt", "mount" }, { "pid", "pid" }, { "net", "net" }, { "ipc", "ipc" }, { "uts", "uts" },
  { "cgroup_namespace", "cgroup" }, { "time", "time" },
}

list[#list + 1] = {
  name = "other namespaces",
  doc = "Each that is not available has to be named in `share`, and is then the host's.",
  needs = "user namespaces",
  probe = function(host)
    local words, first = {}, nil
    for _, other in ipairs(others) do
      local attempt = host.attempts[other[1]]
      if not attempt.ok then
        words[#words + 1], first = ('"%s"'):format(other[2]), first or attempt
      end
    end
    if not first then return ok("mount, pid, net, ipc, uts, cgroup, time") end
    local only_time = #words == 1 and words[1] == '"time"'
    local state, text, fix = refused(host, first, ("only with share = { %s }"):format(table.concat(words, ", ")))
    if only_time and not host.features.namespaces.time then
      return state, text, "boot a kernel with CONFIG_TIME_NS=y (Linux 5.6), or write share = { \"time\" }"
    end
    return state, text, fix
  end,
}

list[#list + 1] = {
  name = "sandbox",
  doc = "`ns.sandbox {}` with all its defaults, built up to its command. A failure here keeps every recipe from "
    .. "running.",
  needs = "user namespaces",
  probe = function(host)
    local attempt = host.attempts.sandbox
    if attempt.ok then return ok("ns.sandbox {} can be built") end
    return refused(host, attempt, "ns.sandbox {}", true)
  end,
}

--- Adds the entry for a kind of mount.
local function mount(kind, attempt, doc, fix)
  list[#list + 1] = {
    name = "ns." .. kind, doc = doc, needs = "sandbox",
    probe = function(host)
      local made = host.attempts[attempt]
      if made.ok then return ok("can be mounted") end
      local state, words, found = refused(host, made, "ns." .. kind, true)
      if fix and made.errno == fix.errno and not obstacle.find(made.errno, host, true) then
        return state, words .. (fix.words and "; " .. fix.words or ""), fix.fix
      end
      return state, words, found
    end,
  }
end

mount("ro", "bind", "A directory of the host inside, by ns.ro, ns.rw or ns.dev_bind; tried with the root.")
mount("proc", "proc", "A procfs of the sandbox's own processes, for ps and most programs that look at themselves.",
  { errno = "EPERM", words = obstacle.proc.words, fix = obstacle.proc.fix })
mount("dev", "dev", "A /dev with null, zero, random, tty and pseudo-terminals.")
mount("sys", "sys", "A sysfs of the sandbox's own network.", { errno = "EPERM",
  words = "a new sysfs requires an existing one with nothing mounted over it (containers mount over theirs)",
  fix = "docker run --security-opt systempaths=unconfined -v /sys:/sys ..." })
mount("mqueue", "mqueue", "POSIX message queues.", { errno = "ENODEV",
  words = "the kernel has no mqueue", fix = "boot a kernel with CONFIG_POSIX_MQUEUE=y" })
mount("overlay", "overlay", "Directories layered over each other, with changes stored elsewhere.",
  { errno = "ENODEV", words = "the kernel has no overlayfs, or its module is not loaded", fix = "modprobe overlay" })

-- Who -----------------------------------------------------------------------------------------------------------

local PACKAGES = { "uidmap", "shadow-utils", "shadow" }

--- What is wrong with a system helper that needs privileges, and the fix; nil: nothing.
local function helper_fault(host, name)
  local path = host.program(name)
  if not path then return name .. " is not installed", install(host, table.unpack(PACKAGES)) end
  local stat = host.stat(path)
  local is_setuid = stat and stat.uid == 0 and stat.mode & 2048 ~= 0 -- 04000
  if is_setuid or host.xattr(path, "security.capability") then return nil end
  return path .. " is neither set-user-ID root nor has file capabilities", "chmod u+s " .. path
end

--- What gives the user a range. newuidmap wants an account, and usermod one in /etc/passwd.
local function new_range(host)
  local subordinate = require "nsengine.subordinate"
  if host.name then return subordinate.command(host.read, host.name) end
  return ("the line %s in /etc/subuid and /etc/subgid%s"):format(subordinate.line(host.read, host.uid),
    host.uid ~= 0 and ", and an account with this uid, which newuidmap wants" or "")
end

local function ranges_of_root(host)
  local uids, gids = host.range "/etc/subuid", host.range "/etc/subgid"
  if not (uids and gids) then
    return "warn", "root has no range in /etc/subuid and /etc/subgid: a command runs as uid 65534, as others may",
      new_range(host)
  end
  local subordinate = require "nsengine.subordinate"
  local sharer = subordinate.sharer(host.read, "/etc/subuid", uids)
    or subordinate.sharer(host.read, "/etc/subgid", gids)
  if sharer then
    return "warn", ("root's range, from %d on, is %s's too: a command of root's and one of %s's may be the same user")
      :format(uids.first, sharer, sharer),
      uids.first == gids.first and uids.count == gids.count and subordinate.command(host.read, "root", uids)
        or "give root a range of its own in /etc/subuid and /etc/subgid"
  end
  return ok("started by root, a command runs as the host's uid %d, gid %d", uids.first, gids.first)
end

list[#list + 1] = {
  name = "id ranges",
  doc = "user = { uid_map = ... } with more ids than the caller's own, as a whole system in a directory needs; for "
    .. "root, the user that a command runs as.",
  needs = "user namespaces",
  probe = function(host)
    if host.uid == 0 then return ranges_of_root(host) end
    if not (host.range "/etc/subuid" and host.range "/etc/subgid") then
      return "warn", ("%s has no range in /etc/subuid and /etc/subgid: uid_map can only name the user's own id")
        :format(host.name or "uid " .. host.uid), new_range(host)
    end
    for _, name in ipairs { "newuidmap", "newgidmap" } do
      local fault, fix = helper_fault(host, name)
      if fault then return "warn", fault .. ": uid_map can only name the user's own id", fix end
    end
    local attempt = host.attempts.ids
    if attempt.ok then
      local uids = host.range "/etc/subuid"
      return ok("%d more uids, from %d on", uids.count, uids.first)
    elseif (host.read "/proc/self/status" or ""):find("\nNoNewPrivs:%s*1") then
      return "warn", "newuidmap has no effect: no_new_privs is set on this process",
        "start nsengine from a process without it"
    end
    return "warn", "the range cannot be mapped: " .. reason(attempt), attempt.hint
  end,
}

list[#list + 1] = {
  name = "keyring",
  doc = "Each sandbox has its own session keyring, which counts against the user's quota.",
  probe = function(host)
    local line = "%f[%d]" .. host.uid .. ":%s+%d+%s+%d+/%d+%s+(%d+)/(%d+)"
    local used, most = (host.read "/proc/key-users" or ""):match(line)
    if not used then return ok("within the quota") end
    if tonumber(used) + 20 > tonumber(most) then
      return "warn", ("%s of the user's %s keys are in use"):format(used, most), host.uid == 0
        and "sysctl -w kernel.keys.root_maxkeys=1000000" or "sysctl -w kernel.keys.maxkeys=2000"
    end
    return ok("%s of the user's %s keys are in use", used, most)
  end,
}

-- Confinement ---------------------------------------------------------------------------------------------------

--- What each ABI of landlock added: {ABI, Linux version, what}.
local landlock = {
  { 2, "5.19", "moving files between directories" }, { 3, "6.2", "truncation" }, { 4, "6.7", "TCP ports" },
  { 5, "6.10", "ioctl of devices" }, { 6, "6.12", "scopes: abstract sockets and signals" },
  { 7, "6.15", "choice of what is logged" },
}

list[#list + 1] = {
  name = "landlock",
  doc = "Rules about paths and ports in addition to the mounts; the only layer that needs no namespace.",
  probe = function(host)
    local abi, errno = host.features.landlock, host.features.errors.landlock
    if abi == 0 and errno == "EOPNOTSUPP" then
      local now = (host.read "/sys/kernel/security/lsm" or ""):match("%S+") or "..."
      return "no", "built in, but not enabled at boot",
        ("kernel parameter lsm=landlock,%s (GRUB_CMDLINE_LINUX in /etc/default/grub; update-grub)"):format(now)
    elseif abi == 0 then
      return "no", ("not available (%s)"):format(errno or "ENOSYS"), "boot Linux 5.13 or later with "
        .. "CONFIG_SECURITY_LANDLOCK=y; in a container, a filter that allows landlock_create_ruleset"
    end
    local lacks = {}
    for _, entry in ipairs(landlock) do
      if abi < entry[1] then lacks[#lacks + 1] = ("%s (Linux %s)"):format(entry[3], entry[2]) end
    end
    if not lacks[1] then return ok("ABI %d", abi) end
    return "warn", ("ABI %d lacks: %s"):format(abi, table.concat(lacks, ", ")), "boot a newer kernel"
  end,
}

list[#list + 1] = {
  name = "seccomp",
  doc = "Filters of system calls, and calls that a function of the recipe answers (notify).",
  probe = function(host)
    local has, lacks = host.features.seccomp, {}
    if not has.filter then
      return "no", "no filters",
        "boot a kernel with CONFIG_SECCOMP_FILTER=y; in a container, a filter that allows seccomp(2)"
    end
    for _, name in ipairs(kinds.sorted(has)) do
      if not has[name] then lacks[#lacks + 1] = name end
    end
    if not lacks[1] then return ok("filters with log, notify, tsync, kill_process, wait_killable") end
    return "warn", "filters without: " .. table.concat(lacks, ", "),
      "boot a newer kernel (5.0 notify, 5.19 wait_killable)"
  end,
}

local SCOPE = "systemd-run --user --scope -p Delegate=yes nsengine ..."

--- What gives cgroups to a process that can have none; `way` is the hint from the search for them.
local function delegate(host, way)
  local systemd = host.stat "/run/systemd/system"
  if host.uid == 0 and not (systemd and way) then
    return "run it where /sys/fs/cgroup is writable: docker run --privileged --cgroupns=private ..."
  elseif way and (host.uid == 0 or not systemd or host.features.cgroup ~= "v2") then
    return way
  elseif host.features.cgroup ~= "v2" then
    return "kernel parameter systemd.unified_cgroup_hierarchy=1"
  elseif not host.stat("/run/user/" .. host.uid .. "/systemd") then
    return ("loginctl enable-linger %s; without D-Bus: %s"):format(user(host), SCOPE)
  elseif not host.stat("/run/user/" .. host.uid .. "/bus") then
    return install(host, "dbus-user-session", "dbus-daemon", "dbus") .. "; or " .. SCOPE
  end
  return way or SCOPE
end

list[#list + 1] = {
  name = "cgroup",
  doc = "Limits on the whole sandbox: memory, pids, cpu. Without them only those on one process are left.",
  probe = function(host)
    local layout, attempt = host.features.cgroup, host.attempts.cgroup
    local whose = attempt.scope and ", in a scope requested from systemd" or ""
    if attempt.ok then return ok("%s; memory, pids and cpu can be limited%s", layout, whose) end
    local has, lacks = {}, {}
    for _, name in ipairs { "memory", "pids", "cpu" } do
      local group = attempt[name] and has or lacks
      group[#group + 1] = name
    end
    if layout == "none" then
      return "warn", "no cgroups are mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
    elseif has[1] then
      return "warn", ("%s; %s, but not %s"):format(layout, table.concat(has, ", "), table.concat(lacks, ", ")),
        delegate(host, attempt.hint)
    end
    return "warn", ("%s; none is delegated to uid %d: %s"):format(layout, host.uid, reason(attempt)),
      delegate(host, attempt.hint)
  end,
}

list[#list + 1] = {
  name = "core dumps",
  doc = "A crash inside does not start the program in the host's core_pattern, unless limits.core is given.",
  probe = function(host)
    local pattern = (host.read "/proc/sys/kernel/core_pattern" or ""):match("^|(%S+)")
    if not pattern then return ok("core_pattern starts no program") end
    return ok("core_pattern starts %s; not for a sandbox without limits.core", pattern)
  end,
}

list[#list + 1] = {
  name = "binfmt",
  doc = "Programs for other architectures, which the host's interpreters run inside, too.",
  probe = function(host)
    local fixed, others_found = {}, {}
    for _, name in ipairs(host.list "/proc/sys/fs/binfmt_misc") do
      local text = host.read("/proc/sys/fs/binfmt_misc/" .. name) or ""
      if text:find("^enabled\n") and text:find("\ninterpreter ") then
        local is_fixed = text:match("\nflags: ([^\n]*)") or ""
        if name:find("^WSLInterop") then
          return "warn", "Windows programs can be started from inside",
            "in /etc/wsl.conf: [interop] enabled=false; then wsl --shutdown"
        end
        table.insert(is_fixed:find("F") and fixed or others_found, name)
      end
    end
    if not fixed[1] and not others_found[1] then return ok("no foreign programs") end
    if not others_found[1] then return ok("%s", table.concat(fixed, ", ")) end
    table.sort(others_found)
    return ok("%s: their interpreters have to be inside the sandbox", table.concat(others_found, ", "))
  end,
}

-- Terminal -------------------------------------------------------------------------------------------------------

list[#list + 1] = {
  name = "terminal",
  doc = "On a terminal a command gets one of its own, unless tty = false.",
  probe = function(host)
    local attempt = host.attempts.pty
    if attempt.ok then return ok("a pseudo-terminal is available") end
    return "warn", "no pseudo-terminal: " .. reason(attempt), "mount -t devpts devpts /dev/pts"
  end,
}

-- Lua -----------------------------------------------------------------------------------------------------------

local function module(name, doc, ...)
  local packages = { ... }
  list[#list + 1] = {
    name = "lua " .. name, doc = doc,
    probe = function(host)
      if host.module(name) then return ok("is installed") end
      return "warn", "is not installed", install(host, table.unpack(packages))
    end,
  }
end

module("cjson", "Needed by --result, and by =json of other options.", "lua-cjson", "lua-cjson", "lua54-cjson")
module("argparse", "Needed by ns.args, a recipe's own arguments.", "lua-argparse", "lua-argparse", "lua54-argparse")

return list
