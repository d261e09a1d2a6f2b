/* sys: control groups. Directories and files of cgroupfs, relative to an FD of a group. */
#include <string.h>

#include "bind.h"
#include "cgroup.h"

/* A name of one directory entry: nothing here leads out of the group. */
static const char *arg_name(lua_State *L, int index)
{
    const char *name = nse_arg_string(L, index);

    luaL_argcheck(L,
                  *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0,
                  index, "a name without '/' expected");
    return name;
}

/* cgroup_open(path)
 *   -> FD                          of a directory of cgroupfs, of version 1 or 2
 *   -> nil, "cgroup_open /tmp: Inappropriate ioctl for device (ENOTTY)", errno
 * Opens a group. ENOTTY: the path is on another file system. */
static int sys_cgroup_open(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_result_fd(L, slot, nse_cgroup_open(path), "cgroup_open %s", path);
}

/* cgroup_make(parent, name)
 *   -> FD                          of the new group, below the FD `parent`
 *   -> nil, "cgroup_make box: Permission denied (EACCES)", errno
 * Makes a group. mkdirat(2). */
static int sys_cgroup_make(lua_State *L)
{
    int parent = nse_arg_fd(L, 1);
    const char *name = arg_name(L, 2);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_result_fd(L, slot, nse_cgroup_make(parent, name), "cgroup_make %s", name);
}

/* cgroup_write(group, file, string)
 *   -> true
 *   -> nil, "cgroup_write memory.max: Permission denied (EACCES)", errno
 * Writes a file of a group, in one write(2). */
static int sys_cgroup_write(lua_State *L)
{
    int group = nse_arg_fd(L, 1);
    const char *file = arg_name(L, 2);
    size_t size;
    const char *text = luaL_checklstring(L, 3, &size);

    return nse_result(L, nse_cgroup_write(group, file, text, size), "cgroup_write %s", file);
}

/* cgroup_read(group, file)
 *   -> string
 *   -> nil, "cgroup_read memory.peak: No such file or directory (ENOENT)", errno
 * Reads a file of a group, in one read(2), at most 16384 bytes. */
static int sys_cgroup_read(lua_State *L)
{
    int group = nse_arg_fd(L, 1);
    const char *file = arg_name(L, 2);
    char text[16384];
    long n = nse_cgroup_read(group, file, text, sizeof(text));

    if (n < 0)
        return nse_fail(L, n, "cgroup_read %s", file);
    lua_pushlstring(L, text, (size_t)n);
    return 1;
}

/* cgroup_kill(group)
 *   -> true                        SIGKILL was sent to all in it and below, at once
 *   -> nil, "cgroup_kill: No such file or directory (ENOENT)", errno
 * Kills all processes of a group. ENOENT: version 1 does not have it. cgroup.kill, Linux 5.14. */
static int sys_cgroup_kill(lua_State *L)
{
    return nse_result(L, nse_cgroup_kill(nse_arg_fd(L, 1)), "cgroup_kill");
}

/* cgroup_remove(parent, name)
 *   -> true
 *   -> nil, "cgroup_remove box: Device or resource busy (EBUSY)", errno
 * Removes a group. EBUSY: it contains a process or a group. unlinkat(2) AT_REMOVEDIR. */
static int sys_cgroup_remove(lua_State *L)
{
    int parent = nse_arg_fd(L, 1);
    const char *name = arg_name(L, 2);

    return nse_result(L, nse_cgroup_remove(parent, name), "cgroup_remove %s", name);
}

const luaL_Reg nse_sys_cgroup[] = {
    {"cgroup_open", sys_cgroup_open},
    {"cgroup_make", sys_cgroup_make},
    {"cgroup_write", sys_cgroup_write},
    {"cgroup_read", sys_cgroup_read},
    {"cgroup_kill", sys_cgroup_kill},
    {"cgroup_remove", sys_cgroup_remove},
    {NULL, NULL},
};
