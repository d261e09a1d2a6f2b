/* A program that embeds the library, for spec/kernel/embed_spec.lua. Does a verb, says what it
 * saw. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <malloc.h>
#include <nsengine.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct nse_error error = {.size = sizeof(error)};

static void die(const char *what)
{
    printf("%s: stage %d, errno %d, step %d, call %s: %s\n", what, error.stage, error.code,
           error.step, error.call, error.message);
    if (*error.hint)
        printf("hint: %s\n", error.hint);
    exit(1);
}

/* The specs' plan: the host's tree, /proc, /dev, /tmp. */
static struct nse_plan *usual(void)
{
    struct nse_plan *plan = nse_plan_new();

    nse_plan_limit(plan, RLIMIT_CPU, 3, 4); /* out of order, on purpose */
    nse_plan_ro(plan, "/", "/");
    nse_plan_proc(plan, "/proc");
    nse_plan_dev(plan, "/dev");
    nse_plan_tmpfs(plan, "/tmp", 64 << 20, 01777);
    return plan;
}

static struct nse_plan *frozen(struct nse_plan *plan)
{
    if (nse_plan_freeze(plan, &error) < 0)
        die("freeze");
    return plan;
}

static int run(char **argv)
{
    struct nse_plan *plan = frozen(usual());
    struct nse_result result = {.size = sizeof(result)};

    if (nse_plan_run(plan, argv, NULL, &result, &error) < 0)
        die("run");
    nse_plan_free(plan);
    printf("code %d signal %d lost %d cpu %d memory %d wall %d\n", result.code, result.signal,
           result.lost, result.user_ns + result.system_ns > 0, result.memory > 0,
           result.wall_ns > 0);
    return 0;
}

static int describe(char **argv)
{
    struct nse_plan *plan = nse_plan_new();
    char *text;

    if (strcmp(argv[0], "usual") == 0) {
        nse_plan_free(plan);
        plan = usual();
    } else if (strcmp(argv[0], "texts") == 0) {
        nse_plan_ro(plan, "/", "/");
        nse_plan_tmpfs(plan, "/tmp", 64 << 20, 01777);
        nse_plan_symlink(plan, "/proc", "/tmp/proc");
        nse_plan_file(plan, "/run", 4, 0644, "/tmp/file");
    } else if (strcmp(argv[0], "devices") == 0) {
        nse_plan_dev_bind(plan, "/", "/");
    } else if (strcmp(argv[0], "words") == 0) {
        nse_plan_user(plan, NSE_USER_ROOT);
        nse_plan_hostname(plan, "box");
        nse_plan_share(plan, 0x40000000); /* CLONE_NEWNET */
        nse_plan_dir(plan, 0700, "/d");
        nse_plan_file(plan, "text", 4, 0600, "/d/f");
        nse_plan_rw(plan, "/var", "/var");
        nse_plan_symlink(plan, "usr/bin", "/bin");
        nse_plan_mask(plan, "/var/lib");
        nse_plan_dev_bind(plan, "/dev", "/dev");
        nse_plan_cwd(plan, "/d");
        nse_plan_umask(plan, 077);
        nse_plan_nice(plan, 5);
        nse_plan_limit(plan, RLIMIT_NOFILE, 64, 64);
    }
    text = nse_plan_describe(frozen(plan));
    fputs(text, stdout);
    free(text);
    nse_plan_free(plan);
    return 0;
}

