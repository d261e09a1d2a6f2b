/* Steps of the phases mounts and root. Sources are paths of the host, which stay reachable by name
 * until the root is left, although the new root lies over "/" by then: a path begins at the root of
 * the process, not at what is mounted there. Targets are found by tree.c. Runs in the first process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "fd.h"
#include "mount.h"
#include "node.h"
#include "setup.h"
#include "text.h"
#include "tree.h"

/* --- sources ------------------------------------------------------------------------------------ */

/* A detached copy of the tree at `source`, its mounts below included when `recursive`. */
static int copy_tree(struct nse_walk *walk, const char *source, int64_t attributes, int recursive)
{
    struct nse_mount_attr attr = {.attr_set = (uint64_t)attributes};
    int deep = recursive ? AT_RECURSIVE : 0, rc;
    int tree = (int)nse_did(
        walk, "open_tree",
        nse_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (unsigned)deep));

    if (tree < 0 || !attributes)
        return tree;
    rc = (int)nse_did(walk, "mount_setattr",
                      nse_mount_setattr(tree, "", (unsigned)(AT_EMPTY_PATH | deep), &attr));
    if (rc < 0) {
        nse_close(tree);
        return rc;
    }
    return tree;
}

/* The type of what a descriptor refers to, S_IF*, or -errno. */
static int type_of(struct nse_walk *walk, int fd)
{
    struct statx stat;
    int rc = nse_tree_stat(walk, fd, &stat);

    return rc < 0 ? rc : stat.stx_mode & S_IFMT;
}

/* Mounts the detached `tree` on `path`, which is made when missing; closes `tree` in any case. */
static int mount_at(struct nse_walk *walk, int tree, const char *path)
{
    int type = type_of(walk, tree), target, rc;

    target = type < 0 ? type : nse_tree_make(walk, path, type == S_IFDIR ? S_IFDIR : S_IFREG, 0755);
    if (target < 0) {
        nse_close(tree);
        return target;
    }
    rc = nse_tree_attach(walk, tree, target);
    nse_close(target);
    return rc;
}

/* --- the root ----------------------------------------------------------------------------------- */

/* First of all: nothing that is mounted from here on is seen outside, nor the other way round. */
int nse_step_private(struct nse_walk *walk, const struct nse_step *step)
{
    struct nse_mount_attr attr = {.propagation = NSE_MS_PRIVATE};

    (void)step;
    return (int)nse_did(walk, "mount_setattr",
                        nse_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr));
}

/* Puts a mount over the host's "/". Unbindable until nse_step_pivot(): a bind of the host's "/" would
 * else have a copy of it on top. */
