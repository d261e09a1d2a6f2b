/* Walks the steps of a block and reports to the supervisor in records of a fixed size. Runs between
 * clone and exec, in the caller's memory: no malloc, no stdio, no errno. */
#ifndef NSE_CHILD_WALK_H
#define NSE_CHILD_WALK_H

#include "block.h"

/* What the child writes to the report pipe. Smaller than PIPE_BUF, so atomic: pipe(7). */
enum nse_report_kind {
    NSE_REPORT_MAPS = 1, /* asks for the id maps of the user namespace, and waits */
    NSE_REPORT_STEP,     /* a step was done; only when tracing */
    NSE_REPORT_FAILED,   /* the last one: `call` in `step` failed with `error` */
    NSE_REPORT_REFUSED,  /* the last one: only the exec failed */
    NSE_REPORT_HOLD,     /* the file tree is built: waits until the supervisor has inspected it */
    NSE_REPORT_FAMILY,   /* from an init that is not pid 1: it must now kill the others itself */
    NSE_REPORT_EXEC,     /* only the exec is left; if it is the last one, that succeeded */
};

struct nse_report {
    uint32_t kind;
    int32_t step;  /* index in the plan; -1: no step */
    int32_t error; /* errno, positive */
    uint32_t spare;
    int64_t nanoseconds; /* the duration of the step */
    char call[40];       /* the system call, in the kernel's words */
};

struct nse_walk;
struct nse_last;
typedef int (*nse_step_function)(struct nse_walk *walk, const struct nse_step *step);

struct nse_walk {
    const struct nse_block *block;
    int report;              /* the report pipe; -1: a filter may forbid or trap it */
    int trace;               /* report each step */
    const char *call;        /* the system call that failed last */
    struct nse_setup *setup; /* NULL in the payload */
    struct nse_last *last;   /* NULL before the payload's steps */
    /* The payload's last report, FAILED, REFUSED or EXEC, in memory that outlives us. It wakes
     * nobody: whoever waits for our exec or our end reads it then. */
    struct nse_report *late;
};

/* Returns `rc`, which no call here makes larger than an int, and notes the call if it failed. */
static inline int nse_did(struct nse_walk *walk, const char *call, long rc)
{
    if (rc < 0)
        walk->call = call;
    return (int)rc;
}

/* The n-th text of a step; NULL if it was not given. Terminated even if it has a size. */
static inline const char *nse_walk_text(const struct nse_walk *walk, const struct nse_step *step,
                                        int n)
{
    return step->texts[n] ? (const char *)walk->block + step->texts[n] : NULL;
}

void nse_tell(const struct nse_walk *walk, enum nse_report_kind kind);
/* Reports that a step is done, which began at `since` of nse_monotonic(). */
void nse_tell_step(const struct nse_walk *walk, const struct nse_step *step, long long since);
/* Reports and exits. `rc` is -errno. */
_Noreturn void nse_give_up(const struct nse_walk *walk, int step, const char *call, long rc);
/* The same when only the exec failed. */
_Noreturn void nse_give_up_exec(const struct nse_walk *walk, long rc);
/* Does all steps of the block; `functions` is indexed by kind. Exits at the first failure: nothing
 * after a failed step is ever done. */
void nse_walk_steps(struct nse_walk *walk, const nse_step_function functions[NSE_STEP_COUNT]);

#endif
