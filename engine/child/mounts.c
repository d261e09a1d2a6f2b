/* Steps of the phases mounts and root. Sources are host paths, which stay valid until the root is
 * left: see nse_step_scratch(). tree.c finds the targets. Runs in the first process. */
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
#include "uapi.h"

/* --- sources ------------------------------------------------------------------------------------ */

enum { BIND_RECURSIVE = 1, BIND_NO_LINKS = 2 }; /* the last integer of bind and root_bind */

/* Opens a source that others may write to. No symlink on the way is followed: one planted after the
 * path was checked could lead anywhere. */
static int open_source(struct nse_walk *walk, const char *source)
{
    static const struct open_how how = {
        .flags = O_PATH,
        .resolve = RESOLVE_NO_SYMLINKS,
    };

    return nse_did(walk, "openat2(RESOLVE_NO_SYMLINKS)", nse_openat2(AT_FDCWD, source, &how));
}

/* A detached copy of the tree at `source`, or of the mount alone. */
static int clone_tree(struct nse_walk *walk, const char *source, int64_t how, unsigned int deep)
{
    unsigned int flags = OPEN_TREE_CLONE | deep;
    int place, tree;

    if (!(how & BIND_NO_LINKS))
        return nse_did(walk, "open_tree", nse_open_tree(AT_FDCWD, source, flags));
    place = open_source(walk, source);
    if (place < 0)
        return place;
    tree = nse_did(walk, "open_tree", nse_open_tree(place, "", flags | AT_EMPTY_PATH));
    nse_close(place);
    return tree;
}

/* The same with attributes set: a bind. */
static int copy_tree(struct nse_walk *walk, const char *source, int64_t attributes, int64_t how)
{
    struct nse_mount_attr attr = {.attr_set = (uint64_t)attributes};
    unsigned int deep = how & BIND_RECURSIVE ? AT_RECURSIVE : 0;
    int tree = clone_tree(walk, source, how, deep), rc;

    if (tree < 0 || !attributes)
        return tree;
    rc = nse_did(walk, "mount_setattr", nse_mount_setattr(tree, "", AT_EMPTY_PATH | deep, &attr));
    if (rc < 0) {
        nse_close(tree);
        return rc;
    }
    return tree;
}

/* The file type, S_IF*, behind a descriptor; or -errno. */
static int type_of(struct nse_walk *walk, int fd)
{
    struct statx stat;
    int rc = nse_tree_stat(walk, fd, &stat);

    return rc < 0 ? rc : stat.stx_mode & S_IFMT;
}

/* Mounts the detached `tree` on `path`, creating it if missing. Closes `tree` in any case. */
static int mount_at(struct nse_walk *walk, int tree, const char *path)
{
    int type = type_of(walk, tree);

    return nse_tree_attach(walk, tree,
                           type < 0 ? type : nse_tree_make(walk, path, (mode_t)type, 0755));
}

/* --- the root ----------------------------------------------------------------------------------- */

/* Must come first: from here on no mount propagates to the host or from it. */
int nse_step_private(struct nse_walk *walk, const struct nse_step *step)
{
    struct nse_mount_attr attr = {.propagation = MS_PRIVATE};

    (void)step;
    return nse_did(walk, "mount_setattr", nse_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr));
}

/* The size of the plan's files, in pages of 64 KiB, the largest there are. The payload may write to
 * the files, and must not fill the memory that way. */
static long long files_size(const struct nse_walk *walk)
{
    long long page = 64 << 10, size = page;
    uint32_t i;

    for (i = 0; i < walk->block->count; i++)
        if (walk->block->steps[i].kind == NSE_STEP_file)
            size += (walk->block->steps[i].size + page - 1) / page * page;
    return size;
}

