/* Results: what the kernel answered, as the values that Lua's own libraries return. */
#include <errno.h>
#include <string.h>

#include "bind.h"
#include "fd.h"

/* One line, whatever the operands hold: a path may contain any byte. */
static void push_printable(lua_State *L, const char *text)
{
    luaL_Buffer buffer;

    luaL_buffinit(L, &buffer);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        luaL_addchar(&buffer, (byte < 0x20 || byte == 0x7f) ? '?' : (char)byte);
    }
    luaL_pushresult(&buffer);
}

static int fail(lua_State *L, long rc, const char *format, va_list args)
{
    int error = (int)-rc;
    const char *text = strerrordesc_np(error);
    const char *name = strerrorname_np(error);

    luaL_pushfail(L);
    push_printable(L, lua_pushvfstring(L, format, args));
    lua_remove(L, -2);
    lua_pushfstring(L, "%s: %s (%s)", lua_tostring(L, -1), text ? text : "Unknown error",
                    name ? name : "?");
    lua_remove(L, -2);
    lua_pushinteger(L, error);
    return 3;
}

int nse_fail(lua_State *L, long rc, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = fail(L, rc, format, args);
    va_end(args);
    return count;
}

int nse_result(lua_State *L, long rc, const char *format, ...)
{
    va_list args;
    int count;

    if (rc >= 0) {
        lua_pushboolean(L, 1);
        return 1;
    }
    va_start(args, format);
    count = fail(L, rc, format, args);
    va_end(args);
    return count;
}

int nse_result_integer(lua_State *L, long rc, const char *format, ...)
{
    va_list args;
    int count;

    if (rc >= 0) {
        lua_pushinteger(L, rc);
        return 1;
    }
    va_start(args, format);
    count = fail(L, rc, format, args);
    va_end(args);
    return count;
}

int nse_result_fd(lua_State *L, struct nse_fd *slot, long rc, const char *format, ...)
{
    va_list args;
    int count;

    if (rc >= 0) {
        slot->fd = (int)rc;
        return 1;
    }
    va_start(args, format);
    count = fail(L, rc, format, args);
    va_end(args);
    return count;
}

/* What a kernel answers to a call, an ioctl, or a flag that it has never heard of. */
static int may_be_unknown(lua_Integer error)
{
    return error == ENOSYS || error == ENOTTY || error == EINVAL || error == EOPNOTSUPP ||
           error == E2BIG;
}

int nse_needs(lua_State *L, int count, int since)
{
    struct utsname name;

    if (count != 3 || !lua_isnil(L, -3) || !may_be_unknown(lua_tointeger(L, -1)))
        return count;
    if (nse_linux_version() >= since || nse_uname(&name) < 0)
        return count;
    lua_pushfstring(L, "%s; needs Linux %d.%d, this kernel is %s", lua_tostring(L, -2),
                    since / 1000, since % 1000, name.release);
    lua_replace(L, -3);
    return count;
}

static int nothing(lua_State *L)
{
    (void)L;
    return 0;
}

lua_State *nse_main_thread(lua_State *L)
{
    lua_State *main;

    luaL_checkstack(L, 1, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

void nse_interrupted(lua_State *L)
{
    lua_State *main = nse_main_thread(L);

    /* A coroutine has a hook of its own, and a signal handler knows the main one alone. */
    if (main != L && lua_gethook(main) && !lua_gethook(L))
        lua_sethook(L, lua_gethook(main), lua_gethookmask(main), lua_gethookcount(main));
    lua_pushcfunction(L, nothing);
    lua_call(L, 0, 0); /* calling any function runs a pending hook */
}

/* A signal that comes after Lua looked at its hook and before the wait would be noticed only when that
 * ends, which may be never: so signals are held back, the hook is looked at, and they come again in the
 * moment in which the wait begins. A hook that is still there after its turn is a debugger's. */
int nse_wait_ready(lua_State *L, struct pollfd *fds, unsigned int count, long long deadline)
{
    lua_State *main = nse_main_thread(L);
    lua_Hook known = NULL;

    for (;;) {
        uint64_t mask;
        lua_Hook hook;
        int rc = nse_block_signals(&mask);

        if (rc < 0)
            return rc;
        hook = lua_gethook(main);
        rc = hook != known ? -EINTR : nse_ppoll(fds, count, nse_until(deadline), &mask);
        nse_restore_signals(&mask);
        if (rc != -EINTR)
            return rc;
        nse_interrupted(L);
        known = hook;
    }
}

void nse_set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

void nse_set_boolean(lua_State *L, const char *name, int value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

void nse_set_string(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

void nse_set_seconds(lua_State *L, const char *name, int64_t nanoseconds)
{
    lua_pushnumber(L, (lua_Number)nanoseconds / 1e9);
    lua_setfield(L, -2, name);
}

int nse_push_ending(lua_State *L, const struct nse_ending *ending)
{
    if (ending->signal == 0 && ending->code == 0)
        lua_pushboolean(L, 1);
    else
        luaL_pushfail(L);
    lua_pushstring(L, ending->signal ? "signal" : "exit");
    lua_pushinteger(L, ending->signal ? ending->signal : ending->code);
    return 3;
}
