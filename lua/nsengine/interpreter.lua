--- Why execve says "no such file" of a program that is there: its loader or its script's interpreter is missing
--- in the sandbox. Looks at the host's files that the recipe put there; loaded only when a command was not found.

local sys = require "nsengine.sys"

local M = {}

--- Where a path of the sandbox lies on the host, as far as fs tells without looking inside.
local function on_host(spec, path)
  local best, source = -1, nil
  for _, entry in ipairs(spec and spec.fs and require("nsengine.fs").entries(spec.fs) or {}) do
    local target = entry.target == "/" and "" or entry.target
    if #target > best and (path == target or path:sub(1, #target + 1) == target .. "/") then
      best, source = #target, entry.mount.source and entry.mount.source .. path:sub(#target + 1) or nil
    end
  end
  return source
end

--- The loader named in an ELF file's program headers, 64 and 32 bits, little endian.
local function loader(text)
  local wide = text:byte(5) == 2
  local ok, name = pcall(function()
    local offset = string.unpack(wide and "<I8" or "<I4", text, wide and 33 or 29)
    local size, count = string.unpack("<I2I2", text, wide and 55 or 43)
    for i = 0, count - 1 do
      local at = offset + i * size + 1
      if string.unpack("<I4", text, at) == 3 then -- PT_INTERP
        local where = string.unpack(wide and "<I8" or "<I4", text, at + (wide and 8 or 4))
        return string.unpack("z", text, where + 1)
      end
    end
  end)
  return ok and name or nil
end

--- What a host's file needs to be executed, or nil.
local function needs(path)
  local file = io.open(path, "rb")
  local text = file and file:read(65536)
  if file then file:close() end
  if not text then return nil end
  if text:sub(1, 4) == "\127ELF" then return loader(text) end
  return text:match("^#!%s*(%S+)")
end

--- The host's file that `name` would be, looked for along `path` when it has no slash.
local function find(spec, name, path)
  if name:find("/", 1, true) then return name:sub(1, 1) == "/" and on_host(spec, name) or nil end
  for dir in (path or ""):gmatch("[^:]+") do
    local file = on_host(spec, dir .. "/" .. name)
    if file and sys.stat(file) then return file end
  end
end

--- The hint for a command that was not found, or nil.
---@param spec table|nil the normalised spec
---@param name string argv[1]
---@param path string|nil the PATH that was searched
function M.hint(spec, name, path)
  local file = find(spec, name, path)
  if not file or not sys.stat(file) then
    if spec and spec.fs and require("nsengine.fs").entries(spec.fs)[1] then return nil end
    return 'the sandbox is empty: fs = { ["/"] = ns.ro "/" } shows it the host\'s files'
  end
  local interpreter = needs(file)
  local shown = interpreter and on_host(spec, interpreter)
  if interpreter and not (shown and sys.stat(shown)) then
    local dir = interpreter:match("^(/[^/]+)/") or interpreter
    return ('%s is there, but not %s, which executes it: fs["%s"] = ns.ro "%s"'):format(name, interpreter, dir, dir)
  end
end

return M
