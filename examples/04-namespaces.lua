#!/usr/bin/env nsengine
-- The namespaces of this machine, as lsns(8) shows them: a tree in which each user namespace is above those
-- that it owns. An ordinary user sees only the namespaces of their own processes.
local sys = require "nsengine.sys"

local kinds = { "user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time" }
local known, roots, hidden = {}, {}, 0 -- known: "uts:[4026531838]" -> what is known about it

-- The namespace behind a descriptor, with those above it: these may have no process of their own.
local function learn(fd)
  local name = assert(sys.readlink("/proc/self/fd/" .. fd:fileno()))
  if known[name] then return known[name] end
  local ns = { name = name, below = {}, processes = 0, uid = sys.ns_get_owner_uid(fd) }
  known[name] = ns
  local owner <close> = sys.ns_get_userns(fd) -- of a user namespace: its parent; nil: out of our sight
  local parent <close> = name:find("^pid") and sys.ns_get_parent(fd) or nil
  ns.parent = parent and learn(parent).name:match("%d+")
  table.insert(owner and learn(owner).below or roots, ns)
  return ns
end

local pids = {}
for _, name in ipairs(sys.list("/proc")) do pids[#pids + 1] = tonumber(name) end
table.sort(pids)
for _, pid in ipairs(pids) do
  for _, kind in ipairs(kinds) do
    local fd <close>, _, errno = sys.nsopen(kind, pid)
    if errno == sys.EACCES then hidden = hidden + 1 break end -- else it ended meanwhile, or is a zombie
    if fd then
      local ns = learn(fd)
      ns.processes, ns.first = ns.processes + 1, ns.first or pid
    end
  end
end

local row = "%s%6s %8s %12s %6s  %s"

local function show(list, indent)
  table.sort(list, function(a, b) return a.name < b.name end)
  for i, ns in ipairs(list) do
    local branch = indent and (i < #list and "├─" or "└─") or ""
    local label = (indent or "") .. branch .. ns.name
    label = label .. (" "):rep(34 - utf8.len(label))
    local command = ns.first and sys.readfile(("/proc/%d/comm"):format(ns.first)) or "\n"
    io.write(row:format(label, ns.processes, ns.first or "-", ns.parent or "", ns.uid or "", command))
    show(ns.below, indent and indent .. (i < #list and "│ " or "  ") or "")
  end
end
print(row:format(("%-34s"):format("NAMESPACE"), "PROCS", "FIRST", "PARENT", "OWNER", "COMMAND"))
show(roots)
if hidden > 0 then print(("%d of %d processes did not let us look into them"):format(hidden, #pids)) end
