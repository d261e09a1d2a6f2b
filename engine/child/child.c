/* The first process of a sandbox, from clone to exec: walks the set-up steps, then becomes the init
 * or the payload. It may share the caller's memory, so it writes only to its own stack. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "call.h"
#include "cgroup.h"
#include "fd.h"
#include "node.h"
#include "ns.h"
#include "proc.h"
#include "process.h"
#include "setup.h"

/* --- the supervisor's death --------------------------------------------------------------------- */

/* The signal covers a parent that dies after this call. One that died before has closed its end of
 * the control pipe. */
void nse_rearm(const struct nse_walk *walk)
{
    struct pollfd entry = {.fd = walk->setup->control, .events = POLLIN};
    int rc = nse_prctl(PR_SET_PDEATHSIG, SIGKILL);

    if (rc < 0)
        nse_give_up(walk, -1, "prctl(PR_SET_PDEATHSIG)", rc);
    rc = nse_poll(&entry, 1, 0);
    if (rc < 0)
        nse_give_up(walk, -1, "poll", rc);
    if (entry.revents & (POLLHUP | POLLERR | POLLNVAL))
        nse_exit(125);
}

/* Reports `kind` and waits for the supervisor's answer. */
static void ask(const struct nse_walk *walk, enum nse_report_kind kind)
{
    char word;
    long n;

    nse_tell(walk, kind);
    do
        n = nse_read(walk->setup->control, &word, 1);
    while (n == -EINTR);
    if (n < 0)
        nse_give_up(walk, -1, "read", n);
    if (n == 0)
        nse_exit(125); /* the supervisor died or gave up: nobody to tell */
}

/* --- the user namespace ------------------------------------------------------------------------- */

static void write_own(const struct nse_walk *walk, const char *name, const char *text)
{
    int rc = nse_proc_write(0, name, text);

    if (rc < 0)
        nse_give_up(walk, -1, name, rc);
}

static void take_maps(const struct nse_walk *walk)
{
    const struct nse_launch *launch = walk->setup->launch;

    if (launch->maps_by == NSE_MAPS_CHILD) {
        /* An unprivileged process must give up setgroups(2) before it may write gid_map: dropping a
         * group could gain access that the group denies. user_namespaces(7). */
        write_own(walk, "setgroups", "deny");
        write_own(walk, "gid_map", launch->gid_map);
        write_own(walk, "uid_map", launch->uid_map);
    } else if (launch->maps_by == NSE_MAPS_SUPERVISOR) {
        ask(walk, NSE_REPORT_MAPS);
    }
}

/* --- control groups ----------------------------------------------------------------------------- */

/* Joins the control groups, before any step of the plan. The supervisor could do it for cgroup v1,
 * but moving another process waits for a grace period of all CPUs (cgroup_threadgroup_rwsem). A
 * single thread that moves itself does not wait (Linux 5.6). */
static void enter_groups(const struct nse_walk *walk)
{
    const struct nse_launch *launch = walk->setup->launch;
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < launch->join_count; i++)
        rc = nse_cgroup_join(launch->joins[i]);
    if (rc < 0)
        nse_give_up(walk, -1, NSE_CALL_JOIN, rc);
    if (launch->unshare_cgroup)
        rc = nse_unshare(CLONE_NEWCGROUP);
    if (rc < 0)
        nse_give_up(walk, -1, "unshare(CLONE_NEWCGROUP)", rc);
}

/* --- descriptors -------------------------------------------------------------------------------- */

/* Copies a descriptor to `at_least` or above, out of the way of the payload's numbers. */
static int lift(struct nse_walk *walk, int fd, int at_least)
{
    return nse_did(walk, "fcntl(F_DUPFD_CLOEXEC)", nse_dup(fd, at_least));
}

static int put(struct nse_walk *walk, int fd, int number, int flags)
{
    int rc = nse_did(walk, "dup3", nse_dup_to(fd, number, flags));

    return rc < 0 ? rc : 0;
}

static int close_number(struct nse_walk *walk, int fd)
{
    int rc = nse_close(fd);

    return rc == -EBADF ? 0 : nse_did(walk, "close", rc);
}

/* Must run before anything is opened here. Another thread of the caller may have closed a source
 * since the supervisor's check, and the next descriptor, a mount or the host's procfs, would get
 * its number. Since the clone the table is our own. */
static void check_sources(struct nse_walk *walk)
{
    const struct nse_launch *launch = walk->setup->launch;
    size_t i;

    for (i = 0; i < launch->fd_count; i++) {
        int rc = nse_check_fd(launch->fds[i].source);

        if (rc < 0)
            nse_give_up(walk, -1, "fcntl(F_GETFD)", rc);
    }
}

