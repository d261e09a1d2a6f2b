--- Written by docs/generate.lua from the comments above the functions: change them there. What `nsengine --help
--- ns.args` prints.

return {
  ["ns.sandbox"] = [==[
ns.sandbox { FIELD = value, ... }
  -> Sandbox

  The constructor: ns.sandbox { ... }.

  All fields are checked now, and the first mistake is raised with the field's line. Nothing is
  done yet.
]==],
  ["box:with"] = [==[
box:with { FIELD = value, ... }
  -> Sandbox

  Another sandbox: maps merge by key, lists replace, false removes.
]==],
  ["box:run"] = [==[
box:run { "program", "argument", ..., FIELD = value, ... }
  -> Result

  Runs the command to its end: a Result.

  The table's list part is the command, its named part are fields for this run: box:run { "sort",
  "-n", stdin = text }. Without a list the command is the field cmd. The plan of the sandbox is
  compiled by its first run and used by all; env, cmd, tty, stdin, stdout, stderr, fds change
  nothing of it, other fields make another one.
]==],
  ["box:spawn"] = [==[
box:spawn { "program", "argument", ..., FIELD = value, ... }
  -> Process

  Starts the command and returns while it runs: a Process.

  Given the same as box:run. It returns when the program has been executed.
]==],
  ["box:explain"] = [==[
box:explain(kind = "text")
  -> string

  What would be done, in order: as text, or as JSON.

  "json" needs the Lua module cjson. nsengine --explain prints it.
]==],
  ["process:wait"] = [==[
process:wait(seconds = nil)

  Waits for the end, with a time limit of this call.

  seconds: number|string|nil, 0.5, "500ms"; nil and math.huge wait for ever
  returns result: nsengine.Result|nil
  returns timeout: "timeout"|nil, it still runs

  Its end comes with all that it wrote; a wait for one process keeps the limits of all.
]==],
  ["process:kill"] = [==[
process:kill(signal = "KILL")

  Sends a signal to the payload; SIGKILL ends the whole sandbox. SIGSTOP would stop its init alone, and is refused:
  process:pause() stops all of it.

  signal: string|integer|nil, "TERM", "SIGTERM" or 15; SIGKILL by default
  returns true|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has ended; EINVAL: SIGSTOP where there is an init
]==],
  ["process:stop"] = [==[
process:stop(seconds = 10)

  Ends it: SIGTERM, and SIGKILL when it still runs after some seconds.

  seconds: number|string|nil, 10
  returns nsengine.Result
]==],
  ["process:pidfd"] = [==[
process:pidfd()
  -> FD
  -> nil, message, errno

  A descriptor that is readable once it has ended, for another event loop: pidfd_open(2). It is the caller's to close.
  That loop calls process:wait(0) then, and now and then before: deadlines and what is captured are minded there.

  returns fd: userdata|nil
  returns message: string|nil
  returns errno: integer|nil, ESRCH: it has been waited for
]==],
  ["process:usage"] = [==[
process:usage()

  What it uses now. Figures that nobody keeps here are nil: those of the whole sandbox come with a control group,
  which the limits on memory, pids and processors make.

  returns usage: table, wall_time, cpu_time, cpu_user, cpu_system, memory, memory_peak, pids,
      io_read, io_written
]==],
  ["process:limit"] = [==[
process:limit { LIMIT = value, ... }

  Changes limits while it runs: process:limit { memory = "512M", wall_time = "1min" }. wall_time counts from its
  begin. Of those that take a control group, only one that has it can have others. What cannot be changed is an
  error; a command that has ended is nil, a message and ESRCH, and one whose init somebody stopped EAGAIN.

  limits: table, as in limits = { ... }
  returns true|nil
  returns message: string|nil
  returns errno: integer|nil
]==],
  ["process:pause"] = [==[
process:pause()

  Stops all of it where it stands; its time goes on. Takes a control group.

  returns true|nil
  returns message: string|nil
  returns errno: integer|nil
]==],
  ["process:resume"] = [==[
process:resume()

  Lets it go on.

  returns true|nil
  returns message: string|nil
  returns errno: integer|nil
]==],
  ["process:trace"] = [==[
process:trace()

  The steps that were recorded, when the run asked for a trace.
]==],
  ["process:close"] = [==[
process:close()

  Kills the sandbox if it runs, and gives back all it had: descriptors, and the caller's terminal.
]==],
  ["result:check"] = [==[
result:check()

  The result itself when the command succeeded; raises an error object of kind "command" otherwise.

  returns nsengine.Result
]==],
  ["result:status"] = [==[
result:status()

  What a shell would see: the command's exit status; 124 for a time limit, as timeout(1); 128 + N for signal N.
  A command that wrote more than limits.output was killed: 137, as for every other limit but time, and also when
  it ended by itself before the signal came.

  returns integer
]==],
  ["result:json"] = [==[
result:json()

  One line of JSON, the fields always in the same order, those that are nil left out. Strings of JSON hold text
  and not bytes: where what was captured is not UTF-8, "stdout" has U+FFFD for each byte that is not, and
  "stdout_base64" the true bytes (so for stderr).

  returns string
]==],
  ["ns.wait"] = [==[
ns.wait(list, seconds = nil)

  Waits until the first of several has ended, and takes it out of the list:

      while #list > 0 do local process, result = ns.wait(list) ... end

  list: nsengine.Process[]
  seconds: number|string|nil
  returns process: nsengine.Process|nil
  returns result: nsengine.Result|"timeout"
]==],
  ["ns.args"] = [==[
ns.args(spec, ...)

  The arguments of a recipe as a table. --help is answered, and mistakes are reported, here.

      local opt = ns.args({
        about = "Judges a program.",           -- for --help
        cmd = "what judges it",                -- for --help: what the command behind "--" is
        { "source", "the program", required = true },
        { "tests*", "directories of tests" },  -- a list; "tests+": at least one
        { "-t --time", "CPU seconds", type = "duration", default = 2 },
        { "-v --verbose", "say more" },        -- an option of which nothing else is said is a flag: true or false
      }, ...)
      print(opt.source, #opt.tests, opt.time, opt.verbose)

  An entry is its name, which is its key in the table ("-t --time" is opt.time, "--dry-run" opt.dry_run), and what it
  is. A name with "-" is an option, others are taken in their order. Neither has to be given unless `required`: nil
  then, or its `default`. A name ends in "*" for a list of any length, in "+" for at least one; "?" is as without.
  `type` is "string", "flag", "number", "integer", "size" ("64M", in bytes) or "duration" ("2s", in seconds);
  `choices` a list of the words that it may be; `value` the name of an option's argument in --help.

  spec: table, about =, cmd =, and a list of {name, help, required =, default =, type =, choices =,
      value =}
  ...: string, the recipe's own: its "..."
  returns opt: table, also opt.cmd: the command behind "--"
]==],
  ["ns.here"] = [==[
ns.here(path = nil)

  A path beside the recipe: ns.here "data" wherever it is started from. Without an argument its directory.

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

  A fresh directory for the files of a sandbox, readable by nobody else: local dir <close> = ns.tempdir(). It is
  removed when it leaves its scope. Started by root it belongs to the user that root's commands are by default.

  parent: string|nil, where: TMPDIR, else /tmp
  returns nsengine.Tempdir

  dir.path is its absolute path, tostring(dir) too; dir:close() removes it at once.
]==],
  ["ns.glob"] = [==[
ns.glob(pattern)

  The files that a pattern names, sorted: * any text, ? any letter, [a-z] and [!a-z] one of some. No shell is
  involved; an empty list when there are none.

  pattern: string
  returns string[]
]==],
  ["ns.read"] = [==[
ns.read(path)

  The whole of a file.

  path: string
  returns string
]==],
  ["ns.open"] = [==[
ns.open(path, mode = "r")

  A descriptor, for stdin, stdout, stderr and fds; closed when it leaves its `<close>` scope or is collected.

  path: string
  mode: "r"|"w"|"a"|"r+"|"w+"|"a+"|nil, "r"
  returns userdata
]==],
  ["ns.basename"] = [==[
ns.basename(path)

  The last name of a path: "b" of "/a/b" and of "/a/b/".

  path: string
  returns string
]==],
  ["ns.warn"] = [==[
ns.warn(text)

  Prints a warning with the recipe's line; not with -q.

  text: any
]==],
  ["Process"] = [==[
Process: a running sandbox, what box:spawn gives

  pid: integer, of the sandbox's first process: its init, or the payload where there is none
  stdin: userdata|nil, for "pipe": the FD that the program writes to
  stdout: userdata|nil, for "pipe": the FD that the program reads
  stderr: userdata|nil

  Methods: process:wait, process:kill, process:stop, process:pidfd, process:usage, process:limit,
  process:pause, process:resume, process:trace, process:close
]==],
  ["Result"] = [==[
Result: how a sandbox ended, what box:run gives

  ok: boolean, the command exited with status 0, within all limits
  reason: "ok"|"exit"|"signal"|"syscall"|"memory"|"pids"|"cpu_time"|"wall_time"|"output"|"disk",
      the true cause of the end
  code: integer|nil, its exit status
  signal: integer|nil, the signal that killed it
  wall_time: number, seconds from exec to the end
  cpu_time: number|nil, seconds of CPU time: with a control group of all its processes, else of
      those that were waited for
  cpu_user: number|nil, the part of it in user mode
  cpu_system: number|nil, the part of it in the kernel
  memory: integer|nil, bytes, the peak: with a limit of memory of all that it used together, files
      in tmpfs and what the kernel kept for it included; else of the resident memory of its largest
      process
  pids: integer|nil, the peak of its processes and threads, the init left out; with a control group
      that counts
  io_read: integer|nil, bytes that came from disks; with limits.io, or where all groups count it
  io_written: integer|nil, bytes that went there
  disk: integer|nil, with limits.disk, bytes in its tmpfs at the end
  csw_voluntary: integer|nil, context switches of processes that waited for something
  csw_forced: integer|nil, of those that were made to
  stdout: string|nil, what was captured; nil without stdout = "capture"
  stderr: string|nil, what was captured; nil without stderr = "capture"
  truncated: boolean, whether limits.output cut what it wrote
  enforced: table<string, string>, which mechanism held which limit
  warnings: any[], what was optional and could not be done
  limits: table<string, number>, the limits of the run, in seconds and bytes
  command: string|nil, the program
  denied: nsengine.Denial[]|nil, what was denied to it, where `denied` asks for that

  Methods: result:check, result:status, result:json
]==],
}
