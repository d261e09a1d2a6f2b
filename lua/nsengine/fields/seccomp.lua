--- seccomp: which system calls the command may make.
local kinds = require "nsengine.kinds"

local profiles = { default = true, strict = true }
local bases = { default = true, strict = true, none = true }

-- Names -----------------------------------------------------------------------------------------------------------

--- Fails for a system call that no architecture has.
local function check_name(name, fail, key)
  local sys = require "nsengine.sys"
  if not name:find("\0", 1, true) and sys.seccomp_resolve(name) ~= nil then return end
  fail(("unknown system call '%s'%s"):format(kinds.brief(name),
    require "nsengine.did_you_mean"(name, sys.seccomp_names())), key)
end

local function check_group(name, fail, key)
  local groups = require "nsengine.filters.groups"
  if groups[name] then return end
  fail(("unknown group '%s'%s"):format(kinds.brief(name), require "nsengine.did_you_mean"(name, groups)), key)
end

--- allow, deny: {names = {name = true}, groups = {"@file", ...}}
local function calls(value, fail, key)
  local found = { names = {}, groups = {} }
  for _, word in ipairs(kinds.strings(value, fail, "system calls and groups", key)) do
    if word:sub(1, 1) == "@" then
      check_group(word, fail, key)
      table.insert(found.groups, word)
    else
      check_name(word, fail, key)
      found.names[word] = true
    end
  end
  return found
end

-- Conditions ------------------------------------------------------------------------------------------------------

local DEEPEST <const> = 8
local check_condition

--- The value of a comparison, as the bits to compare.
local function check_number(value, c, op, fail, key)
  if math.type(value) ~= "integer" then
    fail(("%s: expected a whole number, got %s"):format(op, kinds.show(value)), key)
  end
  if value < 0 and not c.bits and not c.mask then
    fail(("%s = %d: write bits = 32 for an int, 64 for a long: a negative int may be extended either way")
      :format(op, value), key)
  elseif value < 0 and op ~= "eq" and op ~= "ne" then
    fail(("%s = %d: comparisons are unsigned"):format(op, value), key)
  elseif c.bits == 32 and (value < -0x80000000 or value > 0xffffffff) then
    fail(("%s = %d has more than 32 bits"):format(op, value), key)
  elseif c.mask and value & ~c.mask ~= 0 then
    fail(("%s = 0x%x has bits outside mask = 0x%x"):format(op, value, c.mask), key)
  end
  return c.bits == 32 and value & 0xffffffff or value
end

--- eq and ne also take a list: equal to one of them, to none of them.
local function check_numbers(value, c, op, fail, key)
  if type(value) ~= "table" then return check_number(value, c, op, fail, key) end
  if op ~= "eq" and op ~= "ne" then fail(op .. ": expected one number", key) end
  local list = {}
  for i, item in ipairs(kinds.list(value, fail, "numbers", key)) do list[i] = check_number(item, c, op, fail, key) end
  if not list[1] then fail(op .. ": the list is empty", key) end
  return list
end

--- Operators for which bits = must be given: the kernel ignores the upper half of an int, so setting it would evade a
--- 64-bit comparison.
local opens = { ne = true, gt = true, ge = true }

local function check_width(c, op, fail, key)
  if c.mask and (c.bits or op ~= "eq" and op ~= "ne") then
    fail("mask takes eq or ne, and no bits: it already selects the bits to compare", key)
  elseif opens[op] and not c.bits and not c.mask then
    fail(("%s: write bits = 32 for an int (the kernel reads no more) or 64 for a long, size or address")
      :format(op), key)
  end
end

--- {arg =, OPERATOR = value, mask =, bits =}
local function check_comparison(given, fail, key)
  local known, c, op = { arg = true, mask = true, bits = true }, {}, nil
  for _, name in ipairs(require("nsengine.filter").operators) do
    known[name] = true
    if given[name] ~= nil then
      if op then fail(("a comparison cannot have both %s and %s: write two in a list"):format(op, name), key) end
      op = name
    end
  end
  for name in next, given do
    if not known[name] then
      local label = kinds.label(name)
      fail(("unknown word '%s' in a comparison%s"):format(label, require "nsengine.did_you_mean"(label, known)), key)
    end
  end
  if not op then fail("a comparison needs one of eq, ne, lt, le, gt, ge", key) end
  c.arg = kinds.integer(given.arg, fail, 0, 5, key)
  if given.bits ~= nil and given.bits ~= 32 and given.bits ~= 64 then fail("bits: expected 32 or 64", key) end
  if given.mask ~= nil and (math.type(given.mask) ~= "integer" or given.mask == 0) then
    fail("mask: expected the bits to compare, a whole number other than 0", key)
  end
  c.bits, c.mask = given.bits, given.mask
  check_width(c, op, fail, key)
  c[op] = check_numbers(given[op], c, op, fail, key)
  return c
