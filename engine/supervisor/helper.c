/* Runs helper programs of the system: newuidmap(1) and the like, which are set-user-ID so that we
 * need not be. Runs in the caller's process. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

/* Reads to EOF and keeps what fits of the first line. */
static void read_line(int fd, char *line, size_t size)
{
    char rest[256];
    size_t used = 0;
    long n;

    for (;;) {
        size_t room = size - 1 - used;

        n = nse_read(fd, room ? line + used : rest, room ? room : sizeof(rest));
        if (n == -EINTR)
            continue;
        if (n <= 0)
            break;
        used += room ? (size_t)n : 0;
    }
    line[used] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

/* "newuidmap: uid range ... not allowed": our message names the program already. */
static void cut_name(char *line, const char *program)
{
    size_t length = strlen(program);

    if (strncmp(line, program, length) == 0 && strncmp(line + length, ": ", 2) == 0)
        memmove(line, line + length + 2, strlen(line + length + 2) + 1);
}

/* Default dispositions and an empty mask, whatever the caller ignores or blocks. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int error_fd)
{
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, error_fd, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, error_fd, STDERR_FILENO);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attr, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attr, &all);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return rc;
}

static int start(char *const argv[], int error_fd, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return -rc;
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        rc = prepare(&actions, &attr, error_fd);
        if (rc == 0)
            rc = posix_spawnp(ret_pid, argv[0], &actions, &attr, argv, environ);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

int nse_helper_run(char *const argv[], char *complaint, size_t size)
{
    int fds[2] = {-1, -1}, status, rc;
    pid_t pid = -1;

    complaint[0] = '\0';
    rc = nse_pipe(fds, 0);
    if (rc < 0)
        return rc;
    rc = start(argv, fds[1], &pid);
    nse_close(fds[1]);
    if (rc == 0) {
        read_line(fds[0], complaint, size);
        cut_name(complaint, argv[0]);
        while (waitpid(pid, &status, 0) < 0) {
            if (errno != EINTR) {
                rc = -errno; /* SIGCHLD is ignored and the status lost: a failure */
                break;
            }
        }
        if (rc == 0 && status != 0)
            rc = -EPERM;
    }
    nse_close(fds[0]);
    return rc;
}
