--- Writes the pictures of the documents, docs/pictures/*.svg: the way of a recipe, the order of confinement, out of
--- engine/plan/steps.def, and the processes of a sandbox. Run by docs/generate.lua.

local root = ...

local M = {}

-- Drawing ---------------------------------------------------------------------------------------------------------

local INK, PALE, MARK, FAINT = "#24292f", "#f6f8fa", "#0969da", "#57606a"

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

--- A picture: what is drawn on it, in order.
local function canvas(width, height, title)
  return {
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" '
      .. 'font-family="sans-serif" font-size="13">'):format(width, height, width, height),
    "<!-- Written by docs/pictures.lua. -->",
    ("<title>%s</title>"):format(escape(title)),
    ('<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
      .. '<path d="M0 0L8 4L0 8z" fill="%s"/></marker></defs>'):format(INK),
    ('<rect width="%d" height="%d" fill="white"/>'):format(width, height),
  }
end

local function add(picture, form, ...)
  picture[#picture + 1] = form:format(...)
end

--- how: {size =, colour =, anchor =, weight =}
local function text(picture, x, y, words, how)
  how = how or {}
  add(picture, '<text x="%d" y="%d" font-size="%d" fill="%s" text-anchor="%s" font-weight="%s">%s</text>', x, y,
    how.size or 13, how.colour or INK, how.anchor or "start", how.weight or "normal", escape(words))
end

local function box(picture, x, y, width, height, colour)
  add(picture, '<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="%s"/>', x, y, width, height,
    colour or PALE, INK)
end

local function arrow(picture, x1, y1, x2, y2, dashed)
  add(picture, '<path d="M%d %dL%d %d" stroke="%s" fill="none" marker-end="url(#tip)"%s/>', x1, y1, x2, y2, INK,
    dashed and ' stroke-dasharray="5 4"' or "")
end

local function page(draw)
  return function(file)
    local picture = draw()
    add(picture, "</svg>")
    assert(file:write(table.concat(picture, "\n"), "\n"))
  end
end

-- From a recipe to a Result ---------------------------------------------------------------------------------------

--- What it is, what makes it, and the kind of error where it goes wrong.
local stages = {
  { "recipe", "a program in Lua", "syntax, unknown names" },
  { "spec", "checked fields", 'kind "recipe": field and line' },
  { "plan", "steps, each with its field", 'kind "host": not on this machine' },
  { "compiled plan", "two frozen blocks", nil },
  { "process", "pidfd and pipes", 'kind "setup" or "exec"' },
  { "Result", "how it ended, what it used", "none: a failing command is data" },
}

M["docs/pictures/recipe.svg"] = page(function()
  local width, step = 140, 166
  local picture = canvas(20 + #stages * step, 190, "From a recipe to a Result")
  for i, stage in ipairs(stages) do
    local x = 16 + (i - 1) * step
    box(picture, x, 40, width, 56)
    text(picture, x + width // 2, 64, stage[1], { anchor = "middle", weight = "bold", size = 14 })
    text(picture, x + width // 2, 84, stage[2], { anchor = "middle", size = 10, colour = FAINT })
    if i < #stages then arrow(picture, x + width, 68, x + step, 68) end
    if stage[3] then
      arrow(picture, x + width // 2, 96, x + width // 2, 122, true)
      text(picture, x + width // 2, 138, stage[3], { anchor = "middle", size = 10, colour = FAINT })
    end
  end
  local function reach(label, first, last, y)
    local x1, x2 = 16 + (first - 1) * step, 16 + (last - 1) * step + width
    add(picture, '<path d="M%d %dH%d" stroke="%s" stroke-width="2"/>', x1, y, x2, MARK)
    text(picture, x1, y - 5, label, { size = 11, colour = MARK })
  end
  reach("nothing is changed: --check and --explain end here", 1, 3, 26)
  reach("made once, spawned many times", 4, 5, 26)
  text(picture, 16, 172, "dashed: the error when it goes wrong there", { size = 11, colour = FAINT })
  return picture
end)

-- The order of confinement ----------------------------------------------------------------------------------------

--- The phases of steps.def in order: {{name =, steps = {name, ...}, payload = boolean}, ...}.
local function phases()
  local file <close> = assert(io.open(root .. "engine/plan/steps.def"))
  local list = {}
  for line in file:lines() do
    local kind, name, phase = line:match("^(NSE_%u*_?STEP)%(([%w_]+), ([%w_]+),")
    if name then
      local last = list[#list]
      if not last or last.name ~= phase then
        last = { name = phase, steps = {}, payload = kind == "NSE_PAYLOAD_STEP" }
        list[#list + 1] = last
      end
      table.insert(last.steps, name)
    end
  end
  return list
end

--- Words in lines of at most `width` letters.
local function wrap(words, width)
  local lines = { "" }
  for _, word in ipairs(words) do
    if #lines[#lines] + #word + 2 > width then lines[#lines + 1] = "" end
    lines[#lines] = lines[#lines] .. (lines[#lines] == "" and "" or "  ") .. word
  end
  return lines
end

M["docs/pictures/confinement.svg"] = page(function()
  local list, y = phases(), 60
  for _, phase in ipairs(list) do phase.lines = wrap(phase.steps, 74) end
  local height = 150
  for _, phase in ipairs(list) do height = height + 24 + 16 * #phase.lines end
  local picture = canvas(760, height, "The order of confinement, from clone to exec")
  text(picture, 20, 30, "clone3 with new namespaces: all capabilities, over these alone", { weight = "bold" })
  local privileged, with_init = true, false
  for i, phase in ipairs(list) do
    local tall = 14 + 16 * #phase.lines
    if phase.payload and not with_init then
      text(picture, 20, y + 14, "the init is executed, without a privilege; a child of it goes on", { weight = "bold" })
      y, with_init = y + 30, true
    end
    box(picture, 20, y, 720, tall, privileged and "#ddf4ff" or "#dafbe1")
    text(picture, 34, y + 20, phase.name, { weight = "bold" })
    for n, line in ipairs(phase.lines) do text(picture, 140, y + 4 + 16 * n, line, { size = 12 }) end
    if i < #list then arrow(picture, 80, y + tall, 80, y + tall + 10) end
    y, privileged = y + tall + 10, privileged and phase.name ~= "drop"
  end
  text(picture, 20, y + 16, "execve: the command", { weight = "bold" })
  text(picture, 20, y + 40, "Blue: capabilities over namespaces of its own. Green: none. No phase comes back.",
    { size = 12, colour = FAINT })
  return picture
end)

-- Processes -------------------------------------------------------------------------------------------------------

M["docs/pictures/processes.svg"] = page(function()
  local picture = canvas(820, 300, "The processes of a sandbox")
  local function process(x, y, name, about)
    box(picture, x, y, 170, 52)
    text(picture, x + 85, y + 22, name, { anchor = "middle", weight = "bold" })
    text(picture, x + 85, y + 40, about, { anchor = "middle", size = 10, colour = FAINT })
  end
  add(picture, '<rect x="260" y="60" width="540" height="170" rx="10" fill="none" stroke="%s" stroke-dasharray="6 4"/>',
    MARK)
  text(picture, 272, 80, "the sandbox: namespaces of its own", { colour = MARK, size = 12 })
  process(20, 110, "caller", "supervisor: waits by pidfd")
  process(280, 110, "init", "pid 1; a program without libc")
  process(540, 110, "payload", "the command")
  process(20, 220, "mapper", "two writes, and it ends")
  arrow(picture, 190, 136, 280, 136)
  text(picture, 225, 130, "clone3", { anchor = "middle", size = 11 })
  arrow(picture, 450, 136, 540, 136)
  text(picture, 495, 130, "vfork, exec", { anchor = "middle", size = 11 })
  arrow(picture, 105, 162, 105, 220, true)
  text(picture, 114, 196, "two user namespaces", { size = 11, colour = FAINT })
  arrow(picture, 710, 136, 760, 136)
  text(picture, 766, 140, "...", {})
  text(picture, 290, 186, "control: its end is the sandbox's end", { size = 12 })
  text(picture, 290, 204, "report: which step failed, and why", { size = 12 })
  text(picture, 290, 222, "status: how the payload ended", { size = 12 })
  text(picture, 20, 36, "three pipes connect caller and sandbox; whoever of them dies, the sandbox does",
    { size = 12, colour = FAINT })
  return picture
end)

return M
