/* Measures what a seccomp filter costs: filtered FILE COUNT installs the program in FILE, if it is
 * not empty, and calls getppid COUNT times. Prints "install_ns N call_ps N". */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct sock_filter program[BPF_MAXINSNS];

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
    long count = argc > 2 ? atol(argv[2]) : 0, i;
    FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
    struct sock_fprog filter = {.filter = program};
    double start, installed;

    if (!file || count <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return 1;
    filter.len = (unsigned short)fread(program, sizeof(*program), BPF_MAXINSNS, file);
    start = now();
    if (filter.len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        return 1;
    installed = now();
    for (i = 0; i < count; i++)
        syscall(SYS_getppid);
    printf("install_ns %.0f call_ps %.0f\n", installed - start,
           (now() - installed) * 1000 / (double)count);
    return 0;
}
