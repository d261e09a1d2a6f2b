/* Builds and freezes plans. Runs in the caller's process. */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

const struct nse_step_info nse_step_infos[NSE_STEP_COUNT] = {
#define NSE_STEP(name, phase, shape, calls)         {#name, #phase, shape, calls, 0},
#define NSE_PAYLOAD_STEP(name, phase, shape, calls) {#name, #phase, shape, calls, 1},
#include "steps.def"
};

enum nse_step_kind nse_step_find(const char *name)
{
    int kind = 0;

    while (kind < NSE_STEP_COUNT && strcmp(name, nse_step_infos[kind].name) != 0)
        kind++;
    return (enum nse_step_kind)kind;
}

/* --- building ----------------------------------------------------------------------------------- */

struct nse_steps *nse_steps_new(void)
{
    return calloc(1, sizeof(struct nse_steps));
}

static const struct nse_id_range *copy_ranges(const struct nse_id_range *ranges, size_t count)
{
    struct nse_id_range *copy = malloc((count + 1) * sizeof(*copy));

    if (copy && count)
        memcpy(copy, ranges, count * sizeof(*copy));
    return copy;
}

/* 0, or -ENOMEM. Either way the maps are ours to free. */
static int copy_maps(struct nse_idmaps *maps)
{
    maps->uid = copy_ranges(maps->uid, maps->uid_count);
    maps->gid = copy_ranges(maps->gid, maps->gid_count);
    return maps->uid && maps->gid ? 0 : -ENOMEM;
}

static void free_maps(struct nse_idmaps *maps)
{
    free((void *)maps->uid);
    free((void *)maps->gid);
    *maps = (struct nse_idmaps){0};
}

int nse_steps_set_header(struct nse_steps *plan, const struct nse_steps_header *header)
{
    int rc;

    if (plan->setup)
        return -EBUSY;
    free_maps(&plan->header.maps);
    free_maps(&plan->header.inner);
    plan->header = *header;
    rc = copy_maps(&plan->header.maps);
    return copy_maps(&plan->header.inner) < 0 ? -ENOMEM : rc;
}

static int grow(struct nse_steps *plan)
{
    size_t room = plan->room ? plan->room * 2 : 32;
    struct nse_step_args *steps;

    if (plan->count < plan->room)
        return 0;
    steps = reallocarray(plan->steps, room, sizeof(*steps));
    if (!steps)
        return -ENOMEM;
    plan->steps = steps;
    plan->room = room;
    return 0;
}

static void free_texts(struct nse_step_args *step)
{
    size_t i;

    for (i = 0; i < NSE_STEP_TEXTS; i++)
        free((void *)step->texts[i]);
}

/* Copies the texts that the shape asks for into *copy: -EINVAL if one is missing or too many. */
static int copy_texts(const struct nse_step_args *step, struct nse_step_args *copy)
{
    const char *letter = nse_step_infos[step->kind].shape;
    size_t n = 0;

    for (; *letter; letter++) {
        if (*letter == 'i')
            continue;
        if (!step->texts[n] && *letter != 'o')
            return -EINVAL;
        if (step->texts[n]) {
            size_t size = *letter == 'b' ? step->size : strlen(step->texts[n]);
            char *text = malloc(size + 1);

            if (!text)
                return -ENOMEM;
            memcpy(text, step->texts[n], size);
            text[size] = '\0';
            copy->texts[n] = text;
        }
        n++;
    }
    return n < NSE_STEP_TEXTS && step->texts[n] ? -EINVAL : 0;
}

/* Inserts a copy of `step` before the one at `place`. */
static int put(struct nse_steps *plan, size_t place, const struct nse_step_args *step)
{
    struct nse_step_args copy = *step;
    int rc = grow(plan);

    if (rc < 0)
        return rc;
    memset(copy.texts, 0, sizeof(copy.texts));
    rc = copy_texts(step, &copy);
    if (rc < 0) {
        free_texts(&copy);
        return rc;
    }
    memmove(plan->steps + place + 1, plan->steps + place,
            (plan->count - place) * sizeof(*plan->steps));
    plan->steps[place] = copy;
    plan->count++;
    return 0;
}

