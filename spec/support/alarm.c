/* A Lua module for specs. After alarm() this process gets a signal, which it handles, again and
 * again to its end. So the module is linked to stay loaded when Lua closes it. */
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <sys/time.h>

static void handle(int number)
{
    (void)number;
}

static int begin(lua_State *L)
{
    const struct sigaction action = {.sa_handler = handle};
    const struct itimerval often = {{0, 300}, {0, 300}};

    if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
        return luaL_error(L, "no timer");
    return 0;
}

int luaopen_alarm(lua_State *L)
{
    lua_pushcfunction(L, begin);
    return 1;
}
