/* Mounts: mount(2) and the mount API of Linux 5.2, root changes, statmount. Runs in the caller and
 * in the child. */
#include "mount.h"

#include <fcntl.h>
#include <linux/mount.h>

#include "call.h"
#include "uapi.h"

int nse_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
              const void *data)
{
    return (int)nse_call(SYS_mount, source, target, fstype, flags, data);
}

int nse_umount(const char *target, int flags)
{
    return (int)nse_call(SYS_umount2, target, flags);
}

int nse_pivot_root(const char *new_root, const char *put_old)
{
    return (int)nse_call(SYS_pivot_root, new_root, put_old);
}

int nse_chroot(const char *path)
{
    return (int)nse_call(SYS_chroot, path);
}

int nse_open_tree(int dirfd, const char *path, unsigned int flags)
{
    return (int)nse_call(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

int nse_open_tree_attr(int dirfd, const char *path, unsigned int flags,
                       const struct nse_mount_attr *attr)
{
    return (int)nse_call(SYS_open_tree_attr, dirfd, path, flags | OPEN_TREE_CLOEXEC, attr,
                         sizeof(*attr));
}

int nse_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
                   unsigned int flags)
{
    return (int)nse_call(SYS_move_mount, from_dirfd, from, to_dirfd, to, flags);
}

int nse_attach(int mount, int target)
{
    return nse_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int nse_mount_setattr(int dirfd, const char *path, unsigned int flags,
                      const struct nse_mount_attr *attr)
{
    return (int)nse_call(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr));
}

int nse_fsopen(const char *fstype)
{
    return (int)nse_call(SYS_fsopen, fstype, FSOPEN_CLOEXEC);
}

int nse_fspick(int dirfd, const char *path, unsigned int flags)
{
    return (int)nse_call(SYS_fspick, dirfd, path, flags | FSPICK_CLOEXEC);
}

int nse_fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux)
{
    return (int)nse_call(SYS_fsconfig, fd, command, key, value, aux);
}

int nse_fsmount(int fd, unsigned int flags, unsigned int attr)
{
    return (int)nse_call(SYS_fsmount, fd, flags | FSMOUNT_CLOEXEC, attr);
}

int nse_statmount(const struct mnt_id_req *request, struct statmount *buffer, size_t size)
{
    return (int)nse_call(SYS_statmount, request, buffer, size, 0);
}

int nse_listmount(const struct mnt_id_req *request, uint64_t *ids, size_t count)
{
    return (int)nse_call(SYS_listmount, request, ids, count, 0);
}
