--- Who the payload is: turns the field `user` and the caller's ids into the maps of one or two user namespaces and the
--- steps that become that user. Pure: the host is a table of facts.

local M = {}

--- Nobody: what the kernel shows for unmapped ids.
local NOBODY = 65534

--- Translates `id` from one side to the other: column 1 is inside, 2 outside. nil if the map has no such id.
local function translate(map, id, from, to)
  for _, extent in ipairs(map) do
    if id >= extent[from] and id - extent[from] < extent[3] then return extent[to] + id - extent[from] end
  end
end

local function outside(map, id) return translate(map, id, 1, 2) end
M.outside = outside
local function inside(map, id) return translate(map, id, 2, 1) end

--- The host id that a payload started by root becomes: the first of root's subordinate range, else 65534; nil if this
--- process's own user namespace has neither.
local function spare(map, subordinate)
  if subordinate and subordinate ~= 0 and outside(map, subordinate) then return subordinate end
  return outside(map, NOBODY) and NOBODY or nil
end

--- Every id that exists in this namespace, mapped to itself.
local function everyone(map)
  local result = {}
  for i, extent in ipairs(map) do result[i] = { extent[1], extent[1], extent[3] } end
  return result
end

--- The outside ids of a list of groups.
local function outside_groups(groups, map, b)
  local result = {}
  for i, gid in ipairs(groups) do
    result[i] = outside(map, gid) or b:refuse("user.groups", ("user.gid_map does not map %d"):format(gid))
  end
  return result
end

--- A payload that keeps capabilities could become any user that its namespace maps, and write to their files. So it
--- gets a single namespace that maps only its own ids, and the set-up runs as its user.
local function alone(identity, shown_uid, shown_gid, groups)
  identity.uid_map, identity.gid_map, identity.inner = identity.inner.uid_map, identity.inner.gid_map, nil
  identity.becomes = identity.uid ~= 0 or identity.gid ~= 0
  identity.uid, identity.gid, identity.set_up_uid, identity.set_up_gid = shown_uid, shown_gid, shown_uid, shown_gid
  if identity.groups then identity.groups = groups end
  return identity
end

--- Started by root: the set-up runs as root of a namespace that maps everyone, then becomes another host user, whom a
--- second namespace shows with the requested ids.
local function by_root(value, host, b, spare_uid, spare_gid, keeps)
  local identity = {
    uid_map = everyone(host.uid_map), gid_map = everyone(host.gid_map), setgroups = "allow",
    set_up_uid = 0, set_up_gid = 0, groups = {}, uid = spare_uid, gid = spare_gid,
  }
  local shown_uid, shown_gid = NOBODY, NOBODY
  if value == "root" then
    shown_uid, shown_gid = 0, 0
  elseif value == "self" then
    shown_uid, shown_gid, identity.uid, identity.gid = 0, 0, 0, 0
  elseif type(value) == "table" then
    local uid_map, gid_map = value.uid_map, value.gid_map
    shown_uid = value.uid or (uid_map and uid_map[1][1]) or NOBODY
    shown_gid = value.gid or (gid_map and gid_map[1][1]) or NOBODY
    uid_map = uid_map or { { shown_uid, spare_uid, 1 } }
    gid_map = gid_map or { { shown_gid, spare_gid, 1 } }
    identity.inner = { uid_map = uid_map, gid_map = gid_map }
    identity.uid = outside(uid_map, shown_uid) or b:refuse("user.uid", "user.uid_map does not map it")
    identity.gid = outside(gid_map, shown_gid) or b:refuse("user.gid", "user.gid_map does not map it")
    if value.groups == "keep" then
      identity.groups = nil
    elseif value.groups then
      identity.groups = outside_groups(value.groups, gid_map, b)
    end
  end
  identity.inner = identity.inner
    or { uid_map = { { shown_uid, identity.uid, 1 } }, gid_map = { { shown_gid, identity.gid, 1 } } }
  if not keeps then return identity end
  local groups = type(value) == "table" and value.groups or {}
  return alone(identity, shown_uid, shown_gid, groups)
end

--- Whether an ordinary user may write this map without newuidmap(1): only the user's own id, once.
local function is_own(map, id)
  return #map == 1 and map[1][2] == id and map[1][3] == 1
end

