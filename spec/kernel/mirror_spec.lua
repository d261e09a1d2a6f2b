--- A directory of the host in which a recipe mounts something is covered by a mirror: who may not look into the
--- directory may not look into the mirror either, and who may, still may.
local support = require "support"
local sys = require "nsengine.sys"

local dir = support.tempdir()

teardown(function() support.remove(dir.path) end)

--- Tags of acl(5) in the extended attribute system.posix_acl_access, in their order.
local USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32

--- Packs an ACL from {tag, permissions, id}.
local function acl(entries)
  local parts = { string.pack("<I4", 2) }
  for _, entry in ipairs(entries) do
    parts[#parts + 1] = string.pack("<I2I2I4", entry[1], entry[2], entry[3] or 0xffffffff)
  end
  return table.concat(parts)
end

local count = 0

--- A directory with a file in it. of: {mode (octal digits), uid, gid, acl =}.
local function make(of)
  count = count + 1
  local path = dir.path .. "/" .. count
  assert(sys.mkdir(path, 448))
  assert(sys.writefile(path .. "/file", "CONTENT"))
  assert(sys.chmod(path .. "/file", 420))
  if support.root then assert(sys.chown(path, of[2] or 0, of[3] or 0)) end
  assert(sys.chmod(path, tonumber(of[1], 8)))
  if not of.acl then return path end
  local ok, err = sys.setxattr(path, "system.posix_acl_access", acl(of.acl))
  return ok and path, err
end

--- A program that runs a recipe as root in a container: a user namespace that maps some ids.
local container = [[
  local sys = require "nsengine.sys"
  local r, w = sys.pipe()
  local child = assert(sys.clone(sys.CLONE_NEWUSER, function()
    r:read(1)
    assert(sys.setgroups { 0 } and sys.setresgid(0, 0, 0) and sys.setresuid(0, 0, 0))
    return sys.exec { %q, "-e", %q }
  end))
  local map = { { 0, 0, 65536 } }
  assert(sys.idmap(child, { uid = map, gid = map, setgroups = true }))
  w:write "x"
  child:wait() ]]

--- What the command sees of `path`. How: {uid =, fields = Lua text, prepare =, contained = in a container, told = also
--- the directory's mode and owner}.
local function look(how, path, mounted)
  local recipe = ([[
    local ns = require "nsengine"
    return ns.sandbox { fs = { { "/", ns.%s "/" }, %s }, env = { PATH = "/usr/bin:/bin" }, %s
      cmd = { "sh", "-c", [=[
        %s stat -c "%%a %%u %%g" "$0"
        cat "$0/file" || echo closed
        ls "$0" | grep -v new || echo no list ]=], %q } }]]):format(how.kind or "ro",
    mounted and ('{ "%s/new", %s }'):format(path, mounted) or "", how.fields or "", how.told and "" or "#", path)
  if how.contained then recipe = container:format(support.launcher(), recipe) end
  return support.run { support.launcher(how.uid), "-e", recipe, uid = how.uid, prepare = how.prepare }
end

local mounts = { "ns.tmpfs()", 'ns.file "x"', "ns.dir()" }

--- Checks that each directory looks the same with a mount in it and without.
local function alike(how, directories)
  for i, of in ipairs(directories) do
    local path, err = make(of)
    if not path then return pending("no ACL here: " .. err) end
    local before = look(how, path)
    local after = look(how, path, mounts[i % #mounts + 1])
    local closed = before.stdout:find("closed", 1, true) ~= nil
    assert.not_equal("", before.stdout, before.stderr)
    assert.equal(before.stdout, after.stdout, of[1] .. ": " .. after.stderr)
    assert.equal(of.closed or false, closed, of[1] .. ": " .. before.stdout)
  end
end

--- Fields that make the command another user of the host.
local function as(uid, gid)
  return ("user = { uid = %d, gid = %d, uid_map = { { %d, %d, 1 } }, gid_map = { { %d, %d, 1 } } },"):format(uid, gid,
    uid, uid, gid, gid)
end

local payload = as(1234, 1235)

local function needs_root()
  return not support.root and pending "needs root, to make directories of others"
end

describe("a mirror made by root", function()
  for _, kind in ipairs { "ro", "rw" } do
    it(("has the owner, the group and the mode of the directory that it covers (%s)"):format(kind), function()
      if needs_root() then return end
      alike({ kind = kind, fields = payload, told = true }, {
        { "700", closed = true }, { "750", closed = true }, { "755" }, { "1777" }, { "711" },
        { "744", closed = true },
        { "700", 1234 }, { "500", 1234, 1235 }, { "750", 0, 1235 }, { "705", 0, 1235, closed = true },
        { "2070", 0, 1235 }, { "070", 1234, 1235, closed = true }, { "770", 65534, 65534, closed = true },
      })
    end)
  end

  it("belongs to nobody if the directory does", function()
    if needs_root() then return end
    alike({ fields = as(65534, 65534), told = true }, {
      { "700", 65534, 0 }, { "750", 0, 65534 }, { "700", closed = true },
    })
  end)

  it("has the directory's access ACL", function()
    if needs_root() then return end
    alike({ fields = payload, told = true }, {
      { "700", acl = { { USER_OBJ, 7 }, { USER, 5, 1234 }, { GROUP_OBJ, 0 }, { MASK, 5 }, { OTHER, 0 } } },
      { "700", acl = { { USER_OBJ, 7 }, { USER, 7, 4321 }, { GROUP_OBJ, 0 }, { MASK, 7 }, { OTHER, 0 } },
        closed = true },
      { "700", 0, 1235, closed = true,
        acl = { { USER_OBJ, 7 }, { USER, 7, 4321 }, { GROUP_OBJ, 0 }, { MASK, 7 }, { OTHER, 0 } } },
      { "755", acl = { { USER_OBJ, 7 }, { USER, 0, 1234 }, { GROUP_OBJ, 5 }, { MASK, 5 }, { OTHER, 5 } },
        closed = true },
      { "700", acl = { { USER_OBJ, 7 }, { GROUP_OBJ, 0 }, { GROUP, 5, 1235 }, { MASK, 5 }, { OTHER, 0 } } },
    })
  end)

  it("opens nothing to a payload outside of the groups that set it up", function()
    if needs_root() then return end
    local how = { fields = payload .. [[ caps = { "chown" },]], prepare = function() assert(sys.setgroups { 0 }) end }
    alike(how, { { "755" }, { "750", closed = true }, { "750", 4321, closed = true }, { "700", 1234, 1235 } })
    local denied = { { USER_OBJ, 7 }, { USER, 0, 4321 }, { GROUP_OBJ, 5 }, { MASK, 5 }, { OTHER, 0 } }
    alike(how, { { "750", acl = denied, closed = true } })
  end)
end)

describe("a mirror made by root in a container", function()
  it("belongs to nobody only if the directory does", function()
    if needs_root() then return end
    alike({ contained = true }, {
      { "755", 100000, 100000 }, { "750", 100000, 0, closed = true }, { "770", 0, 100000, closed = true },
    })
  end)

  it("is closed to those whom an ACL tells from others, if its owner cannot be the same", function()
    if needs_root() then return end
    local denied = { { USER_OBJ, 7 }, { USER, 7, 4321 }, { GROUP_OBJ, 0 }, { MASK, 7 }, { OTHER, 5 } }
    alike({ contained = true, fields = payload }, { { "705", 100000, 1235, acl = denied, closed = true } })
  end)
end)

describe("a mirror made by an ordinary user", function()
  local uid = support.users[#support.users]

  it("is open to the user if the directory is", function()
    if needs_root() then return end
    alike({ uid = uid }, {
      { "755" }, { "750", 0, uid }, { "700", uid, uid }, { "700", uid, 0 }, { "1777" }, { "555", 0, 4321 },
      { "755", 4321 },
    })
    alike({ uid = uid, fields = [[user = "nobody",]] }, { { "755" }, { "700", uid, uid }, { "750", 0, uid } })
  end)

  it("is open to the user if an ACL says so", function()
    if needs_root() then return end
    alike({ uid = uid }, {
      { "700", acl = { { USER_OBJ, 7 }, { USER, 5, uid }, { GROUP_OBJ, 0 }, { MASK, 5 }, { OTHER, 0 } } },
    })
  end)

  it("has the mode of the user's own directory", function()
    alike({ uid = uid, told = true }, { { "700", uid, uid }, { "750", uid, uid }, { "2755", uid, uid } })
  end)
end)
