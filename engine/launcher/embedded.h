/* The Lua sources inside the launcher, as text; written by cmake/Embed.cmake. */
#ifndef NSE_LAUNCHER_EMBEDDED_H
#define NSE_LAUNCHER_EMBEDDED_H

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
