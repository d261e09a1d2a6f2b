--- What executes a program: its loader, or a script's interpreter. And why execve reports ENOENT: the sandbox lacks the
--- program, the target of a link on its path, or what executes it. Looks at the host's files that the recipe shows
--- inside; loaded only when a command was not found, and by --learn.

local mounts = require "nsengine.mount"
local sys = require "nsengine.sys"

local M = {}

--- The entry of fs that covers a path, the last if several do; and whether an entry lies below the path.
local function covering(view, path)
  local best, leads
  for _, entry in ipairs(view.entries) do
    local target = entry.target == "/" and "" or entry.target
    if path == entry.target or path:sub(1, #target + 1) == target .. "/" then
      if not best or #entry.target >= #best.target then best = entry end
    end
    leads = leads or path == "/" or entry.target:sub(1, #path + 1) == path .. "/"
  end
  return best, leads
end

--- What is at a path of the sandbox whose parents are not links: "there" and the host's file, or nil and the mount;
--- "link" and its target; "missing"; or nil if fs does not tell.
local function look(view, path)
  local entry, leads = covering(view, path)
  local mount, at = entry and entry.mount, entry and entry.target == path
  if mount and mount.kind == "symlink" and at then return "link", mount.text end
  if mount and mount.source then
    local host = mounts.host_path(mount.source, view.host)
    if not at then host = host .. path:sub(entry.target == "/" and 1 or #entry.target + 1) end
    local stat = (at and sys.stat or sys.lstat)(host)
    if stat and stat.type == "link" then return "link", sys.readlink(host) or "" end
    if stat then return "there", host end
  elseif mount and (mount.kind == "overlay" or at) then
    if mount.kind ~= "overlay" then return "there", nil, mount end
    return nil
  end
  return leads and "there" or "missing"
end

--- Follows a path as the kernel does inside. Returns "there" and the host's file, or nil and the mount; or "missing",
--- the first missing path, the whole path that it is part of, and whether a link led there; nil if fs does not tell.
local function walk(view, path)
  local linked, done, rest = false, "", path
  for _ = 1, 256 do
    local name, more = rest:match "^/*([^/]+)(.*)$"
    if not name then return nil end
    local here = done .. "/" .. name
    if name == "." or name == ".." then
      here = name == "." and done or done:match "^(.*)/[^/]*$" or ""
    end
    local what, value, mount = look(view, here == "" and "/" or here)
    if what == "link" then
      linked = true
      rest, done = value .. more, value:sub(1, 1) == "/" and "" or done
    elseif what == "missing" then
      return what, here, here .. more, linked
    elseif not what or not more:find "[^/]" then
      return what, value, mount
    else
      done, rest = here, more
    end
  end
end

--- Directories of programs, which are mounted whole.
local system = {}
for name in ("bin sbin lib lib32 lib64 libx32 usr opt nix gnu"):gmatch "%w+" do system["/" .. name] = true end

--- The entry of fs that would show `path`, whose first part that is not inside is `missing`.
local function shown_by(view, missing, path)
  local text = sys.readlink(missing)
  if text and walk(view, text:sub(1, 1) == "/" and text or missing:match "^(.*/)" .. text) == "there" then
    return ("fs[%q] = ns.symlink %q"):format(missing, text)
  end
  local dir = (missing == path or system[missing]) and missing or path:match "^(.*)/[^/]*$"
  return ("fs[%q] = ns.ro %q"):format(dir, dir)
end

--- The loader named in an ELF file's program headers, 64 or 32 bits, little endian. Raises if it is not such a file.
local function loader(file, head)
  local wide = head:byte(5) == 2
  local word = wide and "<I8" or "<I4"
  local size, count = ("<I2I2"):unpack(head, wide and 55 or 43)
  for i = 0, count - 1 do
    assert(file:seek("set", word:unpack(head, wide and 33 or 29) + i * size))
    local header = file:read(56)
    if ("<I4"):unpack(header) == 3 then -- PT_INTERP
      assert(file:seek("set", word:unpack(header, wide and 9 or 5)))
      return file:read(4096):match("^([^%z]+)%z")
    end
  end
end

--- The interpreter of a script, as binfmt_script reads it: a carriage return is part of the name.
local function of_script(head)
  return head:match "^#![ \t]*([^ \t\n]+)"
end

--- What the kernel itself opens to execute a host file: the loader of a program, the interpreter of a script; or nil.
---@param path string
---@return string|nil
function M.of(path)
  local fd <close> = sys.open(path, sys.O_RDONLY | sys.O_NONBLOCK) -- a command may have left a fifo there, or a lease
  if not fd or sys.stat(fd).type ~= "file" then return nil end
  local file <close> = assert(fd:file())
  local head = file:read(256) or ""
  if head:sub(1, 4) ~= "\127ELF" then return of_script(head) end
  local ok, name = pcall(loader, file, head)
  return ok and name or nil
end

--- The hint for a program that is not inside, although it is on the host or a link inside leads to it. An absolute path
--- may be in neither.
local function absent(view, program, name, absolute)
  local what, missing, path, linked = walk(view, program)
  if what ~= "missing" then return nil end
  local there = sys.stat(path)
  local said = linked and ("%s leads to %s, which is"):format(name, path) or name .. " is"
  if not there and absolute then return said .. " neither in the sandbox nor on this host" end
  if not there or there.type ~= "file" then return nil end
  return ("%s on the host, but not in the sandbox: %s"):format(said, shown_by(view, missing, path))
end

--- The hint for a program that is inside, without what executes it. `file` is the host's; `text`, that of ns.file.
local function unexecuted(view, name, file, text)
  local interpreter = file and M.of(file) or text and of_script(text:sub(1, 256)) or nil
  if not interpreter or interpreter:sub(1, 1) ~= "/" then return nil end
  local what, missing, path = walk(view, interpreter)
  if what ~= "missing" then return nil end
  if interpreter:find "\r$" then
    return ("the first line of %s ends in a carriage return, which the kernel takes for part of %q: end lines with "
      .. "\\n alone; sed -i 's/\\r$//' FILE"):format(name, (interpreter:gsub("\r$", "")))
  end
  local said = ("%s is in the sandbox, but not %s, which executes it"):format(name, interpreter)
  if not sys.stat(path) then return said .. "; it is not on this host either" end
  return ("%s: %s"):format(said, shown_by(view, missing, path))
end

--- The paths at which a command may be found.
local function places(spec, name, path)
  if name:sub(1, 1) == "/" then return { name } end
  if name:find("/", 1, true) then return { (spec.cwd or "/") .. "/" .. name } end
  local list = {}
  for dir in (path or ""):gmatch("[^:]+") do list[#list + 1] = dir .. "/" .. name end
  return list
end

--- The mounts of a sandbox; with share = { "mount" }, the whole host.
local function entries_of(spec)
  for _, word in ipairs(spec and spec.share or {}) do
    if word == "mount" then return { { target = "/", mount = { kind = "rw", source = "/" } } } end
  end
  return spec and spec.fs and require("nsengine.fs").entries(spec.fs) or {}
end

--- The hint for a command that was not found, or nil.
local function hint(spec, name, path)
  local view = { entries = entries_of(spec), host = { cwd = sys.getcwd(), home = os.getenv "HOME" } }
  if not view.entries[1] then
    return 'the sandbox is empty: fs = { ["/"] = ns.ro "/" } shows it the host\'s files'
  end
  local programs = places(spec, name, path)
  for _, program in ipairs(programs) do
    local what, file, mount = walk(view, program)
    if what == "there" then return unexecuted(view, name, file, mount and mount.text) end
  end
  for _, program in ipairs(programs) do
    local said = absent(view, program, name:find("/", 1, true) and name or program,
      name:sub(1, 1) == "/" and not spec.setup) -- a setup function may create files
    if said then return said end
  end
end

--- The hint for a command that was not found, or nil. It names what is written in files, such as the target of a link,
--- which a hostile command may have made.
---@param spec table|nil the normalised spec
---@param name string argv[1]
---@param path string|nil the PATH that was searched
function M.hint(spec, name, path)
  local text = hint(spec, name, path)
  return text and require("nsengine.error").shown(text)
end

return M
