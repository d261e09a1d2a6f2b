/* Capabilities of the calling thread by raw calls. Runs in the child; libcap would allocate. */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "call.h"
#include "process.h"

int nse_capget(struct nse_caps *ret_caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    long rc = nse_call(SYS_capget, &header, data);

    if (rc < 0)
        return (int)rc;
    ret_caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    ret_caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    ret_caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int nse_capset(const struct nse_caps *caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
        {(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32),
         (uint32_t)(caps->inheritable >> 32)},
    };

    return (int)nse_call(SYS_capset, &header, data);
}

int nse_drop_bounding(uint64_t kept)
{
    unsigned long cap;

    for (cap = 0; cap < 64; cap++) {
        int rc = kept & 1ULL << cap ? 0 : nse_prctl(PR_CAPBSET_DROP, cap);

        if (rc == -EINVAL && cap > 0) /* past the last that this kernel knows */
            return 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int nse_set_ambient(uint64_t kept)
{
    int rc = (int)nse_call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    unsigned long cap;

    for (cap = 0; rc >= 0 && cap < 64; cap++)
        if (kept & 1ULL << cap)
            rc = (int)nse_call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
    return rc;
}
