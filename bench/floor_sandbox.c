/* The floor of `bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev COMMAND`: the same seven
 * namespaces, mounts, loopback and lack of privileges with the fewest system calls that we know, in
 * a program without libc and without needless checks. No init. It cannot be beaten.
 *
 *   floor_sandbox [-c] [-n COUNT] [-b DIR COUNT] COMMAND [ARG...]
 *
 * -c confines as nsengine does by default and bubblewrap does not: hides what /, /proc and /dev tell
 * about the machine, makes /proc/sys read-only, empties the bounding set, makes a new session,
 * keyring, time namespace and core limit, closes other descriptors, installs the filter "default".
 * -n spawns COUNT times from one process and prints the medians, "spawn_ns N run_ns N": from clone
 * until the program is executed, and until it has been reaped. -b binds DIR/1 to DIR/COUNT onto
 * themselves, read-only.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "call.h"
#include "filters.h"

#define TREE_CLONE         1
#define RECURSIVE          0x8000
#define FROM_EMPTY_PATH    4 /* MOVE_MOUNT_F_EMPTY_PATH, which some libcs have */
#define ATTR_RDONLY        1
#define ATTR_NOSUID        2
#define ATTR_NODEV         4
#define ATTR_NOEXEC        8
#define SYS_open_tree_     428
#define SYS_move_mount_    429
#define SYS_clone3_        435
#define SYS_close_range_   436
#define SYS_mount_setattr_ 442
#define SIOCSIFFLAGS_      0x8914

#ifdef FLOOR_LUA /* floor_lua.c has the entry */
#elif defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x0,sp\n bl begin\n");
#else
#error "the entry of a program is not known for this machine"
#endif

struct attributes {
    uint64_t set, clear, propagation, userns_fd;
};

