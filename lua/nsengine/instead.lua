--- Names from other programs, or from elsewhere in this one, and what to write here. Loaded only for a message.

local fs, root = "fs = { ... }", 'fs = { ["/"] = ... }'
local bind = 'ns.ro "/path", or ns.rw where the command may write'

return {
  --- Globals, for recipes that lack a `local`.
  globals = { ns = 'local ns = require "nsengine"', sys = 'local sys = require "nsengine.sys"' },

  --- Words of `ns`.
  words = {
    bind = bind, mount = bind, bind_mount = bind, volume = bind, path = bind,
    ro_bind = "ns.ro", bind_ro = "ns.ro", bindmount_ro = "ns.ro", readonly = "ns.ro", read_only = "ns.ro",
    rw_bind = "ns.rw", bind_rw = "ns.rw", bindmount = "ns.rw", readwrite = "ns.rw", read_write = "ns.rw",
    writable = "ns.rw", device = "ns.dev_bind", devices = "ns.dev", text = "ns.file", data = "ns.file",
    ro_bind_data = "ns.file", bind_data = "ns.file", tmp = "ns.tmpfs", overlayfs = "ns.overlay", procfs = "ns.proc",
    sysfs = "ns.sys", directory = "ns.dir", mkdir = "ns.dir", link = "ns.symlink", hide = "ns.mask",
    exec = "ns.sandbox { ... }:run { ... }",
    run = "ns.sandbox { ... }:run { ... }", spawn = "ns.sandbox { ... }:spawn { ... }",
    with = "ns.sandbox { ... }:with { ... }",
  },

  --- Fields of a sandbox.
  fields = {
    capabilities = "caps = { ... }", network = "net = ...",
    mounts = fs, mount = fs, binds = fs, bind = fs, ro_bind = fs, rw_bind = fs, bind_ro = fs, bind_rw = fs, tmpfs = fs,
    overlay = fs, proc = fs, dev = fs, volumes = fs, root = root, rootfs = root, chroot = root,
    environment = "env = { ... }", setenv = "env = { ... }", workdir = "cwd = ...", chdir = "cwd = ...",
    command = "cmd = { ... }", args = "cmd = { ... }",
    namespaces = "share = { ... }, which lists those that are not new",
  },

  --- Limits; if there are several, the nearest first.
  limits = {
    time = "wall_time, or cpu_time for processor time", time_limit = "wall_time", timeout = "wall_time",
    wall = "wall_time", walltime = "wall_time", real_time = "wall_time", duration = "wall_time",
    cpu = "cpu_time, or cpus for the number of processors", cputime = "cpu_time", rlimit_cpu = "cpu_time",
    mem = "memory", memory_limit = "memory", mem_limit = "memory", memory_max = "memory", max_memory = "memory",
    cgroup_mem_max = "memory", rss = "memory", ram = "memory",
    as = "address_space", rlimit_as = "address_space", vmem = "address_space", virtual_memory = "address_space",
    memory_swap = "swap", swap_max = "swap",
    nproc = "pids, or processes without a control group",
    rlimit_nproc = "processes, or pids, which counts more reliably",
    procs = "pids", threads = "pids", tasks = "pids", max_processes = "pids", pids_limit = "pids", pids_max = "pids",
    cgroup_pids_max = "pids",
    nofile = "files", rlimit_nofile = "files", open_files = "files", max_files = "files", descriptors = "files",
    fsize = "file_size", rlimit_fsize = "file_size", filesize = "file_size", max_file_size = "file_size",
    stack_size = "stack", rlimit_stack = "stack", rlimit_core = "core",
    cpu_quota = "cpus", cpu_shares = "cpu_weight", cpuset_cpus = "cpuset", affinity = "cpuset",
    blkio = "io", disk_io = "io", output_size = "output", storage = "disk", quota = "disk", disk_space = "disk",
  },

  --- Keys of landlock.
  landlock = {
    rd = "read", ro = "read", r = "read", wr = "write", rw = "write", w = "write", x = "exec", rx = "exec",
    execute = "exec", files = "read, write or exec", paths = "read, write or exec",
    net = "connect or bind", ports = "connect or bind", tcp = "connect or bind", listen = "bind",
  },

  --- Keys of seccomp.
  seccomp = {
    kill = 'default = "kill", and deny = { ... } for calls that the profile allows',
    whitelist = "allow", allowed = "allow", permit = "allow", blacklist = "deny", block = "deny", denied = "deny",
    forbid = "deny", filter = "profile", action = "default or errno", groups = 'allow = { "@network" }, or deny',
  },

  --- Fields of a Result.
  result = {
    exit_code = "code", exitcode = "code", exit_status = "code", status_code = "code", returncode = "code",
    output = "stdout", out = "stdout", err = "stderr", error = "stderr", time = "wall_time", elapsed = "wall_time",
    duration = "wall_time", cputime = "cpu_time", success = "ok", max_memory = "memory", killed = "signal",
  },

  --- Values of fields: {the value meant, if the field has it, and what to say}.
  values = {
    network = { "net", "did you mean 'net'?" }, mnt = { "mount", "did you mean 'mount'?" },
    process = { "pid", "did you mean 'pid'?" }, hostname = { "uts", "did you mean 'uts'?" },
    loopback = { "none", "'none' has a loopback" }, lo = { "none", "'none' has a loopback" },
    private = { "none", "did you mean 'none'?" },
    ["2>&1"] = { "stdout", "did you mean 'stdout'?" }, ["&1"] = { "stdout", "did you mean 'stdout'?" },
    merge = { "stdout", "did you mean 'stdout'?" },
  },
}
