/* Credentials: groups, ids, the second user namespace, capabilities, no_new_privs. Ids and
 * capabilities are read back, since a set-up that only looks confined is the worst failure. Runs in
 * the first process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "call.h"
#include "caps.h"
#include "fd.h"
#include "ident.h"
#include "ns.h"
#include "process.h"
#include "setup.h"
#include "vmclone.h"

#define GROUPS_MAX 1024

int nse_step_setgroups(struct nse_walk *walk, const struct nse_step *step)
{
    gid_t groups[GROUPS_MAX];
    size_t count = step->size / sizeof(gid_t);

    if (count > GROUPS_MAX)
        return nse_did(walk, "setgroups", -EINVAL);
    memcpy(groups, nse_walk_text(walk, step, 0), count * sizeof(gid_t));
    return nse_did(walk, "setgroups", nse_setgroups(count, groups));
}

static int is_all(const struct nse_ids *ids, unsigned int id)
{
    return ids->real == id && ids->effective == id && ids->saved == id;
}

/* Later steps need the capabilities, and drop them: SECBIT_NO_SETUID_FIXUP keeps them when uid 0 is
 * left. The gid comes first, because it takes CAP_SETGID. */
int nse_step_ids(struct nse_walk *walk, const struct nse_step *step)
{
    uid_t uid = (uid_t)step->integers[0];
    gid_t gid = (gid_t)step->integers[1];
    struct nse_ids uids = {0}, gids = {0};
    int rc;

    rc = nse_did(walk, "prctl(PR_SET_SECUREBITS)",
                 nse_prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
    if (rc < 0)
        return rc;
    rc = nse_did(walk, "setresgid", nse_setresgid(gid, gid, gid));
    if (rc < 0)
        return rc;
    rc = nse_did(walk, "setresuid", nse_setresuid(uid, uid, uid));
    if (rc < 0)
        return rc;
    nse_rearm(walk);
    rc = nse_did(walk, "getresuid", nse_getresuid(&uids));
    if (rc == 0)
        rc = nse_did(walk, "getresgid", nse_getresgid(&gids));
    if (rc < 0)
        return rc;
    return is_all(&uids, uid) && is_all(&gids, gid) ? 0 : nse_did(walk, "setresuid", -EPERM);
}

/* A payload that keeps capabilities could become any user that its namespace maps, so that maps
 * only its own. The set-up is then done as that user too. */
int nse_step_become(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_step_ids(walk, step);
}

/* --- the second user namespace ------------------------------------------------------------------ */

/* A helper that stays in the first user namespace: only from there, with CAP_SETUID, can the
 * second's maps be written (kernel/user_namespace.c). It shares our memory and exits after two
 * writes. */
struct mapper {
    const struct nse_launch *launch;
    int proc;
    int go[2];     /* a byte: the namespace exists; EOF: it never will */
    int answer[2]; /* its result, 0 or -errno */
};

static int write_map(int proc, const char *name, const char *text)
{
    return nse_write_and_close(nse_openat(proc, name, O_WRONLY, 0), text, strlen(text));
}

static void map(void *data)
{
    const struct mapper *mapper = data;
    char word;
    int rc;

    nse_close(mapper->go[1]);
    if (nse_read(mapper->go[0], &word, 1) != 1)
        nse_exit(125);
    rc = write_map(mapper->proc, "gid_map", mapper->launch->inner_gid_map);
    if (rc == 0)
        rc = write_map(mapper->proc, "uid_map", mapper->launch->inner_uid_map);
    nse_write(mapper->answer[1], &rc, sizeof(rc));
    nse_exit(0);
}

/* Wakes the mapper and reads its answer. Our write end is closed first, so EOF means it died. */
static int finish_mapper(struct nse_walk *walk, const struct mapper *mapper)
{
    int answer = -EIO;
    int n = nse_did(walk, "write", nse_write(mapper->go[1], "", 1));

    nse_close(mapper->answer[1]);
    if (n < 0)
        return n;
    do
        n = nse_did(walk, "read", nse_read(mapper->answer[0], &answer, sizeof(answer)));
    while (n == -EINTR);
    if (n < 0)
        return n;
    return nse_did(walk, "write uid_map", n == (int)sizeof(answer) ? answer : -ECANCELED);
}

/* With SIGCHLD ignored nobody reaps the mapper, so its usage is added to nobody's: it shares the
 * caller's memory, whose size would count as the payload's peak. waitid(2) waits until it is dead,
 * then fails with ECHILD. It waits for this pid only: a setup function may have left other
 * children. A dead process counts in its cgroup, against the payload's limit, until its pid is
 * free. */
static int await_mapper(pid_t pid)
{
    struct nse_ending ending;
    int rc;

    do
        rc = nse_wait_pid(pid, 0, &ending);
    while (rc == -EINTR);
    while (rc < 0 && nse_kill(pid, 0) == 0)
        nse_call(SYS_sched_yield);
    return rc == -ECHILD ? nse_default_signal(SIGCHLD) : rc < 0 ? rc : -EPROTO;
}

static int unshare_beside(struct nse_walk *walk, struct mapper *mapper)
{
    static const struct nse_clone how = {.cgroup = -1};
    _Alignas(16) char stack[16 << 10];
    int rc = nse_did(walk, "rt_sigaction", nse_ignore_signal(SIGCHLD)), ended;
    pid_t pid;

    if (rc < 0)
        return rc;
    pid = nse_did(walk, "clone3", nse_vmclone(&how, stack, sizeof(stack), map, mapper, NULL));
    if (pid < 0)
        return pid;
    rc = nse_did(walk, "unshare(CLONE_NEWUSER)", nse_unshare(CLONE_NEWUSER));
    if (rc == 0)
        rc = finish_mapper(walk, mapper);
    nse_close(mapper->go[1]);
    ended = await_mapper(pid); /* even on failure: it runs on our stack */
    return rc < 0 ? rc : nse_did(walk, "waitid", ended);
}

/* nse_step_stdio() closes the pipes. */
static int enter_mapped(struct nse_walk *walk)
{
    struct mapper mapper = {.launch = walk->setup->launch, .proc = walk->setup->proc};
    int rc = nse_did(walk, "pipe2", nse_pipe(mapper.go, 0));

    if (rc == 0)
        rc = nse_did(walk, "pipe2", nse_pipe(mapper.answer, 0));
    return rc < 0 ? rc : unshare_beside(walk, &mapper);
}

/* The mounts belong to the first user namespace. Capabilities in the second cannot remove one or
 * make a read-only one writable, mount_namespaces(7). */
int nse_step_userns(struct nse_walk *walk, const struct nse_step *step)
{
    int rc;

    (void)step;
    if (walk->setup->launch->inner_uid_map)
        rc = enter_mapped(walk);
    else
        rc = nse_did(walk, "unshare(CLONE_NEWUSER)", nse_unshare(CLONE_NEWUSER));
    if (rc == 0)
        nse_rearm(walk);
    return rc;
}

/* --- capabilities ------------------------------------------------------------------------------- */

/* {kept, securebits, 1: the bounding set may stay}. The bounding set and securebits come first,
 * because they take CAP_SETPCAP. An ordinary user without a user namespace lacks it, but needs no
 * bounding set: under no_new_privs exec grants nothing. */
int nse_step_capabilities(struct nse_walk *walk, const struct nse_step *step)
{
    uint64_t kept = (uint64_t)step->integers[0];
    const struct nse_caps wanted = {kept, kept, kept};
    struct nse_caps now = {0};
    int rc;

    if (!step->integers[2]) {
        rc = nse_did(walk, "prctl(PR_CAPBSET_DROP)", nse_drop_bounding(kept));
        if (rc == 0)
            rc = nse_did(walk, "prctl(PR_SET_SECUREBITS)",
                         nse_prctl(PR_SET_SECUREBITS, (unsigned long)step->integers[1]));
        if (rc < 0)
            return rc;
    }
    rc = nse_did(walk, "capset", nse_capset(&wanted));
    if (rc == 0)
        rc = nse_did(walk, "prctl(PR_CAP_AMBIENT)", nse_set_ambient(kept));
    if (rc == 0)
        rc = nse_did(walk, "capget", nse_capget(&now));
    if (rc < 0)
        return rc;
    nse_rearm(walk);
    return now.effective == kept && now.permitted == kept && now.inheritable == kept
               ? 0
               : nse_did(walk, "capset", -EPERM);
}

/* {0: the recipe asked for working set-user-ID programs}. */
int nse_step_no_new_privs(struct nse_walk *walk, const struct nse_step *step)
{
    if (!step->integers[0])
        return 0;
    return nse_did(walk, "prctl(PR_SET_NO_NEW_PRIVS)", nse_prctl(PR_SET_NO_NEW_PRIVS, 1));
}
