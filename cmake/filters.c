/* Writes the shipped filters, compiled by the engine's own compiler, as a C file: make_filters ROOT
 * [ARCHITECTURE] > filters.c. Runs at build time. ROOT has the Lua modules; ARCHITECTURE is given
 * when it is not this machine's. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"
#include "filters.h"

/* The module that compiles them has none yet. */
const struct nse_shipped_filter nse_shipped_filters[] = {{NULL, NULL, 0, 0}};

int luaopen_nsengine_sys(lua_State *L);

/* Writes the program of {name, program, flags}, which is on top of the stack, as an array. */
static void write_program(lua_State *L, lua_Integer number)
{
    size_t size, i;
    const char *program;

    lua_getfield(L, -1, "program");
    program = luaL_checklstring(L, -1, &size);
    (void)printf("_Alignas(8) static const unsigned char program_%d[] = {", (int)number);
    for (i = 0; i < size; i++)
        (void)printf("%d,", (unsigned char)program[i]);
    (void)puts("};");
    lua_pop(L, 1);
}

static void write_row(lua_State *L, lua_Integer number)
{
    lua_getfield(L, -1, "name");
    lua_getfield(L, -2, "flags");
    (void)printf("    {\"%s\", program_%d, sizeof(program_%d), %d},\n", luaL_checkstring(L, -2),
                 (int)number, (int)number, (int)luaL_checkinteger(L, -1));
    lua_pop(L, 2);
}

static void each(lua_State *L, void (*write)(lua_State *L, lua_Integer number))
{
    lua_Integer i;

    for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        write(L, i);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* (root, architecture|nil) */
static int write_all(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_pushfstring(L, "%s/?.lua", luaL_checkstring(L, 1));
    lua_setfield(L, -2, "path");
    luaL_requiref(L, "nsengine.sys", luaopen_nsengine_sys, 0);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.filter");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "shipped");
    lua_pushvalue(L, 2);
    lua_call(L, 1, 1);
    (void)puts("/* Written by cmake/filters.c. */\n#include \"filters.h\"\n");
    each(L, write_program);
    (void)puts("\nconst struct nse_shipped_filter nse_shipped_filters[] = {");
    each(L, write_row);
    (void)puts("    {0, 0, 0, 0},\n};");
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();

    if (!L || argc < 2 || argc > 3)
        return 1;
    luaL_openlibs(L);
    lua_pushcfunction(L, write_all);
    lua_pushstring(L, argv[1]);
    lua_pushstring(L, argv[2]);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        (void)fprintf(stderr, "make_filters: %s\n", lua_tostring(L, -1));
        return 1;
    }
    lua_close(L);
    return fflush(stdout) == 0 ? 0 : 1;
}
