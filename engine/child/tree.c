/* Finds and creates places below the new root. Runs in the first process.
 *
 * The tree may be untrusted. Every name is looked up by openat2(2) with RESOLVE_IN_ROOT from the
 * root's descriptor, and used through the descriptor that comes back. No path is used twice, so
 * nothing can be exchanged in between.
 *
 * Names are created only in a tmpfs of our own. A parent that is not ours is mirrored first: a
 * tmpfs is mounted over it, and each of its entries is bound into that. So nothing is ever created
 * on the host, and the payload still sees what was there, and no more. */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "fd.h"
#include "mount.h"
#include "node.h"
#include "setup.h"

int nse_tree_stat(struct nse_walk *walk, int fd, struct statx *ret_stat)
{
    return nse_did(walk, "statx", nse_statx(fd, "", AT_EMPTY_PATH, ret_stat));
}

/* --- finding ------------------------------------------------------------------------------------ */

int nse_tree_find(struct nse_walk *walk, const char *path)
{
    struct open_how how = {
        .flags = O_PATH,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int tries = 0, fd;

    do /* -EAGAIN: a rename raced with us, and the kernel cannot vouch for ".." */
        fd = nse_openat2(walk->setup->root, path, &how);
    while (fd == -EAGAIN && ++tries < 100);
    return nse_did(walk, "openat2", fd);
}

/* --- our own directories ------------------------------------------------------------------------ */

int nse_tree_own(struct nse_walk *walk, int mount, int mirror)
{
    struct nse_setup *setup = walk->setup;
    struct statx stat;
    int rc = nse_tree_stat(walk, mount, &stat);

    if (rc < 0)
        return rc;
    if (setup->own_count == NSE_OWN_MAX)
        /* A missed tmpfs only costs a mirror if a name is created in it. A missed mirror would stay
         * writable. */
        return mirror ? nse_did(walk, "move_mount", -EMLINK) : 0;
    setup->own[setup->own_count++] =
        (struct nse_own){.mount_id = stat.stx_mnt_id, .mirror = mirror ? mount : -1};
    return 0;
}

static int is_own(struct nse_walk *walk, int fd)
{
    const struct nse_setup *setup = walk->setup;
    struct statx stat;
    unsigned int i;
    int rc = nse_tree_stat(walk, fd, &stat);

    if (rc < 0)
        return rc;
    for (i = 0; i < setup->own_count; i++)
        if (setup->own[i].mount_id == stat.stx_mnt_id)
            return 1;
    return 0;
}

/* 1 if `fd` is the new root itself, by whatever name it was found. */
static int is_root(struct nse_walk *walk, int fd)
{
    struct statx a, b;
    int rc = nse_tree_stat(walk, fd, &a);

    if (rc == 0)
        rc = nse_tree_stat(walk, walk->setup->root, &b);
    if (rc != 0)
        return rc;
    return a.stx_mnt_id == b.stx_mnt_id && a.stx_ino == b.stx_ino;
}

int nse_tree_finish(struct nse_walk *walk)
{
    static const struct nse_mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    unsigned int i;

    for (i = 0; i < walk->setup->own_count; i++) {
        int mirror = walk->setup->own[i].mirror, rc;

        if (mirror < 0)
            continue;
        rc =
            nse_did(walk, "mount_setattr", nse_mount_setattr(mirror, "", AT_EMPTY_PATH, &readonly));
        if (rc < 0)
            return rc;
    }
    return 0;
}

int nse_tree_attach(struct nse_walk *walk, int tree, int target)
{
    int rc = tree < 0     ? tree
             : target < 0 ? target
                          : nse_did(walk, "move_mount", nse_attach(tree, target));

    nse_close_end(&tree);
    nse_close_end(&target);
    return rc;
}

void nse_tree_add_option(struct nse_text *options, const char *key, long long value)
{
    nse_text_add(options, key);
    nse_text_add_number(options, value);
    options->data[options->used++] = '\0';
}

/* Sets one option, "key=value" or "key", of a file system that is being created. */
static int configure(struct nse_walk *walk, int context, const char *option)
{
    const char *value = strchr(option, '=');
    size_t length = value ? (size_t)(value - option) : 0;
    char key[64];

    if (!value)
        return nse_did(walk, "fsconfig", nse_fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0));
    if (length >= sizeof(key))
        return nse_did(walk, "fsconfig", -ENAMETOOLONG);
    memcpy(key, option, length);
    key[length] = '\0';
    return nse_did(walk, "fsconfig", nse_fsconfig(context, FSCONFIG_SET_STRING, key, value + 1, 0));
}

/* `mount`; or -EROFS, after closing it: overlayfs that cannot write to upper or work becomes
 * read-only, and only the kernel log says so. */
