---@meta nsengine.sys
-- Written by docs/generate.lua: types for editors, never run. `nsengine --luarc` points to them.

---@class nsengine.sys.FD
local FD = {}

---@class nsengine.sys.Process
local Process = {}

---@class nsengine.sys.Plan
local Plan = {}

---@class nsengine.sys
---@field CLONE_NEWCGROUP integer
---@field CLONE_NEWIPC integer
---@field CLONE_NEWNET integer
---@field CLONE_NEWNS integer
---@field CLONE_NEWPID integer
---@field CLONE_NEWTIME integer
---@field CLONE_NEWUSER integer
---@field CLONE_NEWUTS integer
---@field CLONE_FS integer
---@field CLONE_FILES integer
---@field CLONE_SYSVSEM integer
---@field CLONE_CLEAR_SIGHAND integer
---@field CLONE_INTO_CGROUP integer
---@field CLONE_NNP integer
---@field CLONE_EMPTY_MNTNS integer
---@field UNSHARE_EMPTY_MNTNS integer
---@field LISTNS_CURRENT_USER integer
---@field MS_RDONLY integer
---@field MS_NOSUID integer
---@field MS_NODEV integer
---@field MS_NOEXEC integer
---@field MS_SYNCHRONOUS integer
---@field MS_REMOUNT integer
---@field MS_MANDLOCK integer
---@field MS_DIRSYNC integer
---@field MS_NOSYMFOLLOW integer
---@field MS_NOATIME integer
---@field MS_NODIRATIME integer
---@field MS_BIND integer
---@field MS_MOVE integer
---@field MS_REC integer
---@field MS_SILENT integer
---@field MS_UNBINDABLE integer
---@field MS_PRIVATE integer
---@field MS_SLAVE integer
---@field MS_SHARED integer
---@field MS_RELATIME integer
---@field MS_STRICTATIME integer
---@field MS_LAZYTIME integer
---@field MNT_FORCE integer
---@field MNT_DETACH integer
---@field MNT_EXPIRE integer
---@field UMOUNT_NOFOLLOW integer
---@field OPEN_TREE_CLONE integer
---@field OPEN_TREE_CLOEXEC integer
---@field OPEN_TREE_NAMESPACE integer
---@field MOVE_MOUNT_F_SYMLINKS integer
---@field MOVE_MOUNT_F_AUTOMOUNTS integer
---@field MOVE_MOUNT_F_EMPTY_PATH integer
---@field MOVE_MOUNT_T_SYMLINKS integer
---@field MOVE_MOUNT_T_AUTOMOUNTS integer
---@field MOVE_MOUNT_T_EMPTY_PATH integer
---@field MOVE_MOUNT_SET_GROUP integer
---@field MOVE_MOUNT_BENEATH integer
---@field MOUNT_ATTR_RDONLY integer
---@field MOUNT_ATTR_NOSUID integer
---@field MOUNT_ATTR_NODEV integer
---@field MOUNT_ATTR_NOEXEC integer
---@field MOUNT_ATTR__ATIME integer
---@field MOUNT_ATTR_RELATIME integer
---@field MOUNT_ATTR_NOATIME integer
---@field MOUNT_ATTR_STRICTATIME integer
---@field MOUNT_ATTR_NODIRATIME integer
---@field MOUNT_ATTR_IDMAP integer
---@field MOUNT_ATTR_NOSYMFOLLOW integer
---@field FSOPEN_CLOEXEC integer
---@field FSPICK_CLOEXEC integer
---@field FSPICK_SYMLINK_NOFOLLOW integer
---@field FSPICK_NO_AUTOMOUNT integer
---@field FSPICK_EMPTY_PATH integer
---@field FSCONFIG_SET_FLAG integer
---@field FSCONFIG_SET_STRING integer
---@field FSCONFIG_SET_BINARY integer
---@field FSCONFIG_SET_PATH integer
---@field FSCONFIG_SET_PATH_EMPTY integer
---@field FSCONFIG_SET_FD integer
---@field FSCONFIG_CMD_CREATE integer
---@field FSCONFIG_CMD_CREATE_EXCL integer
---@field FSCONFIG_CMD_RECONFIGURE integer
---@field FSMOUNT_CLOEXEC integer
---@field FSMOUNT_NAMESPACE integer
---@field O_RDONLY integer
---@field O_WRONLY integer
---@field O_RDWR integer
---@field O_ACCMODE integer
---@field O_APPEND integer
---@field O_ASYNC integer
---@field O_CLOEXEC integer
---@field O_CREAT integer
---@field O_DIRECT integer
---@field O_DIRECTORY integer
---@field O_DSYNC integer
---@field O_EXCL integer
---@field O_NOATIME integer
---@field O_NOCTTY integer
---@field O_NOFOLLOW integer
---@field O_NONBLOCK integer
---@field O_PATH integer
---@field O_SYNC integer
---@field O_TMPFILE integer
---@field O_TRUNC integer
---@field RESOLVE_BENEATH integer
---@field RESOLVE_CACHED integer
---@field RESOLVE_IN_ROOT integer
---@field RESOLVE_NO_MAGICLINKS integer
---@field RESOLVE_NO_SYMLINKS integer
---@field RESOLVE_NO_XDEV integer
---@field AT_FDCWD integer
---@field AT_EMPTY_PATH integer
---@field AT_NO_AUTOMOUNT integer
---@field AT_RECURSIVE integer
---@field AT_REMOVEDIR integer
---@field AT_SYMLINK_FOLLOW integer
---@field AT_SYMLINK_NOFOLLOW integer
---@field RENAME_EXCHANGE integer
---@field RENAME_NOREPLACE integer
---@field RENAME_WHITEOUT integer
---@field XATTR_CREATE integer
---@field XATTR_REPLACE integer
---@field S_IFMT integer
---@field S_IFBLK integer
---@field S_IFCHR integer
---@field S_IFDIR integer
---@field S_IFIFO integer
---@field S_IFLNK integer
---@field S_IFREG integer
---@field S_IFSOCK integer
---@field S_ISUID integer
---@field S_ISGID integer
---@field S_ISVTX integer
---@field S_IRWXU integer
---@field S_IRUSR integer
---@field S_IWUSR integer
---@field S_IXUSR integer
---@field S_IRWXG integer
---@field S_IRGRP integer
---@field S_IWGRP integer
---@field S_IXGRP integer
---@field S_IRWXO integer
---@field S_IROTH integer
---@field S_IWOTH integer
---@field S_IXOTH integer
---@field CLOSE_RANGE_CLOEXEC integer
---@field CLOSE_RANGE_UNSHARE integer
---@field MFD_ALLOW_SEALING integer
---@field MFD_CLOEXEC integer
---@field MFD_EXEC integer
---@field MFD_HUGETLB integer
---@field MFD_NOEXEC_SEAL integer
---@field SOCK_CLOEXEC integer
---@field SOCK_DGRAM integer
---@field SOCK_NONBLOCK integer
---@field SOCK_SEQPACKET integer
---@field SOCK_STREAM integer
---@field WNOHANG integer
---@field RLIM_INFINITY integer
---@field RLIMIT_AS integer
---@field RLIMIT_CORE integer
---@field RLIMIT_CPU integer
---@field RLIMIT_DATA integer
---@field RLIMIT_FSIZE integer
---@field RLIMIT_LOCKS integer
---@field RLIMIT_MEMLOCK integer
---@field RLIMIT_MSGQUEUE integer
---@field RLIMIT_NICE integer
---@field RLIMIT_NOFILE integer
---@field RLIMIT_NPROC integer
---@field RLIMIT_RSS integer
---@field RLIMIT_RTPRIO integer
---@field RLIMIT_RTTIME integer
---@field RLIMIT_SIGPENDING integer
---@field RLIMIT_STACK integer
---@field SECBIT_NOROOT integer
---@field SECBIT_NOROOT_LOCKED integer
---@field SECBIT_NO_SETUID_FIXUP integer
---@field SECBIT_NO_SETUID_FIXUP_LOCKED integer
---@field SECBIT_KEEP_CAPS integer
---@field SECBIT_KEEP_CAPS_LOCKED integer
---@field SECBIT_NO_CAP_AMBIENT_RAISE integer
---@field SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED integer
---@field SECBIT_EXEC_RESTRICT_FILE integer
---@field SECBIT_EXEC_RESTRICT_FILE_LOCKED integer
---@field SECBIT_EXEC_DENY_INTERACTIVE integer
---@field SECBIT_EXEC_DENY_INTERACTIVE_LOCKED integer
---@field SECCOMP_ADDFD_FLAG_SEND integer
---@field SECCOMP_ADDFD_FLAG_SETFD integer
---@field SECCOMP_USER_NOTIF_FLAG_CONTINUE integer
---@field IFF_UP integer
---@field IFF_BROADCAST integer
---@field IFF_LOOPBACK integer
---@field IFF_POINTOPOINT integer
---@field IFF_RUNNING integer
---@field IFF_NOARP integer
---@field IFF_PROMISC integer
---@field IFF_MULTICAST integer
---@field EWOULDBLOCK integer
---@field ENOTSUP integer
---@field EDEADLOCK integer
---@field SIGIO integer
---@field SIGIOT integer
---@field SIGCLD integer
---@field [string] integer every error, as EPERM, and every signal, as SIGHUP
local sys = {}

