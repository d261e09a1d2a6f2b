/* sys: mounts. mount(2), the mount API of Linux 5.2, and changes of the root. */
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <string.h>

#include "bind.h"
#include "fd.h"
#include "mount.h"
#include "node.h"
#include "text.h"
#include "uapi.h"

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

/* mount(source|nil, target, fstype|nil, flags = 0, data|nil)
 *   -> true
 *   -> nil, "mount proc on /proc: Operation not permitted (EPERM)", errno
 * Mounts a file system, or changes a mount. flags: MS_*; data: options of the file system,
 * "size=1m,mode=755". source and fstype may be nil for a bind, a move, a remount or a change of
 * propagation. mount(2). */
static int sys_mount(lua_State *L)
{
    const char *source = nse_opt_string(L, 1);
    const char *target = nse_arg_string(L, 2);
    const char *fstype = nse_opt_string(L, 3);
    unsigned int flags = nse_opt_flags(L, 4);
    const char *data = nse_opt_string(L, 5);

    return nse_result(L, nse_mount(source, target, fstype, flags, data), "mount %s on %s",
                      or_none(source), target);
}

/* umount(target, flags = 0)
 *   -> true
 *   -> nil, "umount /mnt: Device or resource busy (EBUSY)", errno
 * Unmounts a file system. flags: MNT_DETACH, MNT_FORCE, MNT_EXPIRE, UMOUNT_NOFOLLOW. umount2(2). */
static int sys_umount(lua_State *L)
{
    const char *target = nse_arg_string(L, 1);

    return nse_result(L, nse_umount(target, (int)nse_opt_integer(L, 2, 0, 0, INT_MAX)), "umount %s",
                      target);
}

/* pivot_root(new_root, put_old)
 *   -> true
 *   -> nil, "pivot_root /new /new/old: Invalid argument (EINVAL)", errno
 * Changes the root mount. new_root must be a mount; ".", "." stacks the old root on the new one,
 * for umount(".", MNT_DETACH). pivot_root(2). */
static int sys_pivot_root(lua_State *L)
{
    const char *new_root = nse_arg_string(L, 1);
    const char *put_old = nse_arg_string(L, 2);

    return nse_result(L, nse_pivot_root(new_root, put_old), "pivot_root %s %s", new_root, put_old);
}

/* chroot(path)
 *   -> true
 *   -> nil, "chroot /new: Operation not permitted (EPERM)", errno
 * Changes the root directory. It does not confine a process that has CAP_SYS_CHROOT or an open
 * directory: prefer pivot_root. chroot(2). */
static int sys_chroot(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);

    return nse_result(L, nse_chroot(path), "chroot %s", path);
}

/* --- the mount API ------------------------------------------------------------------------------ */

/* A path, or a descriptor itself: fills the pair that the *at calls take, and their flag for it. */
struct place {
    int dirfd;
    const char *path;
    unsigned int flags; /* AT_EMPTY_PATH for a descriptor */
};

static struct place check_place(lua_State *L, int index)
{
    struct place place = {.dirfd = AT_FDCWD, .path = "", .flags = 0};

    if (lua_type(L, index) == LUA_TSTRING) {
        place.path = nse_arg_string(L, index);
    } else {
        place.dirfd = nse_arg_fd(L, index);
        place.flags = AT_EMPTY_PATH;
    }
    return place;
}

/* For a message. */
static const char *place_name(const struct place *place)
{
    return place->flags ? "a descriptor" : place->path;
}

/* {set =, clear =, propagation =, userns =, recursive =} at `index`, for mount_setattr and kin. */
static struct nse_mount_attr check_attr(lua_State *L, int index, unsigned int *flags)
{
    static const char *const fields[] = {"set",    "clear",     "propagation",
                                         "userns", "recursive", NULL};
    struct nse_mount_attr attr = {0, 0, 0, 0};
    int userns;

    nse_check_table(L, index, fields);
    attr.attr_set = (uint64_t)nse_field_integer(L, index, "set", 0, 0, UINT_MAX);
    attr.attr_clr = (uint64_t)nse_field_integer(L, index, "clear", 0, 0, UINT_MAX);
    attr.propagation = (uint64_t)nse_field_integer(L, index, "propagation", 0, 0, UINT_MAX);
    userns = nse_field_fd(L, index, "userns", -1);
    if (userns >= 0) {
        attr.attr_set |= MOUNT_ATTR_IDMAP;
        attr.userns_fd = (uint64_t)userns;
    }
    lua_getfield(L, index, "recursive");
    if (lua_toboolean(L, -1))
        *flags |= AT_RECURSIVE;
    lua_pop(L, 1);
    return attr;
}

/* open_tree(path|fd, flags = 0, dirfd|nil, attr|nil)
 *   -> FD                          of a mount; with OPEN_TREE_CLONE, of a detached copy
 *   -> nil, "open_tree /usr: No such file or directory (ENOENT)", errno
 * Opens or copies a mount. flags: OPEN_TREE_CLONE, OPEN_TREE_NAMESPACE (Linux 7.0), AT_RECURSIVE,
 * AT_SYMLINK_NOFOLLOW, ... attr: as for mount_setattr, in the same call (open_tree_attr(2), Linux
 * 6.15). A detached copy that nobody mounts disappears with its FD. open_tree(2), Linux 5.2. */
