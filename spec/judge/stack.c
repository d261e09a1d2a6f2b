/* RE signal 11: recurses without end. */
static int depth(volatile int n)
{
    volatile char frame[4096];

    frame[0] = (char)n;
    return depth(n + 1) + frame[0];
}

int main(void)
{
    return depth(0);
}
