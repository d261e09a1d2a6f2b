/* sys: processes. exec, exit, wait, signals, sessions, prctl, limits, priority. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind.h"
#include "rlimit.h"

/* The strings of the list at `index` as a NULL-terminated vector, which the userdata on top keeps. */
static char **check_argv(lua_State *L, int index)
{
    size_t i, count;
    char **argv;

    luaL_checktype(L, index, LUA_TTABLE);
    count = lua_rawlen(L, index);
    argv = lua_newuserdatauv(L, (count + 1) * sizeof(*argv), 0);
    for (i = 0; i < count; i++) {
        size_t length;
        const char *text = NULL;

        /* Only strings: a number would be converted into one that nothing keeps alive. */
        if (lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TSTRING)
            text = lua_tolstring(L, -1, &length);
        if (!text)
            nse_arg_error(L, index, "entry %d: string expected, got %s", (int)i + 1,
                          luaL_typename(L, -1));
        if (strlen(text) != length)
            nse_arg_error(L, index, "entry %d: string with an embedded NUL", (int)i + 1);
        argv[i] = (char *)text;
        lua_pop(L, 1);
    }
    argv[count] = NULL;
    return argv;
}

/* Leaves a list {"NAME=value", ...} of the map at `index` on the stack. */
static void push_environment(lua_State *L, int index)
{
    lua_Integer n = 0;

    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            nse_arg_error(L, index, "environment: NAME = \"value\" expected, got %s = %s",
                          luaL_typename(L, -2), luaL_typename(L, -1));
        if (strchr(lua_tostring(L, -2), '=') || *lua_tostring(L, -2) == '\0')
            nse_arg_error(L, index, "environment: bad name '%s'", lua_tostring(L, -2));
        lua_pushfstring(L, "%s=%s", lua_tostring(L, -2), lua_tostring(L, -1));
        if (lua_rawlen(L, -1) != lua_rawlen(L, -2) + 1 + lua_rawlen(L, -3)) /* %s ends at a NUL */
            nse_arg_error(L, index, "environment: string with an embedded NUL");
        lua_rawseti(L, -4, ++n);
    }
}

/* exec({program, argument...}, env|nil)
 *   -> only on failure: nil, "exec /bin/nosh: No such file or directory (ENOENT)", errno
 * Replaces this process by another program. A name without a slash is searched for in PATH. env:
 * {NAME = "value"}, the whole environment; nil keeps the caller's. Standard I/O is flushed first;
 * every FD is close-on-exec. A recipe or child that ends with this failure exits with 127 (not
 * found) or 126. execve(2). */
static int sys_exec(lua_State *L)
{
    char **argv, **envp = environ;
    const char *search = getenv("PATH");
    int rc;

    lua_settop(L, 2);
    argv = check_argv(L, 1);
    luaL_argcheck(L, argv[0], 1, "the list is empty: the program comes first");
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        push_environment(L, 2);
        envp = check_argv(L, lua_gettop(L));
    }
    (void)fflush(NULL);
    rc = nse_exec_search(search ? search : "/usr/local/bin:/usr/bin:/bin", argv, envp);
    nse_fail(L, rc, "exec %s", argv[0]);
    nse_remember_exec_failure(L, -2, -rc);
    return 3;
}

/* exit(code = 0)
 *   -> never
 * Ends this process now, with a status of 0 to 255: standard I/O is flushed; `<close>` variables
 * and finalizers do not run. exit_group(2). */
static int sys_exit(lua_State *L)
{
    int code = (int)nse_opt_integer(L, 1, 0, 0, 255);

    (void)fflush(NULL);
    nse_exit(code);
}

/* getpid()
 *   -> integer                     in this process's pid namespace
 */
static int sys_getpid(lua_State *L)
{
    lua_pushinteger(L, nse_getpid());
    return 1;
}

/* self()
 *   -> integer
 * Returns a number that tells this process from those made of it, by clone or for a sandbox's
 * function setup, even where getpid is the same: pid 1 may clone a pid 1. A process must not remove
 * what another one has made. */
