/* The launcher: nsengine RECIPE. A Lua state, the engine's modules in it, and the recipe's exit
 * status; the command line itself is lua/nsengine/cli.lua. Shaped like lua.c. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "arena.h"
#include "bind.h"
#include "modules.h"

/* For the signal handler, which gets no other argument. */
static lua_State *interrupted_state;
static volatile sig_atomic_t caught_signal;

/* --- signals ------------------------------------------------------------------------------------ */

static void stop_hook(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    /* Both, if the recipe waits in a coroutine: nothing may interrupt the unwinding. */
    lua_sethook(L, NULL, 0, 0);
    lua_sethook(interrupted_state, NULL, 0, 0);
    luaL_error(L, "interrupted by SIG%s", sigabbrev_np(caught_signal));
}

/* Lets the recipe unwind, so that its `<close>` variables end what it began. A second signal of the
 * same kind ends the process at once: SA_RESETHAND. */
static void on_signal(int number)
{
    caught_signal = number;
    lua_sethook(interrupted_state, stop_hook,
                LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* SIGPIPE too: if the reader of the recipe's output goes, what it made must still be removed. */
static const int fatal_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

/* Handles the signals that end a program. One that the caller ignores stays ignored (nohup). */
static void catch_signals(lua_State *L)
{
    struct sigaction action, old;
    size_t i;

    interrupted_state = L;
    /* If it were ignored, the kernel would reap the children that we wait for. */
    (void)signal(SIGCHLD, SIG_DFL);
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: a wait must end */
    for (i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
        if (sigaction(fatal_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(fatal_signals[i], &action, NULL);
}

/* Dies of the signal that ended the recipe, so that a shell's loop stops too. */
static int end_by_signal(int number)
{
    sigset_t set;

    (void)signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)raise(number);
    return 128 + number;
}

/* --- modules ------------------------------------------------------------------------------------ */

/* Pushes a field of the module nsengine.cli; nil before it is loaded. */
static void push_cli_field(lua_State *L, const char *field)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, "nsengine.cli") == LUA_TTABLE)
        lua_getfield(L, -1, field);
    else
        lua_pushnil(L);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* --- the end ------------------------------------------------------------------------------------ */

/* Output that was not written must not look like success, even if that failed earlier and the
 * reason is no longer known. */
static int close_output(void)
{
    int failed = ferror(stdout);

    errno = 0;
    if (fflush(stdout) == 0 && !failed)
        return 1;
    if (caught_signal == SIGPIPE)
        return 0; /* the exit status says so, quietly: `| head` */
    (void)fprintf(stderr, "nsengine: standard output: %s\n",
                  errno ? strerror(errno) : "not all of it could be written");
    return 0;
}

/* How the process will end; -1 while the recipe runs. */
static int exit_status = -1;

static _Noreturn void leave(void)
{
    if (!close_output() && exit_status == 0)
        exit_status = NSE_STATUS_FAILED;
    exit(caught_signal ? end_by_signal(caught_signal) : exit_status);
}

/* Lua calls finalizers in the reverse order of creation. When the first object's is called, all
 * others have released what they had, and freeing memory block by block would be wasted time. */
static int last_finalizer(lua_State *L)
{
    (void)L;
    if (exit_status >= 0)
        leave();
    return 0;
}

static void add_last_finalizer(lua_State *L)
{
    static const char key = 0;

    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, last_finalizer);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
}

/* --- the run ------------------------------------------------------------------------------------ */

/* Keeps the traceback in the registry. The error stays as it is, for its hint and status. */
static const char traceback_key = 0;

static int keep_traceback(lua_State *L)
{
    /* As lua(1) has it, but with the place: nothing else is known of it. */
    if (!lua_isstring(L, 1) && !luaL_getmetafield(L, 1, "__tostring")) {
        luaL_where(L, 2);
        lua_pushfstring(L, "%s(error object is a %s value)", lua_tostring(L, -1),
                        luaL_typename(L, 1));
        lua_replace(L, 1);
        lua_settop(L, 1);
    }
    push_cli_field(L, "verbose");
    if (lua_toboolean(L, -1) && nse_status_of_error(L, 1) == NSE_STATUS_FAILED) {
        luaL_traceback(L, L, NULL, 1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
    }
    lua_settop(L, 1);
    return 1;
}

/* os.exit(code) also releases what the recipe has, as os.exit(code, true) does, unless it says
 * false. Not in a child, where that belongs to the parent, and not while it is being released. */
static int close_and_exit(lua_State *L)
{
    int ours = getpid() == lua_tointeger(L, lua_upvalueindex(2)) && *nse_generation(L) == 0;

    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_pushboolean(L, ours && exit_status < 0);
        lua_replace(L, 2);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 0);
    return 0;
}

static void replace_exit(lua_State *L)
{
    lua_getglobal(L, LUA_OSLIBNAME);
    lua_getfield(L, -1, "exit");
    lua_pushinteger(L, getpid());
    lua_pushcclosure(L, close_and_exit, 2);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 1);
}

