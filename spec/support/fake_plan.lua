--- A plan that confines nothing: its :spawn starts a child with sys.clone and sys.exec, and answers as that of sys.plan
--- does. With it everything around a sandbox can be tested without privilege.

local sys = require "nsengine.sys"

local Plan = {}
Plan.__index = Plan

local function environment(list)
  local env = {}
  for _, entry in ipairs(list or {}) do
    local name, value = entry:match("^([^=]+)=(.*)$")
    env[name] = value
  end
  return env
end

--- Puts each descriptor at its number: first all out of the way, then each into its place.
local function place(fds)
  local copies = {}
  for n, fd in pairs(fds) do copies[n] = assert(sys.dup(fd)) end
  for n, copy in pairs(copies) do assert(copy:dup(n)) end
end

function Plan:spawn(request)
  self.request = request
  local r, w = assert(sys.pipe())
  local child = assert(sys.clone(0, function()
    assert(sys.setsid())
    local report = assert(sys.dup(w)) -- above all numbers that are assigned
    for _ = 1, 8 do report = assert(sys.dup(report)) end
    place(request.fds)
    if request.terminal then assert(sys.setctty(0)) end
    local _, message, errno = sys.exec(request.argv, environment(request.env))
    report:write(errno .. " " .. message)
  end))
  w:close()
  local report = assert(r:read())
  r:close()
  if report == "" then return child end
  child:close()
  local errno, message = report:match("^(%d+) (.*)$")
  return nil, message, tonumber(errno), { stage = "exec", call = "execve" }
end

return function() return setmetatable({}, Plan) end
