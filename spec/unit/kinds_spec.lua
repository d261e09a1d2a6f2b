--- The kinds of values: what is accepted, and what is said about everything else.
local kinds = require "nsengine.kinds"

--- What a kind makes of a value: its normal form, or nil and the message.
local function try(kind, value, ...)
  local arguments = { ... }
  local ok, result = pcall(kind, value, function(message) error(message, 0) end, table.unpack(arguments))
  if ok then return result end
  return nil, result
end

describe("a size", function()
  it("is a number of bytes, or a number with a unit of 1024", function()
    for text, bytes in pairs {
      ["0"] = 0, ["17"] = 17, ["64K"] = 65536, ["64k"] = 65536, ["64M"] = 64 << 20, ["64MB"] = 64 << 20,
      ["256 MB"] = 256 << 20, ["1GiB"] = 1 << 30, ["1.5G"] = 3 << 29, ["2T"] = 2 << 40, ["5B"] = 5,
      ["1Ki"] = 1024, ["9007199254740993"] = (1 << 53) + 1, ["9007199254740991K"] = ((1 << 53) - 1) << 10,
      ["9223372036854774000"] = 9223372036854774000,
    } do
      assert.equal(bytes, try(kinds.size, text), text)
    end
    assert.equal(4096, try(kinds.size, 4096))
  end)

  it("refuses everything else", function()
    for _, value in ipairs { "256 MB x", "", "M", "-1", "1E9", "1,5G", "0x10", "99999999999T", "5I", "5 iB",
      "9223372036854775807", "99999999999999999999", -1, 1.5, true, {} } do
      local result, message = try(kinds.size, value)
      assert.is_nil(result)
      assert.matches("is not a size: expected bytes or a string such as .*, powers of 1024$", message)
    end
    assert.equal('"256 MB x" is not a size: expected bytes or a string such as "64K", "256M", "1.5GB", "1TiB", '
      .. "powers of 1024", select(2, try(kinds.size, "256 MB x")))
  end)
end)

describe("the message about a wrong unit", function()
  it("names the units that are accepted", function()
    for word, kind in pairs { ["x"] = kinds.size, ["2 x"] = kinds.duration } do
      local count = 0
      for text in select(2, try(kind, word)):match("such as (.*)"):gmatch '"([^"]*)"' do
        count = count + 1
        assert.is_number(try(kind, text), text)
      end
      assert.is_true(count >= 4)
    end
  end)
end)

describe("a duration", function()
  it("is a number of seconds, or a number with a unit", function()
    for text, seconds in pairs {
      ["500ms"] = 0.5, ["2s"] = 2, ["1.5s"] = 1.5, ["10min"] = 600, ["10m"] = 600, ["1h"] = 3600, ["7d"] = 604800,
      ["2 s"] = 2,
    } do
      assert.equal(seconds, try(kinds.duration, text), text)
    end
    assert.equal(2.5, try(kinds.duration, 2.5))
    assert.equal(-3600, try(kinds.duration, "-1h", nil, true))
    for _, value in ipairs { math.mininteger, math.maxinteger, -1000000001, -math.huge, 0 / 0 } do
      assert.is_nil((try(kinds.duration, value, nil, true)), tostring(value))
    end
  end)

  it("refuses everything else", function()
    for value, message in pairs { ["-1h"] = '^"%-1h" is out of range: expected 0 to 1000000000 seconds$',
      [-1] = "^number %-1 is out of range", [math.huge] = "^number inf is out of range",
      ["1h30m"] = '^"1h30m" is not a duration: units do not combine', ["1h 30min"] = "units do not combine" } do
      assert.matches(message, (select(2, try(kinds.duration, value))))
    end
    assert.equal('"-100000d" is out of range: expected -1000000000 to 1000000000 seconds',
      (select(2, try(kinds.duration, "-100000d", nil, true))))
    for _, value in ipairs { "2", "2 parsecs", "s", 0 / 0, "1e99s", true, {} } do
      local result, message = try(kinds.duration, value)
      assert.is_nil(result, tostring(value))
      assert.matches("is not a duration: expected seconds or a string such as", message)
    end
  end)
end)

