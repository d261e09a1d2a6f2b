/* What specs run inside a sandbox: a static program that says what it can see and do there.
 *
 *   probe facts DIRECTORY:... [KEYRING] [NAMESPACE...]
 *       its confinement, a line for each fact; each DIRECTORY is one that all may write to on the
 *       host; KEYRING and NAMESPACE ("net:[4026531840]") are the host's, and must not be ours
 *   probe host                  KEYRING and NAMESPACEs of the caller, as "facts" takes them
 *   probe see NAME PATH...      tries to read PATH/NAME and to write to and below each PATH; looks
 *       for NAME everywhere
 *   probe race SECONDS A B      exchanges two names again and again (on the host)
 *   probe sleep                 waits for a signal
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char out[1 << 18]; /* written at the end, whole or not at all */
static size_t used;

#define say(...) (used += (size_t)snprintf(out + used, sizeof(out) - used, __VA_ARGS__))

static const char *const kinds[] = {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time"};

static int flush(void)
{
    for (size_t done = 0; done < used;) {
        ssize_t n = write(1, out + done, used - done);

        if (n <= 0)
            return 1;
        done += (size_t)n;
    }
    return 0;
}

static char *slurp(const char *path)
{
    static char text[1 << 17];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got;

    if (fd < 0) {
        say("%s: %s\n", path, strerror(errno));
        return NULL;
    }
    while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = 0;
    close(fd);
    return text;
}

static void descriptors(void)
{
    say("descriptors");
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            say(" %d", fd);
    say("\n");
}

static void status(void)
{
    static const char *const names[] = {
        "Umask:",  "Uid:",    "Gid:",    "Groups:", "NSpid:",  "CapInh:",     "CapPrm:", "CapEff:",
        "CapBnd:", "CapAmb:", "SigBlk:", "SigIgn:", "SigCgt:", "NoNewPrivs:", "Seccomp:"};
    char *text = slurp("/proc/self/status");

    for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n"))
        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                say("%s\n", line);
}

/* Without the numbers that differ between mount namespaces. */
static void mounts(void)
{
    char *text = slurp("/proc/self/mountinfo");

    for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n")) {
        char *field = line;

        for (int i = 0; i < 3 && field; i++)
            field = strchr(field, ' ') ? strchr(field, ' ') + 1 : NULL;
        say("mount %s\n", field ? field : line);
    }
}

static void namespaces(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        char path[64], link[64];
        ssize_t n;
        int shared = 0;

        snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
        n = readlink(path, link, sizeof(link) - 1);
        link[n < 0 ? 0 : n] = 0;
        for (int k = 0; k < argc; k++)
            shared |= n > 0 && strcmp(argv[k], link) == 0;
        say("namespace %s %s\n", kinds[i], n < 0 ? strerror(errno) : shared ? "the host's" : "own");
    }
}

static long session_keyring(void)
{
    return syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* session */, 0);
}

