/* Runs a command under a filter that fails some system calls with an error, as a container's does.
 *
 *   filter ERRNO CALL... -- COMMAND [ARG...]
 *
 * ERRNO: ENOSYS, EACCES, else EPERM. CALL: unshare, clone3, openat2, pidfd_open; or "clone-newuser": clone(2) with the flag CLONE_NEWUSER, and, as
 * with Docker, ENOSYS for clone3(2), whose flags no filter can see.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter program[64];
static unsigned short length;

static void add(unsigned short code, unsigned int k, unsigned char jt, unsigned char jf)
{
    program[length++] = (struct sock_filter){code, jt, jf, k};
}

static void load(unsigned int offset)
{
    add(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void refuse(unsigned int call, unsigned int error)
{
    load(offsetof(struct seccomp_data, nr));
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
}

/* The flags are the first argument on all our machines; on little-endian ones the lower half is
 * first. */
static void refuse_clone(unsigned int flag, unsigned int error)
{
    load(offsetof(struct seccomp_data, nr));
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3);
    load(offsetof(struct seccomp_data, args));
    add(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
    refuse(SYS_clone3, ENOSYS);
}

int main(int argc, char **argv)
{
    struct sock_fprog filter;
    const char *name = argc > 1 ? argv[1] : "";
    unsigned int error = strcmp(name, "ENOSYS") == 0   ? ENOSYS
                         : strcmp(name, "EACCES") == 0 ? EACCES
                                                       : EPERM;
    int i;

    for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "unshare") == 0)
            refuse(SYS_unshare, error);
        else if (strcmp(argv[i], "clone3") == 0)
            refuse(SYS_clone3, error);
        else if (strcmp(argv[i], "openat2") == 0)
            refuse(SYS_openat2, error);
        else if (strcmp(argv[i], "pidfd_open") == 0)
            refuse(SYS_pidfd_open, error);
        else if (strcmp(argv[i], "clone-newuser") == 0)
            refuse_clone(CLONE_NEWUSER, error);
        else
            return fprintf(stderr, "filter: no such call: %s\n", argv[i]), 125;
    }
    if (i + 1 >= argc)
        return fprintf(stderr, "filter: no command\n"), 125;
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    filter = (struct sock_fprog){length, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
        perror("filter");
        return 125;
    }
    execvp(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 127;
}
