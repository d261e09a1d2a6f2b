--- Every message: its exact text and line, its exit status, and its place in docs/errors.md.
local support = require "support"
local sys = require "nsengine.sys"

teardown(support.cleanup)

--- What makes root another user of the host; an ordinary user has only its own ids.
local ACCOUNT = support.root and "{ uid_map = { { 1000, 1000, 1 } }, gid_map = { { 1000, 1000, 1 } } }"
  or "{ uid = 1000, gid = 1000 }"

--- {recipe behind `local ns = require "nsengine"`, what is printed behind "nsengine: ", exit status (125),
--- words of the command line; out: what it prints before}. Line 2 is the recipe's first. A number of seconds is "0.00".
local messages = {
  -- words of a recipe
  { 'return ns.sandbox {\n  hostnme = "x",\n}', "-e:3: hostnme: unknown field (did you mean 'hostname'?)" },
  { "return ns.sandbox {\n  limits = {\n    files = 5,\n    memroy = 1,\n  },\n}",
    "-e:5: limits.memroy: unknown field (did you mean 'memory'?)" },
  { 'local box = ns.sandbox { fs = {} }\nlocal _, err = pcall(box.run, box,\n  { "x", timeout = 1 })\nerror(err, 0)',
    "-e:4: timeout: unknown field; write limits = { wall_time = ... }" },
  { 'return ns.sandbox { frobnicate = 1 }', "-e:2: frobnicate: unknown field; nsengine --help fields lists all" },
  { 'return ns.sandbox { timeout = 1 }', "-e:2: timeout: unknown field; write limits = { wall_time = ... }" },
  { 'return ns.sandbox { ro_bind = {} }', "-e:2: ro_bind: unknown field; write fs = { ... }" },
  { 'return ns.sandbox { chroot = "/srv" }', '-e:2: chroot: unknown field; write fs = { ["/"] = ... }' },
  { 'return ns.sandbox { fs = { [ns.ro "/usr"] = "/usr" } }',
    '-e:2: fs: the target comes first, then the mount: ["/target"] = ns.ro "/usr"' },
  { 'return ns.sandbox { fs = { { ns.tmpfs, "/tmp" } } }',
    '-e:2: fs: the target comes first, then the mount: ["/target"] = ns.tmpfs' },
  { 'return ns.sandbox { fs = { ["/tmp"] = ns.tmpfs "64M" } }',
    '-e:2: fs./tmp: ns.tmpfs: expected a table, got string "64M"; write ns.tmpfs { size = "64M" }' },
  { 'return ns.sandbox { share = { "network" } }', "-e:2: share: unknown value 'network' (did you mean 'net'?)" },
  { 'return ns.sandbox { net = "loopback" }', "-e:2: net: unknown value 'loopback' ('none' has a loopback)" },
  { 'return ns.sandbox { net = "network" }', "-e:2: net: unknown value 'network': expected one of 'host', 'none'" },
  { 'return ns.sandbox { user = "alice" }', "-e:2: user: unknown value 'alice': expected one of 'nobody', 'root', "
    .. "'self', or the ids of an account, " .. ACCOUNT },
  { 'return ns.sandbox { user = 1000 }', '-e:2: user: expected "self", "root", "nobody" or { uid =, gid = }, '
    .. "got number 1000; write " .. ACCOUNT },
  { 'return ns.sandbox {\n  limits = { time = 1 } }',
    "-e:3: limits.time: unknown field; write wall_time, or cpu_time for processor time" },
  { 'return ns.sandbox { limits = { memory_limit = "1G" } }',
    "-e:2: limits.memory_limit: unknown field; write memory" },
  { 'return ns.sandbox { limits = { frobnicate = 1 } }',
    "-e:2: limits.frobnicate: unknown field; nsengine --help limits lists all" },
  { 'return ns.sandbox { nproc = 5 }', "-e:2: nproc: unknown field; write limits = { pids = ... }" },
  { 'return ns.sandbox { optional = { "limits.memry" } }',
    "-e:2: optional: unknown field 'limits.memry' (did you mean 'limits.memory'?)" },
  { 'return ns.sandbox { optional = { "memory" } }', "-e:2: optional: unknown field 'memory'; write 'limits.memory'" },
  { 'return ns.sandbox { optional = { "foo" } }',
    "-e:2: optional: unknown field 'foo'; nsengine --help fields lists all" },
  { 'return ns.sandbox { landlock = { rd = { "/" } } }', "-e:2: landlock.rd: unknown field; write read" },
  { 'return ns.sandbox { landlock = { frob = 1 } }',
    "-e:2: landlock.frob: unknown field; nsengine --help landlock lists all" },
  { 'return ns.sandbox { seccomp = { kill = { "ptrace" } } }', '-e:2: seccomp.kill: unknown field; write '
    .. 'default = "kill", and deny = { ... } for calls that the profile allows' },
  { 'return ns.sandbox { seccomp = { "ptrace" } }',
    '-e:2: seccomp: a list says neither allow nor deny: write { allow = { "ptrace" } }, or deny' },
  { 'return ns.sandbox { fs = { ["/tmp"] = ns.tmpfs { sz = 1 } } }',
    "-e:2: fs./tmp: ns.tmpfs: sz: unknown field; nsengine --help ns.tmpfs lists all" },
  { 'return ns.sandbox { clock = { realtime = 1 } }',
    "-e:2: clock.realtime: the whole machine has one time of day: only monotonic and boottime have offsets" },
  { 'return ns.sandbox {\n  wall_time = 1 }',
    "-e:3: wall_time: unknown field; it belongs in limits: write limits = { wall_time = ... }" },
  { 'return ns.sandbox { fs = {\n  { "/", ns.ro "/" },\n  ["/tmp"] = ns.tmpfs } }',
    '-e:4: fs./tmp: a list has no named entries: write { "/tmp", MOUNT }' },
  { 'return ns.sandbox { fs = {\n  "/usr" } }',
    '-e:2: fs: entry 1: expected { TARGET, MOUNT }, got string "/usr"; write ["/usr"] = ns.ro "/usr"' },
  { 'return ns.sandbox { fs = { ns.rw "./src" } }',
    '-e:2: fs: entry 1: expected { TARGET, MOUNT }, got ns.rw; write ["/target"] = ns.rw "./src"' },
  { 'return ns.sandbox { fs = { ns.tmpfs } }',
    '-e:2: fs: entry 1: expected { TARGET, MOUNT }, got ns.tmpfs; write ["/target"] = ns.tmpfs' },
  { 'return ns.sandbox { env = { "PATH" } }', '-e:2: env: expected { NAME = "value", ... }, found string "PATH" '
    .. "without a name; write PATH = true, which copies the caller's" },
  { 'return ns.sandbox { env = { "LANG=C" } }', '-e:2: env: expected { NAME = "value", ... }, found string "LANG=C" '
    .. 'without a name; write LANG = "C"' },
  { 'return ns.sandbox { fs = {\n  ["/x"] = ns.ro "/usr" "/etc" } }',
    "-e:3: ns.ro takes its arguments once: is a comma missing after it?" },
  { 'return ns.sandbox { fs = {\n  { "/", ns.ro "/" },\n  { "/tmp", ns.tmpfs { size = "1M" } { "/a", ns.dir } } } }',
    "-e:4: ns.tmpfs takes its arguments once: is a comma missing after it?" },
  { 'return ns.sandbox { fs = {\n  ["/"] = ns.ro "/",\n  tmp = ns.tmpfs } }',
    '-e:4: fs.tmp: "tmp" is a path inside the sandbox: it must start with /' },
  { 'return ns.sandbox { fs = { ["/a\\0b"] = ns.dir } }', "-e:2: fs./a\\0b: it must not contain a NUL byte" },
  { 'return ns.sandbox { env = {\n  PATH = true,\n  ["A=B"] = "c" } }',
    "-e:4: env.A=B: 'A=B' is not a variable name: expected a string without '='" },
  { 'return ns.sandbox { fds = {\n  [3] = "key" } }',
    '-e:3: fds.3: expected an open file or descriptor, got string "key"; for a file, write ns.open("key")' },
  { 'local box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }\nbox:run { "true",\n  stdout = 99 }',
    "-e:4: stdout: descriptor 99 is not open" },
  { 'local f = io.tmpfile()\nlocal box = ns.sandbox {\n  fds = { [5] = f } }\nf:close()\nbox:run { "true" }',
    "-e:4: fds.5: the file is closed" },
  { 'local box = ns.sandbox {\n  limits = { output = 1 }, fs = { ["/"] = ns.ro "/" } }\n'
    .. 'box:spawn { "true", stdout = "pipe" }',
    '-e:4: stdout: limits.output cannot count a "pipe", which this program reads itself: '
      .. "write limits = { output = false }" },
  { 'local box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }\nbox:spawn { "true", stdin = "pipe",\n  tty = true }',
    '-e:4: tty: stdin and stdout are one terminal: set both to "pipe", or neither' },
  { 'local box = ns.sandbox {\n  stdout = "pipe" }\nbox:run { "true" }',
    '-e:3: stdout: "pipe" is for box:spawn, which gives you its other end; box:run waits for the end' },
  { 'local r = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run { "true" }\nprint(r.stdout)\nprint(r.resaon)',
    "-e:4: a result has no 'resaon' (did you mean 'reason'?)", out = "nil\n" },
  { 'local r = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run { "true" } print(r.exit_code)',
    "-e:2: a result has no 'exit_code' (use 'code')" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "true" }\n'
    .. 'local r = ns.wait { p }\nprint(r.stdin, r.stdout, r.stderr)\nprint(r.reason)',
    "-e:5: a process has no 'reason': process:wait() returns its result, ns.wait the process and its result",
    out = "nil\tnil\tnil\n" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "true" } p:wiat()',
    "-e:2: a process has no 'wiat' (did you mean 'wait'?)" },
  { 'ns.sandbox {}:run({ "true" }, { stdout = "capture" })',
    "-e:2: box:run takes one table: the command is its list, the options stand in it by name" },
  { 'ns.sandbox({}, {})', "-e:2: ns.sandbox takes one table; another is added by box:with" },
  { 'ns.sandbox(ns.sandbox {})', "-e:2: expected a table of fields, got nsengine.Sandbox" },
  { 'ns.wait(5)', "-e:2: bad argument #1 to 'wait' (a list of Processes expected, got number)" },
  { 'local box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }\nlocal p <close> = box:spawn { "/bin/true" }\np:kill "TREM"',
    "-e:4: nsengine.sys has no 'SIGTREM' (did you mean 'SIGTERM'?)" },
  { 'local box = ns.sandbox { fs = { ["/"] = ns.ro "/" } }\nlocal p <close> = box:spawn { "/bin/true" }\np:close()\n'
    .. 'p:wait()', "-e:5: the sandbox was closed" },
  { 'return ns.sandbox {}\n  :with {\n    hostnme = "x" }', "-e:4: hostnme: unknown field (did you mean 'hostname'?)" },
  { 'return ns.sandbox {\n  net = "nonne" }', "-e:3: net: unknown value 'nonne' (did you mean 'none'?)" },
  { 'return ns.sandbox { user = "rot" }', "-e:2: user: unknown value 'rot' (did you mean 'root'?)" },
  { 'return ns.sandbox { stdout = "out.txt" }',
    "-e:2: stdout: unknown value 'out.txt'; for a file, write ns.open(\"out.txt\", \"w\")" },
  { 'return ns.sandbox { stderr = "2>&1" }', "-e:2: stderr: unknown value '2>&1' (did you mean 'stdout'?)" },
  { 'return ns.sandbox { stderr = "both" }',
    "-e:2: stderr: unknown value 'both': expected one of 'capture', 'inherit', 'null', 'pipe', 'stdout'" },
  { 'return ns.sandbox { stdout = "2>&1" }',
    "-e:2: stdout: unknown value '2>&1': expected one of 'capture', 'inherit', 'null', 'pipe'" },
  { "return ns.sandbox { net = 1 }", "-e:2: net: expected 'host' or 'none', got number 1" },
  { 'return ns.sandbox "x"', '-e:2: expected a table of fields, got string "x"' },
  { "return ns.sandbox { tty = 1 }", "-e:2: tty: expected true or false, got number 1" },
  { 'return ns.sandbox { cmd = "ls -l" }',
    '-e:2: cmd: expected a list of words, got string "ls -l"; write cmd = { "ls", "-l" }' },
  { 'return ns.sandbox {\n  fs = {\n    ["/work"] = "./src",\n  },\n}',
    '-e:4: fs./work: expected ns.ro, ns.rw, ns.tmpfs..., got string "./src"; for a host path, write ns.ro "./src"' },
  { 'return ns.sandbox { limits = { file_size = "256 QB" } }',
    '-e:2: limits.file_size: "256 QB" is not a size: expected bytes or a string such as "64K", "256M", "1.5GB", '
    .. '"1TiB", powers of 1024' },
  { 'return ns.sandbox { limits = { wall_time = "2 weeks" } }', '-e:2: limits.wall_time: "2 weeks" is not a duration: '
    .. 'expected seconds or a string such as "500ms", "2s", "10min", "1h", "7d"' },
  { 'return ns.sandbox { limits = { wall_time = "1h30m" } }',
    '-e:2: limits.wall_time: "1h30m" is not a duration: units do not combine, write "90min" or 90 * 60' },
  { 'return ns.sandbox { clock = { monotonic = "-100000d" } }',
    '-e:2: clock.monotonic: "-100000d" is out of range: expected -1000000000 to 1000000000 seconds' },
  { 'return ns.sandbox { limits = { io = { read = "1M" } } }',
    '-e:2: limits.io: name the disk by a path on it: { ["/data"] = { read = "10M" } }' },
  { 'return ns.sandbox { limits = { io = { ["/"] = { frob = "1M" } } } }',
    "-e:2: limits.io: frob: unknown field; nsengine --help limits.io lists all" },
  { 'ns.args { frobnicate = 1 }', "-e:2: ns.args: unknown field 'frobnicate'; nsengine --help ns.args lists all" },
  { 'return ns.sandbox { cmd = arg }',
    "-e:2: cmd: expected a list of words, found '0'; for the words of arg, write { table.unpack(arg) }" },
  { "return ns.sandbox { umask = 22 }",
    '-e:2: umask: number 22 is not a mode: expected a string of octal digits, such as "022"' },
  { 'return ns.sandbox { user = { uid = "me" } }',
    '-e:2: user.uid: "me" is not an id: expected a whole number from 0 to 4294967294' },
  { 'return ns.sandbox { cwd = "x" }', '-e:2: cwd: "x" is a path inside the sandbox: it must start with /' },
  { 'return ns.sandbox { fs = { ["/a/../b"] = ns.ro "." } }',
    '-e:2: fs./a/../b: "/a/../b": ".." is not allowed in a path inside the sandbox; write the full path' },
  { 'return ns.sandbox { fs = { ["/x"] = ns.ro } }', '-e:2: fs./x: ns.ro: a host path is missing: ns.ro "./src"' },
  { "return ns.sandbox { cmd = {} }", "-e:2: cmd: a command needs at least one word" },
  { 'return ns.sandbox { limits = { cpus = 0 } }',
    "-e:2: limits.cpus: expected a number of processors, at least 0.01, got number 0" },
  { 'return ns.sandbox { limits = { cpuset = "a" } }',
    '-e:2: limits.cpuset: string "a" is not a list of processors such as "0-2,5" or { 0, 1 }' },
  { 'return ns.sandbox { limits = { io = {} } }', "-e:2: limits.io: name the disk by a path on it: "
    .. '{ ["/data"] = { read = "10M" } }' },
  { 'return ns.sandbox { fs = { ["/d"] = ns.rw "/tmp" }, limits = { disk = "1G" }, cmd = { "true" } }',
    "-e:2: limits.disk: fs./d is a host directory, whose size cannot be limited here\n  hint: limit that file "
    .. "system by its size or a quota, and leave limits.disk out" },
  { 'return ns.sandbox { fs = { ["/d"] = ns.tmpfs { size = "2M" } }, limits = { disk = "1M" }, cmd = { "true" } }',
    "-e:2: limits.disk: too small for the tmpfs in fs: 2097152 bytes in all, plus 0 without a size" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "sleep", "9" } p:limit { files = 3 }',
    "-e:2: limits.files: cannot be changed while the command runs: set it when you start it" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "sleep", "9" } p:limit { pids = 3 }',
    "-e:2: limits.pids: this sandbox has no control group: set such a limit when you start it" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "sleep", "9" } p:limit { output = 3 }',
    "-e:2: limits.output: its output is not counted: set such a limit when you start it" },
  { 'local p <close> = ns.sandbox { fs = { ["/"] = ns.ro "/" } }:spawn { "sleep", "9" } p:limit { wall_time = false }',
    "-e:2: limits.wall_time: cannot be removed while the command runs: set another value" },
  { 'return ns.sandbox { seccomp = { allow = { "opneat" } } }',
    '-e:2: seccomp.allow: unknown system call \'opneat\' (did you mean \'openat\'?)' },
  { 'return ns.sandbox { seccomp = { deny = { "@netwrok" } } }',
    '-e:2: seccomp.deny: unknown group \'@netwrok\' (did you mean \'@network\'?)' },
  { 'return ns.sandbox { seccomp = { default = "allow" } }',
    '-e:2: seccomp.default: it would let through calls that nobody thought of: name the calls '
      .. 'in allow; seccomp = false means no filter' },
  { 'return ns.sandbox { seccomp = { default = "EWHAT" } }',
    '-e:2: seccomp.default: expected "kill", "log" or the name of an error, such as "ENOSYS", got string "EWHAT"' },
  { 'return ns.sandbox { seccomp = { errno = 1 } }',
    '-e:2: seccomp.errno: expected the name of an error, such as "EPERM", got number 1' },
  { 'return ns.sandbox { seccomp = {\n  allow = { "read" },\n  deny = { "read" } } }',
    '-e:4: seccomp.deny: \'read\' is in allow and in deny: leave out one of them' },
  { 'return ns.sandbox { seccomp = { allow = { "@lsm" },\n'
    .. '  deny = { "@lsm", "lsm_get_self_attr", "lsm_list_modules" } } }',
    '-e:3: seccomp.deny: \'lsm_set_self_attr\' is in a group of allow and in one of deny: name it in one of them' },
  { 'return ns.sandbox { seccomp = { log = true, errno = "EPERM" } }',
    '-e:2: seccomp.log: with log = true nothing is denied: leave out errno' },
  { 'return ns.sandbox { seccomp = { profile = "none" } }',
    '-e:2: seccomp: profile = "none" lets nothing through, not even the command\'s exit: name calls in allow' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0 } } } }',
    '-e:2: seccomp.args.read: a comparison needs one of eq, ne, lt, le, gt, ge' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = 1, le = 2 } } } }',
    '-e:2: seccomp.args.read: a comparison cannot have both eq and le: write two in a list' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = 1, msk = 1 } } } }',
    '-e:2: seccomp.args.read: unknown word \'msk\' in a comparison (did you mean \'mask\'?)' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = 1, bits = 16 } } } }',
    '-e:2: seccomp.args.read: bits: expected 32 or 64' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, ne = 1 } } } }',
    '-e:2: seccomp.args.read: ne: write bits = 32 for an int (the kernel reads no more) or '
      .. '64 for a long, size or address' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = -1 } } } }',
    '-e:2: seccomp.args.read: eq = -1: write bits = 32 for an int, 64 for a long: a negative int '
      .. 'may be extended either way' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, lt = -1, bits = 32 } } } }',
    '-e:2: seccomp.args.read: lt = -1: comparisons are unsigned' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = 4294967296, bits = 32 } } } }',
    '-e:2: seccomp.args.read: eq = 4294967296 has more than 32 bits' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, mask = 1, eq = 2 } } } }',
    '-e:2: seccomp.args.read: eq = 0x2 has bits outside mask = 0x1' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, mask = 1, lt = 2 } } } }',
    '-e:2: seccomp.args.read: mask takes eq or ne, and no bits: it already selects the bits to compare' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, mask = 0, eq = 0 } } } }',
    '-e:2: seccomp.args.read: mask: expected the bits to compare, a whole number other than 0' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, lt = { 1 } } } } }',
    '-e:2: seccomp.args.read: lt: expected one number' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = {} } } } }',
    '-e:2: seccomp.args.read: eq: the list is empty' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = "1" } } } }',
    '-e:2: seccomp.args.read: eq: expected a whole number, got string "1"' },
  { 'return ns.sandbox { seccomp = { args = { read = { { arg = 0, eq = 1 }, { arg = 0, eq = 2 } } } } }',
    '-e:2: seccomp.args.read: no argument can match: leave it out, or name the call in deny' },
  { 'return ns.sandbox { seccomp = { args = { read = { arg = 0, ge = 0, bits = 64 } } } }',
    '-e:2: seccomp.args.read: every argument matches: leave it out, or name the call in allow' },
  { 'return ns.sandbox { seccomp = { args = { socket = { arg = 0, eq = 38 } } } }',
    '-e:2: seccomp.args.socket: the profile \'default\' lets none of these through; name the call in '
      .. 'allow too to override its rule' },
  { 'local all = {} for i = 1, 300 do all[i] = 2 * i end '
    .. 'return ns.sandbox { seccomp = { args = { read = { arg = 0, eq = all } } } }',
    '-e:2: seccomp.args.read: too many cases: the kernel would test them one by one; '
      .. 'compare fewer values' },
  { 'local c = {} c[1] = c return ns.sandbox { seccomp = { args = { read = c } } }',
    '-e:2: seccomp.args.read: conditions are nested more than 8 levels deep' },
  { 'return ns.sandbox { seccomp = { args = { read = {} } } }',
    '-e:2: seccomp.args.read: the condition has no comparison' },
  { 'return ns.sandbox { seccomp = { args = { read = { any = { { arg = 0, eq = 1 } }, 3 } } } }',
    '-e:2: seccomp.args.read: any = { ... } must stand alone, found \'1\'' },
  { 'return ns.sandbox { seccomp = { args = { execve = { arg = 0, eq = 0 } } } }',
    '-e:2: seccomp.args.execve: its arguments are addresses, which a filter cannot follow: name it in allow or deny' },
  { 'return ns.sandbox { seccomp = "off" }', '-e:2: seccomp: write seccomp = false for no filter, not string "off"' },
  { 'return ns.sandbox { limits = { wall_time = -5, pids = 0, files = "many" } }',
    '-e:2: limits.files: expected a whole number from 0 to 2147483648, got string "many"' },
  { 'return ns.sandbox { seccomp = { args = { "read" } } }',
    '-e:2: seccomp.args: \'1\' is not the name of a system call' },
  { 'return ns.sandbox { seccomp = { notify = { mkdir = print } }, init = false, fs = {}, cmd = { "x" } }',
    '-e:2: seccomp: notify needs the init: leave out init = false' },
  { 'return ns.sandbox { seccomp = "strict", init = false, fs = {}, cmd = { "x" } }',
    '-e:2: seccomp: it forbids execve, which starts the command: leave out init = false, or '
      .. 'name "execve" in allow' },
  { 'return ns.sandbox { "ls" }',
    '-e:2: [1]: a sandbox takes named fields only; for a command, write cmd = { "/bin/sh" }' },
  { 'return ns.sandbox { net = "none", share = { "net" }, cmd = { "true" } }',
    "-e:2: net: 'none' contradicts share = { \"net\" }: leave out one of them" },
  { 'return ns.sandbox { hostname = "x", share = { "uts" }, cmd = { "true" } }',
    "-e:2: hostname: share = { \"uts\" } keeps the host's: leave out one of them" },
  { 'return ns.sandbox { share = "all", cmd = { "true" } }', '-e:2: share: with "all", only landlock separates '
    .. 'the command from the host: name what it may reach, landlock = { exec = { "/usr" } }\n'
    .. "  hint: landlock = false shares everything without it" },
  { 'return ns.sandbox { landlock = {} }',
    "-e:2: landlock: an empty table restricts nothing: name what may be reached, or write false" },
  { 'return ns.sandbox { landlock = { connect = { "443" } } }',
    '-e:2: landlock.connect: expected ports such as 443 or "53/udp", socket paths, or "unix", "tcp" or "udp" '
      .. 'for all, got string "443"' },
  { "ns.sandbox {}:run {}",
    '-e:2: no command: box:run { "program", "argument" }, or cmd = { ... } in the sandbox' },
  { 'local opt = ns.args({ cmd = "what to run" }, ...) return ns.sandbox {}:run(opt.cmd)', "-e:2: no command: "
    .. 'box:run { "program", "argument" }, or cmd = { ... } in the sandbox; or nsengine -e -- COMMAND' },
  { "return ns.sandbox {}", "-e:2: cmd: no command: cmd = { ... } in the sandbox, or nsengine -e -- COMMAND" },
  { 'ns.sandbox {}.run { "x" }', "-e:2: write box:run{...}, with a colon" },
  { "ns.sandbox {}:rnu {}", "-e:2: a sandbox has no 'rnu' (did you mean 'run'?)" },
  { "ns.sandbox {}.net = 1", "-e:2: a sandbox does not change: box:with { net = ... } is another one" },
  { "return ns.tmpsf()", "-e:2: nsengine has no 'tmpsf' (did you mean 'tmpfs'?)" },
  { "pritn(1)", "-e:2: undefined global 'pritn' (did you mean 'print'?)" },
  { 'return ns.bind "/usr"',
    "-e:2: nsengine has no 'bind'; write ns.ro \"/path\", or ns.rw where the command may write" },
  { 'return ns.readonly "/usr"', "-e:2: nsengine has no 'readonly'; write ns.ro" },
  { "return sys.getpid()", "-e:2: undefined global 'sys'; write local sys = require \"nsengine.sys\"" },
  { "x = 1", "-e:2: assignment to global 'x'; write 'local x = ...'" },
  { "return 'text'",
    "-e: returned text (a string); expected a sandbox, a Result, nothing, a boolean, 0 to 255, or what "
      .. "process:wait returns" },
  { 'ns.args { { "a", "", requird = true } }',
    "-e:2: ns.args: entry 1: unknown field 'requird' (did you mean 'required'?)" },
  { 'package.preload.argparse = function() error "none" end ns.args {}',
    "-e:2: ns.args needs the Lua module argparse: apt install lua-argparse" },
  { 'ns.profile "stritc"', "-e:2: ns.profile: no profile 'stritc' (did you mean 'strict'?)" },
  { 'ns.profile "server"', "-e:2: ns.profile: no profile 'server'; nsengine --help profile lists them" },
  { "ns.profile(1)", "-e:2: ns.profile: expected a name, got number 1; nsengine --help profile lists them" },
  { 'local sys = require "nsengine.sys"\nassert(sys.chdir "/") ns.profile "build"',
    "-e:3: / would be writable, but contains your home: change to a project directory" },
  { 'local sys = require "nsengine.sys"\nassert(sys.chdir "/etc") ns.profile "agent"',
    "-e:3: /etc would be writable, but is not a project's: change to a project directory" },
  { 'local sys = require "nsengine.sys"\nlocal dir <close> = ns.tempdir() assert(sys.chdir(dir.path))\n'
    .. 'assert(sys.symlink("/etc", ".vscode")) ns.profile "agent"',
    "-e:4: …/.vscode is a symbolic link, which an earlier command may have made: it is not followed" },
  { 'local sys = require "nsengine.sys"\nlocal dir <close> = ns.tempdir() assert(sys.chdir(dir.path))\n'
    .. 'assert(sys.mkdir ".git") assert(sys.writefile(".git/commondir", "../x")) ns.profile "agent"',
    "-e:4: …/.git/commondir points git elsewhere, and an earlier command may have made it: remove it" },
  { 'ns.here "x"', "-e:2: ns.here: this recipe is no file, nothing is beside it; see ns.cwd()" },
  { 'return ns.sandbox {\n  env = setmetatable({}, {}) }',
    "-e:3: env: expected a plain table, got one with a metatable" },
  { 'return ns.sandbox {\n  stdin = { text = "null", file = 1 } }',
    '-e:3: stdin: a table must be { text = "..." }, and nothing else' },
  -- the host
  { 'return ns.sandbox {\n  fs = {\n    ["/"] = ns.ro "/",\n    ["/work"] = ns.ro "./no-such",\n  },\n'
    .. '  cmd = { "true" } }',
    "-e:5: fs./work: no such file or directory: ./no-such" },
  { 'return ns.sandbox { fs = { ["/x"] = ns.ro "~/no-such" }, cmd = { "true" } }',
    ("-e:2: fs./x: no such file or directory: ~/no-such (%s/no-such)"):format(os.getenv "HOME") },
  { 'return ns.sandbox { cmd = { "true" }, fs = { ["/"] = ns.ro "/",\n'
    .. '  ["/opt"] = ns.overlay { lower = { "/no/such", "/opt" }, upper = "./no-such", work = "/tmp" } } }',
    "-e:3: fs./opt: no such file or directory: ./no-such, /no/such\n  hint: mkdir -p ./no-such" },
  { 'ns.read "/no/such"', "-e:2: /no/such: No such file or directory (ENOENT)" },
  -- setting up
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" },\n  cwd = "/no/such", cmd = { "true" } }',
    "-e:3: cwd: chdir /no/such: No such file or directory (ENOENT)\n"
      .. "  hint: cwd is a path inside the sandbox: does fs provide it?" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" },\n'
    .. '  setup = function()\n    error "broken"\n  end }',
    "-e:3: setup: -e:4: broken" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "$HOME" }, cmd = { "true" } }', "-e:2: fs./: no such file or directory: "
    .. '$HOME\n  hint: variables are not expanded: os.getenv "HOME" .. "/..."' },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "~bob/x" }, cmd = { "true" } }', "-e:2: fs./: no such file or "
    .. "directory: ~bob/x\n  hint: only ~ and ~/ are expanded, to your own home: write that user's home" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/x"] = ns.overlay { lower = { "/usr/bin", "/usr/bin" } } },\n'
    .. '  cmd = { "true" } }', "-e:2: fs./x: fsconfig /x: Too many levels of symbolic links (ELOOP)\n  hint: two of "
    .. "its directories are the same, or one lies in the other: lower, upper and work must be separate" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/",\n  ["/etc/passwd/x"] = ns.tmpfs() }, cmd = { "true" } }',
    "-e:3: fs./etc/passwd/x: openat2 /etc/passwd/x: Not a directory (ENOTDIR)\n"
      .. "  hint: something above it in the tree is a file, not a directory" },
  { 'local sys = require "nsengine.sys"\nassert(sys.setrlimit(7, 12))\n'
    .. 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" } }', "-e:4: …: Too many open files (EMFILE)\n"
    .. "  hint: this program has reached its limit on open files: raise ulimit -n, or run fewer at a time" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" },\n  nice = -5, cmd = { "true" } }',
    "-e:3: nice: setpriority -5: Permission denied (EACCES)\n"
      .. "  hint: a sandbox has no privileges: its nice value cannot be below its caller's" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" },\n  landlock = { read = { "/no/such" } } }',
    "-e:3: landlock.read: openat2 /no/such: No such file or directory (ENOENT)\n"
      .. "  hint: landlock's paths are paths inside the sandbox: does fs provide this one?" },
  { 'return ns.sandbox { fs = { ["/l"] = ns.symlink "/" },\n  landlock = { read = { "/l" } }, cmd = { "true" } }',
    "-e:3: landlock.read: openat2 /l: Too many levels of symbolic links (ELOOP)\n"
      .. "  hint: there is a symbolic link on the path, and whoever can change it could point it elsewhere: "
      .. "write the path that it leads to" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" },\n'
    .. '  setup = function() return nil, "no cheese" end }', "-e:3: setup: no cheese" },
  -- the command
  { 'ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run { "no-such" }',
    "-e:2: command not found: no-such (looked in /usr/local/bin:/usr/bin:/bin, inside the sandbox)", 127 },
  { 'ns.sandbox {}:run { "true" }',
    "-e:2: command not found: true (looked in /usr/local/bin:/usr/bin:/bin, inside the sandbox)\n"
      .. '  hint: the sandbox is empty: fs = { ["/"] = ns.ro "/" } shows it the host\'s files', 127 },
  { 'ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run { "/etc/passwd" }', "-e:2: execve…: Permission denied (EACCES)\n"
    .. "  hint: the file is not executable, the sandbox's user may not access it, or its file system is mounted noexec",
    126 },
  { 'ns.sandbox { fs = { ["/"] = ns.ro "/" } }:run({ "sh", "-c", "exit 3" }):check()',
    "sh: exited with status 3 after 0.00 s", 3 },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { wall_time = 0.05 }, cmd = { "sleep", "9" } }',
    "-e: stopped after 0.00 s (limit 0.05 s)", 124 },
  -- functions that answer calls
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "uname" }, seccomp = { notify = {\n'
    .. '  uname = function()\n    error "broken"\n  end } } }', "-e:3: seccomp.notify.uname: -e:4: broken" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "uname" }, seccomp = { notify = {\n'
    .. '  uname = function() return 3 end } } }',
    "-e:3: seccomp.notify.uname: the function returned number 3: it must return "
      .. 'the name of an error, or call:value, call:fd, call:continue...' },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "uname" }, seccomp = { notify = {\n'
    .. '  uname = function() return "EACCESS" end } } }',
    "-e:3: seccomp.notify.uname: 'EACCESS' is not an error of errno(3) such as \"EACCES\"" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "cat", "/etc/passwd" }, seccomp = { notify = {\n'
    .. '  openat = function(call)\n    call:path()\n    return call:continue()\n  end } } }',
    "-e:3: seccomp.notify.openat: continue after reading the process: the kernel reads its memory again, and "
    .. 'another thread may have changed it; answer with call:open_below or call:fd, or write '
    .. 'call:continue { unsafe = "why this is harmless" }' },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" }, init = false,\n  denied = true }',
    "-e:3: denied: asking about calls needs the init: leave out init = false" },
  -- the command line
  { nil, "option '--learn' needs a command: nsengine --learn FILE COMMAND...", words = { "--learn", "/dev/null" } },
  { nil, "option '--learn' runs a command, not a recipe: leave out '--check'; see nsengine --help",
    words = { "--check", "--learn", "/dev/null", "true" } },
  { nil, "warning: the command exited with status 3 after 0.00 s: what it did not get to is missing from /dev/null", 3,
    words = { "--learn", "/dev/null", "sh", "-c", "exit 3" } },
  { nil, "unknown option '--chekc' (did you mean '--check'?); see nsengine --help", words = { "--chekc" } },
  { nil, "unknown option '-nq': write -n -q; see nsengine --help", words = { "-nq" } },
  { nil, "no field 'limits.wall' (did you mean 'limits.wall_time'?); nsengine --help fields lists all",
    words = { "--help", "limits", "wall" } },
  { nil, "option '-o' needs an argument: FILE; see nsengine --help", words = { "-o" } },
  { nil, "no recipe: write 'nsengine RECIPE', or see nsengine --help", words = { "-q" } },
  { nil, "no recipe before '--', and 'ls' is not one: write nsengine RECIPE -- COMMAND...",
    words = { "--explain", "--", "ls" } },
  { "return 0", "no command after '--': write one, or leave out '--'", behind = "--" },
  { nil, "no field 'zzz'; nsengine --help fields lists all", words = { "--help", "zzz" } },
  { "return 0", "-e: describes no sandbox: there is nothing to explain", words = { "--explain" } },
  { "return 0", "-e: describes no sandbox: there is nothing to examine", words = { "--doctor" } },
  { "return 0", "option '--doctor': unknown format 'xml': write json, or nothing for text; see nsengine --help",
    words = { "--doctor=xml" } },
  { "return 0", "option '--trace': open /no/such/file: No such file or directory (ENOENT)",
    words = { "--trace=/no/such/file" } },
  { nil, "-e: a binary chunk: a recipe must be Lua source text, because precompiled code is not checked",
    words = { "-e", "\27Lua" } },
  { "return ns.sandbox {\n  env = {}\n  cmd = {} }", "-e:4: '}' expected (to close '{' at line 2) near 'cmd'\n"
    .. "  hint: a comma may be missing at the end of the line before" },
  { nil, "/bin/ls: a program: a recipe is Lua source text; a command goes after '--': nsengine RECIPE -- /bin/ls",
    words = { "/bin/ls" } },
  { 'local sys = require "nsengine.sys"\nlocal dir <close> = ns.tempdir()\nassert(sys.chdir(dir.path))\n'
    .. 'dir:close()\nns.cwd()', "-e:6: the working directory is gone: change to another" },
  { 'local sys = require "nsengine.sys"\nlocal dir <close> = ns.tempdir()\nassert(sys.chdir(dir.path))\n'
    .. 'dir:close()\nns.profile "agent"', "-e:6: the working directory is gone: change to another" },
  { nil, "/no/such.lua: No such file or directory (ENOENT)", words = { "/no/such.lua" } },
  { "ns.sandbox {}", "-e:2: this sandbox was described but never run: write 'return ns.sandbox { ... }'",
    words = { "--check" } },
  { 'local box = ns.sandbox {\n  cmd = { "true" } }',
    "-e:2: this sandbox was described but never run: write 'return box'" },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/home"] = ns.mask, ["/home/ci"] = ns.tmpfs() }, cmd = { "x" } }',
    "-e:2: fs./home/ci: /home is ns.mask, which cannot be entered\n  hint: [\"/home\"] = ns.dir, an empty directory" },
  { 'return ns.sandbox { fs = { ["/x"] = ns.file "a",\n  ["/x/y"] = ns.dir }, cmd = { "x" } }',
    "-e:3: fs./x/y: /x is ns.file, which has nothing below it\n  hint: [\"/x\"] = ns.dir, if a directory is meant" },
  { 'local paths = {}\nfor i = 1, 1500 do paths[i] = ("/usr"):rep(10) .. i end\nreturn ns.sandbox { '
    .. 'fs = { ["/"] = ns.ro "/" }, landlock = { read = paths }, cmd = { "true" } }',
    "-e:4: plan: more than 96 KiB of filter and rules for landlock: name directories above" },
  -- warnings
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "false" } }', "warning: -e: arguments not used: id -un; "
    .. "a command goes after '--': nsengine -e CHUNK -- id -un", 1, behind = { "id", "-un" } },
  { 'return ns.sandbox { fs = { ["/"] = ns.ro "/" }, limits = { output = "1M" },\n'
    .. 'stdout = ns.open("/dev/full", "w") }:run { "echo", "x" }',
    "warning: its output could not be passed on: write: No space left on device (ENOSPC)", 125 },
  { "return 0", "warning: -e: takes no command: what follows '--' is ignored", 0, behind = { "--", "x" } },
}

