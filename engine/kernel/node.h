/* Names in the file system: directories, links, nodes, modes, owners, xattrs. 0 or positive, or
 * -errno. `dirfd` is a descriptor of a directory or AT_FDCWD. */
#ifndef NSE_KERNEL_NODE_H
#define NSE_KERNEL_NODE_H

#include <linux/stat.h>
#include <stddef.h>
#include <sys/types.h>

int nse_mkdir(int dirfd, const char *path, mode_t mode);
int nse_mknod(int dirfd, const char *path, mode_t mode, dev_t device);
int nse_unlink(int dirfd, const char *path, int flags);
int nse_rename(int old_dirfd, const char *old, int new_dirfd, const char *new_path,
               unsigned int flags);
int nse_link(int old_dirfd, const char *old, int new_dirfd, const char *new_path, int flags);
int nse_symlink(const char *target, int dirfd, const char *path);
/* The length of the link's text, which is not terminated. */
long nse_readlink(int dirfd, const char *path, char *text, size_t size);
int nse_chmod(int dirfd, const char *path, mode_t mode);
int nse_fchmod(int fd, mode_t mode);
int nse_chown(int dirfd, const char *path, uid_t uid, gid_t gid, int flags);
int nse_statx(int dirfd, const char *path, int flags, struct statx *ret_stat);
struct statfs;
int nse_statfs(int fd, struct statfs *ret_statfs);
int nse_chdir(const char *path);
int nse_fchdir(int fd);
/* The length of the path with its terminator. */
int nse_getcwd(char *path, size_t size);
mode_t nse_umask(mode_t mask);
/* Bytes of struct linux_dirent64 in `entries`; 0 at the end. */
long nse_getdents(int fd, void *entries, size_t size);

/* An extended attribute of a path, or of a descriptor if `path` is NULL; AT_SYMLINK_NOFOLLOW in
 * `at` for a symlink itself. */
long nse_getxattr(int fd, const char *path, int at, const char *name, void *value, size_t size);
long nse_listxattr(int fd, const char *path, int at, char *names, size_t size);
int nse_setxattr(int fd, const char *path, int at, const char *name, const void *value, size_t size,
                 int flags);
int nse_removexattr(int fd, const char *path, int at, const char *name);

#endif
