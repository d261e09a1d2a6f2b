/* The Process handle: a child of sys.clone or a sandbox of a plan, held by its pidfd so that its
 * number cannot be mixed up. Leaving its scope kills and reaps; in any process but its parent it
 * does nothing. */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "bind.h"
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
    struct nse_child *child = lua_newuserdatauv(L, sizeof(*child), 1);

    *child =
        (struct nse_child){.spawned = {.pidfd = -1, .control = -1, .status = -1, .listener = -1},
                           .owner = nse_getpid()};
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
    return child->spawned.pidfd < 0 && !child->ended ? -ESRCH : 0;
}

/* A sandbox's end is its payload's, as its init tells it. */
static int reap_sandbox(struct nse_child *child, int flags)
{
    int rc = nse_spawned_end(&child->spawned, flags, &child->end);

    if (rc == 0)
        child->ending = (struct nse_ending){child->spawned.pid, child->end.signal, child->end.code};
    return rc == -EAGAIN ? 0 : rc;
}

/* Notes how the child ended; its pid is free for others from here on. */
static int reap(struct nse_child *child, int flags)
{
    int rc = child->sandbox ? reap_sandbox(child, flags)
                            : nse_wait_pidfd(child->spawned.pidfd, flags, &child->ending);

    if (rc == 0 && child->ending.pid != 0) {
        child->ended = 1;
        nse_spawned_close(&child->spawned);
    }
    return rc;
}

/* 1 when the child has ended, 0 when the deadline passed first, or -errno. */
static int wait_until(lua_State *L, struct nse_child *child, long long deadline)
{
    struct pollfd entry = {.fd = child->spawned.pidfd, .events = POLLIN};
    int rc = nse_wait_ready(L, &entry, 1, deadline);

    if (rc <= 0)
        return rc;
    rc = reap(child, 0);
    return rc < 0 ? rc : 1;
}

/* process:wait(seconds|nil)
 *   -> true, "exit", 0
 *   -> nil, "exit", code           1 to 255
 *   -> nil, "signal", number       killed by that signal
 *   -> nil, "timeout"              it still runs; nil waits without limit
 *   -> nil, "wait 4711: No child processes (ECHILD)", errno
 * Waits for the end of a child, and returns the same values as os.execute. It may be called again
 * after the end. waitid(2) P_PIDFD, Linux 5.4. */
static int child_wait(lua_State *L)
{
    struct nse_child *child = check_child(L);
    long long deadline = nse_opt_deadline(L, 2);
    int rc = usable(L, child);

    if (rc == 0 && !child->ended)
        rc = wait_until(L, child, deadline);
    if (rc < 0)
        return nse_fail(L, rc, "wait %d", (int)child->spawned.pid);
    if (child->ended)
        return nse_push_ending(L, &child->ending);
    luaL_pushfail(L);
    lua_pushliteral(L, "timeout");
    return 2;
}

/* process:kill(signal = SIGKILL)
 *   -> true
 *   -> nil, "kill 4711: No such process (ESRCH)", errno
 * Sends a signal, never to another process that got the same number: pidfd_send_signal(2), Linux
 * 5.1. EINVAL: SIGSTOP to a sandbox with an init, which forwards all other signals to the command
 * but would itself be stopped by this one. */
static int child_kill(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int signal = (int)nse_opt_integer(L, 2, SIGKILL, 0, 64);
    int rc = usable(L, child);

    if (rc == 0)
        rc = child->ended ? -ESRCH : nse_spawned_signal(&child->spawned, signal);
    return nse_result(L, rc, "kill %d", (int)child->spawned.pid);
}

/* process:pid()
 *   -> integer                     its number in the pid namespace of the parent
 */
static int child_pid(lua_State *L)
{
    lua_pushinteger(L, check_child(L)->spawned.pid);
    return 1;
}

/* process:fd()
 *   -> FD                          a new pidfd, pidfd_open(2)
 *   -> nil, "fd 4711: No such process (ESRCH)", errno
 */
