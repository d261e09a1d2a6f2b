/* Spawns a frozen plan. Runs in the caller's process, beside a child that may share its memory. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "dumpable.h"
#include "fd.h"
#include "ident.h"
#include "init.h"
#include "ns.h"
#include "process.h"
#include "text.h"
#include "vmclone.h"

#define MAP_LINE 64 /* one range of an id map */
/* How long an init that is not pid 1 may take to report the exec: its payload could keep stopping
 * it. */
#define FAMILY_PATIENCE 10000000000LL

/* The state of a spawn while it talks to the child. */
struct spawning {
    struct nse_steps *plan;
    const struct nse_spawn *how;
    struct nse_spawn_error *error;
    struct nse_launch launch;
    /* Ours to close. launch has the numbers too: the child may read them after we closed one. */
    int report[2], control[2], status[2];
    int self; /* our own pidfd, for the init; -1: none could be had */
    char uid_map[MAP_LINE], gid_map[MAP_LINE];
    char settings[64];
    char **init_argv;
    char *inner; /* the texts of the second user namespace's maps */
    int family;  /* its init must kill the others itself */
    /* The rest of the payload's block, for which the pipe has no room yet. */
    const char *outgoing;
    size_t left;
    long long deadline; /* for the exec, with an init that is not pid 1; 0: none */
    pid_t pid;
    int pidfd, listener;
    int join; /* the group's cgroup.procs, if clone3(2) is hidden */
};

/* --- before the clone --------------------------------------------------------------------------- */

static int fail(struct spawning *s, enum nse_spawn_stage stage, const char *call, int rc)
{
    struct nse_text text;

    s->error->stage = stage;
    s->error->step = -1;
    nse_text_init(&text, s->error->call, sizeof(s->error->call));
    nse_text_add(&text, call);
    return rc;
}

static int open_pipe(struct spawning *s, int ends[2])
{
    int rc = nse_pipe(ends, 0);

    return rc < 0 ? fail(s, NSE_SPAWN_PREPARE, "pipe2", rc) : 0;
}

/* A socket pair if a listener is to come through it. */
static int open_status(struct spawning *s)
{
    int rc;

    if (!s->plan->listens)
        return open_pipe(s, s->status);
    rc = nse_socketpair(SOCK_STREAM, s->status);
    if (rc == 0)
        rc = nse_set_nonblock(s->status[0], 1); /* the listener is there, or never comes */
    return rc < 0 ? fail(s, NSE_SPAWN_PREPARE, "socketpair", rc) : 0;
}

static int maps_own(const struct nse_idmaps *maps)
{
    struct nse_ids uids, gids;

    return maps->uid_count == 1 && maps->gid_count == 1 && maps->uid->count == 1 &&
           maps->gid->count == 1 && nse_getresuid(&uids) == 0 && nse_getresgid(&gids) == 0 &&
           maps->uid->outside == uids.effective && maps->gid->outside == gids.effective &&
           maps->setgroups != NSE_SETGROUPS_ALLOW;
}

/* A child that maps only its own id needs no help, which saves two context switches. */
static void choose_maps(struct spawning *s)
{
    const struct nse_idmaps *maps = &s->plan->header.maps;
    struct nse_launch *launch = &s->launch;

    if (!(s->plan->header.flags & CLONE_NEWUSER) || maps->uid_count + maps->gid_count == 0) {
        launch->maps_by = NSE_MAPS_NONE;
    } else if (maps_own(maps)) {
        launch->maps_by = NSE_MAPS_CHILD;
        nse_idmap_text(maps->uid, 1, s->uid_map, sizeof(s->uid_map));
        nse_idmap_text(maps->gid, 1, s->gid_map, sizeof(s->gid_map));
        launch->uid_map = s->uid_map;
        launch->gid_map = s->gid_map;
    } else {
        launch->maps_by = NSE_MAPS_SUPERVISOR;
    }
}

static int write_inner_maps(struct spawning *s)
{
    const struct nse_idmaps *maps = &s->plan->header.inner;
    int rc;

    if (maps->uid_count == 0 && maps->gid_count == 0)
        return 0;
    s->inner = malloc(2 * (size_t)NSE_IDMAP_TEXT);
    if (!s->inner)
        return fail(s, NSE_SPAWN_PREPARE, "malloc", -ENOMEM);
    s->launch.inner_uid_map = s->inner;
    s->launch.inner_gid_map = s->inner + NSE_IDMAP_TEXT;
    rc = nse_idmap_text(maps->uid, maps->uid_count, s->inner, NSE_IDMAP_TEXT);
    if (rc >= 0)
        rc = nse_idmap_text(maps->gid, maps->gid_count, s->inner + NSE_IDMAP_TEXT, NSE_IDMAP_TEXT);
    return rc < 0 ? fail(s, NSE_SPAWN_MAPS, "uid_map", rc) : 0;
}

