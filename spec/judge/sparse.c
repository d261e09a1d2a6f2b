/* OK: asks for much address space, and uses three pages of it. */
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
    size_t size = (size_t)4 << 30;
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (block == MAP_FAILED)
        return 1;
    block[0] = block[size / 2] = block[size - 1] = 14;
    printf("%d\n", block[0] + block[size / 2] + block[size - 1]);
    return 0;
}
