/* sys: compiling filters of system calls. Names, architectures and conditions on arguments are
 * libseccomp's business; a search by number alone is written in ranges.c. Runs in the caller, and at build
 * time for the filters that are shipped. */
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "fd.h"
#include "filters.h"
#include "ranges.h"

/* --- names and numbers -------------------------------------------------------------------------- */

/* What libseccomp 2.5.4 does not know yet. From 424 on, all machines here have the same numbers. */
static const struct {
    const char *name;
    int number;
    uint32_t arch; /* 0: all */
} newer[] = {
    {"uretprobe", 335, SCMP_ARCH_X86_64},
    {"uprobe", 336, SCMP_ARCH_X86_64},
    {"fchmodat2", 452, 0},
    {"map_shadow_stack", 453, 0},
    {"futex_wake", 454, 0},
    {"futex_wait", 455, 0},
    {"futex_requeue", 456, 0},
    {"statmount", 457, 0},
    {"listmount", 458, 0},
    {"lsm_get_self_attr", 459, 0},
    {"lsm_set_self_attr", 460, 0},
    {"lsm_list_modules", 461, 0},
    {"mseal", 462, 0},
    {"setxattrat", 463, 0},
    {"getxattrat", 464, 0},
    {"listxattrat", 465, 0},
    {"removexattrat", 466, 0},
    {"open_tree_attr", 467, 0},
    {"file_getattr", 468, 0},
    {"file_setattr", 469, 0},
    {"listns", 470, 0},
};
#define NEWER_COUNT (sizeof(newer) / sizeof(newer[0]))

/* The number on a machine; negative where it has no such call, __NR_SCMP_ERROR where none has. */
static int resolve(uint32_t arch, const char *name)
{
    size_t i;

    for (i = 0; i < NEWER_COUNT; i++)
        if (strcmp(name, newer[i].name) == 0)
            return newer[i].arch == 0 || newer[i].arch == arch ? newer[i].number : INT_MIN;
    return seccomp_syscall_resolve_name_arch(arch, name);
}

static uint32_t opt_arch(lua_State *L, int index)
{
    const char *name = nse_opt_string(L, index);
    uint32_t arch = name ? seccomp_arch_resolve_name(name) : seccomp_arch_native();

    if (arch == 0)
        nse_arg_error(L, index, "unknown architecture '%s'", name);
    return arch;
}

/* seccomp_resolve(name, arch|nil)
 *   -> number | false (no such call on that machine) | nil (on none)
 * Returns the number of a system call. arch: "x86_64", "aarch64", ...; nil: this machine's. */
static int sys_seccomp_resolve(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);
    int number = resolve(opt_arch(L, 2), name);

    if (number >= 0)
        lua_pushinteger(L, number);
    else if (number == __NR_SCMP_ERROR)
        lua_pushnil(L);
    else
        lua_pushboolean(L, 0);
    return 1;
}

/* seccomp_names(arch|nil)
 *   -> {read = 0, write = 1, ...}
 * Returns all system calls of a machine that the engine knows. */
static int sys_seccomp_names(lua_State *L)
{
    uint32_t arch = opt_arch(L, 1);
    int number;
    size_t i;

    lua_newtable(L);
    for (number = 0; number < NSE_CALLS_MAX; number++) {
        char name[64] = "";
        char *found = seccomp_syscall_resolve_num_arch(arch, number);

        if (found)
            strncpy(name, found, sizeof(name) - 1);
        free(found);
        if (*name)
            nse_set_integer(L, name, number);
    }
    for (i = 0; i < NEWER_COUNT; i++)
        if (newer[i].arch == 0 || newer[i].arch == arch)
            nse_set_integer(L, newer[i].name, newer[i].number);
    return 1;
}

/* --- compiling ---------------------------------------------------------------------------------- */

/* The filter that is being made, in a userdata, so that a Lua error frees it. */
static int release_context(lua_State *L)
{
    scmp_filter_ctx *slot = lua_touserdata(L, 1);

    if (*slot)
        seccomp_release(*slot);
    *slot = NULL;
    return 0;
}

