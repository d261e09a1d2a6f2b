/* Steps of the phase drop: groups, ids, the second user namespace, capabilities, no_new_privs. Each
 * is verified: a set-up that only looks confined is the worst failure. Runs in the first process. */
#include <errno.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "caps.h"
#include "ident.h"
#include "ns.h"
#include "process.h"
#include "setup.h"

#define GROUPS_MAX 1024

int nse_step_setgroups(struct nse_walk *walk, const struct nse_step *step)
{
    gid_t groups[GROUPS_MAX];
    size_t count = step->size / sizeof(gid_t);

    if (count > GROUPS_MAX)
        return (int)nse_did(walk, "setgroups", -EINVAL);
    memcpy(groups, nse_walk_text(walk, step, 0), count * sizeof(gid_t));
    return (int)nse_did(walk, "setgroups", nse_setgroups(count, groups));
}

static int is_all(const struct nse_ids *ids, unsigned int id)
{
    return ids->real == id && ids->effective == id && ids->saved == id;
}

/* Capabilities stay for the steps after this one, whose business it is to drop them: without
 * SECBIT_NO_SETUID_FIXUP leaving id 0 takes them. Groups first: it takes CAP_SETGID. */
int nse_step_ids(struct nse_walk *walk, const struct nse_step *step)
{
    uid_t uid = (uid_t)step->integers[0];
    gid_t gid = (gid_t)step->integers[1];
    struct nse_ids uids, gids;
    int rc;

    rc = nse_prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
    if (nse_did(walk, "prctl(PR_SET_SECUREBITS)", rc) < 0)
        return rc;
    rc = (int)nse_did(walk, "setresgid", nse_setresgid(gid, gid, gid));
    if (rc < 0)
        return rc;
    rc = (int)nse_did(walk, "setresuid", nse_setresuid(uid, uid, uid));
    if (rc < 0)
        return rc;
    nse_rearm(walk);
    rc = (int)nse_did(walk, "getresuid", nse_getresuid(&uids));
    if (rc == 0)
        rc = (int)nse_did(walk, "getresgid", nse_getresgid(&gids));
    if (rc < 0)
        return rc;
    return is_all(&uids, uid) && is_all(&gids, gid) ? 0 : (int)nse_did(walk, "setresuid", -EPERM);
}

/* The mounts belong to the first user namespace: what has capabilities in the second cannot lift a
 * mount or make a read-only one writable, mount_namespaces(7). */
int nse_step_userns(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = (int)nse_did(walk, "unshare(CLONE_NEWUSER)", nse_unshare(CLONE_NEWUSER));

    (void)step;
    if (rc < 0)
        return rc;
    nse_rearm(walk);
    if (walk->setup->launch->inner_maps)
        nse_ask(walk, NSE_REPORT_INNER);
    return 0;
}

/* All bits but NO_CAP_AMBIENT_RAISE's, locked: id 0 and set-user-id programs mean nothing. */
#define SECURE_ALL                                                                                 \
    (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                               \
     SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |       \
     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* Bounding set and securebits first: they take CAP_SETPCAP. */
int nse_step_capabilities(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct nse_caps none = {0, 0, 0};
    struct nse_caps now;
    int rc;

    (void)step;
    rc = (int)nse_did(walk, "prctl(PR_CAPBSET_DROP)", nse_drop_bounding());
    if (rc == 0)
        rc = (int)nse_did(walk, "prctl(PR_SET_SECUREBITS)",
                          nse_prctl(PR_SET_SECUREBITS, SECURE_ALL));
    if (rc == 0)
        rc = (int)nse_did(walk, "prctl(PR_CAP_AMBIENT)", nse_clear_ambient());
    if (rc == 0)
        rc = (int)nse_did(walk, "capset", nse_capset(&none));
    if (rc == 0)
        rc = (int)nse_did(walk, "capget", nse_capget(&now));
    if (rc < 0)
        return rc;
    nse_rearm(walk);
    return now.effective | now.permitted | now.inheritable ? (int)nse_did(walk, "capset", -EPERM)
                                                           : 0;
}

int nse_step_no_new_privs(struct nse_walk *walk, const struct nse_step *step)
{
    (void)step;
    return (int)nse_did(walk, "prctl(PR_SET_NO_NEW_PRIVS)", nse_prctl(PR_SET_NO_NEW_PRIVS, 1));
}
