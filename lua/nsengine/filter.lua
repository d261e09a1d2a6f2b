--- System call filters: turns a policy, the recipe's or a shipped one, into a program for the kernel. Loaded only for a
--- recipe with a policy of its own; the shipped ones were compiled when the engine was built.

local groups = require "nsengine.filters.groups"
local kinds = require "nsengine.kinds"
local sys = require "nsengine.sys"

local M = {}

-- Actions ---------------------------------------------------------------------------------------------------------

--- SECCOMP_RET_*, <linux/seccomp.h>.
local KILL <const>, ERRNO <const>, NOTIFY <const>, LOG <const>, ALLOW <const> =
  0x80000000, 0x00050000, 0x7fc00000, 0x7ffc0000, 0x7fff0000

--- The next stage decides.
local NEXT <const> = false

--- NSE_FILTER_* of the step, engine/plan/block.h.
M.LISTEN, M.ASKS_EXEC = 1, 2

--- The number of an errno name; nil for any other word.
function M.errno(name)
  if not name:find("^E%u[%u%d]*$") then return nil end
  local known, number = pcall(function() return sys[name] end)
  return known and number or nil
end

--- The action of "kill", "log" or an errno name.
function M.action(word)
  if word == "kill" then return KILL elseif word == "log" then return LOG end
  local number = M.errno(word)
  return number and ERRNO | number
end

-- Conditions ------------------------------------------------------------------------------------------------------
-- A condition is {arg =, eq|ne|lt|le|gt|ge =, mask =, bits =}, a list of conditions that all hold, or {any = list}.
-- Its terms are alternatives {[arg] = {mask, value}}: one holds if each argument & mask equals the value. Nothing else
-- is left to libseccomp, whose own comparisons are of 64 bits, and allow only one per argument.

--- More alternatives than this for one call are refused, because the kernel would test them one by one.
local MOST <const> = 256

local function all_bits(bits) return bits == 32 and 0xffffffff or -1 end

--- argument & mask == value
local function equal(c, value)
  local mask = (c.mask or -1) & all_bits(c.bits)
  return { { [c.arg] = { mask, value & mask } } }
end

