---@meta nsengine
-- Written by docs/generate.lua: types for editors, never run. `nsengine --luarc` points to them.

---@class nsengine.Spec.user
---@field gid? integer The group id inside.
---@field gid_map? integer[][] Ranges of group ids.
---@field groups? "keep"|integer[] Supplementary groups: ids inside, or "keep" for those of the caller. Default: none, where they can be dropped.
---@field uid? integer The user id inside.
---@field uid_map? integer[][] Ranges of user ids, { INSIDE, OUTSIDE, COUNT } each; those of others by newuidmap(1), out of /etc/subuid.

---@class nsengine.Spec.clock
---@field boottime? number|string What is added to CLOCK_BOOTTIME, and so to uptime(1), inside. Default: 0.
---@field monotonic? number|string What is added to CLOCK_MONOTONIC inside. Default: 0.

---@class nsengine.Spec.limits
---@field address_space? integer|string The address space of one process: more than what it has in memory. More fails with ENOMEM, and what the command makes of that is the reason of its end: "exit" or "signal", never "memory".
---@field core? integer|string How large a core file may be. Default: 0: no core files.
---@field cpu_time? number|string CPU seconds of all processes together; at the limit the whole sandbox is killed. Without a control group (`enforced` says "rlimit") each process is limited by itself, by RLIMIT_CPU, which counts in clock ticks and can be a third off on a busy machine. It is therefore set to a quarter more, rounded to whole seconds: a command that exceeds its limit is stopped up to a second later (SIGXCPU, then SIGKILL). The reason of the Result goes by the measured time.
---@field cpu_weight? integer The share of the processors where others want them too. Default: 100.
---@field cpus? number How many processors' time in each 100 ms; what wants more waits.
---@field cpuset? string|integer|integer[] The processors that it may run on.
---@field disk? integer|string What all ns.tmpfs of `fs` hold together: what those with a size leave is shared equally by the others. Refused beside directories of the host that the command may write to, whose growth nothing here can hold.
---@field file_size? integer|string How large a file may grow; SIGXFSZ beyond.
---@field files? integer Open descriptors of one process.
---@field io? table How much a disk reads and writes for it a second: bytes (read, write) and operations (read_ops, write_ops). A disk is named by a path on it, or by its device. What lies on no disk (tmpfs, overlay) is refused.
---@field memory? integer|string Memory of all processes together: their own, the files in tmpfs, what the kernel keeps for them. Who wants more is killed, and all others of the sandbox with it. Nothing is swapped out unless `swap` says so.
---@field output? integer|string How many bytes the command may write to standard output and error together, wherever they go but "null"; then the whole sandbox is killed. With "pipe", which the program reads itself, it is refused. Default: 64M of what is captured; else none.
---@field pids? integer Processes and threads at a time, the init left out. One more fails with EAGAIN: the command goes on as it likes. The reason of its end is "pids" where it then failed, or was stopped while it still stood at the limit. Without a control group (`enforced` says "rlimit") it is held as `processes` is, one more for the init: EAGAIN too, but nothing tells that it was reached, and the reason is what the command made of it, as "exit". Root of the host, and share = { "user" }, are refused then.
---@field processes? integer Processes and threads of the sandbox's user, in its user namespace; the init is one of them. One more fails with EAGAIN; the reason of the end is what the command makes of that. `pids` counts better, where there is a control group.
---@field stack? integer|string The stack of one process.
---@field swap? integer|string How much of it may be swapped out, besides `memory`. Default: 0 with memory; else none.
---@field wall_time? number|string How long the command may run; then the whole sandbox is killed. The init holds it too, a second later, so that it is held whatever the program does meanwhile; with init = false it is held while somebody waits for a sandbox, or reads what one prints. What the command wrote before its end is delivered, however long that takes.

