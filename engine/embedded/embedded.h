/* The Lua modules inside a program, written by cmake/Embed.cmake (text) or cmake/precompile.c. */
#ifndef NSE_EMBEDDED_EMBEDDED_H
#define NSE_EMBEDDED_EMBEDDED_H

#include <stddef.h>

struct nse_embedded {
    const char *module; /* "nsengine.cli" */
    const char *file;   /* "nsengine/cli.lua", for messages */
    const char *text;
    size_t size;
};
extern const struct nse_embedded nse_embedded[];
extern const size_t nse_embedded_count;

#endif
