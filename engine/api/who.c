/* The command's identity: the caller's ids, and the maps and steps that change them. The rules are
 * those of lua/nsengine/identity.lua. Runs in the caller's process. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "ident.h"

/* A line such as "0 0 4294967295", with each id mapped to itself. */
static struct nse_id_range read_range(const char *line)
{
    char *rest;
    unsigned int inside = (unsigned int)strtoul(line, &rest, 10);

    (void)strtoul(rest, &rest, 10); /* the outside id, which is not ours to know */
    return (struct nse_id_range){inside, inside, (unsigned int)strtoul(rest, NULL, 10)};
}

/* The id map of our own user namespace, with each id mapped to itself: the caller's to free, ended
 * by a count of 0. NULL without memory or /proc. */
static struct nse_id_range *read_everyone(const char *path)
{
    struct nse_id_range *ranges = calloc(NSE_IDMAP_RANGES + 1, sizeof(*ranges));
    FILE *file = ranges ? fopen(path, "re") : NULL;
    char line[64];
    size_t n = 0;

    if (!file) {
        free(ranges);
        return NULL;
    }
    while (n < NSE_IDMAP_RANGES && fgets(line, sizeof(line), file))
        ranges[n++] = read_range(line);
    (void)fclose(file);
    return ranges;
}

static size_t count_ranges(const struct nse_id_range *ranges)
{
    size_t n = 0;

    while (ranges[n].count)
        n++;
    return n;
}

static int maps(const struct nse_id_range *ranges, unsigned int id)
{
    for (; ranges->count; ranges++)
        if (id >= ranges->inside && id - ranges->inside < ranges->count)
            return 1;
    return 0;
}

/* The first of root's subordinate ids, "root:100000:65536" in subuid(5); 0: none. */
static unsigned int subordinate(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned int first = 0;
    char line[256];

    if (!file)
        return 0;
    while (!first && fgets(line, sizeof(line), file))
        if (strncmp(line, "root:", 5) == 0 || strncmp(line, "0:", 2) == 0)
            first = (unsigned int)strtoul(strchr(line, ':') + 1, NULL, 10);
    (void)fclose(file);
    return first;
}

/* The host id of a command started by root: from root's range, else 65534; 0: neither is mapped. */
static unsigned int spare(const struct nse_id_range *everyone, const char *path)
{
    unsigned int id = subordinate(path);

    if (id && maps(everyone, id))
        return id;
    return maps(everyone, NSE_NOBODY) ? NSE_NOBODY : 0;
}

/* One user namespace maps everyone, for a set-up as root. A second one maps only one host user, to
 * the id that is shown. */
static int by_root(struct nse_plan *plan, enum nse_user user, unsigned int uid, unsigned int gid)
{
    struct nse_step_args groups = {.kind = NSE_STEP_setgroups, .texts = {""}};
    struct nse_step_args ids = {.kind = NSE_STEP_ids, .integers = {uid, gid}};
    struct nse_step_args userns = {.kind = NSE_STEP_userns};
    unsigned int shown = user == NSE_USER_ROOT || user == NSE_USER_SELF ? 0 : NSE_NOBODY;
    int rc;

    plan->who = (struct nse_who){1, uid, gid, uid != 0, uid == 0};
    plan->inner_uid = (struct nse_id_range){shown, uid, 1};
    plan->inner_gid = (struct nse_id_range){shown, gid, 1};
    plan->header.maps = (struct nse_idmaps){plan->everyone_uid, plan->everyone_gid,
                                            count_ranges(plan->everyone_uid),
                                            count_ranges(plan->everyone_gid), NSE_SETGROUPS_ALLOW};
    plan->header.inner =
        (struct nse_idmaps){&plan->inner_uid, &plan->inner_gid, 1, 1, NSE_SETGROUPS_AUTO};
    rc = nse_steps_insert(plan->steps, &groups);
    if (rc == 0 && uid != 0)
        rc = nse_steps_insert(plan->steps, &ids);
    return rc < 0 ? rc : nse_steps_insert(plan->steps, &userns);
}

/* One user namespace maps only the caller; for nobody there is a second, unmapped one. */
static int by_user(struct nse_plan *plan, enum nse_user user, unsigned int uid, unsigned int gid)
{
    struct nse_step_args userns = {.kind = NSE_STEP_userns};
    int as_root = user == NSE_USER_ROOT || user == NSE_USER_NOBODY;

    plan->uid_map = (struct nse_id_range){as_root ? 0 : uid, uid, 1};
    plan->gid_map = (struct nse_id_range){as_root ? 0 : gid, gid, 1};
    plan->who = (struct nse_who){1, plan->uid_map.inside, plan->gid_map.inside, 0, uid == 0};
    plan->header.maps =
        (struct nse_idmaps){&plan->uid_map, &plan->gid_map, 1, 1, NSE_SETGROUPS_DENY};
    return user == NSE_USER_NOBODY ? nse_steps_insert(plan->steps, &userns) : 0;
}

int nse_plan_decide(struct nse_plan *plan, enum nse_user user)
{
    unsigned int spare_uid, spare_gid;
    struct nse_ids uids = {0}, gids = {0};
    int rc = nse_getresuid(&uids);

    if (rc == 0)
        rc = nse_getresgid(&gids);
    if (rc < 0)
        return rc;
    if (plan->who.known)
        return -EBUSY;
    if (uids.effective != 0)
        return by_user(plan, user, uids.effective, gids.effective);
    plan->everyone_uid = read_everyone("/proc/self/uid_map");
    plan->everyone_gid = read_everyone("/proc/self/gid_map");
    if (!plan->everyone_uid || !plan->everyone_gid)
        return -ENOENT;
    spare_uid = spare(plan->everyone_uid, "/etc/subuid");
    spare_gid = spare(plan->everyone_gid, "/etc/subgid");
    if (!spare_uid || !spare_gid) /* no other id is mapped: it stays itself */
        return by_user(plan, user, 0, gids.effective);
    return user == NSE_USER_SELF ? by_root(plan, user, 0, 0)
                                 : by_root(plan, user, spare_uid, spare_gid);
}
