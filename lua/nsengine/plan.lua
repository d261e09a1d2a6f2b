--- Turns a spec and the facts of a host into a plan: namespaces, id maps, and a flat list of steps, each with the field
--- that asked for it. Pure: nothing is run, and specs use hosts that do not exist.

local defaults = require "nsengine.defaults"
local errors = require "nsengine.error"
local schema = require "nsengine.schema"

local M = {}

--- The steps in the order of engine/plan/steps.def. Steps of one group run in the order in which they are added: each
--- mount of the file tree builds on those before it.
M.order = {
  { "hostname" }, { "domainname" }, { "timens" }, { "oom_score" }, { "keyring" }, { "become" },
  { "private" }, { "scratch" },
  { "root_tmpfs", "root_bind", "root_overlay", "bind", "filesystem", "dev", "directory", "file", "symlink", "mask",
    "hide", "readonly" },
  { "pivot" }, { "link_up" }, { "hold" }, { "setup" },
  { "setgroups" }, { "ids" }, { "userns" }, { "capabilities" }, { "no_new_privs" },
  { "stdio" }, { "session" }, { "chdir" },
  { "landlock", "landlock_path", "landlock_port", "landlock_restrict" },
  { "scrub" }, { "rlimit" }, { "nice" }, { "umask" }, { "filter" },
}

local slot = {}
for i, names in ipairs(M.order) do
  for _, name in ipairs(names) do slot[name] = i end
end

--- CLONE_NEW*, by the word of `share`.
M.namespaces = {
  ipc = 0x08000000, uts = 0x04000000, net = 0x40000000, pid = 0x20000000, user = 0x10000000, mount = 0x00020000,
  cgroup = 0x02000000, time = 0x00000080,
}

---@class nsengine.Builder
---@field flags integer
---@field identity table who the payload is: see nsengine.identity
---@field host table the facts of the host
---@field warnings string[]
---@field enforced table<string, string>
---@field notify table<integer, {name: string, fn: function}>|nil the functions that answer system calls
---@field watched boolean|nil denied calls are reported
---@field confined table|nil limits that need a control group: see nsengine.confine
---@field group table|nil describes the control group: see nsengine.confine
---@field disk table|nil how limits.disk is divided: see nsengine.disk
---@field tmpfs_size integer|nil size of each tmpfs that sets none
local Builder = {}
Builder.__index = Builder

--- Adds a step that `field` asked for.
function Builder:add(field, step, ...)
  local at = slot[step] or error("no such step: " .. tostring(step))
  local bucket, asked = self.buckets[at], self.asked[at]
  if not bucket then
    bucket, asked = {}, {}
    self.buckets[at], self.asked[at] = bucket, asked
  end
  local n = #bucket + 1
  bucket[n], asked[n] = { step, ... }, field
end

--- Raises an error in the recipe: fields that contradict each other.
function Builder:refuse(field, message, hint)
  error(errors.new { kind = "recipe", where = self.place(field), field = field, message = message, hint = hint }, 0)
end

--- Raises an error of kind "host": this host cannot do it. Builder:attempt skips an optional field instead.
function Builder:unable(field, message, hint, errno)
  error(errors.new { kind = "host", where = self.place(field), field = field, message = message, hint = hint,
    errno = errno }, 0)
end

