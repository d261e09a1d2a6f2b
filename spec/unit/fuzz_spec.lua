--- Any table at all as a recipe: it is refused as the recipe's mistake, or its plan has all that confines. Nothing is
--- silently dropped, nothing is a Lua error, nothing takes long. NSENGINE_SEED=N repeats one run; NSENGINE_FUZZ=N sets
--- the number of rounds.
local engine = require "support.engine"

local errors = require "nsengine.error"
local mounts = require "nsengine.mount"
local ns = require "nsengine"
local plan = require "nsengine.plan"
local schema = require "nsengine.schema"
local sys = require "nsengine.sys"

local ROUNDS = tonumber(os.getenv "NSENGINE_FUZZ") or 1500
local SEED = tonumber(os.getenv "NSENGINE_SEED") or 1 -- fixed, so that no run fails by chance

-- Values --------------------------------------------------------------------------------------------------------

local random = math.random

local function any(list) return list[random(#list)] end

local evil_meta = setmetatable({}, { __index = function() error "a metatable was asked" end,
  __pairs = function() error "a metatable was asked" end, __len = function() error "a metatable was asked" end,
  __tostring = function() error "a metatable was asked" end })

local cyclic = {}
cyclic[1], cyclic.fs, cyclic.limits, cyclic.again = cyclic, cyclic, cyclic, cyclic

local deep = {}
do
  local at = deep
  for _ = 1, 10000 do at[1], at.x = {}, 1 at = at[1] end
end

local evil_numbers = { 0, -1, 1, 0.5, -0.0, 0 / 0, math.huge, -math.huge, math.maxinteger, math.mininteger, 1e308,
  2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 63, 4294967295, 4294967296, 1 << 31, 1016 }

local evil_strings = { "", "\0", "a\0b", "\n", "/\n", "/a\nb", "\xff\xfe", "/\xff", "..", "/..", "/../x", "/a/../../b",
  "/",
  "//", "///", "/.", "/./.", "~", "~/", "~x", ".", "./", "%s%d%n", "%", "$(id)", "'", '"', "\27[2J", "-1", "1e999",
  "64M", "1T", "99999999999999999999T", "2s", "-2s", "1e9d", "755", "0888", "77777", ("x"):rep(5000),
  "/" .. ("y/"):rep(3000),
  "root", "self", "nobody", "keep", "none", "host", "all", "null", "capture", "pipe", "inherit", "ipc", "net", "user",
  "mount",
  "pid", "cgroup", "time", "uts", "fs", "fs./", "limits.files", "landlock", "cap_sys_admin", "CAP_KILL", "PATH", "A=B",
  "1",
  "/usr", "/proc", "/dev", "/tmp/x", "./src", "a:b", "a\\b", "noroot" }

local file = io.tmpfile()
local closed = io.tmpfile()
closed:close()

local function leaf()
  local kind = random(12)
  if kind <= 3 then return any(evil_strings) end
  if kind <= 6 then return any(evil_numbers) end
  if kind == 7 then return random(2) == 1 end
  if kind == 8 then return any { print, function() end, function() error "called" end, coroutine.create(print) } end
  if kind == 9 then return any { file, closed, io.stdout } end
  if kind == 10 then return any { evil_meta, cyclic, deep, setmetatable({}, { __metatable = 1 }), {} } end
  if kind == 11 then
    local bytes = {}
    for i = 1, random(0, 12) do bytes[i] = string.char(random(0, 255)) end
    return table.concat(bytes)
  end
  return random(math.mininteger, math.maxinteger)
end

local make -- a value, tables to a depth

local function key()
  local kind = random(10)
  if kind <= 5 then return any(evil_strings) end
  if kind <= 7 then return random(-2, 6) end
  local value = leaf()
  return value ~= nil and value == value and value or "k"
end

local function table_of(depth)
  local result = {}
  for i = 1, random(0, 4) do
    if random(8) > 1 then result[i] = make(depth - 1) end -- a hole now and then
  end
  for _ = 1, random(0, 4) do result[key()] = make(depth - 1) end
  return result
end

local kinds = {}
for kind in next, mounts.kinds do kinds[#kinds + 1] = kind end
table.sort(kinds)

local function a_mount(depth)
  local constructor = ns[any(kinds)]
  local how = random(4)
  if how == 1 then return constructor end
  if how == 2 then return constructor(any(evil_strings)) end
  if how == 3 then
    return constructor { size = make(0), mode = make(0), lower = make(1), upper = make(0), work = make(0) }
  end
  return constructor(make(depth), make(0), make(0))
end

function make(depth)
  if depth <= 0 or random(3) == 1 then return leaf() end
  if random(4) == 1 then return a_mount(depth - 1) end
  return table_of(depth)
end

--- Something like what a field expects, so that later checks are reached, too.
local likely = {
  share = function()
    return any { "all", { any { "ipc", "uts", "net", "pid", "user", "mount", "cgroup", "time" } } }
  end,
  user = function()
    return any { "self", "root", "nobody", { uid = random(0, 70000) }, { groups = "keep" },
      { groups = { random(0, 9) } },
      { uid = 0, uid_map = { { 0, random(0, 2000), random(1, 3) }, { 5, 100000, 10 } } },
      { uid = make(0), gid_map = make(2) } }
  end,
  fs = function()
    local map = {}
    for _ = 1, random(0, 5) do map[any { "/", "/a", "/a/b", "/proc", "/dev", "/tmp/", "//x" }] = a_mount(1) end
    return map
  end,
  limits = function()
    return { [any { "files", "cpu_time", "core", "stack", "output", "memory", "processes" }] = make(0) }
  end,
  optional = function()
    return { any { "fs", "limits.memory", "landlock", "user", "caps", "clock", "share" } }
  end,
  caps = function() return any { "all", { "kill" }, { "cap_net_raw", securebits = { "noroot" } }, {} } end,
  env = function() return any { true, { A = "b", PATH = true }, { [any(evil_strings)] = make(0) } } end,
  cmd = function() return { any(evil_strings), any(evil_strings) } end,
  clock = function() return { monotonic = any { 1, "1h", -5, make(0) } } end,
  hostname = function() return any { "box", "a-b", any(evil_strings) } end,
  fds = function() return { [random(0, 1020)] = any { file, closed, 5, false } } end,
  init = function() return random(2) == 1 end, no_new_privs = function() return random(2) == 1 end,
  nice = function() return random(-25, 25) end, umask = function() return any { "077", "022", 77 } end,
  cwd = function() return any(evil_strings) end, net = function() return any { "none", "host" } end,
  setup = function() return function() end end, tty = function() return random(2) == 1 end,
  seccomp = function()
    return any { "default", "strict", false, { allow = { "@file", any(evil_strings) } },
      { deny = { "openat" }, args = make(3) },
      { default = make(0), args = { ioctl = { { arg = 1, eq = make(0), mask = make(0), bits = any { 32, 64 } } } } } }
  end,
  landlock = function()
    return any { false, { [any { "read", "write", "exec" }] = { "/usr", any(evil_strings) } }, { exec = { "/usr" } },
      { connect = { any { 443, "53/udp", "udp", "unix", "tcp", "/run", make(0) } }, bind = { random(-1, 70000) } },
      { scope = any { true, {}, { "signal" } }, log = any { true, false } } }
  end,
  stdin = function() return any { "null", file, 0, "inherit", "pipe" } end,
}

--- A name with a typing mistake.
local function misspelt(name)
  local at = random(#name)
  return any { name:sub(1, at) .. name:sub(at), name:sub(1, at - 1) .. name:sub(at + 1), name:upper(), name .. "\0",
    " " .. name, name .. ".x", name .. "s" }
end

--- A table of fields: many of them right, some not.
local function recipe()
  local result = {}
  for _ = 1, random(0, 5) do
    local name = any(schema.fields)
    local how = random(12)
    if how <= 8 and likely[name] then
      result[name] = likely[name]()
    elseif how <= 10 then
      result[name] = make(3)
    elseif how == 11 then
      result[misspelt(name)] = make(2)
    else
      result[key()] = make(2)
    end
  end
  if random(40) == 1 then return any { evil_meta, cyclic, deep, setmetatable(result, {}), make(3) } end
  return result
end

-- Promises ------------------------------------------------------------------------------------------------------

--- A value as text, for the message of a failure; it may be a cycle, and its metatable may raise.
local function show(value, depth)
  if type(value) == "string" then return ("%q"):format(#value > 40 and value:sub(1, 40) or value) end
  if type(value) ~= "table" then return tostring(value) end
  if rawequal(value, evil_meta) then return "EVIL" end
  if mounts.is(value) then return "ns." .. rawget(value, "kind") .. show(rawget(value, "given"), (depth or 3) - 1) end
  if (depth or 3) <= 0 then return "{...}" end
  local parts = {}
  for k, v in next, value do parts[#parts + 1] = ("[%s]=%s"):format(show(k, 1), show(v, (depth or 3) - 1)) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function hurt(given, format, ...)
  error(("seed %d: %s\n  of %s"):format(SEED, format:format(...), show(given)), 0)
end

--- Calls fn; a refusal must name its place, and have a message that can be printed.
local function attempt(given, allowed, fn, ...)
  local values = table.pack(pcall(fn, ...))
  if values[1] then return table.unpack(values, 1, values.n) end
  local err = values[2]
  if not errors.is(err) then hurt(given, "a raw error: %s", tostring(err)) end
  if not allowed[err.kind] then hurt(given, "kind %s: %s", tostring(err.kind), tostring(err)) end
  if type(err.where) ~= "string" or err.where == "" then hurt(given, "without a place: %s", tostring(err)) end
  local text = tostring(err)
  if type(err.message) ~= "string" or err.message == "" then hurt(given, "without a message") end
  if #text > 20000 then hurt(given, "a message of %d bytes", #text) end
  return false, err
end

local RECIPE, BOTH = { recipe = true }, { recipe = true, host = true }

--- Every key that was given and not refused is in the spec, removed by `false`, or noted as skipped.
local function nothing_dropped(given, spec, base)
  for name, value in next, given do
    local known = schema.known()[name]
    if not known then hurt(given, "accepted a field that there is not: %s", tostring(name)) end
    local removed = value == false and not schema.field(name).takes_false
    local noted = false
    for _, text in ipairs(spec.skipped or {}) do noted = noted or text:find(name, 1, true) ~= nil end
    if spec[name] == nil and not removed and not noted then hurt(given, "%s is dropped in silence", name) end
    if name == "fs" and spec.fs and type(value) == "table" and spec.fs.map then
      local count, kept = 0, 0
      for _, mount in next, value do count = count + (mount and 1 or 0) end
      for _ in next, spec.fs.map do kept = kept + 1 end
      if kept < count or (kept > count and not base) then hurt(given, "%d mounts became %d", count, kept) end
    end
    if name == "limits" and spec.limits and type(value) == "table" then
      for word, item in next, value do
        if item ~= false and spec.limits[word] == nil and not noted then
          hurt(given, "limits.%s is dropped in silence", tostring(word))
        end
      end
    end
  end
end

--- What no sandbox may go without, whatever a recipe says.
local function is_closed(given, spec, made)
  local has, last = {}, 0
  local place = {}
  for i, names in ipairs(plan.order) do
    for _, name in ipairs(names) do place[name] = i end
  end
  for _, step in ipairs(made.steps) do
    has[step[1]] = has[step[1]] or step
    if place[step[1]] < last then hurt(given, "step %s is out of order", step[1]) end
    last = place[step[1]]
  end
  local function must(step)
    if not has[step] then hurt(given, "no step '%s'", step) end
  end
  for _, step in ipairs { "keyring", "capabilities", "no_new_privs", "stdio", "session", "chdir", "scrub", "umask" } do
    must(step)
  end
  local shared = {}
  for _, word in ipairs(spec.share or {}) do shared[word] = true end
  if spec.net == "host" then shared.net = true end
  for word, bit in next, plan.namespaces do
    local is_new = made.flags & bit ~= 0 or (word == "time" and has.timens)
    if is_new == (shared[word] or false) then
      hurt(given, "the namespace '%s' is %s", word, is_new and "new" or "the caller's")
    end
  end
  if not shared.mount then
    for _, step in ipairs { "private", "scratch", "pivot" } do must(step) end
    if not (has.root_tmpfs or has.root_bind or has.root_overlay) then hurt(given, "no root") end
  end
  if not shared.uts then must "hostname" end
  if not spec.caps and (has.capabilities[2] ~= 0 or has.capabilities[3] ~= 0xef) then
    hurt(given, "capabilities are kept")
  end
  if spec.seccomp ~= false then must "filter" end
  if made.flags == 0 and not has.timens and spec.landlock ~= false and not made.warnings[1] then must "landlock" end
  if has.landlock then
    must "landlock_restrict"
    if has.no_new_privs[2] ~= 1 and not spec.caps then hurt(given, "landlock takes no_new_privs") end
  end
  if spec.no_new_privs == nil and has.no_new_privs[2] ~= 1 then hurt(given, "privileges may be had") end
  for i, step in ipairs(made.steps) do
    local attr = ({ root_bind = 3, bind = 4 })[step[1]]
    if attr and step[attr] & mounts.NOSUID == 0 then hurt(given, "step %d may be set-user-id", i) end
    for j = 2, #step do
      if type(step[j]) == "number" and math.type(step[j]) ~= "integer" then
        hurt(given, "step %s has %s", step[1], tostring(step[j]))
      end
    end
  end
  if #made.steps > 0 and not made.origin[1] then hurt(given, "a step of nobody") end
end

--- The engine accepts the plan, or reports misuse; made-up hosts may have odd ids.
local function compiles(given, made)
  local ok, message = pcall(sys.plan, { flags = made.flags, init = made.init, uid_map = made.uid_map,
    gid_map = made.gid_map, setgroups = made.setgroups, inner = made.inner, steps = made.steps })
  if not ok then hurt(given, "the engine refuses the plan: %s", tostring(message)) end
end

local function a_host()
  local host = random(2) == 1 and engine.host() or engine.root()
  host.landlock_abi = random(0, 11)
  host.linux = any { 4018, 5012, 6001, 6018 }
  host.oom_score, host.nice = any { 0, -500 }, any { 0, -5 }
  host.groups = any { { host.egid }, { host.egid, 4, 24 } }
  host.subuid, host.subgid = any { false, 100000 }, any { false, 100000 }
  host.cwd, host.home = any { "/home/me", "/", false }, any { "/home/me", false }
  if random(6) == 1 then
    host.uid_map, host.gid_map = { { 0, 1000, 1 } }, { { 0, 1000, 1 } }
  end
  return host
end

local function check(fields, base) return schema.check("recipe.lua:1", fields, base) end

local function place(field) return "recipe.lua:" .. (field and #field or 1) end

--- The calls of a recipe without source: each mistake is looked up in the source, and this file is long.
local calls = assert(load([[
  local ns = ...
  return {
    sandbox = function(given) local box = ns.sandbox(given) return box end,
    with = function(box, given) local other = box:with(given) return other end,
    explain = function(box) local text = box:explain() return text end,
    run = function(box, given) local result = box:run(given) return result end,
    spawn = function(box, given) local process = box:spawn(given) return process end,
  }]], "=fuzz"))(ns)

--- Checks, merges, plans and compiles a recipe; returns the spec, or nil where it was refused.
local function try(given, base)
  local ok, patch = attempt(given, RECIPE, check, given, base)
  if not ok then return nil end
  local spec = schema.merge(base or {}, patch)
  nothing_dropped(given, spec, base)
  local planned, made = attempt(given, BOTH, plan.build, spec, place, a_host(), random(2) == 1)
  if planned then
    is_closed(given, spec, made)
    compiles(given, made)
  end
  return spec, planned
end

describe("any table as a recipe (seed " .. SEED .. ")", function()
  --- Runs rounds of their own seeds, so that one can be repeated.
  local function rounds(fn)
    math.randomseed(SEED)
    local began, slowest, count = os.clock(), 0, 0 -- processor time: a busy machine does not count
    for _ = 1, ROUNDS do
      local before = os.clock()
      if fn() then count = count + 1 end
      slowest = math.max(slowest, os.clock() - before)
    end
    assert.is_true(slowest < 2, ("seed %d: one took %.2f s"):format(SEED, slowest))
    assert.is_true(os.clock() - began < ROUNDS * 0.05, ("seed %d: too slow"):format(SEED))
    return count
  end

  it("is refused, or confines", function()
    local planned = rounds(function() return select(2, try(recipe())) end)
    assert.is_true(planned > ROUNDS / 20, "too few are accepted for this to mean anything: " .. planned)
  end)

  it("is refused, or confines, when it is merged into another", function()
    local base
    rounds(function()
      base = try(recipe(), base) or base
      if random(8) == 1 then base = nil end
      return true
    end)
  end)

  it("is refused with an error object by ns.sandbox, box:with, run and spawn, too", function()
    rounds(function()
      local given = recipe()
      local ok, box = attempt(given, RECIPE, calls.sandbox, given)
      if not ok then box = ns.sandbox {} end
      local patch = recipe()
      local with, other = attempt(patch, RECIPE, calls.with, box, patch)
      if with and random(4) == 1 then
        attempt(patch, BOTH, calls.explain, other)
      end
      -- Each has a wrong field, so that run refuses it and starts nothing.
      local run = recipe()
      if type(run) == "table" and getmetatable(run) == nil then
        run.frobnicate = 1
        local started, err = attempt(run, RECIPE, any { calls.run, calls.spawn }, box, run)
        if started then hurt(run, "it was run") end
        return err
      end
    end)
  end)

  it("is checked quickly, however long its names or deep its tables are", function()
    local before = os.clock()
    for _, given in ipairs {
      { [("hostname"):rep(100000)] = 1 }, { limits = { [("x"):rep(1000000)] = 1 } }, { net = ("none"):rep(100000) },
      { share = { ("i"):rep(1000000) } }, { optional = { ("l"):rep(1000000) } }, { caps = { ("n"):rep(1000000) } },
      { fs = { ["/" .. ("a/"):rep(200000)] = ns.ro "/" } }, { fs = deep }, { user = deep }, { cmd = deep },
    } do
      attempt({ "a long one" }, RECIPE, check, given)
    end
    assert.is_true(os.clock() - before < 2)
  end)
end)
