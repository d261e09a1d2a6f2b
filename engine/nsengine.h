/* nsengine: sandboxes from C, without Lua. A program that a sandbox runs, with what it may see and use:
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
 * What is not said is denied: all namespaces are new, the root is empty, there is no network, no
 * environment, no capability, no descriptor but 0, 1 and 2, and the default filter of system calls.
 *
 * A frozen plan is only read: any number of threads may spawn it at a time, no lock is held across a
 * spawn, and its cost does not grow with the memory of the program. Nothing here prints, exits,
 * installs a signal handler or calls a Lua function. A program must not ignore SIGCHLD, for the kernel
 * would then reap what is waited for.
 *
 * Functions return 0 (or what they say) or a negative errno; where they take a struct nse_error it says
 * the same in words. Structures begin with their size, which the caller sets: so they can grow. */
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
    NSE_STAGE_PLAN = 1, /* the description is wrong: nothing was tried */
    NSE_STAGE_PREPARE,  /* before anything was started */
    NSE_STAGE_SET_UP,   /* the sandbox could not be built; nothing is left of it */
    NSE_STAGE_EXEC,     /* it was built, and the command is not there or cannot be executed */
    NSE_STAGE_RECIPE,   /* a recipe raised an error: see nse_engine_load() */
};

/* Filled where a function fails; untouched otherwise. Nothing in it has to be freed. */
struct nse_error {
    size_t size; /* sizeof(struct nse_error), set by the caller */
    int stage;   /* enum nse_stage */
    int code;    /* errno, positive; 0 where there is none */
    int step;    /* of nse_plan_describe(), from 0; -1: none of them */
    char call[40];
    char message[512]; /* "ro /src on /work: open_tree: No such file or directory (ENOENT)" */
    char hint[256];    /* what to do about it, or "" */
    char where[128];   /* of a recipe: "recipe.lua:7", or "" */
    char field[64];    /* of a recipe: "fs./work", or "" */
};

/* --- a plan -------------------------------------------------------------------------------------- */

struct nse_plan;

/* An empty plan, owned by the caller; NULL without memory. Words may come in any order, but for the user,
 * which stands before the mounts. Each returns 0 or -errno: -EINVAL for a value that it does not take,
 * -EBUSY where it comes too late, -ENOMEM. The first failure is remembered, and nse_plan_freeze() tells
 * it: nobody has to check each. A plan is built by one thread. */
NSE_API struct nse_plan *nse_plan_new(void);
/* Also while processes of it run. NULL does no harm. */
NSE_API void nse_plan_free(struct nse_plan *plan);

enum nse_user {
    NSE_USER_DEFAULT, /* the caller; nobody, and mapped to a host user without rights, for root */
    NSE_USER_SELF,    /* the caller, also root */
    NSE_USER_ROOT,    /* id 0 inside, without capabilities */
    NSE_USER_NOBODY,  /* unmapped: 65534 */
};
NSE_API int nse_plan_user(struct nse_plan *plan, enum nse_user user);
/* Namespaces that stay the caller's: CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
 * CLONE_NEWTIME. Others are refused. With CLONE_NEWNET landlock keeps the command from the host's abstract
 * sockets (Linux 6.12; before, it can connect to them), unless the plan has landlock steps of its own. */
NSE_API int nse_plan_share(struct nse_plan *plan, uint64_t namespaces);
/* 0: the command is pid 1 of its pid namespace, and is killed when the thread that spawned it ends. By
 * default a small init is, and the command its child: killed at the latest when the program ends. */
NSE_API int nse_plan_init(struct nse_plan *plan, int init);
NSE_API int nse_plan_hostname(struct nse_plan *plan, const char *name);

/* Mounts, in the order in which they are said; targets are absolute. Without one on "/" the root is an
 * empty directory, read-only once all is mounted. Directories and files to mount on are made in the
 * sandbox's own tree, never on the host; no link in a mounted tree leads a mount out of it. All are
 * nosuid and nodev. A relative source is below the working directory of when it is said; a missing one fails
 * the spawn. The host's "/" as the root, by nse_plan_ro() or
 * nse_plan_rw(), brings its files and not the running machine: /run, /sys, /proc, /dev and
 * /etc/machine-id are empty unless they are named. */
NSE_API int nse_plan_ro(struct nse_plan *plan, const char *source, const char *target);
NSE_API int nse_plan_rw(struct nse_plan *plan, const char *source, const char *target);
/* With devices that can be opened; of the host's "/" as the root nothing is hidden then. */
NSE_API int nse_plan_dev_bind(struct nse_plan *plan, const char *source, const char *target);
/* `bytes` is its limit, more than 0. It belongs to the user inside. */
NSE_API int nse_plan_tmpfs(struct nse_plan *plan, const char *target, uint64_t bytes, mode_t mode);
NSE_API int nse_plan_proc(struct nse_plan *plan, const char *target);
/* null, zero, full, random, urandom, tty, pts, shm, and links. */
NSE_API int nse_plan_dev(struct nse_plan *plan, const char *target);
NSE_API int nse_plan_file(struct nse_plan *plan, const void *data, size_t size, mode_t mode,
                          const char *target);