/* (argc, argv) -> status. Raises the failure of the recipe or of the command line. */
static int run(lua_State *L)
{
    int argc = (int)lua_tointeger(L, 1);
    char **argv = lua_touserdata(L, 2);
    int i, status;

    add_last_finalizer(L);
    /* Ignore LUA_INIT and LUA_PATH: a recipe means the same in every environment. */
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(L);
    replace_exit(L);
    nse_add_modules(L, getenv("NSENGINE_LUADIR"));
    lua_settop(L, 0);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "nsengine.cli");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "main");
    lua_replace(L, 1);
    lua_settop(L, 1);
    lua_pushliteral(L, NSENGINE_VERSION);
    luaL_checkstack(L, argc, "too many arguments");
    for (i = 1; i < argc; i++)
        lua_pushstring(L, argv[i]);
    lua_call(L, argc > 1 ? argc : 1, LUA_MULTRET);
    status = nse_status_of_results(L, 1, "a sandbox, ");
    if (!lua_isnil(L, -1)) {
        push_cli_field(L, "recipe");
        nse_complain(L, lua_tostring(L, -1), -2);
    }
    lua_pushinteger(L, status);
    return 1;
}

static int report_failure(lua_State *L)
{
    int status = nse_status_of_error(L, -1);

    if (!caught_signal) {
        nse_complain(L, NULL, -1);
        if (lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key) == LUA_TSTRING)
            (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
    }
    return status;
}

/* --- the begin ---------------------------------------------------------------------------------- */

/* For an error outside of any protected call, when memory runs out; lua_newstate() sets none. */
static int panic(lua_State *L)
{
    (void)L;
    (void)fputs("nsengine: not enough memory\n", stderr);
    return 0;
}

/* If the caller closed one of the three, the first file that we open would take its place. */
static void hold_standard_descriptors(void)
{
    int fd;

    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd) {
            (void)fputs("nsengine: /dev/null does not open in the place of a closed descriptor\n",
                        stderr);
            exit(NSE_STATUS_FAILED);
        }
}

int main(int argc, char **argv)
{
    static struct nse_arena arena;
    lua_State *L;

    /* Set-user-ID, or with file capabilities: anybody's recipe would run with them. */
    if (getauxval(AT_SECURE)) {
        (void)fputs("nsengine: refuses to run set-user-id or with file capabilities\n", stderr);
        return NSE_STATUS_FAILED;
    }
    hold_standard_descriptors();
    L = lua_newstate(nse_arena_allocate, &arena);
    if (!L) {
        (void)fputs("nsengine: not enough memory\n", stderr);
        return NSE_STATUS_FAILED;
    }
    lua_atpanic(L, panic);
    /* A launch makes little garbage: the collector starts at 4 MiB. */
    lua_gc(L, LUA_GCSTEP, -4096);
    catch_signals(L);
    lua_pushcfunction(L, keep_traceback);
    lua_pushcfunction(L, run);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    if (lua_pcall(L, 2, 1, 1) == LUA_OK)
        exit_status = (int)lua_tointeger(L, -1);
    else
        exit_status = report_failure(L);
    lua_close(L);
    leave(); /* without memory for the last finalizer */
}
