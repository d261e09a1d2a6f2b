/* Landlock: rules of its own about what a process may reach, on top of all others. landlock(7).
 * Each verb: 0 or positive, or -errno. */
#ifndef NSE_KERNEL_LANDLOCK_H
#define NSE_KERNEL_LANDLOCK_H

#include <stdint.h>

/* The kernel's ABI, 1 (Linux 5.13) or more; -ENOSYS, or -EOPNOTSUPP where it is not switched on. */
int nse_landlock_abi(void);
/* A ruleset that denies what it handles and no rule allows: LANDLOCK_ACCESS_FS_*, _NET_*, LANDLOCK_SCOPE_*.
 * Its descriptor. -EINVAL: a bit that the ABI lacks. */
int nse_landlock_create(uint64_t fs, uint64_t net, uint64_t scoped);
/* Allows `rights` on the file `fd` (O_PATH will do), or below the directory. */
int nse_landlock_allow_path(int ruleset, int fd, uint64_t rights);
int nse_landlock_allow_port(int ruleset, uint64_t port, uint64_t rights);
/* For the calling thread, for good. Takes no_new_privs. `flags`: LANDLOCK_RESTRICT_SELF_*, ABI 7. */
int nse_landlock_restrict(int ruleset, uint32_t flags);

#endif