static int sys_self(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)*nse_generation(L) << 32 | nse_getpid());
    return 1;
}

/* getppid()
 *   -> integer                     0 if the parent is in another pid namespace
 */
static int sys_getppid(lua_State *L)
{
    lua_pushinteger(L, nse_getppid());
    return 1;
}

/* setsid()
 *   -> integer                     the new session, this process's pid
 *   -> nil, "setsid: Operation not permitted (EPERM)", errno
 * Starts a new session. EPERM: this process leads a process group. setsid(2). */
static int sys_setsid(lua_State *L)
{
    return nse_result_integer(L, nse_setsid(), "setsid");
}

/* setpgid(pid = 0, pgid = 0)
 *   -> true
 *   -> nil, "setpgid 4711 4711: No such process (ESRCH)", errno
 * Moves a process to a process group; 0 is this process. setpgid(2). */
static int sys_setpgid(lua_State *L)
{
    int pid = (int)nse_opt_integer(L, 1, 0, 0, INT_MAX);
    int pgid = (int)nse_opt_integer(L, 2, 0, 0, INT_MAX);

    return nse_result(L, nse_setpgid(pid, pgid), "setpgid %d %d", pid, pgid);
}

/* kill(process, signal = SIGTERM)
 *   -> true
 *   -> nil, "kill 4711: No such process (ESRCH)", errno
 * Sends a signal. process: a Process, a pidfd or a pid; signal: SIG*, or 0, which only checks.
 * pidfd_send_signal(2), kill(2). */
static int sys_kill(lua_State *L)
{
    struct nse_target target;
    int rc = nse_arg_target(L, 1, 0, &target);
    int signal = (int)nse_opt_integer(L, 2, SIGTERM, 0, 64);

    if (rc == 0)
        rc = target.pidfd >= 0 ? nse_pidfd_send_signal(target.pidfd, signal)
                               : nse_kill(target.pid, signal);
    return nse_result(L, rc, "kill %s", luaL_tolstring(L, 1, NULL));
}

/* waitpid(pid = -1, flags = 0)
 *   -> pid, "exit"|"signal", number
 *   -> nil, "timeout"              flags has WNOHANG and none has ended
 *   -> nil, "waitpid -1: No child processes (ECHILD)", errno
 * Waits for a child and reaps it; -1 is any child, for pid 1. To wait for a child with a Process
 * handle, process:wait is better. waitid(2). */
static int sys_waitpid(lua_State *L)
{
    int pid = (int)nse_opt_integer(L, 1, -1, -1, INT_MAX);
    int flags = (int)nse_opt_flags(L, 2);
    struct nse_ending ending;
    int rc;

    while ((rc = nse_wait_pid(pid, flags, &ending)) == -EINTR)
        nse_interrupted(L);
    if (rc < 0)
        return nse_fail(L, rc, "waitpid %d", pid);
    if (ending.pid == 0) {
        luaL_pushfail(L);
        lua_pushliteral(L, "timeout");
        return 2;
    }
    lua_pushinteger(L, ending.pid);
    nse_push_ending(L, &ending);
    lua_remove(L, -3);
    return 3;
}

/* pidfd_open(pid)
 *   -> FD
 *   -> nil, "pidfd_open 4711: No such process (ESRCH)", errno
 * Opens a descriptor of a process. pidfd_open(2), Linux 5.3. */
static int sys_pidfd_open(lua_State *L)
{
    int pid = (int)nse_arg_integer(L, 1, 1, INT_MAX);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_result_fd(L, slot, nse_pidfd_open(pid, 0), "pidfd_open %d", pid);
}

/* --- prctl(2) ----------------------------------------------------------------------------------- */

/* set_no_new_privs()
 *   -> true
 *   -> nil, message, errno
 * Keeps exec from granting more privileges: no set-user-id, no file capabilities. It cannot be
 * undone. PR_SET_NO_NEW_PRIVS, Linux 3.5. */
