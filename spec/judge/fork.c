/* RF syscall, strict: wants a process. */
#include <unistd.h>

int main(void)
{
    return fork() < 0;
}
