--- ns.proc: a new procfs with the sandbox's processes.
local kinds = require "nsengine.kinds"
local mounts = require "nsengine.mount"

--- World-readable files about the whole machine that programs do not need: kernel addresses, keys, how the kernel was
--- built and booted, interrupt timing, file locks (which belong to no process: each procfs lists all). Each costs a
--- mount, so files that reveal less are not listed.
local told = table.concat({ "kallsyms", "keys", "cmdline", "config.gz", "interrupts", "locks",
  "sys/kernel/random/boot_id" }, "\0") .. "\0"

--- Files that only the host's root can read, or use to act on the machine.
local root_only = table.concat({ "kcore", "kmsg", "timer_list", "slabinfo", "vmallocinfo", "pagetypeinfo", "kpageflags",
  "kpagecount", "kpagecgroup", "sysrq-trigger", "bus", "irq", "fs", "acpi", "asound", "scsi", "driver", "iomem",
  "ioports", "sched_debug", "latency_stats" }, "\0") .. "\0"

local subsets = { pid = true }
local hidepids = { off = true, noaccess = true, invisible = true, ptraceable = true }

local keys = {
  subset = { check = function(value, fail, key) return kinds.word(value, fail, subsets, key) end, type = '"pid"' },
  hidepid = { check = function(value, fail, key) return kinds.word(value, fail, hidepids, key) end,
    type = '"off"|"noaccess"|"invisible"|"ptraceable"' },
}

return {
  name = "proc",
  type = "nsengine.Mount | fun(options: {subset: string?, hidepid: string?}): nsengine.Mount",
  since = "0.2",
  doc = [[
procfs(5) with the sandbox's own processes. /proc/sys, which acts on the whole machine, is read-only; files that
describe the machine and that programs do not need (kallsyms, keys, cmdline, config.gz, interrupts, locks, boot_id)
are empty and unreadable.
subset = "pid" shows only processes, without the cpuinfo, meminfo, stat and sys that ps(1) and free(1) read.
hidepid = "ptraceable", "invisible" or "noaccess" hides processes from one another, proc(5).]],
  example = 'ns.proc { subset = "pid" }',
  check = function(given, fail)
    if given == nil then return {} end
    local function named(message, key) fail((key and key .. ": " or "") .. message) end
    local record = kinds.record(given, named, keys, "ns.proc")
    for key, item in next, record do record[key] = item or nil end
    return record
  end,
  lower = function(mount, target, b, field)
    if b:shares "pid" then
      b:refuse(field, 'ns.proc shows the sandbox\'s own pid namespace: with share = { "pid" } write ns.ro "/proc"')
    end
    b:add(field, "filesystem", "proc", target,
      mounts.options("subset", mount.subset or "", "hidepid", mount.hidepid or ""),
      mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
    if mount.subset then return end -- the other files do not exist
    b:add(field, "readonly", target .. "/sys")
    b:add(field, "hide", target, b.identity.host_root and told .. root_only or told)
  end,
}
