/* Finds out by trying what this kernel has and what it lets an ordinary user do. Runs in the
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
/* 1 if the kernel has the call. It does nothing, since every argument is invalid. */
int nse_probe_has_call(const struct nse_probe_call *call);

/* Parts of seccomp(2), by name. Nothing is installed. */
struct nse_probe_seccomp {
    const char *name;
    unsigned int action; /* SECCOMP_RET_*, or 0: it is a flag */
    unsigned int flags;  /* SECCOMP_FILTER_FLAG_* */
};
extern const struct nse_probe_seccomp nse_probe_seccomps[];
extern const size_t nse_probe_seccomp_count;
int nse_probe_has_seccomp(const struct nse_probe_seccomp *part);

/* What an unprivileged user may do: 0 or the -errno of the attempt. For root the attempts are made
 * as uid and gid 65534. One that needs a failed one is -ECANCELED. */
struct nse_unprivileged {
    int user;    /* unshare(CLONE_NEWUSER), and a map of the own id */
    int mount;   /* a mount namespace, and a tmpfs in it */
    int network; /* a network namespace */
    int proc;    /* a pid namespace, and its /proc mounted: refused where /proc is masked */
    int overlay; /* an overlay on a tmpfs, with userxattr */
};
/* 0, or -errno if the attempts could not be made. */
int nse_probe_unprivileged(struct nse_unprivileged *ret_found);

#endif
