/* sys: terminals. */
#include <limits.h>

#include "bind.h"
#include "tty.h"

/* openpty(rows = 24, columns = 80)
 *   -> FD, FD                      master, slave
 *   -> nil, "openpty: No such file or directory (ENOENT)", errno
 * A new pseudo-terminal of the devpts at /dev/pts; pty(7). The slave comes from the master
 * (TIOCGPTPEER, Linux 4.13), not by a name. */
static int sys_openpty(lua_State *L)
{
    struct winsize size = {
        .ws_row = (unsigned short)nse_opt_integer(L, 1, 24, 1, USHRT_MAX),
        .ws_col = (unsigned short)nse_opt_integer(L, 2, 80, 1, USHRT_MAX),
    };
    struct nse_fd *master = nse_fd_new(L);
    struct nse_fd *slave = nse_fd_new(L);
    int rc = nse_openpty(&master->fd, &slave->fd);

    if (rc == 0)
        rc = nse_set_winsize(master->fd, &size);
    return rc < 0 ? nse_fail(L, rc, "openpty") : 2;
}

/* setctty(fd)
 *   -> true
 *   -> nil, "setctty: Operation not permitted (EPERM)", errno
 * Makes a terminal the controlling one of this process, which must lead a session (sys.setsid)
 * without one. ioctl_tty(2) TIOCSCTTY. */
static int sys_setctty(lua_State *L)
{
    return nse_result(L, nse_set_ctty(nse_arg_fd(L, 1)), "setctty");
}

/* winsize(fd, rows|nil, columns|nil)
 *   -> rows, columns               without numbers
 *   -> true                        with both: the terminal's programs get SIGWINCH
 *   -> nil, "winsize: Inappropriate ioctl for device (ENOTTY)", errno
 * ioctl_tty(2) TIOCGWINSZ, TIOCSWINSZ. */
static int sys_winsize(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    struct winsize size = {0, 0, 0, 0};
    int rc;

    if (!lua_isnoneornil(L, 2)) {
        size.ws_row = (unsigned short)nse_arg_integer(L, 2, 1, USHRT_MAX);
        size.ws_col = (unsigned short)nse_arg_integer(L, 3, 1, USHRT_MAX);
        return nse_result(L, nse_set_winsize(fd, &size), "winsize");
    }
    rc = nse_get_winsize(fd, &size);
    if (rc < 0)
        return nse_fail(L, rc, "winsize");
    lua_pushinteger(L, size.ws_row);
    lua_pushinteger(L, size.ws_col);
    return 2;
}

/* isatty(fd)
 *   -> boolean
 *   -> nil, "isatty: Bad file descriptor (EBADF)", errno
 * isatty(3). */
static int sys_isatty(lua_State *L)
{
    int rc = nse_isatty(nse_arg_fd(L, 1));

    if (rc < 0)
        return nse_fail(L, rc, "isatty");
    lua_pushboolean(L, rc);
    return 1;
}

const luaL_Reg nse_sys_tty[] = {
    {"openpty", sys_openpty},
    {"setctty", sys_setctty},
    {"winsize", sys_winsize},
    {"isatty", sys_isatty},
    {NULL, NULL},
};
