--- The C programs for the specs, compiled once for each run of the suite: the probe that runs inside a sandbox, the
--- one that wants too much of everything, the injector of faults, the filter that a container has, the
--- attacks that a payload tries, the careless caller that starts them, the calls that a filter judges,
--- the caller of calls that are answered outside, what makes an exec hang, and a module that sends signals.

local support = require "support"
local sys = require "nsengine.sys"

local M = {}

local dir

--- Runs a shell command and returns its output; the sanitizer's runtime is not for the compiler.
local function shell(command)
  local pipe = assert(io.popen("unset LD_PRELOAD; exec 2>&1; " .. command))
  local text = pipe:read("a")
  return pipe:close(), text
end

local function compile()
  local temporary = support.tempdir()
  dir = temporary.path
  local here = sys.getcwd() .. "/spec/support/"
  local flags = "cc -O1 -Wall -D_GNU_SOURCE "
  local ok, text = shell(("cd %s && mkdir -m 777 open && mkdir host && echo '#include <sys/syscall.h>' | cc -E -dM - |"
    .. [[ sed -n 's/^#define SYS_\([a-z0-9_]*\) .*/{SYS_\1, "\1"},/p' > names.h && ]]
    .. flags .. "-static -o probe %sprobe.c && " .. flags .. "-I. -o inject %sinject.c && "
    .. flags .. "-o filter %sfilter.c && " .. flags .. "-static -o escapes %s../kernel/probe.c && "
    .. flags .. "-static -o dirty %sdirty.c && "
    .. flags .. "-static -o greedy %sgreedy.c && "
    .. flags .. "-static -o lease %slease.c && "
    .. flags .. "$(pkg-config --cflags lua5.4) -fPIC -shared -Wl,-z,nodelete -o alarm.so %salarm.c && "
    .. flags .. "-static -pthread -o calls %scalls.c && "
    .. flags .. "-static -pthread -o caller %scaller.c"):format(dir, here, here, here, here, here, here, here,
    here, here, here))
  if not ok then error("spec/support: " .. text, 0) end
end

--- {path = the directory, probe =, inject =, filter =, escapes =, dirty =, greedy =, lease =, calls =, caller =,
--- open = a directory that everybody may write to}, or nil and the reason.
function M.get()
  if not shell("command -v cc") then return nil, "needs a C compiler" end
  if not dir then compile() end
  return { path = dir, probe = dir .. "/probe", inject = dir .. "/inject", filter = dir .. "/filter",
    escapes = dir .. "/escapes", dirty = dir .. "/dirty", greedy = dir .. "/greedy",
    lease = dir .. "/lease", calls = dir .. "/calls", caller = dir .. "/caller", open = dir .. "/open" }
end

--- The names of the caller's namespaces and session keyring, as `probe facts` takes them.
function M.host(uid)
  local words = {}
  for word in support.run { M.get().probe, "host", uid = uid }.stdout:gmatch("%S+") do words[#words + 1] = word end
  return words
end

function M.cleanup()
  if dir then support.remove(dir) end
  dir = nil
end

return M
