/* Keeps the "dumpable" flag of the caller's memory over spawns in several threads. Runs in the
 * caller's process. */
#include "dumpable.h"

#include <stdatomic.h>
#include <sys/prctl.h>

#include "process.h"

/* The value before the spawns, the number under way, and the number ever begun, so that a spawn
 * that came and went always changes the word (no ABA). */
#define DUMPABLE_VALUE   3ULL
#define DUMPABLE_SPAWN   4ULL
#define DUMPABLE_SPAWNS  0xfffffffcULL
#define DUMPABLE_ENTERED (1ULL << 32)
static atomic_ullong dumpable;

void nse_dumpable_note(void)
{
    unsigned long long now = atomic_load(&dumpable), next;

    do {
        next = now + DUMPABLE_ENTERED + DUMPABLE_SPAWN;
        if (!(now & DUMPABLE_SPAWNS))
            next |= (unsigned int)nse_prctl(PR_GET_DUMPABLE, 0) & DUMPABLE_VALUE;
    } while (!atomic_compare_exchange_weak(&dumpable, &now, next));
}

void nse_dumpable_give_back(void)
{
    unsigned long long now = atomic_load(&dumpable), next;

    do {
        int before = (int)(now & DUMPABLE_VALUE);

        next = now - DUMPABLE_SPAWN;
        if (next & DUMPABLE_SPAWNS)
            continue;
        next &= ~DUMPABLE_VALUE;
        /* Another thread's child may clear it between here and the exchange, which then fails. */
        if (before < 2 && nse_prctl(PR_GET_DUMPABLE, 0) != before)
            nse_prctl(PR_SET_DUMPABLE, (unsigned long)before);
    } while (!atomic_compare_exchange_weak(&dumpable, &now, next));
}
