/* Spawns the sandbox of floor_sandbox.c COUNT times through libnsengine from one process. Prints the
 * medians, "spawn_ns N run_ns N": until the program is executed, and until it has been reaped.
 *
 *   library PROFILE|none init|noinit COUNT COMMAND [ARG...]
 */
#include <nsengine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;

    return (x > y) - (x < y);
}

static long long median(long long *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

static int measure(const struct nse_plan *plan, char **argv, size_t count, struct nse_error *error)
{
    long long *spawned = calloc(count, sizeof(*spawned)), *ran = calloc(count, sizeof(*ran));
    size_t i;

    for (i = 0; spawned && ran && i < count; i++) {
        struct nse_result result = {.size = sizeof(result)};
        long long start = now();
        struct nse_process *process = nse_plan_spawn(plan, argv, NULL, error);

        if (!process)
            break;
        spawned[i] = now() - start;
        if (nse_process_wait(process, -1, &result) != 1 || result.code || result.signal)
            break;
        ran[i] = now() - start;
        nse_process_free(process);
    }
    if (i == count && count > 0)
        (void)printf("spawn_ns %lld run_ns %lld\n", median(spawned, count), median(ran, count));
    free(spawned);
    free(ran);
    return i == count ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct nse_error error = {.size = sizeof(error)};
    struct nse_plan *plan;
    int rc;

    if (argc < 5) {
        (void)fputs("usage: library PROFILE|none init|noinit COUNT COMMAND [ARG...]\n", stderr);
        return 125;
    }
    plan = nse_plan_new();
    nse_plan_ro(plan, "/", "/");
    nse_plan_proc(plan, "/proc");
    nse_plan_dev(plan, "/dev");
    nse_plan_seccomp(plan, strcmp(argv[1], "none") == 0 ? NULL : argv[1]);
    nse_plan_init(plan, strcmp(argv[2], "init") == 0);
    rc = nse_plan_freeze(plan, &error);
    if (rc == 0)
        rc = measure(plan, argv + 4, strtoul(argv[3], NULL, 10), &error);
    if (rc < 0)
        (void)fprintf(stderr, "library: %s\n",
                      error.message[0] ? error.message : "the command failed");
    nse_plan_free(plan);
    return rc < 0 ? 125 : 0;
}
