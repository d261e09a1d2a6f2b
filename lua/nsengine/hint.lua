--- The way out, for messages of nsengine.sys that have a usual cause. Called only when something failed, in the
--- launcher and in the child of sys.clone.

local sys = require "nsengine.sys"

--- What forbids a new namespace; if nothing does, the one requested needs a user namespace with it.
local function no_namespace(text)
  local found = require("nsengine.obstacle").line(text:match("%((E%u+)%)"))
  if found then
    return found
  elseif sys.getids().euid ~= 0 then
    return "an ordinary user needs sys.CLONE_NEWUSER with every other new namespace; see nsengine --doctor"
  end
  return "root lacks CAP_SYS_ADMIN here, as in most containers: add sys.CLONE_NEWUSER, or run with that capability"
end

--- Words that start a statement: before them no comma is missing.
local statements = {}
for word in ("and break do else elseif end for goto if in local or repeat return then until while"):gmatch "%a+" do
  statements[word] = true
end

--- What follows a value in a table: the next entry, or its "=", if ["key"] was taken for an index or a key is no name.
local function no_comma(text)
  local near = text:match "near '(.*)'$"
  if not near or statements[near] or not near:find "^[%w_\"'{%[=]" then return nil end
  local lines = text:find("at line", 1, true) and "a comma may be missing at the end of the line before"
  if near ~= "=" then return lines or "a comma may be missing before " .. near end
  return (lines and lines .. "; " or "") .. 'a key that is not a name is written ["key"] = ...'
end

local function no_proc()
  local proc = require("nsengine.obstacle").proc
  return ("it needs a new pid (sys.CLONE_NEWPID) and mount namespace, and %s: %s"):format(proc.words, proc.fix)
end

local function no_range(text)
  return ("give the user a range in %s: %s"):format(text:find "newuidmap: " and "/etc/subuid" or "/etc/subgid",
    require("nsengine.subordinate").command(function(path) return (sys.readfile(path, 1 << 20)) end, "NAME"))
end

--- {pattern of the message, hint: a string or a function that returns one}. Patterns look for the errno symbol in
--- parentheses: elsewhere it may be part of a path.
local hints = {
  { "%(EMFILE%)", "this program has reached its limit on open files: raise ulimit -n, or run fewer at a time" },
  { "^clone: .*%(E%u+%)", no_namespace },
  { "^unshare: .*%(E%u+%)", no_namespace },
  { "^mount proc on .*%(EPERM%)", no_proc },
  { "^mount .*%(EPERM%)", "mounting needs CAP_SYS_ADMIN in a mount namespace of your own: "
    .. "sys.CLONE_NEWNS with sys.CLONE_NEWUSER, or root" },
  { "^mount .*%(ENODEV%)", "this kernel has no such file system, or its module is not loaded: see /proc/filesystems" },
  { "^sethostname .*%(EPERM%)", "without sys.CLONE_NEWUTS the host name is the host's own" },
  { "new[ug]idmap: ", no_range },
  { "^idmap: .*%(EPERM%)", "without CAP_SETUID a process can map only its own id, and only once" },
  { "^setresuid.*%(EINVAL%)", "the user namespace does not map that id: see sys.idmap" },
  { "^exec .*%(EACCES%)", "the file is not executable, or its file system is mounted noexec" },
  { "^returned Process %(.* %(a table%);", "a Process that runs: return process:wait()" },
  { "^returned table: .* %(a table%);", "ns.sandbox { ... } makes a sandbox of a table of fields" },
  { "^'}' expected .*near '", no_comma },
  { "^exec .*%(ENOEXEC%)", "neither a program nor a script: does its first line start with #! ?" },
}

--- The hint for a message, or nil. An error object of nsengine has its own hint, or none.
---@param message string
---@param object any the error value that the message came from
---@return string|nil
local function hint(message, object)
  local meta = type(object) == "table" and getmetatable(object)
  if type(meta) == "table" and meta.__name == "nsengine.Error" then return object.hint end
  local text = message:gsub("^[^:\n]+:%d+: ", "") -- "recipe.lua:7: "
  for _, entry in ipairs(hints) do
    if text:find(entry[1]) then
      if type(entry[2]) == "function" then return entry[2](text) end
      return entry[2]
    end
  end
end

return hint
