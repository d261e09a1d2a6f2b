/* sys: namespaces. Enter, open and ask them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <string.h>
#include <time.h>

#include "bind.h"
#include "fd.h"
#include "ns.h"
#include "proc.h"
#include "text.h"
#include "uapi.h"

/* unshare(flags)
 *   -> true
 *   -> nil, "unshare: Operation not permitted (EPERM)", errno
 * Moves the caller to new namespaces. flags: CLONE_NEW*, CLONE_FS, CLONE_FILES, CLONE_SYSVSEM,
 * UNSHARE_EMPTY_MNTNS (Linux 7.1). New pid and time namespaces apply to children only, from the
 * next one. unshare(2). */
static int sys_unshare(lua_State *L)
{
    lua_Integer flags = nse_arg_integer(L, 1, 0, INT_MAX);
    int count = nse_result(L, nse_unshare((int)flags), "unshare");

    return flags & UNSHARE_EMPTY_MNTNS ? nse_needs(L, count, NSE_LINUX(7, 1)) : count;
}

/* A namespace of a process as its file below /proc; a descriptor or -errno. */
static int open_ns(const struct nse_target *target, const char *kind)
{
    char name[32];
    struct nse_text text;
    int fd, rc;

    nse_text_init(&text, name, sizeof(name));
    nse_text_add(&text, "ns/");
    nse_text_add(&text, kind);
    fd = nse_proc_open(target->pid, name, O_RDONLY);
    if (fd < 0)
        return fd;
    rc = nse_target_alive(target);
    if (rc < 0)
        nse_close(fd);
    return rc < 0 ? rc : fd;
}

/* The path, or the process, whose namespaces to enter: a descriptor in *slot, or -errno. */
static int open_source(lua_State *L, struct nse_fd *slot)
{
    struct nse_target target;
    int rc;

    if (lua_type(L, 1) == LUA_TSTRING)
        return slot->fd = nse_open(nse_arg_string(L, 1), O_RDONLY, 0);
    rc = nse_arg_target(L, 1, 0, &target);
    if (rc < 0)
        return rc;
    if (target.pidfd >= 0)
        return target.pidfd;
    return slot->fd = nse_pidfd_open(target.pid, 0);
}

/* setns(fd|path|process, flags = 0)
 *   -> true
 *   -> nil, "setns /proc/1/ns/net: Operation not permitted (EPERM)", errno
 * Enters namespaces. With an FD or path of one, flags is 0, or its CLONE_NEW* to be sure of the
 * kind. With a process (Process, pidfd, pid), flags is CLONE_NEW* of all kinds to enter, all or
 * none of them; Linux 5.8. EINVAL: also for the caller's own user namespace. A pid namespace
 * applies to children only, from the next one. setns(2). */
static int sys_setns(lua_State *L)
{
    int flags = (int)nse_opt_integer(L, 2, 0, 0, INT_MAX);
    struct nse_fd *slot;
    int fd;

    lua_settop(L, 2);
    slot = nse_fd_new(L); /* closes what was opened here, when collected and below */
    fd = open_source(L, slot);
    if (fd >= 0)
        fd = nse_setns(fd, flags);
    nse_close_end(&slot->fd);
    return nse_needs(L, nse_result(L, fd, "setns %s", luaL_tolstring(L, 1, NULL)),
                     lua_type(L, 1) == LUA_TSTRING ? 0 : NSE_LINUX(5, 8));
}

static const struct nse_ns_kind *check_kind(lua_State *L, int index)
{
    const char *name = nse_arg_string(L, index);
    size_t i;

    for (i = 0; i < nse_ns_kind_count; i++)
        if (strcmp(name, nse_ns_kinds[i].name) == 0)
            return &nse_ns_kinds[i];
    nse_arg_error(L, index,
                  "unknown namespace '%s' (cgroup, ipc, mnt, net, pid, pid_for_children, time, "
                  "time_for_children, user, uts)",
                  name);
}

/* nsopen(kind, process|nil)
 *   -> FD                          of that namespace, which exists as long as it is open
 *   -> nil, "nsopen net of 4711: Permission denied (EACCES)", errno
 * Opens a namespace of a process. kind: "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children",
 * "time", "time_for_children", "user" or "uts"; process: a Process, a pidfd, a pid, or nil for this
 * one. It reads /proc/PID/ns/KIND, or uses an ioctl of the pidfd (PIDFD_GET_*_NAMESPACE, Linux
 * 6.11), which needs no /proc. namespaces(7). */
