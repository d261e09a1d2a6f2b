--- Replaces what a build's nsengine.sys may lack, so that specs without privilege run: the C closure that knows its
--- caller's line, and the list of steps.

local sys = require "nsengine.sys"

local function lacks(name)
  return not pcall(function() return sys[name] end)
end

if lacks "located" then
  rawset(sys, "located", function(fn)
    return function(...)
      local info = debug.getinfo(2, "Sl")
      local name = info.source:match("^[@=](.*)$") or info.short_src
      local values = table.pack(fn(name .. ":" .. info.currentline, ...)) -- no tail call: it would lose the frame
      return table.unpack(values, 1, values.n)
    end
  end)
end

if lacks "step_list" then
  rawset(sys, "step_list", function()
    local list = {}
    for line in assert(sys.readfile "engine/plan/steps.def"):gmatch("[^\n]+") do
      local name, phase, shape, calls = line:match('^NSE_%u*_?STEP%((%w+_?%w*_?%w*), (%w+), "(%a*)", "(.*)"%)')
      if name then list[#list + 1] = { name = name, phase = phase, shape = shape, calls = calls } end
    end
    return list
  end)
end

local M = {}

--- The facts of a host where an ordinary user runs a recipe, with `changes`.
function M.host(changes)
  local host = {
    euid = 1000, egid = 1000, groups = { 1000 }, uid_map = { { 0, 0, 4294967295 } }, gid_map = { { 0, 0, 4294967295 } },
    subuid = false, subgid = false, oom_score = 0, nice = 0, linux = 6012,
    resolver = false, cwd = "/home/me/project",
    landlock_abi = 6,
    home = "/home/me", environ = { TERM = "vt100" }, missing = {},
  }
  for name, value in next, changes or {} do host[name] = value end
  host.cgroups = host.cgroups or function() return nil, "there is none", "make one" end
  host.device = function(path) return path == "/disk" and "8:0" or nil, "it is not on a disk" end
  host.exists = function(path) return not host.missing[path] end
  host.reach = function(path)
    if host.missing[path] then return nil, "stat " .. path .. ": No such file or directory (ENOENT)", 2 end
    return true
  end
  return host
end

--- The same, as root.
function M.root(changes)
  local host = M.host { euid = 0, egid = 0, groups = { 0 }, cwd = "/root", home = "/root" }
  for name, value in next, changes or {} do host[name] = value end
  return host
end

--- The plan of fields, on a made-up host.
function M.plan(fields, host)
  local schema = require "nsengine.schema"
  local spec = schema.merge({}, schema.check("recipe.lua:1", fields))
  return require("nsengine.plan").build(spec, function(field)
    return field and "recipe.lua:" .. #field or "recipe.lua:1"
  end, host or M.host())
end

--- "default" for the shipped program of that name, else the number of its instructions.
local function filter_name(program)
  for _, name in ipairs { "default", "default-alone", "strict" } do
    if program == sys.seccomp_shipped(name) then return name end
  end
  return tostring(#program // 8)
end

--- The steps of a plan, as lines: "bind /usr /usr 7 1", "filter default 0".
function M.lines(plan)
  local lines = {}
  for i, step in ipairs(plan.steps) do
    local words = {}
    for j, word in ipairs(step) do words[j] = tostring(word):gsub("%z", ";") end
    if step[1] == "filter" then words[2] = filter_name(step[2]) end
    lines[i] = table.concat(words, " ")
  end
  return lines
end

--- The lines of a plan that begin with one of the words.
function M.only(plan, ...)
  local wanted, lines = {}, {}
  for _, word in ipairs { ... } do wanted[word] = true end
  for _, line in ipairs(M.lines(plan)) do
    if wanted[line:match("^%S+")] then lines[#lines + 1] = line end
  end
  return lines
end

--- The text of the error object that a function raises.
function M.message(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, "expected an error")
  return tostring(err), err
end

return M
