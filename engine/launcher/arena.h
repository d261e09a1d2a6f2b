/* The launcher's memory for Lua: small blocks out of large ones. A launch makes thousands and lives
 * for milliseconds; malloc(3) would take a fifth of that. */
#ifndef NSE_LAUNCHER_ARENA_H
#define NSE_LAUNCHER_ARENA_H

#include <stddef.h>

#define NSE_ARENA_CLASSES 129 /* 0 to 2048 bytes, in steps of 16 */

struct nse_arena {
    char *next, *end;                     /* what is left of the newest large block */
    void *free_blocks[NSE_ARENA_CLASSES]; /* free lists by size */
    int count;                            /* of large blocks */
};

/* A lua_Alloc; `data` is a zeroed struct nse_arena. Its memory is kept until the process ends. */
void *nse_arena_allocate(void *data, void *block, size_t old_size, size_t size);

#endif
