---@meta nsengine
-- Written by docs/generate.lua: types for editors, never run. `nsengine --luarc` points to them.

---@class nsengine.Spec.user
---@field gid? integer The group id inside.
---@field gid_map? integer[][] Ranges of group ids, like uid_map; those of others by newgidmap(1), from /etc/subgid.
---@field groups? "keep"|integer[] Supplementary groups: ids inside, or "keep" for the caller's. Default: none, where they can be dropped.
---@field uid? integer The user id inside.
---@field uid_map? integer[][] Ranges of user ids, { INSIDE, OUTSIDE, COUNT } each; those of others by newuidmap(1), from /etc/subuid.

---@class nsengine.Spec.clock
---@field boottime? number|string Offset of CLOCK_BOOTTIME, and so of uptime(1), inside. Default: 0.
---@field monotonic? number|string Offset of CLOCK_MONOTONIC inside. Default: 0.

---@class nsengine.Spec.limits
---@field address_space? integer|string Address space of one process, which is more than it has in memory. More fails with ENOMEM, and what the command makes of that is the reason: "exit" or "signal", never "memory".
---@field core? integer|string Largest size of a core file. Default: 0: no core files.
---@field cpu_time? number|string CPU seconds of all processes together; at the limit the whole sandbox is killed. Without a control group (`enforced` says "rlimit") it applies to each process, by RLIMIT_CPU, whose clock ticks can be a third off on a busy machine. It is set a quarter and half a second higher, rounded up to whole seconds: SIGXCPU then, and SIGKILL a second later. The Result's reason goes by the measured time.
---@field cpu_weight? integer Share of the processors when others want them too, 1 to 10000. Default: 100.
---@field cpus? number CPU time in each 100 ms, in processors: 1.5 is 150 ms. What wants more waits.
---@field cpuset? string|integer|integer[] The processors to run on: "0-2,5", 3 or { 0, 1 }.
---@field disk? integer|string What all ns.tmpfs in `fs` may hold together: those without a size share equally what the others leave. Refused if the command may write to directories of the host, whose growth nothing here can limit.
---@field file_size? integer|string Largest size that a file may grow to; SIGXFSZ beyond it.
---@field files? integer Open descriptors of one process.
---@field io? table How much the sandbox may read from and write to a disk in a second: bytes (read, write) and operations (read_ops, write_ops). A disk is named by a path on it, or by its device. A path that is on no disk (tmpfs, overlay) is refused.
---@field memory? integer|string Memory of all processes together: their own, files in tmpfs, and what the kernel keeps for them. A process that wants more is killed, and the whole sandbox with it. Nothing is swapped out unless `swap` allows it.
---@field output? integer|string Bytes that may be written to standard output and error together; they count wherever they go, except to "null". Beyond that the whole sandbox is killed. Refused with "pipe", which the program reads itself. Default: 64M of what is captured; else none.
---@field pids? integer Processes and threads at a time, not counting the init. One more fails with EAGAIN, and the command goes on as it likes. The reason is "pids" if it then failed, or if a time limit ended it while it was still at this limit. Without a control group (`enforced` says "rlimit") it is enforced like `processes`, with one more for the init: also with EAGAIN, but nothing records that the limit was reached, so the reason is whatever the command made of it, such as "exit". The host's root, and share = { "user" }, are refused then.
---@field processes? integer Processes and threads of the sandbox's user, in its user namespace, including the init. One more fails with EAGAIN; the reason is whatever the command makes of that. Where there is a control group, `pids` counts better.
---@field stack? integer|string Size of the stack of one process.
---@field swap? integer|string How much may be swapped out, in addition to `memory`. Default: 0 with memory; else none.
---@field wall_time? number|string How long the command may run; then the whole sandbox is killed. The init enforces it too, a second later, so it holds whatever the program does meanwhile; with init = false it holds only while the program waits for a sandbox, or reads or polls what one prints. What the command wrote before its end is delivered, however long that takes.

