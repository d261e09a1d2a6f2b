--- A root directory may belong to a stranger: whatever lies where a recipe mounts, writes or works, nothing outside
--- the directory is made, mounted or opened; the sandbox is as requested, or there is none and the message names the
--- field. NSENGINE_RACE=seconds makes the races longer.
local hostile = require "support.hostile"
local support = require "support"
local tools = require "support.tools"

--- Ten seconds for the races of all targets and users together, at about 5 changes a place.
local race_seconds = tonumber(os.getenv("NSENGINE_RACE") or 0.03)

teardown(function()
  tools.cleanup()
  support.cleanup()
end)

local function none(found, counts)
  local lines = {}
  for _, f in ipairs(found) do lines[#lines + 1] = ("%s: %s\n      %s"):format(f.case, f.wrong, f.stderr) end
  assert(#found == 0, ("%d of %d cases:\n  %s"):format(#found, counts.cases, table.concat(lines, "\n  ")))
end

for _, uid in ipairs(support.users) do
  describe(("a hostile root directory, as uid %d,"):format(uid), function()
    for _, target in ipairs(hostile.targets) do
      local name = target.cwd and "the working directory" or target[1]
      local reason = select(2, tools.get())

      for _, how in ipairs { "ro", "rw" } do
        it(("gives access to nothing outside at %s (%s)"):format(name, how), function()
          if reason then return pending(reason) end
          local found, counts = hostile.attack(target, { command = hostile.nsengine(uid), uid = uid, how = how,
                                                         message = hostile.named })
          none(found, counts)
          assert(counts.started > 0, "no sandbox has started")
        end)
      end

      it(("gives access to nothing outside at %s while it changes"):format(name), function()
        if reason then return pending(reason) end
        none(hostile.race(target, { command = hostile.nsengine(uid), uid = uid, how = "rw" }, race_seconds))
      end)
    end
  end)
end
