--- What ns.ro, ns.rw and ns.dev_bind have in common: a host path, shown inside with everything mounted below it.

local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

local RECURSIVE, NO_LINKS = 1, 2

local keys = { follow = { check = kinds.boolean, type = "boolean" } }

--- Adds the functions to the description of a bind mount. attr: MOUNT_ATTR_* bits.
return function(description, attr)
  local name = description.name
  description.arguments = 2
  description.type = "fun(path: string, options: {follow: boolean?}?): nsengine.Mount"
  description.since = "0.2"

  function description.check(path, fail, options)
    if path == nil then fail(('a host path is missing: ns.%s "./src"'):format(name)) end
    local mount = { source = kinds.source(path, fail) }
    if options ~= nil then
      local function named(message, key) fail((key and key .. ": " or "") .. message) end
      mount.follow = kinds.record(options, named, keys, "ns." .. name).follow
    end
    return mount
  end

  local function how(mount) return mount.follow == false and RECURSIVE | NO_LINKS or RECURSIVE end

  function description.lower(mount, target, b, field)
    b:add(field, "bind", mounts.source(b, field, mount.source), target, attr, how(mount))
  end
  function description.root(mount, b, field)
    b:add(field, "root_bind", mounts.source(b, field, mount.source), attr, how(mount))
  end
  return description
end
