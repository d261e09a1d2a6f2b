/* A plan: what a sandbox is, as data. Built step by step, frozen once, then only read: by any
 * number of spawns, in any thread. Runs in the caller's process. */
#ifndef NSE_PLAN_PLAN_H
#define NSE_PLAN_PLAN_H

#include "block.h"
#include "ident.h"
#include "stack.h"

/* One row of steps.def. */
struct nse_step_info {
    const char *name, *phase, *shape, *calls;
    int payload; /* it follows the exec of the init */
};
extern const struct nse_step_info nse_step_infos[NSE_STEP_COUNT];
/* The kind of that name, or NSE_STEP_COUNT. */
enum nse_step_kind nse_step_find(const char *name);

/* A step as it is added. */
struct nse_step_args {
    enum nse_step_kind kind;
    int64_t integers[NSE_STEP_INTEGERS];
    const char *texts[NSE_STEP_TEXTS]; /* NULL: not given */
    size_t size;                       /* bytes of the b */
};

/* What surrounds the steps. */
struct nse_steps_header {
    uint64_t flags; /* CLONE_NEW*, for the sandbox's first process */
    int init;       /* an init starts the payload; else the first process becomes it */
    struct nse_idmaps maps;
    struct nse_idmaps inner; /* of the step userns */
};

struct nse_steps {
    struct nse_steps_header header;
    struct nse_step_args *steps;
    size_t count, room;
    /* Of a frozen plan: the steps of the first process and of the payload. */
    struct nse_block *setup, *payload;
    int listens;          /* a filter has a listener for the supervisor */
    int holds;            /* it has the step hold */
    nse_stack_slot stack; /* the last child's, for the next; all that changes in a frozen plan */
};

/* An empty plan; NULL without memory. */
struct nse_steps *nse_steps_new(void);
/* The maps are copied. 0, -EBUSY when frozen, -ENOMEM. */
int nse_steps_set_header(struct nse_steps *plan, const struct nse_steps_header *header);
/* Appends a step and copies its texts. 0; -EINVAL: arguments that do not fit the shape; -ERANGE:
 * steps.def has it before the last step; -EEXIST: it may be there only once; -EBUSY: frozen;
 * -E2BIG; -ENOMEM. */
int nse_steps_add(struct nse_steps *plan, const struct nse_step_args *step);
/* The same at its place in the order of steps.def, after those of its rank: mounts keep the
 * caller's order. */
int nse_steps_insert(struct nse_steps *plan, const struct nse_step_args *step);
/* The same as step number `place`, from 0. Only freezing checks the order. */
int nse_steps_insert_at(struct nse_steps *plan, size_t place, const struct nse_step_args *step);
/* Makes it immutable. 0; -ENOMEM; -E2BIG: the payload's steps exceed NSE_PAYLOAD_BLOCK_MAX;
 * -ERANGE, -EEXIST: an order that nse_steps_add() refuses; -EINVAL: a step is missing that no
 * sandbox may go without, and *ret_missing is its name. */
int nse_steps_freeze(struct nse_steps *plan, const char **ret_missing);
void nse_steps_free(struct nse_steps *plan);
/* The first step of a kind, or NULL. */
const struct nse_step_args *nse_steps_find(const struct nse_steps *plan, enum nse_step_kind kind);

#endif
