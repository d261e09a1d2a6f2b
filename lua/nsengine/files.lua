--- Files for recipes: where they lie, which there are, what is in them; directories that go with their scope; warnings.
--- Mistakes and refusals are raised, with the recipe's line.

local errors = require "nsengine.error"
local sys = require "nsengine.sys"

local M = {}

--- Raises what the kernel refused: "open x: No such file..." becomes "x: No such file...".
local function refused(where, message, errno, hint)
  error(errors.new {
    kind = "host", where = where, op = message:match("^%S+"), errno = errno, message = message:gsub("^%S+ ", "", 1),
    hint = hint,
  }, 0)
end

--- A path that a recipe gave.
local function check_path(where, name, path)
  if type(path) ~= "string" or path == "" or path:find("\0", 1, true) then
    errors.recipe(where, nil, ("ns.%s: expected a path, got %s"):format(name,
      path == "" and "an empty one" or require("nsengine.kinds").show(path)))
  end
  return path
end

-- Places --------------------------------------------------------------------------------------------------------

local function working_directory(where)
  local path, message, errno = sys.getcwd()
  if errno == sys.ENOENT then message = "getcwd the working directory is gone: change to another" end
  return path or refused(where, message, errno)
end

--- The working directory.
---@return string
M.cwd = sys.located(working_directory)

--- A path beside the recipe: ns.here "data" is the same wherever it is started from, also by a link to the recipe.
--- Without an argument, the recipe's directory.
---@param path string|nil
---@return string
M.here = sys.located(function(where, path)
  local recipe = package.loaded["nsengine.recipe"]
  local directory = recipe and recipe.directory
  if not directory then
    local file = where:match("^(.*):%d+$") or ""
    if recipe or not file:find("%.lua$") then -- "-e", "stdin": nothing is beside them
      errors.recipe(where, nil, "ns.here: this recipe is no file, nothing is beside it; see ns.cwd()")
    end
    directory = file:match("^(.*/)[^/]*$") or ""
    if directory:sub(1, 1) ~= "/" then directory = working_directory(where) .. "/" .. directory end
  end
  if path == nil then return #directory > 1 and directory:gsub("/$", "") or directory end
  check_path(where, "here", path)
  return path:sub(1, 1) == "/" and path or directory .. path:gsub("^%./+", "")
end)

--- The last component of a path: "b" of "/a/b" and of "/a/b/".
---@param path string
---@return string
M.basename = sys.located(function(where, path)
  check_path(where, "basename", path)
  return path:match("([^/]+)/*$") or "/"
end)

-- Content -------------------------------------------------------------------------------------------------------

--- The content of a file. A failure is an error.
---@param path string
---@return string
M.read = sys.located(function(where, path)
  local text, message, errno = sys.readfile(check_path(where, "read", path))
  return text or refused(where, message, errno)
end)

local modes = {
  r = sys.O_RDONLY, w = sys.O_WRONLY | sys.O_CREAT | sys.O_TRUNC, a = sys.O_WRONLY | sys.O_CREAT | sys.O_APPEND,
  ["r+"] = sys.O_RDWR, ["w+"] = sys.O_RDWR | sys.O_CREAT | sys.O_TRUNC,
  ["a+"] = sys.O_RDWR | sys.O_CREAT | sys.O_APPEND,
}

--- Opens a file for stdin, stdout, stderr or fds. The descriptor is closed at the end of its `<close>` scope, or when
--- it is collected. A failure is an error.
---@param path string
---@param mode "r"|"w"|"a"|"r+"|"w+"|"a+"|nil "r" by default, as fopen(3)
---@return userdata
M.open = sys.located(function(where, path, mode)
  check_path(where, "open", path)
  local flags = modes[mode or "r"]
  if not flags then
    errors.recipe(where, nil, ("ns.open: unknown mode %s: 'r', 'w', 'a', 'r+', 'w+' or 'a+'"):format(
      type(mode) == "string" and "'" .. mode .. "'" or type(mode)))
  end
  local fd, message, errno = sys.open(path, flags, 438) -- 0666, less the umask
  return fd or refused(where, message, errno)
end)

-- Patterns ------------------------------------------------------------------------------------------------------

