/* Identity: user and group ids, supplementary groups, id maps of user namespaces. 0 or -errno. */
#ifndef NSE_KERNEL_IDENT_H
#define NSE_KERNEL_IDENT_H

#include <stddef.h>
#include <sys/types.h>

/* Real, effective, saved. */
struct nse_ids {
    unsigned int real, effective, saved;
};

int nse_getresuid(struct nse_ids *ret_ids);
int nse_getresgid(struct nse_ids *ret_ids);
/* Raw calls: glibc's would signal every thread, which a child between clone and exec must not.
 * (unsigned)-1 leaves an id as it is. */
int nse_setresuid(uid_t real, uid_t effective, uid_t saved);
int nse_setresgid(gid_t real, gid_t effective, gid_t saved);
/* The number of groups; with count 0 it only counts. */
int nse_getgroups(size_t count, gid_t *groups);
int nse_setgroups(size_t count, const gid_t *groups);

/* What an id that the user namespace does not map looks like: overflowuid, user_namespaces(7). */
#define NSE_NOBODY 65534U

/* What the kernel takes as a map: at most so many lines, in less than a page. */
#define NSE_IDMAP_RANGES 340
#define NSE_IDMAP_TEXT   4096

/* One line of /proc/PID/uid_map, user_namespaces(7). */
struct nse_id_range {
    unsigned int inside, outside, count;
};
enum nse_setgroups {
    NSE_SETGROUPS_AUTO, /* "deny" where the kernel demands it: an unprivileged direct write */
    NSE_SETGROUPS_ALLOW,
    NSE_SETGROUPS_DENY,
};

/* The id maps of a user namespace. */
struct nse_idmaps {
    const struct nse_id_range *uid, *gid;
    size_t uid_count, gid_count; /* 0: that map stays unwritten */
    enum nse_setgroups setgroups;
};

/* A map of `count` ranges as the text that the kernel reads: its length, or -EOVERFLOW. */
int nse_idmap_text(const struct nse_id_range *ranges, size_t count, char *text, size_t size);

#endif
