/* sys: names in the file system. What set-up code needs: Debian has no luaposix for Lua 5.4, and
 * lua-filesystem knows neither modes, nor descriptors, nor which path failed. A relative path
 * begins at `dirfd` where one is given, and at the working directory otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "bind.h"
#include "node.h"

/* A path, or a descriptor with path NULL. */
static const char *check_node(lua_State *L, int *fd)
{
    *fd = -1;
    if (lua_type(L, 1) == LUA_TSTRING)
        return nse_arg_string(L, 1);
    *fd = nse_arg_fd(L, 1);
    return NULL;
}

/* What a message calls it. */
static const char *node_name(lua_State *L, const char *path, int fd)
{
    return path ? path : lua_pushfstring(L, "descriptor %d", fd);
}

static mode_t opt_mode(lua_State *L, int index, mode_t fallback)
{
    return (mode_t)nse_opt_integer(L, index, fallback, 0, 07777);
}

/* mkdir(path, mode = 0777, dirfd|nil)
 *   -> true
 *   -> nil, "mkdir /tmp/x: File exists (EEXIST)", errno
 * Makes a directory; the umask is taken off the mode. dirfd, here and below: where a relative path
 * begins; nil: the working directory. mkdirat(2). */
static int sys_mkdir(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    mode_t mode = opt_mode(L, 2, 0777);

    return nse_result(L, nse_mkdir(nse_opt_dirfd(L, 3), path, mode), "mkdir %s", path);
}

/* The directory at `path` is there or can be: what it is decides, not what mkdir said. */
static int make_one(const char *path, mode_t mode)
{
    struct statx stat;
    int rc = nse_mkdir(AT_FDCWD, path, mode);

    if (rc != -EEXIST)
        return rc;
    rc = nse_statx(AT_FDCWD, path, 0, &stat);
    if (rc < 0)
        return rc;
    return S_ISDIR(stat.stx_mode) ? 0 : -ENOTDIR;
}

/* mkdirs(path, mode = 0777)
 *   -> true                        also if it exists
 *   -> nil, "mkdirs /a/b: Not a directory (ENOTDIR)", errno
 * Makes a directory and its parents, like mkdir -p; links on the way are followed. */
static int sys_mkdirs(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    mode_t mode = opt_mode(L, 2, 0777);
    size_t length = strlen(path);
    char *copy, *at;
    int rc = 0;

    copy = memcpy(lua_newuserdatauv(L, length + 1, 0), path, length + 1);
    for (at = copy + strspn(copy, "/"); rc == 0 && *at; at += strspn(at, "/")) {
        char *end = at + strcspn(at, "/");
        char saved = *end;

        *end = '\0';
        rc = make_one(copy, mode);
        *end = saved;
        at = end;
    }
    return nse_result(L, length ? rc : -ENOENT, "mkdirs %s", path);
}

/* rmdir(path, dirfd|nil)
 *   -> true
 *   -> nil, "rmdir /tmp/x: Directory not empty (ENOTEMPTY)", errno
 * Removes an empty directory. unlinkat(2) AT_REMOVEDIR. */
static int sys_rmdir(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);

    return nse_result(L, nse_unlink(nse_opt_dirfd(L, 2), path, AT_REMOVEDIR), "rmdir %s", path);
}

/* unlink(path, dirfd|nil)
 *   -> true
 *   -> nil, "unlink /tmp/x: No such file or directory (ENOENT)", errno
 * Removes a name that is no directory. unlinkat(2). */
static int sys_unlink(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);

    return nse_result(L, nse_unlink(nse_opt_dirfd(L, 2), path, 0), "unlink %s", path);
}

/* rename(old, new, flags = 0, old_dirfd|nil, new_dirfd|nil)
 *   -> true
 *   -> nil, "rename a to b: No such file or directory (ENOENT)", errno
 * Renames or moves a file. flags: RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT.
 * renameat2(2). */
static int sys_rename(lua_State *L)
{
    const char *old = nse_arg_string(L, 1);
    const char *new_path = nse_arg_string(L, 2);
    unsigned int flags = nse_opt_flags(L, 3);
    int rc = nse_rename(nse_opt_dirfd(L, 4), old, nse_opt_dirfd(L, 5), new_path, flags);

    return nse_result(L, rc, "rename %s to %s", old, new_path);
}

/* link(old, new, old_dirfd|nil, new_dirfd|nil)
 *   -> true
 *   -> nil, "link a to b: File exists (EEXIST)", errno
 * Makes a hard link; if `old` is a symbolic link, to that link itself. linkat(2). */
static int sys_link(lua_State *L)
{
    const char *old = nse_arg_string(L, 1);
    const char *new_path = nse_arg_string(L, 2);
    int rc = nse_link(nse_opt_dirfd(L, 3), old, nse_opt_dirfd(L, 4), new_path, 0);

    return nse_result(L, rc, "link %s to %s", old, new_path);
}