/* Each misuse is reported, and this is how. */
static int misuse(void)
{
    struct nse_plan *plan = nse_plan_new();
    struct nse_value value = {.integer = 1};
    char *argv[] = {"true", NULL};
    int rc = nse_plan_ro(plan, "/", "relative");

    printf("%d %d %d %d\n", rc == -EINVAL, nse_plan_ro(plan, "/", "/a/../b") == -EINVAL,
           nse_plan_step(plan, "nonesuch", NULL, 0) == -EINVAL,
           nse_plan_step(plan, "umask", &value, 2) == -EINVAL);
    printf("%d %s\n", nse_plan_freeze(plan, &error), error.message);
    printf("%d %s\n", nse_plan_spawn(plan, argv, NULL, &error) == NULL, error.message);
    nse_plan_free(plan);
    plan = frozen(usual());
    printf("%d\n", nse_plan_ro(plan, "/", "/x") == -EBUSY);
    nse_plan_free(plan);
    plan = usual();
    printf("%d\n", nse_plan_user(plan, NSE_USER_ROOT) == -EBUSY);
    nse_plan_free(plan);
    plan = usual();
    nse_plan_ro(plan, "/nonesuch", "/mnt");
    printf("%d\n", nse_plan_run(frozen(plan), argv, NULL, NULL, NULL) == -ECANCELED);
    printf("%d %d\n", nse_plan_nice(plan, 20) == -EINVAL, nse_plan_nice(plan, -20) == -EBUSY);
    nse_plan_free(plan);
    plan = usual(); /* its root is hidden in part; a second one would not be */
    printf("%d", nse_plan_ro(plan, "/", "/") == -EEXIST);
    printf(" %d %s\n", nse_plan_freeze(plan, &error), error.message);
    nse_plan_free(plan);
    plan = nse_plan_new();
    nse_plan_step(plan, "hold", NULL, 0);
    printf("%d\n", nse_plan_step(plan, "hold", NULL, 0) == -EEXIST);
    nse_plan_free(plan);
    plan = nse_plan_new();
    nse_plan_seccomp(plan, "strictt");
    printf("%d", nse_plan_freeze(plan, &error));
    printf(" %s\n", error.message);
    nse_plan_free(plan);
    nse_plan_free(NULL);
    nse_process_free(NULL);
    return 0;
}

/* Freezes that fail, also when repeated: no descriptor for the init's image; filters too large. */
static int refreeze(void)
{
    static struct sock_filter filter[4096];
    struct nse_plan *plan = usual();
    const struct nse_value values[] = {{.data = filter, .size = sizeof(filter)}, {.integer = 0}};
    struct rlimit limit, none;
    size_t used;
    int rc, i;

    getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){3, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    rc = nse_plan_freeze(plan, &error);
    setrlimit(RLIMIT_NOFILE, &limit);
    printf("%d %s\n", rc == -EMFILE, error.message);
    rc = nse_plan_freeze(plan, &error);
    printf("%d %s\n", rc == -EMFILE, error.message);
    nse_plan_free(plan);
    plan = usual();
    for (i = 0; i < 4; i++)
        nse_plan_step(plan, "filter", values, 2);
    printf("%d\n", nse_plan_freeze(plan, &error) == -E2BIG);
    used = mallinfo2().uordblks;
    for (i = 0; i < 4; i++)
        rc = nse_plan_freeze(plan, &error);
    printf("%d %d\n", rc == -E2BIG, mallinfo2().uordblks == used);
    nse_plan_free(plan);
    return 0;
}

