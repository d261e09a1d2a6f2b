/* sys.features: what this host has, probed once for each Lua state. */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include "bind.h"
#include "fd.h"
#include "landlock.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "text.h"

static const char features_key = 0;

static void push_calls(lua_State *L)
{
    size_t i;

    lua_createtable(L, 0, (int)nse_probe_call_count);
    for (i = 0; i < nse_probe_call_count; i++) {
        lua_pushboolean(L, nse_probe_has_call(&nse_probe_calls[i]));
        lua_setfield(L, -2, nse_probe_calls[i].name);
    }
}

static void push_seccomp(lua_State *L)
{
    size_t i;

    lua_createtable(L, 0, (int)nse_probe_seccomp_count);
    for (i = 0; i < nse_probe_seccomp_count; i++) {
        lua_pushboolean(L, nse_probe_has_seccomp(&nse_probe_seccomps[i]));
        lua_setfield(L, -2, nse_probe_seccomps[i].name);
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
        lua_pushboolean(L, fd >= 0);
        lua_setfield(L, -2, nse_ns_kinds[i].name);
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
    if (rc < 0) {
        lua_pushstring(L, strerrorname_np(-rc));
        lua_setfield(L, -2, name);
    }
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
    lua_pushstring(L, nse_uname(&name) == 0 ? name.release : "");
    lua_setfield(L, -2, "kernel");
    push_calls(L);
    lua_setfield(L, -2, "calls");
    push_namespaces(L);
    lua_setfield(L, -2, "namespaces");
    push_seccomp(L);
    lua_setfield(L, -2, "seccomp");
    landlock = nse_landlock_abi();
    nse_set_integer(L, "landlock", landlock > 0 ? landlock : 0);
    lua_pushstring(L, cgroup_layout());
    lua_setfield(L, -2, "cgroup");
    push_sysctls(L);
    lua_setfield(L, -2, "sysctl");
    push_unprivileged(L);
    if (landlock < 0) {
        lua_pushstring(L, strerrorname_np(-landlock));
        lua_setfield(L, -2, "landlock");
    }
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