--- The Lua pattern for a bracket expression that begins at `at` of a glob pattern, and the place behind it; nil when it
--- is not closed.
local function bracket(text, at)
  local negated, from = text:match("^%[([!^]?)()", at)
  local stop = text:find("]", from + 1, true)
  if not stop then return nil end
  local set = text:sub(from, stop - 1):gsub("[%%%]^]", "%%%0")
  return ("[%s%s]"):format(negated ~= "" and "^" or "", set), stop + 1
end

--- The Lua pattern for one name of a glob pattern; nil when it is a plain name, which comes second.
local function name_pattern(text)
  local parts, plain, at, special = {}, {}, 1, false
  while at <= #text do
    local c = text:sub(at, at)
    local set, behind
    if c == "[" then set, behind = bracket(text, at) end
    if set then
      parts[#parts + 1], at, special = set, behind, true
    elseif c == "*" or c == "?" then
      parts[#parts + 1], at, special = c == "*" and ".*" or ".", at + 1, true
    else
      if c == "\\" and at < #text then
        at = at + 1
        c = text:sub(at, at)
      end
      plain[#plain + 1] = c
      parts[#parts + 1], at = c:gsub("%W", "%%%0"), at + 1
    end
  end
  return special and "^" .. table.concat(parts) .. "$" or nil, table.concat(plain)
end

--- The names in a directory that match; a leading dot has to be written.
local function matching(directory, pattern, dots)
  local names = {}
  for _, name in ipairs(sys.list(directory == "" and "." or directory) or {}) do
    if name:find(pattern) and (dots or name:byte() ~= 46) then names[#names + 1] = name end
  end
  return names
end

--- Each path that the rest of a pattern makes of `prefix`.
local function expand(prefix, names, i, found)
  local text = names[i]
  if not text then
    found[#found + 1] = prefix:gsub("(.)/$", "%1")
    return
  end
  local pattern, plain = name_pattern(text)
  for _, name in ipairs(pattern and matching(prefix, pattern, text:find("^%.")) or { plain }) do
    local path = prefix .. name
    if names[i + 1] then
      local stat = sys.stat(path)
      if stat and stat.type == "directory" then expand(path .. "/", names, i + 1, found) end
    elseif sys.lstat(path) then
      found[#found + 1] = path
    end
  end
end

--- The files that match a pattern, sorted; an empty list if there are none. * matches any text, ? any character, [a-z]
--- and [!a-z] one of some characters. No shell is involved.
---@param pattern string
---@return string[]
M.glob = sys.located(function(where, pattern)
  check_path(where, "glob", pattern)
  local names, found = {}, {}
  for name in pattern:gmatch("[^/]+") do names[#names + 1] = name end
  expand(pattern:sub(1, 1) == "/" and "/" or "", names, 1, found)
  table.sort(found)
  return found
end)

-- Directories ---------------------------------------------------------------------------------------------------

--- Opens a directory to empty it. A command may have taken its owner's permissions away: they are restored first.
local function open_directory(name, parent)
  local how = parent and { dirfd = parent, resolve = sys.RESOLVE_BENEATH }
  local flags = sys.O_DIRECTORY | sys.O_NOFOLLOW
  local path <close>, message = sys.open(name, sys.O_PATH | flags, 0, how)
  if not path then return nil, message end
  local itself = ("/proc/self/fd/%d"):format(path:fileno()) -- fchmod(2) takes no O_PATH
  sys.chmod(itself, 448)
  return sys.open(itself, sys.O_RDONLY | sys.O_DIRECTORY)
end

--- How deep a tree is followed: each level holds a descriptor, and a stranger's command says how many there are.
local DEPTH <const> = 16

--- Moves a directory up to the top of its tree, where it waits for its turn.
local function lift(name, parent, top)
  local fd, reason = open_directory(name, parent) -- what is closed to its owner is not moved, for its ".." changes
  if not fd then return nil, reason end
  fd:close()
  local ok, message, errno, free
  repeat
    top.lifted = top.lifted + 1
    free = ("nsengine-%d"):format(top.lifted)
    ok, message, errno = sys.rename(name, free, 0, parent, top.fd)
    local taken = errno == sys.ENOTEMPTY or errno == sys.EEXIST or errno == sys.ENOTDIR
  until ok or not taken
  if ok then top.waiting[#top.waiting + 1] = free end
  return ok, message
end

local remove

--- Removes what is in a directory; nil, or why something is left.
local function empty(fd, depth, top)
  local left
  for _, name in ipairs(sys.list(fd) or {}) do
    local ok, message = remove(name, fd, depth, top)
    if not ok then left = message end
  end
  return left
end

--- Removes a tree below a descriptor: no name in it leads elsewhere, for a stranger's command made it.
function remove(name, parent, depth, top)
  local ok, message, errno = sys.unlink(name, parent)
  if ok or errno == sys.ENOENT then return true end
  if errno ~= sys.EISDIR then return nil, message end
  if depth > DEPTH then return lift(name, parent, top) end
  local fd <close>, reason = open_directory(name, parent)
  if not fd then return nil, reason end
  local left = empty(fd, depth + 1, top)
  ok, reason = sys.rmdir(name, parent)
  return ok, left or reason
end

--- Removes a directory with all it holds, however deep.
local function remove_all(path)
  local fd <close>, reason = open_directory(path)
  if not fd then return nil, reason end
  local top = { fd = fd, lifted = 0, waiting = {} }
  local left = empty(fd, 1, top)
  while top.waiting[1] do
    local ok, message = remove(table.remove(top.waiting), fd, 1, top)
    if not ok then left = message end
  end
  local ok
  ok, reason = sys.rmdir(path)
  return ok, left or reason
end

---@class nsengine.Tempdir
---@field path string absolute
local Tempdir = { __name = "nsengine.Tempdir" }
Tempdir.__index = Tempdir

local function warn(where, text)
  local cli = package.loaded["nsengine.cli"]
  if cli and cli.log then return cli.log(("%s: %s"):format(where, tostring(text))) end
  if not (cli and cli.quiet) then io.stderr:write("nsengine: warning: ", where, ": ", tostring(text), "\n") end
end

--- Removes it with all it holds; once.
function Tempdir:close()
  if self.removed or self.owner ~= sys.self() then return end
  self.removed = true
  local ok, message = remove_all(self.path)
  if not ok then warn("ns.tempdir", ("%s is left: %s"):format(self.path, message)) end
end

Tempdir.__close = Tempdir.close
Tempdir.__gc = Tempdir.close

function Tempdir:__tostring()
  return self.path
end

--- Who commands in a sandbox are, started by root: the directory is theirs, or they could not enter it.
local function give_away(path)
  local host = require("nsengine.host").facts()
  if host.euid ~= 0 then return end
  local identity = require("nsengine.identity").of(nil, host, { warn = function() end })
  sys.chown(path, identity.uid, identity.gid)
end

--- Makes a directory for the files of a sandbox, private to its owner: local dir <close> = ns.tempdir(). It is
--- removed at the end of its scope. Started by root, it belongs to the user that root's commands become by default.
---
--- It is also removed if SIGHUP, SIGINT, SIGQUIT, SIGTERM or SIGPIPE ends the launcher, but not if another signal does,
--- such as SIGKILL, SIGALRM or SIGUSR1.
---@param parent string|nil where to make it; by default TMPDIR, else /tmp
---@return nsengine.Tempdir
M.tempdir = sys.located(function(where, parent)
  parent = parent == nil and (os.getenv "TMPDIR" or "/tmp") or check_path(where, "tempdir", parent)
  if parent:sub(1, 1) ~= "/" then parent = working_directory(where) .. "/" .. parent end
  local random <close> = assert(sys.open "/dev/urandom")
  while true do
    local name = random:read(6):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    local path = ("%s/nsengine-%s"):format(parent:gsub("(.)/+$", "%1"), name)
    local made, message, errno = sys.mkdir(path, 448) -- 0700
    if made then
      give_away(path)
      return setmetatable({ path = path, owner = sys.self() }, Tempdir)
    elseif errno ~= sys.EEXIST then
      refused(where, message, errno)
    end
  end
end)

-- Messages ------------------------------------------------------------------------------------------------------

--- Prints a warning with the recipe's line, unless -q is given.
---@param text any
M.warn = sys.located(warn)

return M
