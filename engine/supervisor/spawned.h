/* A running sandbox, and its end. Runs in the caller's process. */
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
    int family;   /* its init is not pid 1: close `control`, since SIGKILL leaves others */
};

/* Signals the payload: an init passes signals on. SIGKILL is for the whole sandbox: an init that is
 * not pid 1 is told to kill the others first. 0 or -errno; -EINVAL for SIGSTOP, which would stop
 * only the init. */
int nse_spawned_signal(struct nse_spawned *spawned, int signal);
/* Sets another time limit, in nanoseconds from the payload's exec, if there is an init: 0, or
 * -errno; -EAGAIN: the init does not read. */
int nse_spawned_allow(const struct nse_spawned *spawned, int64_t nanoseconds);
/* Kills the whole sandbox through its init, if there is one, which tells what was used: 0 or
 * -errno. */
int nse_spawned_finish(struct nse_spawned *spawned);
/* SIGKILL to the first process itself, for an init that was told and does not end. One that is not
 * pid 1 leaves others. 0 or -errno. */
int nse_spawned_force(const struct nse_spawned *spawned);
/* Kills the whole sandbox, even an init that is kept from its work: 0, and it ends at once, or
 * -errno. */
int nse_spawned_kill(struct nse_spawned *spawned);

/* Closes its descriptors. */
void nse_spawned_close(struct nse_spawned *spawned);

/* How a sandbox ended, and what it used. */
struct nse_end {
    int signal, code;           /* of the payload */
    int lost;                   /* its init ended without a status: the kernel killed the payload */
    int64_t user_ns, system_ns; /* processor time of all its processes */
    int64_t memory;             /* the largest resident size of one of them in bytes; -1: unknown */
    int64_t own_ns;             /* of the init and the set-up, left out above; -1: unknown */
    int64_t wall_ns;            /* from the payload's exec to its end; -1: unknown */
    int timed_out;              /* its init killed it because its time was up */
    int64_t waited, preempted;  /* context switches, voluntary and not; -1: unknown */
};
/* Reaps the first process. Waits for it, or with WNOHANG is -EAGAIN while it runs. 0 or -errno.
 * Closes nothing. */
int nse_spawned_end(const struct nse_spawned *spawned, int flags, struct nse_end *ret_end);

#endif
