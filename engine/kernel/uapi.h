/* Kernel interfaces newer than the headers of Debian 12 (Linux 6.1): numbers and layouts of the
 * stable user API, each with its kernel version. Whether the running kernel has one is found out at
 * run time. Include this instead of <linux/nsfs.h>, <linux/pidfd.h>, <sys/mount.h>. */
#ifndef NSE_KERNEL_UAPI_H
#define NSE_KERNEL_UAPI_H

#include <linux/nsfs.h>
#include <linux/types.h>
#include <sys/syscall.h>

/* System calls since 5.0 have one number on every architecture. */
#ifndef SYS_statmount
#define SYS_statmount 457 /* 6.8 */
#endif
#ifndef SYS_listmount
#define SYS_listmount 458 /* 6.8 */
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* 6.15 */
#endif
#ifndef SYS_listns
#define SYS_listns 470 /* 6.19 */
#endif

/* clone3(2) */
#ifndef CLONE_AUTOREAP
#define CLONE_AUTOREAP       (1ULL << 34) /* 7.1 */
#define CLONE_NNP            (1ULL << 35) /* 7.1 */
#define CLONE_PIDFD_AUTOKILL (1ULL << 36) /* 7.1 */
#define CLONE_EMPTY_MNTNS    (1ULL << 37) /* 7.1 */
#endif
#ifndef UNSHARE_EMPTY_MNTNS
#define UNSHARE_EMPTY_MNTNS 0x00100000 /* 7.1 */
#endif

/* Namespace file descriptors, ioctl_ns(2). */
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID        _IOR(NSIO, 0x5, __u64) /* 6.11 */
#define NS_GET_PID_FROM_PIDNS  _IOR(NSIO, 0x6, int)   /* 6.11, as the next three */
#define NS_GET_TGID_FROM_PIDNS _IOR(NSIO, 0x7, int)
#define NS_GET_PID_IN_PIDNS    _IOR(NSIO, 0x8, int)
#define NS_GET_TGID_IN_PIDNS   _IOR(NSIO, 0x9, int)
#endif
#ifndef NS_MNT_GET_INFO
struct mnt_ns_info {
    __u32 size;
    __u32 nr_mounts;
    __u64 mnt_ns_id;
};
#define NS_MNT_GET_INFO _IOR(NSIO, 10, struct mnt_ns_info) /* 6.12, as the next two */
#define NS_MNT_GET_NEXT _IOR(NSIO, 11, struct mnt_ns_info)
#define NS_MNT_GET_PREV _IOR(NSIO, 12, struct mnt_ns_info)
#endif
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64) /* 6.18 */
#endif
#ifndef LISTNS_CURRENT_USER
struct ns_id_req {
    __u32 size;
    __u32 spare;
    __u64 ns_id;
    __u32 ns_type;
    __u32 spare2;
    __u64 user_ns_id;
};
#define LISTNS_CURRENT_USER 0xffffffffffffffffULL
#endif

/* pidfds */
#ifndef PIDFD_GET_CGROUP_NAMESPACE
#define PIDFS_IOCTL_MAGIC                     0xFF
#define PIDFD_GET_CGROUP_NAMESPACE            _IO(PIDFS_IOCTL_MAGIC, 1) /* 6.11, as the next nine */
#define PIDFD_GET_IPC_NAMESPACE               _IO(PIDFS_IOCTL_MAGIC, 2)
#define PIDFD_GET_MNT_NAMESPACE               _IO(PIDFS_IOCTL_MAGIC, 3)
#define PIDFD_GET_NET_NAMESPACE               _IO(PIDFS_IOCTL_MAGIC, 4)
#define PIDFD_GET_PID_NAMESPACE               _IO(PIDFS_IOCTL_MAGIC, 5)
#define PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE  _IO(PIDFS_IOCTL_MAGIC, 6)
#define PIDFD_GET_TIME_NAMESPACE              _IO(PIDFS_IOCTL_MAGIC, 7)
#define PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE _IO(PIDFS_IOCTL_MAGIC, 8)
#define PIDFD_GET_USER_NAMESPACE              _IO(PIDFS_IOCTL_MAGIC, 9)
#define PIDFD_GET_UTS_NAMESPACE               _IO(PIDFS_IOCTL_MAGIC, 10)
#endif
#ifndef PIDFD_GET_INFO
#define PIDFD_INFO_PID      (1ULL << 0)
#define PIDFD_INFO_CREDS    (1ULL << 1)
#define PIDFD_INFO_CGROUPID (1ULL << 2)
#define PIDFD_INFO_EXIT     (1ULL << 3) /* 6.15 */
struct pidfd_info {
    __u64 mask;
    __u64 cgroupid;
    __u32 pid, tgid, ppid;
    __u32 ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    __s32 exit_code;
};
#define PIDFD_GET_INFO _IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info) /* 6.13 */
#endif

/* memfd_create(2) */
#ifndef MFD_EXEC
#define MFD_NOEXEC_SEAL 0x8U  /* 6.3 */
#define MFD_EXEC        0x10U /* 6.3 */
#endif

/* Mounts. glibc 2.36 and <linux/mount.h> cannot be included together, so what the engine's own C
 * needs of both is here; recipes get every constant from bind/constants.c. */
#ifndef MNT_DETACH
#define MNT_FORCE       1
#define MNT_DETACH      2
#define MNT_EXPIRE      4
#define UMOUNT_NOFOLLOW 8
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200 /* 6.5 */
#endif
#define NSE_FSCONFIG_CMD_CREATE_EXCL 8 /* 6.6; an enumerator there, so #ifndef cannot ask */
#ifndef OPEN_TREE_NAMESPACE
#define OPEN_TREE_NAMESPACE (1 << 1) /* 7.0 */
#endif
#ifndef FSMOUNT_NAMESPACE
#define FSMOUNT_NAMESPACE 2 /* 7.1 */
#endif
#ifndef LSMT_ROOT
#define LSMT_ROOT            0xffffffffffffffffULL
#define STATMOUNT_SB_BASIC   0x00000001U /* 6.8, as the next five */
#define STATMOUNT_MNT_BASIC  0x00000002U
#define STATMOUNT_MNT_ROOT   0x00000008U
#define STATMOUNT_MNT_POINT  0x00000010U
#define STATMOUNT_FS_TYPE    0x00000020U
#define STATMOUNT_MNT_OPTS   0x00000080U /* 6.11 */
#define STATMOUNT_FS_SUBTYPE 0x00000100U /* 6.13 */
#define STATMOUNT_SB_SOURCE  0x00000200U /* 6.13 */
struct mnt_id_req {
    __u32 size;
    __u32 spare;
    __u64 mnt_id;
    __u64 param;
    __u64 mnt_ns_id; /* 6.11 */
};
struct statmount {
    __u32 size;
    __u32 mnt_opts;
    __u64 mask;
    __u32 sb_dev_major, sb_dev_minor;
    __u64 sb_magic;
    __u32 sb_flags, fs_type;
    __u64 mnt_id, mnt_parent_id;
    __u32 mnt_id_old, mnt_parent_id_old;
    __u64 mnt_attr, mnt_propagation, mnt_peer_group, mnt_master, propagate_from;
    __u32 mnt_root, mnt_point;
    __u64 mnt_ns_id;
    __u32 fs_subtype, sb_source;
    __u64 spare[48];
    char str[];
};
_Static_assert(sizeof(struct statmount) == 512, "struct statmount is 512 bytes and its strings");
#endif

#endif
