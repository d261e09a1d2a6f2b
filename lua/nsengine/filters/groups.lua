--- System calls by purpose. Each is in one group; a call in no group can only be allowed by its own name.

local groups = {
  ["@io"] = [[
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek close close_range dup dup2
    dup3 fcntl fcntl64 ioctl pipe pipe2 poll ppoll select pselect6 _newselect epoll_create epoll_create1 epoll_ctl
    epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create
    timerfd_gettime timerfd_settime sendfile sendfile64 splice tee vmsplice copy_file_range]],
  ["@file"] = [[
    open openat openat2 creat stat lstat fstat newfstatat stat64 lstat64 fstat64 fstatat64 statx access faccessat
    faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir statfs fstatfs statfs64 fstatfs64 mkdir
    mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mknod mknodat chmod fchmod
    fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat truncate ftruncate truncate64
    ftruncate64 fallocate fsync fdatasync sync syncfs sync_file_range fadvise64 readahead flock umask getxattr lgetxattr
    fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr listxattrat removexattr
    lremovexattr fremovexattr removexattrat file_getattr file_setattr inotify_init inotify_init1 inotify_add_watch
    inotify_rm_watch cachestat]],
  ["@memory"] = [[
    brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall memfd_create
    memfd_secret membarrier pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack]],
  ["@process"] = [[
    execve execveat fork vfork clone clone3 wait4 waitid waitpid kill tkill tgkill pidfd_open pidfd_send_signal
    process_mrelease setsid getsid setpgid getpgid getpgrp prctl arch_prctl seccomp landlock_create_ruleset
    landlock_add_rule landlock_restrict_self]],
  ["@thread"] = [[
    exit exit_group futex futex_wait futex_wake futex_waitv futex_requeue set_robust_list get_robust_list
    set_tid_address rseq gettid restart_syscall sched_yield uretprobe uprobe]],
  ["@signal"] = [[
    rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_tgsigqueueinfo sigaltstack sigreturn pause]],
  ["@identity"] = [[
    getpid getppid getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid
    setresgid setgroups setfsuid setfsgid capget capset]],
  ["@resource"] = [[
    getrlimit setrlimit prlimit64 ugetrlimit getrusage getpriority setpriority sched_getaffinity sched_setaffinity
    sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval ioprio_get ioprio_set getcpu]],
  ["@time"] = [[
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times alarm getitimer setitimer timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime]],
  ["@system"] = "uname sysinfo getrandom personality",
  ["@ipc"] = [[
    shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl ipc mq_open mq_unlink
    mq_timedsend mq_timedreceive mq_notify mq_getsetattr]],
  ["@aio"] = "io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents",
  ["@network"] = [[
    socket socketpair bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt sendto recvfrom
    sendmsg recvmsg sendmmsg recvmmsg shutdown socketcall]],
  -- Groups that the shipped profiles refuse.
  ["@mount"] = [[
    mount umount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr
    mount_setattr statmount listmount]],
  ["@namespace"] = "setns unshare listns",
  ["@debug"] = [[
    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd perf_event_open lookup_dcookie]],
  ["@io_uring"] = "io_uring_setup io_uring_enter io_uring_register",
  ["@key"] = "add_key request_key keyctl",
  ["@clock-set"] = "settimeofday clock_settime clock_adjtime adjtimex stime",
  ["@module"] = "init_module finit_module delete_module kexec_load kexec_file_load",
  ["@admin"] = [[
    acct swapon swapoff reboot syslog sethostname setdomainname quotactl quotactl_fd vhangup iopl ioperm bpf userfaultfd
    fanotify_init fanotify_mark name_to_handle_at open_by_handle_at nfsservctl]],
  ["@numa"] = "mbind set_mempolicy get_mempolicy set_mempolicy_home_node move_pages migrate_pages",
  ["@lsm"] = "lsm_get_self_attr lsm_set_self_attr lsm_list_modules",
  ["@obsolete"] = [[
    _sysctl afs_syscall create_module get_kernel_syms get_thread_area set_thread_area getpmsg putpmsg modify_ldt
    query_module remap_file_pages security sysfs tuxcall uselib ustat vserver]],
}

local M = {}

--- {["@io"] = {"read", ...}}
for name, text in next, groups do
  local list = {}
  for call in text:gmatch("%S+") do list[#list + 1] = call end
  M[name] = list
end

return M
