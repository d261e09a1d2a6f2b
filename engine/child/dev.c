/* The step dev: a private /dev. Each device is bound from the host and checked to be what its name
 * says (CVE-2025-31133: a /dev/null that was something else). Runs in the first process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/stat.h>

#include "fd.h"
#include "mount.h"
#include "node.h"
#include "setup.h"
#include "text.h"
#include "tree.h"

/* The kernel's admin-guide/devices.txt. */
static const struct device {
    const char *path, *name;
    unsigned int major, minor;
} devices[] = {
    {"/dev/null", "null", 1, 3},
    {"/dev/zero", "zero", 1, 5},
    {"/dev/full", "full", 1, 7},
    {"/dev/random", "random", 1, 8},
    {"/dev/urandom", "urandom", 1, 9},
    {"/dev/tty", "tty", 5,
     0}, /* whoever opens it gets the controlling terminal of its own session */
};

static const struct link {
    const char *text, *name;
} links[] = {
    {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
    {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"},
};

/* An empty file to mount on, in the working directory, which is our tmpfs. */
static int make_node(struct nse_walk *walk, const char *name)
{
    return nse_did(walk, "mknodat", nse_mknod(AT_FDCWD, name, S_IFREG | 0600, 0));
}

/* mount(2) by name is safe here, since nobody else can change either name. It is one call, where
 * descriptors would take three. */
static int put_device(struct nse_walk *walk, const struct device *device)
{
    struct statx stat = {0};
    int rc = make_node(walk, device->name);

    if (rc == 0)
        rc = nse_did(walk, "mount(MS_BIND)",
                     nse_mount(device->path, device->name, NULL, MS_BIND, NULL));
    if (rc == 0)
        rc = nse_did(walk, "statx", nse_statx(AT_FDCWD, device->name, 0, &stat));
    if (rc < 0)
        return rc;
    return (stat.stx_mode & S_IFMT) == S_IFCHR && stat.stx_rdev_major == device->major &&
                   stat.stx_rdev_minor == device->minor
               ? 0
               : nse_did(walk, "statx", -ENODEV);
}

/* A devpts instance of its own: terminals made inside do not exist outside. */
static int put_pts(struct nse_walk *walk)
{
    int rc = nse_did(walk, "mkdirat", nse_mkdir(AT_FDCWD, "pts", 0755));

    if (rc < 0)
        return rc;
    return nse_did(
        walk, "mount",
        nse_mount("devpts", "pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620,max=256"));
}

/* The caller's descriptor that becomes the payload's 0. */
static int standard_input(const struct nse_launch *launch)
{
    size_t i = 0;

    while (i < launch->fd_count && launch->fds[i].number != 0)
        i++;
    return i < launch->fd_count ? launch->fds[i].source : -1;
}

/* The payload's terminal lies in the host's devpts; ttyname(3) finds it as /dev/console. If it has
 * no name, or one that is another's by now, there is no console. */
static int put_console(struct nse_walk *walk)
{
    int input = standard_input(walk->setup->launch);
    char link[32], path[PATH_MAX];
    struct statx wanted = {0}, found = {0};
    struct nse_text text;
    long length;
    int tree, rc;

    nse_text_init(&text, link, sizeof(link));
    nse_text_add(&text, "/proc/self/fd/");
    nse_text_add_number(&text, input);
    length = nse_readlink(AT_FDCWD, link, path, sizeof(path) - 1);
    if (length < 0 || path[0] != '/')
        return 0;
    path[length] = '\0';
    tree = nse_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (tree < 0)
        return 0;
    rc = nse_tree_stat(walk, input, &wanted);
    if (rc == 0)
        rc = nse_tree_stat(walk, tree, &found);
    /* The same inode: terminals of two instances of devpts have the same device numbers. */
    if (rc < 0 || found.stx_ino != wanted.stx_ino || found.stx_dev_major != wanted.stx_dev_major ||
        found.stx_dev_minor != wanted.stx_dev_minor) {
        nse_close(tree);
        return rc;
    }
    rc = make_node(walk, "console");
    if (rc == 0)
        rc = nse_did(walk, "move_mount",
                     nse_move_mount(tree, "", AT_FDCWD, "console", MOVE_MOUNT_F_EMPTY_PATH));
    nse_close(tree);
    return rc;
}

static int fill(struct nse_walk *walk)
{
    size_t i;
    int rc;

    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if ((rc = put_device(walk, &devices[i])) < 0)
            return rc;
    for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        rc = nse_did(walk, "symlinkat", nse_symlink(links[i].text, AT_FDCWD, links[i].name));
        if (rc < 0)
            return rc;
    }
    rc = put_pts(walk);
    if (rc == 0)
        rc = nse_did(walk, "mkdirat", nse_mkdir(AT_FDCWD, "shm", 01777));
    if (rc == 0 && walk->setup->launch->command.terminal)
        rc = put_console(walk);
    return rc;
}

/* Fills the mount `dir` from within, as the working directory. The devices come with the flags of
 * the host's mounts, and get ours in addition. */
static int fill_from_within(struct nse_walk *walk, int dir)
{
    static const struct nse_mount_attr attributes = {
        .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
    };
    int rc = nse_did(walk, "fchdir", nse_fchdir(dir));

    if (rc == 0)
        rc = fill(walk);
    if (rc == 0)
        rc = nse_did(walk, "mount_setattr",
                     nse_mount_setattr(dir, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes));
    return rc < 0 ? rc : nse_did(walk, "chdir", nse_chdir("/"));
}

/* {path, uid, gid, size in bytes}. */
int nse_step_dev(struct nse_walk *walk, const struct nse_step *step)
{
    char options[128];
    struct nse_text text;
    int mount, target, rc;

    nse_text_init(&text, options, sizeof(options));
    nse_tree_add_option(&text, "size=", step->integers[2]); /* /dev/shm is in it */
    nse_tree_add_option(&text, "nr_inodes=", 16 << 10);     /* names fill the kernel's memory */
    nse_tree_add_option(&text, "mode=", 755);
    nse_tree_add_option(&text, "uid=", step->integers[0]);
    nse_tree_add_option(&text, "gid=", step->integers[1]);
    mount =
        nse_filesystem(walk, "tmpfs", options, text.used, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        return mount;
    rc = nse_tree_own(walk, mount, 0);
    target = rc < 0 ? rc : nse_tree_make(walk, nse_walk_text(walk, step, 0), S_IFDIR, 0755);
    if (target < 0) {
        nse_close(mount);
        return target;
    }
    rc = nse_did(walk, "move_mount", nse_attach(mount, target));
    nse_close(target);
    if (rc == 0)
        rc = fill_from_within(walk, mount);
    nse_close(mount);
    return rc;
}
