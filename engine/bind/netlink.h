/* Network links over rtnetlink(7), packed and parsed by libmnl. 0 or positive, or -errno. */
#ifndef NSE_BIND_NETLINK_H
#define NSE_BIND_NETLINK_H

#include <net/if.h>
#include <stddef.h>

struct nse_link {
    int index;
    unsigned int flags; /* IFF_* */
    unsigned int mtu;
    char name[IFNAMSIZ];
    char kind[16];             /* "veth", "bridge", ...; empty for lo and real devices */
    unsigned char address[32]; /* the link-layer address */
    size_t address_size;
};

/* A NETLINK_ROUTE socket of the caller's network namespace. */
int nse_netlink_open(void);

/* Sets, on the link called `name`, the bits `mask` of its IFF_* flags to those of `flags`, and its
 * MTU where `mtu` is not 0. */
int nse_link_set(int netlink, const char *name, unsigned int flags, unsigned int mask,
                 unsigned int mtu);

/* Reads all links: nse_link_dump() asks, nse_link_next() gives one by one: 1, 0 at the end, -errno. */
struct nse_link_walk {
    int netlink;
    size_t have, at; /* bytes in the buffer, and where the next message begins */
    _Alignas(8) char buffer[16384];
};
int nse_link_dump(struct nse_link_walk *walk, int netlink);
int nse_link_next(struct nse_link_walk *walk, struct nse_link *ret_link);

#endif