static int sys_open_tree(lua_State *L)
{
    struct place place = check_place(L, 1);
    unsigned int flags = nse_opt_flags(L, 2) | place.flags;
    int with_attr = !lua_isnoneornil(L, 4);
    struct nse_mount_attr attr = {0, 0, 0, 0};
    struct nse_fd *slot;
    int rc;

    if (place.flags == 0)
        place.dirfd = nse_opt_dirfd(L, 3);
    if (with_attr)
        attr = check_attr(L, 4, &flags);
    slot = nse_fd_new(L);
    rc = with_attr ? nse_open_tree_attr(place.dirfd, place.path, flags, &attr)
                   : nse_open_tree(place.dirfd, place.path, flags);
    return nse_needs(L, nse_result_fd(L, slot, rc, "open_tree %s", place_name(&place)),
                     flags & OPEN_TREE_NAMESPACE ? NSE_LINUX(7, 0)
                     : with_attr                 ? NSE_LINUX(6, 15)
                                                 : NSE_LINUX(5, 2));
}

/* move_mount(from, to, flags = 0)
 *   -> true
 *   -> nil, "move_mount on /mnt: Invalid argument (EINVAL)", errno
 * Attaches a detached mount, or moves one. from: an FD of open_tree or fsmount, or the path of a
 * mount; to: a path or an FD of a directory (O_PATH). flags: MOVE_MOUNT_*; MOVE_MOUNT_BENEATH is
 * Linux 6.5. move_mount(2), Linux 5.2. */
static int sys_move_mount(lua_State *L)
{
    struct place from = check_place(L, 1);
    struct place to = check_place(L, 2);
    unsigned int flags = nse_opt_flags(L, 3);

    if (from.flags)
        flags |= MOVE_MOUNT_F_EMPTY_PATH;
    if (to.flags)
        flags |= MOVE_MOUNT_T_EMPTY_PATH;
    return nse_needs(L,
                     nse_result(L, nse_move_mount(from.dirfd, from.path, to.dirfd, to.path, flags),
                                "move_mount on %s", place_name(&to)),
                     flags & MOVE_MOUNT_BENEATH ? NSE_LINUX(6, 5) : NSE_LINUX(5, 2));
}

/* mount_setattr(path|fd, {set =, clear =, propagation =, userns =, recursive =}, flags = 0)
 *   -> true
 *   -> nil, "mount_setattr /usr: Operation not permitted (EPERM)", errno
 * Changes the attributes of a mount. set, clear: MOUNT_ATTR_*; propagation: MS_PRIVATE, MS_SLAVE,
 * MS_SHARED or MS_UNBINDABLE; userns: an FD of a user namespace whose maps the mount shall use (an
 * idmapped mount); recursive: also the mounts below. flags: AT_SYMLINK_NOFOLLOW. mount_setattr(2),
 * Linux 5.12. */
static int sys_mount_setattr(lua_State *L)
{
    struct place place = check_place(L, 1);
    unsigned int flags = place.flags;
    struct nse_mount_attr attr = check_attr(L, 2, &flags);

    flags |= nse_opt_flags(L, 3);
    return nse_needs(L,
                     nse_result(L, nse_mount_setattr(place.dirfd, place.path, flags, &attr),
                                "mount_setattr %s", place_name(&place)),
                     NSE_LINUX(5, 12));
}

/* fsopen(fstype)
 *   -> FD                          of the context, for fsconfig and fsmount
 *   -> nil, "fsopen nofs: No such device (ENODEV)", errno
 * Creates a context for a new file system. fsopen(2), Linux 5.2. */
static int sys_fsopen(lua_State *L)
{
    const char *fstype = nse_arg_string(L, 1);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_needs(L, nse_result_fd(L, slot, nse_fsopen(fstype), "fsopen %s", fstype),
                     NSE_LINUX(5, 2));
}

/* fspick(path, flags = 0)
 *   -> FD                          of the context, for fsconfig
 *   -> nil, "fspick /mnt: Invalid argument (EINVAL)", errno
 * Opens an existing file system to reconfigure it. fspick(2), Linux 5.2. */
static int sys_fspick(lua_State *L)
{
    const char *path = nse_arg_string(L, 1);
    unsigned int flags = nse_opt_flags(L, 2);
    struct nse_fd *slot = nse_fd_new(L);

    return nse_needs(L,
                     nse_result_fd(L, slot, nse_fspick(AT_FDCWD, path, flags), "fspick %s", path),
                     NSE_LINUX(5, 2));
}

/* The kernel keeps its reasons in the context, a line each: "e overlay: No changes allowed in ...".
 * Leaves them on the stack, "" or "; the kernel says: ...". */