---```
---clone(flags | {flags =, cgroup =}, fn, ...)
---  -> Process                     a child that runs fn(...) and exits
---  -> nil, "clone: Operation not permitted (EPERM)", errno
---```
--- Makes a child process. flags: 0, or CLONE_NEW*, CLONE_NNP, CLONE_EMPTY_MNTNS (the last two Linux
--- 7.1). cgroup: an open cgroup v2 directory that the child starts in (CLONE_INTO_CGROUP, Linux
--- 5.7).
---
--- The child has a copy of everything, as after fork(2), and the default signal handlers. What fn
--- returns is its exit status: nothing, nil or true is 0, false is 1, an integer is itself, and the
--- values of process:wait are theirs; an error is printed with its traceback and is 125. The child
--- never returns to the caller's code: `<close>` variables and pending finalizers stay the parent's.
--- Standard I/O is flushed first. A process with threads is refused (EAGAIN), because Lua in the
--- child could wait for a lock that nobody releases. clone3(2), Linux 5.3; else clone(2).
---@param flags? integer|table
---@param fn function
---@param ... any
---@return nsengine.sys.Process?
---@return any message
---@return integer? errno
function sys.clone(flags, fn, ...) end

---```
---process:wait(seconds|nil)
---  -> true, "exit", 0
---  -> nil, "exit", code           1 to 255
---  -> nil, "signal", number       killed by that signal
---  -> nil, "timeout"              it still runs; nil waits without limit
---  -> nil, "wait 4711: No child processes (ECHILD)", errno
---```
--- Waits for the end of a child, and returns the same values as os.execute. It may be called again
--- after the end. waitid(2) P_PIDFD, Linux 5.4.
---@param seconds? number
---@return true?
---@return any message
---@return integer? errno
function Process:wait(seconds) end

---```
---process:kill(signal = SIGKILL)
---  -> true
---  -> nil, "kill 4711: No such process (ESRCH)", errno
---```
--- Sends a signal, never to another process that got the same number: pidfd_send_signal(2), Linux
--- 5.1. EINVAL: SIGSTOP to a sandbox with an init, which forwards all other signals to the command
--- but would itself be stopped by this one.
---@param signal? integer
---@return true?
---@return any message
---@return integer? errno
function Process:kill(signal) end

---```
---process:pid()
---  -> integer                     its number in the pid namespace of the parent
---```
---@return integer
function Process:pid() end

---```
---process:fd()
---  -> FD                          a new pidfd, pidfd_open(2)
---  -> nil, "fd 4711: No such process (ESRCH)", errno
---```
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function Process:fd() end

---```
---process:alive()
---  -> boolean                     false once it has ended, reaped or not; and in a process that is
---                                 not its parent
---```
---@return boolean
function Process:alive() end

---```
---process:release()
---  -> pid                         to be reaped by sys.waitpid
---  -> nil, "release 4711: No such process (ESRCH)", errno
---```
--- Lets a child outlive its handle. Refused for a sandbox (EPERM), which never outlives its
--- supervisor.
---@return integer?
---@return any message
---@return integer? errno
function Process:release() end

---```
---process:finish(force = false)
---  -> true                        the whole sandbox is being killed: process:wait
---  -> nil, "finish 4711: No such process (ESRCH)", errno
---```
--- Ends a sandbox such that what it used is still known, unlike process:kill(): its init kills all
--- others and reports. For a child of sys.clone, and a sandbox without an init, it is
--- process:kill(). force: SIGKILL for an init that was told and does not end; one that is not pid 1
--- leaves others behind.
---@param force? any
---@return true?
---@return any message
---@return integer? errno
function Process:finish(force) end

---```
---process:allow(seconds)
---  -> true
---  -> nil, "allow 4711: No such process (ESRCH)", errno
---```
--- Changes plan:spawn{wall_time =} of a running sandbox, counted from its exec; without an init
--- nothing enforces it. ESRCH: it has ended, or was told to; EPIPE: it has just ended; EAGAIN: its
--- init does not read, because it is stopped.
---@param seconds number
---@return true?
---@return any message
---@return integer? errno
function Process:allow(seconds) end

---```
---process:usage()
---  -> {cpu_user = seconds, cpu_system = seconds, memory = bytes, waited =, preempted =, own = seconds,
---      wall = seconds, timed_out = boolean, lost = boolean}     of a sandbox that has ended
---  -> nil
---```
--- Returns the processor time of all its processes, the largest resident memory of one of them, and
--- their context switches: of those that waited for something, and of those that were preempted.
--- own: the time of the init and the set-up, which is not included. wall: from its exec to its end.
--- What cannot be known is nil: memory, own and wall without an init, all five if that was killed.
--- timed_out: its init ended it when its wall_time was over. lost: its init ended without telling
--- how the command did, which the kernel killed then. getrusage(2).
---@return table
function Process:usage() end

---```
---process:trace()
---  -> {{step = 3, seconds = 0.0001}, ...}     of a sandbox spawned with trace = true
---  -> nil
---```
--- Returns the steps that were done, by their index in the plan, and the time that each took.
---@return table
function Process:trace() end

---```
---process:listener()
---  -> FD                          where the calls arrive that its filter passes on
---  -> nil                         its plan has no such filter, or it was taken
---```
--- Takes the listener, which belongs to the caller from then on. Calls that nobody answers wait;
--- once it is closed they fail with ENOSYS. seccomp_unotify(2), Linux 5.0.
---@return nsengine.sys.FD
function Process:listener() end

---```
---process:close()
---  -> true                        kills it if it runs, and reaps it
---  -> nil, message, errno
---```
--- It is also closed at the end of the scope of `local p <close>`, and when it is collected. Closing
--- it twice is allowed.
---@return true?
---@return any message
---@return integer? errno
function Process:close() end

---```
---exec({program, argument...}, env|nil)
---  -> only on failure: nil, "exec /bin/nosh: No such file or directory (ENOENT)", errno
---```
--- Replaces this process by another program. A name without a slash is searched for in PATH. env:
--- {NAME = "value"}, the whole environment; nil keeps the caller's. Standard I/O is flushed first;
--- every FD is close-on-exec. A recipe or child that ends with this failure exits with 127 (not
--- found) or 126. execve(2).
---@param argument1 table
---@param env? any
---@return any
function sys.exec(argument1, env) end

---```
---exit(code = 0)
---  -> never
---```
--- Ends this process now, with a status of 0 to 255: standard I/O is flushed; `<close>` variables
--- and finalizers do not run. exit_group(2).
---@param code? any
---@return any
function sys.exit(code) end

---```
---getpid()
---  -> integer                     in this process's pid namespace
---```
---@return integer
function sys.getpid() end

---```
---self()
---  -> integer
---```
--- Returns a number that tells this process from those made of it, by clone or for a sandbox's
--- function setup, even where getpid is the same: pid 1 may clone a pid 1. A process must not remove
--- what another one has made.
---@return integer
function sys.self() end

---```
---getppid()
---  -> integer                     0 if the parent is in another pid namespace
---```
---@return integer
function sys.getppid() end

---```
---setsid()
---  -> integer                     the new session, this process's pid
---  -> nil, "setsid: Operation not permitted (EPERM)", errno
---```
--- Starts a new session. EPERM: this process leads a process group. setsid(2).
---@return integer?
---@return any message
---@return integer? errno
function sys.setsid() end

---```
---setpgid(pid = 0, pgid = 0)
---  -> true
---  -> nil, "setpgid 4711 4711: No such process (ESRCH)", errno
---```
--- Moves a process to a process group; 0 is this process. setpgid(2).
---@param pid? integer
---@param pgid? any
---@return true?
---@return any message
---@return integer? errno
function sys.setpgid(pid, pgid) end

---```
---kill(process, signal = SIGTERM)
---  -> true
---  -> nil, "kill 4711: No such process (ESRCH)", errno
---```
--- Sends a signal. process: a Process, a pidfd or a pid; signal: SIG*, or 0, which only checks.
--- pidfd_send_signal(2), kill(2).
---@param process nsengine.sys.Process|nsengine.sys.FD|integer
---@param signal? integer
---@return true?
---@return any message
---@return integer? errno
function sys.kill(process, signal) end

---```
---waitpid(pid = -1, flags = 0)
---  -> pid, "exit"|"signal", number
---  -> nil, "timeout"              flags has WNOHANG and none has ended
---  -> nil, "waitpid -1: No child processes (ECHILD)", errno
---```
--- Waits for a child and reaps it; -1 is any child, for pid 1. To wait for a child with a Process
--- handle, process:wait is better. waitid(2).
---@param pid? integer
---@param flags? integer
---@return integer?
---@return any message
---@return integer? errno
function sys.waitpid(pid, flags) end

---```
---pidfd_open(pid)
---  -> FD
---  -> nil, "pidfd_open 4711: No such process (ESRCH)", errno
---```
--- Opens a descriptor of a process. pidfd_open(2), Linux 5.3.
---@param pid integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.pidfd_open(pid) end

---```
---set_no_new_privs()
---  -> true
---  -> nil, message, errno
---```
--- Keeps exec from granting more privileges: no set-user-id, no file capabilities. It cannot be
--- undone. PR_SET_NO_NEW_PRIVS, Linux 3.5.
---@return true?
---@return any message
---@return integer? errno
function sys.set_no_new_privs() end

---```
---set_pdeathsig(signal)
---  -> true
---  -> nil, message, errno
---```
--- Sets the signal that this process gets when the thread that made it ends; 0: none. A change of
--- credentials clears it. PR_SET_PDEATHSIG.
---@param signal integer
---@return true?
---@return any message
---@return integer? errno
function sys.set_pdeathsig(signal) end

---```
---set_dumpable(boolean)
---  -> true
---  -> nil, message, errno
---```
--- Sets whether others of the same user may trace this process and read its memory.
--- PR_SET_DUMPABLE.
---@param boolean boolean
---@return true?
---@return any message
---@return integer? errno
function sys.set_dumpable(boolean) end

---```
---set_subreaper(boolean)
---  -> true
---  -> nil, message, errno
---```
--- Sets whether orphaned descendants become children of this process. PR_SET_CHILD_SUBREAPER.
---@param boolean boolean
---@return true?
---@return any message
---@return integer? errno
function sys.set_subreaper(boolean) end