---@class nsengine.Spec.landlock
---@field bind? (integer|string)[] Ports that the command may bind: 8080 for TCP (ABI 4), "53/udp" for UDP (ABI 10); 0 is one that the kernel chooses. "tcp" and "udp" leave that kind unrestricted.
---@field connect? (integer|string)[] Where the command may connect to: TCP ports, 443 (ABI 4); UDP ports, "53/udp" (ABI 10); unix sockets, by path or by a directory above (ABI 9). "tcp", "udp" and "unix" leave that kind unrestricted: { 443, "udp" } on the host's network, with a kernel that cannot restrict UDP. Addresses are not looked at. Protocols other than TCP and UDP, and TCP Fast Open, are not restricted; seccomp = "default" refuses them, except ping.
---@field exec? string[] Paths that may be read and executed. The loader of a program and the interpreter of a script are executed too. This is no list of what may run: a loader or an interpreter runs whatever it may read, and a memory file (memfd_create(2)) can always be executed.
---@field log? boolean Whether the kernel writes what it denied the command to its audit log (ABI 7). Default: false.
---@field read? string[] Paths inside that may be read and listed, with all that is below them. A path that leads through a symbolic link is refused.
---@field scope? ("abstract_unix_socket"|"signal")[]|true What may not leave the sandbox: connections to abstract unix sockets, and signals (ABI 6); true is both. Namespaces of its own have the same effect.
---@field write? string[] Paths that may be read and changed: files may be written, truncated (ABI 3), created, removed, moved to another directory (ABI 2; always denied before) and used as devices (ABI 5).

---@class nsengine.Spec.seccomp
---@field allow? string[] Calls, and groups of them ("@network"), that are allowed with any arguments. Default: {}.
---@field args? table<string, table> Calls that are allowed only with certain arguments. They are denied otherwise; that is on top of what the profile requires of them. A comparison is { arg = 0 to 5, eq|ne|lt|le|gt|ge = number }; eq and ne also take a list: one of them, none of them. All comparisons in a list must hold; in { any = { ... } }, one. mask = bits compares only those bits (eq, ne). Numbers are unsigned. eq, lt and le compare all 64 bits of the register; bits = 32 compares the lower half, which is what the kernel reads of an int; ne, gt and ge must say which. Addresses can be compared, but not what they point to. Default: {}.
---@field default? string What happens to a call that nothing names: an error, "kill", or "log", which allows and logs it. Default: the profile's: "ENOSYS", or "kill" of "strict".
---@field deny? string[] Calls and groups that are denied. A call named by itself takes precedence over its group. Default: {}.
---@field errno? string The error with which deny and args deny a call. Default: "EPERM"; where default is "kill", that.
---@field log? boolean Denies nothing but calls of a foreign ABI: what would be denied is allowed and written to the kernel's log, audit(8), if /proc/sys/kernel/seccomp/actions_logged has "log". For finding out what a program needs; it is no protection. Default: false.
---@field notify? table<string, function> Calls that a Lua function of this program answers, outside the sandbox: name = function(call). See docs/notify.md. It needs the init. Default: {}.
---@field profile? "default"|"strict"|"none" The filter to start from: "default", "strict", or "none", which allows nothing. Default: "default"; in :with what it was.

