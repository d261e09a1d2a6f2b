--- Sandboxes whose system calls are answered by functions.

local ns = require "nsengine"

local M = {}

--- A sandbox with the host's files, whose calls the functions answer; `fields` are added to it.
---@param functions table<string, function>
---@param fields table|nil
function M.box(functions, fields)
  local base = ns.sandbox {
    fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs },
    env = { PATH = "/usr/bin:/bin" }, stdout = "capture", stderr = "capture", tty = false,
    seccomp = { notify = functions },
  }
  return fields and base:with(fields) or base
end

--- Runs a command: M.run({openat = function}, {"cat", "/x"}, {fields...}).
function M.run(functions, cmd, fields)
  return M.box(functions, fields):run(cmd)
end

function M.spawn(functions, cmd, fields)
  return M.box(functions, fields):spawn(cmd)
end

return M
