/* Does for an init that is not pid 1 what the kernel does for pid 1: orphans come to it, and all
 * end with it. Part of the init. */
#include "family.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "fd.h"
#include "landlock.h"
#include "proc.h"
#include "process.h"
#include "text.h"

enum { FS_REFER = 1 << 13, SCOPE_SIGNAL = 1 << 1 }; /* LANDLOCK_ACCESS_FS_, LANDLOCK_ */

/* Whether the payload's landlock domain will confine its signals. */
static int holds_signals(const struct nse_block *block)
{
    const struct nse_step *step = nse_block_find(block, NSE_STEP_landlock);

    return step && step->integers[2] & SCOPE_SIGNAL;
}

/* kill(-1) signals everything that we may signal, atomically, so that no fork can outrun it. For
 * pid 1 that is its namespace. For us it is our landlock domain, in which the payload's lies; the
 * payload cannot signal us, because we are not in its own. Every domain denies moving files between
 * directories unless a rule allows it, hence FS_REFER. */
static int hold_signals(const char **ret_call)
{
    int root, rc, ruleset = nse_landlock_create(FS_REFER, 0, SCOPE_SIGNAL);

    *ret_call = "landlock_create_ruleset";
    if (ruleset < 0)
        return ruleset;
    *ret_call = "open /";
    rc = root = nse_open("/", O_PATH, 0);
    if (rc >= 0) {
        *ret_call = "landlock_add_rule";
        rc = nse_landlock_allow_path(ruleset, root, FS_REFER);
        nse_close(root);
    }
    if (rc >= 0) {
        *ret_call = "landlock_restrict_self";
        rc = nse_landlock_restrict(ruleset, 0);
    }
    nse_close(ruleset);
    return rc;
}

int nse_family_begin(struct nse_family *family, const struct nse_block *block,
                     const char **ret_call)
{
    int rc;

    *family = (struct nse_family){.adopts = nse_getpid() != 1};
    if (!family->adopts)
        return 0;
    /* SIGKILL at the supervisor's death would leave the others behind. */
    *ret_call = "prctl(PR_SET_PDEATHSIG)";
    rc = nse_prctl(PR_SET_PDEATHSIG, 0);
    if (rc == 0) {
        *ret_call = "prctl(PR_SET_CHILD_SUBREAPER)";
        rc = nse_prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
    if (rc < 0 || !holds_signals(block))
        return rc;
    rc = hold_signals(ret_call);
    if (rc < 0)
        return rc;
    /* Unconfined, kill(-1) would kill everything that our user runs. */
    *ret_call = "kill";
    if (nse_kill(nse_getppid(), 0) == 0)
        return -ENOTRECOVERABLE;
    family->held = 1;
    return 0;
}

static void kill_listed(const char *list)
{
    long pid = 0;

    for (; *list; list++) {
        if (*list >= '0' && *list <= '9') {
            pid = pid * 10 + (*list - '0');
        } else {
            if (pid > 0) /* not reused until we reap it */
                nse_kill((pid_t)pid, SIGKILL);
            pid = 0;
        }
    }
}

/* Kills our children, listed as "4711 4712 ". 0, or -errno if the list cannot be read. */
static int kill_children(void)
{
    char name[48], list[4096];
    struct nse_text path;
    long n;

    nse_text_init(&path, name, sizeof(name));
    nse_text_add(&path, "task/");
    nse_text_add_number(&path, nse_getpid());
    nse_text_add(&path, "/children");
    n = nse_read_and_close(nse_proc_open(0, name, O_RDONLY), list, sizeof(list) - 1);
    if (n < 0)
        return (int)n;
    /* Leave a number that was cut off to the next call. */
    while (n > 0 && list[n - 1] != ' ')
        n--;
    list[n] = '\0';
    kill_listed(list);
    return 0;
}

int nse_family_kill(const struct nse_family *family, pid_t payload)
{
    if (!family->adopts || family->held) {
        nse_kill(-1, SIGKILL);
        return 0;
    }
    if (kill_children() == 0)
        return 1;
    if (payload > 0)
        nse_kill(payload, SIGKILL); /* without /proc the others cannot be found */
    return -1;
}
