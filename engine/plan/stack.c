/* Stacks for children: see stack.h. Runs in the caller's process, in any thread. */
#include "stack.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* The shared part lies above, on whole pages, whatever their size. */
#define SIZE (NSE_STACK_ROOM + (64 << 10))

/* Marks the lowest byte. After a fork of the caller the kernel has wiped it in the new process,
 * which must not use the stack: its shared part is also the parent's. madvise(2), Linux 4.14. */
enum { UNWIPED = 1 };

void nse_stack_free(char *stack)
{
    if (stack)
        munmap(stack, SIZE);
}

static char *map_private(char *at, size_t size, int flags)
{
    char *memory = mmap(at, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | flags, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* Private except for the top, because shared pages cost more. */
static char *map(void)
{
    char *stack = map_private(NULL, SIZE, 0);

    if (!stack)
        return NULL;
    if (mmap(nse_stack_shared(stack), SIZE - NSE_STACK_ROOM, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
        nse_stack_free(stack);
        return NULL;
    }
    return stack;
}

char *nse_stack_take(nse_stack_slot *slot, unsigned int size)
{
    char *stack = atomic_exchange(slot, NULL);

    if (stack && *stack != UNWIPED) {
        nse_stack_free(stack);
        stack = NULL;
    }
#ifdef __SANITIZE_THREAD__
    /* ThreadSanitizer takes the child for the thread that spawned it, and both write its state. For
     * another thread's child that must be empty, as on a new stack. */
    if (stack && !map_private(stack, NSE_STACK_ROOM, MAP_FIXED)) {
        nse_stack_free(stack);
        stack = NULL;
    }
#endif
    if (!stack)
        stack = map();
    if (stack)
        memset(nse_stack_shared(stack), 0, size);
    return stack;
}

void nse_stack_give(nse_stack_slot *slot, char *stack)
{
    if (*stack != UNWIPED) {
        *stack = UNWIPED;
        if (madvise(stack, NSE_STACK_ROOM, MADV_WIPEONFORK) != 0) {
            nse_stack_free(stack);
            return;
        }
    }
    nse_stack_free(atomic_exchange(slot, stack));
}
