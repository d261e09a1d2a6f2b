/* The first process of a sandbox: its launch parameters and its entry point. */
#ifndef NSE_CHILD_CHILD_H
#define NSE_CHILD_CHILD_H

#include "payload.h"

/* The caller's descriptor `source` becomes the payload's `number`. */
struct nse_launch_fd {
    int source, number;
};
#define NSE_LAUNCH_FD_MAX                                                                          \
    512 /* numbers end 8 below it: copies of all then fit below the usual soft limit of 1024 */

enum nse_maps_by {
    NSE_MAPS_NONE,  /* no user namespace, or none that is mapped */
    NSE_MAPS_CHILD, /* the child writes them: a single id, its own */
    NSE_MAPS_SUPERVISOR,
};

/* Filled in by the supervisor before the clone; the child only reads it. */
struct nse_launch {
    const struct nse_block *setup, *payload;
    struct nse_payload command;
    const struct nse_launch_fd *fds;
    size_t fd_count;
    int base; /* the first number above those of the payload: ours come there */
    int trace;
    enum nse_maps_by maps_by;
    /* Control groups to join: cgroup.procs or tasks files that the supervisor opened. */
    const int *joins;
    size_t join_count;
    int unshare_cgroup;            /* make it after joining: its root is the maker's group */
    int unshare_time;              /* clone(2) could not make the time namespace */
    const char *uid_map, *gid_map; /* the text of the maps, for NSE_MAPS_CHILD */
    /* Maps of the second user namespace; NULL: it stays unmapped. */
    const char *inner_uid_map, *inner_gid_map;
    /* The recipe's setup function; only for a child with its own memory. */
    int (*hook)(void *data); /* 0 or -errno */
    void *hook_data;
    /* The init's image, and argv {name, settings, search, payload...}; image -1: no init. */
    int init_image;
    char *const *init_argv;
    /* Pipes: read end, write end. status: -1 without an init; a socket pair if a filter has a
     * listener, which is sent through it first. */
    int report[2], control[2], status[2];
    int supervisor;          /* the caller's pidfd, for the init; -1: none could be had */
    struct nse_report *late; /* in memory shared with the supervisor: see nse_walk */
};

/* The call in the report when a control group could not be joined. */
#define NSE_CALL_JOIN "write cgroup.procs"

/* The number of words in init_argv before the payload's. */
#define NSE_INIT_WORDS 3

/* Entry point, on a new stack or in a copy of the caller's memory; all signals are blocked. */
_Noreturn void nse_child_main(const struct nse_launch *launch);

#endif