---```
---set_name(string)
---  -> true
---  -> nil, message, errno
---```
--- Sets the name in ps(1); the kernel keeps 15 bytes of it. PR_SET_NAME.
---@param string string
---@return true?
---@return any message
---@return integer? errno
function sys.set_name(string) end

---```
---getrlimit(resource, process|nil)
---  -> soft, hard                  RLIM_INFINITY is -1
---  -> nil, "getrlimit 99: Invalid argument (EINVAL)", errno
---```
--- Returns the limits of a process, by default this one. resource: RLIMIT_*. prlimit(2).
---@param resource integer
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return any
---@return any message
---@return integer? errno
function sys.getrlimit(resource, process) end

---```
---setrlimit(resource, soft, hard = soft, process|nil)
---  -> true
---  -> nil, "setrlimit 7: Operation not permitted (EPERM)", errno
---```
--- Sets the limits of a process, by default this one. resource: RLIMIT_*; the values are in its unit
--- (bytes, seconds, a count) or RLIM_INFINITY. prlimit(2).
---@param resource integer
---@param soft any
---@param hard? any
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return true?
---@return any message
---@return integer? errno
function sys.setrlimit(resource, soft, hard, process) end

---```
---getpriority(process|nil)
---  -> integer                     -20 (most favoured) to 19
---  -> nil, message, errno
---```
--- Returns the nice value of a process. getpriority(2).
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return integer?
---@return any message
---@return integer? errno
function sys.getpriority(process) end

---```
---setpriority(value, process|nil)
---  -> true
---  -> nil, "setpriority -5: Permission denied (EACCES)", errno
---```
--- Sets the nice value of a process. setpriority(2).
---@param value any
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return true?
---@return any message
---@return integer? errno
function sys.setpriority(value, process) end

---```
---getaffinity(process|nil)
---  -> {0, 1, ...}                 the processors it may run on
---  -> nil, message, errno
---```
--- sched_getaffinity(2).
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return table?
---@return any message
---@return integer? errno
function sys.getaffinity(process) end

---```
---setaffinity({0, 1, ...}, process|nil)
---  -> true
---  -> nil, "setaffinity: Invalid argument (EINVAL)", errno
---```
--- Sets the processors that a process may run on. EINVAL: none of them exists, or a cpuset forbids
--- them all. sched_setaffinity(2).
---@param argument1 table
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return true?
---@return any message
---@return integer? errno
function sys.setaffinity(argument1, process) end

---```
---plan{flags =, init =, uid_map =, gid_map =, setgroups =, inner =, steps =}
---  -> Plan                        compiled; it does not change any more
---```
--- Compiles a sandbox that is described as data. flags: the CLONE_NEW* of its first process. init:
--- whether a small init is pid 1 and the command its child. uid_map, gid_map: {{inside, outside,
--- count}, ...} of the user namespace; setgroups: "allow" or "deny". inner: {uid_map =, gid_map =}
--- of the second user namespace, which the step "userns" makes. steps: {{"name", values...}, ...} in
--- the order of sys.step_list(); the mounts, from "bind" to "readonly", may come in any order, and
--- so may landlock rules. It raises an error on misuse, a wrong order, a repeated step that makes
--- sense only once, or a missing step that every sandbox needs.
---@param argument1 table
---@return nsengine.sys.Plan
function sys.plan(argument1) end

---```
---step_list()
---  -> {{name =, phase =, shape =, calls =}, ...}
---```
--- Returns the steps that a plan may have, in their order. shape: a letter for each value: i
--- integer, s string, o string or false, b any bytes. calls: the kernel calls that the step
--- makes.
---@return table
function sys.step_list() end

---```
---plan:spawn{argv =, env =, path =, fds =, ...}
---  -> Process, {FD, ...}          once the command has been executed in its sandbox
---  -> nil, "spawn: bind: open_tree: No such file or directory (ENOENT)", errno, details
---```
--- Starts a sandbox. argv: the command. env: {"NAME=value", ...}. path: where a command without a
--- slash is searched for, inside. fds: {[number] = descriptor}, including 0 to 2; all others are
--- closed. terminal: descriptor 0 becomes the controlling terminal. setup: a function that runs
--- inside as the plan's step "setup" (only in a process without threads). trace: keeps what each
--- step took, for process:trace(). cgroup: the FD of a version 2 group that it starts in
--- (CLONE_INTO_CGROUP, Linux 5.7). joins: files cgroup.procs or tasks, open for writing, of groups
--- that it enters before anything else. apart: the set-up does not share this program's memory;
--- needed if the set-up can reach a memory limit, as the kernel kills all that share the victim's
--- memory. wall_time: seconds that it may take, enforced by its init if it has one. watch:
--- directories of its file tree, for a plan with the step "hold"; the second value is their FDs
--- (O_PATH; closed if one could not be opened). details: {stage =
--- "prepare"|"clone"|"maps"|"step"|"exec"|"died", step = index, call =, complaint =, setup_error =,
--- trace =}. Nothing is left of a sandbox that failed. clone3(2), Linux 5.5.
---@param argument1 table
---@return nsengine.sys.Process?
---@return any message
---@return integer? errno
function Plan:spawn(argument1) end

---```
---notify_start(listener)
---  -> true                        its calls can be received
---  -> nil, "notify_start: Value too large for defined data type (EOVERFLOW)", errno
---```
--- Checks that the kernel's structures have the size that this program expects. Since Linux 6.6 it
--- also asks for wake-ups on the caller's processor, which waits for the answer anyway.
---@param listener any
---@return true?
---@return any message
---@return integer? errno
function sys.notify_start(listener) end

---```
---notify_receive(listener)
---  -> {id =, pid =, number =, arch =, foreign =, ip =, args = {6 integers}}
---  -> nil, "notify_receive: Resource temporarily unavailable (EAGAIN)", errno
---```
--- Receives a call that waits for its answer. EAGAIN: there is none; ENOENT: its process was killed
--- meanwhile. pid is that of the thread, as this program sees it; number is the call's number on
--- arch, an AUDIT_ARCH; foreign: arch is not this program's.
---@param listener any
---@return table?
---@return any message
---@return integer? errno
function sys.notify_receive(listener) end

---```
---notify_valid(listener, id)
---  -> true                        the call still waits, so its pid is still that thread's
---  -> nil, "notify_valid: No such file or directory (ENOENT)", errno
---```
--- Checks that a call still waits.
---@param listener any
---@param id any
---@return true?
---@return any message
---@return integer? errno
function sys.notify_valid(listener, id) end

---```
---notify_send(listener, id, value = 0, errno = 0, flags = 0)
---  -> true
---  -> nil, "notify_send: No such file or directory (ENOENT)", errno
---```
--- Answers a call: it returns the value, or fails with the error. flags:
--- SECCOMP_USER_NOTIF_FLAG_CONTINUE (Linux 5.5) lets the kernel do it, which reads the memory that
--- its arguments point to *again*: it may have changed since it was looked at. ENOENT: nobody waits
--- for the answer any more.
---@param listener any
---@param id any
---@param value? any
---@param errno? any
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.notify_send(listener, id, value, errno, flags) end

---```
---notify_addfd(listener, id, fd, flags = 0, number = 0, fd_flags = 0)
---  -> integer                     the descriptor's number in the calling process
---  -> nil, "notify_addfd: Too many open files (EMFILE)", errno
---```
--- Gives the calling process a copy of a descriptor. flags: SECCOMP_ADDFD_FLAG_SETFD puts it at
--- `number`, SECCOMP_ADDFD_FLAG_SEND (Linux 5.14) answers the call with it atomically; fd_flags:
--- O_CLOEXEC. Linux 5.9.
---@param listener any
---@param id any
---@param fd nsengine.sys.FD|file*|integer
---@param flags? integer
---@param number? integer
---@param fd_flags? any
---@return integer?
---@return any message
---@return integer? errno
function sys.notify_addfd(listener, id, fd, flags, number, fd_flags) end

---```
---notify_read(listener, id, pid, address, count)
---  -> string                      `count` bytes of the calling process's memory
---  -> nil, "notify_read: Bad address (EFAULT)", errno
---```
--- Reads memory of the calling process, at most 16 MiB. ENOENT: the call does not wait any more,
--- which is checked after the bytes were read, as the pid may be another process's by then. Other
--- threads of the process may change the bytes at any time. process_vm_readv(2).
---@param listener any
---@param id any
---@param pid integer
---@param address any
---@param count any
---@return string?
---@return any message
---@return integer? errno
function sys.notify_read(listener, id, pid, address, count) end

---```
---notify_string(listener, id, pid, address, max = 4096)
---  -> string                      without its NUL
---  -> nil, "notify_string: Bad address (EFAULT)", errno
---```
--- Like sys.notify_read, but reads up to a NUL. ENAMETOOLONG: there is none in the first `max`
--- bytes.
---@param listener any
---@param id any
---@param pid integer
---@param address any
---@param max? any
---@return string?
---@return any message
---@return integer? errno
function sys.notify_string(listener, id, pid, address, max) end

---```
---notify_calls()
---  -> {openat = 257, ...}         the numbers of this machine's calls that take paths and addresses, and of
---                                 a few others
---```
---@return table
function sys.notify_calls() end

---```
---notify_arch()
---  -> integer                     the AUDIT_ARCH of this machine's own calls, seccomp(2)
---```
---@return integer
function sys.notify_arch() end

---```
---unshare(flags)
---  -> true
---  -> nil, "unshare: Operation not permitted (EPERM)", errno
---```
--- Moves the caller to new namespaces. flags: CLONE_NEW*, CLONE_FS, CLONE_FILES, CLONE_SYSVSEM,
--- UNSHARE_EMPTY_MNTNS (Linux 7.1). New pid and time namespaces apply to children only, from the
--- next one. unshare(2).
---@param flags integer
---@return true?
---@return any message
---@return integer? errno
function sys.unshare(flags) end