static int sys_set_no_new_privs(lua_State *L)
{
    return nse_result(L, nse_prctl(PR_SET_NO_NEW_PRIVS, 1), "set_no_new_privs");
}

/* set_pdeathsig(signal)
 *   -> true
 *   -> nil, message, errno
 * Sets the signal that this process gets when the thread that made it ends; 0: none. A change of
 * credentials clears it. PR_SET_PDEATHSIG. */
static int sys_set_pdeathsig(lua_State *L)
{
    int signal = (int)nse_arg_integer(L, 1, 0, 64);

    return nse_result(L, nse_prctl(PR_SET_PDEATHSIG, (unsigned long)signal), "set_pdeathsig %d",
                      signal);
}

static int prctl_switch(lua_State *L, int option, const char *name)
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    return nse_result(L, nse_prctl(option, lua_toboolean(L, 1) ? 1 : 0), "%s", name);
}

/* set_dumpable(boolean)
 *   -> true
 *   -> nil, message, errno
 * Sets whether others of the same user may trace this process and read its memory.
 * PR_SET_DUMPABLE. */
static int sys_set_dumpable(lua_State *L)
{
    return prctl_switch(L, PR_SET_DUMPABLE, "set_dumpable");
}

/* set_subreaper(boolean)
 *   -> true
 *   -> nil, message, errno
 * Sets whether orphaned descendants become children of this process. PR_SET_CHILD_SUBREAPER. */
static int sys_set_subreaper(lua_State *L)
{
    return prctl_switch(L, PR_SET_CHILD_SUBREAPER, "set_subreaper");
}

/* set_name(string)
 *   -> true
 *   -> nil, message, errno
 * Sets the name in ps(1); the kernel keeps 15 bytes of it. PR_SET_NAME. */
static int sys_set_name(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);

    return nse_result(L, nse_set_name(name), "set_name %s", name);
}

/* --- limits and priority ------------------------------------------------------------------------ */

static void push_limit(lua_State *L, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value); /* RLIM_INFINITY, 2^64-1, is -1 in Lua */
}

/* getrlimit(resource, process|nil)
 *   -> soft, hard                  RLIM_INFINITY is -1
 *   -> nil, "getrlimit 99: Invalid argument (EINVAL)", errno
 * Returns the limits of a process, by default this one. resource: RLIMIT_*. prlimit(2). */
static int sys_getrlimit(lua_State *L)
{
    int resource = (int)nse_arg_integer(L, 1, 0, 255);
    struct nse_target target;
    struct nse_rlimit limit = {0, 0};
    int rc = nse_arg_target_pid(L, 2, 1, &target);

    if (rc == 0)
        rc = nse_prlimit(target.pid, resource, NULL, &limit);
    if (rc < 0)
        return nse_fail(L, rc, "getrlimit %d", resource);
    push_limit(L, limit.soft);
    push_limit(L, limit.hard);
    return 2;
}

/* setrlimit(resource, soft, hard = soft, process|nil)
 *   -> true
 *   -> nil, "setrlimit 7: Operation not permitted (EPERM)", errno
 * Sets the limits of a process, by default this one. resource: RLIMIT_*; the values are in its unit
 * (bytes, seconds, a count) or RLIM_INFINITY. prlimit(2). */
static int sys_setrlimit(lua_State *L)
{
    int resource = (int)nse_arg_integer(L, 1, 0, 255);
    lua_Integer soft = nse_arg_integer(L, 2, -1, LLONG_MAX);
    lua_Integer hard = nse_opt_integer(L, 3, soft, -1, LLONG_MAX);
    struct nse_rlimit limit = {.soft = (uint64_t)soft, .hard = (uint64_t)hard};
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 4, 1, &target);

    if (rc == 0)
        rc = nse_prlimit(target.pid, resource, &limit, NULL);
    return nse_result(L, rc, "setrlimit %d", resource);
}

/* getpriority(process|nil)
 *   -> integer                     -20 (most favoured) to 19
 *   -> nil, message, errno
 * Returns the nice value of a process. getpriority(2). */
