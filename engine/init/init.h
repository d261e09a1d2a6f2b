/* What the init and the supervisor tell each other, and kernel constants for an init without
 * libc. */
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

#define NSE_INIT_BLOCK_MAX (96 << 10) /* NSE_PAYLOAD_BLOCK_MAX of plan.h */

#define NSE_CLOSE_RANGE_CLOEXEC (1U << 2)
#define NSE_SFD_FLAGS           02004000 /* SFD_CLOEXEC | SFD_NONBLOCK, as O_* on each machine */

/* The first members of struct signalfd_siginfo, which has 128 bytes. */
struct nse_signal_info {
    uint32_t number;
    uint32_t error;
    int32_t code; /* SI_QUEUE, SI_USER ... */
    uint32_t rest[29];
};

/* With SI_QUEUE: kill all. A real-time signal, which is queued even if the same is pending. */
#define NSE_INIT_FINISH 64

#endif
