--- What ordinary programs need, and nothing for administering the machine. Calls not listed get ENOSYS, as from a
--- kernel without them, so that programs fall back; calls denied on purpose get EPERM, except sockets.

--- CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. In clone(2), CLONE_NEWTIME is part of the signal.
local NAMESPACES <const> = 0x7e020000
local CLONE_NEWTIME <const> = 0x80

local AF_UNIX <const>, AF_INET <const>, AF_INET6 <const>, AF_NETLINK <const>, AF_PACKET <const> = 1, 2, 10, 16, 17
local STREAM <const>, DGRAM <const>, SEQPACKET <const> = 1, 2, 5
local TYPE <const> = 0xf -- the rest of the argument: SOCK_CLOEXEC, SOCK_NONBLOCK

--- Ordinary sockets: TCP, UDP and ping, unix sockets, and the netlink sockets of getifaddrs(3).
local sockets = { any = {
  { { arg = 0, eq = AF_UNIX, bits = 32 }, { arg = 1, mask = TYPE, eq = { STREAM, DGRAM, SEQPACKET } } },
  { { arg = 0, eq = { AF_INET, AF_INET6 }, bits = 32 }, { any = {
    { { arg = 1, mask = TYPE, eq = STREAM }, { arg = 2, eq = { 0, 6 }, bits = 32 } },
    { { arg = 1, mask = TYPE, eq = DGRAM }, { arg = 2, eq = { 0, 17, 1, 58 }, bits = 32 } },
  } } },
  { { arg = 0, eq = AF_NETLINK, bits = 32 }, { arg = 2, eq = 0, bits = 32 } }, -- NETLINK_ROUTE
} }

--- MSG_FASTOPEN, in the flags of a send: also connects, without a check by landlock (as of Linux 6.18).
local FASTOPEN <const> = 0x20000000

local S_IFMT <const>, S_IFCHR <const>, S_IFBLK <const> = 0xf000, 0x2000, 0x6000