static int facts(int argc, char **argv)
{
    struct ifreq lo = {.ifr_name = "lo"};
    char text[4096], path[4096];
    long host_keyring = argc > 1 ? strtol(argv[1], NULL, 0) : 0, keyring = session_keyring();
    int fd;

    descriptors(); /* before we open any */
    status();
    namespaces(argc - 2, argv + 2);
    say("pid %d session %s group %s\n", getpid(), getsid(0) > 0 ? "own" : "the caller's",
        getpgrp() > 0 ? "own" : "the caller's");
    say("cwd %s\n", getcwd(text, sizeof(text)) ? text : strerror(errno));
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;

        if (getrlimit(i, &limit) == 0)
            say("rlimit %d %lld %lld\n", i, (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
    say("nice %d\n", getpriority(PRIO_PROCESS, 0));
    say("oom_score_adj %s", slurp("/proc/self/oom_score_adj") ?: "\n");
    say("personality %lx\n", syscall(SYS_personality, 0xffffffff));
    say("securebits %x\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
    say("keyring %s\n", keyring < 0               ? strerror(errno)
                        : keyring == host_keyring ? "the caller's"
                                                  : "own");
    gethostname(text, sizeof(text));
    say("hostname %s\n", text);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    say("lo %s\n", ioctl(fd, SIOCGIFFLAGS, &lo) < 0 ? strerror(errno)
                   : lo.ifr_flags & IFF_UP          ? "up"
                                                    : "down");
    close(fd);
    for (char **e = environ; *e; e++)
        say("env %s\n", *e);
    mounts();
    for (char *dir = strtok(argv[0], ":"); dir; dir = strtok(NULL, ":")) {
        snprintf(path, sizeof(path), "%s/planted", dir);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        say("host directory %s: %s\n", dir, fd < 0 ? strerror(errno) : "WRITTEN");
    }
    fd = open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC);
    say("core_pattern %s\n", fd < 0 ? "closed" : "OPEN");
    return flush();
}

static int host(void)
{
    say("%ld", session_keyring());
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        char path[64], link[64];
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
        n = readlink(path, link, sizeof(link) - 1);
        if (n > 0)
            say(" %.*s", (int)n, link);
    }
    say("\n");
    return flush();
}

/* Looks for NAME anywhere below `path`. Does not enter symlinks and /proc. */
static void search(const char *path, const char *name, int depth)
{
    DIR *dir = depth < 12 ? opendir(path) : NULL;
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        char below[4096];
        struct stat st;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof(below), "%s/%s", strcmp(path, "/") ? path : "", entry->d_name);
        if (strcmp(entry->d_name, name) == 0)
            say("FOUND %s\n", below);
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
            struct statfs fs;

            if (statfs(below, &fs) == 0 && fs.f_type == 0x9fa0)
                continue;
            search(below, name, depth + 1);
        }
    }
    if (dir)
        closedir(dir);
}

static const char *kind_of(const char *path)
{
    struct stat st;
    struct statfs fs;
    static char text[64];

    if (stat(path, &st) != 0)
        return strerror(errno);
    statfs(path, &fs);
    snprintf(text, sizeof(text), "%s %lx",
             S_ISDIR(st.st_mode)   ? "directory"
             : S_ISREG(st.st_mode) ? "file"
                                   : "other",
             (unsigned long)fs.f_type);
    return text;
}

/* Says the first line of a file, if any. Does not block on a fifo. */
static void content(const char *label, const char *path)
{
    char text[200];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (n > 0) {
        text[n] = 0;
        text[strcspn(text, "\n")] = 0;
        say("%s %s: %s\n", label, path, text);
    }
    if (fd >= 0)
        close(fd);
}

static int see(int argc, char **argv)
{
    char path[4096];

    say("started\n");
    say("cwd %s\n", getcwd(path, sizeof(path)) ? path : "none");
    for (int i = 1; i < argc; i++) {
        int fd;

        say("kind %s: %s\n", argv[i], kind_of(argv[i]));
        content("content", argv[i]);
        snprintf(path, sizeof(path), "%s/marker", argv[i]);
        content("content", path);
        snprintf(path, sizeof(path), "%s/%s", argv[i], argv[0]);
        content("SECRET", path);
        snprintf(path, sizeof(path), "%s/planted", argv[i]);
        fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
        if (fd >= 0)
            close(fd);
        fd = open(argv[i], O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && write(fd, "overwritten\n", 12) == 12)
            say("written %s\n", argv[i]);
    }
    search("/", argv[0], 0);
    return flush();
}

static int race(char **argv)
{
    time_t end = time(NULL) + atoi(argv[0]);

    while (time(NULL) < end)
        for (int i = 0; i < 1000; i++)
            syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";

    if (strcmp(mode, "facts") == 0 && argc > 2)
        return facts(argc - 2, argv + 2);
    if (strcmp(mode, "host") == 0)
        return host();
    if (strcmp(mode, "see") == 0 && argc > 2)
        return see(argc - 2, argv + 2);
    if (strcmp(mode, "race") == 0 && argc == 5)
        return race(argv + 2);
    if (strcmp(mode, "sleep") == 0)
        return write(1, "up\n", 3) == 3 ? pause() : 1;
    return 2;
}
