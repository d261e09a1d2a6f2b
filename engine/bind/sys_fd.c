/* sys: descriptors. The FD handle and the calls that make, pass and wait for descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bind.h"
#include "clock.h"
#include "fd.h"

#define FD_TYPE "nsengine.fd"

struct nse_fd *nse_fd_new(lua_State *L)
{
    struct nse_fd *handle = lua_newuserdatauv(L, sizeof(*handle), 1);

    handle->fd = -1;
    luaL_setmetatable(L, FD_TYPE);
    return handle;
}

struct nse_fd *nse_fd_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, FD_TYPE);
}

/* --- methods ------------------------------------------------------------------------------------ */

static struct nse_fd *check_open(lua_State *L)
{
    struct nse_fd *handle = luaL_checkudata(L, 1, FD_TYPE);

    luaL_argcheck(L, handle->fd >= 0, 1, "closed descriptor");
    return handle;
}

/* Calls the FD's function (fd:meanwhile) if it would have to wait. 1 if it is or was ready: a sandbox
 * that has the other end of a pipe may yet take back what made it so. */
static int waits_meanwhile(lua_State *L, short events)
{
    struct pollfd entry = {.fd = check_open(L)->fd, .events = events};
    int ready = lua_getiuservalue(L, 1, 1) == LUA_TFUNCTION;

    if (ready && nse_poll(&entry, 1, 0) == 0) {
        lua_createtable(L, 1, 0); /* {{fd, "r"|"w"}} */
        lua_createtable(L, 2, 0);
        lua_pushvalue(L, 1);
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, events == POLLIN ? "r" : "w");
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, 1);
        lua_call(L, 1, 1);
        ready = lua_toboolean(L, -1);
    }
    lua_pop(L, 1);
    return ready;
}

/* fd:read(size = 65536)
 *   -> string                      "" at end of file
 *   -> nil, "read: Input/output error (EIO)", errno
 * Reads at most `size` bytes (1 to 2^30) in one call; there may be fewer. EINTR is retried.
 * read(2). */
static int fd_read(lua_State *L)
{
    size_t size = (size_t)nse_opt_integer(L, 2, 65536, 1, 1 << 30);
    luaL_Buffer buffer;
    char *data = NULL;
    int ready, fd;
    long n;

    do {
        ready = waits_meanwhile(L, POLLIN);
        fd = check_open(L)->fd; /* it may have been closed meanwhile */
        if (!data)
            data = luaL_buffinitsize(L, &buffer, size);
        n = ready ? nse_read_now(fd, data, size) : nse_read(fd, data, size);
        if (n == -EINTR)
            nse_interrupted(L);
    } while (n == -EINTR || (ready && n == -EAGAIN));
    if (n < 0)
        return nse_fail(L, n, "read");
    luaL_pushresultsize(&buffer, (size_t)n);
    return 1;
}

/* fd:write(string)
 *   -> true                        every byte was written
 *   -> nil, "write: Broken pipe (EPIPE)", errno, written
 * Writes the whole string, with as many write(2) calls as it takes. A pipe without a reader is
 * EPIPE, never SIGPIPE, whatever its disposition. */
