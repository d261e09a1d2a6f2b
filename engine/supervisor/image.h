/* The init's program, embedded at build time: engine/init. */
#ifndef NSE_SUPERVISOR_IMAGE_H
#define NSE_SUPERVISOR_IMAGE_H

#include <stddef.h>

extern const unsigned char nse_image[];
extern const size_t nse_image_size;

#endif
