/* Makes the system calls that filters decide about, from inside a sandbox. Prints a line "name
 * result" for each, where the result is "ok" or the name of the error. No call harms if it is let
 * through: what would change something gets a bad address or descriptor, and the rest changes only
 * this process.
 *   calls          makes all
 *   calls works    threads, processes and sockets as programs have them
 *   calls listens  installs a listener of its own, and lets through what it is asked about
 *   calls NAME     makes one call that a filter kills for, and prints "survived" */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long result)
{
    printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok");
}

#define ASK(name, ...) say(name, syscall(__VA_ARGS__))

#ifdef __x86_64__
/* In a separate process, which a foreign call may kill. */
static void foreign(const char *name, long (*call)(void))
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        long result = call();

        errno = result < 0 ? (int)-result : 0;
        say(name, result);
        fflush(stdout);
        _exit(0);
    }
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
        printf("%s signal %d\n", name, WTERMSIG(status));
}

static long call_i386(void) /* getpid */
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}

static long call_x32(void)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(0x40000000 | SYS_getpid)
                     : "rcx", "r11", "memory");
    return result;
}
#endif

static void namespaces(void)
{
    static const struct {
        const char *name;
        unsigned long flag;
    } kinds[] = {{"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS},     {"net", CLONE_NEWNET},
                 {"pid", CLONE_NEWPID},   {"ipc", CLONE_NEWIPC},      {"uts", CLONE_NEWUTS},
                 {"time", 0x80},          {"cgroup", CLONE_NEWCGROUP}};
    char name[64];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        unsigned long flags = kinds[i].flag | (kinds[i].flag == CLONE_NEWUSER ? 0 : CLONE_NEWUSER);
        long pid;

        snprintf(name, sizeof(name), "unshare_%s", kinds[i].name);
        ASK(name, SYS_unshare, kinds[i].flag == CLONE_NEWUSER ? flags : kinds[i].flag);
        if (kinds[i].flag == 0x80)
            continue;
        fflush(stdout);
        pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0)
            _exit(0);
        snprintf(name, sizeof(name), "clone_%s", kinds[i].name);
        say(name, pid);
        if (pid > 0)
            waitpid((pid_t)pid, NULL, 0);
    }
    ASK("setns", SYS_setns, -1, 0);
    ASK("clone3", SYS_clone3, NULL, 0);
}

