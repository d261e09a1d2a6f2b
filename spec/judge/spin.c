/* TLE cpu_time: computes without end. */
int main(void)
{
    for (volatile unsigned n = 0;; n++)
        ;
}
