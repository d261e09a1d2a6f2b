/* Programs of seccomp(2) that look at nothing but a call's number: a search over ranges of numbers. */
#ifndef NSE_BIND_RANGES_H
#define NSE_BIND_RANGES_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define NSE_CALLS_MAX 1024 /* no machine's table of system calls is longer */

/* What each call gets, SECCOMP_RET_* with its data. */
struct nse_answers {
    uint32_t arch;                   /* AUDIT_ARCH_* */
    uint32_t foreign;                /* calls of another ABI */
    uint32_t others;                 /* all other numbers */
    uint32_t numbers[NSE_CALLS_MAX]; /* the first ones */
};

/* Has room for the worst case: a comparison, a jump and an answer for each number. */
struct nse_program {
    struct sock_filter code[4 * NSE_CALLS_MAX];
    size_t start; /* written from the end: [start, end) is in use */
};
#define NSE_PROGRAM_END ((size_t)4 * NSE_CALLS_MAX)

void nse_ranges_compile(const struct nse_answers *answers, struct nse_program *ret_program);

#endif
