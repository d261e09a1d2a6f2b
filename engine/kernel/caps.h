/* Capabilities of the calling thread by raw calls, for the child: sets as 64 bits. 0 or -errno. */
#ifndef NSE_KERNEL_CAPS_H
#define NSE_KERNEL_CAPS_H

#include <stdint.h>

struct nse_caps {
    uint64_t effective, permitted, inheritable;
};

int nse_capget(struct nse_caps *ret_caps);
int nse_capset(const struct nse_caps *caps);
/* Drops every capability but `kept` from the bounding set. Needs CAP_SETPCAP. */
int nse_drop_bounding(uint64_t kept);
/* Makes `kept`, which is permitted and inheritable, the ambient set, which exec keeps. */
int nse_set_ambient(uint64_t kept);

#endif
