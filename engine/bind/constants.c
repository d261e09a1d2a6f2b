/* Every constant of nsengine.sys, under the kernel's name. They are looked up when first used: a
 * recipe uses five of six hundred. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <linux/xattr.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bind.h"
#include "uapi.h"

/* Newer than the headers of Debian 12. */
#ifndef SECBIT_EXEC_RESTRICT_FILE
#define SECBIT_EXEC_RESTRICT_FILE           0x100 /* 6.14, as the next three */
#define SECBIT_EXEC_RESTRICT_FILE_LOCKED    0x200
#define SECBIT_EXEC_DENY_INTERACTIVE        0x400
#define SECBIT_EXEC_DENY_INTERACTIVE_LOCKED 0x800
#endif

#define K(name)                                                                                    \
    {                                                                                              \
#name, (lua_Integer)(name)                                                                 \
    }

static const struct {
    const char *name;
    lua_Integer value;
} constants[] = {
    /* clone(2), unshare(2), setns(2) */
    K(CLONE_NEWCGROUP),
    K(CLONE_NEWIPC),
    K(CLONE_NEWNET),
    K(CLONE_NEWNS),
    K(CLONE_NEWPID),
    K(CLONE_NEWTIME),
    K(CLONE_NEWUSER),
    K(CLONE_NEWUTS),
    K(CLONE_FS),
    K(CLONE_FILES),
    K(CLONE_SYSVSEM),
    K(CLONE_CLEAR_SIGHAND),
    K(CLONE_INTO_CGROUP),
    K(CLONE_NNP),
    K(CLONE_EMPTY_MNTNS),
    K(UNSHARE_EMPTY_MNTNS),
    /* listns(2) */
    K(LISTNS_CURRENT_USER),
    /* mount(2), umount2(2) */
    K(MS_RDONLY),
    K(MS_NOSUID),
    K(MS_NODEV),
    K(MS_NOEXEC),
    K(MS_SYNCHRONOUS),
    K(MS_REMOUNT),
    K(MS_MANDLOCK),
    K(MS_DIRSYNC),
    K(MS_NOSYMFOLLOW),
    K(MS_NOATIME),
    K(MS_NODIRATIME),
    K(MS_BIND),
    K(MS_MOVE),
    K(MS_REC),
    K(MS_SILENT),
    K(MS_UNBINDABLE),
    K(MS_PRIVATE),
    K(MS_SLAVE),
    K(MS_SHARED),
    K(MS_RELATIME),
    K(MS_STRICTATIME),
    K(MS_LAZYTIME),
    K(MNT_FORCE),
    K(MNT_DETACH),
    K(MNT_EXPIRE),
    K(UMOUNT_NOFOLLOW),
    /* open_tree(2), move_mount(2), mount_setattr(2), fsopen(2) and kin */
    K(OPEN_TREE_CLONE),
    K(OPEN_TREE_CLOEXEC),
    K(OPEN_TREE_NAMESPACE),
    K(MOVE_MOUNT_F_SYMLINKS),
    K(MOVE_MOUNT_F_AUTOMOUNTS),
    K(MOVE_MOUNT_F_EMPTY_PATH),
    K(MOVE_MOUNT_T_SYMLINKS),
    K(MOVE_MOUNT_T_AUTOMOUNTS),
    K(MOVE_MOUNT_T_EMPTY_PATH),
    K(MOVE_MOUNT_SET_GROUP),
    K(MOVE_MOUNT_BENEATH),
    K(MOUNT_ATTR_RDONLY),
    K(MOUNT_ATTR_NOSUID),
    K(MOUNT_ATTR_NODEV),
    K(MOUNT_ATTR_NOEXEC),
    K(MOUNT_ATTR__ATIME),
    K(MOUNT_ATTR_RELATIME),
    K(MOUNT_ATTR_NOATIME),
    K(MOUNT_ATTR_STRICTATIME),
    K(MOUNT_ATTR_NODIRATIME),
    K(MOUNT_ATTR_IDMAP),
    K(MOUNT_ATTR_NOSYMFOLLOW),
    K(FSOPEN_CLOEXEC),
    K(FSPICK_CLOEXEC),
    K(FSPICK_SYMLINK_NOFOLLOW),
    K(FSPICK_NO_AUTOMOUNT),
    K(FSPICK_EMPTY_PATH),
    K(FSCONFIG_SET_FLAG),
    K(FSCONFIG_SET_STRING),
    K(FSCONFIG_SET_BINARY),
    K(FSCONFIG_SET_PATH),
    K(FSCONFIG_SET_PATH_EMPTY),
    K(FSCONFIG_SET_FD),
    K(FSCONFIG_CMD_CREATE),
    {"FSCONFIG_CMD_CREATE_EXCL", NSE_FSCONFIG_CMD_CREATE_EXCL},
    K(FSCONFIG_CMD_RECONFIGURE),
    K(FSMOUNT_CLOEXEC),
    K(FSMOUNT_NAMESPACE),
    /* open(2), openat2(2), the *at calls */
    K(O_RDONLY),
    K(O_WRONLY),
    K(O_RDWR),
    K(O_ACCMODE),
    K(O_APPEND),
    K(O_ASYNC),
    K(O_CLOEXEC),
    K(O_CREAT),
    K(O_DIRECT),
    K(O_DIRECTORY),
    K(O_DSYNC),
    K(O_EXCL),
    K(O_NOATIME),
    K(O_NOCTTY),
    K(O_NOFOLLOW),
    K(O_NONBLOCK),
    K(O_PATH),
    K(O_SYNC),
    K(O_TMPFILE),
    K(O_TRUNC),
    K(RESOLVE_BENEATH),
    K(RESOLVE_CACHED),
    K(RESOLVE_IN_ROOT),
    K(RESOLVE_NO_MAGICLINKS),
    K(RESOLVE_NO_SYMLINKS),
    K(RESOLVE_NO_XDEV),
    K(AT_FDCWD),
    K(AT_EMPTY_PATH),
    K(AT_NO_AUTOMOUNT),
    K(AT_RECURSIVE),
    K(AT_REMOVEDIR),
    K(AT_SYMLINK_FOLLOW),
    K(AT_SYMLINK_NOFOLLOW),
    K(RENAME_EXCHANGE),
    K(RENAME_NOREPLACE),
    K(RENAME_WHITEOUT),
    K(XATTR_CREATE),
    K(XATTR_REPLACE),
    /* inode(7) */
    K(S_IFMT),
    K(S_IFBLK),
    K(S_IFCHR),
    K(S_IFDIR),
    K(S_IFIFO),
    K(S_IFLNK),
    K(S_IFREG),
    K(S_IFSOCK),
    K(S_ISUID),
    K(S_ISGID),
    K(S_ISVTX),
    K(S_IRWXU),
    K(S_IRUSR),
    K(S_IWUSR),
    K(S_IXUSR),
    K(S_IRWXG),
    K(S_IRGRP),
    K(S_IWGRP),
    K(S_IXGRP),
    K(S_IRWXO),
    K(S_IROTH),
    K(S_IWOTH),
    K(S_IXOTH),
    /* descriptors and sockets */
    K(CLOSE_RANGE_CLOEXEC),
    K(CLOSE_RANGE_UNSHARE),
    K(MFD_ALLOW_SEALING),
    K(MFD_CLOEXEC),
    K(MFD_EXEC),
    K(MFD_HUGETLB),
    K(MFD_NOEXEC_SEAL),
    K(SOCK_CLOEXEC),
    K(SOCK_DGRAM),
    K(SOCK_NONBLOCK),
    K(SOCK_SEQPACKET),
    K(SOCK_STREAM),
    /* waitid(2), getrlimit(2) */
    K(WNOHANG),
    K(RLIM_INFINITY),
    K(RLIMIT_AS),
    K(RLIMIT_CORE),
    K(RLIMIT_CPU),
    K(RLIMIT_DATA),
    K(RLIMIT_FSIZE),
    K(RLIMIT_LOCKS),
    K(RLIMIT_MEMLOCK),
    K(RLIMIT_MSGQUEUE),
    K(RLIMIT_NICE),
    K(RLIMIT_NOFILE),
    K(RLIMIT_NPROC),
    K(RLIMIT_RSS),
    K(RLIMIT_RTPRIO),
    K(RLIMIT_RTTIME),
    K(RLIMIT_SIGPENDING),
    K(RLIMIT_STACK),
    /* capabilities(7) */
    K(SECBIT_NOROOT),
    K(SECBIT_NOROOT_LOCKED),
    K(SECBIT_NO_SETUID_FIXUP),
    K(SECBIT_NO_SETUID_FIXUP_LOCKED),
    K(SECBIT_KEEP_CAPS),
    K(SECBIT_KEEP_CAPS_LOCKED),
    K(SECBIT_NO_CAP_AMBIENT_RAISE),
    K(SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED),
    K(SECBIT_EXEC_RESTRICT_FILE),
    K(SECBIT_EXEC_RESTRICT_FILE_LOCKED),
    K(SECBIT_EXEC_DENY_INTERACTIVE),
    K(SECBIT_EXEC_DENY_INTERACTIVE_LOCKED),
    /* seccomp_unotify(2) */
    K(SECCOMP_ADDFD_FLAG_SEND),
    K(SECCOMP_ADDFD_FLAG_SETFD),
    K(SECCOMP_USER_NOTIF_FLAG_CONTINUE),
    /* netdevice(7) */
    K(IFF_UP),
    K(IFF_BROADCAST),
    K(IFF_LOOPBACK),
    K(IFF_POINTOPOINT),
    K(IFF_RUNNING),
    K(IFF_NOARP),
    K(IFF_PROMISC),
    K(IFF_MULTICAST),
    /* The second names of some errors and signals; the others are glibc's to know, below. */
    K(EWOULDBLOCK),
    K(ENOTSUP),
    K(EDEADLOCK),
    K(SIGIO),
    K(SIGIOT),
    K(SIGCLD),
};

