/* What happens at just the wrong moment of a spawn, for spec/kernel/embed_spec.lua. The
 * supervisor's sources are compiled to call these hooks. Does one verb: a spawn that comes and goes
 * while another restores "dumpable"; a fork of the program between the pipes and the clone. */
#include <nsengine.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int hooked_prctl(int option, unsigned long arg);
int hooked_block_signals(uint64_t *ret_mask);

static struct nse_plan *plan;
static __thread int calls; /* the first thread's; 0: another thread */

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

/* The last call before the exchange is the second, or the third if the flag was cleared. */
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

static int stay_dumpable(void)
{
    calls = 1;
    run();
    printf("hooked %d dumpable %d\n", calls == 0, prctl(PR_GET_DUMPABLE));
    run();
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    return 0;
}

static int forks;
static pid_t forked;

/* Called between making the pipes and the clone. */
int hooked_block_signals(uint64_t *ret_mask)
{
    uint64_t all = ~0ULL;

    if (forks) {
        forked = fork();
        if (forked == 0) {
            close(0);
            close(1);
            close(2);
            alarm(20);
            pause();
        }
    }
    return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_mask, sizeof(all));
}

/* A fork that also has the pipes delays neither the spawn nor the sandbox's end. */
static int fork_meanwhile(void)
{
    static char *argv[] = {"sleep", "60", NULL};
    struct nse_error error = {.size = sizeof(error)};
    struct nse_process *process;

    forks = 1;
    alarm(10);
    process = nse_plan_spawn(plan, argv, NULL, &error);
    if (!process)
        return 1;
    printf("stopped %d", nse_process_stop(process) == 0 && nse_process_wait(process, 5000, NULL));
    nse_process_free(process);
    printf(" forked %d\n", forked > 0 && kill(forked, SIGKILL) == 0 && wait(NULL) == forked);
    return 0;
}

int main(int argc, char **argv)
{
    struct nse_error error = {.size = sizeof(error)};
    int rc;

    plan = nse_plan_new();
    nse_plan_ro(plan, "/", "/");
    if (argc != 2 || nse_plan_freeze(plan, &error) < 0)
        return 1;
    rc = strcmp(argv[1], "fork") == 0 ? fork_meanwhile() : stay_dumpable();
    nse_plan_free(plan);
    return rc;
}
