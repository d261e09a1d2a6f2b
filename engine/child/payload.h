/* The last steps, and the exec: done by the process that becomes the payload. */
#ifndef NSE_CHILD_PAYLOAD_H
#define NSE_CHILD_PAYLOAD_H

#include "walk.h"

struct nse_payload {
    char *const *argv, *const *envp;
    const char *search; /* a PATH, for an argv[0] without a slash */
    int terminal;       /* descriptor 0 becomes the controlling terminal */
};

/* Walks the payload's block, and executes it. */
_Noreturn void nse_become_payload(struct nse_walk *walk, const struct nse_payload *payload);

#endif
