--- Writes what repeats the code: docs/sys.md, of nsengine.sys, out of engine/bind, where above each binding there
--- stands its signature as a picture, and the table of constants says which calls they are for; docs/reference.md, of
--- nsengine, by generate_reference.lua; the last chapter of docs/hosts.md out of lua/nsengine/abilities.lua; the pages
--- of --help for functions and profiles, by generate_help.lua; the types for editors, the completion of shells and the
--- man pages below share, by generate_types.lua, generate_completion.lua and generate_man.lua; and the pictures of the
--- documents, by pictures.lua.
---   lua5.4 docs/generate.lua [FOLDER]: in FOLDER instead of the tree

local root = arg[0]:match("^(.*)docs/[^/]*$") or "../"

local head = [[
# nsengine.sys

<!-- Written by docs/generate.lua from the comments in engine/bind: change them there. -->

System calls for Lua 5.4 programs. Names, flags and numbers are the kernel's own, so its manual pages tell the full
story; this page shows how each call looks in Lua. The module works in recipes and in any Lua 5.4 interpreter; the
[tutorial](tutorial.md) starts with it.

```lua
local sys = require "nsengine.sys"
```

## Conventions

- **A call** is shown with everything that it may return. `flags = 0` is an optional argument and its default; `env|nil`
  is optional too; `path|fd` takes one or the other; `{...}` is a table; `{uid =, gid =}` names its fields. Modes are
  written in octal, as in the manual pages; Lua has no octal numbers: use `tonumber("755", 8)`.
- **Success** is `true` or the value asked for. **A failure** is three values: `nil`, a message with the operation, its
  operands, the reason and its symbol, and the error number. `assert` makes it an error;
  `if errno == sys.ENOENT` tests for one.

  ```lua
  local ok, message, errno = sys.mount("proc", "/proc", "proc")
  -- nil, "mount proc on /proc: Operation not permitted (EPERM)", 1
  ```
- **Misuse raises** an error at once: a wrong type, a number out of range, a string with an embedded NUL, a closed
  handle, a meaningless flag, an unknown name (`sys.CLONE_NEWUST`: did you mean `CLONE_NEWUTS`?).
- **On a kernel that is too old** a call fails as that kernel fails it, and the message adds the version that it needs.
  "Linux 5.3" below is the version that added a call or a flag; what names no version is older.
- **Flags** are integers, joined by `|`: `sys.CLONE_NEWNS | sys.CLONE_NEWPID`.
- **An FD** is the handle of a descriptor, which is close-on-exec. It is closed when collected, or at the end of the
  scope of `local fd <close>`. A descriptor may be given as an FD, a file of Lua's io library or an integer.
- **A Process** is the handle of a child, which is killed and reaped when the handle is collected, or at the end of its
  `<close>` scope. In any process but the one that made it, it does nothing. A process may be given as a Process, a
  pidfd or a pid; the first two never mean a later process with the same number.
- **A signal** does not make a wait fail: EINTR is retried. In the launcher, a signal that ends the program unwinds the
  recipe, so that its `<close>` variables end what it began.
]]

--- The chapters in reading order: title, what it is about, the files of engine/bind that hold it.
local chapters = {
  { "Processes", "Making one, becoming another program, waiting for its end.", "sys_clone", "child", "sys_process" },
  { "Plans", "A sandbox as data: compiled once, spawned many times.", "sys_plan", "spawn" },
  { "Answered calls", "System calls of a sandbox that this program answers, seccomp_unotify(2).", "sys_notify" },
  { "Namespaces", "Leaving, entering and querying them. `sys.clone` makes new ones for a child.", "sys_ns" },
  { "Identity", "Who this process is, and who it is inside a user namespace.", "sys_ident", "sys_caps" },
  { "Filters", "Which system calls a program may make: filters for the step \"filter\" of a plan.", "sys_seccomp" },
  { "Mounts", "What is visible below /.", "sys_mount", "sys_mounts" },
  { "Descriptors", "Open files, pipes and sockets, and waiting for them.", "sys_fd" },
  { "Files", "Names in the file system, and the content of files.", "sys_node", "sys_file" },
  { "Control groups", "Groups of processes that share limits: directories of cgroupfs.", "sys_cgroup" },
  { "Network", "The interfaces of this network namespace.", "sys_net" },
  { "Terminals", "Giving a child a terminal of its own.", "sys_tty" },
  { "Host names, clocks, errors", "Small everyday things.", "sys_misc" },
  { "This host", "What the kernel can do, and what it lets an ordinary user do.", "sys_features" },
}

local function read(name)
  local file <close> = assert(io.open(root .. "engine/bind/" .. name .. ".c"))
  return file:read("a")
end

