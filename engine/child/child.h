/* The first process of a sandbox: what the supervisor hands it, and where it begins. */
#ifndef NSE_CHILD_CHILD_H
#define NSE_CHILD_CHILD_H

#include "payload.h"

/* Descriptor `source` of the caller is `number` of the payload. */
struct nse_launch_fd {
    int source, number;
};
#define NSE_LAUNCH_FD_MAX                                                                          \
    512 /* numbers lie 8 below, so that copies of all fit below the usual soft limit of 1024 */

enum nse_maps_by {
    NSE_MAPS_NONE,  /* no user namespace */
    NSE_MAPS_CHILD, /* the child writes them: one id, its own */
    NSE_MAPS_SUPERVISOR,
};

/* Made by the supervisor before the clone; the child only reads it. */
struct nse_launch {
    const struct nse_block *setup, *payload;
    struct nse_payload command;
    const struct nse_launch_fd *fds;
    size_t fd_count;
    int trace;
    enum nse_maps_by maps_by;
    /* Control groups to enter, by their files cgroup.procs or tasks, which the supervisor opened. */
    const int *joins;
    size_t join_count;
    int unshare_cgroup; /* their namespace is made after that: its root is where one is */
    int unshare_time;   /* the time namespace could not be made by the clone */
    const char *uid_map, *gid_map; /* texts, for NSE_MAPS_CHILD */
    /* Of the second user namespace; NULL: it gets none. */
    const char *inner_uid_map, *inner_gid_map;
    /* The function of the recipe; for a child with a memory of its own only. */
    int (*hook)(void *data); /* 0 or -errno */
    void *hook_data;
    /* The init: its image, and its words {name, settings, search, argv...}; image -1: none. */
    int init_image;
    char *const *init_argv;
    /* Pipes: reading end, writing end; status -1: no init. That is a pair of sockets where a filter has a
     * listener, which comes through it first. */
    int report[2], control[2], status[2];
    int supervisor; /* a pidfd of the caller's process, for the init; -1: none could be had */
    struct nse_report *late; /* shared with the supervisor: see nse_walk */
};

/* What a report names where a control group could not be entered. */
#define NSE_CALL_JOIN "write cgroup.procs"

/* Words of init_argv before those of the payload. */
#define NSE_INIT_WORDS 3

/* Begins the first process: a new stack or a copy of the caller, all signals blocked. */
_Noreturn void nse_child_main(const struct nse_launch *launch);

#endif