--- At least one bit differs.
local function differs(c, value)
  local mask, terms = (c.mask or -1) & all_bits(c.bits), {}
  for i = 0, 63 do
    local bit = 1 << i
    if mask & bit ~= 0 then terms[#terms + 1] = { [c.arg] = { bit, ~value & bit } } end
  end
  return terms
end

--- Unsigned: the same bits as the value above one that is set in the value and clear in the argument.
local function less(c, value)
  local terms = {}
  for i = c.bits - 1, 0, -1 do
    local mask = all_bits(c.bits) & ~((1 << i) - 1)
    if value & 1 << i ~= 0 then terms[#terms + 1] = { [c.arg] = { mask, value & mask & ~(1 << i) } } end
  end
  return terms
end

local function greater(c, value)
  local terms = {}
  for i = c.bits - 1, 0, -1 do
    local mask = all_bits(c.bits) & ~((1 << i) - 1)
    if value & 1 << i == 0 then terms[#terms + 1] = { [c.arg] = { mask, value & mask | 1 << i } } end
  end
  return terms
end

local function or_equal(compare)
  return function(c, value)
    local terms = compare(c, value)
    terms[#terms + 1] = equal(c, value)[1]
    return terms
  end
end

local compare = { eq = equal, ne = differs, lt = less, le = or_equal(less), gt = greater, ge = or_equal(greater) }
local opposite = { eq = "ne", ne = "eq", lt = "ge", ge = "lt", le = "gt", gt = "le" }
M.operators = { "eq", "ne", "lt", "le", "gt", "ge" }

--- The conjunction of two terms; nil if they contradict each other.
local function both(a, b)
  local term = {}
  for arg, c in next, a do term[arg] = c end
  for arg, c in next, b do
    local old = term[arg]
    if not old then
      term[arg] = c
    elseif (old[2] ~ c[2]) & old[1] & c[1] ~= 0 then
      return nil
    else
      term[arg] = { old[1] | c[1], old[2] | c[2] }
    end
  end
  return term
end

--- The terms of the conjunction of conditions; nil if there are too many.
local function product(lists)
  local terms = { {} }
  for _, list in ipairs(lists) do
    local longer = {}
    for _, a in ipairs(terms) do
      for _, b in ipairs(list) do
        longer[#longer + 1] = both(a, b)
        if #longer > 16 * MOST then return nil end
      end
    end
    terms = longer
  end
  return terms
end

--- The terms of the disjunction of conditions; nil if there are too many.
local function sum(lists)
  local terms = {}
  for _, list in ipairs(lists) do
    for _, term in ipairs(list) do terms[#terms + 1] = term end
    if #terms > 16 * MOST then return nil end
  end
  return terms
end

local function terms_of_comparison(c, negated)
  for _, name in ipairs(M.operators) do
    if c[name] ~= nil then
      local op = compare[negated and opposite[name] or name]
      local values, lists = type(c[name]) == "table" and c[name] or { c[name] }, {}
      for i, value in ipairs(values) do lists[i] = op(c, value) end
      return ((name == "eq") == not negated and sum or product)(lists)
    end
  end
end

--- The terms of a condition, or of its negation; nil if there are too many.
local function terms_of(condition, negated)
  if condition.arg then
    return terms_of_comparison(condition.bits and condition or setmetatable({ bits = 64 }, { __index = condition }),
      negated)
  end
  local lists = {}
  for i, part in ipairs(condition.any or condition) do
    lists[i] = terms_of(part, negated)
    if not lists[i] then return nil end
  end
  return (condition.any and not negated and sum or negated and not condition.any and sum or product)(lists)
end

local function text_of(term)
  local parts = {}
  for arg = 0, 5 do
    if term[arg] then parts[#parts + 1] = ("%d:%x:%x"):format(arg, term[arg][1], term[arg][2]) end
  end
  return table.concat(parts, ",")
end

--- Without duplicates, in a canonical order.
local function sorted(terms)
  local texts, by_text, list = {}, {}, {}
  for _, term in ipairs(terms) do
    local text = text_of(term)
    if not by_text[text] then texts[#texts + 1] = text end
    by_text[text] = term
  end
  table.sort(texts)
  for i, text in ipairs(texts) do list[i] = by_text[text] end
  return list
end

M.long = "too many cases: the kernel would test them one by one; compare fewer values"

--- The shorter of a condition and its negation: {terms =, negated =}; "never" or "always" if the condition is constant,
--- "long" if it has too many terms.
function M.shortest(condition)
  local best, truth
  for _, negated in ipairs { false, true } do
    local terms = terms_of(condition, negated)
    terms = terms and sorted(terms)
    if terms and #terms == 0 then truth = negated and "always" or "never" end
    if terms and #terms <= MOST and (not best or #terms < #best.terms) then
      best = { terms = terms, negated = negated }
    end
  end
  return truth or best or "long"
end

-- Policies --------------------------------------------------------------------------------------------------------
-- {profile = "default"|"strict"|"none", alone = true without an init, shared = true if the pid namespace is shared,
-- caps = the capability bits kept, and from the recipe: allow, deny = {name = true}, args = {name = condition},
-- notify = {name = function}, default, errno = action, log = true}
-- With neither alone nor shared the command is below an init, pid 1: a profile's `below`.

local none = { default = "ENOSYS", foreign = "ENOSYS", allow = {}, deny = {}, answer = {}, args = {}, other = {},
  refuse = {}, alone = {}, shared = {}, below = {}, caps = {} }

function M.profile(name)
  return name == "none" and none or require("nsengine.filters." .. name)
end

--- Calls fn for each system call in a list of names and groups.
local function each(list, fn)
  for _, word in ipairs(list) do
    if word:sub(1, 1) == "@" then
      for _, name in ipairs(groups[word]) do fn(name) end
    else
      fn(word)
    end
  end
end
M.each = each

--- Allows the calls that a capability is for.
local function open_for(calls, list)
  each(list, function(name) calls[name] = ALLOW end)
  for name, condition in next, list.args or {} do
    local old = calls[name]
    if type(old) == "table" then
      calls[name] = { condition = { any = { old.condition, condition } }, other = old.other }
    end
  end
end

--- A profile's calls: {name = action, or {condition =, pass = action, other = action}}; pass = nil allows.
local function calls_of(profile, policy)
  local calls = {}
  local denied = M.action "EPERM"
  if profile.default == "kill" then denied = KILL end
  each(profile.allow, function(name) calls[name] = ALLOW end)
  each(profile.deny, function(name) calls[name] = denied end)
  for name, word in next, profile.answer do calls[name] = M.action(word) end
  for name, condition in next, profile.args do
    local other = profile.other[name]
    calls[name] = { condition = condition, other = other and M.action(other) or denied }
  end
  for name, rule in next, profile.refuse do
    calls[name] = { condition = rule.condition, pass = M.action(rule.answer), other = denied }
  end
  local applies = { alone = policy.alone, shared = policy.shared, below = not (policy.alone or policy.shared) }
  for _, where in ipairs { "alone", "shared", "below" } do
    for name, condition in next, applies[where] and profile[where] or {} do
      calls[name] = { condition = condition, other = denied }
    end
  end
  for number, list in next, profile.caps do
    if (policy.caps or 0) >> number & 1 == 1 then open_for(calls, list) end
  end
  return calls
end

--- Adds the recipe's own rules to those of its profile.
local function add_own(calls, policy, default, others)
  local denied = policy.errno or (default == KILL and KILL or M.action "EPERM")
  for name in next, policy.allow or {} do calls[name] = ALLOW end
  for name in next, policy.deny or {} do calls[name] = denied end
  for name, condition in next, policy.args or {} do
    local old = calls[name]
    local both_hold = type(old) == "table" and not old.pass and { old.condition, condition }
    local other = not policy.errno and others[name]
    calls[name] = { condition = both_hold or condition, other = other and M.action(other) or denied }
  end
  for name in next, policy.notify or {} do calls[name] = NOTIFY end
end

--- With log = true: what would be denied is allowed, and logged.
local function logged(action) return (action == ALLOW or action == NOTIFY) and action or LOG end

--- The engine executes the command after the filter is installed: if execve is not simply allowed, the supervisor is
--- asked about it, once.
local function let_exec_through(calls, default)
  local action = calls.execve or default
  if action == ALLOW or action == LOG then return 0 end
  calls.execve = NOTIFY
  return M.ASKS_EXEC
end

--- SECCOMP_FILTER_FLAG_NEW_LISTENER must be clear in the call's second argument.
local LISTENS <const> = { arg = 1, mask = 8, eq = 0 }

--- If several filters ask about a call, the last one installed decides who is asked. So with a listener of its own, the
--- command could answer, and allow, what this filter asks about. The kernel refuses a second listener only while ours
--- is open; that for the engine's exec closes when the command starts, that for functions if the launcher is killed.
local function refuse_listener(calls, default)
  local call = calls.seccomp or default
  if call == ALLOW or call == LOG then
    calls.seccomp = { condition = LISTENS, pass = call, other = M.action "EBUSY" }
  elseif type(call) == "table" then
    calls.seccomp = { condition = { call.condition, LISTENS }, pass = call.pass, other = call.other }
  end
end

--- Turns conditions into what is compiled: {terms =, hit = action, miss = action}.
local function shorten(calls)
  for name, call in next, calls do
    if type(call) == "table" then
      local short, pass = M.shortest(call.condition), call.pass or ALLOW
      if short == "long" then
        error({ field = "args." .. name, message = M.long }, 0)
      elseif type(short) == "string" or pass == call.other then
        calls[name] = short == "never" and call.other or pass
      elseif short.negated then
        calls[name] = { terms = short.terms, hit = call.other, miss = pass }
      else
        calls[name] = { terms = short.terms, hit = pass, miss = call.other }
      end
    end
  end
end

--- A policy as {default =, foreign =, calls = {name = action | {terms =, hit =, miss =}}, kills =, flags =}.
function M.resolve(policy)
  local profile = M.profile(policy.profile)
  local default, foreign = policy.default or M.action(profile.default), M.action(profile.foreign)
  local calls = calls_of(profile, policy)
  add_own(calls, policy, default, profile.other)
  if policy.log then
    default = logged(default)
    for name, call in next, calls do
      calls[name] = type(call) == "table" and { condition = call.condition, other = LOG, pass = call.pass and LOG }
        or logged(call)
    end
  end
  local flags = let_exec_through(calls, default) | (next(policy.notify or {}) and M.LISTEN or 0)
  if flags ~= 0 and not policy.log then refuse_listener(calls, default) end
  shorten(calls)
  local kills = default == KILL or foreign == KILL
  for _, call in next, calls do
    kills = kills or call == KILL or type(call) == "table" and (call.hit == KILL or call.miss == KILL)
  end
  return { default = default, foreign = foreign, calls = calls, kills = kills, flags = flags }
end

-- Stages ----------------------------------------------------------------------------------------------------------
-- A call without a condition costs one search. Calls with conditions are passed on to a later stage; there is one for
-- each action that applies when no term matches, which is the stage's default.

--- The call's rules in a stage, {name, action, comparison...} each.
local function rules_of(name, call)
  local rules = {}
  for i, term in ipairs(call.terms) do
    local rule = { name, call.hit }
    for arg = 0, 5 do
      if term[arg] then rule[#rule + 1] = { arg, term[arg][1], term[arg][2] } end
    end
    rules[i] = rule
  end
  return rules
end

--- The argument of sys.seccomp_compile. The stage that allows what matches nothing comes last.
function M.stages(resolved)
  local first, by_default, defaults = { default = resolved.default }, {}, {}
  for _, name in ipairs(kinds.sorted(resolved.calls)) do
    local call = resolved.calls[name]
    if type(call) == "table" then
      local miss = call.miss
      if not by_default[miss] then
        by_default[miss] = {}
        defaults[#defaults + 1] = miss
      end
      table.insert(by_default[miss], { name = name, rules = rules_of(name, call) })
      first[#first + 1] = { name, NEXT }
    elseif call ~= resolved.default then
      first[#first + 1] = { name, call }
    end
  end
  table.sort(defaults)
  local stages = { first }
  for i, default in ipairs(defaults) do
    local stage = { default = default }
    for _, call in ipairs(by_default[default]) do table.move(call.rules, 1, #call.rules, #stage + 1, stage) end
    for later = i + 1, #defaults do
      for _, call in ipairs(by_default[defaults[later]]) do stage[#stage + 1] = { call.name, NEXT } end
    end
    stages[i + 1] = stage
  end
  stages.foreign = resolved.foreign
  return stages
end

--- A cache key: the same text for the same program.
function M.key(resolved)
  local parts = { resolved.default, resolved.foreign }
  for _, name in ipairs(kinds.sorted(resolved.calls)) do
    local call = resolved.calls[name]
    if type(call) == "table" then
      parts[#parts + 1] = ("%s %d %d"):format(name, call.hit, call.miss)
      for _, term in ipairs(call.terms) do parts[#parts + 1] = text_of(term) end
    else
      parts[#parts + 1] = ("%s %d"):format(name, call)
    end
  end
  return table.concat(parts, "\n")
end

--- The program of a resolved policy, for this machine's architecture or another.
---@return string|nil program
---@return string|nil message
function M.program(resolved, arch)
  local stages = M.stages(resolved)
  stages.arch = arch
  return sys.seccomp_compile(stages)
end

-- What is shipped -------------------------------------------------------------------------------------------------
-- Builder:shipped_filter() names the one that a sandbox uses.

M.shipped_policies = {
  { name = "default", policy = { profile = "default" } },
  { name = "default-alone", policy = { profile = "default", alone = true } },
  { name = "default-shared", policy = { profile = "default", shared = true } },
  { name = "default-shared-alone", policy = { profile = "default", shared = true, alone = true } },
  { name = "strict", policy = { profile = "strict" } },
}

--- {{name =, program =, flags =}, ...}, compiled now.
function M.shipped(arch)
  local list = {}
  for i, entry in ipairs(M.shipped_policies) do
    local resolved = M.resolve(entry.policy)
    list[i] = { name = entry.name, program = assert(M.program(resolved, arch)), flags = resolved.flags }
  end
  return list
end

return M
