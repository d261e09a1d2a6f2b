/* What a hostile command tries: a static program that runs inside a sandbox. Each check tries one
 * escape or looks for one leak, and prints a line "NAME allowed|denied DETAIL". The words of the
 * command line say what the caller left for it to find; support/dirty.c makes them. `probe list`
 * prints the names.
 *
 * A check that succeeds changes nothing outside: files of the host are opened but not written, and
 * calls have arguments that fail after the permission check. A check runs in a process of its own
 * if there can be one, so that it may crash, hang or lose what it has. It mounts and unmounts in
 * the sandbox; so the probe refuses to run in its caller's mount namespace. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __aarch64__
#define LIBC "/lib/aarch64-linux-gnu/libc.so.6"
#else
#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"
#endif
#define MNT_DETACH 2 /* from <sys/mount.h>, which conflicts with <linux/mount.h> */
#define NEWTIME    0x80

extern char **environ;

/* --- verdicts ----------------------------------------------------------------------------------- */

struct outcome {
    int state; /* 0: the check died; 1 denied; 2 allowed */
    char detail[120];
};
static struct outcome *outcome; /* shared with the check's process */

static int verdict(int state, const char *format, va_list values)
{
    vsnprintf(outcome->detail, sizeof(outcome->detail), format, values);
    outcome->state = state;
    return 0;
}

__attribute__((format(printf, 1, 2))) static int allowed(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    verdict(2, format, values);
    va_end(values);
    return 0;
}

__attribute__((format(printf, 1, 2))) static int denied(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    verdict(1, format, values);
    va_end(values);
    return 0;
}

/* A call that must fail, whatever the reason. */
static int refused(long rc)
{
    return rc < 0 ? denied("%s", strerror(errno)) : allowed("%ld", rc);
}

/* A part of the kernel that must be out of reach: a complaint about arguments is not enough. */
static int unreachable(long rc)
{
    if (rc < 0 && (errno == EPERM || errno == ENOSYS || errno == EACCES || errno == EAFNOSUPPORT ||
                   errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EOPNOTSUPP ||
                   errno == ENODEV))
        return denied("%s", strerror(errno));
    return rc < 0 ? allowed("reached: %s", strerror(errno)) : allowed("%ld", rc);
}

static int leaks(int is, const char *what)
{
    return is ? allowed("%s", what) : denied("not %s", what);
}

/* --- what the caller says ----------------------------------------------------------------------- */

static char **words;

/* The value of "key=value" among the words, or "". */
static const char *told(const char *key)
{
    size_t length = strlen(key);

    for (char **word = words; word && *word; word++)
        if (strncmp(*word, key, length) == 0 && (*word)[length] == '=')
            return *word + length + 1;
    return "";
}

static long told_number(const char *key)
{
    return strtol(told(key), NULL, 0);
}

/* --- files -------------------------------------------------------------------------------------- */

static const char *read_text(const char *path)
{
    static char text[1 << 16];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return NULL;
    text[n] = 0;
    return text;
}

/* 1 if a line of the text begins with a hexadecimal number that is not 0. The kernel writes
 * addresses as zeroes for a reader who may not know them. */
static int has_addresses(const char *text)
{
    for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : "")
        if (strspn(text, " 0") < strcspn(text, "-:"))
            return 1;
    return 0;
}

static int addresses(const char *path)
{
    const char *text = read_text(path);

    return text ? leaks(has_addresses(text), "addresses") : denied("%s", strerror(errno));
}

static int io_memory(void)
{
    return addresses("/proc/iomem");
}

static int io_ports(void)
{
    return addresses("/proc/ioports");
}

/* Readable, and not empty. */
static int try_read(const char *path)
{
    struct stat st;
    DIR *dir;
    const char *text;
    int entries = 0;

    if (stat(path, &st) < 0)
        return denied("%s", strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        text = read_text(path);
        return !text ? denied("%s", strerror(errno)) : *text ? allowed("read") : denied("empty");
    }
    dir = opendir(path);
    if (!dir)
        return denied("%s", strerror(errno));
    while (readdir(dir))
        entries++;
    closedir(dir);
    return entries > 2 ? allowed("%d entries", entries - 2) : denied("empty");
}

static int try_open_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

    return refused(fd);
}

/* Creates a file in a directory, and removes it. A file system of the sandbox's own is no leak:
 * nothing in it is seen outside. */
static int try_create(const char *dir)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/.nsengine-probe-%d", dir, getpid());
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return denied("%s", strerror(errno));
    unlink(path);
    return allowed("created");
}

static int try_device(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    return fd < 0 ? denied("%s", strerror(errno)) : allowed("open");
}

struct entry {
    const char *name, *path;
};

/* What a command could learn about kernel and machine, and need not. */
static const struct entry readable[] = {
    {"read_proc_kcore", "/proc/kcore"},
    {"read_proc_kmsg", "/proc/kmsg"},
    {"read_proc_kallsyms", "/proc/kallsyms"},
    {"read_proc_keys", "/proc/keys"},
    {"read_proc_key_users", "/proc/key-users"},
    {"read_proc_timer_list", "/proc/timer_list"},
    {"read_proc_sched_debug", "/proc/sched_debug"},
    {"read_proc_latency_stats", "/proc/latency_stats"},
    {"read_proc_interrupts", "/proc/interrupts"},
    {"read_proc_softirqs", "/proc/softirqs"},
    {"read_proc_modules", "/proc/modules"},
    {"read_proc_slabinfo", "/proc/slabinfo"},
    {"read_proc_vmallocinfo", "/proc/vmallocinfo"},
    {"read_proc_pagetypeinfo", "/proc/pagetypeinfo"},
    {"read_proc_kpageflags", "/proc/kpageflags"},
    {"read_proc_config", "/proc/config.gz"},
    {"read_proc_cmdline", "/proc/cmdline"},
    {"read_proc_partitions", "/proc/partitions"},
    {"read_proc_diskstats", "/proc/diskstats"},
    {"read_proc_locks", "/proc/locks"},
    {"read_proc_bus", "/proc/bus"},
    {"read_proc_acpi", "/proc/acpi"},
    {"read_proc_scsi", "/proc/scsi"},
    {"read_proc_asound", "/proc/asound"},
    {"read_proc_irq", "/proc/irq"},
    {"read_proc_driver", "/proc/driver"},
    {"read_sys", "/sys"},
    {"read_sys_kernel", "/sys/kernel"},
    {"read_sys_firmware", "/sys/firmware"},
    {"read_sys_debug", "/sys/kernel/debug"},
    {"read_sys_tracing", "/sys/kernel/tracing"},
    {"read_sys_security", "/sys/kernel/security"},
    {"read_sys_module", "/sys/module"},
    {"read_sys_block", "/sys/block"},
    {"read_sys_dmi", "/sys/class/dmi/id"},
    {"read_sys_vulnerabilities", "/sys/devices/system/cpu/vulnerabilities"},
    {"read_cgroup", "/sys/fs/cgroup"},
    {"read_run", "/run"},
    {"read_shadow", "/etc/shadow"},
    {"read_gshadow", "/etc/gshadow"},
    {"read_root_home", "/root"},
    {"read_init_environ", "/proc/1/environ"},
    {"read_init_maps", "/proc/1/maps"},
    {"read_init_auxv", "/proc/1/auxv"},
    {"read_init_fd", "/proc/1/fd"},
    {"read_init_root", "/proc/1/root/"},
    {"read_init_cwd", "/proc/1/cwd/"},
    {"read_init_exe", "/proc/1/exe"},
    {"read_init_stack", "/proc/1/stack"},
};

