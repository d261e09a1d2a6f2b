/* Installing a filter of system calls, seccomp(2). */
#ifndef NSE_KERNEL_FILTER_H
#define NSE_KERNEL_FILTER_H

#include <stddef.h>

/* Installs a program of `size` bytes (struct sock_filter each) on the calling thread, for good.
 * Needs no_new_privs. `flags`: SECCOMP_FILTER_FLAG_*. 0, or with NEW_LISTENER the listener; or
 * -errno: -EINVAL: a malformed program or an unknown flag; -EACCES: no no_new_privs; -EBUSY: an
 * earlier filter has a listener. Linux 3.17. */
int nse_seccomp_filter(const void *program, size_t size, unsigned int flags);

#endif
