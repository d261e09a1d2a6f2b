/* Clocks. Any process. */
#ifndef NSE_KERNEL_CLOCK_H
#define NSE_KERNEL_CLOCK_H

/* CLOCK_MONOTONIC in nanoseconds. */
long long nse_monotonic(void);
/* Sleeps once: 0, or -EINTR when a signal ended it early. */
int nse_sleep(long long nanoseconds);

#endif
