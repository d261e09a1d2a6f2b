--- The values of stdin, stdout and stderr, in their normal form {kind = "inherit"|"capture"|"null"|"pipe"|"fd"|"text"|
--- "stdout", fd =, text =}.

local errors = require "nsengine.error"
local kinds = require "nsengine.kinds"
local sys = require "nsengine.sys"

local M = {}

local sources = { inherit = true, null = true, pipe = true }
local sinks = { inherit = true, capture = true, null = true, pipe = true }
local message_sinks = { inherit = true, stdout = true, capture = true, null = true, pipe = true }

local function descriptor(value, fail)
  if io.type(value) == "closed file" then fail("the file is closed") end
  return kinds.is_descriptor(value) and { kind = "fd", fd = value } or nil
end

--- A source to read from: a word, a descriptor, or text.
function M.source(value, fail)
  if type(value) == "table" then
    kinds.plain(value, fail)
    local other = next(value, next(value) == "text" and "text" or nil)
    if type(value.text) ~= "string" or other ~= nil then
      fail('a table must be { text = "..." }, and nothing else')
    end
    return { kind = "text", text = value.text }
  end
  if type(value) ~= "string" then
    return descriptor(value, fail)
      or fail('expected "inherit", "null", "pipe", an open file, a descriptor or text, got ' .. kinds.show(value))
  elseif sources[value] then
    return { kind = value }
  end
  local near = #value < 20 and value:find("^%a+$") and require "nsengine.suggest"(value, sources)
  if near then
    fail(("unknown value '%s' (did you mean '%s'?); for that text, write { text = \"%s\" }")
      :format(value, near, value))
  end
  return { kind = "text", text = value }
end

--- A sink: one of `words`, or a descriptor.
local function sink(value, fail, words)
  if type(value) == "string" then
    if not words[value] and value:find("[/.]") then
      local brief = kinds.brief(value)
      fail(("unknown value '%s'; for a file, write ns.open(\"%s\", \"w\")"):format(brief, brief))
    end
    return { kind = kinds.word(value, fail, words) }
  end
  return descriptor(value, fail) or fail(('expected "inherit", %s"capture", "null", "pipe", an open file or a '
    .. "descriptor, got %s"):format(words.stdout and '"stdout", ' or "", kinds.show(value)))
end

--- A sink for the command's output.
function M.sink(value, fail)
  return sink(value, fail, sinks)
end

--- A sink for its messages: also "stdout", where the output goes.
function M.message_sink(value, fail)
  return sink(value, fail, message_sinks)
end

--- Prepares a descriptor for the command: it must be open, and Lua's buffer of a file is flushed, so that no output is
--- out of order and unread input is back in the file.
local function settle(job, field, fd)
  local is_file = io.type(fd)
  if is_file == "file" then
    fd:flush()
  elseif is_file or (math.type(fd) == "integer" and sys.isatty(fd) == nil) then
    error(errors.new { kind = "recipe", where = job.place and job.place(field) or job.where, field = field,
      message = is_file and "the file is closed" or ("descriptor %d is not open"):format(fd) }, 0)
  end
end

--- Before the start: prepares all descriptors that the recipe gives.
---@param job table stdin, stdout, stderr, fds; place, where for messages
function M.hand_over(job)
  for _, name in ipairs { "stdin", "stdout", "stderr" } do
    local stream = job[name]
    if stream and stream.kind == "fd" then settle(job, name, stream.fd) end
  end
  for number, fd in pairs(job.fds or {}) do settle(job, ("fds.%d"):format(number), fd) end
end

return M
