/* The Process handle: a child of sys.clone, held by its pidfd so that its number cannot be mixed up.
 * Leaving its scope kills and reaps; in any process but its parent it does nothing. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "bind.h"
#include "clock.h"
#include "fd.h"

#define CHILD_TYPE "nsengine.process"

static const char generation_key = 0;

unsigned *nse_generation(lua_State *L)
{
    unsigned *generation;

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &generation_key) != LUA_TUSERDATA) {
        generation = lua_newuserdatauv(L, sizeof(*generation), 0);
        *generation = 0;
        lua_rawsetp(L, LUA_REGISTRYINDEX, &generation_key);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &generation_key);
        lua_remove(L, -2);
    }
    generation = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return generation;
}

struct nse_child *nse_child_new(lua_State *L)
{
    struct nse_child *child = lua_newuserdatauv(L, sizeof(*child), 0);

    *child = (struct nse_child){.pidfd = -1, .owner = nse_getpid()};
    luaL_setmetatable(L, CHILD_TYPE);
    child->generation = *nse_generation(L);
    return child;
}

struct nse_child *nse_child_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, CHILD_TYPE);
}

int nse_child_is_ours(lua_State *L, const struct nse_child *child)
{
    return child->owner == nse_getpid() && child->generation == *nse_generation(L);
}

static struct nse_child *check_child(lua_State *L)
{
    return luaL_checkudata(L, 1, CHILD_TYPE);
}

/* 0 when the handle can act; -ECHILD in a process that is not the parent, -ESRCH once released. */
static int usable(lua_State *L, const struct nse_child *child)
{
    if (!nse_child_is_ours(L, child))
        return -ECHILD;
    return child->pidfd < 0 && !child->ended ? -ESRCH : 0;
}

/* Notes how the child ended; its pid is free for others from here on. */
static int reap(struct nse_child *child, int flags)
{
    int rc = nse_wait_pidfd(child->pidfd, flags, &child->ending);

    if (rc == 0 && child->ending.pid != 0) {
        child->ended = 1;
        nse_close(child->pidfd);
        child->pidfd = -1;
    }
    return rc;
}

/* Where pidfd_send_signal(2) is hidden (by a filter, or valgrind), kill(2) is as good: the number of a
 * child that is not reaped belongs to nobody else. */
static int send(const struct nse_child *child, int signal)
{
    int rc = nse_pidfd_send_signal(child->pidfd, signal);

    return rc == -ENOSYS ? nse_kill(child->pid, signal) : rc;
}

/* 1 when the child has ended, 0 when the deadline passed first, or -errno. */
static int wait_until(lua_State *L, struct nse_child *child, long long deadline)
{
    struct pollfd entry = {.fd = child->pidfd, .events = POLLIN};

    for (;;) {
        int rc = nse_poll(&entry, 1, nse_until(deadline));

        if (rc > 0)
            rc = reap(child, 0);
        else if (rc == 0)
            return 0;
        if (rc != -EINTR)
            return rc < 0 ? rc : 1;
        nse_interrupted(L);
    }
}

/* process:wait(seconds|nil)
 *   -> true, "exit", 0
 *   -> nil, "exit", code           1 to 255
 *   -> nil, "signal", number       killed by that signal
 *   -> nil, "timeout"              it still runs; nil waits for ever
 *   -> nil, "wait 4711: No child processes (ECHILD)", errno
 * The values of os.execute, again and again once it has ended. waitid(2) P_PIDFD, Linux 5.4. */
static int child_wait(lua_State *L)
{
    struct nse_child *child = check_child(L);
    long long deadline = nse_opt_deadline(L, 2);
    int rc = usable(L, child);

    if (rc == 0 && !child->ended)
        rc = wait_until(L, child, deadline);
    if (rc < 0)
        return nse_fail(L, rc, "wait %d", (int)child->pid);
    if (child->ended)
        return nse_push_ending(L, &child->ending);
    luaL_pushfail(L);
    lua_pushliteral(L, "timeout");
    return 2;
}

