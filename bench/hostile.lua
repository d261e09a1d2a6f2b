--- The hostile trees of spec/kernel/hostile_tree_spec.lua with bubblewrap: what leads out of them.
---   build/nsengine bench/hostile.lua [UID] [SECONDS of each race]
package.path = "spec/?.lua;spec/?/init.lua;" .. package.path

local hostile = require "support.hostile"
local tools = require "support.tools"

local uid, seconds = tonumber(... or 1000), tonumber(select(2, ...) or 0.3)
local options = { command = hostile.bwrap(), uid = uid, how = "rw", makes = true }
local sum = { cases = 0, started = 0, wrong = 0 }

local function count(title, found, counts)
  print(("%-24s %3d of %3d wrong, %3d ran"):format(title, #found, counts.cases, counts.started))
  for _, f in ipairs(found) do print(("    %s: %s"):format(f.case, f.wrong)) end
  sum.cases, sum.wrong = sum.cases + counts.cases, sum.wrong + #found
end

assert(tools.get())
for _, target in ipairs(hostile.targets) do count(target[1], hostile.attack(target, options)) end
print(("still: %d of %d"):format(sum.wrong, sum.cases))
if seconds > 0 then
  for _, target in ipairs(hostile.targets) do count(target[1] .. " raced", hostile.race(target, options, seconds)) end
end
tools.cleanup()
