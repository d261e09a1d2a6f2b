/* Ends a running sandbox, and tells how it ended. Runs in the caller's process. */
#include "spawned.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "call.h"
#include "fd.h"
#include "init.h"
#include "process.h"

#define PATIENCE 1000 /* milliseconds for an init to kill the others */

/* Where pidfd_send_signal(2) is hidden (by a filter, or valgrind), kill(2) will do: the pid of an
 * unreaped child is not reused. */
static int send(const struct nse_spawned *spawned, int signal)
{
    int rc = nse_pidfd_send_signal(spawned->pidfd, signal);

    return rc == -ENOSYS ? nse_kill(spawned->pid, signal) : rc;
}

/* Tells an init to kill all, even if a fork of ours holds the control pipe open. */
static void tell_init(struct nse_spawned *spawned)
{
    siginfo_t info;

    /* Nobody else sends this one: process:kill(64) has another si_code, and is for the payload. */
    memset(&info, 0, sizeof(info));
    info.si_signo = NSE_INIT_FINISH;
    info.si_code = SI_QUEUE;
    nse_call(SYS_pidfd_send_signal, spawned->pidfd, NSE_INIT_FINISH, &info, 0);
    nse_close_end(&spawned->control);
    (void)send(spawned, SIGCONT); /* if it was stopped, it reads that first */
}

int nse_spawned_signal(struct nse_spawned *spawned, int signal)
{
    if (signal == SIGSTOP && spawned->status >= 0)
        return -EINVAL;
    if (signal != SIGKILL || !spawned->family)
        return send(spawned, signal);
    tell_init(spawned);
    return 0;
}

int nse_spawned_allow(const struct nse_spawned *spawned, int64_t nanoseconds)
{
    struct pollfd room = {.fd = spawned->control, .events = POLLOUT};
    nse_init_order order = nanoseconds;
    long n;

    if (spawned->status < 0)
        return 0; /* no init enforces it */
    if (spawned->control < 0)
        return -ESRCH; /* it was told to end */
    /* A stopped init does not read. */
    n = nse_poll(&room, 1, 0);
    if (n > 0)
        n = nse_write_quietly(spawned->control, &order, sizeof(order));
    return n < 0 ? (int)n : n == 0 ? -EAGAIN : 0;
}

int nse_spawned_force(const struct nse_spawned *spawned)
{
    return send(spawned, SIGKILL);
}

int nse_spawned_finish(struct nse_spawned *spawned)
{
    if (spawned->status < 0)
        return send(spawned, SIGKILL);
    tell_init(spawned);
    return 0;
}

int nse_spawned_kill(struct nse_spawned *spawned)
{
    struct pollfd ended = {.fd = spawned->pidfd, .events = POLLIN};
    int rc = nse_spawned_signal(spawned, SIGKILL);

    nse_close_end(&spawned->control); /* an init that no signal reached ends at EOF */
    if (!spawned->family || rc < 0)
        return rc;
    /* The init does not react while a step of its payload hangs; that has no children yet and dies
     * with it. Nor does it while the payload stops it again and again. */
    do
        rc = nse_poll(&ended, 1, PATIENCE);
    while (rc == -EINTR);
    return rc > 0 ? 0 : send(spawned, SIGKILL);
}

void nse_spawned_close(struct nse_spawned *spawned)
{
    nse_close_end(&spawned->pidfd);
    nse_close_end(&spawned->control);
    nse_close_end(&spawned->status);
    nse_close_end(&spawned->listener);
}

static int64_t nanoseconds(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000000000 + (int64_t)time->tv_usec * 1000;
}

/* a - b, or 0: the kernel splits CPU time into user and system anew at each query. */
static int64_t less(int64_t a, int64_t b)
{
    return a > b ? a - b : 0;
}

/* Reads the init's status: 1, or 0 if it did not get so far. */
static int read_status(const struct nse_spawned *spawned, struct nse_init_status *ret_status)
{
    struct pollfd entry = {.fd = spawned->status, .events = POLLIN};

    return spawned->status >= 0 && nse_poll(&entry, 1, 0) > 0 &&
           nse_read(spawned->status, ret_status, sizeof(*ret_status)) == (long)sizeof(*ret_status);
}

static void note_payload(const struct nse_init_status *told, struct nse_end *end)
{
    end->code = end->signal = 0;
    if (WIFEXITED(told->status))
        end->code = WEXITSTATUS(told->status);
    else
        end->signal = WTERMSIG(told->status);
    end->memory = told->children.ru_maxrss * 1024;
    end->wall_ns = told->wall_ns;
    end->timed_out = told->timed_out;
    end->own_ns = nanoseconds(&told->self.ru_utime) + nanoseconds(&told->self.ru_stime);
    end->waited = told->children.ru_nvcsw;
    end->preempted = told->children.ru_nivcsw;
}

/* The caller ignores SIGCHLD, so the kernel has reaped the init: only its status is known. */
static void end_as_told(const struct nse_spawned *spawned, struct nse_end *ret_end)
{
    struct nse_init_status told = {0};

    *ret_end = (struct nse_end){.signal = SIGKILL,
                                .lost = !read_status(spawned, &told),
                                .memory = -1,
                                .own_ns = -1,
                                .wall_ns = -1,
                                .waited = -1,
                                .preempted = -1};
    if (ret_end->lost)
        return;
    ret_end->user_ns = nanoseconds(&told.children.ru_utime);
    ret_end->system_ns = nanoseconds(&told.children.ru_stime);
    note_payload(&told, ret_end);
}

int nse_spawned_end(const struct nse_spawned *spawned, int flags, struct nse_end *ret_end)
{
    struct nse_init_status told = {0};
    struct rusage usage;
    siginfo_t info;
    long rc;

    memset(&info, 0, sizeof(info));
    rc = nse_call(SYS_waitid, NSE_P_PIDFD, spawned->pidfd, &info, WEXITED | flags, &usage);
    if (rc == -ECHILD && spawned->status >= 0) {
        end_as_told(spawned, ret_end);
        return 0;
    }
    if (rc < 0)
        return (int)rc;
    if (info.si_pid == 0)
        return -EAGAIN;
    *ret_end = (struct nse_end){
        .user_ns = nanoseconds(&usage.ru_utime),
        .system_ns = nanoseconds(&usage.ru_stime),
        .memory = -1,
        .own_ns = -1,
        .wall_ns = -1,
        .waited = spawned->status >= 0 ? -1 : usage.ru_nvcsw,
        .preempted = spawned->status >= 0 ? -1 : usage.ru_nivcsw,
    };
    if (info.si_code == CLD_EXITED)
        ret_end->code = info.si_status;
    else
        ret_end->signal = info.si_status;
    if (read_status(spawned, &told)) {
        note_payload(&told, ret_end);
        /* The init's own use, set-up included, is not the payload's. */
        ret_end->user_ns = less(ret_end->user_ns, nanoseconds(&told.self.ru_utime));
        ret_end->system_ns = less(ret_end->system_ns, nanoseconds(&told.self.ru_stime));
    } else if (spawned->status >= 0 && ret_end->signal == 0) {
        /* The init ended without a status, so the kernel killed its payload. */
        ret_end->lost = 1;
        ret_end->code = 0;
        ret_end->signal = SIGKILL;
    }
    return 0;
}
