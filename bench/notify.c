/* Measures a system call, getppid(2), that another process answers, with a handler of ten lines of C.
 * bench/notify.lua measures the same with a Lua function.
 *
 *   notify payload N   calls it N times and prints the nanoseconds per call
 *   notify handler N   the same under a filter that asks us */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ANSWER 4242

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int payload(long count)
{
    double since = now();
    long i;

    for (i = 0; i < count; i++)
        if (syscall(SYS_getppid) != ANSWER)
            return 1;
    printf("%.0f\n", (now() - since) / (double)count);
    return 0;
}

static int install(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, program};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &filter);
}

static void handle(int listener)
{
    struct seccomp_notif call;
    struct seccomp_notif_resp answer;

    for (;;) {
        memset(&call, 0, sizeof(call));
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
            return;
        answer = (struct seccomp_notif_resp){.id = call.id, .val = ANSWER};
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

/* The parent has the filter and makes the calls; the child answers. */
static int handler(long count)
{
    int listener = install(), status;
    pid_t child;

    if (listener < 0)
        return 2;
    child = fork();
    if (child == 0) {
#ifdef SECCOMP_IOCTL_NOTIF_SET_FLAGS
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1);
#else
        ioctl(listener, SECCOMP_IOW(4, __u64), 1UL);
#endif
        handle(listener);
        _exit(0);
    }
    status = payload(count);
    fflush(stdout);
    _exit(status + (kill(child, 9) < 0) * 4);
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? atol(argv[2]) : 0;

    if (count > 0 && strcmp(argv[1], "payload") == 0)
        return payload(count);
    if (count > 0 && strcmp(argv[1], "handler") == 0)
        return handler(count);
    fputs("usage: notify payload|handler N\n", stderr);
    return 2;
}
