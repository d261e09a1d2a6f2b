/* sys: capabilities, by libcap: names, sets and the kernel's versions of both are its business. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "bind.h"
#include "caps.h"
#include "fd.h"
#include "proc.h"

/* A libcap object in a userdata, so that a Lua error frees it. */
static int free_cap(lua_State *L)
{
    cap_t *cap = lua_touserdata(L, 1);

    if (*cap)
        cap_free(*cap);
    *cap = NULL;
    return 0;
}

static cap_t *cap_slot(lua_State *L)
{
    cap_t *slot = lua_newuserdatauv(L, sizeof(cap_t), 0);

    *slot = NULL;
    if (luaL_newmetatable(L, "nsengine.cap")) {
        lua_pushcfunction(L, free_cap);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return slot;
}

/* "CAP_SYS_ADMIN" on the stack; a number's own for one that libcap does not know. */
static void push_name(lua_State *L, cap_value_t value)
{
    char *name = cap_to_name(value);
    char upper[64];
    size_t i;

    for (i = 0; name && name[i] && i < sizeof(upper) - 1; i++)
        upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
    upper[name ? i : 0] = '\0';
    cap_free(name);
    lua_pushstring(L, upper);
}

/* A field of the table on top: the names of the bits of `mask`. */
static void set_names(lua_State *L, const char *field, uint64_t mask)
{
    cap_value_t value;
    lua_Integer n = 0;

    lua_newtable(L);
    for (value = 0; value < 64; value++) {
        if (mask >> value & 1) {
            push_name(L, value);
            lua_rawseti(L, -2, ++n);
        }
    }
    lua_setfield(L, -2, field);
}

static uint64_t flag_mask(cap_t cap, cap_flag_t flag)
{
    uint64_t mask = 0;
    cap_flag_value_t set;
    cap_value_t value;

    for (value = 0; value < cap_max_bits() && value < 64; value++)
        if (cap_get_flag(cap, value, flag, &set) == 0 && set == CAP_SET)
            mask |= 1ULL << value;
    return mask;
}

/* capabilities()
 *   -> {CAP_CHOWN = 0, ...}        those that this kernel knows
 * Returns the number of each capability. cap_to_name(3), cap_max_bits(3). */
static int sys_capabilities(lua_State *L)
{
    cap_value_t value;

    lua_settop(L, 0);
    lua_newtable(L);
    for (value = 0; value < cap_max_bits() && value < 64; value++) {
        push_name(L, value);
        lua_pushinteger(L, value);
        lua_rawset(L, 1);
    }
    return 1;
}

/* A line "CapBnd:\t000001ffffffffff" of /proc/PID/status; cap_get_pid(3) knows not these two. */
static uint64_t status_mask(const char *status, const char *label)
{
    const char *at = strstr(status, label);

    return at ? strtoull(at + strlen(label), NULL, 16) : 0;
}

static int read_status(pid_t pid, char *text, size_t size)
{
    long n = nse_read_and_close(nse_proc_open(pid, "status", O_RDONLY), text, size - 1);

    text[n > 0 ? n : 0] = '\0';
    return n < 0 ? (int)n : 0;
}

/* Bounding and ambient sets of this process, without /proc. */
static void own_masks(uint64_t *bounding, uint64_t *ambient)
{
    cap_value_t value;

    *bounding = *ambient = 0;
    for (value = 0; value < cap_max_bits() && value < 64; value++) {
        if (cap_get_bound(value) == CAP_SET)
            *bounding |= 1ULL << value;
        if (cap_get_ambient(value) == CAP_SET)
            *ambient |= 1ULL << value;
    }
}

/* capget(process|nil)
 *   -> {effective = {"CAP_CHOWN", ...}, permitted =, inheritable =, bounding =, ambient =}
 *   -> nil, "capget 4711: No such process (ESRCH)", errno
 * Returns the capabilities of a process; the last two sets of another process are read from
 * /proc/PID/status. capget(2), capabilities(7). */
static int sys_capget(lua_State *L)
{
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 1, 1, &target);
    cap_t *cap = cap_slot(L);
    uint64_t bounding, ambient;
    char status[8192];

    if (rc == 0 && target.pid != 0)
        rc = read_status(target.pid, status, sizeof(status));
    if (rc == 0) {
        *cap = target.pid ? cap_get_pid(target.pid) : cap_get_proc();
        rc = *cap ? nse_target_alive(&target) : -errno;
    }
    if (rc < 0)
        return nse_fail(L, rc == -ENOENT ? -ESRCH : rc, "capget %d", (int)target.pid);
    own_masks(&bounding, &ambient);
    if (target.pid != 0) {
        bounding = status_mask(status, "CapBnd:");
        ambient = status_mask(status, "CapAmb:");
    }
    lua_createtable(L, 0, 5);
    set_names(L, "effective", flag_mask(*cap, CAP_EFFECTIVE));
    set_names(L, "permitted", flag_mask(*cap, CAP_PERMITTED));
    set_names(L, "inheritable", flag_mask(*cap, CAP_INHERITABLE));
    set_names(L, "bounding", bounding);
    set_names(L, "ambient", ambient);
    return 1;
}

