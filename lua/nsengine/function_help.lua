--- Written by docs/generate.lua from the comments above the functions: change them there. What `nsengine --help
--- ns.args` prints.

return {
  ["ns.sandbox"] = [==[
ns.sandbox { FIELD = value, ... }
  -> Sandbox

  Makes a sandbox from its fields: ns.sandbox { ... }.

  All fields are checked at once; the first mistake is raised, with the field's line. Nothing is
  started yet.
]==],
  ["box:with"] = [==[
box:with { FIELD = value, ... }
  -> Sandbox

  Derives another sandbox: maps merge by key, lists replace, false removes.
]==],
  ["box:run"] = [==[
box:run { "program", "argument", ..., FIELD = value, ... }
  -> Result

  Runs the command to its end and returns a Result.

  The table's list part is the command, its named part holds fields for this run: box:run { "sort",
  "-n", stdin = text }. Without a list, the command is the field cmd. The first run compiles the
  sandbox's plan, and all later ones use it; env, cmd, tty, stdin, stdout, stderr, fds do not
  change it, other fields need another one. A list in a variable is given as cmd = words. In {
  table.unpack(words), stdin = text } Lua keeps only the first word, because something follows.
]==],
  ["box:spawn"] = [==[
box:spawn { "program", "argument", ..., FIELD = value, ... }
  -> Process

  Starts the command and returns a Process while it runs.

  Takes the same as box:run. It returns once the program has been executed.
]==],
  ["box:explain"] = [==[
box:explain(kind = "text")
  -> string

  Describes what would be done, in order: as text, or as JSON.

  "json" needs the Lua module cjson. nsengine --explain prints it.
]==],
  ["process:wait"] = [==[
process:wait(seconds = nil)

  Waits until the sandbox ends, or the time is over.

  seconds: number|string|nil, 0.5, "500ms"; nil and math.huge wait without limit
  returns result: nsengine.Result|nil
  returns timeout: "timeout"|nil, it is still running

  It returns after all that the command wrote was delivered. Waiting for one process enforces the
  limits of all.
]==],
  ["process:kill"] = [==[
process:kill(signal = "KILL")

  Sends a signal to the command; SIGKILL ends the whole sandbox. SIGSTOP is refused where there is an init, which it
  would stop instead of the command: use process:pause().

  Only the command itself gets it, not its children: a shell may handle a signal only when the program that it runs
  has ended. Let the shell `exec` that program, or use SIGKILL. With tty = true and stdin = "pipe", writing "\3" to
  the process's stdin is Ctrl-C, which the terminal sends to the program in the foreground and the shell alike.

  signal: string|integer|nil, "TERM", "SIGTERM" or 15; SIGKILL by default
  returns true|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has ended; EINVAL: SIGSTOP where there is an init
]==],
  ["process:stop"] = [==[
process:stop(seconds = 10)

  Ends the sandbox gently: sends SIGTERM to the command, and SIGKILL if it still runs after `seconds`.

  seconds: number|string|nil, 10 by default
  returns nsengine.Result
]==],
  ["process:pidfd"] = [==[
process:pidfd()
  -> FD
  -> nil, message, errno

  Returns a descriptor, pidfd_open(2), that becomes readable when the sandbox has ended: for another event loop. The
  caller closes it. That loop must call process:wait(0) then, and from time to time before: that enforces time limits
  and collects captured output.

  returns fd: userdata|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has been waited for
]==],
  ["process:usage"] = [==[
process:usage()

  Tells what the sandbox uses now. Figures that nothing here counts are nil: those of the whole sandbox need a
  control group, which the limits on memory, pids and processors make.

  returns usage: table, seconds: wall_time, cpu_time, cpu_user, cpu_system; bytes: memory,
      memory_peak, io_read, io_written; and pids
]==],
  ["process:limit"] = [==[
process:limit { LIMIT = value, ... }

  Changes limits of the running sandbox: process:limit { memory = "512M", wall_time = "1min" }. wall_time counts from
  the start. Limits that need a control group can change only if it has one; those of setrlimit(2) cannot. What cannot
  be changed is an error.

  limits: table, as in limits = { ... }
  returns true|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has ended; EAGAIN: its init is stopped
]==],
  ["process:pause"] = [==[
process:pause()

  Suspends all processes of the sandbox; its wall_time goes on. It needs a control group.

  returns true|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has ended; ENOTSUP: it has no control group
]==],
  ["process:resume"] = [==[
process:resume()

  Resumes a paused sandbox.

  returns true|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has ended; ENOTSUP: it has no control group
]==],
  ["process:trace"] = [==[
process:trace()

  Returns the steps that were recorded, if the run asked for a trace.
]==],
  ["process:close"] = [==[
process:close()

  Kills the sandbox if it still runs, and releases what it had: descriptors, also the program's ends of its pipes, and
  the caller's terminal.
]==],
  ["result:check"] = [==[
result:check()

  Returns the result itself if the command succeeded, and raises an error object of kind "command" otherwise.

  returns nsengine.Result
]==],
  ["result:status"] = [==[
result:status()

  The exit status as a shell would see it: the command's own; 124 for a time limit, as timeout(1); 128 + N for signal
  N. A command that wrote more than limits.output gets 137 (SIGKILL), even if it ended by itself before the signal
  came.

  returns integer
]==],
  ["result:json"] = [==[
result:json()

  One line of JSON. The fields are always in the same order; those that are nil are left out. JSON strings hold text,
  not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each invalid byte, and "stdout_base64" the
  true bytes; likewise for stderr.

  returns string
]==],
  ["ns.wait"] = [==[
ns.wait(list, seconds = nil)

  Waits until the first of several processes ends, and removes it from the list:

      while #list > 0 do local process, result = ns.wait(list) ... end

  list: nsengine.Process[]
  seconds: number|string|nil
  returns process: nsengine.Process|nil
  returns result: nsengine.Result|"timeout"
]==],
  ["ns.args"] = [==[
ns.args(spec, ...)

  Parses the arguments of a recipe into a table. It answers --help and reports mistakes by itself.

      local opt = ns.args({
        about = "Judges a program.",           -- for --help
        cmd = "what judges it",                -- for --help: what the command after "--" is
        { "source", "the program", required = true },
        { "tests*", "directories of tests" },  -- a list; "tests+": at least one
        { "-t --time", "CPU seconds", type = "duration", default = 2 },
        { "-v --verbose", "say more" },        -- without more keys, an option is a flag: true or false
      }, ...)
      print(opt.source, #opt.tests, opt.time, opt.verbose)

  An entry is its name, which is its key in the table ("-t --time" is opt.time, "--dry-run" opt.dry_run), and what it
  is. A name with "-" is an option; others are positional, in their order. What is not `required` may be missing: it
  is then its `default`, else nil, false for a flag or {} for a list. A name that ends in "*" is a list of any length,
  in "+" of at least one: such an option may be repeated; "?" changes nothing. `type` is "string", "flag", "number",
  "integer", "size" ("64M", in bytes) or "duration" ("2s", in seconds); `choices` lists the words that are allowed;
  `value` names an option's argument in --help.

  spec: table, about =, cmd =, and a list of {name, help, required =, default =, type =, choices =,
      value =}
  ...: string, the recipe's own arguments: its "..."
  returns opt: table, also opt.cmd, the command after "--"
]==],
  ["ns.here"] = [==[
ns.here(path = nil)

  A path beside the recipe: ns.here "data" is the same wherever it is started from, also by a link to the recipe.
  Without an argument, the recipe's directory.

  path: string|nil
  returns string
]==],
  ["ns.cwd"] = [==[
ns.cwd()

  The working directory.

  returns string
]==],
  ["ns.tempdir"] = [==[
ns.tempdir(parent = nil)

  Makes a directory for the files of a sandbox, private to its owner: local dir <close> = ns.tempdir(). It is
  removed at the end of its scope. Started by root, it belongs to the user that root's commands become by default.

  It is also removed if SIGHUP, SIGINT, SIGQUIT, SIGTERM or SIGPIPE ends the launcher, but not if another signal does,
  such as SIGKILL, SIGALRM or SIGUSR1.

  parent: string|nil, where to make it; by default TMPDIR, else /tmp
  returns nsengine.Tempdir

  dir.path, and tostring(dir), is its absolute path; dir:close() removes it at once.
]==],
  ["ns.glob"] = [==[
ns.glob(pattern)

  The files that match a pattern, sorted; an empty list if there are none. * matches any text, ? any character, [a-z]
  and [!a-z] one of some characters. No shell is involved.

  pattern: string
  returns string[]
]==],
  ["ns.read"] = [==[
ns.read(path)

  The content of a file. A failure is an error.

  path: string
  returns string
]==],
  ["ns.open"] = [==[
ns.open(path, mode = "r")

  Opens a file for stdin, stdout, stderr or fds. The descriptor is closed at the end of its `<close>` scope, or when
  it is collected. A failure is an error.

  path: string
  mode: "r"|"w"|"a"|"r+"|"w+"|"a+"|nil, "r" by default, as fopen(3)
  returns userdata
]==],
  ["ns.basename"] = [==[
ns.basename(path)

  The last component of a path: "b" of "/a/b" and of "/a/b/".

  path: string
  returns string
]==],
  ["ns.warn"] = [==[
ns.warn(text)

  Prints a warning with the recipe's line, unless -q is given.

  text: any
]==],
  ["Process"] = [==[
Process: a running sandbox, returned by box:spawn

  pid: integer, the sandbox's first process: its init, or the command where there is none
  stdin: userdata|nil, with "pipe": the FD that the program writes to
  stdout: userdata|nil, with "pipe": the FD that the program reads from
  stderr: userdata|nil, likewise

  Methods: process:wait, process:kill, process:stop, process:pidfd, process:usage, process:limit,
  process:pause, process:resume, process:trace, process:close
]==],
  ["Result"] = [==[
Result: how a sandbox ended, returned by box:run

  ok: boolean, the command exited with status 0, within all limits
  reason: "ok"|"exit"|"signal"|"syscall"|"memory"|"pids"|"cpu_time"|"wall_time"|"output"|"disk",
      why it ended
  code: integer|nil, the command's exit status
  signal: integer|nil, the signal that killed it
  wall_time: number, seconds from exec to the end
  cpu_time: number|nil, CPU seconds of all processes; without a control group, of those that were
      waited for
  cpu_user: number|nil, the part spent in user mode
  cpu_system: number|nil, the part spent in the kernel
  memory: integer|nil, peak in bytes. With a memory limit, of the whole sandbox, including files in
      tmpfs and what the kernel kept for it; else of the resident memory of its largest process
  pids: integer|nil, peak of processes and threads, without the init; with a control group that
      counts them
  io_read: integer|nil, bytes read from disks; with limits.io, or where every group counts them
  io_written: integer|nil, bytes written to disks
  disk: integer|nil, with limits.disk, bytes in its tmpfs at the end
  csw_voluntary: integer|nil, context switches of processes that waited for something
  csw_forced: integer|nil, context switches of processes that were preempted
  stdout: string|nil, what was captured; nil without stdout = "capture"
  stderr: string|nil, what was captured; nil without stderr = "capture"
  truncated: boolean, whether limits.output cut off what it wrote
  enforced: table<string, string>, what enforced each limit: "cgroup2", "cgroup1", "rlimit",
      "tmpfs", "supervisor"
  warnings: any[], what was optional and could not be done, and the like
  limits: table<string, number>, the limits of the run, in seconds and bytes
  command: string|nil, the first word of the command
  denied: nsengine.Denial[]|nil, what it was denied, if the field `denied` asks for that

  Methods: result:check, result:status, result:json
]==],
}
