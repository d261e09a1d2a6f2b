/* Writes the Lua modules that the launcher embeds, compiled by the very Lua that it is linked with,
 * as a C file: precompile ROOT FILE... > embedded.c. Runs at build time. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <string.h>

/* Writes bytes as numbers; `data` counts them. */
static int write_bytes(lua_State *L, const void *bytes, size_t size, void *data)
{
    size_t i;

    (void)L;
    for (i = 0; i < size; i++)
        (void)printf("%d,", ((const unsigned char *)bytes)[i]);
    *(size_t *)data += size;
    return 0;
}

/* Writes the code of a source as an array, and returns its size. */
static size_t write_code(lua_State *L, const char *root, const char *file, int number)
{
    size_t size = 0;

    if (luaL_loadfilex(L, lua_pushfstring(L, "%s/%s", root, file), "t") != LUA_OK)
        lua_error(L);
    (void)printf("static const unsigned char code_%d[] = {", number);
    /* Without line numbers, which are half of it; NSENGINE_LUADIR loads files that have them. */
    lua_dump(L, write_bytes, &size, 1);
    (void)puts("};");
    return size;
}

/* "nsengine/init.lua" is the module nsengine. No other init.lua stands for its folder. */
static void write_module(const char *file)
{
    size_t length = strlen(file) - strlen(".lua"), i;

    if (strcmp(file, "nsengine/init.lua") == 0)
        length = strlen("nsengine");
    for (i = 0; i < length; i++)
        (void)putchar(file[i] == '/' ? '.' : file[i]);
}

/* (argc, argv) */
static int write_all(lua_State *L)
{
    int argc = (int)lua_tointeger(L, 1), i;
    char **argv = lua_touserdata(L, 2);
    size_t *sizes = lua_newuserdatauv(L, (size_t)argc * sizeof(*sizes), 0);

    (void)puts("/* Written by cmake/precompile.c. */\n#include \"embedded.h\"\n");
    for (i = 2; i < argc; i++)
        sizes[i] = write_code(L, argv[1], argv[i], i);
    (void)puts("\nconst struct nse_embedded nse_embedded[] = {");
    for (i = 2; i < argc; i++) {
        (void)printf("    {\"");
        write_module(argv[i]);
        (void)printf("\", \"%s\", (const char *)code_%d, %zu},\n", argv[i], i, sizes[i]);
    }
    (void)printf("};\nconst size_t nse_embedded_count = %d;\n", argc - 2);
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();

    if (!L || argc < 2)
        return 1;
    lua_pushcfunction(L, write_all);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        (void)fprintf(stderr, "precompile: %s\n", lua_tostring(L, -1));
        return 1;
    }
    lua_close(L);
    return fflush(stdout) == 0 ? 0 : 1;
}
