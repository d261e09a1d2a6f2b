/* Walking the steps of a block, and telling the supervisor about it in records of a fixed size. Runs
 * between clone and exec, in the caller's memory: no malloc, no stdio, no errno. */
#ifndef NSE_CHILD_WALK_H
#define NSE_CHILD_WALK_H

#include "block.h"

/* What the child writes to the report pipe; smaller than PIPE_BUF, so never torn. */
enum nse_report_kind {
    NSE_REPORT_MAPS = 1, /* asks for the id maps of the user namespace, and waits */
    NSE_REPORT_STEP,     /* a step was done; only when tracing */
    NSE_REPORT_FAILED,   /* the end: `call` in `step` gave `error` */
    NSE_REPORT_REFUSED,  /* the end: nothing but the exec failed */
    NSE_REPORT_HOLD,     /* the file tree is built: waits until the supervisor has looked at it */
    NSE_REPORT_FAMILY, /* of an init that is not pid 1: from here on it must end the others itself */
    NSE_REPORT_EXEC,   /* only the exec is left, and nothing of it was heard: it was done */
};

struct nse_report {
    uint32_t kind;
    int32_t step;  /* index in the plan; -1: none of the steps */
    int32_t error; /* errno, positive */
    uint32_t spare;
    int64_t nanoseconds; /* that the step took */
    char call[40];       /* the system call, in the kernel's words */
};

struct nse_walk;
struct nse_last;
typedef int (*nse_step_function)(struct nse_walk *walk, const struct nse_step *step);

struct nse_walk {
    const struct nse_block *block;
    int report;              /* the report pipe; -1: a filter may forbid it, or ask about it */
    int trace;               /* report each step */
    const char *call;        /* the system call that failed last */
    struct nse_setup *setup; /* NULL in the payload */
    struct nse_last *last;   /* of the payload; NULL before */
    /* The payload's last word, FAILED, REFUSED or EXEC, in memory that outlives us: who waits for our exec or
     * our end reads it then, and is not woken before. */
    struct nse_report *late;
};

/* Notes the call when it failed; its result. */
static inline long nse_did(struct nse_walk *walk, const char *call, long rc)
{
    if (rc < 0)
        walk->call = call;
    return rc;
}

/* The text n of a step, in the block of the walk. */
static inline const char *nse_walk_text(const struct nse_walk *walk, const struct nse_step *step,
                                        int n)
{
    return nse_step_text(walk->block, step, n);
}

void nse_tell(const struct nse_walk *walk, enum nse_report_kind kind, int step, int error,
              const char *call);
/* Tells that a step was done, begun at `since` of nse_monotonic(). */
void nse_tell_step(const struct nse_walk *walk, const struct nse_step *step, long long since);
/* Reports and exits. `rc` is -errno. */
_Noreturn void nse_give_up(const struct nse_walk *walk, int step, const char *call, long rc);
/* The same when all that failed is the exec. */
_Noreturn void nse_give_up_exec(const struct nse_walk *walk, long rc);
/* Does all steps of the block by the table, whose index is the kind; ends the process on the first
 * that fails: nothing after a failed step is ever done. */
void nse_walk_steps(struct nse_walk *walk, const nse_step_function functions[NSE_STEP_COUNT]);

#endif