---@class nsengine.Spec.landlock
---@field bind? (integer|string)[] Which ports the command may take: 8080 of TCP, "53/udp" (ABI 10); 0 is one that the kernel chooses. "tcp" and "udp" leave that kind alone.
---@field connect? (integer|string)[] Where to the command may connect: ports of TCP, 443; of UDP, "53/udp" (ABI 10); sockets by their paths or a directory above (ABI 9). "tcp", "udp" and "unix" leave that kind alone: on the host's network and a kernel that does not hold UDP, { 443, "udp" }. Addresses are not looked at. Other protocols than TCP and UDP, and TCP's fast open, are not held: seccomp = "default" refuses them, but for ping.
---@field exec? string[] What may be read and executed; the loader of a program, and the interpreter of a script, are executed too.
---@field log? boolean Whether the kernel's audit log has what was denied to the command (ABI 7). Default: false.
---@field read? string[] What may be read, and listed, with all below it. Paths inside; one that leads through a symbolic link is refused.
---@field scope? ("abstract_unix_socket"|"signal")[]|true What ends at the sandbox: connections to abstract sockets, and signals (ABI 6); true: both. Namespaces of its own hold the same.
---@field write? string[] What may be read and changed: written to, truncated (ABI 3), made, removed, renamed from one directory to another (ABI 2; never before), used as a device (ABI 5).

---@class nsengine.Spec.seccomp
---@field allow? string[] Calls, and groups of them ("@network"), that are let through whatever their arguments. Default: {}.
---@field args? table<string, table> Calls that are let through with such arguments only, and are denied else; on top of what the profile asks of them. A comparison is { arg = 0 to 5, eq|ne|lt|le|gt|ge = number }; eq and ne take a list too: one of them, none of them. All of a list of comparisons have to hold, one of { any = { ... } }. mask = bits compares those bits (eq, ne). Numbers have no sign. eq, lt and le compare all 64 bits of the register; bits = 32 compares the lower half, which is what the kernel reads of an int: ne, gt and ge have to say which. Addresses can be compared, what lies there cannot. Default: {}.
---@field default? string What a call gets that nothing names: an error, "kill" or, let through and noted, "log". Default: the profile's: "ENOSYS", or "kill" of "strict".
---@field deny? string[] Calls and groups that are not let through. A call by its name goes before the group that it is in. Default: {}.
---@field errno? string The error of what deny and args deny. Default: "EPERM"; where default is "kill", that.
---@field log? boolean Nothing is denied but calls of a foreign ABI: what would be is let through and written to the kernel's log, audit(8), where /proc/sys/kernel/seccomp/actions_logged has "log". To find out what a program needs; it is no protection. Default: false.
---@field notify? table<string, function> Calls that a Lua function of this program answers, outside the sandbox: name = function(call). It takes the init. docs/notify.md. Default: {}.
---@field profile? "default"|"strict"|"none" What it begins with: "default", "strict", or "none", which lets nothing through. Default: "default"; in :with what it was.

