/* Answers system calls of other processes. Runs in the supervisor. */
#include "notify.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "call.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0) /* 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#endif

union answer {
    struct seccomp_notif_resp fields;
    unsigned char room[NSE_NOTIFY_ROOM];
};

int nse_notify_sizes(void)
{
    struct seccomp_notif_sizes sizes;
    int rc = (int)nse_call(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);

    if (rc < 0)
        return rc;
    return sizes.seccomp_notif <= NSE_NOTIFY_ROOM && sizes.seccomp_notif_resp <= NSE_NOTIFY_ROOM &&
                   sizes.seccomp_data == sizeof(struct seccomp_data)
               ? 0
               : -EOVERFLOW;
}

int nse_notify_sync(int listener)
{
    return (int)nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
                         SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int nse_notify_receive(int listener, union nse_notify_call *ret_call)
{
    memset(ret_call, 0, sizeof(*ret_call)); /* the kernel refuses anything else */
    return (int)nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, ret_call);
}

int nse_notify_valid(int listener, uint64_t id)
{
    return (int)nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

int nse_notify_send(int listener, uint64_t id, int error, int64_t value, uint32_t flags)
{
    union answer answer;

    memset(&answer, 0, sizeof(answer));
    answer.fields.id = id;
    answer.fields.error = -error;
    answer.fields.val = value;
    answer.fields.flags = flags;
    return (int)nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int nse_notify_addfd(int listener, uint64_t id, int fd, uint32_t flags, int number,
                     uint32_t fd_flags)
{
    struct seccomp_notif_addfd add = {
        .id = id,
        .flags = flags,
        .srcfd = (uint32_t)fd,
        .newfd = (uint32_t)number,
        .newfd_flags = fd_flags,
    };

    return (int)nse_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

#define PARTS 16 /* pages of one call */
#define PAGE  4096

/* struct iovec with an address in another process. */
struct remote {
    uintptr_t address;
    size_t size;
};

/* process_vm_readv(2) reads a part whole or not at all, so none crosses a page boundary. */
static long read_some(pid_t pid, uint64_t address, char *data, size_t size)
{
    struct iovec here = {data, 0};
    struct remote there[PARTS];
    int count = 0;

    while (count < PARTS && here.iov_len < size) {
        size_t left = size - here.iov_len, page = PAGE - (size_t)(address % PAGE);
        size_t part = left < page ? left : page;

        if (address > UINT64_MAX - part)
            break;
        there[count].address = (uintptr_t)address;
        there[count++].size = part;
        here.iov_len += part;
        address += part;
    }
    return count ? nse_call(SYS_process_vm_readv, pid, &here, 1, there, count, 0) : -EFAULT;
}

long nse_read_memory(pid_t pid, uint64_t address, void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        long n = read_some(pid, address + done, (char *)data + done, size - done);

        if (n <= 0)
            return done ? (long)done : n ? n : -EFAULT;
        done += (size_t)n;
    }
    return (long)done;
}
