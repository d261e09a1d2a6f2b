/* plan:spawn: a compiled plan becomes a process, with a command, descriptors and what one spawn adds. All of
 * it runs in the caller but run_hook(), which runs in the child. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

#include "bind.h"
#include "fd.h"
#include "image.h"
#include "plan.h"
#include "proc.h"
#include "sandbox.h"

static const char image_key = 0;

/* Strings of the list in field `name`, ended by NULL, in a block on the stack. */
static char **read_strings(lua_State *L, const char *name)
{
    lua_Unsigned count, i;
    char **strings;

    if (lua_getfield(L, 2, name) != LUA_TTABLE)
        nse_arg_error(L, 2, "field '%s': list of strings expected", name);
    count = lua_rawlen(L, -1);
    if (count > 1 << 20)
        nse_arg_error(L, 2, "field '%s': too many", name);
    strings = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(char *), 0);
    for (i = 0; i < count; i++) {
        size_t length;

        if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING)
            nse_arg_error(L, 2, "field '%s': value %d: string expected", name, (int)i + 1);
        strings[i] = (char *)lua_tolstring(L, -1, &length);
        if (strlen(strings[i]) != length)
            nse_arg_error(L, 2, "field '%s': value %d: NUL byte", name, (int)i + 1);
        lua_pop(L, 1);
    }
    strings[count] = NULL;
    return strings;
}

static void read_fds(lua_State *L, struct nse_spawn *how)
{
    struct nse_launch_fd *fds = lua_newuserdatauv(L, NSE_LAUNCH_FD_MAX * sizeof(*fds), 0);
    size_t count = 0;
    int standard = 0;

    if (lua_getfield(L, 2, "fds") != LUA_TTABLE)
        nse_arg_error(L, 2, "field 'fds': {[number] = descriptor} expected");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *reason = NULL;
        lua_Integer number = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : -1;
        int fd;

        if (number < 0 || number >= NSE_LAUNCH_FD_MAX - 8 || count == NSE_LAUNCH_FD_MAX)
            nse_arg_error(L, 2, "field 'fds': numbers are 0 to %d", NSE_LAUNCH_FD_MAX - 9);
        fd = nse_to_fd(L, -1, &reason);
        if (reason)
            nse_arg_error(L, 2, "field 'fds': %d: %s", (int)number, reason);
        if (number < 3)
            standard |= 1 << number;
        fds[count++] = (struct nse_launch_fd){fd, (int)number};
    }
    if (standard != 7)
        nse_arg_error(L, 2, "field 'fds': 0, 1 and 2 are needed");
    lua_pop(L, 1);
    how->fds = fds;
    how->fd_count = count;
}

/* The control groups: the one to be born in, and those to enter. */
static void read_cgroups(lua_State *L, struct nse_spawn *how)
{
    lua_Unsigned count, i;
    int *joins;

    how->cgroup = nse_field_fd(L, 2, "cgroup", -1);
    lua_getfield(L, 2, "apart");
    how->apart = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (lua_getfield(L, 2, "joins") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1) || (count = lua_rawlen(L, -1)) > 32)
        nse_arg_error(L, 2, "field 'joins': list of at most 32 descriptors expected");
    joins = lua_newuserdatauv(L, (size_t)count * sizeof(*joins), 0);
    for (i = 0; i < count; i++) {
        const char *reason = NULL;

        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        joins[i] = nse_to_fd(L, -1, &reason);
        if (reason)
            nse_arg_error(L, 2, "field 'joins': entry %d: %s", (int)i + 1, reason);
        lua_pop(L, 1);
    }
    how->joins = joins;
    how->join_count = (size_t)count;
}

/* The descriptor of the init's program, made once for each Lua state. */
static int init_image(lua_State *L)
{
    struct nse_fd *image;
    int rc;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &image_key);
    image = nse_fd_test(L, -1);
    lua_pop(L, 1);
    if (image)
        return image->fd;
    image = nse_fd_new(L);
    rc = nse_init_image();
    if (rc >= 0) {
        image->fd = rc;
        lua_rawsetp(L, LUA_REGISTRYINDEX, &image_key);
    } else {
        lua_pop(L, 1);
    }
    return rc;
}