/* A missing source. */
static int missing(void)
{
    struct nse_plan *plan = usual();
    char *argv[] = {"true", NULL};

    nse_plan_ro(plan, "/nonesuch", "/mnt");
    if (!nse_plan_spawn(frozen(plan), argv, NULL, &error))
        die("spawn");
    return 0;
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* In the program's own loop: the pidfd, a wait that times out, a stop. */
static int loop(void)
{
    char *argv[] = {"sleep", "60", NULL};
    struct nse_plan *plan = frozen(usual());
    struct nse_process *process = nse_plan_spawn(plan, argv, NULL, &error);
    struct nse_result result = {.size = sizeof(result)};
    struct pollfd entry = {.events = POLLIN};

    if (!process)
        die("spawn");
    nse_plan_free(plan); /* not needed any more */
    entry.fd = nse_process_pidfd(process);
    printf("%d %d %d\n", poll(&entry, 1, 50), nse_process_wait(process, 20, &result),
           nse_process_pid(process) > 0);
    printf("%d", nse_process_kill(process, SIGSTOP) == -EINVAL);
    kill(nse_process_pid(process), SIGSTOP);
    printf(" %d\n", nse_process_stop(process));
    printf("%d\n", poll(&entry, 1, 5000));
    printf("%d\n", nse_process_wait(process, -1, &result));
    printf("signal %d memory %d\n", result.signal, result.memory > 0);
    printf("%d %d\n", nse_process_wait(process, 0, NULL), nse_process_kill(process, 9) == -ESRCH);
    nse_process_free(process);
    return 0;
}

/* Descriptors, environment and PATH. */
static int options(void)
{
    char *argv[] = {"sh", "-c", "cat <&3; echo $A; cat; ls /proc/self/fd | wc -w", NULL};
    char *environment[] = {"A=b", NULL};
    int pipe_in[2], pipe_extra[2], rc = pipe(pipe_in) | pipe(pipe_extra);
    const int stdio[] = {pipe_in[0], 1, 2};
    const struct nse_descriptor descriptors[] = {{pipe_extra[0], 3}};
    const struct nse_spawn_options how = {.size = sizeof(how),
                                          .stdio = stdio,
                                          .descriptors = descriptors,
                                          .descriptor_count = 1,
                                          .environment = environment,
                                          .path = "/bin"};
    struct nse_plan *plan = frozen(usual());
    struct nse_result result = {.size = sizeof(result)};

    if (rc || write(pipe_in[1], "in\n", 3) != 3 || write(pipe_extra[1], "extra\n", 6) != 6)
        return 1;
    close(pipe_in[1]);
    close(pipe_extra[1]);
    fflush(stdout);
    if (nse_plan_run(plan, argv, &how, &result, &error) < 0)
        die("run");
    nse_plan_free(plan);
    return result.code;
}

/* Options and results that do not say what the caller means are refused, each with its reason. */
static int unclear(void)
{
    char *command[] = {"true", NULL};
    const struct nse_descriptor standard[] = {{1, 1}}, twice[] = {{1, 3}, {2, 3}};
    struct {
        struct nse_spawn_options known;
        int next;
    } newer = {{.size = sizeof(newer)}, 1};
    struct nse_spawn_options unsized = {.wall_ns = 1},
                             negative = {.size = sizeof(negative), .wall_ns = -1},
                             taken = {.size = sizeof(taken),
                                      .descriptors = standard,
                                      .descriptor_count = 1},
                             doubled = {.size = sizeof(doubled),
                                        .descriptors = twice,
                                        .descriptor_count = 2};
    struct nse_spawn_options counted = {.size = sizeof(counted), .descriptor_count = 1};
    const struct nse_spawn_options *all[] = {&unsized, &newer.known, &negative,
                                             &taken,   &doubled,     &counted};
    struct nse_result result = {0};
    struct nse_plan *plan = usual();
    struct nse_process *process;
    size_t i;

    printf("%d\n", nse_plan_user(plan, (enum nse_user)77));
    nse_plan_free(plan);
    plan = frozen(usual());
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        printf("%d ", nse_plan_run(plan, command, all[i], NULL, &error));
        printf("%s\n", error.message);
    }
    printf("%d ", nse_plan_run(plan, command, NULL, &result, &error));
    printf("%s\n", error.message);
    newer.next = 0; /* a newer program that uses nothing new */
    process = nse_plan_spawn(plan, command, &newer.known, &error);
    printf("%d ", nse_process_wait(process, -1, &result));
    printf("%d\n", nse_process_wait(process, -1, NULL));
    nse_process_free(process);
    nse_plan_free(plan);
    return 0;
}

/* A closed descriptor, NUMBER or a standard stream, is refused: 0. */
static int closed(char **argv)
{
    int number = atoi(argv[0]);
    const struct nse_descriptor descriptors[] = {{number, 3}};
    struct nse_spawn_options how = {
        .size = sizeof(how), .descriptors = descriptors, .descriptor_count = number > 2};
    struct nse_plan *plan = frozen(usual());
    char *command[] = {"true", NULL};
    struct nse_process *process;

    close(number);
    process = nse_plan_spawn(plan, command, &how, &error);
    nse_plan_free(plan);
    if (!process)
        fprintf(number == 2 ? stdout : stderr, "%d %s\n", error.code, error.message);
    nse_process_free(process);
    return process != NULL;
}

/* A program without standard input freezes a plan: what it makes for that is not the command's input. */
static int without_input(void)
{
    char *command[] = {"true", NULL};
    struct nse_plan *plan;

    close(0);
    plan = frozen(usual());
    printf("%d ", nse_plan_run(plan, command, NULL, NULL, &error));
    printf("%s\n", error.message);
    nse_plan_free(plan);
    return 0;
}

