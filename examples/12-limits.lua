#!/usr/bin/env nsengine
-- Reaches each limit once: shows what ended the command, what enforced the limit, and what the Result says.
--   nsengine 12-limits.lua                   all of them
--   nsengine 12-limits.lua memory pids       some
local ns = require "nsengine"

local box = ns.sandbox {
  fs  = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/tmp"] = ns.tmpfs() },
  env = { PATH = "/usr/bin:/bin" },
  limits = { wall_time = "20s" },          -- for all: nothing here takes longer, whatever goes wrong
  stdout = "capture", stderr = "null",
}

local spin = "while :; do :; done"
local cases = {
  -- Time. CPU time is counted for all processes together; a command that sleeps is ended by wall_time.
  { "cpu_time",      "1s",    { "sh", "-c", spin } },
  { "wall_time",     "500ms", { "sleep", "60" } },
  -- Memory, of all processes together: the kernel kills. tail wants to keep a last line that never ends.
  { "memory",        "32M",   { "tail", "/dev/zero" } },
  -- What a process may ask for, used or not: here the program gets an error, and goes on as it likes.
  { "address_space", "64M",   { "tail", "/dev/zero" } },
  -- Processes and threads at a time.
  { "pids",          4,       { "sh", "-c", "for i in 1 2 3 4 5 6; do sleep 9 & done" } },
  -- What it writes: to us, to files in memory, to one file, and how many it opens.
  { "output",        "64K",   { "yes" } },
  { "disk",          "8M",    { "sh", "-c", "cat /dev/zero > /tmp/file" } },
  { "file_size",     "1M",    { "sh", "-c", "cat /dev/zero > /tmp/file; exit $?" } },
  { "files",         8,       { "sh", "-c", "exec 3</ 4</ 5</ 6</ 7</ 8</ 9</" } },
  -- This slows down and does not end anything: half of one processor. wall_time ends this one.
  { "cpus",          0.5,     { "sh", "-c", spin, limits = { wall_time = "1s" } } },
}

local wanted = {}
for _, name in ipairs(arg) do wanted[name] = true end

print(("%-14s %-10s %-11s %s"):format("LIMIT", "REASON", "ENFORCED BY", ""))
for _, case in ipairs(cases) do
  local name, value, command = table.unpack(case)
  if #arg == 0 or wanted[name] then
    -- What cannot be enforced here is an error, unless `optional` names it: nothing runs without its limit.
    local ok, r = pcall(function() return box:with { limits = { [name] = value } }:run(command) end)
    if ok then
      print(("%-14s %-10s %-11s %s"):format(name, r.reason, r.enforced[name], r))
      if name == "cpus" then print(("%38s%.2f s of CPU time"):format("", r.cpu_time)) end
    else
      print(("%-14s %-10s %-11s %s"):format(name, "-", "-", r.message or r))
    end
  end
end