static int sys_nsopen(lua_State *L)
{
    const struct nse_ns_kind *kind = check_kind(L, 1);
    struct nse_target target;
    struct nse_fd *slot;
    const char *whose;
    int rc;

    lua_settop(L, 2);
    rc = nse_arg_target(L, 2, 1, &target);
    whose = lua_isnil(L, 2) ? "this process" : luaL_tolstring(L, 2, NULL);
    slot = nse_fd_new(L); /* last: it is the result */
    if (rc == 0)          /* 0 from the ioctl is a descriptor, where standard input is closed */
        rc = target.pidfd < 0 ? -ENOTTY : nse_ns_ioctl(target.pidfd, kind->pidfd_ioctl, 0);
    if (rc == -ENOTTY || rc == -EINVAL) {
        rc = nse_arg_target_pid(L, 2, 1, &target);
        if (rc == 0)
            rc = open_ns(&target, kind->name);
    }
    return nse_result_fd(L, slot, rc, "nsopen %s of %s", kind->name, whose);
}

static int ns_related(lua_State *L, unsigned int request, const char *name)
{
    int fd = nse_arg_fd(L, 1);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_result_fd(L, slot, nse_ns_ioctl(fd, request, 0), "%s", name);
}

/* ns_get_userns(fd)
 *   -> FD                          the user namespace that owns it; of a user namespace, its parent
 *   -> nil, "ns_get_userns: Operation not permitted (EPERM)", errno
 * Opens the owner of a namespace. EPERM: it is outside the caller's user namespace, or there is
 * none. NS_GET_USERNS, ioctl_ns(2), Linux 4.9. */
static int sys_ns_get_userns(lua_State *L)
{
    return ns_related(L, NS_GET_USERNS, "ns_get_userns");
}

/* ns_get_parent(fd)
 *   -> FD                          of the parent of a pid or user namespace
 *   -> nil, "ns_get_parent: Operation not permitted (EPERM)", errno
 * Opens the parent of a namespace. EPERM: the caller can see none; EINVAL: another kind.
 * NS_GET_PARENT, Linux 4.9. */
static int sys_ns_get_parent(lua_State *L)
{
    return ns_related(L, NS_GET_PARENT, "ns_get_parent");
}

/* ns_get_nstype(fd)
 *   -> integer                     CLONE_NEW*
 *   -> nil, "ns_get_nstype: Inappropriate ioctl for device (ENOTTY)", errno
 * Returns the kind of a namespace. ENOTTY: it is none. NS_GET_NSTYPE, Linux 4.11. */
static int sys_ns_get_nstype(lua_State *L)
{
    return nse_result_integer(L, nse_ns_ioctl(nse_arg_fd(L, 1), NS_GET_NSTYPE, 0), "ns_get_nstype");
}

/* ns_get_owner_uid(fd)
 *   -> integer                     who made this user namespace, as the caller's namespace sees it
 *   -> nil, "ns_get_owner_uid: Invalid argument (EINVAL)", errno
 * EINVAL: not a user namespace. NS_GET_OWNER_UID, Linux 4.11. */
static int sys_ns_get_owner_uid(lua_State *L)
{
    uid_t uid = 0;
    int rc = nse_ns_owner_uid(nse_arg_fd(L, 1), &uid);

    return nse_result_integer(L, rc < 0 ? rc : (long)uid, "ns_get_owner_uid");
}

static int ns_id(lua_State *L, unsigned int request, const char *name, int since)
{
    uint64_t id = 0;
    int rc = nse_ns_id(nse_arg_fd(L, 1), request, &id);

    if (rc < 0)
        return nse_needs(L, nse_fail(L, rc, "%s", name), since);
    lua_pushinteger(L, (lua_Integer)id);
    return 1;
}

/* ns_get_mntns_id(fd)
 *   -> integer                     the number of a mount namespace, never used again for another
 *   -> nil, "ns_get_mntns_id: Inappropriate ioctl for device (ENOTTY)", errno
 * NS_GET_MNTNS_ID, Linux 6.11. */
static int sys_ns_get_mntns_id(lua_State *L)
{
    return ns_id(L, NS_GET_MNTNS_ID, "ns_get_mntns_id", NSE_LINUX(6, 11));
}

