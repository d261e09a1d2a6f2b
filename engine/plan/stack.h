/* Stacks for children that share our memory. Each ends, at its top, in a place that is shared also with a
 * child that gets a copy of our memory. Runs in the caller's process, in any thread. */
#ifndef NSE_PLAN_STACK_H
#define NSE_PLAN_STACK_H

#include <stdatomic.h>

/* Only what is touched exists; the sanitizers' frames are large. */
#define NSE_STACK_ROOM (448 << 10)

/* Where one is kept from one child to the next: mapping it, its first pages and unmapping it, which interrupts
 * the other processors, cost a twentieth of a spawn. Zeroed: none is. */
typedef _Atomic(char *) nse_stack_slot;

/* The lowest byte of the one that is kept, or of a new one; NULL without memory. The place that is shared is
 * zeroed, `size` bytes of it: a page at most. */
char *nse_stack_take(nse_stack_slot *slot, unsigned int size);
/* Keeps one that nobody runs on any more, for the next; unmaps it where another is kept. */
void nse_stack_give(nse_stack_slot *slot, char *stack);
/* Unmaps one; NULL: nothing. */
void nse_stack_free(char *stack);

/* The place that is shared. */
static inline void *nse_stack_shared(char *stack)
{
    return stack + NSE_STACK_ROOM;
}

#endif
