/* Namespaces: clone3, unshare, setns, the ioctls of namespace descriptors and pidfds. 0 or
 * positive, or -errno; what the running kernel lacks answers -ENOSYS, -ENOTTY or -EINVAL. */
#ifndef NSE_KERNEL_NS_H
#define NSE_KERNEL_NS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One kind of namespace: THE table. A new kind is one row in ns.c. */
struct nse_ns_kind {
    const char *name;         /* the file below /proc/PID/ns */
    uint64_t flag;            /* CLONE_NEW*; 0 for the *_for_children files */
    unsigned int pidfd_ioctl; /* PIDFD_GET_*_NAMESPACE */
};
extern const struct nse_ns_kind nse_ns_kinds[];
extern const size_t nse_ns_kind_count;

#define NSE_NS_FLAGS_ALL                                                                           \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |     \
     CLONE_NEWCGROUP | CLONE_NEWTIME)

/* What nse_clone() makes. */
struct nse_clone {
    uint64_t flags; /* CLONE_*; CLONE_PIDFD is added */
    int cgroup;     /* descriptor of a cgroup v2 directory, with CLONE_INTO_CGROUP; else -1 */
};

/* Makes a process that copies the caller's memory, as fork(2) does. In the parent: the child's pid,
 * and its pidfd in *ret_pidfd; in the child: 0. Falls back to clone(2) if clone3(2) is missing or
 * hidden by a filter and the flags fit. No pthread_atfork(3) handler runs: single threads only. */
pid_t nse_clone(const struct nse_clone *how, int *ret_pidfd);

int nse_unshare(int flags);
int nse_setns(int fd, int flags);

/* ioctl_ns(2): `request` is NS_GET_USERNS or NS_GET_PARENT (a descriptor), NS_GET_NSTYPE
 * (CLONE_NEW*), or one of NS_GET_{PID,TGID}_{FROM,IN}_PIDNS with a pid (a pid). */
int nse_ns_ioctl(int fd, unsigned int request, pid_t pid);
int nse_ns_owner_uid(int fd, uid_t *ret_uid);
/* NS_GET_MNTNS_ID or NS_GET_ID. */
int nse_ns_id(int fd, unsigned int request, uint64_t *ret_id);

struct mnt_ns_info;
/* NS_MNT_GET_INFO (0), or _NEXT and _PREV (a descriptor of that mount namespace). */
int nse_ns_mnt_info(int fd, unsigned int request, struct mnt_ns_info *ret_info);

struct pidfd_info;
/* PIDFD_GET_INFO; ret_info->mask says what is asked for, then what was answered. */
int nse_pidfd_info(int pidfd, struct pidfd_info *ret_info);

struct ns_id_req;
/* listns(2): the number of ids written to `ids`. */
int nse_listns(const struct ns_id_req *request, uint64_t *ids, size_t count);

/* Shifts a clock of the time namespace that the caller's next child enters, in
 * /proc/self/timens_offsets: after nse_unshare(CLONE_NEWTIME) and before that child. `clock` is
 * CLOCK_MONOTONIC or CLOCK_BOOTTIME. time_namespaces(7). */
int nse_timens_offset(int clock, long long nanoseconds);

#endif
