--- The text of a recipe, from what a command was seen to use: paths, folded into sensible directories, the network, and
--- calls that the default filter refuses.

local kinds = require "nsengine.kinds"
local operands = require "nsengine.operands"
local sys = require "nsengine.sys"

--- So many files of one directory are replaced by the directory.
local MANY = 4

--- Trees that are mounted whole, and those that are mounted in another way.
local whole = { "/usr", "/nix", "/snap" }
local special = { ["/proc"] = "ns.proc", ["/dev"] = "ns.dev", ["/sys"] = 'ns.ro "/sys"' }
local scratch = { "/tmp", "/var/tmp", "/dev/shm" }

--- Directories that hold what is not the command's: a listing is no reason to show all of it.
local private = { ["/"] = true, ["/home"] = true, ["/root"] = true, ["/run"] = true, ["/tmp"] = true }

---@class nsengine.Learned
---@field entries table<string, string> target = the mount, as Lua
---@field reads table<string, string> path = its type
---@field bits table<string, integer> path = what its mode has to grant: 4 read, 1 execute or search
---@field writes table<string, boolean> path
---@field created string[] what the command made itself: nothing to mount
---@field made table<string, string[]> directory = what was made, renamed or removed in it
---@field remarks table<string, string> target = a comment on its mount
---@field cwd string
local Learned = {}
Learned.__index = Learned

local function below_any(path, list)
  for _, directory in ipairs(list) do
    if operands.is_below(path, directory) then return directory end
  end
end

local function first_part(path)
  return path:match("^/[^/]*")
end

--- Follows a path on the host: where it ends, and {link = its target} for the links on the way.
local function follow(path, nofollow)
  local links, done, rest, steps = {}, "", path, 0
  while true do
    local part, behind = rest:match("^/+([^/]+)(.*)$")
    if not part then break end
    local here = part == ".." and (done:match("^(.*)/[^/]*$") or "") or part == "." and done or done .. "/" .. part
    local target = part ~= ".." and part ~= "." and (behind ~= "" or not nofollow) and steps < 40 and sys.readlink(here)
    if target then
      steps, links[here] = steps + 1, target
      rest = (target:sub(1, 1) == "/" and target or done .. "/" .. target) .. behind
      done = ""
    else
      done, rest = here, behind
    end
  end
  return done == "" and "/" or done, links
end

-- Collecting ------------------------------------------------------------------------------------------------------

--- A link on the way; trees that are mounted whole already contain theirs.
function Learned:add_link(path, target)
  if not below_any(path, whole) and not special[first_part(path)] then self.links[path] = target end
end

