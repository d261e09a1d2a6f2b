/* A careless caller: starts a command with all that a sandbox may inherit by mistake. Run on the
 * host by specs and benchmarks: dirty [-c] DIRECTORY UID COMMAND... (-c: SIGCHLD is not ignored,
 * since some sandboxes cannot bear that.)
 *
 * The command's process has secrets in its environment; descriptors of the host's root, of the
 * caller's namespaces and of a secret file; a controlling terminal; groups; inheritable
 * capabilities; a keyring with a secret; umask 0; ignored and blocked signals; no ASLR; other
 * limits; and a raised priority if allowed. Its working directory is DIRECTORY, with files that
 * others may read. There are a socket in it and an abstract one, a port, System V objects, a
 * message queue.
 *
 * Words "key=value" after the command tell the payload what it could find of these. Output goes to
 * descriptor 1 unchanged; standard input is the terminal. After 20 seconds the command is killed:
 * 98. All is removed at the end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *directory;
static int spare_sigchld;
static char *words[64]; /* "key=value", for the payload */
static size_t word_count;

static void must(long rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "dirty: %s: %s\n", what, strerror(errno));
    exit(99);
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    if (vasprintf(&words[word_count++], format, values) < 0)
        exit(99);
    va_end(values);
}

static void read_line(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

    text[n < 0 ? 0 : n] = 0;
    text[strcspn(text, "\n")] = 0;
    close(fd);
}

/* --- what exists on the host -------------------------------------------------------------------- */

static void make_file(char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    fchmod(fd, mode);
    close(fd);
}

static void listen_unix(const char *path, int abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t length = strlen(path);

    memcpy(address.sun_path + abstract, path, length);
    unlink(path);
    must(bind(fd, (struct sockaddr *)&address,
              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1)),
         path);
    if (!abstract)
        chmod(path, 0777);
    must(listen(fd, 8), "listen");
}

static void listen_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(bind(fd, (struct sockaddr *)&address, size), "bind");
    must(listen(fd, 8), "listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    tell("port=%d", ntohs(address.sin_port));
}

static char abstract_name[64], run_path[64], tmp_path[256], mark[256], shm_mark[64], queue[64],
    open_path[256];
static int shared_memory, messages, semaphores;

static void furnish(void)
{
    key_t key = 0x4e534500 + getpid();

    snprintf(abstract_name, sizeof(abstract_name), "nsengine-dirty-%d", getpid());
    snprintf(run_path, sizeof(run_path), "/run/nsengine-dirty-%d", getpid());
    snprintf(tmp_path, sizeof(tmp_path), "%s/socket", directory);
    snprintf(mark, sizeof(mark), "%s/mark", directory);
    snprintf(open_path, sizeof(open_path), "%s/open", directory);
    snprintf(shm_mark, sizeof(shm_mark), "/dev/shm/nsengine-dirty-%d", getpid());
    snprintf(queue, sizeof(queue), "/nsengine-dirty-%d", getpid());
    make_file(mark, "dirty-secret\n", 0666);
    make_file(shm_mark, "dirty-secret\n", 0666);
    mkdir(open_path, 0777);
    chmod(open_path, 0777);
    listen_unix(abstract_name, 1);
    listen_unix(tmp_path, 0);
    if (getuid() == 0)
        listen_unix(run_path, 0);
    listen_port();
    must(shared_memory = shmget(key, 4096, IPC_CREAT | 0666), "shmget");
    must(messages = msgget(key, IPC_CREAT | 0666), "msgget");
    must(semaphores = semget(key, 1, IPC_CREAT | 0666), "semget");
    must(mq_open(queue, O_RDWR | O_CREAT | O_CLOEXEC, 0666, NULL), "mq_open");
    tell("ipc_key=%d", key);
    tell("mqueue=%s", queue);
    tell("abstract=%s", abstract_name);
    tell("run_socket=%s", run_path);
    tell("tmp_socket=%s", tmp_path);
    tell("tmp=%s", mark);
    tell("shm_file=%s", shm_mark);
    tell("open=%s", open_path);
}

static void clear(void)
{
    shmctl(shared_memory, IPC_RMID, NULL);
    msgctl(messages, IPC_RMID, NULL);
    semctl(semaphores, 0, IPC_RMID);
    mq_unlink(queue);
    unlink(run_path);
    unlink(tmp_path);
    unlink(mark);
    unlink(shm_mark);
    rmdir(open_path);
}

static void tell_facts(void)
{
    static const char *const kinds[] = {"user", "mnt", "pid",    "net",
                                        "uts",  "ipc", "cgroup", "time"};
    struct utsname name;
    char text[128], path[64];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
        n = readlink(path, text, sizeof(text) - 1);
        text[n < 0 ? 0 : n] = 0;
        tell("ns_%s=%s", kinds[i], text);
    }
    read_line("/proc/sys/kernel/random/boot_id", text, sizeof(text));
    tell("boot_id=%s", text);
    read_line("/etc/machine-id", text, sizeof(text));
    tell("machine_id=%s", text);
    uname(&name);
    tell("hostname=%s", name.nodename);
    tell("domainname=%s", name.domainname);
    tell("pid=%d", getpid());
    tell("cwd=%s", directory);
}

/* --- what the command inherits ------------------------------------------------------------------ */

