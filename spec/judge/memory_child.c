/* MLE memory: a child writes to more than it may have, and its parent carries on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        char *block = malloc(200 << 20);

        memset(block, 1, 200 << 20);
        _exit(block[100 << 20] != 1);
    }
    wait(NULL);
    puts("42");
    return 0;
}
