--- Which program executes a file, read from the file itself.
local interpreter = require "nsengine.interpreter"
local support = require "support"
local sys = require "nsengine.sys"

--- An ELF file of 64 or 32 bits with two program headers; the second names the loader, far behind.
local function elf(wide, name, at)
  local head = wide and ("<c16I2I2I4I8I8I8I4I2I2I2"):pack("\127ELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2)
    or ("<c16I2I2I4I4I4I4I4I2I2I2"):pack("\127ELF\1\1\1", 3, 3, 1, 0, 64, 0, 0, 52, 32, 2)
  local function header(kind, offset, size)
    return wide and ("<I4I4I8I8I8I8I8I8"):pack(kind, 4, offset, 0, 0, size, size, 1)
      or ("<I4I4I4I4I4I4I4I4"):pack(kind, offset, 0, 0, size, size, 4, 1)
  end
  local text = head .. ("\0"):rep(64 - #head) .. header(6, 64, 99) .. header(3, at, #name + 1)
  return text .. ("\0"):rep(at - #text) .. name .. "\0rest"
end

describe("the program that executes a file", function()
  local dir = support.tempdir()
  teardown(function() support.remove(dir.path) end)

  local function of(text)
    assert(sys.writefile(dir.path .. "/program", text))
    return interpreter.of(dir.path .. "/program")
  end

  it("is the interpreter of a script", function()
    assert.equal("/bin/sh", of "#!/bin/sh -e\n")
    assert.equal("/usr/bin/env", of "#! /usr/bin/env lua\n")
    assert.equal("/bin/sh\r", of "#!/bin/sh\r\n")
    assert.is_nil(of "#!\n/bin/sh\n")
    assert.is_nil(of "echo\n")
    assert.is_nil(of "")
  end)

  it("is the loader of an ELF file, wherever its name is stored", function()
    for _, at in ipairs { 200, 300000 } do
      assert.equal("/lib64/ld.so", of(elf(true, "/lib64/ld.so", at)))
      assert.equal("/lib/ld.so", of(elf(false, "/lib/ld.so", at)))
    end
  end)

  it("is unknown for a file that is cut off, corrupt or missing", function()
    local whole = elf(true, "/lib64/ld.so", 200)
    for length = 0, 199 do assert.is_nil(of(whole:sub(1, length))) end
    assert.is_nil(of(whole:gsub(("<I8"):pack(200), ("<I8"):pack(1 << 63))))
    assert.is_nil(interpreter.of(dir.path))
    assert.is_nil(interpreter.of(dir.path .. "/missing"))
  end)

  it("is unknown for a fifo that a command has left there, and nobody waits for a writer", function()
    assert(os.execute("mkfifo " .. dir.path .. "/fifo"))
    local child <close> = assert(sys.clone(0, function() assert(interpreter.of(dir.path .. "/fifo") == nil) end))
    assert.same({ true, "exit", 0 }, { child:wait(10) })
  end)
end)
