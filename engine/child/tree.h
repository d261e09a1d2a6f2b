/* Finds and creates places below the new root, by descriptors only. Runs in the first process. */
#ifndef NSE_CHILD_TREE_H
#define NSE_CHILD_TREE_H

#include <linux/stat.h>
#include <sys/types.h>

#include "text.h"
#include "walk.h"

/* The existing place `path` of the new root: an O_PATH descriptor, or -errno. Symlinks are followed
 * as they would be for the payload: never out of the root. */
int nse_tree_find(struct nse_walk *walk, const char *path);
/* `fd`; or -EBUSY, after closing it, if that is the root itself. A link in an untrusted tree may
 * lead there, and covering the root would replace it. */
int nse_tree_refuse_root(struct nse_walk *walk, int fd);
/* As nse_tree_find(), but refuses the root and creates what is missing: `kind` and `mode` are those
 * of the last name, as for nse_tree_create(). */
int nse_tree_make(struct nse_walk *walk, const char *path, mode_t kind, mode_t mode);
/* Creates a symlink to `text` at `path`. The same one may exist already. */
int nse_tree_link(struct nse_walk *walk, const char *text, const char *path);

/* Creates `name` in a directory of our own: a directory (S_IFDIR), or an empty file for any other
 * kind. */
int nse_tree_create(struct nse_walk *walk, int dir, const char *name, mode_t kind, mode_t mode);
/* Records a mount as our own: names may be created in it. `mirror`: made read-only at the end. */
int nse_tree_own(struct nse_walk *walk, int mount, int mirror);
/* Gives a mirror the owner, mode and access ACL of the directory behind `from`. Where the user
 * namespace does not map an id, it opens less, never more. permissions.c */
int nse_tree_copy_permissions(struct nse_walk *walk, int from, int mount);
/* Makes the mirrors read-only, once nothing more is created. */
int nse_tree_finish(struct nse_walk *walk);

/* Mounts the detached `tree` on the place `target`, and closes both: 0 or -errno. Either may be the
 * -errno of the call that should have opened it. */
int nse_tree_attach(struct nse_walk *walk, int tree, int target);

/* Adds an option, "key=" and a number, to those of a file system; they have to fit. */
void nse_tree_add_option(struct nse_text *options, const char *key, long long value);
/* Creates a detached file system. `options`: "key=value" or "key", each terminated; `size`
 * bytes. */
int nse_filesystem(struct nse_walk *walk, const char *type, const char *options, size_t size,
                   unsigned int attributes);
/* statx(2) of a descriptor. */
int nse_tree_stat(struct nse_walk *walk, int fd, struct statx *ret_stat);

#endif
