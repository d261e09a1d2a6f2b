--- README.md keeps its word: its recipes pass --check, and its transcripts print what it says. `./dev run` is the
--- launcher here; what installs, or runs this suite, is not run.
local support = require "support"
local sys = require "nsengine.sys"
local transcript = require "support.transcript"

--- The command that a line of a transcript runs here; nil if it would change the machine, or run the suite.
local function runnable(command)
  if command:find("^%./dev run ") then return (command:gsub("^%./dev run ", "nsengine ")) end
  return not command:find("^%./dev ") and command or nil
end

--- Whether the heading or file that a link of the README names exists.
local function exists(link)
  return link:find("^https?:") or sys.stat((link:gsub("#.*$", ""))) ~= nil
end

describe("README.md", function()
  local page = transcript.parse("README.md")
  teardown(support.cleanup)

  transcript.promise(page, it, assert)

  it("links to existing pages and headings", function()
    local count = 0
    for link in assert(sys.readfile("README.md")):gmatch("%]%(([^)]+)%)") do
      assert.is_true(exists(link), link)
      count = count + 1
    end
    assert.is_true(count > 5)
  end)

  it("gives the right numbers of fields and mounts", function()
    local text, mounts = assert(sys.readfile("README.md")), 0
    for _ in pairs(require("nsengine.mount").kinds) do mounts = mounts + 1 end
    local counts = ("%d fields and %d kinds of mounts"):format(#require("nsengine.schema").fields, mounts)
    assert.truthy(text:find(counts, 1, true), counts)
  end)

  it("gives the numbers of docs/security.md", function()
    local text, table_ = assert(sys.readfile("README.md")):gsub("%s+", " "), assert(sys.readfile("docs/security.md"))
    local function counts(row) return table_:match("\n| " .. row .. "[^|]*|[^|]*| (%d+)[^|]*| (%d+)") end
    local total = table_:match("\nOf (%d+) checks allowed")
    local own, own_user = counts "nsengine, the plain sandbox"
    local bubblewrap, bubblewrap_user = counts "bubblewrap"
    local firejail, firejail_user = counts "firejail, its options of hardening"
    assert.truthy(text:find(("Of %s checks"):format(total), 1, true))
    assert.truthy(text:find(("%s succeed as root and %s as an ordinary user"):format(own, own_user), 1, true))
    assert.truthy(text:find(("%s and %s in bubblewrap's, %s and %s in firejail's"):format(bubblewrap, bubblewrap_user,
      firejail, firejail_user), 1, true))
  end)

  it("uses only options that exist", function()
    local help = support.nsengine({ "--help" }).stdout
    for option in assert(sys.readfile("README.md")):gmatch("`(%-%-%l+)") do
      assert.truthy(help:find(option, 1, true), option)
    end
  end)

  it("compares commands that confine alike, as far as the other sandboxes are installed", function()
    local uid, tried = support.users[#support.users], 0
    local dir = transcript.directory(page, uid)
    for name, command in assert(sys.readfile "README.md"):gmatch("\n| (%w+) | `([^`]+)` |") do
      local program = command:match("^%S+")
      local there = support.run({ "sh", "-c", "command -v " .. program }).code == 0 or name == "nsengine"
      if there and (name == "nsengine" or name == "bubblewrap" or name == "unshare") then
        local printed = transcript.run("echo 'ls -A /tmp | wc -l; grep -c eth /proc/net/dev; touch /etc/x' | LC_ALL=C "
          .. command, dir, uid)
        assert.matches("^0\n0\ntouch: [^\n]*Read%-only file system\n$", printed, name)
        tried = tried + 1
      end
    end
    support.remove(dir)
    assert.is_true(tried >= 2)
  end)

  it("begins with programs that every Debian has, or that `./dev run` installs", function()
    if support.run({ "sh", "-c", "command -v dpkg-query" }).code ~= 0 then return pending "needs dpkg" end
    local first, count = page.commands[1].command, 0
    assert.matches("^%./dev run ", first)
    local installed = assert(sys.readfile "dev"):match '\nrun_packages="([^"]*)"'
    for word in first:match("'(.*)'"):gmatch "(%l+)[^;]*" do
      local owner = support.run { "sh", "-c", [[path=$(readlink -f "$(command -v "$0")")
        dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}"]], word }.stdout:match "^([^:]+)"
      if owner then
        local essential = support.run({ "dpkg-query", "-W", "-f", "${Essential}", owner }).stdout == "yes"
        assert.is_true(essential or (" " .. installed .. " "):find(" " .. owner .. " ", 1, true) ~= nil, word)
        count = count + 1
      end
    end
    assert.equal(5, count) -- id, hostname, cat, ps, touch
  end)

  transcript.promise_prints(page, _ENV, function(entry)
    -- Those of "Use" name files that a reader has, and print nothing here.
    return #entry.output > 0 and runnable(entry.command) or nil
  end)
end)
