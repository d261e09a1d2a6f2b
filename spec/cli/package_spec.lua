--- What is installed works without the source tree, and can be removed; the .deb, in clean Debian roots.
---
--- The latter takes a minute for each root, and Debian's archive: it runs only where NSENGINE_PACKAGE names the
--- releases, as in NSENGINE_PACKAGE="bookworm trixie".
local support = require "support"
local sys = require "nsengine.sys"
local transcript = require "support.transcript"

teardown(support.cleanup)

local function shell(command, uid, seconds)
  local r = support.run { "sh", "-c", "unset LD_PRELOAD; " .. command, uid = uid, seconds = seconds or 120 }
  return r.stdout .. r.stderr, r.code
end

local function has(program) return select(2, shell("command -v " .. program)) == 0 end

--- Runs a command that has to succeed, and returns what it printed.
local function must(command, uid, seconds)
  local text, code = shell(command, uid, seconds)
  assert(code == 0, text)
  return text
end

local is_plain = not support.build:find "asan"

describe("an installed tree", function()
  local tree
  setup(function()
    tree = support.tempdir()
    must(("cmake --install %s --prefix %s/usr && chmod -R a+rX %s"):format(support.build, tree.path, tree.path))
  end)
  teardown(function() support.remove(tree.path) end)

  for _, uid in ipairs(support.users) do
    it("works without the source tree, as uid " .. uid, function()
      -- In a mount namespace where the tree is an empty directory.
      local hidden = ("unshare -rm sh -c 'mount -t tmpfs none %s && cd / && ls -A %s && \"$@\"' sh ")
        :format(sys.getcwd(), sys.getcwd())
      if select(2, shell(hidden .. "true", uid)) ~= 0 then return pending "needs unshare(1) and user namespaces" end
      local launcher = tree.path .. "/usr/bin/nsengine"
      assert.matches("^nsengine %d", must(hidden .. launcher .. " --version", uid))
      local recipe = "local ns = require \"nsengine\" return ns.sandbox { fs = { [\"/\"] = ns.ro \"/\" }, "
        .. "cmd = { \"echo\", \"inside\" } }"
      assert.equal("inside\n", must(("printf %%s '%s' | %s %s -"):format(recipe, hidden, launcher), uid))
      local wrong = "echo 'return require(\"nsengine\").sandbox { hostnme = 1 }'"
      assert.matches("^nsengine: stdin:1: hostnme: unknown field %(did you mean",
        (shell(("%s | %s %s -"):format(wrong, hidden, launcher), uid)))
    end)
  end

  it("tells editors where its types are", function()
    local text = must(tree.path .. "/usr/bin/nsengine --luarc")
    assert.truthy(text:find(('"%s/usr/share/nsengine/types"'):format(tree.path), 1, true), text)
    must(("cp %s/usr/bin/nsengine %s/moved"):format(tree.path, tree.path))
    local beside = tree.path:gsub("/[^/]*$", "") .. "/share/nsengine/types"
    assert.same({ ("nsengine: --luarc: no types in %s; they are installed with nsengine: ./dev install\n")
      :format(beside), 125 }, { shell(tree.path .. "/moved --luarc") })
  end)

  it("has types for each field of a recipe and each name in nsengine.sys", function()
    local text = assert(sys.readfile(tree.path .. "/usr/share/nsengine/types/nsengine.lua"))
    assert(load(text))
    for _, name in ipairs(require("nsengine.schema").fields) do
      assert.truthy(text:find("\n---@field " .. name .. "? ", 1, true), name)
    end
    for kind in pairs(require("nsengine.mount").kinds) do
      assert.truthy(text:find("\nns." .. kind .. " = nil", 1, true), kind)
    end
    text = assert(sys.readfile(tree.path .. "/usr/share/nsengine/types/nsengine/sys.lua"))
    assert(load(text))
    for name, value in pairs(sys) do
      local form = type(value) == "function" and "\nfunction sys.%s(" or "\n---@field %s integer"
      -- Errors and signals are the machine's: one line for all.
      if not name:find("^E[%u%d]") and not name:find("^SIG%u") then
        assert.truthy(text:find(form:format(name), 1, true), name)
      end
    end
  end)
end)

