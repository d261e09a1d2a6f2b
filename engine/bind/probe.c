/* Finds out by trying what this host lets an ordinary user do, in a child, so that nothing of the
 * caller changes. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "fd.h"
#include "idmap.h"
#include "mount.h"
#include "node.h"
#include "ns.h"
#include "process.h"

/* --- in the child ------------------------------------------------------------------------------- */

static int become_ordinary(const struct nse_ids *ids)
{
    int rc;

    if (ids->effective != 0)
        return 0;
    rc = nse_setgroups(0, NULL);
    if (rc == 0)
        rc = nse_setresgid(NSE_NOBODY, NSE_NOBODY, NSE_NOBODY);
    if (rc == 0)
        rc = nse_setresuid(NSE_NOBODY, NSE_NOBODY, NSE_NOBODY);
    /* Changing ids cleared the dumpable flag, so our files below /proc are root's. */
    if (rc == 0)
        rc = nse_prctl(PR_SET_DUMPABLE, 1);
    return rc;
}

static int try_user(const struct nse_ids *ids, const struct nse_ids *groups)
{
    struct nse_id_range uid = {0, ids->effective ? ids->effective : NSE_NOBODY, 1};
    struct nse_id_range gid = {0, ids->effective ? groups->effective : NSE_NOBODY, 1};
    struct nse_idmaps maps = {.uid = &uid, .gid = &gid, .uid_count = 1, .gid_count = 1};
    struct nse_idmap_error error;
    int rc = nse_unshare(CLONE_NEWUSER);

    return rc < 0 ? rc : nse_idmap_write(0, &maps, &error);
}

/* Leaves a tmpfs as the working directory, for try_overlay(). It is mounted over the root, the one
 * directory that always exists. Absolute paths still mean what they meant; a ".." that comes back
 * to the root continues at the top of what is mounted there. */
static int try_mount(void)
{
    int rc = nse_unshare(CLONE_NEWNS);

    if (rc == 0)
        rc = nse_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (rc == 0)
        rc = nse_mount("tmpfs", "/", "tmpfs", 0, "size=1m");
    return rc == 0 ? nse_chdir("/..") : rc;
}

static int try_overlay(void)
{
    static const char *const names[] = {"lower", "upper", "work", "merged"};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < sizeof(names) / sizeof(names[0]); i++)
        rc = nse_mkdir(AT_FDCWD, names[i], 0700);
    if (rc == 0)
        rc = nse_mount("overlay", "merged", "overlay", 0,
                       "userxattr,lowerdir=lower,upperdir=upper,workdir=work");
    return rc;
}

/* Only a process in the pid namespace can mount its proc: a child of the child, whose exit status
 * is the errno. */
static int try_proc(void)
{
    struct nse_clone how = {.flags = CLONE_NEWPID, .cgroup = -1};
    struct nse_ending ending;
    int pidfd;
    pid_t pid = nse_clone(&how, &pidfd);
    int rc;

    if (pid < 0)
        return pid;
    if (pid == 0)
        nse_exit(-nse_mount("proc", "/proc", "proc", 0, NULL));
    rc = nse_wait_pidfd(pidfd, 0, &ending);
    return rc < 0 ? rc : ending.signal ? -EINTR : -ending.code;
}

static void try_all(const struct nse_ids *ids, const struct nse_ids *groups,
                    struct nse_unprivileged *found)
{
    *found = (struct nse_unprivileged){-ECANCELED, -ECANCELED, -ECANCELED, -ECANCELED, -ECANCELED};
    found->user = become_ordinary(ids);
    if (found->user == 0)
        found->user = try_user(ids, groups);
    if (found->user < 0)
        return;
    found->network = nse_unshare(CLONE_NEWNET);
    found->mount = try_mount();
    if (found->mount < 0)
        return;
    found->overlay = try_overlay();
    found->proc = try_proc();
}

/* --- in the caller ------------------------------------------------------------------------------ */

static int collect(int pidfd, int pipe, struct nse_unprivileged *ret_found)
{
    struct nse_ending ending;
    long n;
    int rc;

    do
        n = nse_read(pipe, ret_found, sizeof(*ret_found));
    while (n == -EINTR);
    do
        rc = nse_wait_pidfd(pidfd, 0, &ending);
    while (rc == -EINTR);
    if (rc < 0 || n < 0)
        return rc < 0 ? rc : (int)n;
    return n == (long)sizeof(*ret_found) ? 0 : -EPROTO;
}

int nse_probe_unprivileged(struct nse_unprivileged *ret_found)
{
    struct nse_clone how = {.flags = 0, .cgroup = -1};
    struct nse_unprivileged found;
    struct nse_ids ids, groups;
    int fds[2] = {-1, -1}, pidfd = -1;
    pid_t pid;
    int rc = nse_getresuid(&ids);

    if (rc == 0)
        rc = nse_getresgid(&groups);
    if (rc == 0)
        rc = nse_pipe(fds, 0);
    if (rc < 0)
        return rc;
    pid = nse_clone(&how, &pidfd);
    if (pid == 0) {
        try_all(&ids, &groups, &found);
        nse_exit(nse_write(fds[1], &found, sizeof(found)) == (long)sizeof(found) ? 0 : 1);
    }
    nse_close(fds[1]);
    rc = pid < 0 ? pid : collect(pidfd, fds[0], ret_found);
    nse_close(fds[0]);
    if (pid > 0)
        nse_close(pidfd);
    return rc;
}
