/* What the kernel does for pid 1, done by an init that is not: the caller's pid namespace is shared. */
#ifndef NSE_INIT_FAMILY_H
#define NSE_INIT_FAMILY_H

#include <sys/types.h>

#include "block.h"

struct nse_family {
    int adopts; /* we are not pid 1 */
    int held;   /* signals of ours reach the sandbox, and nothing else */
};

/* Before the payload starts. 0, or -errno with the call. */
int nse_family_begin(struct nse_family *family, const struct nse_block *block,
                     const char **ret_call);
/* Kills all of the sandbox but us. 1: whoever it did not reach comes to us as a child, and it has to be
 * called again; -1: only the payload could be found. */
int nse_family_kill(const struct nse_family *family, pid_t payload);

#endif
