/* nsengine: sandboxes from C, without Lua. A plan describes what a command may see and use:
 *
 *     struct nse_error error = {.size = sizeof(error)};
 *     struct nse_result result = {.size = sizeof(result)};
 *     struct nse_plan *plan = nse_plan_new();
 *
 *     nse_plan_ro(plan, "/", "/");
 *     nse_plan_tmpfs(plan, "/tmp", 64 << 20, 01777);
 *     nse_plan_limit(plan, RLIMIT_CPU, 2, 3);
 *     if (nse_plan_freeze(plan, &error) < 0 || nse_plan_run(plan, argv, NULL, &result, &error) < 0)
 *         puts(error.message);
 *
 * Everything else is denied: all namespaces are new, the root is empty, there is no network, no
 * environment, no capability, no descriptor but 0, 1 and 2, and system calls are filtered.
 *
 * A frozen plan is read-only: any number of threads may spawn from it at a time. No lock is held
 * across a spawn, whose cost does not grow with the memory of the program. Nothing here prints,
 * exits, installs a signal handler or calls a Lua function. The program must not ignore SIGCHLD:
 * the kernel would then reap the processes that are waited for.
 *
 * There are no control groups (limits on memory, processes and processors together), no capture of
 * output nor limits on it, no reports of denied calls: libnsengine-recipe has those.
 *
 * Functions return 0 (or what they say) or a negative errno; a struct nse_error tells the same in
 * words. Structures begin with their size, which the caller sets, so that they can grow; options
 * and results without it are refused. */
#ifndef NSENGINE_H
#define NSENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSE_API     __attribute__((visibility("default")))
#define NSE_VERSION 0x000200 /* major, minor, patch: a byte each */

/* The version of the library that is loaded. */
NSE_API uint32_t nse_version(void);

/* --- what went wrong ---------------------------------------------------------------------------- */

enum nse_stage {
    NSE_STAGE_PLAN = 1, /* the description is wrong; nothing was tried */
    NSE_STAGE_PREPARE,  /* before anything was started */
    NSE_STAGE_SET_UP,   /* the sandbox could not be built; nothing is left of it */
    NSE_STAGE_EXEC,     /* it was built, but the command is missing or cannot be executed */
    NSE_STAGE_RECIPE,   /* a recipe raised an error: see nse_engine_load() */
};

/* Filled in when a function fails, untouched otherwise. Nothing in it needs to be freed. */
struct nse_error {
    size_t size; /* sizeof(struct nse_error), set by the caller */
    int stage;   /* enum nse_stage */
    int code;    /* errno, positive; 0 if there is none */
    int step;    /* line of nse_plan_describe(), from 0; -1: none */
    char call[40];
    char message[512]; /* "ro /src on /work: open_tree: No such file or directory (ENOENT)" */
    char hint[256];    /* what to do about it, or "" */
    char where[128];   /* of a recipe: "recipe.lua:7", or "" */
    char field[64];    /* of a recipe: "fs./work", or "" */
};

/* --- a plan -------------------------------------------------------------------------------------- */

struct nse_plan;

/* Makes an empty plan, owned by the caller; NULL if out of memory. The functions below fill it, in
 * any order, except that the user comes before the mounts. Each returns 0 or -errno: -EINVAL for a
 * value that it does not take, -EBUSY if it comes too late, -ENOMEM. The plan keeps the first
 * failure for nse_plan_freeze(), so only nse_plan_new() needs to be checked. A plan is built by one
 * thread. */
NSE_API struct nse_plan *nse_plan_new(void);
/* Frees a plan, even while its processes run. NULL is allowed. */
NSE_API void nse_plan_free(struct nse_plan *plan);

enum nse_user {
    NSE_USER_DEFAULT, /* the caller; for root: "nobody", mapped to a host user without rights */
    NSE_USER_SELF,    /* the caller, even root */
    NSE_USER_ROOT,    /* id 0 inside, without capabilities */
    NSE_USER_NOBODY,  /* unmapped: 65534 */
};
NSE_API int nse_plan_user(struct nse_plan *plan, enum nse_user user);
/* Namespaces to share with the caller: CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
 * CLONE_NEWTIME. Others are refused. With CLONE_NEWNET, landlock keeps the command from the host's
 * abstract sockets (from Linux 6.12; it can connect to them before), unless the plan has landlock
 * steps of its own, or a step no_new_privs of 0, without which the kernel takes no landlock. */
