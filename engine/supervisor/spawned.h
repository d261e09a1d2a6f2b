/* A running sandbox, and its end. */
#ifndef NSE_SUPERVISOR_SPAWNED_H
#define NSE_SUPERVISOR_SPAWNED_H

#include <stdint.h>
#include <sys/types.h>

/* A running sandbox. The caller owns the descriptors, -1 where there is none. */
struct nse_spawned {
    pid_t pid; /* of the first process */
    int pidfd;
    int control;  /* closing it ends the sandbox: its init kills all and tells what they used */
    int status;   /* where the init tells how the payload ended */
    int listener; /* of a filter that asks us: seccomp_unotify(2) */
    int family; /* its init is not pid 1: to end it is to close `control`, for SIGKILL leaves others */
};

/* Tells an init to kill all, also where a fork of ours holds the control pipe open; closes our end of it. */
void nse_spawned_finish(int pidfd, int *control);

/* How a sandbox ended, and what it used. */
struct nse_end {
    int signal, code;           /* of the payload */
    int lost;                   /* its init ended without telling them: killed by the kernel */
    int64_t user_ns, system_ns; /* processor time of all its processes */
    int64_t memory;             /* the largest resident size of one of them in bytes; -1: unknown */
    int64_t own_ns;             /* of the init and the set-up, left out above; -1: unknown */
    int64_t waited, preempted;  /* context switches: own will, made to; -1: unknown */
};
/* Reaps the first process, which has ended (or, without WNOHANG, waits): 0 or -errno; -EAGAIN with
 * WNOHANG while it runs. Closes nothing. */
int nse_spawned_end(const struct nse_spawned *spawned, int flags, struct nse_end *ret_end);

#endif
