/* Places below the new root, by descriptors only. Runs in the first process. */
#ifndef NSE_CHILD_TREE_H
#define NSE_CHILD_TREE_H

#include <linux/stat.h>
#include <sys/types.h>

#include "walk.h"

/* The existing place `path` of the new root: an O_PATH descriptor, or -errno. Symbolic links are
 * followed as the payload would: never out of the root. */
int nse_tree_find(struct nse_walk *walk, const char *path);
/* `fd`, or -EBUSY, and closes it, when it is the root itself: a link of a stranger's tree may lead
 * there, and covered it would be another root. */
int nse_tree_refuse_root(struct nse_walk *walk, int fd);
/* As nse_tree_find(), but the root; makes what is missing: the last part a directory of `mode`, or an empty file. */
int nse_tree_make(struct nse_walk *walk, const char *path, mode_t kind, mode_t mode);
/* Makes a symbolic link at `path`. One with the same text may be there. */
int nse_tree_link(struct nse_walk *walk, const char *text, const char *path);

/* Notes a mount as our own: names may be made in it. `mirror`: keep it to make it read-only later. */
int nse_tree_own(struct nse_walk *walk, int mount, int mirror);
/* Gives a mirror the owner, mode and access ACL of the directory behind `from`; where the user namespace
 * does not map somebody in them, it opens less, never more. permissions.c */
int nse_tree_copy_permissions(struct nse_walk *walk, int from, int mount);
/* Makes the mirrors read-only, when nothing is made any more. */
int nse_tree_finish(struct nse_walk *walk);

/* Mounts `tree`, detached, on the place `target`, and closes `tree`. 0 or -errno. */
int nse_tree_attach(struct nse_walk *walk, int tree, int target);

/* A detached file system. `options`: "key=value" or "key", each terminated; `size` bytes in all. */
int nse_filesystem(struct nse_walk *walk, const char *type, const char *options, size_t size,
                   unsigned int attributes);
/* What a descriptor is. */
int nse_tree_stat(struct nse_walk *walk, int fd, struct statx *ret_stat);

#endif