static int child_fd(lua_State *L)
{
    struct nse_child *child = check_child(L);
    struct nse_fd *slot = nse_fd_new(L);
    int rc = usable(L, child);

    if (rc == 0)
        rc = child->ended ? -ESRCH : nse_dup(child->spawned.pidfd, 3);
    return nse_result_fd(L, slot, rc, "fd %d", (int)child->spawned.pid);
}

/* process:alive()
 *   -> boolean                     false once it has ended, reaped or not; and in a process that is
 *                                  not its parent
 */
static int child_alive(lua_State *L)
{
    struct nse_child *child = check_child(L);
    struct pollfd entry = {.fd = child->spawned.pidfd, .events = POLLIN};

    lua_pushboolean(L, usable(L, child) == 0 && !child->ended && nse_poll(&entry, 1, 0) == 0);
    return 1;
}

/* process:release()
 *   -> pid                         to be reaped by sys.waitpid
 *   -> nil, "release 4711: No such process (ESRCH)", errno
 * Lets a child outlive its handle. Refused for a sandbox (EPERM), which never outlives its
 * supervisor. */
static int child_release(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int rc = usable(L, child);

    if (rc == 0 && child->ended)
        rc = -ESRCH;
    else if (rc == 0 && child->sandbox)
        rc = -EPERM; /* it ends with its supervisor: there is no other */
    if (rc == 0)
        nse_close_end(&child->spawned.pidfd);
    return nse_result_integer(L, rc < 0 ? rc : child->spawned.pid, "release %d",
                              (int)child->spawned.pid);
}

/* process:finish(force = false)
 *   -> true                        the whole sandbox is being killed: process:wait
 *   -> nil, "finish 4711: No such process (ESRCH)", errno
 * Ends a sandbox such that what it used is still known, unlike process:kill(): its init kills all
 * others and reports. For a child of sys.clone, and a sandbox without an init, it is
 * process:kill(). force: SIGKILL for an init that was told and does not end; one that is not pid 1
 * leaves others behind. */
static int child_finish(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int rc = usable(L, child);

    if (rc == 0 && child->ended)
        rc = -ESRCH;
    if (rc == 0)
        rc = lua_toboolean(L, 2) ? nse_spawned_force(&child->spawned)
                                 : nse_spawned_finish(&child->spawned);
    return nse_result(L, rc, "finish %d", (int)child->spawned.pid);
}

/* process:allow(seconds)
 *   -> true
 *   -> nil, "allow 4711: No such process (ESRCH)", errno
 * Changes plan:spawn{wall_time =} of a running sandbox, counted from its exec; without an init
 * nothing enforces it. ESRCH: it has ended, or was told to; EPIPE: it has just ended; EAGAIN: its
 * init does not read, because it is stopped. */
static int child_allow(lua_State *L)
{
    struct nse_child *child = check_child(L);
    lua_Number seconds = luaL_checknumber(L, 2);
    int rc = usable(L, child);

    luaL_argcheck(L, seconds > 0, 2, "more than 0 seconds expected");
    if (rc == 0 && child->ended)
        rc = -ESRCH;
    if (rc == 0)
        rc = nse_spawned_allow(&child->spawned, seconds < 1e9 ? (int64_t)(seconds * 1e9) + 1 : 0);
    return nse_result(L, rc, "allow %d", (int)child->spawned.pid);
}

/* process:usage()
 *   -> {cpu_user = seconds, cpu_system = seconds, memory = bytes, waited =, preempted =, own = seconds,
 *       wall = seconds, timed_out = boolean, lost = boolean}     of a sandbox that has ended
 *   -> nil
 * Returns the processor time of all its processes, the largest resident memory of one of them, and
 * their context switches: of those that waited for something, and of those that were preempted.
 * own: the time of the init and the set-up, which is not included. wall: from its exec to its end.
 * What cannot be known is nil: memory, own and wall without an init, all five if that was killed.
 * timed_out: its init ended it when its wall_time was over. lost: its init ended without telling
 * how the command did, which the kernel killed then. getrusage(2). */
