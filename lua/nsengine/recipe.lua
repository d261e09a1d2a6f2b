--- A recipe: a Lua program from a file, standard input or the command line, run in an environment where a misspelt
--- name is an error, not nil.

local sys = require "nsengine.sys"

--- directory: that of the recipe's file, absolute and with a trailing slash; nil without a file.
--- asked: the table `arg` was read.
local M = { asked = false }

--- The source of each recipe, by the name that its messages start with, for nsengine.locate.
local sources = {}

--- The source text of a recipe: a file, "stdin" or "-e".
---@param name string
---@return string|nil
function M.source(name)
  return sources[name]
end

--- Whether a recipe may have looked at its arguments. Its text is searched too: Lua does not reveal a use of "...", and
--- `arg` may have been read in a child. After a letter or digit, "..." is an ellipsis in prose.
---@param name string
---@return boolean
function M.takes_arguments(name)
  local text = sources[name]
  return M.asked or text:find "%W%.%.%." ~= nil or text:find "%f[%w_]arg%f[^%w_]" ~= nil
end

--- The environment of a recipe and of the modules beside it: Lua's globals, and none of their own.
local function environment(arguments)
  local env = {}
  env._G = env
  return setmetatable(env, {
    __index = function(_, name)
      local value = _G[name]
      if value == nil and name == "arg" then
        M.asked = true
        rawset(env, name, arguments)
        return arguments
      elseif value == nil then
        error(("undefined global '%s'%s"):format(name, require "nsengine.did_you_mean"(name, _G,
          require("nsengine.instead").globals)), 2)
      end
      return value
    end,
    __newindex = function(_, name, value)
      if name == "arg" then return rawset(env, name, value) end
      error(("assignment to global '%s'; write 'local %s = ...'"):format(name, name), 2)
    end,
  })
end

--- The file that a path leads to: a recipe may be started by a link to it, in a directory of PATH.
local function target(path)
  for _ = 1, 40 do -- as many as the kernel follows
    local link = sys.readlink(path)
    if not link then break end
    path = link:sub(1, 1) == "/" and link or (path:match "^.*/" or "") .. link
  end
  return path
end

--- The directory of a file, absolute, so that a recipe may chdir before it calls require.
local function directory(path)
  local dir = target(path):match("^(.*/)[^/]*$") or ""
  if dir:sub(1, 1) == "/" then return dir end
  return (sys.getcwd() or ".") .. "/" .. dir
end

--- Lua's own messages about a binary chunk, or what is no Lua at all, do not say so.
---@param text string|nil the source, if it is the recipe's
local function explain(name, message, text)
  local what = text and (text:find "^\127ELF" and "a program"
    or text:find "^#!" and not text:match "^[^\n]*":find "[Ll]ua" and not text:match "^[^\n]*":find "nsengine"
      and "a script for " .. require("nsengine.kinds").brief(text:match "^#! *([^\n]*)"))
  if what then
    return ("%s: %s: a recipe is Lua source text; a command goes after '--': nsengine RECIPE -- %s"):format(name, what,
      name)
  end
  if message:find("attempt to load a binary chunk", 1, true) then
    return name .. ": a binary chunk: a recipe must be Lua source text, because precompiled code is not checked"
  end
  return message
end

--- The loaded recipe: {dir =, env =, names = the modules found beside it}.
local loaded

local function searcher(name)
  local stem = loaded.dir .. name:gsub("%.", "/")
  for _, path in ipairs { stem .. ".lua", stem .. "/init.lua" } do
    if sys.stat(path) then
      local chunk, message = loadfile(path, "t", loaded.env)
      if not chunk then error(explain(path, message), 0) end
      table.insert(loaded.names, name)
      return chunk, path
    end
  end
  return ("no file '%s.lua' beside the recipe"):format(stem)
end

--- Makes require look for "a.b" at DIR/a/b.lua and DIR/a/b/init.lua before all other files, and forgets the modules
--- beside an earlier recipe.
local function search_beside(dir, env)
  if not loaded then table.insert(package.searchers, 2, searcher) end
  for _, name in ipairs(loaded and loaded.names or {}) do package.loaded[name] = nil end
  loaded = { dir = dir, env = env, names = {} }
end

local function read(path)
  if path == "-" then
    local text, message, errno = io.read("a")
    if not text then return nil, ("stdin: %s (%s)"):format(message, (sys.errname(errno))) end
    return text, "=stdin"
  end
  local stat, message = sys.stat(path)
  if not stat then return nil, message:gsub("^stat ", "") end
  if stat.type == "directory" then
    return nil, path .. ": Is a directory (EISDIR); a recipe is a file of Lua source"
  end
  local text
  text, message = sys.readfile(path, 64 << 20)
  if not text then return nil, message:gsub("^readfile ", "") end
  return text, "@" .. path
end

--- Loads a recipe. `path` is a file or "-" for standard input; `chunk`, if given, is the source.
---@param path string
---@param chunk string|nil
---@param arguments string[] what follows on the command line; [0] is the recipe
---@return function|nil recipe  or nil and a message
---@return string|nil message
function M.load(path, chunk, arguments)
  local text, name = chunk, "=" .. path
  if not chunk then
    text, name = read(path)
    if not text then return nil, name end
  end
  local env = environment(arguments)
  -- As lua(1) does. A first line "#!/usr/bin/env nsengine" is for the kernel; only its text is removed, so that line
  -- numbers stay.
  text = text:gsub("^\xEF\xBB\xBF", "")
  local recipe, message = load(text:gsub("^#[^\n]*", "", 1), name, "t", env)
  if not recipe then return nil, explain(path, message, text) end
  sources[name:sub(2)] = text
  -- A recipe from the command line or a pipe has no directory: the working directory does not count as beside it.
  if not chunk and path ~= "-" then
    M.directory = directory(path)
    search_beside(M.directory, env)
  end
  return recipe
end

return M