--- The fields of a sandbox. `false` is a field's default.
---@class nsengine.Spec
---@field optional? (string[])|false Fields to leave out, with a warning in the Result, where this host cannot do what they ask; otherwise that is an error. They are written as in messages: "landlock", "limits.memory", "fs./data". The sandbox is weaker without them, so nothing is optional unless it is listed here. Default: {}: what cannot be had is an error.
---@field share? (("ipc"|"uts"|"net"|"pid"|"user"|"mount"|"cgroup"|"time")[]|"all")|false The namespaces that the sandbox shares with its caller; all others are new. What is shared leaks: "pid" lets the command see the caller's processes, and signal them where landlock does not scope signals (before Linux 6.12, or landlock = false); "net" is the host's network (as net = "host"); "mount" is the host's file tree (without fs). An ordinary user can share "user" only together with all the others. "all" makes no namespace, for hosts and containers that forbid user namespaces. Only landlock restricts what the command reaches then, and must be given. Still enforced are no_new_privs, seccomp, capabilities, limits, the environment, descriptors, and a session and keyring of its own. Not restricted is what landlock has no rule for: seeing processes; stat, and chmod and chown of one's own files; System V IPC and POSIX message queues. limits.processes then counts everything that the user runs. Default: {}: all eight namespaces are new.
---@field user? ("self"|"root"|"nobody"|nsengine.Spec.user)|false The user that the command runs as. "self": your own ids, inside and outside. "root": id 0 inside, your own outside. "nobody": no id is mapped, so it sees 65534. A table gives ids and maps: { uid =, gid =, groups =, uid_map =, gid_map = }. Started by root, the command is never the host's root unless "self" or maps ask for that: it becomes the first id of root's range in /etc/subuid, else 65534. { uid =, gid = } only names that user inside; to become another user of the host, and write to its files, give maps: { uid_map = { { 1000, 1000, 1 } }, gid_map = { { 1000, 1000, 1 } } }. Default: "self"; started by root: "nobody".
---@field name? (string)|false The name of the sandbox in messages, and its host name if hostname is not given: at most 63 letters, digits, '.', '_' and '-'. Default: none.
---@field hostname? (string)|false The host name inside, at most 64 bytes. The host's own name is not visible. Default: the name of the sandbox, else "sandbox".
---@field domainname? (string)|false The NIS domain name inside, at most 64 bytes. Default: the host's.
---@field clock? (nsengine.Spec.clock)|false Offsets of the clocks that count from boot. They may be negative, but no clock may fall below 0. Default: the clocks of the host.
---@field net? ("none"|"host")|false The network. "none": a network of its own with only a loopback interface, which is up. "host": the host's network. The host's abstract sockets come with it. From Linux 6.12 on, landlock keeps the command from connecting to them; before, it can reach those of X, D-Bus or containerd. landlock = { scope = {} } allows them; X11 clients may need that. Default: "none".
---@field fs? (table<string, nsengine.Mount>|table[])|false The file tree: a table from paths inside to mounts. Parents are mounted before what is below them; a list { { TARGET, MOUNT }, ... } is mounted in its own order. Missing mount points are made in the sandbox's own root, never on the host. Without ["/"] the root is an empty tmpfs, read-only once everything is mounted. Host paths are relative to the working directory; "~/" is the home directory. All mounts are nosuid, and nodev except ns.dev_bind, ns.dev and ns.devpts. The host's "/" as ["/"], with ns.ro or ns.rw, brings its files but not its running machine: /run, /sys, /proc and /dev are empty until the recipe names them, as in ["/run"] = ns.ro "/run"; so are /etc/machine-id and D-Bus's copy of it. ns.dev_bind "/" brings everything. Sockets in other directories work even in a read-only mount: whoever may write to a socket can connect to it. Default: {}: an empty root that cannot be written to.
---@field limits? (nsengine.Spec.limits)|false What the command may use. Sizes are bytes, or "64K", "64M", "1.5G", "1T", powers of 1024; "64MB" and "64MiB" mean "64M". Durations are seconds, or "500ms", "2s", "10min" ("10m" too), "1h", "7d". If a limit on all processes or on time ended the sandbox, the Result's `reason` names it. A limit on a single process acts as it does in the kernel: with a signal (SIGXFSZ for file_size) or an error. The Result's `enforced` tells what enforced each limit. - On all processes together, by a control group; `nsengine --doctor` tells whether there is one: memory, swap, pids, cpus, cpu_weight, cpuset, io, cpu_time. Of these, pids and cpu_time work without one too, but less well. - On each process, by setrlimit(2), on every host: address_space, files, file_size, stack, core; on its user: processes. - On the sandbox, by its supervisor, the program that started it, on every host: wall_time, output; and disk, by the sizes of its tmpfs. Default: none but core = 0.
---@field nice? (integer)|false The nice value of the command, nice(2), up to 19, the most yielding. It can be below the caller's only as far as RLIMIT_NICE allows, because it is set after all privileges are dropped. Default: the caller's, but not below 0.
---@field umask? (string)|false The permission bits that files made by the command do not get, umask(2): octal digits. Default: "022".
---@field init? (boolean)|false Whether pid 1 is a small init. It reaps orphans and forwards the signals of process:kill and process:stop to the command, its child. A signal that ends the launcher is not forwarded: it ends the sandbox at once, with SIGKILL. With false the command itself is pid 1: signals that it does not handle are ignored, abort() does not end it with SIGABRT, and it has to reap orphans. A hostile command may then outlive a launcher that is killed by SIGKILL: it can clear the parent-death signal that would kill it (prctl(2)), but not that of an init. Where the pid namespace is shared, the init is not pid 1: it kills what the command leaves behind, and nothing else does. With landlock's scope "signal" (ABI 6) that happens at once, and the command cannot prevent it. Without it, the init looks for those processes in /proc, which must be inside: ns.ro "/proc"; a command that keeps forking may escape, and the command may kill the init. Default: true.
---@field cwd? (string)|false The working directory of the command, a path inside the sandbox. The caller's is not inherited. Default: "/".
---@field env? (table<string, string|boolean>|true)|false The environment of the command. NAME = "value" sets a variable; NAME = true copies the caller's, if it has one; NAME = false leaves it out. `true` instead of a table copies the whole environment. Without PATH, /usr/local/bin:/usr/bin:/bin is searched. Default: {}: empty.
---@field cmd? (string[])|false The command and its arguments. A name without a slash is searched for in PATH, inside the sandbox. No shell interprets it. Default: none: what run or spawn is given, or the words after -- on the command line.
---@field tty? (boolean)|false Whether the command gets a pseudo-terminal of its own, with job control. The caller's terminal never becomes its controlling terminal; it is raw meanwhile, and restored at the end. Only a launcher that is killed by SIGKILL leaves it raw: `reset` repairs it. Ctrl-Z does not suspend a command that is no shell, because nothing in its session could resume it; where it matters, make the command a shell, which has job control. With false, descriptors are passed on as they are, in a new session. Default: automatic: where standard input and output are terminals.
---@field stdin? ("inherit"|"null"|"pipe"|string|table|file*|integer)|false Where the command reads from: "inherit", "null", "pipe" (box:spawn only: the Process has the other end), or an open file or descriptor. Any other string is the text to read and not a path, even "1.in". { text = "null" } is the text of such a word. Open files with ns.open, which raises an error on failure: io.open returns nil then, which leaves the field unset, and the command would read what the caller reads. Default: "inherit".
---@field stdout? ("inherit"|"capture"|"null"|"pipe"|file*|integer)|false Where the command writes to: "inherit", "capture" (into the Result), "null", "pipe" (box:spawn only: the Process has the other end), or an open file or descriptor. Open files with ns.open, which raises an error on failure: io.open returns nil then, which means the caller's output. If a recipe returns the sandbox, what it captures is written out at its end, unless --result FILE has it. Default: "inherit".
---@field stderr? ("inherit"|"stdout"|"capture"|"null"|"pipe"|file*|integer)|false Where the command writes its messages: "inherit", "stdout" (where its output goes, in the order in which it writes both), "capture" (into the Result), "null", "pipe" (the Process has the other end), or an open file or descriptor (ns.open). Otherwise it is like stdout. Default: "inherit".
---@field fds? (table<integer, integer|file*|nsengine.FD>)|false Descriptors for the command besides 0, 1 and 2: { [NUMBER] = an open file or descriptor }. No others are inherited. Open files with ns.open, which raises an error on failure: io.open returns nil then, and [3] = nil is no entry. Default: {}: no others.
---@field setup? (function)|false A function that runs inside, once everything is mounted and before any privilege is dropped; it may use all of nsengine.sys. An error, or nil and a message, aborts the start. The caller is forked for it, which takes time if it is large. Default: none.
---@field caps? (string[]|"all")|false The capabilities(7) that the command and its children keep, with or without "cap_" in their names. All five sets have them: effective, permitted, inheritable, bounding and ambient. They apply to the sandbox's own namespaces, never to the host's, unless share names "user". Started by root, a command with capabilities is set up as the user that it becomes, which must then be able to reach what fs names. With "sys_admin" it can lift masks and make read-only mounts writable: they belong to it. The key securebits lists noroot, no_setuid_fixup, keep_caps and no_cap_ambient_raise, each also with _locked. Without capabilities all are set except keep_caps, and all are locked. Default: {}: none, in all five sets.
---@field no_new_privs? (boolean)|false Makes set-user-id bits and file capabilities ineffective for the command and its children, prctl(2). false requires a sandbox without seccomp and landlock, or caps = { "sys_admin" }; mounts are nosuid in any case. Default: true.
---@field landlock? (nsengine.Spec.landlock|false)|false What the command and its children may reach. landlock(7) enforces it, on top of everything else, or alone with share = "all". A rule allows; what no rule allows is denied. - read, write and exec belong together: once one is given, nothing else can be read, written or executed. - connect and bind belong together in the same way. - What is not given at all is not restricted, except with share = "all", where everything is. Where the pid namespace is shared, no process outside can be signalled, and where the network is, no abstract socket outside can be connected to (ABI 6), unless scope = {} or landlock = false. - Descriptors that the command is given are not restricted, nor are chdir, stat, chmod, chown and the like. Each part needs a landlock ABI: 1 is Linux 5.13, 2 5.19, 3 6.2, 4 6.7, 5 6.10, 6 6.12, 7 6.15, 9 7.1, 10 7.2. A kernel that lacks it is an error, unless optional names the word: what the kernel has is enforced then. It is no error where the mounts, or a network of its own, enforce the same: ioctl, sockets, UDP. A missing path is an error, unless optional names its word. Default: none: mounts and namespaces confine the command.
---@field seccomp? ("default"|"strict"|false|nsengine.Spec.seccomp)|false The system calls that the command and its children may make: a filter that they cannot remove. Every filter refuses calls of a foreign ABI (32-bit, x32). - "default" allows what everyday programs need: no mounts, namespaces, tracing of others, io_uring, BPF, keyrings, modules or setting of clocks, no sockets but unix, TCP, UDP and ping, no typing into a terminal (TIOCSTI). What it denies fails with EPERM, a socket with EAFNOSUPPORT, what it does not know with ENOSYS, so that programs do without. Calls that need a capability are allowed if caps has it. - "strict" is for a program that computes: it may read files and use memory and time, and is killed for anything else; r.reason is then "syscall". - false is no filter. - A table changes the filter that its key profile names. In :with, a table without that key changes the filter that is there, and what it says of a call replaces what was said before. Groups that "default" allows: @io, @file, @memory, @process, @thread, @signal, @identity, @resource, @time, @system, @ipc, @aio, @network. Groups that it does not: @mount, @namespace, @debug, @io_uring, @key, @clock-set, @module, @admin, @numa, @lsm, @obsolete. Default: "default".
---@field denied? (boolean)|false Records what the command was denied. Result.denied lists the calls that failed because of the recipe, each with its path or address, the field and its line, and what to write to allow it. Calls that name files or addresses are then checked outside the sandbox, which slows each by some 50 us: use it to find out what a recipe lacks, not every day. They are answered while the program waits for a sandbox, or reads, writes or polls its pipes. It needs the init. nsengine --why does the same for a recipe that does not ask for it. Default: false.