/* What the setup function needs in the child, and how its error comes back. */
struct hook {
    lua_State *L;
    int function; /* its place on the stack */
    int complaint[2];
};

static int add_traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

/* In the child, which has a copy of the Lua state: see run_child() of sys_clone.c. */
static int run_hook(void *data)
{
    struct hook *hook = data;
    lua_State *L = hook->L;
    const uint64_t none = 0;
    uint64_t mask;
    size_t length;
    const char *text;
    int rc;

    lua_gc(L, LUA_GCSTOP);
    ++*nse_generation(L);
    nse_block_signals(&mask);
    nse_restore_signals(&none); /* for what the function runs */
    lua_pushcfunction(L, add_traceback);
    lua_pushvalue(L, hook->function);
    rc = lua_pcall(L, 0, 0, -2);
    if (rc != LUA_OK) {
        text = luaL_tolstring(L, -1, &length);
        nse_write(hook->complaint[1], text, length < 16384 ? length : 16384);
    }
    (void)fflush(NULL);
    nse_restore_signals(&mask);
    return rc == LUA_OK ? 0 : -ECANCELED;
}

static const char *const stage_names[] = {
    [NSE_SPAWN_PREPARE] = "prepare", [NSE_SPAWN_CLONE] = "clone", [NSE_SPAWN_MAPS] = "maps",
    [NSE_SPAWN_STEP] = "step",       [NSE_SPAWN_EXEC] = "exec",   [NSE_SPAWN_DIED] = "died",
};

/* The steps that were done, in a block that was made before the spawn: a callback must not raise. */
struct trace {
    struct nse_report *reports;
    size_t count, room;
};

static void take_trace(void *data, const struct nse_report *report)
{
    struct trace *trace = data;

    if (trace->count < trace->room)
        trace->reports[trace->count++] = *report;
}

