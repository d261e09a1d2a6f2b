/* Steps of the phases landlock and filter, which restrict the payload without privilege. Runs in
 * the process that becomes the payload; also part of the init's image, which has no libc. */
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
    return nse_did(walk, "landlock_create_ruleset", fd < 0 ? fd : 0);
}

/* {path, rights for a directory, rights for another file, 1: it may be missing}. Directory rights
 * are refused for files. Symlinks are not followed: one planted in an untrusted tree would decide
 * what the payload may reach. */
int nse_step_landlock_path(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct open_how how = {.flags = O_PATH, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = nse_openat2(AT_FDCWD, nse_walk_text(walk, step, 0), &how), rc;
    struct statx status;

    if (step->integers[2] && (fd == -ENOENT || fd == -ENOTDIR))
        return 0; /* what does not exist needs no rule */
    if (fd < 0)
        return nse_did(walk, "openat2", fd);
    rc = nse_did(walk, "statx", nse_statx(fd, "", AT_EMPTY_PATH, &status));
    if (rc == 0) {
        int is_directory = (status.stx_mode & S_IFMT) == S_IFDIR;
        uint64_t rights = (uint64_t)step->integers[is_directory ? 0 : 1];

        /* All rights were for directories; the kernel refuses a rule without rights (ENOMSG). */
        if (rights)
            rc = nse_did(walk, "landlock_add_rule",
                         nse_landlock_allow_path(walk->last->ruleset, fd, rights));
    }
    nse_close(fd);
    return rc;
}

int nse_step_landlock_port(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_did(walk, "landlock_add_rule",
                   nse_landlock_allow_port(walk->last->ruleset, (uint64_t)step->integers[0],
                                           (uint64_t)step->integers[1]));
}

int nse_step_landlock_restrict(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_landlock_restrict(walk->last->ruleset, (uint32_t)step->integers[0]);

    nse_close(walk->last->ruleset);
    walk->last->ruleset = -1;
    return nse_did(walk, "landlock_restrict_self", rc);
}

/* --- filters ------------------------------------------------------------------------------------ */

/* The thread that installs a filter with a listener cannot send the listener anywhere: the filter
 * may trap that very call. So a helper thread without the filter waits for the listener's number
 * and sends it to the supervisor. It then sets the limits that would have left no room for helper
 * or listener. If the filter traps execve(2), it also answers ours, the only call that we still
 * make. Nobody has to reap it: execve(2) ends all other threads. */

/* The first notification is our exec. Once the listener is closed, the kernel fails all later calls
 * with ENOSYS. */
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
    rc = set_kept_limits(helper->kept); /* after the last call that needs a new descriptor */
    __atomic_store_n(&helper->handed, rc < 0 ? rc : 1, __ATOMIC_RELEASE);
    if (rc == 0 && helper->flags & NSE_FILTER_ASKS_EXEC)
        answer_exec(listener);
    nse_exit_thread();
}

/* Spins for a few microseconds, since the filter may trap any system call. Without waiting, the
 * exec could end the helper before it has run. 0 or -errno. */
static int wait_handed(const struct nse_helper *helper)
{
    int handed;

    while ((handed = __atomic_load_n(&helper->handed, __ATOMIC_ACQUIRE)) == 0)
        ;
    return handed < 0 ? handed : 0;
}

/* Must precede the filter, which may forbid the search. A missing command is a failed exec, not a
 * failed step. */
static void find_command(struct nse_walk *walk)
{
    struct nse_last *last = walk->last;
    const char *name = last->command->argv[0];
    int rc = 0;

    if (!strchr(name, '/')) /* a path is executed as it is */
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

    if (walk->last->status < 0) /* no init, so there is no socket to send it through */
        return nse_did(walk, "seccomp", -EOPNOTSUPP);
    if (step->integers[0] & NSE_FILTER_ASKS_EXEC)
        find_command(walk);
    helper->listener = -1;
    helper->handed = 0;
    helper->flags = (int)step->integers[0];
    helper->status = walk->last->status;
    helper->kept = walk->last->kept;
    rc = nse_vmclone(&how, helper->stack, sizeof(helper->stack), help, helper, NULL);
    if (rc < 0)
        return nse_did(walk, "clone3", rc);
    rc = nse_seccomp_filter(program, step->size, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if (rc == -EINVAL)
        rc = nse_seccomp_filter(program, step->size, flags);
    __atomic_store_n(&helper->listener, rc < 0 ? -2 : rc, __ATOMIC_RELEASE);
    if (rc < 0)
        return nse_did(walk, "seccomp", rc);
    return nse_did(walk, "prlimit64", wait_handed(helper));
}

int nse_step_filter(struct nse_walk *walk, const struct nse_step *step)
{
    if (walk->trace)
        nse_tell_step(walk, step, nse_monotonic());
    /* The filter may forbid or trap the clock and the pipe. Only walk->late remains for reports. */
    walk->trace = 0;
    walk->report = -1;
    if (step->integers[0])
        return listening_filter(walk, step);
    return nse_did(walk, "seccomp",
                   nse_seccomp_filter(nse_walk_text(walk, step, 0), step->size, 0));
}
