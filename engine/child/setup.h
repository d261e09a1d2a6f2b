/* State of the first process while it builds a sandbox. */
#ifndef NSE_CHILD_SETUP_H
#define NSE_CHILD_SETUP_H

#include "child.h"
#include "walk.h"

/* Mounts that are ours alone, so that names may be created in them: see tree.c. */
#define NSE_OWN_MAX 64
struct nse_own {
    uint64_t mount_id;
    int mirror; /* the mirror's mount, made read-only at the end; -1: no mirror */
};

struct nse_setup {
    const struct nse_launch *launch;
    int control; /* EOF: the supervisor is gone */
    int status;
    int root;    /* the new root's directory; -1 before */
    int proc;    /* the host's /proc/self, for the maps of the second user namespace; or -1 */
    int scratch; /* the tmpfs that holds the host's tree and the new root; -1 before */
    unsigned int scratch_files;
    int procfs; /* the procfs that was mounted last, and where; -1 before */
    const char *procfs_target;
    unsigned int own_count;
    struct nse_own own[NSE_OWN_MAX];
};

/* Call after each change of credentials, which clears the parent-death signal: sets it again, and
 * exits if the supervisor died in between. */
void nse_rearm(const struct nse_walk *walk);

#define NSE_STEP(name, phase, shape, calls)                                                        \
    int nse_step_##name(struct nse_walk *walk, const struct nse_step *step);
#include "steps.def"

#endif
