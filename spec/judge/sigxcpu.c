/* TLE cpu_time: catches the signal that says so, and goes on. */
#include <signal.h>

static void ignore(int number)
{
    (void)number;
}

int main(void)
{
    signal(SIGXCPU, ignore);
    for (volatile unsigned n = 0;; n++)
        ;
}
