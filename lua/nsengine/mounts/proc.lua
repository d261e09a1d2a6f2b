--- ns.proc: the processes of the sandbox, as a new procfs.
local mounts = require "nsengine.mount"

--- Parts of /proc that act on the whole machine. The first is read-only always; the others belong to the host's root,
--- so that only who is that on the host could write them.
local machine = { "sys", "sysrq-trigger", "irq", "bus", "fs" }

local function protect(target, b, field)
  for i = 1, b.identity.host_root and #machine or 1 do
    if i == 1 or b.host.exists("/proc/" .. machine[i]) then b:add(field, "readonly", target .. "/" .. machine[i]) end
  end
end

return {
  name = "proc",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = "procfs(5) of the sandbox's own processes. What in it acts on the whole machine, /proc/sys, is read-only.",
  example = "ns.proc",
  check = function() return {} end,
  lower = function(_, target, b, field)
    if b:shares "pid" then
      b:refuse(field, 'ns.proc shows a pid namespace of the sandbox\'s own: with share = { "pid" } write ns.ro "/proc"')
    end
    b:add(field, "filesystem", "proc", target, "", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
    protect(target, b, field)
  end,
}