NSE_API int nse_plan_dir(struct nse_plan *plan, mode_t mode, const char *target);
NSE_API int nse_plan_symlink(struct nse_plan *plan, const char *text, const char *target);
/* Hides what is mounted there. */
NSE_API int nse_plan_mask(struct nse_plan *plan, const char *target);

/* The working directory, inside; "/" otherwise. */
NSE_API int nse_plan_cwd(struct nse_plan *plan, const char *path);
/* setrlimit(2): RLIMIT_*; never above the caller's hard limits. Core files are off. */
NSE_API int nse_plan_limit(struct nse_plan *plan, int resource, rlim_t soft, rlim_t hard);
NSE_API int nse_plan_umask(struct nse_plan *plan, mode_t mask); /* 022 otherwise */
NSE_API int nse_plan_nice(struct nse_plan *plan, int nice);     /* -20 to 19 */

/* The filter of system calls: "default", "strict", or NULL for none; "default" otherwise. */
NSE_API int nse_plan_seccomp(struct nse_plan *plan, const char *profile);

/* Any step of docs/sys.md, as --explain shows them, for what has no word here. Named "filter", it
 * stands beside what nse_plan_seccomp() says. */
struct nse_value {
    int64_t integer;  /* where the step takes one */
    const void *data; /* else: a string, or `size` bytes */
    size_t size;
};
NSE_API int nse_plan_step(struct nse_plan *plan, const char *name, const struct nse_value *values,
                          size_t count);

/* Completes and freezes it. A failure is final: said again each time, nothing is tried again. */
NSE_API int nse_plan_freeze(struct nse_plan *plan, struct nse_error *error);
/* The steps of a frozen plan, a line each, in the order in which they are done; the caller frees it.
 * NULL without memory, or before it is frozen. */
NSE_API char *nse_plan_describe(const struct nse_plan *plan);

/* --- processes ----------------------------------------------------------------------------------- */

/* Descriptor `source` of this program is `number` in the sandbox. */
struct nse_descriptor {
    int source, number;
};

/* What one spawn adds. Borrowed until it returns. */
struct nse_spawn_options {
    size_t size;
    const int *stdio;                         /* three descriptors; NULL: the caller's 0, 1, 2 */
    const struct nse_descriptor *descriptors; /* others; all that is not named is closed */
    size_t descriptor_count;
    char *const *environment; /* "NAME=value"; NULL: empty */
    const char *path; /* where a command without a slash is looked for, inside; NULL: the usual */
    /* How long it may take from its exec, in nanoseconds; 0: for ever. The init holds it, whatever the program
     * does meanwhile; -EINVAL: the plan has none. */
    int64_t wall_ns;
};

struct nse_process;

/* Starts a command: argv ends with NULL. Returns once it has been executed, so that a missing one is an
 * error here. NULL on failure: nothing is left then. Any thread; `options` may be NULL. A fork(2) of the
 * program at the same moment copies the pipes that it listens on: without an init, or where the set-up is
 * killed, it returns when that child has executed another program, or ended. */
NSE_API struct nse_process *nse_plan_spawn(const struct nse_plan *plan, char *const argv[],
                                           const struct nse_spawn_options *options,
                                           struct nse_error *error);
/* Readable once it has ended; owned by the process. For poll(2) in the caller's own loop. */
NSE_API int nse_process_pidfd(const struct nse_process *process);
/* Of its first process, the init where there is one. */
NSE_API pid_t nse_process_pid(const struct nse_process *process);
/* To the command; SIGKILL ends all of the sandbox at once, without accounts. -ESRCH: it has ended, or this is a
 * fork of the program, which is not its parent; -EINVAL: SIGSTOP where there is an init, which would stop in
 * the command's stead. */
NSE_API int nse_process_kill(struct nse_process *process, int signal);
/* Ends all of the sandbox; what it used is still told. */
NSE_API int nse_process_stop(struct nse_process *process);

/* How it ended. */
struct nse_result {
    size_t size;
    int code;   /* its exit status, where signal is 0 */
    int signal; /* what killed it */
    int lost;   /* its init ended without telling how the command did */
    int64_t
        wall_ns; /* from its exec to its end, as its init knows it, or to when that was noticed */
    int64_t user_ns; /* processor time of all its processes that were waited for */
    int64_t system_ns;
    int64_t memory; /* largest resident size of one of its processes, bytes; -1: unknown */
    int timed_out;  /* it was killed because its wall_ns was over */
};
/* 1 and the result once it has ended, 0 when `milliseconds` passed first (-1: never), or -errno: -EINTR
 * for a signal, -ECHILD where the program itself reaped one without an init, and in a fork of it. Again and
 * again. */
NSE_API int nse_process_wait(struct nse_process *process, int milliseconds,
                             struct nse_result *result);
/* Kills it if it runs (not in a fork of the program), and frees it. NULL does no harm. */
NSE_API void nse_process_free(struct nse_process *process);

/* Spawns, waits and frees. 0, or -errno; -ECANCELED: not spawned, and `error`, which says why, is NULL. A
 * signal that comes meanwhile does not end the wait. */
NSE_API int nse_plan_run(const struct nse_plan *plan, char *const argv[],
                         const struct nse_spawn_options *options, struct nse_result *result,
                         struct nse_error *error);

#ifdef __cplusplus
}
#endif

#endif
