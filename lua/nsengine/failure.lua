--- Why a sandbox could not be started: turns the numbers that the child reported into an error object with the recipe's
--- field and line, and the way out. Loaded only after a failure.

local errors = require "nsengine.error"
local obstacle = require "nsengine.obstacle"
local sys = require "nsengine.sys"

local M = {}

--- {step, kernel call or false, errno symbol or false, hint}: the first match counts.
local hints = {
  { "hostname", false, "EPERM", 'with share = { "uts" } the host name is the host\'s own' },
  { "filesystem", false, "ENODEV", "this kernel has no such file system, or its module is not loaded: "
    .. "see /proc/filesystems" },
  { "filesystem", false, "EPERM", obstacle.proc.words .. ": " .. obstacle.proc.fix },
  { "overlay", false, "EINVAL", "upper and work must be on the same file system, which is not an overlay; and in a "
    .. "user namespace a lower directory may not have mounts below it, as / has: name directories without" },
  { "overlay", false, "ELOOP", "two of its directories are the same, or one lies in the other: lower, upper and work "
    .. "must be separate" },
  { "overlay", false, "EACCES", "the sandbox's user may not search one of its directories, or one above: ns.tempdir() "
    .. "of root's belongs to the user that root's commands become by default, not to user = \"self\"" },
  { "overlay", "fstatfs", "EROFS", "the sandbox's user may not write to upper or work, or their file system is "
    .. "read-only: the kernel would mount the overlay read-only" },
  { false, "openat2(RESOLVE_NO_SYMLINKS)", "ELOOP", "follow = false: there is a symbolic link on the path, and "
    .. "whoever can change it could point it elsewhere" },
  { "bind", "open_tree", "EACCES", "you may not search a directory above it" },
  { "bind", "open_tree", "EINVAL", "something is mounted below it that a user namespace may not reveal: "
    .. "bind the parent instead" },
  { "ids", false, "EINVAL", "the user namespace does not map that id: see user.uid_map" },
  { "chdir", false, "ENOENT", "cwd is a path inside the sandbox: does fs provide it?" },
  { "landlock_path", "openat2", "ELOOP", "there is a symbolic link on the path, and whoever can change it could "
    .. "point it elsewhere: write the path that it leads to" },
  { "landlock_path", "openat2", "ENOENT", "landlock's paths are paths inside the sandbox: does fs provide this one?" },
  { "landlock_path", "openat2", "EACCES", "the sandbox's user may not search a directory above it" },
  { "nice", false, "EACCES", "a sandbox has no privileges: its nice value cannot be below its caller's" },
  { "rlimit", false, "EPERM", "it exceeds the caller's hard limit: see ulimit -H -a" },
  { "keyring", false, "EDQUOT", "the user's key quota is used up: raise sysctl kernel.keys.maxkeys" },
  { "symlink", "symlinkat", "EEXIST", "something else already exists there" },
  { false, "move_mount", "EINVAL", "a directory can only be mounted on a directory, a file only on a file" },
  { false, "move_mount", "ENOTDIR", "a directory can only be mounted on a directory, a file only on a file" },
  { false, "openat2", "ENOTDIR", "something above it in the tree is a file, not a directory" },
  { false, "openat2", "EBUSY", "through a symbolic link in the tree, this path is the root itself" },
  { false, "openat2", "ELOOP", "a symbolic link in the tree leads to itself" },
  { false, false, "EMFILE", "this program has reached its limit on open files: raise ulimit -n, or run fewer at a "
    .. "time" },
  { false, false, "ENOSYS", "this kernel has no such call: see nsengine.sys.features()" },
}

--- The early steps: if the namespaces were created but one of these is refused, a security module is the likely reason.
--- Later steps depend on the recipe's files.
local early = { hostname = true, domainname = true, timens = true, private = true, scratch = true, root_tmpfs = true,
  link_up = true }

local function hint_of_step(step, call, errno)
  local symbol = errno and sys.errname(errno)
  local found = early[step] and obstacle.line(symbol, nil, true) or step == "userns" and obstacle.line(symbol)
  if found then return found end
  for _, entry in ipairs(hints) do
    if (not entry[1] or entry[1] == step) and (not entry[2] or entry[2] == call)
      and (not entry[3] or entry[3] == symbol) then
      return entry[4]
    end
  end
end

--- {step = the index of the argument that a message names}
local operands = {
  hostname = 2, domainname = 2, root_bind = 2, bind = 3, filesystem = 3, dev = 2, directory = 2, file = 2, symlink = 3,
  mask = 2, readonly = 2, link_up = 2, chdir = 2, nice = 2, landlock_path = 2, landlock_port = 2,
}

--- The calls of a bind that concern its source.
local of_source = { open_tree = true, ["openat2(RESOLVE_NO_SYMLINKS)"] = true }

