/* Frozen steps: one flat block without pointers, so that any process can read it in place: the
 * child in shared memory, the init from a pipe. Any process. */
#ifndef NSE_PLAN_BLOCK_H
#define NSE_PLAN_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NSE_STEP_INTEGERS 3
#define NSE_STEP_TEXTS    3

enum nse_step_kind {
#define NSE_STEP(name, phase, shape, calls) NSE_STEP_##name,
#define NSE_PAYLOAD_STEP                    NSE_STEP
#include "steps.def"
    NSE_STEP_COUNT,
};

/* The integer of the step filter. */
enum {
    NSE_FILTER_LISTEN = 1,   /* the supervisor answers its calls: send it the listener */
    NSE_FILTER_ASKS_EXEC = 2 /* it traps execve(2) too: answer ours, and no other */
};

struct nse_step {
    uint16_t kind;                  /* enum nse_step_kind */
    uint16_t index;                 /* its place in the plan, from 0 */
    uint32_t texts[NSE_STEP_TEXTS]; /* offsets from the block's begin; 0: not given */
    uint32_t size;                  /* bytes of the text that the shape calls b */
    int64_t integers[NSE_STEP_INTEGERS];
};

struct nse_block {
    uint32_t size; /* bytes, all included */
    uint32_t count;
    struct nse_step steps[];
};

/* The largest payload block: filters of 4096 instructions each and the paths of landlock fit. */
#define NSE_PAYLOAD_BLOCK_MAX (96 << 10)

/* The first step of a kind, or NULL. */
static inline const struct nse_step *nse_block_find(const struct nse_block *block,
                                                    enum nse_step_kind kind)
{
    uint32_t i;

    for (i = 0; i < block->count; i++)
        if (block->steps[i].kind == kind)
            return &block->steps[i];
    return NULL;
}

#endif
