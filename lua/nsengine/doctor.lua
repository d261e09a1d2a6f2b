--- --doctor: what this host and user can do for a sandbox, or for a recipe's, and how to fix the rest.

local attempt = require "nsengine.attempt"

local M = {}

---@class nsengine.Finding
---@field name string
---@field state "ok"|"warn"|"no"
---@field words string
---@field fix string|nil    the command that fixes it, or what else does

--- Probes every ability of a list.
---@param host table
---@param list table|nil the abilities
---@return nsengine.Finding[]
function M.examine(host, list)
  local findings, states = {}, {}
  for i, entry in ipairs(list or require "nsengine.abilities") do
    local state, words, fix = "no", "needs " .. (entry.needs or ""), nil
    if states[entry.needs or 0] ~= "no" then state, words, fix = entry.probe(host) end
    states[entry.name] = state
    findings[i] = { name = entry.name, state = state, words = words, fix = fix }
  end
  return findings
end

--- Whether a default sandbox can run.
function M.is_well(findings)
  for _, finding in ipairs(findings) do
    if finding.name == "sandbox" then return finding.state == "ok" end
  end
  return false
end

-- A recipe ------------------------------------------------------------------------------------------------------

--- Fields that do not depend on the host.
local silent = { optional = true, skipped = true, name = true, cmd = true, env = true, stdin = true, stdout = true,
  stderr = true, fds = true, setup = true, tty = true }

--- The fields of a spec, as messages name them, in order.
local function fields_of(spec)
  local names = {}
  for _, name in ipairs(require("nsengine.schema").fields) do
    local value = not silent[name] and spec[name] or nil
    if name == "fs" and value then
      for _, entry in ipairs(require("nsengine.fs").entries(value)) do names[#names + 1] = "fs." .. entry.target end
    elseif name == "limits" and value then
      local keys = {}
      for key in next, value do keys[#keys + 1] = "limits." .. key end
      table.sort(keys)
      table.move(keys, 1, #keys, #names + 1, names)
    elseif value ~= nil then
      names[#names + 1] = name
    end
  end
  return names
end

--- The field of `names` that a message is about.
local function named(names, field)
  for _, name in ipairs(names) do
    if field and (name == field or name == field:match("^[^.]*")) then return name end
  end
end

local function is_optional(spec, field)
  for _, word in ipairs(spec.optional or {}) do
    if word == field or field:sub(1, #word + 1) == word .. "." then return true end
  end
  return false
end

--- Builds the sandbox repeatedly, each time without the fields refused so far, until it succeeds or fails for a reason
--- other than a field. Runs in a child.
local function rounds(box, names)
  local try = require("nsengine.sandbox").try
  local left, result = {}, { refused = {}, enforced = {}, warnings = {} }
  while true do
    local err, enforced, warnings = try(box, left)
    result.enforced, result.warnings = enforced, warnings
    if not err then return result end
    local field = named(names, err.field)
    local entry = { words = tostring(err), fix = err.hint }
    if not field or left[field] then
      result.fallen = entry
      return result
    end
    left[field], result.refused[field] = true, entry
  end
end

--- The finding for each field.
local function judge(spec, names, result)
  local findings = {}
  local function add(name, state, words, fix)
    findings[#findings + 1] = { name = name, state = state, words = words, fix = fix }
  end
  if result.fallen then add("sandbox", "no", result.fallen.words, result.fallen.fix) end
  for _, name in ipairs(names) do
    local refused = result.refused[name]
    if refused and is_optional(spec, name) then
      add(name, "warn", "skipped: " .. refused.words, refused.fix)
    elseif refused then
      add(name, "no", refused.words, refused.fix)
    elseif result.fallen then
      add(name, "warn", "not tried: the sandbox cannot be built")
    else
      local by = result.enforced[name:match("^limits%.(.*)$") or ""]
      add(name, "ok", by and "by " .. by or "works here")
    end
  end
  for _, text in ipairs(result.warnings) do add("warning", "warn", text) end
  return findings
end

--- Which of a sandbox's fields this host supports.
---@param box nsengine.Sandbox
---@return nsengine.Finding[] findings
---@return boolean ok whether it can run here
function M.verdict(box)
  local spec = box.spec
  local names = fields_of(spec)
  local result, message = attempt.child(function() return rounds(box, names) end, attempt.ALL)
  result = result or { refused = {}, enforced = {}, warnings = {}, fallen = { words = message } }
  local findings, well = judge(spec, names, result), not result.fallen
  for _, finding in ipairs(findings) do well = well and finding.state ~= "no" end
  if not findings[1] then findings[1] = { name = "sandbox", state = "ok", words = "can be built here" } end
  return findings, well
end

-- Printing ------------------------------------------------------------------------------------------------------

--- Escapes control characters, which a path made by a stranger may contain, for a terminal.
local function printable(text)
  return (text:gsub("%c", function(c) return ("\\%03d"):format(c:byte()) end))
end

--- A line for each finding, with its fix, if any, on the next.
function M.text(findings)
  local width, lines = 0, {}
  for _, finding in ipairs(findings) do width = math.max(width, math.min(#finding.name, 24)) end
  for _, finding in ipairs(findings) do
    lines[#lines + 1] = ("%-4s  %-" .. width .. "s  %s\n"):format(finding.state, printable(finding.name),
      printable(finding.words))
    if finding.fix then lines[#lines + 1] = "        fix: " .. printable(finding.fix) .. "\n" end
  end
  return table.concat(lines)
end

function M.json(findings, well, extra)
  if not pcall(require, "cjson") then
    error("option '--doctor=json' needs the Lua module cjson: apt install lua-cjson", 0)
  end
  local object = { ok = well, findings = findings }
  for key, value in next, extra do object[key] = value end
  return require("nsengine.json").encode(object) .. "\n"
end

local function print_all(format, findings, well, extra)
  io.write(format == "json" and M.json(findings, well, extra) or M.text(findings))
end

--- `nsengine --doctor`.
---@param format true|"json"
---@return integer status
function M.run(format)
  local host = attempt.host()
  local findings = M.examine(host)
  local well = M.is_well(findings)
  print_all(format, findings, well, { kernel = host.release, uid = host.uid })
  return well and 0 or 1
end

--- `nsengine --doctor RECIPE`: what examines its sandbox, for nsengine.rehearsal.
---@param format true|"json"
function M.viewer(format)
  require "nsengine.process" -- now, before nsengine.rehearsal replaces nsengine.sys
  local how = { verb = "examine" }
  function how.see(box)
    local findings, well = M.verdict(box)
    print_all(format, findings, well, { recipe = require("nsengine.cli").recipe })
    how.status = well and 0 or 1
  end
  return how
end

return M