--- A command, its list part, and fields for this run.
---@class nsengine.Command: nsengine.Spec
---@field [integer] string

---@class nsengine.Sandbox
local Sandbox = {}

--- Derives another sandbox: maps merge by key, lists replace, false removes.
---@param spec nsengine.Spec
---@return nsengine.Sandbox
function Sandbox:with(spec) end

--- Runs the command to its end and returns a Result.
---@param command? nsengine.Command
---@return nsengine.Result
function Sandbox:run(command) end

--- Starts the command and returns a Process while it runs.
---@param command? nsengine.Command
---@return nsengine.Process
function Sandbox:spawn(command) end

--- Describes what would be done, in order: as text, or as JSON.
---@param kind? "text"|"json"
---@return string
function Sandbox:explain(kind) end

---@class nsengine.Process
---@field pid integer the sandbox's first process: its init, or the command where there is none
---@field stdin userdata|nil with "pipe": the FD that the program writes to
---@field stdout userdata|nil with "pipe": the FD that the program reads from
---@field stderr userdata|nil likewise
local Process = {}

--- Waits until the sandbox ends, or the time is over.
---@param seconds number|string|nil 0.5, "500ms"; nil and math.huge wait without limit
---@return nsengine.Result|nil result
---@return "timeout"|nil timeout it is still running
function Process:wait(seconds) end

