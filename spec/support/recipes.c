/* A program that runs recipes, for spec/kernel/embed_recipe_spec.lua: RECIPE-TEXT VERB
 * ARGUMENT... */
#include <errno.h>
#include <nsengine-recipe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct nse_error error = {.size = sizeof(error)};

static int die(const char *what)
{
    printf("%s: stage %d errno %d where %s field %s: %s\nhint: %s\n", what, error.stage, error.code,
           error.where, error.field, error.message, error.hint);
    return 1;
}

static void log_text(void *data, const char *text)
{
    printf("%s: %s\n", (const char *)data, text);
}

static int run(struct nse_engine *engine, char **argv, int want_json)
{
    struct nse_result result = {.size = sizeof(result)};
    struct nse_run *process = nse_engine_spawn(engine, argv[0] ? argv : NULL, NULL, &error);
    char *text;

    if (!process)
        return die("spawn");
    if (nse_run_wait(process, -1, &result, &error) < 0)
        return die("wait");
    printf("code %d signal %d wall %d memory %d\n", result.code, result.signal, result.wall_ns > 0,
           result.memory > 0);
    if (result.timed_out)
        puts("timed out");
    if (result.lost)
        puts("lost");
    text = want_json ? nse_run_json(process, &error) : NULL;
    if (want_json && !text)
        return die("json");
    if (text)
        puts(text);
    free(text);
    nse_run_free(process);
    return 0;
}

static int loop(struct nse_engine *engine, char **argv)
{
    struct nse_run *process = nse_engine_spawn(engine, argv, NULL, &error);
    struct nse_result result = {.size = sizeof(result)};
    struct pollfd entry = {.events = POLLIN};

    if (!process)
        return die("spawn");
    entry.fd = nse_run_pidfd(process);
    printf("%d\n", poll(&entry, 1, 50));
    printf("%d\n", nse_run_wait(process, 0, &result, &error));
    printf("%d\n", nse_run_kill(process, 15));
    printf("%d\n", poll(&entry, 1, 5000));
    printf("%d\n", nse_run_wait(process, 0, &result, &error));
    printf("signal %d\n", result.signal);
    printf("%d\n", nse_run_kill(process, 15) == -ESRCH);
    nse_engine_free(engine);
    printf("%d\n", nse_run_wait(process, 0, &result, &error) == -ESRCH);
    nse_run_free(process);
    return 0;
}

/* Options and a result without their size are refused. */
static int unsized(struct nse_engine *engine, char **argv)
{
    const struct nse_engine_options options = {.log = log_text};
    struct nse_result result = {0};
    struct nse_run *process = nse_engine_spawn(engine, argv, NULL, &error);

    if (!process)
        return die("spawn");
    printf("%d ", nse_run_wait(process, -1, &result, &error));
    printf("%s\n", error.message);
    nse_run_free(process);
    printf("%d ", nse_engine_new(&options, &error) != NULL);
    printf("%s\n", error.message);
    return 0;
}

static void *worker(void *text)
{
    struct nse_error why = {.size = sizeof(why)};
    struct nse_engine *engine = nse_engine_new(NULL, &why);
    char *argv[] = {"sh", "-c", "exit 7", NULL};
    intptr_t wrong = 0;
    int i;

    if (!engine || nse_engine_load(engine, "x", text, strlen(text), NULL, &why) < 0)
        return (void *)(intptr_t)1000;
    for (i = 0; i < 20; i++) {
        struct nse_result result = {.size = sizeof(result)};
        struct nse_run *process = nse_engine_spawn(engine, argv, NULL, &why);

        if (!process || nse_run_wait(process, -1, &result, &why) != 1 || result.code != 7)
            wrong++;
        nse_run_free(process);
    }
    nse_engine_free(engine);
    return (void *)wrong;
}

static int threads(char *text)
{
    pthread_t ids[2];
    void *wrong[2];
    int i;

    for (i = 0; i < 2; i++)
        pthread_create(&ids[i], NULL, worker, text);
    for (i = 0; i < 2; i++)
        pthread_join(ids[i], &wrong[i]);
    printf("wrong %d %d\n", (int)(intptr_t)wrong[0], (int)(intptr_t)wrong[1]);
    return 0;
}

int main(int argc, char **argv)
{
    const struct nse_engine_options options = {
        .size = sizeof(options), .log = log_text, .log_data = "log"};
    char *arguments[] = {"one", "two", NULL};
    struct nse_engine *engine;
    int rc = 0;

    if (argc < 3)
        return 2;
    if (strcmp(argv[2], "threads") == 0)
        return threads(argv[1]);
    engine = nse_engine_new(&options, &error);
    if (!engine)
        return die("new");
    if (argv[1][0] == '/'
            ? nse_engine_load(engine, argv[1], NULL, 0, NULL, &error) < 0
            : nse_engine_load(engine, "text.lua", argv[1], strlen(argv[1]), arguments, &error) < 0)
        rc = die("load");
    else if (strcmp(argv[2], "explain") == 0) {
        char *text = nse_engine_explain(engine, 0, &error);

        if (!text)
            return die("explain");
        fputs(text, stdout);
        free(text);
    } else if (strcmp(argv[2], "again") == 0) {
        rc = run(engine, argv + argc, 0);
        if (rc == 0 && nse_engine_load(engine, argv[3], NULL, 0, NULL, &error) < 0)
            rc = die("load");
        else if (rc == 0)
            rc = run(engine, argv + argc, 0);
    } else if (strcmp(argv[2], "unsized") == 0) {
        return unsized(engine, argv + 3);
    } else if (strcmp(argv[2], "loop") == 0) {
        return loop(engine, argv + 3);
    } else {
        rc = run(engine, argv + 3, strcmp(argv[2], "json") == 0);
    }
    nse_engine_free(engine);
    return rc;
}