static scmp_filter_ctx *new_context(lua_State *L)
{
    scmp_filter_ctx *slot = lua_newuserdatauv(L, sizeof(*slot), 0);

    *slot = NULL;
    if (luaL_newmetatable(L, "nsengine.seccomp")) {
        lua_pushcfunction(L, release_context);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return slot;
}

/* The action "the next stage decides": a mark, which becomes a jump. */
#define NEXT SCMP_ACT_TRACE(0xffff)

static void check(lua_State *L, int rc, const char *what)
{
    if (rc < 0)
        luaL_error(L, "seccomp: %s: %s", what, strerror(-rc));
}

static void read_all(lua_State *L, int file, void *data, size_t size)
{
    size_t done = 0;

    check(L, lseek(file, 0, SEEK_SET) < 0 ? -errno : 0, "lseek");
    while (done < size) {
        long n = nse_read(file, (char *)data + done, size - done);

        check(L, n == 0 ? -EIO : (int)n, "read");
        done += (size_t)n;
    }
}

static void write_all(lua_State *L, int file, const void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        long n = nse_write_quietly(file, (const char *)data + done, size - done);

        check(L, (int)n, "write");
        done += (size_t)n;
    }
}

/* {argument, mask, value}, on top of the stack: holds where the argument & mask is the value. */
static struct scmp_arg_cmp read_comparison(lua_State *L)
{
    struct scmp_arg_cmp compare = {.op = SCMP_CMP_MASKED_EQ};
    lua_Integer numbers[3];
    int i, ok = lua_istable(L, -1);

    for (i = 0; ok && i < 3; i++) {
        lua_rawgeti(L, -1 - i, i + 1);
        numbers[i] = lua_tointegerx(L, -1, &ok);
    }
    if (!ok || numbers[0] < 0 || numbers[0] > 5 || numbers[2] & ~numbers[1])
        nse_arg_error(L, 1, "a comparison is {argument, mask, value}");
    lua_pop(L, 3);
    compare.arg = (unsigned int)numbers[0];
    compare.datum_a = (scmp_datum_t)numbers[1];
    compare.datum_b = (scmp_datum_t)numbers[2];
    return compare;
}

/* libseccomp takes the number that a call has here, also for other machines: that is below -1 for one that
 * only they have (open, on aarch64), and __NR_SCMP_ERROR for one that it does not know. */
static int rule_number(uint32_t arch, const char *name, int number)
{
    return arch == seccomp_arch_native() ? number : seccomp_syscall_resolve_name(name);
}

struct rule {
    const char *name;
    int number; /* negative: the machine has no such call */
    uint32_t action;
    struct scmp_arg_cmp compares[6];
    unsigned int count;
};

/* {name, action, comparison...}, on top of the stack, which keeps the name. */
static void read_rule(lua_State *L, uint32_t arch, struct rule *ret_rule)
{
    lua_Integer action;
    int ok;

    luaL_argexpected(L, lua_istable(L, -1), 1, "rule {name, action, comparison...}");
    lua_rawgeti(L, -1, 1);
    ret_rule->name = lua_tostring(L, -1);
    lua_rawgeti(L, -2, 2);
    action = lua_tointegerx(L, -1, &ok);
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
        action = (lua_Integer)NEXT;
        ok = 1;
    }
    if (!ret_rule->name || !ok || action < 0 || action > UINT_MAX)
        nse_arg_error(L, 1, "a rule is {name, action, comparison...}");
    ret_rule->action = (uint32_t)action;
    ret_rule->number = resolve(arch, ret_rule->name);
    if (ret_rule->number == __NR_SCMP_ERROR)
        nse_arg_error(L, 1, "unknown system call '%s'", ret_rule->name);
    ret_rule->count = 0;
    while (lua_rawgeti(L, -3, (lua_Integer)ret_rule->count + 3) != LUA_TNIL) {
        if (ret_rule->count == 6)
            nse_arg_error(L, 1, "more than six comparisons for %s", ret_rule->name);
        ret_rule->compares[ret_rule->count++] = read_comparison(L);
        lua_pop(L, 1);
    }
    lua_pop(L, 3);
}

#define LIST   1
#define SEARCH 2

/* What a filter is compiled for. */
struct target {
    uint32_t arch;
    uint32_t foreign;  /* the action for calls of another ABI */
    uint32_t optimize; /* SCMP_FLTATR_CTL_OPTIMIZE: LIST, SEARCH */
};

static void set_target(lua_State *L, scmp_filter_ctx context, const struct target *target)
{
    int rc;

    if (target->arch != seccomp_arch_native()) {
        rc = seccomp_arch_remove(context, seccomp_arch_native());
        check(L, rc < 0 ? rc : seccomp_arch_add(context, target->arch), "seccomp_arch_add");
    }
    check(L, seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, target->foreign),
          "SCMP_FLTATR_ACT_BADARCH");
    check(L, seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, target->optimize),
          "SCMP_FLTATR_CTL_OPTIMIZE");
}

