/* TLE wall_time: ignores all signals that can be ignored, and waits. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    for (;;)
        pause();
}