--- A comment as {name, call, results, text}: lines of the signature, of what it returns (indented
--- below it), and of the explanation. nil when it is no picture.
local function parse(comment)
  local picture = { call = {}, results = {}, text = {} }
  for line in comment:gmatch("[^\n]+") do
    line = line:gsub("^%s*%*?%s?", "", 1):gsub("%s+$", "")
    local part = line:find("^  ") and "results" or #picture.results > 0 and "text" or "call"
    table.insert(picture[part], line)
  end
  if picture.text[#picture.text] == "" then table.remove(picture.text) end -- the line of the closing mark
  picture.name = table.concat(picture.call):match("^([%l%d_:]+)[({]")
  return picture.name and picture.results[1] and picture.results[1]:find("^  %->") and picture or nil
end

--- The C function of a name: fd_read of fd:read, sys_clone of clone.
local function binding(name)
  local handle, method = name:match("^(%l+):(.*)$")
  local prefix = { fd = "fd_", process = "child_", plan = "plan_" }
  return handle and prefix[handle] .. method or "sys_" .. name
end

--- The pictures of a file, in its order. Each stands right above the C function that it draws.
local function pictures(name)
  local source, found = read(name), {}
  for comment, after in source:gmatch("/%*(.-)%*/()") do
    local c_name = source:match("^\nstatic int ([%w_]+)%(lua_State %*L%)", after)
    local picture = c_name and parse(comment)
    if picture then
      if binding(picture.name) ~= c_name then
        error(("%s.c: the picture of %s stands above %s"):format(name, picture.name, c_name), 0)
      end
      table.insert(found, picture)
    end
  end
  return found
end

--- The kernel's names in a text as code, which also keeps their stars from meaning something to Markdown.
local function markup(text)
  local parts = {}
  for plain, code in (text .. "``"):gmatch("(.-)(`.-`)") do
    plain = plain:gsub("%f[%w_][%u%d]*_[%u%d_]*%*?[%u%d_]*", "`%0`"):gsub("%f[%w]SIG%*", "`%0`"):gsub("<", "&lt;")
    parts[#parts + 1] = plain .. code
  end
  return (table.concat(parts):gsub("``$", ""))
end

--- What stands before the name of a function; a method has its handle there already.
local function module(picture)
  return picture.name:find(":") and "" or "sys."
end

local function render(picture, out)
  out("\n### %s%s\n\n", module(picture), picture.name)
  out("```\n%s%s\n", module(picture), table.concat(picture.call, "\n"))
  out("%s\n```\n", table.concat(picture.results, "\n"))
  if #picture.text > 0 then out("\n%s\n", markup(table.concat(picture.text, "\n"))) end
end

--- The constants in their groups: { {calls, {name, ...}}, ... }; some have none but errors and signals.
local function constants()
  local groups = {}
  for line in read("constants"):match("constants%[%] = {\n(.-)\n};"):gmatch("[^\n]+") do
    local calls = line:match("^%s*/%* (.*) %*/$")
    local name = line:match("K%((.-)%)") or line:match('"(.-)"')
    if calls then
      table.insert(groups, { (calls:gsub("%*", "\\*")), {} })
    elseif not (name:find("^E[%u%d]") or name:find("^SIG%u")) then -- these have lines of their own
      table.insert(groups[#groups][2], name)
    end
  end
  return groups
end

for _, chapter in ipairs(chapters) do
  chapter.pictures = {}
  for i = 3, #chapter do
    for _, picture in ipairs(pictures(chapter[i])) do table.insert(chapter.pictures, picture) end
  end
end

local function write(file)
  local function out(format, ...) assert(file:write(format:format(...))) end

  out("%s\n## Contents\n\n", head)
  for _, chapter in ipairs(chapters) do
    local links = {}
    for i, picture in ipairs(chapter.pictures) do
      links[i] = ("[%s](#%s)"):format(picture.name, ((module(picture) .. picture.name):gsub("[.:]", "")))
    end
    out("- **%s**: %s\n", chapter[1], table.concat(links, ", "))
  end
  out("- **[Constants](#constants)**\n")
  for _, chapter in ipairs(chapters) do
    out("\n## %s\n\n%s\n", chapter[1], chapter[2])
    for _, picture in ipairs(chapter.pictures) do render(picture, out) end
  end
  out("\n## Constants\n\nNames and values are the kernel's on this machine; `pairs(sys)` visits all of them.\n\n")
  out("| for | constants |\n|---|---|\n")
  for _, group in ipairs(constants()) do
    if #group[2] > 0 then out("| %s | `%s` |\n", group[1], table.concat(group[2], "` `")) end
  end
  out("| errno(3) | every error: `EPERM`, `ENOENT`, ... |\n")
  out("| signal(7) | every signal but the real-time ones: `SIGHUP` to `SIGSYS` |\n")
end

--- docs/hosts.md with the list of abilities as it is now.
local function write_hosts(file)
  local page <close> = assert(io.open(root .. "docs/hosts.md"))
  local head_of_page = page:read("a"):match("^.*<!%-%- Written by docs/generate.lua [^\n]*\n")
  assert(file:write(head_of_page, "\n"))
  package.path = root .. "lua/?.lua;" .. package.path
  for _, entry in ipairs(require "nsengine.abilities") do
    assert(file:write(("* **%s**: %s\n"):format(entry.name, entry.doc)))
  end
end

--- Everything that is written: {path in the tree = function(file)}.
local write_reference, vocabulary = assert(loadfile(root .. "docs/generate_reference.lua"))(root)
local files = {
  ["docs/sys.md"] = write, ["docs/reference.md"] = write_reference, ["docs/hosts.md"] = write_hosts,
}
local calls = { chapters = chapters, module = module, read = read }
for _, name in ipairs { "generate_help", "generate_types", "generate_completion", "generate_man", "pictures" } do
  local more = assert(loadfile(("%sdocs/%s.lua"):format(root, name)))(root, vocabulary, calls)
  for path, writer in pairs(more) do files[path] = writer end
end

local folder = arg[1] and arg[1] .. "/" or root
for path, write_page in pairs(files) do
  local text = {}
  write_page { write = function(self, ...)
    text[#text + 1] = table.concat { ... }
    return self
  end } -- whole before the file is opened: a page may be made of itself
  assert(os.execute(("mkdir -p '%s'"):format((folder .. path):match("^(.*)/"))))
  local file <close> = assert(io.open(folder .. path, "w"))
  assert(file:write(table.concat(text)))
end
