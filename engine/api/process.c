/* Processes of a plan: spawn, wait, end. Runs in the caller's process, in any thread; a process
 * belongs to one thread at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "clock.h"
#include "fd.h"
#include "process.h"

#define USUAL_PATH "/usr/local/bin:/usr/bin:/bin"

struct nse_process {
    struct nse_spawned spawned;
    struct nse_end end;
    int ended;
    pid_t owner; /* its parent */
    long long started, wall;
};

/* --- errors ------------------------------------------------------------------------------------- */

static enum nse_stage stage_of(const struct nse_spawn_error *why)
{
    switch (why->stage) {
    case NSE_SPAWN_PREPARE:
        return NSE_STAGE_PREPARE;
    case NSE_SPAWN_EXEC:
        return NSE_STAGE_EXEC;
    default:
        return NSE_STAGE_SET_UP;
    }
}

static const char *hint_for(const struct nse_spawn_error *why, int code)
{
    if (why->stage == NSE_SPAWN_CLONE && (code == -EPERM || code == -ENOSPC || code == -EACCES))
        return "this host or container forbids user namespaces: nsengine --doctor says what does";
    if (why->stage == NSE_SPAWN_MAPS && code == -ENODEV)
        return "/proc is not mounted, or belongs to another pid namespace: mount -t proc proc "
               "/proc";
    if (why->stage == NSE_SPAWN_EXEC && code == -ENOENT)
        return "the command is looked for inside the sandbox: does a mount put it, and its "
               "libraries, there?";
    return "";
}

static void explain(const struct nse_plan *plan, const struct nse_spawn_error *why,
                    const char *command, int code, struct nse_error *error)
{
    char *line = why->step >= 0 ? nse_plan_line(plan, (size_t)why->step) : NULL;
    struct nse_error from = {.stage = (int)stage_of(why), .step = why->step};
    const char *name = strerrorname_np(-code);

    memcpy(from.call, why->call, sizeof(from.call));
    if (why->stage == NSE_SPAWN_DIED)
        (void)snprintf(from.message, sizeof(from.message),
                       "the sandbox's first process died of signal %d while it was built",
                       why->signal);
    else
        (void)snprintf(from.message, sizeof(from.message), "%s%s%s: %s (%s)%s%s",
                       line                           ? line
                       : why->stage == NSE_SPAWN_EXEC ? command
                                                      : "",
                       line || why->stage == NSE_SPAWN_EXEC ? ": " : "", why->call,
                       strerrordesc_np(-code), name ? name : "?", *why->maps.complaint ? ": " : "",
                       why->maps.complaint);
    (void)snprintf(from.hint, sizeof(from.hint), "%s", hint_for(why, code));
    free(line);
    nse_error_fill(error, &from, code);
}

static void complain(struct nse_error *error, const char *message, int code)
{
    struct nse_error from = {.stage = NSE_STAGE_PREPARE, .step = -1};

    (void)snprintf(from.message, sizeof(from.message), "%s: %s", message, strerrordesc_np(-code));
    nse_error_fill(error, &from, code);
}

/* --- spawning ----------------------------------------------------------------------------------- */

/* The options of this version, whatever version the caller was compiled with. Returns what is wrong
 * with them, or NULL. */
static const char *read_options(const struct nse_plan *plan, const struct nse_spawn_options *given,
                                struct nse_spawn_options *ret_options)
{
    struct nse_spawn_options options = {0};
    size_t i, k;

    if (given && given->size < offsetof(struct nse_spawn_options, environment))
        return "the size of the options is not set";
    if (given)
        memcpy(&options, given, given->size < sizeof(options) ? given->size : sizeof(options));
    for (i = sizeof(options); given && i < given->size; i++)
        if (((const char *)given)[i])
            return "this library does not know all of the options that are set";
    if (options.descriptor_count && !options.descriptors)
        return "there are no descriptors, but a count";
    for (i = 0; i < options.descriptor_count; i++) {
        if (options.descriptors[i].number <= 2)
            return "a descriptor's number is one of stdio's";
        for (k = 0; k < i; k++)
            if (options.descriptors[i].number == options.descriptors[k].number)
                return "two descriptors have the same number";
    }
    if (options.wall_ns < 0)
        return "wall_ns is negative";
    if (options.wall_ns && plan->init_image < 0)
        return "wall_ns needs an init";
    *ret_options = options;
    return NULL;
}

/* Standard descriptors first, then the others. NULL without memory. */
static struct nse_launch_fd *collect(const struct nse_spawn_options *options)
{
    struct nse_launch_fd *fds = calloc(options->descriptor_count + 3, sizeof(*fds));
    size_t i;

    for (i = 0; fds && i < 3; i++)
        fds[i] = (struct nse_launch_fd){options->stdio ? options->stdio[i] : (int)i, (int)i};
    for (i = 0; fds && i < options->descriptor_count; i++)
        fds[3 + i] =
            (struct nse_launch_fd){options->descriptors[i].source, options->descriptors[i].number};
    return fds;
}

