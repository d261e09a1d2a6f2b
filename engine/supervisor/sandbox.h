/* Spawning a frozen plan: the clone, and the conversation with the first process until the payload runs.
 * Runs in the caller's process, in any thread; installs nothing, and keeps nothing but the count of spawns
 * under way (dumpable.h) and, in the plan, a stack. */
#ifndef NSE_SUPERVISOR_SANDBOX_H
#define NSE_SUPERVISOR_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"
#include "idmap.h"
#include "plan.h"
#include "spawned.h"

/* What one spawn adds to its plan. Borrowed until nse_spawn() returns. */
struct nse_spawn {
    char *const *argv, *const *envp; /* argv[0] is not empty */
    const char *search;              /* a PATH of the sandbox, for an argv[0] without a slash */
    const struct nse_launch_fd *fds; /* 0, 1 and 2 must be among them */
    size_t fd_count;
    int terminal;   /* descriptor 0 becomes the controlling terminal */
    int init_image; /* from nse_init_image(); not read when the plan has no init */
    /* For plans with the step setup: runs in the child, which then has a copy of our memory. */
    int (*hook)(void *data); /* 0, or -errno to fail */
    void *hook_data;
    /* Control groups, one or the other: where the first process is born, the descriptor of a directory of
     * version 2 or -1; what it enters before anything else, files tasks or cgroup.procs open for writing. */
    int cgroup;
    const int *joins;
    size_t join_count;
    /* How long it may take from its exec, which its init holds: nanoseconds, 0 for ever. */
    int64_t wall_ns;
    /* It gets a copy of our memory where what shares memory with a process that runs out of its group's
     * memory would be killed with it: the out-of-memory killer ends all who share the victim's. */
    int apart;
    /* Called for each step that was done; NULL: nobody is told. */
    void (*trace)(void *data, const struct nse_report *report);
    void *trace_data;
    /* For plans with the step hold: the file tree is built, /proc/PID/root of the first process. */
    void (*held)(void *data, pid_t pid);
    void *held_data;
    /* A signal came: not 0 to give up (-EINTR). NULL: never. */
    int (*interrupted)(void *data);
    void *interrupted_data;
};

enum nse_spawn_stage {
    NSE_SPAWN_PREPARE, /* pipes, memory: nothing was started */
    NSE_SPAWN_CLONE,
    NSE_SPAWN_MAPS,
    NSE_SPAWN_STEP,
    NSE_SPAWN_EXEC,
    NSE_SPAWN_DIED, /* the first process was killed while it built the sandbox */
};

/* Why there is none, for the sentence. */
struct nse_spawn_error {
    enum nse_spawn_stage stage;
    int step;      /* index in the plan, or -1 */
    char call[40]; /* the system call */
    int signal;    /* of NSE_SPAWN_DIED */
    struct nse_idmap_error maps;
};

/* 0 once the payload has been executed; or -errno: nothing is left then. */
int nse_spawn(struct nse_steps *plan, const struct nse_spawn *how, struct nse_spawned *ret_spawned,
              struct nse_spawn_error *ret_error);

#endif
