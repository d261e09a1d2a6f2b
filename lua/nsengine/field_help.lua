--- The text of `nsengine --help FIELD`: a field, a key of one ("limits.cpu_time"), a kind of mount ("ns.tmpfs"), a
--- function ("ns.wait", "box:run"), a class ("Result") or a profile ("judge").

local schema = require "nsengine.schema"

--- A description as printed.
local function page(title, described)
  local lines = { ("%s (%s)"):format(title, described.type or "table"), "" }
  for line in (described.doc .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line ~= "" and "  " .. line or "" end
  if described.default then lines[#lines + 1] = "\n  Default: " .. described.default end
  if described.example then lines[#lines + 1] = "\n  Example: " .. described.example end
  if described.since then lines[#lines + 1] = "\n  Since " .. described.since end
  return table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n") .. "\n"
end

--- The keys of a field, one per line.
local function keys_of(field)
  local names = {}
  for name in next, field.keys or {} do names[#names + 1] = name end
  if not names[1] then return "" end
  table.sort(names)
  local lines = { "", "  Keys (nsengine --help " .. field.name .. ".KEY):" }
  for _, name in ipairs(names) do
    local key = field.keys[name]
    lines[#lines + 1] = ("    %-14s %s"):format(name, ((key.doc .. " "):match "^(.-)[.;:]%s"))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function key_page(name, key)
  local described = schema.field(name).keys and schema.field(name).keys[key]
  if not described then return nil, schema.field(name).keys or {} end
  return page(name .. "." .. key, described)
end

local function mount_page(kind)
  local mounts = require "nsengine.mount"
  return mounts.kinds[kind] and page("ns." .. kind, mounts.description(kind))
end

local function listed(names, prefix)
  local words = {}
  for name in next, names do words[#words + 1] = prefix .. name end
  table.sort(words)
  return table.concat(words, ", ") .. "\n"
end

--- A text wrapped to the width of a terminal, all lines but the first indented.
local function wrapped(text, indent)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #indent + #line + #word > 99 then
      lines[#lines + 1], line = line, ""
    end
    line = line .. (line == "" and "" or " ") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. indent)
end

--- The profiles, one paragraph each.
local function profiles_page()
  local profiles, names, lines = require "nsengine.profiles", {}, { "ns.profile NAME\n" }
  for name in next, profiles do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("  %-8s %s"):format(name, wrapped(profiles[name], (" "):rep(11)))
  end
  lines[#lines + 1] = "\n  nsengine --help NAME prints its source."
  lines[#lines + 1] = '\n  Example: return ns.profile "strict":with { cmd = { "/bin/sh" } }\n'
  return table.concat(lines, "\n")
end

--- A profile: its purpose, and its source, which has all its fields and limits.
local function profile_page(name)
  local about = require "nsengine.profiles"[name]
  if not about then return nil end
  return ('ns.profile %q\n\n  %s\n\n%s'):format(name, wrapped(about, "  "),
    require "nsengine.profile_help"[name])
end

--- The keys called `word`, with their fields: "limits.memory".
local function keys_named(word)
  local list = {}
  for _, name in ipairs(schema.fields) do
    local keys = schema.field(name).keys
    if keys and keys[word] then list[#list + 1] = name .. "." .. word end
  end
  return list
end

--- The page of a key given by its last word alone; if several fields have it, a list of them.
local function found_key(word)
  local list = keys_named(word)
  if #list == 1 then return (key_page(list[1]:match "^(.-)%.(.*)$")) end
  if not list[1] then return nil end
  return ("%s: %s; nsengine --help %s\n"):format(word, table.concat(list, ", "), list[1])
end

--- All names that there is help for.
local function overview()
  return "Fields of a sandbox: " .. listed(schema.known(), "")
    .. "Mounts, for its fs: " .. listed(require("nsengine.mount").kinds, "ns.")
    .. "Ready-made sandboxes: ns.profile\n"
    .. "Functions: " .. listed(require "nsengine.function_help", "")
end

--- The page of a function, class or mount, with or without its prefix: "wait", "box.run", "tmpfs".
local function other_page(name)
  local pages, bare = require "nsengine.function_help", name:match "[%a_]+$"
  local page_of = pages[name] or pages[(name:gsub("%.", ":"))] or pages[(name:gsub("^%l", string.upper))]
  if page_of then return page_of end
  if bare ~= name then return nil end
  if require("nsengine.mount").kinds[name] then return (mount_page(name)) end
  for _, prefix in ipairs { "ns.", "box:", "process:", "result:" } do
    if pages[prefix .. name] then return pages[prefix .. name] end
  end
end

--- The help for a name, or nil and a message.
---@param name string
---@return string|nil text
---@return string|nil message
return function(name)
  if name == "" then return overview() end
  if name == "profile" or name == "ns.profile" then return profiles_page() end
  local found = not schema.known()[name]
    and (other_page(name) or found_key(name) or profile_page(name))
  if found then return found end
  local text, others
  local top, key = name:match("^([^.]*)%.(.*)$")
  if top == "ns" then
    text = mount_page(key)
    others = { profile = true }
    for kind in next, require("nsengine.mount").kinds do others[kind] = true end
    for word in next, require "nsengine.function_help" do others[word:match "^ns%.(.*)$" or word] = true end
  elseif not schema.known()[top or name] then
    others, top, key = schema.known(), nil, top or name
  elseif key then
    text, others = key_page(top, key)
  else
    local field = schema.field(name)
    return page(name, field) .. keys_of(field)
  end
  if text then return text end
  local near = require "nsengine.suggest"(key, others)
  local limit = not near and (top == "limits" or not top) and require("nsengine.instead").limits[key]
  if limit then top, near = "limits", limit:match "^[%w_]+" end
  near = near and (" (did you mean '%s%s'?)"):format(top and top .. "." or "", near)
  return nil, ("no field '%s'%s"):format(name, near or "")
end