--- The fields of a sandbox. `false` is a field's default.
---@class nsengine.Spec
---@field optional? (string[])|false Fields that may be left out where this host cannot do what they ask: a warning in the Result instead of an error. Written as messages name them: "landlock", "limits.memory", "fs./data". The sandbox is weaker without what is left out: nothing is optional unless it stands here. Default: {}: what cannot be had is an error.
---@field share? (("ipc"|"uts"|"net"|"pid"|"user"|"mount"|"cgroup"|"time")[]|"all")|false The namespaces that the sandbox shares with its caller; all others are new. What is shared leaks: "pid" lets it see the caller's processes, and signal them where landlock holds no signals (before Linux 6.12, or landlock = false), "net" is the host's network (as net = "host"), "mount" the host's file tree (no fs then). An ordinary user can share "user" only with all the others. "all" makes no namespace: for hosts and containers that forbid user namespaces. landlock holds the command alone then, and has to be named. Held are, as ever: no_new_privs, seccomp, capabilities, limits, the environment, descriptors, a session and a keyring of its own. Not held is what landlock has no rule for: to see processes, stat, chmod and chown of one's own files, System V and POSIX queues; and limits.processes counts all that the user runs. Default: {}: all eight namespaces are new.
---@field user? ("self"|"root"|"nobody"|nsengine.Spec.user)|false Who the command is. "self": your own ids, inside as outside. "root": id 0 inside, yours outside. "nobody": no id is mapped, it sees 65534. A table names ids and maps: { uid =, gid =, groups =, uid_map =, gid_map = }. Started by root the command is never the host's root: it becomes the first id of root's range in /etc/subuid, else 65534, and "self" has to be asked for. { uid =, gid = } are names for that one inside; to be another user of the host, and write to its files, takes maps: { uid_map = { { 1000, 1000, 1 } }, gid_map = { { 1000, 1000, 1 } } }. Default: "self"; started by root: "nobody".
---@field name? (string)|false What the sandbox is called in messages, and its hostname where none is given: letters, digits, '.', '_', '-'. Default: none.
---@field hostname? (string)|false The host name inside, at most 64 bytes; the host's own is not told. Default: the name of the sandbox, else "sandbox".
---@field domainname? (string)|false The NIS domain name inside, at most 64 bytes. Default: the host's.
---@field clock? (nsengine.Spec.clock)|false Offsets of the clocks that count from the start of the machine; they may be negative, and no clock below 0. Default: the clocks of the host.
---@field net? ("none"|"host")|false "none": a network of its own with nothing but a loopback that is up. "host": the host's network. The host's abstract sockets belong to it: landlock keeps the command from them (Linux 6.12; before, it can connect to those of X, D-Bus and containerd). landlock = { scope = {} } allows them; X11 clients may need that. Default: "none".
---@field fs? (table<string, nsengine.Mount>|table[])|false What is seen where: a table from paths inside to mounts. Parents are mounted before what lies in them; directories and files to mount on are made in the sandbox's own root, never on the host. A list { { TARGET, MOUNT }, ... } is mounted in its order. Without ["/"] the root is an empty tmpfs, read-only once all is mounted. Host paths are relative to the working directory; "~/" is the home directory. All mounts are nosuid and nodev. The host's "/" as ["/"], by ns.ro or ns.rw, brings its files and not its running machine: /run, /sys, /proc and /dev are empty until the recipe names them, as in ["/run"] = ns.ro "/run"; so is /etc/machine-id, and D-Bus's copy of it. ns.dev_bind "/" brings all. Sockets in other directories stay sockets, in a read-only mount too: who may write to one can connect to it. Default: {}: an empty root that cannot be written to.
---@field limits? (nsengine.Spec.limits)|false What the command may use. Sizes are bytes, or "64K", "64M", "1.5G", "1T", powers of 1024: "64MB" and "64MiB" are the same as "64M". Durations are seconds, or "500ms", "2s", "10min" ("10m" too), "1h", "7d". The Result says in `reason` which ended it, of those of all processes and of time; one of a single process ends that as the kernel has it: by a signal, SIGXFSZ for file_size, or an error. `enforced` says by what each is held. - Of all processes together, by a control group; `nsengine --doctor` tells whether there is one: memory, swap, pids, cpus, cpu_weight, cpuset, io, cpu_time. Of these, pids and cpu_time are held without one too, less well. - Of each process, by setrlimit(2), on every host: address_space, files, file_size, stack, core; processes, of its user. - Of the sandbox, by its supervisor, on every host: wall_time, output; and disk, by the sizes of its tmpfs. Default: none but core = 0.
---@field nice? (integer)|false The nice value of the command, 19 is the most patient. Only ever above the caller's, or as low as its RLIMIT_NICE allows: the command is set up to it when all privileges are gone. Default: the caller's, but not below 0.
---@field umask? (string)|false The permission bits that files made by the command do not get: octal digits. Default: "022".
---@field init? (boolean)|false Whether pid 1 is a small init that reaps orphans and hands the signals of process:kill and process:stop on to the command, its child. A signal that ends the launcher is none of these: it ends the sandbox at once, by SIGKILL. With false the command is pid 1 itself: signals that it does not handle are ignored, abort() is no SIGABRT, and orphans are its own. And a hostile one may then outlive a launcher that is killed by SIGKILL: it can give up the signal that would tell it, where an init cannot. Where the pid namespace is shared the init is no pid 1: it kills what the command leaves behind, and nobody but it does. With landlock's scope "signal" (ABI 6) that is done at once and the command cannot prevent it. Without, the init looks for them in /proc, which has to be inside: ns.ro "/proc"; one that forks on and on may escape it, and the command may kill it. Default: true.
---@field cwd? (string)|false The working directory of the command, a path inside the sandbox; not the caller's, which may not be there. Default: "/".
---@field env? (table<string, string|boolean>|true)|false The environment: NAME = "value"; NAME = true copies the caller's, where it has one; NAME = false leaves it out. `true` instead of a table copies the whole environment. A PATH that is not there is searched as /usr/local/bin:/usr/bin:/bin. Default: {}: empty.
---@field cmd? (string[])|false The command and its arguments. A name without a slash is looked for along PATH, inside the sandbox. No shell reads it. Default: none: what run or spawn is given, or the words after -- on the command line.
---@field tty? (boolean)|false Whether the command gets a pseudo-terminal of its own, with job control. The caller's terminal itself is never its controlling one; it is raw meanwhile, and given back at the end. Only a launcher that SIGKILL ends leaves it raw: `reset` mends it. With false descriptors are passed on as they are, in a new session. Default: automatic: where standard input and output are terminals.
---@field stdin? ("inherit"|"null"|"pipe"|string|table|file*|integer)|false Where the command reads: "inherit", "null", "pipe" (box:spawn only: the Process has its end), an open file or descriptor, or any other string: that text, and no path, "1.in" too. { text = "null" } is the text of a word. A file is opened by ns.open, which raises where it is missing. io.open returns nil then, which is no field at all: the command would read what the caller reads. Default: "inherit".
---@field stdout? ("inherit"|"capture"|"null"|"pipe"|file*|integer)|false Where the command writes: "inherit", "capture" (into the Result), "null", "pipe" (box:spawn only: the Process has its end), an open file or descriptor: ns.open, which raises where io.open returns nil, and with that the caller's. What a sandbox that a recipe returns captures is written out at its end, unless --result FILE has it. Default: "inherit".
---@field stderr? ("inherit"|"stdout"|"capture"|"null"|"pipe"|file*|integer)|false Where the command writes its messages: "inherit", "stdout" (where its output goes, in the order in which it wrote both), "capture" (into the Result), "null", "pipe" (the Process has its end), an open file or descriptor (ns.open). As stdout in all. Default: "inherit".
---@field fds? (table<integer, integer|file*|nsengine.FD>)|false Descriptors for the command besides 0, 1 and 2: { [NUMBER] = an open file or descriptor }. No others are inherited. Open them by ns.open, which raises where a file is missing: [3] = nil, what io.open returns then, is no entry. Default: {}: no others.
---@field setup? (function)|false A function that runs inside, when all is mounted and nothing is given up yet, with all of nsengine.sys. An error, or nil and a message, ends the start. The command's process is copied for it, which takes time in a large caller. Default: none.
---@field caps? (string[]|"all")|false The capabilities that the command and its children keep, with or without cap_: effective, permitted, inheritable, bounding and ambient set. They are held over the sandbox's own namespaces, never over the host's, unless share names "user". Started by root a command with capabilities is set up as the user that it becomes, which then has to reach what fs names. "sys_admin" can lift masks and make read-only mounts writable: they are its own. The key securebits lists noroot, no_setuid_fixup, keep_caps, no_cap_ambient_raise, each also with _locked; without capabilities they are set. Default: {}: none, in all five sets.
---@field no_new_privs? (boolean)|false Set-user-id bits and file capabilities mean nothing to the command and its children, prctl(2). false takes a sandbox without seccomp and landlock, or caps = { "sys_admin" }; mounts are nosuid all the same. Default: true.
---@field landlock? (nsengine.Spec.landlock|false)|false What the command and its children may reach, held by landlock(7) on top of all else, or alone: share = "all". A rule allows; what no rule allows is denied. - read, write and exec are one question: once one is named, nothing else is read, written or executed. - connect and bind are one question too. - What is not named at all is not held, but with share = "all", where everything is. Where the pid namespace is shared no process outside gets a signal, and where the network is, no abstract socket outside is connected to (ABI 6), unless scope = {} or landlock = false says so. - Not held are descriptors that the command is given, nor chdir, stat, chmod, chown and the like. Each part takes an ABI of the kernel: 1 is Linux 5.13, 2 5.19, 3 6.2, 4 6.7, 5 6.10, 6 6.12, 7 6.15, 9 7.1, 10 7.2. One that is missing is an error, unless optional names the word: what the kernel can is held then. Where the mounts, or a network of its own, hold the same, it is no error: ioctl, sockets, UDP. A path that is missing is an error, unless optional names its word. Default: none: mounts and namespaces hold the command.
---@field seccomp? ("default"|"strict"|false|nsengine.Spec.seccomp)|false The system calls that the command and its children may make; a filter that they cannot take off. Calls of a foreign ABI (32-bit, x32) are refused by all. - "default" lets through what programs of every day need: no mounts, namespaces, tracing of others, io_uring, BPF, keyrings, modules, clocks, sockets but unix, TCP, UDP and ping, no typing into a terminal (TIOCSTI). What it denies fails with EPERM, what it does not know with ENOSYS, so that programs do without. Calls that caps are for are open. - "strict" is for a program that computes: it reads files, has memory and time, and is killed for anything else; r.reason is "syscall" then. - false is no filter. - A table begins with a profile and changes it; in :with, one that names no profile goes on from the filter that is there, and a call that it names is as it says. Groups that "default" lets through: @io, @file, @memory, @process, @thread, @signal, @identity, @resource, @time, @system, @ipc, @aio, @network. Groups that it does not: @mount, @namespace, @debug, @io_uring, @key, @clock-set, @module, @admin, @numa, @lsm, @obsolete. Default: "default".
---@field denied? (boolean)|false Notes what the command was denied: Result.denied is a list of the calls that failed because of the recipe, each with its path or address, the field and its line, and what to write to allow it. Calls that name files and addresses are then asked outside, which makes each of them some 50 us slower: for finding out what a recipe lacks, not for every day. They are answered while the program waits for a sandbox, or reads and writes at its pipes. nsengine --why does it for a recipe that does not say so. It takes the init. Default: false.

