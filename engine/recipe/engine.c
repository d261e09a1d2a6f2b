/* Recipes in a program that embeds us. Each engine has a Lua state, entered only by protected
 * calls, so that no Lua error leaves it. Runs in the caller's process. */
#include "nsengine-recipe.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "bind.h"
#include "embedded.h"
#include "modules.h"

struct nse_engine {
    lua_State *L;
    struct nse_engine_options options;
    struct nse_run *runs; /* a linked list */
};

struct nse_run {
    struct nse_engine *engine; /* NULL once the engine is freed */
    struct nse_run *next;
    int number, pidfd;
};

/* Registry key of the module nsengine.embed. */
static const char embed_key = 0;

/* --- errors ------------------------------------------------------------------------------------- */

/* Copies a field of the error object at `index`, as far as it fits. */
static void copy_field(lua_State *L, int index, const char *name, char *text, size_t size)
{
    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TSTRING)
        (void)snprintf(text, size, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

/* (error value, struct nse_error *) */
static int read_error(lua_State *L)
{
    struct nse_error *from = lua_touserdata(L, 2);
    char kind[16] = "";

    (void)snprintf(from->message, sizeof(from->message), "%s", luaL_tolstring(L, 1, NULL));
    lua_pop(L, 1);
    if (!lua_istable(L, 1))
        return 0;
    copy_field(L, 1, "kind", kind, sizeof(kind));
    copy_field(L, 1, "where", from->where, sizeof(from->where));
    copy_field(L, 1, "field", from->field, sizeof(from->field));
    copy_field(L, 1, "hint", from->hint, sizeof(from->hint));
    copy_field(L, 1, "op", from->call, sizeof(from->call));
    lua_getfield(L, 1, "errno");
    from->code = (int)lua_tointeger(L, -1);
    from->stage = strcmp(kind, "exec") == 0    ? NSE_STAGE_EXEC
                  : strcmp(kind, "setup") == 0 ? NSE_STAGE_SET_UP
                  : strcmp(kind, "host") == 0  ? NSE_STAGE_PREPARE
                                               : NSE_STAGE_RECIPE;
    return 0;
}

/* Pops the error value and fills `error` from it; -errno. */
static int failed(lua_State *L, int rc, struct nse_error *error)
{
    struct nse_error from = {.stage = NSE_STAGE_RECIPE, .step = -1};

    if (rc == LUA_ERRMEM) {
        lua_pop(L, 1);
        (void)snprintf(from.message, sizeof(from.message), "not enough memory");
        return nse_error_fill(error, &from, -ENOMEM);
    }
    lua_pushcfunction(L, read_error);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, &from);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        (void)snprintf(from.message, sizeof(from.message), "an error that cannot be printed");
        lua_pop(L, 1);
    }
    return nse_error_fill(error, &from, from.code > 0 ? -from.code : -ECANCELED);
}

/* Calls `fn` with a request, protected. Nothing else enters the state. */
static int enter(struct nse_engine *engine, lua_CFunction fn, void *request,
                 struct nse_error *error)
{
    lua_State *L = engine->L;
    int rc;

    lua_settop(L, 0);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, request);
    rc = lua_pcall(L, 1, 0, 0);
    return rc == LUA_OK ? 0 : failed(L, rc, error);
}

static int refuse(struct nse_error *error, const char *message)
{
    struct nse_error from = {.stage = NSE_STAGE_PREPARE, .step = -1};

    (void)snprintf(from.message, sizeof(from.message), "%s", message);
    return nse_error_fill(error, &from, -EINVAL);
}

/* Pushes a function of nsengine.embed. */
static void push_function(lua_State *L, const char *name)
{
    luaL_checkstack(L, 20, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &embed_key);
    lua_getfield(L, -1, name);
    lua_replace(L, -2);
}

/* --- an engine ---------------------------------------------------------------------------------- */

static int log_text(lua_State *L)
{
    const struct nse_engine *engine = lua_touserdata(L, lua_upvalueindex(1));

    engine->options.log(engine->options.log_data, luaL_checkstring(L, 1));
    return 0;
}

