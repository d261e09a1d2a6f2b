/* Fills errors into the caller's structure, whatever version of it that is. Any thread. */
#include <string.h>

#include "api.h"

int nse_error_fill(struct nse_error *error, const struct nse_error *from, int code)
{
    size_t room = error ? error->size : 0;

    if (room > sizeof(*error))
        room = sizeof(*error);
    if (room > sizeof(error->size)) {
        memcpy((char *)error + sizeof(error->size), (const char *)from + sizeof(from->size),
               room - sizeof(error->size));
        if (room >= offsetof(struct nse_error, code) + sizeof(error->code))
            error->code = -code;
    }
    return code;
}
