--- The judge's self-test: programs that misbehave, each with the verdict that any judge should give. The first line of
--- each names it: "VERDICT [REASON|REASON...] [signal N|exit N][, strict][, needs LIMIT]: what it does".
local support = require "support"
local sys = require "nsengine.sys"

local function program(name)
  local text = sys.readfile("spec/judge/" .. name .. ".c")
  local head, about = text:match "^/%* (.-): (.-) %*/"
  local verdict, rest = head:match "^(%u+) ?([^,]*)"
  local reasons, number = rest:match "^(%S*)%s*%a*%s*(%d*)$"
  if reasons == "exit" or reasons == "signal" then number = rest:match "%d+" end
  return {
    name = name, about = about, verdict = verdict, reasons = reasons ~= "" and reasons or verdict:lower(),
    number = tonumber(number), strict = head:find ", strict" and true,
    needs = head:match "needs (%a+)" or reasons:match "^memory" or reasons:match "^pids",
  }
end

local programs = {}
for _, name in ipairs(sys.list "spec/judge") do
  if name:find "%.c$" then programs[#programs + 1] = program(name:sub(1, -3)) end
end
table.sort(programs, function(a, b) return a.name < b.name end)

local COMPILE = "env -u LD_PRELOAD cc -O0 -w -static -pthread -o %s/%s %s -lm"

--- A directory with all programs, compiled; nil where nothing can be. One that does not compile is an error.
local function compile()
  local dir = support.tempdir().path
  if not os.execute("echo 'int main(void) { return 0; }' | " .. COMPILE:format(dir, "none", "-xc - 2>/dev/null")) then
    support.remove(dir)
    return nil
  end
  sys.unlink(dir .. "/none")
  for _, p in ipairs(programs) do
    if not os.execute(COMPILE:format(dir, p.name, ("spec/judge/%s.c"):format(p.name))) then
      support.remove(dir)
      error(p.name .. ".c does not compile")
    end
  end
  assert(sys.writefile(dir .. "/judge.lua", assert(sys.readfile "spec/judge/judge.lua")))
  assert(sys.chmod(dir .. "/judge.lua", 420))
  return dir
end

--- The lines of judge.lua: {[name] = {verdict, reason, number, seconds}}, and what is enforced.
local function parse(text)
  local outcome, enforced, warnings = {}, {}, {}
  for line in text:gmatch "[^\n]+" do
    local words = {}
    for word in line:gmatch "[^\t]+" do words[#words + 1] = word end
    if words[1] == "enforced" then
      enforced = { memory = words[2] ~= "-" and words[2], pids = words[3] ~= "-" and words[3] }
    elseif words[1] == "warning" then
      warnings[words[2]] = words[3]
    else
      outcome[words[1]] = { verdict = words[2], reason = words[3], number = tonumber(words[4]),
        seconds = tonumber(words[5]) }
    end
  end
  return outcome, enforced, warnings
end

--- Judges what may run here: no bomb is started that no limit stops.
local function judge(dir, uid)
  local _, enforced = parse(support.nsengine({ "-q", dir .. "/judge.lua", dir, uid = uid }).stdout)
  local words = { "-q", dir .. "/judge.lua", dir }
  for _, p in ipairs(programs) do
    if not p.needs or enforced[p.needs] then words[#words + 1] = p.name .. (p.strict and ":strict" or "") end
  end
  words.uid, words.seconds = uid, 200
  local r = support.nsengine(words)
  local outcome, _, warnings = parse(r.stdout)
  return outcome, enforced, warnings, r
end

describe("the judge's self-test", function()
  local dir

  setup(function() dir = compile() end)
  teardown(function()
    if dir then support.remove(dir) end
    support.cleanup()
  end)

  it("covers at least two dozen programs", function() assert.truthy(#programs >= 24) end)

  for _, uid in ipairs(support.users) do
    describe("as uid " .. uid .. ",", function()
      local outcome, enforced, warnings, run = {}, {}, {}, nil

      setup(function()
        if dir then outcome, enforced, warnings, run = judge(dir, uid) end
      end)

      it("prints no message", function()
        if not dir then return pending "needs a C compiler and libc.a" end
        assert.same({ 0, "" }, { run.code, run.stderr })
      end)

      for _, p in ipairs(programs) do
        it(("%s is %s: %s"):format(p.name, p.verdict, p.about), function()
          if not dir then return pending "needs a C compiler and libc.a" end
          if p.needs and not enforced[p.needs] then return pending("no control group enforces limits." .. p.needs) end
          local o = assert(outcome[p.name], "no verdict")
          if p.needs == "pids" and enforced.pids == "rlimit" then -- enforced, without a report that it was reached
            return assert.truthy(o.verdict == "RE" or o.verdict == "TLE", o.reason)
          end
          assert.equal(p.verdict, o.verdict, ("%s %s"):format(o.reason, o.number))
          -- A warning says what could not be read; the reason is then what is known without it.
          if p.verdict ~= "WA" and not warnings[p.name] then
            assert.truthy(("|" .. p.reasons .. "|"):find("|" .. o.reason .. "|", 1, true), o.reason)
          end
          if p.number then assert.equal(p.number, o.number) end
          if p.verdict == "OK" and not os.getenv "NSENGINE_VM" then assert.truthy(o.seconds < 3, o.seconds) end
        end)
      end
    end)
  end
end)
