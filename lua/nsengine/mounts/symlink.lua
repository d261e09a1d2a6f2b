--- ns.symlink: a symbolic link.
local kinds = require "nsengine.kinds"

return {
  name = "symlink",
  type = "fun(to: string): nsengine.Mount",
  since = "0.2",
  doc = "A symbolic link to this path: relative to the link's own directory, or absolute inside the sandbox.",
  example = 'ns.symlink "usr/bin"',
  check = function(text, fail)
    if text == nil then fail('the text of the link is missing: ns.symlink "usr/bin"') end
    kinds.text(text, fail)
    if text == "" then fail("the text of the link is empty") end
    return { text = text }
  end,
  lower = function(mount, target, b, field)
    b:add(field, "symlink", mount.text, target)
  end,
}
