/* sys.mounts: the mount table of a process, by statmount(2) and listmount(2) where the kernel has
 * all that a line needs (Linux 6.13), by /proc/PID/mountinfo otherwise. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "fd.h"
#include "mount.h"
#include "proc.h"
#include "uapi.h"

/* --- statmount ---------------------------------------------------------------------------------- */

#define WANTED                                                                                     \
    (STATMOUNT_SB_BASIC | STATMOUNT_MNT_BASIC | STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT |         \
     STATMOUNT_FS_TYPE)
/* Of these, an empty string is answered by leaving its bit away. */
#define ASKED (WANTED | STATMOUNT_SB_SOURCE | STATMOUNT_MNT_OPTS | STATMOUNT_FS_SUBTYPE)

static void set_string(lua_State *L, const char *name, const struct statmount *mount, uint64_t bit,
                       __u32 offset)
{
    nse_set_string(L, name, mount->mask & bit ? mount->str + offset : "");
}

static void push_type(lua_State *L, const struct statmount *mount)
{
    const char *subtype = mount->mask & STATMOUNT_FS_SUBTYPE ? mount->str + mount->fs_subtype : "";

    lua_pushfstring(L, *subtype ? "%s.%s" : "%s%s", mount->str + mount->fs_type, subtype);
    lua_setfield(L, -2, "fstype");
}

/* With the flags of any file system before its own words, as mountinfo has them. */
static void push_options(lua_State *L, const struct statmount *mount)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } flags[] = {{"lazytime", MS_LAZYTIME}, {"dirsync", MS_DIRSYNC}, {"sync", MS_SYNCHRONOUS}};
    size_t i;

    lua_pushstring(L, mount->mask & STATMOUNT_MNT_OPTS ? mount->str + mount->mnt_opts : "");
    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (mount->sb_flags & flags[i].bit) {
            const char *rest = lua_tostring(L, -1);

            lua_pushfstring(L, *rest ? "%s,%s" : "%s%s", flags[i].word, rest);
            lua_remove(L, -2);
        }
    }
    lua_setfield(L, -2, "options");
}

static void push_mount(lua_State *L, const struct statmount *mount)
{
    lua_createtable(L, 0, 10);
    nse_set_boolean(L, "readonly",
                    (mount->sb_flags & MS_RDONLY) || (mount->mnt_attr & MOUNT_ATTR_RDONLY));
    nse_set_integer(L, "id", mount->mnt_id_old);
    nse_set_integer(L, "parent", mount->mnt_parent_id_old);
    nse_set_integer(L, "attr", (lua_Integer)mount->mnt_attr);
    nse_set_integer(L, "propagation", (lua_Integer)mount->mnt_propagation);
    set_string(L, "target", mount, STATMOUNT_MNT_POINT, mount->mnt_point);
    set_string(L, "root", mount, STATMOUNT_MNT_ROOT, mount->mnt_root);
    set_string(L, "source", mount, STATMOUNT_SB_SOURCE, mount->sb_source);
    push_options(L, mount);
    push_type(L, mount);
}

/* Asks about one mount into a buffer on top of the stack, which grows as needed. 0 or -errno. */
static int stat_one(lua_State *L, uint64_t id, struct statmount **buffer, size_t *size)
{
    struct mnt_id_req request = {.size = sizeof(request), .mnt_id = id, .param = ASKED};
    int rc;

    while ((rc = nse_statmount(&request, *buffer, *size)) == -EOVERFLOW) {
        *size *= 2;
        *buffer = lua_newuserdatauv(L, *size, 0);
        lua_replace(L, -2);
    }
    if (rc == 0 && ((*buffer)->mask & WANTED) != WANTED)
        rc = -EOPNOTSUPP;
    /* No source: it is empty, or the kernel tells none. */
    if (rc == 0 && !((*buffer)->mask & STATMOUNT_SB_SOURCE) &&
        nse_linux_version() < NSE_LINUX(6, 13))
        rc = -EOPNOTSUPP;
    return rc;
}

