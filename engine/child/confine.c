/* Steps of the phases landlock and filter: what the payload takes from itself, without any privilege.
 * Runs in the process that becomes the payload; also part of the init's image, which has no libc. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "call.h"
#include "clock.h"
#include "fd.h"
#include "filter.h"
#include "landlock.h"
#include "node.h"
#include "payload.h"
#include "process.h"
#include "vmclone.h"

/* --- landlock ----------------------------------------------------------------------------------- */

int nse_step_landlock(struct nse_walk *walk, const struct nse_step *step)
{
    int fd = nse_landlock_create((uint64_t)step->integers[0], (uint64_t)step->integers[1],
                                 (uint64_t)step->integers[2]);

    walk->last->ruleset = fd;
    return (int)nse_did(walk, "landlock_create_ruleset", fd < 0 ? fd : 0);
}

/* {path, rights of a directory, rights of another file, 1: it may be missing}. Rights of directories are
 * refused for files. Links are not followed: one in a tree that a stranger wrote to would say what he
 * may reach. */
int nse_step_landlock_path(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                                        .resolve = RESOLVE_NO_SYMLINKS};
    int fd = nse_openat2(AT_FDCWD, nse_walk_text(walk, step, 0), &how), rc;
    struct statx status;

    if (step->integers[2] && (fd == -ENOENT || fd == -ENOTDIR))
        return 0; /* what is not there needs no rule */
    if (fd < 0)
        return (int)nse_did(walk, "openat2", fd);
    rc = (int)nse_did(walk, "statx", nse_statx(fd, "", AT_EMPTY_PATH, &status));
    if (rc == 0) {
        int is_directory = (status.stx_mode & S_IFMT) == S_IFDIR;
        uint64_t rights = (uint64_t)step->integers[is_directory ? 0 : 1];

        /* The kernel refuses a rule without rights, ENOMSG: all of them were a directory's. */
        if (rights)
            rc = (int)nse_did(walk, "landlock_add_rule",
                              nse_landlock_allow_path(walk->last->ruleset, fd, rights));
    }
    nse_close(fd);
    return rc;
}

int nse_step_landlock_port(struct nse_walk *walk, const struct nse_step *step)
{
    return (int)nse_did(walk, "landlock_add_rule",
                        nse_landlock_allow_port(walk->last->ruleset, (uint64_t)step->integers[0],
                                                (uint64_t)step->integers[1]));
}

int nse_step_landlock_restrict(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_landlock_restrict(walk->last->ruleset, (uint32_t)step->integers[0]);

    nse_close(walk->last->ruleset);
    walk->last->ruleset = -1;
    return (int)nse_did(walk, "landlock_restrict_self", rc);
}

/* --- filters ------------------------------------------------------------------------------------ */

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1U << 5) /* 5.19 */
#endif

/* Who installs a filter with a listener cannot send it anywhere, for the filter may ask about that very
 * call. So a helper, a thread of ours which has no filter, waits for the number of the listener, and
 * hands it over; sets the limits that it, or the listener, would have been too much for; and where the
 * filter asks about execve(2), it answers ours, the only call that we still make. With that it is gone:
 * execve(2) ends the other threads, and nobody has to reap one. */

/* The first notification is our exec. When the listener is closed, the kernel answers all later ones
 * itself, with ENOSYS. */
static void answer_exec(int listener)
{
    struct seccomp_notif asked = {0};
    struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    long rc;

    do
        rc = nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, &asked);
    while (rc == -EINTR);
    answer.id = asked.id;
    if (rc == 0 && (asked.data.nr == SYS_execve || asked.data.nr == SYS_execveat))
        nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static int set_kept_limits(const struct nse_kept *kept)
{
    int i, rc = 0;

    for (i = 0; rc == 0 && i < 2; i++)
        if (kept[i].resource)
            rc = nse_prlimit(0, kept[i].resource, &kept[i].limit, NULL);
    return rc;
}

static void help(void *data)
{
    struct nse_helper *helper = data;
    int listener, rc;

    while ((listener = __atomic_load_n(&helper->listener, __ATOMIC_ACQUIRE)) == -1)
        nse_call(SYS_sched_yield);
    if (listener < 0)
        nse_exit_thread();
    if (helper->flags & NSE_FILTER_LISTEN)
        nse_send_fd(helper->status, listener, "", 1);
    rc = set_kept_limits(helper->kept); /* after what takes descriptors */
    __atomic_store_n(&helper->handed, rc < 0 ? rc : 1, __ATOMIC_RELEASE);
    if (rc == 0 && helper->flags & NSE_FILTER_ASKS_EXEC)
        answer_exec(listener);
    nse_exit_thread();
}

/* Without a system call, for the filter may ask about any: a few microseconds. The exec would end the
 * helper before it came to its turn. 0 or -errno. */
static int wait_handed(const struct nse_helper *helper)
{
    int handed;

    while ((handed = __atomic_load_n(&helper->handed, __ATOMIC_ACQUIRE)) == 0)
        ;
    return handed < 0 ? handed : 0;
}

/* Before the filter, which may forbid looking. What is not there is no fault of the filter. */
static void find_command(struct nse_walk *walk)
{
    struct nse_last *last = walk->last;
    const char *name = last->command->argv[0];
    int rc = 0;

    if (!strchr(name, '/')) /* else executed as it is */
        rc = nse_exec_find(last->command->search, name, last->found, sizeof(last->found));
    if (rc < 0)
        nse_give_up_exec(walk, rc);
}

static int listening_filter(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct nse_clone how = {.flags = CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
                                         .cgroup = -1};
    struct nse_helper *helper = &walk->last->helper;
    const char *program = nse_walk_text(walk, step, 0);
    unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    int rc;

    if (walk->last->status < 0) /* no init, and so no socket to hand it over by */
        return (int)nse_did(walk, "seccomp", -EOPNOTSUPP);
    if (step->integers[0] & NSE_FILTER_ASKS_EXEC)
        find_command(walk);
    helper->listener = -1;
    helper->handed = 0;
    helper->flags = (int)step->integers[0];
    helper->status = walk->last->status;
    helper->kept = walk->last->kept;
    rc = nse_vmclone(&how, helper->stack, sizeof(helper->stack), help, helper, NULL);
    if (rc < 0)
        return (int)nse_did(walk, "clone3", rc);
    rc = nse_seccomp_filter(program, step->size, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if (rc == -EINVAL)
        rc = nse_seccomp_filter(program, step->size, flags);
    __atomic_store_n(&helper->listener, rc < 0 ? -2 : rc, __ATOMIC_RELEASE);
    if (rc < 0)
        return (int)nse_did(walk, "seccomp", rc);
    return (int)nse_did(walk, "prlimit64", wait_handed(helper));
}

int nse_step_filter(struct nse_walk *walk, const struct nse_step *step)
{
    if (walk->trace)
        nse_tell_step(walk, step, nse_monotonic());
    /* The filter may forbid the clock and the pipe, or ask about them: the last word is left. */
    walk->trace = 0;
    walk->report = -1;
    if (step->integers[0])
        return listening_filter(walk, step);
    return (int)nse_did(walk, "seccomp",
                        nse_seccomp_filter(nse_walk_text(walk, step, 0), step->size, 0));
}
