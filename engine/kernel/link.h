/* A network link by ioctl(2), netdevice(7). 0, or -errno. Runs in the child. */
#ifndef NSE_KERNEL_LINK_H
#define NSE_KERNEL_LINK_H

/* Brings up the link `name` of the caller's network namespace; lo then gets its addresses. */
int nse_link_up(const char *name);

#endif
