--- What stands in the way of namespaces on a host, and the command that takes it away: the one source of these words,
--- for the hints of failures and for --doctor. Loaded when something failed, or when somebody asks.

local M = {}

---@class nsengine.Obstacle
---@field words string   what forbids it
---@field mend string    the command, or what else takes it away

local function number(host, path)
  return tonumber(host.read("/proc/sys/" .. path) or "")
end

--- A line of /proc/self/status.
local function status(host, name)
  return (host.read "/proc/self/status" or ""):match("%f[%w]" .. name .. ":%s*(%S+)")
end

--- The security module's name for this process, without NUL and newline; nil where there is none.
local function label(host)
  local text = host.read "/proc/self/attr/current" or ""
  return text:match("^[^%z\n]+")
end

--- AppArmor's profile of this process: nil where it has none, "unprivileged_userns" is what Ubuntu puts those into
--- that it restricts.
local function profile(host)
  local text = label(host)
  local name = text and text:match("^(.-) %(%a+%)$")
  return name ~= "unprivileged_userns" and name or nil
end

local function is_ordinary(host)
  return host.uid ~= 0
end

--- A filter that this process did not ask for. unshare(0) does nothing, and nothing but a filter refuses it.
local function is_filtered(host)
  return status(host, "Seccomp") == "2" and not host.unshare()
end

--- Whether the root directory is another one than the mount namespace's: create_user_ns() refuses that. A chroot is not
--- in mountinfo unless something is mounted on it; pid 1 has most likely the true one.
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

--- {on = symbols of errno, late = it may also let the namespace be made and refuse what is done in it, found, words,
--- mend}: the first that fits.
local obstacles = {
  {
    on = LIMIT,
    found = function(host) return closed(host)[1] end,
    words = function(host)
      return ("this host allows no such namespace: %s = 0"):format(table.concat(closed(host), ", "))
    end,
    mend = function(host)
      local settings = {}
      for i, name in ipairs(closed(host)) do settings[i] = name .. "=15000" end
      return "sysctl -w " .. table.concat(settings, " ")
    end,
  },
  {
    on = LIMIT,
    words = "the limit of namespaces is reached, or they are nested 32 deep",
    mend = "raise sysctl user.max_user_namespaces and the like",
  },
  {
    on = DENIED,
    found = function(host) return is_ordinary(host) and number(host, "kernel/unprivileged_userns_clone") == 0 end,
    words = "this host forbids user namespaces to ordinary users",
    mend = sysctl("kernel.unprivileged_userns_clone", 1),
  },
  {
    on = DENIED, late = true,
    found = function(host)
      return is_ordinary(host) and number(host, "kernel/apparmor_restrict_unprivileged_userns") == 1
        and not profile(host)
    end,
    words = "AppArmor restricts user namespaces here",
    mend = "give nsengine a profile with 'userns,' (docs/hosts.md), or "
      .. sysctl("kernel.apparmor_restrict_unprivileged_userns", 0),
  },
  {
    on = DENIED,
    found = is_filtered,
    words = "a seccomp filter forbids new namespaces, as a container's does",
    mend = "docker run --security-opt seccomp=unconfined ..., or a filter that allows clone, clone3, unshare, setns "
      .. "and the calls of mounts",
  },
  {
    on = DENIED, late = true,
    found = profile,
    words = function(host) return ("AppArmor's profile '%s' confines this process"):format(profile(host)) end,
    mend = "docker run --security-opt apparmor=unconfined ..., or allow userns and mount in the profile",
  },
  {
    on = DENIED,
    found = is_chroot,
    words = "this is a chroot, from which the kernel allows no user namespace",
    mend = "enter the tree by pivot_root(2) instead: unshare --mount, systemd-nspawn -D or nsengine itself",
  },
  {
    on = { EACCES = true }, late = true,
    found = function(host) return tonumber(host.read "/sys/fs/selinux/enforce" or "") == 1 end,
    words = function(host) return ("SELinux forbids it to %s"):format(label(host) or "this process") end,
    mend = "ausearch -m avc -ts recent | audit2allow -M nsengine && semodule -i nsengine.pp; in a container: "
      .. "--security-opt label=disable",
  },
  {
    on = { EINVAL = true, ENOSYS = true },
    found = function(host) return host.stat "/proc/self" and not host.stat "/proc/self/ns/user" end,
    words = "this kernel is built without user namespaces",
    mend = "a kernel with CONFIG_USER_NS=y",
  },
  {
    on = { ENOSYS = true },
    words = "the call is hidden by a filter, or this is no Linux but something like it",
    mend = "a filter that allows clone, clone3 and unshare",
  },
  {
    on = { EAGAIN = true },
    words = "no more processes are allowed: RLIMIT_NPROC, or the pids limit of the cgroup",
    mend = "ulimit -u, or pids.max of the cgroup",
  },
}

local function say(text, host)
  return type(text) == "function" and text(host) or text
end

--- This host, as far as obstacles look at it.
function M.here()
  local sys = require "nsengine.sys"
  return {
    uid = sys.getids().euid,
    read = function(path) return (sys.readfile(path)) end,
    stat = function(path) return (sys.stat(path)) end,
    unshare = function() return (sys.unshare(0)) end,
  }
end

--- What is in the way.
---@param symbol string|nil the errno that a new namespace gave: "EPERM"
---@param host table|nil {uid =, read = function(path), stat = function(path), unshare = function() of unshare(0)}
---@param late boolean|nil the namespace was made, and what was done in it was refused
---@return nsengine.Obstacle|nil
function M.find(symbol, host, late)
  host = host or M.here()
  for _, obstacle in ipairs(obstacles) do
    if obstacle.on[symbol or ""] and (obstacle.late or not late) and (not obstacle.found or obstacle.found(host)) then
      return { words = say(obstacle.words, host), mend = say(obstacle.mend, host) }
    end
  end
end

--- As one line; nil when nothing is known.
function M.line(symbol, host, late)
  local found = M.find(symbol, host, late)
  return found and found.words .. ": " .. found.mend
end

--- What keeps procfs from being mounted: mount_too_revealing() wants one that is fully visible, and no /proc where
--- there is none.
M.proc = {
  words = "a new procfs needs one outside that nothing is mounted over, unlike that of containers",
  mend = "docker run --security-opt systempaths=unconfined ...; Kubernetes: procMount: Unmasked",
}

return M
