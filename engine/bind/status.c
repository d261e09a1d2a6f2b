/* Exit statuses: what a function or a recipe returned, or the error it died of, as one number. Runs in
 * the launcher and in the child of sys.clone, so that both keep the same rules. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"

/* Registry keys: addresses that nobody else has. */
static const char exec_message_key = 0, exec_error_key = 0;

void nse_remember_exec_failure(lua_State *L, int index, int error)
{
    lua_pushvalue(L, index);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &exec_message_key);
    lua_pushinteger(L, error);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &exec_error_key);
}

static int ends_with(const char *text, size_t length, const char *tail, size_t tail_length)
{
    return length >= tail_length && memcmp(text + length - tail_length, tail, tail_length) == 0;
}

/* 127 not found, 126 not executable; 0 when the value at `index` is not the message of the last
 * sys.exec that failed, before which assert() may have put the place. */
static int exec_status(lua_State *L, int index)
{
    size_t length, tail_length;
    const char *text, *tail;
    int status = 0;

    index = lua_absindex(L, index);
    text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
    if (text && lua_rawgetp(L, LUA_REGISTRYINDEX, &exec_message_key) == LUA_TSTRING) {
        tail = lua_tolstring(L, -1, &tail_length);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &exec_error_key);
        if (ends_with(text, length, tail, tail_length))
            status = lua_tointeger(L, -1) == ENOENT ? 127 : 126;
        lua_pop(L, 1);
    }
    lua_pop(L, text ? 1 : 0);
    return status;
}

/* What nsengine.outcome says is the status of an object: a Result, or an error object. -1 for others. Never
 * raises: a stock interpreter may not find the module. */
static int object_status(lua_State *L, int index)
{
    int status = -1;

    index = lua_absindex(L, index);
    if (!lua_istable(L, index))
        return -1;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.outcome");
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_istable(L, -1)) {
        lua_getfield(L, -1, "status");
        lua_pushvalue(L, index);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isinteger(L, -1))
            status = (int)(lua_tointeger(L, -1) & 0xff);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return status;
}

int nse_status_of_error(lua_State *L, int index)
{
    int status = object_status(L, index);

    if (status < 0)
        status = exec_status(L, index);
    return status ? status : NSE_STATUS_FAILED;
}

/* As tostring(), with "\0" for each NUL, where C would end the text. */
static int to_text(lua_State *L)
{
    size_t length, i;
    const char *text = luaL_tolstring(L, 1, &length);
    luaL_Buffer b;

    if (!memchr(text, '\0', length))
        return 1;
    luaL_buffinit(L, &b);
    for (i = 0; i < length; i++)
        if (text[i])
            luaL_addchar(&b, text[i]);
        else
            luaL_addstring(&b, "\\0");
    luaL_pushresult(&b);
    return 1;
}

/* Any value as a string on the stack. Never raises: behind us is the caller's code, which must not
 * run on in the child. */
static const char *push_text(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    lua_pushcfunction(L, to_text);
    lua_pushvalue(L, index);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        lua_pop(L, 1);
        lua_pushfstring(L, "a %s that cannot be printed", luaL_typename(L, index));
    }
    return lua_tostring(L, -1);
}

/* nil, "exit"|"signal", number; nil, "timeout"; or nil, message, errno of a call that failed. */
static int status_of_failure(lua_State *L, int index)
{
    const char *how = lua_tostring(L, index + 1);
    lua_Integer number = lua_isinteger(L, index + 2) ? lua_tointeger(L, index + 2) : -1;

    if (strcmp(how, "exit") == 0 && number >= 0 && number <= 255)
        return (int)number;
    if (strcmp(how, "signal") == 0 && number > 0 && number < 128)
        return (int)(128 + number);
    if (strcmp(how, "timeout") == 0) {
        lua_pushliteral(L, "the time ran out");
        return NSE_STATUS_TIMEOUT;
    }
    lua_pushvalue(L, index + 1);
    return nse_status_of_error(L, index + 1);
}

int nse_status_of_results(lua_State *L, int index, const char *more)
{
    int top = lua_gettop(L);
    lua_Integer number = lua_tointeger(L, index);
    int status;

    if (top > index && lua_isnil(L, index) && lua_type(L, index + 1) == LUA_TSTRING) {
        status = status_of_failure(L, index);
    } else if (top < index || lua_isnil(L, index)) {
        status = 0;
    } else if (lua_isboolean(L, index)) {
        status = lua_toboolean(L, index) ? 0 : 1;
    } else if (lua_isinteger(L, index) && number >= 0 && number <= 255) {
        status = (int)number;
    } else if ((status = object_status(L, index)) < 0) {
        lua_pushfstring(L,
                        "returned %s (a %s); expected %sa Result, nothing, a boolean, 0 to 255, or "
                        "what process:wait returns",
                        push_text(L, index), luaL_typename(L, index), more);
        lua_remove(L, -2);
        status = NSE_STATUS_FAILED;
    }
    if (lua_gettop(L) == top)
        lua_pushnil(L);
    return status;
}

/* The hint of the Lua module nsengine.hint on the stack, or nil: a stock interpreter may not find it. An
 * error object brings its own. */
static void push_hint(lua_State *L, int index, const char *message)
{
    index = lua_absindex(L, index);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.hint");
    if (lua_pcall(L, 1, 1, 0) != LUA_OK)
        return lua_pushnil(L);
    lua_pushstring(L, message);
    lua_pushvalue(L, index);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK)
        lua_pushnil(L);
}

void nse_complain(lua_State *L, const char *who, int index)
{
    const char *message;

    index = lua_absindex(L, index);
    message = push_text(L, index);
    fprintf(stderr, "nsengine: %s%s%s\n", who ? who : "", who ? ": " : "", message);
    push_hint(L, index, message);
    if (lua_isstring(L, -1))
        fprintf(stderr, "  hint: %s\n", lua_tostring(L, -1));
    lua_pop(L, 2);
}
