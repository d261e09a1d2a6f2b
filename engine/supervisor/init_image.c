/* The init's program as an executable file in memory. Runs in the caller's process. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "call.h"
#include "fd.h"
#include "image.h"
#include "uapi.h"

static int fill_image(int fd)
{
    size_t at = 0;

    while (at < nse_image_size) {
        long n = nse_write_quietly(fd, nse_image + at, nse_image_size - at);

        if (n < 0)
            return (int)n;
        at += (size_t)n;
    }
    return (int)nse_call(SYS_fcntl, fd, F_ADD_SEALS,
                         F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int nse_init_image(void)
{
    unsigned int flags = MFD_ALLOW_SEALING;
    int fd = nse_memfd_create("nsengine-init", flags | MFD_EXEC), low, rc;

    if (fd == -EINVAL) /* before Linux 6.3 every memfd is executable */
        fd = nse_memfd_create("nsengine-init", flags);
    if (fd < 0)
        return fd;
    /* A program without standard streams would hand the image to its sandboxes as one. */
    low = fd;
    if (low < 3) {
        fd = nse_dup(low, 3);
        nse_close(low);
        if (fd < 0)
            return fd;
    }
    rc = fill_image(fd);
    if (rc < 0) {
        nse_close(fd);
        return rc;
    }
    return fd;
}
