/* Processes: exec, exit, wait, signals, sessions, prctl, priority. Runs in the caller and in the
 * child; raw calls only, since some of libc's wrappers act on all threads. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

int nse_execve(const char *path, char *const argv[], char *const envp[])
{
    return (int)nse_call(SYS_execve, path, argv, envp);
}

/* Takes the next directory off the PATH *search and puts it, a slash and `name` into `path`: 1, or
 * 0 at the end. What is too long for `path` is no file. */
static int next_path(const char **search, const char *name, char *path, size_t size)
{
    size_t tail = strlen(name) + 1;

    while (*search) {
        const char *begin = *search, *end = begin;
        size_t length;

        while (*end && *end != ':')
            end++;
        length = (size_t)(end - begin);
        *search = *end ? end + 1 : NULL;
        if (length + 1 + tail > size)
            continue;
        memcpy(path, begin, length);
        if (length > 0) /* an empty entry is the working directory, as in POSIX */
            path[length++] = '/';
        memcpy(path + length, name, tail);
        return 1;
    }
    return 0;
}

int nse_exec_search(const char *search, char *const argv[], char *const envp[])
{
    char path[PATH_MAX];
    int worst = -ENOENT;

    if (strchr(argv[0], '/') || argv[0][0] == '\0')
        return nse_execve(argv[0], argv, envp);
    while (next_path(&search, argv[0], path, sizeof(path))) {
        int rc = nse_execve(path, argv, envp);

        /* EACCES for a directory that we may not search does not count. */
        if (rc == -EACCES && nse_call(SYS_faccessat, AT_FDCWD, path, F_OK) == 0)
            worst = rc;
        else if (rc != -EACCES && rc != -ENOENT && rc != -ENOTDIR && rc != -ENAMETOOLONG)
            return rc;
    }
    return worst;
}

/* Directories may be executable too. */
static int is_program(const char *path)
{
    struct statx status;

    return nse_call(SYS_faccessat, AT_FDCWD, path, X_OK) == 0 &&
           nse_call(SYS_statx, AT_FDCWD, path, 0, STATX_TYPE, &status) == 0 &&
           (status.stx_mode & S_IFMT) == S_IFREG;
}

int nse_exec_find(const char *search, const char *name, char *path, size_t size)
{
    while (next_path(&search, name, path, size))
        if (is_program(path))
            return 0;
    return -ENOENT;
}

_Noreturn void nse_exit(int code)
{
    for (;;)
        nse_call(SYS_exit_group, code);
}

_Noreturn void nse_exit_thread(void)
{
    for (;;)
        nse_call(SYS_exit, 0);
}

pid_t nse_getpid(void)
{
    return (pid_t)nse_call(SYS_getpid);
}

pid_t nse_getppid(void)
{
    return (pid_t)nse_call(SYS_getppid);
}

pid_t nse_setsid(void)
{
    return (pid_t)nse_call(SYS_setsid);
}

int nse_setpgid(pid_t pid, pid_t pgid)
{
    return (int)nse_call(SYS_setpgid, pid, pgid);
}

static int wait_for(int type, int id, int flags, struct nse_ending *ret_ending)
{
    siginfo_t info;
    long rc;

    info.si_pid = 0; /* stays 0 when WNOHANG finds nothing, waitid(2) */
    rc = nse_call(SYS_waitid, type, id, &info, WEXITED | flags, NULL);
    if (rc < 0)
        return (int)rc;
    *ret_ending = (struct nse_ending){.pid = info.si_pid};
    if (info.si_pid == 0)
        return 0;
    if (info.si_code == CLD_EXITED)
        ret_ending->code = info.si_status;
    else
        ret_ending->signal = info.si_status;
    return 0;
}

int nse_wait_pidfd(int pidfd, int flags, struct nse_ending *ret_ending)
{
    return wait_for(NSE_P_PIDFD, pidfd, flags, ret_ending);
}

int nse_wait_pid(pid_t pid, int flags, struct nse_ending *ret_ending)
{
    return wait_for(pid < 0 ? P_ALL : P_PID, pid < 0 ? 0 : pid, flags, ret_ending);
}

int nse_pidfd_open(pid_t pid, unsigned int flags)
{
    return (int)nse_call(SYS_pidfd_open, pid, flags);
}

int nse_pidfd_send_signal(int pidfd, int signal)
{
    return (int)nse_call(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int nse_kill(pid_t pid, int signal)
{
    return (int)nse_call(SYS_kill, pid, signal);
}

/* The kernel's signal set has 64 bits on every architecture here. glibc's sigfillset() leaves out
 * two signals of its own, which must be blocked around a clone as well. */
int nse_block_signals(uint64_t *ret_mask)
{
    uint64_t all = ~0ULL;

    return (int)nse_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_mask, sizeof(all));
}

int nse_restore_signals(const uint64_t *mask)
{
    return (int)nse_call(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof(*mask));
}

/* The kernel's struct sigaction; libc's differs. Some architectures lack the restorer. No matter:
 * only handlers are read, and all other fields are written as 0. */
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

void nse_reset_handlers(void)
{
    int signal;

    for (signal = 1; signal <= 64; signal++) {
        struct kernel_sigaction now = {.handler = SIG_DFL};

        nse_call(SYS_rt_sigaction, signal, NULL, &now, sizeof(now.mask));
        if (now.handler != SIG_DFL && now.handler != SIG_IGN) /* SIGKILL and SIGSTOP have none */
            nse_default_signal(signal);
    }
}

int nse_default_signal(int signal)
{
    static const struct kernel_sigaction action;

    return (int)nse_call(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

int nse_ignore_signal(int signal)
{
    static const struct kernel_sigaction action = {.handler = SIG_IGN};

    return (int)nse_call(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

int nse_default_signals(void)
{
    int signal, rc;

    for (signal = 1; signal <= 64; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP)
            continue; /* always have it, and refuse */
        rc = nse_default_signal(signal);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int nse_prctl(int option, unsigned long arg)
{
    return (int)nse_call(SYS_prctl, option, arg, 0, 0, 0);
}

int nse_set_name(const char *name)
{
    return (int)nse_call(SYS_prctl, PR_SET_NAME, name, 0, 0, 0);
}

int nse_getpriority(pid_t pid, int *ret_nice)
{
    /* The raw call answers 20 - nice, so that it is never negative. */
    long rc = nse_call(SYS_getpriority, PRIO_PROCESS, pid);

    if (rc < 0)
        return (int)rc;
    *ret_nice = (int)(20 - rc);
    return 0;
}

int nse_setpriority(pid_t pid, int nice)
{
    return (int)nse_call(SYS_setpriority, PRIO_PROCESS, pid, nice);
}

int nse_sched_getaffinity(pid_t pid, void *mask, size_t size)
{
    return (int)nse_call(SYS_sched_getaffinity, pid, size, mask);
}

int nse_sched_setaffinity(pid_t pid, const void *mask, size_t size)
{
    return (int)nse_call(SYS_sched_setaffinity, pid, size, mask);
}
