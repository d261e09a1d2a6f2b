/* What this kernel has and what it lets an ordinary user do, found out by trying. Runs in the
 * caller's process and in a short-lived child. */
#ifndef NSE_SUPERVISOR_PROBE_H
#define NSE_SUPERVISOR_PROBE_H

#include <stddef.h>

/* System calls by name: those newer than Linux 4.18. */
struct nse_probe_call {
    const char *name;
    long number;
};
extern const struct nse_probe_call nse_probe_calls[];
extern const size_t nse_probe_call_count;
/* 1 when the kernel knows the call. Nothing happens: every argument is one that it refuses. */
int nse_probe_has_call(const struct nse_probe_call *call);

/* What of seccomp(2) this kernel has, by name; nothing is installed. */
struct nse_probe_seccomp {
    const char *name;
    unsigned int action; /* SECCOMP_RET_*, or 0: it is a flag */
    unsigned int flags;  /* SECCOMP_FILTER_FLAG_* */
};
extern const struct nse_probe_seccomp nse_probe_seccomps[];
extern const size_t nse_probe_seccomp_count;
int nse_probe_has_seccomp(const struct nse_probe_seccomp *part);

/* What a user without privilege may do; each is 0 or the -errno of the attempt. Started by root, the
 * attempts are made as uid and gid 65534. An attempt that a failed one stands before is -ECANCELED. */
struct nse_unprivileged {
    int user;    /* unshare(CLONE_NEWUSER), and a map of the own id */
    int mount;   /* a mount namespace, and a tmpfs in it */
    int network; /* a network namespace */
    int proc;    /* a pid namespace, and its /proc mounted: refused where /proc is masked */
    int overlay; /* an overlay on a tmpfs, with userxattr */
};
/* 0, or -errno when the attempts could not be made. */
int nse_probe_unprivileged(struct nse_unprivileged *ret_found);

#endif