/* ns_get_id(fd)
 *   -> integer                     the number of any namespace, never used again for another
 *   -> nil, "ns_get_id: Inappropriate ioctl for device (ENOTTY); needs Linux 6.18, ...", errno
 * NS_GET_ID, Linux 6.18. */
static int sys_ns_get_id(lua_State *L)
{
    return ns_id(L, NS_GET_ID, "ns_get_id", NSE_LINUX(6, 18));
}

static void push_mnt_info(lua_State *L, const struct mnt_ns_info *info)
{
    lua_createtable(L, 0, 2);
    nse_set_integer(L, "nr_mounts", info->nr_mounts);
    nse_set_integer(L, "mnt_ns_id", (lua_Integer)info->mnt_ns_id);
}

/* ns_mnt_get_info(fd)
 *   -> {nr_mounts =, mnt_ns_id =}  the count of mounts; the number, as ns_get_mntns_id
 *   -> nil, message, errno
 * NS_MNT_GET_INFO of a mount namespace, Linux 6.12. */
static int sys_ns_mnt_get_info(lua_State *L)
{
    struct mnt_ns_info info;
    int rc = nse_ns_mnt_info(nse_arg_fd(L, 1), NS_MNT_GET_INFO, &info);

    if (rc < 0)
        return nse_needs(L, nse_fail(L, rc, "ns_mnt_get_info"), NSE_LINUX(6, 12));
    push_mnt_info(L, &info);
    return 1;
}

static int mnt_walk(lua_State *L, unsigned int request, const char *name)
{
    int fd = nse_arg_fd(L, 1);
    struct nse_fd *slot = nse_fd_new(L);
    struct mnt_ns_info info;
    int rc = nse_ns_mnt_info(fd, request, &info);

    if (rc < 0)
        return nse_needs(L, nse_fail(L, rc, "%s", name), NSE_LINUX(6, 12));
    slot->fd = rc;
    push_mnt_info(L, &info);
    return 2;
}

/* ns_mnt_get_next(fd)
 *   -> FD, {nr_mounts =, mnt_ns_id =}   the mount namespace after this one
 *   -> nil, "ns_mnt_get_next: No such file or directory (ENOENT)", errno
 * ENOENT: it was the last. It needs CAP_SYS_ADMIN in the initial user namespace. NS_MNT_GET_NEXT,
 * Linux 6.12. */
static int sys_ns_mnt_get_next(lua_State *L)
{
    return mnt_walk(L, NS_MNT_GET_NEXT, "ns_mnt_get_next");
}

/* ns_mnt_get_prev(fd)
 *   -> FD, {nr_mounts =, mnt_ns_id =}   the mount namespace before this one
 *   -> nil, "ns_mnt_get_prev: No such file or directory (ENOENT)", errno
 * ENOENT: it was the first. Like ns_mnt_get_next. NS_MNT_GET_PREV, Linux 6.12. */
static int sys_ns_mnt_get_prev(lua_State *L)
{
    return mnt_walk(L, NS_MNT_GET_PREV, "ns_mnt_get_prev");
}

static int translate(lua_State *L, unsigned int request, const char *name)
{
    int fd = nse_arg_fd(L, 1);
    pid_t pid = (pid_t)nse_arg_integer(L, 2, 1, INT_MAX);

    return nse_needs(L,
                     nse_result_integer(L, nse_ns_ioctl(fd, request, pid), "%s %d", name, (int)pid),
                     NSE_LINUX(6, 11));
}

/* ns_get_pid_from_pidns(fd, pid)
 *   -> integer                     in the caller's pid namespace, of `pid` in fd's
 *   -> nil, "ns_get_pid_from_pidns 7: No such process (ESRCH)", errno
 * Translates a pid from another pid namespace. NS_GET_PID_FROM_PIDNS, Linux 6.11. */
static int sys_ns_get_pid_from_pidns(lua_State *L)
{
    return translate(L, NS_GET_PID_FROM_PIDNS, "ns_get_pid_from_pidns");
}

/* ns_get_tgid_from_pidns(fd, tgid)
 *   -> integer                     the same for a thread group
 *   -> nil, message, errno
 * NS_GET_TGID_FROM_PIDNS, Linux 6.11. */
static int sys_ns_get_tgid_from_pidns(lua_State *L)
{
    return translate(L, NS_GET_TGID_FROM_PIDNS, "ns_get_tgid_from_pidns");
}

