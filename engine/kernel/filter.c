/* Installing a filter of system calls. Runs in the payload before its exec. */
#include "filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "call.h"

int nse_seccomp_filter(const void *program, size_t size, unsigned int flags)
{
    struct sock_fprog filter = {
        .len = (unsigned short)(size / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)program,
    };

    if (size % sizeof(struct sock_filter) || size / sizeof(struct sock_filter) > BPF_MAXINSNS)
        return -EINVAL;
    return (int)nse_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}
