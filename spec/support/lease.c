/* Makes an exec hang: lease FILE. Whoever opens the file waits until this program ends, or for
 * /proc/sys/fs/lease-break-time seconds: fcntl(2), F_SETLEASE. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char byte;
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

    signal(SIGIO, SIG_IGN); /* sent when somebody opens it */
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        return 1;
    if (write(1, "x", 1) != 1)
        return 1;
    return read(0, &byte, 1) < 0;
}
