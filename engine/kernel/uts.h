/* Host names and the kernel's own: the UTS namespace. 0 or -errno. */
#ifndef NSE_KERNEL_UTS_H
#define NSE_KERNEL_UTS_H

#include <sys/utsname.h>

int nse_sethostname(const char *name);
int nse_setdomainname(const char *name);
int nse_uname(struct utsname *ret_name);

/* A kernel version as one number that compares: NSE_LINUX(6, 11). */
#define NSE_LINUX(major, minor) ((major)*1000 + (minor))
/* The running kernel's, or 0 when it does not say. */
int nse_linux_version(void);

#endif
