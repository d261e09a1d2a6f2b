/* Steps of the phases names and network: host names, clocks, keyring, loopback. Runs in the first
 * process. */
#include <errno.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <time.h>

#include "call.h"
#include "link.h"
#include "ns.h"
#include "proc.h"
#include "setup.h"
#include "text.h"
#include "uts.h"

int nse_step_hostname(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_did(walk, "sethostname", nse_sethostname(nse_walk_text(walk, step, 0)));
}

int nse_step_domainname(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_did(walk, "setdomainname", nse_setdomainname(nse_walk_text(walk, step, 0)));
}

static int set_offset(struct nse_walk *walk, int clock, long long nanoseconds)
{
    return nanoseconds ? nse_did(walk, "timens_offsets", nse_timens_offset(clock, nanoseconds)) : 0;
}

/* The next child, or the next exec (Linux 6.2), enters it; offsets must be written before. */
int nse_step_timens(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_did(walk, "unshare(CLONE_NEWTIME)", nse_unshare(CLONE_NEWTIME));

    if (rc == 0)
        rc = set_offset(walk, CLOCK_MONOTONIC, step->integers[0]);
    return rc < 0 ? rc : set_offset(walk, CLOCK_BOOTTIME, step->integers[1]);
}

int nse_step_oom_score(struct nse_walk *walk, const struct nse_step *step)
{
    char digits[24];
    struct nse_text text;

    nse_text_init(&text, digits, sizeof(digits));
    nse_text_add_number(&text, step->integers[0]);
    return nse_did(walk, "oom_score_adj", nse_proc_write(0, "oom_score_adj", digits));
}

/* An anonymous session keyring: the keys of the caller's session become unreachable. */
int nse_step_keyring(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_did(walk, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)",
                     nse_call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));

    (void)step;
    /* A filter around us, as containers have, may forbid keyctl(2). Then it does so to the payload,
     * which reaches no key. A second command tells: the kernel itself fails neither with EPERM. */
    if (rc == -EPERM &&
        nse_call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) == -EPERM)
        return 0;
    /* A kernel without keys has none to hide. */
    return rc < 0 && rc != -ENOSYS ? rc : 0;
}

int nse_step_link_up(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_did(walk, "ioctl(SIOCSIFFLAGS)", nse_link_up(nse_walk_text(walk, step, 0)));
}