static int sys_getpriority(lua_State *L)
{
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 1, 1, &target);
    int nice = 0;

    if (rc == 0)
        rc = nse_getpriority(target.pid, &nice);
    if (rc < 0)
        return nse_fail(L, rc, "getpriority");
    lua_pushinteger(L, nice);
    return 1;
}

/* setpriority(value, process|nil)
 *   -> true
 *   -> nil, "setpriority -5: Permission denied (EACCES)", errno
 * Sets the nice value of a process. setpriority(2). */
static int sys_setpriority(lua_State *L)
{
    int nice = (int)nse_arg_integer(L, 1, -20, 19);
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 2, 1, &target);

    if (rc == 0)
        rc = nse_setpriority(target.pid, nice);
    return nse_result(L, rc, "setpriority %d", nice);
}

/* A set of processors as large as any kernel's (CONFIG_NR_CPUS is at most 8192). */
#define CPU_MASK_BYTES 1024

/* getaffinity(process|nil)
 *   -> {0, 1, ...}                 the processors it may run on
 *   -> nil, message, errno
 * sched_getaffinity(2). */
static int sys_getaffinity(lua_State *L)
{
    unsigned char mask[CPU_MASK_BYTES] __attribute__((aligned(8))) = {0};
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 1, 1, &target);
    int cpu, n = 0;

    if (rc == 0)
        rc = nse_sched_getaffinity(target.pid, mask, sizeof(mask));
    if (rc < 0)
        return nse_fail(L, rc, "getaffinity");
    lua_newtable(L);
    for (cpu = 0; cpu < rc * 8; cpu++) {
        if (mask[cpu / 8] >> cpu % 8 & 1) {
            lua_pushinteger(L, cpu);
            lua_rawseti(L, -2, ++n);
        }
    }
    return 1;
}

/* setaffinity({0, 1, ...}, process|nil)
 *   -> true
 *   -> nil, "setaffinity: Invalid argument (EINVAL)", errno
 * Sets the processors that a process may run on. EINVAL: none of them exists, or a cpuset forbids
 * them all. sched_setaffinity(2). */
static int sys_setaffinity(lua_State *L)
{
    unsigned char mask[CPU_MASK_BYTES] __attribute__((aligned(8)));
    struct nse_target target;
    lua_Integer i;
    int rc;

    luaL_checktype(L, 1, LUA_TTABLE);
    memset(mask, 0, sizeof(mask));
    for (i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
        lua_Integer cpu = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;

        if (cpu < 0 || cpu >= (lua_Integer)CPU_MASK_BYTES * 8)
            nse_arg_error(L, 1, "entry %d: processor 0 to %d expected", (int)i,
                          CPU_MASK_BYTES * 8 - 1);
        mask[cpu / 8] |= (unsigned char)(1 << cpu % 8);
        lua_pop(L, 1);
    }
    rc = nse_arg_target_pid(L, 2, 1, &target);
    if (rc == 0)
        rc = nse_sched_setaffinity(target.pid, mask, sizeof(mask));
    return nse_result(L, rc, "setaffinity");
}

const luaL_Reg nse_sys_process[] = {
    {"exec", sys_exec},
    {"exit", sys_exit},
    {"getpid", sys_getpid},
    {"self", sys_self},
    {"getppid", sys_getppid},
    {"setsid", sys_setsid},
    {"setpgid", sys_setpgid},
    {"kill", sys_kill},
    {"waitpid", sys_waitpid},
    {"pidfd_open", sys_pidfd_open},
    {"set_no_new_privs", sys_set_no_new_privs},
    {"set_pdeathsig", sys_set_pdeathsig},
    {"set_dumpable", sys_set_dumpable},
    {"set_subreaper", sys_set_subreaper},
    {"set_name", sys_set_name},
    {"getrlimit", sys_getrlimit},
    {"setrlimit", sys_setrlimit},
    {"getpriority", sys_getpriority},
    {"setpriority", sys_setpriority},
    {"getaffinity", sys_getaffinity},
    {"setaffinity", sys_setaffinity},
    {NULL, NULL},
};
