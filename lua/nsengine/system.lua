--- What profiles are made of: what a command line needs of the host to run the host's programs and nothing that tells
--- of its users, and the project that a command works on.

local errors = require "nsengine.error"
local ns = require "nsengine"
local sys = require "nsengine.sys"

local M = {}

--- Of /etc: how libraries and programs are found, what time it is, whom a TLS connection trusts. No secrets.
local configuration = { "alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "ssl/certs",
  "ca-certificates", "ssl/openssl.cnf", "protocols", "services", "mime.types", "nsswitch.conf", "python3*", "perl",
  "java-*", "pki", "crypto-policies" }

--- Names for the ids inside: those of the host are nobody's business.
local PASSWD <const> = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
local GROUP <const> = "root:x:0:\nnogroup:x:65534:\n"

--- /etc/passwd and /etc/group, in which also who runs the command has a name: git, python and ssh ask for it.
---@param who {name: string, home: string, user: string|table}|nil nobody has one
local function accounts(who)
  local own = sys.getids()
  local ids = who and (type(who.user) == "table" and who.user or { uid = own.euid, gid = own.egid })
  if not ids or ids.uid == 0 then return PASSWD, GROUP end -- root's command is nobody's
  return ("%s%s:x:%d:%d::%s:/bin/sh\n"):format(PASSWD, who.name, ids.uid, ids.gid, who.home),
    ("%s%s:x:%d:\n"):format(GROUP, who.name, ids.gid)
end

--- What a network that is the host's needs, where names are looked up.
local network = { "/etc/resolv.conf", "/etc/hosts" }

--- Directories of programs and libraries. Where / is merged all but the first are links into it.
local programs = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" }

--- A path as it is here: a link with the same text, else read-only; nothing where there is none.
local function as_here(path)
  local target = sys.readlink(path)
  if target then return ns.symlink(target) end
  return sys.lstat(path) and ns.ro(path) or nil
end

--- The fs of the system's programs: /usr and the links to it, the harmless part of /etc, /proc, /dev, /tmp.
---@param more table<string, nsengine.Mount>|nil what else, by path; it goes before
---@param who table|nil who has a name inside: {name =, home =, user = as of the sandbox}
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

--- Adds to `fs` what looks up the names of hosts, for those who are given the host's network: that comes later, by
--- :with. Without it the names of hosts that stand there can be read, and nothing asked.
function M.resolve(fs)
  for _, path in ipairs(network) do
    if sys.stat(path) then fs[path] = ns.ro(path) end
  end
end

--- Those of the directories of programs that are none of the links.
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

--- A path without links.
local function real(path)
  local fd <close> = sys.open(path, sys.O_PATH | sys.O_CLOEXEC)
  return fd and sys.readlink("/proc/self/fd/" .. fd:fileno()) or path
end

--- The homes that are not to be opened: the one of the environment, and those of the users that we could be. Root is
--- asked to work for any of them, and HOME may be root's.
local function homes()
  local uid, list = sys.getids().euid, { os.getenv "HOME" or "/root" }
  for line in (sys.readfile "/etc/passwd" or ""):gmatch "[^\n]+" do
    local id, home = line:match "^[^:]*:[^:]*:(%d+):[^:]*:[^:]*:(/[^:]*)"
    id = tonumber(id)
    if id and (id == uid or (uid == 0 and id >= 1000 and id < 65534)) then list[#list + 1] = home end
  end
  return list
end

--- The working directory, as the project that a command may write to. Not so a home, or what homes are in.
---@return string
function M.project()
  local project = ns.cwd()
  for _, home in ipairs(homes()) do
    if project == "/" or (real(home) .. "/"):sub(1, #project + 1) == project .. "/" then
      refuse("%s would be writable, but contains your home: change to a project directory", project)
    end
  end
  return project
end

--- Who works on a project: its owner, also where root does it for him.
---@return string|table user
function M.owner(project)
  local stat = sys.getids().euid == 0 and assert(sys.stat(project))
  if not stat or stat.uid == 0 then return "self" end
  local gid = stat.gid ~= 0 and stat.gid or stat.uid -- root's group opens more than the project
  return { uid = stat.uid, gid = gid, uid_map = { { stat.uid, stat.uid, 1 } }, gid_map = { { gid, gid, 1 } } }
end

--- The project of the working directory, as a command that writes there sees it: with a /tmp and a home of its own.
---@param name string of its user
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

--- Paths in a project that programs of the host execute or obey when somebody works there.
local obeyed = { ".git/hooks", ".git/config", ".git/config.worktree", ".git/modules", ".envrc", ".vscode", ".idea" }

--- lstat of a path in a project that a stranger may have written to: a link is refused, for it leads wherever he likes.
local function look(path)
  local stat = sys.lstat(path)
  if stat and stat.type == "link" then
    refuse("%s is a symbolic link, which an earlier command may have made: it is not followed", path)
  end
  return stat
end

--- What was no link when it was looked at may be one when it is mounted.
local unfollowed = { follow = false }

--- Adds to `fs` what of a project can be read only. What is a mount cannot be renamed, replaced or removed either, so
--- .git is one too, and a repository is given the directory of hooks that it lacks.
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
