/* What a payload tries with calls that somebody outside answers. Runs in a sandbox and prints the
 * results. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int stop;
static char path[256];
static const char *names[2];

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *error_of(long rc)
{
    return rc < 0 ? strerrorname_np(errno) : "ok";
}

/* 's': the secret; 'o': a file of the directory; 'd': denied. */
static char look(const char *name)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY, 0);
    char word[16] = "";

    if (fd < 0)
        return 'd';
    if (read(fd, word, sizeof(word) - 1) < 0)
        word[0] = '?';
    close(fd);
    return strncmp(word, "secret", 6) == 0 ? 's' : 'o';
}

static void *flip(void *unused)
{
    int i;

    for (i = 0; !stop; i++)
        memcpy(path, names[i & 1], strlen(names[i & 1]) + 1);
    return unused;
}

static void *exchange(void *unused)
{
    while (!stop)
        syscall(SYS_renameat2, AT_FDCWD, names[0], AT_FDCWD, names[1], 2 /* RENAME_EXCHANGE */);
    return unused;
}

/* Opens again and again what a thread keeps changing. */
static int race(void *(*change)(void *), const char *name, double seconds)
{
    long opened = 0, denied = 0, leaked = 0;
    double end = now() + seconds;
    pthread_t thread;

    if (pthread_create(&thread, NULL, change, NULL) != 0)
        return 1;
    while (now() < end) {
        char what = look(name);

        opened += what == 'o';
        denied += what == 'd';
        leaked += what == 's';
    }
    stop = 1;
    pthread_join(thread, NULL);
    printf("opened %d denied %d leaked %ld\n", opened > 0, denied > 0, leaked);
    return 0;
}

static void try(const char *what, const void *name)
{
    printf("%s %s\n", what, error_of(syscall(SYS_openat, AT_FDCWD, name, O_RDONLY, 0)));
}

static int bad_pointers(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), huge = 32 << 20;
    char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *much = mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    try("null", NULL);
    try("one", (void *)1);
    try("kernel", (void *)0xffffffff81000000UL);
    try("last", (void *)~0UL);
    munmap(two + page, page);
    memset(two, '/', page);
    try("unterminated", two + page / 2);
    strcpy(two + page - 5, "/etc");
    try("terminated", two + page - 5);
    memset(much, 'a', huge);
    try("huge", much);
    return 0;
}

static void *ask(void *count)
{
    long i, n = *(long *)count;

    for (i = 0; i < n; i++)
        if (syscall(SYS_getppid) != 4242)
            return (void *)1;
    return NULL;
}

/* `n` processes of four threads; each thread calls a hundred times. */
static int many(int n)
{
    static long hundred = 100;
    int i, status, bad = 0;

    for (i = 0; i < n; i++) {
        if (fork() == 0) {
            pthread_t threads[4];
            void *failed, *any = NULL;

            for (i = 0; i < 4; i++)
                pthread_create(&threads[i], NULL, ask, &hundred);
            for (i = 0; i < 4; i++) {
                pthread_join(threads[i], &failed);
                any = failed ? failed : any;
            }
            _exit(any != NULL);
        }
    }
    while (wait(&status) > 0)
        bad += status != 0;
    printf("%d bad\n", bad);
    return 0;
}

/* Children are killed while they wait for an answer. The last call is our own. */
static int killed(int n)
{
    int i;

    for (i = 0; i < n; i++) {
        pid_t child = fork();

        if (child == 0)
            for (;;)
                syscall(SYS_getppid);
        usleep(i % 3 * 700);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    printf("%ld\n", syscall(SYS_getppid));
    return 0;
}

/* The numbers of the descriptors that open(2) gives, and their close-on-exec flags. */
static int flags(const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC), other = open(name, O_RDONLY);

    printf("%d %d %d\n", fcntl(fd, F_GETFD), fcntl(other, F_GETFD), other - fd);
    return 0;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "look") == 0 && argc == 3)
        return printf("%c\n", look(argv[2])) < 0;
    if (strcmp(word, "open") == 0 && argc == 4)
        return printf("%s\n", error_of(open(argv[2], atoi(argv[3]), 0644))) < 0;
    if ((strcmp(word, "flip") == 0 || strcmp(word, "exchange") == 0) && argc == 5) {
        names[0] = argv[2];
        names[1] = argv[3];
        if (*word == 'e')
            return race(exchange, names[0], atof(argv[4]));
        return race(flip, path, atof(argv[4]));
    }
    if (strcmp(word, "bad") == 0)
        return bad_pointers();
    if (strcmp(word, "many") == 0 && argc == 3)
        return many(atoi(argv[2]));
    if (strcmp(word, "killed") == 0 && argc == 3)
        return killed(atoi(argv[2]));
    if (strcmp(word, "flags") == 0 && argc == 3)
        return flags(argv[2]);
    return 2;
}
