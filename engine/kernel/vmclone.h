/* A child that shares the caller's memory until it executes another program. */
#ifndef NSE_KERNEL_VMCLONE_H
#define NSE_KERNEL_VMCLONE_H

#include <stddef.h>
#include <sys/types.h>

#include "ns.h"

/* As nse_clone(), with CLONE_VM: the child runs fn(arg) on `stack` and must not return. It takes
 * constant time, whatever the caller's size. `flags` may have CLONE_VFORK. Signals must be blocked.
 * If clone3(2) is missing or hidden by a filter, the child gets a copy of the memory instead: do
 * not rely on what it writes there. With CLONE_FILES it fails instead. */
pid_t nse_vmclone(const struct nse_clone *how, void *stack, size_t size, void (*fn)(void *),
                  void *arg, int *ret_pidfd);

#endif