--- A command, its list part, and fields for this run.
---@class nsengine.Command: nsengine.Spec
---@field [integer] string

---@class nsengine.Sandbox
local Sandbox = {}

--- Another sandbox: maps merge by key, lists replace, false removes.
---@param spec nsengine.Spec
---@return nsengine.Sandbox
function Sandbox:with(spec) end

--- Runs the command to its end: a Result.
---@param command? nsengine.Command
---@return nsengine.Result
function Sandbox:run(command) end

--- Starts the command and returns while it runs: a Process.
---@param command? nsengine.Command
---@return nsengine.Process
function Sandbox:spawn(command) end

--- What would be done, in order: as text, or as JSON.
---@param kind? "text"|"json"
---@return string
function Sandbox:explain(kind) end

---@class nsengine.Process
---@field pid integer of the sandbox's first process: its init, or the payload where there is none
---@field stdin userdata|nil for "pipe": the FD that the program writes to
---@field stdout userdata|nil for "pipe": the FD that the program reads
---@field stderr userdata|nil
local Process = {}

--- Waits for the end, with a time limit of this call.
---@param seconds number|string|nil 0.5, "500ms"; nil and math.huge wait for ever
---@return nsengine.Result|nil result
---@return "timeout"|nil timeout it still runs
function Process:wait(seconds) end