static int fd_write(lua_State *L)
{
    size_t size, written = 0;
    const char *data = luaL_checklstring(L, 2, &size);

    check_open(L);
    while (written < size) {
        size_t part = size - written;
        int ready = waits_meanwhile(L, POLLOUT), fd = check_open(L)->fd;
        long n;

        if (ready && part > PIPE_BUF)
            part = PIPE_BUF; /* what a pipe takes at once when it takes something */
        n = ready ? nse_write_now(fd, data + written, part)
                  : nse_write_quietly(fd, data + written, part);
        if (n < 0 && n != -EINTR && !(ready && n == -EAGAIN)) {
            nse_fail(L, n, "write");
            lua_pushinteger(L, (lua_Integer)written);
            return 4;
        }
        written += n > 0 ? (size_t)n : 0;
        if (written < size) /* a signal may also end a write that has begun, without EINTR */
            nse_interrupted(L);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* fd:meanwhile(function|nil)
 *   -> true
 * Sets a function that read, write and sys.poll call as fn({{fd, "r"|"w"|"rw"}, ...}, seconds|nil)
 * where they would have to wait; it returns true when one is ready or the time is over, and false
 * if they have to wait themselves. nil removes it. The FDs of a Process have one that enforces the
 * limits and answers the calls of all that run. */
static int fd_meanwhile(lua_State *L)
{
    check_open(L);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_setiuservalue(L, 1, 1);
    lua_pushboolean(L, 1);
    return 1;
}

/* fd:dup(number|nil)
 *   -> FD                          without a number: close-on-exec, 3 or higher
 *   -> number                      with one: exactly that descriptor, open across exec
 *   -> nil, "dup 5: Too many open files (EMFILE)", errno
 * Makes a second descriptor of the same open file. If `number` was open, that is closed first; no
 * FD owns it, because standard input and the like belong to the process. fcntl(2) F_DUPFD,
 * dup3(2). */
static int fd_dup(lua_State *L)
{
    int fd = check_open(L)->fd;
    int number = (int)nse_opt_integer(L, 2, -1, 0, INT_MAX);
    struct nse_fd *copy;
    int rc;

    if (number >= 0) {
        rc = nse_dup_to(fd, number, 0);
        return nse_result_integer(L, rc < 0 ? rc : number, "dup %d to %d", fd, number);
    }
    copy = nse_fd_new(L);
    return nse_result_fd(L, copy, nse_dup(fd, 3), "dup %d", fd);
}

/* fd:cloexec(boolean)
 *   -> true
 *   -> nil, message, errno
 * Sets whether exec closes it; every FD starts with true. fcntl(2) F_SETFD. */
static int fd_cloexec(lua_State *L)
{
    int fd = check_open(L)->fd;

    luaL_checktype(L, 2, LUA_TBOOLEAN);
    return nse_result(L, nse_set_cloexec(fd, lua_toboolean(L, 2)), "cloexec %d", fd);
}

/* fd:fileno()
 *   -> integer                     the descriptor's number; the FD still owns it */
static int fd_fileno(lua_State *L)
{
    lua_pushinteger(L, check_open(L)->fd);
    return 1;
}

/* fd:release()
 *   -> integer                     the number, which the caller must close
 * Gives up ownership: the FD counts as closed from here on. */
static int fd_release(lua_State *L)
{
    struct nse_fd *handle = check_open(L);

    lua_pushinteger(L, handle->fd);
    handle->fd = -1;
    return 1;
}

/* fd:close()
 *   -> true                        closing it twice is allowed
 *   -> nil, "close: Input/output error (EIO)", errno
 * It is also closed at the end of the scope of `local x <close>`, and when it is collected. The
 * descriptor is gone even after a failure. close(2). */
static int fd_close(lua_State *L)
{
    struct nse_fd *handle = luaL_checkudata(L, 1, FD_TYPE);
    int fd = handle->fd;

    handle->fd = -1;
    return nse_result(L, fd < 0 ? 0 : nse_close(fd), "close");
}

static int close_stream(lua_State *L)
{
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);

    errno = 0;
    return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

/* [rwa]%+?b?, as io.open wants it. */
static int is_mode(const char *mode)
{
    if (*mode == '\0' || !strchr("rwa", *mode))
        return 0;
    mode++;
    mode += *mode == '+';
    mode += *mode == 'b';
    return *mode == '\0';
}

/* fd:file(mode = "r")
 *   -> file                        which owns the descriptor
 *   -> nil, "fdopen 5: Invalid argument (EINVAL)", errno
 * Makes a file of Lua's io library. The modes are those of io.open. After success the FD counts as
 * closed, and its function (fd:meanwhile) is not called when the file waits. fdopen(3). */
static int fd_file(lua_State *L)
{
    struct nse_fd *handle = check_open(L);
    const char *mode = lua_isnoneornil(L, 2) ? "r" : nse_arg_string(L, 2);
    luaL_Stream *stream;

    luaL_argcheck(L, is_mode(mode), 2, "invalid mode");
    stream = lua_newuserdatauv(L, sizeof(*stream), 0);
    stream->closef = NULL; /* a closed file, until it is open */
    luaL_setmetatable(L, LUA_FILEHANDLE);
    stream->f = fdopen(handle->fd, mode);
    if (!stream->f)
        return nse_fail(L, -errno, "fdopen %d", handle->fd);
    stream->closef = close_stream;
    handle->fd = -1;
    return 1;
}

static int fd_tostring(lua_State *L)
{
    struct nse_fd *handle = luaL_checkudata(L, 1, FD_TYPE);

    if (handle->fd < 0)
        lua_pushliteral(L, "FD (closed)");
    else
        lua_pushfstring(L, "FD (%d)", handle->fd);
    return 1;
}

static const luaL_Reg methods[] = {
    {"read", fd_read},       {"write", fd_write},
    {"dup", fd_dup},         {"meanwhile", fd_meanwhile},
    {"cloexec", fd_cloexec}, {"fileno", fd_fileno},
    {"release", fd_release}, {"file", fd_file},
    {"close", fd_close},     {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__index", NULL}, /* place holder */
    {"__gc", fd_close}, {"__close", fd_close}, {"__tostring", fd_tostring}, {NULL, NULL},
};

void nse_fd_register(lua_State *L)
{
    luaL_newmetatable(L, FD_TYPE);
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

/* --- functions ---------------------------------------------------------------------------------- */

/* open(path, flags = O_RDONLY, mode = 0, how|nil)
 *   -> FD                          close-on-exec
 *   -> nil, "open /nope: No such file or directory (ENOENT)", errno
 * Opens a file. flags: O_*; mode: the permission bits of a file that O_CREAT makes, minus the
 * umask. how: {dirfd = FD, resolve = RESOLVE_*} opens relative to a directory and limits where the
 * path may lead (openat2(2), Linux 5.6). open(2). */
static int sys_open(lua_State *L)
{
    static const char *const fields[] = {"dirfd", "resolve", NULL};
    const char *path = nse_arg_string(L, 1);
    struct open_how how = {.flags = nse_opt_flags(L, 2),
                           .mode = (unsigned int)nse_opt_integer(L, 3, 0, 0, 07777)};
    int dirfd = AT_FDCWD;
    struct nse_fd *slot;

    if (!lua_isnoneornil(L, 4)) {
        nse_check_table(L, 4, fields);
        dirfd = nse_field_fd(L, 4, "dirfd", AT_FDCWD);
        how.resolve = (__u64)nse_field_integer(L, 4, "resolve", 0, 0, UINT_MAX);
    }
    slot = nse_fd_new(L);
    if (how.resolve)
        return nse_needs(L, nse_result_fd(L, slot, nse_openat2(dirfd, path, &how), "open %s", path),
                         NSE_LINUX(5, 6));
    return nse_result_fd(L, slot, nse_openat(dirfd, path, (int)how.flags, (mode_t)how.mode),
                         "open %s", path);
}

/* Two slots on top of the stack, filled from `fds` or not. */
static int result_pair(lua_State *L, struct nse_fd *a, struct nse_fd *b, int rc, const int fds[2],
                       const char *name)
{
    if (rc < 0)
        return nse_fail(L, rc, "%s", name);
    a->fd = fds[0];
    b->fd = fds[1];
    return 2;
}

/* pipe(flags = 0)
 *   -> FD, FD                      read end, write end
 *   -> nil, "pipe: Too many open files (EMFILE)", errno
 * Makes a pipe. flags: O_NONBLOCK, O_DIRECT. pipe2(2). */
static int sys_pipe(lua_State *L)
{
    int flags = (int)nse_opt_flags(L, 1);
    struct nse_fd *a = nse_fd_new(L);
    struct nse_fd *b = nse_fd_new(L);
    int fds[2];
    int rc = nse_pipe(fds, flags);

    return result_pair(L, a, b, rc, fds, "pipe");
}

/* socketpair(type = SOCK_STREAM)
 *   -> FD, FD                      two connected Unix sockets
 *   -> nil, "socketpair: Too many open files (EMFILE)", errno
 * Makes a pair of sockets. type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, with SOCK_NONBLOCK.
 * socketpair(2). */
static int sys_socketpair(lua_State *L)
{
    int type = (int)nse_opt_integer(L, 1, SOCK_STREAM, 0, INT_MAX);
    struct nse_fd *a = nse_fd_new(L);
    struct nse_fd *b = nse_fd_new(L);
    int fds[2];
    int rc = nse_socketpair(type, fds);

    return result_pair(L, a, b, rc, fds, "socketpair");
}

/* eventfd()
 *   -> FD                          to which the kernel or another process adds; nonblocking
 *   -> nil, "eventfd: Too many open files (EMFILE)", errno
 * Makes a counter. Reading it gives 8 bytes and resets it. eventfd2(2). */
static int sys_eventfd(lua_State *L)
{
    struct nse_fd *slot = nse_fd_new(L);

    return nse_result_fd(L, slot, nse_eventfd(), "eventfd");
}

/* memfd(name, content|nil, flags = 0)
 *   -> FD                          positioned at its beginning
 *   -> nil, "memfd_create x: Invalid argument (EINVAL)", errno
 * Makes an anonymous file. flags: MFD_ALLOW_SEALING, MFD_EXEC, MFD_NOEXEC_SEAL, ...
 * memfd_create(2). */
static int sys_memfd(lua_State *L)
{
    const char *name = nse_arg_string(L, 1);
    size_t size = 0, written = 0;
    const char *content = luaL_optlstring(L, 2, "", &size);
    unsigned int flags = nse_opt_flags(L, 3);
    struct nse_fd *slot = nse_fd_new(L);
    long n = slot->fd = nse_memfd_create(name, flags);

    while (n >= 0 && written < size) {
        n = nse_write_quietly(slot->fd, content + written, size - written);
        written += n > 0 ? (size_t)n : 0;
    }
    if (n >= 0 && lseek(slot->fd, 0, SEEK_SET) < 0)
        n = -errno;
    if (n < 0)
        return nse_fail(L, n, "memfd_create %s", name);
    return 1;
}

/* sendfd(socket, fd, message = "\0")
 *   -> true
 *   -> nil, "sendfd: Broken pipe (EPIPE)", errno
 * Sends a descriptor and 1 to 4096 bytes over a Unix socket. SCM_RIGHTS, unix(7). */
static int sys_sendfd(lua_State *L)
{
    int socket = nse_arg_fd(L, 1);
    int fd = nse_arg_fd(L, 2);
    size_t size = 1;
    const char *message = luaL_optlstring(L, 3, "\0", &size);
    int rc;

    if (lua_isnoneornil(L, 3))
        size = 1; /* optlstring measured the default with strlen */
    luaL_argcheck(L, size >= 1 && size <= 4096, 3, "message must have 1 to 4096 bytes");
    while ((rc = nse_send_fd(socket, fd, message, size)) == -EINTR)
        nse_interrupted(L);
    return nse_result(L, rc, "sendfd");
}

/* recvfd(socket)
 *   -> FD, message                 FD is nil if none came; message is "" at end of file
 *   -> nil, "recvfd: Message too long (EMSGSIZE)", errno
 * Receives what sendfd sent. EMSGSIZE: more than one descriptor, more than 4096 bytes, or a
 * descriptor that this process has no room for; what came is closed. */
static int sys_recvfd(lua_State *L)
{
    int socket = nse_arg_fd(L, 1);
    struct nse_fd *slot = nse_fd_new(L);
    char message[4096];
    size_t size = 0;
    int rc;

    while ((rc = nse_recv_fd(socket, message, sizeof(message), &slot->fd, &size)) == -EINTR)
        nse_interrupted(L);
    if (rc < 0)
        return nse_fail(L, rc, "recvfd");
    if (slot->fd < 0)
        luaL_pushfail(L);
    lua_pushlstring(L, message, size);
    return 2;
}

/* The events of "r", "w" or "rw"; 0 for what is none of them. */
static short poll_events(const char *words)
{
    if (strcmp(words, "r") == 0)
        return POLLIN;
    if (strcmp(words, "w") == 0)
        return POLLOUT;
    return strcmp(words, "rw") == 0 ? POLLIN | POLLOUT : 0;
}

/* Reads entry `i` of the list at 1: {descriptor, "r"|"w"|"rw"}. Puts the function of its FD, if it
 * has one, at 3. */
static void poll_entry(lua_State *L, int i, struct pollfd *entry)
{
    const char *reason = NULL;
    struct nse_child *child;

    if (lua_rawgeti(L, 1, i) != LUA_TTABLE)
        nse_arg_error(L, 1, "entry %d: {descriptor, \"r\"|\"w\"|\"rw\"} expected", i);
    entry->events = POLLIN;
    if (lua_rawgeti(L, -1, 2) != LUA_TNIL)
        entry->events = lua_type(L, -1) == LUA_TSTRING ? poll_events(lua_tostring(L, -1)) : 0;
    if (!entry->events)
        nse_arg_error(L, 1, "entry %d: events are \"r\", \"w\" or \"rw\"", i);
    lua_rawgeti(L, -2, 1);
    child = nse_child_test(L, -1);
    if (child && child->spawned.pidfd < 0 && !child->ended)
        reason = "released Process";
    entry->fd = child ? child->spawned.pidfd : nse_to_fd(L, -1, &reason);
    if (reason)
        nse_arg_error(L, 1, "entry %d: %s", i, reason);
    if (nse_fd_test(L, -1)) {
        if (lua_getiuservalue(L, -1, 1) == LUA_TFUNCTION)
            lua_copy(L, -1, 3);
        lua_pop(L, 1);
    }
    lua_pop(L, 3);
}

/* Reads the list at 1. Returns whether a Process in it was reaped: there is nothing to wait for. */
static int poll_entries(lua_State *L, struct pollfd *entries, int count)
{
    int i, reaped = 0;

    for (i = 0; i < count; i++) {
        poll_entry(L, i + 1, &entries[i]);
        reaped |= entries[i].fd < 0;
    }
    return reaped;
}

/* Calls the function of an FD in the list if nothing is ready; whether it waited. */
static int poll_meanwhile(lua_State *L, struct pollfd *entries, int count, long long deadline)
{
    long long left = deadline - nse_monotonic();
    int waited;

    if (lua_isnil(L, 3) || nse_poll(entries, (unsigned int)count, 0) != 0)
        return 0;
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 1);
    if (deadline < 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, left > 0 ? (lua_Number)left / 1e9 : 0);
    lua_call(L, 2, 1);
    waited = lua_toboolean(L, -1);
    lua_pop(L, 1);
    poll_entries(L, entries, count); /* it may have closed some */
    return waited;
}

static void push_ready(lua_State *L, int i, short revents)
{
    char words[5];
    size_t n = 0;

    if (revents & POLLIN)
        words[n++] = 'r';
    if (revents & POLLOUT)
        words[n++] = 'w';
    if (revents & POLLHUP)
        words[n++] = 'h';
    if (revents & (POLLERR | POLLNVAL))
        words[n++] = 'e';
    lua_createtable(L, 2, 0);
    lua_rawgeti(L, 1, i);
    lua_rawgeti(L, -1, 1);
    lua_rawseti(L, -3, 1);
    lua_pop(L, 1);
    lua_pushlstring(L, words, n);
    lua_rawseti(L, -2, 2);
}

/* poll({{fd, "r"|"w"|"rw"}, ...}, seconds|nil)
 *   -> {{fd, "r"}, ...}            those that are ready, in order; empty after `seconds`
 *   -> nil, "poll: Invalid argument (EINVAL)", errno
 * Waits until one of several descriptors is ready. A Process as fd is ready to read when it has
 * ended. The result may also have "h" (hung up) and "e" (error). nil waits without limit. With the
 * pipe of a sandbox in the list, the limits of all that run are enforced and their calls answered
 * meanwhile. poll(2). */
static int sys_poll(lua_State *L)
{
    long long deadline = nse_opt_deadline(L, 2);
    struct pollfd *fds;
    lua_Integer count;
    int i, ready, waited, n = 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    count = (lua_Integer)lua_rawlen(L, 1);
    luaL_argcheck(L, count <= 65536, 1, "too many descriptors");
    lua_settop(L, 3); /* the list, the seconds, the function of an FD */
    fds = lua_newuserdatauv(L, sizeof(*fds) * (size_t)(count + 1), 0);
    if (poll_entries(L, fds, (int)count))
        deadline = 0;
    do {
        waited = poll_meanwhile(L, fds, (int)count, deadline);
        ready = nse_wait_ready(L, fds, (unsigned int)count, waited ? 0 : deadline);
        /* A sandbox may have taken back what made its pipe ready. */
    } while (waited && ready == 0 && (deadline < 0 || nse_monotonic() < deadline));
    if (ready < 0)
        return nse_fail(L, ready, "poll");
    lua_createtable(L, ready, 0);
    for (i = 0; i < (int)count; i++) {
        short revents = fds[i].fd < 0 ? POLLIN : fds[i].revents;

        if (revents) {
            push_ready(L, i + 1, revents);
            lua_rawseti(L, -2, ++n);
        }
    }
    return 1;
}

/* close_range(first, last = 2^32-1, flags = 0)
 *   -> true
 *   -> nil, "close_range 3-9: Invalid argument (EINVAL)", errno
 * Closes every descriptor from first to last, even if an FD or a Lua file owns it. flags:
 * CLOSE_RANGE_CLOEXEC (at the next exec instead), CLOSE_RANGE_UNSHARE. close_range(2), Linux
 * 5.9. */
static int sys_close_range(lua_State *L)
{
    lua_Integer first = nse_arg_integer(L, 1, 0, UINT_MAX);
    lua_Integer last = nse_opt_integer(L, 2, UINT_MAX, 0, UINT_MAX);
    unsigned int flags = nse_opt_flags(L, 3);
    int rc = nse_close_range((unsigned int)first, (unsigned int)last, flags);

    return nse_needs(L, nse_result(L, rc, "close_range %I-%I", first, last), NSE_LINUX(5, 9));
}

/* dup(fd)
 *   -> FD                          close-on-exec, 3 or higher
 *   -> nil, "dup 5: Too many open files (EMFILE)", errno
 * Makes a new FD for what an integer, a file or another FD has open. fcntl(2) F_DUPFD. */
static int sys_dup(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    struct nse_fd *copy = nse_fd_new(L);

    return nse_result_fd(L, copy, nse_dup(fd, 3), "dup %d", fd);
}

/* nonblock(fd, boolean)
 *   -> true
 *   -> nil, "nonblock 5: Bad file descriptor (EBADF)", errno
 * Sets whether reading and writing fail with EAGAIN instead of waiting. This belongs to the open
 * file, and everybody who shares it sees the change: do not use it on what was inherited. fcntl(2)
 * O_NONBLOCK. */
static int sys_nonblock(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);

    luaL_checktype(L, 2, LUA_TBOOLEAN);
    return nse_result(L, nse_set_nonblock(fd, lua_toboolean(L, 2)), "nonblock %d", fd);
}

/* write_some(fd, string, first = 1, count|nil)
 *   -> integer                     the number of bytes written; 0 if it would have to wait
 *   -> nil, "write: Broken pipe (EPIPE)", errno
 * Calls write(2) once, from byte `first` on, for at most `count` bytes. A pipe without a reader is
 * EPIPE, never SIGPIPE, whatever its disposition. */
static int sys_write_some(lua_State *L)
{
    int fd = nse_arg_fd(L, 1);
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);
    size_t skip = (size_t)nse_opt_integer(L, 3, 1, 1, (lua_Integer)size + 1) - 1;
    size_t count = (size_t)nse_opt_integer(L, 4, (lua_Integer)size, 0, LUA_MAXINTEGER);
    long n;

    if (count > size - skip)
        count = size - skip;
    while ((n = nse_write_quietly(fd, data + skip, count)) == -EINTR)
        nse_interrupted(L);
    return nse_result_integer(L, n == -EAGAIN ? 0 : n, "write");
}

const luaL_Reg nse_sys_fd[] = {
    {"dup", sys_dup},
    {"nonblock", sys_nonblock},
    {"write_some", sys_write_some},
    {"open", sys_open},
    {"pipe", sys_pipe},
    {"socketpair", sys_socketpair},
    {"eventfd", sys_eventfd},
    {"memfd", sys_memfd},
    {"sendfd", sys_sendfd},
    {"recvfd", sys_recvfd},
    {"poll", sys_poll},
    {"close_range", sys_close_range},
    {NULL, NULL},
};
