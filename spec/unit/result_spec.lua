--- A Result says what ended a sandbox, and why.
local result = require "nsengine.result"
local sys = require "nsengine.sys"

--- The result of an ending: {how, number, cause =, cpu =, wall =, limits =, ...}.
local function ended(t)
  return result.new({
    how = t[1], number = t[2], cause = t.cause, wall_time = t.wall or 0.123, truncated = t.truncated,
    stdout = t.stdout, stderr = t.stderr,
    usage = t.cpu and { cpu_user = t.cpu, cpu_system = 0.0, memory = 4096 } or {},
  }, { argv = { "/bin/prog" }, limits = t.limits, description = t.description })
end

describe("a result", function()
  local cases = {
    { "ok", 0, "exited with status 0 after 0.12 s", { "exit", 0 } },
    { "exit", 3, "exited with status 3 after 0.12 s", { "exit", 3 } },
    { "signal", 139, "killed by SIGSEGV after 0.12 s", { "signal", 11 } },
    { "signal", 134, "killed by SIGABRT after 0.12 s", { "signal", 6 } },
    { "signal", 168, "killed by signal 40 after 0.12 s", { "signal", 40 } },
    { "syscall", 159, "killed after 0.12 s for a system call that the sandbox forbids",
      { "signal", sys.SIGSYS, description = { kills = true } } },
    { "signal", 159, "killed by SIGSYS after 0.12 s", { "signal", sys.SIGSYS } },
    { "wall_time", 124, "stopped after 2.01 s (limit 2 s)",
      { "signal", 9, cause = "wall_time", wall = 2.01, limits = { wall_time = 2 } } },
    { "ok", 0, "exited with status 0 after 2.01 s",
      { "exit", 0, cause = "wall_time", wall = 2.01, limits = { wall_time = 2 } } },
    { "cpu_time", 124, "stopped after 2.00 s of CPU time (limit 2 s)",
      { "signal", sys.SIGXCPU, cpu = 2.0, limits = { cpu_time = 2 } } },
    { "cpu_time", 124, "stopped after 1.40 s of CPU time (limit 2 s)", -- by the ticks of the kernel
      { "signal", sys.SIGXCPU, cpu = 1.4, limits = { cpu_time = 2 } } },
    { "signal", 152, "killed by SIGXCPU after 0.12 s", -- which it sent itself
      { "signal", sys.SIGXCPU, cpu = 0.1, limits = { cpu_time = 2 } } },
    { "cpu_time", 124, "stopped after 3.00 s of CPU time (limit 2 s)",
      { "signal", 9, cpu = 3.0, limits = { cpu_time = 2 } } },
    { "signal", 137, "killed by SIGKILL after 0.12 s", { "signal", 9, cpu = 1.0, limits = { cpu_time = 2 } } },
    { "cpu_time", 124, "exited with status 0 after 2.50 s of CPU time (limit 2 s)",
      { "exit", 0, cpu = 2.5, limits = { cpu_time = 2 } } },
    { "signal", 152, "killed by SIGXCPU after 0.12 s", { "signal", sys.SIGXCPU } },
    { "wall_time", 124, "stopped after 9.00 s (limit 9 s)",
      { "signal", 9, cause = "wall_time", wall = 9, cpu = 3.0, limits = { wall_time = 9, cpu_time = 2 } } },
    { "output", 137, "stopped after 100 bytes of output (the limit) and 0.12 s",
      { "exit", 0, cause = "output", truncated = true, limits = { output = 100 } } },
  }
  for _, case in ipairs(cases) do
    it(("is %s, status %d: %s"):format(case[1], case[2], case[3]), function()
      local r = ended(case[4])
      assert.equal(case[1], r.reason)
      assert.equal(case[1] == "ok", r.ok)
      assert.equal(case[2], r:status())
      assert.equal(case[3], tostring(r))
    end)
  end

  it("has either a code or a signal", function()
    assert.same({ 3, nil }, { ended({ "exit", 3 }).code, ended({ "exit", 3 }).signal })
    assert.same({ nil, 11 }, { ended({ "signal", 11 }).code, ended({ "signal", 11 }).signal })
  end)

  it("has tables of its own, which do not change the plan's", function()
    local description = { enforced = { wall_time = "timer" }, warnings = { "skipped" } }
    local r = ended { "exit", 0, description = description }
    assert.same(description, { enforced = r.enforced, warnings = r.warnings })
    r.enforced.memory, r.warnings[2] = "x", "y"
    assert.same({ enforced = { wall_time = "timer" }, warnings = { "skipped" } }, description)
  end)

  it("is returned by check if it is ok; otherwise check raises an error of kind 'command'", function()
    local fine, failed = ended { "exit", 0 }, ended { "exit", 3 }
    assert.equal(fine, fine:check())
    local ok, err = pcall(failed.check, failed)
    assert.is_false(ok)
    assert.equal("command", err.kind)
    assert.equal("/bin/prog: exited with status 3 after 0.12 s", tostring(err))
    assert.equal(failed, err.result)
  end)
end)