/* symlink(target, path, dirfd|nil)
 *   -> true
 *   -> nil, "symlink /tmp/x to usr/bin: File exists (EEXIST)", errno
 * Makes a symbolic link at `path`. symlinkat(2). */
static int sys_symlink(lua_State *L)
{
    const char *target = nse_arg_string(L, 1);
    const char *path = nse_arg_string(L, 2);

    return nse_result(L, nse_symlink(target, nse_opt_dirfd(L, 3), path), "symlink %s to %s", path,
                      target);
}

/* readlink(path, dirfd|nil)
 *   -> string
 *   -> nil, "readlink /tmp: Invalid argument (EINVAL)", errno
 * Returns the text of a symbolic link. readlinkat(2). */
static int sys_readlink(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    char text[PATH_MAX];
    long n = nse_readlink(nse_opt_dirfd(L, 2), path, text, sizeof(text));

    if (n == (long)sizeof(text))
        n = -ENAMETOOLONG; /* it may have been cut */
    if (n < 0)
        return nse_fail(L, n, "readlink %s", path);
    lua_pushlstring(L, text, (size_t)n);
    return 1;
}

/* chmod(path|fd, mode, dirfd|nil)
 *   -> true
 *   -> nil, "chmod /etc: Operation not permitted (EPERM)", errno
 * Sets the permission bits, 0 to 07777. fchmodat(2), which follows links; fchmod(2). */
static int sys_chmod(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    mode_t mode = (mode_t)nse_arg_integer(L, 2, 0, 07777);
    int rc = path ? nse_chmod(nse_opt_dirfd(L, 3), path, mode) : nse_fchmod(fd, mode);

    return nse_result(L, rc, "chmod %s", node_name(L, path, fd));
}

/* chown(path|fd, uid|nil, gid|nil, flags = 0, dirfd|nil)
 *   -> true
 *   -> nil, "chown /etc: Operation not permitted (EPERM)", errno
 * Sets the owner and group; nil leaves one as it is. flags: AT_SYMLINK_NOFOLLOW for a link itself.
 * fchownat(2). */
static int sys_chown(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    unsigned int uid = nse_opt_id(L, 2);
    unsigned int gid = nse_opt_id(L, 3);
    int flags = (int)nse_opt_integer(L, 4, 0, 0, INT_MAX);
    int rc;

    if (path)
        rc = nse_chown(nse_opt_dirfd(L, 5), path, uid, gid, flags);
    else
        rc = nse_chown(fd, "", uid, gid, flags | AT_EMPTY_PATH);
    return nse_result(L, rc, "chown %s", node_name(L, path, fd));
}

static const struct {
    const char *name;
    mode_t type;
} node_types[] = {
    {"file", S_IFREG},        {"directory", S_IFDIR},    {"link", S_IFLNK},
    {"char device", S_IFCHR}, {"block device", S_IFBLK}, {"fifo", S_IFIFO},
    {"socket", S_IFSOCK},
};

/* mknod(path, type, mode = 0666, device = 0, dirfd|nil)
 *   -> true
 *   -> nil, "mknod /tmp/null: Operation not permitted (EPERM)", errno
 * Makes a file of any type: S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR or S_IFBLK. device:
 * sys.makedev(major, minor). mknodat(2). */
static int sys_mknod(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    mode_t type = (mode_t)nse_arg_integer(L, 2, 0, S_IFMT);
    mode_t mode = opt_mode(L, 3, 0666);
    dev_t device = (dev_t)nse_opt_integer(L, 4, 0, 0, UINT_MAX);

    luaL_argcheck(L, (type & ~(mode_t)S_IFMT) == 0, 2, "S_IF* expected");
    return nse_result(L, nse_mknod(nse_opt_dirfd(L, 5), path, type | mode, device), "mknod %s",
                      path);
}

/* makedev(major, minor)
 *   -> integer                     the device number for mknod, as stat's rdev
 */
static int sys_makedev(lua_State *L)
{
    unsigned int major_number = (unsigned int)nse_arg_integer(L, 1, 0, 4095);
    unsigned int minor_number = (unsigned int)nse_arg_integer(L, 2, 0, 1048575);

    lua_pushinteger(L, (lua_Integer)makedev(major_number, minor_number));
    return 1;
}

/* chdir(path|fd)
 *   -> true
 *   -> nil, "chdir /nope: No such file or directory (ENOENT)", errno
 * Changes the working directory. chdir(2), fchdir(2). */
static int sys_chdir(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    int rc = path ? nse_chdir(path) : nse_fchdir(fd);

    return nse_result(L, rc, "chdir %s", node_name(L, path, fd));
}