--- Sends a signal to the command; SIGKILL ends the whole sandbox. SIGSTOP is refused where there is an init, which it
--- would stop instead of the command: use process:pause().
---
--- Only the command itself gets it, not its children: a shell may handle a signal only when the program that it runs
--- has ended. Let the shell `exec` that program, or use SIGKILL. With tty = true and stdin = "pipe", writing "\3" to
--- the process's stdin is Ctrl-C, which the terminal sends to the program in the foreground and the shell alike.
---@param signal string|integer|nil "TERM", "SIGTERM" or 15; SIGKILL by default
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; EINVAL: SIGSTOP where there is an init
function Process:kill(signal) end

--- Ends the sandbox gently: sends SIGTERM to the command, and SIGKILL if it still runs after `seconds`.
---@param seconds number|string|nil 10 by default
---@return nsengine.Result
function Process:stop(seconds) end

--- Returns a descriptor, pidfd_open(2), that becomes readable when the sandbox has ended: for another event loop. The
--- caller closes it. That loop must call process:wait(0) then, and from time to time before: that enforces time limits
--- and collects captured output.
---@return userdata|nil fd
---@return string|nil message
---@return integer|nil errno ESRCH: it has been waited for
function Process:pidfd() end

--- Tells what the sandbox uses now. Figures that nothing here counts are nil: those of the whole sandbox need a
--- control group, which the limits on memory, pids and processors make.
---@return table usage seconds: wall_time, cpu_time, cpu_user, cpu_system; bytes: memory, memory_peak, io_read, io_written; and pids
function Process:usage() end

