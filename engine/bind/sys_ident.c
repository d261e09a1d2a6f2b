/* sys: identity. User and group ids, supplementary groups, id maps. */
#include <errno.h>
#include <limits.h>

#include "bind.h"
#include "ident.h"
#include "idmap.h"

/* getids()
 *   -> {uid =, euid =, suid =, gid =, egid =, sgid =, groups = {...}}
 *   -> nil, message, errno
 * Returns the ids of this process as its user namespace sees them; 65534 stands for what it does
 * not map. getresuid(2), getgroups(2). */
static int sys_getids(lua_State *L)
{
    struct nse_ids uid, gid;
    int count = nse_getgroups(0, NULL), i, rc = count < 0 ? count : nse_getresuid(&uid);
    gid_t *groups;

    if (rc >= 0)
        rc = nse_getresgid(&gid);
    if (rc < 0)
        return nse_fail(L, rc, "getids");
    groups = lua_newuserdatauv(L, sizeof(*groups) * ((size_t)count + 1), 0);
    count = nse_getgroups((size_t)count, groups);
    if (count < 0)
        return nse_fail(L, count, "getids");
    lua_createtable(L, 0, 7);
    nse_set_integer(L, "uid", uid.real);
    nse_set_integer(L, "euid", uid.effective);
    nse_set_integer(L, "suid", uid.saved);
    nse_set_integer(L, "gid", gid.real);
    nse_set_integer(L, "egid", gid.effective);
    nse_set_integer(L, "sgid", gid.saved);
    lua_createtable(L, count, 0);
    for (i = 0; i < count; i++) {
        lua_pushinteger(L, groups[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "groups");
    return 1;
}

/* setresuid(real|nil, effective|nil, saved|nil)
 *   -> true
 *   -> nil, "setresuid: Invalid argument (EINVAL)", errno
 * Sets the user ids of this thread, which is the only one; nil leaves one as it is. EINVAL: the
 * user namespace does not map an id. setresuid(2). */
static int sys_setresuid(lua_State *L)
{
    int rc = nse_setresuid(nse_opt_id(L, 1), nse_opt_id(L, 2), nse_opt_id(L, 3));

    return nse_result(L, rc, "setresuid");
}

/* setresgid(real|nil, effective|nil, saved|nil)
 *   -> true
 *   -> nil, "setresgid: Operation not permitted (EPERM)", errno
 * Sets the group ids, like setresuid. setresgid(2). */
static int sys_setresgid(lua_State *L)
{
    int rc = nse_setresgid(nse_opt_id(L, 1), nse_opt_id(L, 2), nse_opt_id(L, 3));

    return nse_result(L, rc, "setresgid");
}

/* setgroups({gid, ...})
 *   -> true
 *   -> nil, "setgroups: Operation not permitted (EPERM)", errno
 * Sets the supplementary groups; {} drops all. EPERM: also if /proc/self/setgroups says "deny".
 * setgroups(2). */
static int sys_setgroups(lua_State *L)
{
    size_t i, count;
    gid_t *groups;

    luaL_checktype(L, 1, LUA_TTABLE);
    count = lua_rawlen(L, 1);
    luaL_argcheck(L, count <= NGROUPS_MAX, 1, "too many groups");
    groups = lua_newuserdatauv(L, sizeof(*groups) * (count + 1), 0);
    for (i = 0; i < count; i++) {
        lua_Integer id;

        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        id = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
        if (id < 0 || id >= UINT_MAX)
            nse_arg_error(L, 1, "entry %d: group id 0 to 4294967294 expected", (int)i + 1);
        groups[i] = (gid_t)id;
        lua_pop(L, 1);
    }
    return nse_result(L, nse_setgroups(count, groups), "setgroups");
}

/* One number of a range {inside, outside, count}, which is on top of the stack. */
static unsigned int range_number(lua_State *L, const char *field, int line, int n, lua_Integer min)
{
    lua_Integer value;

    lua_rawgeti(L, -1, n);
    value = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    if (value < min || value >= UINT_MAX)
        nse_arg_error(L, 2, "field '%s': range %d: {inside, outside, count} of ids expected", field,
                      line);
    lua_pop(L, 1);
    return (unsigned int)value;
}

/* The ranges of a field, in memory that a userdata on the stack keeps. */
static const struct nse_id_range *check_map(lua_State *L, const char *field, size_t *ret_count)
{
    struct nse_id_range *ranges;
    size_t i;

    *ret_count = 0;
    if (lua_getfield(L, 2, field) == LUA_TNIL)
        return NULL;
    if (!lua_istable(L, -1))
        nse_arg_error(L, 2, "field '%s': list of {inside, outside, count} expected, got %s", field,
                      luaL_typename(L, -1));
    *ret_count = lua_rawlen(L, -1);
    ranges = lua_newuserdatauv(L, sizeof(*ranges) * (*ret_count + 1), 0);
    lua_insert(L, -2);
    for (i = 0; i < *ret_count; i++) {
        int line = (int)i + 1;

        if (lua_rawgeti(L, -1, line) != LUA_TTABLE)
            nse_arg_error(L, 2, "field '%s': range %d: {inside, outside, count} expected, got %s",
                          field, line, luaL_typename(L, -1));
        ranges[i].inside = range_number(L, field, line, 1, 0);
        ranges[i].outside = range_number(L, field, line, 2, 0);
        ranges[i].count = range_number(L, field, line, 3, 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return ranges;
}

static enum nse_setgroups check_setgroups(lua_State *L)
{
    enum nse_setgroups wish = NSE_SETGROUPS_AUTO;

    if (lua_getfield(L, 2, "setgroups") != LUA_TNIL) {
        if (!lua_isboolean(L, -1))
            nse_arg_error(L, 2, "field 'setgroups': boolean expected, got %s",
                          luaL_typename(L, -1));
        wish = lua_toboolean(L, -1) ? NSE_SETGROUPS_ALLOW : NSE_SETGROUPS_DENY;
    }
    lua_pop(L, 1);
    return wish;
}

/* idmap(process|nil, {uid = {{inside, outside, count}, ...}, gid = {...}, setgroups = boolean|nil})
 *   -> true
 *   -> nil, "idmap: uid_map: Operation not permitted (EPERM)", errno
 *   -> nil, "idmap: newuidmap: ...its own words...: Operation not permitted (EPERM)", errno
 * Maps the ids of the user namespace that the process is in; each map can be set once. inside: the
 * first id there; outside: what the caller calls it; count: the number of consecutive ids. nil:
 * this process, the first of a new user namespace, which may map one id: its own before. The maps
 * are written directly where the kernel allows it, else by newuidmap(1) and newgidmap(1) from
 * /etc/subuid and /etc/subgid. setgroups = false forbids setgroups(2) there; mapping one's own gid
 * without privileges requires that, and then this call does it. user_namespaces(7). */
static int sys_idmap(lua_State *L)
{
    static const char *const fields[] = {"uid", "gid", "setgroups", NULL};
    struct nse_target target;
    struct nse_idmap_error error;
    struct nse_idmaps maps;
    int rc = nse_arg_target_pid(L, 1, 1, &target);

    nse_check_table(L, 2, fields);
    lua_settop(L, 2);
    maps.uid = check_map(L, "uid", &maps.uid_count);
    maps.gid = check_map(L, "gid", &maps.gid_count);
    maps.setgroups = check_setgroups(L);
    if (rc < 0)
        return nse_fail(L, rc, "idmap");
    rc = nse_idmap_write(target.pid, &maps, &error);
    if (rc == 0)
        rc = nse_target_alive(&target);
    if (rc == -ENOENT && error.step[0] == 'n')
        return nse_fail(L, rc, "idmap: %s is not installed (Debian's package uidmap)", error.step);
    return nse_result(L, rc, error.complaint[0] ? "idmap: %s: %s" : "idmap: %s%s", error.step,
                      error.complaint);
}

const luaL_Reg nse_sys_ident[] = {
    {"getids", sys_getids},       {"setresuid", sys_setresuid}, {"setresgid", sys_setresgid},
    {"setgroups", sys_setgroups}, {"idmap", sys_idmap},         {NULL, NULL},
};