/* A closed number would go to whatever is opened next: a pipe or a mount of ours. */
static int check_source(struct spawning *s, int source)
{
    char name[32];
    struct nse_text text;
    int rc = nse_check_fd(source);

    if (rc == 0)
        return 0;
    nse_text_init(&text, name, sizeof(name));
    nse_text_add(&text, "descriptor ");
    nse_text_add_number(&text, source);
    return fail(s, NSE_SPAWN_PREPARE, name, rc);
}

/* Also finds the first number above the payload's. */
static int check_fds(struct spawning *s)
{
    const struct nse_spawn *how = s->how;
    int standard = 0, rc = 0;
    size_t i;

    if (how->fd_count > NSE_LAUNCH_FD_MAX)
        return fail(s, NSE_SPAWN_PREPARE, "dup3", -EMFILE);
    for (i = 0; i < how->fd_count && rc == 0; i++) {
        int number = how->fds[i].number;

        if (number < 0 || number >= NSE_LAUNCH_FD_MAX - 8)
            return fail(s, NSE_SPAWN_PREPARE, "dup3", -EBADF);
        if (number < 3)
            standard |= 1 << number;
        if (number >= s->launch.base)
            s->launch.base = number + 1;
        rc = check_source(s, how->fds[i].source);
    }
    if (rc == 0 && standard != 7)
        rc = fail(s, NSE_SPAWN_PREPARE, "dup3", -EBADF);
    return rc;
}

/* Shows the init our end, whichever thread spawns, and even if others hold the pipe. Old filters of
 * containers do not know pidfd_open(2): EOF on the pipe has to do then. */
static int open_self(struct spawning *s)
{
    s->self = nse_pidfd_open(nse_getpid(), 0);
    if (s->self == -EMFILE || s->self == -ENFILE || s->self == -ENOMEM)
        return fail(s, NSE_SPAWN_PREPARE, "pidfd_open", s->self);
    return 0;
}

/* {name, settings, PATH, payload...}: see init/main.c. */
static int make_init_argv(struct spawning *s)
{
    const struct nse_spawn *how = s->how;
    struct nse_text text;
    size_t count = 0;

    nse_text_init(&text, s->settings, sizeof(s->settings));
    nse_text_add_number(&text, s->launch.base);
    nse_text_add(&text, how->terminal ? ",1" : ",0");
    nse_text_add(&text, how->trace ? ",1" : ",0");
    nse_text_add(&text, s->self >= 0 ? ",1" : ",0");
    nse_text_add(&text, ",");
    nse_text_add_number(&text, how->wall_ns);
    while (how->argv[count])
        count++;
    s->init_argv = calloc(NSE_INIT_WORDS + count + 1, sizeof(char *));
    if (!s->init_argv)
        return fail(s, NSE_SPAWN_PREPARE, "malloc", -ENOMEM);
    s->init_argv[0] = (char *)"nsengine-init";
    s->init_argv[1] = s->settings;
    s->init_argv[2] = (char *)how->search;
    memcpy(s->init_argv + NSE_INIT_WORDS, how->argv, count * sizeof(char *));
    s->launch.init_argv = s->init_argv;
    return 0;
}

static int prepare(struct spawning *s)
{
    const struct nse_spawn *how = s->how;
    int init = s->plan->header.init, rc;

    s->launch = (struct nse_launch){
        .setup = s->plan->setup,
        .payload = s->plan->payload,
        .command = {how->argv, how->envp, how->search, how->terminal},
        .fds = how->fds,
        .fd_count = how->fd_count,
        .base = 3,
        .trace = how->trace != NULL,
        .hook = how->hook,
        .hook_data = how->hook_data,
        .joins = how->joins,
        .join_count = how->join_count,
        .init_image = init ? how->init_image : -1,
    };
    choose_maps(s);
    if ((rc = check_fds(s)) < 0 || (rc = write_inner_maps(s)) < 0 ||
        (rc = open_pipe(s, s->report)) < 0 || (rc = open_pipe(s, s->control)) < 0)
        return rc;
    if (init &&
        ((rc = open_status(s)) < 0 || (rc = open_self(s)) < 0 || (rc = make_init_argv(s)) < 0))
        return rc;
    s->launch.supervisor = s->self;
    memcpy(s->launch.report, s->report, sizeof(s->report));
    memcpy(s->launch.control, s->control, sizeof(s->control));
    memcpy(s->launch.status, s->status, sizeof(s->status));
    return 0;
}