/* ns_get_pid_in_pidns(fd, pid)
 *   -> integer                     in the pid namespace of fd, of `pid` in the caller's
 *   -> nil, "ns_get_pid_in_pidns 7: No such process (ESRCH)", errno
 * Translates a pid to another pid namespace. NS_GET_PID_IN_PIDNS, Linux 6.11. */
static int sys_ns_get_pid_in_pidns(lua_State *L)
{
    return translate(L, NS_GET_PID_IN_PIDNS, "ns_get_pid_in_pidns");
}

/* ns_get_tgid_in_pidns(fd, tgid)
 *   -> integer                     the same for a thread group
 *   -> nil, message, errno
 * NS_GET_TGID_IN_PIDNS, Linux 6.11. */
static int sys_ns_get_tgid_in_pidns(lua_State *L)
{
    return translate(L, NS_GET_TGID_IN_PIDNS, "ns_get_tgid_in_pidns");
}

/* pidfd_get_namespace(pidfd, kind)
 *   -> FD                          of that namespace; it needs no /proc
 *   -> nil, "pidfd_get_namespace net: No such process (ESRCH)", errno
 * Opens a namespace of a process. pidfd: a pidfd or a Process; kind: as for nsopen, which also
 * works before Linux 6.11. PIDFD_GET_*_NAMESPACE. */
static int sys_pidfd_get_namespace(lua_State *L)
{
    struct nse_target target;
    int rc = nse_arg_target(L, 1, 0, &target);
    const struct nse_ns_kind *kind = check_kind(L, 2);
    struct nse_fd *slot;

    luaL_argcheck(L, rc < 0 || target.pidfd >= 0, 1, "pidfd or Process expected");
    slot = nse_fd_new(L);
    if (rc == 0)
        rc = nse_ns_ioctl(target.pidfd, kind->pidfd_ioctl, 0);
    return nse_needs(L, nse_result_fd(L, slot, rc, "pidfd_get_namespace %s", kind->name),
                     NSE_LINUX(6, 11));
}

/* pidfd_get_info(pidfd)
 *   -> {pid =, ppid =, uid =, euid =, suid =, gid =, egid =, sgid =, cgroupid =, exit_code =}
 *   -> nil, "pidfd_get_info: No such process (ESRCH)", errno
 * Returns what the kernel reports about a process. pidfd: a pidfd or a Process. The ids are those of the
 * caller's namespaces; exit_code, encoded as by wait(2), is there once the process was reaped
 * (Linux 6.15). PIDFD_GET_INFO, Linux 6.13. */
static int sys_pidfd_get_info(lua_State *L)
{
    struct pidfd_info info = {.mask = PIDFD_INFO_PID | PIDFD_INFO_CREDS | PIDFD_INFO_CGROUPID |
                                      PIDFD_INFO_EXIT};
    struct nse_target target;
    int rc = nse_arg_target(L, 1, 0, &target);

    luaL_argcheck(L, rc < 0 || target.pidfd >= 0, 1, "pidfd or Process expected");
    if (rc == 0)
        rc = nse_pidfd_info(target.pidfd, &info);
    if (rc < 0)
        return nse_needs(L, nse_fail(L, rc, "pidfd_get_info"), NSE_LINUX(6, 13));
    lua_createtable(L, 0, 10);
    if (info.mask & PIDFD_INFO_PID) {
        nse_set_integer(L, "pid", info.pid);
        nse_set_integer(L, "ppid", info.ppid);
    }
    if (info.mask & PIDFD_INFO_CREDS) {
        nse_set_integer(L, "uid", info.ruid);
        nse_set_integer(L, "euid", info.euid);
        nse_set_integer(L, "suid", info.suid);
        nse_set_integer(L, "gid", info.rgid);
        nse_set_integer(L, "egid", info.egid);
        nse_set_integer(L, "sgid", info.sgid);
    }
    if (info.mask & PIDFD_INFO_CGROUPID)
        nse_set_integer(L, "cgroupid", (lua_Integer)info.cgroupid);
    if (info.mask & PIDFD_INFO_EXIT)
        nse_set_integer(L, "exit_code", info.exit_code);
    return 1;
}

/* listns(flags = 0, user|nil)
 *   -> {id, ...}                   those that the caller may see, as ns_get_id
 *   -> nil, "listns: Function not implemented (ENOSYS); needs Linux 6.19, this kernel is ...", errno
 * Lists namespaces. flags: the kinds, CLONE_NEW*; 0: all. user: only those owned by this user
 * namespace, an id or LISTNS_CURRENT_USER. listns(2), Linux 6.19. */