/* The host's network, for a command that an exec may give privileges: landlock is not for that. */
static int privileged(void)
{
    const struct nse_value off = {.integer = 0};
    char *command[] = {"true", NULL};
    struct nse_plan *plan = usual();

    nse_plan_share(plan, CLONE_NEWNET);
    nse_plan_seccomp(plan, NULL);
    nse_plan_step(plan, "no_new_privs", &off, 1);
    printf("%d ", nse_plan_run(frozen(plan), command, NULL, NULL, &error));
    printf("%s\n", error.message);
    nse_plan_free(plan);
    return 0;
}

/* A fork of the program frees its copy; the sandbox stays. */
static int forked(void)
{
    struct nse_plan *plan = frozen(usual());
    char *command[] = {"sleep", "100", NULL};
    struct nse_process *process = nse_plan_spawn(plan, command, NULL, &error);
    struct nse_result result = {.size = sizeof(result)};
    pid_t child;
    int status;

    if (!process)
        die("spawn");
    child = fork();
    if (child == 0) {
        int wrong = nse_process_kill(process, SIGKILL) != -ESRCH ||
                    nse_process_stop(process) != -ESRCH ||
                    nse_process_wait(process, -1, NULL) != -ECHILD;

        nse_process_free(process);
        _exit(wrong);
    }
    waitpid(child, &status, 0);
    printf("%d %d\n", status, nse_process_wait(process, 200, &result));
    nse_process_free(process);
    nse_plan_free(plan);
    return 0;
}

/* A relative source starts at the working directory of the moment when it was named. */
static int relative(void)
{
    struct nse_plan *plan = usual();
    char *command[] = {"ls", "/mnt", NULL};

    if (chdir("/usr") < 0 || nse_plan_ro(plan, "./share/..", "/mnt") < 0 || chdir("/") < 0)
        return 1;
    if (nse_plan_run(frozen(plan), command, NULL, NULL, &error) < 0)
        die("run");
    nse_plan_free(plan);
    return 0;
}

/* Its time limit ends it while the program does other things. */
static int late(void)
{
    const struct nse_spawn_options how = {.size = sizeof(how), .wall_ns = 200000000};
    struct nse_plan *plan = frozen(usual());
    char *command[] = {"sleep", "100", NULL};
    struct nse_process *process = nse_plan_spawn(plan, command, &how, &error);
    struct nse_result result = {.size = sizeof(result)};

    if (!process)
        die("spawn");
    sleep(1);
    printf("%d", nse_process_wait(process, 10000, &result));
    printf(" timed out %d signal %d in time %d\n", result.timed_out, result.signal,
           result.wall_ns >= 200000000 && result.wall_ns < 900000000);
    nse_process_free(process);
    nse_plan_free(plan);
    plan = usual();
    nse_plan_init(plan, 0);
    process = nse_plan_spawn(frozen(plan), command, &how, &error);
    printf("%d %d %s\n", process != NULL, error.code, error.message);
    nse_plan_free(plan);
    return 0;
}

static void *spawn_sleep(void *seconds)
{
    static struct nse_plan *plan;
    char *command[] = {"sleep", seconds, NULL};
    struct nse_process *process;

    if (!plan)
        plan = frozen(usual());
    process = nse_plan_spawn(plan, command, NULL, &error);
    if (!process)
        die("spawn");
    return process;
}

/* Sandboxes whose spawning threads end at once. */
static int brief(int count)
{
    int wrong = 0;

    while (count-- > 0) {
        struct nse_result result = {.size = sizeof(result)};
        pthread_t thread;
        void *process;

        pthread_create(&thread, NULL, spawn_sleep, "0.02");
        pthread_join(thread, &process);
        wrong += nse_process_wait(process, -1, &result) != 1 || result.code || result.signal;
        nse_process_free(process);
    }
    printf("wrong %d\n", wrong);
    return 0;
}

static void *wait_and_exit(void *process)
{
    struct nse_result result = {.size = sizeof(result)};

    usleep(100000);
    printf("%d", nse_process_wait(process, 10000, &result));
    printf(" code %d signal %d\n", result.code, result.signal);
    exit(0);
}