function Builder:warn(field, message)
  local where = self.place(field)
  self.warnings[#self.warnings + 1] = (where and where .. ": " or "") .. field .. ": " .. message
end

--- The flags of all namespaces.
function Builder.all_namespaces()
  local flags = 0
  for _, bit in next, M.namespaces do flags = flags | bit end
  return flags
end

--- Whether a namespace is shared with the caller.
function Builder:shares(word)
  return self.flags & M.namespaces[word] == 0
end

--- Whether a shared namespace opens what landlock closes again: signals, or abstract sockets.
function Builder:needs_scope()
  return (self:shares "pid" or self:shares "net") and self.host.landlock_abi >= 6
end

--- The name of the shipped filter "default".
function Builder:shipped_filter()
  return "default" .. (self:shares "pid" and "-shared" or "") .. (self.init and "" or "-alone")
end

--- Whether all namespaces are shared, so that only landlock confines the command.
function Builder:is_alone()
  return self.flags == 0
end

--- Whether the bounding set stays: dropping it takes CAP_SETPCAP, which an ordinary user lacks in the caller's user
--- namespace.
function Builder:keeps_bounding()
  return self:shares "user" and self.host.euid ~= 0
end

--- Whether `optional` lists a field.
function Builder:is_optional(field)
  local optional = self.optional
  return optional and (optional[field] or optional[field:match("^[^.]*")])
end

local function lengths(buckets)
  local marks = {}
  for at, bucket in next, buckets do marks[at] = #bucket end
  return marks
end

local function roll_back(buckets, marks)
  for at, bucket in next, buckets do
    for i = #bucket, (marks[at] or 0) + 1, -1 do bucket[i] = nil end
  end
end

--- Calls fn to add what `field` asks for. If this host cannot do it and the field is optional, removes what was added,
--- warns, and returns false.
function Builder:attempt(field, fn, ...)
  if not self:is_optional(field) then
    fn(...)
    return true
  end
  local marks = lengths(self.buckets)
  local ok, err = pcall(fn, ...)
  if ok then return true end
  if not errors.is(err) or err.kind ~= "host" then error(err, 0) end
  roll_back(self.buckets, marks)
  self:warn(field, "skipped: " .. err.message .. " (listed in 'optional')")
  return false
end

local function lower_fields(b, spec)
  for _, name in ipairs(schema.fields) do
    local value = spec[name]
    local lower = value ~= nil and schema.field(name).lower
    local default = defaults[name]
    if not (lower and b:attempt(name, lower, value, b, spec, b.host)) and default then default(b, spec, b.host) end
  end
end

--- What every plan contains, whatever the recipe says.
local function add_constants(b)
  b:add("user", "keyring")
  b:add("stdin", "stdio")
  b:add("tty", "session")
  if b.host.oom_score < 0 then b:add("user", "oom_score", 0) end
end

--- The field that asked for each step: {[step index] = {field =, where =}}, computed on access.
local function origins(fields, place)
  return setmetatable({}, { __index = function(origin, i)
    local field = fields[i]
    local entry = field and { field = field, where = place(field) }
    rawset(origin, i, entry)
    return entry
  end })
end

--- The buckets concatenated, and the fields that asked for their steps.
local function flatten(b)
  local steps, fields, n = {}, {}, 0
  for at = 1, #M.order do
    local bucket, asked = b.buckets[at], b.asked[at]
    for i = 1, bucket and #bucket or 0 do
      n = n + 1
      steps[n], fields[n] = bucket[i], asked[i]
    end
  end
  return steps, origins(fields, b.place)
end

--- The plan of a spec.
---@param spec table the normal forms of the fields
---@param place fun(field: string|nil): string|nil the line of a field in the recipe
---@param host table|nil the facts; nil: those of this host
---@param hurried boolean|nil it will run at once: skips checks that the kernel will make anyway
---@return table description {flags =, init =, uid_map =, gid_map =, setgroups =, inner =, steps =,
---  origin = {[step index] = {field =, where =}}, warnings =, enforced =, place =, group =, disk =,
---  notify = {[system call number] = {name =, fn =}}, the functions that answer calls, kills = whether the filter
---  kills}
function M.build(spec, place, host, hurried)
  local optional
  for _, word in ipairs(spec.optional or {}) do
    optional = optional or {}
    optional[word] = true
  end
  local b = setmetatable({
    buckets = {}, asked = {}, warnings = table.move(spec.skipped or {}, 1, #(spec.skipped or {}), 1, {}), enforced = {},
    optional = optional, place = place, host = host or require("nsengine.host").facts(), flags = 0, init = true,
    hurried = hurried,
  }, Builder)
  lower_fields(b, spec)
  if b.confined then require("nsengine.confine").lower(b.confined, b) end
  add_constants(b)
  local identity, steps, origin = b.identity, flatten(b)
  local description = {
    flags = b.flags, init = b.init, uid_map = identity.uid_map, gid_map = identity.gid_map,
    setgroups = identity.setgroups, inner = identity.inner, steps = steps, origin = origin,
    warnings = b.warnings, enforced = b.enforced, place = place, notify = b.notify, kills = b.kills,
    group = b.group, disk = b.disk,
  }
  if b.watched then require("nsengine.watch").install(b, description, spec) end
  return description
end

return M
