/* Mounts: mount(2) and the mount API of Linux 5.2, root changes, statmount. 0 or positive, or
 * -errno; descriptors are close-on-exec. */
#ifndef NSE_KERNEL_MOUNT_H
#define NSE_KERNEL_MOUNT_H

#include <stddef.h>
#include <stdint.h>

int nse_mount(const char *source, const char *target, const char *fstype, unsigned long flags,
              const void *data);
int nse_umount(const char *target, int flags);
int nse_pivot_root(const char *new_root, const char *put_old);
int nse_chroot(const char *path);

/* struct mount_attr, mount_setattr(2). Our own: glibc 2.36 has it in a header that conflicts with
 * the kernel's. */
struct nse_mount_attr {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};

int nse_open_tree(int dirfd, const char *path, unsigned int flags);
/* open_tree_attr(2), Linux 6.15. */
int nse_open_tree_attr(int dirfd, const char *path, unsigned int flags,
                       const struct nse_mount_attr *attr);
int nse_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
                   unsigned int flags);
/* Attaches a detached mount on what `target` refers to. */
int nse_attach(int mount, int target);
int nse_mount_setattr(int dirfd, const char *path, unsigned int flags,
                      const struct nse_mount_attr *attr);

int nse_fsopen(const char *fstype);
int nse_fspick(int dirfd, const char *path, unsigned int flags);
int nse_fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux);
int nse_fsmount(int fd, unsigned int flags, unsigned int attr);

struct mnt_id_req;
struct statmount;
int nse_statmount(const struct mnt_id_req *request, struct statmount *buffer, size_t size);
/* The number of ids written to `ids`. */
int nse_listmount(const struct mnt_id_req *request, uint64_t *ids, size_t count);

#endif
