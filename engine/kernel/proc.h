/* Files below /proc, reached only through a directory that is checked to be procfs. Any process. */
#ifndef NSE_KERNEL_PROC_H
#define NSE_KERNEL_PROC_H

#include <sys/types.h>

/* Opens /proc/PID/`name` (pid 0: /proc/self); a close-on-exec descriptor or -errno.
 * -ESRCH: no such process; -ENOENT: no such file; -ENODEV: /proc is not mounted here, or, for a pid, is
 * that of another pid namespace. */
int nse_proc_open(pid_t pid, const char *name, int flags);

/* Whether /proc is procfs, and of our pid namespace: then the numbers of processes there are ours. */
int nse_proc_has_our_numbers(void);

/* Writes a text in one write(2), as the files of /proc demand; 0 or -errno. */
int nse_proc_write(pid_t pid, const char *name, const char *text);

#endif
