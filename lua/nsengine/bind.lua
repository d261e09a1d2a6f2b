--- What ns.ro, ns.rw and ns.dev_bind have in common: a path of the host, seen inside with all that is mounted below it.

local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

local RECURSIVE = 1

--- The description of a kind of bind, complete with its functions. attr: MOUNT_ATTR_* bits.
return function(description, attr)
  local name = description.name
  function description.check(path, fail)
    if path == nil then fail(('a host path is missing: ns.%s "./src"'):format(name)) end
    return { source = kinds.source(path, fail) }
  end
  function description.lower(mount, target, b, field)
    b:add(field, "bind", mounts.source(b, field, mount.source), target, attr, RECURSIVE)
  end
  function description.root(mount, b, field)
    b:add(field, "root_bind", mounts.source(b, field, mount.source), attr, RECURSIVE)
  end
  description.since = "0.2"
  return description
end
