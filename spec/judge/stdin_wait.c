/* TLE wall_time: waits for more input than there is, on a pipe that it keeps open itself. */
#include <unistd.h>

int main(void)
{
    int ends[2];
    char byte;

    if (pipe(ends))
        return 1;
    return (int)read(ends[0], &byte, 1);
}
