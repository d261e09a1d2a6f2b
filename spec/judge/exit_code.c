/* RE exit 3: the right answer, and a status that is not 0. */
#include <stdio.h>

int main(void)
{
    puts("42");
    return 3;
}
