/* Control groups: directories and files of cgroupfs, of both versions, always below a descriptor. 0 or
 * positive, or -errno. Any process. */
#ifndef NSE_KERNEL_CGROUP_H
#define NSE_KERNEL_CGROUP_H

#include <stddef.h>

/* Opens a directory of cgroupfs; -ENOTTY: it is of another file system. */
int nse_cgroup_open(const char *path);
/* Makes the group `name` below `parent`: a descriptor of it, or -errno and nothing is left. */
int nse_cgroup_make(int parent, const char *name);
/* Removes it; -EBUSY while a process or a group is in it. */
int nse_cgroup_remove(int parent, const char *name);

/* One write(2) or read(2) of a file: the kernel takes and gives them whole. */
int nse_cgroup_write(int group, const char *file, const char *text, size_t size);
long nse_cgroup_read(int group, const char *file, char *text, size_t size);

/* SIGKILL to all that is in it and below, at once: cgroup v2, Linux 5.14. */
int nse_cgroup_kill(int group);
/* The caller, which has no other thread, enters the group whose cgroup.procs or (v1) tasks `file` is,
 * open for writing. The rights are those of who opened it. */
int nse_cgroup_join(int file);

#endif