static int begin(lua_State *L)
{
    struct nse_engine *engine = lua_touserdata(L, 1);

    /* As in the launcher: a recipe means the same in every environment. */
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(L);
    nse_add_modules(L, NULL);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.embed");
    lua_call(L, 1, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &embed_key);
    push_function(L, "begin");
    if (engine->options.log) {
        lua_pushlightuserdata(L, engine);
        lua_pushcclosure(L, log_text, 1);
    } else {
        lua_pushnil(L);
    }
    lua_call(L, 1, 0);
    return 0;
}

struct nse_engine *nse_engine_new(const struct nse_engine_options *options, struct nse_error *error)
{
    struct nse_error from = {
        .stage = NSE_STAGE_PREPARE, .step = -1, .message = "not enough memory"};
    struct nse_engine *engine;

    if (options && options->size < sizeof(*options)) {
        refuse(error, "the size of the options is not set");
        return NULL;
    }
    engine = calloc(1, sizeof(*engine));
    if (engine && options)
        engine->options = *options;
    if (engine)
        engine->L = luaL_newstate();
    if (!engine || !engine->L) {
        free(engine);
        nse_error_fill(error, &from, -ENOMEM);
        return NULL;
    }
    if (enter(engine, begin, engine, error) < 0) {
        nse_engine_free(engine);
        return NULL;
    }
    return engine;
}

void nse_engine_free(struct nse_engine *engine)
{
    struct nse_run *run;

    if (!engine)
        return;
    for (run = engine->runs; run; run = run->next)
        run->engine = NULL;
    lua_close(engine->L); /* its handles kill what still runs */
    free(engine);
}

/* --- a recipe ----------------------------------------------------------------------------------- */

struct load {
    const char *path, *source;
    size_t size;
    char *const *arguments;
};