/* --- the clone ---------------------------------------------------------------------------------- */

/* ThreadSanitizer would record it in the thread whose memory it shares, and it never returns. */
__attribute__((no_sanitize_thread)) static void begin_child(void *launch)
{
    nse_child_main(launch);
}

/* The child shares our memory unless it must run Lua or stay apart. A copy takes longer, the larger
 * we are, but is otherwise the same. */
static int copies_memory(const struct nse_spawn *how)
{
    return how->hook || how->apart;
}

static pid_t clone_with(struct spawning *s, uint64_t flags, void *stack)
{
    /* Our signal handlers must not run in the child. */
    struct nse_clone how = {.flags = flags | CLONE_CLEAR_SIGHAND, .cgroup = -1};
    pid_t pid;

    if (s->how->cgroup >= 0 && s->join < 0) {
        how.flags |= CLONE_INTO_CGROUP;
        how.cgroup = s->how->cgroup;
    }
    if (!copies_memory(s->how))
        return nse_vmclone(&how, stack, NSE_STACK_ROOM, begin_child, &s->launch, &s->pidfd);
    pid = nse_clone(&how, &s->pidfd);
    if (pid == 0)
        nse_child_main(&s->launch);
    return pid;
}

/* A cgroup namespace's root is its maker's group, so the child makes it after joining. */
static uint64_t leave_cgroup(struct spawning *s, uint64_t flags)
{
    if (s->launch.join_count == 0 || !(flags & CLONE_NEWCGROUP))
        return flags;
    s->launch.unshare_cgroup = 1;
    return flags & ~(uint64_t)CLONE_NEWCGROUP;
}

/* Where clone3(2) is hidden: clone(2) has no flag for the time namespace, but unshare(2) has one.
 * It cannot set a control group either, so the child joins it itself. */
static pid_t clone_without_clone3(struct spawning *s, uint64_t flags, void *stack)
{
    if (flags & CLONE_NEWTIME)
        s->launch.unshare_time = 1;
    if (s->how->cgroup >= 0) {
        s->join = nse_openat(s->how->cgroup, "cgroup.procs", O_WRONLY, 0);
        if (s->join < 0)
            return s->join;
        s->launch.joins = &s->join;
        s->launch.join_count = 1;
    }
    return clone_with(s, leave_cgroup(s, flags & ~(uint64_t)CLONE_NEWTIME), stack);
}

static pid_t clone_child(struct spawning *s, void *stack)
{
    uint64_t flags = leave_cgroup(s, s->plan->header.flags);
    pid_t pid = clone_with(s, flags, stack);

    if (pid == -ENOSYS && (flags & CLONE_NEWTIME || s->how->cgroup >= 0))
        return clone_without_clone3(s, flags, stack);
    return pid;
}

/* --- the conversation --------------------------------------------------------------------------- */

static int tell(struct spawning *s, const void *data, size_t size)
{
    long n = nse_write(s->control[1], data, size);

    /* We still hold the read end ourselves: no SIGPIPE. */
    return n == (long)size ? 0 : fail(s, NSE_SPAWN_PREPARE, "write", n < 0 ? (int)n : -EIO);
}

/* Writes what the pipe has room for. */
static int send_more(struct spawning *s)
{
    long n = nse_write(s->control[1], s->outgoing, s->left);

    if (n == -EAGAIN || n == -EINTR)
        return 0;
    if (n < 0)
        return fail(s, NSE_SPAWN_PREPARE, "write", (int)n);
    s->outgoing += n;
    s->left -= (size_t)n;
    return 0;
}

/* The payload's block waits in the pipe for the init. A pipe holds at least a page. For more we
 * must not block, because the reader may be about to fail. */
