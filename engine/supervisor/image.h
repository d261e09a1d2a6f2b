/* The init's program, embedded at build time: engine/init. */
#ifndef NSE_SUPERVISOR_IMAGE_H
#define NSE_SUPERVISOR_IMAGE_H

#include <stddef.h>

extern const unsigned char nse_image[];
extern const size_t nse_image_size;

/* The init's program as a sealed memory file, for any number of spawns: a descriptor, or -errno
 * (-EACCES: sysctl vm.memfd_noexec=2 forbids it). */
int nse_init_image(void);

#endif
