/* Processes: exec, exit, wait, signals, sessions, prctl, priority. 0 or positive, or -errno. */
#ifndef NSE_KERNEL_PROCESS_H
#define NSE_KERNEL_PROCESS_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NSE_P_PIDFD 3 /* P_PIDFD of waitid(2), which not every glibc has */

struct siginfo;
struct rusage;

/* Returns only on failure. */
int nse_execve(const char *path, char *const argv[], char *const envp[]);
/* execvpe(3) without malloc: looks `argv[0]` up in `search` (a PATH) when it has no slash. Keeps
 * -EACCES over -ENOENT, as the shell's "126 beats 127". No fallback to /bin/sh on -ENOEXEC. */
int nse_exec_search(const char *search, char *const argv[], char *const envp[]);
/* What nse_exec_search() would try first: the first program `name`, which has no slash, in
 * `search`. 0 or -ENOENT. */
int nse_exec_find(const char *search, const char *name, char *path, size_t size);
_Noreturn void nse_exit(int code);
/* Ends only the calling thread: one of ours, unknown to libc. */
_Noreturn void nse_exit_thread(void);

pid_t nse_getpid(void);
pid_t nse_getppid(void);
pid_t nse_setsid(void);
int nse_setpgid(pid_t pid, pid_t pgid);

/* How a process ended. */
struct nse_ending {
    pid_t pid;
    int signal; /* the signal that killed it, or 0 */
    int code;   /* the exit code when signal is 0 */
};
/* Waits for the end of the child behind `pidfd` and reaps it; *ret_ending.pid is 0 when `flags` has
 * WNOHANG and it still runs. */
int nse_wait_pidfd(int pidfd, int flags, struct nse_ending *ret_ending);
/* The same for child `pid`; -1: any child. */
int nse_wait_pid(pid_t pid, int flags, struct nse_ending *ret_ending);

int nse_pidfd_open(pid_t pid, unsigned int flags);
int nse_pidfd_send_signal(int pidfd, int signal);
int nse_kill(pid_t pid, int signal);

/* Blocks every signal; *ret_mask is the mask before. */
int nse_block_signals(uint64_t *ret_mask);
int nse_restore_signals(const uint64_t *mask);

/* Resets every signal, or one, to its default action, even if it is ignored. 0 or -errno. */
int nse_default_signals(void);
int nse_default_signal(int signal);
/* Ignores one. With SIGCHLD ignored, children vanish when they end, and waiting fails. 0 or
 * -errno. */
int nse_ignore_signal(int signal);

/* Resets every signal that has a handler to its default action; ignored ones stay ignored. */
void nse_reset_handlers(void);

int nse_prctl(int option, unsigned long arg);
int nse_set_name(const char *name);

/* *ret_nice is -20 to 19. */
int nse_getpriority(pid_t pid, int *ret_nice);
int nse_setpriority(pid_t pid, int nice);
/* The number of bytes of `mask` that the kernel filled. */
int nse_sched_getaffinity(pid_t pid, void *mask, size_t size);
int nse_sched_setaffinity(pid_t pid, const void *mask, size_t size);

#endif
