/* Descriptors: open, close, read, write, pipes, sockets, passing. Any process. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "call.h"

int nse_open(const char *path, int flags, mode_t mode)
{
    return nse_openat(AT_FDCWD, path, flags, mode);
}

int nse_openat(int dirfd, const char *path, int flags, mode_t mode)
{
    return (int)nse_call(SYS_openat, dirfd, path, flags | O_CLOEXEC, mode);
}

int nse_openat2(int dirfd, const char *path, const struct open_how *how)
{
    struct open_how closed = *how;

    closed.flags |= O_CLOEXEC;
    return (int)nse_call(SYS_openat2, dirfd, path, &closed, sizeof(closed));
}

int nse_close(int fd)
{
    return (int)nse_call(SYS_close, fd);
}

void nse_close_end(int *fd)
{
    if (*fd >= 0)
        nse_close(*fd);
    *fd = -1;
}

long nse_read(int fd, void *data, size_t size)
{
    return nse_call(SYS_read, fd, data, size);
}

long nse_write(int fd, const void *data, size_t size)
{
    return nse_call(SYS_write, fd, data, size);
}

int nse_write_and_close(int fd, const void *data, size_t size)
{
    long n;

    if (fd < 0)
        return fd;
    n = nse_write(fd, data, size);
    nse_close(fd);
    if (n < 0)
        return (int)n;
    return n == (long)size ? 0 : -EIO;
}

long nse_read_and_close(int fd, void *data, size_t size)
{
    long n;

    if (fd < 0)
        return fd;
    n = nse_read(fd, data, size);
    nse_close(fd);
    return n;
}

int nse_set_nonblock(int fd, int on)
{
    int flags = (int)nse_call(SYS_fcntl, fd, F_GETFL);

    if (flags < 0)
        return flags;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return (int)nse_call(SYS_fcntl, fd, F_SETFL, flags);
}

/* The kernel's signal set: bit n-1 is signal n. */
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

static const uint64_t raised_by_write = BIT(SIGPIPE) | BIT(SIGXFSZ);

int nse_quiet_begin(struct nse_quiet *quiet)
{
    int rc = (int)nse_call(SYS_rt_sigprocmask, SIG_BLOCK, &raised_by_write, &quiet->mask,
                           sizeof(quiet->mask));

    quiet->pending = 0;
    if (rc == 0)
        (void)nse_call(SYS_rt_sigpending, &quiet->pending, sizeof(quiet->pending));
    return rc;
}

void nse_quiet_end(const struct nse_quiet *quiet, long rc)
{
    const struct timespec now = {0, 0};
    /* Both are sent to the writing thread. One that was pending before is not ours to take. */
    const uint64_t raised = (rc == -EPIPE   ? BIT(SIGPIPE)
                             : rc == -EFBIG ? BIT(SIGXFSZ)
                                            : 0) &
                            ~quiet->pending;

    if (raised)
        while (nse_call(SYS_rt_sigtimedwait, &raised, NULL, &now, sizeof(raised)) == -EINTR)
            continue;
    (void)nse_call(SYS_rt_sigprocmask, SIG_SETMASK, &quiet->mask, NULL, sizeof(quiet->mask));
}

/* For a pipe, RWF_NOSIGNAL (Linux 6.18) alone would do. */
long nse_write_quietly(int fd, const void *data, size_t size)
{
    struct nse_quiet quiet;
    long n = nse_quiet_begin(&quiet);

    if (n < 0)
        return n;
    n = nse_call(SYS_write, fd, data, size);
    nse_quiet_end(&quiet, n);
    return n;
}

/* Older kernels, filters and other kinds of files refuse RWF_NOWAIT: it may wait then. */
long nse_read_now(int fd, void *data, size_t size)
{
    struct iovec iov = {.iov_base = data, .iov_len = size};
    long n = nse_call(SYS_preadv2, fd, &iov, 1, -1L, -1L, RWF_NOWAIT);

    return n >= 0 || n == -EAGAIN || n == -EINTR ? n : nse_read(fd, data, size);
}

