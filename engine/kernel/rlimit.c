/* Resource limits, prlimit(2). Runs in the caller and in the child. */
#include "rlimit.h"

#include "call.h"

int nse_prlimit(pid_t pid, int resource, const struct nse_rlimit *set, struct nse_rlimit *ret_old)
{
    return (int)nse_call(SYS_prlimit64, pid, resource, set, ret_old);
}