static void open_descriptors(void)
{
    static const char *const paths[] = {"/",
                                        "/etc",
                                        "/proc",
                                        "/proc/self/ns/mnt",
                                        "/proc/self/ns/user",
                                        "/proc/self/ns/net",
                                        "/sys/fs/cgroup",
                                        "/dev/null"};
    int pair[2];

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        dup2(open(paths[i], O_RDONLY | O_CLOEXEC), 30 + (int)i);
    dup2(open("/", O_PATH | O_CLOEXEC), 200);
    dup2(open(mark, O_RDWR | O_CLOEXEC), 201);
    dup2(open("/etc/shadow", O_RDONLY | O_CLOEXEC), 202);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    syscall(SYS_pidfd_open, getppid(), 0);
}

static void fill_keyrings(void)
{
    long keyring = syscall(SYS_keyctl, 1 /* JOIN_SESSION_KEYRING */, "nsengine-dirty");
    long session = syscall(SYS_add_key, "user", "nsengine-dirty", "dirty-secret", 12, -3);
    long user = syscall(SYS_add_key, "user", "nsengine-dirty", "dirty-secret", 12, -4);

    syscall(SYS_keyctl, 15 /* SET_TIMEOUT */, user, 60);
    tell("session_keyring=%ld", keyring);
    tell("session_key=%ld", session);
    tell("user_key=%ld", user);
}

static void inherit_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];

    if (syscall(SYS_capget, &header, sets) < 0)
        return;
    for (int i = 0; i < 2; i++)
        sets[i].inheritable = sets[i].permitted;
    syscall(SYS_capset, &header, sets);
}

static void become(uid_t uid)
{
    static const gid_t extra[] = {4, 6, 42, 60};

    if (getuid() == 0)
        must(setgroups(4, extra), "setgroups");
    if (uid == getuid())
        return;
    prctl(PR_SET_KEEPCAPS, 1);
    must(setresgid(uid, uid, uid), "setresgid");
    must(setresuid(uid, uid, uid), "setresuid");
    prctl(PR_SET_DUMPABLE, 1); /* otherwise root owns /proc/self */
}

static void spoil_signals(void)
{
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGUSR1, SIGCHLD, SIGTSTP, 40};
    sigset_t blocked;

    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        if (ignored[i] != SIGCHLD || !spare_sigchld)
            signal(ignored[i], SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGWINCH);
    sigaddset(&blocked, 41);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

static void spoil_process(void)
{
    struct itimerval alarm = {.it_value = {3000, 0}};
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 777 ? files.rlim_max : 777;
    setrlimit(RLIMIT_NOFILE, &files);
    tell("nofile=%ld", (long)files.rlim_cur);
    setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    setpriority(PRIO_PROCESS, 0, -3);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "-300", 4) < 0)
        errno = 0; /* an ordinary user may not lower it */
    close(fd);
    setitimer(ITIMER_REAL, &alarm, NULL);
    umask(0);
    personality(ADDR_NO_RANDOMIZE);
}

static void take_terminal(int fd)
{
    struct stat st;

    must(setsid(), "setsid");
    must(ioctl(fd, TIOCSCTTY, 0), "TIOCSCTTY");
    must(dup2(fd, 0), "dup2");
    fstat(fd, &st);
    tell("tty=%ld", (long)st.st_rdev);
    tell("sid=%d", getpid());
}

static _Noreturn void start(char **command, uid_t uid, int terminal)
{
    static const char *const secrets[] = {"DIRTY_SECRET=dirty-secret",
                                          "AWS_SECRET_ACCESS_KEY=dirty-secret",
                                          "LUA_INIT=error 'dirty-secret'", "PS1=dirty-secret"};
    char *line[512];
    size_t count = 0;

    take_terminal(terminal);
    spoil_process();
    open_descriptors();
    become(uid);
    inherit_capabilities();
    fill_keyrings();
    spoil_signals();
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        putenv((char *)secrets[i]);
    must(chdir(directory), directory);
    for (; *command && count < 400; command++)
        line[count++] = *command;
    for (size_t i = 0; i < word_count; i++)
        line[count++] = words[i];
    line[count] = NULL;
    execvp(line[0], line);
    must(-1, line[0]);
    exit(99);
}

/* Reads the terminal to its end: its writers would block otherwise. */
static int attend(int master, pid_t pid)
{
    char text[4096];
    int status, flags = fcntl(master, F_GETFL);

    fcntl(master, F_SETFL, flags | O_NONBLOCK);
    for (int i = 0; i < 2000; i++) {
        while (read(master, text, sizeof(text)) > 0)
            ;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        usleep(10000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return 98;
}

int main(int argc, char **argv)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal, status;
    pid_t pid;

    if (argc > 1 && strcmp(argv[1], "-c") == 0) {
        spare_sigchld = 1;
        argc--;
        argv++;
    }
    if (argc < 4)
        return 2;
    directory = argv[1];
    must(master, "posix_openpt");
    must(grantpt(master) | unlockpt(master), "grantpt");
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(terminal, "the terminal");
    furnish();
    tell_facts();
    pid = fork();
    must(pid, "fork");
    if (pid == 0)
        start(argv + 3, (uid_t)atoi(argv[2]), terminal);
    status = attend(master, pid);
    clear();
    return status;
}
