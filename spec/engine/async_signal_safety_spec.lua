--- What runs between clone and exec shares its memory with a program that goes on: it may call nothing
--- that allocates, locks, or touches errno. The object files show what they call.
local support = require "support"
local sys = require "nsengine.sys"

--- The plan is built before and only read: what its builder calls is not among what they may call.
--- The init is linked without any library.
local floors = { "kernel", "child" }

--- Functions of libc that only look at or change their arguments.
local pure = {
  "memcpy", "memmove", "memset", "memcmp", "memchr", "memrchr", "mempcpy", "bcmp", "explicit_bzero",
  "strlen", "strnlen", "strcmp", "strncmp", "strchr", "strrchr", "strchrnul", "strstr", "strspn", "strcspn",
  "strcpy", "stpcpy", "stpncpy", "strncpy", "strlcpy", "strcat", "strncat",
}

--- What the compiler itself calls: hardening, sanitizers, access to data in position-independent code.
local instrumentation = {
  "^__stack_chk_fail$", "^__[a-z]+_chk$", "^__asan_", "^__ubsan_", "^__sanitizer_", "^_GLOBAL_OFFSET_TABLE_$",
  "^__gcov_", "^__builtin_",
}

local allowed = {}
for _, name in ipairs(pure) do
  allowed[name] = true
  allowed["__" .. name .. "_chk"] = true
end

local function is_instrumentation(name)
  if name:find("_chk$") and not name:find("stack") then return false end -- printf_chk is a printf: by `allowed` alone
  for _, pattern in ipairs(instrumentation) do
    if name:find(pattern) then return true end
  end
end

--- The object files of a floor, in this build.
local function objects(floor)
  local files = {}
  local dir = ("%s/CMakeFiles/%s.dir/engine/%s"):format(support.build, floor, floor)
  for _, name in ipairs(sys.list(dir) or {}) do
    -- a deleted source leaves its object behind
    if name:find("%.c%.o$") and sys.stat(("engine/%s/%s"):format(floor, name:gsub("%.o$", ""))) then
      files[#files + 1] = dir .. "/" .. name
    end
  end
  return files
end

--- Symbols of object files, as nm prints them: {{name =, section =, file =}, ...}.
local function symbols(option, files)
  local r = support.run { "nm", option, "-f", "sysv", table.unpack(files) }
  assert.equal(0, r.code, r.stderr)
  local found, file = {}, nil
  for line in r.stdout:gmatch("[^\n]+") do
    file = line:match("ymbols from (.*):$") or file
    local fields = {}
    for field in (line .. "|"):gmatch("%s*([^|]-)%s*|") do fields[#fields + 1] = field end
    if #fields == 7 and fields[1] ~= "Name" then
      found[#found + 1] = { name = fields[1], section = fields[7], file = file:match("[^/]+$") }
    end
  end
  return found
end

describe("the code between clone and exec", function()
  local defined = {}

  setup(function()
    for _, floor in ipairs(floors) do
      local files = objects(floor)
      for _, symbol in ipairs(#files > 0 and symbols("--defined-only", files) or {}) do defined[symbol.name] = true end
    end
  end)

  for _, floor in ipairs(floors) do
    it("in engine/" .. floor .. " calls only async-signal-safe functions", function()
      local files = objects(floor)
      local sources = 0
      for _, name in ipairs(assert(sys.list("engine/" .. floor))) do
        if name:find("%.c$") then sources = sources + 1 end
      end
      assert.equal(sources, #files, "object files of engine/" .. floor)
      local wrong = {}
      for _, symbol in ipairs(symbols("--undefined-only", files)) do
        local name = symbol.name
        if not (defined[name] or allowed[name] or is_instrumentation(name)) then
          wrong[#wrong + 1] = symbol.file .. ": " .. name
        end
      end
      assert.same({}, wrong)
    end)

    it("in engine/" .. floor .. " keeps no variable that two threads could share", function()
      local wrong = {}
      for _, symbol in ipairs(symbols("--defined-only", objects(floor))) do
        local section = symbol.section
        if (section:find("^%.t?data") or section:find("^%.t?bss") or section == "*COM*")
          and not section:find("^%.data%.rel%.ro") then -- constants that hold addresses
          wrong[#wrong + 1] = symbol.file .. ": " .. symbol.name
        end
      end
      if os.getenv("LD_PRELOAD") then return end -- the sanitizer has tables of its own
      assert.same({}, wrong)
    end)
  end
end)