describe("./dev install", function()
  --- In a mount namespace with an empty /usr/local and a copy of /etc.
  it("puts the libraries below /usr/local where the loader finds them", function()
    if not is_plain then return pending "is tried with the plain build" end
    if not support.root or not has "cc" then return pending "needs root and a C compiler" end
    local dir <close> = support.tempdir()
    local here = sys.getcwd()
    local apart = ("exec unshare -m --propagation private sh -ec 'mount -t tmpfs none /usr/local; cd %s; "
      .. "mount -t tmpfs none .; cd %s; mkdir up work; mount -t overlay -o lowerdir=/etc,upperdir=up,workdir=work "
      .. "none /etc; cp %s/examples/embed/run.c .; (cd %s; %%s)'"):format(dir.path, dir.path, here, here)
    if select(2, shell(apart:format "true")) ~= 0 then return pending "needs unshare(1) and an overlay over /etc" end
    local build = "cc %s/run.c $(pkg-config --cflags --libs nsengine) -o %s/run; %s/run echo inside"
    local text = must(apart:format("./dev install; " .. build:gsub("%%s", dir.path)))
    assert.truthy(text:find("inside\n", 1, true), text)
    assert.truthy(text:find("dev: installed below /usr/local\n", 1, true), text)
  end)

  it("uses sudo if PREFIX belongs to another user, or says what to do", function()
    if not is_plain then return pending "is tried with the plain build" end
    -- Mapped to another id nobody is root, and a stub stands for sudo: it opens what was closed.
    local dir <close> = support.tempdir()
    local closed = dir.path .. "/closed"
    local apart = "unshare --map-user=1000 --map-group=1000 "
    local function install(path)
      return shell(("exec %s sh -c 'PATH=%s:$PATH; export PATH; exec ./dev install %s'"):format(apart, path, closed))
    end
    must(("cd %s && mkdir closed stub && chmod 555 closed && chmod 755 stub && cd stub && "
      .. "printf '#!/bin/sh\\nchmod 755 %s\\nexec \"$@\"\\n' >sudo && chmod 755 sudo"):format(dir.path, closed))
    if select(2, shell(apart .. "true")) ~= 0 then return pending "needs unshare(1) and user namespaces" end
    if not has "sudo" then
      assert.same({ ("dev: run as root, or install sudo, to write to %s; or name a PREFIX of your own: ~/.local\n")
        :format(closed), 125 }, { install "/nothing" })
    end
    local text, code = install(dir.path .. "/stub")
    assert.same({ 0, text }, { code, text })
    assert.matches("^nsengine ", must(closed .. "/bin/nsengine --version"))
    assert.truthy(text:find("export PATH=\"" .. closed .. "/bin:$PATH\"", 1, true), text)
  end)
end)

describe("./dev uninstall", function()
  it("removes everything that ./dev install made, and nothing else", function()
    if not is_plain then return pending "is tried with the plain build" end
    local dir <close> = support.tempdir()
    local prefix = dir.path .. "/usr"
    must(("mkdir -p %s/share/lua/5.4 && echo mine >%s/share/lua/5.4/mine.lua && ./dev install %s")
      :format(prefix, prefix, prefix))
    assert.matches("^nsengine ", must(prefix .. "/bin/nsengine --version"))
    must("./dev uninstall " .. prefix)
    assert.equal("share/lua/5.4/mine.lua\n", must(("cd %s && find . ! -type d | sed 's,^./,,'"):format(prefix)))
    assert.equal("", must(("find %s -path '*nsengine*'"):format(prefix)))
    assert.same({ ("dev: nothing to remove: there is no %s/share/nsengine/manifest\n"):format(prefix), 125 },
      { shell("./dev uninstall " .. prefix) })
  end)
end)

describe("./dev", function()
  it("runs a recipe where it is called, names a wrong verb, and refuses another tree's build", function()
    if not is_plain then return pending "is tried with the plain build" end
    local dir <close> = support.tempdir()
    local dev = assert(sys.getcwd()) .. "/dev"
    must(("cd %s && mkdir -p below copy/build && cp %s copy && echo 'print((...))' >r.lua"):format(dir.path, dev))
    assert.equal("here\n", must(("cd %s/below && %s run ../r.lua here"):format(dir.path, dev)))
    local text, code = shell(dev .. " instal")
    assert.same({ "dev: no verb 'instal'\n", 125 }, { text:match "[^\n]*\n$", code })
    must(("echo CMAKE_HOME_DIRECTORY:INTERNAL=%s >%s/copy/build/CMakeCache.txt"):format(dir.path, dir.path))
    assert.same({ ("dev: build is a build of %s, and this is %s/copy: rm -rf build\n")
      :format(dir.path, dir.path), 125 },
      { shell(dir.path .. "/copy/dev build") })
  end)
end)

