/* Control groups: directories and files of cgroupfs, of both versions, always below a descriptor. 0
 * or positive, or -errno. Any process. */
#ifndef NSE_KERNEL_CGROUP_H
#define NSE_KERNEL_CGROUP_H

#include <stddef.h>

/* Opens a directory of cgroupfs; -ENOTTY: it is on another file system. */
int nse_cgroup_open(const char *path);
/* Makes the group `name` below `parent`: its descriptor, or -errno and nothing is left. */
int nse_cgroup_make(int parent, const char *name);
/* Removes it; -EBUSY while a process or a group is in it. */
int nse_cgroup_remove(int parent, const char *name);

/* One write(2) or read(2) of a file, whose value the kernel takes and gives whole. */
int nse_cgroup_write(int group, const char *file, const char *text, size_t size);
long nse_cgroup_read(int group, const char *file, char *text, size_t size);

/* SIGKILL to all processes in it and below, at once: cgroup v2, Linux 5.14. */
int nse_cgroup_kill(int group);
/* The single-threaded caller joins a group. `file` is its cgroup.procs or (v1) tasks, open for
 * writing. Whoever opened it must have the rights. */
int nse_cgroup_join(int file);

#endif
