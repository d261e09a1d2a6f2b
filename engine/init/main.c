/* The init: pid 1 of a sandbox. Starts the payload, reaps orphans, passes signals on, and tells the
 * supervisor how the payload ended. It ends with the payload, or when the time is up, or when the
 * supervisor is gone. The kernel then kills all that is left; an init that is not pid 1 does so
 * itself (family.c). A separate program without libc, executed by the first process with argv =
 * {name, settings, PATH, payload...} and its pipes open. It has only the payload's capabilities,
 * and drops all but CAP_KILL once that runs. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "call.h"
#include "caps.h"
#include "clock.h"
#include "family.h"
#include "fd.h"
#include "init.h"
#include "payload.h"
#include "process.h"
#include "vmclone.h"

/* How much is done of one thing before the others get their turn: the payload can signal us, and
 * leave orphans to us, as fast as it likes. */
enum { ROUND = 64 };

/* How long to wait for what we have killed. Less than the supervisor waits for us. */
#define PATIENCE 900000000LL

struct init {
    int control, report, status; /* the pipes */
    int supervisor;              /* its pidfd; -1: none could be had */
    pid_t payload;
    struct nse_family family;
    long long began;   /* the payload's exec */
    long long allowed; /* nanoseconds from there; 0: no limit */
    int timed_out;
};

/* What the child needs, on the init's stack: the init is suspended until the child's exec. */
struct start {
    struct nse_walk walk;
    struct nse_payload command;
    struct nse_last last;
    pid_t parent; /* the init, if that is not pid 1: its death must kill the child; else 0 */
};

/* Takes the next of the settings, five numbers: "first own descriptor,terminal,trace,1 with a pidfd
 * of the supervisor,the payload's time limit in nanoseconds". */
static long long next_number(const char **text)
{
    long long number = 0;

    while (**text >= '0' && **text <= '9')
        number = number * 10 + (*(*text)++ - '0');
    if (**text == ',')
        ++*text;
    return number;
}

static _Noreturn void fail(const struct init *init, const char *call, long rc)
{
    struct nse_walk walk = {.report = init->report};

    nse_give_up(&walk, -1, call, rc);
}

/* --- the payload -------------------------------------------------------------------------------- */

static _Noreturn void run_payload(void *data)
{
    struct start *start = data;

    if (start->parent) {
        int rc = nse_prctl(PR_SET_PDEATHSIG, SIGKILL);

        if (rc < 0)
            nse_give_up(&start->walk, -1, "prctl(PR_SET_PDEATHSIG)", rc);
        if (nse_getppid() != start->parent)
            nse_exit(125);
    }
    nse_become_payload(&start->walk, &start->last);
}

