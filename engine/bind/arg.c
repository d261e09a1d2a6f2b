/* Arguments: values from Lua, checked; misuse raises and names the argument. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "clock.h"
#include "fd.h"
#include "proc.h"
#include "text.h"

_Noreturn void nse_arg_error(lua_State *L, int index, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    luaL_argerror(L, index, lua_tostring(L, -1));
    abort(); /* not reached: Lua's headers do not say that it never returns */
}

const char *nse_arg_string(lua_State *L, int index)
{
    size_t length;
    const char *string;

    /* Not luaL_checklstring: it takes numbers, and a host name 1 is a mistake. */
    luaL_checktype(L, index, LUA_TSTRING);
    string = lua_tolstring(L, index, &length);
    if (strlen(string) != length)
        nse_arg_error(L, index, "string with an embedded NUL after %d bytes", (int)strlen(string));
    return string;
}

const char *nse_opt_string(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? NULL : nse_arg_string(L, index);
}

lua_Integer nse_arg_integer(lua_State *L, int index, lua_Integer min, lua_Integer max)
{
    lua_Integer value;

    luaL_checktype(L, index, LUA_TNUMBER); /* luaL_checkinteger would take "10" */
    value = luaL_checkinteger(L, index);
    if (value < min || value > max)
        nse_arg_error(L, index, "%I is out of range: %I to %I", value, min, max);
    return value;
}

lua_Integer nse_opt_integer(lua_State *L, int index, lua_Integer fallback, lua_Integer min,
                            lua_Integer max)
{
    return lua_isnoneornil(L, index) ? fallback : nse_arg_integer(L, index, min, max);
}

unsigned int nse_opt_id(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return UINT_MAX;
    return (unsigned int)nse_arg_integer(L, index, 0, (lua_Integer)UINT_MAX - 1);
}

unsigned int nse_opt_flags(lua_State *L, int index)
{
    return (unsigned int)nse_opt_integer(L, index, 0, 0, UINT_MAX);
}

long long nse_opt_deadline(lua_State *L, int index)
{
    lua_Number seconds;

    if (lua_isnoneornil(L, index))
        return -1;
    luaL_checktype(L, index, LUA_TNUMBER); /* luaL_checknumber would take "10" */
    seconds = lua_tonumber(L, index);
    luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, index, "seconds must be 0 to 1e9");
    return nse_monotonic() + (long long)(seconds * 1e9);
}

long nse_until(long long deadline)
{
    long long left = deadline - nse_monotonic();

    if (deadline < 0)
        return -1;
    return left <= 0 ? 0 : (long)((left + 999999) / 1000000);
}

int nse_to_fd(lua_State *L, int index, const char **ret_reason)
{
    struct nse_fd *handle = nse_fd_test(L, index);
    luaL_Stream *stream = luaL_testudata(L, index, LUA_FILEHANDLE);
    lua_Integer number = lua_tointeger(L, index);

    if (handle) {
        if (handle->fd < 0)
            *ret_reason = "closed descriptor";
        return handle->fd;
    }
    if (stream) {
        if (!stream->closef)
            *ret_reason = "closed file";
        return stream->closef ? fileno(stream->f) : -1;
    }
    if (!lua_isinteger(L, index))
        *ret_reason = lua_pushfstring(L, "descriptor (FD, file or integer) expected, got %s",
                                      luaL_typename(L, index));
    else if (number < 0 || number > INT_MAX)
        *ret_reason = lua_pushfstring(L, "%I is out of range: 0 to %d", number, INT_MAX);
    return *ret_reason ? -1 : (int)number;
}

int nse_arg_fd(lua_State *L, int index)
{
    const char *reason = NULL;
    int fd = nse_to_fd(L, index, &reason);

    if (reason)
        luaL_argerror(L, index, reason);
    return fd;
}

int nse_opt_dirfd(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? AT_FDCWD : nse_arg_fd(L, index);
}

static int is_known(const char *name, const char *const known[])
{
    for (; *known; known++)
        if (strcmp(name, *known) == 0)
            return 1;
    return 0;
}

