--- A hostile command in a sandbox that a careless caller started: what it gets is listed here by name, and a change in
--- either direction fails. spec/kernel/probe.c has the attacks; spec/support/dirty.c is the caller.
local escapes = require "support.escapes"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

teardown(function()
  tools.cleanup()
  support.cleanup()
end)

--- From files of the host that the recipe shows, and from the terminal that its caller gave it as standard input.
local by_recipe = { "callers_terminal", "see_tmp", "tmp_socket" }

--- From /proc: figures of the machine that are not worth a mount each. ns.proc { subset = "pid" } has none.
local by_proc = { "read_proc_key_users", "read_proc_softirqs", "read_proc_partitions", "read_proc_diskstats",
  "read_proc_bus", "read_proc_irq" }

--- What an ordinary user cannot drop, and what its groups may read. Only root can start a caller that has them.
local by_groups = support.root and { "groups", "read_shadow", "read_gshadow" } or {}

--- Calls and sockets that only the filter keeps from a command, and that most kernel exploits need.
local by_kernel = { "no_filter", "set_personality", "request_upcall", "add_key", "tiocsetd", "trace_child",
  "unshare_user", "clone_user", "clone_user_64", "clone3_user", "nested_mount", "nested_packets", "nested_nftables",
  "open_by_handle_at", "name_to_handle_at", "perf_event_open", "foreign_i386", "foreign_i386_user", "socket_mptcp",
  "socket_udplite", "socket_netfilter", "socket_xfrm", "socket_audit", "socket_uevent", "socket_generic",
  "socket_diag", "socket_connector", "socket_vsock", "call_io_uring", "call_bpf", "call_userfaultfd", "call_keyctl",
  "call_modify_ldt", "call_kcmp", "call_process_vm_readv", "call_process_vm_writev", "call_process_madvise",
  "call_move_pages", "call_migrate_pages", "call_mbind", "call_set_mempolicy", "call_ustat", "call_sysfs",
  "call_fanotify", "call_open_tree_attr", "call_statmount", "call_listmount",
  "call_lsm_set_self_attr", "call_pidfd_getfd", "call_setns" }

--- {name = true} for the names in some lists.
local function set(...)
  local names = {}
  for _, list in ipairs { ... } do
    for _, name in ipairs(list) do names[name] = true end
  end
  return names
end

--- What differs: a line each.
local function differences(checks, expected, may)
  local lines = {}
  for _, check in ipairs(checks) do
    if check.allowed and not expected[check.name] then
      lines[#lines + 1] = ("%s is open: %s"):format(check.name, check.detail)
    elseif not check.allowed and expected[check.name] and not may[check.name] then
      lines[#lines + 1] = ("%s is closed now (%s): take it from the list"):format(check.name, check.detail)
    end
  end
  return lines
end

local function recipe(text)
  return { "-e", 'local ns = require "nsengine"; return ' .. text }
end

local plain = [[ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev } }]]
local small = [[ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc { subset = "pid" }, ["/dev"] = ns.dev,
  ["/tmp"] = ns.tmpfs, ["/tmp/probe"] = ns.ro(%q) }, stdin = "null" }]]

local strict = [[ns.profile "strict":with { fs = { ["/opt/probe"] = ns.ro(%q) },
  landlock = { exec = { "/usr", "/opt/probe" } } }]]

