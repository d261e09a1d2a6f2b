/* sys.plan: a sandbox as data, compiled once and spawned any number of times (spawn.c). The steps are those
 * of engine/plan/steps.def; the module nsengine writes such plans. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#include "bind.h"
#include "ns.h"
#include "plan.h"

#define PLAN_TYPE "nsengine.plan"

struct plan_handle {
    struct nse_steps *plan; /* NULL before it is made */
};

/* --- reading the table -------------------------------------------------------------------------- */

/* The id map in field `name` of the table at `index`, as an array on the stack; NULL when absent. */
static const struct nse_id_range *read_map(lua_State *L, int index, const char *name,
                                           size_t *ret_count)
{
    struct nse_id_range *ranges;
    lua_Unsigned count, i;

    *ret_count = 0;
    if (lua_getfield(L, index, name) == LUA_TNIL)
        return NULL; /* the nil stays: one value in any case */
    if (!lua_istable(L, -1))
        nse_arg_error(L, 1, "field '%s': table expected", name);
    count = lua_rawlen(L, -1);
    if (count > NSE_IDMAP_RANGES)
        nse_arg_error(L, 1, "field '%s': at most %d ranges", name, NSE_IDMAP_RANGES);
    ranges = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(*ranges), 0);
    for (i = 0; i < count; i++) {
        lua_Integer numbers[3];
        int n, ok = lua_rawgeti(L, -2, (lua_Integer)i + 1) == LUA_TTABLE;

        for (n = 0; ok && n < 3; n++) {
            lua_rawgeti(L, -1 - n, n + 1);
            numbers[n] = lua_tointegerx(L, -1, &ok);
            ok = ok && numbers[n] >= 0 && numbers[n] <= UINT_MAX;
        }
        if (!ok)
            nse_arg_error(L, 1, "field '%s': range %d: {inside, outside, count} expected", name,
                          (int)i + 1);
        lua_pop(L, 4);
        ranges[i] = (struct nse_id_range){(unsigned int)numbers[0], (unsigned int)numbers[1],
                                          (unsigned int)numbers[2]};
    }
    lua_replace(L, -2);
    *ret_count = (size_t)count;
    return ranges;
}

static enum nse_setgroups read_setgroups(lua_State *L, int index)
{
    static const char *const words[] = {[NSE_SETGROUPS_AUTO] = "auto",
                                        [NSE_SETGROUPS_ALLOW] = "allow",
                                        [NSE_SETGROUPS_DENY] = "deny",
                                        NULL};
    int type = lua_getfield(L, index, "setgroups"), i = 0;

    while (type != LUA_TNIL && words[i] &&
           (type != LUA_TSTRING || strcmp(lua_tostring(L, -1), words[i]) != 0))
        i++;
    if (!words[i])
        nse_arg_error(L, 1, "field 'setgroups': \"allow\" or \"deny\" expected");
    lua_pop(L, 1);
    return (enum nse_setgroups)i;
}

static struct nse_idmaps read_maps(lua_State *L, int index)
{
    struct nse_idmaps maps = {0};

    maps.uid = read_map(L, index, "uid_map", &maps.uid_count);
    maps.gid = read_map(L, index, "gid_map", &maps.gid_count);
    maps.setgroups = read_setgroups(L, index);
    return maps;
}

static struct nse_steps_header read_header(lua_State *L)
{
    static const char *const fields[] = {"flags",     "init",  "uid_map", "gid_map",
                                         "setgroups", "inner", "steps",   NULL};
    static const char *const inner_fields[] = {"uid_map", "gid_map", "setgroups", NULL};
    struct nse_steps_header header = {0};
    lua_Integer flags;

    nse_check_table(L, 1, fields);
    flags = nse_field_integer(L, 1, "flags", 0, 0, LLONG_MAX);
    if (flags & ~(lua_Integer)NSE_NS_FLAGS_ALL)
        nse_arg_error(L, 1, "field 'flags': CLONE_NEW* expected");
    header.flags = (uint64_t)flags;
    lua_getfield(L, 1, "init");
    header.init = lua_toboolean(L, -1);
    lua_pop(L, 1);
    header.maps = read_maps(L, 1);
    if (lua_getfield(L, 1, "inner") != LUA_TNIL) {
        if (!lua_istable(L, -1))
            nse_arg_error(L, 1, "field 'inner': table expected");
        nse_check_table(L, lua_gettop(L), inner_fields);
        header.inner = read_maps(L, lua_gettop(L));
    }
    return header;
}

/* The values of the step on top of the stack, after its name. */
static void read_step(lua_State *L, int number, struct nse_step_args *step)
{
    const struct nse_step_info *info = &nse_step_infos[step->kind];
    const char *letter = info->shape;
    int at = 2, integers = 0, texts = 0, ok;

    for (; *letter; letter++, at++) {
        int type = lua_rawgeti(L, -1, at);
        size_t length = 0;

        if (*letter == 'i') {
            step->integers[integers++] = lua_tointegerx(L, -1, &ok);
        } else {
            ok = type == LUA_TSTRING || (*letter == 'o' && !lua_toboolean(L, -1));
            step->texts[texts] = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
            if (ok && step->texts[texts] && *letter != 'b' && strlen(step->texts[texts]) != length)
                ok = 0; /* a NUL byte: the kernel would see less */
            if (*letter == 'b')
                step->size = length;
            texts++;
        }
        if (!ok)
            nse_arg_error(L, 1, "step %d (%s): value %d: %s expected", number, info->name, at - 1,
                          *letter == 'i' ? "integer" : "string");
        lua_pop(L, 1); /* the step's table holds the string */
    }
    if ((int)lua_rawlen(L, -1) >= at)
        nse_arg_error(L, 1, "step %d (%s): %d values expected", number, info->name, at - 2);
}

