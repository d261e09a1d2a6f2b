--- caps: the capabilities that the command keeps over its own namespaces.
local kinds = require "nsengine.kinds"

--- Names of securebits, <linux/securebits.h>: each bit, and its lock one above.
local securebits = { noroot = 1, noroot_locked = 2, no_setuid_fixup = 4, no_setuid_fixup_locked = 8, keep_caps = 16,
  keep_caps_locked = 32, no_cap_ambient_raise = 64, no_cap_ambient_raise_locked = 128 }

--- Without capabilities all are set and locked, except KEEP_CAPS, which is locked unset: id 0 gains nothing.
local NO_ROOT = 0xef

local function securebits_of(value, fail, key)
  local bits = 0
  for _, word in ipairs(kinds.strings(value, fail, "words", key)) do
    bits = bits | securebits[kinds.word(word, fail, securebits, key)]
  end
  return bits
end

--- {net_bind_service = 10, ...}: the capabilities that libcap and this kernel know.
local function numbers()
  local map = {}
  for name, number in pairs(require("nsengine.sys").capabilities()) do map[name:lower():gsub("^cap_", "")] = number end
  return map
end

local function set_of(list, fail)
  local known, set = numbers(), 0
  for _, word in ipairs(list) do
    local name = word:lower():gsub("^cap_", "")
    if not known[name] then
      local near = name == "all" and "all" or require "nsengine.suggest"(name, known)
      fail(("unknown capability '%s'%s"):format(kinds.brief(word),
        near == "all" and "; write caps = \"all\"" or near and (" (did you mean '%s'?)"):format(near)
        or ": capabilities(7) lists them"))
    end
    set = set | 1 << known[name]
  end
  return set
end

local function all()
  local set = 0
  for _, number in pairs(numbers()) do set = set | 1 << number end
  return set
end

return {
  name = "caps",
  type = 'string[]|"all"',
  default = "{}: none, in all five sets",
  since = "0.2",
  doc = [[
The capabilities(7) that the command and its children keep, with or without "cap_" in their names. All five sets have
them: effective, permitted, inheritable, bounding and ambient. They apply to the sandbox's own namespaces, never to
the host's, unless share names "user". Started by root, a command with capabilities is set up as the user that it
becomes, which must then be able to reach what fs names. With "sys_admin" it can lift masks and make read-only mounts
writable: they belong to it. The key securebits lists noroot, no_setuid_fixup, keep_caps and no_cap_ambient_raise,
each also with _locked. Without capabilities all are set except keep_caps, and all are locked.]],
  example = 'caps = { "net_bind_service" }',
  check = function(value, fail)
    if type(value) == "string" and value:lower() == "all" then return { set = all(), securebits = 0 } end
    if type(value) ~= "table" then
      fail(('expected a list of capabilities, or "all", got %s%s'):format(kinds.show(value),
        type(value) == "string" and ('; write { "%s" }'):format(kinds.brief(value, 60)) or ""))
    end
    kinds.plain(value, fail)
    local list, bits = value, nil
    if value.securebits ~= nil then
      list = table.move(value, 1, #value, 1, {})
      for key in next, value do
        if key ~= "securebits" and math.type(key) ~= "integer" then list[key] = true end
      end
      bits = securebits_of(value.securebits, fail, "securebits")
    end
    local set = set_of(kinds.strings(list, fail, "capabilities"), fail)
    return { set = set, securebits = bits or (set == 0 and NO_ROOT or 0) }
  end,
  lower = function(value, b)
    local keeps_bounding = b:keeps_bounding()
    if value.set ~= 0 and keeps_bounding then
      b:unable("caps", "an ordinary user has capabilities only in a new user namespace: remove \"user\" from share")
    elseif value.set ~= 0 and b.identity.inner then
      b:refuse("caps", 'user = "nobody" has no id that could have capabilities in the sandbox: use "root" or "self"')
    end
    b:add("caps", "capabilities", value.set, value.securebits, keeps_bounding and 1 or 0)
  end,
}
