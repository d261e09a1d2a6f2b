/* What the files of this folder share: arguments that raise on misuse, results in the convention of
 * Lua's own libraries, and the two handles. Only this folder includes lua.h. A Lua error is a
 * longjmp(3): nothing here holds a resource outside a userdata while a call may raise. */
#ifndef NSE_BIND_H
#define NSE_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <sys/types.h>

#include "process.h"
#include "sandbox.h"
#include "uts.h"

/* --- arguments: wrong types and values raise "bad argument #i to 'name' (...)" ------------------ */

/* A string without NUL bytes, for the kernel would see it cut. */
const char *nse_arg_string(lua_State *L, int index);
const char *nse_opt_string(lua_State *L, int index); /* NULL for nil and none */
lua_Integer nse_arg_integer(lua_State *L, int index, lua_Integer min, lua_Integer max);
lua_Integer nse_opt_integer(lua_State *L, int index, lua_Integer fallback, lua_Integer min,
                            lua_Integer max);
/* A user or group id; when absent -1, which is no id but the kernel's "leave it", and not taken for
 * one (CVE-2026-30892). */
unsigned int nse_opt_id(lua_State *L, int index);
/* Bits that fit the kernel's unsigned int; 0 when absent. */
unsigned int nse_opt_flags(lua_State *L, int index);
/* A number of seconds from now as a deadline of the monotonic clock; -1 (never) when absent. */
long long nse_opt_deadline(lua_State *L, int index);
/* Milliseconds until a deadline, rounded up: poll never ends too early; -1 for never. */
long nse_until(long long deadline);
/* An open FD, a Lua file or an integer; for the second, AT_FDCWD when absent. */
int nse_arg_fd(lua_State *L, int index);
int nse_opt_dirfd(lua_State *L, int index);
/* As nse_arg_fd, for a value that is no argument: instead of raising, sets *ret_reason. */
int nse_to_fd(lua_State *L, int index, const char **ret_reason);

/* Fields of the table at `index`, which raise "field 'name': ..." */
void nse_check_table(lua_State *L, int index, const char *const known[]);
lua_Integer nse_field_integer(lua_State *L, int index, const char *name, lua_Integer fallback,
                              lua_Integer min, lua_Integer max);
int nse_field_fd(lua_State *L, int index, const char *name, int fallback);
/* Raises about argument `index` with a formatted reason. */
_Noreturn void nse_arg_error(lua_State *L, int index, const char *format, ...);

/* A process argument: a Process, an FD that is a pidfd, or a pid. */
struct nse_target {
    pid_t pid; /* 0: the caller */
    int pidfd; /* -1 when only a pid was given */
};
/* 0, or -errno for a process that is gone; `optional` lets nil be the caller. */
int nse_arg_target(lua_State *L, int index, int optional, struct nse_target *ret_target);
/* As above, and finds the pid of a pidfd. */
int nse_arg_target_pid(lua_State *L, int index, int optional, struct nse_target *ret_target);
/* 0 when the process behind a pid that came from a pidfd still lives: its number was not reused. */
int nse_target_alive(const struct nse_target *target);

/* --- results ------------------------------------------------------------------------------------ */

/* nil, "<operation and operands>: Operation not permitted (EPERM)", errno. `rc` is -errno. */
int nse_fail(lua_State *L, long rc, const char *format, ...);
/* true, the integer itself, or nse_fail() for a negative `rc`. */
int nse_result(lua_State *L, long rc, const char *format, ...);
int nse_result_integer(lua_State *L, long rc, const char *format, ...);
/* Adds "; needs Linux X.Y, this kernel is ..." to a failure that an older kernel explains. `count`
 * is what the call above returned; so is the value. `since` is NSE_LINUX(x, y). */
int nse_needs(lua_State *L, int count, int since);
/* The thread whose hook a signal handler sets: it knows no coroutine. */
lua_State *nse_main_thread(lua_State *L);
/* Every wait of the engine ends here on -EINTR: gives Lua the chance to run the hook that a signal
 * handler set (as lua.c does for Ctrl-C), which may raise; returns when there was none. */
