/* A job server: each connection to a UNIX socket sends a line, which a shell runs in its own sandbox.
 * Its output comes back as it is written, then the result as a line of JSON.
 *
 *     cc jobs.c $(pkg-config --cflags --libs nsengine) -o jobs && ./jobs jobs.sock &
 *     echo 'id; exit 3' | socat - UNIX-CONNECT:jobs.sock
 *
 * One thread and one poll loop: the pidfd of a process is readable once it has ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <nsengine.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define JOBS    16
#define SECONDS 10

struct job {
    int client; /* -1: a free place */
    long long deadline;
    size_t used;
    char line[1024];
    struct nse_process *process; /* NULL while the line is read */
};

static struct job jobs[JOBS];

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* One sandbox for all: the system's programs, a small /tmp, little time and few processes. */
static struct nse_plan *make_plan(struct nse_error *error)
{
    struct nse_plan *plan = nse_plan_new();

    nse_plan_user(plan, NSE_USER_NOBODY);
    nse_plan_ro(plan, "/", "/");
    nse_plan_proc(plan, "/proc");
    nse_plan_dev(plan, "/dev");
    nse_plan_tmpfs(plan, "/tmp", 16 << 20, 01777);
    nse_plan_cwd(plan, "/tmp");
    nse_plan_limit(plan, RLIMIT_CPU, 2, 3);
    nse_plan_limit(plan, RLIMIT_NPROC, 64, 64);
    if (nse_plan_freeze(plan, error) == 0)
        return plan;
    nse_plan_free(plan);
    return NULL;
}

/* Answers and closes. A client that is gone is no error: the send fails quietly. */
static void finish(struct job *job, const char *answer)
{
    (void)send(job->client, answer, strlen(answer), MSG_NOSIGNAL);
    close(job->client);
    nse_process_free(job->process);
    job->client = -1;
    job->process = NULL;
}

static void start(struct job *job, const struct nse_plan *plan)
{
    char *argv[] = {"sh", "-c", job->line, NULL};
    const int stdio[] = {job->client, job->client, job->client};
    const struct nse_spawn_options options = {.size = sizeof(options), .stdio = stdio};
    struct nse_error error = {.size = sizeof(error)};

    job->process = nse_plan_spawn(plan, argv, &options, &error);
    job->deadline = now() + SECONDS * 1000;
    if (!job->process) {
        fprintf(stderr, "jobs: %s\n", error.message);
        finish(job, "{\"error\":\"the sandbox could not be made\"}\n");
    }
}

static void read_line(struct job *job, const struct nse_plan *plan)
{
    ssize_t n = read(job->client, job->line + job->used, sizeof(job->line) - 1 - job->used);
    char *end;

    if (n > 0)
        job->used += (size_t)n;
    job->line[job->used] = '\0';
    end = strchr(job->line, '\n');
    if (end)
        *end = '\0';
    if (end || (n == 0 && job->used))
        start(job, plan);
    else if (n <= 0 || job->used == sizeof(job->line) - 1)
        finish(job, "{\"error\":\"a line of at most 1023 bytes is expected\"}\n");
}

static void answer(struct job *job)
{
    struct nse_result result = {.size = sizeof(result)};
    char text[256];

    if (nse_process_wait(job->process, 0, &result) != 1)
        return;
    snprintf(text, sizeof(text),
             "{\"code\":%d,\"signal\":%d,\"wall_time\":%.3f,\"cpu_time\":%.3f,\"memory\":%lld}\n",
             result.code, result.signal, (double)result.wall_ns / 1e9,
             (double)(result.user_ns + result.system_ns) / 1e9, (long long)result.memory);
    finish(job, text);
}

static void greet(int listener)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC), i;

    for (i = 0; client >= 0 && i < JOBS; i++)
        if (jobs[i].client < 0) {
            jobs[i] = (struct job){.client = client, .deadline = now() + SECONDS * 1000};
            return;
        }
    if (client >= 0)
        close(client); /* all places are taken */
}

/* Does what is due, and tells poll(2) what to wait for: the line, or the end. */
static void prepare(struct pollfd *entries)
{
    int i;

    for (i = 0; i < JOBS; i++) {
        struct job *job = &jobs[i];

        if (job->client >= 0 && now() > job->deadline) {
            if (job->process)
                nse_process_stop(job->process); /* its end is handled as any other */
            else
                finish(job, "{\"error\":\"too slow\"}\n");
            job->deadline = now() + SECONDS * 1000;
        }
        entries[i] = (struct pollfd){
            .fd = job->process ? nse_process_pidfd(job->process) : job->client, .events = POLLIN};
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), i;
    struct nse_error error = {.size = sizeof(error)};
    struct nse_plan *plan = make_plan(&error);
    struct pollfd entries[JOBS + 1];

    if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path) || !plan) {
        fprintf(stderr, "%s\n", plan ? "usage: jobs SOCKET" : error.message);
        return 125;
    }
    strcpy(address.sun_path, argv[1]);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, JOBS) < 0) {
        perror(argv[1]);
        return 125;
    }
    for (i = 0; i < JOBS; i++)
        jobs[i].client = -1;
    for (;;) {
        prepare(entries);
        entries[JOBS] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(entries, JOBS + 1, 100) < 0 && errno != EINTR)
            return 125;
        for (i = 0; i < JOBS; i++) {
            if (!entries[i].revents || jobs[i].client < 0)
                continue;
            if (jobs[i].process)
                answer(&jobs[i]);
            else
                read_line(&jobs[i], plan);
        }
        if (entries[JOBS].revents)
            greet(listener);
    }
}
