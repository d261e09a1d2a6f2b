/* Identity: user and group ids, supplementary groups, id maps. Runs in the caller and in the
 * child. */
#include "ident.h"

#include <errno.h>

#include "call.h"
#include "text.h"

int nse_getresuid(struct nse_ids *ret_ids)
{
    return (int)nse_call(SYS_getresuid, &ret_ids->real, &ret_ids->effective, &ret_ids->saved);
}

int nse_getresgid(struct nse_ids *ret_ids)
{
    return (int)nse_call(SYS_getresgid, &ret_ids->real, &ret_ids->effective, &ret_ids->saved);
}

int nse_setresuid(uid_t real, uid_t effective, uid_t saved)
{
    return (int)nse_call(SYS_setresuid, real, effective, saved);
}

int nse_setresgid(gid_t real, gid_t effective, gid_t saved)
{
    return (int)nse_call(SYS_setresgid, real, effective, saved);
}

int nse_getgroups(size_t count, gid_t *groups)
{
    return (int)nse_call(SYS_getgroups, count, groups);
}

int nse_setgroups(size_t count, const gid_t *groups)
{
    return (int)nse_call(SYS_setgroups, count, groups);
}

int nse_idmap_text(const struct nse_id_range *ranges, size_t count, char *text, size_t size)
{
    struct nse_text out;
    size_t i;

    nse_text_init(&out, text, size);
    for (i = 0; i < count; i++) {
        nse_text_add_number(&out, ranges[i].inside);
        nse_text_add(&out, " ");
        nse_text_add_number(&out, ranges[i].outside);
        nse_text_add(&out, " ");
        nse_text_add_number(&out, ranges[i].count);
        nse_text_add(&out, "\n");
    }
    return out.cut ? -EOVERFLOW : (int)out.used;
}