end

local function check_parts(list, fail, key, depth)
  local parts = {}
  for i, part in ipairs(kinds.list(list, fail, "comparisons", key)) do
    parts[i] = check_condition(part, fail, key, depth + 1)
  end
  if not parts[1] then fail("the condition has no comparison", key) end
  return parts
end

function check_condition(given, fail, key, depth)
  if type(given) ~= "table" then
    fail(("expected a comparison such as { arg = 0, eq = 1 }, got %s"):format(kinds.show(given)), key)
  end
  kinds.plain(given, fail, key)
  if depth > DEEPEST then
    fail(("conditions are nested more than %d levels deep"):format(DEEPEST), key)
  elseif given.arg ~= nil then
    return check_comparison(given, fail, key)
  elseif given.any ~= nil then
    for name in next, given do
      if name ~= "any" then fail(("any = { ... } must stand alone, found '%s'"):format(kinds.label(name)), key) end
    end
    return { any = check_parts(given.any, fail, key, depth) }
  end
  return check_parts(given, fail, key, depth)
end

local truths = {
  never = "no argument can match: leave it out, or name the call in deny",
  always = "every argument matches: leave it out, or name the call in allow",
}

local function check_args(value, fail, key)
  if type(value) ~= "table" then fail("expected a table, got " .. kinds.show(value), key) end
  kinds.plain(value, fail, key)
  local args = {}
  for name, given in next, value do
    if type(name) ~= "string" then fail(("'%s' is not the name of a system call"):format(kinds.label(name)), key) end
    local place = key .. "." .. name
    check_name(name, fail, place)
    if name == "execve" then
      fail("its arguments are addresses, which a filter cannot follow: name it in allow or deny", place)
    end
    args[name] = check_condition(given, fail, place, 1)
    local truth = require("nsengine.filter").shortest(args[name])
    if type(truth) == "string" then fail(truths[truth] or require("nsengine.filter").long, place) end
  end
  return args
end

-- The other keys --------------------------------------------------------------------------------------------------

local function check_errno(value, fail, key)
  local action = type(value) == "string" and require("nsengine.filter").errno(value)
    and require("nsengine.filter").action(value)
  if not action then
    fail(('expected the name of an error, such as "EPERM", got %s'):format(kinds.show(value)), key)
  end
  return action
end

local function check_default(value, fail, key)
  if value == "allow" then
    fail("it would let through calls that nobody thought of: name the calls in allow; "
      .. "seccomp = false means no filter", key)
  end
  local action = type(value) == "string" and require("nsengine.filter").action(value)
  if not action then
    fail(('expected "kill", "log" or the name of an error, such as "ENOSYS", got %s'):format(kinds.show(value)), key)
  end
  return action
end

local function check_notify(value, fail, key)
  if type(value) ~= "table" then fail("expected a table of functions, got " .. kinds.show(value), key) end
  kinds.plain(value, fail, key)
  local functions = {}
  for name, fn in next, value do
    if type(name) ~= "string" then fail(("'%s' is not the name of a system call"):format(kinds.label(name)), key) end
    check_name(name, fail, key .. "." .. name)
    if type(fn) ~= "function" then fail("expected a function, got " .. kinds.show(fn), key .. "." .. name) end
    functions[name] = fn
  end
  return functions
end

