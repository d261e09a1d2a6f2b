/* OK: uses three quarters of the memory that it may have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    size_t size = 48 << 20;
    char *block = malloc(size);

    memset(block, 42, size);
    printf("%d\n", block[size / 2]);
    return 0;
}