return {
  default = "ENOSYS",
  foreign = "ENOSYS",
  allow = { "@io", "@file", "@memory", "@process", "@thread", "@signal", "@identity", "@resource", "@time", "@system",
    "@ipc", "@aio", "@network" },
  deny = { "@mount", "@namespace", "@debug", "@io_uring", "@key", "@clock-set", "@module", "@admin", "@numa",
    "modify_ldt" },
  answer = {
    clone3 = "ENOSYS", -- its flags are in memory, where no filter sees them; programs fall back to clone
    file_getattr = "ENOSYS", file_setattr = "ENOSYS", socketcall = "ENOSYS", ipc = "ENOSYS",
  },
  --- Calls that are allowed only with these arguments.
  args = {
    clone = { arg = 0, mask = NAMESPACES, eq = 0 },
    unshare = { arg = 0, mask = NAMESPACES | CLONE_NEWTIME, eq = 0 },
    -- The kernel reads 32 bits of a request or option: a 64-bit comparison could be evaded, CVE-2019-10063.
    ioctl = { arg = 1, ne = { 0x5412, 0x541c, 0x5423 }, bits = 32 }, -- TIOCSTI, TIOCLINUX, TIOCSETD
    setsockopt = { any = { { arg = 1, ne = 6, bits = 32 }, { arg = 2, ne = 31, bits = 32 } } }, -- SOL_TCP, TCP_ULP
    personality = { arg = 0, eq = { 0, 0xffffffff }, bits = 32 }, -- PER_LINUX, and queries
    sendto = { arg = 3, mask = FASTOPEN, eq = 0 },
    sendmsg = { arg = 2, mask = FASTOPEN, eq = 0 },
    sendmmsg = { arg = 3, mask = FASTOPEN, eq = 0 },
    socket = sockets,
    socketpair = { arg = 0, eq = AF_UNIX, bits = 32 },
    mknod = { { arg = 1, mask = S_IFMT, ne = S_IFCHR }, { arg = 1, mask = S_IFMT, ne = S_IFBLK } },
    mknodat = { { arg = 2, mask = S_IFMT, ne = S_IFCHR }, { arg = 2, mask = S_IFMT, ne = S_IFBLK } },
  },
  --- What they get with others, if not EPERM: programs then do without, as libaudit and with it useradd(8).
  other = { socket = "EAFNOSUPPORT", socketpair = "EAFNOSUPPORT" },
  refuse = {},
  --- Without an init the command's parent is the launcher, and the command could clear its parent-death signal.
  alone = {
    prctl = { arg = 0, ne = 1, bits = 32 }, -- PR_SET_PDEATHSIG
  },
  --- With a shared pid namespace: calls that end or slow down other processes of the same user without a signal.
  --- RLIMIT_CPU 0 kills, and the kernel only checks for the same user, landlock not at all.
  shared = {
    prlimit64 = { any = { { arg = 0, eq = 0, bits = 32 }, { arg = 2, eq = 0 } } }, -- its own, or only a query
    setpriority = { { arg = 0, eq = 0, bits = 32 }, { arg = 1, eq = 0, bits = 32 } }, -- PRIO_PROCESS
    ioprio_set = { { arg = 0, eq = 1, bits = 32 }, { arg = 1, eq = 0, bits = 32 } }, -- IOPRIO_WHO_PROCESS
    sched_setaffinity = { arg = 0, eq = 0, bits = 32 }, sched_setattr = { arg = 0, eq = 0, bits = 32 },
    sched_setparam = { arg = 0, eq = 0, bits = 32 }, sched_setscheduler = { arg = 0, eq = 0, bits = 32 },
  },
  --- With an init as pid 1, of the same user: calls that slow it down, until it no longer ends the command.
  below = {
    setpriority = { { arg = 0, ne = 2, bits = 32 }, { arg = 1, ne = 1, bits = 32 } }, -- PRIO_USER; 1 is its group, too
    sched_setattr = { arg = 0, ne = 1, bits = 32 }, sched_setscheduler = { arg = 0, ne = 1, bits = 32 },
  },
  --- By capability, <linux/capability.h>: the calls that it is for; args adds allowed arguments.
  caps = {
    [2] = { "name_to_handle_at", "open_by_handle_at" },                                -- dac_read_search
    [12] = { args = { socket = { arg = 0, eq = AF_NETLINK, bits = 32 } } },            -- net_admin
    [13] = { args = { socket = { arg = 0, eq = { AF_INET, AF_INET6, AF_PACKET }, bits = 32 } } }, -- net_raw
    [16] = { "@module" },                                                              -- sys_module
    [17] = { "iopl", "ioperm" },                                                       -- sys_rawio
    [18] = { "chroot" },                                                               -- sys_chroot
    [19] = { "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
      "pidfd_getfd" },                                                                 -- sys_ptrace
    [20] = { "acct" },                                                                 -- sys_pacct
    [21] = { "@mount", "@namespace", "@module", "clone", "clone3", "bpf", "perf_event_open", "lookup_dcookie",
      "fanotify_init", "fanotify_mark", "quotactl", "quotactl_fd", "sethostname", "setdomainname", "syslog", "swapon",
      "swapoff", "vhangup" },                                                          -- sys_admin
    [22] = { "reboot" },                                                               -- sys_boot
    [23] = { "@numa" },                                                                -- sys_nice
    [25] = { "@clock-set" },                                                           -- sys_time
    [26] = { "vhangup" },                                                              -- sys_tty_config
    [27] = { "mknod", "mknodat" },                                                     -- mknod
    [34] = { "syslog" },                                                               -- syslog
    [38] = { "perf_event_open" },                                                      -- perfmon
    [39] = { "bpf" },                                                                  -- bpf
    [40] = { "kcmp" },                                                                 -- checkpoint_restore
  },
}
