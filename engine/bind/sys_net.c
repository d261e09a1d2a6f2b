/* sys: network links of the caller's network namespace. */
#include <limits.h>
#include <string.h>

#include "bind.h"
#include "fd.h"
#include "netlink.h"

static void push_link(lua_State *L, const struct nse_link *link)
{
    char address[3 * sizeof(link->address) + 1] = "";
    static const char hex[] = "0123456789abcdef";
    size_t i, n = 0;

    for (i = 0; i < link->address_size; i++) {
        address[n++] = hex[link->address[i] >> 4];
        address[n++] = hex[link->address[i] & 15];
        address[n++] = ':';
    }
    lua_createtable(L, 0, 7);
    nse_set_string(L, "name", link->name);
    nse_set_integer(L, "index", link->index);
    nse_set_integer(L, "mtu", link->mtu);
    nse_set_integer(L, "flags", link->flags);
    nse_set_boolean(L, "up", (link->flags & IFF_UP) != 0);
    nse_set_string(L, "kind", link->kind);
    lua_pushlstring(L, address, n ? n - 1 : 0);
    lua_setfield(L, -2, "address");
}

/* links()
 *   -> {{name =, index =, up =, flags =, mtu =, kind =, address =}, ...}
 *   -> nil, "links: Operation not permitted (EPERM)", errno
 * Lists the network interfaces. flags: IFF_*; kind: "veth", "bridge", ..., "" for lo and real
 * devices; address: of the link layer. RTM_GETLINK, rtnetlink(7). */
static int sys_links(lua_State *L)
{
    struct nse_fd *slot = nse_fd_new(L);
    struct nse_link_walk *walk = lua_newuserdatauv(L, sizeof(*walk), 0);
    struct nse_link link;
    lua_Integer n = 0;
    int rc = slot->fd = nse_netlink_open();

    if (rc >= 0)
        rc = nse_link_dump(walk, slot->fd);
    lua_newtable(L);
    while (rc >= 0 && (rc = nse_link_next(walk, &link)) > 0) {
        push_link(L, &link);
        lua_rawseti(L, -2, ++n);
    }
    nse_close_end(&slot->fd);
    return rc < 0 ? nse_fail(L, rc, "links") : 1;
}

/* link_set(name, {up = boolean|nil, mtu = integer|nil})
 *   -> true
 *   -> nil, "link_set lo: Operation not permitted (EPERM)", errno
 * Brings an interface up or down, and sets its mtu in bytes. When lo comes up, the kernel gives it
 * 127.0.0.1. RTM_NEWLINK, rtnetlink(7). */
static int sys_link_set(lua_State *L)
{
    static const char *const fields[] = {"up", "mtu", NULL};
    const char *name = nse_arg_string(L, 1);
    unsigned int flags = 0, mask = 0, mtu;
    int netlink, rc;

    luaL_argcheck(L, *name && strlen(name) < IFNAMSIZ, 1, "1 to 15 bytes expected");
    nse_check_table(L, 2, fields);
    mtu = (unsigned int)nse_field_integer(L, 2, "mtu", 0, 1, INT_MAX);
    if (lua_getfield(L, 2, "up") != LUA_TNIL) {
        if (!lua_isboolean(L, -1))
            nse_arg_error(L, 2, "field 'up': boolean expected, got %s", luaL_typename(L, -1));
        mask = IFF_UP;
        flags = lua_toboolean(L, -1) ? IFF_UP : 0;
    }
    netlink = nse_netlink_open();
    rc = netlink < 0 ? netlink : nse_link_set(netlink, name, flags, mask, mtu);
    nse_close_end(&netlink);
    return nse_result(L, rc, "link_set %s", name);
}

const luaL_Reg nse_sys_net[] = {
    {"links", sys_links},
    {"link_set", sys_link_set},
    {NULL, NULL},
};