describe("an id", function()
  it("is a whole number below 2^32-1, which means 'unchanged' to the kernel", function()
    for _, id in ipairs { 0, 1, 65534, 4294967294 } do assert.equal(id, try(kinds.id, id)) end
    for _, value in ipairs { -1, 4294967295, 4294967296, 1.0, 1.5, "0", "1000", true, {}, 0 / 0, math.mininteger } do
      local result, message = try(kinds.id, value)
      assert.is_nil(result, tostring(value))
      assert.matches("is not an id: expected a whole number from 0 to 4294967294$", message)
    end
  end)
end)

describe("a file mode", function()
  it("is a string of octal digits, because 755 is not 0755", function()
    assert.equal(493, try(kinds.mode, "755"))
    assert.equal(1023, try(kinds.mode, "1777"))
    for _, value in ipairs { 755, 493, "0o755", "799", "", "77777", "rwx" } do
      assert.is_nil((try(kinds.mode, value)), tostring(value))
    end
  end)
end)

describe("a path in the sandbox", function()
  it("is absolute, and is normalized", function()
    for text, path in pairs {
      ["/"] = "/", ["//"] = "/", ["/a"] = "/a", ["/a/"] = "/a", ["//a//b//"] = "/a/b", ["/a/./b"] = "/a/b",
      ["/a/././b/."] = "/a/b", ["/."] = "/", ["/a..b"] = "/a..b", ["/..."] = "/...", ["/.hidden"] = "/.hidden",
      ["/a/./././././."] = "/a", ["/./././././b"] = "/b", ["/././."] = "/", ["//./a/.//./b/"] = "/a/b",
    } do
      assert.equal(path, try(kinds.path, text), text)
    end
  end)

  it("is refused if it climbs with '..', is empty or relative", function()
    for _, value in ipairs { "", "a", "./a", "..", "/..", "/a/..", "/a/../b", "/../a", "/a\0b", 5, {} } do
      assert.is_nil((try(kinds.path, value)), tostring(value))
    end
    assert.equal('"work" is a path inside the sandbox: it must start with /', select(2, try(kinds.path, "work")))
  end)
end)

describe("a keyword", function()
  local words = { none = true, host = true }
  it("is one of a few, and a misspelt one gets a suggestion", function()
    assert.equal("none", try(kinds.word, "none", words))
    assert.equal("unknown value 'nonne' (did you mean 'none'?)", select(2, try(kinds.word, "nonne", words)))
    assert.equal("unknown value 'internet': expected one of 'host', 'none'",
      select(2, try(kinds.word, "internet", words)))
    assert.equal("expected 'host' or 'none', got boolean true", select(2, try(kinds.word, true, words)))
  end)
end)

describe("a list of strings", function()
  it("is refused with holes, names or other values in it", function()
    assert.same({ "a", "b" }, try(kinds.strings, { "a", "b" }, "words"))
    assert.same({}, try(kinds.strings, {}, "words"))
    for _, value in ipairs { "a", { 1 }, { "a", nil, "c" }, { "a", x = "b" }, { "a\0b" }, { { "a" } } } do
      assert.is_nil((try(kinds.strings, value, "words")))
    end
  end)
end)

describe("a descriptor", function()
  it("is a number, an open file or an FD", function()
    local file <close> = assert(io.open "/dev/null")
    assert.is_true(kinds.is_descriptor(3))
    assert.is_true(kinds.is_descriptor(file))
    assert.is_true(kinds.is_descriptor((require("nsengine.sys").pipe())))
    for _, value in ipairs { -1, 1.5, "3", {}, true } do assert.is_false(kinds.is_descriptor(value)) end
  end)
end)
