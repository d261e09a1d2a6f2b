/* Traces a program and all its children, and makes one system call of one of them fail, or kills at
 * that moment. Like strace --inject, but a call is named by process and number, where strace counts
 * all processes together.
 *
 *   inject REPORT PAYLOAD MODE [ARGUMENT...] -- COMMAND [ARG...]
 *     record                 lists the calls: "call PROCESS NUMBER NAME"
 *     fail PROCESS NUMBER ERRNO
 *     always NAME ERRNO      each call of that name fails, in all processes
 *     kill PROCESS NUMBER    kills the command (process 0) when that call begins
 *     die PROCESS NUMBER     kills the process that makes the call
 *
 * Processes are counted from 0 in the order of their creation, the calls of each from 1. A program
 * called PAYLOAD is let go: its calls are its own. The file REPORT says what happened:
 *     hit NAME | exit CODE | signal NUMBER (of the command) | hang | left PROCESS PID
 * "left": alive two seconds after the command's end; killed then.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct {
    long number;
    const char *name;
} names[] = {
#include "names.h"
};

struct process {
    pid_t pid;
    int number, calls, payload, alive, stopped_once;
    long fault; /* errno for the call it is in, or 0 */
};

static struct process processes[256];
static int count, armed; /* armed: the command was executed, so calls are its own */
static FILE *report;
static const char *payload_name, *mode, *always;
static int target, number, error_number;

static const char *name_of(long call)
{
    static char unknown[32];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].number == call)
            return names[i].name;
    snprintf(unknown, sizeof(unknown), "%ld", call);
    return unknown;
}

static struct process *find(pid_t pid)
{
    for (int i = count - 1; i >= 0; i--)
        if (processes[i].pid == pid && processes[i].alive)
            return &processes[i];
    if (count == 256)
        exit(3);
    processes[count] = (struct process){.pid = pid, .number = count, .alive = 1};
    return &processes[count++];
}

/* A child may have come and gone before its parent's event arrives. */
static int known(pid_t pid)
{
    for (int i = 0; i < count; i++)
        if (processes[i].pid == pid)
            return 1;
    return 0;
}

#if defined(__x86_64__)
static void skip_call(pid_t pid)
{
    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), -1L);
}

static void set_result(pid_t pid, long value)
{
    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rax), value);
}
#elif defined(__aarch64__)
static void skip_call(pid_t pid)
{
    int none = -1;
    struct iovec io = {&none, sizeof(none)};

    ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io);
}

static void set_result(pid_t pid, long value)
{
    struct user_regs_struct regs;
    struct iovec io = {&regs, sizeof(regs)};

    ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
    regs.regs[0] = (unsigned long)value;
    ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}
#else
#error "not known how to change a system call of this machine"
#endif

/* Calls that do not fail with an errno. (Numbers may shift by a few from one run to the next: an
 * allocator asks the kernel for more a little earlier or later.) */
static int untouchable(const char *name)
{
    static const char *const list[] = {"exit", "exit_group", "rt_sigreturn",
                                       "brk",  "umask",      "getpid"};

    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
        if (strcmp(name, list[i]) == 0)
            return 1;
    return 0;
}

/* Kills the launcher. Another process that is at the call goes on only once that is dead. */
static void kill_launcher(const struct process *p)
{
    siginfo_t info;

    kill(processes[0].pid, SIGKILL);
    if (p->number != 0)
        while (waitid(P_PID, (id_t)processes[0].pid, &info, WEXITED | WNOWAIT | __WALL) != 0 &&
               errno == EINTR)
            ;
}

static void enter(struct process *p, long call)
{
    const char *name = name_of(call);
    int here;

    if (!armed)
        return;
    p->calls++;
    if (strcmp(mode, "record") == 0) {
        fprintf(report, "call %d %d %s\n", p->number, p->calls, name);
        return;
    }
    if (strcmp(mode, "always") == 0)
        here = strcmp(name, always) == 0;
    else
        here = p->number == target && p->calls == number;
    if (!here)
        return;
    if (strcmp(mode, "always") != 0 || !p->stopped_once)
        fprintf(report, "hit %s\n", name);
    p->stopped_once = 1;
    if (strcmp(mode, "kill") == 0) {
        kill_launcher(p);
    } else if (strcmp(mode, "die") == 0) {
        kill(p->pid, SIGKILL);
    } else if (!untouchable(name)) {
        /* Linux frees the number before close(2) can fail, so do close it. */
        if (strcmp(name, "close") != 0)
            skip_call(p->pid);
        p->fault = error_number;
    }
}

