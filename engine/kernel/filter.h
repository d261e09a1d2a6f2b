/* Installing a filter of system calls, seccomp(2). */
#ifndef NSE_KERNEL_FILTER_H
#define NSE_KERNEL_FILTER_H

#include <stddef.h>

/* Installs a program of `size` bytes (struct sock_filter each) on the calling thread, for good; it
 * takes no_new_privs. `flags`: SECCOMP_FILTER_FLAG_*. 0, the listener with NEW_LISTENER, or -errno:
 * -EINVAL a malformed program or an unknown flag, -EACCES without no_new_privs, -EBUSY when a filter
 * above has a listener. Linux 3.17. */
int nse_seccomp_filter(const void *program, size_t size, unsigned int flags);

#endif
