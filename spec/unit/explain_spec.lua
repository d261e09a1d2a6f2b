--- A plan, printed for readers.
local engine = require "support.engine"

local ns = require "nsengine"
local explain = require "nsengine.explain"

local fields = {
  hostname = "box", user = "root", limits = { files = 5 }, umask = "077", cmd = { "/bin/sh", "-c", "id" },
  fs = { ["/"] = ns.ro "/", ["/tmp"] = ns.tmpfs { size = "1M" }, ["/etc/motd"] = ns.file("two\nlines\n") },
}

local function text(given, host)
  local spec = require("nsengine.schema").check("recipe.lua:1", given)
  return explain.text(engine.plan(given, host), spec)
end

describe("--explain", function()
  it("shows each step as kernel calls, with the field and the line that asked for it", function()
    local lines = {}
    for line in text(fields):gmatch("[^\n]+") do lines[#lines + 1] = line end
    assert.equal("clone3 CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP"
      .. "|CLONE_NEWTIME", lines[1])
    assert.equal("write  setgroups deny", lines[2])
    assert.equal("write  uid_map 0 1000 1", lines[3])
    assert.equal('execve "/bin/sh", "-c", "id"', lines[#lines])
    local all = table.concat(lines, "\n")
    for _, pattern in ipairs {
      '\nhostname +sethostname%("box"%) +# recipe.lua:8: hostname\n',
      '\nroot_bind +open_tree, mount_setattr, move_mount%("/", RDONLY|NOSUID|NODEV, recursive%) +# .*: fs%./\n',
      '\nfilesystem .*%("tmpfs", "/tmp", "size=1048576,mode=1777,nr_inodes=1024", NOSUID|NODEV%) +# .*: fs%./tmp\n',
      '\nfile .*%("/etc/motd", "two\\nlines\\n", 0644, 0, 0%) +# .*: fs%./etc/motd\n',
      "\nrlimit +prlimit64%(RLIMIT_NOFILE, 5, 5%) +# .*: limits.files\n",
      "\numask +umask%(0077%) +# .*: umask\n",
      "\nexecve the init, pid 1; it starts what follows\n%-%- payload\n",
    } do
      assert.matches(pattern, all)
    end
  end)

  it("shows which ids become which", function()
    local all = text({ user = "root" }, engine.root { subuid = 100000, subgid = 100000 })
    assert.matches("\nwrite  uid_map 0 0 4294967295\n", all)
    assert.matches("setgroups%({}%)", all)
    assert.matches("setresgid, setresuid%(100000, 100000%)", all)
    assert.matches("unshare%(CLONE_NEWUSER%): uid_map 0 100000 1; gid_map 0 100000 1 +#", all)
    assert.matches("no map", text { user = "nobody" })
  end)

  it("shows warnings, and leaves the init out where there is none", function()
    local all = text({ init = false }, engine.host { groups = { 1000, 27 } })
    assert.falsy(all:find("the init", 1, true))
    assert.matches("\nwarning: recipe.lua:4: user: supplementary groups kept: 27;", all)
  end)

  it("prints JSON for programs", function()
    local ok, cjson = pcall(require, "cjson")
    if not ok then return pending "needs lua-cjson" end
    local spec = require("nsengine.schema").check("recipe.lua:1", fields)
    local plan = engine.plan(fields)
    local value = cjson.decode(explain.json(plan, spec))
    assert.equal(#plan.steps, #value.steps)
    assert.same({ step = "hostname", phase = "names", calls = "sethostname", args = { '"box"' }, field = "hostname",
      where = "recipe.lua:8" }, value.steps[1])
    assert.same({ { 0, 1000, 1 } }, value.header.uid_map)
    assert.is_true(value.header.init)
  end)

  it("prints valid UTF-8 as JSON, and empty lists as lists", function()
    if not pcall(require, "cjson") then return pending "needs lua-cjson" end
    local given = { user = "nobody", fs = { ["/"] = ns.ro "/", ["/\xff"] = ns.dir }, cmd = { "\xff" } }
    local plan = engine.plan(given)
    plan.flags = 0
    local json = explain.json(plan, require("nsengine.schema").check("recipe.lua:1", given))
    assert.truthy(utf8.len(json))
    assert.truthy(json:find('"args":[]', 1, true))
    assert.truthy(json:find('"warnings":[]', 1, true))
    assert.truthy(json:find('"inner":{}', 1, true))
    assert.truthy(json:find('"flags":[]', 1, true))
  end)
end)