static void push_words(lua_State *L, char *const words[])
{
    int i;

    lua_newtable(L);
    for (i = 0; words && words[i]; i++) {
        lua_pushstring(L, words[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static int load(lua_State *L)
{
    const struct load *request = lua_touserdata(L, 1);

    push_function(L, "load");
    lua_pushstring(L, request->path);
    if (request->source)
        lua_pushlstring(L, request->source, request->size);
    else
        lua_pushnil(L);
    push_words(L, request->arguments);
    lua_call(L, 3, 0);
    return 0;
}

int nse_engine_load(struct nse_engine *engine, const char *path, const char *source, size_t size,
                    char *const arguments[], struct nse_error *error)
{
    struct load request = {path, source, size, arguments};

    return enter(engine, load, &request, error);
}

struct text {
    int json, number;
    char *result; /* from malloc(3); NULL without memory */
};

static int keep_text(lua_State *L, struct text *request)
{
    size_t size;
    const char *text = luaL_checklstring(L, -1, &size);

    request->result = malloc(size + 1);
    if (!request->result)
        return luaL_error(L, "not enough memory");
    memcpy(request->result, text, size + 1);
    return 0;
}

static int explain(lua_State *L)
{
    struct text *request = lua_touserdata(L, 1);

    push_function(L, "explain");
    lua_pushstring(L, request->json ? "json" : "text");
    lua_call(L, 1, 1);
    return keep_text(L, request);
}

char *nse_engine_explain(struct nse_engine *engine, int json, struct nse_error *error)
{
    struct text request = {.json = json};

    return enter(engine, explain, &request, error) < 0 ? NULL : request.result;
}

/* --- runs --------------------------------------------------------------------------------------- */

struct spawn {
    char *const *argv;
    const int *stdio;
    struct nse_run *run;
};

static int spawn(lua_State *L)
{
    struct spawn *request = lua_touserdata(L, 1);
    int i;

    push_function(L, "spawn");
    if (request->argv)
        push_words(L, request->argv);
    else
        lua_pushnil(L);
    for (i = 0; i < 3; i++) {
        if (request->stdio && request->stdio[i] >= 0)
            lua_pushinteger(L, request->stdio[i]);
        else
            lua_pushnil(L);
    }
    lua_call(L, 4, 2);
    request->run->number = (int)lua_tointeger(L, -2);
    request->run->pidfd = (int)lua_tointeger(L, -1);
    return 0;
}

struct nse_run *nse_engine_spawn(struct nse_engine *engine, char *const argv[], const int *stdio,
                                 struct nse_error *error)
{
    struct nse_error from = {
        .stage = NSE_STAGE_PREPARE, .step = -1, .message = "not enough memory"};
    struct spawn request = {argv, stdio, calloc(1, sizeof(struct nse_run))};

    if (!request.run) {
        nse_error_fill(error, &from, -ENOMEM);
        return NULL;
    }
    if (enter(engine, spawn, &request, error) < 0) {
        free(request.run);
        return NULL;
    }
    request.run->engine = engine;
    request.run->next = engine->runs;
    engine->runs = request.run;
    return request.run;
}

int nse_run_pidfd(const struct nse_run *run)
{
    return run->engine ? run->pidfd : -ESRCH;
}

struct signal {
    int number, signal, error;
};

static int send_signal(lua_State *L)
{
    struct signal *request = lua_touserdata(L, 1);

    push_function(L, "kill");
    lua_pushinteger(L, request->number);
    lua_pushinteger(L, request->signal);
    lua_call(L, 2, 3);
    request->error = lua_toboolean(L, -3) ? 0 : (int)lua_tointeger(L, -1);
    return 0;
}

int nse_run_kill(struct nse_run *run, int signal)
{
    struct signal request = {run->number, signal, 0};
    int rc = run->engine ? enter(run->engine, send_signal, &request, NULL) : -ESRCH;

    return rc < 0 ? rc : -request.error;
}

struct wait {
    int number, milliseconds, ended;
    struct nse_result result;
};

static int64_t nanoseconds(lua_State *L, int index)
{
    return (int64_t)(lua_tonumber(L, index) * 1e9);
}

static int wait_for(lua_State *L)
{
    struct wait *request = lua_touserdata(L, 1);

    push_function(L, "wait");
    lua_pushinteger(L, request->number);
    if (request->milliseconds >= 0)
        lua_pushnumber(L, request->milliseconds / 1e3);
    else
        lua_pushnil(L);
    lua_call(L, 2, 8);
    request->ended = !lua_isnil(L, -8);
    request->result = (struct nse_result){
        .code = (int)lua_tointeger(L, -8),
        .signal = (int)lua_tointeger(L, -7),
        .wall_ns = nanoseconds(L, -6),
        .user_ns = nanoseconds(L, -5),
        .system_ns = nanoseconds(L, -4),
        .memory = (int64_t)lua_tointeger(L, -3),
        .timed_out = lua_toboolean(L, -2),
        .lost = lua_toboolean(L, -1),
    };
    return 0;
}

int nse_run_wait(struct nse_run *run, int milliseconds, struct nse_result *result,
                 struct nse_error *error)
{
    struct wait request = {.number = run->number, .milliseconds = milliseconds};
    int rc;

    if (!nse_result_has_size(result))
        return refuse(error, "the size of the result is not set");
    rc = run->engine ? enter(run->engine, wait_for, &request, error) : -ESRCH;
    if (rc < 0 || !request.ended)
        return rc;
    if (result) {
        request.result.size =
            result->size < sizeof(request.result) ? result->size : sizeof(request.result);
        memcpy(result, &request.result, request.result.size);
    }
    return 1;
}

static int json(lua_State *L)
{
    struct text *request = lua_touserdata(L, 1);

    push_function(L, "json");
    lua_pushinteger(L, request->number);
    lua_call(L, 1, 1);
    return keep_text(L, request);
}

char *nse_run_json(struct nse_run *run, struct nse_error *error)
{
    struct text request = {.number = run->number};

    if (!run->engine || enter(run->engine, json, &request, error) < 0)
        return NULL;
    return request.result;
}

static int close_run(lua_State *L)
{
    const struct nse_run *run = lua_touserdata(L, 1);

    push_function(L, "close");
    lua_pushinteger(L, run->number);
    lua_call(L, 1, 0);
    return 0;
}

void nse_run_free(struct nse_run *run)
{
    struct nse_run **at;

    if (!run)
        return;
    if (run->engine) {
        for (at = &run->engine->runs; *at != run; at = &(*at)->next)
            ;
        *at = run->next;
        (void)enter(run->engine, close_run, run, NULL);
    }
    free(run);
}
