--- The directories that groups are made in, and the names there. Loaded only where a limit asks for a group.
---
--- Names are nsengine-PIDNS-PID-START-N: who made it, so that a later run can tell that nobody needs it any more. The
--- sandbox of a supervisor that was killed dies by itself; the empty group is what the next run sweeps away.

local place = require "nsengine.cgroup_place"
local sys = require "nsengine.sys"

local M = {}

--- Below the sandbox's group, where its owner could write to its files: the payload's root of the tree, which has no
--- file that holds a limit.
M.LEAF = "box"

--- The time at which a process started, in ticks since the boot; nil when it is not there, or not to be seen.
function M.started(pid)
  local path = require("nsengine.proc").path(pid, "stat")
  local text = path and sys.readfile(path)
  -- The name in parentheses may hold anything, ") " too: what counts stands behind the last one.
  local rest = text and text:match "^.*%) (.*)$"
  local n = 2
  for word in (rest or ""):gmatch "%S+" do
    n = n + 1
    if n == 22 then return word end
  end
end

--- The prefix of this process's groups, and that of all in its pid namespace.
local function prefixes()
  local space = (sys.readlink "/proc/self/ns/pid" or ""):match "%d+" or "0"
  local pid = sys.getpid()
  return ("nsengine-%s-%d-%s-"):format(space, pid, M.started(pid) or "0"), ("nsengine-%s-"):format(space)
end

--- Removes a group with the leaf that it may have; one with processes stays.
function M.remove_tree(base, name)
  local dir = sys.open(name, sys.O_PATH | sys.O_DIRECTORY, 0, { dirfd = base })
  if dir then
    sys.cgroup_remove(dir, M.LEAF)
    dir:close()
  end
  return sys.cgroup_remove(base, name)
end

--- {[path] = FD}, those that are still to be swept, our prefix and how many were made; of this process, for a child of
--- it has other names.
local bases, unswept, own_prefix, everyone, made, owner = {}, {}, nil, nil, 0, nil

--- Groups that could not be removed at once, for the next time: {{base =, name =}, ...}.
local leftovers = {}

--- Tries to remove them once more.
function M.try_again()
  for i = #leftovers, 1, -1 do
    local part = leftovers[i]
    local ok, _, errno = M.remove_tree(part.base, part.name)
    if ok or errno == sys.ENOENT then table.remove(leftovers, i) end
  end
end

--- Removes a group later: its processes need a moment to be gone.
function M.leave(base, name)
  leftovers[#leftovers + 1] = { base = base, name = name }
end

--- The value; raises {message =, errno =} where there is none.
function M.check(value, message, errno)
  if value then return value end
  error({ message = message, errno = errno }, 0)
end

--- Moves this process into a leaf of its own group, and hands the controllers on: cgroups(7) wants groups with limits
--- below to have no processes. It stays there, as systemd's services do: who starts later from here is in the leaf
--- too, and finds the controllers in the group above.
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
      -- Somebody came into the group meanwhile: it is as it was before.
      if found.moves then sys.cgroup_write(base, "cgroup.procs", "0") end
      M.check(nil, message, errno)
    end
  end
  found.moves, found.enable = nil, nil
end

--- Forgets what another process had.
local function begin_anew()
  if owner == sys.self() then return end
  owner, bases, unswept, leftovers, made = sys.self(), {}, {}, {}, 0
  own_prefix, everyone = prefixes()
end

--- A name that no other group has.
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

--- How long a command that computes may be left alone for it.
local SWEEP = 0.005

--- Sweeps what was opened since, once; what takes longer is left to the next time.
function M.sweep()
  local till = sys.monotonic() + SWEEP
  while unswept[1] and require "nsengine.cgroup_sweep"(bases[unswept[1]], unswept[1], everyone, till) do
    table.remove(unswept, 1)
  end
end

return M
