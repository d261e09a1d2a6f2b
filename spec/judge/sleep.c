/* TLE wall_time: sleeps, which costs no processor time. */
#include <unistd.h>

int main(void)
{
    sleep(1000);
    return 0;
}