local function run(uid, text, probe)
  local command = { support.launcher(uid) }
  table.move(recipe(text), 1, 2, 2, command)
  command[#command + 1] = "--"
  return assert(escapes.run(uid, command, probe))
end

describe("a hostile command, started by a careless caller,", function()
  local _, missing = tools.get()

  it("has more than 250 attacks to try", function()
    if missing then return pending(missing) end
    local names, seen = escapes.names(), {}
    assert(#names > 250, #names)
    for _, name in ipairs(names) do
      assert.is_nil(seen[name], name)
      seen[name] = true
    end
  end)

  it("refuses to run where it could do harm", function()
    if missing then return pending(missing) end
    assert.equal(3, support.run { tools.get().escapes }.code)
  end)

  for _, uid in ipairs(support.users) do
    it(("gets nothing in a plain sandbox but what is listed, as uid %d"):format(uid), function()
      if missing then return pending(missing) end
      local expected = set(by_recipe, by_proc, uid ~= 0 and by_groups or {})
      assert.same({}, differences(run(uid, plain), expected, set(by_proc)))
    end)

    it(("gets less if /proc shows only processes and /tmp is private, as uid %d"):format(uid), function()
      if missing then return pending(missing) end
      local checks = run(uid, small:format(tools.get().escapes), "/tmp/probe")
      assert.same({}, differences(checks, set(uid ~= 0 and by_groups or {}), {}))
    end)

    it(("gets nothing in ns.profile 'strict' but its caller's standard input, as uid %d"):format(uid), function()
      if missing or sys.landlock_abi() == 0 then return pending(missing or "needs landlock") end
      local checks = run(uid, strict:format(tools.get().escapes), "/opt/probe")
      assert.same({}, differences(checks, set { "callers_terminal" }, {}))
    end)

    it(("gets only calls of the kernel in addition without a filter, as uid %d"):format(uid), function()
      if missing then return pending(missing) end
      local expected = set(by_recipe, by_proc, by_kernel, uid ~= 0 and by_groups or {})
      -- A kernel, or its settings, may lack some of them.
      local open = run(uid, plain:sub(1, -2) .. ", seccomp = false }")
      assert.same({}, differences(open, expected, expected))
    end)
  end
end)

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function() fn(uid) end)
  end
end

--- What a shell prints in a sandbox with these fields.
local function shell(uid, fields, command)
  local result = support.recipe(([[
    local ns = require "nsengine"
    return ns.sandbox { %s, cmd = { "/bin/sh", "-c", %q } }]]):format(fields, command), { uid = uid })
  return result.stdout .. result.stderr, result
end

describe("the host's root in a sandbox", function()
  each_user("shows no sockets of services, no kernel interfaces, no processes and no devices", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.ro "/" }]], "ls -A /run /sys /proc /dev; cat /etc/machine-id")
    out = out:gsub("cat: /etc/machine%-id: [^\n]*\n", "")
    assert.equal("/dev:\n\n/proc:\n\n/run:\n\n/sys:\n", out)
  end)

  each_user("hides them however the host's root is written", function(uid)
    local dir <close> = support.tempdir()
    assert(sys.chmod(dir.path, 493))
    assert(sys.symlink("/", dir.path .. "/root"))
    for _, path in ipairs { "//", "/.", "/usr/..", dir.path .. "/root" } do
      local out = shell(uid, ([[fs = { ["/"] = ns.ro %q }]]):format(path), "ls -A /run /sys /proc /dev")
      assert.equal("/dev:\n\n/proc:\n\n/run:\n\n/sys:\n", out)
    end
    if sys.stat "/var/lib/dbus/machine-id" then
      assert.truthy(shell(uid, [[fs = { ["/"] = ns.ro "/" }]], "cat /var/lib/dbus/machine-id"):find "denied")
    end
  end)

  each_user("keeps them hidden even if it is writable", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.rw "/" }, user = "self"]],
      "ls -A /run; for d in /run /sys /dev; do touch $d/x || echo closed; done")
    assert.equal(3, select(2, out:gsub("closed\n", "")), out)
  end)

  each_user("shows what the recipe mounts there", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.ro "/", ["/run/x/y"] = ns.file "named", ["/sys"] = ns.sys,
      ["/dev"] = ns.dev, ["/dev/shm"] = ns.tmpfs }]],
      "cat /run/x/y; ls -A /run; ls -A /sys/class/net; echo > /dev/null")
    assert.equal("namedx\nlo\n", out)
  end)

  each_user("shows all of them with ns.dev_bind", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.dev_bind "/" }]], "ls -d /sys/kernel /proc/version; : > /dev/null")
    assert.equal("/proc/version\n/sys/kernel\n", out)
  end)
end)

describe("the procfs of a sandbox", function()
  local hidden = { "kallsyms", "keys", "cmdline", "interrupts", "config.gz", "locks", "sys/kernel/random/boot_id" }

  each_user("cannot be made to reveal what it hides", function(uid)
    for _, name in ipairs(hidden) do
      if sys.stat("/proc/" .. name) then
        local out = shell(uid, [[fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc }, user = "root", caps = {}]],
          ("cat /proc/%s; umount /proc/%s && cat /proc/%s; chmod 644 /proc/%s"):format(name, name, name, name))
        assert.matches("^cat: [^\n]*Permission denied\numount: [^\n]*\nchmod: [^\n]*\n$", out, name)
      end
    end
  end)

  it("hides from the host's root what the host's root could read", function()
    if not support.root then return pending "needs root" end
    local out = shell(0, [[fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc }, user = "self"]],
      "for f in kcore kmsg timer_list sysrq-trigger keys; do head -c 1 /proc/$f; echo > /proc/$f; done")
    for _, name in ipairs { "kcore", "kmsg", "timer_list", "keys" } do
      if sys.stat("/proc/" .. name) then assert.matches("head: [^\n]*/proc/" .. name .. "[^\n]*denied", out) end
    end
    assert.matches("cannot create /proc/sysrq%-trigger", out)
  end)

  each_user("shows only processes if the recipe says so", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc { subset = "pid" } }]],
      "ls /proc | grep -v '^[0-9]' | tr '\\n' ' '")
    assert.equal("self thread-self ", out)
  end)

  each_user("hides processes that the command may not trace, if the recipe says so", function(uid)
    local out = shell(uid, [[fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc { hidepid = "ptraceable" } }]],
      "test -e /proc/1 || echo hidden; test -e /proc/$$ && echo seen")
    assert.equal("hidden\nseen\n", out)
  end)
end)
