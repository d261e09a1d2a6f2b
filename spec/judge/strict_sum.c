/* OK, strict: computes with the libraries of every day, and does nothing forbidden. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void)
{
    double *squares = malloc(sizeof(double) << 16);
    double sum = 0;

    for (int i = 0; i < 1 << 16; i++)
        squares[i] = sqrt((double)i * i);
    for (int i = 0; i < 1 << 16; i++)
        sum += squares[i];
    free(squares);
    printf("%d\n", time(NULL) > 0 && sum == 2147450880.0 ? 42 : 0);
    return 0;
}