/* Kinds of one rank keep the order in which they were added: each mount builds on those before.
 * Landlock rules have no order. */
static enum nse_step_kind rank(enum nse_step_kind kind)
{
    if (kind >= NSE_STEP_root_tmpfs && kind <= NSE_STEP_root_overlay)
        return NSE_STEP_root_tmpfs;
    if (kind >= NSE_STEP_bind && kind <= NSE_STEP_readonly)
        return NSE_STEP_bind;
    return kind == NSE_STEP_landlock_port ? NSE_STEP_landlock_path : kind;
}

/* Whether a rank occurs once only: a second step would miss what the first used up, or hide it. */
static int stands_once(enum nse_step_kind ranked)
{
    switch (ranked) {
    case NSE_STEP_become:
    case NSE_STEP_private:
    case NSE_STEP_scratch:
    case NSE_STEP_root_tmpfs:
    case NSE_STEP_pivot:
    case NSE_STEP_hold:
    case NSE_STEP_setup:
    case NSE_STEP_setgroups:
    case NSE_STEP_ids:
    case NSE_STEP_userns:
    case NSE_STEP_capabilities:
    case NSE_STEP_no_new_privs:
    case NSE_STEP_stdio:
    case NSE_STEP_landlock:
    case NSE_STEP_landlock_restrict:
        return 1;
    default:
        return 0;
    }
}

/* Whether `next` may follow the step number `place` - 1: 0, -ERANGE, -EEXIST. */
static int follows(const struct nse_steps *plan, size_t place, enum nse_step_kind next)
{
    enum nse_step_kind last, now = rank(next);

    if (place == 0)
        return 0;
    last = rank(plan->steps[place - 1].kind);
    if (last != now)
        return last < now ? 0 : -ERANGE;
    return stands_once(now) ? -EEXIST : 0;
}

static int check(const struct nse_steps *plan, const struct nse_step_args *step)
{
    if (plan->setup)
        return -EBUSY;
    if ((unsigned int)step->kind >= NSE_STEP_COUNT)
        return -EINVAL;
    return plan->count >= UINT16_MAX ? -E2BIG : 0;
}

int nse_steps_add(struct nse_steps *plan, const struct nse_step_args *step)
{
    int rc = check(plan, step);

    if (rc == 0)
        rc = follows(plan, plan->count, step->kind);
    return rc < 0 ? rc : put(plan, plan->count, step);
}

int nse_steps_insert_at(struct nse_steps *plan, size_t place, const struct nse_step_args *step)
{
    int rc = check(plan, step);

    if (rc == 0 && place > plan->count)
        rc = -EINVAL;
    return rc < 0 ? rc : put(plan, place, step);
}

int nse_steps_insert(struct nse_steps *plan, const struct nse_step_args *step)
{
    size_t place = plan->count;
    int rc = check(plan, step);

    if (rc < 0)
        return rc;
    while (place > 0 && rank(plan->steps[place - 1].kind) > rank(step->kind))
        place--;
    rc = follows(plan, place, step->kind);
    return rc < 0 ? rc : put(plan, place, step);
}

const struct nse_step_args *nse_steps_find(const struct nse_steps *plan, enum nse_step_kind kind)
{
    size_t i;

    for (i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == kind)
            return &plan->steps[i];
    return NULL;
}

/* --- freezing ----------------------------------------------------------------------------------- */

/* Every sandbox needs these. */
static const enum nse_step_kind always[] = {NSE_STEP_capabilities, NSE_STEP_no_new_privs,
                                            NSE_STEP_stdio, NSE_STEP_scrub};
/* Nor, with a mount namespace, without these: the host's tree would stay. */
static const enum nse_step_kind with_mounts[] = {NSE_STEP_private, NSE_STEP_scratch,
                                                 NSE_STEP_pivot};

