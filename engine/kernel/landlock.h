/* Landlock: a process restricts what it may reach, on top of all other checks. landlock(7). 0 or
 * positive, or -errno. */
#ifndef NSE_KERNEL_LANDLOCK_H
#define NSE_KERNEL_LANDLOCK_H

#include <stdint.h>

/* The kernel's ABI, 1 (Linux 5.13) or more; -ENOSYS, or -EOPNOTSUPP if it is not enabled. */
int nse_landlock_abi(void);
/* Makes a ruleset: what it handles is denied unless a rule allows it. LANDLOCK_ACCESS_FS_*, _NET_*,
 * LANDLOCK_SCOPE_*. Its descriptor. -EINVAL: a bit that the ABI lacks. */
int nse_landlock_create(uint64_t fs, uint64_t net, uint64_t scoped);
/* Allows `rights` on the file `fd` (O_PATH will do), or below the directory. */
int nse_landlock_allow_path(int ruleset, int fd, uint64_t rights);
int nse_landlock_allow_port(int ruleset, uint64_t port, uint64_t rights);
/* Restricts the calling thread, for good. Needs no_new_privs. `flags`: LANDLOCK_RESTRICT_SELF_*,
 * ABI 7. */
int nse_landlock_restrict(int ruleset, uint32_t flags);

#endif
