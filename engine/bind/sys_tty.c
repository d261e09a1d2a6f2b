/* sys: terminals, and what a relay between a terminal and a pipe needs. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bind.h"
#include "tty.h"

/* openpty(rows = 24, columns = 80)
 *   -> FD, FD                      master, slave
 *   -> nil, "openpty: No such file or directory (ENOENT)", errno
 * Makes a pseudo-terminal in the devpts at /dev/pts. The slave is opened through the master
 * (TIOCGPTPEER, Linux 4.13), not by name. pty(7). */
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
 * Makes a terminal the controlling terminal of this process, which must lead a session without one
 * (sys.setsid). ioctl_tty(2) TIOCSCTTY. */
static int sys_setctty(lua_State *L)
{
    return nse_result(L, nse_set_ctty(nse_arg_fd(L, 1)), "setctty");
}

/* winsize(fd, rows|nil, columns|nil)
 *   -> rows, columns               without numbers
 *   -> true                        with both: the terminal's programs get SIGWINCH
 *   -> nil, "winsize: Inappropriate ioctl for device (ENOTTY)", errno
 * Gets or sets the size of a terminal. ioctl_tty(2) TIOCGWINSZ, TIOCSWINSZ. */
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
 * Tells whether a descriptor is a terminal. isatty(3). */
static int sys_isatty(lua_State *L)
{
    int rc = nse_isatty(nse_arg_fd(L, 1));

    if (rc < 0)
        return nse_fail(L, rc, "isatty");
    lua_pushboolean(L, rc);
    return 1;
}

/* tty_raw(fd)
 *   -> string                      the previous modes, for tty_restore
 *   -> nil, "tty_raw: Inappropriate ioctl for device (ENOTTY)", errno
 * Makes a terminal raw, as cfmakeraw(3): each byte passes at once and unchanged, with no echo,
 * lines or signals from the keyboard. In the background it stops the caller (SIGTTOU), as any
 * change of the modes does. termios(3) TCSETS2. */
static int sys_tty_raw(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    struct nse_tty_modes before, raw;
    int rc = nse_get_tty_modes(fd, &before);

    if (rc == 0) {
        raw = before;
        nse_make_tty_raw(&raw);
        while ((rc = nse_set_tty_modes(fd, &raw)) == -EINTR)
            nse_interrupted(L);
    }
    if (rc < 0)
        return nse_fail(L, rc, "tty_raw");
    lua_pushlstring(L, (const char *)before.bytes, sizeof(before.bytes));
    return 1;
}

/* tty_modes(fd)
 *   -> string                      the current modes, for tty_restore
 *   -> nil, "tty_modes: Inappropriate ioctl for device (ENOTTY)", errno
 * Returns the modes of a terminal, as an opaque string. termios(3) TCGETS2. */
static int sys_tty_modes(lua_State *L)
{
    struct nse_tty_modes modes;
    int rc = nse_get_tty_modes(nse_arg_fd(L, 1), &modes);

    if (rc < 0)
        return nse_fail(L, rc, "tty_modes");
    lua_pushlstring(L, (const char *)modes.bytes, sizeof(modes.bytes));
    return 1;
}

/* tty_restore(fd, modes)
 *   -> true
 *   -> nil, "tty_restore: Inappropriate ioctl for device (ENOTTY)", errno
 * Sets the modes that tty_raw or tty_modes returned, for this terminal or another: at once, and
 * without losing what is being typed or printed. termios(3) TCSETS2. */
static int sys_tty_restore(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    struct nse_tty_modes modes;
    size_t size;
    const char *bytes = luaL_checklstring(L, 2, &size);
    int rc;

    luaL_argcheck(L, size == sizeof(modes.bytes), 2, "no modes of sys.tty_raw or sys.tty_modes");
    memcpy(modes.bytes, bytes, sizeof(modes.bytes));
    while ((rc = nse_set_tty_modes(fd, &modes)) == -EINTR)
        nse_interrupted(L);
    return nse_result(L, rc, "tty_restore");
}

/* tty_foreground(fd)
 *   -> boolean                     whether this process group may read it and change its modes
 *   -> nil, "tty_foreground: Inappropriate ioctl for device (ENOTTY)", errno
 * Tells whether this process group is in the foreground. ENOTTY: it is not the controlling
 * terminal; the kernel then lets every process do this. tcgetpgrp(3). */
static int sys_tty_foreground(lua_State *L)
{
    int rc = nse_tty_foreground(nse_arg_fd(L, 1));

    if (rc < 0)
        return nse_fail(L, rc, "tty_foreground");
    lua_pushboolean(L, rc);
    return 1;
}

const luaL_Reg nse_sys_tty[] = {
    {"openpty", sys_openpty},
    {"setctty", sys_setctty},
    {"winsize", sys_winsize},
    {"isatty", sys_isatty},
    {"tty_raw", sys_tty_raw},
    {"tty_modes", sys_tty_modes},
    {"tty_restore", sys_tty_restore},
    {"tty_foreground", sys_tty_foreground},
    {NULL, NULL},
};