--- Changes limits of the running sandbox: process:limit { memory = "512M", wall_time = "1min" }. wall_time counts from
--- the start. Limits that need a control group can change only if it has one; those of setrlimit(2) cannot. What cannot
--- be changed is an error.
---@param limits table as in limits = { ... }
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; EAGAIN: its init is stopped
function Process:limit(limits) end

--- Suspends all processes of the sandbox; its wall_time goes on. It needs a control group.
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; ENOTSUP: it has no control group
function Process:pause() end

--- Resumes a paused sandbox.
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; ENOTSUP: it has no control group
function Process:resume() end

--- Returns the steps that were recorded, if the run asked for a trace.
function Process:trace() end

--- Kills the sandbox if it still runs, and releases what it had: descriptors, also the program's ends of its pipes, and
--- the caller's terminal.
function Process:close() end

---@class nsengine.Result
---@field ok boolean the command exited with status 0, within all limits
---@field reason "ok"|"exit"|"signal"|"syscall"|"memory"|"pids"|"cpu_time"|"wall_time"|"output"|"disk" why it ended
---@field code integer|nil the command's exit status
---@field signal integer|nil the signal that killed it
---@field wall_time number seconds from exec to the end
---@field cpu_time number|nil CPU seconds of all processes; without a control group, of those that were waited for
---@field cpu_user number|nil the part spent in user mode
---@field cpu_system number|nil the part spent in the kernel
---@field memory integer|nil peak in bytes. With a memory limit, of the whole sandbox, including files in tmpfs and what the kernel kept for it; else of the resident memory of its largest process
---@field pids integer|nil peak of processes and threads, without the init; with a control group that counts them
---@field io_read integer|nil bytes read from disks; with limits.io, or where every group counts them
---@field io_written integer|nil bytes written to disks
---@field disk integer|nil with limits.disk, bytes in its tmpfs at the end
---@field csw_voluntary integer|nil context switches of processes that waited for something
---@field csw_forced integer|nil context switches of processes that were preempted
---@field stdout string|nil what was captured; nil without stdout = "capture"
---@field stderr string|nil what was captured; nil without stderr = "capture"
---@field truncated boolean whether limits.output cut off what it wrote
---@field enforced table<string, string> what enforced each limit: "cgroup2", "cgroup1", "rlimit", "tmpfs", "supervisor"
---@field warnings any[] what was optional and could not be done, and the like
---@field limits table<string, number> the limits of the run, in seconds and bytes
---@field command string|nil the first word of the command
---@field denied nsengine.Denial[]|nil what it was denied, if the field `denied` asks for that
local Result = {}

--- Returns the result itself if the command succeeded, and raises an error object of kind "command" otherwise.
---@return nsengine.Result
function Result:check() end

--- The exit status as a shell would see it: the command's own; 124 for a time limit, as timeout(1); 128 + N for signal
--- N. A command that wrote more than limits.output gets 137 (SIGKILL), even if it ended by itself before the signal
--- came.
---@return integer
function Result:status() end

--- One line of JSON. The fields are always in the same order; those that are nil are left out. JSON strings hold text,
--- not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each invalid byte, and "stdout_base64" the
--- true bytes; likewise for stderr.
---@return string
function Result:json() end

---@class nsengine.Error
---@field kind "recipe"|"host"|"setup"|"exec"|"command"|"notify"
---@field where string|nil "recipe.lua:7"
---@field field string|nil "fs./work"
---@field op string|nil the kernel call that failed
---@field errno integer|nil
---@field message string
---@field traceback string|nil of a failed setup function
---@field hint string|nil what to do about it; printed on its own line
local Error = {}

---@class nsengine
local ns = {}

--- Makes a sandbox from its fields: ns.sandbox { ... }.
---@param spec nsengine.Spec
---@return nsengine.Sandbox
function ns.sandbox(spec) end

--- Waits until the first of several processes ends, and removes it from the list:
---
---     while #list > 0 do local process, result = ns.wait(list) ... end
---@param list nsengine.Process[]
---@param seconds number|string|nil
---@return nsengine.Process|nil process
---@return nsengine.Result|"timeout" result
function ns.wait(list, seconds) end

