/* Writes id maps of another process's user namespace, from outside. Runs in the caller's
 * process. */
#ifndef NSE_SUPERVISOR_IDMAP_H
#define NSE_SUPERVISOR_IDMAP_H

#include <stddef.h>
#include <sys/types.h>

#include "ident.h"

enum nse_setgroups {
    NSE_SETGROUPS_AUTO, /* "deny" where the kernel demands it: an unprivileged direct write */
    NSE_SETGROUPS_ALLOW,
    NSE_SETGROUPS_DENY,
};

struct nse_idmaps {
    const struct nse_id_range *uid, *gid;
    size_t uid_count, gid_count; /* 0: leave that map unwritten */
    enum nse_setgroups setgroups;
};

/* What failed, for the error message. */
struct nse_idmap_error {
    const char *step;    /* "uid_map", "gid_map", "setgroups", "newuidmap", "newgidmap" */
    char complaint[256]; /* the helper's own words, or "" */
};

/* Writes the maps of `pid` (0: the caller's own, just unshared), once and for all. Directly if the
 * kernel allows it (the caller has CAP_SETUID and CAP_SETGID, or maps only its own id), else by
 * newuidmap(1) and newgidmap(1), which know the ranges of /etc/subuid. 0, or -errno with
 * *ret_error. user_namespaces(7). */
int nse_idmap_write(pid_t pid, const struct nse_idmaps *maps, struct nse_idmap_error *ret_error);

#endif
