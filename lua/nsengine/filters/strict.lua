--- For computing: reading and writing what is already open, reading files, memory, time, and what a C, C++ or Python
--- program needs to start. No network, no new process or thread, no file created or changed. Anything else kills.

--- O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, and O_TMPFILE without O_DIRECTORY: the same on all supported architectures.
local WRITES <const> = 3 | 0x40 | 0x200 | 0x400000

return {
  default = "kill",
  foreign = "kill",
  allow = {
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
    "close", "dup", "dup2", "dup3", "poll", "ppoll", "select", "pselect6", "fadvise64",
    "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents64", "getcwd",
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mlock", "munlock", "mincore", "membarrier",
    "exit", "exit_group", "futex", "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "gettid",
    "restart_syscall", "sched_yield", "arch_prctl", "tgkill",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "sigaltstack",
    "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
    "getrlimit", "getrusage", "sched_getaffinity", "getcpu",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
    "uname", "sysinfo", "getrandom",
  },
  deny = {},
  answer = {},
  args = {
    open = { arg = 1, mask = WRITES, eq = 0 },
    openat = { arg = 2, mask = WRITES, eq = 0 },
    fcntl = { arg = 1, eq = { 0, 1, 2, 3, 1030 }, bits = 32 }, -- F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
    ioctl = { arg = 1, eq = { 0x5401, 0x5413, 0x541b, 0x5450, 0x5451 }, bits = 32 }, -- TCGETS, TIOCGWINSZ, FIONREAD,
    -- FIONCLEX, FIOCLEX
    prctl = { arg = 0, eq = { 15, 16, 0x53564d41 }, bits = 32 }, -- PR_SET_NAME, PR_GET_NAME, PR_SET_VMA
    prlimit64 = { arg = 2, eq = 0 }, -- only a query
  },
  --- Refused without killing: libc tries to reach nscd(8) when a program looks up a user name, as Python does.
  refuse = {
    socket = { condition = { arg = 0, eq = 1, bits = 32 }, answer = "EACCES" }, -- AF_UNIX
  },
  other = {},
  alone = {},
  shared = {},
  below = {},
  caps = {},
}
