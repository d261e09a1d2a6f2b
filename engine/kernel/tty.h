/* Terminals: pseudo-terminals, the controlling terminal, window sizes. 0 or positive, or -errno. */
#ifndef NSE_KERNEL_TTY_H
#define NSE_KERNEL_TTY_H

#include <stddef.h>
#include <sys/ioctl.h>

/* The modes of a terminal, termios(3), as the kernel's struct termios2. Only tty.c looks inside,
 * since <asm/termbits.h> and <termios.h> cannot be included together. */
#define NSE_TTY_MODES_SIZE 44

struct nse_tty_modes {
    _Alignas(8) unsigned char bytes[NSE_TTY_MODES_SIZE];
};

/* A new pair of the devpts that is mounted at /dev/pts; both ends close-on-exec and not the
 * caller's controlling terminal. The slave is opened through the master (TIOCGPTPEER, Linux 4.13),
 * never by name, so an untrusted file tree cannot substitute another. */
int nse_openpty(int *ret_master, int *ret_slave);
/* Makes `fd` the controlling terminal of the caller, a session leader without one. */
int nse_set_ctty(int fd);
int nse_get_winsize(int fd, struct winsize *ret_size);
int nse_set_winsize(int fd, const struct winsize *size);
/* 1, 0, or -EBADF. */
int nse_isatty(int fd);

int nse_get_tty_modes(int fd, struct nse_tty_modes *ret_modes);
/* At once (TCSETS2): if it waited for the output to drain, a stopped terminal would block us. */
int nse_set_tty_modes(int fd, const struct nse_tty_modes *modes);
/* Changes `modes` as cfmakeraw(3) does: each byte passes unchanged, at once, and is no signal. */
void nse_make_tty_raw(struct nse_tty_modes *modes);
/* 1 when the caller's process group is in the foreground of its controlling terminal `fd`, else 0;
 * -ENOTTY when `fd` is not the controlling terminal. */
int nse_tty_foreground(int fd);

#endif
