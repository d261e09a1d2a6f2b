--- The directories in which groups are created, and the groups' names. Loaded only if a limit needs a group.
---
--- Names are nsengine-PIDNS-PID-START-N. They identify the supervisor, so that a later run can tell that it is gone:
--- the sandbox of a killed supervisor dies by itself, and the next run removes its empty group.

local place = require "nsengine.cgroup_place"
local sys = require "nsengine.sys"

local M = {}

--- A child of the sandbox's group, used if the payload's user could write to the group's files: the payload is put
--- there, and as the root of its cgroup namespace it shows no file with a limit.
M.LEAF = "box"

--- The start time of a process, in ticks since boot; nil if it does not exist or cannot be seen.
function M.started(pid)
  local path = require("nsengine.proc").path(pid, "stat")
  local text = path and sys.readfile(path)
  -- The name in parentheses may contain anything, even ") ": the other fields follow the last one.
  local rest = text and text:match "^.*%) (.*)$"
  local n = 2
  for word in (rest or ""):gmatch "%S+" do
    n = n + 1
    if n == 22 then return word end
  end
end

--- The name prefix of this process's groups, and that of all groups of its pid namespace.
local function prefixes()
  local space = (sys.readlink "/proc/self/ns/pid" or ""):match "%d+" or "0"
  local pid = sys.getpid()
  return ("nsengine-%s-%d-%s-"):format(space, pid, M.started(pid) or "0"), ("nsengine-%s-"):format(space)
end

--- Removes a group and its leaf, if any; fails if it has processes.
function M.remove_tree(base, name)
  local dir = sys.open(name, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = base })
  if dir then
    sys.cgroup_remove(dir, M.LEAF)
    dir:close()
  end
  return sys.cgroup_remove(base, name)
end

--- {[path] = FD}, the paths still to be swept, our prefixes and how many groups were made; `owner` is the process that
--- they belong to, because a forked child uses other names.
local bases, unswept, own_prefix, everyone, made, owner = {}, {}, nil, nil, 0, nil

--- Groups that could not be removed yet: {{base =, name =}, ...}.
local leftovers = {}

--- Tries to remove them once more.
function M.try_again()
  for i = #leftovers, 1, -1 do
    local part = leftovers[i]
    local ok, _, errno = M.remove_tree(part.base, part.name)
    if ok or errno == sys.ENOENT then table.remove(leftovers, i) end
  end
end

--- Remembers a group to be removed later: its processes take a moment to disappear.
function M.leave(base, name)
  leftovers[#leftovers + 1] = { base = base, name = name }
end

--- Returns the value; raises {message =, errno =} if there is none.
function M.check(value, message, errno)
  if value then return value end
  error({ message = message, errno = errno }, 0)
end

--- Moves this process into a leaf of its own group, and enables the controllers for the group's children: cgroups(7),
--- "no internal processes". It stays there, as systemd services do: its later children are in the leaf too, and find
--- the controllers in the group above.
function M.move_down(found)
  local base = M.open_base(found.base)
  if found.moves then
    local leaf, message, errno = sys.cgroup_make(base, place.SUPERVISOR)
    if not leaf and errno == sys.EEXIST then
      leaf, message, errno = sys.open(place.SUPERVISOR, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = base })
    end
    M.check(leaf, message, errno)
    M.check(sys.cgroup_write(leaf, "cgroup.procs", "0"))
  end
  for _, name in ipairs(found.enable or {}) do
    local ok, message, errno = sys.cgroup_write(base, "cgroup.subtree_control", "+" .. name)
    if not ok then
      -- Another process entered the group meanwhile: move back.
      if found.moves then sys.cgroup_write(base, "cgroup.procs", "0") end
      M.check(nil, message, errno)
    end
  end
  found.moves, found.enable = nil, nil
end

--- After fork(2): forgets the parent's state.
local function begin_anew()
  if owner == sys.self() then return end
  owner, bases, unswept, leftovers, made = sys.self(), {}, {}, {}, 0
  own_prefix, everyone = prefixes()
end

--- A unique group name.
function M.new_name()
  begin_anew()
  made = made + 1
  return own_prefix .. made
end

--- The descriptor of a base, opened once.
function M.open_base(path)
  begin_anew()
  local base = bases[path]
  if not base then
    base = M.check(sys.cgroup_open(path))
    bases[path] = base
    unswept[#unswept + 1] = path
  end
  return base
end

--- For how long, in seconds, a sweep may keep the supervisor from its command.
local SWEEP = 0.005

--- Sweeps each newly opened base once; what takes longer than SWEEP is left to the next call.
function M.sweep()
  local till = sys.monotonic() + SWEEP
  while unswept[1] and require "nsengine.cgroup_sweep"(bases[unswept[1]], unswept[1], everyone, till) do
    table.remove(unswept, 1)
  end
end

return M