static int check_writable(struct nse_walk *walk, int mount)
{
    struct statfs about;
    int rc = nse_did(walk, "fstatfs", nse_statfs(mount, &about));

    if (rc == 0 && about.f_flags & ST_RDONLY)
        rc = nse_did(walk, "fstatfs", -EROFS);
    if (rc == 0)
        return mount;
    nse_close(mount);
    return rc;
}

int nse_filesystem(struct nse_walk *walk, const char *type, const char *options, size_t size,
                   unsigned int attributes)
{
    int context = nse_did(walk, "fsopen", nse_fsopen(type)), rc = 0;
    size_t at;

    if (context < 0)
        return context;
    for (at = 0; rc == 0 && at < size; at += strlen(options + at) + 1)
        rc = configure(walk, context, options + at);
    if (rc == 0)
        rc = nse_did(walk, "fsconfig", nse_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    if (rc == 0)
        rc = nse_did(walk, "fsmount", nse_fsmount(context, 0, attributes));
    nse_close(context);
    return rc < 0 || attributes & MOUNT_ATTR_RDONLY ? rc : check_writable(walk, rc);
}

/* --- mirrors ------------------------------------------------------------------------------------ */

static int mirror_link(struct nse_walk *walk, int from, int to, const char *name)
{
    char text[PATH_MAX];
    int length = nse_did(walk, "readlinkat", nse_readlink(from, name, text, sizeof(text) - 1));

    if (length < 0)
        return length;
    text[length] = '\0';
    return nse_did(walk, "symlinkat", nse_symlink(text, to, name));
}

int nse_tree_create(struct nse_walk *walk, int dir, const char *name, mode_t kind, mode_t mode)
{
    int fd;

    if (kind == S_IFDIR)
        return nse_did(walk, "mkdirat", nse_mkdir(dir, name, mode));
    fd = nse_did(walk, "openat", nse_openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    if (fd < 0)
        return fd;
    nse_close(fd);
    return 0;
}

/* The same, and an O_PATH descriptor of it. */
static int make_entry(struct nse_walk *walk, int dir, const char *name, mode_t kind, mode_t mode)
{
    int rc = nse_tree_create(walk, dir, name, kind, mode);

    if (rc < 0)
        return rc;
    return nse_did(walk, "openat", nse_openat(dir, name, O_PATH | O_NOFOLLOW, 0));
}

static int mirror_entry(struct nse_walk *walk, int from, int to, const char *name)
{
    struct statx stat;
    int rc, tree;

    tree = nse_open_tree(from, name, OPEN_TREE_CLONE | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
    if (tree == -ENOENT || tree == -EACCES)
        return 0; /* deleted meanwhile, or closed to us and so to the payload */
    if (nse_did(walk, "open_tree", tree) < 0)
        return tree;
    rc = nse_tree_stat(walk, tree, &stat);
    if (rc == 0 && (stat.stx_mode & S_IFMT) != S_IFLNK)
        return nse_tree_attach(walk, tree,
                               make_entry(walk, to, name, stat.stx_mode & S_IFMT, 0755));
    nse_close(tree);
    return rc < 0 ? rc : mirror_link(walk, from, to, name);
}

static int mirror_entries(struct nse_walk *walk, int from, int to)
{
    _Alignas(8) char entries[4096];
    int size, at, rc;

    while ((size = nse_did(walk, "getdents64", nse_getdents(from, entries, sizeof(entries)))) > 0) {
        for (at = 0; at < size;) {
            /* The kernel's struct linux_dirent64, getdents64(2). */
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            rc = mirror_entry(walk, from, to, entry->d_name);
            if (rc < 0)
                return rc;
        }
    }
    return size;
}

/* Covers the directory behind *fd with a tmpfs that holds all its entries. *fd becomes that. */
static int mirror(struct nse_walk *walk, int *fd)
{
    static const char options[] = "mode=755\0size=1m"; /* the entries hold no data */
    int was_root = is_root(walk, *fd), from, mount, rc;

    if (was_root < 0)
        return was_root;
    from = nse_did(walk, "openat", nse_openat(*fd, ".", O_RDONLY | O_DIRECTORY, 0));
    if (from < 0)
        return from;
    mount = nse_filesystem(walk, "tmpfs", options, sizeof(options),
                           MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    if (mount < 0) {
        nse_close(from);
        return mount;
    }
    rc = nse_did(walk, "move_mount", nse_attach(mount, *fd));
    if (rc == 0)
        rc = nse_tree_own(walk, mount, 1);
    if (rc == 0)
        rc = mirror_entries(walk, from, mount);
    if (rc == 0)
        rc = nse_tree_copy_permissions(walk, from, mount);
    nse_close(from);
    if (rc < 0)
        return rc;
    /* The mount stays open for nse_tree_finish(). */
    if (was_root)
        walk->setup->root = mount;
    nse_close(*fd);
    *fd = nse_did(walk, "fcntl(F_DUPFD_CLOEXEC)", nse_dup(mount, 3));
    return *fd < 0 ? *fd : 0;
}

/* --- making ------------------------------------------------------------------------------------- */

/* Makes sure that names may be created in the directory behind *fd. */
static int claim(struct nse_walk *walk, int *fd)
{
    int rc = is_own(walk, *fd);

    return rc == 0 ? mirror(walk, fd) : rc < 0 ? rc : 0;
}

static int find_root(struct nse_walk *walk)
{
    return nse_did(walk, "fcntl(F_DUPFD_CLOEXEC)", nse_dup(walk->setup->root, 3));
}

/* Opens the deepest part of `path` that exists. The rest begins at *ret_rest, one name after the
 * other, each terminated: the slashes become NULs. */
static int find_deepest(struct nse_walk *walk, char *path, size_t *ret_rest)
{
    size_t end = strlen(path);
    int fd;

    for (;;) {
        while (end > 0 && path[end - 1] != '/')
            end--;
        *ret_rest = end;
        while (end > 0 && path[end - 1] == '/')
            path[--end] = '\0';
        if (end == 0)
            return find_root(walk);
        fd = nse_tree_find(walk, path);
        if (fd != -ENOENT)
            return fd;
    }
}

/* Creates the names from `at` on, each in the one before, the first in *fd, which becomes the
 * last. */
static int make_names(struct nse_walk *walk, int *fd, const char *at, const char *end, mode_t kind,
                      mode_t mode)
{
    while (at < end) {
        const char *next = at + strlen(at) + 1;
        int last = next >= end, made, rc;

        if (*at) {
            if (strcmp(at, "..") == 0 || strcmp(at, ".") == 0)
                return nse_did(walk, "openat2", -EINVAL);
            rc = claim(walk, fd);
            if (rc < 0)
                return rc;
            made = make_entry(walk, *fd, at, last ? kind : S_IFDIR, last ? mode : 0755);
            if (made < 0)
                return made;
            nse_close(*fd);
            *fd = made;
        }
        at = next;
    }
    return 0;
}

int nse_tree_refuse_root(struct nse_walk *walk, int fd)
{
    int rc = is_root(walk, fd);

    if (rc == 0)
        return fd;
    nse_close(fd);
    return rc < 0 ? rc : nse_did(walk, "openat2", -EBUSY);
}

int nse_tree_make(struct nse_walk *walk, const char *path, mode_t kind, mode_t mode)
{
    char copy[PATH_MAX];
    size_t length = strlen(path), rest;
    int fd = nse_tree_find(walk, path), rc;

    if (fd != -ENOENT)
        return fd < 0 ? fd : nse_tree_refuse_root(walk, fd);
    if (length >= sizeof(copy))
        return nse_did(walk, "openat2", -ENAMETOOLONG);
    memcpy(copy, path, length + 1);
    fd = find_deepest(walk, copy, &rest);
    if (fd < 0)
        return fd;
    rc = make_names(walk, &fd, copy + rest, copy + length, kind, mode);
    if (rc < 0) {
        nse_close(fd);
        return rc;
    }
    return fd;
}

/* 1 if `name` in `dir` is a link to `text`; 0 if there is none; else -EEXIST. */
static int is_link(struct nse_walk *walk, int dir, const char *name, const char *text)
{
    char there[PATH_MAX];
    long length = nse_readlink(dir, name, there, sizeof(there));

    if (length == -ENOENT)
        return 0;
    if (length >= 0 && (size_t)length == strlen(text) && memcmp(there, text, (size_t)length) == 0)
        return 1;
    return nse_did(walk, "symlinkat", -EEXIST);
}

int nse_tree_link(struct nse_walk *walk, const char *text, const char *path)
{
    char copy[PATH_MAX];
    size_t length = strlen(path), end = length;
    const char *name;
    int dir, rc;

    if (length >= sizeof(copy))
        return nse_did(walk, "openat2", -ENAMETOOLONG);
    memcpy(copy, path, length + 1);
    while (end > 0 && copy[end - 1] != '/')
        end--;
    name = path + end;
    copy[end] = '\0';
    dir = end <= 1 ? find_root(walk) : nse_tree_make(walk, copy, S_IFDIR, 0755);
    if (dir < 0)
        return dir;
    rc = is_link(walk, dir, name, text);
    if (rc == 0)
        rc = claim(walk, &dir);
    if (rc == 0)
        rc = nse_did(walk, "symlinkat", nse_symlink(text, dir, name));
    nse_close(dir);
    return rc < 0 ? rc : 0;
}
