/* Control groups: directories and files of cgroupfs. Runs in the caller; nse_cgroup_join() in the
 * child. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "fd.h"
#include "node.h"

int nse_cgroup_open(const char *path)
{
    int fd = nse_open(path, O_PATH | O_DIRECTORY, 0);
    struct statfs stat;
    int rc;

    if (fd < 0)
        return fd;
    rc = nse_statfs(fd, &stat);
    if (rc == 0 && stat.f_type != CGROUP_SUPER_MAGIC && stat.f_type != CGROUP2_SUPER_MAGIC)
        rc = -ENOTTY;
    if (rc < 0)
        nse_close(fd);
    return rc < 0 ? rc : fd;
}

int nse_cgroup_make(int parent, const char *name)
{
    int rc = nse_mkdir(parent, name, 0755), fd;

    if (rc < 0)
        return rc;
    fd = nse_openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0)
        nse_cgroup_remove(parent, name);
    return fd;
}

int nse_cgroup_remove(int parent, const char *name)
{
    return nse_unlink(parent, name, AT_REMOVEDIR);
}

int nse_cgroup_write(int group, const char *file, const char *text, size_t size)
{
    return nse_write_and_close(nse_openat(group, file, O_WRONLY, 0), text, size);
}

long nse_cgroup_read(int group, const char *file, char *text, size_t size)
{
    return nse_read_and_close(nse_openat(group, file, O_RDONLY, 0), text, size);
}

int nse_cgroup_kill(int group)
{
    return nse_cgroup_write(group, "cgroup.kill", "1", 1);
}

int nse_cgroup_join(int file)
{
    long n = nse_write(file, "0", 1);

    return n < 0 ? (int)n : 0;
}