static int send_block(struct spawning *s)
{
    const struct nse_block *block = s->plan->payload;
    int rc;

    if (s->launch.init_image < 0)
        return 0;
    if (block->size <= 4096)
        return tell(s, block, block->size);
    rc = nse_set_nonblock(s->control[1], 1);
    if (rc < 0)
        return fail(s, NSE_SPAWN_PREPARE, "fcntl", rc);
    s->outgoing = (const char *)block;
    s->left = block->size;
    return send_more(s);
}

static int write_maps(struct spawning *s)
{
    int rc = nse_idmap_write(s->pid, &s->plan->header.maps, &s->error->maps);

    if (rc < 0)
        return fail(s, NSE_SPAWN_MAPS, s->error->maps.step, rc);
    rc = tell(s, "", 1);
    return rc < 0 || s->plan->holds ? rc : send_block(s);
}

static int answer_hold(struct spawning *s)
{
    int rc;

    if (s->how->held)
        s->how->held(s->how->held_data, s->pid);
    rc = tell(s, "", 1);
    return rc < 0 ? rc : send_block(s);
}

static int fail_as_told(struct spawning *s, const struct nse_report *report)
{
    fail(s, report->kind == NSE_REPORT_REFUSED ? NSE_SPAWN_EXEC : NSE_SPAWN_STEP, report->call,
         -report->error);
    s->error->step = report->step;
    return report->error > 0 ? -report->error : -EPROTO;
}

/* 0 to go on, or -errno. */
static int take_report(struct spawning *s, const struct nse_report *report)
{
    switch (report->kind) {
    case NSE_REPORT_MAPS:
        return write_maps(s);
    case NSE_REPORT_HOLD:
        return answer_hold(s);
    case NSE_REPORT_STEP:
        if (s->how->trace)
            s->how->trace(s->how->trace_data, report);
        return 0;
    case NSE_REPORT_FAMILY:
        s->family = 1;
        s->deadline = nse_monotonic() + FAMILY_PATIENCE;
        return 0;
    case NSE_REPORT_FAILED:
    case NSE_REPORT_REFUSED:
        return fail_as_told(s, report);
    default:
        return fail(s, NSE_SPAWN_DIED, "clone3", -ECHILD);
    }
}

/* Reads the next report while the rest of the block goes out: bytes, or -errno. */
static long next_report(struct spawning *s, struct nse_report *report)
{
    struct pollfd entries[2] = {{.fd = s->report[0], .events = POLLIN},
                                {.fd = s->control[1], .events = POLLOUT}};
    long n = 0;

    while ((s->left > 0 || s->deadline) && !entries[0].revents) {
        long long left = s->deadline ? s->deadline - nse_monotonic() : -1;

        if (s->deadline && left <= 0)
            return -ETIMEDOUT;
        n = nse_poll(entries, s->left > 0 ? 2 : 1, s->deadline ? (long)(left / 1000000 + 1) : -1);
        if (n >= 0 && s->left > 0 && entries[1].revents)
            n = send_more(s);
        if (n < 0)
            return n;
    }
    return nse_read(s->report[0], report, sizeof(*report));
}

/* The listener was sent before the report pipe reached EOF. */
static int take_listener(struct spawning *s)
{
    size_t size;
    char word;
    int rc;

    if (!s->plan->listens)
        return 0;
    rc = nse_recv_fd(s->status[0], &word, 1, &s->listener, &size);
    if (rc == 0 && s->listener < 0)
        rc = -EPROTO;
    return rc < 0 ? fail(s, NSE_SPAWN_PREPARE, "recvmsg", rc) : 0;
}

/* Reads reports until EOF. Each is written atomically, and so comes whole. */
static int converse(struct spawning *s)
{
    struct nse_report report;
    /* Answers that the child waits for come first in the pipe: maps written, tree inspected. */
    int rc = s->launch.maps_by == NSE_MAPS_SUPERVISOR || s->plan->holds ? 0 : send_block(s);

    while (rc == 0) {
        long n = next_report(s, &report);

        if (n == -EINTR) {
            if (s->how->interrupted && s->how->interrupted(s->how->interrupted_data))
                return fail(s, NSE_SPAWN_PREPARE, "read", -EINTR);
            continue;
        }
        if (n == -ETIMEDOUT)
            return fail(s, NSE_SPAWN_EXEC, "execve", (int)n);
        /* EOF: every process of ours has executed another program, or died. */
        if (n == 0)
            report = *s->launch.late;
        else if (n != (long)sizeof(report))
            return fail(s, NSE_SPAWN_PREPARE, "read", n < 0 ? (int)n : -EPROTO);
        if (report.kind == NSE_REPORT_EXEC)
            return take_listener(s);
        report.call[sizeof(report.call) - 1] = '\0';
        rc = take_report(s, &report);
    }
    return rc;
}