/* 0 or -errno. */
static int spawn(const struct nse_plan *plan, char *const argv[],
                 const struct nse_spawn_options *options, struct nse_process *process,
                 struct nse_spawn_error *why)
{
    static char *const empty[] = {NULL};
    struct nse_launch_fd *fds = collect(options);
    struct nse_spawn how = {
        .argv = argv,
        .envp = options->environment ? options->environment : empty,
        .search = options->path ? options->path : USUAL_PATH,
        .fds = fds,
        .fd_count = options->descriptor_count + 3,
        .init_image = plan->init_image,
        .wall_ns = options->wall_ns,
        .cgroup = -1,
    };
    int rc = fds ? nse_spawn(plan->steps, &how, &process->spawned, why) : -ENOMEM;

    free(fds);
    return rc;
}

struct nse_process *nse_plan_spawn(const struct nse_plan *plan, char *const argv[],
                                   const struct nse_spawn_options *given, struct nse_error *error)
{
    struct nse_spawn_options options = {0};
    struct nse_process *process;
    struct nse_spawn_error why = {.step = -1};
    const char *wrong = !plan->frozen                      ? "the plan is not frozen"
                        : !argv || !argv[0] || !argv[0][0] ? "a command is needed"
                                                           : read_options(plan, given, &options);
    int rc;

    if (wrong) {
        complain(error, wrong, -EINVAL);
        return NULL;
    }
    process = calloc(1, sizeof(*process));
    if (!process) {
        complain(error, "spawn", -ENOMEM);
        return NULL;
    }
    rc = spawn(plan, argv, &options, process, &why);
    if (rc < 0) {
        explain(plan, &why, argv[0], rc, error);
        free(process);
        return NULL;
    }
    process->started = nse_monotonic();
    process->owner = nse_getpid();
    return process;
}

/* --- while it runs ------------------------------------------------------------------------------ */

int nse_process_pidfd(const struct nse_process *process)
{
    return process->spawned.pidfd;
}

pid_t nse_process_pid(const struct nse_process *process)
{
    return process->spawned.pid;
}

/* A fork of the program has a copy of this and the descriptors, but is not the parent. */
static int usable(const struct nse_process *process)
{
    return !process->ended && process->owner == nse_getpid();
}

int nse_process_kill(struct nse_process *process, int signal)
{
    return usable(process) ? nse_spawned_signal(&process->spawned, signal) : -ESRCH;
}

int nse_process_stop(struct nse_process *process)
{
    return usable(process) ? nse_spawned_finish(&process->spawned) : -ESRCH;
}

/* --- the end ------------------------------------------------------------------------------------ */

int nse_result_has_size(const struct nse_result *result)
{
    return !result || result->size >= offsetof(struct nse_result, lost);
}

static void tell(const struct nse_process *process, struct nse_result *ret_result)
{
    struct nse_result result = {
        .code = process->end.code,
        .signal = process->end.signal,
        .lost = process->end.lost,
        .wall_ns = process->wall,
        .user_ns = process->end.user_ns,
        .system_ns = process->end.system_ns,
        .memory = process->end.memory,
        .timed_out = process->end.timed_out,
    };

    if (!ret_result)
        return;
    result.size = ret_result->size < sizeof(result) ? ret_result->size : sizeof(result);
    memcpy(ret_result, &result, result.size);
}

int nse_process_wait(struct nse_process *process, int milliseconds, struct nse_result *result)
{
    struct pollfd entry = {.fd = process->spawned.pidfd, .events = POLLIN};
    int rc;

    if (!nse_result_has_size(result))
        return -EINVAL;
    if (!process->ended && process->owner != nse_getpid())
        return -ECHILD;
    if (!process->ended) {
        rc = nse_poll(&entry, 1, milliseconds);
        if (rc <= 0)
            return rc;
        do
            rc = nse_spawned_end(&process->spawned, 0, &process->end);
        while (rc == -EINTR);
        if (rc < 0)
            return rc;
        process->wall = nse_monotonic() - process->started;
        if (process->end.wall_ns >= 0 && process->end.wall_ns < process->wall)
            process->wall = process->end.wall_ns;
        process->ended = 1;
    }
    tell(process, result);
    return 1;
}

void nse_process_free(struct nse_process *process)
{
    if (!process)
        return;
    if (usable(process)) {
        (void)nse_spawned_kill(&process->spawned);
        while (nse_process_wait(process, -1, NULL) == -EINTR)
            ;
    }
    nse_spawned_close(&process->spawned);
    free(process);
}

int nse_plan_run(const struct nse_plan *plan, char *const argv[],
                 const struct nse_spawn_options *options, struct nse_result *result,
                 struct nse_error *error)
{
    struct nse_process *process;
    int rc;

    if (!nse_result_has_size(result)) {
        complain(error, "the size of the result is not set", -EINVAL);
        return -EINVAL;
    }
    process = nse_plan_spawn(plan, argv, options, error);
    if (!process)
        return error && error->size >= offsetof(struct nse_error, step) ? -error->code : -ECANCELED;
    do
        rc = nse_process_wait(process, -1, result);
    while (rc == -EINTR);
    if (rc < 0)
        complain(error, "wait", rc);
    nse_process_free(process);
    return rc < 0 ? rc : 0;
}
