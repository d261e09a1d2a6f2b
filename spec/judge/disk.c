/* RE disk: fills what it may write to. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    static char block[1 << 16];
    int fd = open("/tmp/file", O_CREAT | O_WRONLY, 0600);

    while (write(fd, block, sizeof(block)) > 0)
        ;
    return 1;
}
