/* TLE cpu_time, needs memory: its children compute, each less than the limit, all together more. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            while (clock() < CLOCKS_PER_SEC * 2 / 5)
                ;
    while (wait(NULL) > 0)
        ;
    return 0;
}