/* process:kill(signal = SIGKILL)
 *   -> true
 *   -> nil, "kill 4711: No such process (ESRCH)", errno
 * pidfd_send_signal(2), Linux 5.1: never another process that got the same number. */
static int child_kill(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int signal = (int)nse_opt_integer(L, 2, SIGKILL, 0, 64);
    int rc = usable(L, child);

    if (rc == 0)
        rc = child->ended ? -ESRCH : send(child, signal);
    return nse_result(L, rc, "kill %d", (int)child->pid);
}

/* process:pid()
 *   -> integer                     in the pid namespace of the parent
 */
static int child_pid(lua_State *L)
{
    lua_pushinteger(L, check_child(L)->pid);
    return 1;
}

/* process:fd()
 *   -> FD                          a pidfd of one's own, pidfd_open(2)
 *   -> nil, "fd 4711: No such process (ESRCH)", errno
 */
static int child_fd(lua_State *L)
{
    struct nse_child *child = check_child(L);
    struct nse_fd *slot = nse_fd_new(L);
    int rc = usable(L, child);

    if (rc == 0)
        rc = child->ended ? -ESRCH : nse_dup(child->pidfd, 3);
    return nse_result_fd(L, slot, rc, "fd %d", (int)child->pid);
}

/* process:alive()
 *   -> boolean                     false once it has ended, reaped or not; and in a process that is
 *                                  not its parent
 */
static int child_alive(lua_State *L)
{
    struct nse_child *child = check_child(L);
    struct pollfd entry = {.fd = child->pidfd, .events = POLLIN};

    lua_pushboolean(L, usable(L, child) == 0 && !child->ended && nse_poll(&entry, 1, 0) == 0);
    return 1;
}

/* process:release()
 *   -> pid                         it lives on when the handle goes; sys.waitpid reaps it
 *   -> nil, "release 4711: No such process (ESRCH)", errno
 */
static int child_release(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int rc = usable(L, child);

    if (rc == 0 && child->ended)
        rc = -ESRCH;
    if (rc == 0) {
        nse_close(child->pidfd);
        child->pidfd = -1;
    }
    return nse_result_integer(L, rc < 0 ? rc : child->pid, "release %d", (int)child->pid);
}

/* process:close()
 *   -> true                        kills it if it runs, and reaps it
 *   -> nil, message, errno
 * Also on leaving the scope of `local p <close>`, and when collected. Twice does no harm. */
static int child_close(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int rc = 0;

    if (nse_child_is_ours(L, child) && child->pidfd >= 0) {
        /* ESRCH cannot be: nobody else reaps it. A failure (a filter?) must not hang in wait. */
        rc = send(child, SIGKILL);
        while (rc == 0 && !child->ended) {
            rc = reap(child, 0);
            if (rc == -EINTR)
                rc = 0; /* a killed process ends soon: finish, and let the hook run after */
        }
    }
    if (rc < 0 && child->pidfd >= 0) {
        nse_close(child->pidfd);
        child->pidfd = -1;
    }
    return nse_result(L, rc, "close process %d", (int)child->pid);
}

static int child_tostring(lua_State *L)
{
    struct nse_child *child = check_child(L);
    const char *state = child->ended                   ? "ended"
                        : !nse_child_is_ours(L, child) ? "of another process"
                        : child->pidfd < 0             ? "released"
                                                       : "running";

    lua_pushfstring(L, "Process (%d, %s)", (int)child->pid, state);
    return 1;
}

static const luaL_Reg methods[] = {
    {"wait", child_wait},   {"kill", child_kill},       {"pid", child_pid},     {"fd", child_fd},
    {"alive", child_alive}, {"release", child_release}, {"close", child_close}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__index", NULL}, /* place holder */
    {"__gc", child_close}, {"__close", child_close}, {"__tostring", child_tostring}, {NULL, NULL},
};

void nse_child_register(lua_State *L)
{
    luaL_newmetatable(L, CHILD_TYPE);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