/* Shared memory for the payload's last report: if clone3(2) is hidden, it has a copy of ours. */
static struct nse_report *share_report(const struct init *init)
{
    long at = nse_call(SYS_mmap, NULL, sizeof(struct nse_report), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (at < 0)
        fail(init, "mmap", at);
    return (struct nse_report *)at; /* NOLINT(performance-no-int-to-ptr) */
}

/* Reads the payload's block from the control pipe, where it follows all answers. */
static void read_block(const struct init *init, char *block, size_t size)
{
    size_t have = 0, wanted = sizeof(struct nse_block);

    while (have < wanted) {
        long n = nse_read(init->control, block + have, wanted - have);

        if (n == -EINTR)
            continue;
        if (n == 0)
            nse_exit(125); /* the supervisor is gone */
        if (n < 0)
            fail(init, "read", n);
        have += (size_t)n;
        if (have == sizeof(struct nse_block)) {
            wanted = ((const struct nse_block *)block)->size;
            if (wanted > size || wanted < have)
                fail(init, "read", -EBADMSG);
        }
    }
}

/* The child shares our memory until its exec, as with vfork(2): a copy would cost more. */
static pid_t start_payload(const struct init *init, struct start *start)
{
    static _Alignas(16) char stack[64 << 10];
    struct nse_clone how = {.flags = CLONE_VFORK, .cgroup = -1};
    pid_t pid = nse_vmclone(&how, stack, sizeof(stack), run_payload, start, NULL);

    if (pid < 0)
        fail(init, "clone3", pid);
    return pid;
}

/* --- afterwards --------------------------------------------------------------------------------- */

static _Noreturn void end(const struct init *init, int status)
{
    struct nse_init_status record = {
        .status = status, .wall_ns = nse_monotonic() - init->began, .timed_out = init->timed_out};

    nse_call(SYS_getrusage, RUSAGE_CHILDREN, &record.children);
    nse_call(SYS_getrusage, RUSAGE_SELF, &record.self);
    nse_write(init->status, &record, sizeof(record));
    nse_exit(0);
}

/* Sleeps until a child ends, at most until `deadline`, which is less than a second away. 0 if it
 * has passed. */
static int await_child(long long deadline)
{
    const uint64_t child = 1ULL << (SIGCHLD - 1);
    struct timespec left = {.tv_nsec = deadline - nse_monotonic()};

    if (left.tv_nsec <= 0)
        return 0;
    nse_call(SYS_rt_sigtimedwait, &child, NULL, &left, sizeof(child));
    return 1;
}

/* Pid 1: all die with us, but what they used is known only of those that we reap. Whoever took
 * another user's id is not ours to kill, if the recipe gave us no CAP_KILL, and may never end. */
static _Noreturn void finish_namespace(const struct init *init, int ended)
{
    long long deadline = nse_monotonic() + PATIENCE;
    int status;
    long pid;

    nse_kill(-1, SIGKILL);
    do {
        while ((pid = nse_call(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0)
            if (pid == init->payload)
                ended = status;
    } while (pid == 0 && await_child(deadline));
    end(init, ended);
}

/* Kills all that is left, then tells what they used and how the payload ended: `ended`, unless it
 * has just been killed with them. */
static _Noreturn void finish(struct init *init, int ended)
{
    int status, again;
    long pid;

    if (!init->family.adopts)
        finish_namespace(init, ended);
    again = nse_family_kill(&init->family, init->payload);
    /* Do not wait for processes that could not be found and killed. */
    while ((pid = nse_call(SYS_wait4, -1, &status, again < 0 && init->payload < 0 ? WNOHANG : 0,
                           NULL)) > 0 ||
           pid == -EINTR) {
        if (pid == init->payload) {
            ended = status;
            init->payload = -1;
        }
        if (again)
            again = nse_family_kill(&init->family, init->payload);
    }
    end(init, ended);
}

/* Reaps whoever has ended; does not return if that is the payload. 1 if there may be more. */
static int reap(struct init *init)
{
    int status, i;
    long pid = 0;

    for (i = 0; i < ROUND; i++) {
        pid = nse_call(SYS_wait4, -1, &status, WNOHANG, NULL);
        if (pid <= 0 && pid != -EINTR)
            break;
        if (pid != init->payload)
            continue;
        if (!init->family.adopts)
            end(init, status); /* the kernel kills the others */
        init->payload = -1;
        finish(init, status);
    }
    if (pid < 0 && pid != -EINTR)
        nse_exit(125); /* we would never see the payload end */
    return pid != 0;
}

static void pass_on(struct init *init, int signals)
{
    struct signalfd_siginfo infos[ROUND];
    long i, n = nse_read(signals, infos, sizeof(infos));

    for (i = 0; i < n / (long)sizeof(*infos); i++)
        if (infos[i].ssi_signo == NSE_INIT_FINISH && infos[i].ssi_code == SI_QUEUE)
            finish(init, SIGKILL);
        else if (infos[i].ssi_signo != SIGCHLD)
            nse_kill(init->payload, (int)infos[i].ssi_signo);
}

/* Milliseconds until the payload's time is up; -1: never. */
static long time_left(const struct init *init)
{
    const long long most = 1000000; /* bounded for poll(2); then again */
    long long left;

    if (init->allowed == 0)
        return -1;
    left = init->allowed - (nse_monotonic() - init->began);
    if (left <= 0)
        return 0;
    left = (left - 1) / 1000000 + 1;
    return (long)(left < most ? left : most);
}

/* Reads a new time limit; EOF: the supervisor has closed the pipe or is gone. */
static void hear(struct init *init)
{
    nse_init_order allowed;
    long n = nse_read(init->control, &allowed, sizeof(allowed));

    if (n == (long)sizeof(allowed))
        init->allowed = allowed;
    else if (n != -EINTR)
        finish(init, SIGKILL);
}

static _Noreturn void watch(struct init *init, int signals)
{
    struct pollfd entries[3] = {{.fd = signals, .events = POLLIN},
                                {.fd = init->control, .events = POLLIN},
                                {.fd = init->supervisor, .events = POLLIN}};

    for (;;) {
        int more = reap(init);
        long rc, left = time_left(init);

        if (left == 0) {
            init->timed_out = 1;
            finish(init, SIGKILL);
        }
        rc = nse_poll(entries, 3, more ? 0 : left);
        if ((rc < 0 && rc != -EINTR) ||
            (entries[0].revents | entries[1].revents | entries[2].revents) & POLLNVAL)
            nse_exit(125);
        if (rc > 0 && entries[2].revents) /* the supervisor has ended */
            finish(init, SIGKILL);
        if (rc > 0 && entries[1].revents)
            hear(init);
        if (rc > 0 && entries[0].revents)
            pass_on(init, signals);
    }
}

/* Signals stay blocked, as they were at our start, and are read from this descriptor. It lies above
 * the payload's, which are closed once the payload has them. */
static int open_signals(const struct init *init, int base)
{
    uint64_t all = ~0ULL;
    long low = nse_call(SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC | SFD_NONBLOCK), fd;

    if (low < 0)
        fail(init, "signalfd4", low);
    fd = nse_dup((int)low, base);
    if (fd < 0)
        fail(init, "fcntl(F_DUPFD_CLOEXEC)", fd);
    nse_close((int)low);
    return (int)fd;
}

/* The payload's capabilities are not for us. We need only CAP_KILL, to signal whoever it became. */
static void drop_capabilities(const struct init *init)
{
    const uint64_t kill = 1ULL << CAP_KILL;
    struct nse_caps caps = {0};
    int rc = nse_capget(&caps);

    if (rc == 0 && caps.permitted & ~kill) {
        const struct nse_caps kept = {caps.permitted & kill, caps.permitted & kill, 0};

        rc = nse_set_ambient(0);
        if (rc == 0)
            rc = nse_capset(&kept);
    }
    if (rc < 0)
        fail(init, "capset", rc);
}

/* Makes ps(1) show our name, and not the payload's words, which are in its own line. */
static void hide_words(char **argv)
{
    char *at;

    nse_set_name("nsengine-init");
    for (argv++; *argv; argv++)
        for (at = *argv; *at; at++)
            *at = '\0';
}

/* Called by start.c with argc, argv and envp as the kernel lays them out. */
_Noreturn void nse_init_main(long *words)
{
    static _Alignas(8) char block[NSE_PAYLOAD_BLOCK_MAX];
    char **argv = (char **)(words + 1);
    const char *settings = argv[1];
    int base = (int)next_number(&settings);
    struct init init = {.control = base, .report = base + 1, .status = base + 2};
    struct start start = {
        .walk = {.block = (const struct nse_block *)block, .report = init.report},
        .command = {.argv = argv + 3, .envp = argv + words[0] + 1, .search = argv[2]},
        .last = {.command = &start.command, .status = init.status, .ruleset = -1},
    };
    const char *call;
    int rc, signals;

    /* Nobody inside, whatever its ids, may trace us or read our memory and descriptors. */
    rc = nse_prctl(PR_SET_DUMPABLE, 0);
    if (rc < 0)
        fail(&init, "prctl(PR_SET_DUMPABLE)", rc);
    start.command.terminal = (int)next_number(&settings);
    start.walk.trace = (int)next_number(&settings);
    init.supervisor = next_number(&settings) ? base + 3 : -1;
    init.allowed = next_number(&settings);
    rc = nse_close_range((unsigned)base, ~0U, CLOSE_RANGE_CLOEXEC);
    if (rc < 0)
        fail(&init, "close_range", rc);
    read_block(&init, block, sizeof(block));
    rc = nse_family_begin(&init.family, start.walk.block, &call);
    if (rc < 0)
        fail(&init, call, rc);
    start.walk.late = share_report(&init);
    if (init.family.adopts)
        nse_tell(&start.walk, NSE_REPORT_FAMILY);
    start.parent = init.family.adopts ? nse_getpid() : 0;
    signals = open_signals(&init, base);
    init.payload = start_payload(&init, &start);
    init.began = nse_monotonic();
    drop_capabilities(&init);
    /* The parent-death signal comes when the spawning thread ends, which it may once it knows that
     * we run. From here on the supervisor's pidfd and EOF on its pipe tell us that it is gone. */
    nse_prctl(PR_SET_PDEATHSIG, 0);
    /* The payload's last report. EOF on the pipe would tell of the exec too, but comes late if a
     * fork of the supervisor also holds the pipe. */
    nse_write(init.report, start.walk.late, sizeof(*start.walk.late));
    /* Do not keep the payload's descriptors open. */
    nse_close(init.report);
    nse_close_range(0, (unsigned)base - 1, 0);
    hide_words(argv);
    watch(&init, signals);
}
