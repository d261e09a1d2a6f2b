--- Documents that keep their word: the recipes and transcripts of a Markdown page.
---
--- Conventions: a line "`name`:" names the block of Lua or C below it, and the block is that file; a name
--- below examples/ is that file in the tree. In a console block a line "$ command" is run by sh where
--- these files are, and the lines up to the next command are its whole output, except for trailing blanks. Three dots
--- or more match anything on a line, and any number of lines if they stand alone.
local support = require "support"
local sys = require "nsengine.sys"

local M = {}

local is_file = { lua = true, c = true }

--- {files = {name = text}, commands = {{line =, command =, output = {line, ...}}, ...}}
function M.parse(path)
  local page = { files = {}, commands = {} }
  local number, language, name, file = 0, nil, nil, nil
  for line in io.lines(path) do
    number = number + 1
    local fence = line:match("^```(%l*)$")
    if fence and not language then
      language, file = fence, {}
      assert(not is_file[language] or name, ("%s:%d: a recipe without a name"):format(path, number))
    elseif fence then
      if is_file[language] then page.files[name] = table.concat(file, "\n") .. "\n" end
      language, name = nil, nil
    elseif language == "console" and line:find("^%$ ") then
      table.insert(page.commands, { line = number, command = line:sub(3), output = {} })
    elseif language == "console" then
      table.insert(page.commands[#page.commands].output, line)
    elseif language then
      table.insert(file, line)
    else
      name = line:match("^`([%w%-_./]+)`:$") or name
    end
  end
  return page
end

--- The lines of a text, without trailing blanks, and without blank lines at its end.
function M.lines(text)
  local list = {}
  for line in text:gsub("%s+$", ""):gmatch("([^\n]*)\n?") do list[#list + 1] = line:gsub("%s+$", "") end
  if list[#list] == "" then table.remove(list) end
  return list
end

local function line_matches(expected, actual)
  local pattern = expected:gsub("%.%.%.+", "\0"):gsub("%p", "%%%0"):gsub("%z", ".*")
  return actual:find("^" .. pattern .. "$") ~= nil
end

--- Whether the lines of `actual` from j on match those of `expected` from i on.
function M.matches(expected, actual, i, j)
  i, j = i or 1, j or 1
  if i > #expected then return j > #actual end
  if expected[i]:find("^%.%.%.+$") then
    for k = j, #actual + 1 do
      if M.matches(expected, actual, i + 1, k) then return true end
    end
    return false
  end
  return j <= #actual and line_matches(expected[i], actual[j]) and M.matches(expected, actual, i + 1, j + 1)
end

--- A directory with the files of a page, and the examples beside them, as `uid` may read them.
function M.directory(page, uid)
  local dir = support.tempdir().path
  for name, text in pairs(page.files) do
    local path = dir .. "/" .. name
    if not name:find("/") then
      assert(sys.writefile(path, text))
      assert(sys.chmod(path, tonumber("644", 8)))
    end
  end
  assert(sys.symlink(support.example("", uid):gsub("^examples", sys.getcwd() .. "/%0"), dir .. "/examples"))
  return dir
end

--- Debian's PATH for ordinary users, without sbin: readers must find what a page shows.
local PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

--- Runs an entry of page.commands in such a directory, with the launcher first in PATH; returns its output.
function M.run(command, dir, uid)
  local bin = support.launcher(uid):match("^(.*)/")
  return support.run({
    "env", "LC_ALL=C.UTF-8", "PATH=" .. bin .. ":" .. PATH,
    "sh", "-c", "exec 2>&1; " .. command, uid = uid, cwd = dir,
  }).stdout
end

--- Fails unless an entry's command printed what the page says.
function M.expect(entry, printed)
  local expected = table.concat(entry.output, "\n")
  if not M.matches(M.lines(expected), M.lines(printed)) then error(
    ("expected:\n%s\nprinted:\n%s"):format(expected, printed), 0) end
end

--- The promise of every page with a console: each command prints what the page says, for each user. Called in the
--- page's describe.
---@param page table
---@param busted table the environment of the spec, _ENV, which has busted's words
---@param runnable function|nil makes of an entry the command that is run, or nil to leave it out
function M.promise_prints(page, busted, runnable)
  for _, uid in ipairs(support.users) do
    busted.describe("as uid " .. uid, function()
      local dir
      busted.setup(function() dir = M.directory(page, uid) end)
      busted.teardown(function() support.remove(dir) end)

      for _, entry in ipairs(page.commands) do
        local command = entry.command
        if runnable then command = runnable(entry) end
        if command then
          busted.it(("prints what line %d says: %s"):format(entry.line, entry.command), function()
            M.expect(entry, M.run(command, dir, uid))
          end)
        end
      end
    end)
  end
end

--- The promise of every page with recipes; called in its describe, with the spec's `it` and `assert` from busted.
function M.promise_runs(page, it, assert)
  it("runs every recipe that it shows", function()
    local all = {}
    for i, entry in ipairs(page.commands) do all[i] = entry.command end
    for name in pairs(page.files) do
      assert.truthy(table.concat(all, "\n"):find("nsengine [^\n]*" .. name:gsub("%p", "%%%0")), name .. " is never run")
    end
  end)
end

--- The promise of a page whose recipes can be checked one by one; called as M.promise_runs is.
function M.promise(page, it, assert)
  M.promise_runs(page, it, assert)
  it("shows recipes that pass --check", function()
    local dir = M.directory(page, sys.getids().euid)
    for name in pairs(page.files) do
      local result = support.nsengine { "--check", name, cwd = dir }
      assert.same({ name, 0, "" }, { name, result.code, result.stderr })
    end
    support.remove(dir)
  end)
end

return M
