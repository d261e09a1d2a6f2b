/* What the kernel does for pid 1, done by an init that is not: orphans come to it, and all end with it.
 * Part of the init. */
#include "family.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "call.h"
#include "fd.h"
#include "landlock.h"
#include "node.h"
#include "proc.h"
#include "process.h"
#include "text.h"

enum { FS_REFER = 1 << 13, SCOPE_SIGNAL = 1 << 1 }; /* LANDLOCK_ACCESS_FS_, LANDLOCK_ */

/* Whether the payload will hold itself to signals to its own. */
static int holds_signals(const struct nse_block *block)
{
    uint32_t i;

    for (i = 0; i < block->count; i++)
        if (block->steps[i].kind == NSE_STEP_landlock)
            return (block->steps[i].integers[2] & SCOPE_SIGNAL) != 0;
    return 0;
}

/* kill(-1) goes to whoever may be signalled, in one piece, so that no fork can outrun it: pid 1 has
 * that within its namespace. A landlock domain of ours gives it to us, for the payload's lies in it;
 * and ours is not in the payload's, so that it cannot signal us. Renaming from one directory to another
 * is what each domain denies that does not allow it. */
static int hold_signals(const char **ret_call)
{
    int root, rc, ruleset = nse_landlock_create(FS_REFER, 0, SCOPE_SIGNAL);

    *ret_call = "landlock_create_ruleset";
    if (ruleset < 0)
        return ruleset;
    *ret_call = "open /";
    rc = root = nse_open("/", O_PATH | O_CLOEXEC, 0);
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
    /* SIGKILL at the supervisor's end would leave the others behind. */
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
    /* A kill(-1) that is not held would be the end of all that our user runs. */
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
            if (pid > 0) /* ours until we reap it: no other has its number */
                nse_kill((pid_t)pid, SIGKILL);
            pid = 0;
        }
    }
}

/* Our children; "4711 4712 ". 0, or -errno where it cannot be known. */
static int kill_children(void)
{
    char name[48], list[4096];
    struct nse_text path;
    long n;
    int fd;

    nse_text_init(&path, name, sizeof(name));
    nse_text_add(&path, "task/");
    nse_text_add_number(&path, nse_getpid());
    nse_text_add(&path, "/children");
    fd = nse_proc_open(0, name, O_RDONLY);
    if (fd < 0)
        return fd;
    n = nse_read(fd, list, sizeof(list) - 1);
    nse_close(fd);
    if (n < 0)
        return (int)n;
    /* A number that is cut off is no whole one: the next time. */
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
        nse_kill(payload, SIGKILL); /* no /proc to find the others in */
    return -1;
}
