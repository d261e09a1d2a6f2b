/* The last steps and the exec. Runs in the process that becomes the payload. */
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

/* A limit that could leave no room for a filter's listener. It is set once that is handed over. */
struct nse_kept {
    int resource; /* RLIMIT_NOFILE or RLIMIT_NPROC; 0: nothing is kept here */
    struct nse_rlimit limit;
};

/* The thread that hands over a filter's listener: see confine.c. */
struct nse_helper {
    int listener; /* -1 before; -2: there will be none */
    int flags;    /* NSE_FILTER_* */
    int handed;   /* 1: it was sent, and the limits are set; or -errno of those */
    int status;
    const struct nse_kept *kept; /* two */
    _Alignas(16) char stack[8 << 10];
};

/* What the last steps keep for each other and for the exec. */
struct nse_last {
    const struct nse_payload *command;
    int status;  /* the init's status pipe, which also takes a listener; -1: no init */
    int ruleset; /* the landlock ruleset while rules are added; or -1 */
    /* What to execute if a filter traps execve(2): only one call is answered, so PATH is searched
     * first. */
    char found[PATH_MAX];
    struct nse_kept kept[2];  /* RLIMIT_NOFILE, RLIMIT_NPROC */
    struct nse_helper helper; /* not in a stack frame: it may outlive the step */
};

/* Walks the payload's block, then executes the command. */
_Noreturn void nse_become_payload(struct nse_walk *walk, struct nse_last *last);

#define NSE_PAYLOAD_STEP(name, phase, shape, calls)                                                \
    int nse_step_##name(struct nse_walk *walk, const struct nse_step *step);
#include "steps.def"

#endif