/* The main thread ends, but the program does not. */
static int headless(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, wait_and_exit, spawn_sleep("0.5"));
    pthread_exit(NULL);
}

/* The program is killed while a fork of it has its pipes. Prints the sandbox's pid first. */
static int survived(void)
{
    pthread_t thread;
    void *process;

    pthread_create(&thread, NULL, spawn_sleep, "100");
    pthread_join(thread, &process);
    if (fork() == 0) {
        freopen("/dev/null", "w", stdout);
        freopen("/dev/null", "w", stderr);
        sleep(10);
        _exit(0);
    }
    printf("%d\n", (int)nse_process_pid(process));
    fflush(stdout);
    kill(getpid(), SIGKILL);
    return 0;
}

static int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

struct work {
    const struct nse_plan *plan;
    int runs, wrong;
};

static void *worker(void *data)
{
    char *argv[] = {"sh", "-c", "exit 7", NULL};
    struct work *work = data;
    int i;

    for (i = 0; i < work->runs; i++) {
        struct nse_result result = {.size = sizeof(result)};
        struct nse_error why = {.size = sizeof(why)};

        if (nse_plan_run(work->plan, argv, NULL, &result, &why) < 0) {
            fprintf(stderr, "%s\n", why.message);
            work->wrong++;
        } else if (result.code != 7) {
            fprintf(stderr, "code %d signal %d lost %d\n", result.code, result.signal, result.lost);
            work->wrong++;
        }
    }
    return NULL;
}

/* THREADS RUNS HEAP: so many threads, each with so many sandboxes out of one plan, and a heap of so
 * many MB. */
static int threads(char **argv)
{
    int count = atoi(argv[0]), runs = atoi(argv[1]), wrong = 0, before, i;
    size_t size = (size_t)atoi(argv[2]) << 20;
    char *heap =
        size ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;
    struct nse_plan *plan = frozen(usual());
    pthread_t ids[64];
    struct work work[64];
    long long since;

    if (heap == MAP_FAILED)
        return 1;
    if (heap)
        memset(heap, 1, size);
    before = count_fds();
    since = now();
    for (i = 0; i < count; i++) {
        work[i] = (struct work){.plan = plan, .runs = runs};
        pthread_create(&ids[i], NULL, worker, &work[i]);
    }
    for (i = 0; i < count; i++) {
        pthread_join(ids[i], NULL);
        wrong += work[i].wrong;
    }
    since = now() - since;
    nse_plan_free(plan);
    printf("wrong %d descriptors %d children %d dumpable %d\n", wrong, count_fds() - before + 1,
           waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD, prctl(PR_GET_DUMPABLE));
    fprintf(stderr, "%lld ms\n", since);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (strcmp(argv[1], "run") == 0)
        return run(argv + 2);
    if (strcmp(argv[1], "describe") == 0)
        return describe(argv + 2);
    if (strcmp(argv[1], "misuse") == 0)
        return misuse();
    if (strcmp(argv[1], "unclear") == 0)
        return unclear();
    if (strcmp(argv[1], "refreeze") == 0)
        return refreeze();
    if (strcmp(argv[1], "missing") == 0)
        return missing();
    if (strcmp(argv[1], "loop") == 0)
        return loop();
    if (strcmp(argv[1], "closed") == 0)
        return closed(argv + 2);
    if (strcmp(argv[1], "forked") == 0)
        return forked();
    if (strcmp(argv[1], "relative") == 0)
        return relative();
    if (strcmp(argv[1], "late") == 0)
        return late();
    if (strcmp(argv[1], "without-input") == 0)
        return without_input();
    if (strcmp(argv[1], "privileged") == 0)
        return privileged();
    if (strcmp(argv[1], "brief") == 0)
        return brief(300);
    if (strcmp(argv[1], "headless") == 0)
        return headless();
    if (strcmp(argv[1], "survived") == 0)
        return survived();
    if (strcmp(argv[1], "options") == 0)
        return options();
    if (strcmp(argv[1], "threads") == 0)
        return threads(argv + 2);
    return 2;
}
