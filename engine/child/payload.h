/* The last steps, and the exec: done by the process that becomes the payload. */
#ifndef NSE_CHILD_PAYLOAD_H
#define NSE_CHILD_PAYLOAD_H

#include <linux/limits.h>

#include "rlimit.h"
#include "walk.h"

struct nse_payload {
    char *const *argv, *const *envp;
    const char *search; /* a PATH, for an argv[0] without a slash */
    int terminal;       /* descriptor 0 becomes the controlling terminal */
};

/* A limit that would keep a filter from having a listener: set when that was handed over. */
struct nse_kept {
    int resource; /* RLIMIT_*; 0, which none of them is: nothing is kept here */
    struct nse_rlimit limit;
};

/* Who hands the listener of a filter over: see confine.c. */
struct nse_helper {
    int listener; /* -1 before; -2: there will be none */
    int flags;    /* NSE_FILTER_* */
    int handed;   /* 1: it is on its way, and the limits hold; or -errno of these */
    int status;
    const struct nse_kept *kept; /* two */
    _Alignas(16) char stack[8 << 10];
};

/* What the last steps know, and leave for the exec. */
struct nse_last {
    const struct nse_payload *command;
    int status;  /* the init's: also takes a listener to the supervisor; -1: no init */
    int ruleset; /* of landlock, while rules are added; or -1 */
    /* What is executed where a filter asks about it: one call is answered, so there is no search. */
    char found[PATH_MAX];
    struct nse_kept kept[2];  /* of descriptors, of processes */
    struct nse_helper helper; /* not in a frame of ours: it may run a little longer */
};

/* Walks the payload's block, and executes it. */
_Noreturn void nse_become_payload(struct nse_walk *walk, struct nse_last *last);

#define NSE_STEP(name, phase, shape, calls)
#define NSE_PAYLOAD_STEP(name, phase, shape, calls)                                                \
    int nse_step_##name(struct nse_walk *walk, const struct nse_step *step);
#include "steps.def"
#undef NSE_STEP
#undef NSE_PAYLOAD_STEP

#endif