--- Sends a signal to the payload; SIGKILL ends the whole sandbox. SIGSTOP would stop its init alone, and is refused:
--- process:pause() stops all of it.
---@param signal string|integer|nil "TERM", "SIGTERM" or 15; SIGKILL by default
---@return true|nil
---@return string|nil message
---@return integer|nil errno ESRCH: it has ended; EINVAL: SIGSTOP where there is an init
function Process:kill(signal) end

--- Ends it: SIGTERM, and SIGKILL when it still runs after some seconds.
---@param seconds number|string|nil 10
---@return nsengine.Result
function Process:stop(seconds) end

--- A descriptor that is readable once it has ended, for another event loop: pidfd_open(2). It is the caller's to close.
--- That loop calls process:wait(0) then, and now and then before: deadlines and what is captured are minded there.
---@return userdata|nil fd
---@return string|nil message
---@return integer|nil errno ESRCH: it has been waited for
function Process:pidfd() end

--- What it uses now. Figures that nobody keeps here are nil: those of the whole sandbox come with a control group,
--- which the limits on memory, pids and processors make.
---@return table usage wall_time, cpu_time, cpu_user, cpu_system, memory, memory_peak, pids, io_read, io_written
function Process:usage() end

--- Changes limits while it runs: process:limit { memory = "512M", wall_time = "1min" }. wall_time counts from its
--- begin. Of those that take a control group, only one that has it can have others. What cannot be changed is an
--- error; a command that has ended is nil, a message and ESRCH, and one whose init somebody stopped EAGAIN.
---@param limits table as in limits = { ... }
---@return true|nil
---@return string|nil message
---@return integer|nil errno
function Process:limit(limits) end