static void sockets(void)
{
    int tcp;

    say("socket_unix", socket(AF_UNIX, SOCK_STREAM, 0));
    say("socket_udp", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    say("socket_route", socket(AF_NETLINK, SOCK_RAW, 0));
    say("socket_raw", socket(AF_INET, SOCK_RAW, 1));
    say("socket_packet", socket(AF_PACKET, SOCK_RAW, 0));
    say("socket_old_packet", socket(AF_INET, SOCK_PACKET, 0));
    say("socket_alg", socket(38, SOCK_SEQPACKET, 0));
    say("socket_vsock", socket(40, SOCK_STREAM, 0));
    say("socket_netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
    ASK("socket_high_bits", SYS_socket, 38 | 1L << 32, SOCK_SEQPACKET, 0);
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    say("socket_tcp", tcp);
    ASK("fastopen_to", SYS_sendto, -1, "", 0, MSG_FASTOPEN, 0, 0);
    ASK("fastopen_msg", SYS_sendmsg, -1, 0, MSG_FASTOPEN | MSG_NOSIGNAL);
    ASK("fastopen_many", SYS_sendmmsg, -1, 0, 1, MSG_FASTOPEN | 1L << 32);
    ASK("sendmsg", SYS_sendmsg, -1, 0, MSG_NOSIGNAL);
    say("tcp_ulp", setsockopt(tcp, 6, 31, "tls", 3));
}

static void ioctls(void)
{
    int null = open("/dev/null", O_RDWR);

    ASK("tiocsti", SYS_ioctl, null, 0x5412UL, "x");
    ASK("tiocsti_high_bits", SYS_ioctl, null, 0x5412UL | 1UL << 32, "x");
    ASK("tioclinux", SYS_ioctl, null, 0x541cUL | 7UL << 40, "x");
    ASK("tiocsetd", SYS_ioctl, null, 0x5423UL, NULL);
    ASK("tcgets", SYS_ioctl, null, 0x5401UL, NULL);
}

static void others(void)
{
    char here, there;
    struct iovec from = {&here, 1}, to = {&there, 1};
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    ASK("io_uring_setup", SYS_io_uring_setup, 0, NULL);
    ASK("userfaultfd", SYS_userfaultfd, 1);
    ASK("bpf", SYS_bpf, -1, NULL, 0);
    ASK("perf_event_open", SYS_perf_event_open, NULL, 0, -1, -1, 0);
    ASK("keyctl", SYS_keyctl, 0, -3, 0);
    ASK("add_key", SYS_add_key, NULL, NULL, NULL, 0, 0);
    ASK("request_key", SYS_request_key, NULL, NULL, NULL, 0);
    ASK("process_vm_readv", SYS_process_vm_readv, getpid(), &to, 1, &from, 1, 0);
    ASK("kcmp", SYS_kcmp, getpid(), getpid(), 0, 0, 1);
    ASK("pidfd_getfd", SYS_pidfd_getfd, pidfd, 0, 0);
    ASK("mount", SYS_mount, NULL, NULL, NULL, 0, NULL);
    ASK("umount2", SYS_umount2, NULL, 0);
    ASK("fsopen", SYS_fsopen, NULL, 0);
    ASK("open_tree", SYS_open_tree, -1, NULL, 0);
    ASK("move_mount", SYS_move_mount, -1, NULL, -1, NULL, 0);
    ASK("mount_setattr", SYS_mount_setattr, -1, NULL, 0, NULL, 0);
    ASK("pivot_root", SYS_pivot_root, NULL, NULL);
    ASK("chroot", SYS_chroot, NULL);
    ASK("name_to_handle_at", SYS_name_to_handle_at, -1, NULL, NULL, NULL, 0);
    ASK("open_by_handle_at", SYS_open_by_handle_at, -1, NULL, 0);
    ASK("quotactl", SYS_quotactl, 0, NULL, 0, NULL);
    ASK("move_pages", SYS_move_pages, 0, 0, NULL, NULL, NULL, 0);
    ASK("clock_settime", SYS_clock_settime, -1, NULL);
    ASK("settimeofday", SYS_settimeofday, NULL, NULL);
    ASK("syslog", SYS_syslog, -1, NULL, 0);
    ASK("kexec_load", SYS_kexec_load, 0, 0, NULL, -1);
    ASK("init_module", SYS_init_module, NULL, 0, NULL);
    ASK("reboot", SYS_reboot, 0, 0, 0, NULL); /* without its magic numbers */
    ASK("swapon", SYS_swapon, NULL, -1);
    ASK("acct", SYS_acct, (void *)-1L);
    ASK("mknod_char", SYS_mknodat, -1, NULL, S_IFCHR, 0);
    ASK("mknod_fifo", SYS_mknodat, -1, "x", S_IFIFO | 0600, 0);
    ASK("personality_ask", SYS_personality, 0xffffffffUL);
    ASK("personality_aslr", SYS_personality, 0x40000);
    ASK("personality_high_bits", SYS_personality, 0x40000 | 1UL << 32);
    ASK("personality_linux32", SYS_personality, 8);
    ASK("unknown", 600);
    ASK("pdeathsig", SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
    ASK("ptrace", SYS_ptrace, 0, 0, NULL, NULL);
#ifdef __x86_64__
    ASK("modify_ldt", SYS_modify_ldt, 0, NULL, 0);
    ASK("iopl", SYS_iopl, 0);
    ASK("ustat", SYS_ustat, 0, NULL);
    foreign("i386", call_i386);
    foreign("x32", call_x32);
#endif
}

static void *thread(void *data)
{
    *(int *)data = 1;
    return NULL;
}

static int works(void)
{
    char *const argv[] = {"true", NULL};
    int ran = 0, status = -1, pair[2];
    pthread_t other;
    pid_t pid;

    printf("thread %s\n",
           pthread_create(&other, NULL, thread, &ran) == 0 && pthread_join(other, NULL) == 0 && ran
               ? "ok"
               : "failed");
    printf("spawn %s\n", posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0 &&
                                 waitpid(pid, &status, 0) == pid && status == 0
                             ? "ok"
                             : "failed");
    pid = vfork();
    if (pid == 0)
        _exit(7);
    waitpid(pid, &status, 0);
    printf("vfork %s\n", WIFEXITED(status) && WEXITSTATUS(status) == 7 ? "ok" : "failed");
    printf("socketpair %s\n", socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? "ok" : "failed");
    return 0;
}

static int killed_for(const char *name)
{
    if (strcmp(name, "socket") == 0)
        socket(AF_INET, SOCK_STREAM, 0);
    else if (strcmp(name, "fork") == 0)
        syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    else if (strcmp(name, "create") == 0)
        open("/tmp/x", O_WRONLY | O_CREAT, 0600);
    else if (strcmp(name, "prlimit") == 0)
        syscall(SYS_prlimit64, 0, 7, "0123456789abcdef", NULL);
#ifdef __x86_64__
    else if (strcmp(name, "i386") == 0)
        call_i386();
    else if (strcmp(name, "x32") == 0)
        call_x32();
#endif
    else
        return 2;
    puts("survived");
    return 0;
}

static void *let_through(void *listener)
{
    struct seccomp_notif asked = {0};
    struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    if (ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0) {
        answer.id = asked.id;
        (void)ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    return NULL;
}

/* Of several filters that trap a call, the listener of the last is asked. */
static int listens(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, program};
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    char *argv[] = {"/bin/echo", "execve ok", NULL};
    pthread_t thread;

    say("listener", listener);
    fflush(stdout);
    if (listener >= 0)
        pthread_create(&thread, NULL, let_through, &listener);
    execv(argv[0], argv);
    say("execve", -1);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return strcmp(argv[1], "works") == 0     ? works()
               : strcmp(argv[1], "listens") == 0 ? listens()
                                                 : killed_for(argv[1]);
    sockets();
    ioctls();
    namespaces();
    others();
    return 0;
}
