/* Descriptors: open, close, read, write, pipes, sockets, passing. Every one that is made here is
 * close-on-exec from birth. 0 or positive, or -errno. Any process. */
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
/* Closes what *fd holds, if it holds anything, and notes that: -1. */
void nse_close_end(int *fd);

/* read(2) and write(2), once; -EINTR is the caller's to see. */
long nse_read(int fd, void *data, size_t size);
long nse_write(int fd, const void *data, size_t size);

/* Writes a value and closes the file, which may be -errno of its opening: files of procfs and cgroupfs
 * take a value in one write, or none of it. 0 or -errno. */
int nse_write_and_close(int fd, const void *data, size_t size);

/* O_NONBLOCK of the open file behind `fd`, which all descriptors of that open file share. */
int nse_set_nonblock(int fd, int on);
/* Around writes that must not kill the program: SIGPIPE, and SIGXFSZ, which the caller's limit of file sizes
 * raises for files in memory too, are held back, and taken away when `rc` says that one was raised. A program
 * that embeds us keeps its disposition of both. */
struct nse_quiet {
    uint64_t mask, pending;
};
int nse_quiet_begin(struct nse_quiet *quiet);
void nse_quiet_end(const struct nse_quiet *quiet, long rc);
/* write(2) within them: -EPIPE or -EFBIG is all that happens. */
long nse_write_quietly(int fd, const void *data, size_t size);

int nse_pipe(int ret_fds[2], int flags);
int nse_socketpair(int type, int ret_fds[2]);
/* A counter: read(2) takes it, 8 bytes; non-blocking. */
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
/* The same with `mask` as the mask of signals meanwhile: ppoll(2). NULL keeps it. */
int nse_ppoll(struct pollfd *fds, unsigned int count, long milliseconds, const uint64_t *mask);

/* Sends `fd` with 1 to 4096 bytes of message over a Unix socket (SCM_RIGHTS). */
int nse_send_fd(int socket, int fd, const void *message, size_t size);
/* Receives one descriptor: *ret_fd is -1 when the message carried none, *ret_size its bytes. -EMSGSIZE:
 * more than one descriptor or `size` bytes, or no room for the descriptor; what came is closed. */
int nse_recv_fd(int socket, void *message, size_t size, int *ret_fd, size_t *ret_size);

#endif