/* A table of all mounts on top of the stack; or -errno and anything. */
static int by_statmount(lua_State *L)
{
    struct mnt_id_req request = {.size = sizeof(request), .mnt_id = LSMT_ROOT};
    size_t size = 4096;
    struct statmount *buffer;
    uint64_t ids[128];
    lua_Integer n = 0;
    int count, i, rc;

    lua_newtable(L);
    buffer = lua_newuserdatauv(L, size, 0);
    do {
        count = nse_listmount(&request, ids, sizeof(ids) / sizeof(ids[0]));
        for (i = 0; i < count; i++) {
            rc = stat_one(L, ids[i], &buffer, &size);
            if (rc == -ENOENT) /* unmounted in between */
                continue;
            if (rc < 0)
                return rc;
            push_mount(L, buffer);
            lua_rawseti(L, -3, ++n);
        }
        if (count > 0)
            request.param = ids[count - 1];
    } while (count == (int)(sizeof(ids) / sizeof(ids[0])));
    lua_pop(L, 1);
    /* An empty list is what a process chrooted away from every mount gets: mountinfo knows no more,
     * but it is asked. */
    return count < 0 ? count : n == 0 ? -ENODATA : 0;
}

/* --- mountinfo ---------------------------------------------------------------------------------- */

/* Undoes the kernel's \ooo for space, tab, newline and backslash. */
static void unescape(char *text)
{
    char *to = text;

    for (; *text; text++) {
        if (text[0] == '\\' && isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[2]) &&
            isdigit((unsigned char)text[3])) {
            *to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
            text += 3;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

static const char *next_word(char **rest)
{
    char *word = strsep(rest, " ");

    if (!word)
        return "";
    unescape(word);
    return word;
}

struct word_bit {
    const char *word;
    lua_Integer bit;
};

/* The bits of the words in a list with this separator; what follows a ':' is no part of a word. */
static lua_Integer bits_of(char *list, const char *separator, const struct word_bit *known)
{
    lua_Integer bits = 0;
    const struct word_bit *entry;
    char *word;

    while ((word = strsep(&list, separator))) {
        word[strcspn(word, ":")] = '\0';
        for (entry = known; entry->word; entry++)
            if (strcmp(word, entry->word) == 0)
                bits |= entry->bit;
    }
    return bits;
}

#define RELATIME (1 << 30) /* ours: MOUNT_ATTR_RELATIME is 0, and the default has no word */

/* MOUNT_ATTR_* of a mount's options, as statmount gives them. */
static lua_Integer attr_of(char *options)
{
    static const struct word_bit known[] = {
        {"ro", MOUNT_ATTR_RDONLY},
        {"nosuid", MOUNT_ATTR_NOSUID},
        {"nodev", MOUNT_ATTR_NODEV},
        {"noexec", MOUNT_ATTR_NOEXEC},
        {"noatime", MOUNT_ATTR_NOATIME},
        {"nodiratime", MOUNT_ATTR_NODIRATIME},
        {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW},
        {"idmapped", MOUNT_ATTR_IDMAP},
        {"relatime", RELATIME},
        {NULL, 0},
    };
    lua_Integer attr = bits_of(options, ",", known);

    return attr & (RELATIME | MOUNT_ATTR_NOATIME) ? attr & ~(lua_Integer)RELATIME
                                                  : attr | MOUNT_ATTR_STRICTATIME;
}

/* MS_* of the optional fields, "shared:1 master:2". */
static lua_Integer propagation_of(char *tags)
{
    static const struct word_bit known[] = {
        {"shared", MS_SHARED}, {"master", MS_SLAVE}, {"unbindable", MS_UNBINDABLE}, {NULL, 0}};
    lua_Integer propagation = bits_of(tags, " ", known);

    return propagation ? propagation : MS_PRIVATE;
}

/* "36 35 98:0 /root /target rw,noatime shared:1 - ext3 /dev/root rw,errors=continue", proc(5). */
static void push_line(lua_State *L, char *line)
{
    char *separator = strstr(line, " - ");
    char *rest = line, *tail = separator ? separator + 3 : NULL;
    char *options;
    lua_Integer attr;

    if (separator)
        *separator = '\0';
    lua_createtable(L, 0, 10);
    nse_set_integer(L, "id", strtol(next_word(&rest), NULL, 10));
    nse_set_integer(L, "parent", strtol(next_word(&rest), NULL, 10));
    next_word(&rest);
    nse_set_string(L, "root", next_word(&rest));
    nse_set_string(L, "target", next_word(&rest));
    options = strsep(&rest, " ");
    attr = attr_of(options);
    nse_set_integer(L, "attr", attr);
    nse_set_integer(L, "propagation", propagation_of(rest));
    nse_set_string(L, "fstype", next_word(&tail));
    nse_set_string(L, "source", next_word(&tail));
    /* "rw,size=4k": the first word is the file system's own state. Not unescaped, as statmount does
     * not: a comma within a value is \054. */
    options = tail;
    nse_set_boolean(L, "readonly",
                    (attr & MOUNT_ATTR_RDONLY) || (options && strncmp(options, "ro", 2) == 0));
    options = options ? strchr(options, ',') : NULL;
    nse_set_string(L, "options", options ? options + 1 : "");
}

/* The whole file as a string on the stack, or -errno. */
static int push_file(lua_State *L, const struct nse_target *target)
{
    struct nse_fd *slot = nse_fd_new(L);
    int fd = slot->fd = nse_proc_open(target->pid, "mountinfo", O_RDONLY);
    luaL_Buffer buffer;
    long n;

    if (fd < 0)
        return fd;
    luaL_buffinit(L, &buffer);
    while ((n = nse_read(fd, luaL_prepbuffer(&buffer), LUAL_BUFFERSIZE)) > 0)
        luaL_addsize(&buffer, (size_t)n);
    luaL_pushresult(&buffer);
    nse_close_end(&slot->fd);
    return n < 0 ? (int)n : nse_target_alive(target);
}

static int by_mountinfo(lua_State *L, const struct nse_target *target)
{
    int rc = push_file(L, target);
    lua_Integer n = 0;
    size_t length;
    const char *text;
    char *copy, *line;

    if (rc < 0)
        return rc;
    text = lua_tolstring(L, -1, &length);
    copy = lua_newuserdatauv(L, length + 1, 0);
    memcpy(copy, text, length + 1);
    lua_newtable(L);
    while ((line = strsep(&copy, "\n"))) {
        if (!*line)
            continue;
        push_line(L, line);
        lua_rawseti(L, -2, ++n);
    }
    return 0;
}

/* mounts(process|nil)
 *   -> {{id =, parent =, target =, root =, source =, fstype =, readonly =, attr =, propagation =,
 *        options =}, ...}
 *   -> nil, "mounts of 4711: No such process (ESRCH)", errno
 * Returns the mounts that a process (nil: this one) sees below its root, in the kernel's order: if
 * a mount was moved, a parent may come later. id, parent: as in mountinfo; root: the directory of
 * the file system that is mounted; readonly: whether the mount or its whole file system is; attr:
 * MOUNT_ATTR_*; propagation: MS_SHARED, MS_SLAVE (possibly both), MS_PRIVATE or MS_UNBINDABLE;
 * options: the file system's own, with unusual bytes as \ooo. statmount(2), proc(5). */
static int sys_mounts(lua_State *L)
{
    struct nse_target target;
    int rc = nse_arg_target_pid(L, 1, 1, &target);

    lua_settop(L, 1);
    if (rc == 0 && target.pid == 0 && by_statmount(L) == 0)
        return 1;
    if (rc == 0)
        rc = by_mountinfo(L, &target);
    if (rc == 0)
        return 1;
    return nse_fail(L, rc, "mounts of %s",
                    lua_isnil(L, 1) ? "this process" : luaL_tolstring(L, 1, NULL));
}

const luaL_Reg nse_sys_mounts[] = {
    {"mounts", sys_mounts},
    {NULL, NULL},
};
