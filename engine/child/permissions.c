/* Permissions of a mirror: those of the directory that it covers, or fewer. Runs in the first
 * process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/types.h>

#include "fd.h"
#include "ident.h"
#include "node.h"
#include "tree.h"

#define ACCESS_ACL "system.posix_acl_access"

/* The highest id is mapped only where all ids are: there NSE_NOBODY is a real user. */
#define LAST_ID 4294967294U

enum whose { OWNER, GROUP };

static int give(int mount, enum whose whose, uint32_t id)
{
    const uint32_t same = (uint32_t)-1;

    return nse_chown(mount, ".", whose == OWNER ? id : same, whose == GROUP ? id : same, 0);
}

/* Gives the mirror the directory's owner or group: 1. 0: our user namespace does not map it, and
 * the mirror keeps the set-up's. */
static int take(struct nse_walk *walk, int mount, enum whose whose, uint32_t id)
{
    int rc = id == NSE_NOBODY ? give(mount, whose, LAST_ID) : 0;

    if (rc == 0)
        rc = give(mount, whose, id);
    if (rc == -EINVAL)
        return 0;
    return rc < 0 ? nse_did(walk, "fchownat", rc) : 1;
}

/* Without the directory's group, its members count as others, and some others as members: both
 * classes get only what both had, and with an ACL, which does not tell, nothing. Without its owner,
 * the mirror belongs to the set-up's user, who could list the directory. So can the payload, if it
 * is the same user in the same groups. */
static mode_t mode_of(const struct nse_walk *walk, mode_t mode, int owner, int group, int acl)
{
    int changes_groups = nse_block_find(walk->block, NSE_STEP_setgroups) != NULL;
    mode_t both = acl ? 0 : mode >> 3 & mode & 7;

    mode &= 07777;
    if (!group || acl)
        mode = (mode & ~(mode_t)077) | both << 3 | both;
    if (!owner)
        mode = (mode & ~(mode_t)0700) | (changes_groups ? both : 7) << 6;
    return mode;
}

/* On failure the mirror stays closed to all but its owner. */
static void set_acl(int mount, const char *acl, long size)
{
    int fd = nse_openat(mount, ".", O_RDONLY | O_DIRECTORY, 0);

    if (fd < 0)
        return;
    nse_setxattr(fd, NULL, 0, ACCESS_ACL, acl, (size_t)size, 0);
    nse_close(fd);
}

int nse_tree_copy_permissions(struct nse_walk *walk, int from, int mount)
{
    char acl[4096];
    long size = nse_getxattr(from, NULL, 0, ACCESS_ACL, acl, sizeof(acl));
    int has_acl = size != -ENODATA && size != -EOPNOTSUPP;
    int owner, group, rc;
    struct statx stat;

    rc = nse_tree_stat(walk, from, &stat);
    if (rc < 0)
        return rc;
    group = take(walk, mount, GROUP, stat.stx_gid);
    owner = group < 0 ? group : take(walk, mount, OWNER, stat.stx_uid);
    if (owner < 0)
        return owner;
    rc = nse_did(walk, "fchmodat",
                 nse_chmod(mount, ".", mode_of(walk, stat.stx_mode, owner, group, has_acl)));
    if (rc == 0 && size > 0 && owner && group)
        set_acl(mount, acl, size);
    return rc;
}