describe("a result as JSON", function()
  local cjson = require "cjson"

  it("has its fields in a fixed order, without those that are nil", function()
    assert.equal('{"ok":false,"reason":"signal","signal":11,"signal_name":"SIGSEGV","status":139,'
      .. '"message":"killed by SIGSEGV after 0.50 s","wall_time":0.5,"cpu_time":0.25,"cpu_user":0.25,'
      .. '"cpu_system":0,'
      .. '"memory":4096,"stdout":"a\\nb","truncated":false,"enforced":{"cpu_time":"rlimit","wall_time":"timer"},'
      .. '"warnings":["net: skipped"]}',
      ended({ "signal", 11, wall = 0.5, cpu = 0.25, stdout = "a\nb", description = {
        enforced = { wall_time = "timer", cpu_time = "rlimit" }, warnings = { "net: skipped" },
      } }):json())
  end)

  it("has output that is no UTF-8 as base64, too", function()
    local value = cjson.decode(ended({ "exit", 0, stdout = "a\xff\xc3(\0\u{20AC}", stderr = "" }):json())
    assert.equal("a\u{FFFD}\u{FFFD}(\0\u{20AC}", value.stdout)
    assert.equal("Yf/DKADigqw=", value.stdout_base64)
    assert.equal("", value.stderr)
    assert.is_nil(value.stderr_base64)
    assert.same({}, value.warnings)
  end)

  it("has every byte of the captured output, at any length", function()
    local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    local function bytes_of(base64)
      local bytes = {}
      for quad in base64:gmatch "...." do
        local bits, length = 0, 3
        for letter in quad:gmatch "." do
          bits = bits << 6 | (letter == "=" and 0 or alphabet:find(letter, 1, true) - 1)
          if letter == "=" then length = length - 1 end
        end
        bytes[#bytes + 1] = string.pack(">I3", bits):sub(1, length)
      end
      return table.concat(bytes)
    end
    local all = {}
    for byte = 0, 255 do all[#all + 1] = string.char(255 - byte, byte) end
    all = table.concat(all):rep(13)
    for _, length in ipairs { 1, 2, 3, 4, 3071, 3072, 3073, 3074, 6144, 6500 } do
      local value = cjson.decode(ended({ "exit", 0, stdout = all:sub(1, length) }):json())
      assert.equal(all:sub(1, length), bytes_of(value.stdout_base64))
    end
  end)

  it("replaces exactly the bytes that belong to no character", function()
    for bytes, text in pairs {
      ["\xff\xff"] = "??", ["\x80\x80\x80"] = "???", ["\u{E9}\x80"] = "\u{E9}?", ["\xe2\x82"] = "??",
      ["\xe2\x82\u{20AC}\xf0\x9f\x98"] = "??\u{20AC}???", ["\xed\xa0\x80"] = "???",
      ["\xf4\x90\x80\x80"] = "????", ["\xc0\xaf"] = "??", ["\u{1F600}\xbf\xbf\xc3"] = "\u{1F600}???", ["a\xc3"] = "a?",
    } do
      local value = cjson.decode(ended({ "exit", 0, stdout = bytes }):json())
      assert.equal((text:gsub("?", "\u{FFFD}")), value.stdout)
    end
  end)

  it("takes little memory, even for output that is no text", function()
    local r = ended { "exit", 0, stdout = ("a\xff\x80"):rep(100000), stderr = "" }
    r:json()
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    r:json()
    local used = collectgarbage "count" - before
    collectgarbage "restart"
    assert.truthy(used * 1024 < 40 * #r.stdout, used .. " kB")
  end)

  it("is valid UTF-8 whatever names a hostile command or a recipe uses", function()
    local r = ended { "exit", 0, description = { warnings = { "fs./\xff: skipped" }, enforced = { x = "\xfe" } } }
    r.denied = { { call = "open", path = "/\xff", why = "absent", add = "\xc3(", count = 1 } }
    local text = r:json()
    assert.truthy(utf8.len(text))
    local value = cjson.decode(text)
    assert.same({ "fs./\u{FFFD}: skipped" }, value.warnings)
    assert.same({ x = "\u{FFFD}" }, value.enforced)
    assert.same({ { call = "open", path = "/\u{FFFD}", why = "absent", add = "\u{FFFD}(", count = 1 } }, value.denied)
  end)

  it("prints empty lists as [] and empty objects as {}", function()
    local r = ended { "exit", 0 }
    r.denied = {}
    assert.matches('"enforced":{},"warnings":%[%],"denied":%[%]}$', r:json())
  end)
end)