/* getcwd()
 *   -> string
 *   -> nil, "getcwd: No such file or directory (ENOENT)", errno
 * Returns the working directory. ENOENT: it was removed, or is outside the root. getcwd(2). */
static int sys_getcwd(lua_State *L)
{
    char path[PATH_MAX];
    int rc = nse_getcwd(path, sizeof(path));

    if (rc >= 0 && path[0] != '/')
        rc = -ENOENT; /* "(unreachable)/...", since Linux 2.6.36 */
    if (rc < 0)
        return nse_fail(L, rc, "getcwd");
    lua_pushstring(L, path);
    return 1;
}

/* umask(mask)
 *   -> integer                     the previous mask
 * Sets the file mode creation mask, 0 to 0777. umask(2). */
static int sys_umask(lua_State *L)
{
    mode_t mask = (mode_t)nse_arg_integer(L, 1, 0, 0777);

    lua_pushinteger(L, (lua_Integer)nse_umask(mask));
    return 1;
}

static void set_time(lua_State *L, const char *name, const struct statx_timestamp *time)
{
    lua_pushnumber(L, (lua_Number)time->tv_sec + (lua_Number)time->tv_nsec / 1e9);
    lua_setfield(L, -2, name);
}

static int push_stat(lua_State *L, const struct statx *stat)
{
    size_t i;

    lua_createtable(L, 0, 15);
    for (i = 0; i < sizeof(node_types) / sizeof(node_types[0]); i++) {
        if ((stat->stx_mode & S_IFMT) == node_types[i].type)
            nse_set_string(L, "type", node_types[i].name);
    }
    nse_set_integer(L, "mode", stat->stx_mode & 07777);
    nse_set_integer(L, "uid", stat->stx_uid);
    nse_set_integer(L, "gid", stat->stx_gid);
    nse_set_integer(L, "size", (lua_Integer)stat->stx_size);
    nse_set_integer(L, "blocks", (lua_Integer)stat->stx_blocks);
    nse_set_integer(L, "nlink", stat->stx_nlink);
    nse_set_integer(L, "ino", (lua_Integer)stat->stx_ino);
    nse_set_integer(L, "dev", (lua_Integer)makedev(stat->stx_dev_major, stat->stx_dev_minor));
    nse_set_integer(L, "rdev", (lua_Integer)makedev(stat->stx_rdev_major, stat->stx_rdev_minor));
    if (stat->stx_mask & STATX_MNT_ID) /* Linux 5.8 */
        nse_set_integer(L, "mnt_id", (lua_Integer)stat->stx_mnt_id);
    set_time(L, "atime", &stat->stx_atime);
    set_time(L, "mtime", &stat->stx_mtime);
    set_time(L, "ctime", &stat->stx_ctime);
    return 1;
}

static int stat_node(lua_State *L, int flags, const char *name)
{
    int fd, rc;
    const char *path = check_node(L, &fd);
    struct statx stat;

    if (path)
        rc = nse_statx(nse_opt_dirfd(L, 2), path, flags, &stat);
    else
        rc = nse_statx(fd, "", flags | AT_EMPTY_PATH, &stat);
    return rc < 0 ? nse_fail(L, rc, "%s %s", name, node_name(L, path, fd)) : push_stat(L, &stat);
}

/* stat(path|fd, dirfd|nil)
 *   -> {type =, mode =, uid =, gid =, size =, blocks =, nlink =, ino =, dev =, rdev =, mnt_id =,
 *       atime =, mtime =, ctime =}
 *   -> nil, "stat /nope: No such file or directory (ENOENT)", errno
 * Returns what is known of a file. type: "file", "directory", "link", "char device", "block
 * device", "fifo" or "socket"; mode: the permission bits; size: in bytes; blocks: of 512 bytes;
 * times: in seconds, with fractions. statx(2). */
static int sys_stat(lua_State *L)
{
    return stat_node(L, 0, "stat");
}

/* lstat(path, dirfd|nil)
 *   -> {type =, mode =, ...}       as stat
 *   -> nil, "lstat /nope: No such file or directory (ENOENT)", errno
 * Like stat, but does not follow a symbolic link. statx(2) AT_SYMLINK_NOFOLLOW. */
static int sys_lstat(lua_State *L)
{
    return stat_node(L, AT_SYMLINK_NOFOLLOW, "lstat");
}

/* statfs(fd)
 *   -> {type = magic, block_size =, blocks =, free =, available =, inodes =, free_inodes =}
 *   -> nil, "statfs: Bad file descriptor (EBADF)", errno
 * Returns figures of the file system that the descriptor is on; available: to ordinary users.
 * fstatfs(2). */
