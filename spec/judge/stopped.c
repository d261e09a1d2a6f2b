/* TLE wall_time: stops itself and its child; neither runs, neither ends. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    fork();
    for (;;)
        raise(SIGSTOP);
}