static int sys_listns(lua_State *L)
{
    struct ns_id_req request = {.size = sizeof(request),
                                .ns_type = nse_opt_flags(L, 1),
                                .user_ns_id = (__u64)nse_opt_integer(L, 2, 0, -1, LLONG_MAX)};
    uint64_t ids[256];
    lua_Integer n = 0;
    int i, rc;

    lua_newtable(L);
    do {
        rc = nse_listns(&request, ids, sizeof(ids) / sizeof(ids[0]));
        if (rc < 0)
            return nse_needs(L, nse_fail(L, rc, "listns"), NSE_LINUX(6, 19));
        for (i = 0; i < rc; i++) {
            lua_pushinteger(L, (lua_Integer)ids[i]);
            lua_rawseti(L, -2, ++n);
        }
        request.ns_id = rc ? ids[rc - 1] : 0;
    } while (rc == (int)(sizeof(ids) / sizeof(ids[0])));
    return 1;
}

#define NO_OFFSET LLONG_MIN

/* A field as nanoseconds. */
static long long check_offset(lua_State *L, const char *field)
{
    long long nanoseconds = NO_OFFSET;

    if (lua_getfield(L, 1, field) != LUA_TNIL) {
        lua_Number offset = lua_tonumber(L, -1);

        if (lua_type(L, -1) != LUA_TNUMBER || !(offset > -1e9 && offset < 1e9))
            nse_arg_error(L, 1, "field '%s': seconds between -1e9 and 1e9 expected", field);
        nanoseconds = (long long)(offset * 1e9 + (offset < 0 ? -0.5 : 0.5));
    }
    lua_pop(L, 1);
    return nanoseconds;
}

static int write_offset(int clock, long long offset)
{
    return offset == NO_OFFSET ? 0 : nse_timens_offset(clock, offset);
}

/* timens_offsets{monotonic = seconds, boottime = seconds}
 *   -> true
 *   -> nil, "timens_offsets: Permission denied (EACCES)", errno
 * Shifts the clocks of the time namespace that this process's next child enters: call it after
 * unshare(CLONE_NEWTIME) and before making that child. The seconds are added; they may be negative,
 * and fractions. EACCES: the namespace already has a member. time_namespaces(7), Linux 5.6. */
static int sys_timens_offsets(lua_State *L)
{
    static const char *const fields[] = {"monotonic", "boottime", NULL};
    long long monotonic, boottime;
    int rc;

    nse_check_table(L, 1, fields);
    monotonic = check_offset(L, "monotonic");
    boottime = check_offset(L, "boottime");
    rc = write_offset(CLOCK_MONOTONIC, monotonic);
    if (rc == 0)
        rc = write_offset(CLOCK_BOOTTIME, boottime);
    return nse_result(L, rc, "timens_offsets");
}

const luaL_Reg nse_sys_ns[] = {
    {"unshare", sys_unshare},
    {"setns", sys_setns},
    {"nsopen", sys_nsopen},
    {"ns_get_userns", sys_ns_get_userns},
    {"ns_get_parent", sys_ns_get_parent},
    {"ns_get_nstype", sys_ns_get_nstype},
    {"ns_get_owner_uid", sys_ns_get_owner_uid},
    {"ns_get_mntns_id", sys_ns_get_mntns_id},
    {"ns_get_id", sys_ns_get_id},
    {"ns_mnt_get_info", sys_ns_mnt_get_info},
    {"ns_mnt_get_next", sys_ns_mnt_get_next},
    {"ns_mnt_get_prev", sys_ns_mnt_get_prev},
    {"ns_get_pid_from_pidns", sys_ns_get_pid_from_pidns},
    {"ns_get_tgid_from_pidns", sys_ns_get_tgid_from_pidns},
    {"ns_get_pid_in_pidns", sys_ns_get_pid_in_pidns},
    {"ns_get_tgid_in_pidns", sys_ns_get_tgid_in_pidns},
    {"pidfd_get_namespace", sys_pidfd_get_namespace},
    {"pidfd_get_info", sys_pidfd_get_info},
    {"listns", sys_listns},
    {"timens_offsets", sys_timens_offsets},
    {NULL, NULL},
};
