/* WA: exits well, with another answer. */
#include <stdio.h>

int main(void)
{
    puts("41");
    return 0;
}