static int sys_statfs(lua_State *L)
{
    struct statfs fs = {0};
    int rc = nse_statfs(nse_arg_fd(L, 1), &fs);

    if (rc < 0)
        return nse_fail(L, rc, "statfs");
    lua_createtable(L, 0, 7);
    nse_set_integer(L, "type", (lua_Integer)fs.f_type);
    nse_set_integer(L, "block_size", (lua_Integer)fs.f_bsize);
    nse_set_integer(L, "blocks", (lua_Integer)fs.f_blocks);
    nse_set_integer(L, "free", (lua_Integer)fs.f_bfree);
    nse_set_integer(L, "available", (lua_Integer)fs.f_bavail);
    nse_set_integer(L, "inodes", (lua_Integer)fs.f_files);
    nse_set_integer(L, "free_inodes", (lua_Integer)fs.f_ffree);
    return 1;
}

/* --- extended attributes ------------------------------------------------------------------------ */

/* getxattr(path|fd, name, flags = 0)
 *   -> string
 *   -> nil, "getxattr user.x of /tmp/f: No data available (ENODATA)", errno
 * Returns the value of an extended attribute. flags: AT_SYMLINK_NOFOLLOW for a link itself.
 * getxattr(2). */
static int sys_getxattr(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    const char *name = nse_arg_string(L, 2);
    int at = (int)nse_opt_flags(L, 3);
    luaL_Buffer buffer;
    char *value = luaL_buffinitsize(L, &buffer, 65536); /* XATTR_SIZE_MAX */
    long n = nse_getxattr(fd, path, at, name, value, 65536);

    if (n < 0)
        return nse_fail(L, n, "getxattr %s of %s", name, node_name(L, path, fd));
    luaL_pushresultsize(&buffer, (size_t)n);
    return 1;
}

/* listxattr(path|fd, flags = 0)
 *   -> {name, ...}
 *   -> nil, "listxattr /nope: No such file or directory (ENOENT)", errno
 * Lists the extended attributes. flags: AT_SYMLINK_NOFOLLOW. listxattr(2). */
static int sys_listxattr(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    int at = (int)nse_opt_flags(L, 2);
    char *names = lua_newuserdatauv(L, 65536, 0); /* XATTR_LIST_MAX */
    long n = nse_listxattr(fd, path, at, names, 65536);
    lua_Integer count = 0;
    char *name;

    if (n < 0)
        return nse_fail(L, n, "listxattr %s", node_name(L, path, fd));
    lua_newtable(L);
    for (name = names; name < names + n; name += strlen(name) + 1) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* setxattr(path|fd, name, value, flags = 0, at = 0)
 *   -> true
 *   -> nil, "setxattr user.x of /tmp/f: Operation not supported (EOPNOTSUPP)", errno
 * Sets an extended attribute. flags: XATTR_CREATE, XATTR_REPLACE; at: AT_SYMLINK_NOFOLLOW.
 * setxattr(2). */
static int sys_setxattr(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    const char *name = nse_arg_string(L, 2);
    size_t size;
    const char *value = luaL_checklstring(L, 3, &size);
    int flags = (int)nse_opt_flags(L, 4);
    int rc = nse_setxattr(fd, path, (int)nse_opt_flags(L, 5), name, value, size, flags);

    return nse_result(L, rc, "setxattr %s of %s", name, node_name(L, path, fd));
}

/* removexattr(path|fd, name, flags = 0)
 *   -> true
 *   -> nil, "removexattr user.x of /tmp/f: No data available (ENODATA)", errno
 * Removes an extended attribute. flags: AT_SYMLINK_NOFOLLOW. removexattr(2). */
static int sys_removexattr(lua_State *L)
{
    int fd;
    const char *path = check_node(L, &fd);
    const char *name = nse_arg_string(L, 2);
    int rc = nse_removexattr(fd, path, (int)nse_opt_flags(L, 3), name);

    return nse_result(L, rc, "removexattr %s of %s", name, node_name(L, path, fd));
}

const luaL_Reg nse_sys_node[] = {
    {"mkdir", sys_mkdir},
    {"mkdirs", sys_mkdirs},
    {"rmdir", sys_rmdir},
    {"unlink", sys_unlink},
    {"rename", sys_rename},
    {"link", sys_link},
    {"symlink", sys_symlink},
    {"readlink", sys_readlink},
    {"chmod", sys_chmod},
    {"chown", sys_chown},
    {"mknod", sys_mknod},
    {"makedev", sys_makedev},
    {"chdir", sys_chdir},
    {"getcwd", sys_getcwd},
    {"umask", sys_umask},
    {"stat", sys_stat},
    {"lstat", sys_lstat},
    {"statfs", sys_statfs},
    {"getxattr", sys_getxattr},
    {"listxattr", sys_listxattr},
    {"setxattr", sys_setxattr},
    {"removexattr", sys_removexattr},
    {NULL, NULL},
};
