/* What the init and the supervisor tell each other. */
#ifndef NSE_INIT_INIT_H
#define NSE_INIT_INIT_H

#include <stdint.h>
#include <sys/resource.h>

/* Written to the status pipe when the payload has ended. */
struct nse_init_status {
    int status;             /* of wait4(2) */
    struct rusage children; /* the payload and all that was reaped */
    struct rusage self;
    int64_t wall_ns; /* from the payload's exec to its end */
    int timed_out;   /* its time was up, and nobody else had ended it */
};

/* Written to the control pipe while the payload runs: its time limit in nanoseconds from its
 * exec. */
typedef int64_t nse_init_order;

/* With SI_QUEUE: kill all. A real-time signal, which is queued even if the same is pending. */
#define NSE_INIT_FINISH 64

#endif