void nse_interrupted(lua_State *L);
struct pollfd;
/* poll(2) until a deadline, -1 for never, in which no signal is missed: > 0 ready, 0 it passed, or
 * -errno other than -EINTR. May raise, as nse_interrupted() does. */
int nse_wait_ready(lua_State *L, struct pollfd *fds, unsigned int count, long long deadline);

/* A field of the table on top of the stack. */
void nse_set_integer(lua_State *L, const char *name, lua_Integer value);
void nse_set_boolean(lua_State *L, const char *name, int value);
void nse_set_string(lua_State *L, const char *name, const char *value);
void nse_set_seconds(lua_State *L, const char *name, int64_t nanoseconds);
/* Pushes os.execute's triple: true|nil, "exit"|"signal", n. */
int nse_push_ending(lua_State *L, const struct nse_ending *ending);

/* --- exit statuses ------------------------------------------------------------------------------ */

#define NSE_STATUS_TIMEOUT 124 /* as timeout(1) */
#define NSE_STATUS_FAILED  125 /* nsengine or the recipe failed, as env(1) and docker */

/* Of the results from `index` to the top; pushes a message for the user, or nil. `more`: what else the
 * caller takes, for that message: "a sandbox, ". */
int nse_status_of_results(lua_State *L, int index, const char *more);
/* Of the error value at `index`: 127 or 126 when it is the message of the last sys.exec, else 125. */
int nse_status_of_error(lua_State *L, int index);
/* Prints "nsengine: who: message", or without `who`, and an indented hint where one is known. */
void nse_complain(lua_State *L, const char *who, int index);
void nse_remember_exec_failure(lua_State *L, int index, int error);

/* --- handles ------------------------------------------------------------------------------------ */

/* Descriptor. Made closed, before the resource, so that a Lua error leaks nothing (as liolib does). */
struct nse_fd {
    int fd; /* -1: closed or released */
};
struct nse_fd *nse_fd_new(lua_State *L);
struct nse_fd *nse_fd_test(lua_State *L, int index); /* NULL for another type */
/* `slot` is on top of the stack: it, or the failure. */
int nse_result_fd(lua_State *L, struct nse_fd *slot, long rc, const char *format, ...);

/* A child process, or a sandbox by its first process. Acts only in the process that made it:
 * elsewhere it does nothing. */
struct nse_child {
    struct nse_spawned spawned; /* its pidfd is -1 once it was released or reaped */
    int sandbox;                /* it is one, and `end` is filled when it ended */
    struct nse_end end;
    pid_t owner;         /* who made it ... */
    unsigned generation; /* ... and how many clones deep, for pid 1 may clone a pid 1 */
    int ended;
    struct nse_ending ending;
};
struct nse_child *nse_child_new(lua_State *L);
struct nse_child *nse_child_test(lua_State *L, int index);
int nse_child_is_ours(lua_State *L, const struct nse_child *child);
/* A compiled plan as an argument, and its methods (spawn.c). */
struct nse_steps *nse_arg_plan(lua_State *L, int index);
extern const luaL_Reg nse_plan_methods[];
/* Threads of this process, or -errno. */
int nse_count_threads(void);
/* The count of sys.clone's between the program's start and this process. */
unsigned *nse_generation(lua_State *L);

/* --- the module --------------------------------------------------------------------------------- */

extern const luaL_Reg nse_sys_fd[], nse_sys_process[], nse_sys_clone[], nse_sys_ns[],
    nse_sys_ident[], nse_sys_mount[], nse_sys_mounts[], nse_sys_node[], nse_sys_file[],
    nse_sys_caps[], nse_sys_net[], nse_sys_tty[], nse_sys_misc[], nse_sys_features[],
    nse_sys_plan[], nse_sys_seccomp[], nse_sys_notify[], nse_sys_cgroup[];

void nse_fd_register(lua_State *L);
void nse_child_register(lua_State *L);
void nse_plan_register(lua_State *L);
/* Pushes the constant called `name` and answers 1, or 0. */
int nse_push_constant(lua_State *L, const char *name);
/* Sets all constants in the table on top of the stack. */
void nse_set_constants(lua_State *L);

__attribute__((visibility("default"))) int luaopen_nsengine_sys(lua_State *L);

#endif
