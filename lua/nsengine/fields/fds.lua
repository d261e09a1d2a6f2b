--- fds: descriptors that the command gets besides 0, 1 and 2.
local kinds = require "nsengine.kinds"

return {
  name = "fds",
  type = "table<integer, integer|file*|nsengine.FD>",
  default = "{}: no others",
  since = "0.2",
  spawn = true,
  doc = [[
Descriptors for the command besides 0, 1 and 2: { [NUMBER] = an open file or descriptor }. No others are inherited.
Open files with ns.open, which raises an error on failure: io.open returns nil then, and [3] = nil is no entry.]],
  example = 'fds = { [3] = ns.open "key.pem" }',
  merge = kinds.merge,
  check = function(value, fail)
    if type(value) ~= "table" then fail("expected { [NUMBER] = DESCRIPTOR }, got " .. kinds.show(value)) end
    kinds.plain(value, fail)
    local map = {}
    for number, fd in next, value do
      if math.type(number) ~= "integer" or number < 3 or number > 503 then
        fail("expected a descriptor number from 3 to 503; 0 to 2 are stdin, stdout, stderr",
          kinds.label(number))
      end
      if fd ~= false and not kinds.is_descriptor(fd) then
        fail(("expected an open file or descriptor, got %s%s"):format(kinds.show(fd), type(fd) == "string"
          and ('; for a file, write ns.open("%s")'):format(kinds.brief(fd, 60)) or ""), kinds.label(number))
      end
      map[number] = fd
    end
    return map
  end,
}
