/* Answers system calls of other processes, seccomp_unotify(2). Runs in the supervisor. */
#ifndef NSE_KERNEL_NOTIFY_H
#define NSE_KERNEL_NOTIFY_H

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's structures may be larger than ours: see nse_notify_sizes(). */
#define NSE_NOTIFY_ROOM 512

union nse_notify_call {
    struct seccomp_notif call;
    unsigned char room[NSE_NOTIFY_ROOM];
};

/* 0 when this kernel's structures fit into ours; -EOVERFLOW, or -errno. Linux 5.0. */
int nse_notify_sizes(void);
/* Wakes the other side on the waker's CPU, since each side waits for the other. -EINVAL before
 * Linux 6.6. */
int nse_notify_sync(int listener);
/* Receives the next call; blocks unless poll(2) has announced one. -ENOENT: its process was killed
 * meanwhile. */
int nse_notify_receive(int listener, union nse_notify_call *ret_call);
/* 0 while the call `id` waits; -ENOENT if its process is gone, or was interrupted: its pid may have
 * been reused. */
int nse_notify_valid(int listener, uint64_t id);
/* Answers a call; -ENOENT as above. `error` is 0 or a positive errno, `flags`
 * SECCOMP_USER_NOTIF_FLAG_*. */
int nse_notify_send(int listener, uint64_t id, int error, int64_t value, uint32_t flags);
/* Gives the calling process a copy of `fd`: its number there. `flags`: SECCOMP_ADDFD_FLAG_*,
 * `fd_flags`: O_CLOEXEC. -EMFILE: it has no room. Linux 5.9; FLAG_SEND 5.14. */
int nse_notify_addfd(int listener, uint64_t id, int fd, uint32_t flags, int number,
                     uint32_t fd_flags);

/* Reads another process's memory: bytes up to the first page that is missing, or -errno (-EFAULT:
 * not one byte; -EPERM, -ESRCH). process_vm_readv(2). */
long nse_read_memory(pid_t pid, uint64_t address, void *data, size_t size);

#endif