static const struct entry writable[] = {
    {"write_core_pattern", "/proc/sys/kernel/core_pattern"},
    {"write_modprobe", "/proc/sys/kernel/modprobe"},
    {"write_panic", "/proc/sys/kernel/panic"},
    {"write_domainname_sysctl", "/proc/sys/kernel/domainname"},
    {"write_ns_last_pid", "/proc/sys/kernel/ns_last_pid"},
    {"write_overcommit", "/proc/sys/vm/overcommit_memory"},
    {"write_drop_caches", "/proc/sys/vm/drop_caches"},
    {"write_max_user_namespaces", "/proc/sys/user/max_user_namespaces"},
    {"write_net_sysctl", "/proc/sys/net/ipv4/ip_forward"},
    {"write_binfmt_misc", "/proc/sys/fs/binfmt_misc/register"},
    {"write_sysrq_trigger", "/proc/sysrq-trigger"},
    {"write_irq_affinity", "/proc/irq/default_smp_affinity"},
    {"write_uevent_helper", "/sys/kernel/uevent_helper"},
    {"write_power_state", "/sys/power/state"},
    {"write_thp", "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"write_bpf_jit", "/proc/sys/net/core/bpf_jit_enable"},
    {"write_own_program", "/proc/self/exe"},
    {"write_init_program", "/proc/1/exe"},
    {"write_init_memory", "/proc/1/mem"},
    {"write_passwd", "/etc/passwd"},
    {"write_ld_preload", "/etc/ld.so.preload"},
    {"write_shell", "/bin/sh"},
    {"write_libc", LIBC},
    {"write_kmsg", "/dev/kmsg"},
};

/* Directories of the host. The caller's marks in /tmp and /dev/shm tell those from the sandbox's
 * own. */
static const struct entry directories[] = {
    {"create_root", "/"},
    {"create_etc", "/etc"},
    {"create_usr", "/usr/local/bin"},
    {"create_var", "/var/lib"},
    {"create_home", "/home"},
    {"create_run", "/run"},
    {"create_cron", "/etc/cron.d"},
    {"create_proc_sys", "/proc/sys"},
    {"create_sys", "/sys"},
};

static const struct entry devices[] = {
    {"device_mem", "/dev/mem"},
    {"device_port", "/dev/port"},
    {"device_kmsg", "/dev/kmsg"},
    {"device_disk", "/dev/vda"},
    {"device_sda", "/dev/sda"},
    {"device_loop", "/dev/loop0"},
    {"device_loop_control", "/dev/loop-control"},
    {"device_mapper", "/dev/mapper/control"},
    {"device_fuse", "/dev/fuse"},
    {"device_kvm", "/dev/kvm"},
    {"device_tun", "/dev/net/tun"},
    {"device_vhost", "/dev/vhost-net"},
    {"device_vsock", "/dev/vsock"},
    {"device_uinput", "/dev/uinput"},
    {"device_input", "/dev/input/event0"},
    {"device_dri", "/dev/dri/card0"},
    {"device_nvram", "/dev/nvram"},
    {"device_hpet", "/dev/hpet"},
    {"device_rtc", "/dev/rtc0"},
    {"device_userfaultfd", "/dev/userfaultfd"},
    {"device_tty0", "/dev/tty0"},
    {"device_serial", "/dev/ttyS0"},
    {"device_tty", "/dev/tty"},
};

/* --- what the caller is made of ----------------------------------------------------------------- */

static int environment(void)
{
    for (char **variable = environ; *variable; variable++)
        if (strstr(*variable, "dirty-secret"))
            return allowed("%.60s", *variable);
    return denied("no secret");
}

/* Runs in the first process, before any descriptor is opened here. */
static int descriptors(void)
{
    char list[100] = "";
    size_t used = 0;

    for (int fd = 3; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && used < sizeof(list) - 8)
            used += (size_t)snprintf(list + used, sizeof(list) - used, " %d", fd);
    return used ? allowed("open:%s", list) : denied("0 1 2");
}

/* A directory of the host: all of the host's tree can be reached from it, whatever our root. */
static int directory_descriptor(void)
{
    for (int fd = 3; fd < 4096; fd++) {
        struct stat st;

        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && openat(fd, "..", O_PATH) >= 0)
            return allowed("descriptor %d", fd);
    }
    return denied("none");
}

static int namespace_descriptor(void)
{
    for (int fd = 3; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && setns(fd, 0) == 0)
            return allowed("entered by descriptor %d", fd);
    return denied("none to enter");
}

static int closed_standard(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return allowed("descriptor %d is closed", fd);
    return denied("0 1 2 are open");
}

static int working_directory(void)
{
    char path[4096];
    struct stat parent, root;

    if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
        return denied("%s", strerror(errno));
    if (path[0] != '/')
        return allowed("%.60s", path);
    chdir("/");
    return stat("..", &parent) == 0 && stat("/", &root) == 0 && parent.st_ino != root.st_ino
               ? allowed("behind the root is another")
               : denied("below the root");
}

static int callers_directory(void)
{
    char path[4096];

    return !getcwd(path, sizeof(path))      ? denied("%s", strerror(errno))
           : strcmp(path, told("cwd")) == 0 ? allowed("%.60s", path)
                                            : denied("elsewhere");
}

static const char *status_of(const char *pid, const char *key)
{
    static char value[256];
    char path[64];
    const char *text, *line;

    snprintf(path, sizeof(path), "/proc/%s/status", pid);
    text = read_text(path);
    line = text ? strstr(text, key) : NULL;
    if (!line)
        return NULL;
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + strlen(key), "\n"),
             line + strlen(key));
    return value + strspn(value, "\t ");
}

/* Groups besides our own: those of the caller, mapped or not. */
static int groups(void)
{
    gid_t list[64];
    int count = getgroups(64, list), extra = 0;

    for (int i = 0; i < count; i++)
        extra += list[i] != getgid();
    return extra ? allowed("%d", extra) : denied("none");
}

static int try_setgroups(void)
{
    gid_t none = getgid();

    return refused(setgroups(1, &none));
}

static int change_uid(void)
{
    for (uid_t uid = 0; uid < 3; uid++)
        if (uid != getuid() && setresuid(uid, uid, uid) == 0)
            return allowed("%u", uid);
    return denied("%s", strerror(errno));
}

static int change_gid(void)
{
    for (gid_t gid = 0; gid < 3; gid++)
        if (gid != getgid() && setresgid(gid, gid, gid) == 0)
            return allowed("%u", gid);
    return denied("%s", strerror(errno));
}

/* Our id on the host, from the map of our user namespace: 0 is the host's root, whose files are
 * ours then. */
static int host_root(void)
{
    unsigned inside, outside, count;
    const char *text = read_text("/proc/self/uid_map");
    struct stat st;

    if (text && sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && getuid() >= inside &&
        getuid() - inside < count && outside + (getuid() - inside) == 0)
        return allowed("id 0 of the host");
    return stat("/etc/passwd", &st) == 0 && st.st_uid == getuid() && getuid() != 65534
               ? allowed("/etc/passwd is ours")
               : denied("not the host's root");
}

