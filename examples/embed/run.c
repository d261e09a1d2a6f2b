/* Runs a command in a sandbox: the host's tree read-only, a writable /tmp, two seconds of CPU time.
 *
 *     cc run.c $(pkg-config --cflags --libs nsengine) -o run && ./run sh -c 'id; touch /x' */
#include <nsengine.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct nse_error error = {.size = sizeof(error)};
    struct nse_result result = {.size = sizeof(result)};
    struct nse_plan *plan = nse_plan_new();

    (void)argc;
    nse_plan_ro(plan, "/", "/");
    nse_plan_proc(plan, "/proc");
    nse_plan_dev(plan, "/dev");
    nse_plan_tmpfs(plan, "/tmp", 64 << 20, 01777);
    nse_plan_limit(plan, RLIMIT_CPU, 2, 3);
    if (nse_plan_freeze(plan, &error) < 0 ||
        nse_plan_run(plan, argv + 1, NULL, &result, &error) < 0)
        return fprintf(stderr, "%s\n", error.message), 125;
    nse_plan_free(plan);
    return result.signal ? 128 + result.signal : result.code;
}