static void add_step(lua_State *L, struct nse_steps *plan, int number)
{
    struct nse_step_args step = {0};
    int rc;

    if (lua_rawgeti(L, -1, number) != LUA_TTABLE || lua_rawgeti(L, -1, 1) != LUA_TSTRING)
        nse_arg_error(L, 1, "step %d: {\"name\", values...} expected", number);
    step.kind = nse_step_find(lua_tostring(L, -1));
    if (step.kind == NSE_STEP_COUNT)
        nse_arg_error(L, 1, "step %d: unknown step '%s'", number, lua_tostring(L, -1));
    lua_pop(L, 1);
    read_step(L, number, &step);
    rc = nse_steps_add(plan, &step);
    if (rc == -ERANGE)
        nse_arg_error(L, 1, "step %d (%s): its place is before '%s': see sys.step_list()", number,
                      nse_step_infos[step.kind].name,
                      nse_step_infos[plan->steps[plan->count - 1].kind].name);
    else if (rc == -EEXIST)
        nse_arg_error(L, 1, "step %d (%s): only one can be in a plan", number,
                      nse_step_infos[step.kind].name);
    else if (rc < 0)
        nse_arg_error(L, 1, "step %d (%s): %s", number, nse_step_infos[step.kind].name,
                      strerror(-rc));
    lua_pop(L, 1);
}

/* plan{flags =, init =, uid_map =, gid_map =, setgroups =, inner =, steps =}
 *   -> Plan                        compiled; it does not change any more
 * Compiles a sandbox that is described as data. flags: the CLONE_NEW* of its first process. init:
 * whether a small init is pid 1 and the command its child. uid_map, gid_map: {{inside, outside,
 * count}, ...} of the user namespace; setgroups: "allow" or "deny". inner: {uid_map =, gid_map =}
 * of the second user namespace, which the step "userns" makes. steps: {{"name", values...}, ...} in
 * the order of sys.step_list(); the mounts, from "bind" to "readonly", may come in any order, and
 * so may landlock rules. It raises an error on misuse, a wrong order, a repeated step that makes
 * sense only once, or a missing step that every sandbox needs. */
static int sys_plan(lua_State *L)
{
    struct plan_handle *handle;
    struct nse_steps_header header;
    const char *missing = NULL;
    int rc, number, count;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    handle = lua_newuserdatauv(L, sizeof(*handle), 0);
    handle->plan = NULL;
    luaL_setmetatable(L, PLAN_TYPE);
    luaL_checkstack(L, 12, NULL);
    header = read_header(L);
    handle->plan = nse_steps_new();
    rc = handle->plan ? nse_steps_set_header(handle->plan, &header) : -ENOMEM;
    if (rc < 0)
        return luaL_error(L, "plan: not enough memory");
    if (lua_getfield(L, 1, "steps") != LUA_TTABLE)
        nse_arg_error(L, 1, "field 'steps': table expected");
    count = (int)lua_rawlen(L, -1);
    for (number = 1; number <= count; number++)
        add_step(L, handle->plan, number);
    rc = nse_steps_freeze(handle->plan, &missing);
    if (rc == -EINVAL)
        nse_arg_error(L, 1, "the step '%s' is missing: every sandbox needs it", missing);
    else if (rc == -E2BIG)
        return luaL_error(
            L, "plan: more than %d KiB of filter and rules for landlock: name directories above",
            NSE_PAYLOAD_BLOCK_MAX >> 10);
    else if (rc < 0)
        return luaL_error(L, "plan: %s", strerror(-rc));
    lua_settop(L, 2);
    return 1;
}

struct nse_steps *nse_arg_plan(lua_State *L, int index)
{
    struct plan_handle *handle = luaL_checkudata(L, index, PLAN_TYPE);

    if (!handle->plan || !handle->plan->setup)
        luaL_argerror(L, index, "not a compiled plan");
    return handle->plan;
}

static int plan_gc(lua_State *L)
{
    struct plan_handle *handle = luaL_checkudata(L, 1, PLAN_TYPE);

    nse_steps_free(handle->plan);
    handle->plan = NULL;
    return 0;
}

/* step_list()
 *   -> {{name =, phase =, shape =, calls =}, ...}
 * Returns the steps that a plan may have, in their order. shape: a letter for each value: i
 * integer, s string, o string or false, b any bytes. calls: the kernel calls that the step
 * makes. */
static int sys_step_list(lua_State *L)
{
    int kind;

    lua_createtable(L, NSE_STEP_COUNT, 0);
    for (kind = 0; kind < NSE_STEP_COUNT; kind++) {
        const struct nse_step_info *info = &nse_step_infos[kind];

        lua_createtable(L, 0, 4);
        nse_set_string(L, "name", info->name);
        nse_set_string(L, "phase", info->phase);
        nse_set_string(L, "shape", info->shape);
        nse_set_string(L, "calls", info->calls);
        lua_rawseti(L, -2, kind + 1);
    }
    return 1;
}

const luaL_Reg nse_sys_plan[] = {
    {"plan", sys_plan},
    {"step_list", sys_step_list},
    {NULL, NULL},
};

void nse_plan_register(lua_State *L)
{
    luaL_newmetatable(L, PLAN_TYPE);
    lua_pushcfunction(L, plan_gc);
    lua_setfield(L, -2, "__gc");
    lua_createtable(L, 0, 1);
    luaL_setfuncs(L, nse_plan_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