--- Stops all of it where it stands; its time goes on. Takes a control group.
---@return true|nil
---@return string|nil message
---@return integer|nil errno
function Process:pause() end

--- Lets it go on.
---@return true|nil
---@return string|nil message
---@return integer|nil errno
function Process:resume() end

--- The steps that were recorded, when the run asked for a trace.
function Process:trace() end

--- Kills the sandbox if it runs, and gives back all it had: descriptors, and the caller's terminal.
function Process:close() end

---@class nsengine.Result
---@field ok boolean the command exited with status 0, within all limits
---@field reason "ok"|"exit"|"signal"|"syscall"|"memory"|"pids"|"cpu_time"|"wall_time"|"output"|"disk" the true cause of the end
---@field code integer|nil its exit status
---@field signal integer|nil the signal that killed it
---@field wall_time number seconds from exec to the end
---@field cpu_time number|nil seconds of CPU time: with a control group of all its processes, else of those that were waited for
---@field cpu_user number|nil the part of it in user mode
---@field cpu_system number|nil the part of it in the kernel
---@field memory integer|nil bytes, the peak: with a limit of memory of all that it used together, files in tmpfs and what the kernel kept for it included; else of the resident memory of its largest process
---@field pids integer|nil the peak of its processes and threads, the init left out; with a control group that counts
---@field io_read integer|nil bytes that came from disks; with limits.io, or where all groups count it
---@field io_written integer|nil bytes that went there
---@field disk integer|nil with limits.disk, bytes in its tmpfs at the end
---@field csw_voluntary integer|nil context switches of processes that waited for something
---@field csw_forced integer|nil of those that were made to
---@field stdout string|nil what was captured; nil without stdout = "capture"
---@field stderr string|nil what was captured; nil without stderr = "capture"
---@field truncated boolean whether limits.output cut what it wrote
---@field enforced table<string, string> which mechanism held which limit
---@field warnings any[] what was optional and could not be done
---@field limits table<string, number> the limits of the run, in seconds and bytes
---@field command string|nil the program
---@field denied nsengine.Denial[]|nil what was denied to it, where `denied` asks for that
local Result = {}

--- The result itself when the command succeeded; raises an error object of kind "command" otherwise.
---@return nsengine.Result
function Result:check() end

--- What a shell would see: the command's exit status; 124 for a time limit, as timeout(1); 128 + N for signal N.
--- A command that wrote more than limits.output was killed: 137, as for every other limit but time, and also when
--- it ended by itself before the signal came.
---@return integer
function Result:status() end

--- One line of JSON, the fields always in the same order, those that are nil left out. Strings of JSON hold text
--- and not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each byte that is not, and
--- "stdout_base64" the true bytes (so for stderr).
---@return string
function Result:json() end

---@class nsengine.Error
---@field kind "recipe"|"host"|"setup"|"exec"|"command"
---@field where string|nil "recipe.lua:7"
---@field field string|nil "fs./work"
---@field op string|nil the kernel call that failed
---@field errno integer|nil
---@field message string
---@field traceback string|nil of a setup function that failed
---@field hint string|nil what to do about it; printed on a line of its own
local Error = {}

---@class nsengine
local ns = {}

