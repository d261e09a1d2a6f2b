/* Loads the engine's Lua modules from inside the program: the launcher, or one that embeds recipes.
 * Runs in the caller's process. */
#include "modules.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"
#include "embedded.h"

static int load_embedded(lua_State *L)
{
    const struct nse_embedded *file = lua_touserdata(L, lua_upvalueindex(1));
    char name[128];

    snprintf(name, sizeof(name), "@%s", file->file);
    if (luaL_loadbufferx(L, file->text, file->size, name, NULL) != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, file->module);
    lua_call(L, 1, 1);
    return 1;
}

/* (package.preload, name) -> the loader of an embedded module, or nil. */
static int find_embedded(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    size_t i;

    for (i = 0; i < nse_embedded_count; i++) {
        if (strcmp(name, nse_embedded[i].module) == 0) {
            lua_pushlightuserdata(L, (void *)&nse_embedded[i]);
            lua_pushcclosure(L, load_embedded, 1);
            return 1;
        }
    }
    return 0;
}

/* Removes the entries that begin with "./" from a path: no code is loaded from the working
 * directory, which may be untrusted. */
static void drop_working_directory(lua_State *L, const char *field)
{
    const char *rest;
    luaL_Buffer kept;

    lua_getfield(L, -1, field);
    rest = lua_tostring(L, -1);
    luaL_buffinit(L, &kept);
    while (*rest) {
        size_t length = strcspn(rest, ";");

        if (strncmp(rest, "./", 2) != 0) {
            if (luaL_bufflen(&kept) > 0)
                luaL_addchar(&kept, ';');
            luaL_addlstring(&kept, rest, length);
        }
        rest += length + (rest[length] == ';');
    }
    luaL_pushresult(&kept);
    lua_setfield(L, -3, field);
    lua_pop(L, 1);
}

void nse_add_modules(lua_State *L, const char *directory)
{
    if (directory && !*directory) /* empty means not set, as everywhere */
        directory = NULL;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_nsengine_sys);
    lua_setfield(L, -2, "nsengine.sys");
    if (!directory) {
        lua_createtable(L, 0, 1);
        lua_pushcfunction(L, find_embedded);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, -2);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "package");
    drop_working_directory(L, "path");
    drop_working_directory(L, "cpath");
    if (directory) {
        lua_getfield(L, -1, "path");
        lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", directory, directory, lua_tostring(L, -1));
        lua_setfield(L, -3, "path");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}