--- Messages of hosts that this one is not: spec/unit/confine_spec.lua, spec/unit/cgroup_spec.lua and
--- spec/kernel/limits_spec.lua have them printed.
local elsewhere = {
  "option '--why': write: No space left on device (ENOSPC)", -- spec/cli/launcher_spec.lua
  "r.lua:1: fs./opt: fstatfs /opt: Read-only file system (EROFS)", -- below
  "warning: r.lua:1: fs./w/a/b: it does not exist in w, so nothing new can be created beside it in /w: create it, "
    .. "mkdir -p w/a/b",
  "warning: r.lua:1: limits.memory: skipped: no control group can enforce it: there is none (listed in 'optional')",
  "r.lua:1: limits.memory: no control group can enforce it: there is none; limits.address_space limits each process",
  "r.lua:1: limits.cpuset: processor 7 is not available: this process may use 0-1",
  "r.lua:1: limits.io: /tmp: it is not on a disk",
  "r.lua:1: limits.pids: without an init, the set-up briefly needs a second process: pids = 2, or init = true",
  "r.lua:1: no command: argv is NULL, and the recipe has no cmd = { ... }", -- spec/kernel/embed_recipe_spec.lua
  "r.lua:1: limits.swap: cgroup v1 counts memory and swap together: set limits.memory too",
  "r.lua:1: limits.memory: its control group: write memory.max: Permission denied (EACCES)",
  "r.lua:1: limits.memory: 65536 bytes are too few to build the sandbox: its first process was killed",
  "r.lua:1: limits.memory: write cgroup.procs: Permission denied (EACCES)",
  "r.lua:1: limits.cpu_time: can only be lowered: each process also has the initial limit as its own",
  "r.lua:1: limits.io: its control group lacks that controller: set such a limit when you start it",
  "r.lua: killed by SIGKILL after 0.12 s: it reached its limit of 67108864 bytes of memory",
  "warning: limits.memory: this kernel cannot limit swap",
  "warning: limits.cpu_time: enforced for each process only: cgroup_read cpu.stat: No such device (ENODEV)",
  "warning: memory_peak: not available: cgroup_read memory.peak: No such file or directory (ENOENT)",
  "warning: the kernel killed one of its processes for lack of memory, but not because of this sandbox's limit",
  "warning: its control group nsengine-4026531836-7-99-1 could not be removed: it is busy",
  "warning: limits.memory: no notification when it is reached: eventfd: Too many open files (EMFILE)",
  "warning: limits.disk: cannot tell whether it was full: open /proc/7/root: Permission denied (EACCES)",
}

