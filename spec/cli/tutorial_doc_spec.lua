--- docs/tutorial.md keeps its word: its recipes run, and print what it says.
---
--- Its conventions: a line "`name`:" names the Lua block below it, and that block is the file; one that
--- is below examples/ is the file of the tree. In a console block a line "$ command" is run by sh where
--- these files are, and the lines up to the next are all it prints, trailing blanks aside. Three dots
--- or more stand for anything on a line, and for any number of lines when they stand alone.
local support = require "support"
local sys = require "nsengine.sys"

--- {files = {name = text}, commands = {{line =, command =, output = {line, ...}}, ...}}
local function parse(path)
  local page = { files = {}, commands = {} }
  local number, language, name, file = 0, nil, nil, nil
  for line in io.lines(path) do
    number = number + 1
    local fence = line:match("^```(%l*)$")
    if fence and not language then
      language, file = fence, {}
      assert(language ~= "lua" or name, ("%s:%d: a recipe without a name"):format(path, number))
    elseif fence then
      if language == "lua" then page.files[name] = table.concat(file, "\n") .. "\n" end
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

--- The lines of a text, without trailing blanks and blank lines at its end.
local function lines(text)
  local list = {}
  for line in text:gsub("%s+$", ""):gmatch("([^\n]*)\n?") do list[#list + 1] = line:gsub("%s+$", "") end
  if list[#list] == "" then table.remove(list) end
  return list
end

local function line_matches(expected, actual)
  local pattern = expected:gsub("%.%.%.+", "\0"):gsub("%p", "%%%0"):gsub("%z", ".*")
  return actual:find("^" .. pattern .. "$") ~= nil
end

--- Whether the lines of `actual` from j on are what those of `expected` from i on say.
local function matches(expected, actual, i, j)
  i, j = i or 1, j or 1
  if i > #expected then return j > #actual end
  if expected[i]:find("^%.%.%.+$") then
    for k = j, #actual + 1 do
      if matches(expected, actual, i + 1, k) then return true end
    end
    return false
  end
  return j <= #actual and line_matches(expected[i], actual[j]) and matches(expected, actual, i + 1, j + 1)
end

describe("the comparison of transcripts", function()
  it("is exact, but for the dots", function()
    assert.is_true(matches({ "a", "b [...] %d", "..." }, { "a", "b [12] %d" }))
    assert.is_true(matches({ "...", "end" }, { "1", "2", "end" }))
    assert.is_true(matches(lines "a\n\nb\n", lines "a \n\nb\n\n"))
    assert.is_true(matches(lines "", lines ""))
    assert.is_false(matches({ "a" }, { "b" }))
    assert.is_false(matches({ "a" }, { "a", "b" }))
    assert.is_false(matches({ "a", "b" }, { "a" }))
    assert.is_false(matches({ "a...c" }, { "abd" }))
    assert.is_false(matches({ "...", "end" }, { "end", "1" }))
    assert.is_false(matches({ "a.c" }, { "abc" }))
  end)
end)

describe("docs/tutorial.md", function()
  local page = parse("docs/tutorial.md")
  teardown(support.cleanup)

  it("shows the examples as they are", function()
    local count = 0
    for name, text in pairs(page.files) do
      if name:find("/") then
        assert.equal(assert(sys.readfile(name)), text)
        count = count + 1
      end
    end
    assert.equal(1, count)
  end)

  it("runs every recipe that it shows", function()
    local all = {}
    for i, entry in ipairs(page.commands) do all[i] = entry.command end
    for name in pairs(page.files) do
      assert.truthy(table.concat(all, "\n"):find("nsengine " .. name, 1, true), name .. " is never run")
    end
  end)

  for _, uid in ipairs(support.users) do
    describe("as uid " .. uid, function()
      local dir
      setup(function()
        dir = support.tempdir().path
        for name, text in pairs(page.files) do
          local path = dir .. "/" .. name
          if not name:find("/") then
            assert(sys.writefile(path, text))
            assert(sys.chmod(path, tonumber("644", 8)))
          end
        end
        assert(sys.symlink(support.example("", uid):gsub("^examples", sys.getcwd() .. "/%0"), dir .. "/examples"))
      end)
      teardown(function() support.remove(dir) end)

      for _, entry in ipairs(page.commands) do
        it(("prints what line %d says: %s"):format(entry.line, entry.command), function()
          local bin = support.launcher(uid):match("^(.*)/")
          local result = support.run {
            "env", "LC_ALL=C.UTF-8", "PATH=" .. bin .. ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "sh", "-c", "exec 2>&1; " .. entry.command, uid = uid, cwd = dir,
          }
          local expected = table.concat(entry.output, "\n")
          if not matches(lines(expected), lines(result.stdout)) then assert.equal(expected, result.stdout) end
        end)
      end
    end)
  end
end)
