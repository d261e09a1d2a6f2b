/* OLE output: writes without end, to standard error. */
#include <stdio.h>

int main(void)
{
    for (;;)
        fputs("warning\n", stderr);
}
