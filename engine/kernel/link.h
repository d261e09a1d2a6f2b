/* A network link by ioctl(2), netdevice(7). 0, or -errno. Runs in the child. */
#ifndef NSE_KERNEL_LINK_H
#define NSE_KERNEL_LINK_H

/* Raises the link `name` of the caller's network namespace; lo gets its addresses by that. */
int nse_link_up(const char *name);

#endif