static int write_own(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CLOEXEC);

    return refused(fd < 0 ? fd : write(fd, text, strlen(text)));
}

static int write_uid_map(void)
{
    return write_own("/proc/self/uid_map", "0 0 4294967295");
}

static int write_gid_map(void)
{
    return write_own("/proc/self/gid_map", "0 0 4294967295");
}

static int write_timens_offsets(void)
{
    return write_own("/proc/self/timens_offsets", "monotonic 1 0");
}

static int capabilities(size_t which)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0}};
    const uint32_t *low = (const uint32_t *)&sets[0], *high = (const uint32_t *)&sets[1];

    if (syscall(SYS_capget, &header, sets) < 0)
        return denied("%s", strerror(errno));
    return low[which] | high[which] ? allowed("%x%08x", high[which], low[which]) : denied("none");
}

static int cap_effective(void)
{
    return capabilities(0);
}
static int cap_permitted(void)
{
    return capabilities(1);
}
static int cap_inheritable(void)
{
    return capabilities(2);
}

static int cap_bounding(void)
{
    int count = 0;

    for (int cap = 0; cap < 64; cap++)
        count += prctl(PR_CAPBSET_READ, cap) > 0;
    return count ? allowed("%d", count) : denied("none");
}

static int cap_ambient(void)
{
    int count = 0;

    for (int cap = 0; cap < 64; cap++)
        count += prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) > 0;
    return count ? allowed("%d", count) : denied("none");
}

static int securebits(void)
{
    int bits = prctl(PR_GET_SECUREBITS);

    return bits >= 0 && (bits & 3) != 3 ? allowed("%x: id 0 is privileged", bits)
                                        : denied("%x", bits);
}

static int no_new_privs(void)
{
    return leaks(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, "unset");
}

static int no_filter(void)
{
    return leaks(prctl(PR_GET_SECCOMP) == 0, "without a filter");
}

static int session(void)
{
    return leaks(getsid(0) == 0 || getsid(0) == told_number("sid"), "the caller's session");
}

static int process_group(void)
{
    return leaks(getpgrp() == 0 || getpgrp() == told_number("sid"), "the caller's process group");
}

static int signal_mask(void)
{
    sigset_t set;
    int count = 0;

    sigprocmask(SIG_BLOCK, NULL, &set);
    for (int number = 1; number < 65; number++)
        count += sigismember(&set, number) > 0;
    return count ? allowed("%d blocked", count) : denied("none blocked");
}

static int signal_dispositions(void)
{
    char list[80] = "";
    size_t used = 0;

    for (int number = 1; number < 65; number++) {
        struct sigaction action;

        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN &&
            used < sizeof(list) - 8)
            used += (size_t)snprintf(list + used, sizeof(list) - used, " %d", number);
    }
    return used ? allowed("ignored:%s", list) : denied("default");
}

static int file_mask(void)
{
    mode_t mask = umask(077);

    umask(mask);
    return mask & 022 ? denied("%03o", mask) : allowed("%03o", mask);
}

static int favoured(void)
{
    errno = 0;
    return leaks(getpriority(PRIO_PROCESS, 0) < 0, "favoured");
}

static int scheduler(void)
{
    int policy = sched_getscheduler(0);

    return leaks(policy == SCHED_FIFO || policy == SCHED_RR, "a real-time scheduler");
}

static int become_realtime(void)
{
    struct sched_param how = {.sched_priority = 1};

    return refused(sched_setscheduler(0, SCHED_FIFO, &how));
}

static int raise_priority(void)
{
    return refused(setpriority(PRIO_PROCESS, 0, -5));
}

static int randomisation(void)
{
    long persona = syscall(SYS_personality, 0xffffffff);

    return persona < 0 ? denied("%s", strerror(errno)) : leaks(persona & 0x0040000, "switched off");
}

static int set_personality(void)
{
    return refused(syscall(SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */));
}

static int core_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_cur > 1 ? allowed("%llu", (unsigned long long)limit.rlim_cur)
                              : denied("%llu", (unsigned long long)limit.rlim_cur);
}

static int soft_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    return leaks(limit.rlim_cur == (rlim_t)told_number("nofile"), "the caller's soft limit");
}

static int raise_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max = limit.rlim_max + 1;
    return refused(setrlimit(RLIMIT_NOFILE, &limit));
}

static int memory_lock(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_MEMLOCK, &limit);
    return leaks(limit.rlim_cur == RLIM_INFINITY, "unlimited");
}

static int oom_score(void)
{
    const char *text = read_text("/proc/self/oom_score_adj");

    return text ? leaks(atoi(text) < 0, "spared when memory is short") : denied("not readable");
}

static int lower_oom_score(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    return refused(fd < 0 ? fd : write(fd, "-500", 4));
}

static int timers(void)
{
    struct itimerval timer;

    return leaks(getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec > 60,
                 "an alarm of the caller's");
}

/* --- keys --------------------------------------------------------------------------------------- */

/* KEYCTL_READ of one of the caller's keys, by serial number. */
static int read_key(const char *which)
{
    char secret[64] = "";
    long n = syscall(SYS_keyctl, 11, told_number(which), secret, sizeof(secret) - 1, 0);

    return n < 0 ? denied("%s", strerror(errno)) : allowed("%.40s", secret);
}

static int session_key(void)
{
    return read_key("session_key");
}
static int user_key(void)
{
    return read_key("user_key");
}

static int session_keyring(void)
{
    long serial = syscall(SYS_keyctl, 0, -3 /* session */, 0);

    return serial < 0 ? denied("%s", strerror(errno))
                      : leaks(serial == told_number("session_keyring"), "the caller's");
}

static int search_key(void)
{
    return refused(syscall(SYS_request_key, "user", "nsengine-dirty", NULL, -3));
}

/* The upcall runs /sbin/request-key as the host's root. */
static int request_upcall(void)
{
    return unreachable(syscall(SYS_request_key, "user", "nsengine-probe", "x", 0));
}

static int add_key(void)
{
    return refused(syscall(SYS_add_key, "user", "nsengine-probe", "x", 1, -2 /* process */));
}

/* --- the terminal ------------------------------------------------------------------------------- */

/* The caller's terminal, among the standard descriptors or as /dev/tty. */
static int callers_terminal(void)
{
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;

        if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && isatty(fd) &&
            (long)st.st_rdev == told_number("tty"))
            return allowed("descriptor %d", fd);
    }
    return denied("none");
}

