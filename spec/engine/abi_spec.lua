--- The C libraries stay what programs were linked with: their symbols, and the layout of what the headers declare. An
--- intended change is an addition: a field at the end of a structure, a new symbol. All others need a new SOVERSION.
---
--- NSENGINE_ABI_WRITE=1 rewrites the golden files; with NSENGINE_ABI_BASE=DIRECTORY, which has the libraries of an
--- earlier build, abidiff(1) compares.
local support = require "support"
local sys = require "nsengine.sys"

local function shell(command)
  return support.run { "sh", "-c", "unset LD_PRELOAD; " .. command }
end

local function has(program) return shell("command -v " .. program).code == 0 end

--- Fails unless a text equals the golden file.
local function golden(name, text)
  local path = "spec/engine/" .. name
  if os.getenv "NSENGINE_ABI_WRITE" then assert(sys.writefile(path, text)) end
  assert.equal(assert(sys.readfile(path)), text)
end

local libraries = { "libnsengine", "libnsengine-recipe" }

describe("the library's symbols", function()
  for _, library in ipairs(libraries) do
    it("are those in spec/engine/" .. library .. ".symbols", function()
      if not has "nm" then return pending "needs nm" end
      local r = shell(("nm -D --defined-only --with-symbol-versions %s/%s.so.0"):format(support.build, library))
      assert.equal("", r.stderr)
      local symbols = {}
      for kind, name in r.stdout:gmatch("%x+ (%a) (%S+)\n") do
        if kind ~= "A" then symbols[#symbols + 1] = kind .. " " .. name .. "\n" end
      end
      table.sort(symbols)
      golden(library .. ".symbols", table.concat(symbols))
    end)

    it("are what the header of " .. library .. " declares", function()
      if not has "nm" then return pending "needs nm" end
      local header = assert(sys.readfile("engine/" .. library:gsub("^lib", "") .. ".h"))
      local declared, shown = {}, {}
      for name in header:gmatch("\nNSE_API [^;]-(nse_[%w_]+)%(") do declared[#declared + 1] = name end
      for name in assert(sys.readfile("spec/engine/" .. library .. ".symbols")):gmatch("T ([%w_]+)@") do
        shown[#shown + 1] = name
      end
      table.sort(declared)
      assert.same(declared, shown)
    end)
  end
end)

--- A C program that prints the layout of a header's structures and the values of its enumerations.
local function probe(header)
  local text = assert(sys.readfile("engine/" .. header)):gsub("/%*.-%*/", "")
  local lines = { "#include <stddef.h>", "#include <stdio.h>", ("#include <%s>"):format(header), "int main(void) {" }
  local function out(format, ...) lines[#lines + 1] = format:format(...) end
  for name, body in text:gmatch("\nstruct ([%w_]+) (%b{});") do
    out('printf("struct %s: %%zu\\n", sizeof(struct %s));', name, name)
    for declaration in body:sub(2, -2):gmatch("[^;]+") do
      -- Takes "int source, number", "char call[40]", "void (*log)(void *data, const char *text)".
      local list = declaration:match("%(%*([%w_]+)%)") or declaration:gsub("%b[]", "")
      for member in list:gmatch("([%w_]+)%s*%f[,\0]") do
        out('printf("  %s: %%zu, %%zu\\n", offsetof(struct %s, %s), sizeof(((struct %s *)0)->%s));', member, name,
          member, name, member)
      end
    end
  end
  for name, body in text:gmatch("\nenum ([%w_]+) (%b{});") do
    out('puts("enum %s:");', name)
    for word in body:gmatch("NSE_[%u_]+") do out('printf("  %s = %%d\\n", %s);', word, word) end
  end
  out("return 0; }")
  return table.concat(lines, "\n") .. "\n"
end

describe("the header", function()
  for _, header in ipairs { "nsengine.h", "nsengine-recipe.h" } do
    it(header .. " has the layout in spec/engine/" .. header .. ".layout", function()
      if not has "cc" then return pending "needs a C compiler" end
      local dir <close> = support.tempdir()
      assert(sys.writefile(dir.path .. "/probe.c", probe(header)))
      local r = shell(("cd %s && cc -I%s/engine probe.c -o probe && ./probe"):format(dir.path, sys.getcwd()))
      assert.equal("", r.stderr)
      assert.equal(0, r.code)
      -- The numbers of 64-bit machines, which all agree.
      if #("").pack("T", 0) ~= 8 then return pending "is known for 64-bit machines" end
      golden(header .. ".layout", r.stdout)
    end)

    it(header .. " compiles as plain C and as C++", function()
      if not has "cc" then return pending "needs a C compiler" end
      local languages = { "cc -x c -std=c99 -Wpedantic" }
      if has "c++" then languages[2] = "c++ -x c++ -std=c++11 -Wpedantic" end
      for _, language in ipairs(languages) do
        local r = shell(("%s -Wall -Wextra -Werror -Iengine -fsyntax-only engine/%s 2>&1"):format(language, header))
        assert.equal("", (r.stdout:gsub("[^\n]*pragma once[^\n]*\n", "")))
      end
    end)
  end
end)

describe("abidiff", function()
  for _, library in ipairs(libraries) do
    it("finds no incompatible change in " .. library, function()
      local base = os.getenv "NSENGINE_ABI_BASE"
      if not base then return pending "takes NSENGINE_ABI_BASE, a directory with libraries of an earlier build" end
      if not has "abidiff" then return pending "needs abidiff (abigail-tools)" end
      local r = shell(("abidiff --no-added-syms %s/%s.so.0 %s/%s.so.0"):format(base, library, support.build, library))
      -- Bit 3: incompatible; bits 0 and 1: abidiff could not compare.
      assert.equal(0, r.code & 11, r.stdout .. r.stderr)
    end)
  end
end)
