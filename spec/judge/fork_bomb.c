/* RE pids: forks until it cannot, and gives up. */
#include <unistd.h>

int main(void)
{
    for (;;) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (pid == 0)
            pause();
    }
}
