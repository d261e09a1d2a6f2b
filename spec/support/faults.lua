--- Faults: the launcher with a recipe, run under spec/support/inject.c, and the allowed outcomes.
--- A failed system call may end the launch with a message, or may be handled; it may never lead to a
--- payload that is confined less than without the fault, to a crash, a hang, or anything left behind.

local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local M = {}

--- A recipe with a step of each common kind. The probe is in /mnt, on a directory that is read-only
--- only for it; /var/tmp is writable on the host.
M.recipe = [[
local ns = require "nsengine"
return ns.sandbox {
  hostname = "box",
  init = %s,
  fs = {
    ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs { size = "1M" },
    ["/mnt"] = ns.ro %q,%s
  },
  cwd = "/tmp",
  umask = "022",
  limits = { files = 64, core = 0 },
  seccomp = { allow = { "keyctl" },%s }, -- with it the probe asks whose keyring it has
  cmd = { %s },
}
]]

--- The same without any namespace: landlock lets the probe read.
M.alone = [[
local ns = require "nsengine"
return ns.sandbox {
  share = "all",
  landlock = { read = { "/proc", "/dev", "/sys", "/etc" }, exec = { "/usr", %q }, write = {},
    connect = { "udp", "unix" } },
  cwd = "/tmp",
  seccomp = { allow = { "keyctl" } },
  umask = "022",
  limits = { files = 64, core = 0 },
  cmd = { %s },
}
]]

--- What kind "asked" has in addition: a place below a directory of the host, which is mirrored for it; and a function
--- that answers a call, by a filter with a listener.
local made = '\n    ["/mnt/made"] = ns.tmpfs(),'
local asks = " notify = { sysinfo = function(call) return call:continue() end }"

--- Writes a recipe where `uid` may read it; returns its path. kind: true or false: with or without an init; "asked";
--- "alone": without namespaces.
function M.write(path, uid, kind)
  local tool, alone = tools.get(), kind == "alone"
  local at = alone and tool.path or "/mnt"
  local words = { at .. "/probe", "facts", at .. "/open:/var/tmp", table.unpack(tools.host(uid)) }
  for i, word in ipairs(words) do words[i] = ("%q"):format(word) end
  local text = alone and M.alone:format(tool.path, table.concat(words, ", "))
    or M.recipe:format(kind ~= false, tool.path, kind == "asked" and made or "", kind == "asked" and asks or "",
      table.concat(words, ", "))
  assert(sys.writefile(path, text))
  assert(sys.chmod(path, 420))
  return path
end

--- The command line of bubblewrap that comes closest to the recipe.
function M.bwrap(uid)
  return { "bwrap", "--unshare-all", "--hostname", "box", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", tools.get().path, "/mnt",
    "--chdir", "/tmp", "--", "/mnt/probe", "facts", "/mnt/open:/var/tmp", table.unpack(tools.host(uid)) }
end

local function report_of(text)
  local report = { calls = {}, left = {} }
  for line in text:gmatch("[^\n]+") do
    local process, number, name = line:match("^call (%d+) (%d+) (%S+)$")
    if process then
      table.insert(report.calls, { process = tonumber(process), number = tonumber(number), name = name })
    end
    report.hit = report.hit or line:match("^hit (%S+)")
    report.code = report.code or tonumber(line:match("^exit (%d+)"))
    report.signal = report.signal or tonumber(line:match("^signal (%d+)"))
    report.late = report.late or (report.hit and line:find("^payload") and true)
    report.payload = report.payload or line:find("^payload") and true
    report.hang = report.hang or line == "hang"
    if line:find("^left ") then table.insert(report.left, line) end
  end
  return report
end

