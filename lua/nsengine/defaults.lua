--- What a plan contains for fields that the recipe does not set, {field = function(b, spec, host)}. All in one file, so
--- that a field's own file is loaded only when the recipe sets it.

local sys = require "nsengine.sys"

--- Securebits of a command without capabilities, all locked: id 0 and set-user-id programs gain nothing.
local NO_ROOT = 0xef -- NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE and their locks, KEEP_CAPS_LOCKED

return {
  share = function(b)
    b.flags = b:all_namespaces()
  end,
  user = function(b, spec, host)
    require("nsengine.identity").lower(nil, b, spec, host)
  end,
  hostname = function(b, spec)
    if not b:shares "uts" then b:add("hostname", "hostname", spec.name or "sandbox") end
  end,
  net = function(b)
    if not b:shares "net" then b:add("net", "link_up", "lo") end
  end,
  fs = function(b, spec, host)
    require("nsengine.fields.fs").lower(nil, b, spec, host)
  end,
  limits = function(b)
    b:add("limits.core", "scrub", 1) -- no core file; with 0, a core_pattern program would still be started, core(5)
  end,
  nice = function(b, _, host) -- the command does not inherit the caller's higher priority
    if host.nice < 0 then b:add("nice", "nice", 0) end
  end,
  umask = function(b)
    b:add("umask", "umask", 18) -- 022
  end,
  init = function(b)
    b.init = true
  end,
  cwd = function(b)
    b:add("cwd", "chdir", "/")
  end,
  caps = function(b)
    b:add("caps", "capabilities", 0, NO_ROOT, b:keeps_bounding() and 1 or 0)
  end,
  no_new_privs = function(b)
    b:add("no_new_privs", "no_new_privs", 1)
  end,
  seccomp = function(b, spec)
    local program, flags = sys.seccomp_shipped(b:shipped_filter())
    if program and not (spec.caps and spec.caps.set ~= 0) then return b:add("seccomp", "filter", program, flags) end
    require("nsengine.fields.seccomp").lower({ profile = "default" }, b, spec)
  end,
  landlock = function(b, spec, host)
    if spec.landlock == false then return end
    if b:is_alone() then
      b:refuse("share", 'with "all", only landlock separates the command from the host: name what it may reach, '
        .. 'landlock = { exec = { "/usr" } }', "landlock = false shares everything without it")
    elseif b:needs_scope() then -- no signals, no abstract sockets
      require("nsengine.fields.landlock").lower({}, b, spec, host)
    end
  end,
}
