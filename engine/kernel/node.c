/* Names in the file system: directories, links, nodes, modes, owners, xattrs. Any process. */
#include "node.h"

#include <fcntl.h>

#include "call.h"

int nse_mkdir(int dirfd, const char *path, mode_t mode)
{
    return (int)nse_call(SYS_mkdirat, dirfd, path, mode);
}

int nse_mknod(int dirfd, const char *path, mode_t mode, dev_t device)
{
    return (int)nse_call(SYS_mknodat, dirfd, path, mode, device);
}

int nse_unlink(int dirfd, const char *path, int flags)
{
    return (int)nse_call(SYS_unlinkat, dirfd, path, flags);
}

int nse_rename(int old_dirfd, const char *old, int new_dirfd, const char *new_path,
               unsigned int flags)
{
    return (int)nse_call(SYS_renameat2, old_dirfd, old, new_dirfd, new_path, flags);
}

int nse_link(int old_dirfd, const char *old, int new_dirfd, const char *new_path, int flags)
{
    return (int)nse_call(SYS_linkat, old_dirfd, old, new_dirfd, new_path, flags);
}

int nse_symlink(const char *target, int dirfd, const char *path)
{
    return (int)nse_call(SYS_symlinkat, target, dirfd, path);
}

long nse_readlink(int dirfd, const char *path, char *text, size_t size)
{
    return nse_call(SYS_readlinkat, dirfd, path, text, size);
}

int nse_chmod(int dirfd, const char *path, mode_t mode)
{
    return (int)nse_call(SYS_fchmodat, dirfd, path, mode);
}

int nse_fchmod(int fd, mode_t mode)
{
    return (int)nse_call(SYS_fchmod, fd, mode);
}

int nse_chown(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
    return (int)nse_call(SYS_fchownat, dirfd, path, uid, gid, flags);
}

int nse_statx(int dirfd, const char *path, int flags, struct statx *ret_stat)
{
    return (int)nse_call(SYS_statx, dirfd, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, ret_stat);
}

int nse_statfs(int fd, struct statfs *ret_statfs)
{
    return (int)nse_call(SYS_fstatfs, fd, ret_statfs);
}

int nse_chdir(const char *path)
{
    return (int)nse_call(SYS_chdir, path);
}

int nse_fchdir(int fd)
{
    return (int)nse_call(SYS_fchdir, fd);
}

int nse_getcwd(char *path, size_t size)
{
    return (int)nse_call(SYS_getcwd, path, size);
}

mode_t nse_umask(mode_t mask)
{
    return (mode_t)nse_call(SYS_umask, mask);
}

long nse_getdents(int fd, void *entries, size_t size)
{
    return nse_call(SYS_getdents64, fd, entries, size);
}

/* The kernel has three calls for each verb: for a descriptor, for a link itself, for a path. */
#define PICK(fd, path, at, verb)                                                                   \
    (!(path)                    ? SYS_f##verb                                                      \
     : (at)&AT_SYMLINK_NOFOLLOW ? SYS_l##verb                                                      \
                                : SYS_##verb),                                                     \
        (path) ? (long)(path) : (long)(fd)

long nse_getxattr(int fd, const char *path, int at, const char *name, void *value, size_t size)
{
    return nse_call(PICK(fd, path, at, getxattr), name, value, size);
}

long nse_listxattr(int fd, const char *path, int at, char *names, size_t size)
{
    return nse_call(PICK(fd, path, at, listxattr), names, size);
}

int nse_setxattr(int fd, const char *path, int at, const char *name, const void *value, size_t size,
                 int flags)
{
    return (int)nse_call(PICK(fd, path, at, setxattr), name, value, size, flags);
}

int nse_removexattr(int fd, const char *path, int at, const char *name)
{
    return (int)nse_call(PICK(fd, path, at, removexattr), name);
}