---```
---setns(fd|path|process, flags = 0)
---  -> true
---  -> nil, "setns /proc/1/ns/net: Operation not permitted (EPERM)", errno
---```
--- Enters namespaces. With an FD or path of one, flags is 0, or its CLONE_NEW* to be sure of the
--- kind. With a process (Process, pidfd, pid), flags is CLONE_NEW* of all kinds to enter, all or
--- none of them; Linux 5.8. EINVAL: also for the caller's own user namespace. A pid namespace
--- applies to children only, from the next one. setns(2).
---@param fd nsengine.sys.FD|file*|integer|string|nsengine.sys.Process|nsengine.sys.FD|integer
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.setns(fd, flags) end

---```
---nsopen(kind, process|nil)
---  -> FD                          of that namespace, which exists as long as it is open
---  -> nil, "nsopen net of 4711: Permission denied (EACCES)", errno
---```
--- Opens a namespace of a process. kind: "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children",
--- "time", "time_for_children", "user" or "uts"; process: a Process, a pidfd, a pid, or nil for this
--- one. It reads /proc/PID/ns/KIND, or uses an ioctl of the pidfd (PIDFD_GET_*_NAMESPACE, Linux
--- 6.11), which needs no /proc. namespaces(7).
---@param kind any
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.nsopen(kind, process) end

---```
---ns_get_userns(fd)
---  -> FD                          the user namespace that owns it; of a user namespace, its parent
---  -> nil, "ns_get_userns: Operation not permitted (EPERM)", errno
---```
--- Opens the owner of a namespace. EPERM: it is outside the caller's user namespace, or there is
--- none. NS_GET_USERNS, ioctl_ns(2), Linux 4.9.
---@param fd nsengine.sys.FD|file*|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.ns_get_userns(fd) end

---```
---ns_get_parent(fd)
---  -> FD                          of the parent of a pid or user namespace
---  -> nil, "ns_get_parent: Operation not permitted (EPERM)", errno
---```
--- Opens the parent of a namespace. EPERM: the caller can see none; EINVAL: another kind.
--- NS_GET_PARENT, Linux 4.9.
---@param fd nsengine.sys.FD|file*|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.ns_get_parent(fd) end

---```
---ns_get_nstype(fd)
---  -> integer                     CLONE_NEW*
---  -> nil, "ns_get_nstype: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Returns the kind of a namespace. ENOTTY: it is none. NS_GET_NSTYPE, Linux 4.11.
---@param fd nsengine.sys.FD|file*|integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_nstype(fd) end

---```
---ns_get_owner_uid(fd)
---  -> integer                     who made this user namespace, as the caller's namespace sees it
---  -> nil, "ns_get_owner_uid: Invalid argument (EINVAL)", errno
---```
--- EINVAL: not a user namespace. NS_GET_OWNER_UID, Linux 4.11.
---@param fd nsengine.sys.FD|file*|integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_owner_uid(fd) end

---```
---ns_get_mntns_id(fd)
---  -> integer                     the number of a mount namespace, never used again for another
---  -> nil, "ns_get_mntns_id: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- NS_GET_MNTNS_ID, Linux 6.11.
---@param fd nsengine.sys.FD|file*|integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_mntns_id(fd) end

---```
---ns_get_id(fd)
---  -> integer                     the number of any namespace, never used again for another
---  -> nil, "ns_get_id: Inappropriate ioctl for device (ENOTTY); needs Linux 6.18, ...", errno
---```
--- NS_GET_ID, Linux 6.18.
---@param fd nsengine.sys.FD|file*|integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_id(fd) end

---```
---ns_mnt_get_info(fd)
---  -> {nr_mounts =, mnt_ns_id =}  the count of mounts; the number, as ns_get_mntns_id
---  -> nil, message, errno
---```
--- NS_MNT_GET_INFO of a mount namespace, Linux 6.12.
---@param fd nsengine.sys.FD|file*|integer
---@return table?
---@return any message
---@return integer? errno
function sys.ns_mnt_get_info(fd) end

---```
---ns_mnt_get_next(fd)
---  -> FD, {nr_mounts =, mnt_ns_id =}   the mount namespace after this one
---  -> nil, "ns_mnt_get_next: No such file or directory (ENOENT)", errno
---```
--- ENOENT: it was the last. It needs CAP_SYS_ADMIN in the initial user namespace. NS_MNT_GET_NEXT,
--- Linux 6.12.
---@param fd nsengine.sys.FD|file*|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.ns_mnt_get_next(fd) end

---```
---ns_mnt_get_prev(fd)
---  -> FD, {nr_mounts =, mnt_ns_id =}   the mount namespace before this one
---  -> nil, "ns_mnt_get_prev: No such file or directory (ENOENT)", errno
---```
--- ENOENT: it was the first. Like ns_mnt_get_next. NS_MNT_GET_PREV, Linux 6.12.
---@param fd nsengine.sys.FD|file*|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.ns_mnt_get_prev(fd) end

---```
---ns_get_pid_from_pidns(fd, pid)
---  -> integer                     in the caller's pid namespace, of `pid` in fd's
---  -> nil, "ns_get_pid_from_pidns 7: No such process (ESRCH)", errno
---```
--- Translates a pid from another pid namespace. NS_GET_PID_FROM_PIDNS, Linux 6.11.
---@param fd nsengine.sys.FD|file*|integer
---@param pid integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_pid_from_pidns(fd, pid) end

---```
---ns_get_tgid_from_pidns(fd, tgid)
---  -> integer                     the same for a thread group
---  -> nil, message, errno
---```
--- NS_GET_TGID_FROM_PIDNS, Linux 6.11.
---@param fd nsengine.sys.FD|file*|integer
---@param tgid any
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_tgid_from_pidns(fd, tgid) end

---```
---ns_get_pid_in_pidns(fd, pid)
---  -> integer                     in the pid namespace of fd, of `pid` in the caller's
---  -> nil, "ns_get_pid_in_pidns 7: No such process (ESRCH)", errno
---```
--- Translates a pid to another pid namespace. NS_GET_PID_IN_PIDNS, Linux 6.11.
---@param fd nsengine.sys.FD|file*|integer
---@param pid integer
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_pid_in_pidns(fd, pid) end

---```
---ns_get_tgid_in_pidns(fd, tgid)
---  -> integer                     the same for a thread group
---  -> nil, message, errno
---```
--- NS_GET_TGID_IN_PIDNS, Linux 6.11.
---@param fd nsengine.sys.FD|file*|integer
---@param tgid any
---@return integer?
---@return any message
---@return integer? errno
function sys.ns_get_tgid_in_pidns(fd, tgid) end

---```
---pidfd_get_namespace(pidfd, kind)
---  -> FD                          of that namespace; it needs no /proc
---  -> nil, "pidfd_get_namespace net: No such process (ESRCH)", errno
---```
--- Opens a namespace of a process. pidfd: a pidfd or a Process; kind: as for nsopen, which also
--- works before Linux 6.11. PIDFD_GET_*_NAMESPACE.
---@param pidfd nsengine.sys.FD|nsengine.sys.Process|integer
---@param kind any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.pidfd_get_namespace(pidfd, kind) end

---```
---pidfd_get_info(pidfd)
---  -> {pid =, ppid =, uid =, euid =, suid =, gid =, egid =, sgid =, cgroupid =, exit_code =}
---  -> nil, "pidfd_get_info: No such process (ESRCH)", errno
---```
--- Returns what the kernel reports about a process. pidfd: a pidfd or a Process. The ids are those of the
--- caller's namespaces; exit_code, encoded as by wait(2), is there once the process was reaped
--- (Linux 6.15). PIDFD_GET_INFO, Linux 6.13.
---@param pidfd nsengine.sys.FD|nsengine.sys.Process|integer
---@return table?
---@return any message
---@return integer? errno
function sys.pidfd_get_info(pidfd) end

---```
---listns(flags = 0, user|nil)
---  -> {id, ...}                   those that the caller may see, as ns_get_id
---  -> nil, "listns: Function not implemented (ENOSYS); needs Linux 6.19, this kernel is ...", errno
---```
--- Lists namespaces. flags: the kinds, CLONE_NEW*; 0: all. user: only those owned by this user
--- namespace, an id or LISTNS_CURRENT_USER. listns(2), Linux 6.19.
---@param flags? integer
---@param user? any
---@return table?
---@return any message
---@return integer? errno
function sys.listns(flags, user) end

---```
---timens_offsets{monotonic = seconds, boottime = seconds}
---  -> true
---  -> nil, "timens_offsets: Permission denied (EACCES)", errno
---```
--- Shifts the clocks of the time namespace that this process's next child enters: call it after
--- unshare(CLONE_NEWTIME) and before making that child. The seconds are added; they may be negative,
--- and fractions. EACCES: the namespace already has a member. time_namespaces(7), Linux 5.6.
---@param argument1 table
---@return true?
---@return any message
---@return integer? errno
function sys.timens_offsets(argument1) end

---```
---getids()
---  -> {uid =, euid =, suid =, gid =, egid =, sgid =, groups = {...}}
---  -> nil, message, errno
---```
--- Returns the ids of this process as its user namespace sees them; 65534 stands for what it does
--- not map. getresuid(2), getgroups(2).
---@return table?
---@return any message
---@return integer? errno
function sys.getids() end

---```
---setresuid(real|nil, effective|nil, saved|nil)
---  -> true
---  -> nil, "setresuid: Invalid argument (EINVAL)", errno
---```
--- Sets the user ids of this thread, which is the only one; nil leaves one as it is. EINVAL: the
--- user namespace does not map an id. setresuid(2).
---@param real? any
---@param effective? any
---@param saved? any
---@return true?
---@return any message
---@return integer? errno
function sys.setresuid(real, effective, saved) end

