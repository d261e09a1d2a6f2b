/* Terminals: pseudo-terminals, the controlling terminal, window sizes. 0 or positive, or -errno. */
#ifndef NSE_KERNEL_TTY_H
#define NSE_KERNEL_TTY_H

#include <stddef.h>
#include <sys/ioctl.h>

/* The modes of a terminal, termios(3), as the kernel holds them (its struct termios2); what is inside is
 * a matter of tty.c, since <asm/termbits.h> and <termios.h> cannot be included together. */
#define NSE_TTY_MODES_SIZE 44

struct nse_tty_modes {
    _Alignas(8) unsigned char bytes[NSE_TTY_MODES_SIZE];
};

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

int nse_get_tty_modes(int fd, struct nse_tty_modes *ret_modes);
/* At once (TCSETS): waiting for the output to drain, a stopped terminal would hold the caller for ever. */
int nse_set_tty_modes(int fd, const struct nse_tty_modes *modes);
/* Changes `modes` as cfmakeraw(3) does: each byte passes as it is, at once, and is no signal. */
void nse_make_tty_raw(struct nse_tty_modes *modes);
/* 1 when the caller's process group is in the foreground of its controlling terminal `fd`, else 0;
 * -ENOTTY when `fd` is not the controlling terminal. */
int nse_tty_foreground(int fd);

#endif
