/* sys: host names, clocks, names of errors, the place of a call. */
#include <errno.h>
#include <string.h>

#include "bind.h"
#include "clock.h"

/* sethostname(name)
 *   -> true
 *   -> nil, "sethostname box: Operation not permitted (EPERM)", errno
 * Sets the host name of the UTS namespace, at most 64 bytes (EINVAL). sethostname(2). */
static int sys_sethostname(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);

    return nse_result(L, nse_sethostname(name), "sethostname %s", name);
}

/* setdomainname(name)
 *   -> true
 *   -> nil, "setdomainname box: Operation not permitted (EPERM)", errno
 * Sets the NIS domain name of the UTS namespace, at most 64 bytes. setdomainname(2). */
static int sys_setdomainname(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);

    return nse_result(L, nse_setdomainname(name), "setdomainname %s", name);
}

/* gethostname()
 *   -> string
 * uname(2). */
static int sys_gethostname(lua_State *L)
{
    struct utsname name;
    int rc = nse_uname(&name);

    if (rc < 0)
        return nse_fail(L, rc, "gethostname");
    lua_pushstring(L, name.nodename);
    return 1;
}

/* uname()
 *   -> {sysname =, nodename =, release =, version =, machine =, domainname =}
 * uname(2). */
static int sys_uname(lua_State *L)
{
    struct utsname name;
    int rc = nse_uname(&name);

    if (rc < 0)
        return nse_fail(L, rc, "uname");
    lua_createtable(L, 0, 6);
    nse_set_string(L, "sysname", name.sysname);
    nse_set_string(L, "nodename", name.nodename);
    nse_set_string(L, "release", name.release);
    nse_set_string(L, "version", name.version);
    nse_set_string(L, "machine", name.machine);
    nse_set_string(L, "domainname", name.domainname);
    return 1;
}

/* monotonic()
 *   -> number                      seconds, of a clock that nobody sets
 * Returns the time of CLOCK_MONOTONIC, clock_gettime(2). */
static int sys_monotonic(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)nse_monotonic() / 1e9);
    return 1;
}

/* sleep(seconds)
 *   -> true                        not before the time is over
 * Sleeps; fractions count. clock_nanosleep(2). */
static int sys_sleep(lua_State *L)
{
    long long deadline, left;

    luaL_checknumber(L, 1);
    deadline = nse_opt_deadline(L, 1);
    while ((left = deadline - nse_monotonic()) > 0) {
        if (left > 2000000) /* by poll(2), in milliseconds, which misses no signal */
            nse_wait_ready(L, NULL, 0, deadline - 1000000);
        else if (nse_sleep(left) == -EINTR)
            nse_interrupted(L);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* errname(errno)
 *   -> "EPERM", "Operation not permitted"
 *   -> nil                         if there is no such error
 * Returns the name and text of an error. errno(3). */
static int sys_errname(lua_State *L)
{
    int error = (int)nse_arg_integer(L, 1, 0, 4095);
    const char *name = strerrorname_np(error);

    if (!name || error == 0) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushstring(L, name);
    lua_pushstring(L, strerrordesc_np(error));
    return 2;
}

/* The nearest caller that has lines: between it and us may be C, as in pcall(box.run, box, {...}). */
static int call_located(lua_State *L)
{
    lua_Debug ar;
    int level = 1, found;

    do
        found = lua_getstack(L, level++, &ar) && lua_getinfo(L, "Sl", &ar);
    while (found && ar.currentline <= 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    if (found) {
        const char *source = *ar.source == '@' || *ar.source == '=' ? ar.source + 1 : ar.short_src;

        lua_pushfstring(L, "%s:%d", source, ar.currentline);
    } else {
        lua_pushliteral(L, "?");
    }
    lua_insert(L, 2);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* located(fn)
 *   -> function                    called as f(...), it calls fn("recipe.lua:7", ...)
 * Makes a function that knows the place of its caller, even in a tail call, which a Lua function
 * would not. */
static int sys_located(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_pushcclosure(L, call_located, 1);
    return 1;
}

const luaL_Reg nse_sys_misc[] = {
    {"located", sys_located},
    {"sethostname", sys_sethostname},
    {"setdomainname", sys_setdomainname},
    {"gethostname", sys_gethostname},
    {"uname", sys_uname},
    {"monotonic", sys_monotonic},
    {"sleep", sys_sleep},
    {"errname", sys_errname},
    {NULL, NULL},
};
