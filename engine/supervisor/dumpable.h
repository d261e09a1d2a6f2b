/* A child in our memory that changes its ids takes "dumpable" from that memory, prctl(2): who is not
 * dumpable may not read its own /proc/self/mem, nor write its own maps. It is given back at the end. As
 * threads spawn at a time and the memory is one, the first in notes what it was, and the last out gives
 * it back: the only thing that this library keeps, for it belongs to the process too. */
#ifndef NSE_SUPERVISOR_DUMPABLE_H
#define NSE_SUPERVISOR_DUMPABLE_H

/* Around each spawn. */
void nse_dumpable_note(void);
void nse_dumpable_give_back(void);

#endif