--- "open_tree /src: Permission denied (EACCES)": the call, its operand, the kernel's reason.
local function sentence(step, call, errno)
  local about = step[operands[step[1]] or 0]
  if step[1] == "bind" and of_source[call] then about = step[2] end
  local symbol, reason = sys.errname(errno)
  return ("%s%s: %s (%s)"):format(call, about and " " .. tostring(about) or "",
    reason or "error " .. errno, symbol or errno)
end

local function is_overlay(step)
  return step[1] == "root_overlay" or (step[1] == "filesystem" and step[2] == "overlay")
end

--- The overlay that `field` mounts, and its directories as {path as written, host path}: first upper and work, if any.
local function layers(job, field, host)
  local mounts = require "nsengine.mount"
  for _, entry in ipairs(job and job.spec and job.spec.fs and require("nsengine.fs").entries(job.spec.fs) or {}) do
    local mount = entry.mount
    if "fs." .. entry.target == field and mount.kind == "overlay" then
      local dirs = { mount.upper, mount.work }
      table.move(mount.lower, 1, #mount.lower, #dirs + 1, dirs)
      for i, path in ipairs(dirs) do dirs[i] = { path, mounts.host_path(path, host) } end
      return mount, dirs
    end
  end
  return {}, {}
end

--- The missing directories of an overlay, as the recipe writes them, because fsconfig(2) does not name them; and the
--- command that creates those that the sandbox writes to.
local function missing_layers(job, field)
  local missing, made, host = {}, {}, { cwd = sys.getcwd(), home = os.getenv "HOME" }
  local mount, dirs = layers(job, field, host)
  for i, dir in ipairs(dirs) do
    if not sys.stat(dir[2]) then
      missing[#missing + 1] = require("nsengine.mount").written(dir[1], host)
      if mount.upper and i <= 2 then made[#made + 1] = dir[1] end
    end
  end
  return table.concat(missing, ", "), made[1] and "mkdir -p " .. table.concat(made, " ")
end

--- What is wrong with the directories of an overlay for which fsconfig(2) says EINVAL; nil: nothing that can be seen.
local function wrong_layers(job, field)
  local mount, dirs = layers(job, field, { cwd = sys.getcwd(), home = os.getenv "HOME" })
  for _, dir in ipairs(dirs) do
    local stat = sys.stat(dir[2])
    if stat and stat.type ~= "directory" then return dir[1] .. " is not a directory" end
  end
  local upper, work = mount.upper and dirs[1][2] .. "/", mount.upper and dirs[2][2] .. "/"
  if upper and (upper:sub(1, #work) == work or work:sub(1, #upper) == upper) then
    return "upper and work must be separate directories, neither in the other"
  end
end

--- A host path as the recipe writes it: the step has the absolute one.
local function as_written(job, field, path)
  local fs = job and job.spec and job.spec.fs
  for _, entry in ipairs(fs and require("nsengine.fs").entries(fs) or {}) do
    if "fs." .. entry.target == field and entry.mount.source then return entry.mount.source end
  end
  return path
end

--- The way out if a source does not exist: a shell would have expanded it, or it is relative and beside the recipe.
---@param source string
---@return string|nil hint
function M.beside(source)
  if source:find "^~[^/]" then return "only ~ and ~/ are expanded, to your own home: write that user's home" end
  local name = source:match "^%$([%a_][%w_]*)" or source:match "^%${([%a_][%w_]*)}"
  if name then return ('variables are not expanded: os.getenv "%s" .. "/..."'):format(name) end
  local recipe = package.loaded["nsengine.recipe"]
  local directory = recipe and recipe.directory
  if not directory or source:find "^[/~]" or not sys.stat(directory .. source) then return nil end
  return ("it is beside the recipe: ns.here %q"):format((source:gsub("^%./", "")))
end

--- A step that the kernel refused.
local function failed_step(description, message, errno, detail, job)
  -- Without a step, it failed on the way to the payload: its arguments may be too long.
  local origin = detail.step and description.origin[detail.step] or { where = job and job.where }
  local step = detail.step and description.steps[detail.step] or {}
  if description.group and not detail.step and detail.call == "write cgroup.procs" then
    origin = { field = description.group.field, where = description.place(description.group.field) }
  end
  local kind, traceback, hint = "setup", nil, nil
  if detail.setup_error ~= nil then
    message = tostring(detail.setup_error)
    local at = message:find("\nstack traceback:", 1, true)
    if at then message, traceback = message:sub(1, at - 1), message:sub(at + 1) end
  elseif errno == sys.ENOENT and (step[1] == "bind" or step[1] == "root_bind") and of_source[detail.call] then
    local source = as_written(job, origin.field, step[2])
    local written = require("nsengine.mount").written(source, { home = os.getenv "HOME" })
    message, kind, hint = "no such file or directory: " .. written, "host", M.beside(source)
  elseif detail.call and errno and detail.complaint == nil then
    message = sentence(step, detail.call, errno)
    local missing, make = "", nil
    if is_overlay(step) and errno == sys.ENOENT then missing, make = missing_layers(job, origin.field) end
    if is_overlay(step) and errno == sys.EINVAL then hint = wrong_layers(job, origin.field) end
    if missing ~= "" then message, kind, hint = "no such file or directory: " .. missing, "host", make end
  end
  return errors.new {
    kind = kind, where = origin.where, field = origin.field, op = detail.call, errno = errno, message = message,
    hint = hint or hint_of_step(is_overlay(step) and "overlay" or step[1], detail.call, errno), traceback = traceback,
  }
end

--- The first process ended while it built the sandbox: it was killed, or the recipe's setup function ended it.
local function died(description, message, errno, detail, job)
  local by_setup = job and job.setup and not detail.signal
  local memory = description.group and description.group.limits.memory
  if memory and detail.signal == sys.SIGKILL then
    return errors.new { kind = "setup", where = description.place "limits.memory", field = "limits.memory",
      errno = errno,
      message = ("%d bytes are too few to build the sandbox: its first process was killed"):format(memory) }
  end
  return errors.new {
    kind = "setup", where = description.place(by_setup and "setup" or nil), field = by_setup and "setup" or nil,
    errno = errno,
    message = by_setup and "the function ended the process: it must return, or raise an error" or message,
  }
end

--- The namespaces, or the maps of their ids, were refused.
local function refused(description, message, errno, detail)
  local maps = detail.stage == "maps"
  if maps and errno == sys.ENODEV then
    return errors.new { kind = "host", where = description.place(), op = detail.call, errno = errno,
      message = "/proc is not mounted, or belongs to another pid namespace: id maps are written there",
      hint = "mount -t proc proc /proc" }
  end
  if detail.stage == "clone" and errno then message = sentence({}, "clone", errno) end
  local found = errno and obstacle.line((sys.errname(errno))) or nil
  local hint = require "nsengine.hint"(message) or found
  if not found and detail.stage == "clone" and errno == sys.EPERM then -- that one is for sys.clone
    hint = "nsengine --doctor tries what this host allows"
  end
  if hint and detail.stage == "clone" and (errno == sys.EPERM or errno == sys.ENOSPC) then
    hint = ('%s; or without namespaces: share = "all", with landlock'):format(hint)
  end
  return errors.new {
    kind = "host", where = maps and description.place("user") or description.place(), field = maps and "user" or nil,
    op = detail.call, errno = errno, message = message, hint = hint,
  }
end

--- The longest string that execve(2) takes, with its NUL: MAX_ARG_STRLEN, of 32 pages.
local LONGEST <const> = 131072

--- What is too long for execve(2).
local function too_long(job)
  local total = { 0, 0 }
  for kind, list in ipairs { job.argv or {}, job.env or {} } do
    for i, text in ipairs(list) do
      if #text >= LONGEST then
        return ("%s has %d bytes, one may have %d: pass it in a file, or as stdin"):format(
          kind == 1 and "argument " .. i - 1 or "the variable " .. text:match "^[^=]*", #text, LONGEST - 1)
      end
      total[kind] = total[kind] + #text + 1
    end
  end
  return ("the arguments have %d bytes, the environment %d: together they may have a quarter of the stack's limit, and "
    .. "6 MiB at most"):format(total[1], total[2])
end

--- The command could not be executed: it is missing or not a program, or its loader is missing.
local function failed_exec(description, message, errno, detail, job)
  local argv, path = job and job.argv or {}, job and job.path
  local name = argv[1] or "?"
  local failure = errors.new { kind = "exec", where = job and job.where or description.place("cmd"),
    op = detail.call or "execve", errno = errno, message = message }
  if errno == sys.ENOENT and not name:find("/", 1, true) then
    failure.message = ("command not found: %s (looked in %s, inside the sandbox)"):format(name, path or "PATH")
  end
  if name:find("/", 1, true) and detail.call == "execve" then
    failure.message = sentence({}, "execve " .. name, errno)
  end
  if errno == sys.ENOENT then
    failure.hint = require("nsengine.interpreter").hint(job and job.spec, name, path)
  elseif errno == sys.EACCES then
    failure.hint = "the file is not executable, the sandbox's user may not access it, or its file system is mounted "
      .. "noexec" .. (job and job.spec and job.spec.landlock
        and "; or landlock.exec does not name it, its loader or its interpreter" or "")
  elseif errno == sys.ENOEXEC then
    failure.hint = "neither a program nor a script: does its first line start with #! ?"
  elseif errno == sys.E2BIG and job then
    failure.hint = too_long(job)
  elseif errno == sys.ETIMEDOUT then
    failure.hint = "its file system, or the holder of a lease on it, does not respond; in a pid namespace of its own, "
      .. 'without share = { "pid" }, the start waits for it'
  end
  return failure
end

local stages = {
  prepare = refused, clone = refused, maps = refused, step = failed_step, exec = failed_exec, died = died,
}

--- See nsengine.error, from_spawn.
function M.explain(description, message, errno, detail, job)
  local stage = stages[detail.stage] or (detail.step and failed_step) or refused
  message = message:gsub("^spawn: ", "")
  return stage(description, message, errno, detail, job)
end

return M
