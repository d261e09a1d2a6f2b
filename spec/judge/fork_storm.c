/* RE pids: forks without end, in each process that it made. */
#include <unistd.h>

int main(void)
{
    for (;;)
        fork();
}
