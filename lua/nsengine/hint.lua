--- What to do about a failure: the way out, for messages of nsengine.sys that have a usual cause.
--- Called only when something failed, in the launcher and in the child of sys.clone.

local sys = require "nsengine.sys"

--- What forbids a new namespace; where nothing does, one was asked for that takes a user namespace with it.
local function no_namespace(text)
  local found = require("nsengine.obstacle").line(text:match("%((E%u+)%)"))
  if found then
    return found
  elseif sys.getids().euid ~= 0 then
    return "an ordinary user needs sys.CLONE_NEWUSER with every other new namespace; see nsengine --doctor"
  end
  return "root lacks CAP_SYS_ADMIN here, as in most containers: add sys.CLONE_NEWUSER, or run with that capability"
end

--- Words that begin a statement, where no comma is missing.
local statements = {}
for word in ("and break do else elseif end for goto if in local or repeat return then until while"):gmatch "%a+" do
  statements[word] = true
end

--- In a table behind a value: the next entry, or its "=", where ["key"] was taken for an index or a key is no name.
local function no_comma(text)
  local near = text:match "near '(.*)'$"
  if not near or statements[near] or not near:find "^[%w_\"'{%[=]" then return nil end
  local lines = text:find("at line", 1, true) and "a comma may be missing at the end of the line before"
  if near ~= "=" then return lines or "a comma may be missing before " .. near end
  return (lines and lines .. "; " or "") .. 'a key that is no name is written ["key"] = ...'
end

local function no_proc()
  local proc = require("nsengine.obstacle").proc
  return ("it needs a new pid (sys.CLONE_NEWPID) and mount namespace, and %s: %s"):format(proc.words, proc.mend)
end

--- {pattern of the message, hint: a string or a function that gives one}. The symbol of the error stands in
--- parentheses; elsewhere the word may be a part of a path.
local hints = {
  { "%(EMFILE%)", "this program has as many files open as it may: raise ulimit -n, or run fewer at a time" },
  { "^clone: .*%(E%u+%)", no_namespace },
  { "^unshare: .*%(E%u+%)", no_namespace },
  { "^mount proc on .*%(EPERM%)", no_proc },
  { "^mount .*%(EPERM%)", "mounting needs CAP_SYS_ADMIN in a mount namespace of one's own: "
    .. "sys.CLONE_NEWNS with sys.CLONE_NEWUSER, or root" },
  { "^mount .*%(ENODEV%)", "this kernel has no such file system, or its module is not loaded: see /proc/filesystems" },
  { "^sethostname .*%(EPERM%)", "the host name is the host's own without sys.CLONE_NEWUTS" },
  { "newuidmap: ", "give the user a range in /etc/subuid: usermod --add-subuids 100000-165535 NAME" },
  { "newgidmap: ", "give the user a range in /etc/subgid: usermod --add-subgids 100000-165535 NAME" },
  { "^idmap: .*%(EPERM%)", "without CAP_SETUID a process maps only its own id, once" },
  { "^setresuid.*%(EINVAL%)", "the user namespace does not map that id: see sys.idmap" },
  { "^exec .*%(EACCES%)", "the file is not executable, or its file system is mounted noexec" },
  { "^returned table: .* %(a table%);", "a table of fields becomes a sandbox by ns.sandbox { ... }" },
  { "^'}' expected .*near '", no_comma },
  { "^exec .*%(ENOEXEC%)", "neither a program nor a script: does its first line begin with #! ?" },
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
      if type(entry[2]) == "function" then return entry[2](text) end
      return entry[2]
    end
  end
end

return hint