long nse_write_now(int fd, const void *data, size_t size)
{
    struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
    struct nse_quiet quiet;
    long n = nse_quiet_begin(&quiet);

    if (n < 0)
        return n;
    n = nse_call(SYS_pwritev2, fd, &iov, 1, -1L, -1L, RWF_NOWAIT);
    if (n < 0 && n != -EAGAIN && n != -EINTR && n != -EPIPE)
        n = nse_call(SYS_write, fd, data, size);
    nse_quiet_end(&quiet, n);
    return n;
}

int nse_pipe(int ret_fds[2], int flags)
{
    return (int)nse_call(SYS_pipe2, ret_fds, flags | O_CLOEXEC);
}

int nse_socketpair(int type, int ret_fds[2])
{
    return (int)nse_call(SYS_socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0, ret_fds);
}

int nse_eventfd(void)
{
    return (int)nse_call(SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK);
}

int nse_memfd_create(const char *name, unsigned int flags)
{
    return (int)nse_call(SYS_memfd_create, name, flags | MFD_CLOEXEC);
}

int nse_check_fd(int fd)
{
    int rc = (int)nse_call(SYS_fcntl, fd, F_GETFD);

    return rc < 0 ? rc : 0;
}

int nse_dup(int fd, int at_least)
{
    return (int)nse_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, at_least);
}

int nse_dup_to(int fd, int number, int flags)
{
    /* dup3(2) refuses fd == number. As with dup2(2) it stays, with the flag that was asked for. */
    if (fd == number)
        return nse_set_cloexec(fd, (flags & O_CLOEXEC) != 0);
    return (int)nse_call(SYS_dup3, fd, number, flags);
}

int nse_set_cloexec(int fd, int on)
{
    return (int)nse_call(SYS_fcntl, fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

int nse_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
    return (int)nse_call(SYS_close_range, first, last, flags);
}

int nse_poll(struct pollfd *fds, unsigned int count, long milliseconds)
{
    return nse_ppoll(fds, count, milliseconds, NULL);
}

int nse_ppoll(struct pollfd *fds, unsigned int count, long milliseconds, const uint64_t *mask)
{
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000L};

    return (int)nse_call(SYS_ppoll, fds, count, milliseconds < 0 ? NULL : &time, mask,
                         sizeof(*mask));
}

int nse_send_fd(int socket, int fd, const void *message, size_t size)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = (void *)message, .iov_len = size};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *cmsg;

    memset(&control, 0, sizeof(control));
    cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
    return (int)nse_call(SYS_sendmsg, socket, &msg, MSG_NOSIGNAL);
}

/* Takes the one descriptor of `msg` into *ret_fd; closes all if there are more. */
static int take_fd(struct msghdr *msg, int *ret_fd)
{
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
    size_t count, i;
    int fd;

    if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
        return 0;
    count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (count == 1) {
        memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(int));
        return 0;
    }
    for (i = 0; i < count; i++) {
        memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
        nse_close(fd);
    }
    return -EMSGSIZE;
}

int nse_recv_fd(int socket, void *message, size_t size, int *ret_fd, size_t *ret_size)
{
    union {
        struct cmsghdr align;
        /* Room for more than one, so that a surplus is seen and closed, not cut off. */
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = message, .iov_len = size};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    int fd = -1;
    int rc = (int)nse_call(SYS_recvmsg, socket, &msg, MSG_CMSG_CLOEXEC);

    if (rc < 0)
        return rc;
    *ret_size = (size_t)rc;
    rc = take_fd(&msg, &fd);
    if (rc == 0 && msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        /* Half a message, or a descriptor that RLIMIT_NOFILE left no room for. */
        if (fd >= 0)
            nse_close(fd);
        rc = -EMSGSIZE;
    }
    if (rc == 0)
        *ret_fd = fd;
    return rc;
}
