/* Clocks. Any process. */
#include "clock.h"

#include <time.h>

#include "call.h"

long long nse_monotonic(void)
{
    struct timespec now = {0, 0};

    nse_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int nse_sleep(long long nanoseconds)
{
    struct timespec time = {.tv_sec = nanoseconds / 1000000000LL,
                            .tv_nsec = nanoseconds % 1000000000LL};

    return (int)nse_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, 0);
}