--- A change of a directory: something made, removed or replaced in it.
function Learned:add_change(path, wish)
  local parent = operands.parent(path)
  self.writes[parent] = true
  self.made[parent] = self.made[parent] or {}
  table.insert(self.made[parent], path)
  if wish ~= "remove" then self.created[#self.created + 1] = path end
end

local needed = { exec = 1, search = 1, read = 4 }

function Learned:add_path(use)
  local changes = use.wish == "make" or use.wish == "remove" or use.wish == "replace" or use.made
  local path, links = follow(use.path, use.nofollow or changes)
  for link, target in next, links do self:add_link(link, target) end
  if below_any(path, self.created) then return end
  if changes then
    self:add_change(path, use.wish)
  elseif use.wish == "write" or use.wish == "alter" or use.wish == "create" then
    self.writes[path] = true
  else
    local stat = sys.lstat(path)
    local kind = stat and stat.type
    self.bits[path] = (self.bits[path] or 0) | (needed[use.wish] or 0)
    if kind == "link" then
      self:add_link(path, sys.readlink(path))
    elseif kind then
      self.reads[path] = kind == "directory" and (use.wish == "read" and "list" or self.reads[path] or "directory")
        or kind
    end
    if use.wish == "exec" then
      local program = require("nsengine.interpreter").of(path) -- the kernel opens it, without a system call
      if program then self:add_path { path = program, wish = "exec" } end
    end
  end
end

function Learned:add_address(use)
  if use.family == "unix" then
    if not use.path or below_any(use.path, self.created) then return end
    self.writes[use.call == "bind" and operands.parent(use.path) or use.path] = true
    if use.call == "bind" then self.created[#self.created + 1] = use.path end
  elseif use.call == "bind" then
    self.binds[("%s:%d"):format(use.address, use.port)] = true
  else
    self.connects[("%s:%d"):format(use.address, use.port)] = true
    self.outward = self.outward or not use.loopback
  end
end

-- Folding ---------------------------------------------------------------------------------------------------------

--- Whether a directory is so high up that the whole of it cannot be meant.
local function is_high(path)
  return path == "/" or not path:find("/", 2, true) or path == os.getenv "HOME"
end

function Learned:is_covered(path, writable)
  for target, mount in next, self.entries do
    if operands.is_below(path, target) and (mount:find("^ns%.ro") and not writable or mount:find("^ns%.rw")
      or mount == "ns.proc" or mount == "ns.dev" or mount == "ns.tmpfs" and writable) then
      return true
    end
  end
end

--- Replaces paths by the trees that are mounted whole.
function Learned:fold_trees()
  for path in next, self.reads do
    local tree, top = below_any(path, whole), first_part(path)
    if tree then self.entries[tree] = ("ns.ro %q"):format(tree) end
    if special[top] then self.entries[top] = special[top] end
  end
  for path in next, self.writes do
    local top = first_part(path)
    if special[top] and not below_any(path, scratch) then self.entries[top] = special[top] end
  end
end

--- Adds the directory in which the command was started, if it used anything there.
function Learned:fold_cwd()
  local cwd, used, written = self.cwd, false, false
  if is_high(cwd) or below_any(cwd, whole) then return end
  for path in next, self.reads do used = used or operands.is_below(path, cwd) and path ~= cwd end
  for path in next, self.writes do written = written or operands.is_below(path, cwd) end
  if used or written then self.entries[cwd] = ("ns.%s %q"):format(written and "rw" or "ro", cwd) end
end

--- The comment on a directory that is mounted writable because something was created in it, which now exists.
function Learned:remark(directory)
  for _, path in ipairs(self.made[directory] or {}) do
    local stat = sys.lstat(path)
    if stat and (stat.type == "directory" or is_high(directory)) then
      return (("all of it, because %q was created in it; narrower, now that it exists: [%q] = ns.rw %q"):format(
        path:match "[^/]*$", path, path):gsub("\\\n", "\\n")) -- must stay on one line
    end
  end
end

--- Adds what was written: a tmpfs for new files in the scratch directories, else the place itself.
function Learned:fold_writes()
  for path in next, self.writes do
    local place = below_any(path, scratch)
    if place and (path == place or not sys.lstat(path)) then
      self.entries[place] = "ns.tmpfs"
    elseif not self:is_covered(path, true) and not special[first_part(path)] and sys.lstat(path) then
      self.entries[path] = ("ns.rw %q"):format(path)
      self.remarks[path] = self:remark(path)
    end
  end
end

--- A directory high up that was listed: shown whole, with a remark; or empty, if that would be too much.
function Learned:fold_listed(path)
  if self.entries[path] or self:is_covered(path) then return end
  if private[path] or path == os.getenv "HOME" then
    if path ~= "/" then self.entries[path] = "ns.dir" end
    self.remarks[path] = ("it was listed, and shows only what is mounted here; all of it: ns.ro %q"):format(path)
  else
    self.entries[path] = ("ns.ro %q"):format(path)
    self.remarks[path] = "all of it, because it was listed"
  end
end

--- How many of the paths are directly in each directory.
local function crowds(paths)
  local count = {}
  for path, kind in next, paths do
    if kind ~= "directory" then
      local directory = operands.parent(path)
      count[directory] = (count[directory] or 0) + 1
    end
  end
  return count
end

function Learned:fold_reads()
  local count = crowds(self.reads)
  for directory, number in next, count do
    if number >= MANY and not is_high(directory) and not self:is_covered(directory) then
      self.entries[directory] = ("ns.ro %q"):format(directory)
    end
  end
  for path, kind in next, self.reads do
    if kind == "list" and is_high(path) then
      self:fold_listed(path)
    elseif kind ~= "directory" and not is_high(path) or kind == "file" then
      if not self:is_covered(path) and not self.entries[path] then self.entries[path] = ("ns.ro %q"):format(path) end
    end
  end
end

--- Adds links that no mount shows, and directories that were only looked at.
function Learned:fold_rest()
  for link, target in next, self.links do
    if not self:is_covered(link) then self.entries[link] = ("ns.symlink %q"):format(target) end
  end
  for path, kind in next, self.reads do
    if kind == "directory" and path ~= "/" and not self:is_covered(path) then
      local shown = self.entries[path]
      for target in next, self.entries do shown = shown or operands.is_below(target, path) end
      if not shown then self.entries[path] = "ns.dir" end
    end
  end
end

--- Drops mounts inside a tree that shows the same.
function Learned:drop_covered()
  for target, mount in next, self.entries do
    for other, tree in next, self.entries do
      if other ~= target and operands.is_below(target, other) and (mount:find("^ns%.ro") and tree:find("^ns%.r[ow]")
        or mount:find("^ns%.rw") and tree:find("^ns%.rw")
        or mount:find("^ns%.symlink") and tree:find("^ns%.r[ow]")) then
        self.entries[target] = nil
        break
      end
    end
  end
end

--- Shows the directory in which the command was started: empty, if nothing there was used.
function Learned:show_cwd()
  for target in next, self.entries do
    if operands.is_below(target, self.cwd) then return end
  end
  if not self:is_covered(self.cwd) then self.entries[self.cwd] = "ns.dir" end
end

--- Whether anybody may do this with a host path that is mounted at `top`, or below.
local function is_open(path, top, bits)
  local stat = sys.stat(path)
  if stat and stat.mode & bits ~= bits then return false end
  while path ~= top do
    path = operands.parent(path)
    stat = sys.stat(path)
    if stat and stat.mode & 1 == 0 then return false end
  end
  return true
end

--- Whether the command has to be root: it writes to the host's files, or reads what others may not.
function Learned:needs_root()
  if sys.getids().euid ~= 0 then return false end
  for target, mount in next, self.entries do
    if mount:find "^ns%.rw" then return true end
    for path, bits in next, self.bits do
      if mount:find "^ns%.ro" and target ~= "/sys" and operands.is_below(path, target)
        and not is_open(path, target, bits) then
        return true
      end
    end
  end
end

-- The text --------------------------------------------------------------------------------------------------------

local function quoted(list)
  local words = {}
  for i, word in ipairs(list) do words[i] = ("%q"):format(word) end
  return "{ " .. table.concat(words, ", ") .. " }"
end

local function fs_lines(entries, remarks, lines)
  lines[#lines + 1] = "  fs = {"
  if remarks["/"] and not entries["/"] then lines[#lines + 1] = '    -- "/": ' .. remarks["/"] end
  for _, target in ipairs(kinds.sorted(entries)) do
    lines[#lines + 1] = ("    [%q] = %s,%s"):format(target, entries[target],
      remarks[target] and " -- " .. remarks[target] or "")
  end
  lines[#lines + 1] = "  },"
end

local environment = { "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM" }

local function env_line()
  local words = {}
  for _, name in ipairs(environment) do
    if os.getenv(name) then words[#words + 1] = name .. " = true" end
  end
  return ("  env = { %s },"):format(table.concat(words, ", "))
end

--- The names of variables that the recipe does not pass on, as comments.
local function dropped_lines(lines)
  local names = require("nsengine.host").facts().environ
  for _, name in ipairs(environment) do names[name] = nil end
  for name in ("_ PWD OLDPWD SHLVL"):gmatch "%S+" do names[name] = nil end
  local line = "  -- not passed on:"
  for _, name in ipairs(kinds.sorted(names)) do
    name = name:gsub("%c", "?")
    if #line + #name > 110 then lines[#lines + 1], line = line, "  --" end
    line = line .. " " .. name
  end
  if next(names) then lines[#lines + 1] = line end
end

function Learned:net_lines(lines)
  local connects, binds = kinds.sorted(self.connects), kinds.sorted(self.binds)
  if connects[1] then lines[#lines + 1] = "  -- connected to " .. table.concat(connects, ", ") end
  if binds[1] then lines[#lines + 1] = "  -- listened on " .. table.concat(binds, ", ") end
  if self.outward or connects[1] and not binds[1] then lines[#lines + 1] = '  net = "host",' end
end

function Learned:text(argv)
  local lines = {
    "-- What this command was seen to use: " .. quoted(argv):gsub("\n", " "),
    "-- Other input may need more: run it with nsengine --why, and add what that says.",
    'local ns = require "nsengine"', "", "return ns.sandbox {",
  }
  fs_lines(self.entries, self.remarks, lines)
  self:net_lines(lines)
  if self:needs_root() then lines[#lines + 1] = '  user = "self",' end
  if self.calls[1] then
    lines[#lines + 1] = "  -- refused by default"
    lines[#lines + 1] = ("  seccomp = { allow = %s },"):format(quoted(self.calls))
  end
  dropped_lines(lines)
  lines[#lines + 1] = env_line()
  if self.cwd ~= "/" then lines[#lines + 1] = ("  cwd = %q,"):format(self.cwd) end
  lines[#lines + 1] = ("  cmd = %s,"):format(quoted(argv))
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

--- The recipe for what nsengine.watch has seen.
---@param uses table[]
---@param argv string[]
---@param cwd string
---@return string
return function(uses, argv, cwd)
  local self = setmetatable({ entries = {}, reads = {}, bits = {}, writes = {}, created = {}, made = {}, remarks = {},
    links = {}, connects = {}, binds = {}, cwd = cwd }, Learned)
  local calls = {}
  for _, use in ipairs(uses) do
    if use.wish then
      self:add_path(use)
    elseif use.family then
      self:add_address(use)
    elseif use.call then
      calls[use.call] = true
    end
  end
  self.calls = kinds.sorted(calls)
  self:fold_trees()
  self:fold_cwd()
  self:fold_writes()
  self:fold_reads()
  self:fold_rest()
  self:drop_covered()
  if cwd ~= "/" then self:show_cwd() end
  return self:text(argv)
end