--- Parses the arguments of a recipe into a table. It answers --help and reports mistakes by itself.
---
---     local opt = ns.args({
---       about = "Judges a program.",           -- for --help
---       cmd = "what judges it",                -- for --help: what the command after "--" is
---       { "source", "the program", required = true },
---       { "tests*", "directories of tests" },  -- a list; "tests+": at least one
---       { "-t --time", "CPU seconds", type = "duration", default = 2 },
---       { "-v --verbose", "say more" },        -- without more keys, an option is a flag: true or false
---     }, ...)
---     print(opt.source, #opt.tests, opt.time, opt.verbose)
---
--- An entry is its name, which is its key in the table ("-t --time" is opt.time, "--dry-run" opt.dry_run), and what it
--- is. A name with "-" is an option; others are positional, in their order. What is not `required` may be missing: it
--- is then its `default`, else nil, false for a flag or {} for a list. A name that ends in "*" is a list of any length,
--- in "+" of at least one: such an option may be repeated; "?" changes nothing. `type` is "string", "flag", "number",
--- "integer", "size" ("64M", in bytes) or "duration" ("2s", in seconds); `choices` lists the words that are allowed;
--- `value` names an option's argument in --help.
---@param spec table about =, cmd =, and a list of {name, help, required =, default =, type =, choices =, value =}
---@param ... string the recipe's own arguments: its "..."
---@return table opt also opt.cmd, the command after "--"
function ns.args(spec, ...) end

--- Returns the sandbox of a profile; :with { ... } adapts it.
---
---     local judge = ns.profile "judge":with { limits = { cpu_time = 1 } }
---     local r = judge:run { "python3", "-c", "print(6 * 7)" }
---     print(r.reason, r.stdout)
---
--- nsengine --help profile lists them. Each is a recipe of some 20 lines, lua/nsengine/profiles/NAME.lua, that is run
--- at each call, because it looks at the working directory and at what this host has. What it cannot look at safely is
--- an error.
---@param name "strict"|"judge"|"build"|"agent"|"desktop"
---@return nsengine.Sandbox
function ns.profile(name) end

--- A path beside the recipe: ns.here "data" is the same wherever it is started from, also by a link to the recipe.
--- Without an argument, the recipe's directory.
---@param path string|nil
---@return string
function ns.here(path) end

--- The working directory.
---@return string
function ns.cwd() end

--- Makes a directory for the files of a sandbox, private to its owner: local dir <close> = ns.tempdir(). It is
--- removed at the end of its scope. Started by root, it belongs to the user that root's commands become by default.
---
--- It is also removed if SIGHUP, SIGINT, SIGQUIT, SIGTERM or SIGPIPE ends the launcher, but not if another signal does,
--- such as SIGKILL, SIGALRM or SIGUSR1.
---@param parent string|nil where to make it; by default TMPDIR, else /tmp
---@return nsengine.Tempdir
function ns.tempdir(parent) end

--- The files that match a pattern, sorted; an empty list if there are none. * matches any text, ? any character, [a-z]
--- and [!a-z] one of some characters. No shell is involved.
---@param pattern string
---@return string[]
function ns.glob(pattern) end

--- The content of a file. A failure is an error.
---@param path string
---@return string
function ns.read(path) end

--- Opens a file for stdin, stdout, stderr or fds. The descriptor is closed at the end of its `<close>` scope, or when
--- it is collected. A failure is an error.
---@param path string
---@param mode "r"|"w"|"a"|"r+"|"w+"|"a+"|nil "r" by default, as fopen(3)
---@return userdata
function ns.open(path, mode) end

--- The last component of a path: "b" of "/a/b" and of "/a/b/".
---@param path string
---@return string
function ns.basename(path) end

--- Prints a warning with the recipe's line, unless -q is given.
---@param text any
function ns.warn(text) end

---@class nsengine.Mount
local Mount = {}

--- A file or directory of the host, read-only with all that is mounted below it. follow = false refuses a path that
--- contains a symbolic link: for a tree that strangers write to. ns.ro "/" brings only files: /dev, /proc, /sys and /run
--- are empty and /tmp is read-only, unless ns.dev, ns.proc, ns.tmpfs() and the like are mounted there.
--- Example: ns.ro "/usr"
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.ro = nil

--- A file or directory of the host, writable; what is written there stays.
--- Example: ns.rw "."
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.rw = nil

--- A file or directory of the host, writable and with devices that can be opened; ns.ro and ns.rw are nodev.
--- Example: ns.dev_bind "/dev/kvm"
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.dev_bind = nil

--- An empty directory in memory that belongs to the command's user. size is 64M by default, or its share of limits.disk;
--- inodes: one for each 4096 bytes, at least 1024; mode: "755", or "1777" on /tmp, /var/tmp and /dev/shm. (The kernel's
--- own default, half of the memory for each, would let a command use it all.)
--- Example: ns.tmpfs { size = "1G" }
---@type nsengine.Mount | fun(options: {size: integer|string?, mode: string?, inodes: integer?}): nsengine.Mount
ns.tmpfs = nil

--- procfs(5) with the sandbox's own processes. /proc/sys, which acts on the whole machine, is read-only; files that
--- describe the machine and that programs do not need (kallsyms, keys, cmdline, config.gz, interrupts, locks, boot_id)
--- are empty and unreadable.
--- subset = "pid" shows only processes, without the cpuinfo, meminfo, stat and sys that ps(1) and free(1) read.
--- hidepid = "ptraceable", "invisible" or "noaccess" hides processes from one another, proc(5).
--- Example: ns.proc { subset = "pid" }
---@type nsengine.Mount | fun(options: {subset: string?, hidepid: string?}): nsengine.Mount
ns.proc = nil

--- A minimal /dev: null, zero, full, random, urandom, tty, a pts and shm of its own, and the links fd, stdin, stdout,
--- stderr and ptmx; console too where the command has a terminal. shm holds at most 64M, or its share of limits.disk.
--- Example: ns.dev
---@type nsengine.Mount | fun(): nsengine.Mount
ns.dev = nil

--- sysfs(5), read-only, with the network devices of the sandbox's own network.
--- Example: ns.sys
---@type nsengine.Mount | fun(): nsengine.Mount
ns.sys = nil

--- The POSIX message queues of the sandbox, mq_overview(7).
--- Example: ns.mqueue
---@type nsengine.Mount | fun(): nsengine.Mount
ns.mqueue = nil

--- Pseudo-terminals of the sandbox's own, pts(4), at most 256; for a /dev that is not ns.dev.
--- Example: fs = { ["/dev/pts"] = ns.devpts, ["/dev/ptmx"] = ns.symlink "pts/ptmx" }
---@type nsengine.Mount | fun(): nsengine.Mount
ns.devpts = nil

--- Directories of the host laid over each other, the first of `lower` on top. Changes go to `upper`; `work` is an empty
--- directory on the same file system, which overlayfs needs. Both must exist and belong to the caller, and serve one
--- sandbox at a time: two on the same upper are undefined ("upperdir is in-use" in dmesg). Without `upper` the mount is
--- read-only. In `upper` a new file is a file, a changed one is a full copy, and a removed one is a character device 0/0.
--- Owners and modes apply as outside: what belongs to root there, only root can change; started by root, ids other than 0
--- take a map (docs/recipes.md). For an ordinary user, only the top of an overlay of a root's directory is writable.
--- A lower directory with mounts below it, such as "/", is refused in a user namespace: lay one overlay over each
--- directory that is to be changed, as docs/recipes.md does.
--- Example: ns.overlay { lower = "/opt", upper = "./changes", work = "./changes.work" }
---@type fun(options: {lower: string|string[], upper: string?, work: string?}): nsengine.Mount
ns.overlay = nil

--- A file with this text, which belongs to the command's user. mode is "644" by default.
--- Example: ns.file("box:x:1000:1000::/:/bin/sh\n", "644")
---@type fun(text: string, mode: string?): nsengine.Mount
ns.file = nil

--- An empty directory. mode is "755" by default. For one that can be written to use ns.tmpfs.
--- Example: ns.dir "700"
---@type nsengine.Mount | fun(mode: string): nsengine.Mount
ns.dir = nil

--- A symbolic link to this path: relative to the link's own directory, or absolute inside the sandbox.
--- Example: ns.symlink "usr/bin"
---@type fun(to: string): nsengine.Mount
ns.symlink = nil

--- Hides a file or directory of what is mounted below: in its place is an empty one that no process inside can read or
--- write; a directory cannot be listed or entered either (EACCES). For an empty directory to work in use ns.tmpfs, for
--- one to look at ns.dir.
--- Example: fs = { ["/"] = ns.ro "/", ["/root"] = ns.mask }
---@type nsengine.Mount | fun(): nsengine.Mount
ns.mask = nil

return ns
