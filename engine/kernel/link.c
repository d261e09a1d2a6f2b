/* A network link by ioctl(2): see link.h. */
#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "call.h"
#include "fd.h"

static int raise_flag(int any, struct ifreq *request)
{
    long rc = nse_call(SYS_ioctl, any, SIOCGIFFLAGS, request);

    if (rc < 0)
        return (int)rc;
    request->ifr_flags |= IFF_UP;
    return (int)nse_call(SYS_ioctl, any, SIOCSIFFLAGS, request);
}

int nse_link_up(const char *name)
{
    struct ifreq request = {0};
    size_t length = strlen(name);
    int any, rc;

    if (length >= sizeof(request.ifr_name))
        return -ENODEV;
    memcpy(request.ifr_name, name, length);
    any = (int)nse_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0)
        return any;
    rc = raise_flag(any, &request);
    nse_close(any);
    return rc;
}