static int child_usage(lua_State *L)
{
    struct nse_child *child = check_child(L);

    if (!child->sandbox || !child->ended) {
        luaL_pushfail(L);
        return 1;
    }
    lua_createtable(L, 0, 9);
    nse_set_boolean(L, "timed_out", child->end.timed_out);
    if (child->end.wall_ns >= 0)
        nse_set_seconds(L, "wall", child->end.wall_ns);
    nse_set_boolean(L, "lost", child->end.lost);
    nse_set_seconds(L, "cpu_user", child->end.user_ns);
    nse_set_seconds(L, "cpu_system", child->end.system_ns);
    if (child->end.memory >= 0)
        nse_set_integer(L, "memory", child->end.memory);
    if (child->end.own_ns >= 0)
        nse_set_seconds(L, "own", child->end.own_ns);
    if (child->end.waited >= 0) {
        nse_set_integer(L, "waited", child->end.waited);
        nse_set_integer(L, "preempted", child->end.preempted);
    }
    return 1;
}

/* process:trace()
 *   -> {{step = 3, seconds = 0.0001}, ...}     of a sandbox spawned with trace = true
 *   -> nil
 * Returns the steps that were done, by their index in the plan, and the time that each took. */
static int child_trace(lua_State *L)
{
    check_child(L);
    lua_getiuservalue(L, 1, 1);
    return 1;
}

/* process:listener()
 *   -> FD                          where the calls arrive that its filter passes on
 *   -> nil                         its plan has no such filter, or it was taken
 * Takes the listener, which belongs to the caller from then on. Calls that nobody answers wait;
 * once it is closed they fail with ENOSYS. seccomp_unotify(2), Linux 5.0. */
static int child_listener(lua_State *L)
{
    struct nse_child *child = check_child(L);
    struct nse_fd *slot = nse_fd_new(L);

    if (child->spawned.listener < 0 || !nse_child_is_ours(L, child)) {
        luaL_pushfail(L);
        return 1;
    }
    slot->fd = child->spawned.listener;
    child->spawned.listener = -1;
    return 1;
}

/* process:close()
 *   -> true                        kills it if it runs, and reaps it
 *   -> nil, message, errno
 * It is also closed at the end of the scope of `local p <close>`, and when it is collected. Closing
 * it twice is allowed. */
static int child_close(lua_State *L)
{
    struct nse_child *child = check_child(L);
    int rc = 0;

    if (nse_child_is_ours(L, child) && child->spawned.pidfd >= 0) {
        /* ESRCH cannot be: nobody else reaps it. A failure (a filter?) must not hang in wait. */
        rc = nse_spawned_kill(&child->spawned);
        while (rc == 0 && !child->ended) {
            rc = reap(child, 0);
            if (rc == -EINTR)
                rc = 0; /* a killed process ends soon: finish, and let the hook run after */
        }
    }
    nse_spawned_close(&child->spawned); /* what no signal reached dies of this */
    return nse_result(L, rc, "close process %d", (int)child->spawned.pid);
}

static int child_tostring(lua_State *L)
{
    struct nse_child *child = check_child(L);
    const char *state = child->ended                   ? "ended"
                        : !nse_child_is_ours(L, child) ? "of another process"
                        : child->spawned.pidfd < 0     ? "released"
                                                       : "running";

    lua_pushfstring(L, "Process (%d, %s)", (int)child->spawned.pid, state);
    return 1;
}

static const luaL_Reg methods[] = {
    {"wait", child_wait},   {"kill", child_kill},         {"pid", child_pid},
    {"fd", child_fd},       {"alive", child_alive},       {"release", child_release},
    {"close", child_close}, {"finish", child_finish},     {"usage", child_usage},
    {"trace", child_trace}, {"listener", child_listener}, {"allow", child_allow},
    {NULL, NULL},
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
