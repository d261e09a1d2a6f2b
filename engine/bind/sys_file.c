/* sys: contents. Whole files and directories in one call. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "bind.h"
#include "fd.h"
#include "node.h"

/* list(path|fd)
 *   -> {name, ...}                 without "." and "..", in the order of the file system
 *   -> nil, "list /nope: No such file or directory (ENOENT)", errno
 * Lists a directory. getdents64(2). */
static int sys_list(lua_State *L)
{
    const char *path = lua_type(L, 1) == LUA_TSTRING ? nse_arg_string(L, 1) : NULL;
    int fd = path ? -1 : nse_arg_fd(L, 1);
    struct nse_fd *slot = nse_fd_new(L);
    _Alignas(8) char buffer[8192];
    lua_Integer count = 0;
    long n, at;

    if (path)
        fd = slot->fd = nse_open(path, O_RDONLY | O_DIRECTORY, 0);
    lua_newtable(L);
    while ((n = fd < 0 ? fd : nse_getdents(fd, buffer, sizeof(buffer))) > 0) {
        for (at = 0; at < n;) {
            /* The kernel's struct linux_dirent64, getdents64(2). */
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);

            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
                lua_pushstring(L, entry->d_name);
                lua_rawseti(L, -2, ++count);
            }
            at += entry->d_reclen;
        }
    }
    nse_close_end(&slot->fd);
    if (n < 0)
        return nse_fail(L, n, "list %s", path ? path : lua_pushfstring(L, "descriptor %d", fd));
    return 1;
}

/* readfile(path, max = 2^31)
 *   -> string
 *   -> nil, "readfile /nope: No such file or directory (ENOENT)", errno
 * Reads a whole file, also of /proc, where sizes are 0. EFBIG: more than `max` bytes. */
static int sys_readfile(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    lua_Integer max = nse_opt_integer(L, 2, 1LL << 31, 0, 1LL << 40);
    struct nse_fd *slot = nse_fd_new(L);
    luaL_Buffer buffer;
    lua_Integer total = 0;
    long n = slot->fd = nse_open(path, O_RDONLY, 0);

    luaL_buffinit(L, &buffer);
    while (n >= 0) {
        n = nse_read(slot->fd, luaL_prepbuffsize(&buffer, 16384), 16384);
        if (n == -EINTR) {
            nse_interrupted(L);
            n = 0;
            continue;
        }
        if (n <= 0)
            break;
        luaL_addsize(&buffer, (size_t)n);
        total += n;
        if (total > max)
            n = -EFBIG;
    }
    luaL_pushresult(&buffer);
    nse_close_end(&slot->fd);
    return n < 0 ? nse_fail(L, n, "readfile %s", path) : 1;
}

/* writefile(path, string, flags = O_WRONLY|O_CREAT|O_TRUNC, mode = 0666)
 *   -> true
 *   -> nil, "writefile /proc/sys/kernel/hostname: Permission denied (EACCES)", errno
 * Writes a file, in one write(2) if the kernel takes it whole, as the files of /proc and cgroups
 * require: use O_WRONLY there, since they exist or cannot be made. */
static int sys_writefile(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    size_t size, written = 0;
    const char *data = luaL_checklstring(L, 2, &size);
    int flags = (int)nse_opt_integer(L, 3, O_WRONLY | O_CREAT | O_TRUNC, 0, INT_MAX);
    mode_t mode = (mode_t)nse_opt_integer(L, 4, 0666, 0, 07777);
    struct nse_fd *slot = nse_fd_new(L);
    long n = slot->fd = nse_open(path, flags, mode);
    int rc;

    /* An empty string is one write too: some files of /proc act on it. */
    while (n >= 0) {
        n = nse_write(slot->fd, data + written, size - written);
        if (n == -EINTR)
            n = 0;
        written += n > 0 ? (size_t)n : 0;
        if (n < 0 || written == size)
            break;
        nse_interrupted(L); /* a signal may also end a write that has begun, without EINTR */
    }
    rc = slot->fd >= 0 ? nse_close(slot->fd) : 0;
    slot->fd = -1;
    return nse_result(L, n < 0 ? n : rc, "writefile %s", path);
}

const luaL_Reg nse_sys_file[] = {
    {"list", sys_list},
    {"readfile", sys_readfile},
    {"writefile", sys_writefile},
    {NULL, NULL},
};