---```
---setresgid(real|nil, effective|nil, saved|nil)
---  -> true
---  -> nil, "setresgid: Operation not permitted (EPERM)", errno
---```
--- Sets the group ids, like setresuid. setresgid(2).
---@param real? any
---@param effective? any
---@param saved? any
---@return true?
---@return any message
---@return integer? errno
function sys.setresgid(real, effective, saved) end

---```
---setgroups({gid, ...})
---  -> true
---  -> nil, "setgroups: Operation not permitted (EPERM)", errno
---```
--- Sets the supplementary groups; {} drops all. EPERM: also if /proc/self/setgroups says "deny".
--- setgroups(2).
---@param argument1 table
---@return true?
---@return any message
---@return integer? errno
function sys.setgroups(argument1) end

---```
---idmap(process|nil, {uid = {{inside, outside, count}, ...}, gid = {...}, setgroups = boolean|nil})
---  -> true
---  -> nil, "idmap: uid_map: Operation not permitted (EPERM)", errno
---  -> nil, "idmap: newuidmap: ...its own words...: Operation not permitted (EPERM)", errno
---```
--- Maps the ids of the user namespace that the process is in; each map can be set once. inside: the
--- first id there; outside: what the caller calls it; count: the number of consecutive ids. nil:
--- this process, the first of a new user namespace, which may map one id: its own before. The maps
--- are written directly where the kernel allows it, else by newuidmap(1) and newgidmap(1) from
--- /etc/subuid and /etc/subgid. setgroups = false forbids setgroups(2) there; mapping one's own gid
--- without privileges requires that, and then this call does it. user_namespaces(7).
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@param argument2? table
---@return true?
---@return any message
---@return integer? errno
function sys.idmap(process, argument2) end

---```
---capabilities()
---  -> {CAP_CHOWN = 0, ...}        those that this kernel knows
---```
--- Returns the number of each capability. cap_to_name(3), cap_max_bits(3).
---@return table
function sys.capabilities() end

---```
---capget(process|nil)
---  -> {effective = {"CAP_CHOWN", ...}, permitted =, inheritable =, bounding =, ambient =}
---  -> nil, "capget 4711: No such process (ESRCH)", errno
---```
--- Returns the capabilities of a process; the last two sets of another process are read from
--- /proc/PID/status. capget(2), capabilities(7).
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return table?
---@return any message
---@return integer? errno
function sys.capget(process) end

---```
---capset{effective = {"CAP_CHOWN", ...}, permitted =, inheritable =, bounding =, ambient =}
---  -> true
---  -> nil, "capset bounding: Operation not permitted (EPERM)", errno
---```
--- Sets the given sets of this process and leaves the others. The bounding set is set first, because
--- dropping from it needs CAP_SETPCAP; the ambient set last, because it needs permitted and
--- inheritable. capset(2), prctl(2).
---@param argument1 table
---@return true?
---@return any message
---@return integer? errno
function sys.capset(argument1) end

---```
---securebits(bits|nil)
---  -> integer                     without an argument: the current bits
---  -> true                        with one: they are set
---  -> nil, "securebits: Operation not permitted (EPERM)", errno
---```
--- Gets or sets SECBIT_*, which change how root is treated at exec. capabilities(7).
---@param bits? any
---@return integer?
---@return any message
---@return integer? errno
function sys.securebits(bits) end

---```
---seccomp_resolve(name, arch|nil)
---  -> number | false (no such call on that machine) | nil (on none)
---```
--- Returns the number of a system call. arch: "x86_64", "aarch64", ...; nil: this machine's.
---@param name string
---@param arch? any
---@return integer
function sys.seccomp_resolve(name, arch) end

---```
---seccomp_names(arch|nil)
---  -> {read = 0, write = 1, ...}
---```
--- Returns all system calls of a machine that the engine knows.
---@param arch? any
---@return table
function sys.seccomp_names(arch) end

---```
---seccomp_compile{arch =, foreign = action, linear = false, stage, ...}
---  -> program
---  -> nil, "seccomp: 5000 instructions: Argument list too long (E2BIG)", errno
---```
--- Compiles a filter. stage: {default = action, {name, action, {argument, mask, value}, ...}, ...};
--- a rule applies if all its comparisons hold: argument & mask == value. A stage without comparisons
--- becomes a search in ranges of numbers, and all others are compiled by libseccomp; with linear,
--- all are, as a list. action: a SECCOMP_RET_* with its data, or false, which leaves the decision to
--- the next stage. foreign: for calls of another ABI of the machine, x32 and i386. A call that the
--- machine does not have is left out.
---@param argument1 table
---@return any
---@return any message
---@return integer? errno
function sys.seccomp_compile(argument1) end

---```
---seccomp_shipped(name)
---  -> program, flags | nil (there is none)
---```
--- Returns a filter that comes with the engine, compiled when that was built: "default", "strict"
--- and the others of lua/nsengine/filter.lua. flags: what the step "filter" takes.
---@param name string
---@return any
function sys.seccomp_shipped(name) end

---```
---mount(source|nil, target, fstype|nil, flags = 0, data|nil)
---  -> true
---  -> nil, "mount proc on /proc: Operation not permitted (EPERM)", errno
---```
--- Mounts a file system, or changes a mount. flags: MS_*; data: options of the file system,
--- "size=1m,mode=755". source and fstype may be nil for a bind, a move, a remount or a change of
--- propagation. mount(2).
---@param source? string
---@param target string
---@param fstype? string
---@param flags? integer
---@param data? string
---@return true?
---@return any message
---@return integer? errno
function sys.mount(source, target, fstype, flags, data) end

---```
---umount(target, flags = 0)
---  -> true
---  -> nil, "umount /mnt: Device or resource busy (EBUSY)", errno
---```
--- Unmounts a file system. flags: MNT_DETACH, MNT_FORCE, MNT_EXPIRE, UMOUNT_NOFOLLOW. umount2(2).
---@param target string
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.umount(target, flags) end

---```
---pivot_root(new_root, put_old)
---  -> true
---  -> nil, "pivot_root /new /new/old: Invalid argument (EINVAL)", errno
---```
--- Changes the root mount. new_root must be a mount; ".", "." stacks the old root on the new one,
--- for umount(".", MNT_DETACH). pivot_root(2).
---@param new_root any
---@param put_old any
---@return true?
---@return any message
---@return integer? errno
function sys.pivot_root(new_root, put_old) end

---```
---chroot(path)
---  -> true
---  -> nil, "chroot /new: Operation not permitted (EPERM)", errno
---```
--- Changes the root directory. It does not confine a process that has CAP_SYS_CHROOT or an open
--- directory: prefer pivot_root. chroot(2).
---@param path string
---@return true?
---@return any message
---@return integer? errno
function sys.chroot(path) end

---```
---open_tree(path|fd, flags = 0, dirfd|nil, attr|nil)
---  -> FD                          of a mount; with OPEN_TREE_CLONE, of a detached copy
---  -> nil, "open_tree /usr: No such file or directory (ENOENT)", errno
---```
--- Opens or copies a mount. flags: OPEN_TREE_CLONE, OPEN_TREE_NAMESPACE (Linux 7.0), AT_RECURSIVE,
--- AT_SYMLINK_NOFOLLOW, ... attr: as for mount_setattr, in the same call (open_tree_attr(2), Linux
--- 6.15). A detached copy that nobody mounts disappears with its FD. open_tree(2), Linux 5.2.
---@param path string|nsengine.sys.FD|file*|integer
---@param flags? integer
---@param dirfd? any
---@param attr? any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.open_tree(path, flags, dirfd, attr) end

---```
---move_mount(from, to, flags = 0)
---  -> true
---  -> nil, "move_mount on /mnt: Invalid argument (EINVAL)", errno
---```
--- Attaches a detached mount, or moves one. from: an FD of open_tree or fsmount, or the path of a
--- mount; to: a path or an FD of a directory (O_PATH). flags: MOVE_MOUNT_*; MOVE_MOUNT_BENEATH is
--- Linux 6.5. move_mount(2), Linux 5.2.
---@param from any
---@param to any
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.move_mount(from, to, flags) end

---```
---mount_setattr(path|fd, {set =, clear =, propagation =, userns =, recursive =}, flags = 0)
---  -> true
---  -> nil, "mount_setattr /usr: Operation not permitted (EPERM)", errno
---```
--- Changes the attributes of a mount. set, clear: MOUNT_ATTR_*; propagation: MS_PRIVATE, MS_SLAVE,
--- MS_SHARED or MS_UNBINDABLE; userns: an FD of a user namespace whose maps the mount shall use (an
--- idmapped mount); recursive: also the mounts below. flags: AT_SYMLINK_NOFOLLOW. mount_setattr(2),
--- Linux 5.12.
---@param path string|nsengine.sys.FD|file*|integer
---@param argument2 table
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.mount_setattr(path, argument2, flags) end

---```
---fsopen(fstype)
---  -> FD                          of the context, for fsconfig and fsmount
---  -> nil, "fsopen nofs: No such device (ENODEV)", errno
---```
--- Creates a context for a new file system. fsopen(2), Linux 5.2.
---@param fstype string
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.fsopen(fstype) end

---```
---fspick(path, flags = 0)
---  -> FD                          of the context, for fsconfig
---  -> nil, "fspick /mnt: Invalid argument (EINVAL)", errno
---```
--- Opens an existing file system to reconfigure it. fspick(2), Linux 5.2.
---@param path string
---@param flags? integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.fspick(path, flags) end

