/* Writes the Lua sources that the launcher embeds, compiled by the very Lua that it is linked with, as
 * a C file: precompile ROOT FILE... > embedded.c. Runs at build time. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_bytes(lua_State *L, const void *data, size_t size, void *ud)
{
    const unsigned char *bytes = data;
    size_t i;

    (void)L;
    for (i = 0; i < size; i++)
        printf("%d,", bytes[i]);
    *(size_t *)ud += size;
    return 0;
}

/* "nsengine/init.lua" is the module nsengine; no other file named init.lua is a folder's face. */
static void print_module(const char *file)
{
    size_t length = strlen(file) - strlen(".lua"), i;

    if (strcmp(file, "nsengine/init.lua") == 0)
        length = strlen("nsengine");
    for (i = 0; i < length; i++)
        putchar(file[i] == '/' ? '.' : file[i]);
}

int main(int argc, char **argv)
{
    size_t *sizes = calloc((size_t)argc, sizeof(*sizes));
    lua_State *L = luaL_newstate();
    char path[4096], name[4096];
    int i;

    if (!sizes || !L || argc < 2)
        return 1;
    puts("/* Written by cmake/precompile.c. */\n#include \"embedded.h\"\n");
    for (i = 2; i < argc; i++) {
        snprintf(path, sizeof(path), "%s/%s", argv[1], argv[i]);
        snprintf(name, sizeof(name), "@%s", argv[i]);
        FILE *file = fopen(path, "rb");
        char *text = NULL;
        size_t size = 0, room = 0;

        if (!file) {
            perror(path);
            return 1;
        }
        do {
            room += 1 << 16;
            text = realloc(text, room);
            if (!text)
                return 1;
            size += fread(text + size, 1, room - size, file);
        } while (size == room);
        fclose(file);
        if (luaL_loadbufferx(L, text, size, name, "t") != LUA_OK) {
            fprintf(stderr, "%s\n", lua_tostring(L, -1));
            return 1;
        }
        printf("static const unsigned char code_%d[] = {", i);
        /* Without line numbers, half of it: NSENGINE_LUADIR has them for who works on these files. */
        lua_dump(L, write_bytes, &sizes[i], 1);
        puts("};");
        lua_settop(L, 0);
        free(text);
    }
    puts("\nconst struct nse_embedded nse_embedded[] = {");
    for (i = 2; i < argc; i++) {
        printf("    {\"");
        print_module(argv[i]);
        printf("\", \"%s\", (const char *)code_%d, %zu},\n", argv[i], i, sizes[i]);
    }
    printf("};\nconst size_t nse_embedded_count = %d;\n", argc - 2);
    lua_close(L);
    free(sizes);
    return 0;
}
