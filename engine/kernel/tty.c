/* Terminals: pseudo-terminals, the controlling terminal, window sizes. Any process. */
#include "tty.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>

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
    /* Every "not a terminal": files, pipes, O_PATH and nsfs descriptors differ in the errno. */
    return rc == -EBADF ? rc : 0;
}