---```
---fsconfig(fd, command, key|nil, value|nil, aux = 0)
---  -> true
---  -> nil, "fsconfig size: Invalid argument (EINVAL); the kernel says: tmpfs: Bad value for 'size'",
---     errno
---```
--- Sets an option of a context, or executes it. command: FSCONFIG_SET_FLAG (key), _SET_STRING (key,
--- value), _SET_BINARY (key, value), _SET_FD (key, nil, fd), _SET_PATH (key, path, dirfd),
--- _CMD_CREATE, _CMD_CREATE_EXCL (Linux 6.6), _CMD_RECONFIGURE. fsconfig(2), Linux 5.2.
---@param fd nsengine.sys.FD|file*|integer
---@param command any
---@param key? any
---@param value? any
---@param aux? any
---@return true?
---@return any message
---@return integer? errno
function sys.fsconfig(fd, command, key, value, aux) end

---```
---fsmount(fd, attr = 0, flags = 0)
---  -> FD                          a detached mount, for move_mount
---  -> nil, "fsmount of the context: Operation not permitted (EPERM)", errno
---```
--- Makes a mount of a file system. fd: of fsopen, after FSCONFIG_CMD_CREATE. attr: MOUNT_ATTR_*;
--- flags: FSMOUNT_NAMESPACE (Linux 7.1). fsmount(2), Linux 5.2.
---@param fd nsengine.sys.FD|file*|integer
---@param attr? any
---@param flags? integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.fsmount(fd, attr, flags) end

---```
---mounts(process|nil)
---  -> {{id =, parent =, target =, root =, source =, fstype =, readonly =, attr =, propagation =,
---       options =}, ...}
---  -> nil, "mounts of 4711: No such process (ESRCH)", errno
---```
--- Returns the mounts that a process (nil: this one) sees below its root, in the kernel's order: if
--- a mount was moved, a parent may come later. id, parent: as in mountinfo; root: the directory of
--- the file system that is mounted; readonly: whether the mount or its whole file system is; attr:
--- MOUNT_ATTR_*; propagation: MS_SHARED, MS_SLAVE (possibly both), MS_PRIVATE or MS_UNBINDABLE;
--- options: the file system's own, with unusual bytes as \ooo. statmount(2), proc(5).
---@param process? nsengine.sys.Process|nsengine.sys.FD|integer
---@return table?
---@return any message
---@return integer? errno
function sys.mounts(process) end

---```
---fd:read(size = 65536)
---  -> string                      "" at end of file
---  -> nil, "read: Input/output error (EIO)", errno
---```
--- Reads at most `size` bytes (1 to 2^30) in one call; there may be fewer. EINTR is retried.
--- read(2).
---@param size? integer
---@return string?
---@return any message
---@return integer? errno
function FD:read(size) end

---```
---fd:write(string)
---  -> true                        every byte was written
---  -> nil, "write: Broken pipe (EPIPE)", errno, written
---```
--- Writes the whole string, with as many write(2) calls as it takes. A pipe without a reader is
--- EPIPE, never SIGPIPE, whatever its disposition.
---@param string string
---@return true?
---@return any message
---@return integer? errno
function FD:write(string) end

---```
---fd:meanwhile(function|nil)
---  -> true
---```
--- Sets a function that read and write call as fn(fd, "r"|"w") where they would have to wait. It
--- returns true when they no longer need to; after anything else they wait themselves. nil removes
--- it. The FDs of a Process have one that enforces the time limits and answers the calls of all that
--- run.
---@param argument1? any
---@return true
function FD:meanwhile(argument1) end

---```
---fd:dup(number|nil)
---  -> FD                          without a number: close-on-exec, 3 or higher
---  -> number                      with one: exactly that descriptor, open across exec
---  -> nil, "dup 5: Too many open files (EMFILE)", errno
---```
--- Makes a second descriptor of the same open file. If `number` was open, that is closed first; no
--- FD owns it, because standard input and the like belong to the process. fcntl(2) F_DUPFD,
--- dup3(2).
---@param number? integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function FD:dup(number) end

---```
---fd:cloexec(boolean)
---  -> true
---  -> nil, message, errno
---```
--- Sets whether exec closes it; every FD starts with true. fcntl(2) F_SETFD.
---@param boolean boolean
---@return true?
---@return any message
---@return integer? errno
function FD:cloexec(boolean) end

---```
---fd:fileno()
---  -> integer                     the descriptor's number; the FD still owns it
---```
---@return integer
function FD:fileno() end

---```
---fd:release()
---  -> integer                     the number, which the caller must close
---```
--- Gives up ownership: the FD counts as closed from here on.
---@return integer
function FD:release() end

---```
---fd:close()
---  -> true                        closing it twice is allowed
---  -> nil, "close: Input/output error (EIO)", errno
---```
--- It is also closed at the end of the scope of `local x <close>`, and when it is collected. The
--- descriptor is gone even after a failure. close(2).
---@return true?
---@return any message
---@return integer? errno
function FD:close() end

---```
---fd:file(mode = "r")
---  -> file                        which owns the descriptor
---  -> nil, "fdopen 5: Invalid argument (EINVAL)", errno
---```
--- Makes a file of Lua's io library. The modes are those of io.open. After success the FD counts as
--- closed, and its function (fd:meanwhile) is not called when the file waits. fdopen(3).
---@param mode? integer
---@return any
---@return any message
---@return integer? errno
function FD:file(mode) end

---```
---open(path, flags = O_RDONLY, mode = 0, how|nil)
---  -> FD                          close-on-exec
---  -> nil, "open /nope: No such file or directory (ENOENT)", errno
---```
--- Opens a file. flags: O_*; mode: the permission bits of a file that O_CREAT makes, minus the
--- umask. how: {dirfd = FD, resolve = RESOLVE_*} opens relative to a directory and limits where the
--- path may lead (openat2(2), Linux 5.6). open(2).
---@param path string
---@param flags? integer
---@param mode? integer
---@param how? any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.open(path, flags, mode, how) end

---```
---pipe(flags = 0)
---  -> FD, FD                      read end, write end
---  -> nil, "pipe: Too many open files (EMFILE)", errno
---```
--- Makes a pipe. flags: O_NONBLOCK, O_DIRECT. pipe2(2).
---@param flags? integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.pipe(flags) end

---```
---socketpair(type = SOCK_STREAM)
---  -> FD, FD                      two connected Unix sockets
---  -> nil, "socketpair: Too many open files (EMFILE)", errno
---```
--- Makes a pair of sockets. type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, with SOCK_NONBLOCK.
--- socketpair(2).
---@param type? any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.socketpair(type) end

---```
---eventfd()
---  -> FD                          to which the kernel or another process adds; nonblocking
---  -> nil, "eventfd: Too many open files (EMFILE)", errno
---```
--- Makes a counter. Reading it gives 8 bytes and resets it. eventfd2(2).
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.eventfd() end

---```
---memfd(name, content|nil, flags = 0)
---  -> FD                          positioned at its beginning
---  -> nil, "memfd_create x: Invalid argument (EINVAL)", errno
---```
--- Makes an anonymous file. flags: MFD_ALLOW_SEALING, MFD_EXEC, MFD_NOEXEC_SEAL, ...
--- memfd_create(2).
---@param name string
---@param content? any
---@param flags? integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.memfd(name, content, flags) end

---```
---sendfd(socket, fd, message = "\0")
---  -> true
---  -> nil, "sendfd: Broken pipe (EPIPE)", errno
---```
--- Sends a descriptor and 1 to 4096 bytes over a Unix socket. SCM_RIGHTS, unix(7).
---@param socket any
---@param fd nsengine.sys.FD|file*|integer
---@param message? any
---@return true?
---@return any message
---@return integer? errno
function sys.sendfd(socket, fd, message) end

---```
---recvfd(socket)
---  -> FD, message                 FD is nil if none came; message is "" at end of file
---  -> nil, "recvfd: Message too long (EMSGSIZE)", errno
---```
--- Receives what sendfd sent. EMSGSIZE: more than one descriptor, more than 4096 bytes, or a
--- descriptor that this process has no room for; what came is closed.
---@param socket any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.recvfd(socket) end

---```
---poll({{fd, "r"|"w"|"rw"}, ...}, seconds|nil)
---  -> {{fd, "r"}, ...}            those that are ready, in order; empty after `seconds`
---  -> nil, "poll: Invalid argument (EINVAL)", errno
---```
--- Waits until one of several descriptors is ready. A Process as fd is ready to read when it has
--- ended. The result may also have "h" (hung up) and "e" (error). nil waits without limit.
--- poll(2).
---@param argument1 table
---@param seconds? number
---@return table?
---@return any message
---@return integer? errno
function sys.poll(argument1, seconds) end

---```
---close_range(first, last = 2^32-1, flags = 0)
---  -> true
---  -> nil, "close_range 3-9: Invalid argument (EINVAL)", errno
---```
--- Closes every descriptor from first to last, even if an FD or a Lua file owns it. flags:
--- CLOSE_RANGE_CLOEXEC (at the next exec instead), CLOSE_RANGE_UNSHARE. close_range(2), Linux
--- 5.9.
---@param first any
---@param last? any
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.close_range(first, last, flags) end

---```
---dup(fd)
---  -> FD                          close-on-exec, 3 or higher
---  -> nil, "dup 5: Too many open files (EMFILE)", errno
---```
--- Makes a new FD for what an integer, a file or another FD has open. fcntl(2) F_DUPFD.
---@param fd nsengine.sys.FD|file*|integer
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.dup(fd) end

---```
---nonblock(fd, boolean)
---  -> true
---  -> nil, "nonblock 5: Bad file descriptor (EBADF)", errno
---```
--- Sets whether reading and writing fail with EAGAIN instead of waiting. This belongs to the open
--- file, and everybody who shares it sees the change: do not use it on what was inherited. fcntl(2)
--- O_NONBLOCK.
---@param fd nsengine.sys.FD|file*|integer
---@param boolean boolean
---@return true?
---@return any message
---@return integer? errno
function sys.nonblock(fd, boolean) end

