/* Network links over rtnetlink(7), packed and parsed by libmnl on the caller's stack. */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "call.h"

int nse_netlink_open(void)
{
    return (int)nse_call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static struct ifinfomsg *put_request(struct nlmsghdr *message, __u16 type, __u16 flags)
{
    struct ifinfomsg *link;

    mnl_nlmsg_put_header(message);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = 1;
    link = mnl_nlmsg_put_extra_header(message, sizeof(*link));
    link->ifi_family = AF_UNSPEC;
    return link;
}

/* The kernel reads a request without an address as its own. */
static int send_request(int netlink, const struct nlmsghdr *message)
{
    long n = nse_call(SYS_sendto, netlink, message, message->nlmsg_len, 0, NULL, 0);

    return n < 0 ? (int)n : 0;
}

/* The answer of an NLMSG_ERROR: 0 is the acknowledgement. */
static int error_of(const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(error->error))
        return -EBADMSG;
    return error->error;
}

int nse_link_set(int netlink, const char *name, unsigned int flags, unsigned int mask,
                 unsigned int mtu)
{
    _Alignas(8) char buffer[1024];
    struct nlmsghdr *message = (struct nlmsghdr *)buffer;
    struct ifinfomsg *link;
    long n;
    int rc;

    if (strlen(name) >= IFNAMSIZ)
        return -ENODEV;
    memset(buffer, 0, sizeof(buffer));
    link = put_request(message, RTM_NEWLINK, NLM_F_ACK);
    link->ifi_flags = flags;
    link->ifi_change = mask;
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    if (mtu)
        mnl_attr_put_u32(message, IFLA_MTU, mtu);
    rc = send_request(netlink, message);
    if (rc < 0)
        return rc;
    n = nse_call(SYS_recvfrom, netlink, buffer, sizeof(buffer), 0, NULL, NULL);
    if (n < 0)
        return (int)n;
    if (!mnl_nlmsg_ok(message, (int)n) || message->nlmsg_type != NLMSG_ERROR)
        return -EBADMSG;
    return error_of(message);
}

int nse_link_dump(struct nse_link_walk *walk, int netlink)
{
    struct nlmsghdr *message = (struct nlmsghdr *)walk->buffer;

    walk->netlink = netlink;
    walk->have = walk->at = 0;
    memset(walk->buffer, 0, 64);
    put_request(message, RTM_GETLINK, NLM_F_DUMP);
    return send_request(netlink, message);
}

static void copy_text(char *to, size_t size, const struct nlattr *attr)
{
    size_t length = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

    if (length >= size)
        length = size - 1;
    memcpy(to, mnl_attr_get_payload(attr), length);
    to[length] = '\0';
}

static int take_info(const struct nlattr *attr, void *data)
{
    struct nse_link *link = data;

    if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
        copy_text(link->kind, sizeof(link->kind), attr);
    return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *attr, void *data)
{
    struct nse_link *link = data;
    size_t size = mnl_attr_get_payload_len(attr);

    switch (mnl_attr_get_type(attr)) {
    case IFLA_IFNAME:
        copy_text(link->name, sizeof(link->name), attr);
        break;
    case IFLA_MTU:
        link->mtu = size == sizeof(__u32) ? mnl_attr_get_u32(attr) : 0;
        break;
    case IFLA_ADDRESS:
        link->address_size = size < sizeof(link->address) ? size : sizeof(link->address);
        memcpy(link->address, mnl_attr_get_payload(attr), link->address_size);
        break;
    case IFLA_LINKINFO:
        mnl_attr_parse_nested(attr, take_info, link);
        break;
    }
    return MNL_CB_OK;
}

static void parse_link(const struct nlmsghdr *message, struct nse_link *link)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);

    *link = (struct nse_link){.index = header->ifi_index, .flags = header->ifi_flags};
    mnl_attr_parse(message, sizeof(*header), take_attribute, link);
}

static int fill(struct nse_link_walk *walk)
{
    long n =
        nse_call(SYS_recvfrom, walk->netlink, walk->buffer, sizeof(walk->buffer), 0, NULL, NULL);

    if (n < 0)
        return (int)n;
    walk->have = (size_t)n;
    walk->at = 0;
    return 0;
}

int nse_link_next(struct nse_link_walk *walk, struct nse_link *ret_link)
{
    for (;;) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)(walk->buffer + walk->at);
        int rc;

        if (walk->at >= walk->have) {
            rc = fill(walk);
            if (rc < 0)
                return rc;
            message = (const struct nlmsghdr *)walk->buffer;
        }
        if (!mnl_nlmsg_ok(message, (int)(walk->have - walk->at)))
            return -EBADMSG;
        walk->at += (message->nlmsg_len + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type == NLMSG_ERROR) {
            rc = error_of(message);
            return rc < 0 ? rc : -EBADMSG;
        }
        if (message->nlmsg_type == RTM_NEWLINK) {
            parse_link(message, ret_link);
            return 1;
        }
    }
}