local keys = {
  profile = { doc = 'The filter to start from: "default", "strict", or "none", which allows nothing.',
    type = '"default"|"strict"|"none"', default = '"default"; in :with what it was',
    example = 'seccomp = { profile = "strict" }',
    check = function(value, fail, key) return kinds.word(value, fail, bases, key) end },
  allow = { doc = 'Calls, and groups of them ("@network"), that are allowed with any arguments.',
    type = "string[]", default = "{}", example = 'seccomp = { allow = { "@debug", "personality" } }', check = calls },
  deny = { doc = "Calls and groups that are denied. A call named by itself takes precedence over its group.",
    type = "string[]", default = "{}", example = 'seccomp = { deny = { "@network" } }', check = calls },
  args = { doc = [[
Calls that are allowed only with certain arguments. They are denied otherwise; that is on top of what the profile
requires of them. A comparison is { arg = 0 to 5, eq|ne|lt|le|gt|ge = number }; eq and ne also take a list: one of
them, none of them. All comparisons in a list must hold; in { any = { ... } }, one. mask = bits compares only those
bits (eq, ne). Numbers are unsigned. eq, lt and le compare all 64 bits of the register; bits = 32 compares the lower
half, which is what the kernel reads of an int; ne, gt and ge must say which. Addresses can be compared, but not what
they point to.]],
    type = "table<string, table>", default = "{}",
    example = 'seccomp = { args = { socket = { { arg = 0, eq = 1 }, { arg = 1, mask = 0xf, eq = { 1, 2 } } } } }',
    check = check_args },
  default = { doc = 'What happens to a call that nothing names: an error, "kill", or "log", which allows and logs it.',
    type = "string", default = 'the profile\'s: "ENOSYS", or "kill" of "strict"',
    example = 'seccomp = { default = "kill" }', check = check_default },
  errno = { doc = "The error with which deny and args deny a call.", type = "string",
    default = '"EPERM"; where default is "kill", that', example = 'seccomp = { deny = { "socket" }, errno = "EACCES" }',
    check = check_errno },
  log = { doc = [[
Denies nothing but calls of a foreign ABI: what would be denied is allowed and written to the kernel's log, audit(8),
if /proc/sys/kernel/seccomp/actions_logged has "log". For finding out what a program needs; it is no protection.]],
    type = "boolean", default = "false", example = "seccomp = { log = true }",
    check = function(value, fail, key) return kinds.boolean(value, fail, key) end },
  notify = { doc = [[
Calls that a Lua function of this program answers, outside the sandbox: name = function(call). See docs/notify.md. It
needs the init.]],
    type = "table<string, function>", default = "{}",
    example = "seccomp = { notify = { mkdir = function(call) return \"EROFS\" end } }", check = check_notify },
}

-- The whole -------------------------------------------------------------------------------------------------------

--- Refuses a name for which two keys contradict each other.
local function refuse_twice(record, fail)
  local said = { allow = record.allow and record.allow.names, deny = record.deny and record.deny.names,
    args = record.args, notify = record.notify }
  for _, pair in ipairs { { "allow", "deny" }, { "deny", "args" }, { "allow", "notify" }, { "deny", "notify" },
    { "args", "notify" } } do
    for name in next, said[pair[1]] or {} do
      if said[pair[2]] and said[pair[2]][name] then
        fail(("'%s' is in %s and in %s: leave out one of them"):format(name, pair[1], pair[2]), pair[2])
      end
    end
  end
  return said
end

--- Expands the groups of allow and deny: a name takes precedence over a group, and two groups must not contradict.
local function expand(record, fail)
  local said = refuse_twice(record, fail)
  record.named = {}
  for _, names in next, said do
    for name in next, names do record.named[name] = true end
  end
  local sets = { allow = {}, deny = {} }
  for key, set in next, sets do
    for name in next, said[key] or {} do set[name] = true end
    require("nsengine.filter").each(record[key] and record[key].groups or {}, function(name)
      for _, names in next, said do
        if names[name] then return end
      end
      set[name] = true
    end)
  end
  for name in next, sets.allow do
    if sets.deny[name] then
      fail(("'%s' is in a group of allow and in one of deny: name it in one of them"):format(name), "deny")
    end
  end
  record.allow, record.deny = sets.allow, sets.deny
end

--- The recipe's conditions must be compatible with those of the profile.
local function check_against_profile(record, fail)
  local filter = require "nsengine.filter"
  local profile = filter.profile(record.profile)
  for name, condition in next, record.args or {} do
    if profile.args[name] and not record.allow[name] then
      local truth = filter.shortest { profile.args[name], condition }
      if truth == "never" then
        fail(("the profile '%s' lets none of these through; name the call in allow too to override its rule")
          :format(record.profile), "args." .. name)
      elseif type(truth) == "string" then
        fail(filter.long, "args." .. name)
      end
    end
  end
end

--- Inherits from the filter of the sandbox given to :with: its rule for a call stays, unless the new one has one too; a
--- group in the new one does not override calls that the old one named.
local function go_on(record, old)
  for name in next, old.named or {} do
    if not record.named[name] then record.allow[name], record.deny[name] = nil, nil end
  end
  local said = {}
  for _, key in ipairs { "allow", "deny", "args", "notify" } do
    for name in next, record[key] or {} do said[name] = true end
  end
  for _, key in ipairs { "allow", "deny", "args", "notify" } do
    local merged = {}
    for name, item in next, old[key] or {} do
      if not said[name] then merged[name] = item end
    end
    record[key] = kinds.merge(merged, record[key] or {})
  end
  record.named = kinds.merge(old.named, record.named)
  for _, key in ipairs { "default", "errno", "log" } do
    if record[key] == nil then record[key] = old[key] end
  end
end

