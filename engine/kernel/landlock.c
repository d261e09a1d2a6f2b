/* Landlock by raw calls: the C library has none. Runs in the payload before its exec, or in the
 * init. */
#include "landlock.h"

#include <stddef.h>

#include "call.h"

/* <linux/landlock.h> as of ABI 10; Debian 12's has ABI 2. Fields that the kernel lacks must be
 * 0. */
struct ruleset {
    uint64_t fs;     /* ABI 1 */
    uint64_t net;    /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};
struct path_rule {
    uint64_t rights;
    int32_t fd;
} __attribute__((packed));
struct port_rule {
    uint64_t rights, port;
};
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

int nse_landlock_abi(void)
{
    return (int)nse_call(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
}

int nse_landlock_create(uint64_t fs, uint64_t net, uint64_t scoped)
{
    struct ruleset ruleset = {fs, net, scoped};

    return (int)nse_call(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
}

int nse_landlock_allow_path(int ruleset, int fd, uint64_t rights)
{
    struct path_rule rule = {rights, fd};

    return (int)nse_call(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

int nse_landlock_allow_port(int ruleset, uint64_t port, uint64_t rights)
{
    struct port_rule rule = {rights, port};

    return (int)nse_call(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

int nse_landlock_restrict(int ruleset, uint32_t flags)
{
    return (int)nse_call(SYS_landlock_restrict_self, ruleset, flags);
}
