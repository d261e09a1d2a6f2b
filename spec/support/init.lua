--- What the specs share: running the launcher and examining it from outside, running a function in
--- its own child, and being an ordinary user.

local sys = require "nsengine.sys"

local M = {}

--- The tree under test: `./dev asan` points NSENGINE_BUILD to another build.
M.build = os.getenv("NSENGINE_BUILD") or "build"
M.root = sys.getids().euid == 0
--- The users for whom a promise is tested: root and an ordinary user, or whoever runs the suite.
M.users = M.root and { 0, 1000 } or { sys.getids().euid }

--- A new directory that all users may enter; removed with its contents on `<close>`.
function M.tempdir()
  local path = os.tmpname()
  assert(sys.unlink(path))
  assert(sys.mkdir(path, 511))
  assert(sys.chmod(path, 511))
  return setmetatable({ path = path }, { __close = function() M.remove(path) end })
end

--- Removes a tree; does not follow links.
function M.remove(path)
  local stat = sys.lstat(path)
  if not stat then return end
  if stat.type == "directory" then
    for _, name in ipairs(sys.list(path) or {}) do M.remove(path .. "/" .. name) end
    sys.rmdir(path)
  else
    sys.unlink(path)
  end
end

local function quote(value)
  if type(value) ~= "table" then return ("%q"):format(value) end
  local parts = {}
  for k, v in pairs(value) do parts[#parts + 1] = ("[%s]=%s"):format(quote(k), quote(v)) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Everything from a descriptor up to its end.
local function drain(fd)
  local parts = {}
  while true do
    local data = assert(fd:read())
    if data == "" then return table.concat(parts) end
    parts[#parts + 1] = data
  end
end

--- Becomes an ordinary user for good, in a child. Without groups, as after su.
function M.become(uid)
  if uid == sys.getids().euid then return end
  assert(sys.setgroups {})
  assert(sys.setresgid(uid, uid, uid))
  assert(sys.setresuid(uid, uid, uid))
  assert(sys.set_dumpable(true)) -- or /proc/self stays root's
end

--- Runs `fn` in a child and returns its results: plain values and tables of them. An error there
--- is raised here. options: uid, flags (CLONE_NEW*).
function M.child(options, fn)
  if type(options) == "function" then options, fn = {}, options end
  local r, w = sys.pipe()
  local process <close> = assert(sys.clone(options.flags or 0, function()
    r:close()
    local values = table.pack(xpcall(function()
      if options.uid then M.become(options.uid) end
      return fn()
    end, debug.traceback))
    assert(w:write("return " .. quote(values)))
  end))
  w:close()
  local text = drain(r)
  process:wait()
  local values = assert(load(text, "=child", "t", { math = math }))() or { false, "the child said nothing" }
  if not values[1] then error(values[2], 2) end
  return table.unpack(values, 2, values.n)
end

--- Runs `fn` like M.child, with its own mounts: those of others do not come and go there. Children share them, as on a
--- host: a mount that leaks is seen.
function M.apart(fn)
  local ids = sys.getids()
  return M.child({ flags = sys.CLONE_NEWNS | (M.root and 0 or sys.CLONE_NEWUSER) }, function()
    if not M.root then
      assert(sys.writefile("/proc/self/setgroups", "deny", sys.O_WRONLY))
      for file, id in pairs { uid_map = ids.euid, gid_map = ids.egid } do
        assert(sys.writefile("/proc/self/" .. file, ("%d %d 1"):format(id, id), sys.O_WRONLY))
      end
    end
    for _, kind in ipairs { sys.MS_PRIVATE, sys.MS_SHARED } do assert(sys.mount(nil, "/", nil, sys.MS_REC | kind)) end
    return fn()
  end)
end

--- Where an ordinary user finds the launcher, the module and the examples: the tree itself may be in a
--- directory that is closed to others.
local public
local function public_tree()
  if not public then
    public = M.tempdir().path
    assert(os.execute(("cp -r %s/nsengine %s/lib lua examples %s && chmod -R a+rX %s")
      :format(M.build, M.build, public, public)))
  end
  return public
end

--- Removes what public_tree made; called once at the suite's end.
function M.cleanup()
  if public then M.remove(public) end
  public = nil
end

--- The paths of the launcher, and of a file in the tree, that `uid` may read.
function M.launcher(uid)
  if uid and uid ~= sys.getids().euid then return public_tree() .. "/nsengine" end
  return sys.getcwd() .. "/" .. M.build .. "/nsengine"
end

function M.example(name, uid)
  if uid and uid ~= sys.getids().euid then return public_tree() .. "/examples/" .. name end
  return "examples/" .. name
end

local function feed(fd, data)
  fd:write(data or "")
  fd:close()
end

--- `./dev asan` preloads the sanitizer's runtime for the interpreter. The launcher is linked to it, and
--- other programs are not built for it (ps hangs).
local function unpreloaded(command)
  if not os.getenv("LD_PRELOAD") or command.env then return command end
  for _, word in ipairs(command) do
    if word == "lua5.4" then return command end
  end
  return { "env", "-u", "LD_PRELOAD", table.unpack(command) }
end

--- Runs a command to its end: {"program", arguments..., uid =, stdin = text, env =, cwd =, seconds = 60, prepare =
--- what its process does first}.
--- Returns {code =, signal =, stdout =, stderr =}; the output is read during the run.
function M.run(command)
  local out_r, out_w = sys.pipe()
  local err_r, err_w = sys.pipe()
  local in_r, in_w = sys.pipe()
  local process <close> = assert(sys.clone(0, function()
    in_r:dup(0)
    out_w:dup(1)
    err_w:dup(2)
    if command.prepare then command.prepare() end
    if command.uid then M.become(command.uid) end
    if command.cwd then assert(sys.chdir(command.cwd)) end
    return sys.exec(unpreloaded(command), command.env)
  end))
  in_r:close()
  out_w:close()
  err_w:close()
  feed(in_w, command.stdin)
  local text, open = { [out_r] = {}, [err_r] = {} }, { { out_r, "r" }, { err_r, "r" } }
  local deadline = sys.monotonic() + (command.seconds or 60)
  while #open > 0 do
    local ready = assert(sys.poll(open, math.max(0, deadline - sys.monotonic())))
    if #ready == 0 then error("still running: " .. table.concat(command, " "), 2) end
    for _, entry in ipairs(ready) do
      local data = assert(entry[1]:read())
      table.insert(text[entry[1]], data)
      if data == "" then
        for i, waiting in ipairs(open) do
          if waiting[1] == entry[1] then table.remove(open, i) break end
        end
      end
    end
  end
  local _, how, number = process:wait()
  out_r:close()
  err_r:close()
  return {
    code = how == "exit" and number or nil,
    signal = how == "signal" and number or nil,
    stdout = table.concat(text[out_r]),
    stderr = table.concat(text[err_r]),
  }
end

--- The time of a run that is promised to be short, but may be longer on a busy machine: `fn` returns it, and runs up to
--- five times until it is below `most` seconds.
function M.shortest(most, fn)
  local seconds
  for _ = 1, 5 do
    seconds = fn()
    if seconds < most then break end
  end
  return seconds
end

--- Calls `fn` until it returns true, for ten seconds at most. Returns its last result.
function M.eventually(fn)
  local deadline = sys.monotonic() + 10
  while true do
    local holds = fn()
    if holds or sys.monotonic() > deadline then return holds end
    sys.sleep(0.005)
  end
end

--- Runs the launcher with arguments: M.nsengine{"-e", "return 3", uid = 1000}.
function M.nsengine(command)
  table.insert(command, 1, M.launcher(command.uid))
  return M.run(command)
end

--- Runs a recipe as a file: M.recipe("return 3", {uid = 1000}, "argument").
function M.recipe(source, options, ...)
  local dir <close> = M.tempdir()
  local path = dir.path .. "/recipe.lua"
  assert(sys.writefile(path, source))
  assert(sys.chmod(path, 420))
  local command = { path, ... }
  for k, v in pairs(options or {}) do command[k] = v end
  local result = M.nsengine(command)
  result.path = path
  return result
end

--- The open descriptors of this process.
function M.descriptors()
  collectgarbage() -- what earlier specs dropped might otherwise be closed between two counts
  collectgarbage()
  local numbers = {}
  for _, name in ipairs(assert(sys.list("/proc/self/fd"))) do numbers[#numbers + 1] = tonumber(name) end
  return numbers
end

--- The running kernel's version: 6012 for Linux 6.12.
function M.linux()
  local major, minor = sys.uname().release:match("^(%d+)%.(%d+)")
  return tonumber(major) * 1000 + tonumber(minor)
end

--- Checks that misuse raises an error with a matching message.
function M.raises(pattern, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, "expected an error")
  assert(tostring(message):find(pattern), ("%q does not match %q"):format(tostring(message), pattern))
end

--- Checks that a function of sys raises about one of its arguments: M.misuse(1, "unshare", "number expected", "x").
function M.misuse(index, name, pattern, ...)
  M.raises(("^bad argument #%d to '[%%w.]*%s' %%(%s"):format(index, name, pattern), sys[name], ...)
end

--- Checks that a call failed with nil, a message that names call, reason and symbol, and the errno.
function M.fails(symbol, pattern, value, message, errno)
  assert(value == nil, "expected nil, got " .. tostring(value))
  assert(errno == sys[symbol], ("expected %s, got %s"):format(symbol, tostring(message)))
  assert(message:find("(" .. symbol .. ")", 1, true), message)
  assert(message:find(pattern), ("%q does not match %q"):format(message, pattern))
end

return M