/* The value of a name; raises with the field that held it. */
static cap_value_t check_name(lua_State *L, const char *field, int i)
{
    cap_value_t value = -1;
    int known = lua_type(L, -1) == LUA_TSTRING && cap_from_name(lua_tostring(L, -1), &value) == 0 &&
                value < cap_max_bits();

    /* cap_from_name(3) also takes "3", "cap_chown" and "CAP_CHOWN,CAP_KILL", which is CAP_CHOWN. */
    push_name(L, known ? value : 0);
    known = known && lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (!known)
        nse_arg_error(L, 1, "field '%s': entry %d: unknown capability %s (\"CAP_...\" expected)",
                      field, i, luaL_tolstring(L, -1, NULL));
    return value;
}

/* The mask of a field of the table at 1; 0 when the field is absent. */
static int check_names(lua_State *L, const char *field, uint64_t *ret_mask)
{
    lua_Integer i;

    *ret_mask = 0;
    if (lua_getfield(L, 1, field) == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    if (!lua_istable(L, -1))
        nse_arg_error(L, 1, "field '%s': list of names expected, got %s", field,
                      luaL_typename(L, -1));
    for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        *ret_mask |= 1ULL << check_name(L, field, (int)i);
        lua_pop(L, 1);
    }
    /* {CAP_CHOWN = true} is not the empty list. */
    for (; lua_next(L, -2); lua_pop(L, 1))
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) >= i)
            nse_arg_error(L, 1, "field '%s': list of names expected, got a table with other keys",
                          field);
    lua_pop(L, 1);
    return 1;
}

static int drop_bounding(uint64_t keep)
{
    cap_value_t value;

    for (value = 0; value < cap_max_bits() && value < 64; value++)
        if (!(keep >> value & 1) && cap_get_bound(value) == CAP_SET && cap_drop_bound(value) != 0)
            return -errno;
    return 0;
}

static int set_flag(cap_t cap, cap_flag_t flag, uint64_t mask)
{
    cap_value_t value;

    for (value = 0; value < cap_max_bits() && value < 64; value++)
        if (cap_set_flag(cap, flag, 1, &value, mask >> value & 1 ? CAP_SET : CAP_CLEAR) != 0)
            return -errno;
    return 0;
}

/* capset{effective = {"CAP_CHOWN", ...}, permitted =, inheritable =, bounding =, ambient =}
 *   -> true
 *   -> nil, "capset bounding: Operation not permitted (EPERM)", errno
 * Sets the given sets of this process and leaves the others. The bounding set is set first, because
 * dropping from it needs CAP_SETPCAP; the ambient set last, because it needs permitted and
 * inheritable. capset(2), prctl(2). */
static int sys_capset(lua_State *L)
{
    static const char *const fields[] = {"effective", "permitted", "inheritable",
                                         "bounding",  "ambient",   NULL};
    static const cap_flag_t flags[] = {CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE};
    uint64_t masks[5];
    int given[5], rc = 0, i;
    cap_t *cap;

    nse_check_table(L, 1, fields);
    lua_settop(L, 1);
    for (i = 0; i < 5; i++)
        given[i] = check_names(L, fields[i], &masks[i]);
    cap = cap_slot(L);
    if (given[3])
        rc = drop_bounding(masks[3]);
    if (rc < 0)
        return nse_fail(L, rc, "capset bounding");
    *cap = cap_get_proc();
    rc = *cap ? 0 : -errno;
    for (i = 0; rc == 0 && i < 3; i++)
        if (given[i])
            rc = set_flag(*cap, flags[i], masks[i]);
    if (rc == 0 && (given[0] || given[1] || given[2]) && cap_set_proc(*cap) != 0)
        rc = -errno;
    if (rc < 0)
        return nse_fail(L, rc, "capset");
    if (given[4])
        rc = nse_set_ambient(masks[4]);
    return nse_result(L, rc, "capset ambient");
}

/* securebits(bits|nil)
 *   -> integer                     without an argument: the current bits
 *   -> true                        with one: they are set
 *   -> nil, "securebits: Operation not permitted (EPERM)", errno
 * Gets or sets SECBIT_*, which change how root is treated at exec. capabilities(7). */
static int sys_securebits(lua_State *L)
{
    unsigned int bits;

    if (lua_isnoneornil(L, 1)) {
        lua_pushinteger(L, (lua_Integer)cap_get_secbits());
        return 1;
    }
    bits = nse_opt_flags(L, 1);
    return nse_result(L, cap_set_secbits(bits) == 0 ? 0 : -errno, "securebits");
}

const luaL_Reg nse_sys_caps[] = {
    {"capget", sys_capget},
    {"capset", sys_capset},
    {"securebits", sys_securebits},
    {"capabilities", sys_capabilities},
    {NULL, NULL},
};