static int has_all(const struct nse_steps *plan, const enum nse_step_kind *kinds, size_t count,
                   const char **ret_missing)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (!nse_steps_find(plan, kinds[i])) {
            *ret_missing = nse_step_infos[kinds[i]].name;
            return 0;
        }
    }
    return 1;
}

/* The letter of the n-th text in the shape of `kind`. */
static char text_letter(enum nse_step_kind kind, int n)
{
    const char *letter = nse_step_infos[kind].shape;

    for (; *letter; letter++)
        if (*letter != 'i' && n-- == 0)
            break;
    return *letter;
}

/* Bytes of the n-th text with its terminator; 0 if it was not given. */
static size_t text_size(const struct nse_step_args *step, int n)
{
    if (!step->texts[n])
        return 0;
    return (text_letter(step->kind, n) == 'b' ? step->size : strlen(step->texts[n])) + 1;
}

/* The steps from `first` to before `end` as one block; NULL without memory. */
static struct nse_block *make_block(const struct nse_steps *plan, size_t first, size_t end)
{
    size_t head = sizeof(struct nse_block) + (end - first) * sizeof(struct nse_step);
    size_t size = head, i;
    struct nse_block *block;
    int n;

    for (i = first; i < end; i++)
        for (n = 0; n < NSE_STEP_TEXTS; n++)
            size += text_size(&plan->steps[i], n);
    block = size <= UINT32_MAX ? calloc(1, size) : NULL;
    if (!block)
        return NULL;
    *block = (struct nse_block){.size = (uint32_t)size, .count = (uint32_t)(end - first)};
    for (i = first; i < end; i++) {
        const struct nse_step_args *from = &plan->steps[i];
        struct nse_step *step = &block->steps[i - first];

        step->kind = (uint16_t)from->kind;
        step->index = (uint16_t)i;
        step->size = (uint32_t)from->size;
        memcpy(step->integers, from->integers, sizeof(step->integers));
        for (n = 0; n < NSE_STEP_TEXTS; n++) {
            size_t length = text_size(from, n);

            if (!length)
                continue;
            step->texts[n] = (uint32_t)head;
            memcpy((char *)block + head, from->texts[n], length);
            head += length;
        }
    }
    return block;
}

int nse_steps_freeze(struct nse_steps *plan, const char **ret_missing)
{
    size_t payload = 0, at;
    int rc = 0;

    for (at = 0; rc == 0 && at < plan->count; at++)
        rc = follows(plan, at, plan->steps[at].kind);
    if (rc < 0)
        return rc;
    if (!has_all(plan, always, sizeof(always) / sizeof(always[0]), ret_missing))
        return -EINVAL;
    if ((plan->header.flags & CLONE_NEWNS) &&
        !has_all(plan, with_mounts, sizeof(with_mounts) / sizeof(with_mounts[0]), ret_missing))
        return -EINVAL;
    while (payload < plan->count && !nse_step_infos[plan->steps[payload].kind].payload)
        payload++;
    plan->holds = nse_steps_find(plan, NSE_STEP_hold) != NULL;
    for (at = payload; at < plan->count; at++)
        if (plan->steps[at].kind == NSE_STEP_filter)
            plan->listens |= (int)plan->steps[at].integers[0] & NSE_FILTER_LISTEN;
    plan->payload = make_block(plan, payload, plan->count);
    if (!plan->payload)
        return -ENOMEM;
    if (plan->payload->size > NSE_PAYLOAD_BLOCK_MAX)
        rc = -E2BIG;
    else if (!(plan->setup = make_block(plan, 0, payload)))
        rc = -ENOMEM;
    if (rc < 0) {
        free(plan->payload);
        plan->payload = NULL;
    }
    return rc;
}

void nse_steps_free(struct nse_steps *plan)
{
    size_t i;

    if (!plan)
        return;
    for (i = 0; i < plan->count; i++)
        free_texts(&plan->steps[i]);
    free(plan->steps);
    free_maps(&plan->header.maps);
    free_maps(&plan->header.inner);
    free(plan->setup);
    free(plan->payload);
    nse_stack_free(plan->stack);
    free(plan);
}
