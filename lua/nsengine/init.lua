--- The face of the vocabulary, `require "nsengine"`: each word is loaded when it is first said.

--- {word: the module that has it}. A word of a module that is a table is its field of that name.
local modules = {
  sandbox = "sandbox", wait = "process", args = "args", profile = "profile",
  here = "files", cwd = "files", tempdir = "files", glob = "files", read = "files", open = "files",
  basename = "files", warn = "files",
}

--- What a recipe's `ns` is.
---@class nsengine
---@field sandbox fun(spec: nsengine.Spec): nsengine.Sandbox
---@field profile fun(name: string): nsengine.Sandbox
---@field wait fun(processes: table, timeout: number|string|nil)
local ns = {}

local function words()
  local all = {}
  for word in next, modules do all[word] = true end
  for word in next, require("nsengine.mount").kinds do all[word] = true end
  return all
end

local function load_word(word)
  local name = modules[word]
  if not name then return require("nsengine.mount").constructor(word) end
  local module = require("nsengine." .. name)
  return type(module) == "table" and module[word] or module
end

return setmetatable(ns, {
  __index = function(_, word)
    local value = type(word) == "string" and load_word(word) or nil
    if value == nil then
      error(("nsengine has no '%s'%s"):format(word, require "nsengine.did_you_mean"(word, words(),
        require("nsengine.instead").words)), 2)
    end
    rawset(ns, word, value)
    return value
  end,
  __newindex = function(_, word)
    error(("nsengine cannot be given a '%s'; write 'local %s = ...'"):format(word, word), 2)
  end,
})