NSE_API int nse_plan_share(struct nse_plan *plan, uint64_t namespaces);
/* With 0 the command is pid 1 of its pid namespace, and is killed when the thread that spawned it
 * ends. By default a small init is pid 1 and the command its child; both are killed at the latest
 * when the program ends. */
NSE_API int nse_plan_init(struct nse_plan *plan, int init);
NSE_API int nse_plan_hostname(struct nse_plan *plan, const char *name);

/* Mounts are made in the order of the calls; targets are absolute. Without a mount on "/" the root
 * is an empty directory, read-only once everything is mounted. Missing mount points are made in the
 * sandbox's own tree, never on the host; no link in a mounted tree leads a mount out of it. All
 * mounts are nosuid, and nodev except those of nse_plan_dev_bind() and nse_plan_dev(). A relative
 * source is relative to the working directory at the time of the call; a missing source makes the
 * spawn fail. The host's "/" as the root, with nse_plan_ro() or nse_plan_rw(), brings its files but
 * not the running machine: /run, /sys, /proc, /dev and /etc/machine-id are empty unless they are
 * mounted. */
NSE_API int nse_plan_ro(struct nse_plan *plan, const char *source, const char *target);
NSE_API int nse_plan_rw(struct nse_plan *plan, const char *source, const char *target);
/* Writable, with devices that can be opened. Nothing of the host's "/" as the root is hidden
 * then. */
NSE_API int nse_plan_dev_bind(struct nse_plan *plan, const char *source, const char *target);
/* `bytes` is its size limit, more than 0. It belongs to the user inside. */
NSE_API int nse_plan_tmpfs(struct nse_plan *plan, const char *target, uint64_t bytes, mode_t mode);
NSE_API int nse_plan_proc(struct nse_plan *plan, const char *target);
/* A directory with null, zero, full, random, urandom, tty, pts, shm, and links. */
NSE_API int nse_plan_dev(struct nse_plan *plan, const char *target);
/* It belongs to the user inside. */
NSE_API int nse_plan_file(struct nse_plan *plan, const void *data, size_t size, mode_t mode,
                          const char *target);
NSE_API int nse_plan_dir(struct nse_plan *plan, mode_t mode, const char *target);
NSE_API int nse_plan_symlink(struct nse_plan *plan, const char *text, const char *target);
/* Hides what is mounted there: no process inside can read, list or enter it. */
NSE_API int nse_plan_mask(struct nse_plan *plan, const char *target);

/* The working directory, a path inside; "/" by default. */
NSE_API int nse_plan_cwd(struct nse_plan *plan, const char *path);
/* A limit of setrlimit(2), RLIMIT_*; never above the caller's hard limit. By default there are no
 * core files. */
NSE_API int nse_plan_limit(struct nse_plan *plan, int resource, rlim_t soft, rlim_t hard);
NSE_API int nse_plan_umask(struct nse_plan *plan, mode_t mask); /* 022 by default */
NSE_API int nse_plan_nice(struct nse_plan *plan, int nice);     /* -20 to 19 */

/* The filter of system calls: "default", "strict", or NULL for none; "default" by default. */
NSE_API int nse_plan_seccomp(struct nse_plan *plan, const char *profile);

/* Adds a step of docs/sys.md, as --explain shows them, for what has no function here. A step
 * "filter" is added to the filter of nse_plan_seccomp(). */
struct nse_value {
    int64_t integer;  /* if the step takes one */
    const void *data; /* else a string, or `size` bytes */
    size_t size;
};
NSE_API int nse_plan_step(struct nse_plan *plan, const char *name, const struct nse_value *values,
                          size_t count);

