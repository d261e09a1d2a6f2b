--- Hostile file trees: a root directory whose owner has put symbolic links, loops, fifos and the like
--- where a recipe mounts, writes files or works; and what must hold in spite of them.

local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local M = {}

--- The name of a file that is in the canary directory on the host, and nowhere else.
M.secret = "secret-of-the-host"

--- What is requested at which place. word: in a recipe; bwrap: the same for bubblewrap; kind: what the payload
--- then finds there ("directory" or "file" and the file system's number); text: its content, or that of its
--- file "marker"; leaf: the place in a tree that is not hostile. %s is the directory to bind.
M.targets = {
  { "/proc", word = "ns.proc", bwrap = { "--proc", "/proc" }, kind = "directory 9fa0" },
  { "/dev", word = "ns.dev", bwrap = { "--dev", "/dev" }, kind = "directory 1021994" },
  { "/tmp", word = "ns.tmpfs {}", bwrap = { "--tmpfs", "/tmp" }, kind = "directory 1021994" },
  { "/work", word = "ns.rw '%s'", bwrap = { "--bind", "%s", "/work" }, text = "the bound one" },
  { "/a/b/c", word = "ns.ro '%s'", bwrap = { "--ro-bind", "%s", "/a/b/c" }, text = "the bound one" },
  { "/etc/conf", word = "ns.ro '%s/marker'", bwrap = { "--ro-bind", "%s/marker", "/etc/conf" },
    text = "the bound one", leaf = "file" },
  { "/etc/hosts", word = "ns.file 'the given text\\n'", bwrap = { "--ro-bind-data", "8", "/etc/hosts" },
    text = "the given text", leaf = "file" },
  { "/made/dir", word = "ns.dir()", bwrap = { "--dir", "/made/dir" } },
  { "/made/link", word = "ns.symlink 'nowhere'", bwrap = { "--symlink", "nowhere", "/made/link" }, leaf = "none" },
  { "/hidden", word = "ns.mask", bwrap = { "--tmpfs", "/hidden" } },
  { "/home/me", cwd = true, bwrap = { "--chdir", "/home/me" } },
}

local function write(path, text)
  assert(sys.writefile(path, text))
  assert(sys.chmod(path, 438))
end

local function mkdir(path)
  assert(sys.mkdir(path, 511))
  assert(sys.chmod(path, 511))
end

--- The symbolic links: their targets, given the host's canary directory.
local links = {
  { "an absolute link", function(canary) return canary end },
  { "a link to a file", function(canary) return canary .. "/file" end },
  { "a relative link", function(canary) return ("../"):rep(20) .. canary:sub(2) end },
  { "a dangling link", function(canary) return canary .. "/new" end },
  { "a dangling link below a new name", function(canary) return canary .. "/new/newer" end },
  { "a link to nowhere", function() return "/no/where" end },
  { "a link to /", function() return "/" end },
  { "a link to ..", function() return ".." end },
  { "a loop", function(_, name) return name end },
  { "/oldroot", function(canary) return "/oldroot" .. canary end }, -- where others keep the host's tree meanwhile
  { "a new name in /oldroot", function(canary) return "/oldroot" .. canary .. "/new" end },
  { "a relative link to oldroot", function(canary) return ("../"):rep(20) .. "oldroot" .. canary end },
  { "/proc/self/root", function(canary) return "/proc/self/root" .. canary end },
  { "/proc/1/root", function(canary) return "/proc/1/root" .. canary end },
  { "/proc/self/cwd", function() return "/proc/self/cwd" end }, -- the launcher works in the canary directory
  { "/proc/self/fd/9", function() return "/proc/self/fd/9" end }, -- and was given it as descriptor 9
  { "/proc/self/exe", function() return "/proc/self/exe" end },
  { "/proc/thread-self/cwd", function() return "/proc/thread-self/cwd/new" end },
}

--- What an attacker puts at a place: {name, function(path, canary)}.
M.attacks = {
  { "nothing", function() end },
  { "a file", function(path) write(path, "in the way\n") end },
  { "a directory", mkdir },
  { "a directory without permissions", function(path) assert(sys.mkdir(path, 0)) end },
  { "a fifo", function(path) assert(sys.mknod(path, sys.S_IFIFO, 511)) end },
  { "a socket", function(path) assert(sys.mknod(path, sys.S_IFSOCK, 511)) end },
}
for _, link in ipairs(links) do
  table.insert(M.attacks, { link[1], function(path, canary)
    assert(sys.symlink(link[2](canary, path:match("[^/]+$")), path))
  end })
end

--- The host: a canary directory that everybody may write to, and a directory to bind. Removed on `<close>`.
function M.host()
  local dir = support.tempdir()
  local canary = dir.path .. "/canary"
  mkdir(canary)
  write(canary .. "/" .. M.secret, "the host's secret\n")
  write(canary .. "/file", "the host's file\n")
  -- where the rest of a target's path may lead, if the canary stands for its beginning
  for _, name in ipairs { "b", "b/c", "c", "dir", "me", "proc", "dev", "tmp", "work", "self" } do
    mkdir(canary .. "/" .. name)
  end
  for _, name in ipairs { "hosts", "conf", "link" } do write(canary .. "/" .. name, "the host's\n") end
  mkdir(dir.path .. "/bound")
  write(dir.path .. "/bound/marker", "the bound one\n")
  write(dir.path .. "/text", "the given text\n")
  return setmetatable({ path = dir.path, canary = canary, bound = dir.path .. "/bound", trees = 0 },
    { __close = function(host) support.remove(host.path) end })
end

--- The places on the way to a target, each with its parents: "/a/b" has "/a" and "/a/b".
function M.places(target)
  local places = {}
  for finish in (target .. "/"):gmatch("()/") do
    if finish > 1 then places[#places + 1] = target:sub(1, finish - 1) end
  end
  return places
end

--- A new root directory with the probe and the parents of `place`, which is left to the attacker.
function M.tree(host, place)
  host.trees = host.trees + 1
  local tree = ("%s/tree%d"):format(host.path, host.trees)
  mkdir(tree)
  assert(os.execute(("ln %s %s/probe 2>/dev/null || cp %s %s/probe"):format(tools.get().probe, tree,
    tools.get().probe, tree)))
  local parent = place:match("^(.*)/[^/]*$")
  local path = tree
  for name in parent:gmatch("[^/]+") do
    path = path .. "/" .. name
    mkdir(path)
  end
  return tree
end

--- The place when nobody attacks: for the races. `target` is the row of M.targets.
function M.innocent(tree, place, target)
  if place == target[1] then
    if target.leaf == "file" then write(tree .. place, "as it was\n")
    elseif target.leaf ~= "none" then mkdir(tree .. place) end
  else
    local path = tree .. place
    mkdir(path)
    for name in target[1]:sub(#place + 1):match("^(.*)/[^/]*$"):gmatch("[^/]+") do
      path = path .. "/" .. name
      mkdir(path)
    end
    M.innocent(tree, target[1], target)
  end
end

--- The recipe for a target on a tree. how: "ro" or "rw".
function M.recipe(host, tree, target, how)
  local fs = { ("{ '/', ns.%s %q }"):format(how, tree) }
  if target[1] ~= "/proc" then fs[#fs + 1] = "{ '/proc', ns.proc }" end
  if target.word then
    fs[#fs + 1] = ("{ %q, %s }"):format(target[1], (target.word:gsub("%%s", host.bound)))
  end
  return ([[
local ns = require "nsengine"
return ns.sandbox {
  fs = { %s },
  %s
  cmd = { "/probe", "see", %q, ".", %q },
}
]]):format(table.concat(fs, ", "), target.cwd and ("cwd = %q,"):format(target[1]) or "", M.secret, target[1])
end

--- The commands that run a target on a tree: with the launcher, and with bubblewrap.
function M.nsengine(uid)
  return function(host, tree, target, how)
    local path = tree .. ".lua"
    write(path, M.recipe(host, tree, target, how))
    return { support.launcher(uid), path }
  end
end

function M.bwrap()
  return function(host, tree, target, how)
    local bind = how == "ro" and "--ro-bind" or "--bind"
    local command = { "bwrap", "--unshare-all", "--die-with-parent", bind, tree, "/" }
    if target[1] ~= "/proc" then table.move({ "--proc", "/proc" }, 1, 2, #command + 1, command) end
    for _, word in ipairs(target.bwrap) do command[#command + 1] = (word:gsub("%%s", host.bound)) end
    table.move({ "/probe", "see", M.secret, ".", target[1] }, 1, 5, #command + 1, command)
    return command
  end
end

--- Everything below a directory, as text: names, types, modes, links, and contents on request.
function M.snapshot(path, contents)
  local lines = {}
  local function walk(dir)
    local names = sys.list(dir) or {}
    table.sort(names)
    for _, name in ipairs(names) do
      local full = dir .. "/" .. name
      local stat = assert(sys.lstat(full))
      local what = stat.type == "link" and sys.readlink(full)
        or contents and stat.type == "file" and stat.size < 10000 and sys.readfile(full) or ""
      if contents or name ~= "planted" then
        lines[#lines + 1] = ("%s %s %o %s"):format(full, stat.type, contents and stat.mode or 0, what)
      end
      if stat.type == "directory" then walk(full) end
    end
  end
  walk(path)
  return table.concat(lines, "\n")
end

--- Runs a command as the victim: in the canary directory, with it as descriptor 9, and a text as 8.
local function launch(host, command, uid)
  local words = { "/bin/sh", "-c", 'exec 8<"$1" 9<"$2"; shift 2; exec "$@"', "sh", host.path .. "/text", host.canary,
    uid = uid, cwd = host.canary, seconds = 10 }
  table.move(command, 1, #command, #words + 1, words)
  local ok, result = pcall(support.run, words)
  return ok and result or { hang = tostring(result), stdout = "", stderr = "" }
end

local function first_difference(before, after)
  local known = {}
  for line in before:gmatch("[^\n]+") do known[line] = true end
  for line in after:gmatch("[^\n]+") do
    if not known[line] then return "new: " .. line end
  end
  return "something is gone"
end

--- The line that the payload printed about a path.
local function said(stdout, label, path)
  return stdout:match("\n" .. label .. " " .. path:gsub("%p", "%%%0") .. ": ([^\n]*)")
end

--- Checks the payload's report about a mount: it must be the one that was requested.
local function misplaced(target, stdout)
  local path = target[1]
  if said(stdout, "kind", path) == "Permission denied" then return nil end -- a parent is closed to the payload too
  if target.kind and said(stdout, "kind", path) ~= target.kind then
    return ("%s is %s"):format(path, said(stdout, "kind", path))
  end
  if target.text and (said(stdout, "content", path) or said(stdout, "content", path .. "/marker")) ~= target.text then
    return ("%s has %s"):format(path, said(stdout, "content", path) or said(stdout, "content", path .. "/marker")
      or "nothing")
  end
  if target.cwd and not stdout:find("\ncwd /", 1, true) then return "works in " .. stdout:match("\ncwd ([^\n]*)") end
end

--- A link to a directory above itself: the next mount hides the path to itself.
local hides_itself = { ["a link to /"] = true, ["a link to .."] = true }

--- Runs one case; returns what is wrong, or nil, and the result. options: command = M.nsengine(uid) or
--- M.bwrap(), uid, how, attack = its name, raced (the tree changes during the run), makes (it may make mount
--- points in a writable tree), message = a check of a clean failure.
function M.try(host, tree, target, options)
  local command = options.command(host, tree, target, options.how)
  local canary, bound = M.snapshot(host.canary, true), M.snapshot(host.bound)
  local mounts = sys.readfile("/proc/self/mountinfo")
  local before = not options.raced and not options.makes and M.snapshot(tree, options.how == "ro")
  local result = launch(host, command, options.uid)
  --- What is new in a directory that has changed.
  local function changed(what, path, was, contents)
    local is = M.snapshot(path, contents)
    return is ~= was and ("%s: %s"):format(what, first_difference(was, is)) or nil
  end
  local function wrong()
    if result.hang then return "hang" end
    if sys.readfile("/proc/self/mountinfo") ~= mounts then return "the host's mounts have changed" end
    local fault = changed("the host's directory", host.canary, canary, true)
      or changed("the bound directory", host.bound, bound)
      or before and changed("the tree", tree, before, options.how == "ro")
    if fault then return fault end
    if result.stdout:find("SECRET", 1, true) then return "the payload reads the host's file" end
    local found = result.stdout:match("FOUND ([^\n]*)")
    if found then return "the payload finds " .. found end
    if result.stdout:find("^started\n") then
      return not options.raced and not hides_itself[options.attack] and misplaced(target, result.stdout) or nil
    end
    if result.signal or result.code == 0 then
      return ("ended by %s without a payload"):format(result.signal or "0")
    end
    return options.message and options.message(result, target)
  end
  return wrong(), result
end

--- A failure of nsengine has its own status and names the field.
function M.named(result, target)
  if result.code ~= 125 then return ("exit %s: %s"):format(result.code, result.stderr) end
  local field = target.cwd and "cwd" or "fs." .. target[1]
  if not result.stderr:find(field, 1, true) then return ("names no %s: %s"):format(field, result.stderr) end
end

--- Undoes what a case may have done to the host, so that the next one is not blamed for it.
local function renew(host)
  support.remove(host.path)
  local fresh = M.host()
  for key, value in pairs(fresh) do host[key] = value end
end

--- Runs all cases of a target. Returns a list of {case =, wrong =} and the counts {cases =, started =}.
local function attack_all(target, options)
  local host <close> = M.host()
  local found, counts = {}, { cases = 0, started = 0 }
  local places = M.places(target[1])
  for _, place in ipairs(places) do
    for _, attack in ipairs(M.attacks) do
      local tree = M.tree(host, place)
      attack[2](tree .. place, host.canary)
      if sys.lstat(tree .. place) and sys.lstat(tree .. place).type ~= "link" and support.root and options.uid then
        sys.chown(tree .. place, options.uid, options.uid) -- the attacker's
      end
      options.attack = attack[1]
      local wrong, result = M.try(host, tree, target, options)
      counts.cases = counts.cases + 1
      if result.stdout:find("^started\n") then counts.started = counts.started + 1 end
      if wrong then
        found[#found + 1] = { case = ("%s with %s at %s (%s)"):format(target[1], attack[1], place, options.how),
          wrong = wrong, stderr = result.stderr }
        renew(host)
      end
    end
  end
  return found, counts
end

--- What the racer replaces a place with.
M.raced = { "an absolute link", "a dangling link", "a link to a file", "/oldroot", "/proc/self/cwd" }

--- The same while another process keeps exchanging the place with the attack, `seconds` for each.
local function race_all(target, options, seconds)
  local found, counts = {}, { cases = 0, started = 0 }
  options.raced = true
  for _, place in ipairs(M.places(target[1])) do
    for _, attack in ipairs(M.attacks) do
      for _, name in ipairs(M.raced) do
        if name == attack[1] then
          local host <close> = M.host()
          local tree = M.tree(host, place)
          if target.leaf == "none" and place == target[1] then write(tree .. place, "as it was\n")
          else M.innocent(tree, place, target) end
          attack[2](tree .. place .. ".other", host.canary)
          local racer <close> = assert(sys.clone(0, function()
            return sys.exec { tools.get().probe, "race", "60", tree .. place, tree .. place .. ".other" }
          end))
          local deadline = sys.monotonic() + seconds
          while sys.monotonic() < deadline do
            local wrong, result = M.try(host, tree, target, options)
            counts.cases = counts.cases + 1
            if result.stdout:find("^started\n") then counts.started = counts.started + 1 end
            if wrong then
              found[#found + 1] = { case = ("%s raced with %s at %s"):format(target[1], name, place), wrong = wrong,
                stderr = result.stderr }
              break
            end
          end
          racer:close() -- before the tree goes
        end
      end
    end
  end
  return found, counts
end

--- The functions above, in their own mount namespace: mounts by others are no case's fault.
for name, fn in pairs { attack = attack_all, race = race_all } do
  M[name] = function(target, options, ...)
    local more = { ... }
    tools.get() -- made now, for all
    support.launcher(options.uid)
    return support.apart(function() return fn(target, options, table.unpack(more)) end)
  end
end

return M
