/* clone3(2) with a separate stack. In assembler, because the child must not return into a C frame
 * on its parent's stack. Runs in the caller and in the init. */
#include "vmclone.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>

#include "fd.h"

/* long nse_vmclone_call(struct clone_args *args, size_t size, void (*fn)(void *), void *arg) */
long nse_vmclone_call(struct clone_args *args, size_t size, void (*fn)(void *), void *arg);

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl nse_vmclone_call\n"
        ".hidden nse_vmclone_call\n"
        ".type nse_vmclone_call, @function\n"
        "nse_vmclone_call:\n"
        "    endbr64\n"
        "    mov %rcx, %r8\n" /* the system call destroys rcx and r11 */
        "    mov $435, %eax\n"
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xor %ebp, %ebp\n"
        "    mov %r8, %rdi\n"
        "    call *%rdx\n"
        "    ud2\n"
        ".size nse_vmclone_call, . - nse_vmclone_call\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl nse_vmclone_call\n"
        ".hidden nse_vmclone_call\n"
        ".type nse_vmclone_call, %function\n"
        "nse_vmclone_call:\n"
        "    hint #34\n" /* bti c */
        "    mov x8, #435\n"
        "    svc #0\n"
        "    cbz x0, 1f\n"
        "    ret\n"
        "1:  mov x29, xzr\n"
        "    mov x0, x3\n"
        "    blr x2\n"
        "    brk #1\n"
        ".size nse_vmclone_call, . - nse_vmclone_call\n");
#elif defined(__riscv) && __riscv_xlen == 64
__asm__(".text\n"
        ".globl nse_vmclone_call\n"
        ".hidden nse_vmclone_call\n"
        ".type nse_vmclone_call, @function\n"
        "nse_vmclone_call:\n"
        "    li a7, 435\n"
        "    ecall\n"
        "    beqz a0, 1f\n"
        "    ret\n"
        "1:  mv s0, zero\n"
        "    mv a0, a3\n"
        "    jalr a2\n"
        "    ebreak\n"
        ".size nse_vmclone_call, . - nse_vmclone_call\n");
#endif

static pid_t clone_sharing(const struct nse_clone *how, void *stack, size_t size,
                           void (*fn)(void *), void *arg, int *ret_pidfd)
{
#ifdef __SANITIZE_ADDRESS__
    /* AddressSanitizer tracks each thread's stack, and would not know the child's. */
    return -ENOSYS;
#endif
    int pidfd = -1;
    struct clone_args args = {
        .flags = how->flags | CLONE_VM | (ret_pidfd ? CLONE_PIDFD : 0),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = how->flags & CLONE_THREAD ? 0 : SIGCHLD, /* a thread has none */
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = size,
        .cgroup = how->cgroup >= 0 ? (__u64)how->cgroup : 0U,
    };
    long pid = nse_vmclone_call(&args, sizeof(args), fn, arg);

    if (pid > 0 && ret_pidfd)
        *ret_pidfd = pidfd;
    return (pid_t)pid;
}

pid_t nse_vmclone(const struct nse_clone *how, void *stack, size_t size, void (*fn)(void *),
                  void *arg, int *ret_pidfd)
{
    pid_t pid = clone_sharing(how, stack, size, fn, arg, ret_pidfd);
    int pidfd = -1;

    /* -EINVAL: before Linux 6.2 no child may share memory after unshare(CLONE_NEWTIME). */
    if ((pid != -ENOSYS && pid != -EINVAL) || how->flags & CLONE_FILES)
        return pid;
    pid = nse_clone(how, &pidfd);
    if (pid == 0)
        fn(arg);
    if (pid > 0 && ret_pidfd)
        *ret_pidfd = pidfd;
    else if (pid > 0)
        nse_close(pidfd);
    return pid;
}
