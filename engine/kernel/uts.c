/* Host names and the kernel's own: the UTS namespace. Runs in the caller and in the child. */
#include "uts.h"

#include <string.h>

#include "call.h"

int nse_sethostname(const char *name)
{
    return (int)nse_call(SYS_sethostname, name, strlen(name));
}

int nse_setdomainname(const char *name)
{
    return (int)nse_call(SYS_setdomainname, name, strlen(name));
}

int nse_uname(struct utsname *ret_name)
{
    return (int)nse_call(SYS_uname, ret_name);
}

int nse_linux_version(void)
{
    struct utsname name;
    int parts[2] = {0, 0};
    const char *at = name.release;
    int i;

    if (nse_uname(&name) < 0)
        return 0;
    for (i = 0; i < 2; i++, at++)
        for (; *at >= '0' && *at <= '9'; at++)
            parts[i] = parts[i] * 10 + (*at - '0');
    return NSE_LINUX(parts[0], parts[1]);
}