static size_t length(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

/* The end of `text` with the decimal digits of `number` appended. */
static char *digits(char *text, uint64_t number)
{
    char reversed[20];
    int n = 0;

    do
        reversed[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (n > 0)
        *text++ = reversed[--n];
    *text = 0;
    return text;
}

static void die(const char *what, long error)
{
    char number[24] = " errno ";
    char *end = digits(number + 7, (uint64_t)-error);

    *end++ = '\n';
    nse_call(SYS_write, 2, "floor_sandbox: ", 15);
    nse_call(SYS_write, 2, what, length(what));
    nse_call(SYS_write, 2, number, end - number);
    nse_call(SYS_exit_group, 125);
    __builtin_unreachable();
}

static long must(const char *what, long result)
{
    if (result < 0)
        die(what, result);
    return result;
}

static uint64_t now(void)
{
    struct timespec t;

    nse_call(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Made once, since it is the same for each spawn. */
static struct {
    char uid_map[64], gid_map[64];
    char **argv, **envp;
    const char *bind_dir;
    unsigned binds;
    int confined;
} job;

static void write_file(const char *path, const char *text)
{
    long fd = must(path, nse_call(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0, 0));

    must(path, nse_call(SYS_write, fd, text, length(text)));
    nse_call(SYS_close, fd);
}

static void mount_at(const char *what, const char *source, const char *target, const char *type,
                     unsigned long flags, const char *options)
{
    must(what, nse_call(SYS_mount, source, target, type, flags, options));
}

/* The working directory is the new root, and "/" still the old one. */
static void make_dev(void)
{
    static const char *const devices[][2] = {
        {"/dev/null", "dev/null"},     {"/dev/zero", "dev/zero"},       {"/dev/full", "dev/full"},
        {"/dev/random", "dev/random"}, {"/dev/urandom", "dev/urandom"}, {"/dev/tty", "dev/tty"},
    };
    static const char *const links[][2] = {
        {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
        {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
        {"/proc/kcore", "dev/core"},       {"pts/ptmx", "dev/ptmx"},
    };

    mount_at("dev", "tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
    for (unsigned i = 0; i < 6; i++) {
        must("mknod", nse_call(SYS_mknodat, AT_FDCWD, devices[i][1], S_IFREG | 0444, 0, 0));
        mount_at(devices[i][1], devices[i][0], devices[i][1], 0, MS_BIND, 0);
    }
    for (unsigned i = 0; i < 6; i++)
        must("symlink", nse_call(SYS_symlinkat, links[i][0], AT_FDCWD, links[i][1]));
    must("shm", nse_call(SYS_mkdirat, AT_FDCWD, "dev/shm", 0755));
    must("pts", nse_call(SYS_mkdirat, AT_FDCWD, "dev/pts", 0755));
    mount_at("devpts", "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
             "newinstance,ptmxmode=0666,mode=620");
}

static void make_binds(void)
{
    static const struct attributes read_only = {.set = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV};
    char path[4096];
    size_t n = length(job.bind_dir);

    for (size_t i = 0; i < n; i++)
        path[i] = job.bind_dir[i];
    path[n] = '/';
    for (unsigned i = 1; i <= job.binds; i++) {
        digits(path + n + 1, i);
        /* "/x" is looked up below the old root, "x" below the new one. */
        mount_at(path, path, path + 1, 0, MS_BIND | MS_REC, 0);
        must("mount_setattr", nse_call(SYS_mount_setattr_, AT_FDCWD, path + 1, RECURSIVE,
                                       &read_only, sizeof(read_only)));
    }
}

static void bind_closed(const char *source, const char *target)
{
    static const struct attributes closed = {.set = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV |
                                                    ATTR_NOEXEC};

    mount_at(target, source, target, 0, MS_BIND, 0);
    must("mount_setattr",
         nse_call(SYS_mount_setattr_, AT_FDCWD, target, 0, &closed, sizeof(closed)));
}

/* A bind of a read-only mount is read-only too. A name may be missing. */
static void hide(void)
{
    static const char *const files[] = {
        "proc/keys",      "proc/cmdline",
        "proc/config.gz", "proc/interrupts",
        "proc/locks",     "proc/sys/kernel/random/boot_id",
        "etc/machine-id", "var/lib/dbus/machine-id",
    };

    must("directory", nse_call(SYS_mkdirat, AT_FDCWD, "dev/.directory", 0));
    must("file", nse_call(SYS_mknodat, AT_FDCWD, "dev/.file", S_IFREG, 0, 0));
    bind_closed("dev/.directory", "run");
    mount_at("sys", "run", "sys", 0, MS_BIND, 0);
    bind_closed("proc/sys", "proc/sys");
    bind_closed("dev/.file", "proc/kallsyms");
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        nse_call(SYS_mount, "proc/kallsyms", files[i], 0, MS_BIND, 0);
}

static void make_root(void)
{
    static const struct attributes read_only = {.set = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV,
                                                .propagation = MS_PRIVATE};
    long root = must("open_tree",
                     nse_call(SYS_open_tree_, AT_FDCWD, "/", TREE_CLONE | O_CLOEXEC | RECURSIVE));

    must("mount_setattr", nse_call(SYS_mount_setattr_, root, "", AT_EMPTY_PATH | RECURSIVE,
                                   &read_only, sizeof(read_only)));
    must("move_mount", nse_call(SYS_move_mount_, root, "", AT_FDCWD, "/", FROM_EMPTY_PATH));
    must("fchdir", nse_call(SYS_fchdir, root));
    mount_at("proc", "proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
    make_dev();
    if (job.confined)
        hide();
    if (job.binds)
        make_binds();
    must("pivot_root", nse_call(SYS_pivot_root, ".", "."));
    must("umount2", nse_call(SYS_umount2, ".", MNT_DETACH));
}

static void drop(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    static const struct __user_cap_data_struct none[2];

    must("securebits", nse_call(SYS_prctl, PR_SET_SECUREBITS,
                                SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED));
    for (int cap = 0; job.confined && nse_call(SYS_prctl, PR_CAPBSET_DROP, cap) == 0;)
        cap++;
    must("capset", nse_call(SYS_capset, &header, none));
    must("no_new_privs", nse_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* After all mounts and all that takes capabilities. The filter is last: it forbids much of this. */
static void confine(void)
{
    static const struct rlimit64 no_core;
    struct sock_fprog program = {
        .len = (unsigned short)(nse_shipped_filters[0].size / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)nse_shipped_filters[0].program,
    };

    must("setsid", nse_call(SYS_setsid, 0));
    must("keyctl", nse_call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0));
    must("prlimit64", nse_call(SYS_prlimit64, 0, RLIMIT_CORE, &no_core, 0, 0));
    must("close_range", nse_call(SYS_close_range_, 3, ~0U, 0));
    must("seccomp", nse_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static __attribute__((noreturn, noinline)) void child(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    long fd;

    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/gid_map", job.gid_map);
    write_file("/proc/self/uid_map", job.uid_map);
    make_root();
    fd = must("socket", nse_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    must("lo", nse_call(SYS_ioctl, fd, SIOCSIFFLAGS_, &lo));
    drop();
    if (job.confined)
        confine();
    die(job.argv[0], nse_call(SYS_execve, job.argv[0], job.argv, job.envp));
    __builtin_unreachable();
}

/* As vfork(2): the child runs on this stack, below this frame, until its exec. */
static __attribute__((noinline)) long spawn(void)
{
    struct clone_args args = {
        .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS |
                 CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_VM | CLONE_VFORK |
                 (job.confined ? CLONE_NEWTIME : 0),
        .exit_signal = SIGCHLD,
    };
    long pid = nse_call(SYS_clone3_, &args, sizeof(args));

    if (pid == 0)
        child();
    return must("clone3", pid);
}

static int reap(long pid)
{
    int status = 0;

    must("wait4", nse_call(SYS_wait4, pid, &status, 0, 0, 0));
    return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

static uint64_t median(uint64_t *times, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        uint64_t value = times[i];
        unsigned k = i;

        for (; k > 0 && times[k - 1] > value; k--)
            times[k] = times[k - 1];
        times[k] = value;
    }
    return times[n / 2];
}

static void label(char **text, const char *name)
{
    while (*name)
        *(*text)++ = *name++;
}

static int many(unsigned count)
{
    static uint64_t spawned[100000], ran[100000];
    char text[100], *end = text;

    if (count > 100000)
        count = 100000;
    for (unsigned i = 0; i < count; i++) {
        uint64_t start = now();
        long pid = spawn();

        spawned[i] = now() - start;
        if (reap(pid) != 0)
            die("the command failed", -1);
        ran[i] = now() - start;
    }
    label(&end, "spawn_ns ");
    end = digits(end, median(spawned, count));
    label(&end, " run_ns ");
    end = digits(end, median(ran, count));
    label(&end, "\n");
    nse_call(SYS_write, 1, text, end - text);
    return 0;
}

static unsigned number(const char *s)
{
    unsigned n = 0;

    for (; s && *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (unsigned)(*s - '0');
    return n;
}

/* "ID ID 1": the id maps to itself. */
static void identity(char *map, long id)
{
    char *end = digits(map, (uint64_t)id);

    *end++ = ' ';
    end = digits(end, (uint64_t)id);
    label(&end, " 1");
    *end = 0;
}

__attribute__((used, noreturn)) void begin(long *stack)
{
    long argc = stack[0];
    char **argv = (char **)(stack + 1);
    unsigned count = 0;

    job.envp = argv + argc + 1;
    for (argv++; argv[0] && argv[0][0] == '-';) {
        if (argv[0][1] == 'n' && argv[1]) {
            count = number(argv[1]);
            argv += 2;
        } else if (argv[0][1] == 'b' && argv[1] && argv[2]) {
            job.bind_dir = argv[1];
            job.binds = number(argv[2]);
            argv += 3;
        } else if (argv[0][1] == 'c') {
            job.confined = 1;
            argv++;
        } else {
            break;
        }
    }
    if (!argv[0] || argv[0][0] == '-')
        die("usage: floor_sandbox [-c] [-n COUNT] [-b DIR COUNT] COMMAND [ARG...]", -22);
    job.argv = argv;
    identity(job.uid_map, nse_call(SYS_geteuid, 0));
    identity(job.gid_map, nse_call(SYS_getegid, 0));
    nse_call(SYS_exit_group, count ? many(count) : reap(spawn()));
    __builtin_unreachable();
}