static void push_trace(lua_State *L, const struct trace *trace)
{
    size_t i;

    lua_createtable(L, (int)trace->count, 0);
    for (i = 0; i < trace->count; i++) {
        lua_createtable(L, 0, 2);
        nse_set_integer(L, "step", trace->reports[i].step + 1);
        nse_set_seconds(L, "seconds", trace->reports[i].nanoseconds);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* What of the file tree the caller wants to have open, in FDs that were made before the spawn: a callback
 * must not raise. */
struct watch {
    const char *const *paths;
    struct nse_fd **slots;
};

/* The tree is one of our own making still, but for what the recipe mounted: links in it lead nowhere else. */
static void open_watched(void *data, pid_t pid)
{
    const struct watch *watch = data;
    struct open_how how = {.flags = O_PATH | O_DIRECTORY,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = nse_proc_open(pid, "root", O_PATH | O_DIRECTORY);
    size_t i;

    for (i = 0; watch->paths[i]; i++)
        watch->slots[i]->fd = fd < 0 ? -1 : nse_openat2(fd, watch->paths[i], &how);
    nse_close_end(&fd);
}

/* The FDs for field `watch`, in a list on top of the stack; nothing where it is absent. */
static void read_watch(lua_State *L, struct nse_spawn *how, struct watch *watch)
{
    size_t count = 0, i;

    if (lua_getfield(L, 2, "watch") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    watch->paths = (const char *const *)read_strings(L, "watch");
    while (watch->paths[count])
        count++;
    watch->slots = lua_newuserdatauv(L, (count + 1) * sizeof(void *), 0);
    lua_createtable(L, (int)count, 0);
    for (i = 0; i < count; i++) {
        watch->slots[i] = nse_fd_new(L);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    how->held = open_watched;
    how->held_data = watch;
}

/* The hooks of the main thread, which a signal handler sets, and of the running one. */
struct hooks {
    lua_State *L, *main;
    lua_Hook of_main, own;
};

static struct hooks note_hooks(lua_State *L)
{
    lua_State *main = nse_main_thread(L);

    return (struct hooks){
        .L = L, .main = main, .of_main = lua_gethook(main), .own = lua_gethook(L)};
}

/* A hook that was not there at the begin is the launcher's wish to unwind; the other is a debugger's. */
static int wants_to_stop(void *data)
{
    const struct hooks *hooks = data;

    return lua_gethook(hooks->main) != hooks->of_main || lua_gethook(hooks->L) != hooks->own;
}

static void push_complaint(lua_State *L, const struct hook *hook)
{
    char text[16384];
    long n = hook->complaint[0] >= 0 ? nse_read(hook->complaint[0], text, sizeof(text)) : 0;

    if (n > 0) {
        lua_pushlstring(L, text, (size_t)n);
        lua_setfield(L, -2, "setup_error");
    }
}

/* nil, message, errno and the details. */
static int push_failure(lua_State *L, int rc, const struct nse_spawn_error *error,
                        const struct nse_steps *plan, const struct hook *hook,
                        const struct trace *trace)
{
    const char *step = error->step >= 0 ? nse_step_infos[plan->steps[error->step].kind].name : NULL;
    const char *complaint = error->maps.complaint;

    if (error->stage == NSE_SPAWN_DIED)
        nse_fail(L, rc, "spawn: the sandbox's first process died of signal %d while it was built",
                 error->signal);
    else
        nse_fail(L, rc, "spawn: %s%s%s%s%s", step ? step : "", step ? ": " : "", error->call,
                 *complaint ? ": " : "", complaint);
    lua_createtable(L, 0, 6);
    nse_set_string(L, "stage", stage_names[error->stage]);
    nse_set_string(L, "call", error->call);
    if (error->step >= 0)
        nse_set_integer(L, "step", error->step + 1);
    if (error->signal)
        nse_set_integer(L, "signal", error->signal);
    if (*complaint)
        nse_set_string(L, "complaint", complaint);
    push_complaint(L, hook);
    if (trace->room) {
        push_trace(L, trace);
        lua_setfield(L, -2, "trace");
    }
    return 4;
}

/* The pipe's ends are FDs on the stack, so that no error leaks them. */
static int prepare_hook(lua_State *L, struct nse_spawn *how, struct hook *hook)
{
    struct nse_fd *ends[2];
    int threads, rc;

    if (lua_getfield(L, 2, "setup") == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    luaL_argexpected(L, lua_isfunction(L, -1), 2, "function in field 'setup'");
    hook->L = L;
    hook->function = lua_gettop(L);
    threads = nse_count_threads();
    if (threads != 1)
        return threads < 0 ? threads : -EAGAIN;
    ends[0] = nse_fd_new(L);
    ends[1] = nse_fd_new(L);
    rc = nse_pipe(hook->complaint, 0);
    if (rc < 0)
        return rc;
    ends[0]->fd = hook->complaint[0];
    ends[1]->fd = hook->complaint[1];
    how->hook = run_hook;
    how->hook_data = hook;
    (void)fflush(NULL); /* what is buffered would be written by both */
    return 0;
}

static void close_complaint(lua_State *L, struct hook *hook, int end)
{
    struct nse_fd *handle = hook->function ? nse_fd_test(L, hook->function + 1 + end) : NULL;

    if (handle)
        nse_close_end(&handle->fd);
    hook->complaint[end] = -1;
}

/* What is executed, and with what. */
static void read_command(lua_State *L, struct nse_spawn *how)
{
    how->argv = read_strings(L, "argv");
    how->envp = read_strings(L, "env");
    luaL_argcheck(L, how->argv[0] && *how->argv[0], 2, "field 'argv': a command is needed");
    lua_getfield(L, 2, "path");
    how->search = lua_isnil(L, -1) ? "" : luaL_checkstring(L, -1);
    lua_getfield(L, 2, "terminal");
    how->terminal = lua_toboolean(L, -1);
    read_fds(L, how);
}

/* Room for what each step took, where that is asked for. */
static void read_trace(lua_State *L, struct nse_spawn *how, struct trace *trace, size_t steps)
{
    lua_getfield(L, 2, "trace");
    if (!lua_toboolean(L, -1))
        return;
    trace->room = steps;
    trace->reports = lua_newuserdatauv(L, (steps + 1) * sizeof(*trace->reports), 0);
    how->trace = take_trace;
    how->trace_data = trace;
}

/* Seconds that the command may take; what no clock can hold is for ever. */
static void read_wall_time(lua_State *L, struct nse_spawn *how)
{
    lua_Number seconds;

    if (lua_getfield(L, 2, "wall_time") == LUA_TNIL)
        return;
    seconds = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : 0;
    if (!(seconds > 0))
        nse_arg_error(L, 2, "field 'wall_time': seconds expected, more than 0");
    how->wall_ns = seconds < 1e9 ? (int64_t)(seconds * 1e9) + 1 : 0;
}

/* plan:spawn{argv =, env =, path =, fds =, ...}
 *   -> Process, {FD, ...}          once the command has been executed in its sandbox
 *   -> nil, "spawn: bind: open_tree: No such file or directory (ENOENT)", errno, details
 * Starts a sandbox. argv: the command. env: {"NAME=value", ...}. path: where a command without a
 * slash is searched for, inside. fds: {[number] = descriptor}, including 0 to 2; all others are
 * closed. terminal: descriptor 0 becomes the controlling terminal. setup: a function that runs
 * inside as the plan's step "setup" (only in a process without threads). trace: keeps what each
 * step took, for process:trace(). cgroup: the FD of a version 2 group that it starts in
 * (CLONE_INTO_CGROUP, Linux 5.7). joins: files cgroup.procs or tasks, open for writing, of groups
 * that it enters before anything else. apart: the set-up does not share this program's memory;
 * needed if the set-up can reach a memory limit, as the kernel kills all that share the victim's
 * memory. wall_time: seconds that it may take, enforced by its init if it has one. watch:
 * directories of its file tree, for a plan with the step "hold"; the second value is their FDs
 * (O_PATH; closed if one could not be opened). details: {stage =
 * "prepare"|"clone"|"maps"|"step"|"exec"|"died", step = index, call =, complaint =, setup_error =,
 * trace =}. Nothing is left of a sandbox that failed. clone3(2), Linux 5.5. */
static int plan_spawn(lua_State *L)
{
    static const char *const fields[] = {"argv",  "env",       "path",   "fds",   "terminal",
                                         "setup", "trace",     "cgroup", "joins", "apart",
                                         "watch", "wall_time", NULL};
    struct nse_steps *plan = nse_arg_plan(L, 1);
    struct hook hook = {.complaint = {-1, -1}};
    struct hooks hooks;
    struct nse_spawn how = {
        .init_image = -1, .interrupted = wants_to_stop, .interrupted_data = &hooks};
    struct nse_spawn_error error;
    struct nse_child *child;
    struct trace trace = {0};
    struct watch watch = {0};
    int rc = 0, watched = 0;

    lua_settop(L, 2);
    nse_check_table(L, 2, fields);
    luaL_checkstack(L, 20, NULL);
    hooks = note_hooks(L);
    child = nse_child_new(L); /* 3 */
    read_command(L, &how);
    read_cgroups(L, &how);
    read_wall_time(L, &how);
    read_watch(L, &how, &watch);
    watched = watch.slots ? lua_gettop(L) : 0;
    read_trace(L, &how, &trace, plan->count);
    if (plan->header.init)
        rc = how.init_image = init_image(L);
    error = (struct nse_spawn_error){.step = -1, .call = "memfd_create"};
    if (rc >= 0) {
        memcpy(error.call, "setup", sizeof("setup"));
        rc = prepare_hook(L, &how, &hook);
    }
    if (rc >= 0)
        rc = nse_spawn(plan, &how, &child->spawned, &error);
    close_complaint(L, &hook, 1);
    if (rc == -EINTR)
        nse_interrupted(L);
    if (rc < 0)
        return push_failure(L, rc, &error, plan, &hook, &trace);
    child->sandbox = 1;
    close_complaint(L, &hook, 0);
    if (trace.room) {
        push_trace(L, &trace);
        lua_setiuservalue(L, 3, 1);
    }
    if (watched) {
        lua_pushvalue(L, 3);
        lua_pushvalue(L, watched);
        return 2;
    }
    lua_settop(L, 3);
    return 1;
}

const luaL_Reg nse_plan_methods[] = {
    {"spawn", plan_spawn},
    {NULL, NULL},
};