static const char *push_kernel_words(lua_State *L, int fd)
{
    char line[512];
    int lines = 0;
    long n;

    lua_pushliteral(L, "");
    /* At most 8 are kept; a descriptor that is no context must not be read for ever. */
    while (lines < 8 && (n = nse_read(fd, line, sizeof(line) - 1)) > 2 && line[1] == ' ') {
        line[n] = '\0';
        line[strcspn(line, "\n")] = '\0';
        lua_pushfstring(L, "%s%s", lines++ ? ", " : "; the kernel says: ", line + 2);
        lua_concat(L, 2);
    }
    return lua_tostring(L, -1);
}

/* A read from another kind of file would take its data away, or wait. */
static int is_fs_context(int fd)
{
    static const char expected[] = "anon_inode:[fscontext]";
    char path[32], link[sizeof(expected)];
    struct nse_text text;

    nse_text_init(&text, path, sizeof(path));
    nse_text_add(&text, "/proc/self/fd/");
    nse_text_add_number(&text, fd);
    return nse_readlink(AT_FDCWD, path, link, sizeof(link)) == sizeof(expected) - 1 &&
           memcmp(link, expected, sizeof(expected) - 1) == 0;
}

/* A failure with the kernel's own text behind it. */
static int fail_with_words(lua_State *L, int fd, int rc, const char *what, const char *operand)
{
    const char *words = is_fs_context(fd) ? push_kernel_words(L, fd) : "";

    nse_fail(L, rc, "%s %s", what, operand);
    lua_pushfstring(L, "%s%s", lua_tostring(L, -2), words);
    lua_replace(L, -3);
    return 3;
}

/* For the message of a command without a key. */
static const char *command_name(unsigned int command)
{
    return command == FSCONFIG_CMD_CREATE || command == NSE_FSCONFIG_CMD_CREATE_EXCL ? "create"
           : command == FSCONFIG_CMD_RECONFIGURE                                     ? "reconfigure"
                                                 : "without a key";
}

/* fsconfig(fd, command, key|nil, value|nil, aux = 0)
 *   -> true
 *   -> nil, "fsconfig size: Invalid argument (EINVAL); the kernel says: tmpfs: Bad value for 'size'",
 *      errno
 * Sets an option of a context, or executes it. command: FSCONFIG_SET_FLAG (key), _SET_STRING (key,
 * value), _SET_BINARY (key, value), _SET_FD (key, nil, fd), _SET_PATH (key, path, dirfd),
 * _CMD_CREATE, _CMD_CREATE_EXCL (Linux 6.6), _CMD_RECONFIGURE. fsconfig(2), Linux 5.2. */
static int sys_fsconfig(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    unsigned int command = (unsigned int)nse_arg_integer(L, 2, 0, 255);
    const char *key = nse_opt_string(L, 3);
    const char *value = NULL;
    size_t size = 0;
    int aux = 0;
    int rc;

    if (command == FSCONFIG_SET_BINARY)
        value = luaL_checklstring(L, 4, &size);
    else
        value = nse_opt_string(L, 4);
    luaL_argcheck(L, size <= 1 << 20, 4, "more than 1 MiB");
    if (!lua_isnoneornil(L, 5))
        aux = nse_arg_fd(L, 5);
    else if (command == FSCONFIG_SET_PATH || command == FSCONFIG_SET_PATH_EMPTY)
        aux = AT_FDCWD;
    rc = nse_fsconfig(fd, command, key, value, command == FSCONFIG_SET_BINARY ? (int)size : aux);
    if (rc < 0)
        return fail_with_words(L, fd, rc, "fsconfig", key ? key : command_name(command));
    lua_pushboolean(L, 1);
    return 1;
}

/* fsmount(fd, attr = 0, flags = 0)
 *   -> FD                          a detached mount, for move_mount
 *   -> nil, "fsmount of the context: Operation not permitted (EPERM)", errno
 * Makes a mount of a file system. fd: of fsopen, after FSCONFIG_CMD_CREATE. attr: MOUNT_ATTR_*;
 * flags: FSMOUNT_NAMESPACE (Linux 7.1). fsmount(2), Linux 5.2. */
static int sys_fsmount(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    unsigned int attr = nse_opt_flags(L, 2);
    unsigned int flags = nse_opt_flags(L, 3);
    struct nse_fd *slot = nse_fd_new(L);
    int rc = nse_fsmount(fd, flags, attr);
    int count = rc < 0 ? fail_with_words(L, fd, rc, "fsmount of", "the context")
                       : nse_result_fd(L, slot, rc, "fsmount");

    return nse_needs(L, count, flags & FSMOUNT_NAMESPACE ? NSE_LINUX(7, 1) : NSE_LINUX(5, 2));
}

const luaL_Reg nse_sys_mount[] = {
    {"mount", sys_mount},
    {"umount", sys_umount},
    {"pivot_root", sys_pivot_root},
    {"chroot", sys_chroot},
    {"open_tree", sys_open_tree},
    {"move_mount", sys_move_mount},
    {"mount_setattr", sys_mount_setattr},
    {"fsopen", sys_fsopen},
    {"fspick", sys_fspick},
    {"fsconfig", sys_fsconfig},
    {"fsmount", sys_fsmount},
    {NULL, NULL},
};
