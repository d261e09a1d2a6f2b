/* What the files of the public API share. Runs in the caller's process. */
#ifndef NSE_API_API_H
#define NSE_API_API_H

#include "nsengine.h"
#include "plan.h"
#include "sandbox.h"

/* The command's identity: ids as the set-up's user namespace counts them. */
struct nse_who {
    int known;
    uint32_t uid, gid;
    int other;     /* it is not the user that does the set-up */
    int host_root; /* its uid 0 is the host's, or may be */
};

struct nse_plan {
    struct nse_steps *steps;
    struct nse_steps_header header; /* its maps point into the next */
    struct nse_id_range uid_map, gid_map, inner_uid, inner_gid;
    struct nse_id_range *everyone_uid, *everyone_gid; /* owned */
    struct nse_who who;
    const char *filter; /* the name of a shipped one; NULL: none */
    int frozen, init_image;
    /* The first failed call: its result and its word. */
    int failed;
    const char *word;
};

/* Fills as much as the caller's structure has room for. `code` is -errno; returns it. */
int nse_error_fill(struct nse_error *error, const struct nse_error *from, int code);

/* Whether the caller said how large its result is (or wants none): it would read an old one. */
int nse_result_has_size(const struct nse_result *result);
/* Decides the command's identity: the header's maps, and steps. 0 or -errno. */
int nse_plan_decide(struct nse_plan *plan, enum nse_user user);
/* A step as a line of text, without a newline; the caller frees it. NULL without memory. */
char *nse_plan_line(const struct nse_plan *plan, size_t step);

#endif
