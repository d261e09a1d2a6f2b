/* sys.features: what this host has, probed once for each Lua state. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include "bind.h"
#include "call.h"
#include "fd.h"
#include "landlock.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "text.h"
#include "uapi.h"

static const char features_key = 0;

/* System calls newer than Linux 4.18. */
static const struct {
    const char *name;
    long number;
} calls[] = {
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"fsopen", SYS_fsopen},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset},
    {"listmount", SYS_listmount},
    {"listns", SYS_listns},
    {"mount_setattr", SYS_mount_setattr},
    {"move_mount", SYS_move_mount},
    {"open_tree", SYS_open_tree},
    {"open_tree_attr", SYS_open_tree_attr},
    {"openat2", SYS_openat2},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"statmount", SYS_statmount},
};

static void push_calls(lua_State *L)
{
    size_t i;

    lua_newtable(L);
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        /* -1 is a bad descriptor, pointer and size and an unknown flag for all of the above. */
        nse_set_boolean(L, calls[i].name,
                        nse_call(calls[i].number, -1, -1, -1, -1, -1, -1) != -ENOSYS);
    }
}

/* Parts of seccomp(2). */
static const struct {
    const char *name;
    unsigned int action; /* SECCOMP_RET_*, or 0: it is a flag */
    unsigned int flags;  /* SECCOMP_FILTER_FLAG_* */
} seccomps[] = {
    {"filter", 0, 0},
    {"kill_process", SECCOMP_RET_KILL_PROCESS, 0},
    {"log", SECCOMP_RET_LOG, 0},
    {"log_flag", 0, SECCOMP_FILTER_FLAG_LOG},
    {"notify", SECCOMP_RET_USER_NOTIF, 0},
    {"tsync", 0, SECCOMP_FILTER_FLAG_TSYNC},
    {"wait_killable", 0, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

/* Nothing is installed: the kernel checks the flags before it reads the program, which is NULL. */
static int has_seccomp(unsigned int action, unsigned int flags)
{
    if (action)
        return nse_call(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    return nse_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) == -EFAULT;
}

static void push_seccomp(lua_State *L)
{
    size_t i;

    lua_newtable(L);
    for (i = 0; i < sizeof(seccomps) / sizeof(seccomps[0]); i++) {
        nse_set_boolean(L, seccomps[i].name, has_seccomp(seccomps[i].action, seccomps[i].flags));
    }
}

static void push_namespaces(lua_State *L)
{
    size_t i;

    lua_newtable(L);
    for (i = 0; i < nse_ns_kind_count; i++) {
        struct nse_text path;
        char name[32];
        int fd;

        if (!nse_ns_kinds[i].flag)
            continue;
        nse_text_init(&path, name, sizeof(name));
        nse_text_add(&path, "ns/");
        nse_text_add(&path, nse_ns_kinds[i].name);
        fd = nse_proc_open(0, name, O_RDONLY);
        nse_set_boolean(L, nse_ns_kinds[i].name, fd >= 0);
        nse_close_end(&fd);
    }
}

/* Sysctls that decide what an ordinary user may do; absent where the kernel has none of the name. */
static void push_sysctls(lua_State *L)
{
    static const char *const names[] = {
        "user/max_cgroup_namespaces",
        "user/max_ipc_namespaces",
        "user/max_mnt_namespaces",
        "user/max_net_namespaces",
        "user/max_pid_namespaces",
        "user/max_time_namespaces",
        "user/max_user_namespaces",
        "user/max_uts_namespaces",
        "kernel/unprivileged_userns_clone",             /* Debian, Arch */
        "kernel/apparmor_restrict_unprivileged_userns", /* Ubuntu 23.10 and later */
        "kernel/yama/ptrace_scope",
        "kernel/unprivileged_bpf_disabled",
        "kernel/io_uring_disabled",
        "kernel/keys/maxkeys",
        "vm/memfd_noexec", /* Linux 6.3 */
        "dev/tty/legacy_tiocsti",
    };
    size_t i;

    lua_newtable(L);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct nse_text path;
        char name[96], text[32];
        long n;

        nse_text_init(&path, name, sizeof(name));
        nse_text_add(&path, "/proc/sys/");
        nse_text_add(&path, names[i]);
        n = nse_read_and_close(nse_open(name, O_RDONLY, 0), text, sizeof(text) - 1);
        if (n <= 0)
            continue;
        text[n] = '\0';
        luaL_gsub(L, names[i], "/", ".");
        lua_pushinteger(L, strtol(text, NULL, 10));
        lua_rawset(L, -3);
    }
}

/* "v2" when all of it is one tree, "hybrid" when v1 controllers stand beside it. */
static const char *cgroup_layout(void)
{
    struct statfs fs;

    if (statfs("/sys/fs/cgroup", &fs) != 0)
        return "none";
    if (fs.f_type == CGROUP2_SUPER_MAGIC)
        return "v2";
    if (statfs("/sys/fs/cgroup/unified", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
        return "hybrid";
    return fs.f_type == TMPFS_MAGIC ? "v1" : "none";
}

static void set_attempt(lua_State *L, const char *name, int rc)
{
    lua_pushboolean(L, rc == 0);
    lua_setfield(L, -3, name);
    if (rc < 0)
        nse_set_string(L, name, strerrorname_np(-rc));
}

/* Two tables: what works, and the errno's name of what does not. */
static void push_unprivileged(lua_State *L)
{
    struct nse_unprivileged found;
    int rc = nse_probe_unprivileged(&found);

    if (rc < 0)
        found = (struct nse_unprivileged){rc, rc, rc, rc, rc};
    lua_newtable(L);
    lua_newtable(L);
    set_attempt(L, "user", found.user);
    set_attempt(L, "mount", found.mount);
    set_attempt(L, "network", found.network);
    set_attempt(L, "proc", found.proc);
    set_attempt(L, "overlay", found.overlay);
}

/* features()
 *   -> {kernel =, calls = {clone3 = true, ...}, namespaces = {user = true, ...}, landlock = ABI,
 *       seccomp = {filter =, kill_process =, log =, log_flag =, notify =, tsync =, wait_killable =},
 *       cgroup = "v2"|"hybrid"|"v1"|"none", sysctl = {["user.max_user_namespaces"] = n, ...},
 *       unprivileged = {user =, mount =, network =, proc =, overlay =}, errors = {...}}
 * Tells what the kernel has and allows; probed at the first call. calls: what the kernel knows,
 * such as open_tree_attr (6.15); landlock: 0 if there is none; seccomp: actions and flags of
 * filters; unprivileged: what an ordinary user may do, tried in a child (as uid 65534 if root
 * asks); errors: for each of those that is false, and for a landlock of 0 (ENOSYS: not built in,
 * EOPNOTSUPP: switched off), the name of its errno. */
static int sys_features(lua_State *L)
{
    struct utsname name;
    int landlock;

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &features_key) == LUA_TTABLE)
        return 1;
    lua_createtable(L, 0, 9);
    nse_set_string(L, "kernel", nse_uname(&name) == 0 ? name.release : "");
    push_calls(L);
    lua_setfield(L, -2, "calls");
    push_namespaces(L);
    lua_setfield(L, -2, "namespaces");
    push_seccomp(L);
    lua_setfield(L, -2, "seccomp");
    landlock = nse_landlock_abi();
    nse_set_integer(L, "landlock", landlock > 0 ? landlock : 0);
    nse_set_string(L, "cgroup", cgroup_layout());
    push_sysctls(L);
    lua_setfield(L, -2, "sysctl");
    push_unprivileged(L);
    if (landlock < 0)
        nse_set_string(L, "landlock", strerrorname_np(-landlock));
    lua_setfield(L, -3, "errors");
    lua_setfield(L, -2, "unprivileged");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &features_key);
    return 1;
}

/* landlock_abi()
 *   -> integer                     the ABI of landlock(7): 1 is Linux 5.13; 0: none
 */
static int sys_landlock_abi(lua_State *L)
{
    int abi = nse_landlock_abi();

    lua_pushinteger(L, abi > 0 ? abi : 0);
    return 1;
}

const luaL_Reg nse_sys_features[] = {
    {"landlock_abi", sys_landlock_abi},
    {"features", sys_features},
    {NULL, NULL},
};