#define CONSTANT_COUNT (sizeof(constants) / sizeof(constants[0]))
#define LAST_ERROR     133 /* EHWPOISON */
#define LAST_SIGNAL    31  /* SIGSYS; the real-time signals have numbers only */

/* glibc has the names of all errors and signals. */
static const char *error_name(int error)
{
    return error > 0 ? strerrorname_np(error) : NULL;
}

static int find_signal(const char *name)
{
    int signal;

    for (signal = 1; signal <= LAST_SIGNAL; signal++)
        if (strcmp(name, sigabbrev_np(signal)) == 0)
            return signal;
    return 0;
}

static int find_error(const char *name)
{
    int error;

    for (error = 1; error <= LAST_ERROR; error++)
        if (error_name(error) && strcmp(name, error_name(error)) == 0)
            return error;
    return 0;
}

int nse_push_constant(lua_State *L, const char *name)
{
    int number = 0;
    size_t i;

    for (i = 0; i < CONSTANT_COUNT; i++) {
        if (strcmp(name, constants[i].name) == 0) {
            lua_pushinteger(L, constants[i].value);
            return 1;
        }
    }
    if (strncmp(name, "SIG", 3) == 0)
        number = find_signal(name + 3);
    else if (name[0] == 'E')
        number = find_error(name);
    if (number)
        lua_pushinteger(L, number);
    return number != 0;
}

static void set(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushstring(L, name);
    lua_pushinteger(L, value);
    lua_rawset(L, -3);
}

void nse_set_constants(lua_State *L)
{
    char name[32];
    size_t i;
    int n;

    for (i = 0; i < CONSTANT_COUNT; i++)
        set(L, constants[i].name, constants[i].value);
    for (n = 1; n <= LAST_ERROR; n++)
        if (error_name(n))
            set(L, error_name(n), n);
    for (n = 1; n <= LAST_SIGNAL; n++) {
        snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(n));
        set(L, name, n);
    }
}