/* Completes and freezes a plan. A failure is final: later calls report it again and try nothing. */
NSE_API int nse_plan_freeze(struct nse_plan *plan, struct nse_error *error);
/* Returns the steps of a frozen plan, one per line, in the order in which they are done; the caller
 * frees the string. NULL if out of memory, or if the plan is not frozen. */
NSE_API char *nse_plan_describe(const struct nse_plan *plan);

/* --- processes ----------------------------------------------------------------------------------- */

/* Descriptor `source` of this program is `number` in the sandbox. */
struct nse_descriptor {
    int source, number;
};

/* Options of one spawn. They are read only until it returns. */
struct nse_spawn_options {
    size_t size;
    const int *stdio;                         /* three descriptors; NULL: the caller's 0, 1, 2 */
    const struct nse_descriptor *descriptors; /* from 3 on; all that are not named are closed */
    size_t descriptor_count;
    char *const *environment; /* "NAME=value"; NULL: empty */
    const char *path;         /* PATH for a command without a slash, inside; NULL: the usual */
    /* How long the command may run after its exec, in nanoseconds; 0: no limit. The init enforces
     * it, whatever the program does meanwhile; -EINVAL: the plan has no init. */
    int64_t wall_ns;
};

struct nse_process;

/* Starts a command; argv ends with NULL. It returns once the command has been executed, so a
 * missing one is an error here: NULL, and nothing is left. Any thread may call it; `options` may be
 * NULL. If the program forks at the same moment, the child has copies of the pipes that this call
 * reads: without an init, or if the set-up is killed, the call then returns only when that child
 * has executed another program, or ended. */
NSE_API struct nse_process *nse_plan_spawn(const struct nse_plan *plan, char *const argv[],
                                           const struct nse_spawn_options *options,
                                           struct nse_error *error);
/* A descriptor that is readable once the process has ended, for poll(2) in the caller's own loop.
 * It belongs to the process. */
NSE_API int nse_process_pidfd(const struct nse_process *process);
/* The pid of its first process: the init if there is one. */
NSE_API pid_t nse_process_pid(const struct nse_process *process);
/* Sends a signal to the command; SIGKILL ends the whole sandbox at once, and what it used is not
 * known. -ESRCH: it has ended, or this is a fork of the program, which is not its parent; -EINVAL:
 * SIGSTOP where there is an init, which would stop instead of the command. */
NSE_API int nse_process_kill(struct nse_process *process, int signal);
/* Ends the whole sandbox, as SIGKILL does, but what it used is still known. */
NSE_API int nse_process_stop(struct nse_process *process);

/* How it ended. */
struct nse_result {
    size_t size;
    int code;        /* its exit status, if signal is 0 */
    int signal;      /* what killed it */
    int lost;        /* its init ended without telling how the command did */
    int64_t wall_ns; /* from its exec to its end, as its init saw it, or until that was noticed */
    int64_t user_ns; /* processor time of all its processes that were waited for */
    int64_t system_ns;
    int64_t memory; /* largest resident size of one of its processes, in bytes; -1: unknown */
    int timed_out;  /* it was killed because it reached the wall_ns of its options */
};
/* Waits for the end: 1 and the result once it has ended, 0 if `milliseconds` passed first (-1: no
 * limit), or -errno: -EINTR for a signal; -EINVAL: the result has no size; -ECHILD in a fork of the
 * program, or if the program itself reaped a process without an init. It may be called again, also
 * after the end. */
NSE_API int nse_process_wait(struct nse_process *process, int milliseconds,
                             struct nse_result *result);
/* Kills the process if it runs (not in a fork of the program), and frees it. NULL is allowed. */
NSE_API void nse_process_free(struct nse_process *process);

/* Spawns, waits and frees: 0 or -errno; -ECANCELED: not spawned, and `error`, which would tell why,
 * is NULL. A signal does not end the wait. */
NSE_API int nse_plan_run(const struct nse_plan *plan, char *const argv[],
                         const struct nse_spawn_options *options, struct nse_result *result,
                         struct nse_error *error);

#ifdef __cplusplus
}
#endif

#endif
