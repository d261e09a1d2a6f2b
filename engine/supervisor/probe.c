/* Finds out by trying what this kernel has and what it lets an ordinary user do. Runs in the
 * caller's process; namespaces are tried in a child, so that nothing of the caller changes. */
#include "probe.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "call.h"
#include "fd.h"
#include "idmap.h"
#include "mount.h"
#include "node.h"
#include "ns.h"
#include "proc.h"
#include "process.h"
#include "uapi.h"

#include <fcntl.h>

const struct nse_probe_call nse_probe_calls[] = {
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"fsopen", SYS_fsopen},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset},
    {"listmount", SYS_listmount},
    {"listns", SYS_listns},
    {"mount_setattr", SYS_mount_setattr},
    {"move_mount", SYS_move_mount},
    {"open_tree", SYS_open_tree},
    {"open_tree_attr", SYS_open_tree_attr},
    {"openat2", SYS_openat2},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"statmount", SYS_statmount},
};
const size_t nse_probe_call_count = sizeof(nse_probe_calls) / sizeof(nse_probe_calls[0]);

int nse_probe_has_call(const struct nse_probe_call *call)
{
    /* -1 is a bad descriptor, pointer and size and an unknown flag for all of the above. */
    return nse_call(call->number, -1, -1, -1, -1, -1, -1) != -ENOSYS;
}

const struct nse_probe_seccomp nse_probe_seccomps[] = {
    {"filter", 0, 0},
    {"kill_process", SECCOMP_RET_KILL_PROCESS, 0},
    {"log", SECCOMP_RET_LOG, 0},
    {"log_flag", 0, SECCOMP_FILTER_FLAG_LOG},
    {"notify", SECCOMP_RET_USER_NOTIF, 0},
    {"tsync", 0, SECCOMP_FILTER_FLAG_TSYNC},
    {"wait_killable", 0, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};
const size_t nse_probe_seccomp_count = sizeof(nse_probe_seccomps) / sizeof(nse_probe_seccomps[0]);

int nse_probe_has_seccomp(const struct nse_probe_seccomp *part)
{
    if (part->action)
        return nse_call(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &part->action) == 0;
    /* The kernel checks the flags before it reads the program, which is NULL. */
    return nse_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, part->flags, NULL) == -EFAULT;
}

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
