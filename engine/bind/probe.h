/* Finds out by trying what this host lets an ordinary user do. Runs in the caller's process and in
 * a short-lived child. */
#ifndef NSE_BIND_PROBE_H
#define NSE_BIND_PROBE_H

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