/* One filter of libseccomp, whose program is appended to the file; on top of the stack lies the stage. */
static void compile_rules(lua_State *L, const struct target *target, uint32_t others, int file)
{
    scmp_filter_ctx *slot = new_context(L);
    struct nse_quiet quiet;
    struct rule rule;
    lua_Integer i;
    int rc;

    *slot = seccomp_init(others);
    check(L, *slot ? 0 : -EINVAL, "seccomp_init");
    set_target(L, *slot, target);
    for (i = 1; lua_rawgeti(L, -2, i) != LUA_TNIL; i++) {
        read_rule(L, target->arch, &rule);
        rule.number =
            rule.number < 0 ? __NR_SCMP_ERROR : rule_number(target->arch, rule.name, rule.number);
        if (rule.number != __NR_SCMP_ERROR)
            check(
                L,
                seccomp_rule_add_array(*slot, rule.action, rule.number, rule.count, rule.compares),
                rule.name);
        lua_pop(L, 1);
    }
    rc = nse_quiet_begin(&quiet);
    if (rc == 0) {
        rc = seccomp_export_bpf(*slot, file);
        nse_quiet_end(&quiet, rc < 0 ? -EFBIG : 0); /* it tells -ECANCELED of any failure */
    }
    check(L, rc, "seccomp_export_bpf");
    seccomp_release(*slot);
    *slot = NULL;
    lua_pop(L, 2);
}

/* Whether the stage on top of the stack looks at numbers alone. */
static int is_search(lua_State *L)
{
    int plain = 1;
    lua_Integer i;

    for (i = 1; plain && lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        plain = lua_istable(L, -1) && lua_rawlen(L, -1) <= 2;
        lua_pop(L, 1);
    }
    lua_pop(L, plain ? 1 : 0);
    return plain;
}

static int set_answer(struct nse_answers *answers, const struct rule *rule)
{
    uint32_t *answer = answers->numbers + rule->number;

    if (rule->number >= NSE_CALLS_MAX)
        return -ERANGE;
    if (*answer != answers->others && *answer != rule->action)
        return -EEXIST;
    *answer = rule->action;
    return 0;
}

/* Appends the search by number that is the stage on top of the stack. */
static void compile_search(lua_State *L, const struct target *target, uint32_t others, int file)
{
    struct nse_answers *answers = lua_newuserdatauv(L, sizeof(*answers), 0);
    struct nse_program *program = lua_newuserdatauv(L, sizeof(*program), 0);
    struct rule rule;
    lua_Integer i;

    *answers =
        (struct nse_answers){.arch = target->arch, .foreign = target->foreign, .others = others};
    for (i = 0; i < NSE_CALLS_MAX; i++)
        answers->numbers[i] = others;
    for (i = 1; lua_rawgeti(L, -3, i) != LUA_TNIL; i++) {
        read_rule(L, target->arch, &rule);
        if (rule.number >= 0)
            check(L, set_answer(answers, &rule), rule.name);
        lua_pop(L, 1);
    }
    nse_ranges_compile(answers, program);
    write_all(L, file, program->code + program->start,
              (NSE_PROGRAM_END - program->start) * sizeof(program->code[0]));
    lua_pop(L, 3);
}

/* Appends the program of a stage to the file; on top of the stack lies {default = action, rule...}.
 * ranges.c is for machines that its programs have been checked for. */
static void compile_stage(lua_State *L, const struct target *target, int file)
{
    lua_Integer others = nse_field_integer(L, lua_absindex(L, -1), "default", -1, 0, UINT_MAX);
    int known = target->arch == SCMP_ARCH_X86_64 || target->arch == SCMP_ARCH_AARCH64;

    if (others < 0)
        nse_arg_error(L, 1, "a stage needs a default");
    if (known && target->optimize == SEARCH && is_search(L))
        compile_search(L, target, (uint32_t)others, file);
    else
        compile_rules(L, target, (uint32_t)others, file);
}

