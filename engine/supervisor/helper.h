/* Helper programs of the system, run to their end. Runs in the caller's process. */
#ifndef NSE_SUPERVISOR_HELPER_H
#define NSE_SUPERVISOR_HELPER_H

#include <stddef.h>

/* Runs argv (looked for in PATH) with no input and waits. 0 when it exited with 0; -EPERM when it
 * exited otherwise, with the first line that it printed, without its name, in `complaint`; -errno
 * when it could not be run (-ENOENT: not installed). */
int nse_helper_run(char *const argv[], char *complaint, size_t size);

#endif
