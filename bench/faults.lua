--- The faults of spec/kernel/faults_spec.lua in bubblewrap: how often each system call's failure ends in
--- a sandbox that is open, a process left, a hang or silence. build/nsengine bench/faults.lua [UID] [MOST]
package.path = "spec/?.lua;spec/?/init.lua;" .. package.path

local faults = require "support.faults"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local uid, most = tonumber(... or 1000), tonumber(select(2, ...) or math.maxinteger)
local dir <close> = support.tempdir()
local command = faults.bwrap(uid)
local record = faults.run(dir.path, uid, command, "record")
local calls = faults.faultable(record.calls)
local empty = faults.run(dir.path, uid, { "bwrap", "--version" }, "record")
local prologue = faults.prologue(calls, faults.faultable(empty.calls))

local kinds, total, began = {}, 0, sys.monotonic()
local function try(words, name, quiet)
  local outcome = faults.run(dir.path, uid, command, words)
  local wrong = faults.judge(outcome, record.stdout, { quiet = quiet })
  total = total + 1
  if wrong then
    local kind = wrong:match("^%w+")
    kinds[kind] = (kinds[kind] or 0) + 1
    print(("%s (%s): %s"):format(words, name, wrong))
  end
end

for _, call in ipairs(faults.sample(calls, most)) do
  local quiet = call.process == 0 and call.number <= prologue
  try(("fail %d %d %d"):format(call.process, call.number, sys.EPERM), call.name, quiet)
  try(("kill %d %d"):format(call.process, call.number), call.name, true)
end
print(("%d calls (%d of the loader), %d faults, %.0f s"):format(#calls, prologue, total, sys.monotonic() - began))
for kind, count in pairs(kinds) do print(("  %-10s %d"):format(kind, count)) end
tools.cleanup()
