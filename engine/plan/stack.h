/* Stacks for children that share our memory. At its top each has a part that is shared even with a
 * child that gets a copy of our memory. Runs in the caller's process, in any thread. */
#ifndef NSE_PLAN_STACK_H
#define NSE_PLAN_STACK_H

#include <stdatomic.h>

/* Only touched pages exist; the sanitizers' frames are large. */
#define NSE_STACK_ROOM (448 << 10)

/* Keeps a stack for the next child: mapping it, its first pages and unmapping it, which interrupts
 * the other CPUs, cost a twentieth of a spawn. Zeroed: it is empty. */
typedef _Atomic(char *) nse_stack_slot;

/* Takes the stack that is kept, or maps one: its lowest byte; NULL without memory. The first `size`
 * bytes of the shared part, a page at most, are zeroed. */
char *nse_stack_take(nse_stack_slot *slot, unsigned int size);
/* Keeps one that nobody runs on any more; unmaps the one that was kept. */
void nse_stack_give(nse_stack_slot *slot, char *stack);
/* Unmaps one; NULL: nothing. */
void nse_stack_free(char *stack);

/* The shared part. */
static inline void *nse_stack_shared(char *stack)
{
    return stack + NSE_STACK_ROOM;
}

#endif