describe("the rockspec", function()
  it("lists the paths where CMake puts the files for LuaRocks", function()
    local rock = {}
    assert(loadfile("nsengine-scm-1.rockspec", "t", rock))()
    assert.equal("cmake", rock.build.type)
    local cmake = assert(sys.readfile "CMakeLists.txt")
    for name in pairs(rock.build.variables) do
      assert.truthy(name:find("^CMAKE_") or cmake:find("set(" .. name .. " ", 1, true), name)
    end
  end)
end)

-- Clean roots -----------------------------------------------------------------------------------------------------

--- Runs a command in a root, as `uid`, in a mount namespace of its own. pivot_root and not chroot: in a chroot nobody
--- can make a user namespace.
local function inside(root, command, uid, seconds)
  local script = ("mount --bind %s %s && cd %s && mount -t proc proc proc "
    .. "&& mount --rbind /dev dev && mount --rbind /sys sys && mkdir -p .host && pivot_root . .host "
    .. "&& umount -l /.host && exec setpriv --reuid %d --regid %d --clear-groups "
    .. "env -i HOME=/tmp LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \"$@\""):format(root, root, root, uid, uid)
  return support.run { "env", "-u", "LD_PRELOAD", "unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
    "sh", "-c", command, seconds = seconds or 60 }
end

local function check(r)
  assert(r.code == 0, r.stdout .. r.stderr)
  return r.stdout
end

local releases = os.getenv "NSENGINE_PACKAGE"

--- Writes the files of a page into a directory of the root.
local function spread(page, root)
  for name, text in pairs(page.files) do
    if not name:find("/") then
      assert(sys.writefile(root .. "/lesson/" .. name, text))
      assert(sys.chmod(root .. "/lesson/" .. name, tonumber("644", 8)))
    end
  end
end

local function promise_in(release)
  local dir, root, deb
  setup(function()
    deb = must("./dev package", nil, 600):match("(%S+%.deb)\n$")
    dir = support.tempdir()
    root = dir.path .. "/root"
    must(("unshare -m --propagation private mmdebstrap --quiet --variant=minbase "
      .. "--include=procps,net-tools,hostname %s %s"):format(release, root), nil, 600)
    must(("cp %s %s/nsengine.deb && cp /etc/resolv.conf %s/etc; mkdir %s/lesson"):format(deb, root, root, root))
  end)
  teardown(function() if dir then must("rm -rf " .. dir.path) end end)

  it("installs with its dependencies", function()
    check(inside(root, "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
      .. "/nsengine.deb lua5.4 lua-cjson lua-argparse", 0, 600))
    assert.matches("^nsengine " .. "%d", check(inside(root, "nsengine --version", 0)))
    check(inside(root, "lua5.4 -e 'require \"nsengine\" require \"nsengine.sys\"'", 0))
    assert.matches("libnsengine%.so%.0 ", check(inside(root, "/sbin/ldconfig -p", 0)))
    -- minbase excludes documentation when it installs packages: look in the package.
    assert.matches("/usr/share/man/man1/nsengine%.1", check(inside(root, "dpkg -L nsengine", 0)))
  end)

  for _, uid in ipairs { 0, 1000 } do
    it("does what the tutorial says, as uid " .. uid, function()
      local page = transcript.parse "docs/tutorial.md"
      spread(page, root)
      check(inside(root, "rm -rf /lesson/examples; cp -r /usr/share/doc/nsengine/examples /lesson", 0))
      for _, entry in ipairs(page.commands) do
        local printed = inside(root, "cd /lesson && exec 2>&1; " .. entry.command, uid).stdout
        local ok, message = pcall(transcript.expect, entry, printed)
        if not ok then error(("line %d: %s\n%s"):format(entry.line, entry.command, message), 0) end
      end
    end)
  end

  it("can be removed without a trace", function()
    check(inside(root, "apt-get purge -y nsengine", 0, 600))
    assert.equal("", check(inside(root, "find / -xdev -path '*nsengine*' ! -path '/nsengine.deb' "
      .. "! -path '/proc/*' ! -path '/dev/*' ! -path '/lesson/*' "
      .. "! -path '/var/lib/apt/*' ! -path '/var/cache/*' ! -path '/var/log/*'", 0)))
  end)
end

for release in (releases or "bookworm"):gmatch("%S+") do
  describe("the .deb in a clean " .. release, function()
    if not releases then
      it("does what the tutorial says", function() pending 'takes NSENGINE_PACKAGE="bookworm trixie"' end)
    elseif not (support.root and is_plain and has "mmdebstrap") then
      it("does what the tutorial says", function() pending "takes root, mmdebstrap and the plain build" end)
    else
      promise_in(release)
    end
  end)
end
