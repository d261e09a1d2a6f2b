/* The last steps and the exec. Runs without privilege in the init's child, or in the first process
 * if there is no init. Also part of the init's image, which has no libc. */
#include "payload.h"

#include <errno.h>
#include <linux/limits.h>
#include <sched.h>
#include <sys/resource.h>

#include "call.h"
#include "node.h"
#include "process.h"
#include "rlimit.h"
#include "tty.h"

/* A new session: signals from the caller's terminal or to its process group do not reach us. */
int nse_step_session(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_setsid();

    (void)step;
    /* without an init, the first process leads a session already */
    if (rc < 0 && !(rc == -EPERM && nse_call(SYS_getsid, 0) == nse_getpid()))
        return nse_did(walk, "setsid", rc);
    if (!walk->last->command->terminal)
        return 0;
    return nse_did(walk, "ioctl(TIOCSCTTY)", nse_set_ctty(0));
}

int nse_step_chdir(struct nse_walk *walk, const struct nse_step *step)
{
    char path[PATH_MAX];
    int rc = nse_did(walk, "chdir", nse_chdir(nse_walk_text(walk, step, 0)));

    if (rc < 0)
        return rc;
    rc = nse_did(walk, "getcwd", nse_getcwd(path, sizeof(path)));
    if (rc < 0)
        return rc;
    /* "(unreachable)...": a directory outside the root (CVE-2024-21626). */
    return path[0] == '/' ? 0 : nse_did(walk, "getcwd", -EXDEV);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The kernel's defaults, within the caller's hard limits: what a shell set for itself says nothing
 * about the payload. */
static int reset_limit(struct nse_walk *walk, int resource, uint64_t core)
{
    struct nse_rlimit now, limit;
    int rc = nse_did(walk, "prlimit64", nse_prlimit(0, resource, NULL, &now));

    if (rc < 0)
        return rc;
    limit.soft = limit.hard = now.hard;
    if (resource == RLIMIT_STACK)
        limit.soft = least(8U << 20, limit.hard);
    else if (resource == RLIMIT_NOFILE)
        limit.soft = least(1024, limit.hard);
    else if (resource == RLIMIT_RTPRIO || resource == RLIMIT_NICE)
        limit.soft = limit.hard = 0; /* for groups such as "audio", not for a payload */
    else if (resource == RLIMIT_CORE)
        limit.soft = limit.hard = least(core, limit.hard);
    if (limit.soft == now.soft && limit.hard == now.hard)
        return 0;
    return nse_did(walk, "prlimit64", nse_prlimit(0, resource, &limit, NULL));
}

/* Takes away an I/O priority above the default, ioprio_set(2). A lower one stays, as "nice"
 * does. */
static int reset_ioprio(struct nse_walk *walk)
{
    enum { WHO_PROCESS = 1, CLASS_SHIFT = 13, REAL_TIME = 1, BEST_EFFORT = 2, USUAL = 4 };
    long priority = nse_call(SYS_ioprio_get, WHO_PROCESS, 0);   /* -ENOSYS: no block layer */
    long class = priority >> CLASS_SHIFT, level = priority & 7; /* hints are above */

    if (priority < 0 || !(class == REAL_TIME || (class == BEST_EFFORT && level < USUAL)))
        return 0;
    return nse_did(walk, "ioprio_set", nse_call(SYS_ioprio_set, WHO_PROCESS, 0, 0));
}

static int reset_signals(struct nse_walk *walk)
{
    static const uint64_t none = 0;
    int rc = nse_did(walk, "rt_sigaction", nse_default_signals());

    return rc < 0 ? rc : nse_did(walk, "rt_sigprocmask", nse_restore_signals(&none));
}

/* Takes back what the caller may have set for itself: a personality without ASLR, a real-time
 * policy, an I/O priority, limits, ignored or blocked signals. */
int nse_step_scrub(struct nse_walk *walk, const struct nse_step *step)
{
    struct sched_param none = {0};
    int resource, policy, rc;

    rc = nse_did(walk, "personality", nse_call(SYS_personality, 0));
    if (rc < 0)
        return rc;
    policy = nse_did(walk, "sched_getscheduler", nse_call(SYS_sched_getscheduler, 0));
    if (policy < 0)
        return policy;
    policy &= ~SCHED_RESET_ON_FORK;
    if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE) {
        rc = nse_did(walk, "sched_setscheduler",
                     nse_call(SYS_sched_setscheduler, 0, SCHED_OTHER, &none));
        if (rc < 0)
            return rc;
    }
    rc = reset_ioprio(walk);
    if (rc < 0)
        return rc;
    for (resource = 0; resource < RLIM_NLIMITS; resource++) {
        rc = reset_limit(walk, resource, (uint64_t)step->integers[0]);
        if (rc < 0)
            return rc;
    }
    return reset_signals(walk);
}

/* Whether a filter of the block has a listener, which takes a descriptor and a helper thread. */
static int has_listener(const struct nse_block *block)
{
    uint32_t i;

    for (i = 0; i < block->count; i++)
        if (block->steps[i].kind == NSE_STEP_filter && block->steps[i].integers[0])
            return 1;
    return 0;
}

/* Where to keep a limit that would make the filter step fail; NULL: set it now. */
static struct nse_kept *keep(struct nse_walk *walk, int resource)
{
    if ((resource != RLIMIT_NOFILE && resource != RLIMIT_NPROC) || !has_listener(walk->block))
        return NULL;
    return &walk->last->kept[resource == RLIMIT_NPROC];
}

/* Never above the caller's hard limit: a recipe's limit is an upper bound. */
int nse_step_rlimit(struct nse_walk *walk, const struct nse_step *step)
{
    int resource = (int)step->integers[0];
    struct nse_rlimit now, limit = {(uint64_t)step->integers[1], (uint64_t)step->integers[2]};
    struct nse_kept *kept = keep(walk, resource);
    int rc = nse_did(walk, "prlimit64", nse_prlimit(0, resource, NULL, &now));

    if (rc < 0)
        return rc;
    if (kept && kept->resource)
        now = kept->limit;
    limit.hard = least(limit.hard, now.hard);
    limit.soft = least(limit.soft, limit.hard);
    if (kept) {
        *kept = (struct nse_kept){resource, limit};
        return 0;
    }
    return nse_did(walk, "prlimit64", nse_prlimit(0, resource, &limit, NULL));
}

int nse_step_nice(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_did(walk, "setpriority", nse_setpriority(0, (int)step->integers[0]));
}

int nse_step_umask(struct nse_walk *walk, const struct nse_step *step)
{
    (void)walk;
    nse_umask((mode_t)step->integers[0]);
    return 0;
}

/* --- the exec ----------------------------------------------------------------------------------- */

static const nse_step_function functions[NSE_STEP_COUNT] = {
#define NSE_PAYLOAD_STEP(name, phase, shape, calls) [NSE_STEP_##name] = nse_step_##name,
#include "steps.def"
};

_Noreturn void nse_become_payload(struct nse_walk *walk, struct nse_last *last)
{
    const struct nse_payload *command = last->command;
    int rc;

    walk->last = last;
    nse_walk_steps(walk, functions);
    walk->late->kind = NSE_REPORT_EXEC;
    if (last->found[0])
        rc = nse_execve(last->found, command->argv, command->envp);
    else
        rc = nse_exec_search(command->search, command->argv, command->envp);
    nse_give_up_exec(walk, rc);
}