/* Appends all stages to the file, and returns how many instructions they have; ends: of each. */
static size_t compile_stages(lua_State *L, const struct target *target, int file, size_t *ends,
                             size_t count)
{
    size_t length = 0, at;

    /* What the kernel knows, it says when the program is installed; libseccomp would ask it now. */
    check(L, seccomp_api_set(6), "seccomp_api_set");
    for (at = 0; at < count; at++) {
        off_t size;

        luaL_argexpected(L, lua_rawgeti(L, 1, (lua_Integer)at + 1) == LUA_TTABLE, 1, "stages");
        compile_stage(L, target, file);
        lua_pop(L, 1);
        size = lseek(file, 0, SEEK_CUR);
        check(L, size < 0 ? -errno : 0, "lseek");
        ends[at] = length = (size_t)size / sizeof(struct sock_filter);
    }
    return length;
}

/* Of a stage at [first, end): what it leaves to the next one goes on behind it. */
static void chain(lua_State *L, struct sock_filter *program, size_t first, size_t end, int last)
{
    size_t at;

    for (at = first; at < end; at++) {
        if (program[at].code != (BPF_RET | BPF_K) || program[at].k != NEXT)
            continue;
        if (last)
            nse_arg_error(L, 1, "there is no stage after the last one");
        program[at] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(end - at - 1));
    }
}

#define STAGE_MAX 8

/* seccomp_compile{arch =, foreign = action, linear = false, stage, ...}
 *   -> program
 *   -> nil, "seccomp: 5000 instructions: Argument list too long (E2BIG)", errno
 * Compiles a filter. stage: {default = action, {name, action, {argument, mask, value}, ...}, ...};
 * a rule applies if all its comparisons hold: argument & mask == value. A stage without comparisons
 * becomes a search in ranges of numbers, and all others are compiled by libseccomp; with linear,
 * all are, as a list. action: a SECCOMP_RET_* with its data, or false, which leaves the decision to
 * the next stage. foreign: for calls of another ABI of the machine, x32 and i386. A call that the
 * machine does not have is left out. */
static int sys_seccomp_compile(lua_State *L)
{
    struct nse_fd *file;
    struct sock_filter *program;
    size_t ends[STAGE_MAX], count, length, at;
    struct target target = {.optimize = SEARCH};

    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, 20, NULL);
    lua_getfield(L, 1, "arch");
    target.arch = opt_arch(L, 2);
    lua_getfield(L, 1, "linear");
    if (lua_toboolean(L, -1))
        target.optimize = LIST;
    target.foreign =
        (uint32_t)nse_field_integer(L, 1, "foreign", SCMP_ACT_KILL_PROCESS, 0, UINT_MAX);
    count = (size_t)lua_rawlen(L, 1);
    luaL_argcheck(L, count > 0 && count <= STAGE_MAX, 1, "1 to 8 stages expected");
    file = nse_fd_new(L);
    file->fd = nse_memfd_create("seccomp", 0);
    if (file->fd < 0)
        return nse_fail(L, file->fd, "memfd_create");
    length = compile_stages(L, &target, file->fd, ends, count);
    if (length > BPF_MAXINSNS)
        return nse_fail(L, -E2BIG, "seccomp: %d instructions", (int)length);
    program = lua_newuserdatauv(L, length * sizeof(*program), 0);
    read_all(L, file->fd, program, length * sizeof(*program));
    for (at = 0; at < count; at++)
        chain(L, program, at ? ends[at - 1] : 0, ends[at], at + 1 == count);
    lua_pushlstring(L, (const char *)program, length * sizeof(*program));
    nse_close_end(&file->fd);
    return 1;
}

/* --- what is shipped ---------------------------------------------------------------------------- */

/* seccomp_shipped(name)
 *   -> program, flags | nil (there is none)
 * Returns a filter that comes with the engine, compiled when that was built: "default", "strict"
 * and the others of lua/nsengine/filter.lua. flags: what the step "filter" takes. */
static int sys_seccomp_shipped(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);
    const struct nse_shipped_filter *filter;

    for (filter = nse_shipped_filters; filter->name; filter++) {
        if (strcmp(name, filter->name) == 0) {
            lua_pushlstring(L, filter->program, filter->size);
            lua_pushinteger(L, filter->flags);
            return 2;
        }
    }
    lua_pushnil(L);
    return 1;
}

const luaL_Reg nse_sys_seccomp[] = {
    {"seccomp_compile", sys_seccomp_compile},
    {"seccomp_resolve", sys_seccomp_resolve},
    {"seccomp_names", sys_seccomp_names},
    {"seccomp_shipped", sys_seccomp_shipped},
    {NULL, NULL},
};