void nse_check_table(lua_State *L, int index, const char *const known[])
{
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            nse_arg_error(L, index, "unexpected %s key in the table", luaL_typename(L, -2));
        if (!is_known(lua_tostring(L, -2), known))
            nse_arg_error(L, index, "unknown field '%s'", lua_tostring(L, -2));
    }
}

lua_Integer nse_field_integer(lua_State *L, int index, const char *name, lua_Integer fallback,
                              lua_Integer min, lua_Integer max)
{
    lua_Integer value = fallback;

    if (lua_getfield(L, index, name) != LUA_TNIL) {
        if (!lua_isinteger(L, -1))
            nse_arg_error(L, index, "field '%s': integer expected, got %s", name,
                          luaL_typename(L, -1));
        value = lua_tointeger(L, -1);
        if (value < min || value > max)
            nse_arg_error(L, index, "field '%s': %I is out of range: %I to %I", name, value, min,
                          max);
    }
    lua_pop(L, 1);
    return value;
}

int nse_field_fd(lua_State *L, int index, const char *name, int fallback)
{
    const char *reason = NULL;
    int fd = fallback;

    if (lua_getfield(L, index, name) != LUA_TNIL)
        fd = nse_to_fd(L, -1, &reason);
    if (reason)
        nse_arg_error(L, index, "field '%s': %s", name, reason);
    lua_pop(L, 1);
    return fd;
}

static int target_of_child(lua_State *L, const struct nse_child *child, struct nse_target *ret)
{
    if (!nse_child_is_ours(L, child))
        return -ECHILD;
    if (child->spawned.pidfd < 0)
        return -ESRCH;
    *ret = (struct nse_target){.pid = child->spawned.pid, .pidfd = child->spawned.pidfd};
    return 0;
}

int nse_arg_target(lua_State *L, int index, int optional, struct nse_target *ret_target)
{
    struct nse_child *child = nse_child_test(L, index);

    if (child)
        return target_of_child(L, child, ret_target);
    *ret_target = (struct nse_target){.pid = 0, .pidfd = -1};
    if (optional && lua_isnoneornil(L, index))
        return 0;
    if (nse_fd_test(L, index))
        ret_target->pidfd = nse_arg_fd(L, index);
    else if (lua_isinteger(L, index))
        ret_target->pid = (pid_t)nse_arg_integer(L, index, 1, INT_MAX);
    else
        luaL_typeerror(L, index, "process (Process, pidfd or pid)");
    return 0;
}

/* "Pid:" in /proc/self/fdinfo/N, proc(5): the pid as this /proc sees it; -1 once it is reaped, 0
 * when it is not in this pid namespace. Runs before Linux 6.13, which has PIDFD_GET_INFO. */
static int pid_of_pidfd(int pidfd, pid_t *ret_pid)
{
    char name[32], text[512];
    struct nse_text path;
    const char *at;
    long size, pid;

    nse_text_init(&path, name, sizeof(name));
    nse_text_add(&path, "fdinfo/");
    nse_text_add_number(&path, pidfd);
    size = nse_read_and_close(nse_proc_open(0, name, O_RDONLY), text, sizeof(text) - 1);
    if (size < 0)
        return size == -ENOENT ? -EBADF : (int)size;
    text[size] = '\0';
    at = strstr(text, "\nPid:");
    if (!at)
        return -EINVAL; /* not a pidfd */
    pid = strtol(at + 5, NULL, 10);
    if (pid <= 0)
        return -ESRCH;
    *ret_pid = (pid_t)pid;
    return 0;
}

int nse_arg_target_pid(lua_State *L, int index, int optional, struct nse_target *ret_target)
{
    int rc = nse_arg_target(L, index, optional, ret_target);

    if (rc == 0 && ret_target->pid == 0 && ret_target->pidfd >= 0)
        rc = pid_of_pidfd(ret_target->pidfd, &ret_target->pid);
    return rc;
}

int nse_target_alive(const struct nse_target *target)
{
    int rc = target->pidfd < 0 ? 0 : nse_pidfd_send_signal(target->pidfd, 0);

    /* EPERM: it lives, and is not ours to signal. */
    return rc == -EPERM ? 0 : rc;
}
