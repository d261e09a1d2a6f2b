/* The floor of examples/01-tutorial.lua: the same clone, host name, mount and exec in a static C
 * program that does and checks nothing else. */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 125;
}

int main(int argc, char **argv)
{
    int pidfd = -1, status;
    struct clone_args args = {
        .flags = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER |
                 CLONE_NEWNET | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
    };
    pid_t pid;

    if (argc < 2) {
        fputs("usage: floor COMMAND [ARG...]\n", stderr);
        return 125;
    }
    pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid < 0)
        return fail("clone3");
    if (pid == 0) {
        if (sethostname("zxytest", 7) != 0)
            return fail("sethostname");
        if (mount("proc", "/proc", "proc", 0, NULL) != 0)
            return fail("mount");
        execv(argv[1], argv + 1);
        return fail("execv");
    }
    if (waitpid(pid, &status, 0) < 0)
        return fail("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
