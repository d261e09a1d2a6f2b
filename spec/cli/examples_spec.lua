--- The lessons in examples/ from 05 on: each runs as root and as an ordinary user, and does what its header says.
--- (01 to 04 are in kernel/tutorial_spec.lua and the tutorial's transcripts.)
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

--- Runs an example: name, words..., uid =, cwd =.
local function example(command)
  local name = support.example(command[1], command.uid)
  command[1] = name:sub(1, 1) == "/" and name or sys.getcwd() .. "/" .. name
  return support.nsengine(command)
end

local function succeeds(r)
  assert.same({ 0, "" }, { r.code, r.stderr })
  return r.stdout
end

--- A directory that `uid` owns.
local function own_directory(uid)
  local dir = support.tempdir()
  assert(sys.chown(dir.path, uid, uid))
  return dir
end

--- A directory with three tests for programs that add two numbers, the last with a wrong answer.
local function tests_of_a_sum()
  local dir = support.tempdir()
  for name, text in pairs { ["1.in"] = "20 22", ["1.out"] = "42\n", ["2.in"] = "1\n2\n", ["2.out"] = "3",
    ["10.in"] = "1 1", ["10.out"] = "3" } do
    assert(sys.writefile(dir.path .. "/" .. name, text))
    assert(sys.chmod(dir.path .. "/" .. name, 420))
  end
  return dir
end

--- What 11-judge.lua says about a program of spec/judge, or a source: the verdicts in order, and all that it printed.
local function judged(uid, dir, name, source, ...)
  local path = dir.path .. "/" .. name
  assert(sys.writefile(path, source or assert(sys.readfile("spec/judge/" .. name))))
  assert(sys.chmod(path, 420))
  local r = example { "11-judge.lua", path, dir.path, uid = uid, ... }
  local verdicts = {}
  for word in r.stdout:gmatch "\n%S+%s+(%u+) " do verdicts[#verdicts + 1] = word end
  return table.concat(verdicts, " "), r
end

--- A root directory with a shell: busybox if it is installed, else the host's shell with its libraries.
local function root_directory()
  local dir = support.tempdir()
  assert(os.execute(([[exec >/dev/null 2>&1
    cd %s && mkdir bin && if command -v busybox; then
      cp -L "$(command -v busybox)" bin/ && for tool in sh ls cat id hostname; do ln -s busybox bin/$tool; done
      ldd bin/busybox || exit 0
    else
      for tool in sh ls cat id hostname; do cp -L "$(command -v $tool)" bin/ || exit 1; done
    fi
    for file in $(ldd bin/* | grep -o '/[^ :]*lib[^ :]*' | sort -u); do
      mkdir -p ".${file%%/*}" && cp -L "$file" ".$file" || exit 1
    done
    chmod -R a+rX .]]):format(dir.path)))
  return dir
end

for _, uid in ipairs(support.users) do
  describe("as uid " .. uid .. ",", function()
    it("05-shell.lua makes the sandbox that the tutorial describes", function()
      local text = succeeds(example { "05-shell.lua", "--", "sh", "-c",
        "hostname; id -u; ps -e | wc -l; cat /proc/net/dev | grep -c :; touch /tmp/x; touch /x 2>/dev/null || echo ro",
        uid = uid })
      assert.equal("zxytest\n65534\n", text:match("^%C+\n%C+\n"))
      assert.truthy(tonumber(text:match("^%C+\n%C+\n%s*(%d+)\n")) <= 6, text)
      assert.equal("1\nro\n", text:match("(%d+\n%a+\n)$"))
    end)

    it("05-shell.lua starts a shell", function()
      assert.equal("zxytest\n/\n", succeeds(example { "05-shell.lua", uid = uid, stdin = "hostname; pwd\n" }))
    end)

    it("06-run.lua lets the command write to the working directory, and nowhere else", function()
      local dir <close> = own_directory(uid)
      local text = succeeds(example { "06-run.lua", "--", "sh", "-c",
        "pwd; id -u; echo made > here; touch /etc/x 2>/dev/null || echo ro; touch /tmp/x", uid = uid, cwd = dir.path })
      assert.equal(("%s\n%d\nro\n"):format(dir.path, uid), text)
      assert.equal("made\n", sys.readfile(dir.path .. "/here"))
      assert.equal(uid, sys.stat(dir.path .. "/here").uid)
    end)

    it("06-run.lua requires a command", function()
      local r = example { "06-run.lua", uid = uid, cwd = "/tmp" }
      assert.equal(125, r.code)
      assert.matches("06%-run.lua:%d+: .*no command", r.stderr)
    end)

    it("07-rootfs.lua runs another system, and does not change it", function()
      local dir <close> = root_directory()
      local before = sys.list(dir.path)
      assert.equal("rootfs\n0\n", succeeds(example { "07-rootfs.lua", dir.path, "--", "sh", "-c",
        "hostname; id -u; ls /proc/self/fd /dev/null /tmp >/dev/null", uid = uid }))
      assert.equal("other\n", succeeds(example { "07-rootfs.lua", "--hostname", "other", dir.path, "--", "hostname",
        uid = uid }))
      assert.equal("in a shell\n", succeeds(example { "07-rootfs.lua", dir.path, uid = uid,
        stdin = "echo in a shell\n" }))
      table.sort(before)
      local after = sys.list(dir.path)
      table.sort(after)
      assert.same(before, after)
    end)

    it("08-capture.lua shows what is in a Result", function()
      assert.equal(table.concat {
        "sorted:\t4 30 100 \n",
        "true   ok         exited with status 0 after ... s\n",
        "sh     exit       exited with status 3 after ... s\n",
        "sh     signal     killed by SIGSEGV after ... s\n",
        "sleep  wall_time  stopped after ... s (limit ... s)\n",
        "yes    output     stopped after 4096 bytes of output (the limit) and ... s\n",
        "done\n",
      }, (succeeds(example { "08-capture.lua", uid = uid }):gsub("limit [%d.]+ s", "limit ... s")))
    end)

    it("09-many.lua runs all jobs", function()
      local text = succeeds(example { "09-many.lua", "--count", "40", "--jobs", "8", uid = uid })
      assert.matches("^40 commands, 0 failed, 22140 in all, %d+%.%d s, %d+ a second\n$", text)
    end)

    it("10-setup.lua does inside what no field can express", function()
      local r = example { "10-setup.lua", uid = uid }
      assert.equal("1400\nmade by setup\n", r.stdout)
      assert.matches("Read%-only file system", r.stderr)
      assert.equal(1, r.code)
      assert.equal("1400\n", succeeds(example { "10-setup.lua", "--", "cat", "/sys/class/net/lo/mtu", uid = uid }))
    end)

    it("14-profile.lua lets an agent change the project, but nothing that runs later outside", function()
      local dir <close> = own_directory(uid)
      assert.equal(0, support.run { "mkdir", "-p", dir.path .. "/.git/hooks", uid = uid }.code)
      local out = succeeds(example { "14-profile.lua", uid = uid, cwd = dir.path, "--", "sh", "-c",
        "echo 1 > file; pwd; echo $HOME $EDITOR; exec 2>/dev/null; touch .git/hooks/x || echo held; "
          .. "touch ~/.cache/x && ls -A ~" })
      assert.equal(dir.path .. "\n/home/agent true\nheld\n.cache\n", out)
      assert.equal("1\n", sys.readfile(dir.path .. "/file"))
    end)

    it("13-notify.lua opens requested files below a directory, and no others", function()
      assert.equal("#!/usr/bin/env nsengine\nasked for: /data/13-notify.lua\n",
        succeeds(example { "13-notify.lua", uid = uid }))
      local dir <close> = support.tempdir()
      assert(sys.mkdir(dir.path .. "/in", 493))
      assert(sys.writefile(dir.path .. "/in/a", "inside\n"))
      assert(sys.writefile(dir.path .. "/out", "outside\n"))
      assert(sys.symlink("../out", dir.path .. "/in/link"))
      local r = example { "13-notify.lua", dir.path .. "/in", "cat", "/data/a", "/data/../out", "/data/link",
        uid = uid }
      assert.equal("inside\nasked for: /data/a, /data/../out, /data/link\n", r.stdout)
      assert.equal(1, r.code)
      assert.equal(2, select(2, r.stderr:gsub("Permission denied", "")))
    end)

    it("11-judge.lua gives the right verdicts", function()
      local dir <close> = tests_of_a_sum()
      local verdicts, r = judged(uid, dir, "sum.c")
      assert.equal("OK OK WA", verdicts, r.stdout .. r.stderr)
      assert.matches("\n1 .*\n2 .*\n10 .*\n2 of 3\n$", r.stdout)
      assert.equal(1, r.code)
      for name, verdict in pairs { ["spin.c"] = "TLE", ["flood.c"] = "OLE", ["segv.c"] = "RE", ["fork.c"] = "RE" } do
        assert.equal(("%s %s %s"):format(verdict, verdict, verdict), (judged(uid, dir, name, nil, "--time", "500ms")))
      end
      assert.equal("OK OK WA", (judged(uid, dir, "sum.cpp",
        "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }")))
    end)

    it("11-judge.lua reports that the memory limit was reached, or that it cannot be enforced", function()
      local dir <close> = tests_of_a_sum()
      local verdicts, r = judged(uid, dir, "sum.c", nil, "--memory", "32M")
      if r.stderr == "" then
        assert.equal("MLE MLE MLE", (judged(uid, dir, "memory.c", nil, "--memory", "32M")))
      else
        assert.equal("OK OK WA", verdicts)
        assert.matches("^warning: .*limits%.memory: skipped: no control group can enforce it", r.stderr)
      end
    end)

    it("11-judge.lua shows the compiler's messages, and is not fooled by a source", function()
      local dir <close> = tests_of_a_sum()
      local _, r = judged(uid, dir, "bad.c", "int main(void) { return x; }\n")
      assert.equal(1, r.code)
      assert.matches("^CE .*'x' undeclared", r.stdout)
      local fooled = select(2, judged(uid, dir, "path.c", '#include "/etc/passwd"\n')).stdout
      assert.matches("^CE ", fooled)
      assert.falsy(fooled:find "root:", fooled)
      assert.matches("^Usage: .*%-%-memory <size>", succeeds(example { "11-judge.lua", "--help", uid = uid }))
    end)

    it("12-limits.lua reaches each limit, or says why it cannot be enforced", function()
      local text = succeeds(example { "12-limits.lua", uid = uid })
      local reasons = {}
      for name, reason, by in text:gmatch "\n([%l_]+) +(%S+) +(%S+)" do reasons[name] = { reason, by } end
      for name, reason in pairs { cpu_time = "cpu_time", wall_time = "wall_time", memory = "memory", pids = "pids",
        address_space = "exit", output = "output", disk = "disk", file_size = "exit", files = "exit",
        cpus = "wall_time" } do
        local is, by = table.unpack(reasons[name])
        -- An rlimit does not report that it was reached; without a control group some limits cannot be enforced.
        if by == "-" or (name == "pids" and by == "rlimit") then
          assert.truthy(name == "memory" or name == "cpus" or name == "pids", text)
        else
          assert.equal(reason, is, text)
        end
      end
      assert.matches("^LIMIT[^\n]*\nfiles +exit[^\n]*\n$", succeeds(example { "12-limits.lua", "files", uid = uid }))
    end)
  end)
end

describe("each example", function()
  local names = sys.list("examples")
  table.sort(names)
  for _, name in ipairs(names) do
    if name:find("%.lua$") then
      it("passes --check: " .. name, function()
        local words = name:find "^07" and { "/" } or name:find "^11" and { "spec/judge/sum.c", "spec" } or {}
        -- another home: the tree may be somebody's home, which no agent gets as its project
        local r = support.run { "env", "HOME=/nonexistent", support.launcher(), "-n", "examples/" .. name,
          table.unpack(words) }
        assert.same({ 0, "" }, { r.code, r.stderr })
      end)
    end
  end
end)
