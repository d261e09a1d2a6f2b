--- Writes lua/nsengine/function_help.lua, the pages of `nsengine --help ns.args`: the functions of the reference, and
--- the comments above them; and lua/nsengine/profile_help.lua, the texts of the profiles. Run by docs/generate.lua.

local root, words = ...

--- Adds a text in lines that a terminal has room for, all but the first indented by `more`.
local function wrap(text, more, lines)
  local line = " "
  for word in text:gmatch "%S+" do
    if #line + #word > 98 then lines[#lines + 1], line = line, " " .. more end
    line = line .. " " .. word
  end
  lines[#lines + 1] = line
end

--- Parameters, returned values or fields, {name, type, text} each, a paragraph each.
local function parts(list, mark, lines)
  for _, part in ipairs(list) do
    wrap(("%s%s%s%s"):format(mark, part[1] ~= "" and part[1] .. ": " or "", part[2],
      part[3] ~= "" and ", " .. part[3] or ""), "    ", lines)
  end
end

--- One function: {title, signature, file, definition, more}.
local function page(entry)
  local about, lines = words.annotation(entry[3], entry[4]), { entry[2], "" }
  while about.text[#about.text] == "" do table.remove(about.text) end
  for _, line in ipairs(about.text) do lines[#lines + 1] = line == "" and "" or "  " .. line end
  if about.params[1] or about.returns[1] then lines[#lines + 1] = "" end
  parts(about.params, "", lines)
  parts(about.returns, "returns ", lines)
  if entry[5] then
    lines[#lines + 1] = ""
    wrap(entry[5]:gsub("%[([^%]]*)%]%(#[^)]*%)", "%1"):gsub("`", ""), "", lines) -- without links
  end
  return table.concat(lines, "\n") .. "\n"
end

--- A class: its fields, and its methods by name.
local function class_page(title, name, class, methods)
  local lines, list = { title, "" }, {}
  parts(words.class_fields(name, class), "", lines)
  for i, entry in ipairs(methods) do list[i] = entry[1] end
  lines[#lines + 1] = ""
  wrap("Methods: " .. table.concat(list, ", "), "", lines)
  return table.concat(lines, "\n") .. "\n"
end

local function write(file)
  file:write([[
--- Written by docs/generate.lua from the comments above the functions: change them there. What `nsengine --help
--- ns.args` prints.

return {
]])
  for _, list in ipairs { words.sandbox, words.process, words.result, words.tools } do
    for _, entry in ipairs(list) do
      -- ns.profile has a page with all profiles.
      if entry[1] ~= "ns.profile" then file:write(("  [%q] = [==[\n%s]==],\n"):format(entry[1], page(entry))) end
    end
  end
  for _, class in ipairs {
    { "Process", "Process: a running sandbox, returned by box:spawn", "process", "nsengine.Process", words.process },
    { "Result", "Result: how a sandbox ended, returned by box:run", "result", "nsengine.Result", words.result },
  } do
    file:write(("  [%q] = [==[\n%s]==],\n"):format(class[1], class_page(table.unpack(class, 2))))
  end
  file:write("}\n")
end

--- The launcher has the profiles as bytecode: their texts are a page of their own.
local function write_profiles(file)
  file:write([[
--- Written by docs/generate.lua from the profiles: change them there. What `nsengine --help judge` prints.

return {
]])
  for _, name in ipairs(words.sorted_keys(require "nsengine.profiles")) do
    local source <close> = assert(io.open(("%slua/nsengine/profiles/%s.lua"):format(root, name)))
    file:write(("  [%q] = [==[\n%s]==],\n"):format(name, source:read "a"))
  end
  file:write("}\n")
end

return { ["lua/nsengine/function_help.lua"] = write, ["lua/nsengine/profile_help.lua"] = write_profiles }
