/* Terminals: pseudo-terminals, the controlling terminal, window sizes. 0 or positive, or -errno. */
#ifndef NSE_KERNEL_TTY_H
#define NSE_KERNEL_TTY_H

#include <sys/ioctl.h>

/* A new pair of the devpts that is mounted at /dev/pts; both ends close-on-exec and not the
 * caller's controlling terminal. The slave is opened through the master (TIOCGPTPEER, Linux 4.13)
 * and never by name, so a file tree from a stranger cannot give another one. */
int nse_openpty(int *ret_master, int *ret_slave);
/* Makes `fd` the controlling terminal of the caller, a session leader without one. */
int nse_set_ctty(int fd);
int nse_get_winsize(int fd, struct winsize *ret_size);
int nse_set_winsize(int fd, const struct winsize *size);
/* 1, 0, or -errno other than -ENOTTY. */
int nse_isatty(int fd);

#endif
