/* What the init tells the supervisor, and words of the kernel that it needs without libc's headers. */
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

/* Through the control pipe, while the payload runs: how long it may, in nanoseconds from its exec. */
typedef int64_t nse_init_order;

#define NSE_INIT_BLOCK_MAX (96 << 10) /* NSE_PAYLOAD_BLOCK_MAX of plan.h */

#define NSE_CLOSE_RANGE_CLOEXEC (1U << 2)
#define NSE_SFD_FLAGS           02004000 /* SFD_CLOEXEC | SFD_NONBLOCK, as O_* on every machine here */

/* The first member of struct signalfd_siginfo, which has 128 bytes. */
struct nse_signal_info {
    uint32_t number;
    uint32_t error;
    int32_t code; /* SI_QUEUE, SI_USER ... */
    uint32_t rest[29];
};

/* With SI_QUEUE: kill all. A real-time signal, for others may be pending. */
#define NSE_INIT_FINISH 64

#endif
