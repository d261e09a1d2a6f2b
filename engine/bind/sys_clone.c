/* sys.clone: a child process that runs a Lua function and never returns into the caller's code.
 * sys_clone() runs in the caller; run_child() and what it calls run in the child. */
#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/single_threaded.h>

#include "bind.h"
#include "node.h"
#include "ns.h"
#include "uapi.h"

/* Threads of this process, or -errno. glibc knows for sure when there is but one; else the kernel
 * counts: a directory has a link for each thread of /proc/self/task, and two of its own. */
int nse_count_threads(void)
{
    struct statx stat;
    int rc;

    if (__libc_single_threaded)
        return 1;
    rc = nse_statx(-1, "/proc/self/task", 0, &stat);
    return rc < 0 ? rc : (int)stat.stx_nlink - 2;
}

/* --- in the child ------------------------------------------------------------------------------- */

static int add_traceback(lua_State *L)
{
    if (nse_status_of_error(L, 1) == NSE_STATUS_FAILED) /* a missing command needs but one line */
        luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

/* Calls the function with its arguments, which are on the stack from 2 on, and ends the process:
 * the caller's code does not run twice, whatever happens. */
static _Noreturn void run_child(lua_State *L, const uint64_t *mask)
{
    int status;

    /* The parent's garbage has finalizers that act on the outside world: not ours to run. */
    lua_gc(L, LUA_GCSTOP);
    ++*nse_generation(L);
    nse_restore_signals(mask);
    lua_pushcfunction(L, add_traceback);
    lua_replace(L, 1);
    if (lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1) == LUA_OK)
        status = nse_status_of_results(L, 2, "");
    else
        status = nse_status_of_error(L, -1);
    if (!lua_isnil(L, -1))
        nse_complain(L, "clone", -1);
    /* Output that could not be written must not look like success. */
    if (fflush(NULL) != 0 && status == 0)
        status = NSE_STATUS_FAILED;
    nse_exit(status);
}

/* --- in the caller ------------------------------------------------------------------------------ */

#define CLONE_ALLOWED ((lua_Integer)(NSE_NS_FLAGS_ALL | CLONE_NNP | CLONE_EMPTY_MNTNS))

static uint64_t check_flags(lua_State *L, lua_Integer flags)
{
    lua_Integer odd = flags & ~CLONE_ALLOWED;

    if (odd)
        nse_arg_error(L, 1,
                      "unknown flags (%I): CLONE_NEW*, CLONE_NNP and CLONE_EMPTY_MNTNS make sense "
                      "for a Lua function",
                      odd);
    /* A handler of the host program must not run in the child. */
    return (uint64_t)flags | CLONE_CLEAR_SIGHAND;
}

static struct nse_clone check_how(lua_State *L)
{
    static const char *const fields[] = {"flags", "cgroup", NULL};
    struct nse_clone how = {.cgroup = -1};

    if (lua_type(L, 1) != LUA_TTABLE) {
        how.flags = check_flags(L, nse_arg_integer(L, 1, 0, LLONG_MAX));
        return how;
    }
    nse_check_table(L, 1, fields);
    how.flags = check_flags(L, nse_field_integer(L, 1, "flags", 0, 0, LLONG_MAX));
    how.cgroup = nse_field_fd(L, 1, "cgroup", -1);
    if (how.cgroup >= 0)
        how.flags |= CLONE_INTO_CGROUP;
    return how;
}

/* The version of the newest flag, for the message of an older kernel. */
static int flags_since(uint64_t flags)
{
    if (flags & (CLONE_NNP | CLONE_EMPTY_MNTNS))
        return NSE_LINUX(7, 1);
    if (flags & CLONE_INTO_CGROUP)
        return NSE_LINUX(5, 7);
    return flags & CLONE_NEWTIME ? NSE_LINUX(5, 6) : NSE_LINUX(5, 5);
}

/* clone(flags | {flags =, cgroup =}, fn, ...)
 *   -> Process                     a child that runs fn(...) and exits
 *   -> nil, "clone: Operation not permitted (EPERM)", errno
 * Makes a child process. flags: 0, or CLONE_NEW*, CLONE_NNP, CLONE_EMPTY_MNTNS (the last two Linux
 * 7.1). cgroup: an open cgroup v2 directory that the child starts in (CLONE_INTO_CGROUP, Linux
 * 5.7).
 *
 * The child has a copy of everything, as after fork(2), and the default signal handlers. What fn
 * returns is its exit status: nothing, nil or true is 0, false is 1, an integer is itself, and the
 * values of process:wait are theirs; an error is printed with its traceback and is 125. The child
 * never returns to the caller's code: `<close>` variables and pending finalizers stay the parent's.
 * Standard I/O is flushed first. A process with threads is refused (EAGAIN), because Lua in the
 * child could wait for a lock that nobody releases. clone3(2), Linux 5.3; else clone(2). */
static int sys_clone(lua_State *L)
{
    struct nse_clone how = check_how(L);
    struct nse_child *child;
    int threads = nse_count_threads();
    uint64_t mask;
    pid_t pid;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (threads < 0)
        return nse_fail(L, threads, "clone: counting threads in /proc/self/task");
    if (threads != 1)
        return nse_fail(L, -EAGAIN,
                        "clone: this process has %d threads, and a copy of it would have one "
                        "that waits for the others' locks; clone before they start",
                        threads);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    child = nse_child_new(L);
    lua_insert(L, 1); /* 1: the handle; 2: flags; 3: fn; then its arguments */
    /* What is buffered now would be written by both. A failure stays in the stream for its owner. */
    (void)fflush(NULL);
    nse_block_signals(&mask);
    pid = nse_clone(&how, &child->spawned.pidfd);
    if (pid == 0) {
        lua_remove(L, 2);
        run_child(L, &mask);
    }
    nse_restore_signals(&mask);
    if (pid < 0)
        return nse_needs(L, nse_fail(L, pid, "clone"), flags_since(how.flags));
    child->spawned.pid = pid;
    lua_settop(L, 1);
    return 1;
}

const luaL_Reg nse_sys_clone[] = {
    {"clone", sys_clone},
    {NULL, NULL},
};
