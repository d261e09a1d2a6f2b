--- No link in the documentation is broken: the files exist, and have the headings that are named.
local support = require "support"
local sys = require "nsengine.sys"

local pages = {}
for name in support.run({ "sh", "-c", "ls *.md docs/*.md" }).stdout:gmatch("[^\n]+") do pages[#pages + 1] = name end

--- A page without its code, where brackets mean something else.
local function prose(path)
  local text = "\n" .. assert(sys.readfile(path))
  return (text:gsub("\n```.-\n```", "\n"):gsub("`[^`\n]*`", "``"))
end

--- The anchor that GitHub makes of a heading: lower case, digits, "-" and "_"; blanks become "-".
local function anchor(title)
  return (title:gsub("%[(.-)%]%(.-%)", "%1"):lower():gsub("[^%w%-_ \128-\255]", ""):gsub(" ", "-"))
end

--- The anchors of a page; a second one of the same name ends in "-1".
local function anchors(path)
  local set, count = {}, {}
  local text = ("\n" .. assert(sys.readfile(path))):gsub("\n```.-\n```", "\n")
  for title in text:gmatch("\n#+ ([^\n]+)") do
    local name = anchor((title:gsub("`", "")))
    set[count[name] and ("%s-%d"):format(name, count[name]) or name] = true
    count[name] = (count[name] or 0) + 1
  end
  return set
end

--- The path from the root of the tree, for one that a page in a folder names.
local function resolve(folder, path)
  local parts = {}
  for part in (folder .. path):gmatch("[^/]+") do
    if part == ".." then table.remove(parts) elseif part ~= "." then parts[#parts + 1] = part end
  end
  return table.concat(parts, "/")
end

describe("the links in", function()
  local total = 0
  for _, page in ipairs(pages) do
    it(page .. " lead to existing files and headings", function()
      local folder = page:match("^.*/") or ""
      for link in prose(page):gmatch("%]%(([^)%s]+)%)") do
        total = total + 1
        if not link:find("^%a+:") then
          local path, name = link:match("^([^#]*)#?(.*)$")
          local target = path == "" and page or resolve(folder, path)
          assert.is_true(sys.stat(target) ~= nil, link)
          if name ~= "" then assert.is_true(anchors(target)[name], link) end
        end
      end
    end)
  end

  it("all pages are checked: ten pages or more, with over a hundred links", function()
    assert.is_true(#pages >= 10)
    assert.is_true(total > 100)
  end)

  it("all pages use https if they lead to other hosts", function()
    for _, page in ipairs(pages) do
      for link in prose(page):gmatch("%]%((%a+:[^)%s]+)%)") do assert.matches("^https://", link) end
    end
  end)
end)