static void leave(struct process *p)
{
    if (p->fault)
        set_result(p->pid, -p->fault);
    p->fault = 0;
}

static void executed(struct process *p)
{
    char path[64], exe[4096];
    ssize_t n;
    const char *base;

    armed = 1;
    snprintf(path, sizeof(path), "/proc/%d/exe", p->pid);
    n = readlink(path, exe, sizeof(exe) - 1);
    exe[n < 0 ? 0 : n] = 0;
    base = strrchr(exe, '/');
    p->payload = base && strcmp(base + 1, payload_name) == 0;
    if (p->payload)
        fprintf(report, "payload %d\n", p->number);
}

/* Handles a stop and lets the process continue. */
static void stopped(struct process *p, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;

    if (signal == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;

        if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) > 0) {
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                enter(p, (long)info.entry.nr);
            else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
                leave(p);
        }
        signal = 0;
    } else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
               event == PTRACE_EVENT_VFORK) {
        unsigned long pid = 0;

        if (ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &pid) == 0 && !known((pid_t)pid))
            find((pid_t)pid);
        signal = 0;
    } else if (event == PTRACE_EVENT_EXEC) {
        executed(p);
        signal = 0;
    } else if (event == PTRACE_EVENT_STOP) {
        if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
            ptrace(PTRACE_LISTEN, p->pid, 0, 0);
            return;
        }
        signal = 0;
    }
    ptrace(p->payload ? PTRACE_CONT : PTRACE_SYSCALL, p->pid, 0, signal);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tick(int signal)
{
    (void)signal;
}

static int living(void)
{
    int n = 0;

    for (int i = 0; i < count; i++)
        n += processes[i].alive;
    return n;
}

static void watch(double limit)
{
    double start = now(), ended = 0;

    while (living() > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        struct process *p;

        if (now() > (ended > 0 ? ended + 2 : start + limit)) {
            if (ended == 0)
                fprintf(report, "hang\n");
            break;
        }
        if (pid < 0)
            continue;
        p = find(pid);
        if (WIFSTOPPED(status)) {
            stopped(p, status);
        } else {
            p->alive = 0;
            if (p->number == 0) {
                fprintf(report, WIFEXITED(status) ? "exit %d\n" : "signal %d\n",
                        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
                ended = now();
            }
        }
    }
    for (int i = 0; i < count; i++)
        if (processes[i].alive)
            fprintf(report, "left %d %d\n", processes[i].number, processes[i].pid);
}

static pid_t start(char **command)
{
    int go[2];
    pid_t pid;
    char c;

    if (pipe(go) != 0)
        exit(3);
    pid = fork();
    if (pid == 0) {
        close(go[1]);
        if (read(go[0], &c, 1) != 1)
            _exit(3);
        close(go[0]);
        execvp(command[0], command);
        _exit(127);
    }
    if (ptrace(PTRACE_SEIZE, pid, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0) {
        perror("inject: ptrace");
        exit(3);
    }
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    if (write(go[1], "x", 1) != 1)
        exit(3);
    close(go[0]);
    close(go[1]);
    return pid;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = tick};
    struct itimerval every = {{0, 50000}, {0, 50000}};
    int i = 4;

    if (argc < 6 || !(report = fopen(argv[1], "we")))
        return 2;
    payload_name = argv[2];
    mode = argv[3];
    if (strcmp(mode, "always") == 0) {
        always = argv[i++];
        error_number = atoi(argv[i++]);
    } else if (strcmp(mode, "record") != 0) {
        target = atoi(argv[i++]);
        number = atoi(argv[i++]);
        if (strcmp(mode, "fail") == 0)
            error_number = atoi(argv[i++]);
    }
    if (!argv[i] || strcmp(argv[i], "--") != 0 || !argv[i + 1])
        return 2;
    find(start(argv + i + 1));
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    watch(10);
    fclose(report);
    return 0;
}
