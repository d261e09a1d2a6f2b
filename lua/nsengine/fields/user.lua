--- user: who the command is, inside and outside.
local kinds = require "nsengine.kinds"

local words = { self = true, root = true, nobody = true }

--- Ranges {{inside, outside, count}, ...}, which must not overlap on either side.
local function id_map(value, fail, key)
  if type(value) ~= "table" or rawlen(value) == 0 then
    fail("expected ranges { { INSIDE, OUTSIDE, COUNT }, ... }, got " .. kinds.show(value), key)
  end
  kinds.list(value, fail, "ranges", key)
  local map = {}
  for i = 1, #value do
    local range = value[i]
    if type(range) ~= "table" or getmetatable(range) ~= nil or #range ~= 3 then
      fail(("range %d: expected { INSIDE, OUTSIDE, COUNT }, got %s"):format(i, kinds.show(range)), key)
    end
    local function wrong(message) fail(("range %d: %s"):format(i, message), key) end
    map[i] = { kinds.id(range[1], wrong), kinds.id(range[2], wrong), kinds.integer(range[3], wrong, 1, 4294967295) }
    for side = 1, 2 do
      if map[i][side] + map[i][3] > 4294967295 then wrong("it ends after the last id, 4294967294") end
      for j = 1, i - 1 do
        if map[i][side] < map[j][side] + map[j][3] and map[j][side] < map[i][side] + map[i][3] then
          wrong(("overlaps with range %d %s"):format(j, side == 1 and "inside" or "outside"))
        end
      end
    end
  end
  return map
end

local function groups(value, fail, key)
  if value == "keep" then return value end
  if type(value) ~= "table" then fail('expected "keep" or a list of ids, got ' .. kinds.show(value), key) end
  local list = {}
  for i = 1, #kinds.list(value, fail, "ids", key) do list[i] = kinds.id(value[i], fail, key) end
  return list
end

local keys = {
  uid = { check = kinds.id, type = "integer", doc = "The user id inside.", example = "user = { uid = 1000 }" },
  gid = { check = kinds.id, type = "integer", doc = "The group id inside.",
    example = "user = { uid = 1000, gid = 100 }" },
  groups = { check = groups, type = '"keep"|integer[]', default = "none, where they can be dropped",
    doc = "Supplementary groups: ids inside, or \"keep\" for the caller's.",
    example = 'user = { groups = "keep" }' },
  uid_map = { check = id_map, type = "integer[][]",
    doc = "Ranges of user ids, { INSIDE, OUTSIDE, COUNT } each; those of others by newuidmap(1), from /etc/subuid.",
    example = "user = { uid = 0, uid_map = { { 0, 1000, 1 }, { 1, 100000, 65535 } } }" },
  gid_map = { check = id_map, type = "integer[][]",
    doc = "Ranges of group ids, like uid_map; those of others by newgidmap(1), from /etc/subgid.",
    example = "user = { gid = 0, gid_map = { { 0, 1000, 1 }, { 1, 100000, 65535 } } }" },
}

--- How to write an account. Started by root, uid and gid only name the user that root's commands become; maps make them
--- ids of the host.
local function as_account(id)
  if require("nsengine.sys").getids().euid ~= 0 then return ("{ uid = %d, gid = %d }"):format(id, id) end
  return ("{ uid_map = { { %d, %d, 1 } }, gid_map = { { %d, %d, 1 } } }"):format(id, id, id, id)
end

return {
  name = "user",
  type = '"self"|"root"|"nobody"|table',
  default = '"self"; started by root: "nobody"',
  since = "0.2",
  doc = [[
The user that the command runs as. "self": your own ids, inside and outside. "root": id 0 inside, your own outside.
"nobody": no id is mapped, so it sees 65534. A table gives ids and maps:
{ uid =, gid =, groups =, uid_map =, gid_map = }.
Started by root, the command is never the host's root unless "self" or maps ask for that: it becomes the first id of
root's range in /etc/subuid, else 65534. { uid =, gid = } only names that user inside; to become another user of the
host, and write to its files, give maps: { uid_map = { { 1000, 1000, 1 } }, gid_map = { { 1000, 1000, 1 } } }.]],
  example = 'user = "root"',
  keys = keys,
  check = function(value, fail, old)
    if type(value) == "table" then
      return kinds.merge(type(old) == "table" and old or nil, kinds.record(value, fail, keys, "user"))
    end
    if type(value) ~= "string" then
      fail('expected "self", "root", "nobody" or { uid =, gid = }, got ' .. kinds.show(value)
        .. (math.type(value) == "integer" and "; write " .. as_account(value) or ""))
    end
    return kinds.word(value, fail, words, nil, "the ids of an account, " .. as_account(1000))
  end,
  lower = function(value, b, spec, host)
    require("nsengine.identity").lower(value, b, spec, host)
  end,
}
