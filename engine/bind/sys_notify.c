/* sys: system calls of a sandbox that this program answers. The handler of a recipe never sees these: its safe face
 * is lua/nsengine/notify.lua. */
#include "notify.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

#include "bind.h"
#include "fd.h"

/* The ids are random 64-bit numbers. */
static uint64_t check_id(lua_State *L, int index)
{
    return (uint64_t)luaL_checkinteger(L, index);
}

/* notify_start(listener)
 *   -> true                        its calls can be received
 *   -> nil, "notify_start: Value too large for defined data type (EOVERFLOW)", errno
 * Checks that the kernel's structures have the size that this program expects. Since Linux 6.6 it
 * also asks for wake-ups on the caller's processor, which waits for the answer anyway. */
static int sys_notify_start(lua_State *L)
{
    int listener = nse_arg_fd(L, 1), rc = nse_notify_sizes();

    if (rc == 0)
        nse_notify_sync(listener); /* a hint: without it all works, slower */
    return nse_needs(L, nse_result(L, rc, "notify_start"), NSE_LINUX(5, 0));
}

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#endif

static void push_call(lua_State *L, const struct seccomp_notif *call)
{
    int i;

    lua_createtable(L, 0, 14); /* with room for what a handler's object adds */
    nse_set_integer(L, "id", (lua_Integer)call->id);
    nse_set_integer(L, "pid", call->pid);
    nse_set_integer(L, "number", call->data.nr);
    nse_set_integer(L, "arch", call->data.arch);
    nse_set_boolean(L, "foreign", call->data.arch != NATIVE_ARCH);
    nse_set_integer(L, "ip", (lua_Integer)call->data.instruction_pointer);
    lua_createtable(L, 6, 0);
    for (i = 0; i < 6; i++) {
        lua_pushinteger(L, (lua_Integer)call->data.args[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "args");
}

/* notify_receive(listener)
 *   -> {id =, pid =, number =, arch =, foreign =, ip =, args = {6 integers}}
 *   -> nil, "notify_receive: Resource temporarily unavailable (EAGAIN)", errno
 * Receives a call that waits for its answer. EAGAIN: there is none; ENOENT: its process was killed
 * meanwhile. pid is that of the thread, as this program sees it; number is the call's number on
 * arch, an AUDIT_ARCH; foreign: arch is not this program's. */
static int sys_notify_receive(lua_State *L)
{
    int listener = nse_arg_fd(L, 1), rc;
    struct pollfd entry = {.fd = listener, .events = POLLIN};
    union nse_notify_call call;

    do {
        /* A handler before may have answered what poll(2) had announced: never wait here. */
        rc = nse_poll(&entry, 1, 0);
        if (rc > 0)
            rc = entry.revents & POLLIN ? nse_notify_receive(listener, &call) : -ENOENT;
        else if (rc == 0)
            rc = -EAGAIN;
        if (rc == -EINTR)
            nse_interrupted(L);
    } while (rc == -EINTR);
    if (rc < 0)
        return nse_fail(L, rc, "notify_receive");
    push_call(L, &call.call);
    return 1;
}

/* notify_valid(listener, id)
 *   -> true                        the call still waits, so its pid is still that thread's
 *   -> nil, "notify_valid: No such file or directory (ENOENT)", errno
 * Checks that a call still waits. */
static int sys_notify_valid(lua_State *L)
{
    int listener = nse_arg_fd(L, 1);

    return nse_result(L, nse_notify_valid(listener, check_id(L, 2)), "notify_valid");
}

/* notify_send(listener, id, value = 0, errno = 0, flags = 0)
 *   -> true
 *   -> nil, "notify_send: No such file or directory (ENOENT)", errno
 * Answers a call: it returns the value, or fails with the error. flags:
 * SECCOMP_USER_NOTIF_FLAG_CONTINUE (Linux 5.5) lets the kernel do it, which reads the memory that
 * its arguments point to *again*: it may have changed since it was looked at. ENOENT: nobody waits
 * for the answer any more. */
static int sys_notify_send(lua_State *L)
{
    int listener = nse_arg_fd(L, 1);
    uint64_t id = check_id(L, 2);
    lua_Integer value = luaL_optinteger(L, 3, 0);
    int error =
        (int)nse_opt_integer(L, 4, 0, 0, 511); /* from 512 on they are the kernel's own: restart */
    int rc = nse_notify_send(listener, id, error, error ? 0 : value, nse_opt_flags(L, 5));

    return nse_needs(L, nse_result(L, rc, "notify_send"), NSE_LINUX(5, 5));
}

/* notify_addfd(listener, id, fd, flags = 0, number = 0, fd_flags = 0)
 *   -> integer                     the descriptor's number in the calling process
 *   -> nil, "notify_addfd: Too many open files (EMFILE)", errno
 * Gives the calling process a copy of a descriptor. flags: SECCOMP_ADDFD_FLAG_SETFD puts it at
 * `number`, SECCOMP_ADDFD_FLAG_SEND (Linux 5.14) answers the call with it atomically; fd_flags:
 * O_CLOEXEC. Linux 5.9. */
static int sys_notify_addfd(lua_State *L)
{
    int listener = nse_arg_fd(L, 1);
    uint64_t id = check_id(L, 2);
    int fd = nse_arg_fd(L, 3);
    unsigned int flags = nse_opt_flags(L, 4);
    int number = (int)nse_opt_integer(L, 5, 0, 0, INT_MAX), rc;
    unsigned int fd_flags = nse_opt_flags(L, 6);

    /* Interrupted, it has not happened. */
    while ((rc = nse_notify_addfd(listener, id, fd, flags, number, fd_flags)) == -EINTR)
        nse_interrupted(L);
    return nse_needs(L, nse_result_integer(L, rc, "notify_addfd"), NSE_LINUX(5, 14));
}

/* What was read counts only if the call still waited afterwards: else the pid may have been another
 * process's by then. */
static long read_checked(int listener, uint64_t id, pid_t pid, uint64_t address, char *data,
                         size_t size)
{
    long n = nse_read_memory(pid, address, data, size);
    int rc = nse_notify_valid(listener, id);

    return rc < 0 ? rc : n;
}

#define BYTES_MAX (16 << 20)

/* notify_read(listener, id, pid, address, count)
 *   -> string                      `count` bytes of the calling process's memory
 *   -> nil, "notify_read: Bad address (EFAULT)", errno
 * Reads memory of the calling process, at most 16 MiB. ENOENT: the call does not wait any more,
 * which is checked after the bytes were read, as the pid may be another process's by then. Other
 * threads of the process may change the bytes at any time. process_vm_readv(2). */
static int sys_notify_read(lua_State *L)
{
    int listener = nse_arg_fd(L, 1);
    uint64_t id = check_id(L, 2);
    pid_t pid = (pid_t)nse_arg_integer(L, 3, 0, INT_MAX);
    uint64_t address = (uint64_t)luaL_checkinteger(L, 4);
    size_t size = (size_t)nse_arg_integer(L, 5, 0, BYTES_MAX);
    luaL_Buffer buffer;
    char *data = luaL_buffinitsize(L, &buffer, size);
    long n = read_checked(listener, id, pid, address, data, size);

    if (n >= 0 && (size_t)n < size)
        n = -EFAULT;
    if (n < 0)
        return nse_fail(L, n, "notify_read");
    luaL_pushresultsize(&buffer, size);
    return 1;
}

/* The length of the string at `address`, or -errno: read in steps, for most are short. */
static long read_string(int listener, uint64_t id, pid_t pid, uint64_t address, char *data,
                        size_t max)
{
    size_t done = 0;

    while (done < max) {
        size_t step = max - done < 256 ? max - done : done ? max - done : 256;
        long n = nse_read_memory(pid, address + done, data + done, step);
        const char *end = n > 0 ? memchr(data + done, '\0', (size_t)n) : NULL;

        if (end)
            done = (size_t)(end - data);
        if (n < 0 || end || (size_t)n < step) {
            int rc = nse_notify_valid(listener, id);

            return rc < 0 ? rc : n < 0 ? n : end ? (long)done : -EFAULT;
        }
        done += step;
    }
    return nse_notify_valid(listener, id) < 0 ? -ENOENT : -ENAMETOOLONG;
}

/* notify_string(listener, id, pid, address, max = 4096)
 *   -> string                      without its NUL
 *   -> nil, "notify_string: Bad address (EFAULT)", errno
 * Like sys.notify_read, but reads up to a NUL. ENAMETOOLONG: there is none in the first `max`
 * bytes. */
static int sys_notify_string(lua_State *L)
{
    int listener = nse_arg_fd(L, 1);
    uint64_t id = check_id(L, 2);
    pid_t pid = (pid_t)nse_arg_integer(L, 3, 0, INT_MAX);
    uint64_t address = (uint64_t)luaL_checkinteger(L, 4);
    size_t max = (size_t)nse_opt_integer(L, 5, PATH_MAX, 1, BYTES_MAX);
    luaL_Buffer buffer;
    char *data = luaL_buffinitsize(L, &buffer, max);
    long n = read_string(listener, id, pid, address, data, max);

    if (n < 0)
        return nse_fail(L, n, "notify_string");
    luaL_pushresultsize(&buffer, (size_t)n);
    return 1;
}

#define CALL(name)                                                                                 \
    {                                                                                              \
#name, SYS_##name                                                                          \
    }

static const struct {
    const char *name;
    int number;
} calls[] = {
    CALL(openat),      CALL(openat2),   CALL(execve),     CALL(execveat),   CALL(newfstatat),
    CALL(statx),       CALL(faccessat), CALL(faccessat2), CALL(readlinkat), CALL(mkdirat),
    CALL(mknodat),     CALL(unlinkat),  CALL(renameat2),  CALL(linkat),     CALL(symlinkat),
    CALL(fchmodat),    CALL(fchownat),  CALL(utimensat),  CALL(truncate),   CALL(chdir),
    CALL(connect),     CALL(bind),      CALL(getpid),     CALL(getppid),    CALL(uname),
    CALL(sethostname),
#ifdef SYS_renameat
    CALL(renameat),
#endif
#ifdef SYS_open /* what x86 has from its first years */
    CALL(open),        CALL(creat),     CALL(stat),       CALL(lstat),      CALL(access),
    CALL(readlink),    CALL(mkdir),     CALL(mknod),      CALL(unlink),     CALL(rmdir),
    CALL(rename),      CALL(link),      CALL(symlink),    CALL(chmod),      CALL(chown),
    CALL(lchown),
#endif
};
#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* notify_calls()
 *   -> {openat = 257, ...}         the numbers of this machine's calls that take paths and addresses, and of
 *                                  a few others
 */
static int sys_notify_calls(lua_State *L)
{
    size_t i;

    lua_createtable(L, 0, CALL_COUNT);
    for (i = 0; i < CALL_COUNT; i++)
        nse_set_integer(L, calls[i].name, calls[i].number);
    return 1;
}

/* notify_arch()
 *   -> integer                     the AUDIT_ARCH of this machine's own calls, seccomp(2)
 */
static int sys_notify_arch(lua_State *L)
{
    lua_pushinteger(L, NATIVE_ARCH);
    return 1;
}

const luaL_Reg nse_sys_notify[] = {
    {"notify_calls", sys_notify_calls},   {"notify_arch", sys_notify_arch},
    {"notify_start", sys_notify_start},   {"notify_receive", sys_notify_receive},
    {"notify_valid", sys_notify_valid},   {"notify_send", sys_notify_send},
    {"notify_addfd", sys_notify_addfd},   {"notify_read", sys_notify_read},
    {"notify_string", sys_notify_string}, {NULL, NULL},
};
