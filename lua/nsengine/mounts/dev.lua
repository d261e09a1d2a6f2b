--- ns.dev: the few devices that every program may have.

return {
  name = "dev",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = [[
A minimal /dev: null, zero, full, random, urandom, tty, a pts and shm of its own, and the links fd, stdin, stdout,
stderr and ptmx; console too where the command has a terminal. shm holds at most 64M, or its share of limits.disk.]],
  example = "ns.dev",
  check = function() return {} end,
  lower = function(_, target, b, field)
    b:add(field, "dev", target, b.identity.uid, b.identity.gid, b.tmpfs_size or 64 << 20)
  end,
}
