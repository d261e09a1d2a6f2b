--- Mounts as values: what ns.ro "/usr" or ns.tmpfs { size = "1G" } returns. A constructor only records its arguments;
--- fs checks them, because only there the field and its line are known. Each kind is a file, mounts/<kind>.lua.

local M = {}

--- Every kind of mount is a name in nsengine.
M.kinds = {
  ro = true, rw = true, dev_bind = true, tmpfs = true, proc = true, dev = true, sys = true, mqueue = true,
  devpts = true, overlay = true, file = true, dir = true, symlink = true, mask = true,
}

---@class nsengine.Mount
---@field kind string
---@field given any[] the arguments of the constructor
local Mount = {}
Mount.__index = Mount
Mount.__name = "nsengine.Mount"

function Mount.__call(self, ...)
  if self.given.n > 0 then
    error(("ns.%s takes its arguments once: is a comma missing after it?"):format(self.kind), 2)
  end
  return setmetatable({ kind = self.kind, given = table.pack(...) }, Mount)
end

function Mount:__tostring()
  return "ns." .. self.kind
end

--- The constructor of a kind, which is also the mount without arguments; nil for other names.
function M.constructor(kind)
  return M.kinds[kind] and setmetatable({ kind = kind, given = { n = 0 } }, Mount) or nil
end

function M.is(value)
  return getmetatable(value) == Mount
end

local descriptions = {}

--- The description of a kind.
function M.description(kind)
  local described = descriptions[kind] or require("nsengine.mounts." .. kind)
  descriptions[kind] = described
  return described
end

--- The normal form of a mount: {kind =, ...}. fail(message) raises.
function M.check(mount, fail)
  local described = M.description(mount.kind)
  local given = mount.given
  if given.n > (described.arguments or 1) then
    fail(("ns.%s takes %d argument%s: %s"):format(mount.kind, described.arguments or 1,
      (described.arguments or 1) == 1 and "" or "s", described.example))
  end
  local function wrong(message) fail(("ns.%s: %s"):format(mount.kind, message)) end
  local checked = described.check(given[1], wrong, given[2])
  checked.kind = mount.kind
  return checked
end

--- The bits of mount_setattr(2).
M.RDONLY, M.NOSUID, M.NODEV, M.NOEXEC = 1, 2, 4, 8

--- Mount data for fsconfig(2): {"size", 5, "userxattr", false} -> "size=5\0userxattr\0".
function M.options(...)
  local parts, list = {}, { ... }
  for i = 1, #list, 2 do
    if list[i + 1] == false then
      parts[#parts + 1] = list[i] .. "\0"
    elseif list[i + 1] ~= "" then
      parts[#parts + 1] = ("%s=%s\0"):format(list[i], list[i + 1])
    end
  end
  return table.concat(parts)
end

--- The absolute path of a host path, from the working directory and the home directory.
function M.host_path(path, host)
  local first = path:byte()
  if first == 47 or (first ~= 126 and not host.cwd) then -- "/", "~"
    return path
  elseif path:find("^~/") or path == "~" then
    return host.home and host.home .. path:sub(2) or path
  end
  local rest = path:gsub("^%./+", "")
  return (rest == "." or rest == "") and host.cwd or (host.cwd == "/" and "" or host.cwd) .. "/" .. rest
end

--- A host path as the recipe has it, for a message; for one below "~" also what that expands to.
function M.written(path, host)
  if not (path == "~" or path:find "^~/") then return path end
  return host.home and ("%s (%s)"):format(path, M.host_path(path, host)) or path .. " (HOME is not set)"
end

--- The absolute path of a host path that must exist; the message shows it as the recipe has it. A plan that is about to
--- run skips the check: the step fails with the same message, and hundreds of paths cost nothing.
function M.source(b, field, path)
  local full = M.host_path(path, b.host)
  if b.hurried and not b:is_optional(field) then return full end
  local there, message, errno = b.host.reach(full)
  if not there then
    local missing = errno == 2 or errno == 20 -- ENOENT, ENOTDIR
    if missing then
      b:unable(field, "no such file or directory: " .. M.written(path, b.host),
        require("nsengine.failure").beside(path), errno)
    end
    b:unable(field, (message or "stat"):gsub("^stat [^:]*", path), nil, errno)
  end
  return full
end

return M
