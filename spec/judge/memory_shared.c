/* MLE memory: children hold parts that are small each. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 6; i++)
        if (fork() == 0) {
            memset(malloc(20 << 20), 1, 20 << 20);
            pause();
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}