---```
---write_some(fd, string, first = 1, count|nil)
---  -> integer                     the number of bytes written; 0 if it would have to wait
---  -> nil, "write: Broken pipe (EPIPE)", errno
---```
--- Calls write(2) once, from byte `first` on, for at most `count` bytes. A pipe without a reader is
--- EPIPE, never SIGPIPE, whatever its disposition.
---@param fd nsengine.sys.FD|file*|integer
---@param string string
---@param first? any
---@param count? any
---@return integer?
---@return any message
---@return integer? errno
function sys.write_some(fd, string, first, count) end

---```
---mkdir(path, mode = 0777, dirfd|nil)
---  -> true
---  -> nil, "mkdir /tmp/x: File exists (EEXIST)", errno
---```
--- Makes a directory; the umask is taken off the mode. dirfd, here and below: where a relative path
--- begins; nil: the working directory. mkdirat(2).
---@param path string
---@param mode? integer
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.mkdir(path, mode, dirfd) end

---```
---mkdirs(path, mode = 0777)
---  -> true                        also if it exists
---  -> nil, "mkdirs /a/b: Not a directory (ENOTDIR)", errno
---```
--- Makes a directory and its parents, like mkdir -p; links on the way are followed.
---@param path string
---@param mode? integer
---@return true?
---@return any message
---@return integer? errno
function sys.mkdirs(path, mode) end

---```
---rmdir(path, dirfd|nil)
---  -> true
---  -> nil, "rmdir /tmp/x: Directory not empty (ENOTEMPTY)", errno
---```
--- Removes an empty directory. unlinkat(2) AT_REMOVEDIR.
---@param path string
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.rmdir(path, dirfd) end

---```
---unlink(path, dirfd|nil)
---  -> true
---  -> nil, "unlink /tmp/x: No such file or directory (ENOENT)", errno
---```
--- Removes a name that is no directory. unlinkat(2).
---@param path string
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.unlink(path, dirfd) end

---```
---rename(old, new, flags = 0, old_dirfd|nil, new_dirfd|nil)
---  -> true
---  -> nil, "rename a to b: No such file or directory (ENOENT)", errno
---```
--- Renames or moves a file. flags: RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT.
--- renameat2(2).
---@param old any
---@param new any
---@param flags? integer
---@param old_dirfd? any
---@param new_dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.rename(old, new, flags, old_dirfd, new_dirfd) end

---```
---link(old, new, old_dirfd|nil, new_dirfd|nil)
---  -> true
---  -> nil, "link a to b: File exists (EEXIST)", errno
---```
--- Makes a hard link; if `old` is a symbolic link, to that link itself. linkat(2).
---@param old any
---@param new any
---@param old_dirfd? any
---@param new_dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.link(old, new, old_dirfd, new_dirfd) end

---```
---symlink(target, path, dirfd|nil)
---  -> true
---  -> nil, "symlink /tmp/x to usr/bin: File exists (EEXIST)", errno
---```
--- Makes a symbolic link at `path`. symlinkat(2).
---@param target string
---@param path string
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.symlink(target, path, dirfd) end

---```
---readlink(path, dirfd|nil)
---  -> string
---  -> nil, "readlink /tmp: Invalid argument (EINVAL)", errno
---```
--- Returns the text of a symbolic link. readlinkat(2).
---@param path string
---@param dirfd? any
---@return string?
---@return any message
---@return integer? errno
function sys.readlink(path, dirfd) end

