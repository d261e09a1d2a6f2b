/* Does for an init that is not pid 1, in a shared pid namespace, what the kernel does for pid 1.
 * Part of the init. */
#ifndef NSE_INIT_FAMILY_H
#define NSE_INIT_FAMILY_H

#include <sys/types.h>

#include "block.h"

struct nse_family {
    int adopts; /* we are not pid 1 */
    int held;   /* our signals reach the sandbox and nothing else */
};

/* Before the payload starts. 0, or -errno with the call. */
int nse_family_begin(struct nse_family *family, const struct nse_block *block,
                     const char **ret_call);
/* Kills all of the sandbox but us. 0: done; 1: call it again, since whoever was missed becomes our
 * child; -1: only the payload could be found. */
int nse_family_kill(const struct nse_family *family, pid_t payload);

#endif
