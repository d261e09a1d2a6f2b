--- What a recipe may say: every field is checked, merged and normalized, and every mistake is reported on its own line.
local engine = require "support.engine"
local support = require "support"
local sys = require "nsengine.sys"

local ns = require "nsengine"
local schema = require "nsengine.schema"

local function check(fields)
  return schema.merge({}, schema.check("recipe.lua:1", fields))
end

--- The message about fields, without the place.
local function complaint(fields)
  local text, err = engine.message(check, fields)
  assert.equal("recipe", err.kind)
  assert.equal("recipe.lua:1", err.where)
  return (text:gsub("^recipe%.lua:1: ", ""))
end

local NO_SIZE <const> = ' is not a size: expected bytes or a string such as "64K", "256M", "1.5GB", "1TiB", '
  .. "powers of 1024"

describe("a wrong field", function()
  for name, case in pairs {
    ["a path without a mount"] = { { fs = { ["/work"] = "./src" } },
      'fs./work: expected ns.ro, ns.rw, ns.tmpfs..., got string "./src"; for a host path, write ns.ro "./src"' },
    ["a misspelt limit"] = { { limits = { memroy = 1 } }, "limits.memroy: unknown field (did you mean 'memory'?)" },
    ["a misspelt word"] = { { net = "nonne" }, "net: unknown value 'nonne' (did you mean 'none'?)" },
    ["no size"] = { { limits = { file_size = "256 MB x" } },
      'limits.file_size: "256 MB x"' .. NO_SIZE },
    ["a misspelt field"] = { { hostnme = "x" }, "hostnme: unknown field (did you mean 'hostname'?)" },
    ["a field like no other"] = { { frobnicate = 1 },
      "frobnicate: unknown field; nsengine --help fields lists all" },
    ["a word of other programs"] = { { timeout = 1 }, "timeout: unknown field; write limits = { wall_time = ... }" },
    ["a word of other programs for a field"] = { { network = true }, "network: unknown field; write net = ..." },
    ["a limit among the fields"] = { { wall_time = 1 },
      "wall_time: unknown field; it belongs in limits: write limits = { wall_time = ... }" },
    ["a user's id among the fields"] = { { uid = 1 },
      "uid: unknown field; it belongs in user: write user = { uid = ... }" },
    ["a named mount in a list"] = { { fs = { { "/", ns.dir }, ["/tmp"] = ns.tmpfs } },
      'fs./tmp: a list has no named entries: write { "/tmp", MOUNT }' },
    ["a hole in a list of mounts"] = { { fs = { { "/", ns.dir }, [3] = ns.tmpfs } },
      "fs: expected a list of { TARGET, MOUNT }, found [3]" },
    ["half a mount in a list"] = { { fs = { { "/tmp" } } },
      "fs./tmp: entry 1: expected { TARGET, MOUNT }, got table" },
    ["a group with a name"] = { { user = { groups = { audio = 29 } } },
      "user.groups: expected a list of ids, found 'audio'" },
    ["a hole in a list of groups"] = { { user = { groups = { 1, nil, 3 } } },
      "user.groups: nil is not an id: expected a whole number from 0 to 4294967294" },
    ["a range with a name"] = { { user = { uid_map = { { 0, 1000, 1 }, more = { 1, 2, 3 } } } },
      "user.uid_map: expected a list of ranges, found 'more'" },
    ["a list that is one word"] = { { share = "ipc" },
      'share: expected a list of namespaces, got string "ipc"; write { "ipc" }' },
    ["a word that is a number"] = { { cmd = { "sleep", 5 } },
      'cmd: expected a list of words, got number 5 at index 2; write "5"' },
    ["a descriptor that is none"] = { { fds = { [3] = "key" } },
      'fds.3: expected an open file or descriptor, got string "key"; for a file, write ns.open("key")' },
    ["an optional key that there is not"] = { { optional = { "limits.memroy" } },
      "optional: unknown field 'limits.memroy' (did you mean 'limits.memory'?)" },
    ["an optional field that there is not"] = { { optional = { "fz./data" } },
      "optional: unknown field 'fz./data' (did you mean 'fs'?)" },
    ["a command in the list"] = { { "/bin/sh" },
      '[1]: a sandbox takes named fields only; for a command, write cmd = { "/bin/sh" }' },
    ["a command as text"] = { { cmd = "ls -l" },
      'cmd: expected a list of words, got string "ls -l"; write cmd = { "ls", "-l" }' },
    ["an empty command"] = { { cmd = {} }, "cmd: a command needs at least one word" },
    ["a relative target"] = { { fs = { work = ns.dir } },
      'fs.work: "work" is a path inside the sandbox: it must start with /' },
    ["a climbing target"] = { { fs = { ["/a/../b"] = ns.dir } },
      'fs./a/../b: "/a/../b": ".." is not allowed in a path inside the sandbox; write the full path' },
    ["a target twice"] = { { fs = { { "/", ns.dir }, { "/", ns.dir } } },
      "fs./: the root must come first in the list" },
    ["a mount without its path"] = { { fs = { ["/usr"] = ns.ro } },
      'fs./usr: ns.ro: a host path is missing: ns.ro "./src"' },
    ["a misspelt option of a mount"] = { { fs = { ["/tmp"] = ns.tmpfs { sise = 1 } } },
      "fs./tmp: ns.tmpfs: sise: unknown field (did you mean 'size'?)" },
    ["a wrong option of a mount"] = { { fs = { ["/tmp"] = ns.tmpfs { size = "big" } } },
      'fs./tmp: ns.tmpfs: size: "big"' .. NO_SIZE },
    ["a mode that is no text"] = { { fs = { ["/f"] = ns.file("x", 644) } },
      'fs./f: ns.file: number 644 is not a mode: expected a string of octal digits, such as "755"' },
    ["an argument too many"] = { { fs = { ["/sys"] = ns.sys "x" } }, "fs./sys: ns.sys takes 0 arguments: ns.sys" },
    ["a part of proc that there is not"] = { { fs = { ["/proc"] = ns.proc { subset = "pids" } } },
      "fs./proc: ns.proc: subset: unknown value 'pids' (did you mean 'pid'?)" },
    ["an overlay without work"] = { { fs = { ["/o"] = ns.overlay { lower = "/", upper = "up" } } },
      'fs./o: ns.overlay: upper needs work, an empty directory on the same file system: work = "up.work"' },
    ["an overlay of the working directory without work"] = {
      { fs = { ["/o"] = ns.overlay { lower = "/", upper = "./" } } },
      'fs./o: ns.overlay: upper needs work, an empty directory on the same file system: work = "../work"' },
    ["an overlay of one"] = { { fs = { ["/o"] = ns.overlay { lower = "/x" } } },
      'fs./o: ns.overlay: one lower without upper is just ns.ro "/x"' },
    ["a negative id"] = { { user = { uid = -1 } },
      "user.uid: -1 is not an id: expected a whole number from 0 to 4294967294" },
    ["the id that is -1"] = { { user = { gid = 4294967295 } },
      "user.gid: 4294967295 is not an id: expected a whole number from 0 to 4294967294" },
    ["an id with a fraction"] = { { user = { uid = 1.0 } },
      "user.uid: 1.0 is not an id: expected a whole number from 0 to 4294967294" },
    ["an id as text"] = { { user = { uid = "0" } },
      'user.uid: "0" is not an id: expected a whole number from 0 to 4294967294' },
    ["a user by name"] = { { user = "rooot" }, "user: unknown value 'rooot' (did you mean 'root'?)" },
    ["ranges that overlap"] = { { user = { uid_map = { { 0, 1000, 10 }, { 5, 5000, 1 } } } },
      "user.uid_map: range 2: overlaps with range 1 inside" },
    ["a range without end"] = { { user = { uid_map = { { 0, 1000 } } } },
      "user.uid_map: range 1: expected { INSIDE, OUTSIDE, COUNT }, got table" },
    ["a range behind the last id"] = { { user = { gid_map = { { 4294967290, 0, 10 } } } },
      "user.gid_map: range 1: it ends after the last id, 4294967294" },
    ["everything shared, and something"] = { { share = { "all", "net" } },
      "share: unknown value 'all': expected one of 'cgroup', 'ipc', 'mount', 'net', 'pid', 'time', 'user', 'uts'" },
    ["a misspelt namespace"] = { { share = { "icp" } }, "share: unknown value 'icp' (did you mean 'ipc'?)" },
    ["a number in the environment"] = { { env = { N = 5 } },
      'env.N: expected a string, true or false, got number 5; write "5"' },
    ["an impossible name in the environment"] = { { env = { ["A=B"] = "x" } },
      "env.A=B: 'A=B' is not a variable name: expected a string without '='" },
    ["a variable without a name"] = { { env = { "HOME=/x" } },
      'env: expected { NAME = "value", ... }, found string "HOME=/x" without a name; write HOME = "/x"' },
    ["a descriptor that has its own field"] = { { fds = { [1] = 5 } },
      "fds.1: expected a descriptor number from 3 to 503; 0 to 2 are stdin, stdout, stderr" },
    ["a file's name as output"] = { { stdout = "out.txt" },
      "stdout: unknown value 'out.txt'; for a file, write ns.open(\"out.txt\", \"w\")" },
    ["a misspelt output"] = { { stderr = "captrue" }, "stderr: unknown value 'captrue' (did you mean 'capture'?)" },
    ["a misspelt input"] = { { stdin = "inhreit" }, "stdin: unknown value 'inhreit' (did you mean 'inherit'?); "
      .. 'for that text, write { text = "inhreit" }' },
    ["a limit of nothing"] = { { limits = { wall_time = 0 } }, "limits.wall_time: a limit must be more than 0" },
    ["a table as network"] = { { net = { allow = {} } }, 'net: tables are not supported yet: write "none" or "host"' },
    ["an optional field that is none"] = { { optional = { "seccom" } },
      "optional: unknown field 'seccom' (did you mean 'seccomp'?)" },
    ["a host name for the kernel's limits"] = { { hostname = ("x"):rep(65) },
      "hostname: the kernel allows at most 64 bytes, got 65" },
    ["a host name with its end inside"] = { { hostname = "a\0b" }, "hostname: it must not contain a NUL byte" },
    ["a setup that cannot be called"] = { { setup = "x" }, 'setup: expected a function, got string "x"' },
    ["a wrong clock"] = { { clock = { realtime = 1 } }, "clock.realtime: the whole machine has one time of day: "
      .. "only monotonic and boottime have offsets" },
  } do
    it("is refused: " .. name, function()
      assert.equal(case[2], complaint(case[1]))
    end)
  end

  it("is refused: a list of processors that is malformed or absurdly long", function()
    for _, text in ipairs { "", ",", "0,", "a", "-1", "5-", "5-2", "0-1-2", "0 - 1", "65536", "0-20000000",
      "99999999999999999999", "0-99999999999999999999", ("0-65535,"):rep(1000) .. "0" } do
      assert.matches("^limits%.cpuset: .* is not a list of processors", complaint { limits = { cpuset = text } })
    end
    assert.matches("^limits%.cpuset: expected a whole number from 0 to 65535",
      complaint { limits = { cpuset = 65536 } })
    for _, text in ipairs { "0", "0-2,5", "7-7", "0-65535" } do
      assert.equal(text, check({ limits = { cpuset = text } }).limits.cpuset)
    end
    assert.equal("3", check({ limits = { cpuset = 3 } }).limits.cpuset)
    assert.equal("0,1", check({ limits = { cpuset = { 0, 1 } } }).limits.cpuset)
  end)

  it("is reported on its own line", function()
    local dir <close> = support.tempdir()
    local path = dir.path .. "/recipe.lua"
    assert(sys.writefile(path, table.concat({
      'local ns = require "nsengine"',
      "local base = ns.sandbox {",
      '  hostname = "x",',
      "}",
      "local box = base:with {",
      "  limits = {",
      "    files = 5,",
      '    file_size = "256 MB x",',
      "  },",
      "}",
      "return box",
    }, "\n")))
    assert.equal(path .. ':8: limits.file_size: "256 MB x"' .. NO_SIZE,
      engine.message(assert(loadfile(path))))
  end)

  it("is refused when there is no table at all", function()
    assert.equal("expected a table of fields, got string \"x\"", complaint("x"))
    assert.equal("expected a table of fields, got nil", complaint(nil))
  end)
end)