static int controlling_terminal(void)
{
    return refused(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static int steal_terminal(void)
{
    setsid();
    return refused(ioctl(0, TIOCSCTTY, 1));
}

static int push_input(unsigned long request)
{
    char byte = 'x';

    return refused(syscall(SYS_ioctl, 0, request, &byte));
}

static int tiocsti(void)
{
    return push_input(TIOCSTI);
}
/* The kernel reads only the lower half: CVE-2019-10063. */
static int tiocsti_64(void)
{
    return push_input(TIOCSTI | 1UL << 32);
}

static int tioclinux(void)
{
    char word = 6; /* TIOCL_GETSHIFTSTATE: harmless */

    return refused(ioctl(0, TIOCLINUX, &word));
}

static int console_redirect(void)
{
    return refused(ioctl(0, TIOCCONS));
}

/* Some line disciplines load modules. */
static int line_discipline(void)
{
    int discipline = 27; /* N_NULL */

    return refused(ioctl(0, TIOCSETD, &discipline));
}

/* --- processes ---------------------------------------------------------------------------------- */

static int is_namespace_of_host(const char *kind)
{
    char path[64], link[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
    n = readlink(path, link, sizeof(link) - 1);
    if (n < 0)
        return denied("%s", strerror(errno));
    link[n] = 0;
    snprintf(path, sizeof(path), "ns_%s", kind);
    return leaks(strcmp(told(path), link) == 0, "the host's");
}

static int ns_user(void)
{
    return is_namespace_of_host("user");
}
static int ns_mnt(void)
{
    return is_namespace_of_host("mnt");
}
static int ns_pid(void)
{
    return is_namespace_of_host("pid");
}
static int ns_net(void)
{
    return is_namespace_of_host("net");
}
static int ns_uts(void)
{
    return is_namespace_of_host("uts");
}
static int ns_ipc(void)
{
    return is_namespace_of_host("ipc");
}
static int ns_cgroup(void)
{
    return is_namespace_of_host("cgroup");
}
static int ns_time(void)
{
    return is_namespace_of_host("time");
}

/* Joins the namespaces of a process by pidfd, or by its files. */
static int enter_init(void)
{
    static const char *const kinds[] = {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup"};
    int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

    if (pidfd >= 0 && setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) == 0)
        return allowed("by pidfd");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), "/proc/1/ns/%s", kinds[i]);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && setns(fd, 0) == 0)
            return allowed("%s", path);
    }
    return denied("%s", strerror(errno));
}

static int host_processes(void)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    int count = 0;

    while (dir && (entry = readdir(dir)) != NULL)
        count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
    if (dir)
        closedir(dir);
    return count > 6 ? allowed("%d processes", count) : denied("%d processes", count);
}

static int pid_is_hosts(void)
{
    return leaks(getpid() > 1000 && getppid() > 1000, "a pid of the host");
}

static int signal_caller(void)
{
    pid_t caller = (pid_t)told_number("pid");
    const char *name = status_of(told("pid"), "Name:");

    if (!name || strcmp(name, "dirty") != 0)
        return denied("not seen");
    return refused(kill(caller, 0));
}

static int signal_parent(void)
{
    return getppid() <= 0 ? denied("none")
                          : leaks(kill(getppid(), 0) == 0 && getppid() > 1000, "outside");
}

static int trace_init(void)
{
    long rc = ptrace(PTRACE_SEIZE, 1, NULL, NULL);

    if (rc == 0)
        ptrace(PTRACE_DETACH, 1, NULL, NULL);
    return refused(rc);
}

static int read_init_memory(void)
{
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};

    return unreachable(process_vm_readv(1, &local, 1, &remote, 1, 0));
}

