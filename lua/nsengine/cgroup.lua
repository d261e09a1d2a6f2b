--- Where the control groups of sandboxes can be created on this host, and what is written there. Loaded only if a limit
--- needs one.

local place = require "nsengine.cgroup_place"
local sys = require "nsengine.sys"

local M = {}

local drivers = { cgroup2 = "nsengine.cgroup_v2", cgroup1 = "nsengine.cgroup_v1" }

--- The driver of a place, as M.find returns it.
function M.driver_of(found)
  return require(drivers[found.driver])
end

--- A `look` that caches files during one search: both drivers read the same ones.
local function remembering(look)
  local texts = {}
  return setmetatable({ read = function(path)
    texts[path] = texts[path] or look.read(path)
    return texts[path]
  end }, { __index = look })
end

--- Finds a place with the controllers of `wanted`, in cgroup v2, else in v1.
---@param wanted table<string, true> memory, pids, cpu, cpuset, io; usage: accounting of CPU time
---@param look nsengine.Look|nil
---@return table|nil place
---@return string|nil why
---@return string|nil hint
function M.find(wanted, look)
  look = remembering(look or place.look())
  local found, why, hint, lacks = require("nsengine.cgroup_v2").find(wanted, look)
  if found and not found.scope then return found end
  local elder, elder_why, elder_hint = require("nsengine.cgroup_v1").find(wanted, look)
  if elder then return elder end
  if found or not lacks then return found, why, hint end
  return nil, elder_hint and elder_why or why .. ", and " .. elder_why, elder_hint
end

--- What was found, {[wanted as text] = place}; valid while this is the same process in the same group.
local known, known_by = {}, nil

--- M.find with its result cached: a fact of nsengine.host.
function M.find_once(wanted)
  if known_by ~= sys.self() then known, known_by = {}, sys.self() end
  local words = {}
  for name in next, wanted do words[#words + 1] = name end
  table.sort(words)
  local key = table.concat(words, " ")
  local answer = known[key]
  if not answer then
    answer = table.pack(M.find(wanted))
    known[key] = answer
  end
  return table.unpack(answer, 1, answer.n)
end

--- The files to write, and their contents, for the limits of a group.
---@param found table a place
---@param limits table
---@return table[] settings {limit, controller, file, text}
function M.settings(found, limits)
  return M.driver_of(found).settings(limits, found.mems)
end

--- Asks systemd for a scope, if that is what a place stands for, and searches again from there.
---@param found table a place
---@param look nsengine.Look|nil
---@return table|nil place
---@return string|nil why
---@return string|nil hint
function M.find_in_scope(found, look)
  local ok, message, hint = require("nsengine.cgroup_scope").enter(found.scope)
  if not ok then return nil, message, hint end
  local again, why, way = M.find(found.wanted, look)
  if again and not again.scope then return again end
  -- Delegate= of user@.service was changed, but the running user manager only knows the controllers it started with.
  return nil, why or "the scope from systemd lacks some controllers",
    way or ("systemctl %sdaemon-reexec"):format(found.scope == "user" and "--user " or "")
end

--- Makes a place usable: asks systemd for a scope, and moves this process, if needed.
---@param found table a place; updated in place
function M.ready(found)
  if found.scope then
    local again, message, hint = M.find_in_scope(found)
    known = {}
    if not again then error({ message = message, hint = hint }, 0) end
    for key in next, found do found[key] = nil end
    for key, value in next, again do found[key] = value end
  end
  if found.moves or found.enable then
    require("nsengine.cgroup_base").move_down(found)
    known = {} -- what was found before is not valid after the move
  end
  return found
end

return M
