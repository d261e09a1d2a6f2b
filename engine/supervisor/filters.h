/* The filters that the engine ships, compiled at build time by cmake/filters.c. */
#ifndef NSE_SUPERVISOR_FILTERS_H
#define NSE_SUPERVISOR_FILTERS_H

#include <stddef.h>

struct nse_shipped_filter {
    const char *name;    /* "default", "default-alone" (for a command without an init), "strict" */
    const void *program; /* struct sock_filter each, for the step "filter" */
    size_t size;         /* in bytes */
    int flags;           /* NSE_FILTER_*, for that step */
};

/* Ends with a row without a name. */
extern const struct nse_shipped_filter nse_shipped_filters[];

#endif