--- The headings of docs/errors.md as Lua patterns: "…" matches anything.
local function headings()
  local list = {}
  for line in io.lines "docs/errors.md" do
    local text = line:match("^### `(.+)`$")
    if text then
      local pattern = text:gsub("…", "\0"):gsub("%p", "%%%0"):gsub("%z", ".-")
      list[#list + 1] = { text = text, pattern = "^" .. pattern .. "$" }
    end
  end
  return list
end

local function message_of(case)
  return case[2]:match("^[^\n]*")
end

describe("a message", function()
  for _, case in ipairs(messages) do
    it("reads: " .. message_of(case), function()
      local command = { table.unpack(case.words or {}) }
      if case[1] then
        command[#command + 1] = "-e"
        command[#command + 1] = 'local ns = require "nsengine"\n' .. case[1]
      end
      local behind = type(case.behind) == "string" and { case.behind } or case.behind or {}
      table.move(behind, 1, #behind, #command + 1, command)
      local r = support.nsengine(command)
      local text = r.stderr:gsub("after %d+%.%d+ s", "after 0.00 s"):gsub(": execve [^:\n]*: ", ": execve…: ")
        :gsub(":4: [%w:/._() ]+: Too many", ":4: …: Too many") -- whichever call was refused first
        :gsub("%S+/%.vscode", "…/.vscode")
        :gsub("%S+/%.git/", "…/.git/")
      assert.same({ case[3] or 125, case.out or "", "nsengine: " .. case[2] .. "\n" }, { r.code, r.stdout, text })
    end)
  end
end)

describe("docs/errors.md", function()
  local all = headings()

  it("lists every message", function()
    for _, case in ipairs(messages) do
      local found = false
      for _, heading in ipairs(all) do found = found or message_of(case):find(heading.pattern) ~= nil end
      assert.truthy(found, message_of(case))
    end
    for _, text in ipairs(elsewhere) do
      local found = false
      for _, heading in ipairs(all) do found = found or text:find(heading.pattern) ~= nil end
      assert.truthy(found, text)
    end
  end)

  it("lists no message that is never printed", function()
    for _, heading in ipairs(all) do
      -- These take a host that forbids something, or an older kernel.
      local found = heading.text:find("clone: Operation not permitted", 1, true)
        or heading.text:find("needs ABI", 1, true) or heading.text:find("and this kernel has none", 1, true)
        or heading.text:find("--luarc: no types", 1, true) -- a launcher that was moved: package_spec.lua
      for _, case in ipairs(messages) do found = found or message_of(case):find(heading.pattern) end
      for _, text in ipairs(elsewhere) do found = found or text:find(heading.pattern) end
      assert.truthy(found, heading.text)
    end
  end)
end)

describe("the message about a refused user namespace", function()
  it("names what forbids it", function()
    -- A child that may make no more user namespaces: the limit is its own.
    local dir <close> = support.tempdir()
    local limit = "/proc/sys/user/max_user_namespaces"
    local uid = support.users[#support.users]
    local launcher = support.launcher(uid)
    assert(sys.writefile(dir.path .. "/r.lua",
      'local ns = require "nsengine"\nreturn ns.sandbox { fs = { ["/"] = ns.ro "/" }, cmd = { "true" } }'))
    local r = support.run { "unshare", "-r", "sh", "-c", ("echo 0 > %s && exec %s %s/r.lua"):format(limit, launcher,
      dir.path), uid = uid }
    if r.stderr:find("unshare", 1, true) or r.stderr:find("cannot create", 1, true) then
      return pending "needs unshare(1)"
    end
    assert.equal(125, r.code)
    assert.matches("^nsengine: [^\n]*/r.lua:2: clone: No space left on device %(ENOSPC%)\n  hint: [^\n]*"
      .. "user.max_user_namespaces", r.stderr)
  end)
end)

describe("an overlay of directories that do not fit", function()
  it("is refused with the reason", function()
    local dir <close> = support.tempdir()
    for _, name in ipairs { "low", "up", "up/work" } do assert(sys.mkdir(dir.path .. "/" .. name, 493)) end
    assert(sys.writefile(dir.path .. "/file", ""))
    local separate = "upper and work must be separate directories, neither in the other"
    for _, case in ipairs {
      { "low", "up", "up/work", separate }, { "low", "up", "./up", separate },
      { "file", "low", "up/work", "file is not a directory" }, { "low", "up", "file", "file is not a directory" },
    } do
      local r = support.nsengine { "-e", ('local ns = require "nsengine"\nreturn ns.sandbox { cmd = { "true" }, '
        .. 'user = "self", fs = { ["/"] = ns.ro "/", '
        .. '["/opt"] = ns.overlay { lower = "%s", upper = "%s", work = "%s" } } }')
        :format(table.unpack(case, 1, 3)), cwd = dir.path }
      assert.same({ 125, ("nsengine: -e:2: fs./opt: fsconfig /opt: Invalid argument (EINVAL)\n  hint: %s\n")
        :format(case[4]) },
        { r.code, r.stderr })
    end
  end)
end)

describe("an overlay whose user may not write to upper or work", function()
  it("is refused, and not silently mounted read-only", function()
    if sys.getids().euid ~= 0 then return pending "takes two users" end
    for _, ours in ipairs { "up", "neither" } do
      local dir <close> = support.tempdir()
      for _, name in ipairs { "up", "work" } do
        assert(sys.mkdir(dir.path .. "/" .. name, 493))
        if name == ours then assert(sys.chown(dir.path .. "/" .. name, 1000, 1000)) end
      end
      local r = support.nsengine { "-e", 'local ns = require "nsengine"\nreturn ns.sandbox { cmd = { "true" }, '
        .. 'fs = { ["/"] = ns.ro "/", ["/opt"] = ns.overlay { lower = "/opt", upper = "up", work = "work" } } }',
        uid = 1000, cwd = dir.path }
      assert.same({ 125, "nsengine: -e:2: fs./opt: fstatfs /opt: Read-only file system (EROFS)\n  hint: the sandbox's "
        .. "user may not write to upper or work, or their file system is read-only: the kernel would mount "
        .. "the overlay read-only\n" },
        { r.code, r.stderr })
    end
  end)
end)

describe("a mount whose target does not exist", function()
  it("causes a warning only where the command may write to the directory", function()
    local dir <close> = support.tempdir()
    local where = dir.path .. "/w"
    assert(sys.mkdir(where, 493))
    assert(sys.mkdir(where .. "/a", 493))
    assert(sys.symlink("a", where .. "/link"))
    local function warnings(root, target)
      return support.nsengine({ "-e", ('local ns = require "nsengine"\nreturn ns.sandbox { fs = { ["/"] = ns.ro "/", '
        .. '["/w"] = %s,\n[%q] = ns.tmpfs() }, cmd = { "true" } }'):format(root, target), cwd = dir.path }).stderr
    end
    local text = "nsengine: warning: -e:3: fs.%s: it does not exist in w, so nothing new can be created beside it in "
      .. "%s: create it, mkdir -p w%s\n"
    assert.equal(text:format("/w/b/c", "/w", "/b/c"), warnings('ns.rw "w"', "/w/b/c"))
    assert.equal(text:format("/w/a/c", "/w/a", "/a/c"), warnings('ns.rw "w"', "/w/a/c"))
    for _, quiet in ipairs { { 'ns.rw "w"', "/w/a" }, { 'ns.rw "w"', "/w/link" }, { 'ns.ro "w"', "/w/b" },
      { "ns.tmpfs()", "/w/b" } } do
      assert.equal("", warnings(quiet[1], quiet[2]))
    end
  end)
end)

describe("a source that is not in the working directory", function()
  it("is found beside the recipe by the hint", function()
    local dir <close> = support.tempdir()
    assert(sys.mkdir(dir.path .. "/nse-beside", 493))
    assert(sys.writefile(dir.path .. "/r.lua", [[local ns = require "nsengine"
      return ns.sandbox { fs = { ["/"] = ns.ro "/", ["/mnt"] = ns.ro "./nse-beside" }, cmd = { "true" } }]]))
    local text = ("nsengine: %s/r.lua:2: fs./mnt: no such file or directory: ./nse-beside\n"):format(dir.path)
    local hint = '  hint: it is beside the recipe: ns.here "nse-beside"\n'
    assert.equal(text .. hint, support.nsengine({ dir.path .. "/r.lua", cwd = "/" }).stderr)
    assert(sys.rmdir(dir.path .. "/nse-beside"))
    assert.equal(text, support.nsengine({ dir.path .. "/r.lua", cwd = "/" }).stderr)
  end)
end)