/* A detached tmpfs for scratch files, just large enough for those of the plan. */
static int make_scratch(struct nse_walk *walk)
{
    char options[48];
    struct nse_text text;

    nse_text_init(&text, options, sizeof(options));
    nse_tree_add_option(&text, "size=", files_size(walk));
    nse_tree_add_option(&text, "mode=", 700);
    return nse_filesystem(walk, "tmpfs", options, text.used, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Makes a tmpfs the root of the namespace. It holds the host's tree in its directory "host"; the
 * new root will be mounted beside that, in "root". So there is no staging directory on the host
 * that somebody could prepare. The process is chrooted into the host's tree, so that host paths
 * mean the same as outside. Mounting the new root over "/" would break that: a ".." that comes back
 * to "/" continues at the top of what is mounted there (fs/namei.c, step_into()). A link such as
 * /etc/os-release, to ../usr/lib/os-release, would lead into the new root, and a link in an
 * untrusted tree could lead back out of it. */
int nse_step_scratch(struct nse_walk *walk, const struct nse_step *step)
{
    int mount = make_scratch(walk), rc;

    (void)step;
    if (mount < 0)
        return mount;
    walk->setup->scratch = mount;
    rc = nse_did(walk, "mkdirat", nse_mkdir(mount, "host", 0700));
    if (rc == 0)
        rc = nse_did(walk, "mkdirat", nse_mkdir(mount, "root", 0700));
    if (rc == 0)
        rc = nse_did(walk, "move_mount",
                     nse_move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
    if (rc == 0)
        rc = nse_did(walk, "fchdir", nse_fchdir(mount));
    if (rc == 0)
        rc = nse_did(walk, "pivot_root", nse_pivot_root(".", "host"));
    if (rc == 0)
        rc = nse_did(walk, "chroot", nse_chroot("host"));
    if (rc == 0)
        rc = nse_did(walk, "chdir", nse_chdir("/"));
    return rc;
}

/* Mounts the new root beside the host's tree and keeps its descriptor. */
static int take_root(struct nse_walk *walk, int mount)
{
    int place, rc;

    if (mount < 0)
        return mount;
    walk->setup->root = mount;
    place =
        nse_did(walk, "openat", nse_openat(walk->setup->scratch, "root", O_PATH | O_NOFOLLOW, 0));
    if (place < 0)
        return place;
    rc = nse_did(walk, "move_mount", nse_attach(mount, place));
    nse_close(place);
    return rc;
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
    return take_root(
        walk, copy_tree(walk, nse_walk_text(walk, step, 0), step->integers[0], step->integers[1]));
}

int nse_step_root_overlay(struct nse_walk *walk, const struct nse_step *step)
{
    return take_root(walk, nse_filesystem(walk, "overlay", nse_walk_text(walk, step, 0), step->size,
                                          (unsigned)step->integers[0]));
}

/* Checks that the root is the top of its stack, with nothing else behind "..". */
static int check_root(struct nse_walk *walk)
{
    struct statx root, above = {0};
    int rc = nse_tree_stat(walk, walk->setup->root, &root);

    if (rc == 0)
        rc = nse_did(walk, "statx", nse_statx(AT_FDCWD, "/..", 0, &above));
    if (rc < 0)
        return rc;
    return root.stx_mnt_id == above.stx_mnt_id && root.stx_ino == above.stx_ino
               ? 0
               : nse_did(walk, "umount2", -EBUSY);
}

/* pivot_root(".", ".") stacks the old root on the new one, pivot_root(2). "." is then the top of
 * that stack: the scratch. Detaching it takes the host's tree along; not even a directory stays. */
int nse_step_pivot(struct nse_walk *walk, const struct nse_step *step)
{
    int rc = nse_tree_finish(walk);

    (void)step;
    if (rc == 0)
        rc = nse_did(walk, "fchdir", nse_fchdir(walk->setup->scratch));
    if (rc == 0)
        rc = nse_did(walk, "chroot", nse_chroot("."));
    if (rc == 0)
        rc = nse_did(walk, "fchdir", nse_fchdir(walk->setup->root));
    if (rc == 0)
        rc = nse_did(walk, "pivot_root", nse_pivot_root(".", "."));
    if (rc == 0)
        rc = nse_did(walk, "umount2", nse_umount(".", MNT_DETACH));
    if (rc == 0)
        rc = nse_did(walk, "chdir", nse_chdir("/"));
    return rc < 0 ? rc : check_root(walk);
}

/* --- what is mounted below it ------------------------------------------------------------------- */

int nse_step_bind(struct nse_walk *walk, const struct nse_step *step)
{
    int tree = copy_tree(walk, nse_walk_text(walk, step, 0), step->integers[0], step->integers[1]);

    return tree < 0 ? tree : mount_at(walk, tree, nse_walk_text(walk, step, 1));
}

static int keep_procfs(struct nse_walk *walk, int mount, const char *target)
{
    int copy = nse_did(walk, "fcntl(F_DUPFD_CLOEXEC)", nse_dup(mount, 3));

    if (copy < 0)
        return copy;
    if (walk->setup->procfs >= 0)
        nse_close(walk->setup->procfs);
    walk->setup->procfs = copy;
    walk->setup->procfs_target = target;
    return 0;
}

/* Whether `path` lies in the procfs that was mounted last. */
static int in_procfs(const struct nse_walk *walk, const char *path)
{
    const char *target = walk->setup->procfs_target;
    size_t length = target ? strlen(target) : 0;

    return length && strncmp(path, target, length) == 0 && path[length] == '/' && path[length + 1];
}

static const struct open_how below_procfs = {
    .flags = O_PATH,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
};

/* Finds `path`. A path in our own procfs is looked up from its descriptor: a link in an untrusted
 * tree on the way to it may have changed meanwhile, and /proc/sys would stay writable. */
static int find_place(struct nse_walk *walk, const char *path)
{
    if (!in_procfs(walk, path))
        return nse_tree_find(walk, path);
    path += strlen(walk->setup->procfs_target) + 1;
    return nse_did(walk, "openat2", nse_openat2(walk->setup->procfs, path, &below_procfs));
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
    else if (strcmp(type, "proc") == 0)
        rc = keep_procfs(walk, mount, target);
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
    return type == S_IFDIR ? 0 : nse_did(walk, "mkdirat", -ENOTDIR);
}

int nse_step_symlink(struct nse_walk *walk, const struct nse_step *step)
{
    return nse_tree_link(walk, nse_walk_text(walk, step, 0), nse_walk_text(walk, step, 1));
}

/* A mount is made read-only in place. Anything else is covered by a read-only bind of itself. */
int nse_step_readonly(struct nse_walk *walk, const struct nse_step *step)
{
    static const struct nse_mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int fd = find_place(walk, nse_walk_text(walk, step, 0)), tree = -1, rc;
    struct statx stat;

    if (fd < 0)
        return fd;
    rc = nse_tree_stat(walk, fd, &stat);
    if (rc == 0 && !(stat.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        tree = rc =
            nse_did(walk, "open_tree", nse_open_tree(fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
    if (rc >= 0)
        rc = nse_did(walk, "mount_setattr",
                     nse_mount_setattr(tree < 0 ? fd : tree, "", AT_EMPTY_PATH, &readonly));
    if (rc == 0 && tree >= 0)
        return nse_tree_attach(walk, tree, fd);
    nse_close_end(&tree);
    nse_close(fd);
    return rc;
}

/* --- files of our own --------------------------------------------------------------------------- */

static int write_all(struct nse_walk *walk, int fd, const char *data, size_t size)
{
    int n = 0;

    for (; size > 0; data += n, size -= (size_t)n) {
        n = nse_did(walk, "write", nse_write(fd, data, size));
        if (n < 0)
            return n;
    }
    return 0;
}

/* Creates the file of a step, {mode, uid, gid}, in the scratch: a detached mount of it. */
static int scratch_file(struct nse_walk *walk, const struct nse_step *step)
{
    struct nse_text name;
    char digits[16];
    int fd, rc;

    if (walk->setup->scratch < 0)
        return nse_did(walk, "openat", -ENOENT); /* the plan lacks the step scratch */
    nse_text_init(&name, digits, sizeof(digits));
    nse_text_add_number(&name, walk->setup->scratch_files++);
    fd = nse_did(walk, "openat",
                 nse_openat(walk->setup->scratch, digits, O_WRONLY | O_CREAT | O_EXCL,
                            (mode_t)step->integers[0]));
    if (fd < 0)
        return fd;
    rc = write_all(walk, fd, nse_walk_text(walk, step, 1), step->size);
    if (rc == 0)
        rc = nse_did(
            walk, "fchownat",
            nse_chown(fd, "", (uid_t)step->integers[1], (gid_t)step->integers[2], AT_EMPTY_PATH));
    nse_close(fd);
    if (rc < 0)
        return rc;
    return nse_did(walk, "open_tree", nse_open_tree(walk->setup->scratch, digits, OPEN_TREE_CLONE));
}

int nse_step_file(struct nse_walk *walk, const struct nse_step *step)
{
    int tree = scratch_file(walk, step);

    return tree < 0 ? tree : mount_at(walk, tree, nse_walk_text(walk, step, 0));
}

/* --- hiding ------------------------------------------------------------------------------------- */

static const struct nse_mount_attr hidden = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                         MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};

/* A detached, read-only mount of an empty file, or of an empty directory, which can be listed if
 * `mode` says so. Both lie in the scratch from the first use on. */
static int nothing(struct nse_walk *walk, int type, mode_t mode)
{
    const char *name = type != S_IFDIR ? "file" : mode ? "empty" : "closed";
    int scratch = walk->setup->scratch, tree, rc;

    if (scratch < 0) /* the plan lacks the step scratch */
        return nse_did(walk, "open_tree", -ENOENT);
    tree = nse_open_tree(scratch, name, OPEN_TREE_CLONE);
    if (tree == -ENOENT) {
        rc = nse_tree_create(walk, scratch, name, (mode_t)type, type == S_IFDIR ? mode : 0);
        if (rc < 0)
            return rc;
        tree = nse_open_tree(scratch, name, OPEN_TREE_CLONE);
    }
    if (nse_did(walk, "open_tree", tree) < 0)
        return tree;
    rc = nse_did(walk, "mount_setattr", nse_mount_setattr(tree, "", AT_EMPTY_PATH, &hidden));
    if (rc < 0)
        nse_close(tree);
    return rc < 0 ? rc : tree;
}

/* Covers what `target` refers to, and closes `target`. */
static int cover(struct nse_walk *walk, int target, mode_t mode)
{
    int type = type_of(walk, target);

    return nse_tree_attach(walk, type < 0 ? type : nothing(walk, type, mode), target);
}

/* Covers a directory or a file with an empty one that nobody may read or change. What does not
 * exist needs no cover. */
int nse_step_mask(struct nse_walk *walk, const struct nse_step *step)
{
    int target = nse_tree_find(walk, nse_walk_text(walk, step, 0));

    if (target == -ENOENT)
        return 0;
    if (target >= 0)
        target = nse_tree_refuse_root(walk, target);
    return target < 0 ? target : cover(walk, target, 0);
}

/* Covers `name` in our own procfs, the working directory, where nobody else can change a name. The
 * first directory and the first file are covered by descriptor. All others are binds of those
 * covers, with their attributes: one call instead of four. */
static int cover_in_procfs(struct nse_walk *walk, const char *name, const char *covered[2])
{
    struct statx stat = {0};
    int rc = nse_statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &stat), target;
    const char **like = &covered[(stat.stx_mode & S_IFMT) == S_IFDIR];

    if (rc == -ENOENT)
        return 0;
    if (rc < 0 || (stat.stx_mode & S_IFMT) == S_IFLNK)
        return nse_did(walk, "statx", rc < 0 ? rc : -ELOOP);
    if (*like)
        return nse_did(walk, "mount(MS_BIND)", nse_mount(*like, name, NULL, MS_BIND, NULL));
    *like = name;
    target = nse_did(walk, "openat2", nse_openat2(walk->setup->procfs, name, &below_procfs));
    return target < 0 ? target : cover(walk, target, 0555);
}

static int hide_in_procfs(struct nse_walk *walk, const char *names, uint32_t size)
{
    const char *covered[2] = {NULL, NULL};
    int rc = nse_did(walk, "fchdir", nse_fchdir(walk->setup->procfs));
    uint32_t at;

    for (at = 0; rc == 0 && at < size; at += (uint32_t)strlen(names + at) + 1)
        rc = cover_in_procfs(walk, names + at, covered);
    return rc < 0 ? rc : nse_did(walk, "chdir", nse_chdir("/"));
}

/* The same for a list of names below a directory, but an empty directory can be listed: what the
 * recipe did not ask to see looks as if it were not there. */
int nse_step_hide(struct nse_walk *walk, const struct nse_step *step)
{
    const char *base = nse_walk_text(walk, step, 0), *names = nse_walk_text(walk, step, 1);
    char path[PATH_MAX];
    uint32_t at;
    int target, rc = 0;

    if (walk->setup->procfs_target && strcmp(base, walk->setup->procfs_target) == 0)
        return hide_in_procfs(walk, names, step->size);
    for (at = 0; rc == 0 && at < step->size; at += (uint32_t)strlen(names + at) + 1) {
        struct nse_text text;

        nse_text_init(&text, path, sizeof(path));
        nse_text_add(&text, base);
        nse_text_add(&text, "/");
        nse_text_add(&text, names + at);
        if (text.cut)
            return nse_did(walk, "openat2", -ENAMETOOLONG);
        target = find_place(walk, path);
        if (target == -ENOENT)
            continue;
        if (target >= 0)
            target = nse_tree_refuse_root(walk, target);
        rc = target < 0 ? target : cover(walk, target, 0555);
    }
    return rc;
}
