--- What a hostile command gets out of each sandbox on this machine: spec/kernel/probe.c, started from the careless
--- caller spec/support/dirty.c, as root and as uid 1000. Programs that are not installed are left out.
---   build/nsengine bench/escapes.lua            a table, and what is open by name
---   build/nsengine bench/escapes.lua --write    the same into docs/security.md, between its marks
package.path = "spec/?.lua;spec/?/init.lua;" .. package.path

local escapes = require "support.escapes"
local support = require "support"
local sys = require "nsengine.sys"
local tools = require "support.tools"

local here = sys.getcwd()
local build = here .. "/" .. support.build
local probe = assert(tools.get(), "needs a C compiler").escapes
local work <close> = support.tempdir()

local function installed(name)
  for dir in (os.getenv("PATH") .. ":/usr/sbin:/sbin"):gmatch("[^:]+") do
    if sys.stat(dir .. "/" .. name) then return dir .. "/" .. name end
  end
end

--- The first line of what a program says of its version.
local function version(command)
  local pipe = io.popen(command .. " 2>&1")
  local line = pipe:read "l" or "?"
  pipe:close()
  return line:match("%d[%w.~+-]*") or line
end

--- Debian's machines may have the controllers of both versions of cgroups: neither program mounts those then.
local function without_cgroups(mounts)
  local list = {}
  for _, mount in ipairs(mounts) do
    if mount.type ~= "cgroup" then list[#list + 1] = mount end
  end
  return list
end

--- The host's directories as mounts of a bundle, whose own root cannot be the host's.
local function host_mounts(dir, mounts)
  assert(sys.mkdir(dir .. "/rootfs", 493))
  local own = { proc = true, sys = true, dev = true, run = true, ["lost+found"] = true }
  for _, name in ipairs(sys.list "/") do
    local stat = sys.lstat("/" .. name)
    if stat.type == "link" then
      assert(sys.symlink(sys.readlink("/" .. name), dir .. "/rootfs/" .. name))
    elseif stat.type == "directory" and not own[name] then
      mounts[#mounts + 1] = { destination = "/" .. name, source = "/" .. name, type = "bind",
        options = { "rbind", "ro" } }
    end
  end
  return mounts
end

--- A bundle of runc's own default, with the probe in place of its shell and the host's files as its tree.
local function bundle(program, uid, command)
  local dir = ("%s/%s-%d"):format(work.path, program:match("[^/]+$"), uid)
  assert(sys.mkdir(dir, 493))
  os.execute(("cd %s && runc spec %s && chown -R %d %s"):format(dir, uid ~= 0 and "--rootless" or "", uid, dir))
  local json = require "cjson"
  local config = json.decode(assert(sys.readfile(dir .. "/config.json", 1 << 20)))
  config.process.args, config.process.terminal = command, false
  config.mounts = host_mounts(dir, without_cgroups(config.mounts))
  if uid ~= 0 then
    config.linux.uidMappings = { { containerID = 0, hostID = uid, size = 1 } }
    config.linux.gidMappings = { { containerID = 0, hostID = uid, size = 1 } }
  end
  setmetatable(config.process.args, json.array_mt)
  assert(sys.writefile(dir .. "/config.json", json.encode(config)))
  return dir
end

--- The OCI runtimes take the command from a file, so the words for the probe go through a shell that writes it.
local function oci(name)
  local path = installed(name)
  if not path or not installed "runc" or not pcall(require, "cjson") then return end
  return { name = name .. ", its default spec", version = version(path .. " --version"), command = function(uid)
    local dir = bundle(path, uid, { "/bin/sh", "-c", "exec $(cat " .. work.path .. "/words)" })
    local manager = name == "crun" and "--cgroup-manager=disabled" or ""
    return { "/bin/sh", "-c", ([[echo "$@" > %s/words; exec %s --root %s/state %s run -b %s c%d]])
      :format(work.path, path, dir, manager, dir, uid), name }
  end }
end

local function plain(name, text)
  return { name = name, version = version(build .. "/nsengine --version"), command = function(uid)
    return { support.launcher(uid), "-e", 'local ns = require "nsengine"; return ' .. text, "--" }
  end }
end

local function program(name, title, words, only)
  local path = installed(name)
  if not path then return end
  return { name = title or name, version = version(path .. " --version"), only = only, command = function()
    return table.move(words, 1, #words, 2, { path })
  end }
end

local tree = [[{ ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev }]]

local function cases()
  local list = {}
  local function add(case) if case then list[#list + 1] = case end end
  add(plain("nsengine, the plain sandbox", ("ns.sandbox { fs = %s }"):format(tree)))
  if pcall(function() return require("nsengine").profile end) and require("nsengine").profile then
    add(plain('nsengine, ns.profile "strict"', ('ns.profile "strict":with { fs = %s }'):format(tree)))
  end
  add(program("bwrap", "bubblewrap", { "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
    "--cap-drop", "ALL", "--new-session" }))
  add(oci "runc")
  add(oci "crun")
  add(program("firejail", nil, { "--quiet", "--noprofile" }))
  add(program("firejail", "firejail, its options of hardening", { "--quiet", "--noprofile", "--net=none",
    "--private-dev", "--caps.drop=all", "--nonewprivs", "--seccomp", "--nogroups", "--noroot", "--ipc-namespace",
    "--read-only=/" }))
  local nspawn = program("systemd-nspawn", nil, { "-q", "--register=no", "--keep-unit", "--volatile=yes",
    "--private-network", "-D", "/", "--bind-ro=" .. probe .. ":/probe", "--pipe" }, 0)
  if nspawn then nspawn.probe = "/probe" end
  add(nspawn)
  add(program("nsjail", nil, { "-Mo", "--chroot", "/", "--quiet", "--" }))
  add(program("minijail0", nil, { "-U", "-v", "-p", "-l", "-e", "-N", "-r", "-n", "-c", "0", "--" }))
  add(program("unshare", nil, { "-UuipmnC", "--fork", "--mount-proc" }))
  return list
end

local function measure(case, uid)
  if case.only and case.only ~= uid then return nil, "needs root" end
  local command = case.command(uid)
  local checks, why = escapes.run(uid, command, case.probe)
  local spared = not checks
  if spared then checks, why = escapes.run(uid, command, case.probe, true) end
  if not checks then return nil, why end
  local open = {}
  for _, check in ipairs(checks) do
    if check.allowed then open[#open + 1] = check.name end
  end
  return open, spared
end

local function first_line(text)
  return (text:gsub("%s+", " "):sub(1, 200))
end

local uids = support.root and { 0, 1000 } or { sys.getids().euid }
local rows, notes, total = {}, {}, #escapes.names()
for _, case in ipairs(cases()) do
  local cells = {}
  for i, uid in ipairs(uids) do
    local open, why = measure(case, uid)
    cells[i] = open and #open .. (why and " ¹" or "") or "-"
    notes[#notes + 1] = ("%s, uid %d: %s"):format(case.name, uid,
      open and table.concat(open, " ") or "did not run: " .. first_line(why))
    io.stderr:write(notes[#notes], "\n")
  end
  rows[#rows + 1] = ("| %s | %s | %s |"):format(case.name, case.version, table.concat(cells, " | "))
end

local heads, rule = {}, {}
for i, uid in ipairs(uids) do heads[i], rule[i] = "uid " .. uid, "---" end
local text = ([[
Of %d checks allowed, on Linux %s (%s):

| sandbox | version | %s |
| --- | --- | %s |
%s

¹ does not run where its caller ignores SIGCHLD: measured without that. -: does not run here.
]]):format(total, sys.uname().release:match("^[%d.]+"), sys.uname().machine, table.concat(heads, " | "),
  table.concat(rule, " | "), table.concat(rows, "\n"))
print(text)
tools.cleanup()
support.cleanup()

if (...) == "--write" then
  local page = assert(sys.readfile("docs/security.md", 1 << 20))
  local first, last = "<!-- bench/escapes.lua -->\n", "<!-- end -->"
  local from = select(2, page:find(first, 1, true))
  local to = from and page:find(last, from, true)
  assert(to, "docs/security.md lacks its marks")
  assert(sys.writefile("docs/security.md", page:sub(1, from) .. text .. page:sub(to)))
end
