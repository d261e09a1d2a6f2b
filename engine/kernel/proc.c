/* Files below /proc. An untrusted file tree may have anything at /proc, and a write that is
 * redirected there is an old way out of containers (CVE-2019-16884, CVE-2025-52881). So /proc is
 * opened once, checked to be procfs, and used by descriptor. Any process. */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "fd.h"
#include "node.h"
#include "process.h"
#include "text.h"

static int open_checked_proc(void)
{
    struct statfs fs;
    int fd = nse_open("/proc", O_PATH | O_DIRECTORY, 0);
    int rc;

    if (fd < 0)
        return fd == -ENOENT ? -ENODEV : fd;
    rc = nse_statfs(fd, &fs);
    if (rc == 0 && fs.f_type == PROC_SUPER_MAGIC)
        return fd;
    nse_close(fd);
    return rc < 0 ? rc : -ENODEV;
}

/* Whether its numbers are ours: in the procfs of another pid namespace, as after `unshare -pf`, the
 * number of our child is another process. */
static int has_our_numbers(int proc)
{
    char target[24];
    long size = nse_readlink(proc, "self", target, sizeof(target)), number = 0, i;

    for (i = 0; i < size; i++)
        number = number * 10 + (target[i] - '0');
    return size > 0 && number == nse_getpid();
}

int nse_proc_has_our_numbers(void)
{
    int proc = open_checked_proc(), ours;

    if (proc < 0)
        return 0;
    ours = has_our_numbers(proc);
    nse_close(proc);
    return ours;
}

int nse_proc_open(pid_t pid, const char *name, int flags)
{
    char path[64];
    struct nse_text text;
    int proc, fd;

    nse_text_init(&text, path, sizeof(path));
    if (pid > 0)
        nse_text_add_number(&text, pid);
    else
        nse_text_add(&text, "self");
    nse_text_add(&text, "/");
    nse_text_add(&text, name);
    if (text.cut)
        return -ENAMETOOLONG;
    proc = open_checked_proc();
    if (proc < 0)
        return proc;
    if (pid > 0 && !has_our_numbers(proc)) {
        nse_close(proc);
        return -ENODEV;
    }
    fd = nse_openat(proc, path, flags, 0);
    nse_close(proc);
    /* ENOENT for a process that is gone would suggest that the kernel lacks the file. */
    if (fd == -ENOENT && pid > 0 && nse_kill(pid, 0) == -ESRCH)
        return -ESRCH;
    return fd;
}

int nse_proc_write(pid_t pid, const char *name, const char *text)
{
    return nse_write_and_close(nse_proc_open(pid, name, O_WRONLY), text, strlen(text));
}
