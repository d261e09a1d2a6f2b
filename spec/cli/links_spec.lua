--- No link in a document leads nowhere: files are there, and have the headings that are named.
local support = require "support"
local sys = require "nsengine.sys"

local pages = {}
for name in support.run({ "sh", "-c", "ls *.md docs/*.md" }).stdout:gmatch("[^\n]+") do pages[#pages + 1] = name end

--- A page without its code, in which brackets mean something else.
local function prose(path)
  local text = "\n" .. assert(sys.readfile(path))
  return (text:gsub("\n```.-\n```", "\n"):gsub("`[^`\n]*`", "``"))
end

--- What GitHub makes of a heading: small letters, digits, "-" and "_"; blanks become "-".
local function anchor(title)
  return (title:gsub("%[(.-)%]%(.-%)", "%1"):lower():gsub("[^%w%-_ \128-\255]", ""):gsub(" ", "-"))
end

--- The anchors of a page; the second of the same name has "-1".
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

--- A path that a page of a folder names, from the root of the tree.
local function resolve(folder, path)
  local parts = {}
  for part in (folder .. path):gmatch("[^/]+") do
    if part == ".." then table.remove(parts) elseif part ~= "." then parts[#parts + 1] = part end
  end
  return table.concat(parts, "/")
end

describe("the links of", function()
  local total = 0
  for _, page in ipairs(pages) do
    it(page .. " lead somewhere", function()
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

  it("the pages were looked for and found", function()
    assert.is_true(#pages >= 10)
    assert.is_true(total > 100)
  end)

  it("hosts outside are few, and not followed", function()
    for _, page in ipairs(pages) do
      for link in prose(page):gmatch("%]%((%a+:[^)%s]+)%)") do assert.matches("^https://", link) end
    end
  end)
end)
