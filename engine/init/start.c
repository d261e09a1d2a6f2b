/* Entry point of the init, without libc, and the few functions that compilers call by
 * themselves. */
#include <stddef.h>

_Noreturn void nse_init_main(long *words);

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n    xor %ebp, %ebp\n    mov %rsp, %rdi\n    and $-16, %rsp\n"
        "    call nse_init_main\n    ud2\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n    mov x29, #0\n    mov x0, sp\n    and sp, x0, #-16\n"
        "    bl nse_init_main\n    brk #1\n");
#elif defined(__riscv)
/* gp first: the linker relaxes what is near it to an offset from it. */
__asm__(".globl _start\n_start:\n    .option push\n    .option norelax\n"
        "    la gp, __global_pointer$\n    .option pop\n"
        "    mv s0, zero\n    mv a0, sp\n    andi sp, sp, -16\n"
        "    call nse_init_main\n    ebreak\n");
#endif

/* gcc would turn the loop that is memcpy() into a call of memcpy(). */
#if defined(__GNUC__) && !defined(__clang__)
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define AS_WRITTEN
#endif

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *at, int byte, size_t size);
size_t strlen(const char *text);
char *strchr(const char *text, int byte);

AS_WRITTEN void *memcpy(void *to, const void *from, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

AS_WRITTEN void *memset(void *at, int byte, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        ((char *)at)[i] = (char)byte;
    return at;
}

AS_WRITTEN size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

char *strchr(const char *text, int byte)
{
    for (; *text != (char)byte; text++)
        if (!*text)
            return NULL;
    return (char *)text;
}
