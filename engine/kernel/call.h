/* One raw system call: never touches errno, so it is safe between clone and exec and in a child
 * that shares the parent's memory (and with it errno, which lives in the thread-local storage).
 * Runs in any process. */
#ifndef NSE_KERNEL_CALL_H
#define NSE_KERNEL_CALL_H

#include <sys/syscall.h>

#ifdef __clang_analyzer__
/* The analyzer does not know what a system call writes; an unseen function may write anything. */
long nse_syscall6(long nr, long a, long b, long c, long d, long e, long f);
#else
/* Performs system call `nr`; 0 or positive, or -errno. Every register is always set: one entry
 * point serves all. */
static inline long nse_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    long ret;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;

    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
#elif defined(__riscv) && __riscv_xlen == 64
    register long a7 __asm__("a7") = nr;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;

    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                     : "memory");
    return a0;
#else
#error "nsengine: write nse_syscall6() for this machine (x86-64, arm64 and riscv64 are known)"
#endif
}

#endif

/* nse_call(SYS_name, arguments...): up to six arguments, pointers as well as integers. */
#define nse_call(...) NSE_CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define NSE_CALL_(nr, a, b, c, d, e, f, ...)                                                       \
    nse_syscall6((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
