--- Building blocks of profiles: the parts of the host that its programs need to run, without anything about its users,
--- and the project that a command works on.

local errors = require "nsengine.error"
local ns = require "nsengine"
local sys = require "nsengine.sys"

local M = {}

--- In /etc: how libraries and programs are found, the time zone, which certificates TLS trusts. No secrets.
local configuration = { "alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "ssl/certs",
  "ca-certificates", "ssl/openssl.cnf", "protocols", "services", "mime.types", "nsswitch.conf", "python3*", "perl",
  "java-*", "pki", "crypto-policies" }

--- Names for the ids inside: the host's accounts are not disclosed.
local PASSWD <const> = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
local GROUP <const> = "root:x:0:\nnogroup:x:65534:\n"

--- /etc/passwd and /etc/group with an entry for the command's user: git, python and ssh look it up.
---@param who {name: string, home: string, user: string|table}|nil nil: no such entry
local function accounts(who)
  local own = sys.getids()
  local ids = who and (type(who.user) == "table" and who.user or { uid = own.euid, gid = own.egid })
  if not ids or ids.uid == 0 then return PASSWD, GROUP end -- root's command runs as nobody
  return ("%s%s:x:%d:%d::%s:/bin/sh\n"):format(PASSWD, who.name, ids.uid, ids.gid, who.home),
    ("%s%s:x:%d:\n"):format(GROUP, who.name, ids.gid)
end

--- Files that name lookups on the host's network need.
local network = { "/etc/resolv.conf", "/etc/hosts" }

--- Directories of programs and libraries. With a merged /usr, all but the first are links into it.
local programs = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" }

--- Shows a path as on the host: a link with the same text, else read-only; nil if it does not exist.
local function as_here(path)
  local target = sys.readlink(path)
  if target then return ns.symlink(target) end
  return sys.lstat(path) and ns.ro(path) or nil
end

--- The fs of the system's programs: /usr and the links to it, the harmless part of /etc, /proc, /dev, /tmp.
---@param more table<string, nsengine.Mount>|nil further mounts, by path; they take precedence
---@param who table|nil the command's user inside: {name =, home =, user = as in the sandbox}
---@return table<string, nsengine.Mount>
function M.fs(more, who)
  local passwd, group = accounts(who)
  local fs = {
    ["/etc/passwd"] = ns.file(passwd), ["/etc/group"] = ns.file(group),
    ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs { size = "256M" },
  }
  for _, path in ipairs(programs) do fs[path] = as_here(path) end
  for _, pattern in ipairs(configuration) do
    for _, path in ipairs(ns.glob("/etc/" .. pattern)) do
      if sys.stat(path) then fs[path] = ns.ro(path) end
    end
  end
  for path, mount in pairs(more or {}) do fs[path] = mount end
  return fs
end

--- Adds the files for name lookups to `fs`, for sandboxes that get the host's network later, by :with. Without that
--- network the files can be read, but no server can be reached.
function M.resolve(fs)
  for _, path in ipairs(network) do
    if sys.stat(path) then fs[path] = ns.ro(path) end
  end
end

