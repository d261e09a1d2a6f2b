/* nsengine.sys, the module: its functions from all files here and its constants, each on first use: a
 * launch uses some twenty of five hundred. */
#include <string.h>

#include "bind.h"

static const luaL_Reg *const parts[] = {
    nse_sys_clone,   nse_sys_ns,     nse_sys_ident,  nse_sys_mount,    nse_sys_mounts,
    nse_sys_fd,      nse_sys_file,   nse_sys_node,   nse_sys_process,  nse_sys_caps,
    nse_sys_net,     nse_sys_tty,    nse_sys_misc,   nse_sys_features, nse_sys_plan,
    nse_sys_seccomp, nse_sys_notify, nse_sys_cgroup,
};
#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* Pushes the function called `name` and answers 1, or 0. */
static int push_function(lua_State *L, const char *name)
{
    const luaL_Reg *entry;
    size_t i;

    for (i = 0; i < PART_COUNT; i++) {
        for (entry = parts[i]; entry->name; entry++) {
            if (strcmp(name, entry->name) == 0) {
                lua_pushcfunction(L, entry->func);
                return 1;
            }
        }
    }
    return 0;
}

/* Puts every name into the table on top of the stack. */
static void set_all(lua_State *L)
{
    size_t i;

    for (i = 0; i < PART_COUNT; i++)
        luaL_setfuncs(L, parts[i], 0);
    nse_set_constants(L);
}

/* Unknown names raise: a constant with a typing mistake would be nil, and `flags | nil` far from it.
 * The suggestion comes from a Lua module, where it can be found. */
static int unknown_name(lua_State *L)
{
    const char *hint = "";

    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.suggest");
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isfunction(L, -1)) {
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 1);
        set_all(L);
        if (lua_pcall(L, 2, 1, 0) == LUA_OK && lua_isstring(L, -1))
            hint = lua_pushfstring(L, " (did you mean '%s'?)", lua_tostring(L, -1));
    }
    return luaL_error(L, "nsengine.sys has no '%s'%s", lua_tostring(L, 2), hint);
}

static int module_index(lua_State *L)
{
    size_t length;
    const char *name;

    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "nsengine.sys is indexed by names, not by a %s", luaL_typename(L, 2));
    name = lua_tolstring(L, 2, &length);
    if (strlen(name) != length || (!push_function(L, name) && !nse_push_constant(L, name)))
        return unknown_name(L);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1); /* found at once the next time */
    return 1;
}

static int module_newindex(lua_State *L)
{
    return luaL_error(L, "nsengine.sys cannot be changed: '%s'", luaL_tolstring(L, 2, NULL));
}

/* (module, name) -> the next name and its value; the names are the upvalue. */
static int module_next(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_next(L, lua_upvalueindex(1)))
        return 2;
    lua_pushnil(L);
    return 1;
}

/* pairs() shows what nobody has asked for yet, too. */
static int module_pairs(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    set_all(L);
    lua_pushcclosure(L, module_next, 1);
    lua_insert(L, 1);
    return 2;
}

/* The module itself on top of the names: an empty table, for Lua asks __newindex only about fields
 * that are not there. */
static void push_face(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, module_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, module_pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushliteral(L, "nsengine.sys");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

int luaopen_nsengine_sys(lua_State *L)
{
    luaL_checkversion(L);
    nse_fd_register(L);
    nse_child_register(L);
    nse_plan_register(L);
    lua_createtable(L, 0, 32);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, module_index);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    /* Lua finds the name of a function, for its messages, in the raw tables of package.loaded, and
     * leaves "_G." off: "bad argument #1 to 'nsengine.sys.mount'". */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "_G.nsengine.sys");
    lua_pop(L, 1);
    push_face(L);
    return 1;
}
