/* RE signal 6: gives up. */
#include <stdlib.h>

int main(void)
{
    abort();
}
