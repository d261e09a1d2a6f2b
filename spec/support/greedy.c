/* Wants too much of everything: greedy VERB [ARGUMENT]. Runs inside the sandboxes of
 * spec/kernel/limits_spec.lua. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    size_t at;

    if (memory == MAP_FAILED)
        exit(7);
    for (at = 0; at < bytes; at += 4096)
        memory[at] = 1;
}

static void spin(void)
{
    for (;;)
        __asm__ volatile("");
}

static void *wait_for_ever(void *unused)
{
    pause();
    return unused;
}

/* Counts how many of `wanted` processes or threads can exist besides this one. */
static int count(int wanted, int threads)
{
    int made = 0, error = 0;

    for (; made < wanted; made++) {
        pthread_t thread;
        pid_t pid;

        if (threads) {
            error = pthread_create(&thread, NULL, wait_for_ever, NULL);
        } else {
            pid = fork();
            error = pid < 0 ? errno : 0;
            if (pid == 0)
                pause();
        }
        if (error)
            break;
    }
    printf("%d %s\n", made, error == EAGAIN ? "EAGAIN" : error ? "another" : "all");
    fflush(stdout);
    return 0;
}

static void ignore_all(void)
{
    for (int number = 1; number < 65; number++)
        signal(number, SIG_IGN);
}

/* An orphan in a session of its own. */
static void become_daemon(void)
{
    if (fork() != 0)
        return;
    setsid();
    if (fork() != 0)
        _exit(0);
    close(1);
    close(2);
    spin();
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    long number = argc > 2 ? atol(argv[2]) : 0;

    if (strcmp(verb, "memory") == 0) {
        touch((size_t)number);
    } else if (strcmp(verb, "memory-of-child") == 0) { /* and waits */
        if (fork() == 0) {
            touch((size_t)number);
            _exit(0);
        }
        wait(NULL);
        sleep(3600);
    } else if (strcmp(verb, "spin") == 0) { /* that many at once */
        while (--number > 0 && fork() != 0)
            ;
        spin();
    } else if (strcmp(verb, "relay") == 0) { /* each uses a little, and is reaped */
        for (;;) {
            pid_t pid = fork();

            if (pid == 0) {
                for (volatile long i = 0; i < 3000000; i++)
                    ;
                _exit(0);
            }
            waitpid(pid, NULL, 0);
        }
    } else if (strcmp(verb, "processes") == 0) {
        return count((int)number, 0);
    } else if (strcmp(verb, "threads") == 0) {
        return count((int)number, 1);
    } else if (strcmp(verb, "bomb") == 0) {
        for (;;)
            fork();
    } else if (strcmp(verb, "bomb-that-sleeps") == 0) {
        while (fork() >= 0)
            ;
        pause();
    } else if (strcmp(verb, "stubborn") == 0) {
        ignore_all();
        for (;;)
            pause();
    } else if (strcmp(verb, "signals") == 0) { /* to the init, each queued */
        ignore_all();
        if (write(1, "x", 1) < 0)
            return 1;
        for (int sent = SIGRTMIN;; sent = sent < SIGRTMAX ? sent + 1 : SIGRTMIN)
            kill(1, sent);
    } else if (strcmp(verb, "orphans") == 0) { /* that many at once come to the init, for ever */
        int left = (int)number;

        if (write(1, "x", 1) < 0)
            return 1;
        while (left-- > 0)
            if (fork() == 0)
                while (fork() <= 0)
                    ;
        pause();
    } else if (strcmp(verb, "another") == 0) { /* user, whom its init may not signal */
        ignore_all();
        if (setresuid((uid_t)number, (uid_t)number, (uid_t)number) != 0 || write(1, "x", 1) < 0)
            return 1;
        for (;;)
            pause();
    } else if (strcmp(verb, "take-back") == 0) { /* what it wrote, once; needs /proc */
        int again = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
        char byte;

        alarm(30);
        do {
            if (write(1, "x", 1) < 0)
                return 1;
            usleep(100000);
        } while (read(again, &byte, 1) != 1);
        pause();
    } else if (strcmp(verb, "daemon") == 0) {
        become_daemon();
        sleep(3600);
    } else if (strcmp(verb, "stopped") == 0) {
        raise(SIGSTOP);
    } else if (strcmp(verb, "flood") == 0) {
        for (;;)
            if (write(1, argv, 64) < 0)
                return 1;
    } else if (strcmp(verb, "fill") == 0 || strcmp(verb, "fill-on") == 0) {
        static char block[65536];
        int fd = open(argv[2], O_WRONLY | O_CREAT, 0600);

        while (write(fd, block, sizeof(block)) > 0 || verb[4] != '\0')
            ;
        return 1;
    } else if (strcmp(verb, "crash") == 0) {
        raise(SIGSEGV);
    } else if (strcmp(verb, "exit") == 0) {
        return (int)number;
    } else {
        return 125;
    }
    return 0;
}
