/* Namespaces: clone3, unshare, setns, the ioctls of namespace descriptors and pidfds. Runs in the
 * caller and in the child. */
#include "ns.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>

#include "call.h"
#include "proc.h"
#include "process.h"
#include "text.h"
#include "uapi.h"

/* The order matters: a process that joins several enters them from the top. The user namespace
 * comes first, because its capabilities decide about the others (kernel/nsproxy.c, setns). */
const struct nse_ns_kind nse_ns_kinds[] = {
    {"user", CLONE_NEWUSER, PIDFD_GET_USER_NAMESPACE},
    {"cgroup", CLONE_NEWCGROUP, PIDFD_GET_CGROUP_NAMESPACE},
    {"ipc", CLONE_NEWIPC, PIDFD_GET_IPC_NAMESPACE},
    {"uts", CLONE_NEWUTS, PIDFD_GET_UTS_NAMESPACE},
    {"net", CLONE_NEWNET, PIDFD_GET_NET_NAMESPACE},
    {"pid", CLONE_NEWPID, PIDFD_GET_PID_NAMESPACE},
    {"pid_for_children", 0, PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE},
    {"time", CLONE_NEWTIME, PIDFD_GET_TIME_NAMESPACE},
    {"time_for_children", 0, PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE},
    {"mnt", CLONE_NEWNS, PIDFD_GET_MNT_NAMESPACE},
};
const size_t nse_ns_kind_count = sizeof(nse_ns_kinds) / sizeof(nse_ns_kinds[0]);

/* clone(2), the older call. Its flags share 32 bits with the exit signal, and CLONE_NEWTIME
 * overlaps that signal's bits: such requests fail with -ENOSYS. */
static long legacy_clone(uint64_t flags, int *pidfd)
{
    int clear_sighand = (flags & CLONE_CLEAR_SIGHAND) != 0;
    long pid;

    flags &= ~(uint64_t)CLONE_CLEAR_SIGHAND;
    if (flags > UINT32_MAX || (flags & CSIGNAL))
        return -ENOSYS;
    /* The order of the last two arguments differs between architectures; both are 0 here. */
    pid = nse_call(SYS_clone, flags | SIGCHLD, 0, pidfd, 0, 0);
    if (pid == 0 && clear_sighand)
        nse_reset_handlers(); /* signals are blocked: none can come before */
    return pid;
}

pid_t nse_clone(const struct nse_clone *how, int *ret_pidfd)
{
    int pidfd = -1;
    struct clone_args args = {
        .flags = how->flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = how->cgroup >= 0 ? (__u64)how->cgroup : 0U,
    };
    long pid = nse_call(SYS_clone3, &args, sizeof(args));

    if (pid == -ENOSYS)
        pid = legacy_clone(args.flags, &pidfd);
    if (pid > 0)
        *ret_pidfd = pidfd;
    return (pid_t)pid;
}

int nse_unshare(int flags)
{
    return (int)nse_call(SYS_unshare, flags);
}

int nse_setns(int fd, int flags)
{
    return (int)nse_call(SYS_setns, fd, flags);
}

int nse_ns_ioctl(int fd, unsigned int request, pid_t pid)
{
    return (int)nse_call(SYS_ioctl, fd, request, pid);
}

int nse_ns_owner_uid(int fd, uid_t *ret_uid)
{
    return (int)nse_call(SYS_ioctl, fd, NS_GET_OWNER_UID, ret_uid);
}

int nse_ns_id(int fd, unsigned int request, uint64_t *ret_id)
{
    return (int)nse_call(SYS_ioctl, fd, request, ret_id);
}

int nse_ns_mnt_info(int fd, unsigned int request, struct mnt_ns_info *ret_info)
{
    *ret_info = (struct mnt_ns_info){.size = sizeof(*ret_info)};
    return (int)nse_call(SYS_ioctl, fd, request, ret_info);
}

int nse_pidfd_info(int pidfd, struct pidfd_info *ret_info)
{
    return (int)nse_call(SYS_ioctl, pidfd, PIDFD_GET_INFO, ret_info);
}

int nse_listns(const struct ns_id_req *request, uint64_t *ids, size_t count)
{
    return (int)nse_call(SYS_listns, request, ids, count, 0);
}

int nse_timens_offset(int clock, long long nanoseconds)
{
    const long long second = 1000000000;
    long long seconds = nanoseconds / second, rest = nanoseconds % second;
    char line[64];
    struct nse_text text;

    if (rest < 0) { /* the kernel wants 0 to 999,999,999 */
        rest += second;
        seconds--;
    }
    nse_text_init(&text, line, sizeof(line));
    nse_text_add_number(&text, clock);
    nse_text_add(&text, " ");
    nse_text_add_number(&text, seconds);
    nse_text_add(&text, " ");
    nse_text_add_number(&text, rest);
    nse_text_add(&text, "\n");
    return nse_proc_write(0, "timens_offsets", line);
}