/* An init that is not pid 1 kills the others itself. Killed first, it would leave them behind. */
static int has_family(const struct nse_steps *plan)
{
    return plan->header.init && !(plan->header.flags & CLONE_NEWPID);
}

/* Kills what was started, and waits until it is gone. That is all of it: the first process is pid 1
 * of its namespace, or is told to kill the others, or has so far only children that die with it. */
static void undo(struct spawning *s)
{
    struct nse_spawned spawned = {.pid = s->pid,
                                  .pidfd = s->pidfd,
                                  .control = s->control[1],
                                  .status = s->status[0],
                                  .listener = -1,
                                  .family = s->family};
    struct nse_ending ending;
    int rc;

    (void)nse_spawned_kill(&spawned);
    s->control[1] = spawned.control;
    nse_close_end(&s->control[0]);
    do
        rc = nse_wait_pidfd(s->pidfd, 0, &ending);
    while (rc == -EINTR);
    if (rc == 0 && s->error->stage == NSE_SPAWN_DIED)
        s->error->signal = ending.signal;
    nse_close_end(&s->pidfd);
}

/* Whether nothing runs on the stack of a failed spawn any more. Without a pid namespace of its own, the
 * mapper outlives the first process for a moment; its copy of the report pipe tells when it has ended. A
 * fork of the program may hold the pipe too: after a second nobody knows. */
static int has_left_stack(const struct spawning *s)
{
    struct pollfd report = {.fd = s->report[0], .events = POLLIN};
    struct nse_report rest;
    long n;

    if (s->pid < 0 || !s->launch.inner_uid_map || s->plan->header.flags & CLONE_NEWPID)
        return 1;
    do {
        n = nse_poll(&report, 1, 1000);
        if (n == 0)
            return 0;
        if (n > 0)
            n = nse_read(s->report[0], &rest, sizeof(rest));
    } while (n > 0 || n == -EINTR);
    return n == 0;
}

static int start(struct spawning *s)
{
    uint64_t mask;
    int rc;
    char *stack = nse_stack_take(&s->plan->stack, sizeof(*s->launch.late));

    if (!stack)
        return fail(s, NSE_SPAWN_PREPARE, "mmap", -ENOMEM);
    s->launch.late = nse_stack_shared(stack);
    nse_dumpable_note();
    nse_block_signals(&mask);
    s->pid = clone_child(s, stack);
    nse_restore_signals(&mask);
    if (s->pid < 0) {
        rc = fail(s, NSE_SPAWN_CLONE, "clone3", s->pid);
    } else {
        nse_close_end(&s->report[1]);
        nse_close_end(&s->status[1]);
        rc = converse(s);
        if (rc < 0)
            undo(s);
    }
    nse_dumpable_give_back();
    if (rc == 0)
        nse_stack_give(&s->plan->stack, stack);
    else if (has_left_stack(s)) /* else it is lost: better than a fault in our memory */
        nse_stack_free(stack);
    return rc;
}

int nse_spawn(struct nse_steps *plan, const struct nse_spawn *how, struct nse_spawned *ret_spawned,
              struct nse_spawn_error *ret_error)
{
    struct spawning s = {.plan = plan,
                         .how = how,
                         .error = ret_error,
                         .pidfd = -1,
                         .listener = -1,
                         .join = -1,
                         .report = {-1, -1},
                         .control = {-1, -1},
                         .status = {-1, -1},
                         .self = -1};
    int rc;

    *ret_error = (struct nse_spawn_error){.step = -1};
    rc = prepare(&s);
    if (rc == 0)
        rc = start(&s);
    if (rc == 0) {
        *ret_spawned = (struct nse_spawned){.pid = s.pid,
                                            .pidfd = s.pidfd,
                                            .control = s.control[1],
                                            .status = s.status[0],
                                            .listener = s.listener,
                                            .family = has_family(plan)};
        s.control[1] = s.status[0] = -1;
    }
    free(s.init_argv);
    free(s.inner);
    nse_close_end(&s.join);
    nse_close_end(&s.self);
    for (int i = 0; i < 2; i++) {
        nse_close_end(&s.report[i]);
        nse_close_end(&s.control[i]);
        nse_close_end(&s.status[i]);
    }
    return rc;
}
