/* The floor of a launcher that is linked to libc and runs Lua: floor_sandbox after the start of such
 * a program and with an open Lua state, but no recipe. Takes what floor_sandbox takes. */
#include <lauxlib.h>
#include <lualib.h>

void begin(long *stack);

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();

    (void)argc;
    if (!L)
        return 1;
    luaL_openlibs(L);
    begin((long *)argv - 1); /* as the kernel laid them: the count is before the arguments */
}
