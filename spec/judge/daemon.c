/* OK: leaves a daemon behind, forked twice and in a session of its own, which must not outlive it. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            sleep(1000);
        _exit(0);
    }
    puts("42");
    return 0;
}
