/* Capabilities of the calling thread by raw calls, for the child: sets as 64 bits. 0 or -errno. */
#ifndef NSE_KERNEL_CAPS_H
#define NSE_KERNEL_CAPS_H

#include <stdint.h>

struct nse_caps {
    uint64_t effective, permitted, inheritable;
};

int nse_capget(struct nse_caps *ret_caps);
int nse_capset(const struct nse_caps *caps);
/* Takes every capability out of the bounding set. Takes CAP_SETPCAP. */
int nse_drop_bounding(void);
int nse_clear_ambient(void);

#endif
