/* A spawn that comes and goes just when another gives "dumpable" back, for spec/kernel/embed_spec.lua: the
 * supervisor's sources are compiled with it, and their prctl() is this one. */
#include <nsengine.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>

int hooked_prctl(int option, unsigned long arg);

static struct nse_plan *plan;
static __thread int calls; /* of the first thread's; 0: another one */

static void run(void)
{
    static char *argv[] = {"true", NULL};
    struct nse_error error = {.size = sizeof(error)};

    if (nse_plan_run(plan, argv, NULL, NULL, &error) < 0)
        puts(error.message);
}

static void *run_other(void *data)
{
    run();
    return data;
}

/* The last call before the exchange is the second, and the third where the value was taken. */
int hooked_prctl(int option, unsigned long arg)
{
    int rc = prctl(option, arg, 0, 0, 0);
    pthread_t other;

    if (calls && ++calls > 2 && (option == PR_SET_DUMPABLE || rc == 1)) {
        calls = 0;
        pthread_create(&other, NULL, run_other, NULL);
        pthread_join(other, NULL);
    }
    return rc;
}

int main(void)
{
    struct nse_error error = {.size = sizeof(error)};

    plan = nse_plan_new();
    nse_plan_ro(plan, "/", "/");
    if (nse_plan_freeze(plan, &error) < 0)
        return 1;
    calls = 1;
    run();
    printf("hooked %d dumpable %d\n", calls == 0, prctl(PR_GET_DUMPABLE));
    run();
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    nse_plan_free(plan);
    return 0;
}
