/* Helper programs of the system, run to their end. Runs in the caller's process. */
#ifndef NSE_SUPERVISOR_HELPER_H
#define NSE_SUPERVISOR_HELPER_H

#include <stddef.h>

/* Runs argv (looked up in PATH) with no input and waits. 0 if it exited with 0; -EPERM if it exited
 * otherwise, with the first line of its output, without its name, in `complaint`; -errno if it
 * could not be run (-ENOENT: not installed). */
int nse_helper_run(char *const argv[], char *complaint, size_t size);

#endif
