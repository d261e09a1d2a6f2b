--- What stands in the way of namespaces on a host, and the command that removes it: the one source of these words, for
--- hints and for --doctor. Loaded when something failed, or on demand.

local M = {}

---@class nsengine.Obstacle
---@field words string   what forbids it
---@field fix string     the command, or what else removes it

local function number(host, path)
  return tonumber(host.read("/proc/sys/" .. path) or "")
end

--- A value from /proc/self/status.
local function status(host, name)
  return (host.read "/proc/self/status" or ""):match("%f[%w]" .. name .. ":%s*(%S+)")
end

--- The security module's label of this process, without NUL and newline; nil if there is none.
local function label(host)
  local text = host.read "/proc/self/attr/current" or ""
  return text:match("^[^%z\n]+")
end

--- The AppArmor profile of this process, or nil. "unprivileged_userns" does not count: Ubuntu puts the processes that
--- it restricts into that.
local function profile(host)
  local text = label(host)
  local name = text and text:match("^(.-) %(%a+%)$")
  return name ~= "unprivileged_userns" and name or nil
end

local function is_ordinary(host)
  return host.uid ~= 0
end

--- Whether a seccomp filter refuses unshare: unshare(0) does nothing, so only a filter can refuse it.
local function is_filtered(host)
  return status(host, "Seccomp") == "2" and not host.unshare()
end

--- Whether the root directory differs from the mount namespace's: create_user_ns() refuses that. mountinfo does not
--- show the root of a chroot unless it is a mount point; pid 1 most likely has the real root.
local function is_chroot(host)
  local mounts = host.read "/proc/self/mountinfo"
  if mounts and not ("\n" .. mounts):find("\n%d+ %d+ %S+ %S+ / ") then return true end
  local root, first = host.stat "/", host.stat "/proc/1/root/."
  if root and first and (root.dev ~= first.dev or root.ino ~= first.ino) then return true end
  return host.is_chroot and host.is_chroot() or false
end

local kinds = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" }

--- The sysctls user.max_*_namespaces that are 0.
local function closed(host)
  local names = {}
  for _, kind in ipairs(kinds) do
    local name = "max_" .. kind .. "_namespaces"
    if number(host, "user/" .. name) == 0 then names[#names + 1] = "user." .. name end
  end
  return names
end

local function sysctl(setting, value)
  return ("sysctl -w %s=%s"):format(setting, value)
end

local DENIED = { EPERM = true, EACCES = true }
local LIMIT = { ENOSPC = true, EUSERS = true }

--- {on = errno symbols, late = may also let the namespace be created and refuse what is done in it, found, words,
--- fix}: the first match counts.
local obstacles = {
  {
    on = LIMIT,
    found = function(host) return closed(host)[1] end,
    words = function(host)
      return ("this host allows no such namespace: %s = 0"):format(table.concat(closed(host), ", "))
    end,
    fix = function(host)
      local settings = {}
      for i, name in ipairs(closed(host)) do settings[i] = name .. "=15000" end
      return "sysctl -w " .. table.concat(settings, " ")
    end,
  },
  {
    on = LIMIT,
    words = "the limit on namespaces is reached, or they are nested 32 deep",
    fix = "raise sysctl user.max_user_namespaces, or the one for that kind",
  },
  {
    on = DENIED,
    found = function(host) return is_ordinary(host) and number(host, "kernel/unprivileged_userns_clone") == 0 end,
    words = "this host forbids ordinary users to create user namespaces",
    fix = sysctl("kernel.unprivileged_userns_clone", 1),
  },
  {
    on = DENIED, late = true,
    found = function(host)
      return is_ordinary(host) and number(host, "kernel/apparmor_restrict_unprivileged_userns") == 1
        and not profile(host)
    end,
    words = "AppArmor restricts user namespaces here",
    fix = "give nsengine a profile with 'userns,' (docs/hosts.md), or "
      .. sysctl("kernel.apparmor_restrict_unprivileged_userns", 0),
  },
  {
    on = DENIED,
    found = is_filtered,
    words = "a seccomp filter forbids new namespaces, as in a container",
    fix = "docker run --security-opt seccomp=unconfined ..., or a filter that allows clone, clone3, unshare, setns "
      .. "and the mount calls",
  },
  {
    on = DENIED, late = true,
    found = profile,
    words = function(host) return ("AppArmor's profile '%s' confines this process"):format(profile(host)) end,
    fix = "docker run --security-opt apparmor=unconfined ..., or allow userns and mount in the profile",
  },
  {
    on = DENIED,
    found = is_chroot,
    words = "this is a chroot, in which the kernel allows no new user namespace",
    fix = "enter the tree with pivot_root(2) instead: unshare --mount, systemd-nspawn -D or nsengine itself",
  },
  {
    on = { EACCES = true }, late = true,
    found = function(host) return tonumber(host.read "/sys/fs/selinux/enforce" or "") == 1 end,
    words = function(host) return ("SELinux denies it to %s"):format(label(host) or "this process") end,
    fix = "ausearch -m avc -ts recent | audit2allow -M nsengine && semodule -i nsengine.pp; in a container: "
      .. "--security-opt label=disable",
  },
  {
    on = { EINVAL = true, ENOSYS = true },
    found = function(host) return host.stat "/proc/self" and not host.stat "/proc/self/ns/user" end,
    words = "this kernel is built without user namespaces",
    fix = "boot a kernel with CONFIG_USER_NS=y",
  },
  {
    on = { ENOSYS = true },
    words = "the call is hidden by a filter, or this is not Linux but something that imitates it",
    fix = "a filter that allows clone, clone3 and unshare",
  },
  {
    on = { EAGAIN = true },
    words = "no more processes are allowed: RLIMIT_NPROC, or the cgroup's pids limit",
    fix = "raise ulimit -u, or the cgroup's pids.max",
  },
}

local function say(text, host)
  return type(text) == "function" and text(host) or text
end

--- This host, as far as obstacles depend on it.
function M.here()
  local sys = require "nsengine.sys"
  return {
    uid = sys.getids().euid,
    read = function(path) return (sys.readfile(path)) end,
    stat = function(path) return (sys.stat(path)) end,
    unshare = function() return (sys.unshare(0)) end,
  }
end

--- The obstacle, if it is known.
---@param symbol string|nil the errno with which a new namespace was refused: "EPERM"
---@param host table|nil {uid =, read = function(path), stat = function(path), unshare = function() of unshare(0)}
---@param late boolean|nil the namespace was created, but what was done in it was refused
---@return nsengine.Obstacle|nil
function M.find(symbol, host, late)
  host = host or M.here()
  for _, obstacle in ipairs(obstacles) do
    if obstacle.on[symbol or ""] and (obstacle.late or not late) and (not obstacle.found or obstacle.found(host)) then
      return { words = say(obstacle.words, host), fix = say(obstacle.fix, host) }
    end
  end
end

--- The same as one line, or nil.
function M.line(symbol, host, late)
  local found = M.find(symbol, host, late)
  return found and found.words .. ": " .. found.fix
end

--- What keeps procfs from being mounted: mount_too_revealing() requires an existing one that is fully visible; without
--- a /proc none can be mounted.
M.proc = {
  words = "a new procfs requires an existing one with nothing mounted over it (containers mount over theirs)",
  fix = "docker run --security-opt systempaths=unconfined ...; Kubernetes: procMount: Unmasked",
}

return M
