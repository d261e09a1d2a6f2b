/* RE pids: threads count as processes do. */
#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *arg)
{
    pause();
    return arg;
}

int main(void)
{
    pthread_t thread;

    for (;;)
        if (pthread_create(&thread, NULL, wait_for_ever, NULL))
            return 1;
}
