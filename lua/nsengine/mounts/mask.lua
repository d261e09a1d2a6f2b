--- ns.mask: hides a file or directory.

return {
  name = "mask",
  type = "nsengine.Mount",
  since = "0.2",
  arguments = 0,
  doc = [[
Hides a file or directory of what is mounted below: in its place is an empty one that no process inside can read or
write; a directory cannot be listed or entered either (EACCES). For an empty directory to work in use ns.tmpfs, for
one to look at ns.dir.]],
  example = 'fs = { ["/"] = ns.ro "/", ["/root"] = ns.mask }',
  check = function() return {} end,
  lower = function(_, target, b, field)
    b:add(field, "mask", target)
  end,
}
