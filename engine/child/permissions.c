/* Who may look into a mirror: who might look into the directory that it covers, or fewer. Runs in the
 * first process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/types.h>

#include "fd.h"
#include "node.h"
#include "tree.h"

#define ACCESS_ACL "system.posix_acl_access"

/* What the kernel shows for every id that our user namespace does not map; and the last id that there
 * is, mapped only where all are, so that NOBODY is nobody else. */
#define NOBODY  65534U
#define LAST_ID 4294967294U

enum whose { OWNER, GROUP };

static int give(int mount, enum whose whose, uint32_t id)
{
    const uint32_t same = (uint32_t)-1;

    return nse_chown(mount, ".", whose == OWNER ? id : same, whose == GROUP ? id : same, 0);
}

/* Gives the mirror the owner, or the group, of the directory: 1. 0: it is one whom our user namespace
 * does not map, and the mirror's stays the set-up's own. */
static int take(struct nse_walk *walk, int mount, enum whose whose, uint32_t id)
{
    int rc = id == NOBODY ? give(mount, whose, LAST_ID) : 0;

    if (rc == 0)
        rc = give(mount, whose, id);
    if (rc == -EINVAL)
        return 0;
    return rc < 0 ? (int)nse_did(walk, "fchownat", rc) : 1;
}

/* Whether the payload may be in fewer groups than the set-up. */
static int changes_groups(const struct nse_walk *walk)
{
    uint32_t i;

    for (i = 0; i < walk->block->count; i++)
        if (walk->block->steps[i].kind == NSE_STEP_setgroups)
            return 1;
    return 0;
}

/* Who was of a group that is not the mirror's counts among the others then, and the other way round: so
 * both get what both had, which nobody knows of an ACL. Where the owner is not the mirror's, that is the
 * set-up's user, who has listed it: the payload too, if it is the same one in the same groups. */
static mode_t mode_of(const struct nse_walk *walk, mode_t mode, int owner, int group, int acl)
{
    mode_t both = acl ? 0 : mode >> 3 & mode & 7;

    mode &= 07777;
    if (!group || acl)
        mode = (mode & ~(mode_t)077) | both << 3 | both;
    if (!owner)
        mode = (mode & ~(mode_t)0700) | (changes_groups(walk) ? both : 7) << 6;
    return mode;
}

/* Failing, it leaves the mirror closed to all but its owner. */
static void set_acl(int mount, const char *acl, long size)
{
    int fd = nse_openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

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
    rc = (int)nse_did(walk, "fchmodat",
                      nse_chmod(mount, ".", mode_of(walk, stat.stx_mode, owner, group, has_acl)));
    if (rc == 0 && size > 0 && owner && group)
        set_acl(mount, acl, size);
    return rc;
}
