--- What a command may do: it has no privileges unless the recipe names them, and then only over its sandbox.
local support = require "support"
local engine = require "support.engine"
local sys = require "nsengine.sys"

local function each_user(promise, fn)
  for _, uid in ipairs(support.users) do
    it(("%s, as uid %d"):format(promise, uid), function() fn(uid) end)
  end
end

--- What a shell command prints in a sandbox with these fields.
local function run(uid, fields, command)
  local result = support.recipe(([[
    local ns = require "nsengine"
    return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/proc"] = ns.proc, ["/dev"] = ns.dev, ["/mnt"] = ns.tmpfs },
      cmd = { "/bin/sh", "-c", %q }, %s }
  ]]):format(command, fields), { uid = uid })
  return result.stdout .. result.stderr
end

--- {CapEff = mask, ...} from a status file that `command` prints.
local function sets(text)
  local found = {}
  for name, mask in text:gmatch("Cap(%a+):%s*(%x+)") do found[name] = tonumber(mask, 16) end
  assert(found.Eff, text)
  return found
end

local function same(set) return { Inh = set, Prm = set, Eff = set, Bnd = set, Amb = set } end

describe("caps", function()
  each_user("are empty in every set, and cannot be regained", function(uid)
    local out = run(uid, "", "grep -e Cap -e NoNew /proc/self/status")
    assert.same(same(0), sets(out))
    assert.truthy(out:find("NoNewPrivs:%s*1"))
  end)

  each_user("are those that the recipe names, in every set, across exec", function(uid)
    for _, user in ipairs { "user = 'root'", "user = 'self'" } do
      local out = run(uid, user .. [[, caps = { "net_bind_service", "CAP_CHOWN", "cap_kill" }]],
        "exec sh -c 'cat /proc/self/status'")
      assert.same(same(1 << 10 | 1 << 0 | 1 << 5), sets(out))
    end
  end)

  each_user("are kept by the command whichever user it is", function(uid)
    local user = uid == 0 and "" or "user = 'self', "
    local out = run(uid, user .. [[ caps = { "net_bind_service" } ]], "exec cat /proc/self/status")
    assert.same(same(1 << 10), sets(out))
  end)

  each_user("give power over the sandbox, but not over the host", function(uid)
    local name = sys.gethostname()
    local out = run(uid, [[user = "root", caps = "all", seccomp = false]], [[
      mount -t tmpfs tmpfs /mnt && hostname inside && hostname
      cat /proc/sys/kernel/cap_last_cap > /dev/null
      (echo 1 > /proc/sys/vm/drop_caches) 2>/dev/null && echo OPEN
      chown 1 /mnt 2>/dev/null && echo OPEN
      cat /etc/shadow 2>/dev/null && echo OPEN
      mknod /mnt/null c 1 3 2>/dev/null && echo OPEN
    ]])
    assert.equal("inside\n", out)
    assert.equal(name, sys.gethostname())
  end)

  it("are set up, for root's command, as the user that it becomes, and open no other user's files", function()
    if not support.root then return pending "is about what root starts" end
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/closed", 448))
    assert(sys.writefile(dir.path .. "/closed/secret", "secret"))
    local out = run(0, [[user = "root", caps = "all"]], "cat " .. dir.path .. "/closed/secret; cat /proc/self/uid_map")
    assert.truthy(out:find("Permission denied", 1, true), out)
    assert.truthy(out:find("^%s+0%s+[1-9]%d*%s+1\n"), out)
  end)

  each_user("are not kept by the init, except to signal", function(uid)
    -- It drops them when the command already runs.
    local out = run(uid, [[user = "root", caps = "all"]], [[n=0
      until [ "$(grep -cE '^Cap((Inh|Amb):.*0{16}|(Prm|Eff):.*0{14}20)$' /proc/1/status)" = 4 ] || [ $n = 200 ]; do
        n=$((n + 1)); sleep 0.05
      done; cat /proc/1/status]])
    assert.same({ Inh = 0, Prm = 1 << 5, Eff = 1 << 5, Amb = 0 },
      (function(found) found.Bnd = nil return found end)(sets(out)))
  end)

  it("are refused with a suggestion if a name is unknown", function()
    assert.equal([[recipe.lua:1: caps: unknown capability 'net_bind_servise' (did you mean 'net_bind_service'?)]],
      engine.message(engine.plan, { caps = { "net_bind_servise" } }))
    assert.equal([[recipe.lua:1: caps: unknown capability 'all'; write caps = "all"]],
      engine.message(engine.plan, { caps = { "all" } }))
    assert.equal('recipe.lua:1: caps: expected a list of capabilities, or "all", got string "chown"; '
      .. 'write { "chown" }',
      engine.message(engine.plan, { caps = "chown" }))
    for _, wrong in ipairs { { 3 }, { "" }, { "chown,kill" }, { chown = true }, { "chown", securebits = "x" },
      { securebits = { "norot" } }, { "chown", [3] = "kill" } } do
      assert.truthy(engine.message(engine.plan, { caps = wrong }):find("caps", 1, true))
    end
  end)

  it("are refused without a user namespace, or an id, to which they apply", function()
    local text = engine.message(engine.plan, { caps = { "chown" }, user = "nobody" })
    assert.truthy(text:find('user = "nobody" has no id', 1, true), text)
  end)

  it("include securebits if the recipe says so", function()
    local plan = engine.plan { caps = { "chown", securebits = { "noroot", "noroot_locked" } } }
    assert.same({ "capabilities 1 3 0" }, engine.only(plan, "capabilities"))
    assert.same({ "capabilities 0 239 0" }, engine.only(engine.plan { caps = {} }, "capabilities"))
  end)

  each_user("can come with securebits that take effect", function(uid)
    local bits = [[user = "root", caps = { "chown", securebits = { "noroot", "noroot_locked" } }]]
    assert.same(same(1), sets(run(uid, bits, "exec cat /proc/self/status")))
  end)
end)

describe("no_new_privs", function()
  each_user("is unset only if the recipe gives up everything that needs it", function(uid)
    local out = run(uid, "no_new_privs = false, seccomp = false", "grep NoNew /proc/self/status")
    assert.truthy(out:find("NoNewPrivs:%s*0"), out)
  end)

  it("cannot be given up silently with a filter", function()
    local text = engine.message(engine.plan, { no_new_privs = false })
    assert.truthy(text:find("no_new_privs: without it", 1, true), text)
  end)
end)

describe("a /proc of another pid namespace", function()
  -- `unshare -pf` keeps the outer one: there the number of the sandbox's first process is somebody else's, here of one
  -- that waits for its id maps.
  local scene = [[
    for i in 1 2 3 4 5 6; do unshare --user sleep 60 & done
    while grep -qv sleep /proc/[2-7]/comm; do sleep 0.01; done
    unshare --pid --fork %s -e 'local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" } }' 2>&1
    cat /proc/[2-7]/uid_map
    exit]]

  it("is not written id maps of strangers to", function()
    if sys.getids().euid ~= 0 then return pending "needs root, who may map everyone" end
    local r = support.run { "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
      scene:format(support.launcher()) }
    assert.equal("nsengine: -e:2: /proc is not mounted, or belongs to another pid namespace: id maps are written "
      .. "there\n  hint: mount -t proc proc /proc\n", r.stdout)
  end)
end)
