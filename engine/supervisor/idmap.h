/* Writes id maps of another process's user namespace, from outside. Runs in the caller's
 * process. */
#ifndef NSE_SUPERVISOR_IDMAP_H
#define NSE_SUPERVISOR_IDMAP_H

#include <sys/types.h>

#include "ident.h"

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