/* Closes every descriptor below `end` that is not the payload's. */
static int close_gaps(struct nse_walk *walk, const struct nse_launch *launch, int end)
{
    unsigned char wanted[NSE_LAUNCH_FD_MAX / 8] = {0};
    size_t i;
    int fd, rc;

    for (i = 0; i < launch->fd_count; i++)
        wanted[launch->fds[i].number / 8] |= (unsigned char)(1 << launch->fds[i].number % 8);
    for (fd = 0; fd < end; fd++) {
        rc = wanted[fd / 8] & 1 << fd % 8 ? 0 : close_number(walk, fd);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Puts the payload's descriptors at their numbers, and ours right above: control, report, status,
 * the supervisor's pidfd, the init's image. All others are closed, so nothing of the caller's leaks
 * (CVE-2024-21626). */
int nse_step_stdio(struct nse_walk *walk, const struct nse_step *step)
{
    struct nse_setup *setup = walk->setup;
    const struct nse_launch *launch = setup->launch;
    int own[] = {setup->control, walk->report, setup->status, launch->supervisor,
                 launch->init_image};
    const int count = sizeof(own) / sizeof(own[0]);
    int base = launch->base, above = base + count;
    /* The init keeps its own across its exec, and marks them close-on-exec itself. */
    int flags = launch->init_image >= 0 ? 0 : O_CLOEXEC;
    int lifted[NSE_LAUNCH_FD_MAX];
    size_t i;
    int n, rc;

    (void)step;
    for (n = 0; n < count; n++)
        if (own[n] >= 0 && (own[n] = lift(walk, own[n], above)) < 0)
            return own[n];
    setup->control = own[0];
    walk->report = own[1];
    for (i = 0; i < launch->fd_count; i++) {
        lifted[i] = lift(walk, launch->fds[i].source, above);
        if (lifted[i] < 0)
            return lifted[i];
    }
    for (i = 0; i < launch->fd_count; i++) {
        rc = put(walk, lifted[i], launch->fds[i].number, 0);
        if (rc < 0)
            return rc;
    }
    for (n = 0; n < count; n++) {
        if (own[n] >= 0)
            rc = put(walk, own[n], base + n, n == count - 1 ? O_CLOEXEC : flags);
        else
            rc = close_number(walk, base + n);
        if (rc < 0)
            return rc;
    }
    setup->control = base;
    walk->report = base + 1;
    setup->status = base + 2;
    rc = nse_did(walk, "close_range", nse_close_range((unsigned int)above, ~0U, 0));
    return rc < 0 ? rc : close_gaps(walk, launch, base);
}

/* --- the way in --------------------------------------------------------------------------------- */

/* Lets the supervisor inspect the file tree as /proc/PID/root, before a payload can change it. */
int nse_step_hold(struct nse_walk *walk, const struct nse_step *step)
{
    (void)step;
    ask(walk, NSE_REPORT_HOLD);
    return 0;
}

/* The recipe's setup function is Lua, so it runs only in a child with its own copy of memory. */
int nse_step_setup(struct nse_walk *walk, const struct nse_step *step)
{
    const struct nse_launch *launch = walk->setup->launch;

    (void)step;
    if (!launch->hook)
        return nse_did(walk, "setup", -ENOSYS);
    return nse_did(walk, "setup", launch->hook(launch->hook_data));
}

static const nse_step_function functions[NSE_STEP_COUNT] = {
#define NSE_STEP(name, phase, shape, calls) [NSE_STEP_##name] = nse_step_##name,
#include "steps.def"
};

/* The init is a separate program, so no process that stays shares the caller's memory or has its
 * program as /proc/PID/exe (CVE-2019-5736). pid 1 holds only its pipes and the supervisor's pidfd.
 * Its image is base+4. */
static _Noreturn void become_init(const struct nse_walk *walk)
{
    const struct nse_launch *launch = walk->setup->launch;
    int image = walk->setup->control + 4;
    long rc =
        nse_call(SYS_execveat, image, "", launch->init_argv, launch->command.envp, AT_EMPTY_PATH);

    if (rc == -E2BIG) /* the payload's words, which it would be told the same about */
        nse_give_up_exec(walk, rc);
    nse_give_up(walk, -1, "execveat", rc);
}

_Noreturn void nse_child_main(const struct nse_launch *launch)
{
    struct nse_setup setup = {
        .launch = launch,
        .control = launch->control[0],
        .status = launch->status[1],
        .root = -1,
        .proc = -1,
        .scratch = -1,
        .procfs = -1,
    };
    struct nse_walk walk = {
        .block = launch->setup,
        .report = launch->report[1],
        .trace = launch->trace,
        .setup = &setup,
        .late = launch->late,
    };
    struct nse_last last = {.command = &launch->command, .status = -1, .ruleset = -1};
    int rc;

    /* While we hold our copy of the supervisor's end, the control pipe cannot reach EOF. */
    nse_close(launch->control[1]);
    nse_rearm(&walk);
    nse_close(launch->report[0]);
    if (launch->status[0] >= 0)
        nse_close(launch->status[0]);
    check_sources(&walk);
    /* If the caller ignores SIGCHLD, so do we, and later the init. The kernel would then reap the
     * payload, and its end would be lost. */
    rc = nse_default_signal(SIGCHLD);
    if (rc < 0)
        nse_give_up(&walk, -1, "rt_sigaction", rc);
    enter_groups(&walk);
    nse_umask(0); /* modes are exactly what the plan says */
    nse_setsid();
    take_maps(&walk);
    if (launch->inner_uid_map) {
        setup.proc = nse_proc_open(0, ".", O_PATH | O_DIRECTORY); /* gone after pivot_root(2) */
        if (setup.proc < 0)
            nse_give_up(&walk, -1, "open /proc/self", setup.proc);
    }
    nse_rearm(&walk);
    if (launch->unshare_time) {
        rc = nse_unshare(CLONE_NEWTIME);
        if (rc < 0)
            nse_give_up(&walk, -1, "unshare(CLONE_NEWTIME)", rc);
    }
    nse_walk_steps(&walk, functions);
    if (launch->init_image >= 0)
        become_init(&walk);
    walk.block = launch->payload;
    walk.setup = NULL;
    nse_become_payload(&walk, &last);
}
