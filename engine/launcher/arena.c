/* The launcher's memory for Lua, see arena.h. One thread only. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP  ((size_t)16)
#define LARGE ((size_t)128 << 10)
#define USUAL 2 /* filled by any launch: fault in all pages at once, which is cheaper */

/* Sanitizers check blocks of malloc(3), and could not see into ours. */
#ifdef __SANITIZE_ADDRESS__
#define SMALL ((size_t)0)
#else
#define SMALL ((NSE_ARENA_CLASSES - 1) * STEP)
#endif

static size_t class_of(size_t size)
{
    return (size + STEP - 1) / STEP;
}

static void *take(struct nse_arena *arena, size_t class)
{
    void *block = arena->free_blocks[class];

    if (block) {
        memcpy(&arena->free_blocks[class], block, sizeof(void *));
        return block;
    }
    if ((size_t)(arena->end - arena->next) < class * STEP) {
        /* The rest of the old one, less than a small block, is lost. */
        int flags = MAP_PRIVATE | MAP_ANONYMOUS;
        void *large;

        if (arena->count++ < USUAL)
            flags |= MAP_POPULATE;
        large = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, flags, -1, 0);

        if (large == MAP_FAILED)
            return NULL;
        arena->next = large;
        arena->end = arena->next + LARGE;
    }
    block = arena->next;
    arena->next += class * STEP;
    return block;
}

static void give_back(struct nse_arena *arena, void *block, size_t size)
{
    if (!block)
        return;
    if (size > SMALL) {
        free(block);
        return;
    }
    memcpy(block, &arena->free_blocks[class_of(size)], sizeof(void *));
    arena->free_blocks[class_of(size)] = block;
}

void *nse_arena_allocate(void *data, void *block, size_t old_size, size_t size)
{
    struct nse_arena *arena = data;
    void *fresh;

    /* Without a block, old_size is the type of the new object. */
    if (!block)
        old_size = 0;
    if (size == 0) {
        give_back(arena, block, old_size);
        return NULL;
    }
    if (old_size > SMALL && size > SMALL)
        return realloc(block, size);
    if (block && size <= SMALL && class_of(size) == class_of(old_size))
        return block;
    fresh = size <= SMALL ? take(arena, class_of(size)) : malloc(size);
    if (fresh && block) {
        memcpy(fresh, block, old_size < size ? old_size : size);
        give_back(arena, block, old_size);
    }
    /* Lua relies on shrinking never to fail. */
    return fresh || !block || size > old_size ? fresh : block;
}
