--- What to do about a failure: the way out, for messages of nsengine.sys that have a usual cause.
--- Called only when something failed, in the launcher and in the child of sys.clone.

local sys = require "nsengine.sys"

local function is_root()
  return sys.getids().euid == 0
end

local function read_number(path)
  return tonumber(sys.readfile(path) or "")
end

local function no_user_namespace()
  if read_number("/proc/sys/kernel/unprivileged_userns_clone") == 0 then
    return "this host forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1"
  elseif read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 then
    return "AppArmor restricts user namespaces here: give nsengine a profile with 'userns,', or "
      .. "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
  elseif not is_root() then
    return "an ordinary user needs sys.CLONE_NEWUSER with every other new namespace; "
      .. "inside a container its seccomp filter may forbid even that"
  end
  return "root lacks CAP_SYS_ADMIN here, as in most containers: add sys.CLONE_NEWUSER, or run with that capability"
end

--- {pattern of the message, hint: a string or a function that gives one}. The symbol of the error stands in
--- parentheses; elsewhere the word may be a part of a path.
local hints = {
  { "^clone: .*%(EPERM%)", no_user_namespace },
  { "^unshare: .*%(EPERM%)", no_user_namespace },
  { "^clone: .*%(ENOSPC%)", "the limit of namespaces is reached: sysctl user.max_user_namespaces and its kin" },
  { "^mount proc on .*%(EPERM%)", "mounting proc takes a new pid namespace (sys.CLONE_NEWPID) and new mount namespace, "
    .. "and a /proc outside that nothing is mounted over (in Docker: --security-opt systempaths=unconfined)" },
  { "^mount .*%(EPERM%)", "mounting takes CAP_SYS_ADMIN in a mount namespace of one's own: "
    .. "sys.CLONE_NEWNS with sys.CLONE_NEWUSER, or root" },
  { "^mount .*%(ENODEV%)", "this kernel has no such file system, or its module is not loaded: see /proc/filesystems" },
  { "^sethostname .*%(EPERM%)", "the host name is the host's own without sys.CLONE_NEWUTS" },
  { "^idmap: newuidmap:", "give the user a range in /etc/subuid: usermod --add-subuids 100000-165535 NAME" },
  { "^idmap: newgidmap:", "give the user a range in /etc/subgid: usermod --add-subgids 100000-165535 NAME" },
  { "^idmap: .*%(EPERM%)", "without CAP_SETUID a process maps only its own id, once" },
  { "^setresuid.*%(EINVAL%)", "the user namespace does not map that id: see sys.idmap" },
  { "^exec .*%(EACCES%)", "the file is not executable, or its file system is mounted noexec" },
  { "^returned table: .* %(a table%);", "a table of fields becomes a sandbox by ns.sandbox { ... }" },
  { "^exec .*%(ENOEXEC%)", "no program and no script: does its first line begin with #! ?" },
}

--- The hint for a message, or nil. An error object of nsengine has its own, or none.
---@param message string
---@param object any what the message is of
---@return string|nil
local function hint(message, object)
  local meta = type(object) == "table" and getmetatable(object)
  if type(meta) == "table" and meta.__name == "nsengine.Error" then return object.hint end
  local text = message:gsub("^[^:\n]+:%d+: ", "") -- "recipe.lua:7: "
  for _, entry in ipairs(hints) do
    if text:find(entry[1]) then
      return type(entry[2]) == "function" and entry[2]() or entry[2]
    end
  end
end

return hint
