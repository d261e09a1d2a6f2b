/* Descriptors: open, close, read, write, pipes, sockets, passing. Each is close-on-exec from the
 * start, unless nse_dup_to() is told otherwise. 0 or positive, or -errno. Any process. */
#ifndef NSE_KERNEL_FD_H
#define NSE_KERNEL_FD_H

#include <linux/openat2.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int nse_open(const char *path, int flags, mode_t mode);
int nse_openat(int dirfd, const char *path, int flags, mode_t mode);
int nse_openat2(int dirfd, const char *path, const struct open_how *how);
int nse_close(int fd);
/* Closes *fd unless it is negative, and sets it to -1. */
void nse_close_end(int *fd);

/* read(2) and write(2), once; the caller handles -EINTR. */
long nse_read(int fd, void *data, size_t size);
long nse_write(int fd, const void *data, size_t size);

/* Writes a value and closes `fd`, which may be the -errno of its open. Files of procfs and cgroupfs
 * take a value in one write or not at all. 0 or -errno. */
int nse_write_and_close(int fd, const void *data, size_t size);
/* Reads once and closes `fd`, which may be the -errno of its open. The bytes read, or -errno. */
long nse_read_and_close(int fd, void *data, size_t size);

/* Sets O_NONBLOCK of the open file description, which its descriptors share. */
int nse_set_nonblock(int fd, int on);
/* Around writes that must not kill the program. SIGPIPE and SIGXFSZ (RLIMIT_FSIZE holds for memory
 * files too) are blocked, and taken off if `rc` says that one was raised. A program that embeds us
 * keeps its dispositions. */
struct nse_quiet {
    uint64_t mask, pending;
};
int nse_quiet_begin(struct nse_quiet *quiet);
void nse_quiet_end(const struct nse_quiet *quiet, long rc);
/* write(2) between the two: it only fails, with -EPIPE or -EFBIG. */
long nse_write_quietly(int fd, const void *data, size_t size);
/* The same, but -EAGAIN instead of waiting, whatever O_NONBLOCK says, for a pipe from Linux 6.4. */
long nse_read_now(int fd, void *data, size_t size);
long nse_write_now(int fd, const void *data, size_t size);

int nse_pipe(int ret_fds[2], int flags);
int nse_socketpair(int type, int ret_fds[2]);
/* A non-blocking counter, eventfd(2): read(2) takes it, 8 bytes. */
int nse_eventfd(void);
int nse_memfd_create(const char *name, unsigned int flags);

/* 0 for an open descriptor, or -EBADF. */
int nse_check_fd(int fd);
/* A copy at the lowest free number from `at_least`, or exactly at `number`. */
int nse_dup(int fd, int at_least);
int nse_dup_to(int fd, int number, int flags);
int nse_set_cloexec(int fd, int on);
int nse_close_range(unsigned int first, unsigned int last, unsigned int flags);

/* poll(2) with a time in milliseconds; negative waits for ever. */
int nse_poll(struct pollfd *fds, unsigned int count, long milliseconds);
/* The same with `mask` as the signal mask meanwhile, ppoll(2). NULL keeps it. */
int nse_ppoll(struct pollfd *fds, unsigned int count, long milliseconds, const uint64_t *mask);

/* Sends `fd` with 1 to 4096 bytes of message over a Unix socket (SCM_RIGHTS). */
int nse_send_fd(int socket, int fd, const void *message, size_t size);
/* Receives one descriptor: *ret_fd is -1 when the message carried none, *ret_size its bytes.
 * -EMSGSIZE: more than one descriptor or `size` bytes, or no room for the descriptor; what came is
 * closed. */
int nse_recv_fd(int socket, void *message, size_t size, int *ret_fd, size_t *ret_size);

#endif
