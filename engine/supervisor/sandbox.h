/* Spawns a frozen plan: the clone, and the conversation with the first process until the payload
 * runs. Runs in the caller's process, in any thread. Installs nothing, and keeps only the count of
 * spawns under way (dumpable.h) and, in the plan, a stack. */
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
    /* Control groups, one or the other. cgroup: a directory of version 2, in which the first
     * process is created, or -1. joins: tasks or cgroup.procs files, open for writing, that it
     * joins first. */
    int cgroup;
    const int *joins;
    size_t join_count;
    /* The time limit from the payload's exec, which the init enforces: nanoseconds, 0: none. */
    int64_t wall_ns;
    /* Give the child a copy of our memory. For a set-up that may reach its memory limit: the OOM
     * killer kills every process that shares the victim's memory. */
    int apart;
    /* Called for each finished step; NULL: nobody is told. */
    void (*trace)(void *data, const struct nse_report *report);
    void *trace_data;
    /* For plans with the step hold: called once the file tree is built, at /proc/PID/root. */
    void (*held)(void *data, pid_t pid);
    void *held_data;
    /* Called when a signal came: nonzero to give up (-EINTR). NULL: never give up. */
    int (*interrupted)(void *data);
    void *interrupted_data;
};

enum nse_spawn_stage {
    NSE_SPAWN_PREPARE, /* pipes, memory, or the conversation with the child */
    NSE_SPAWN_CLONE,
    NSE_SPAWN_MAPS,
    NSE_SPAWN_STEP,
    NSE_SPAWN_EXEC,
    NSE_SPAWN_DIED, /* the first process was killed while it built the sandbox */
};

/* Why a spawn failed, for the error message. */
struct nse_spawn_error {
    enum nse_spawn_stage stage;
    int step;      /* index in the plan, or -1 */
    char call[40]; /* the system call */
    int signal;    /* of NSE_SPAWN_DIED */
    struct nse_idmap_error maps;
};

/* 0 once the payload has been executed; or -errno, and nothing is left. */
int nse_spawn(struct nse_steps *plan, const struct nse_spawn *how, struct nse_spawned *ret_spawned,
              struct nse_spawn_error *ret_error);

#endif