describe("box:with", function()
  local function with(base, ...)
    local spec = check(base)
    for _, patch in ipairs { ... } do spec = schema.merge(spec, schema.check("recipe.lua:1", patch, spec)) end
    return spec
  end

  it("merges maps by key", function()
    local spec = with({ limits = { files = 5, cpu_time = 1 }, env = { A = "1", B = "2" } },
      { limits = { cpu_time = "2s" }, env = { B = "3" } })
    assert.same({ files = 5, cpu_time = 2 }, spec.limits)
    assert.same({ A = "1", B = "3" }, spec.env.vars)
  end)

  it("merges the ids of a user", function()
    local base = { user = { uid = 1000, gid = 100, groups = { 5 } } }
    assert.same({ uid = 1000, gid = 7 }, with(base, { user = { gid = 7, groups = false } }).user)
    assert.equal("root", with(base, { user = "root" }).user)
    assert.same({ gid = 7 }, with({ user = "root" }, { user = { gid = 7, uid = false } }).user)
    assert.is_nil(with(base, { user = false }).user)
  end)

  it("replaces lists", function()
    assert.same({ "c" }, with({ cmd = { "a", "b" } }, { cmd = { "c" } }).cmd)
    assert.same({ "net" }, with({ share = { "ipc" } }, { share = { "net" } }).share)
  end)

  it("removes what is set to false", function()
    local spec = with({ name = "a", limits = { files = 5, core = 1 }, fs = { ["/a"] = ns.dir, ["/b"] = ns.dir } },
      { name = false, limits = { files = false }, fs = { ["/a/"] = false } })
    assert.is_nil(spec.name)
    assert.same({ core = 1 }, spec.limits)
    assert.is_nil(spec.fs.map["/a"])
    assert.equal("dir", spec.fs.map["/b"].kind)
    assert.is_nil(with({ limits = { files = 5 } }, { limits = false }).limits)
  end)

  it("takes false as a value where it is one", function()
    assert.is_false(with({}, { tty = false }).tty)
    assert.is_false(with({ init = true }, { init = false }).init)
  end)

  it("keeps the order of a list of mounts, and replaces an entry in its place", function()
    local spec = with({ fs = { { "/", ns.dir }, { "/b", ns.dir }, { "/a", ns.dir } } },
      { fs = { ["/b"] = ns.tmpfs, ["/c"] = ns.dir, ["/a"] = false } })
    local seen = {}
    for _, entry in ipairs(require("nsengine.fs").entries(spec.fs)) do
      seen[#seen + 1] = entry.target .. " " .. entry.mount.kind
    end
    assert.same({ "/ dir", "/b tmpfs", "/c dir" }, seen)
  end)

  it("puts a root before a list of mounts that has none", function()
    local spec = with({ fs = { { "/b", ns.dir }, { "/a", ns.dir } } }, { fs = { ["/c"] = ns.dir, ["/"] = ns.tmpfs } })
    local seen = {}
    for i, entry in ipairs(require("nsengine.fs").entries(spec.fs)) do seen[i] = entry.target end
    assert.same({ "/", "/b", "/a", "/c" }, seen)
  end)

  it("keeps env = true, but for the variables that it changes", function()
    local env = with({ env = true }, { env = { LD_PRELOAD = false, A = "1" } }).env
    assert.is_true(env.all)
    assert.same({ LD_PRELOAD = false, A = "1" }, env.vars)
  end)

  it("changes neither its argument nor the original sandbox", function()
    local given = { limits = { files = 5 }, env = { A = "1" } }
    local base = check(given)
    schema.merge(base, schema.check("recipe.lua:1", { limits = { files = 6 }, env = { A = "2" } }))
    given.limits.files = 7
    assert.same({ files = 5 }, base.limits)
    assert.same({ A = "1" }, base.env.vars)
  end)
end)

describe("a field", function()
  it("has a complete description", function()
    for _, name in ipairs(schema.fields) do
      local field = schema.field(name)
      assert.equal(name, field.name)
      for _, key in ipairs { "type", "default", "since", "doc", "example" } do
        assert.equal("string", type(field[key]), name .. "." .. key)
      end
      assert.is_function(field.check)
    end
  end)

  --- The value that an example describes.
  local function given_by(example)
    local chunk = assert(load("local ns, sys = ... return { " .. example .. " }"))
    return chunk(setmetatable({ open = function() return 5 end }, { __index = ns }), sys)
  end

  it("accepts its own example", function()
    for _, name in ipairs(schema.fields) do
      if name ~= "optional" then check(given_by(schema.field(name).example)) end
    end
  end)

  it("copies the recipe's tables, so that later changes have no effect", function()
    --- All tables in a value, except objects such as mounts.
    local function each_table(value, fn)
      if type(value) ~= "table" or getmetatable(value) ~= nil then return end
      fn(value)
      for _, item in next, value do each_table(item, fn) end
    end
    local function try(example)
      local given, theirs = given_by(example), {}
      each_table(given, function(t) theirs[t] = true end)
      each_table(check(given), function(t) assert.is_nil(theirs[t], example) end)
    end
    for _, name in ipairs(schema.fields) do
      local field = schema.field(name)
      if name ~= "optional" then try(field.example) end
      for _, key in next, field.keys or {} do try(key.example) end
    end
  end)

  it("has help, and so have its keys", function()
    local help = require "nsengine.field_help"
    for _, name in ipairs(schema.fields) do
      assert.matches("^" .. name .. " %(", help(name))
      for key in next, schema.field(name).keys or {} do
        assert.matches("^" .. name .. "%." .. key .. "[ \n]", help(name .. "." .. key))
      end
    end
    for kind in next, require("nsengine.mount").kinds do assert.matches("^ns%." .. kind, help("ns." .. kind)) end
    local function refused(name) return select(2, help(name)) end
    assert.equal("no field 'hostnme' (did you mean 'hostname'?)", refused "hostnme")
    assert.equal("no field 'limits.memroy' (did you mean 'limits.memory'?)", refused "limits.memroy")
    assert.equal("no field 'limts.memory' (did you mean 'limits'?)", refused "limts.memory")
    assert.equal("no field 'ns.tmpsf' (did you mean 'ns.tmpfs'?)", refused "ns.tmpsf")
    assert.equal("no field 'net.x'", refused "net.x")
  end)
end)

describe("the module nsengine", function()
  it("refuses unknown names, and suggests the one that was meant", function()
    support.raises("^spec/unit/schema_spec.lua:%d+: nsengine has no 'tmpsf' %(did you mean 'tmpfs'%?%)$",
      function() return ns.tmpsf end)
    support.raises("nsengine has no 'frobnicate'$", function() return ns.frobnicate end)
    support.raises("nsengine cannot be given a 'x'", function() ns.x = 1 end)
  end)
end)

describe("a sandbox", function()
  it("cannot be changed, and suggests the method that was meant", function()
    local box = ns.sandbox { name = "a" }
    support.raises("a sandbox does not change: box:with { name = ... } is another one", function() box.name = 1 end)
    support.raises("a sandbox has no 'rnu' %(did you mean 'run'%?%)", function() return box:rnu() end)
    assert.equal("sandbox 'a'", tostring(box))
    assert.equal("sandbox", tostring(box:with { name = false }))
  end)

  it("says so if a command, a colon or a table is missing", function()
    local box = ns.sandbox {}
    assert.matches("no command: box:run { \"program\", \"argument\" }, or cmd = { ... } in the sandbox$",
      (engine.message(function() local _ = box:run {} end)))
    assert.matches("write box:with{...}, with a colon$", (engine.message(function() local _ = box.with {} end)))
    assert.matches('expected { "command", ... }, got string "ls"$',
      (engine.message(function() local _ = box:run "ls" end)))
    assert.matches("stdim: unknown field %(did you mean 'stdin'%?%)$",
      (engine.message(function() local _ = box:run { "ls", stdim = "x" } end)))
    assert.matches("spec/unit/schema_spec.lua:%d+: cmd: the command is given twice",
      (engine.message(function() local _ = box:run { "ls", cmd = { "ls" } } end)))
  end)
end)
