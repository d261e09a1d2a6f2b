/* Terminals: pseudo-terminals, the controlling terminal, window sizes. Any process. */
#include "tty.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "call.h"
#include "fd.h"

int nse_openpty(int *ret_master, int *ret_slave)
{
    int unlock = 0;
    int slave = -1;
    int master = nse_open("/dev/ptmx", O_RDWR | O_NOCTTY, 0);

    if (master < 0)
        return master;
    slave = (int)nse_call(SYS_ioctl, master, TIOCSPTLCK, &unlock);
    if (slave == 0)
        slave = (int)nse_call(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        nse_close(master);
        return slave;
    }
    *ret_master = master;
    *ret_slave = slave;
    return 0;
}

int nse_set_ctty(int fd)
{
    return (int)nse_call(SYS_ioctl, fd, TIOCSCTTY, 0);
}

int nse_get_winsize(int fd, struct winsize *ret_size)
{
    return (int)nse_call(SYS_ioctl, fd, TIOCGWINSZ, ret_size);
}

int nse_set_winsize(int fd, const struct winsize *size)
{
    return (int)nse_call(SYS_ioctl, fd, TIOCSWINSZ, size);
}

int nse_isatty(int fd)
{
    struct termios modes;
    int rc = (int)nse_call(SYS_ioctl, fd, TCGETS, &modes);

    if (rc == 0)
        return 1;
    /* Not a terminal: the errno differs between files, pipes and nsfs descriptors. */
    return rc == -EBADF ? rc : 0;
}

/* --- modes -------------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct termios2) == NSE_TTY_MODES_SIZE, "the kernel's struct termios2");

int nse_get_tty_modes(int fd, struct nse_tty_modes *ret_modes)
{
    return (int)nse_call(SYS_ioctl, fd, TCGETS2, ret_modes);
}

int nse_set_tty_modes(int fd, const struct nse_tty_modes *modes)
{
    return (int)nse_call(SYS_ioctl, fd, TCSETS2, modes);
}

void nse_make_tty_raw(struct nse_tty_modes *modes)
{
    struct termios2 raw;

    memcpy(&raw, modes, sizeof(raw));
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    memcpy(modes, &raw, sizeof(raw));
}

int nse_tty_foreground(int fd)
{
    int group = 0;
    int rc = (int)nse_call(SYS_ioctl, fd, TIOCGPGRP, &group);

    return rc < 0 ? rc : group == (int)nse_call(SYS_getpgid, 0);
}
