--- ns.dev: the few devices that every program may have.

return {
  name = "dev",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = [[
A directory with null, zero, full, random, urandom and tty, a pts of its own, shm, and the links fd, stdin, stdout,
stderr, ptmx. shm holds at most 64M, or its share of limits.disk.]],
  example = "ns.dev",
  check = function() return {} end,
  lower = function(_, target, b, field)
    b:add(field, "dev", target, b.identity.uid, b.identity.gid, b.tmpfs_size or 64 << 20)
  end,
}
