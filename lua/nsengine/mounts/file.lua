--- ns.file: a file with a given text.
local kinds = require "nsengine.kinds"

return {
  name = "file",
  type = "fun(text: string, mode: string?): nsengine.Mount",
  since = "0.2",
  arguments = 2,
  doc = 'A file with this text, which belongs to the command\'s user. mode is "644" by default.',
  example = 'ns.file("box:x:1000:1000::/:/bin/sh\\n", "644")',
  check = function(text, fail, mode)
    if type(text) ~= "string" then
      fail("expected the text of the file, got " .. (text == nil and "nothing" or kinds.show(text)))
    end
    return { text = text, mode = mode == nil and 420 or kinds.mode(mode, fail) }
  end,
  lower = function(mount, target, b, field)
    b:add(field, "file", target, mount.text, mount.mode, b.identity.uid, b.identity.gid)
  end,
}