--- The constructor: ns.sandbox { ... }.
---@param spec nsengine.Spec
---@return nsengine.Sandbox
function ns.sandbox(spec) end

--- Waits until the first of several has ended, and takes it out of the list:
---
---     while #list > 0 do local process, result = ns.wait(list) ... end
---@param list nsengine.Process[]
---@param seconds number|string|nil
---@return nsengine.Process|nil process
---@return nsengine.Result|"timeout" result
function ns.wait(list, seconds) end

--- The arguments of a recipe as a table. --help is answered, and mistakes are reported, here.
---
---     local opt = ns.args({
---       about = "Judges a program.",           -- for --help
---       cmd = "what judges it",                -- for --help: what the command behind "--" is
---       { "source", "the program", required = true },
---       { "tests*", "directories of tests" },  -- a list; "tests+": at least one
---       { "-t --time", "CPU seconds", type = "duration", default = 2 },
---       { "-v --verbose", "say more" },        -- an option of which nothing else is said is a flag: true or false
---     }, ...)
---     print(opt.source, #opt.tests, opt.time, opt.verbose)
---
--- An entry is its name, which is its key in the table ("-t --time" is opt.time, "--dry-run" opt.dry_run), and what it
--- is. A name with "-" is an option, others are taken in their order. Neither has to be given unless `required`: nil
--- then, or its `default`. A name ends in "*" for a list of any length, in "+" for at least one; "?" is as without.
--- `type` is "string", "flag", "number", "integer", "size" ("64M", in bytes) or "duration" ("2s", in seconds);
--- `choices` a list of the words that it may be; `value` the name of an option's argument in --help.
---@param spec table about =, cmd =, and a list of {name, help, required =, default =, type =, choices =, value =}
---@param ... string the recipe's own: its "..."
---@return table opt also opt.cmd: the command behind "--"
function ns.args(spec, ...) end

--- The sandbox of a profile; its :with { ... } says what is different.
---
---     local judge = ns.profile "judge":with { limits = { cpu_time = 1 } }
---     local r = judge:run { "python3", "-c", "print(6 * 7)" }
---     print(r.reason, r.stdout)
---
--- nsengine --help profile lists them. Each is a recipe of some 20 lines, lua/nsengine/profiles/NAME.lua, run anew at
--- each call: it looks at the working directory, and at what this host has. What it cannot look at safely is an error.
---@param name "strict"|"judge"|"build"|"agent"|"desktop"
---@return nsengine.Sandbox
function ns.profile(name) end

--- A path beside the recipe: ns.here "data" wherever it is started from. Without an argument its directory.
---@param path string|nil
---@return string
function ns.here(path) end

--- The working directory.
---@return string
function ns.cwd() end

--- A fresh directory for the files of a sandbox, readable by nobody else: local dir <close> = ns.tempdir(). It is
--- removed when it leaves its scope. Started by root it belongs to the user that root's commands are by default.
---@param parent string|nil where: TMPDIR, else /tmp
---@return nsengine.Tempdir
function ns.tempdir(parent) end

--- The files that a pattern names, sorted: * any text, ? any letter, [a-z] and [!a-z] one of some. No shell is
--- involved; an empty list when there are none.
---@param pattern string
---@return string[]
function ns.glob(pattern) end

--- The whole of a file.
---@param path string
---@return string
function ns.read(path) end

--- A descriptor, for stdin, stdout, stderr and fds; closed when it leaves its `<close>` scope or is collected.
---@param path string
---@param mode "r"|"w"|"a"|"r+"|"w+"|"a+"|nil "r"
---@return userdata
function ns.open(path, mode) end

--- The last name of a path: "b" of "/a/b" and of "/a/b/".
---@param path string
---@return string
function ns.basename(path) end

--- Prints a warning with the recipe's line; not with -q.
---@param text any
function ns.warn(text) end

---@class nsengine.Mount
local Mount = {}

--- A file or directory of the host that cannot be written to, nor can what is mounted below it. follow = false refuses a
--- path with a symbolic link in it: for a tree that strangers write to. Of "/" come the files: /dev, /proc, /sys and /run
--- are empty and /tmp is read-only, unless ns.dev, ns.proc, ns.tmpfs() and their kin stand beside it.
--- Example: ns.ro "/usr"
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.ro = nil

--- A file or directory of the host; what is written there stays.
--- Example: ns.rw "."
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.rw = nil

--- A file or directory of the host where devices work: all other mounts are without.
--- Example: ns.dev_bind "/dev/kvm"
---@type fun(path: string, options: {follow: boolean?}?): nsengine.Mount
ns.dev_bind = nil

--- An empty directory in memory that belongs to the command's user. size: 64M unless it is given, or its share of
--- limits.disk; inodes: one for each 4096 bytes, at least 1024; mode: "755", on /tmp, /var/tmp and /dev/shm "1777".
--- (The kernel's own default, half of the memory for each, would let a command eat it all.)
--- Example: ns.tmpfs { size = "1G" }
---@type nsengine.Mount | fun(options: {size: integer|string?, mode: string?, inodes: integer?}): nsengine.Mount
ns.tmpfs = nil

--- procfs(5) of the sandbox's own processes. What in it acts on the whole machine, /proc/sys, is read-only; what tells of
--- the machine and is of no use to programs (kallsyms, keys, cmdline, config.gz, interrupts, locks, boot_id) is empty and
--- closed.
--- subset = "pid" leaves the processes alone, without the cpuinfo, meminfo, stat and sys that ps(1) and free(1) read.
--- hidepid = "ptraceable", "invisible" or "noaccess" hides processes from one another, proc(5).
--- Example: ns.proc { subset = "pid" }
---@type nsengine.Mount | fun(options: {subset: string?, hidepid: string?}): nsengine.Mount
ns.proc = nil

--- A directory with null, zero, full, random, urandom and tty, a pts of its own, shm, and the links fd, stdin, stdout,
--- stderr, ptmx. shm holds at most 64M, or its share of limits.disk.
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

--- Pseudo-terminals of the sandbox's own, pts(4), 256 of them, for a /dev that is not ns.dev.
--- Example: fs = { ["/dev/pts"] = ns.devpts, ["/dev/ptmx"] = ns.symlink "pts/ptmx" }
---@type nsengine.Mount | fun(): nsengine.Mount
ns.devpts = nil

--- Directories of the host laid over each other, the first of `lower` on top. Changes go to `upper`; `work` is an empty
--- directory on the same file system, which overlayfs needs with it; both have to be there, and belong to who runs it.
--- They are of one sandbox at a time: what two see of one upper is undefined ("upperdir is in-use" in dmesg). Without
--- `upper` it is read-only. In `upper` a new file is a file, a changed one is a copy of the whole, and a removed one a
--- character device 0, 0. Owners and modes hold as outside: what is root's there, nobody else changes here.
--- A lower directory with mounts below it, such as "/", is refused in a user namespace: lay one overlay over each
--- directory that is to be changed, as docs/recipes.md does.
--- Example: ns.overlay { lower = "/opt", upper = "./changes", work = "./changes.work" }
---@type fun(options: {lower: string|string[], upper: string?, work: string?}): nsengine.Mount
ns.overlay = nil

--- A file with this text. mode: "644" unless it is given.
--- Example: ns.file("box:x:1000:1000::/:/bin/sh\n", "644")
---@type fun(text: string, mode: string?): nsengine.Mount
ns.file = nil

--- An empty directory. mode: "755" unless it is given. ns.tmpfs is one that can be written to.
--- Example: ns.dir "700"
---@type nsengine.Mount | fun(mode: string): nsengine.Mount
ns.dir = nil

--- A symbolic link with this text: relative to its own directory, or a path inside the sandbox.
--- Example: ns.symlink "usr/bin"
---@type fun(to: string): nsengine.Mount
ns.symlink = nil

--- Hides a file or a directory of what is mounted below: in its place is an empty one that nobody inside can read or write
--- to; a directory cannot be listed or entered either (EACCES). One to work in is ns.tmpfs, an empty one to look at
--- ns.dir.
--- Example: fs = { ["/"] = ns.ro "/", ["/root"] = ns.mask }
---@type nsengine.Mount | fun(): nsengine.Mount
ns.mask = nil

return ns