--- The directories of programs that are not links.
---@return string[]
function M.programs()
  local list = {}
  for _, path in ipairs(programs) do
    local stat = sys.lstat(path)
    if stat and stat.type == "directory" then list[#list + 1] = path end
  end
  return list
end

local function refuse(text, ...)
  errors.recipe(nil, nil, text:format(...))
end

--- A path with all links resolved.
local function real(path)
  local fd <close> = sys.open(path, sys.O_PATH | sys.O_CLOEXEC)
  return fd and sys.readlink("/proc/self/fd/" .. fd:fileno()) or path
end

--- The homes that must not become writable: HOME, and those of the users that this process could be. Root may be
--- working for any of them, while HOME may be root's.
local function homes()
  local uid, list = sys.getids().euid, { os.getenv "HOME" or "/root" }
  for line in (sys.readfile "/etc/passwd" or ""):gmatch "[^\n]+" do
    local id, home = line:match "^[^:]*:[^:]*:(%d+):[^:]*:[^:]*:(/[^:]*)"
    id = tonumber(id)
    if id and (id == uid or (uid == 0 and id >= 1000 and id < 65534)) then list[#list + 1] = home end
  end
  return list
end

--- Trees of the system, which root could change, and directories that many programs and users share.
local systems = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/etc", "/dev", "/proc",
  "/sys", "/run" }
local shared = { "/tmp", "/var", "/var/tmp", "/var/lib", "/var/log", "/var/cache", "/var/spool", "/opt", "/srv",
  "/mnt", "/media" }

--- Whether a directory belongs to the system, or to everybody. Sources in /usr/src and /usr/local/src do not.
local function is_common(project)
  for _, path in ipairs(shared) do
    if project == path then return true end
  end
  for _, path in ipairs(systems) do
    if (project .. "/"):sub(1, #path + 1) == path .. "/" then
      return not (project:find "^/usr/src/." or project:find "^/usr/local/src/.")
    end
  end
end

--- The working directory, as the project that a command may write to. A home, a parent of homes, and what is not one
--- project's are refused.
---@return string
function M.project()
  local project = sys.getcwd() or refuse "the working directory is gone: change to another"
  if is_common(project) then
    refuse("%s would be writable, but is not a project's: change to a project directory", project)
  end
  for _, home in ipairs(homes()) do
    if project == "/" or (real(home) .. "/"):sub(1, #project + 1) == project .. "/" then
      refuse("%s would be writable, but contains your home: change to a project directory", project)
    end
  end
  return project
end

--- The user who works on a project: its owner, also if root runs the command.
---@return string|table user
function M.owner(project)
  local stat = sys.getids().euid == 0 and assert(sys.stat(project))
  if not stat or stat.uid == 0 then return "self" end
  local gid = stat.gid ~= 0 and stat.gid or stat.uid -- root's group would give access to more than the project
  return { uid = stat.uid, gid = gid, uid_map = { { stat.uid, stat.uid, 1 } }, gid_map = { { gid, gid, 1 } } }
end

--- The project in the working directory, and the tree of a command that writes to it: with a /tmp and home of its own.
---@param name string the user's name inside
---@return string project
---@return string|table user
---@return string home
---@return table<string, nsengine.Mount> fs
function M.workplace(name)
  local project, home = M.project(), "/home/" .. name
  local user = M.owner(project)
  local fs = M.fs({
    ["/tmp"] = ns.tmpfs { size = "4G" },
    [home] = ns.tmpfs { size = "1G", mode = "700" },
    [project] = ns.rw(project),
  }, { name = name, home = home, user = user })
  M.resolve(fs)
  return project, user, home, fs
end

--- Paths in a project that host programs execute or obey when someone works there.
local obeyed = { ".git/hooks", ".git/config", ".git/config.worktree", ".git/modules", ".envrc", ".vscode", ".idea" }

--- lstat of a path in a project that an untrusted command may have written to: refuses links, which can lead anywhere.
local function look(path)
  local stat = sys.lstat(path)
  if stat and stat.type == "link" then
    refuse("%s is a symbolic link, which an earlier command may have made: it is not followed", path)
  end
  return stat
end

--- What was not a link when checked may be one when it is mounted.
local unfollowed = { follow = false }

--- Makes parts of a project read-only in `fs`. A mount point cannot be renamed, replaced or removed either, so .git is
--- one too, and a missing .git/hooks is created.
function M.protect(fs, project)
  local git = look(project .. "/.git")
  if git and git.type == "directory" then
    if look(project .. "/.git/commondir") then
      refuse("%s/.git/commondir points git elsewhere, and an earlier command may have made it: remove it", project)
    end
    fs[project .. "/.git"] = ns.rw(project .. "/.git", unfollowed)
    if not look(project .. "/.git/hooks") then assert(sys.mkdir(project .. "/.git/hooks", 493)) end
  elseif git then -- "gitdir: ...": a work tree of a repository elsewhere
    fs[project .. "/.git"] = ns.ro(project .. "/.git", unfollowed)
  end
  for _, name in ipairs(obeyed) do
    local inside_git = name:sub(1, 5) == ".git/"
    if not inside_git or (git and git.type == "directory") then
      local path = project .. "/" .. name
      if look(path) then fs[path] = ns.ro(path, unfollowed) end
    end
  end
end

return M
