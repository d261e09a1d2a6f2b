--- What is said in other programs, or elsewhere in this one, and what is written here. Loaded for a message only.

local fs, root = "fs = { ... }", 'fs = { ["/"] = ... }'
local bind = 'ns.ro "/path", or ns.rw where the command may write'

return {
  --- Globals of a recipe, that have none.
  globals = { ns = 'local ns = require "nsengine"', sys = 'local sys = require "nsengine.sys"' },

  --- Words of `ns`.
  words = {
    bind = bind, mount = bind, ro_bind = "ns.ro", bind_ro = "ns.ro",
    rw_bind = "ns.rw", bind_rw = "ns.rw", device = "ns.dev_bind", text = "ns.file",
    run = "ns.sandbox { ... }:run { ... }", spawn = "ns.sandbox { ... }:spawn { ... }",
    with = "ns.sandbox { ... }:with { ... }",
  },

  --- Fields of a sandbox.
  fields = {
    timeout = "limits = { wall_time = ... }", capabilities = "caps = { ... }", network = "net = ...",
    mounts = fs, mount = fs, binds = fs, bind = fs, ro_bind = fs, rw_bind = fs, bind_ro = fs, bind_rw = fs, tmpfs = fs,
    overlay = fs, proc = fs, dev = fs, volumes = fs, root = root, rootfs = root, chroot = root,
    environment = "env = { ... }", setenv = "env = { ... }", workdir = "cwd = ...", chdir = "cwd = ...",
    command = "cmd = { ... }", args = "cmd = { ... }",
    namespaces = "share = { ... }: those that are not new",
  },

  --- What a Result has.
  result = {
    exit_code = "code", exitcode = "code", exit_status = "code", status_code = "code", returncode = "code",
    output = "stdout", out = "stdout", err = "stderr", error = "stderr", time = "wall_time", elapsed = "wall_time",
    duration = "wall_time", cputime = "cpu_time", success = "ok", max_memory = "memory", killed = "signal",
  },

  --- Values of fields: where that is one, the first is meant.
  values = {
    network = { "net", "did you mean 'net'?" }, mnt = { "mount", "did you mean 'mount'?" },
    process = { "pid", "did you mean 'pid'?" }, hostname = { "uts", "did you mean 'uts'?" },
    loopback = { "none", "'none' has a loopback" }, lo = { "none", "'none' has a loopback" },
    private = { "none", "did you mean 'none'?" },
  },
}