--- Runs `command` as `uid` with the injector's mode ("record", "fail 0 17 1", ...). Returns its report,
--- with stdout and stderr.
function M.run(dir, uid, command, mode)
  local path = dir .. "/report"
  sys.unlink(path)
  local words = { tools.get().inject, path, "probe" }
  for word in mode:gmatch("%S+") do words[#words + 1] = word end
  words[#words + 1] = "--"
  table.move(command, 1, #command, #words + 1, words)
  words.uid, words.seconds, words.cwd = uid, 30, dir
  local mounts = sys.readfile("/proc/self/mountinfo")
  local result = support.run(words)
  local report = report_of(assert(sys.readfile(path)))
  -- Without a pid namespace its number differs each time.
  report.stdout = result.stdout:gsub("\nNSpid:\t%d%d%d+\n", "\nNSpid:\tof the host\n")
    :gsub("\npid %d%d%d+ ", "\npid of the host ")
  report.stderr = result.stderr
  report.mounts_changed = sys.readfile("/proc/self/mountinfo") ~= mounts
  report.planted = M.planted()
  report.died = mode:find("^die ") and true
  return report
end

--- Files that a payload wrote where it should not have been able to; removed.
function M.planted()
  local found
  for _, path in ipairs { "/var/tmp/planted", tools.get().open .. "/planted" } do
    if sys.unlink(path) then found = path end
  end
  return found
end

--- The first line in which two texts differ.
local function difference(a, b)
  local lines = b:gmatch("[^\n]*")
  for line in a:gmatch("[^\n]*") do
    local other = lines()
    if line ~= other then return ("%q instead of %q"):format(other or "", line) end
  end
  return "more than before"
end

--- The last calls before the command runs, when nobody is left to report: the filter may forbid it. exit: by the helper
--- that passed the filter's listener on, a thread of the same process.
local after_word = { seccomp = true, execve = true, exit = true }

--- What is wrong with an outcome, or nil. `baseline`: what the payload prints without a fault. Of the mode, `quiet`:
--- the fault struck before the program could report, in the dynamic loader; `runs`: it killed an init whose payload
--- had been executed, even if that failed; `orphan`: it killed the launcher of a payload without an init.
function M.judge(outcome, baseline, mode)
  if outcome.hang then return "hang" end
  if #outcome.left > 0 then return "left behind: " .. table.concat(outcome.left, ", ") end
  if outcome.mounts_changed then return "the host's mounts have changed" end
  if outcome.planted then return "OPEN: wrote " .. outcome.planted end
  if outcome.stdout ~= "" and outcome.stdout ~= baseline then
    return "OPEN: " .. difference(baseline, outcome.stdout)
  end
  if mode.orphan and outcome.late then return "the payload was executed after its launcher's death" end
  if mode.quiet then return nil end
  if outcome.signal then return "crash: signal " .. outcome.signal end
  if outcome.code == 0 then
    if outcome.stdout ~= baseline then return "success, and the payload has not run" end
  elseif outcome.died and outcome.code == 137 and (outcome.payload or mode.runs or after_word[outcome.hit]) then
    return nil -- killed, not failed: the command's own end
  elseif not outcome.stderr:find("%w") then
    return ("exit %d without a message"):format(outcome.code)
  elseif not outcome.stderr:find(":", 1, true) then
    return ("exit %d, and only %q"):format(outcome.code, outcome.stderr)
  end
  return nil
end

--- The call of process 1 after which its payload has been executed: the last clone by the init; none, without an init.
function M.payload_runs(calls)
  local init, clone
  for _, call in ipairs(calls) do
    if call.process == 1 then
      init = init or call.name == "execveat"
      clone = init and call.name:find "^clone" and call.number or clone
    end
  end
  return clone or math.huge
end

--- How many calls of process 0 belong to the loader: those before the launcher opens the recipe.
function M.prologue(calls, empty)
  local own, other = {}, {}
  for _, call in ipairs(calls) do if call.process == 0 then own[#own + 1] = call.name end end
  for _, call in ipairs(empty) do if call.process == 0 then other[#other + 1] = call.name end end
  local n = 0
  while own[n + 1] and own[n + 1] == other[n + 1] do n = n + 1 end
  return n
end

--- A deterministic sample of `calls`: the first and the last of each name in each process, and others evenly, `most` at
--- most.
function M.sample(calls, most)
  local chosen, last, first, count = {}, {}, {}, 0
  local function take(call)
    if count < most and not chosen[call] then
      chosen[call] = true
      count = count + 1
    end
  end
  for _, call in ipairs(calls) do
    local key = call.process .. call.name
    first[key] = first[key] or call
    last[key] = call
  end
  for _, call in ipairs(calls) do
    if first[call.process .. call.name] == call then take(call) end
  end
  for _, call in ipairs(calls) do
    if last[call.process .. call.name] == call then take(call) end
  end
  for i = 1, #calls, math.max(1, #calls // most) do take(calls[i]) end
  local list = {}
  for _, call in ipairs(calls) do if chosen[call] then list[#list + 1] = call end end
  return list
end

--- The calls that cannot fail with an errno.
local meaningless = { exit = true, exit_group = true, rt_sigreturn = true, brk = true, umask = true, getpid = true }

function M.faultable(calls)
  local list = {}
  for _, call in ipairs(calls) do
    if not meaningless[call.name] then list[#list + 1] = call end
  end
  return list
end

return M