---```
---chmod(path|fd, mode, dirfd|nil)
---  -> true
---  -> nil, "chmod /etc: Operation not permitted (EPERM)", errno
---```
--- Sets the permission bits, 0 to 07777. fchmodat(2), which follows links; fchmod(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param mode integer
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.chmod(path, mode, dirfd) end

---```
---chown(path|fd, uid|nil, gid|nil, flags = 0, dirfd|nil)
---  -> true
---  -> nil, "chown /etc: Operation not permitted (EPERM)", errno
---```
--- Sets the owner and group; nil leaves one as it is. flags: AT_SYMLINK_NOFOLLOW for a link itself.
--- fchownat(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param uid? integer
---@param gid? integer
---@param flags? integer
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.chown(path, uid, gid, flags, dirfd) end

---```
---mknod(path, type, mode = 0666, device = 0, dirfd|nil)
---  -> true
---  -> nil, "mknod /tmp/null: Operation not permitted (EPERM)", errno
---```
--- Makes a file of any type: S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR or S_IFBLK. device:
--- sys.makedev(major, minor). mknodat(2).
---@param path string
---@param type any
---@param mode? integer
---@param device? any
---@param dirfd? any
---@return true?
---@return any message
---@return integer? errno
function sys.mknod(path, type, mode, device, dirfd) end

---```
---makedev(major, minor)
---  -> integer                     the device number for mknod, as stat's rdev
---```
---@param major any
---@param minor any
---@return integer
function sys.makedev(major, minor) end

---```
---chdir(path|fd)
---  -> true
---  -> nil, "chdir /nope: No such file or directory (ENOENT)", errno
---```
--- Changes the working directory. chdir(2), fchdir(2).
---@param path string|nsengine.sys.FD|file*|integer
---@return true?
---@return any message
---@return integer? errno
function sys.chdir(path) end

---```
---getcwd()
---  -> string
---  -> nil, "getcwd: No such file or directory (ENOENT)", errno
---```
--- Returns the working directory. ENOENT: it was removed, or is outside the root. getcwd(2).
---@return string?
---@return any message
---@return integer? errno
function sys.getcwd() end

---```
---umask(mask)
---  -> integer                     the previous mask
---```
--- Sets the file mode creation mask, 0 to 0777. umask(2).
---@param mask integer
---@return integer
function sys.umask(mask) end

---```
---stat(path|fd, dirfd|nil)
---  -> {type =, mode =, uid =, gid =, size =, blocks =, nlink =, ino =, dev =, rdev =, mnt_id =,
---      atime =, mtime =, ctime =}
---  -> nil, "stat /nope: No such file or directory (ENOENT)", errno
---```
--- Returns what is known of a file. type: "file", "directory", "link", "char device", "block
--- device", "fifo" or "socket"; mode: the permission bits; size: in bytes; blocks: of 512 bytes;
--- times: in seconds, with fractions. statx(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param dirfd? any
---@return table?
---@return any message
---@return integer? errno
function sys.stat(path, dirfd) end

---```
---lstat(path, dirfd|nil)
---  -> {type =, mode =, ...}       as stat
---  -> nil, "lstat /nope: No such file or directory (ENOENT)", errno
---```
--- Like stat, but does not follow a symbolic link. statx(2) AT_SYMLINK_NOFOLLOW.
---@param path string
---@param dirfd? any
---@return table?
---@return any message
---@return integer? errno
function sys.lstat(path, dirfd) end

---```
---statfs(fd)
---  -> {type = magic, block_size =, blocks =, free =, available =, inodes =, free_inodes =}
---  -> nil, "statfs: Bad file descriptor (EBADF)", errno
---```
--- Returns figures of the file system that the descriptor is on; available: to ordinary users.
--- fstatfs(2).
---@param fd nsengine.sys.FD|file*|integer
---@return table?
---@return any message
---@return integer? errno
function sys.statfs(fd) end

---```
---getxattr(path|fd, name, flags = 0)
---  -> string
---  -> nil, "getxattr user.x of /tmp/f: No data available (ENODATA)", errno
---```
--- Returns the value of an extended attribute. flags: AT_SYMLINK_NOFOLLOW for a link itself.
--- getxattr(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param name string
---@param flags? integer
---@return string?
---@return any message
---@return integer? errno
function sys.getxattr(path, name, flags) end

---```
---listxattr(path|fd, flags = 0)
---  -> {name, ...}
---  -> nil, "listxattr /nope: No such file or directory (ENOENT)", errno
---```
--- Lists the extended attributes. flags: AT_SYMLINK_NOFOLLOW. listxattr(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param flags? integer
---@return table?
---@return any message
---@return integer? errno
function sys.listxattr(path, flags) end

---```
---setxattr(path|fd, name, value, flags = 0, at = 0)
---  -> true
---  -> nil, "setxattr user.x of /tmp/f: Operation not supported (EOPNOTSUPP)", errno
---```
--- Sets an extended attribute. flags: XATTR_CREATE, XATTR_REPLACE; at: AT_SYMLINK_NOFOLLOW.
--- setxattr(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param name string
---@param value any
---@param flags? integer
---@param at? any
---@return true?
---@return any message
---@return integer? errno
function sys.setxattr(path, name, value, flags, at) end

---```
---removexattr(path|fd, name, flags = 0)
---  -> true
---  -> nil, "removexattr user.x of /tmp/f: No data available (ENODATA)", errno
---```
--- Removes an extended attribute. flags: AT_SYMLINK_NOFOLLOW. removexattr(2).
---@param path string|nsengine.sys.FD|file*|integer
---@param name string
---@param flags? integer
---@return true?
---@return any message
---@return integer? errno
function sys.removexattr(path, name, flags) end

---```
---list(path|fd)
---  -> {name, ...}                 without "." and "..", in the order of the file system
---  -> nil, "list /nope: No such file or directory (ENOENT)", errno
---```
--- Lists a directory. getdents64(2).
---@param path string|nsengine.sys.FD|file*|integer
---@return table?
---@return any message
---@return integer? errno
function sys.list(path) end

---```
---readfile(path, max = 2^31)
---  -> string
---  -> nil, "readfile /nope: No such file or directory (ENOENT)", errno
---```
--- Reads a whole file, also of /proc, where sizes are 0. EFBIG: more than `max` bytes.
---@param path string
---@param max? any
---@return string?
---@return any message
---@return integer? errno
function sys.readfile(path, max) end

---```
---writefile(path, string, flags = O_WRONLY|O_CREAT|O_TRUNC, mode = 0666)
---  -> true
---  -> nil, "writefile /proc/sys/kernel/hostname: Permission denied (EACCES)", errno
---```
--- Writes a file, in one write(2) if the kernel takes it whole, as the files of /proc and cgroups
--- require: use O_WRONLY there, since they exist or cannot be made.
---@param path string
---@param string string
---@param flags? integer
---@param mode? integer
---@return true?
---@return any message
---@return integer? errno
function sys.writefile(path, string, flags, mode) end

---```
---cgroup_open(path)
---  -> FD                          of a directory of cgroupfs, of version 1 or 2
---  -> nil, "cgroup_open /tmp: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Opens a group. ENOTTY: the path is on another file system.
---@param path string
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.cgroup_open(path) end

---```
---cgroup_make(parent, name)
---  -> FD                          of the new group, below the FD `parent`
---  -> nil, "cgroup_make box: Permission denied (EACCES)", errno
---```
--- Makes a group. mkdirat(2).
---@param parent any
---@param name string
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.cgroup_make(parent, name) end

---```
---cgroup_write(group, file, string)
---  -> true
---  -> nil, "cgroup_write memory.max: Permission denied (EACCES)", errno
---```
--- Writes a file of a group, in one write(2).
---@param group any
---@param file any
---@param string string
---@return true?
---@return any message
---@return integer? errno
function sys.cgroup_write(group, file, string) end

---```
---cgroup_read(group, file)
---  -> string
---  -> nil, "cgroup_read memory.peak: No such file or directory (ENOENT)", errno
---```
--- Reads a file of a group, in one read(2), at most 16384 bytes.
---@param group any
---@param file any
---@return string?
---@return any message
---@return integer? errno
function sys.cgroup_read(group, file) end

---```
---cgroup_kill(group)
---  -> true                        SIGKILL was sent to all in it and below, at once
---  -> nil, "cgroup_kill: No such file or directory (ENOENT)", errno
---```
--- Kills all processes of a group. ENOENT: version 1 does not have it. cgroup.kill, Linux 5.14.
---@param group any
---@return true?
---@return any message
---@return integer? errno
function sys.cgroup_kill(group) end

---```
---cgroup_remove(parent, name)
---  -> true
---  -> nil, "cgroup_remove box: Device or resource busy (EBUSY)", errno
---```
--- Removes a group. EBUSY: it contains a process or a group. unlinkat(2) AT_REMOVEDIR.
---@param parent any
---@param name string
---@return true?
---@return any message
---@return integer? errno
function sys.cgroup_remove(parent, name) end

---```
---links()
---  -> {{name =, index =, up =, flags =, mtu =, kind =, address =}, ...}
---  -> nil, "links: Operation not permitted (EPERM)", errno
---```
--- Lists the network interfaces. flags: IFF_*; kind: "veth", "bridge", ..., "" for lo and real
--- devices; address: of the link layer. RTM_GETLINK, rtnetlink(7).
---@return table?
---@return any message
---@return integer? errno
function sys.links() end

---```
---link_set(name, {up = boolean|nil, mtu = integer|nil})
---  -> true
---  -> nil, "link_set lo: Operation not permitted (EPERM)", errno
---```
--- Brings an interface up or down, and sets its mtu in bytes. When lo comes up, the kernel gives it
--- 127.0.0.1. RTM_NEWLINK, rtnetlink(7).
---@param name string
---@param argument2? table
---@return true?
---@return any message
---@return integer? errno
function sys.link_set(name, argument2) end

---```
---openpty(rows = 24, columns = 80)
---  -> FD, FD                      master, slave
---  -> nil, "openpty: No such file or directory (ENOENT)", errno
---```
--- Makes a pseudo-terminal in the devpts at /dev/pts. The slave is opened through the master
--- (TIOCGPTPEER, Linux 4.13), not by name. pty(7).
---@param rows? any
---@param columns? any
---@return nsengine.sys.FD?
---@return any message
---@return integer? errno
function sys.openpty(rows, columns) end

---```
---setctty(fd)
---  -> true
---  -> nil, "setctty: Operation not permitted (EPERM)", errno
---```
--- Makes a terminal the controlling terminal of this process, which must lead a session without one
--- (sys.setsid). ioctl_tty(2) TIOCSCTTY.
---@param fd nsengine.sys.FD|file*|integer
---@return true?
---@return any message
---@return integer? errno
function sys.setctty(fd) end

---```
---winsize(fd, rows|nil, columns|nil)
---  -> rows, columns               without numbers
---  -> true                        with both: the terminal's programs get SIGWINCH
---  -> nil, "winsize: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Gets or sets the size of a terminal. ioctl_tty(2) TIOCGWINSZ, TIOCSWINSZ.
---@param fd nsengine.sys.FD|file*|integer
---@param rows? any
---@param columns? any
---@return any
---@return any message
---@return integer? errno
function sys.winsize(fd, rows, columns) end

---```
---isatty(fd)
---  -> boolean
---  -> nil, "isatty: Bad file descriptor (EBADF)", errno
---```
--- Tells whether a descriptor is a terminal. isatty(3).
---@param fd nsengine.sys.FD|file*|integer
---@return boolean?
---@return any message
---@return integer? errno
function sys.isatty(fd) end

---```
---tty_raw(fd)
---  -> string                      the previous modes, for tty_restore
---  -> nil, "tty_raw: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Makes a terminal raw, as cfmakeraw(3): each byte passes at once and unchanged, with no echo,
--- lines or signals from the keyboard. In the background it stops the caller (SIGTTOU), as any
--- change of the modes does. termios(3) TCSETS2.
---@param fd nsengine.sys.FD|file*|integer
---@return string?
---@return any message
---@return integer? errno
function sys.tty_raw(fd) end

---```
---tty_modes(fd)
---  -> string                      the current modes, for tty_restore
---  -> nil, "tty_modes: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Returns the modes of a terminal, as an opaque string. termios(3) TCGETS2.
---@param fd nsengine.sys.FD|file*|integer
---@return string?
---@return any message
---@return integer? errno
function sys.tty_modes(fd) end

---```
---tty_restore(fd, modes)
---  -> true
---  -> nil, "tty_restore: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Sets the modes that tty_raw or tty_modes returned, for this terminal or another: at once, and
--- without losing what is being typed or printed. termios(3) TCSETS2.
---@param fd nsengine.sys.FD|file*|integer
---@param modes any
---@return true?
---@return any message
---@return integer? errno
function sys.tty_restore(fd, modes) end

---```
---tty_foreground(fd)
---  -> boolean                     whether this process group may read it and change its modes
---  -> nil, "tty_foreground: Inappropriate ioctl for device (ENOTTY)", errno
---```
--- Tells whether this process group is in the foreground. ENOTTY: it is not the controlling
--- terminal; the kernel then lets every process do this. tcgetpgrp(3).
---@param fd nsengine.sys.FD|file*|integer
---@return boolean?
---@return any message
---@return integer? errno
function sys.tty_foreground(fd) end

---```
---sethostname(name)
---  -> true
---  -> nil, "sethostname box: Operation not permitted (EPERM)", errno
---```
--- Sets the host name of the UTS namespace, at most 64 bytes (EINVAL). sethostname(2).
---@param name string
---@return true?
---@return any message
---@return integer? errno
function sys.sethostname(name) end

---```
---setdomainname(name)
---  -> true
---  -> nil, "setdomainname box: Operation not permitted (EPERM)", errno
---```
--- Sets the NIS domain name of the UTS namespace, at most 64 bytes. setdomainname(2).
---@param name string
---@return true?
---@return any message
---@return integer? errno
function sys.setdomainname(name) end

---```
---gethostname()
---  -> string
---```
--- uname(2).
---@return string
function sys.gethostname() end

---```
---uname()
---  -> {sysname =, nodename =, release =, version =, machine =, domainname =}
---```
--- uname(2).
---@return table
function sys.uname() end

---```
---monotonic()
---  -> number                      seconds, of a clock that nobody sets
---```
--- Returns the time of CLOCK_MONOTONIC, clock_gettime(2).
---@return integer
function sys.monotonic() end

---```
---sleep(seconds)
---  -> true                        not before the time is over
---```
--- Sleeps; fractions count. clock_nanosleep(2).
---@param seconds number
---@return true
function sys.sleep(seconds) end

---```
---errname(errno)
---  -> "EPERM", "Operation not permitted"
---  -> nil                         if there is no such error
---```
--- Returns the name and text of an error. errno(3).
---@param errno any
---@return any
function sys.errname(errno) end

---```
---located(fn)
---  -> function                    called as f(...), it calls fn("recipe.lua:7", ...)
---```
--- Makes a function that knows the place of its caller, even in a tail call, which a Lua function
--- would not.
---@param fn function
---@return any
function sys.located(fn) end

---```
---features()
---  -> {kernel =, calls = {clone3 = true, ...}, namespaces = {user = true, ...}, landlock = ABI,
---      seccomp = {filter =, kill_process =, log =, log_flag =, notify =, tsync =, wait_killable =},
---      cgroup = "v2"|"hybrid"|"v1"|"none", sysctl = {["user.max_user_namespaces"] = n, ...},
---      unprivileged = {user =, mount =, network =, proc =, overlay =}, errors = {...}}
---```
--- Tells what the kernel has and allows; probed at the first call. calls: what the kernel knows,
--- such as open_tree_attr (6.15); landlock: 0 if there is none; seccomp: actions and flags of
--- filters; unprivileged: what an ordinary user may do, tried in a child (as uid 65534 if root
--- asks); errors: for each of those that is false, and for a landlock of 0 (ENOSYS: not built in,
--- EOPNOTSUPP: switched off), the name of its errno.
---@return table
function sys.features() end

---```
---landlock_abi()
---  -> integer                     the ABI of landlock(7): 1 is Linux 5.13; 0: none
---```
---@return integer
function sys.landlock_abi() end

return sys
