/* Resource limits, prlimit(2). 0 or -errno. */
#ifndef NSE_KERNEL_RLIMIT_H
#define NSE_KERNEL_RLIMIT_H

#include <stdint.h>
#include <sys/types.h>

/* The kernel's struct rlimit64; UINT64_MAX is RLIM_INFINITY. */
struct nse_rlimit {
    uint64_t soft, hard;
};

/* Sets (if `set` is given) and reads (if `ret_old` is given) a limit of `pid`; 0: the caller. */
int nse_prlimit(pid_t pid, int resource, const struct nse_rlimit *set, struct nse_rlimit *ret_old);

#endif