static int stack_on_root(struct nse_walk *walk, int mount)
{
    int rc = nse_tree_propagate(walk, mount, NSE_MS_UNBINDABLE);

    if (rc < 0)
        return rc;
    walk->setup->stacked++;
    return (int)nse_did(walk, "move_mount",
                        nse_move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
}

/* Covers the host's "/" with the new root, whose descriptor is kept: no staging directory, which
 * somebody could prepare. */
static int take_root(struct nse_walk *walk, int mount)
{
    if (mount < 0)
        return mount;
    walk->setup->root = mount;
    return stack_on_root(walk, mount);
}

int nse_step_root_tmpfs(struct nse_walk *walk, const struct nse_step *step)
{
    int mount = nse_filesystem(walk, "tmpfs", nse_walk_text(walk, step, 0), step->size,
                               (unsigned)step->integers[0]);
    int rc = mount < 0 ? mount : nse_tree_own(walk, mount, 0);

    return rc < 0 ? rc : take_root(walk, mount);
}

int nse_step_root_bind(struct nse_walk *walk, const struct nse_step *step)
{
    return take_root(walk, copy_tree(walk, nse_walk_text(walk, step, 0), step->integers[0],
                                     (int)step->integers[1]));
}

int nse_step_root_overlay(struct nse_walk *walk, const struct nse_step *step)
{
    return take_root(walk, nse_filesystem(walk, "overlay", nse_walk_text(walk, step, 0), step->size,
                                          (unsigned)step->integers[0]));
}

/* The root is the top of its stack: behind ".." there is nothing else. */
static int check_root(struct nse_walk *walk)
{
    struct statx root, above;
    int rc = nse_tree_stat(walk, walk->setup->root, &root);

    if (rc == 0)
        rc = (int)nse_did(walk, "statx", nse_statx(AT_FDCWD, "/..", 0, &above));
    if (rc < 0)
        return rc;
    return root.stx_mnt_id == above.stx_mnt_id && root.stx_ino == above.stx_ino
               ? 0
               : (int)nse_did(walk, "umount2", -EBUSY);
}

/* pivot_root(2) with both at one place stacks the old root on the new; "." is then the top of that
 * stack. With the old root comes what lay between it and the new one, and each is detached, so that
 * nothing of the host stays, not even as a directory. */
int nse_step_pivot(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_tree_finish(walk), i;

    (void)step;
    if (rc == 0)
        rc = nse_tree_propagate(walk, walk->setup->root, NSE_MS_PRIVATE);
    if (rc == 0)
        rc = (int)nse_did(walk, "fchdir", nse_fchdir(walk->setup->root));
    if (rc == 0)
        rc = (int)nse_did(walk, "pivot_root", nse_pivot_root(".", "."));
    for (i = 0; rc == 0 && i < walk->setup->stacked; i++)
        rc = (int)nse_did(walk, "umount2", nse_umount(".", 2 /* MNT_DETACH */));
    if (rc == 0)
        rc = (int)nse_did(walk, "chdir", nse_chdir("/"));
    return rc < 0 ? rc : check_root(walk);
}

/* --- what is mounted below it ------------------------------------------------------------------- */

int nse_step_bind(struct nse_walk *walk, const struct nse_step *step)
{
    int tree =
        copy_tree(walk, nse_walk_text(walk, step, 0), step->integers[0], (int)step->integers[1]);

    return tree < 0 ? tree : mount_at(walk, tree, nse_walk_text(walk, step, 1));
}

int nse_step_filesystem(struct nse_walk *walk, const struct nse_step *step)
{
    const char *type = nse_walk_text(walk, step, 0), *target = nse_walk_text(walk, step, 1);
    int mount = nse_filesystem(walk, type, nse_walk_text(walk, step, 2), step->size,
                               (unsigned)step->integers[0]);
    int rc = 0;

    if (mount < 0)
        return mount;
    if (strcmp(type, "tmpfs") == 0)
        rc = nse_tree_own(walk, mount, 0);
    if (rc < 0) {
        nse_close(mount);
        return rc;
    }
    return mount_at(walk, mount, target);
}

int nse_step_directory(struct nse_walk *walk, const struct nse_step *step)
{
    int fd = nse_tree_make(walk, nse_walk_text(walk, step, 0), S_IFDIR, (mode_t)step->integers[0]);
    int type;

    if (fd < 0)
        return fd;
    type = type_of(walk, fd);
    nse_close(fd);
    if (type < 0)
        return type;
    return type == S_IFDIR ? 0 : (int)nse_did(walk, "mkdirat", -ENOTDIR);
}

int nse_step_symlink(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_tree_link(walk, nse_walk_text(walk, step, 0), nse_walk_text(walk, step, 1));
}

/* A mount becomes read-only where it is; what is none is covered by a read-only mount of itself. */
int nse_step_readonly(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct nse_mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int fd = nse_tree_find(walk, nse_walk_text(walk, step, 0)), tree = -1, rc;
    struct statx stat;

    if (fd < 0)
        return fd;
    rc = nse_tree_stat(walk, fd, &stat);
    if (rc == 0 && !(stat.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        tree = rc = (int)nse_did(
            walk, "open_tree",
            nse_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
    if (rc >= 0)
        rc = (int)nse_did(walk, "mount_setattr",
                          nse_mount_setattr(tree < 0 ? fd : tree, "", AT_EMPTY_PATH, &readonly));
    if (rc >= 0 && tree >= 0)
        rc = nse_tree_attach(walk, tree, fd);
    else if (tree >= 0)
        nse_close(tree);
    nse_close(fd);
    return rc;
}

/* --- files of our own --------------------------------------------------------------------------- */

/* A tmpfs between the old root and the new: files that are bound from it have no other name, and it
 * goes with the old root. Only what is mounted somewhere can be bound (before Linux 6.15). */
int nse_step_scratch(struct nse_walk *walk, const struct nse_step *step)
{
    int mount = nse_filesystem(walk, "tmpfs", "mode=700", sizeof("mode=700"),
                               MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);

    (void)step;
    if (mount < 0)
        return mount;
    walk->setup->scratch = mount;
    return stack_on_root(walk, mount);
}

static int write_all(struct nse_walk *walk, int fd, const char *data, size_t size)
{
    long n = 0;

    for (; size > 0; data += n, size -= (size_t)n) {
        n = nse_did(walk, "write", nse_write(fd, data, size));
        if (n < 0)
            return (int)n;
    }
    return 0;
}

/* A detached mount of a new file in the scratch. */
static int scratch_file(struct nse_walk *walk, const char *data, size_t size, mode_t mode)
{
    struct nse_text name;
    char digits[16];
    int fd, rc;

    if (walk->setup->scratch < 0)
        return (int)nse_did(walk, "openat", -ENOENT); /* the plan lacks the step scratch */
    nse_text_init(&name, digits, sizeof(digits));
    nse_text_add_number(&name, walk->setup->scratch_files++);
    fd = (int)nse_did(
        walk, "openat",
        nse_openat(walk->setup->scratch, digits, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd < 0)
        return fd;
    rc = write_all(walk, fd, data, size);
    nse_close(fd);
    if (rc == 0)
        rc = nse_tree_propagate(walk, walk->setup->scratch, NSE_MS_PRIVATE);
    if (rc < 0)
        return rc;
    fd = (int)nse_did(
        walk, "open_tree",
        nse_open_tree(walk->setup->scratch, digits, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    rc = fd < 0 ? fd : nse_tree_propagate(walk, walk->setup->scratch, NSE_MS_UNBINDABLE);
    if (rc < 0 && fd >= 0)
        nse_close(fd);
    return rc < 0 ? rc : fd;
}

int nse_step_file(struct nse_walk *walk, const struct nse_step *step)
{
    int tree =
        scratch_file(walk, nse_walk_text(walk, step, 1), step->size, (mode_t)step->integers[0]);

    return tree < 0 ? tree : mount_at(walk, tree, nse_walk_text(walk, step, 0));
}

/* Covers a directory by an empty one and a file by an empty one, which nobody may read or change.
 * What is not there need not be hidden. */
int nse_step_mask(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct nse_mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int target = nse_tree_find(walk, nse_walk_text(walk, step, 0)), type, tree, rc;

    if (target == -ENOENT)
        return 0;
    if (target >= 0)
        target = nse_tree_refuse_root(walk, target);
    if (target < 0)
        return target;
    type = type_of(walk, target);
    if (type == S_IFDIR)
        tree = nse_filesystem(walk, "tmpfs", "mode=0", sizeof("mode=0"),
                              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    else
        tree = type < 0 ? type : scratch_file(walk, "", 0, 0);
    rc = tree < 0 ? tree
                  : (int)nse_did(walk, "mount_setattr",
                                 nse_mount_setattr(tree, "", AT_EMPTY_PATH, &readonly));
    if (rc >= 0)
        rc = nse_tree_attach(walk, tree, target);
    else if (tree >= 0)
        nse_close(tree);
    nse_close(target);
    return rc;
}
