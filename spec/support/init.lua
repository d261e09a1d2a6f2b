--- What the specs share: running the launcher and looking at it from outside, running a function in
--- a child of its own, and being an ordinary user.

local sys = require "nsengine.sys"

local M = {}

--- The tree under test: `./dev asan` points NSENGINE_BUILD to another build.
M.build = os.getenv("NSENGINE_BUILD") or "build"
M.root = sys.getids().euid == 0
--- The users that a promise is tried as: root and an ordinary user, or whoever runs the suite.
M.users = M.root and { 0, 1000 } or { sys.getids().euid }

--- A fresh directory that all users may enter; removed with all it holds on `<close>`.
function M.tempdir()
  local path = os.tmpname()
  assert(sys.unlink(path))
  assert(sys.mkdir(path, 511))
  assert(sys.chmod(path, 511))
  return setmetatable({ path = path }, { __close = function() M.remove(path) end })
end

--- Removes a tree; links are not followed.
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

--- Everything from a descriptor until its end.
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

--- Runs `fn` in a child and returns what it returns: plain values and tables of them. An error there
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

--- Runs `fn` as M.child does, with mounts of its own: nobody else's come and go there. What is below it shares them,
--- as with a host's: a mount that is let out is seen.
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

--- Where an ordinary user finds the launcher, the module and the examples: the tree itself may lie in a
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

--- Removes what public_tree made; called once by the suite's end.
function M.cleanup()
  if public then M.remove(public) end
  public = nil
end

--- The launcher's path, and that of a file of the tree, as `uid` may read them.
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
--- programs that are not ours (ps hangs) are not made for it.
local function unpreloaded(command)
  if not os.getenv("LD_PRELOAD") or command.env then return command end
  for _, word in ipairs(command) do
    if word == "lua5.4" then return command end
  end
  return { "env", "-u", "LD_PRELOAD", table.unpack(command) }
end

--- Runs a command to its end: {"program", arguments..., uid =, stdin = text, env =, cwd =, seconds = 60, prepare =
--- what its process does first}.
--- Returns {code =, signal =, stdout =, stderr =}; what it printed is read while it runs.
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

--- A time that is promised to be short, and that others on the machine lengthen: that of a try, `fn` returns it, of
--- five at most until one is below `most` seconds.
function M.shortest(most, fn)
  local seconds
  for _ = 1, 5 do
    seconds = fn()
    if seconds < most then break end
  end
  return seconds
end

--- Asks `fn` until it holds, for ten seconds at most. Returns what it said last.
function M.eventually(fn)
  local deadline = sys.monotonic() + 10
  while true do
    local holds = fn()
    if holds or sys.monotonic() > deadline then return holds end
    sys.sleep(0.005)
  end
end

--- The launcher with arguments: M.nsengine{"-e", "return 3", uid = 1000}.
function M.nsengine(command)
  table.insert(command, 1, M.launcher(command.uid))
  return M.run(command)
end

--- A recipe as a file: M.recipe("return 3", {uid = 1000}, "argument").
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
  collectgarbage() -- what earlier specs dropped would be closed some time between two counts
  collectgarbage()
  local numbers = {}
  for _, name in ipairs(assert(sys.list("/proc/self/fd"))) do numbers[#numbers + 1] = tonumber(name) end
  return numbers
end

--- The running kernel: 6012 for Linux 6.12.
function M.linux()
  local major, minor = sys.uname().release:match("^(%d+)%.(%d+)")
  return tonumber(major) * 1000 + tonumber(minor)
end

--- A misuse raises, and its message matches.
function M.raises(pattern, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, "expected an error")
  assert(tostring(message):find(pattern), ("%q does not match %q"):format(tostring(message), pattern))
end

--- A function of sys raises about one of its arguments: M.misuse(1, "unshare", "number expected", "x").
function M.misuse(index, name, pattern, ...)
  M.raises(("^bad argument #%d to '[%%w.]*%s' %%(%s"):format(index, name, pattern), sys[name], ...)
end

--- A failing call returns nil, a message that names call, reason and symbol, and the errno.
function M.fails(symbol, pattern, value, message, errno)
  assert(value == nil, "expected nil, got " .. tostring(value))
  assert(errno == sys[symbol], ("expected %s, got %s"):format(symbol, tostring(message)))
  assert(message:find("(" .. symbol .. ")", 1, true), message)
  assert(message:find(pattern), ("%q does not match %q"):format(message, pattern))
end

return M