--- An ordinary user keeps the supplementary groups, unless newgidmap(1) maps more than the user's own.
local function ordinary_groups(value, host, b, identity)
  local wanted = type(value) == "table" and value.groups or nil
  if identity.setgroups == "allow" then
    if wanted == "keep" then return nil end
    for _, gid in ipairs(wanted or {}) do
      if not outside(identity.gid_map, gid) then
        b:refuse("user.groups", ("user.gid_map does not map %d"):format(gid))
      end
    end
    return wanted or {}
  end
  if type(wanted) == "table" then
    b:unable("user.groups",
      "an ordinary user can set groups only if gid_map maps more than the own id, from /etc/subgid",
      'groups = "keep" keeps your own groups')
  end
  local kept = {}
  for _, gid in ipairs(host.groups) do
    if gid ~= host.egid then kept[#kept + 1] = gid end
  end
  if kept[1] and wanted ~= "keep" then
    b:warn("user", ("supplementary groups kept: %s; an ordinary user cannot drop them "
      .. '(user = { groups = "keep" } accepts it)'):format(table.concat(kept, ", ")))
  end
  return nil
end

--- An ordinary user's explicit map of users or groups: returns the map, the payload's id, the set-up's id.
local function explicit(map, id, own, word, b)
  map = map or { { id or own, own, 1 } }
  local set_up = inside(map, own)
  if not set_up then
    b:refuse("user." .. word .. "_map", ("it must map your own id, %d, too, because the set-up runs as you: "
      .. "add { INSIDE, %d, 1 }"):format(own, own))
  end
  id = id or set_up
  if not outside(map, id) then b:refuse("user." .. word, ("user.%s_map does not map it"):format(word)) end
  return map, id, set_up
end

--- Started by an ordinary user.
local function by_user(value, host, b)
  local identity = { inner = value == "nobody" and {} or nil }
  if type(value) == "table" then
    identity.uid_map, identity.uid, identity.set_up_uid = explicit(value.uid_map, value.uid, host.euid, "uid", b)
    identity.gid_map, identity.gid, identity.set_up_gid = explicit(value.gid_map, value.gid, host.egid, "gid", b)
  else
    local shown_uid, shown_gid = host.euid, host.egid
    if value == "root" or value == "nobody" then shown_uid, shown_gid = 0, 0 end
    identity.uid_map, identity.gid_map = { { shown_uid, host.euid, 1 } }, { { shown_gid, host.egid, 1 } }
    identity.uid, identity.gid, identity.set_up_uid, identity.set_up_gid = shown_uid, shown_gid, shown_uid, shown_gid
  end
  identity.setgroups = is_own(identity.gid_map, host.egid) and "deny" or "allow"
  identity.groups = ordinary_groups(value, host, b, identity)
  return identity
end

--- No namespace is the sandbox's own, so the ids stay the caller's.
local function unchanged(value, host, b)
  local ids = type(value) == "table" and value or {}
  if value == "nobody" or (ids.uid or host.euid) ~= host.euid or (ids.gid or host.egid) ~= host.egid then
    b:unable("user", "an ordinary user can become another only in a new user namespace, but all are shared",
      'user = "self"')
  end
  return {
    uid = host.euid, gid = host.egid, set_up_uid = host.euid, set_up_gid = host.egid, shared = true,
    groups = ordinary_groups(value, host, b, {}),
  }
end

--- The caller's user namespace is shared: then only root can create the others.
local function shared(value, host, b, spare_uid, spare_gid)
  if host.euid ~= 0 and not b:is_alone() then
    b:unable("share", "an ordinary user needs a new user namespace to create the others: leave out 'user'",
      'share = "all" creates none; landlock confines the command then')
  end
  if value == "root" or (type(value) == "table" and (value.uid_map or value.gid_map)) then
    b:refuse("user", "a shared user namespace has no map of its own: \"self\" is the host's root, "
      .. "{ uid =, gid = } another user")
  end
  -- Also root in a namespace that maps nobody else: it can only stay itself.
  if host.euid ~= 0 or (value == nil and b:is_alone() and not (spare_uid and spare_gid)) then
    return unchanged(value, host, b)
  end
  local explicit_ids = type(value) == "table" and value or {}
  local identity = { set_up_uid = 0, set_up_gid = 0, groups = explicit_ids.groups or {}, shared = true }
  if identity.groups == "keep" then identity.groups = nil end
  if value == "self" then
    identity.uid, identity.gid = 0, 0
  else
    identity.uid, identity.gid = explicit_ids.uid or spare_uid, explicit_ids.gid or spare_gid
    if not (identity.uid and identity.gid) then
      b:unable("user", "there is no user to become: neither root's range in /etc/subuid nor 65534 is mapped here")
    end
  end
  return identity
end

--- Who the payload will be.
---@param value string|table|nil the field `user`
---@param host table facts: euid, egid, groups, uid_map, gid_map, subuid, subgid
---@param b table the builder of the plan, which refuses and warns
---@param is_shared boolean|nil whether the caller's user namespace is shared
---@param keeps boolean|nil whether the payload keeps capabilities
---@return table identity {uid_map =, gid_map =, setgroups =, inner = {uid_map =, gid_map =}|{}|nil, uid =, gid =
---  in the set-up's namespace, set_up_uid =, set_up_gid =, becomes = whether the set-up has to become them,
---  groups = list|nil (kept), host_root = boolean}
function M.of(value, host, b, is_shared, keeps)
  local spare_uid, spare_gid
  if host.euid == 0 then
    spare_uid, spare_gid = spare(host.uid_map, host.subuid), spare(host.gid_map, host.subgid)
  end
  local identity
  if is_shared then
    identity = shared(value, host, b, spare_uid, spare_gid)
  elseif spare_uid and spare_gid then
    identity = by_root(value, host, b, spare_uid, spare_gid, keeps)
  else -- also root in a namespace that maps nobody else: it can only stay itself
    identity = by_user(value, host, b)
  end
  local maps = identity.inner and identity.inner.uid_map or identity.becomes and identity.uid_map
  identity.host_root = host.euid == 0
    and ((identity.uid == 0 and not identity.becomes) or not (spare_uid and spare_gid)
      or (maps and inside(maps, 0) ~= nil) or false)
  return identity
end

local function add_steps(identity, b)
  if identity.becomes then b:add("user", "become", identity.uid, identity.gid) end
  if identity.groups then
    local packed = {}
    for i, gid in ipairs(identity.groups) do packed[i] = string.pack("=I4", gid) end
    b:add("user", "setgroups", table.concat(packed))
  end
  if identity.uid ~= identity.set_up_uid or identity.gid ~= identity.set_up_gid then
    b:add("user", "ids", identity.uid, identity.gid)
  end
  if identity.inner then b:add("user", "userns") end
end

--- Sets the plan's identity and adds the steps for it. value: the field `user`, or nil.
function M.lower(value, b, spec, host)
  local keeps = spec.caps ~= nil and spec.caps.set ~= 0
  b.identity = M.of(value, host, b, b:shares "user", keeps)
  add_steps(b.identity, b)
end

return M
