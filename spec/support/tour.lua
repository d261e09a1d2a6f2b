--- Calls a good part of nsengine.sys, for `./dev valgrind`: no leak and no invalid access, in success
--- and in failure. It checks no results, which the specs do. (valgrind knows
--- fewer system calls than the kernel; the others answer ENOSYS.)

local sys = require "nsengine.sys"

local function try(name, ...)
  pcall(sys[name], ...)
end

local dir = os.tmpname()
os.remove(dir)
assert(sys.mkdirs(dir .. "/a/b"))

try("stat", dir)
try("lstat", "/nope")
try("list", dir)
try("writefile", dir .. "/f", "text")
try("readfile", dir .. "/f")
try("readfile", "/proc/self/status")
try("readfile", "/nope")
try("symlink", "f", dir .. "/l")
try("readlink", dir .. "/l")
try("rename", dir .. "/f", dir .. "/g")
try("getxattr", dir .. "/g", "user.x")
try("listxattr", dir .. "/g")
try("chmod", dir .. "/g", 384)
try("mount", "none", "/nope", "tmpfs")
try("mount", "no\0ne", 7)
try("fsopen", "nofs")
try("mounts")
try("mounts", sys.getpid())
try("links")
try("link_set", "nope", { up = true })
try("capget")
try("capget", sys.getpid())
try("capset", { effective = { "CAP_NOPE" } })
try("securebits")
try("getids")
try("idmap", nil, { uid = { { 0, 1, 1 } } })
try("idmap", nil, { uid = { { 0, 1 } } })
try("nsopen", "uts")
try("nsopen", "nope")
try("ns_get_userns", 0)
try("getrlimit", sys.RLIMIT_NOFILE)
try("getaffinity")
try("setaffinity", { -1 })
try("openpty")
try("poll", { { 0, "r" } }, 0)
try("poll", { 1 })
try("exec", { "/no/such" })
try("exec", { "a\0b" }, {})
try("exec", { "/no/such" }, { A = "b" })
try("uname")
try("errname", 1)
try("features")
pcall(function() return sys.CLONE_NEWUTSS end)
for _ in pairs(sys) do end -- luacheck: ignore

do
  local r, w = sys.pipe()
  w:write("x")
  r:read(1)
  local copy = r:dup()
  copy:close()
  copy:close()
  local file = w:file("w")
  file:close()
  local a, b = sys.socketpair()
  try("sendfd", a, r)
  try("recvfd", b)
  try("memfd", "m", "text")
end

for _, fn in ipairs { function() return 3 end, function() error("expected: printed by the child") end,
                      function() return sys.exec { "/bin/true" } end, function() sys.exit(4) end } do
  local child <close> = assert(sys.clone(0, fn))
  child:wait()
  child:wait(0)
end
do
  local child <close> = assert(sys.clone(0, function() sys.sleep(60) end))
  child:wait(0.01)
  child:alive()
end

for _, path in ipairs { "/g", "/l" } do sys.unlink(dir .. path) end
for _, path in ipairs { "/a/b", "/a", "" } do sys.rmdir(dir .. path) end

do -- valgrind knows none of the newer mount calls: the sandbox fails inside, and its plan is freed
  local ns = require "nsengine"
  local box = ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/f"] = ns.file "text" } }
  box:explain()
  for _ = 1, 2 do pcall(box.run, box, { "/bin/true", stdout = "capture" }) end
  pcall(sys.plan, { steps = { { "pivot" }, { "hostname", "late" } } })
  pcall(sys.plan, { uid_map = { { 0, 0, 1 } }, steps = {} })
end