static int steal_descriptor(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

    return refused(pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static int compare_init(void)
{
    return refused(syscall(SYS_kcmp, getpid(), 1, 2 /* KCMP_VM... */, 0, 0));
}

static int trace_child(void)
{
    pid_t pid = fork();
    int status;

    if (pid < 0)
        return denied("%s", strerror(errno));
    if (pid == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 7 : 0);
    waitpid(pid, &status, 0);
    return leaks(WIFEXITED(status) && WEXITSTATUS(status) == 7, "traced");
}

/* --- namespaces of our own ---------------------------------------------------------------------- */

static int try_unshare(int flags)
{
    return refused(unshare(flags));
}

static int unshare_user(void)
{
    return try_unshare(CLONE_NEWUSER);
}
static int unshare_mnt(void)
{
    return try_unshare(CLONE_NEWNS);
}
static int unshare_pid(void)
{
    return try_unshare(CLONE_NEWPID);
}
static int unshare_net(void)
{
    return try_unshare(CLONE_NEWNET);
}
static int unshare_uts(void)
{
    return try_unshare(CLONE_NEWUTS);
}
static int unshare_ipc(void)
{
    return try_unshare(CLONE_NEWIPC);
}
static int unshare_cgroup(void)
{
    return try_unshare(CLONE_NEWCGROUP);
}
static int unshare_time(void)
{
    return try_unshare(NEWTIME);
}

static int try_clone(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return refused(pid);
}

static int clone_user(void)
{
    return try_clone(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

/* The kernel reads only the lower half. */
static int clone_user_64(void)
{
    return try_clone(syscall(SYS_clone, 1L << 32 | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int clone3_user(void)
{
    uint64_t args[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};

    return try_clone(syscall(SYS_clone3, args, 88));
}

/* What all capabilities over a user namespace of one's own allow: the way of most exploits. */
static int enter_nested(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS);
}

static int nested_mount(void)
{
    return refused(enter_nested() < 0 ? -1 : syscall(SYS_mount, "none", "/", "tmpfs", 0, ""));
}

static int nested_remount(void)
{
    return refused(
        enter_nested() < 0 ? -1 : syscall(SYS_mount, "none", "/", NULL, MS_REMOUNT | MS_BIND, ""));
}

static int nested_unmount(void)
{
    return refused(enter_nested() < 0 ? -1 : syscall(SYS_umount2, "/proc", MNT_DETACH));
}

static int nested_proc(void)
{
    return refused(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0 ||
                           (fork() != 0 && (wait(NULL), 0))
                       ? -1
                       : syscall(SYS_mount, "proc", "/proc", "proc", 0, ""));
}

static int nested_packets(void)
{
    return refused(unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0
                       ? -1
                       : socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int nested_nftables(void)
{
    return refused(unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0
                       ? -1
                       : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
}

/* --- mounts ------------------------------------------------------------------------------------- */

/* Enters a mount namespace of its own, if it can: whoever may mount may have one. */
static int apart_from_others(void)
{
    return unshare(CLONE_NEWNS) == 0
               ? (int)syscall(SYS_mount, "none", "/", NULL, MS_REC | MS_PRIVATE, "")
               : 0;
}

static int try_mount(const char *source, const char *target, const char *type, unsigned long flags)
{
    apart_from_others();
    return refused(syscall(SYS_mount, source, target, type, flags, ""));
}

static int try_unmount(const char *target)
{
    apart_from_others();
    return refused(syscall(SYS_umount2, target, MNT_DETACH));
}

static int mount_tmpfs(void)
{
    return try_mount("none", "/usr", "tmpfs", 0);
}
static int mount_bind(void)
{
    return try_mount("/etc", "/usr", NULL, MS_BIND);
}
static int remount_root(void)
{
    return try_mount("none", "/", NULL, MS_REMOUNT | MS_BIND);
}
static int change_propagation(void)
{
    return try_mount("none", "/", NULL, MS_SLAVE);
}
static int unmount_proc(void)
{
    return try_unmount("/proc");
}
static int unmount_dev(void)
{
    return try_unmount("/dev");
}
static int unmount_mask(void)
{
    return try_unmount("/proc/sys");
}

static int pivot(void)
{
    apart_from_others();
    return unreachable(syscall(SYS_pivot_root, "/", "/"));
}

static int change_root(void)
{
    return refused(syscall(SYS_chroot, "/"));
}
static int open_filesystem(void)
{
    return refused(syscall(SYS_fsopen, "tmpfs", 0));
}
static int pick_filesystem(void)
{
    return refused(syscall(SYS_fspick, AT_FDCWD, "/", 0));
}

static int clone_tree(void)
{
    return refused(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

static int set_mount_attributes(void)
{
    uint64_t attributes[4] = {0, MOUNT_ATTR_RDONLY, 0, 0};

    apart_from_others();
    return refused(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, attributes, sizeof(attributes)));
}

static int attach_mount(void)
{
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLOEXEC);

    apart_from_others();
    return unreachable(syscall(SYS_move_mount, fd, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH));
}

/* The mount table describes the host's file systems. */
static int shared_mounts(void)
{
    const char *text = read_text("/proc/self/mountinfo");

    return text ? leaks(strstr(text, " shared:") || strstr(text, " master:"), "tied to the host's")
                : denied("%s", strerror(errno));
}

static int suid_mounts(void)
{
    struct statvfs fs;

    return leaks(statvfs("/usr/bin", &fs) == 0 && !(fs.f_flag & ST_NOSUID),
                 "set-user-id files work");
}

static int device_mounts(void)
{
    struct statvfs fs;

    return leaks(statvfs("/usr/bin", &fs) == 0 && !(fs.f_flag & 4 /* ST_NODEV */),
                 "device files work");
}

static int writable_root(void)
{
    struct statvfs fs;

    return leaks(statvfs("/", &fs) == 0 && !(fs.f_flag & ST_RDONLY), "writable");
}

/* --- files of the host -------------------------------------------------------------------------- */

static int open_handle(void)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[128];
    } file = {.handle = {.handle_bytes = 8, .handle_type = 1}};
    int mount;

    file.bytes[0] = 2; /* the inode of ext4's root: CVE-2014-3519, "shocker" */
    mount = open("/", O_PATH | O_CLOEXEC);
    return unreachable(syscall(SYS_open_by_handle_at, mount, &file.handle, O_RDONLY));
}

static int name_handle(void)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[128];
    } file = {.handle = {.handle_bytes = 128}};
    int mount;

    return refused(
        syscall(SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", &file.handle, &mount, 0));
}

/* A directory that we may write to. */
static const char *own_directory(void)
{
    static const char *const places[] = {"/tmp", "/dev/shm", "/run", "/var/tmp", "/mnt", "/"};
    static char path[4096];

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        int fd;

        snprintf(path, sizeof(path), "%s/.nsengine-node-%d", places[i], getpid());
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        if (fd >= 0) {
            close(fd);
            unlink(path);
            return path;
        }
    }
    return "/dev/shm/none";
}

static int make_node(mode_t kind, dev_t device)
{
    const char *path = own_directory();
    int rc = mknod(path, kind | 0600, device), fd;

    if (rc < 0)
        return denied("%s", strerror(errno));
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    unlink(path);
    return refused(fd);
}

static int make_null(void)
{
    return make_node(S_IFCHR, makedev(1, 3));
}
static int make_memory(void)
{
    return make_node(S_IFCHR, makedev(1, 1));
}

static int make_disk(void)
{
    struct stat st;

    return stat("/usr", &st) < 0 ? denied("%s", strerror(errno)) : make_node(S_IFBLK, st.st_dev);
}

static int make_suid(void)
{
    const char *path = own_directory();
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    struct stat st;
    struct statvfs fs;
    int works;

    if (fd < 0)
        return denied("%s", strerror(errno));
    works = fchmod(fd, 04755) == 0 && fstat(fd, &st) == 0 && st.st_mode & S_ISUID &&
            fstatvfs(fd, &fs) == 0 && !(fs.f_flag & ST_NOSUID);
    unlink(path);
    return leaks(works, "works outside too");
}

static int own_file(void)
{
    const char *path = own_directory();
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700), rc;

    if (fd < 0)
        return denied("%s", strerror(errno));
    rc = fchown(fd, getuid() + 1, getgid() + 1);
    unlink(path);
    return refused(rc);
}

/* Runs set-user-ID programs of the host: who are we then? */
static int run_suid(void)
{
    static const char *const programs[] = {"/bin/su", "/usr/bin/passwd", "/bin/mount",
                                           "/usr/bin/newgrp"};
    struct statvfs fs;
    struct stat st;

    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
        if (stat(programs[i], &st) == 0 && st.st_mode & S_ISUID && st.st_uid == 0 &&
            statvfs(programs[i], &fs) == 0 && !(fs.f_flag & ST_NOSUID) &&
            prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && access(programs[i], X_OK) == 0)
            return allowed("%s", programs[i]);
    return denied("none works");
}

/* The caller's mark in /tmp and in /dev/shm. */
static int see_tmp(void)
{
    return leaks(access(told("tmp"), R_OK) == 0, "visible");
}
static int see_shm(void)
{
    return leaks(access(told("shm_file"), F_OK) == 0, "visible");
}
static int write_tmp(void)
{
    return try_open_write(told("tmp"));
}
static int write_shm(void)
{
    return try_open_write(told("shm_file"));
}
static int write_open_directory(void)
{
    return try_create(told("open"));
}

static int machine_id(void)
{
    const char *text = read_text("/etc/machine-id");

    return text && *told("machine_id")
               ? leaks(strncmp(text, told("machine_id"), 32) == 0, "the host's")
               : denied("unknown");
}

static int boot_id(void)
{
    const char *text = read_text("/proc/sys/kernel/random/boot_id");

    return text ? leaks(strncmp(text, told("boot_id"), 36) == 0, "the host's")
                : denied("%s", strerror(errno));
}

static int host_name(void)
{
    struct utsname name;

    uname(&name);
    return leaks(strcmp(name.nodename, told("hostname")) == 0, "the host's");
}

static int domain_name(void)
{
    struct utsname name;

    uname(&name);
    return leaks(strcmp(name.domainname, told("domainname")) == 0 &&
                     strcmp(name.domainname, "(none)") != 0,
                 "the host's");
}

/* A tmpfs without a limit may use all of the machine's memory. */
static int unlimited(const char *path)
{
    struct statfs fs;
    unsigned long long bytes;

    if (statfs(path, &fs) < 0 || fs.f_type != 0x01021994 || access(path, W_OK) < 0)
        return denied("no tmpfs to write to");
    bytes = (unsigned long long)fs.f_blocks * (unsigned long long)fs.f_bsize;
    return fs.f_blocks == 0 || bytes > 1ULL << 30 ? allowed("%llu MiB", bytes >> 20)
                                                  : denied("%llu MiB", bytes >> 20);
}

static int fill_tmp(void)
{
    return unlimited("/tmp");
}
static int fill_shm(void)
{
    return unlimited("/dev/shm");
}
static int fill_dev(void)
{
    return unlimited("/dev");
}
static int fill_run(void)
{
    return unlimited("/run");
}

/* --- control groups ----------------------------------------------------------------------------- */

static int first_cgroup(const char *file)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
                                        "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"};
    int reason = ENOENT;

    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", roots[i], file);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
            return allowed("%s", path);
        reason = errno;
    }
    return denied("%s", strerror(reason));
}

static int cgroup_procs(void)
{
    return first_cgroup("cgroup.procs");
}
static int cgroup_subtree(void)
{
    return first_cgroup("cgroup.subtree_control");
}
static int release_agent(void)
{
    return first_cgroup("release_agent");
}

/* The path from the machine's root to our group names services and users. */
static int cgroup_path(void)
{
    const char *text = read_text("/proc/self/cgroup");

    for (const char *line = text; line && *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        const char *path = strchr(strchr(line, ':') + 1, ':') + 1;

        if (strncmp(path, "/\n", 2) != 0)
            return allowed("%.*s", (int)strcspn(path, "\n"), path);
    }
    return text ? denied("/") : denied("%s", strerror(errno));
}

/* --- other processes' messages ------------------------------------------------------------------ */

static int host_shared_memory(void)
{
    return refused(shmget((key_t)told_number("ipc_key"), 0, 0));
}
static int host_message_queue(void)
{
    return refused(msgget((key_t)told_number("ipc_key"), 0));
}
static int host_semaphores(void)
{
    return refused(semget((key_t)told_number("ipc_key"), 0, 0));
}

static int host_posix_queue(void)
{
    return *told("mqueue") ? refused(mq_open(told("mqueue"), O_RDONLY | O_NONBLOCK))
                           : denied("none");
}

static int connect_unix(const char *path, int abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t length = strlen(path);

    if (!length || length > sizeof(address.sun_path) - 2)
        return denied("none");
    memcpy(address.sun_path + abstract, path, length);
    if (fd < 0)
        return denied("%s", strerror(errno));
    return refused(connect(fd, (struct sockaddr *)&address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1)));
}

static int abstract_socket(void)
{
    return connect_unix(told("abstract"), 1);
}
static int run_socket(void)
{
    return connect_unix(told("run_socket"), 0);
}
static int tmp_socket(void)
{
    return connect_unix(told("tmp_socket"), 0);
}

static int host_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)told_number("port")),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return refused(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int interfaces(void)
{
    struct if_nameindex *list = if_nameindex();
    char names[64] = "";

    for (struct if_nameindex *i = list; i && i->if_index; i++)
        if (strcmp(i->if_name, "lo") != 0)
            snprintf(names, sizeof(names), "%s", i->if_name);
    return *names ? allowed("%s", names) : denied("none but lo");
}

/* --- socket families ---------------------------------------------------------------------------- */

struct family {
    const char *name;
    int domain, type, protocol;
};

static const struct family families[] = {
    {"socket_raw", AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {"socket_raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
    {"socket_ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {"socket_sctp", AF_INET, SOCK_STREAM, 132},
    {"socket_mptcp", AF_INET, SOCK_STREAM, 262},
    {"socket_udplite", AF_INET, SOCK_DGRAM, 136},
    {"socket_packet", AF_PACKET, SOCK_RAW, 0},
    {"socket_packet_dgram", AF_PACKET, SOCK_DGRAM, 0},
    {"socket_netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER},
    {"socket_xfrm", AF_NETLINK, SOCK_RAW, NETLINK_XFRM},
    {"socket_audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT},
    {"socket_uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT},
    {"socket_generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC},
    {"socket_diag", AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG},
    {"socket_connector", AF_NETLINK, SOCK_RAW, NETLINK_CONNECTOR},
    {"socket_crypto_user", AF_NETLINK, SOCK_RAW, NETLINK_CRYPTO},
    {"socket_vsock", 40, SOCK_STREAM, 0},
    {"socket_alg", 38, SOCK_SEQPACKET, 0},
    {"socket_key", 15, SOCK_RAW, 2},
    {"socket_bluetooth", 31, SOCK_RAW, 1},
    {"socket_can", 29, SOCK_RAW, 1},
    {"socket_tipc", 30, SOCK_STREAM, 0},
    {"socket_rds", 21, SOCK_SEQPACKET, 0},
    {"socket_rxrpc", 33, SOCK_DGRAM, AF_INET},
    {"socket_xdp", 44, SOCK_RAW, 0},
    {"socket_smc", 43, SOCK_STREAM, 0},
    {"socket_kcm", 41, SOCK_DGRAM, 0},
    {"socket_qipcrtr", 42, SOCK_DGRAM, 0},
    {"socket_appletalk", 5, SOCK_DGRAM, 0},
    {"socket_x25", 9, SOCK_SEQPACKET, 0},
};

static int kernel_tls(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(server, (struct sockaddr *)&address, size) < 0 || listen(server, 1) < 0 ||
        getsockname(server, (struct sockaddr *)&address, &size) < 0 ||
        connect(client, (struct sockaddr *)&address, size) < 0)
        return denied("%s", strerror(errno));
    if (setsockopt(client, IPPROTO_TCP, 31 /* TCP_ULP */, "tls", 3) == 0)
        return allowed("0");
    return errno == ENOENT ? denied("no such module") : unreachable(-1);
}

/* --- the kernel's surface ----------------------------------------------------------------------- */

struct call {
    const char *name;
    int reached; /* 1: only success counts, since the kernel checks rights last */
    long number, args[6];
};

static char page[4096];
static uint64_t zeroes[16];
#define PTR(x) ((long)(x))

static struct call calls[] = {
    {"call_io_uring", 0, SYS_io_uring_setup, {1, PTR(page)}},
    {"call_bpf", 0, SYS_bpf, {0, PTR(page), 72}},
    {"call_userfaultfd", 1, SYS_userfaultfd, {O_CLOEXEC | 1 /* USER_MODE_ONLY */}},
    {"call_keyctl", 0, SYS_keyctl, {0, -3, 0}},
    {"call_kexec_load", 0, SYS_kexec_load, {0, 1 << 20, 0, 0}},
    {"call_kexec_file_load", 0, SYS_kexec_file_load, {-1, -1, 0, 0, 1 << 20}},
    {"call_init_module", 0, SYS_init_module, {PTR(page), 0, PTR(page)}},
    {"call_finit_module", 0, SYS_finit_module, {-1, PTR(page), 0}},
    {"call_delete_module", 0, SYS_delete_module, {PTR("nsengine_none"), O_NONBLOCK}},
    {"call_quotactl", 0, SYS_quotactl, {0x800004 << 8, 0, 0, 0}},
    {"call_swapon", 0, SYS_swapon, {PTR("/nsengine-none"), 0}},
    {"call_swapoff", 0, SYS_swapoff, {PTR("/nsengine-none")}},
    {"call_acct", 0, SYS_acct, {PTR("/nsengine-none")}},
    {"call_reboot", 0, SYS_reboot, {0, 0, 0, 0}},
    {"call_syslog", 0, SYS_syslog, {3, PTR(page), 4096}},
    {"call_kcmp", 0, SYS_kcmp, {0, 0, 99, 0, 0}},
    {"call_process_vm_readv", 0, SYS_process_vm_readv, {-1, PTR(zeroes), 1, PTR(zeroes), 1, 0}},
    {"call_process_vm_writev", 0, SYS_process_vm_writev, {-1, PTR(zeroes), 1, PTR(zeroes), 1, 0}},
    {"call_process_madvise", 0, SYS_process_madvise, {-1, PTR(zeroes), 1, 20, 0}},
    {"call_move_pages", 0, SYS_move_pages, {0, 0, 0, 0, 0, 0}},
    {"call_migrate_pages", 0, SYS_migrate_pages, {0, 0, 0, 0}},
    {"call_mbind", 0, SYS_mbind, {PTR(page), 0, 99, 0, 0, 0}},
    {"call_set_mempolicy", 0, SYS_set_mempolicy, {99, 0, 0}},
    {"call_lookup_dcookie", 0, SYS_lookup_dcookie, {0, PTR(page), 4096}},
    {"call_vhangup", 0, SYS_vhangup, {0}},
    {"call_nfsservctl", 0, SYS_nfsservctl, {0}},
    {"call_fanotify", 0, SYS_fanotify_init, {0x200 /* FAN_REPORT_FID */, 0}},
    {"call_open_tree_attr", 0, 467, {-1, PTR(page), 0, 0, 0}},
    {"call_statmount", 0, 457, {PTR(zeroes), PTR(page), 4096, 0}},
    {"call_listmount", 0, 458, {PTR(zeroes), PTR(page), 64, 0}},
    {"call_listns", 0, 470, {PTR(zeroes), PTR(page), 64, 0}},
    {"call_lsm_set_self_attr", 0, 460, {99, PTR(page), 0, 0}},
    {"call_map_shadow_stack", 0, 453, {0, 1, 99}},
    {"call_pidfd_getfd", 0, SYS_pidfd_getfd, {-1, 0, 0}},
    {"call_setns", 0, SYS_setns, {-1, 0}},
    {"call_unknown", 0, 999, {0}},
#if defined(__x86_64__) /* calls of its first years */
    {"call_iopl", 0, SYS_iopl, {3}},
    {"call_ioperm", 0, SYS_ioperm, {0x70, 2, 1}},
    {"call_modify_ldt", 0, SYS_modify_ldt, {0, PTR(page), 64}},
    {"call_uselib", 0, SYS_uselib, {PTR("/nsengine-none")}},
    {"call_ustat", 0, SYS_ustat, {0, PTR(page)}},
    {"call_sysfs", 0, SYS_sysfs, {3}},
    {"call_get_kernel_syms", 0, SYS_get_kernel_syms, {0}},
    {"call_create_module", 0, SYS_create_module, {0}},
#endif
};

static int perf(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                   .size = sizeof(attr),
                                   .config = PERF_COUNT_SW_TASK_CLOCK,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};

    return unreachable(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int bpf_map(void)
{
    union bpf_attr attr = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

    return refused(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int set_clock(void)
{
    struct timex now = {.modes = 0};

    if (adjtimex(&now) < 0)
        return denied("%s", strerror(errno));
    now.modes = ADJ_TICK; /* to its present value */
    return refused(adjtimex(&now));
}

static int set_host_name(void)
{
    char name[65];

    gethostname(name, sizeof(name));
    return refused(sethostname(name, strlen(name)));
}

static int watch_filesystem(void)
{
    int fd = (int)syscall(SYS_fanotify_init, FAN_CLASS_NOTIF, O_RDONLY);

    return refused(
        fd < 0 ? -1
               : fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, "/"));
}

#if defined(__x86_64__)
static long old_call(long number, long argument)
{
    long rc;

    __asm__ volatile("int $0x80" : "=a"(rc) : "a"(number), "b"(argument) : "memory");
    return rc;
}

static int foreign_i386(void)
{
    long rc = old_call(20 /* getpid */, 0);

    return rc > 0 ? allowed("getpid: %ld", rc) : denied("%s", strerror((int)-rc));
}

static int foreign_i386_user(void)
{
    long rc = old_call(310 /* unshare */, CLONE_NEWUSER);

    return rc == 0 ? allowed("unshare") : denied("%s", strerror((int)-rc));
}

static int foreign_vm86(void)
{
    long rc = old_call(166, 0);

    return rc == -ENOSYS || rc == -EPERM ? denied("%s", strerror((int)-rc)) : allowed("%ld", rc);
}

static int foreign_x32(void)
{
    return refused(syscall(0x40000000 + SYS_getpid));
}

static int foreign_x32_user(void)
{
    return refused(syscall(0x40000000 + SYS_unshare, CLONE_NEWUSER));
}
#endif

/* --- the list ----------------------------------------------------------------------------------- */

struct check {
    const char *name;
    int (*run)(void);
};

static const struct check checks[] = {
    {"read_proc_iomem", io_memory},
    {"read_proc_ioports", io_ports},
    {"environment", environment},
    {"descriptors", descriptors},
    {"directory_descriptor", directory_descriptor},
    {"namespace_descriptor", namespace_descriptor},
    {"closed_standard", closed_standard},
    {"working_directory", working_directory},
    {"callers_directory", callers_directory},
    {"groups", groups},
    {"setgroups", try_setgroups},
    {"change_uid", change_uid},
    {"change_gid", change_gid},
    {"host_root", host_root},
    {"write_uid_map", write_uid_map},
    {"write_gid_map", write_gid_map},
    {"write_timens_offsets", write_timens_offsets},
    {"cap_effective", cap_effective},
    {"cap_permitted", cap_permitted},
    {"cap_inheritable", cap_inheritable},
    {"cap_bounding", cap_bounding},
    {"cap_ambient", cap_ambient},
    {"securebits", securebits},
    {"no_new_privs", no_new_privs},
    {"no_filter", no_filter},
    {"session", session},
    {"process_group", process_group},
    {"signal_mask", signal_mask},
    {"signal_dispositions", signal_dispositions},
    {"umask", file_mask},
    {"nice", favoured},
    {"scheduler", scheduler},
    {"become_realtime", become_realtime},
    {"raise_priority", raise_priority},
    {"randomisation", randomisation},
    {"set_personality", set_personality},
    {"core_limit", core_limit},
    {"soft_limit", soft_limit},
    {"raise_limit", raise_limit},
    {"memory_lock", memory_lock},
    {"oom_score", oom_score},
    {"lower_oom_score", lower_oom_score},
    {"alarm", timers},
    {"session_key", session_key},
    {"user_key", user_key},
    {"session_keyring", session_keyring},
    {"search_key", search_key},
    {"request_upcall", request_upcall},
    {"add_key", add_key},
    {"callers_terminal", callers_terminal},
    {"controlling_terminal", controlling_terminal},
    {"steal_terminal", steal_terminal},
    {"tiocsti", tiocsti},
    {"tiocsti_64", tiocsti_64},
    {"tioclinux", tioclinux},
    {"tioccons", console_redirect},
    {"tiocsetd", line_discipline},
    {"ns_user", ns_user},
    {"ns_mnt", ns_mnt},
    {"ns_pid", ns_pid},
    {"ns_net", ns_net},
    {"ns_uts", ns_uts},
    {"ns_ipc", ns_ipc},
    {"ns_cgroup", ns_cgroup},
    {"ns_time", ns_time},
    {"enter_init", enter_init},
    {"host_processes", host_processes},
    {"host_pid", pid_is_hosts},
    {"signal_caller", signal_caller},
    {"signal_parent", signal_parent},
    {"trace_init", trace_init},
    {"read_init_memory", read_init_memory},
    {"steal_descriptor", steal_descriptor},
    {"compare_init", compare_init},
    {"trace_child", trace_child},
    {"unshare_user", unshare_user},
    {"unshare_mnt", unshare_mnt},
    {"unshare_pid", unshare_pid},
    {"unshare_net", unshare_net},
    {"unshare_uts", unshare_uts},
    {"unshare_ipc", unshare_ipc},
    {"unshare_cgroup", unshare_cgroup},
    {"unshare_time", unshare_time},
    {"clone_user", clone_user},
    {"clone_user_64", clone_user_64},
    {"clone3_user", clone3_user},
    {"nested_mount", nested_mount},
    {"nested_remount", nested_remount},
    {"nested_unmount", nested_unmount},
    {"nested_proc", nested_proc},
    {"nested_packets", nested_packets},
    {"nested_nftables", nested_nftables},
    {"mount_tmpfs", mount_tmpfs},
    {"mount_bind", mount_bind},
    {"remount_root", remount_root},
    {"change_propagation", change_propagation},
    {"unmount_proc", unmount_proc},
    {"unmount_dev", unmount_dev},
    {"unmount_mask", unmount_mask},
    {"pivot_root", pivot},
    {"chroot", change_root},
    {"fsopen", open_filesystem},
    {"fspick", pick_filesystem},
    {"open_tree", clone_tree},
    {"mount_setattr", set_mount_attributes},
    {"move_mount", attach_mount},
    {"shared_mounts", shared_mounts},
    {"suid_mounts", suid_mounts},
    {"device_mounts", device_mounts},
    {"writable_root", writable_root},
    {"open_by_handle_at", open_handle},
    {"name_to_handle_at", name_handle},
    {"mknod_null", make_null},
    {"mknod_memory", make_memory},
    {"mknod_disk", make_disk},
    {"make_suid", make_suid},
    {"chown_other", own_file},
    {"run_suid", run_suid},
    {"see_tmp", see_tmp},
    {"see_shm", see_shm},
    {"write_tmp", write_tmp},
    {"write_shm", write_shm},
    {"write_open_directory", write_open_directory},
    {"machine_id", machine_id},
    {"boot_id", boot_id},
    {"host_name", host_name},
    {"domain_name", domain_name},
    {"fill_tmp", fill_tmp},
    {"fill_shm", fill_shm},
    {"fill_dev", fill_dev},
    {"fill_run", fill_run},
    {"cgroup_procs", cgroup_procs},
    {"cgroup_subtree", cgroup_subtree},
    {"release_agent", release_agent},
    {"cgroup_path", cgroup_path},
    {"sysv_memory", host_shared_memory},
    {"sysv_queue", host_message_queue},
    {"sysv_semaphores", host_semaphores},
    {"posix_queue", host_posix_queue},
    {"abstract_socket", abstract_socket},
    {"run_socket", run_socket},
    {"tmp_socket", tmp_socket},
    {"host_port", host_port},
    {"interfaces", interfaces},
    {"kernel_tls", kernel_tls},
    {"perf_event_open", perf},
    {"bpf_map", bpf_map},
    {"set_clock", set_clock},
    {"set_host_name", set_host_name},
    {"watch_filesystem", watch_filesystem},
#if defined(__x86_64__)
    {"foreign_i386", foreign_i386},
    {"foreign_i386_user", foreign_i386_user},
    {"foreign_vm86", foreign_vm86},
    {"foreign_x32", foreign_x32},
    {"foreign_x32_user", foreign_x32_user},
#endif
};

/* --- running them ------------------------------------------------------------------------------- */

static int listing, forkless;
static sigjmp_buf rescue;

static void died(int number)
{
    siglongjmp(rescue, number);
}

/* Without a process of its own, a check is caught where it would die. */
static void guarded(int (*run)(const void *), const void *what)
{
    static const int fatal[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGSYS,
                                SIGALRM, SIGPIPE, SIGTTOU, SIGTTIN};
    int number;

    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
        signal(fatal[i], died);
    number = sigsetjmp(rescue, 1);
    if (number) {
        denied("%s", strsignal(number));
        return;
    }
    alarm(3);
    run(what);
    alarm(0);
}

static void apart(int (*run)(const void *), const void *what)
{
    pid_t pid = forkless ? -1 : fork();
    sigset_t none;
    int status;

    if (pid < 0) {
        forkless = 1;
        guarded(run, what);
        return;
    }
    if (pid == 0) {
        sigemptyset(&none);
        if (run) {
            struct sigaction plain = {.sa_handler = SIG_DFL};

            alarm(3);
            run(what);
            sigaction(SIGALRM, &plain, NULL);
        }
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!outcome->state)
        denied("%s", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended");
}

static void check(const char *name, int (*run)(const void *), const void *what)
{
    if (listing) {
        printf("%s\n", name);
        return;
    }
    memset(outcome, 0, sizeof(*outcome));
    apart(run, what);
    printf("%s %s %s\n", name, outcome->state == 2 ? "allowed" : "denied", outcome->detail);
    fflush(stdout);
}

static int run_check(const void *what)
{
    return ((const struct check *)what)->run();
}
static int run_readable(const void *what)
{
    return try_read(((const struct entry *)what)->path);
}
static int run_writable(const void *what)
{
    return try_open_write(((const struct entry *)what)->path);
}
static int run_directory(const void *what)
{
    return try_create(((const struct entry *)what)->path);
}
static int run_device(const void *what)
{
    return try_device(((const struct entry *)what)->path);
}

static int run_family(const void *what)
{
    const struct family *family = what;

    return refused(socket(family->domain, family->type | SOCK_CLOEXEC, family->protocol));
}

static int run_call(const void *what)
{
    const struct call *call = what;
    long rc = syscall(call->number, call->args[0], call->args[1], call->args[2], call->args[3],
                      call->args[4], call->args[5]);

    return call->reached ? refused(rc) : unreachable(rc);
}

/* Whether the mount namespace is not the caller's; 1 only if that is certain. */
static int elsewhere(void)
{
    char link[64];
    ssize_t n = readlink("/proc/self/ns/mnt", link, sizeof(link) - 1);

    if (n < 0) /* no procfs: not the caller's, which has one */
        return *told("ns_mnt") && errno == ENOENT && access("/proc/self", F_OK) < 0;
    link[n] = 0;
    return *told("ns_mnt") && strcmp(told("ns_mnt"), link) != 0;
}

#define EACH(array, run)                                                                           \
    for (size_t i = 0; i < sizeof(array) / sizeof(*(array)); i++)                                  \
    check((array)[i].name, run, &(array)[i])

int main(int argc, char **argv)
{
    listing = argc > 1 && strcmp(argv[1], "list") == 0;
    words = argv + 1;
    if (!listing && !elsewhere()) {
        fprintf(stderr, "probe: it runs in a sandbox, started by dirty\n");
        return 3;
    }
    outcome =
        mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED)
        return 1;
    EACH(checks, run_check);
    EACH(readable, run_readable);
    EACH(writable, run_writable);
    EACH(directories, run_directory);
    EACH(devices, run_device);
    EACH(families, run_family);
    EACH(calls, run_call);
    if (!listing)
        printf("end of the probe\n");
    return 0;
}