local function check_table(value, fail, old)
  local first = rawget(value, 1)
  if first ~= nil then
    fail(("a list says neither allow nor deny: write { allow = { %s } }, or deny"):format(
      type(first) == "string" and ('"%s"'):format(kinds.brief(first, 60)) or "..."))
  end
  local record = kinds.record(value, fail, keys, "seccomp")
  for key, item in next, record do
    if item == false and key ~= "log" then record[key] = nil end
  end
  old = not record.profile and old or nil
  record.profile = record.profile or old and old.profile or "default"
  if record.log and (record.errno or record.default) then
    fail(("with log = true nothing is denied: leave out %s"):format(record.errno and "errno" or "default"), "log")
  end
  expand(record, fail)
  if old then go_on(record, old) end
  if record.profile == "none" and not next(record.allow) and not next(record.args or {}) and not record.log then
    fail('profile = "none" lets nothing through, not even the command\'s exit: name calls in allow')
  end
  check_against_profile(record, fail)
  return record
end

--- The shipped program for a policy, its flags and whether it kills; nil if none matches.
local function shipped(value, b, spec)
  local strict = value.profile == "strict"
  if value.allow or not strict and spec.caps and spec.caps.set ~= 0 then return nil end
  local name = strict and "strict" or b:shipped_filter()
  local program, flags = require("nsengine.sys").seccomp_shipped(name)
  return program, flags, strict
end

--- Compiled programs of this process, by filter.key.
local compiled = {}

local function compile(value, b, spec)
  local filter = require "nsengine.filter"
  local policy = { alone = not b.init, shared = b:shares "pid", caps = spec.caps and spec.caps.set or 0 }
  for key, item in next, value do policy[key] = item end
  local ok, resolved = pcall(filter.resolve, policy)
  if not ok then
    if type(resolved) ~= "table" then error(resolved, 0) end
    b:refuse("seccomp." .. resolved.field, resolved.message)
  end
  local key = filter.key(resolved)
  if not compiled[key] then
    local program, message = filter.program(resolved)
    if not program then b:refuse("seccomp", message) end
    compiled[key] = program
  end
  return compiled[key], resolved.flags, resolved.kills
end

--- The calls that the supervisor answers: {[number] = {name =, fn =}}.
local function answers(notify)
  local sys, by_number = require "nsengine.sys", {}
  for name, fn in next, notify do
    local number = sys.seccomp_resolve(name)
    if number then by_number[number] = { name = name, fn = fn } end
  end
  return by_number
end

--- What other programs call it.
local no_filter = { none = true, off = true, no = true, disabled = true, unconfined = true }

return {
  name = "seccomp",
  type = '"default"|"strict"|false|table',
  default = '"default"',
  since = "0.2",
  doc = [[
The system calls that the command and its children may make: a filter that they cannot remove. Every filter refuses
calls of a foreign ABI (32-bit, x32).

- "default" allows what everyday programs need: no mounts, namespaces, tracing of others, io_uring, BPF, keyrings,
  modules or setting of clocks, no sockets but unix, TCP, UDP and ping, no typing into a terminal (TIOCSTI). What it
  denies fails with EPERM, a socket with EAFNOSUPPORT, what it does not know with ENOSYS, so that programs do without.
  Calls that need a capability are allowed if caps has it.
- "strict" is for a program that computes: it may read files and use memory and time, and is killed for anything else;
  r.reason is then "syscall".
- false is no filter.
- A table changes the filter that its key profile names. In :with, a table without that key changes the filter that is
  there, and what it says of a call replaces what was said before.

Groups that "default" allows: @io, @file, @memory, @process, @thread, @signal, @identity, @resource, @time, @system,
@ipc, @aio, @network.

Groups that it does not: @mount, @namespace, @debug, @io_uring, @key, @clock-set, @module, @admin, @numa, @lsm,
@obsolete.]],
  example = 'seccomp = { profile = "default", deny = { "@network" }, allow = { "@debug" } }',
  keys = keys,
  takes_false = true,
  check = function(value, fail, old)
    if value == false then return false end
    if type(value) == "table" then return check_table(value, fail, old) end
    if no_filter[value] then fail(("write seccomp = false for no filter, not %s"):format(kinds.show(value))) end
    return { profile = kinds.word(value, fail, profiles) }
  end,
  lower = function(value, b, spec)
    if value == false then return end
    local program, flags, kills = shipped(value, b, spec)
    if not program then program, flags, kills = compile(value, b, spec) end
    if flags ~= 0 and not b.init then
      b:refuse("seccomp", value.notify and next(value.notify) and "notify needs the init: leave out init = false"
        or 'it forbids execve, which starts the command: leave out init = false, or name "execve" in allow')
    end
    b:add("seccomp", "filter", program, flags)
    b.kills = kills
    if value.notify and next(value.notify) then b.notify = answers(value.notify) end
  end,
}
