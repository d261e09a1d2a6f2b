/* A child that shares our memory and changes its ids clears that memory's "dumpable" flag,
 * prctl(2). Without it, a process may not read its own /proc/self/mem or write its own id maps. So
 * each spawn restores it. Several threads may spawn at once: the first one in notes the value, the
 * last one out restores it. This is the only state that the library keeps: the flag is the
 * process's too. */
#ifndef NSE_SUPERVISOR_DUMPABLE_H
#define NSE_SUPERVISOR_DUMPABLE_H

/* Around each spawn. */
void nse_dumpable_note(void);
void nse_dumpable_give_back(void);

#endif
